//! Calls worth trying.
//!
//! Conditions divide calls into those for which their atoms hold and those for which they do not. From a set
//! of conditions this module makes calls on both sides of every atom: values at and beside each literal, texts
//! that match each pattern, each kind of JSON value, and nothing at all, in combinations. The calls are a
//! search, not a proof: what they do not find may exist.

mod fitting;
mod sample;
mod shape;

use std::collections::BTreeSet;

pub use fitting::Wanted;
pub(crate) use sample::matching as texts;

use crate::decimal::Decimal;
use crate::json::json_quote;
use crate::pattern::Like;
use crate::predicate::{Atom, Condition, Path, PathRoot, Scalar, ScalarValue, Test};
use shape::{Shape, array_of};

/// Arguments and claims of a call, as JSON texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probe {
    /// The arguments: an object.
    pub arguments: String,
    /// The caller's claims, if a condition reads any.
    pub caller: Option<String>,
}

/// A place in a call, and what may be there: a JSON text, or nothing.
struct PathChoices<'a> {
    path: &'a Path,
    choices: Vec<Option<String>>,
}

/// At most `most` calls made from the conditions and from paths that are summed, in an order that depends only on
/// them. In the first there is nothing at any path. `more` gives further values to try where a literal is
/// compared, as JSON texts.
pub fn probes<'a>(
    conditions: impl IntoIterator<Item = &'a Condition>,
    summed: impl IntoIterator<Item = &'a Path>,
    most: usize,
    more: &dyn Fn(&ScalarValue) -> Vec<String>,
) -> Vec<Probe> {
    let mut places: Vec<PathChoices<'a>> = Vec::new();
    let mut add = |path: &'a Path, values: Vec<String>| {
        let same = |place: &&mut PathChoices<'a>| place.path.root == path.root && place.path.steps == path.steps;
        match places.iter_mut().find(same) {
            Some(place) => place.choices.extend(values.into_iter().map(Some)),
            None => {
                let choices = general().into_iter().chain(values.into_iter().map(Some)).collect();
                places.push(PathChoices { path, choices });
            }
        }
    };
    for condition in conditions {
        for atom in atoms(condition) {
            add(&atom.path, around(&atom.test, more));
        }
    }
    for path in summed {
        add(path, ["1", "-1", "0.5"].map(str::to_owned).to_vec());
    }
    for place in &mut places {
        let mut seen = BTreeSet::new();
        place.choices.retain(|choice| seen.insert(choice.clone()));
    }
    let product = places.iter().try_fold(1_usize, |product, place| product.checked_mul(place.choices.len()));
    let all = product.filter(|product| *product <= most);
    let mut mixer = Mixer(1);
    let mut seen = BTreeSet::new();
    let mut probes = Vec::new();
    for number in 0..all.unwrap_or(most) {
        let mut rest = number;
        let mut arguments = Shape::object();
        let mut caller: Option<Shape> = None;
        for place in &places {
            let size = place.choices.len().max(1);
            let pick = match all {
                Some(_) => {
                    let pick = rest % size;
                    rest /= size;
                    pick
                }
                None if number == 0 => 0,
                None => mixer.below(size),
            };
            let Some(Some(value)) = place.choices.get(pick) else { continue };
            match place.path.root {
                PathRoot::Args => arguments.put(&place.path.steps, value),
                PathRoot::Caller => caller.get_or_insert_with(Shape::object).put(&place.path.steps, value),
            }
        }
        let probe = Probe { arguments: arguments.to_string(), caller: caller.map(|caller| caller.to_string()) };
        if seen.insert(probe.clone()) {
            probes.push(probe);
        }
    }
    probes
}

/// A fixed sequence of well-mixed numbers (Knuth's MMIX generator), so that equal policies are tried equally.
struct Mixer(u64);

impl Mixer {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}

/// The atoms of a condition, from left to right.
pub fn atoms(condition: &Condition) -> Vec<&Atom> {
    match condition {
        Condition::Atom(atom) => vec![atom],
        Condition::Not(inner) => atoms(inner),
        Condition::And(parts) | Condition::Or(parts) => parts.iter().flat_map(atoms).collect(),
    }
}

/// Nothing, and one value of each kind.
fn general() -> Vec<Option<String>> {
    let values = ["null", "true", "false", "0", "1.5", "\"\"", "\"x\"", "[]", "[\"x\"]", "{}", "{\"x\": 1}"];
    std::iter::once(None).chain(values.into_iter().map(|text| Some(text.to_owned()))).collect()
}

/// Values on both sides of a test.
fn around(test: &Test, more: &dyn Fn(&ScalarValue) -> Vec<String>) -> Vec<String> {
    let scalar = |literal: &Scalar| scalar(literal).into_iter().chain(more(&literal.value)).collect::<Vec<_>>();
    match test {
        Test::Has => Vec::new(),
        Test::Compare(_, literal) | Test::Contains(literal) => scalar(literal),
        Test::In(list) | Test::NotIn(list) => list.iter().take(8).flat_map(scalar).collect(),
        Test::Like(patterns) => {
            let with = |like: &Like, run: &str| {
                json_quote(&like.source().replace("\\*", "*").replace("\\\\", "\\").replace('*', run))
            };
            let runs = ["", "x", "a/b\\n"];
            patterns.iter().take(8).flat_map(|like| runs.map(|run| with(like, run))).collect()
        }
        Test::Matches(patterns) => {
            let texts = patterns.iter().take(8).flat_map(sample::matching);
            texts.map(|text| json_quote(&text)).collect()
        }
        Test::Every(elements) | Test::Some(elements) => {
            let values = around(&elements.test, more);
            let lists = values.iter().map(|value| array_of(&elements.steps, value));
            let mixed = values.iter().map(|value| {
                let array = array_of(&elements.steps, value);
                format!("{},null]", array.strip_suffix(']').unwrap_or(&array))
            });
            lists.chain(mixed).collect()
        }
        Test::Length(length) => {
            let near = length.number.to_u64().unwrap_or(0).min(64);
            let sizes = [near.saturating_sub(1), near, near + 1];
            let text = |size: u64| json_quote(&"x".repeat(usize::try_from(size).unwrap_or(0)));
            let list = |size: u64| format!("[{}]", vec!["0"; usize::try_from(size).unwrap_or(0)].join(","));
            sizes.into_iter().flat_map(|size| [text(size), list(size)]).collect()
        }
    }
}

/// The value of a literal, its neighbours, and values that look like it.
fn scalar(literal: &Scalar) -> Vec<String> {
    match &literal.value {
        ScalarValue::Null => Vec::new(),
        ScalarValue::Bool(value) => vec![value.to_string(), json_quote(&value.to_string()), format!("[{value}]")],
        ScalarValue::Number(number) => {
            let beside = ["1", "-1", "0.5", "-0.5"]
                .into_iter()
                .filter_map(|step| number.checked_add(&Decimal::parse(step)?, 400).map(|sum| sum.to_string()));
            let exact = number.to_string();
            let look = [json_quote(&exact), format!("[{exact}]"), exact];
            beside.chain(look).collect()
        }
        ScalarValue::Str(text) => {
            let longer = [format!("a{text}"), format!("{text}b"), text.to_uppercase()];
            let exact = json_quote(text);
            let inside = format!("[{exact}]");
            let read = crate::json::Json::parse(text).ok().map(|json| json.root().source().to_owned());
            longer.iter().map(|text| json_quote(text)).chain([exact, inside]).chain(read).collect()
        }
    }
}

//! Finds, without search, a call for which given conditions hold or fail.

use std::collections::BTreeMap;

use super::shape::{Shape, array_of};
use super::{Probe, sample};
use crate::decimal::Decimal;
use crate::eval;
use crate::json::Json;
use crate::json::json_quote;
use crate::pattern::Like;
use crate::predicate::{Comparison, Condition, Path, PathRoot, Scalar, ScalarValue, Step, Test};

/// How many members of a list are tried.
const MOST: usize = 4;
/// The longest list or text that is made.
const LONGEST: u64 = 64;

/// Tests of one value, each with whether it is to be passed.
type Tests<'a> = Vec<(&'a Test, bool)>;

/// What a call shall be like.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// What each value shall pass or not pass, by its path.
    values: BTreeMap<(PathRoot, &'a [Step]), Tests<'a>>,
}

impl<'a> Wanted<'a> {
    /// Wants a condition to hold, or not to hold. Where one of several parts is enough the first is taken.
    pub fn condition(&mut self, condition: &'a Condition, holds: bool) {
        match (condition, holds) {
            (Condition::And(parts), true) => parts.iter().for_each(|part| self.condition(part, true)),
            (Condition::Or(parts), false) => parts.iter().for_each(|part| self.condition(part, false)),
            (Condition::And(parts) | Condition::Or(parts), _) => {
                if let Some(first) = parts.first() {
                    self.condition(first, holds);
                }
            }
            (Condition::Not(inner), _) => self.condition(inner, !holds),
            (Condition::Atom(atom), _) => self.value(&atom.path, &atom.test, holds),
        }
    }

    /// Wants the value at a path to pass a test, or not to pass it.
    pub fn value(&mut self, path: &'a Path, test: &'a Test, passes: bool) {
        self.values.entry((path.root, path.steps.as_slice())).or_default().push((test, passes));
    }

    /// A call that may be so. Whether it is has to be tried; where values hinder one another none may be found.
    #[must_use]
    pub fn call(&self) -> Option<Probe> {
        let mut arguments = Shape::object();
        let mut caller: Option<Shape> = None;
        for ((root, steps), tests) in &self.values {
            // A test of what is missing is false, so nothing is put where all are to be.
            if tests.iter().all(|(_, passes)| !passes) {
                continue;
            }
            let value = fitting(tests)?;
            match root {
                PathRoot::Args => arguments.put(steps, &value),
                PathRoot::Caller => caller.get_or_insert_with(Shape::object).put(steps, &value),
            }
        }
        Some(Probe { arguments: arguments.to_string(), caller: caller.map(|caller| caller.to_string()) })
    }
}

/// A value that passes just the tests that it shall pass.
fn fitting(tests: &[(&Test, bool)]) -> Option<String> {
    let mut candidates = tests.iter().filter(|(_, passes)| *passes).flat_map(|(test, _)| passing(test));
    // What is made for one simple test passes it.
    if let [(Test::Has | Test::Compare(..) | Test::In(_) | Test::Contains(_) | Test::Like(_), true)] = tests {
        return candidates.next();
    }
    let fits = |text: &String| {
        let Ok(json) = Json::parse(text) else { return false };
        tests.iter().all(|(test, passes)| eval::passes(test, json.root()) == *passes)
    };
    candidates.find(fits)
}

/// A few JSON texts that mostly pass a test.
fn passing(test: &Test) -> Vec<String> {
    match test {
        Test::Has => ["true", "\"x\"", "1"].map(str::to_owned).to_vec(),
        Test::Compare(comparison, scalar) => compared(*comparison, scalar),
        Test::In(list) => list.iter().take(MOST).map(written).collect(),
        Test::NotIn(list) => list.iter().take(MOST).flat_map(|scalar| compared(Comparison::NotEqual, scalar)).collect(),
        Test::Contains(scalar) => vec![written(scalar), format!("[{}]", written(scalar))],
        Test::Like(patterns) => patterns.iter().take(MOST).flat_map(liked).collect(),
        Test::Matches(patterns) => {
            let texts = patterns.iter().take(MOST).flat_map(sample::matching);
            texts.map(|text| json_quote(&text)).collect()
        }
        Test::Every(elements) => {
            let some = passing(&elements.test).into_iter().take(MOST).map(|value| array_of(&elements.steps, &value));
            std::iter::once("[]".to_owned()).chain(some).collect()
        }
        Test::Some(elements) => {
            passing(&elements.test).into_iter().map(|value| array_of(&elements.steps, &value)).collect()
        }
        Test::Length(length) => {
            let near = length.number.to_u64().unwrap_or(0).min(LONGEST);
            let text = |size: u64| json_quote(&"x".repeat(usize::try_from(size).unwrap_or(0)));
            let list = |size: u64| format!("[{}]", vec!["0"; usize::try_from(size).unwrap_or(0)].join(","));
            [near, near + 1, near.saturating_sub(1)].into_iter().flat_map(|size| [text(size), list(size)]).collect()
        }
    }
}

fn compared(comparison: Comparison, scalar: &Scalar) -> Vec<String> {
    let stepped = |number: &Decimal, step: &str| {
        let sum = Decimal::parse(step).and_then(|step| number.checked_add(&step, 400));
        sum.map(|sum| sum.to_string())
    };
    match (&scalar.value, comparison) {
        (_, Comparison::Equal) => vec![written(scalar)],
        (ScalarValue::Number(number), Comparison::Less) => stepped(number, "-1").into_iter().collect(),
        (ScalarValue::Number(number), Comparison::Greater) => stepped(number, "1").into_iter().collect(),
        (ScalarValue::Number(number), Comparison::LessEqual) => {
            std::iter::once(written(scalar)).chain(stepped(number, "-1")).collect()
        }
        (ScalarValue::Number(number), _) => [stepped(number, "1"), stepped(number, "-1")]
            .into_iter()
            .flatten()
            .chain((comparison == Comparison::GreaterEqual).then(|| written(scalar)))
            .collect(),
        (ScalarValue::Bool(value), _) => vec![(!value).to_string()],
        (ScalarValue::Str(text), _) => vec![json_quote(&format!("{text}x")), json_quote("")],
        (ScalarValue::Null, _) => vec!["true".to_owned()],
    }
}

fn written(scalar: &Scalar) -> String {
    match &scalar.value {
        ScalarValue::Null => "null".to_owned(),
        ScalarValue::Bool(value) => value.to_string(),
        ScalarValue::Number(number) => number.to_string(),
        ScalarValue::Str(text) => json_quote(text),
    }
}

/// Two texts that a pattern matches.
fn liked(like: &Like) -> [String; 2] {
    let with = |run: &str| match like.literal() {
        Some(text) => json_quote(&text),
        None => {
            let parts = std::iter::once(like.prefix()).chain(like.middle().iter().map(String::as_str));
            json_quote(&parts.chain([like.suffix()]).collect::<Vec<_>>().join(run))
        }
    };
    [with("x"), with("")]
}

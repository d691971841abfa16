//! Conditions of gateways as formulas: what [`operators`](super::operators) decides for one call,
//! said of all calls.
//!
//! Numbers of calls are taken as their nearest doubles, as
//! [`NumberDomain::Double`](crate::analysis::condition::NumberDomain) has it; numbers beyond the
//! doubles do not reach a gateway. What is compared by the text that Go prints is exact for
//! scalars. Which arrays and objects print as a given text is left open, where some could.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::literal::{DocumentValue, float_text};
use super::{Condition, Operator};
use crate::decimal::Decimal;
use crate::pattern::Regex;
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::solver::strings::Language;

/// What is present and not null.
const GIVEN: Kinds = Kinds::VALUES.without(Kinds::NULL);

/// Makes formulas; equal patterns become one language.
#[derive(Debug, Default)]
pub(crate) struct Translator {
    languages: BTreeMap<String, Option<Language>>,
}

/// A condition on one argument.
struct Part<'c> {
    operator: Operator,
    value: &'c DocumentValue,
    /// The kinds of values for which it can hold.
    kinds: Kinds,
}

impl Translator {
    /// The formula of conditions on arguments that hold together. Without any it always holds.
    pub(crate) fn all<'c>(&mut self, conditions: impl IntoIterator<Item = &'c Condition>) -> Formula {
        let mut paths: Vec<(&str, Vec<Part<'c>>)> = Vec::new();
        for condition in conditions {
            let path = condition.path.strip_prefix("args.").unwrap_or(&condition.path);
            let part = Part { operator: condition.operator, value: &condition.value, kinds: kinds(condition) };
            match paths.iter_mut().find(|(known, _)| *known == path) {
                Some((_, parts)) => parts.push(part),
                None => paths.push((path, vec![part])),
            }
        }
        let mut all = Vec::new();
        for (path, parts) in &paths {
            self.at(&place(path), parts, &mut all);
        }
        Formula::And(all)
    }

    /// Conditions on one argument. A value must be of a kind for which all of them can hold, so
    /// that what they say of other kinds is left out: two ways to guard a condition become one
    /// formula.
    fn at(&mut self, place: &Place, parts: &[Part<'_>], out: &mut Vec<Formula>) {
        let within = parts.iter().fold(Kinds::ALL, |kinds, part| kinds.intersection(part.kinds));
        if within.is_empty() {
            out.push(Formula::FALSE);
            return;
        }
        let mut bound = false;
        let start = out.len();
        for part in parts {
            match part.operator {
                Operator::Exists => {}
                Operator::Eq => {
                    out.push(equals_one(place, std::slice::from_ref(part.value), within));
                    bound = true;
                }
                Operator::In => {
                    out.push(equals_one(place, items(part.value), within));
                    bound = true;
                }
                Operator::Neq | Operator::NotIn => {
                    let literals = match part.operator {
                        Operator::Neq => std::slice::from_ref(part.value),
                        _ => items(part.value),
                    };
                    match equals_one(place, literals, within) {
                        // Written as policies write it.
                        Formula::Test(place, Check::Numbers(numbers))
                            if within == Kinds::NUMBER && numbers.len() == 1 =>
                        {
                            let number = numbers.into_iter().next().unwrap_or(Decimal::ZERO);
                            out.push(Formula::Test(place, Check::Number(Comparison::NotEqual, number)));
                            bound = true;
                        }
                        equal => out.push(equal.negated()),
                    }
                }
                Operator::Lt => bound |= ordered(place, Comparison::Less, part.value, out),
                Operator::Lte => bound |= ordered(place, Comparison::LessEqual, part.value, out),
                Operator::Gt => bound |= ordered(place, Comparison::Greater, part.value, out),
                Operator::Gte => bound |= ordered(place, Comparison::GreaterEqual, part.value, out),
                Operator::Regex => {
                    if let Some(formula) = self.regex(place, part.value) {
                        out.push(formula);
                        bound = true;
                    }
                }
                Operator::Contains => {
                    out.push(contains(place, part.value, within));
                    bound = true;
                }
            }
        }
        if !bound && within != Kinds::ALL {
            out.insert(start, Formula::Is(place.clone(), within));
        }
    }

    /// `None` for a pattern that every string matches.
    fn regex(&mut self, place: &Place, value: &DocumentValue) -> Option<Formula> {
        let DocumentValue::Str(pattern) = value else { return Some(Formula::FALSE) };
        if matches!(pattern.as_str(), "" | "^") {
            return None;
        }
        let known = self.languages.get(pattern).cloned().unwrap_or_else(|| {
            // Found somewhere and anchored on both sides is matched as a whole, as policies say it.
            let whole = pattern.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$"));
            let whole = whole.and_then(|whole| Regex::new(whole).ok());
            let regex = whole.or_else(|| Regex::search(pattern).ok());
            let language = regex.map(|regex| Language::regex(&regex));
            self.languages.insert(pattern.clone(), language.clone());
            language
        });
        Some(known.map_or(Formula::FALSE, |language| Formula::Test(place.clone(), Check::Language(language))))
    }
}

/// The place that a dotted path, `args.` left off, leads to.
pub(crate) fn place(path: &str) -> Place {
    Place { root: Root::Args, steps: path.split('.').map(|key| Step::Key(key.to_owned())).collect() }
}

fn items(value: &DocumentValue) -> &[DocumentValue] {
    match value {
        DocumentValue::List(items) => items,
        _ => &[],
    }
}

/// The kinds of values for which a condition can hold, none too few.
fn kinds(condition: &Condition) -> Kinds {
    match condition.operator {
        Operator::Exists if condition.value == DocumentValue::Bool(true) => GIVEN,
        Operator::Exists => Kinds::MISSING.union(Kinds::NULL),
        Operator::Eq | Operator::Neq | Operator::In | Operator::NotIn => Kinds::VALUES,
        Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte => Kinds::NUMBER,
        Operator::Regex => Kinds::STRING,
        Operator::Contains => Kinds::STRING.union(Kinds::ARRAY),
    }
}

/// A double as the shortest decimal that names it; `None` for what is no number.
fn decimal(number: f64) -> Option<Decimal> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && (0.0..EXACT).contains(&number) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and within the bounds")]
        return Some(Decimal::from(number as u64));
    }
    if number.is_finite() { Decimal::parse(&number.to_string()) } else { None }
}

/// A number that compares so. Pushes nothing and says `false` where all numbers do.
fn ordered(place: &Place, comparison: Comparison, value: &DocumentValue, out: &mut Vec<Formula>) -> bool {
    let bound = value.as_f64().unwrap_or(f64::NAN);
    // Every number that reaches a gateway lies between the outermost doubles.
    let all = match comparison {
        Comparison::Less => bound == f64::INFINITY,
        Comparison::LessEqual => bound >= f64::MAX,
        Comparison::Greater => bound == f64::NEG_INFINITY,
        Comparison::GreaterEqual => bound <= f64::MIN,
        Comparison::Equal | Comparison::NotEqual => false,
    };
    if all {
        return false;
    }
    let test = decimal(bound).map(|number| Formula::Test(place.clone(), Check::Number(comparison, number)));
    out.push(test.unwrap_or(Formula::FALSE));
    true
}

/// A value that the gateways take for one of the literals, among those of some kinds.
fn equals_one(place: &Place, literals: &[DocumentValue], within: Kinds) -> Formula {
    let check = |check| Formula::Test(place.clone(), check);
    let mut numbers = BTreeSet::new();
    let mut texts: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut parts = Vec::new();
    for literal in literals {
        let text = literal.text();
        if let Some(number) = literal.as_f64() {
            // Two numbers are compared as numbers.
            numbers.extend(decimal(number));
        } else {
            let printed = text.parse::<f64>().ok().filter(|number| number.is_finite() && float_text(*number) == text);
            match (text.as_str(), printed) {
                (_, Some(zero)) if zero == 0.0 && within.contains(Kinds::NUMBER) => {
                    let minus = check(Check::MinusZero);
                    parts.push(match zero.is_sign_negative() {
                        true => minus,
                        false => {
                            Formula::And(vec![check(Check::Number(Comparison::Equal, Decimal::ZERO)), minus.negated()])
                        }
                    });
                }
                (_, Some(number)) if number != 0.0 => numbers.extend(decimal(number)),
                ("true", _) if within.contains(Kinds::BOOL) => parts.push(check(Check::Bool(true))),
                ("false", _) if within.contains(Kinds::BOOL) => parts.push(check(Check::Bool(false))),
                ("<nil>", _) if within.contains(Kinds::NULL) => parts.push(Formula::Is(place.clone(), Kinds::NULL)),
                (nested, _) if nested.ends_with(']') => {
                    let kind = if nested.starts_with('[') { Kinds::ARRAY } else { Kinds::OBJECT };
                    if within.contains(kind) && (kind == Kinds::ARRAY || nested.starts_with("map[")) {
                        let prints = check(Check::Opaque(Arc::from(format!("prints as {nested}"))));
                        parts.push(Formula::And(vec![Formula::Is(place.clone(), kind), prints]));
                    }
                }
                _ => {}
            }
        }
        texts.insert(Arc::from(text));
    }
    if !numbers.is_empty() && within.contains(Kinds::NUMBER) {
        parts.push(check(Check::Numbers(numbers)));
    }
    if !texts.is_empty() && within.contains(Kinds::STRING) {
        parts.push(check(Check::Texts(texts)));
    }
    match parts.len() {
        1 => parts.swap_remove(0),
        _ => Formula::Or(parts),
    }
}

fn contains(place: &Place, value: &DocumentValue, within: Kinds) -> Formula {
    let mut parts = Vec::new();
    if within.contains(Kinds::ARRAY) {
        let element = equals_one(&Place::root(Root::Element), std::slice::from_ref(value), Kinds::VALUES);
        parts.push(Formula::Some(place.clone(), Arc::new(element)));
    }
    match value {
        DocumentValue::Str(part) if within.contains(Kinds::STRING) => parts.push(match part.is_empty() {
            true => Formula::Is(place.clone(), Kinds::STRING),
            false => Formula::Test(place.clone(), Check::Language(Language::containing(&Arc::from(part.as_str())))),
        }),
        _ => {}
    }
    Formula::Or(parts)
}

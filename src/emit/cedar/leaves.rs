//! Literals of Cedar, and conditions on one value.

use std::sync::Arc;

use super::atoms::{SMALLEST, opposite};
use super::literals::decimal_text;
use super::meaning::{EVERYTHING, Meaning, NOTHING, Read};
use crate::decimal::Decimal;
use crate::emit::expression::{Kind, Tree};
use crate::pattern::Like;
use crate::predicate::{Atom, Comparison, Condition, Elements, Path, PathRoot, Scalar, ScalarValue, Step, Test};
use crate::source::Span;

pub(super) fn atom(path: &Path, test: Test) -> Condition {
    Condition::Atom(Atom { path: path.clone(), test, span: Span::default() })
}

/// The test that holds for the other values of the type of which a value must be so that a test
/// holds.
pub(super) fn other_of_type(path: &Path, test: &Test) -> Condition {
    let elements = |test| Box::new(Elements::themselves(test));
    let other = match test {
        Test::Compare(comparison, scalar) => Test::Compare(opposite(*comparison), scalar.clone()),
        Test::In(list) => Test::NotIn(list.clone()),
        Test::Every(inner) | Test::Some(inner) => match (&inner.test, test) {
            (Test::In(list), Test::Some(_)) => Test::Every(elements(Test::NotIn(list.clone()))),
            (Test::In(list), _) => Test::Some(elements(Test::NotIn(list.clone()))),
            _ => return atom(path, test.clone()).negated(),
        },
        Test::Like(_) => {
            return Condition::And(vec![texts(path), atom(path, test.clone()).negated()]);
        }
        _ => return atom(path, test.clone()).negated(),
    };
    atom(path, other)
}

/// The value is a string.
pub(super) fn texts(path: &Path) -> Condition {
    Like::new("*").map_or(NOTHING, |any| atom(path, Test::Like(vec![any])))
}

/// Equal as decimals to one of these ten thousandths.
pub(super) fn nearly(path: &Path, numbers: &[i64]) -> Meaning {
    let number = |value: i64| Scalar {
        value: ScalarValue::Number(Decimal::parse(&decimal_text(value)).unwrap_or(Decimal::ZERO)),
        text: String::new(),
    };
    let compare = |comparison, value| atom(path, Test::Compare(comparison, number(value)));
    let near = numbers.iter().map(|value| {
        let (below, above) = (value.saturating_sub(1), value.saturating_add(1));
        Condition::And(vec![compare(Comparison::Greater, below), compare(Comparison::Less, above)])
    });
    let equal = numbers.iter().map(|value| number(*value)).collect();
    Meaning { may: Condition::Or(near.collect()), must: atom(path, Test::NotIn(equal)).negated() }
}

/// All of these, without what says nothing.
pub(super) fn all_of(parts: Vec<Condition>) -> Condition {
    let mut parts: Vec<Condition> =
        parts.into_iter().filter(|part| !matches!(part, Condition::And(parts) if parts.is_empty())).collect();
    if parts.len() == 1 { parts.pop().unwrap_or(EVERYTHING) } else { Condition::And(parts) }
}

/// `principal.getTag("role")`
pub(super) fn tag(method: &str, callee: &Tree, arguments: &[Tree]) -> Option<Path> {
    let [Tree { kind: Kind::Text(name), .. }] = arguments else { return None };
    let is_called = callee.keys().is_some_and(|keys| keys == ["principal", method]);
    is_called.then(|| Path { root: PathRoot::Caller, steps: vec![Step::Key(name.clone())] })
}

pub(super) fn scalar(tree: &Tree) -> Read<Scalar> {
    let value = match &tree.kind {
        Kind::Text(text) => ScalarValue::Str(Arc::from(text.as_str())),
        Kind::Name(name) if name == "true" || name == "false" => ScalarValue::Bool(name == "true"),
        Kind::Number(number) => {
            let value: i64 = number.parse().map_err(|_| tree.span)?;
            // Only as it is written here.
            if value.to_string() != *number {
                return Err(tree.span);
            }
            ScalarValue::Number(Decimal::parse(number).ok_or(tree.span)?)
        }
        _ => return Err(tree.span),
    };
    Ok(Scalar { value, text: String::new() })
}

pub(super) fn scalars(list: &[Tree], span: Span) -> Read<Vec<Scalar>> {
    // Of what an empty set is one is not known.
    if list.is_empty() { Err(span) } else { list.iter().map(scalar).collect() }
}

pub(super) fn decimal_argument(tree: &Tree) -> Option<&str> {
    let Kind::Call(callee, arguments) = &tree.kind else { return None };
    let [Tree { kind: Kind::Text(text), .. }] = arguments.as_slice() else { return None };
    matches!(&callee.kind, Kind::Name(name) if name == "decimal").then_some(text)
}

pub(super) fn is_call_of_smallest(tree: &Tree) -> bool {
    decimal_argument(tree).is_some_and(|text| SMALLEST.contains(&format!("\"{text}\"")))
}

/// The ten thousandths of a decimal; nothing within for one that is not written as it is here.
pub(super) fn ten_thousandths(tree: &Tree) -> Option<Option<i64>> {
    let text = decimal_argument(tree)?;
    let value =
        Decimal::parse(text).and_then(|number| number.scaled(4, 19)).and_then(|value| i64::try_from(value).ok());
    Some(value.filter(|value| decimal_text(*value) == text))
}

//! Whether a condition holds for a call.

use super::Call;
use crate::decimal::Decimal;
use crate::json::{Kind, Value};
use crate::predicate::{Atom, Comparison, Condition, Elements, Path, PathRoot, Scalar, ScalarValue, Step, Test};

/// Whether a condition holds for a call. The depth of the recursion is bounded by the parser.
pub fn holds(condition: &Condition, call: &Call<'_>) -> bool {
    match condition {
        Condition::Or(parts) => parts.iter().any(|part| holds(part, call)),
        Condition::And(parts) => parts.iter().all(|part| holds(part, call)),
        Condition::Not(inner) => !holds(inner, call),
        Condition::Atom(Atom { path, test, .. }) => value(path, call).is_some_and(|value| passes(test, value)),
    }
}

/// The value that a path leads to, if there is one.
pub(crate) fn value<'a>(path: &Path, call: &Call<'a>) -> Option<Value<'a>> {
    let root = match path.root {
        PathRoot::Args => Some(call.arguments),
        PathRoot::Caller => call.caller,
    };
    follow(root?, &path.steps)
}

/// The value that steps lead to from another value, if there is one.
fn follow<'a>(from: Value<'a>, steps: &[Step]) -> Option<Value<'a>> {
    steps.iter().try_fold(from, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.at(*index as usize),
    })
}

/// Whether the tested value of an element exists and passes.
fn element_passes(elements: &Elements, element: Value<'_>) -> bool {
    follow(element, &elements.steps).is_some_and(|value| passes(&elements.test, value))
}

/// Whether a value passes a test.
pub(crate) fn passes(test: &Test, value: Value<'_>) -> bool {
    match test {
        Test::Has => !value.is_null(),
        Test::Compare(Comparison::Equal, scalar) => equals(value, scalar),
        Test::Compare(Comparison::NotEqual, scalar) => value.kind() == scalar.value.kind() && !equals(value, scalar),
        Test::Compare(comparison, Scalar { value: ScalarValue::Number(bound), .. }) => {
            value.as_number().is_some_and(|number| comparison.holds(&number, bound))
        }
        Test::Compare(..) => false,
        Test::In(list) => listed(value, list),
        Test::NotIn(list) => list.iter().any(|scalar| scalar.value.kind() == value.kind()) && !listed(value, list),
        Test::Contains(scalar) => match (value.kind(), &scalar.value) {
            (Kind::Array, _) => value.items().any(|item| equals(item, scalar)),
            (Kind::String, ScalarValue::Str(part)) => value.as_str().is_some_and(|text| text.contains(part.as_ref())),
            _ => false,
        },
        Test::Like(patterns) => value.as_str().is_some_and(|text| patterns.iter().any(|like| like.is_match(text))),
        Test::Matches(patterns) => value.as_str().is_some_and(|text| patterns.iter().any(|regex| regex.is_match(text))),
        Test::Every(elements) => {
            value.kind() == Kind::Array && value.items().all(|item| element_passes(elements, item))
        }
        Test::Some(elements) => value.items().any(|item| element_passes(elements, item)),
        Test::Length(length) => {
            let count = match value.kind() {
                Kind::Array => value.items().count(),
                Kind::String => value.as_str().map_or(0, |text| text.chars().count()),
                _ => return false,
            };
            length.comparison.holds(&Decimal::from(count as u64), &length.number)
        }
    }
}

fn equals(value: Value<'_>, scalar: &Scalar) -> bool {
    match &scalar.value {
        ScalarValue::Null => value.is_null(),
        ScalarValue::Bool(expected) => value.as_bool() == Some(*expected),
        ScalarValue::Number(expected) => value.as_number().as_ref() == Some(expected),
        ScalarValue::Str(expected) => value.as_str() == Some(expected.as_ref()),
    }
}

/// Whether a value equals one of a list. The value is decoded once, not once for each literal.
fn listed(value: Value<'_>, list: &[Scalar]) -> bool {
    let any = |is: &dyn Fn(&ScalarValue) -> bool| list.iter().any(|scalar| is(&scalar.value));
    match value.kind() {
        Kind::Number => value.as_number().is_some_and(|number| {
            any(&|scalar| matches!(scalar, ScalarValue::Number(expected) if *expected == number))
        }),
        Kind::String => value.as_str().is_some_and(|text| {
            any(&|scalar| matches!(scalar, ScalarValue::Str(expected) if expected.as_ref() == text))
        }),
        _ => list.iter().any(|scalar| equals(value, scalar)),
    }
}

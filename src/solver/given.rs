//! What a formula comes to for a call some of whose values are known.

use super::formula::{Check, Formula, Place, Root};
use super::space::is_multiple;
use crate::decimal::Decimal;
use crate::json::{Kind, Value};
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;

/// The values of a call.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The arguments.
    pub arguments: Value<'a>,
    /// The caller's claims, if there are any.
    pub caller: Option<Value<'a>>,
}

impl<'a> Values<'a> {
    fn at(self, place: &Place, element: Option<Value<'a>>) -> Option<Value<'a>> {
        let root = match place.root {
            Root::Args => Some(self.arguments),
            Root::Caller => self.caller,
            Root::Element => element,
        };
        place.steps.iter().try_fold(root?, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.at(*index as usize),
        })
    }
}

impl Formula {
    /// The formula for all calls that have these values wherever `is_free` does not hold of a place. Tests of
    /// them give way to their results, except for those whose result is not known: they stay.
    #[must_use]
    pub fn given(&self, values: Values<'_>, is_free: &dyn Fn(&Place) -> bool) -> Self {
        match self {
            Self::And(parts) => {
                let mut left = Vec::new();
                for part in parts {
                    match part.given(values, is_free) {
                        Self::And(inner) => left.extend(inner),
                        Self::Or(none) if none.is_empty() => return Self::FALSE,
                        other => left.push(other),
                    }
                }
                one_or(left, Self::And)
            }
            Self::Or(parts) => {
                let mut left = Vec::new();
                for part in parts {
                    match part.given(values, is_free) {
                        Self::Or(inner) => left.extend(inner),
                        Self::And(none) if none.is_empty() => return Self::TRUE,
                        other => left.push(other),
                    }
                }
                one_or(left, Self::Or)
            }
            Self::Not(inner) => inner.given(values, is_free).negated(),
            Self::Is(place, _) | Self::Test(place, _) | Self::Every(place, _) | Self::Some(place, _) => {
                let known = if is_free(place) { None } else { self.result(values, None) };
                match known {
                    Some(true) => Self::TRUE,
                    Some(false) => Self::FALSE,
                    None => self.clone(),
                }
            }
        }
    }

    /// Whether the formula holds for these values; `None` where that depends on a requirement that formulas
    /// cannot express. The recursion is as deep as the formula.
    #[must_use]
    pub fn result(&self, values: Values<'_>, element: Option<Value<'_>>) -> Option<bool> {
        match self {
            Self::And(parts) => all(parts.iter().map(|part| part.result(values, element))),
            Self::Or(parts) => {
                all(parts.iter().map(|part| part.result(values, element).map(|holds| !holds))).map(|all| !all)
            }
            Self::Not(inner) => inner.result(values, element).map(|holds| !holds),
            Self::Is(place, kinds) => {
                let kind = values.at(place, element).map_or(Kinds::MISSING, |value| Kinds::of(value.kind()));
                Some(kinds.contains(kind))
            }
            Self::Test(place, check) => values.at(place, element).map_or(Some(false), |value| check.passes(value)),
            Self::Every(place, inner) => {
                let Some(array) = array(values, place, element) else { return Some(false) };
                all(array.items().map(|item| inner.result(values, Some(item))))
            }
            Self::Some(place, inner) => {
                let Some(array) = array(values, place, element) else { return Some(false) };
                all(array.items().map(|item| inner.result(values, Some(item)).map(|holds| !holds))).map(|all| !all)
            }
        }
    }
}

fn array<'a>(values: Values<'a>, place: &Place, element: Option<Value<'a>>) -> Option<Value<'a>> {
    values.at(place, element).filter(|value| value.kind() == Kind::Array)
}

fn one_or(mut parts: Vec<Formula>, join: fn(Vec<Formula>) -> Formula) -> Formula {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

/// Whether all hold: not if one does not, even if others are not known.
pub(crate) fn all(results: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for result in results {
        match result {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = None,
        }
    }
    known
}

impl Check {
    /// Whether a value passes the test; `None` if that cannot be said of the value alone.
    #[must_use]
    pub fn passes(&self, value: Value<'_>) -> Option<bool> {
        let number = |test: &dyn Fn(Decimal) -> bool| Some(value.as_number().is_some_and(test));
        let text = |test: &dyn Fn(&str) -> bool| Some(value.as_str().is_some_and(test));
        let length = |kind, comparison: Comparison, bound: &Decimal| {
            let count = match kind {
                Kind::String => value.as_str().map_or(0, |text| text.chars().count()),
                _ => value.items().count(),
            };
            Some(value.kind() == kind && comparison.holds(&Decimal::from(count as u64), bound))
        };
        match self {
            Self::Bool(wanted) => Some(value.as_bool() == Some(*wanted)),
            Self::Number(comparison, bound) => number(&|number| comparison.holds(&number, bound)),
            Self::Numbers(numbers) => number(&|number| numbers.contains(&number)),
            Self::Multiple(step) => number(&|number| is_multiple(&number, step)),
            Self::MinusZero => number(&|number| number.is_zero() && value.source().starts_with('-')),
            Self::Texts(texts) => text(&|text| texts.contains(text)),
            Self::Language(language) => text(&|text| language.has(text)),
            Self::TextLength(comparison, bound) => length(Kind::String, *comparison, bound),
            Self::ArrayLength(comparison, bound) => length(Kind::Array, *comparison, bound),
            Self::Opaque(_) if !matches!(value.kind(), Kind::Array | Kind::Object) => Some(false),
            Self::Only(names) => {
                let is_named = |key: Value<'_>| key.as_str().is_some_and(|key| names.contains(key));
                Some(value.kind() == Kind::Object && value.entries().all(|(key, _)| is_named(key)))
            }
            Self::Closed if value.kind() != Kind::Object => Some(false),
            Self::Opaque(_) | Self::Closed => None,
        }
    }
}

//! Formulas on one call, by looking at its values: the plain way, to compare the solver's answers with.

use policyc_core::decimal::Decimal;
use policyc_core::json::{Kind, Value};
use policyc_core::predicate::{Comparison, Step};
use policyc_core::schema::Kinds;
use policyc_core::solver::formula::{Check, Formula, Place, Root};

/// A call, whose numbers are read as gateways do: as the shortest decimal of the nearest double.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) arguments: Value<'a>,
    pub(crate) caller: Option<Value<'a>>,
    pub(crate) element: Option<Value<'a>>,
}

impl<'a> Look<'a> {
    /// Whether the formula holds; `None` where that hangs on what formulas do not look into.
    pub(crate) fn holds(self, formula: &Formula) -> Option<bool> {
        match formula {
            Formula::And(parts) => self.each(parts.iter(), false),
            Formula::Or(parts) => self.each(parts.iter(), true),
            Formula::Not(inner) => self.holds(inner).map(|holds| !holds),
            Formula::Is(place, kinds) => {
                let kind = self.find(place).map_or(Kinds::MISSING, |value| Kinds::of(value.kind()));
                Some(kinds.contains(kind))
            }
            Formula::Test(place, check) => self.find(place).map_or(Some(false), |value| Self::check(value, check)),
            Formula::Every(place, inner) | Formula::Some(place, inner) => {
                let Some(array) = self.find(place).filter(|value| value.kind() == Kind::Array) else {
                    return Some(false);
                };
                let decides = matches!(formula, Formula::Some(..));
                let mut open = false;
                for item in array.items() {
                    match (Look { element: Some(item), ..self }).holds(inner) {
                        Some(holds) if holds == decides => return Some(decides),
                        Some(_) => {}
                        None => open = true,
                    }
                }
                (!open).then_some(!decides)
            }
        }
    }

    fn each<'f>(self, parts: impl Iterator<Item = &'f Formula>, decides: bool) -> Option<bool> {
        let mut open = false;
        for part in parts {
            match self.holds(part) {
                Some(holds) if holds == decides => return Some(decides),
                Some(_) => {}
                None => open = true,
            }
        }
        (!open).then_some(!decides)
    }

    fn find(self, place: &Place) -> Option<Value<'a>> {
        let root = match place.root {
            Root::Args => Some(self.arguments),
            Root::Caller => self.caller,
            Root::Element => self.element,
        };
        place.steps.iter().try_fold(root?, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.at(*index as usize),
        })
    }

    fn check(value: Value<'_>, check: &Check) -> Option<bool> {
        let number = || {
            let exact = value.as_number()?;
            Some(Decimal::parse(&exact.to_f64().to_string()).unwrap_or(exact))
        };
        Some(match check {
            Check::Bool(wanted) => value.as_bool() == Some(*wanted),
            Check::Number(comparison, bound) => number().is_some_and(|number| compares(&number, *comparison, bound)),
            Check::Numbers(list) => number().is_some_and(|number| list.contains(&number)),
            Check::Multiple(step) => number().is_some_and(|number| {
                let digits = number.fraction_digits().max(step.fraction_digits());
                let scaled = |number: &Decimal| number.scaled(digits, 1_000).unwrap();
                scaled(&number) % scaled(step) == num_bigint::BigInt::from(0)
            }),
            Check::MinusZero => number().is_some_and(|number| number.is_zero()) && value.source().starts_with('-'),
            Check::Texts(texts) => value.as_str().is_some_and(|text| texts.contains(text)),
            Check::Language(language) => value.as_str().is_some_and(|text| language.has(text)),
            Check::TextLength(comparison, bound) => value
                .as_str()
                .is_some_and(|text| compares(&Decimal::from(text.chars().count() as u64), *comparison, bound)),
            Check::ArrayLength(comparison, bound) => {
                value.kind() == Kind::Array
                    && compares(&Decimal::from(value.items().count() as u64), *comparison, bound)
            }
            Check::Only(names) => {
                let mut keys = value.entries().filter_map(|(key, _)| key.as_str());
                value.kind() == Kind::Object && keys.all(|key| names.contains(key))
            }
            Check::Opaque(_) | Check::Closed => {
                return (!matches!(value.kind(), Kind::Array | Kind::Object)).then_some(false);
            }
        })
    }
}

fn compares(number: &Decimal, comparison: Comparison, bound: &Decimal) -> bool {
    match comparison {
        Comparison::Less => number < bound,
        Comparison::LessEqual => number <= bound,
        Comparison::Greater => number > bound,
        Comparison::GreaterEqual => number >= bound,
        Comparison::Equal => number == bound,
        Comparison::NotEqual => number != bound,
    }
}

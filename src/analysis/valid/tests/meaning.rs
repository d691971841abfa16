//! What formulas mean, on concrete arguments.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::decimal::Decimal;
use crate::json::Kind;
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula, Place, Root};

/// A way into arguments; `None` is any element.
type Way = Vec<Option<String>>;

/// All ways that a formula or a list of places names.
pub(super) struct Named(BTreeSet<Way>);

fn way(base: &[Option<String>], place: &Place) -> Way {
    let steps = place.steps.iter().map(|step| match step {
        Step::Key(key) => Some(key.clone()),
        Step::Index(_) => None,
    });
    base.iter().cloned().chain(steps).collect()
}

impl Named {
    pub(super) fn new(formula: &Formula, places: &[Place]) -> Self {
        let mut named = Self(BTreeSet::new());
        for place in places {
            named.add(way(&[], place));
        }
        named.gather(formula, &[]);
        named
    }

    fn add(&mut self, way: Way) {
        for end in 1..=way.len() {
            self.0.insert(way[..end].to_vec());
        }
    }

    fn gather(&mut self, formula: &Formula, base: &[Option<String>]) {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|part| self.gather(part, base)),
            Formula::Not(inner) => self.gather(inner, base),
            Formula::Is(place, _) | Formula::Test(place, _) => self.add(way(base, place)),
            Formula::Every(place, inner) | Formula::Some(place, inner) => {
                let mut element = way(base, place);
                element.push(None);
                self.add(element.clone());
                self.gather(inner, &element);
            }
        }
    }

    fn has(&self, base: &[Option<String>], key: Option<&str>) -> bool {
        let mut way = base.to_vec();
        way.push(key.map(str::to_owned));
        self.0.contains(&way)
    }

    /// The value without the members and elements that are not named.
    pub(super) fn prune(&self, value: &Value, base: &mut Way) -> Value {
        let mut inside = |value: &Value, key: Option<&str>| {
            base.push(key.map(str::to_owned));
            let kept = self.prune(value, base);
            base.pop();
            kept
        };
        match value {
            Value::Array(items) => {
                let kept: Vec<_> = items.iter().map(|item| inside(item, None)).collect();
                if self.has(base, None) { kept.into() } else { Value::Array(Vec::new()) }
            }
            Value::Object(map) => {
                let kept: Vec<_> = map.iter().map(|(key, value)| (key.clone(), inside(value, Some(key)))).collect();
                kept.into_iter().filter(|(key, _)| self.has(base, Some(key))).collect::<serde_json::Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
}

fn kind(value: Option<&Value>) -> Kinds {
    value.map_or(Kinds::MISSING, |value| {
        Kinds::of(match value {
            Value::Null => Kind::Null,
            Value::Bool(_) => Kind::Bool,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::String,
            Value::Array(_) => Kind::Array,
            Value::Object(_) => Kind::Object,
        })
    })
}

fn compares(left: &Decimal, comparison: Comparison, right: &Decimal) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::LessEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterEqual => left >= right,
    }
}

fn count(number: usize) -> Decimal {
    Decimal::from(number as u64)
}

/// Whether a formula holds for a value: the arguments, or the element that it is about.
pub(super) fn holds(formula: &Formula, root: &Value, named: &Named, base: &[Option<String>]) -> bool {
    let at = |place: &Place| {
        assert_eq!(place.root, if base.is_empty() { Root::Args } else { Root::Element });
        place.steps.iter().try_fold(root, |value, step| match step {
            Step::Key(key) => value.as_object()?.get(key),
            Step::Index(index) => value.as_array()?.get(*index as usize),
        })
    };
    let inside = |place: &Place| {
        let mut inside = way(base, place);
        inside.push(None);
        inside
    };
    match formula {
        Formula::And(parts) => parts.iter().all(|part| holds(part, root, named, base)),
        Formula::Or(parts) => parts.iter().any(|part| holds(part, root, named, base)),
        Formula::Not(inner) => !holds(inner, root, named, base),
        Formula::Is(place, kinds) => kinds.contains(kind(at(place))),
        Formula::Every(place, inner) => at(place)
            .and_then(Value::as_array)
            .is_some_and(|items| items.iter().all(|item| holds(inner, item, named, &inside(place)))),
        Formula::Some(place, inner) => at(place)
            .and_then(Value::as_array)
            .is_some_and(|items| items.iter().any(|item| holds(inner, item, named, &inside(place)))),
        Formula::Test(place, check) => {
            let Some(value) = at(place) else { return false };
            let number = value.as_f64().map(|_| Decimal::parse(&value.to_string()).unwrap());
            match check {
                Check::Bool(truth) => value.as_bool() == Some(*truth),
                Check::Number(comparison, bound) => number.is_some_and(|number| compares(&number, *comparison, bound)),
                Check::Numbers(numbers) => number.is_some_and(|number| numbers.contains(&number)),
                Check::Multiple(divisor) => {
                    number.is_some_and(|number| (number.to_f64() / divisor.to_f64()).fract() == 0.0)
                }
                Check::Texts(texts) => value.as_str().is_some_and(|text| texts.contains(text)),
                Check::Language(language) => value.as_str().is_some_and(|text| language.has(text)),
                Check::TextLength(comparison, bound) => {
                    value.as_str().is_some_and(|text| compares(&count(text.chars().count()), *comparison, bound))
                }
                Check::ArrayLength(comparison, bound) => {
                    value.as_array().is_some_and(|items| compares(&count(items.len()), *comparison, bound))
                }
                Check::Only(names) => panic!("no schema says {names:?}"),
                Check::Opaque(name) => panic!("no schema says {name}"),
                Check::MinusZero => panic!("no schema tells zeros apart"),
                Check::Closed => {
                    let here = way(base, place);
                    value.as_object().is_some_and(|map| map.keys().all(|key| named.has(&here, Some(key))))
                }
            }
        }
    }
}

//! Sets of values of one argument: those of other targets, and arrays by their elements.

use crate::emit::operators::strings::{Pattern, Strings};
use crate::emit::operators::values::{Arrays, Values};

use super::ambiguity::is_ambiguous;

/// A set of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Set {
    /// Its values; no arrays if it has arrays by their elements.
    pub(super) values: Values,
    /// Arrays all of whose elements are in this set of scalars.
    pub(super) every: Option<Box<Values>>,
}

impl From<Values> for Set {
    fn from(values: Values) -> Self {
        Self { values, every: None }
    }
}

impl Set {
    /// The arrays all of whose elements are in a set; `None` if a pattern cannot be gone through
    /// element by element in one way.
    pub(super) fn every(elements: Values) -> Option<Self> {
        let [has_false, has_true] = elements.bools;
        let has_words = elements.null || has_false || has_true;
        let is_scalar = !elements.missing && !elements.objects && elements.arrays == Arrays::None;
        let points = elements.numbers.points();
        let is_held = match &elements.strings {
            // Literals of any type, or the numbers of one interval.
            Strings::In(texts) => {
                points.is_some() || texts.is_empty() && !has_words && elements.numbers.intervals().len() == 1
            }
            Strings::Match(patterns) => match patterns.as_slice() {
                [pattern] => !has_words && elements.numbers.is_empty() && has_one_way(pattern),
                _ => false,
            },
            Strings::NotIn(texts) => texts.is_empty() && !has_words && elements.numbers.is_empty(),
            Strings::NoMatch(_) => false,
        };
        (is_scalar && is_held).then(|| Self { values: Values::NONE, every: Some(Box::new(elements)) })
    }

    pub(super) fn is_present(&self) -> bool {
        self.every.is_none() && self.values == Values::present()
    }

    pub(super) fn is_none(&self) -> bool {
        self.every.is_none() && self.values.is_none()
    }

    /// What either has; `None` when that has no form here.
    pub(super) fn union(&self, other: &Self) -> Option<Self> {
        let values = self.values.union(&other.values)?;
        let every = match (&self.every, &other.every) {
            _ if values.arrays == Arrays::All => None,
            (None, every) | (every, None) if values.arrays == Arrays::None => every.clone(),
            (one, same) if one == same => one.clone(),
            _ => return None,
        };
        Some(Self { values, every })
    }

    /// What both have; `None` when that has no form here.
    pub(super) fn intersection(&self, other: &Self) -> Option<Self> {
        let values = self.values.intersection(&other.values)?;
        let every = match (&self.every, &other.every) {
            (None, None) => None,
            (Some(one), Some(two)) if one == two => Some(one.clone()),
            (Some(one), Some(two)) => Self::every(one.intersection(two)?)?.every,
            (every @ Some(_), None) if other.values.arrays == Arrays::All => every.clone(),
            (None, every @ Some(_)) if self.values.arrays == Arrays::All => every.clone(),
            (Some(_), None) if other.values.arrays == Arrays::None => None,
            (None, Some(_)) if self.values.arrays == Arrays::None => None,
            _ => return None,
        };
        Some(Self { values, every })
    }

    /// What this has and another has not; `None` when that has no form here.
    pub(super) fn without(&self, other: &Self) -> Option<Self> {
        let without = Self::from(other.values.complement());
        match (&self.every, &other.every) {
            (_, None) => self.intersection(&without),
            (None, Some(_)) if self.values.arrays == Arrays::None => self.intersection(&without),
            _ => None,
        }
    }
}

/// Whether a string is matched by a pattern in one way only.
fn has_one_way(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Like(like) => like.middle().is_empty(),
        Pattern::Regex(regex) => !is_ambiguous(regex.tree().0),
    }
}

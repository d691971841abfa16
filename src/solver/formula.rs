//! Formulas about the JSON values of one call.
//!
//! A formula is a Boolean combination of tests, each of the value at one place. It does not say how
//! places relate. That a member needs an object around it, that an element needs an array that is
//! long enough, and that a value has exactly one kind, is known to the [space](super::space) in
//! which formulas are solved.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::strings::Language;
use crate::decimal::Decimal;
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;

/// A Boolean combination of tests of the values of a call. An empty `And` is true, an empty `Or`
/// false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Formula {
    /// All hold.
    And(Vec<Formula>),
    /// At least one holds.
    Or(Vec<Formula>),
    /// The formula inside does not hold.
    Not(Box<Formula>),
    /// The kind of the value at the place is one of these. A missing value has a kind of its own.
    Is(Place, Kinds),
    /// The value at the place passes the test. False where the value is missing or of another kind.
    Test(Place, Check),
    /// The value at the place is an array, and for each element the formula holds. Inside, places
    /// start at [`Root::Element`], which is that element.
    Every(Place, Arc<Formula>),
    /// The value at the place is an array, and for at least one element the formula holds, as in
    /// [`Formula::Every`].
    Some(Place, Arc<Formula>),
}

/// Where a place starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Root {
    /// The arguments, which are an object.
    Args,
    /// The caller's claims: an object, or missing.
    Caller,
    /// The element that the enclosing [`Formula::Every`] or [`Formula::Some`] is about.
    Element,
}

/// A place in a call. Without steps it is the root itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Where it starts.
    pub root: Root,
    /// The way from there.
    pub steps: Vec<Step>,
}

/// A test of one value of a fixed kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The boolean `true` or `false`.
    Bool(bool),
    /// A number that compares in this way with the given one.
    Number(Comparison, Decimal),
    /// A number that is one of these.
    Numbers(BTreeSet<Decimal>),
    /// A number that is a whole multiple of this one, which is above zero.
    Multiple(Decimal),
    /// The number zero with a minus sign, which some programs print differently from zero. All
    /// other tests take it for zero.
    MinusZero,
    /// A string that is one of these.
    Texts(BTreeSet<Arc<str>>),
    /// A string in the language.
    Language(Language),
    /// A string whose number of Unicode scalar values compares in this way with the given number.
    TextLength(Comparison, Decimal),
    /// An array whose number of elements compares in this way with the given number.
    ArrayLength(Comparison, Decimal),
    /// An array or object that satisfies a requirement that formulas cannot express, known by this
    /// name only. Both the requirement and its negation are taken to be possible, whatever else
    /// holds.
    Opaque(Arc<str>),
    /// An object with no members other than those that the formulas of the space name.
    Closed,
    /// An object with no members other than these.
    Only(BTreeSet<String>),
}

/// The formula that is always false.
impl Default for Formula {
    fn default() -> Self {
        Self::FALSE
    }
}

impl Formula {
    /// The formula that is always true.
    pub const TRUE: Self = Self::And(Vec::new());
    /// The formula that is always false.
    pub const FALSE: Self = Self::Or(Vec::new());

    /// Adds the places that the formula tests to `found`, except for those inside tests of
    /// elements.
    pub fn places(&self, found: &mut Vec<Place>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.places(found)),
            Self::Not(inner) => inner.places(found),
            Self::Is(place, _) | Self::Test(place, _) | Self::Every(place, _) | Self::Some(place, _) => {
                found.push(place.clone());
            }
        }
    }

    /// Whether some part is a [`Check::Opaque`], so that an example may turn out not to satisfy the
    /// formula.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::is_open),
            Self::Not(inner) => inner.is_open(),
            Self::Every(_, inner) | Self::Some(_, inner) => inner.is_open(),
            Self::Test(_, check) => matches!(check, Check::Opaque(_)),
            Self::Is(..) => false,
        }
    }

    /// The negation.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::And(parts) if parts.is_empty() => Self::FALSE,
            Self::Or(parts) if parts.is_empty() => Self::TRUE,
            other => Self::Not(Box::new(other)),
        }
    }
}

impl Place {
    /// The root itself.
    #[must_use]
    pub const fn root(root: Root) -> Self {
        Self { root, steps: Vec::new() }
    }

    /// The place one step further.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { root: self.root, steps }
    }
}

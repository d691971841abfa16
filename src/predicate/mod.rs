//! Conditions on the values of a call, as the model, the schemas and the analysis know them.
//!
//! A condition is a Boolean combination of atoms, each a test of the one value that a path leads to. An atom
//! is true or false, never an error: on a missing value, or a value of another type, it is false.

mod comparison;
mod path;

use std::sync::Arc;

pub use comparison::Comparison;
pub use path::{Path, PathRoot, Step};
pub(crate) use path::{is_bare_key, write_key};

use crate::decimal::Decimal;
use crate::json::Kind;
use crate::pattern::{Like, Regex};
use crate::source::Span;

/// A condition. An empty `And` is true, an empty `Or` false.
#[derive(Debug, Clone)]
pub enum Condition {
    /// At least one holds.
    Or(Vec<Condition>),
    /// All hold.
    And(Vec<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
    /// A test of one value.
    Atom(Atom),
}

impl Condition {
    /// The condition that holds where this one does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}

/// A test of the value that a path leads to.
#[derive(Debug, Clone)]
pub struct Atom {
    /// Where the value is.
    pub path: Path,
    /// What it must be.
    pub test: Test,
    /// Where it stands in the source.
    pub span: Span,
}

/// A test of one value. Each is false for a missing value.
#[derive(Debug, Clone)]
pub enum Test {
    /// Present and not null.
    Has,
    /// Compared with a literal of the same type. `!= null` is [`Test::Has`], and orderings have a number.
    Compare(Comparison, Scalar),
    /// Equal to one of at least one literal.
    In(Vec<Scalar>),
    /// Of the type of one of at least one literal, and equal to none.
    NotIn(Vec<Scalar>),
    /// A string that contains the literal, or an array with an element equal to it.
    Contains(Scalar),
    /// A string that matches one of at least one pattern as a whole.
    Like(Vec<Like>),
    /// A string that matches one of at least one expression as a whole.
    Matches(Vec<Regex>),
    /// An array all of whose elements pass the test.
    Every(Box<Elements>),
    /// An array at least one of whose elements passes the test.
    Some(Box<Elements>),
    /// An array or string of such a length.
    Length(LengthTest),
}

/// A test of the elements of an array. A `[*]` further on in a path is a test of the same kind for the array there, so
/// that an element passes only if the value that the steps lead to exists and passes.
#[derive(Debug, Clone)]
pub struct Elements {
    /// The way from an element to the value that is tested; without steps it is the element itself.
    pub steps: Vec<Step>,
    /// What that value must be.
    pub test: Test,
    /// The whole path to that value as the formatter writes it: `args.to[*].email`.
    pub text: String,
}

impl Elements {
    /// A test of the elements themselves, made by the analysis and not written in a source.
    #[must_use]
    pub fn themselves(test: Test) -> Self {
        Self { steps: Vec::new(), test, text: String::new() }
    }
}

impl Test {
    /// The test of the values that are reached: what `every` and `some` say of them, at the last `[*]`.
    #[must_use]
    pub fn innermost(&self) -> &Self {
        let mut test = self;
        while let Self::Every(elements) | Self::Some(elements) = test {
            test = &elements.test;
        }
        test
    }
}

/// A test of the elements of an array or the Unicode scalar values of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LengthTest {
    /// How the length compares.
    pub comparison: Comparison,
    /// With what; any number.
    pub number: Decimal,
}

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its value.
    pub value: ScalarValue,
    /// As the formatter writes it.
    pub text: String,
}

/// The value of a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScalarValue {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, exactly.
    Number(Decimal),
    /// A string.
    Str(Arc<str>),
}

impl ScalarValue {
    /// The kind of JSON value that it is equal to.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Number(_) => Kind::Number,
            Self::Str(_) => Kind::String,
        }
    }
}

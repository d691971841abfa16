//! Permissions of Envoy's filter for role-based access control: tests of the metadata that other
//! filters have made of a call.
//!
//! Every test is true or false: of a value that is missing, or of another type, it is false. The
//! filter for MCP leaves arrays out of the metadata, so an argument that is an array is missing
//! there; the claims of a token have theirs.

use std::sync::Arc;

use crate::decimal::Decimal;
use crate::pattern::{Like, Regex, like_literal};
use crate::predicate::{
    Atom, Comparison, Condition, Elements, LengthTest, Path, PathRoot, Scalar, ScalarValue, Step, Test,
};
use crate::source::Span;

/// What a call must be for a policy of the filter to apply to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Permission {
    /// Any call.
    Any,
    /// All of these; at least one.
    All(Vec<Permission>),
    /// One of these; at least one.
    OneOf(Vec<Permission>),
    /// Not this.
    Not(Box<Permission>),
    /// With such a value at this place.
    Has(Place, Value),
}

impl Permission {
    /// No call.
    pub(super) fn none() -> Self {
        Self::Not(Box::new(Self::Any))
    }

    /// The calls that are not among these.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// All of some.
    pub(super) fn all(mut parts: Vec<Self>) -> Self {
        match parts.pop() {
            None => Self::Any,
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Self::All(parts)
            }
        }
    }

    /// One of some.
    pub(super) fn one_of(mut parts: Vec<Self>) -> Self {
        match parts.pop() {
            None => Self::none(),
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Self::OneOf(parts)
            }
        }
    }

    /// Whether it looks at arguments and claims alone.
    pub(super) fn is_of_values(&self) -> bool {
        match self {
            Self::Any => true,
            Self::All(parts) | Self::OneOf(parts) => parts.iter().all(Self::is_of_values),
            Self::Not(inner) => inner.is_of_values(),
            Self::Has(place, _) => place.path().is_some(),
        }
    }

    /// The condition that holds for the calls that it is about, if it looks at arguments and claims.
    pub(super) fn meaning(&self) -> Condition {
        match self {
            Self::Any => Condition::And(Vec::new()),
            Self::All(parts) => Condition::And(parts.iter().map(Self::meaning).collect()),
            Self::OneOf(parts) => Condition::Or(parts.iter().map(Self::meaning).collect()),
            Self::Not(inner) => inner.meaning().negated(),
            Self::Has(place, value) => place.meaning(value),
        }
    }
}

/// A filter that makes metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    /// The one for MCP: the method and the parameters of a message.
    Mcp,
    /// The one for tokens: the claims of the caller.
    Jwt,
}

/// A value in the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Whose metadata it is.
    pub(super) filter: Filter,
    /// The keys that lead to it.
    pub(super) keys: Vec<String>,
}

impl Place {
    /// Where the filter for MCP puts the method.
    pub(super) fn method() -> Self {
        Self::new(Filter::Mcp, &["method"], Vec::new())
    }

    /// Where it puts the name of the tool.
    pub(super) fn tool() -> Self {
        Self::new(Filter::Mcp, &["params", "name"], Vec::new())
    }

    /// An argument or a claim, by the keys that lead to it.
    pub(super) fn of(root: PathRoot, keys: Vec<String>) -> Self {
        let (filter, start) = root_of(root);
        Self::new(filter, start, keys)
    }

    fn new(filter: Filter, start: &[&str], keys: Vec<String>) -> Self {
        Self { filter, keys: start.iter().map(|key| (*key).to_owned()).chain(keys).collect() }
    }

    /// The path to the argument or the claim; `None` for anything else.
    pub(super) fn path(&self) -> Option<Path> {
        [PathRoot::Args, PathRoot::Caller].into_iter().find_map(|root| {
            let (filter, start) = root_of(root);
            let (before, keys) = self.keys.split_at_checked(start.len())?;
            let is_below = self.filter == filter && before.iter().eq(start.iter()) && !keys.is_empty();
            is_below.then(|| Path { root, steps: keys.iter().map(|key| Step::Key(key.clone())).collect() })
        })
    }

    fn meaning(&self, value: &Value) -> Condition {
        let Some(path) = self.path() else { return Condition::Or(Vec::new()) };
        let is = |test| Condition::Atom(Atom { path: path.clone(), test, span: Span::default() });
        match value {
            Value::OneOf(values) => Condition::Or(values.iter().map(|value| self.meaning(value)).collect()),
            Value::Present => {
                let present = Condition::Or(vec![is(Test::Has), is(equal(ScalarValue::Null))]);
                match path.root {
                    PathRoot::Caller => present,
                    // Strings and arrays alone have a length.
                    PathRoot::Args => {
                        let length = LengthTest { comparison: Comparison::GreaterEqual, number: Decimal::ZERO };
                        let is_array = vec![is(Test::Length(length)), is(ANY_TEXT.test()).negated()];
                        Condition::And(vec![present, Condition::And(is_array).negated()])
                    }
                }
            }
            Value::Null => is(equal(ScalarValue::Null)),
            Value::Bool(value) => is(equal(ScalarValue::Bool(*value))),
            Value::Number(number) => is(compare(Comparison::Equal, *number)),
            Value::Range(f64::NEG_INFINITY, f64::INFINITY) => {
                let either = [Comparison::Less, Comparison::GreaterEqual].map(|side| is(compare(side, 0.0)));
                Condition::Or(either.into())
            }
            Value::Range(start, end) => {
                let low = start.is_finite().then(|| is(compare(Comparison::GreaterEqual, *start)));
                let high = end.is_finite().then(|| is(compare(Comparison::Less, *end)));
                Condition::And(low.into_iter().chain(high).collect())
            }
            Value::Text(text) => is(text.test()),
            // Only claims have elements.
            Value::Element(text) => match path.root {
                PathRoot::Caller => is(Test::Some(Box::new(Elements::themselves(text.test())))),
                PathRoot::Args => Condition::Or(Vec::new()),
            },
        }
    }
}

/// Whose metadata has what a path begins from, and under which keys. The filter for tokens has to be
/// told the name of its key.
const fn root_of(root: PathRoot) -> (Filter, &'static [&'static str]) {
    match root {
        PathRoot::Args => (Filter::Mcp, &["params", "arguments"]),
        PathRoot::Caller => (Filter::Jwt, &["jwt_payload"]),
    }
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// There, if only null.
    Present,
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number equal to this one.
    Number(f64),
    /// A number from the first to below the second.
    Range(f64, f64),
    /// A string.
    Text(Text),
    /// An array with such an element.
    Element(Text),
    /// One of these; at least two.
    OneOf(Vec<Value>),
}

impl Value {
    /// Any number.
    pub(super) const NUMBER: Self = Self::Range(f64::NEG_INFINITY, f64::INFINITY);

    /// One of some.
    pub(super) fn one_of(mut values: Vec<Self>) -> Option<Self> {
        let last = values.pop()?;
        if values.is_empty() {
            return Some(last);
        }
        values.push(last);
        Some(Self::OneOf(values))
    }
}

/// Any string.
pub(super) const ANY_TEXT: Text = Text::Any;

/// What a string must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// Anything.
    Any,
    /// This one.
    Exact(String),
    /// One that begins so.
    Prefix(String),
    /// One that ends so.
    Suffix(String),
    /// One with such a part.
    Contains(String),
    /// One that matches the expression as a whole.
    Like(Like),
    /// The same, as it is written for Envoy.
    Matches(String),
}

impl Text {
    fn test(&self) -> Test {
        let like = |pattern: String| match Like::new(&pattern) {
            Ok(like) => Test::Like(vec![like]),
            // Never: what is literal has been escaped.
            Err(_) => Test::In(Vec::new()),
        };
        match self {
            Self::Any => like("*".to_owned()),
            Self::Exact(text) => equal(ScalarValue::Str(Arc::from(text.as_str()))),
            Self::Prefix(text) => like(format!("{}*", like_literal(text))),
            Self::Suffix(text) => like(format!("*{}", like_literal(text))),
            Self::Contains(text) => like(format!("*{}*", like_literal(text))),
            Self::Like(pattern) => Test::Like(vec![pattern.clone()]),
            // What is no expression has been refused before.
            Self::Matches(regex) => Test::Matches(Regex::new(regex).into_iter().collect()),
        }
    }
}

fn equal(value: ScalarValue) -> Test {
    Test::Compare(Comparison::Equal, Scalar { value, text: String::new() })
}

fn compare(comparison: Comparison, number: f64) -> Test {
    // Rust prints the shortest digits that name a double.
    let value = Decimal::parse(&number.to_string()).unwrap_or(Decimal::ZERO);
    Test::Compare(comparison, Scalar { value: ScalarValue::Number(value), text: String::new() })
}

//! The eleven operators that both gateways share, as Intercept evaluates them.
//!
//! The hosted gateway descends from Intercept; where its documentation is silent the rules here are
//! Intercept's. A missing value fails every operator but `exists`; null is missing for `exists` and
//! a value for all others.

pub(crate) mod clauses;
pub(crate) mod counters;
pub(crate) mod formulas;
pub(crate) mod limits;
pub(crate) mod literal;
pub(crate) mod look_alikes;
pub(crate) mod lower;
pub(crate) mod numbers;
pub(crate) mod strings;
pub(crate) mod values;
pub(crate) mod window;

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::diagnostics::quote;
use crate::json::{Kind, Value};
use crate::located::{Mistakes, Node};
use crate::pattern::Regex;

use literal::{DocumentValue, argument_text, as_f64};

/// An operator of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// Equal as numbers, or of equal text.
    Eq,
    /// Present and not `eq`.
    Neq,
    /// A number below.
    Lt,
    /// A number not above.
    Lte,
    /// A number above.
    Gt,
    /// A number not below.
    Gte,
    /// `eq` to one of a list.
    In,
    /// Present and `eq` to none of a list.
    NotIn,
    /// Present and not null, or the opposite.
    Exists,
    /// A string in which the pattern matches somewhere.
    Regex,
    /// A string that contains the literal, or an array with an element that is `eq` to it.
    Contains,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 11] = [
        Self::Eq,
        Self::Neq,
        Self::Lt,
        Self::Lte,
        Self::Gt,
        Self::Gte,
        Self::In,
        Self::NotIn,
        Self::Exists,
        Self::Regex,
        Self::Contains,
    ];

    /// As documents write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Neq => "neq",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::In => "in",
            Self::NotIn => "not_in",
            Self::Exists => "exists",
            Self::Regex => "regex",
            Self::Contains => "contains",
        }
    }

    /// Reads the name of an operator.
    pub(crate) fn read(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        node.as_word("`op`", &Self::ALL.map(|operator| (operator.name(), operator)), mistakes)
    }

    /// Reports an operand that does not fit. `place` is where it is written.
    pub(crate) fn check_operand(self, value: &DocumentValue, place: &Node<'_>, mistakes: &mut Mistakes) {
        let Err(reason) = self.check(value) else { return };
        let help = match self {
            Self::In | Self::NotIn => "write a list in brackets, with commas: `[\"a\", \"b\"]`",
            Self::Lt | Self::Lte | Self::Gt | Self::Gte => "write a number, without quotes",
            Self::Exists => "write `true` or `false`, without quotes",
            _ => "write a regular expression as RE2 has it, in quotes",
        };
        mistakes.report(place.head(), reason, help);
    }

    /// Checks an operand as Intercept's validation does. Gives the expression of a `regex`.
    ///
    /// # Errors
    /// The operand does not fit the operator.
    fn check(self, value: &DocumentValue) -> Result<Option<Regex>, String> {
        use DocumentValue::{Bool, Float, Int, List, Str};
        let needed = match (self, value) {
            (Self::Eq | Self::Neq | Self::Contains, _)
            | (Self::In | Self::NotIn, List(_))
            | (Self::Lt | Self::Lte | Self::Gt | Self::Gte, Int(_) | Float(_))
            | (Self::Exists, Bool(_)) => return Ok(None),
            (Self::Regex, Str(pattern)) => return search(pattern).map(Some),
            (Self::In | Self::NotIn, _) => "a list",
            (Self::Lt | Self::Lte | Self::Gt | Self::Gte, _) => "a number",
            (Self::Exists, _) => "a boolean",
            (Self::Regex, _) => "a string",
        };
        Err(format!("`{}` needs {needed}", self.name()))
    }

    /// The operator with this name, which is lower case.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }
}

/// A condition as a document has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// A dotted path: `args.amount`, for Intercept also `state.TOOL.COUNTER`.
    pub path: String,
    /// How the value is tested.
    pub operator: Operator,
    /// With what.
    pub value: DocumentValue,
}

/// How many patterns are kept.
const MOST_PATTERNS: usize = 512;

thread_local! {
    /// Patterns that were compiled before: one is needed when a document is read and when it
    /// decides, and often in many rules.
    static PATTERNS: RefCell<BTreeMap<String, Regex>> = const { RefCell::new(BTreeMap::new()) };
}

/// The expression of a `regex`, compiled once.
fn search(pattern: &str) -> Result<Regex, String> {
    PATTERNS.with_borrow_mut(|known| {
        if let Some(known) = known.get(pattern) {
            return Ok(known.clone());
        }
        let compiled = Regex::search(pattern).map_err(|error| format!("`regex`: {}", error.message))?;
        if known.len() >= MOST_PATTERNS {
            known.clear();
        }
        known.insert(pattern.to_owned(), compiled.clone());
        Ok(compiled)
    })
}

/// A test that is ready to be applied to many calls.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    operator: Operator,
    value: DocumentValue,
    /// The text of `value`, or of each element for `in` and `not_in`.
    texts: Vec<(Option<f64>, String)>,
    regex: Option<Regex>,
}

impl Test {
    /// Checks the operand and prepares the test.
    ///
    /// # Errors
    /// The operand does not fit the operator.
    pub(crate) fn new(operator: Operator, value: &DocumentValue) -> Result<Self, String> {
        let regex = operator.check(value)?;
        let prepared = |value: &DocumentValue| (value.as_f64(), value.text());
        let texts = match (operator, value) {
            (Operator::In | Operator::NotIn, DocumentValue::List(items)) => items.iter().map(prepared).collect(),
            (Operator::Eq | Operator::Neq | Operator::Contains, _) => vec![prepared(value)],
            _ => Vec::new(),
        };
        Ok(Self { operator, value: value.clone(), texts, regex })
    }

    /// Whether the test holds for the value at the path, `None` when there is none.
    pub(crate) fn holds(&self, actual: Option<Value<'_>>) -> bool {
        if self.operator == Operator::Exists {
            let present = actual.is_some_and(|value| !value.is_null());
            return self.value == DocumentValue::Bool(present);
        }
        let Some(actual) = actual else { return false };
        match self.operator {
            Operator::Eq | Operator::In => self.equals_one(actual),
            Operator::Neq | Operator::NotIn => !self.equals_one(actual),
            Operator::Lt => self.compares(actual, |left, right| left < right),
            Operator::Lte => self.compares(actual, |left, right| left <= right),
            Operator::Gt => self.compares(actual, |left, right| left > right),
            Operator::Gte => self.compares(actual, |left, right| left >= right),
            Operator::Regex => {
                actual.as_str().is_some_and(|text| self.regex.as_ref().is_some_and(|regex| regex.is_match(text)))
            }
            Operator::Contains => self.contains(actual),
            Operator::Exists => false,
        }
    }

    fn compares(&self, actual: Value<'_>, test: fn(f64, f64) -> bool) -> bool {
        matches!((as_f64(actual), self.value.as_f64()), (Some(left), Some(right)) if test(left, right))
    }

    fn equals_one(&self, actual: Value<'_>) -> bool {
        let number = as_f64(actual);
        // Most arguments are compared with few short literals, so the text of a large one is made
        // at most once.
        let mut text = None;
        self.texts.iter().any(|(literal, literal_text)| match (number, literal) {
            #[expect(clippy::float_cmp, reason = "the gateway compares doubles for equality")]
            (Some(left), Some(right)) => left == *right,
            _ => *text.get_or_insert_with(|| argument_text(actual)) == *literal_text,
        })
    }

    fn contains(&self, actual: Value<'_>) -> bool {
        match (actual.kind(), &self.value) {
            (Kind::String, DocumentValue::Str(part)) => {
                actual.as_str().is_some_and(|text| text.contains(part.as_str()))
            }
            (Kind::Array, _) => actual.items().any(|item| self.equals_one(item)),
            _ => false,
        }
    }
}

/// Keys that a path may lead through, a bound on the depth of what is asked about it.
pub(crate) const MOST_KEYS: usize = 256;

/// Reads a path that begins with one of some roots, each with its dot.
pub(crate) fn read_path(node: &Node<'_>, what: &str, roots: &[&str], mistakes: &mut Mistakes) -> Option<String> {
    let path = node.as_text(what, mistakes)?;
    let is_below = |root: &&str| path.strip_prefix(*root).is_some_and(|rest| !rest.is_empty());
    if !roots.iter().any(is_below) {
        let names: Vec<String> = roots.iter().map(|root| quote(root)).collect();
        let message = format!("the path {} does not start with {}", quote(path), names.join(" or "));
        mistakes.report(node.span, message, "write the path of an argument, like `args.amount`");
        return None;
    }
    if path.split('.').count() > MOST_KEYS + 1 {
        mistakes.report(node.span, "a path is nested too deep", format!("write no more than {MOST_KEYS} keys"));
        return None;
    }
    Some(path.to_owned())
}

/// Walks a dotted path, `args.` left off, through objects.
pub(crate) fn walk<'a>(arguments: Value<'a>, path: &str) -> Option<Value<'a>> {
    path.split('.').try_fold(arguments, |value, key| value.get(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    /// Rows of operator, operand, arguments in which `x` is tested, and whether the condition
    /// holds.
    const CASES: &[(&str, &str, &str, bool)] = &[
        // Numbers are compared as doubles, anything else by text.
        ("eq", "5", r#"{"x": 5.0}"#, true),
        ("eq", "5", r#"{"x": "5"}"#, true),
        ("eq", "5", r#"{"x": "5.0"}"#, false),
        ("eq", "\"5\"", r#"{"x": 5}"#, true),
        ("eq", "\"1000000\"", r#"{"x": 1000000}"#, false),
        ("eq", "\"1e+06\"", r#"{"x": 1000000}"#, true),
        ("eq", "true", r#"{"x": "true"}"#, true),
        ("eq", "\"<nil>\"", r#"{"x": null}"#, true),
        ("eq", "null", r#"{"x": "<nil>"}"#, true),
        ("eq", "null", r#"{"x": null}"#, true),
        ("eq", "null", "{}", false),
        ("eq", "\"[1 2]\"", r#"{"x": [1, 2]}"#, true),
        ("eq", "\"map[a:1]\"", r#"{"x": {"a": 1}}"#, true),
        ("eq", "\"main\"", r#"{"x": "Main"}"#, false),
        ("eq", "9007199254740992", r#"{"x": 9007199254740993}"#, true),
        // A missing value fails even the negative operators, null does not.
        ("neq", "\"main\"", "{}", false),
        ("neq", "\"main\"", r#"{"x": null}"#, true),
        ("neq", "\"main\"", r#"{"x": ["main"]}"#, true),
        ("neq", "\"main\"", r#"{"x": "main"}"#, false),
        ("in", "[\"a\", 1]", r#"{"x": "1"}"#, true),
        ("in", "[\"a\", 1]", r#"{"x": 2}"#, false),
        ("in", "[]", r#"{"x": 2}"#, false),
        ("not_in", "[\"a\", 1]", r#"{"x": "b"}"#, true),
        ("not_in", "[\"a\", 1]", r#"{"x": 1.0}"#, false),
        ("not_in", "[\"a\"]", r#"{"x": {}}"#, true),
        ("not_in", "[\"a\"]", r#"{"y": 1}"#, false),
        // Orderings hold for numbers only.
        ("lt", "5", r#"{"x": 4.5}"#, true),
        ("lt", "5", r#"{"x": 5}"#, false),
        ("lt", "5", r#"{"x": "4"}"#, false),
        ("lte", "5", r#"{"x": 5}"#, true),
        ("lte", "5", r#"{"x": -1e9}"#, true),
        ("lte", "5", r#"{"x": null}"#, false),
        ("gt", "5", r#"{"x": 5}"#, false),
        ("gt", "5", r#"{"x": 5.5}"#, true),
        ("gt", "5", r#"{"x": [6]}"#, false),
        ("gte", "5", r#"{"x": 5}"#, true),
        ("gte", "5", "{}", false),
        // A pattern is searched for, in strings only; `$` is the end of the text.
        ("regex", "\"SELECT\"", r#"{"x": "DROP; SELECT 1"}"#, true),
        ("regex", "\"^SELECT\"", r#"{"x": "DROP; SELECT 1"}"#, false),
        ("regex", "\"^a$\"", r#"{"x": "a\n"}"#, false),
        ("regex", "\"^a.b$\"", r#"{"x": "a\nb"}"#, false),
        ("regex", "\"^\"", r#"{"x": ""}"#, true),
        ("regex", "\"5\"", r#"{"x": 5}"#, false),
        ("regex", "\"^\"", r#"{"x": null}"#, false),
        ("contains", "\"b\"", r#"{"x": "abc"}"#, true),
        ("contains", "\"b\"", r#"{"x": ["a", "b"]}"#, true),
        ("contains", "\"b\"", r#"{"x": ["abc"]}"#, false),
        ("contains", "\"5\"", r#"{"x": [5]}"#, true),
        ("contains", "5", r#"{"x": ["5"]}"#, true),
        ("contains", "5", r#"{"x": "5"}"#, false),
        ("contains", "\"a\"", r#"{"x": {"a": 1}}"#, false),
        ("contains", "5", r#"{"x": 5}"#, false),
        ("exists", "true", r#"{"x": ""}"#, true),
        ("exists", "true", r#"{"x": false}"#, true),
        ("exists", "true", r#"{"x": null}"#, false),
        ("exists", "true", "{}", false),
        ("exists", "false", "{}", true),
        ("exists", "false", r#"{"x": null}"#, true),
        ("exists", "false", r#"{"x": 0}"#, false),
    ];

    fn literal(text: &str) -> DocumentValue {
        let json = Json::parse(text).unwrap();
        fn convert(value: Value<'_>) -> DocumentValue {
            match value.kind() {
                Kind::Null => DocumentValue::Null,
                Kind::Bool => DocumentValue::Bool(value.as_bool().unwrap()),
                Kind::Number => DocumentValue::Float(as_f64(value).unwrap()),
                Kind::String => DocumentValue::Str(value.as_str().unwrap().to_owned()),
                Kind::Array => DocumentValue::List(value.items().map(convert).collect()),
                Kind::Object => panic!("not used"),
            }
        }
        convert(json.root())
    }

    #[test]
    fn operators_hold_as_documented() {
        for (operator, operand, arguments, expected) in CASES {
            let test = Test::new(Operator::find(operator).unwrap(), &literal(operand)).unwrap();
            let json = Json::parse(arguments).unwrap();
            let actual = test.holds(walk(json.root(), "x"));
            assert_eq!(actual, *expected, "{operator} {operand} on {arguments}");
        }
    }

    #[test]
    fn operands_are_checked() {
        for (operator, operand) in [
            ("in", "\"a\""),
            ("not_in", "1"),
            ("lt", "\"5\""),
            ("gte", "null"),
            ("exists", "\"true\""),
            ("regex", "5"),
            ("regex", "\"(\""),
            ("regex", "\"(?=a)\""),
        ] {
            assert!(Test::new(Operator::find(operator).unwrap(), &literal(operand)).is_err(), "{operator} {operand}");
        }
        assert_eq!(Operator::find("EQ"), None);
    }

    #[test]
    fn paths_walk_objects_only() {
        let json = Json::parse(r#"{"a": {"b": {"c": 1}}, "l": [{"b": 1}], "d.e": 2}"#).unwrap();
        assert!(walk(json.root(), "a.b.c").is_some());
        assert!(walk(json.root(), "l.0.b").is_none());
        assert!(walk(json.root(), "d.e").is_none());
        assert!(walk(json.root(), "a.b.c.d").is_none());
        assert!(walk(json.root(), "").is_none());
    }
}

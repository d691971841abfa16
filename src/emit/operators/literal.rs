//! The values that stand in conditions of gateway documents, and the text that Go gives to a value.
//!
//! Both gateways compare values that are not both numbers by the text that Go's `fmt` prints for
//! them with `%v`: <https://pkg.go.dev/fmt>. So `5` equals `"5"`, null equals `"<nil>"` and `[1,
//! 2]` equals `"[1 2]"`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::json::{Kind, Value};
use crate::located::{Content, Mistakes, Node};

/// A value in a document.
#[derive(Debug, Clone, PartialEq)]
pub enum DocumentValue {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number that the reader of the document keeps as an integer, as a YAML reader does.
    Int(i64),
    /// A number that the reader of the document keeps as a double, as a JSON reader does with every
    /// number.
    Float(f64),
    /// A string.
    Str(String),
    /// A list.
    List(Vec<DocumentValue>),
    /// A mapping.
    Map(BTreeMap<String, DocumentValue>),
}

/// Levels of lists and mappings that a literal may have. A document with more is refused.
pub(crate) const DEEPEST: u32 = 64;

impl DocumentValue {
    /// A number: [`DocumentValue::Int`] when it is whole and below 2^53 either way.
    #[must_use]
    pub(crate) fn number(value: f64) -> Self {
        const LIMIT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < LIMIT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within the bounds of i64")]
            return Self::Int(value as i64);
        }
        Self::Float(value)
    }

    /// The value of a document. A number that is written as a whole one is [`DocumentValue::Int`]
    /// where the reader keeps integers.
    ///
    /// `None` for what no gateway takes, which is reported.
    pub(crate) fn of_node(node: &Node<'_>, keeps_integers: bool, mistakes: &mut Mistakes) -> Option<Self> {
        Self::nested(node, keeps_integers, 0, mistakes)
    }

    fn nested(node: &Node<'_>, keeps_integers: bool, level: u32, mistakes: &mut Mistakes) -> Option<Self> {
        if level > DEEPEST {
            let help = format!("write it with no more than {DEEPEST} levels of lists and mappings");
            mistakes.report(node.head(), "a value is nested too deep", help);
            return None;
        }
        let mut inner = |node: &Node<'_>| Self::nested(node, keeps_integers, level + 1, mistakes);
        Some(match &node.content {
            Content::Unreadable => return None,
            Content::Null => Self::Null,
            Content::Bool(value) => Self::Bool(*value),
            Content::Number(number) => match number.to_i64().filter(|_| keeps_integers) {
                Some(value) => Self::Int(value),
                None => {
                    let value = number.to_f64();
                    if !keeps_integers && !value.is_finite() {
                        let help = "write a number that a double can hold, below 1.8e308";
                        mistakes.report(node.span, "a number is out of range", help);
                        return None;
                    }
                    Self::Float(value)
                }
            },
            Content::Text(text) => Self::Str(text.to_string()),
            Content::List(items) => Self::List(items.iter().map(inner).collect::<Option<_>>()?),
            Content::Mapping(entries) => {
                let entry =
                    |entry: &crate::located::Entry<'_>| Some((entry.key.name.to_string(), inner(&entry.value)?));
                Self::Map(entries.iter().map(entry).collect::<Option<_>>()?)
            }
        })
    }

    /// The value as a double, if it is a number.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the gateway converts in the same way")]
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// The text that Go prints for the value.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out, 0);
        out
    }

    fn write_text(&self, out: &mut String, level: u32) {
        if level > DEEPEST {
            return;
        }
        match self {
            Self::Null => out.push_str("<nil>"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(value) => {
                let _ = write!(out, "{value}");
            }
            Self::Float(value) => out.push_str(&float_text(*value)),
            Self::Str(value) => out.push_str(value),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(' ');
                    }
                    item.write_text(out, level + 1);
                }
                out.push(']');
            }
            Self::Map(entries) => {
                out.push_str("map[");
                for (index, (key, item)) in entries.iter().enumerate() {
                    let gap = if index > 0 { " " } else { "" };
                    let _ = write!(out, "{gap}{key}:");
                    item.write_text(out, level + 1);
                }
                out.push(']');
            }
        }
    }
}

/// As JSON. A number without JSON form, which no document has, becomes null.
impl serde::Serialize for DocumentValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Str(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Map(entries) => serializer.collect_map(entries),
        }
    }
}

/// The text that Go prints for a double with `%v`: the shortest digits that name it, with an
/// exponent of at least two digits below 1e-04 and from 1e+06 on (`strconv.FormatFloat(v, 'g', -1,
/// 64)`: <https://pkg.go.dev/strconv#FormatFloat>).
#[must_use]
pub(crate) fn float_text(value: f64) -> String {
    const EXPONENTS_WRITTEN_OUT: std::ops::Range<i32> = -4..6;
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if EXPONENTS_WRITTEN_OUT.contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

enum Work<'a> {
    Value(Value<'a>),
    Text(&'a str),
}

/// The text that Go prints for an argument. Members of an object come in the order of the bytes of
/// their keys.
#[must_use]
pub(crate) fn argument_text(value: Value<'_>) -> String {
    let mut out = String::new();
    let mut work = vec![Work::Value(value)];
    // INVARIANT: the top of the stack is what comes next, so nothing recurses however deep the
    // argument is.
    while let Some(next) = work.pop() {
        let value = match next {
            Work::Text(text) => {
                out.push_str(text);
                continue;
            }
            Work::Value(value) => value,
        };
        match value.kind() {
            Kind::Null => out.push_str("<nil>"),
            Kind::Bool => out.push_str(value.source()),
            Kind::Number => out.push_str(&float_text(as_f64(value).unwrap_or(0.0))),
            Kind::String => out.push_str(value.as_str().unwrap_or_default()),
            Kind::Array => {
                out.push('[');
                let start = work.len();
                for (index, item) in value.items().enumerate() {
                    if index > 0 {
                        work.push(Work::Text(" "));
                    }
                    work.push(Work::Value(item));
                }
                work.push(Work::Text("]"));
                if let Some(added) = work.get_mut(start..) {
                    added.reverse();
                }
            }
            Kind::Object => {
                out.push_str("map[");
                let mut entries: Vec<(&str, Value<'_>)> =
                    value.entries().map(|(key, item)| (key.as_str().unwrap_or_default(), item)).collect();
                entries.sort_by_key(|(key, _)| *key);
                let start = work.len();
                for (index, (key, item)) in entries.into_iter().enumerate() {
                    if index > 0 {
                        work.push(Work::Text(" "));
                    }
                    work.extend([Work::Text(key), Work::Text(":"), Work::Value(item)]);
                }
                work.push(Work::Text("]"));
                if let Some(added) = work.get_mut(start..) {
                    added.reverse();
                }
            }
        }
    }
    out
}

/// The double nearest to an argument that is a number; infinite beyond the range of doubles.
#[must_use]
pub(crate) fn as_f64(value: Value<'_>) -> Option<f64> {
    (value.kind() == Kind::Number).then(|| value.source().parse().ok()).flatten()
}

/// Whether a string may be the text of a value that is not a string, so that comparing texts would
/// mix them up.
///
/// It is asked widely: the empty string counts, and whatever looks at all like a number.
#[must_use]
pub(crate) fn is_ambiguous(text: &str) -> bool {
    let number = text.trim().trim_start_matches(['+', '-']);
    matches!(text, "" | "true" | "false" | "<nil>")
        || text.starts_with('[')
        || text.starts_with("map[")
        || number.starts_with(|char: char| char.is_ascii_digit() || char == '.')
        || number.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    #[test]
    fn prints_what_go_prints() {
        let cases = [
            ("5", "5"),
            ("5.0", "5"),
            ("0.5", "0.5"),
            ("-0.0001", "-0.0001"),
            ("0.00001", "1e-05"),
            ("1.5e-7", "1.5e-07"),
            ("999999", "999999"),
            ("999999.5", "999999.5"),
            ("1000000", "1e+06"),
            ("123456789", "1.23456789e+08"),
            ("1e100", "1e+100"),
            ("9007199254740993", "9.007199254740992e+15"),
            ("-0", "-0"),
            ("null", "<nil>"),
            ("true", "true"),
            ("\"a b\"", "a b"),
            ("[1, 2]", "[1 2]"),
            ("[]", "[]"),
            ("[null, [\"x\", false], {}]", "[<nil> [x false] map[]]"),
            ("{\"b\": 1, \"a\": [2], \"A\": \"\"}", "map[A: a:[2] b:1]"),
        ];
        for (source, text) in cases {
            assert_eq!(argument_text(Json::parse(source).unwrap().root()), text, "{source}");
        }
        assert_eq!(DocumentValue::Int(1_000_000).text(), "1000000");
        assert_eq!(DocumentValue::Float(1e6).text(), "1e+06");
        let map = DocumentValue::Map(
            [("k".to_owned(), DocumentValue::List(vec![DocumentValue::Null, DocumentValue::Bool(true)]))].into(),
        );
        assert_eq!(map.text(), "map[k:[<nil> true]]");
    }

    #[test]
    fn deep_arguments_have_a_text() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(argument_text(Json::parse(&deep).unwrap().root()).len(), 200_001);
    }

    #[test]
    fn knows_what_could_be_another_value() {
        for text in ["", "5", "-5", "+5", "1e+06", ".5", "05", "true", "<nil>", "[1 2]", "map[a:1]", "Inf", "NaN", " 5"]
        {
            assert!(is_ambiguous(text), "{text}");
        }
        for text in ["main", "True", "nil", "a5", "-", "(1)", "mapping", "refs/heads/main"] {
            assert!(!is_ambiguous(text), "{text}");
        }
    }
}

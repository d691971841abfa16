//! JSON as text: how values are laid out, and what clients read beyond JSON, which is blanked.

use policyc_core::json::{Kind, Value, json_quote, string_end};
use serde_json::Value as Wanted;

/// How a text is laid out.
pub(super) struct Layout {
    pub(super) newline: &'static str,
    pub(super) unit: String,
}

/// Whether a value is what is wanted, members in any order.
pub(super) fn is_same(value: Value<'_>, wanted: &Wanted) -> bool {
    match wanted {
        Wanted::Null => value.is_null(),
        Wanted::Bool(wanted) => value.as_bool() == Some(*wanted),
        Wanted::Number(wanted) => value.as_number() == policyc_core::decimal::Decimal::parse(&wanted.to_string()),
        Wanted::String(wanted) => value.as_str() == Some(wanted),
        Wanted::Array(wanted) => {
            value.kind() == Kind::Array
                && value.items().count() == wanted.len()
                && value.items().zip(wanted).all(|(value, wanted)| is_same(value, wanted))
        }
        Wanted::Object(wanted) => {
            value.kind() == Kind::Object
                && value.entries().count() == wanted.len()
                && wanted.iter().all(|(key, wanted)| value.get(key).is_some_and(|value| is_same(value, wanted)))
        }
    }
}

/// A value as text, on one line.
pub(super) fn shown(value: &Wanted) -> String {
    render(value, "", None)
}

/// A value as text, with lines behind an indentation where there is a layout.
pub(super) fn render(value: &Wanted, indent: &str, layout: Option<&Layout>) -> String {
    let (open, close, items): (_, _, Vec<String>) = {
        let inner = layout.map_or(String::new(), |layout| format!("{indent}{}", layout.unit));
        let of = |value: &Wanted| render(value, &inner, layout);
        match value {
            Wanted::Array(items) => ('[', ']', items.iter().map(of).collect()),
            Wanted::Object(members) => {
                let member = |(key, value): (&String, &Wanted)| format!("{}: {}", json_quote(key), of(value));
                ('{', '}', members.iter().map(member).collect())
            }
            Wanted::String(text) => return json_quote(text),
            other => return other.to_string(),
        }
    };
    match layout {
        Some(Layout { newline, unit }) if !items.is_empty() => {
            let between = format!(",{newline}{indent}{unit}");
            format!("{open}{newline}{indent}{unit}{}{newline}{indent}{close}", items.join(&between))
        }
        _ => format!("{open}{}{close}", items.join(", ")),
    }
}

/// The text with as many spaces in place of each comment. Line ends stay.
pub(super) fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let taken = match char {
            '"' => string_end(rest),
            '/' if rest.starts_with("//") => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => {
                rest.get(2..).and_then(|rest| rest.find("*/")).map_or(rest.len(), |at| at + 4)
            }
            other => other.len_utf8(),
        };
        let (part, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        if part.starts_with("//") || part.starts_with("/*") {
            // One space for each byte, so that places stay.
            out.extend(part.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }));
        } else {
            out.push_str(part);
        }
        rest = after;
    }
    out
}

/// The text, which has no comments, with a space in place of each comma in front of a closing bracket.
pub(super) fn without_last_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let taken = if char == '"' { string_end(rest) } else { char.len_utf8() };
        let (part, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        let is_last = part == "," && after.trim_start().starts_with(['}', ']']);
        out.push_str(if is_last { " " } else { part });
        rest = after;
    }
    out
}

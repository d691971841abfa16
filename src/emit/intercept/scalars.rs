//! Scalars without quotes as the gateway's YAML library takes them (yaml.v3): YAML 1.2 with some of
//! YAML 1.1.
//!
//! Numbers may have `_` between digits, begin with `0` for octal or `0b` for binary; a date is a
//! time of its own, which equals no text. A document that this program writes has every text in
//! quotes.

use std::borrow::Cow;

use crate::diagnostics::quote;
use crate::located::core::is_float;
use crate::located::{Content, Number};

/// The value of a scalar without quotes and without a tag.
///
/// # Errors
/// It is a date, or a whole number in another base that 64 bits do not hold: what is wrong, and
/// what to write instead.
pub(super) fn plain(text: &str) -> Result<Content<'_>, (String, String)> {
    let string = || Content::Text(Cow::Borrowed(text));
    let special = |value| Content::Number(Number::special(value));
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Bool(true),
        "false" | "False" | "FALSE" => Content::Bool(false),
        ".nan" | ".NaN" | ".NAN" => special(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => special(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => special(f64::NEG_INFINITY),
        _ if looks_like_a_date(text) => {
            let message = format!("{} is a date to the gateway, which equals no text", quote(text));
            return Err((message, "write it in double quotes".to_owned()));
        }
        // With a point in front, no `_` is taken out.
        _ if text.starts_with('.') => float(text).unwrap_or_else(string),
        _ if text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-')) => {
            let digits = text.replace('_', "");
            match whole(&digits) {
                Some(Ok(number)) => Content::Number(Number::integer(&number.to_string())),
                Some(Err(())) => {
                    let message = format!("the whole number {} does not fit into 64 bits", quote(text));
                    return Err((message, "write a smaller number, or a text in double quotes".to_owned()));
                }
                None => float(&digits).unwrap_or_else(string),
            }
        }
        _ => string(),
    })
}

/// Whether the library would try to read a time: four digits and a dash come first.
fn looks_like_a_date(text: &str) -> bool {
    let (year, rest) = text.split_at_checked(4).unwrap_or_default();
    year.bytes().all(|byte| byte.is_ascii_digit())
        && rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// A whole number as Go reads one with its base in front. `None` for a text that is none, or for
/// one in decimals that is too large, which is read as a float.
fn whole(text: &str) -> Option<Result<i64, ()>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let based = |prefixes: [&str; 2]| prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix));
    let (base, digits) = match digits {
        "0" => (10, digits),
        _ => based(["0x", "0X"])
            .map(|rest| (16, rest))
            .or_else(|| based(["0o", "0O"]).map(|rest| (8, rest)))
            .or_else(|| based(["0b", "0B"]).map(|rest| (2, rest)))
            .or_else(|| digits.strip_prefix('0').map(|rest| (8, rest)))
            .unwrap_or((10, digits)),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let signed = format!("{}{digits}", if negative { "-" } else { "" });
    match (i64::from_str_radix(&signed, base), base) {
        (Ok(number), _) => Some(Ok(number)),
        (Err(_), 10) => None,
        (Err(_), _) => Some(Err(())),
    }
}

/// A float in decimals.
fn float(text: &str) -> Option<Content<'static>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let number = Number::float(text);
    // What is out of range is a text to the library.
    (is_float(unsigned) && number.to_f64().is_finite()).then_some(Content::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::codes;
    use crate::emit::operators::literal::DocumentValue;
    use crate::located::{Format, Mistakes, Node};
    use crate::source::{FileId, Span};

    #[test]
    fn scalars_are_read_as_the_gateway_reads_them() {
        let int = DocumentValue::Int;
        let float = DocumentValue::Float;
        let text = |text: &str| DocumentValue::Str(text.to_owned());
        let read = |written: &str| {
            let mut mistakes = Mistakes::new(FileId(0), codes::BAD_DOCUMENT, Format::Yaml);
            let node = Node { span: Span::default(), content: plain(written).unwrap() };
            DocumentValue::of_node(&node, true, &mut mistakes).unwrap()
        };
        let rows = [
            ("010", int(8)),
            ("0777", int(511)),
            ("-010", int(-8)),
            ("+1", int(1)),
            ("0", int(0)),
            ("00", int(0)),
            ("0x10", int(16)),
            ("0o17", int(15)),
            ("0b11", int(3)),
            ("-0b11", int(-3)),
            ("1_000", int(1000)),
            ("1_", int(1)),
            ("0_7", int(7)),
            ("1_000.5", float(1000.5)),
            ("08", float(8.0)),
            ("1e3", float(1000.0)),
            (".5", float(0.5)),
            ("-.5", float(-0.5)),
            ("5.", float(5.0)),
            ("9223372036854775808", float(9_223_372_036_854_775_808.0)),
            (".inf", float(f64::INFINITY)),
            ("._5", text("._5")),
            ("_1", text("_1")),
            ("0b", text("0b")),
            ("0x", text("0x")),
            ("0b12", text("0b12")),
            ("1e", text("1e")),
            ("-", text("-")),
            ("1:30", text("1:30")),
            ("y", text("y")),
            ("1.2.3", text("1.2.3")),
            ("2026", int(2026)),
            ("2026-x", text("2026-x")),
            ("é2026", text("é2026")),
            ("Null", DocumentValue::Null),
            ("TRUE", DocumentValue::Bool(true)),
        ];
        for (written, expected) in rows {
            assert_eq!(read(written), expected, "{written}");
        }
        for refused in ["2026-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "2026-01-01 10:00:00", "0xffffffffffffffff"] {
            assert!(plain(refused).is_err(), "{refused}");
        }
    }
}

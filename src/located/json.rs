//! JSON as a tree.

use std::borrow::Cow;

use super::{Content, DEEPEST, Entry, Key, Mistakes, Node, Number};
use crate::json::{Json, Kind, Value};
use crate::source::Span;

/// Reads a JSON text. Byte-order marks in front are skipped.
///
/// `None` where nothing can be said of what is in it; duplicate keys are reported, and the first
/// counts.
pub fn json<'t>(text: &'t str, mistakes: &mut Mistakes) -> Option<Node<'t>> {
    let body = text.trim_start_matches('\u{feff}');
    let shift = text.len() - body.len();
    let json = match Json::parse(body) {
        Ok(json) => json,
        Err(error) => {
            let at = (0..=error.at as usize).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
            let length = body.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let help = "keys and strings stand in double quotes, with a comma between two entries and none behind the last; \
                        JSON has no comments";
            let span = mistakes.span(at + shift, at + shift + length);
            mistakes.report(span, format!("not JSON: {}", error.message), help);
            return None;
        }
    };
    convert(json.root(), (body, shift), 0, mistakes)
}

fn span(value: Value<'_>, shift: usize, mistakes: &Mistakes) -> Span {
    let (start, end) = value.span();
    mistakes.span(start as usize + shift, end as usize + shift)
}

/// A string as it stands in the text if it has no escapes.
fn string<'t>(value: Value<'_>, body: &'t str) -> Cow<'t, str> {
    match value.plain() {
        Some(place) => Cow::Borrowed(body.get(place).unwrap_or_default()),
        None => Cow::Owned(value.as_str().unwrap_or_default().to_owned()),
    }
}

/// A value of a text, with how many bytes stand in front of the text.
fn convert<'t>(
    value: Value<'_>,
    (body, shift): (&'t str, usize),
    level: usize,
    mistakes: &mut Mistakes,
) -> Option<Node<'t>> {
    let place = span(value, shift, mistakes);
    if level > DEEPEST || level == DEEPEST && matches!(value.kind(), Kind::Array | Kind::Object) {
        mistakes.too_deep(place.at_start());
        return None;
    }
    let content = match value.kind() {
        Kind::Null => Content::Null,
        Kind::Bool => Content::Bool(value.as_bool() == Some(true)),
        Kind::Number => Content::Number(Number::of_json(body.get(value.range()).unwrap_or_default())),
        Kind::String => Content::Text(string(value, body)),
        Kind::Array => {
            let items = value.items().map(|item| convert(item, (body, shift), level + 1, mistakes));
            Content::List(items.collect::<Option<_>>()?)
        }
        Kind::Object => {
            let mut entries = Vec::with_capacity(value.entries().count());
            for (key, item) in value.entries() {
                let key = Key { span: span(key, shift, mistakes), name: string(key, body) };
                entries.push(Entry { key, value: convert(item, (body, shift), level + 1, mistakes)? });
            }
            // Looking for duplicates once more would cost as much as reading.
            if value.document().duplicate_key().is_none() {
                Content::Mapping(entries)
            } else {
                mistakes.mapping(entries)
            }
        }
    };
    Some(Node { span: place, content })
}

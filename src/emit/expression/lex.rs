//! The tokens of expressions, and of what stands around them.

use crate::source::{FileId, Span, offset};

/// A token and its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) span: Span,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind<'t> {
    /// A name or a keyword.
    Name(&'t str),
    /// What stands between the quotes of a string.
    Text(&'t str),
    /// A number without sign, as it is written.
    Number(&'t str),
    /// Punctuation.
    Mark(&'static str),
}

/// Punctuation, longer marks before those that they begin with.
const MARKS: [&str; 23] = [
    "||", "&&", "==", "!=", "<=", ">=", "::", "<", ">", "!", "-", "(", ")", "[", "]", "{", "}", ",", ".", ":", ";",
    "@", "=",
];

/// The tokens of a text without its comments, which begin with `//`.
///
/// # Errors
/// The place of the first character that begins no token.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Span> {
    let span = |start: usize, end: usize| Span::new(FileId::default(), offset(start), offset(end));
    // What follows a lone carriage return could be read as a line of its own, out of a comment.
    let is_lone = |at: &usize| text.as_bytes().get(at + 1) != Some(&b'\n');
    if let Some((at, _)) = text.match_indices('\r').find(|(at, _)| is_lone(at)) {
        return Err(span(at, at + 1));
    }
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        let run = |is_part: fn(char) -> bool| rest.find(|char| !is_part(char)).unwrap_or(rest.len());
        let (kind, length) = if rest.starts_with("//") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if matches!(first, ' ' | '\t' | '\r' | '\n') {
            (None, 1)
        } else if first == '"' {
            let length = string_length(rest).ok_or_else(|| span(at, at + 1))?;
            (rest.get(1..length - 1).map(Kind::Text), length)
        } else if first.is_ascii_digit() {
            let length = number_length(rest);
            (rest.get(..length).map(Kind::Number), length)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = run(|char| char.is_ascii_alphanumeric() || char == '_');
            (rest.get(..length).map(Kind::Name), length)
        } else {
            let mark = MARKS.iter().find(|mark| rest.starts_with(**mark));
            let mark = mark.ok_or_else(|| span(at, at + first.len_utf8()))?;
            (Some(Kind::Mark(mark)), mark.len())
        };
        out.extend(kind.map(|kind| Token { kind, span: span(at, at + length) }));
        at += length;
    }
    Ok(out)
}

/// The length of the number that a text begins with: digits, perhaps a fraction, and whatever letters follow, so that no
/// number ends within a word.
fn number_length(text: &str) -> usize {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = text.as_bytes();
    let run = |from: usize| from + bytes.iter().skip(from).take_while(|byte| is_word(byte)).count();
    let mut end = run(0);
    let has_fraction = bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    if has_fraction {
        end = run(end + 1);
    }
    let is_exponent = end > 0 && matches!(bytes.get(end - 1), Some(b'e' | b'E'));
    if is_exponent && matches!(bytes.get(end), Some(b'+' | b'-')) {
        end = run(end + 1);
    }
    end
}

/// The length of the string that a text begins with; `None` if it does not end on its line.
fn string_length(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'\n' | b'\r' => return None,
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

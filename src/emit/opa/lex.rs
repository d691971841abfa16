//! The tokens of Rego, as far as the modules use them.

use crate::json::Json;
use crate::line::BYTE_ORDER_MARK;
use crate::source::{FileId, Span, offset};

/// A token and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Name(String),
    /// A string, its escapes read.
    Text(String),
    /// A number as it is written.
    Number(String),
    /// Punctuation.
    Mark(&'static str),
    /// The end of one or more lines.
    Line,
}

/// Punctuation, longer marks before those that they begin with.
const MARKS: &[&str] =
    &[":=", "==", "!=", "<=", ">=", "<", ">", "{", "}", "[", "]", "(", ")", ",", ":", ".", "|", "+", ";", "="];

/// The tokens of a module without its comments.
///
/// # Errors
/// The place of the first character that begins no token.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Span> {
    let span = |start: usize, end: usize| Span::new(FileId::default(), offset(start), offset(end));
    let mut out: Vec<Token> = Vec::new();
    // What follows a lone carriage return could be read as a line of its own, out of a comment.
    let is_lone = |at: &usize| text.as_bytes().get(at + 1) != Some(&b'\n');
    if let Some((at, _)) = text.match_indices('\r').find(|(at, _)| is_lone(at)) {
        return Err(span(at, at + 1));
    }
    let mut at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len_utf8() } else { 0 };
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        let mut length = first.len_utf8();
        let kind = if first == '#' {
            length = rest.find('\n').unwrap_or(rest.len());
            None
        } else if first == '\n' {
            let is_new = !matches!(out.last(), None | Some(Token { kind: Kind::Line, .. }));
            is_new.then_some(Kind::Line)
        } else if matches!(first, ' ' | '\t' | '\r') {
            None
        } else if first == '"' {
            length = string_length(rest).ok_or_else(|| span(at, at + 1))?;
            let string = rest.get(..length).unwrap_or_default();
            let read = Json::parse(string).map_err(|_| span(at, at + length))?;
            Some(Kind::Text(read.root().as_str().unwrap_or_default().to_owned()))
        } else if first.is_ascii_digit() || first == '-' {
            let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '+' | '-');
            length = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
            Some(Kind::Number(rest.get(..length).unwrap_or_default().to_owned()))
        } else if first.is_ascii_alphabetic() || first == '_' {
            length = rest.find(|char: char| !char.is_ascii_alphanumeric() && char != '_').unwrap_or(rest.len());
            Some(Kind::Name(rest.get(..length).unwrap_or_default().to_owned()))
        } else {
            let mark = MARKS.iter().find(|mark| rest.starts_with(**mark)).ok_or_else(|| span(at, at + length))?;
            length = mark.len();
            Some(Kind::Mark(mark))
        };
        out.extend(kind.map(|kind| Token { kind, span: span(at, at + length) }));
        at += length;
    }
    Ok(out)
}

/// The length of the string that a text begins with; `None` if it does not end on its line.
fn string_length(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'\n' => return None,
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

//! Strings and patterns with the escapes of a language.

use super::Escapes;
use crate::diagnostics::push_visible;
use crate::line::BYTE_ORDER_MARK;

/// Escapes that are one character after the backslash, in every language.
const SHORT: [(char, char); 5] = [('"', '"'), ('\\', '\\'), ('n', '\n'), ('r', '\r'), ('t', '\t')];

impl Escapes {
    /// A string with its quotes. What does not show is escaped.
    pub(crate) fn quoted(self, text: &str) -> String {
        let mut out = String::from("\"");
        text.chars().for_each(|char| self.push(&mut out, char));
        out.push('"');
        out
    }

    /// Appends a character as it stands in a string.
    pub(crate) fn push(self, out: &mut String, char: char) {
        if let Some((short, _)) = SHORT.iter().find(|(_, meant)| *meant == char) {
            out.push('\\');
            out.push(*short);
            return;
        }
        let mut shown = String::new();
        push_visible(&mut shown, char);
        let is_hidden = char == BYTE_ORDER_MARK || shown.len() != char.len_utf8();
        match self {
            _ if !is_hidden => out.push(char),
            Self::Braced => out.extend(char.escape_unicode()),
            Self::Sized if u32::from(char) > 0xffff => out.push_str(&format!("\\U{:08x}", u32::from(char))),
            Self::Sized => out.push_str(&format!("\\u{:04x}", u32::from(char))),
        }
    }

    /// What stands between the quotes of a string; `None` if an escape is none that is read here.
    pub(super) fn text(self, raw: &str) -> Option<String> {
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(char) = rest.chars().next() {
            let char = if char == '\\' { self.escaped(&mut rest)? } else { skip(&mut rest, char) };
            out.push(char);
        }
        Some(out)
    }

    /// A pattern in which `*` stands for any run of characters and `\*` for a star, in the notation of
    /// [`Like`](crate::pattern::Like).
    pub(super) fn pattern(self, raw: &str) -> Option<String> {
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(char) = rest.chars().next() {
            if char == '*' {
                out.push(skip(&mut rest, char));
                continue;
            }
            let literal = if let Some(after) = rest.strip_prefix("\\*") {
                rest = after;
                '*'
            } else if char == '\\' {
                self.escaped(&mut rest)?
            } else {
                skip(&mut rest, char)
            };
            if matches!(literal, '*' | '\\') {
                out.push('\\');
            }
            out.push(literal);
        }
        Some(out)
    }

    /// The character that an escape stands for; the rest is what follows.
    fn escaped(self, rest: &mut &str) -> Option<char> {
        let after = rest.strip_prefix('\\')?;
        let letter = after.chars().next()?;
        let digits = after.get(letter.len_utf8()..)?;
        if let Some((_, meant)) = SHORT.iter().find(|(short, _)| *short == letter) {
            *rest = digits;
            return Some(*meant);
        }
        let (number, after) = match (self, letter) {
            (Self::Braced, 'u') => digits.strip_prefix('{')?.split_once('}')?,
            (Self::Sized, 'u') => (digits.get(..4)?, digits.get(4..)?),
            (Self::Sized, 'U') => (digits.get(..8)?, digits.get(8..)?),
            _ => return None,
        };
        let is_hexadecimal = (1..=8).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hexadecimal {
            return None;
        }
        *rest = after;
        u32::from_str_radix(number, 16).ok().and_then(char::from_u32)
    }
}

/// Takes a character.
fn skip(rest: &mut &str, char: char) -> char {
    *rest = rest.get(char.len_utf8()..).unwrap_or_default();
    char
}

//! What a backslash begins.

use regex_syntax::hir::{ClassUnicode, Look};

use super::names::{self, Ascii};
use super::{Parser, PatternError, RANGES};
use crate::diagnostics::quote;

/// A class that a backslash begins.
pub(super) struct NamedClass {
    pub(super) class: ClassUnicode,
    /// Whether engines may differ over the text.
    pub(super) explicit: bool,
}

impl Parser<'_> {
    /// What the backslash at `start` begins, outside brackets.
    pub(super) fn escape(&mut self, start: usize) -> Result<(), PatternError> {
        if let Some(named) = self.class_escape(start)? {
            let text = (!named.explicit).then(|| self.slice(start..self.at));
            self.class(named.class, text);
            return Ok(());
        }
        let look = match self.peek() {
            Some('A') => Look::Start,
            Some('z') => Look::End,
            Some('b') if !self.rest().starts_with("b{") => Look::WordAscii,
            Some('B') if !self.rest().starts_with("B{") => Look::WordAsciiNegate,
            Some('Q') => return self.quoted(start),
            Some(edge @ ('<' | '>')) => {
                self.bump();
                // Elsewhere these are edges of words, so the character is written without the backslash.
                let mut plain = [0; 4];
                self.literal_as(edge, edge.encode_utf8(&mut plain));
                return Ok(());
            }
            _ => {
                let char = self.char_escape(start)?;
                self.literal(char, start..self.at);
                return Ok(());
            }
        };
        self.bump();
        self.look(start, look);
        Ok(())
    }

    /// A class after the backslash at `start`, if one follows.
    pub(super) fn class_escape(&mut self, start: usize) -> Result<Option<NamedClass>, PatternError> {
        let Some(letter) = self.peek() else { return Ok(None) };
        if let Some(ascii) = Ascii::of_letter(letter.to_ascii_lowercase()) {
            self.bump();
            let class = ascii.class(self.flags.fold, letter.is_ascii_uppercase());
            return Ok(Some(NamedClass { class, explicit: self.flags.fold && ascii.has_letters() }));
        }
        if !matches!(letter, 'p' | 'P') {
            return Ok(None);
        }
        self.bump();
        let class = self.unicode(start, letter == 'P')?;
        Ok(Some(NamedClass { class, explicit: true }))
    }

    /// The name of a Unicode class, after `\p` or `\P`.
    fn unicode(&mut self, start: usize, negated: bool) -> Result<ClassUnicode, PatternError> {
        let (name, end) = if let Some(body) = self.rest().strip_prefix('{') {
            let name = body.split_once('}').map_or(body, |(name, _)| name);
            (name, self.at + 1 + name.len() + 1)
        } else {
            let length = self.peek().map_or(0, char::len_utf8);
            (self.slice(self.at..self.at + length), self.at + length)
        };
        let (name, caret) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
        let known = if end <= self.source.len() { names::unicode(name) } else { None };
        let Some(mut class) = known else {
            let message = format!("there is no Unicode class {}", quote(name));
            let help = names::nearest(name).map_or_else(
                || "write a general category like `\\pL` or `\\p{Lu}`, or a script like `\\p{Greek}`".to_owned(),
                |near| format!("did you mean `\\p{{{near}}}`?"),
            );
            return Err(PatternError::new(start..end.min(self.source.len()), message).help(help));
        };
        self.at = end;
        self.ranges += class.ranges().len();
        if self.ranges > RANGES {
            return Err(PatternError::new(start..end, "the Unicode classes of this expression are too large")
                .help("name fewer of them"));
        }
        if self.flags.fold {
            super::fold(&mut class);
        }
        if negated != caret {
            class.negate();
        }
        Ok(class)
    }

    /// The one character that the backslash at `start` begins.
    pub(super) fn char_escape(&mut self, start: usize) -> Result<char, PatternError> {
        let Some(char) = self.bump() else {
            return Err(PatternError::new(start..self.at, "the expression ends with a single `\\`")
                .help("write `\\\\` for a backslash"));
        };
        let unknown = |help: &str| {
            let range = start..self.at;
            let written = quote(self.slice(range.clone()));
            Err(PatternError::new(range, format!("{written} is no escape of RE2 syntax")).help(help))
        };
        match char {
            'a' => Ok('\x07'),
            'f' => Ok('\x0c'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\x0b'),
            'x' => self.hex(start),
            '0' => unknown("write `\\x00` for NUL, and other characters with `\\x` too"),
            '1'..='9' => unknown("RE2 has no back-references; write a character by its number as `\\x41`"),
            'b' | 'B' => unknown("write `\\b` without braces and outside brackets for the edge of a word"),
            'A' | 'z' => unknown("it is only allowed outside brackets"),
            'Z' => unknown("write `\\z` for the end; a pattern here tests the whole value anyway"),
            'C' => unknown("write `(?s:.)` for any character"),
            'u' | 'U' => unknown("write `\\x{41}` for a character by its number"),
            'E' => unknown("there is no `\\Q` before it"),
            'Q' => unknown("quote single characters with a backslash inside brackets"),
            'R' => unknown("write `(?:\\r\\n|\\n)` for a line end"),
            'h' => unknown("write `[ \\t]` for blanks"),
            'e' => unknown("write `\\x1b` for ESC"),
            'k' | 'g' => unknown("RE2 has no back-references"),
            other if other.is_ascii_alphanumeric() => unknown("remove the backslash to mean the letter"),
            other if other.is_ascii() => Ok(other),
            _ => unknown("remove the backslash to mean the character"),
        }
    }

    /// The digits after `\x`.
    fn hex(&mut self, start: usize) -> Result<char, PatternError> {
        let rest = self.rest();
        let (digits, length) = match rest.strip_prefix('{') {
            Some(body) => body.split_once('}').map_or(("", 1), |(digits, _)| (digits, digits.len() + 2)),
            None => {
                let length = rest.chars().take(2).map(char::len_utf8).sum();
                (rest.get(..length).filter(|digits| digits.len() == 2).unwrap_or_default(), length)
            }
        };
        let hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        // Leading zeros do not count, so that the number of digits is free, as in RE2.
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| hex);
        let end = self.at + length;
        let Some(char) = value.and_then(char::from_u32) else {
            let written = quote(self.slice(start..end));
            return Err(PatternError::new(start..end, format!("{written} is no Unicode character"))
                .help("write two hexadecimal digits as in `\\x7f`, or `\\x{10ffff}`"));
        };
        self.at = end;
        Ok(char)
    }

    /// What `\Q` quotes, up to `\E` or the end.
    fn quoted(&mut self, start: usize) -> Result<(), PatternError> {
        self.bump();
        let rest = self.rest();
        let text = rest.split_once("\\E").map_or(rest, |(text, _)| text);
        let first = self.at;
        self.at = (first + text.len() + 2).min(self.source.len());
        if text.is_empty() {
            return Err(PatternError::new(start..self.at, "nothing is quoted here").help("remove `\\Q`"));
        }
        for char in text.chars() {
            let mut written = String::new();
            super::push_literal(&mut written, char);
            self.literal_as(char, &written);
        }
        Ok(())
    }
}

//! Reads expressions over the text of a string, as JSON escapes it in UTF-16, as expressions over
//! the string. What is no form that `text` writes is refused.

use super::text::{ANY, LETTERS};

/// The groups that may stand in each other.
const DEEPEST: usize = 100;

/// What stands for one character.
pub(super) enum Token {
    Char(char),
    /// One of several, in ranges.
    Class(Vec<(char, char)>),
}

/// Reads expressions over the text of a string as expressions over the string.
pub(super) struct Parser<'t> {
    /// What is not yet read.
    pub(super) rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { rest: text, depth: 0 }
    }

    fn takes(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn first(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let char = self.first()?;
        self.rest = self.rest.get(char.len_utf8()..)?;
        Some(char)
    }

    fn alternatives(&mut self) -> Option<String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut out = self.sequence()?;
        while self.takes("|") {
            out.push('|');
            out.push_str(&self.sequence()?);
        }
        self.depth -= 1;
        Some(out)
    }

    /// A sequence, as an expression of RE2.
    pub(super) fn sequence(&mut self) -> Option<String> {
        let mut out = String::new();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            if self.takes(ANY) {
                out.push_str("(?s:.*)");
            } else if self.takes("(") {
                out.push_str(&format!("(?:{})", self.alternatives()?));
                if !self.takes(")") {
                    return None;
                }
                out.push_str(&self.quantifier()?);
            } else {
                match self.token()? {
                    Token::Char(char) => out.push_str(&format!("\\x{{{:x}}}", u32::from(char))),
                    Token::Class(ranges) => {
                        let code = |char: char| format!("\\x{{{:x}}}", u32::from(char));
                        let ranges: String =
                            ranges.iter().map(|(low, high)| format!("{}-{}", code(*low), code(*high))).collect();
                        out.push_str(&format!("[{ranges}]"));
                    }
                }
            }
            // Two quantifiers, or one that stands behind no group.
            if self.rest.starts_with(['*', '+', '?', '{']) {
                return None;
            }
        }
        Some(out)
    }

    /// The quantifier behind a group, if there is one.
    fn quantifier(&mut self) -> Option<String> {
        match self.first() {
            Some(char @ ('*' | '+' | '?')) => {
                self.next();
                Some(char.to_string())
            }
            Some('{') => {
                let end = self.rest.find('}')?;
                let (whole, rest) = self.rest.split_at_checked(end + 1)?;
                let numbers = whole.get(1..end)?;
                let (low, high) = numbers.split_once(',').unwrap_or((numbers, numbers));
                let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                if !is_number(low) || !high.is_empty() && !is_number(high) {
                    return None;
                }
                self.rest = rest;
                Some(whole.to_owned())
            }
            _ => Some(String::new()),
        }
    }

    /// What stands for one character of the string.
    pub(super) fn token(&mut self) -> Option<Token> {
        let ranges = self.units()?;
        let [(low, high), ..] = ranges.as_slice() else { return None };
        if ranges == [(0x5c, 0x5c)] {
            return self.escaped();
        }
        if (0xd800..=0xdbff).contains(low) {
            let (first, last) = (*low, *high);
            let lows = self.units()?;
            let ([_], [(from, to)]) = (ranges.as_slice(), lows.as_slice()) else { return None };
            let is_pair = last <= 0xdbff && (0xdc00..=0xdfff).contains(from) && *to <= 0xdfff;
            // Several of the first unit are whole blocks.
            if !is_pair || first != last && (*from, *to) != (0xdc00, 0xdfff) {
                return None;
            }
            let code = |high: u32, low: u32| char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            return one(vec![(code(first, *from)?, code(last, *to)?)]);
        }
        let is_plain = |(low, high): &(u32, u32)| {
            let misses = |code: u32| !(*low..=*high).contains(&code);
            *low >= 0x20 && misses(0x22) && misses(0x5c) && (*high < 0xd800 || *low > 0xdfff)
        };
        let chars = |(low, high): &(u32, u32)| Some((char::from_u32(*low)?, char::from_u32(*high)?));
        if !ranges.iter().all(is_plain) {
            return None;
        }
        one(ranges.iter().map(chars).collect::<Option<_>>()?)
    }

    /// What follows a backslash of the string: a letter, or the number of a control character.
    fn escaped(&mut self) -> Option<Token> {
        if self.takes("u00") {
            let tens = match self.next()? {
                '0' => 0,
                '1' => 16,
                _ => return None,
            };
            let mut chars = Vec::new();
            for (low, high) in self.units()? {
                for code in low..=high {
                    let char = char::from_u32(code).filter(|char| !char.is_ascii_uppercase());
                    let char = char::from_u32(tens + char?.to_digit(16)?)?;
                    // JSON writes these otherwise.
                    if LETTERS.iter().any(|(escaped, _)| *escaped == char) {
                        return None;
                    }
                    chars.push((char, char));
                }
            }
            return one(chars);
        }
        let mut chars = Vec::new();
        for (low, high) in self.units()? {
            for code in low..=high {
                let letter = char::from_u32(code)?;
                let char = LETTERS.iter().find(|(_, known)| *known == letter)?.0;
                chars.push((char, char));
            }
        }
        one(chars)
    }

    /// One unit of the text, as ranges of what it may be.
    fn units(&mut self) -> Option<Vec<(u32, u32)>> {
        if !self.takes("[") {
            if self.rest.starts_with(['(', ')', '|', '*', '+', '?', '{', '}', ']', '.', '^', '$']) {
                return None;
            }
            let unit = self.unit()?;
            return Some(vec![(unit, unit)]);
        }
        if self.rest.starts_with('^') {
            return None;
        }
        let mut out = Vec::new();
        while !self.takes("]") {
            let low = self.unit()?;
            let mut high = low;
            if self.rest.starts_with('-') && !self.rest.starts_with("-]") {
                self.next();
                high = self.unit()?;
            }
            // Ranges in another order are not written here.
            match out.last_mut() {
                _ if high < low => return None,
                Some((_, last)) if *last >= low => return None,
                Some((_, last)) if *last + 1 == low => *last = high,
                _ => out.push((low, high)),
            }
        }
        (!out.is_empty()).then_some(out)
    }

    fn unit(&mut self) -> Option<u32> {
        let char = self.next()?;
        if char != '\\' {
            return Some(u32::from(char));
        }
        let digits = match self.next()? {
            'x' => 2,
            'u' => 4,
            char if char.is_ascii_punctuation() => return Some(u32::from(char)),
            _ => return None,
        };
        let (number, rest) = self.rest.split_at_checked(digits)?;
        if !number.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = rest;
        u32::from_str_radix(number, 16).ok()
    }
}

fn one(ranges: Vec<(char, char)>) -> Option<Token> {
    match ranges.as_slice() {
        [] => None,
        [(low, high)] if low == high => Some(Token::Char(*low)),
        _ => Some(Token::Class(ranges)),
    }
}

//! Expressions in the syntax of the crate `regex`.
//!
//! It is close to RE2's, but its classes are of all of Unicode (`\w`, `\d`, `\b`, `(?i)`), and within brackets
//! `&&`, `--`, `~~` and `[` are operators. So an expression is written from what it means: characters, ranges and
//! repetitions, in a part of the syntax that both read in the same way, but for the boundaries of words.

use std::fmt::Write as _;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

use super::Regex;
use super::re2::push_literal;

/// A boundary of a word of ASCII, and its opposite.
const BOUNDARY: &str = "(?-u:\\b)";
const NO_BOUNDARY: &str = "(?-u:\\B)";

impl Regex {
    /// A text that says to the crate `regex` what [`Regex::is_match`] says, when put between `^(?:` and `)$` and
    /// searched for. `None` for expressions that it cannot have.
    #[must_use]
    pub fn rust(&self) -> Option<String> {
        let (hir, is_whole) = self.tree();
        let mut out = String::new();
        if !is_whole || !push(&mut out, hir) {
            return None;
        }
        // It may build the tree in another way; what is written of that tree is then the same again.
        let read = regex_syntax::parse(&out).ok()?;
        let mut again = String::new();
        (push(&mut again, &read) && again == out).then_some(out)
    }

    /// The expression that a tree without assertions stands for. `None` for one with an assertion.
    #[must_use]
    pub fn of_tree(hir: &Hir) -> Option<Self> {
        let mut out = String::new();
        if !hir.properties().look_set().is_empty() || !push(&mut out, hir) {
            return None;
        }
        Self::new(&out).ok()
    }

    /// The expression that such a text stands for, if it stands for one.
    #[must_use]
    pub fn of_rust(text: &str) -> Option<Self> {
        Self::new(&text.replace(BOUNDARY, "\\b").replace(NO_BOUNDARY, "\\B")).ok()
    }
}

/// Appends an expression; `false` if it cannot be written.
fn push(out: &mut String, hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty => true,
        HirKind::Literal(literal) => {
            let Ok(text) = std::str::from_utf8(&literal.0) else { return false };
            text.chars().for_each(|char| push_literal(out, char));
            true
        }
        HirKind::Class(Class::Unicode(class)) => {
            push_class(out, class);
            true
        }
        HirKind::Class(Class::Bytes(class)) => {
            let Some(class) = class.to_unicode_class() else { return false };
            push_class(out, &class);
            true
        }
        HirKind::Look(look) => {
            let text = match look {
                Look::Start => "\\A",
                Look::End => "\\z",
                Look::StartLF => "(?m:^)",
                Look::EndLF => "(?m:$)",
                Look::WordAscii => BOUNDARY,
                Look::WordAsciiNegate => NO_BOUNDARY,
                _ => return false,
            };
            out.push_str(text);
            true
        }
        HirKind::Repetition(repetition) => push_repetition(out, repetition),
        HirKind::Capture(capture) => push_group(out, &capture.sub),
        HirKind::Concat(parts) => parts.iter().all(|part| match part.kind() {
            HirKind::Alternation(_) => push_group(out, part),
            _ => push(out, part),
        }),
        HirKind::Alternation(parts) => parts.iter().enumerate().all(|(index, part)| {
            if index > 0 {
                out.push('|');
            }
            push(out, part)
        }),
    }
}

/// Appends a class as people write it: `[^/]` where only a few characters are not in it.
fn push_class(out: &mut String, class: &ClassUnicode) {
    let ranges: Vec<(char, char)> = class.ranges().iter().map(|range| (range.start(), range.end())).collect();
    let is_open = ranges.last().is_some_and(|(_, last)| *last == char::MAX);
    let written = if is_open { outside(&ranges) } else { ranges };
    match (is_open, written.is_empty()) {
        (true, true) => return out.push_str("(?s:.)"),
        (false, true) => return out.push_str("[^\\x{0}-\\x{10ffff}]"),
        (true, false) => out.push_str("[^"),
        (false, false) => out.push('['),
    }
    for (low, high) in written {
        push_member(out, low);
        if low != high {
            let is_next = u32::from(low) + 1 == u32::from(high);
            out.push_str(if is_next { "" } else { "-" });
            push_member(out, high);
        }
    }
    out.push(']');
}

/// The characters between some ranges, which are in order.
fn outside(ranges: &[(char, char)]) -> Vec<(char, char)> {
    let mut out = Vec::new();
    let mut next = '\0';
    for (low, high) in ranges {
        if next < *low {
            // The surrogates are no characters; a range across them leaves them out.
            let before = char::from_u32(u32::from(*low) - 1).unwrap_or('\u{d7ff}');
            if next <= before {
                out.push((next, before));
            }
        }
        next = char::from_u32(u32::from(*high) + 1).unwrap_or('\u{e000}');
    }
    out
}

fn push_member(out: &mut String, char: char) {
    if char.is_ascii_alphanumeric() || "/._@:,;=+%!".contains(char) {
        out.push(char);
    } else {
        // Writing to a string does not fail.
        let _ = write!(out, "\\x{{{:x}}}", u32::from(char));
    }
}

fn push_group(out: &mut String, hir: &Hir) -> bool {
    out.push_str("(?:");
    let is_written = push(out, hir);
    out.push(')');
    is_written
}

fn push_repetition(out: &mut String, Repetition { min, max, greedy, sub }: &Repetition) -> bool {
    let is_one = match sub.kind() {
        HirKind::Class(_) => true,
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).is_ok_and(|text| text.chars().count() == 1),
        _ => false,
    };
    let is_written = if is_one { push(out, sub) } else { push_group(out, sub) };
    // Writing to a string does not fail.
    let _ = match (min, max) {
        (0, None) => write!(out, "*"),
        (1, None) => write!(out, "+"),
        (0, Some(1)) => write!(out, "?"),
        (least, None) => write!(out, "{{{least},}}"),
        (least, Some(most)) if least == most => write!(out, "{{{least}}}"),
        (least, Some(most)) => write!(out, "{{{least},{most}}}"),
    };
    if !greedy {
        out.push('?');
    }
    is_written
}

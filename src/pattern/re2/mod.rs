//! Reads RE2 syntax.
//!
//! Source: <https://github.com/google/re2/wiki/Syntax>, and where that is silent the answers of RE2 itself. The
//! parser builds the `Hir` of `regex-syntax` directly, since Rust's own syntax gives many texts another meaning.
//! What RE2 refuses is refused. Beyond that, refused are octal escapes, surrogates, `\C`, a repetition after a flag
//! group, and texts that RE2 takes for literal ones although they look like an operator of another dialect. One
//! meaning is ours: `\w` and `[[:alpha:]]` stay ASCII under `(?i)`, where RE2 adds `ſ` and the Kelvin sign.
//!
//! Along with the tree a text is written that every RE2 engine reads in the same way.

mod bracket;
mod escape;
mod group;
mod names;
mod repeat;
mod text;

use std::collections::BTreeSet;
use std::ops::Range;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, Look};

use super::PatternError;
pub(super) use text::push_literal;

/// Groups may be nested this deep. It bounds what is recursive behind this parser, the compiler of `regex-automata`
/// above all, which takes up to 15 KiB of stack for each level where it was built without optimization.
const DEPTH: usize = 50;
/// The longest pattern, in bytes.
const LENGTH: usize = 1 << 16;
/// The most ranges that the classes of one pattern may have together; `\pL` has some 650.
const RANGES: usize = 50_000;

/// What a text means.
pub(super) struct Parsed {
    /// The tree.
    pub(super) hir: Hir,
    /// The text for RE2 engines.
    pub(super) re2: String,
}

/// Reads a regular expression.
pub(super) fn parse(source: &str) -> Result<Parsed, PatternError> {
    if source.len() > LENGTH {
        return Err(PatternError::new(
            0..source.len(),
            format!("the regular expression is longer than {LENGTH} bytes"),
        ));
    }
    let mut parser = Parser {
        source,
        at: 0,
        flags: Flags::default(),
        frame: Frame::new(0, Flags::default()),
        outer: Vec::new(),
        re2: String::with_capacity(source.len()),
        names: BTreeSet::new(),
        ranges: 0,
    };
    while let Some(char) = parser.bump() {
        parser.step(char)?;
    }
    if !parser.outer.is_empty() {
        let open = parser.frame.open;
        return Err(PatternError::new(open..open + 1, "this `(` is never closed")
            .help("write `\\(` for a parenthesis, or close the group with `)`"));
    }
    Ok(Parsed { hir: parser.frame.finish(), re2: parser.re2 })
}

#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_all: bool,
}

/// What stands before the place where a repetition may follow.
#[derive(Debug, Clone, Copy)]
enum Before {
    /// Nothing that could be repeated.
    Nothing,
    /// A flag group, which RE2 looks through.
    FlagGroup,
    /// A repetition.
    Repetition,
    /// An atom, with the largest product of the repetition counts nested in it.
    Atom(u32),
}

/// A group that is being read, or the whole expression.
struct Frame {
    open: usize,
    /// The flags that hold again after the group.
    restored: Flags,
    branches: Vec<Hir>,
    items: Vec<Hir>,
    /// The largest product of nested repetition counts.
    product: u32,
    before: Before,
}

impl Frame {
    fn new(open: usize, restored: Flags) -> Self {
        Self { open, restored, branches: Vec::new(), items: Vec::new(), product: 1, before: Before::Nothing }
    }

    fn end_branch(&mut self) {
        self.branches.push(Hir::concat(std::mem::take(&mut self.items)));
        self.before = Before::Nothing;
    }

    fn finish(mut self) -> Hir {
        self.end_branch();
        Hir::alternation(self.branches)
    }
}

struct Parser<'p> {
    source: &'p str,
    /// The byte that is read next.
    at: usize,
    flags: Flags,
    frame: Frame,
    outer: Vec<Frame>,
    re2: String,
    names: BTreeSet<&'p str>,
    ranges: usize,
}

impl<'p> Parser<'p> {
    fn step(&mut self, char: char) -> Result<(), PatternError> {
        let start = self.at - char.len_utf8();
        match char {
            '(' => self.open(start)?,
            ')' => self.close(start)?,
            '|' => {
                self.frame.end_branch();
                self.re2.push('|');
            }
            '*' => self.repeat(start, 0, None)?,
            '+' => self.repeat(start, 1, None)?,
            '?' => self.repeat(start, 0, Some(1))?,
            '{' => self.brace(start)?,
            '[' => self.bracket(start)?,
            '\\' => self.escape(start)?,
            '.' => {
                let dot = if self.flags.dot_all { Dot::AnyChar } else { Dot::AnyCharExceptLF };
                self.atom(Hir::dot(dot), 1);
                self.re2.push('.');
            }
            '^' => self.look(start, if self.flags.multi_line { Look::StartLF } else { Look::Start }),
            '$' => self.look(start, if self.flags.multi_line { Look::EndLF } else { Look::End }),
            other => self.literal(other, start..self.at)?,
        }
        Ok(())
    }

    fn rest(&self) -> &'p str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn slice(&self, range: Range<usize>) -> &'p str {
        self.source.get(range).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += char.len_utf8();
        Some(char)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Copies what was read since `start`.
    fn copy(&mut self, start: usize) {
        let text = self.slice(start..self.at);
        self.re2.push_str(text);
    }

    fn atom(&mut self, hir: Hir, product: u32) {
        self.frame.items.push(hir);
        self.frame.product = self.frame.product.max(product);
        self.frame.before = Before::Atom(product);
    }

    fn look(&mut self, start: usize, look: Look) {
        self.atom(Hir::look(look), 1);
        self.copy(start);
    }

    /// A character that stands for itself, written in the source as `written`.
    fn literal(&mut self, char: char, written: Range<usize>) -> Result<(), PatternError> {
        self.literal_as(char, self.slice(written.clone()), written)
    }

    /// A character that stands for itself and is to be written as `text`, if engines agree about that.
    fn literal_as(&mut self, char: char, text: &str, written: Range<usize>) -> Result<(), PatternError> {
        if !self.flags.fold {
            self.re2.push_str(text);
            self.atom(literal(char), 1);
            return Ok(());
        }
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
        fold(&mut class);
        let text = char.is_ascii().then_some(text);
        self.class(class, text, written)
    }

    /// A class that is to be written as `text`, or without one as a list of its ranges.
    fn class(&mut self, class: ClassUnicode, text: Option<&str>, written: Range<usize>) -> Result<(), PatternError> {
        self.ranges += class.ranges().len();
        if self.ranges > RANGES {
            return Err(PatternError::new(written, "the character classes of this expression are too large")
                .help("name fewer Unicode classes"));
        }
        match text {
            Some(text) => self.re2.push_str(text),
            None => text::push_class(&mut self.re2, &class, self.flags.fold),
        }
        self.atom(Hir::class(Class::Unicode(class)), 1);
        Ok(())
    }
}

fn literal(char: char) -> Hir {
    Hir::literal(char.encode_utf8(&mut [0; 4]).as_bytes())
}

/// Adds what differs only in case, by Unicode's simple case folding.
fn fold(class: &mut ClassUnicode) {
    // This fails only where `regex-syntax` is built without its folding table, which Cargo.toml does not do.
    let folded = class.try_case_fold_simple();
    debug_assert!(folded.is_ok());
}

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
pub(super) use text::{push_class, push_literal};

/// Groups may be nested this deep. It bounds what is recursive behind this parser, the compiler of `regex-automata`
/// above all, which takes up to 15 KiB of stack for each level where it was built without optimization.
const DEPTH: usize = 50;
/// The longest pattern, in bytes.
const LENGTH: usize = 1 << 16;
/// The most ranges that the Unicode classes of one pattern may have together; `\pL` has some 650.
const RANGES: usize = 50_000;
/// The most atoms a pattern may have after its counted repetitions are written out. RE2 and Go compile that many.
const ATOMS: u64 = 100_000;

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
        last_posix_end: source.rfind(":]"),
    };
    while let Some(char) = parser.bump() {
        parser.step(char)?;
    }
    if !parser.outer.is_empty() {
        let open = parser.frame.open;
        return Err(PatternError::new(open..open + 1, "this `(` is never closed")
            .help("write `\\(` for a parenthesis, or close the group with `)`"));
    }
    if parser.frame.weight.atoms > ATOMS {
        return Err(too_large(source));
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
    /// An atom.
    Atom(Weight),
}

/// What an atom costs once its counted repetitions are written out.
#[derive(Debug, Clone, Copy)]
struct Weight {
    /// The largest product of the counts that are nested in it.
    product: u32,
    /// The number of atoms it has.
    atoms: u64,
}

impl Weight {
    const ONE: Self = Self { product: 1, atoms: 1 };
}

/// A group that is being read, or the whole expression.
struct Frame {
    open: usize,
    /// The flags that hold again after the group.
    restored: Flags,
    branches: Vec<Hir>,
    items: Vec<Hir>,
    weight: Weight,
    before: Before,
}

impl Frame {
    fn new(open: usize, restored: Flags) -> Self {
        Self { open, restored, branches: Vec::new(), items: Vec::new(), weight: Weight::ONE, before: Before::Nothing }
    }

    fn end_branch(&mut self) {
        self.branches.push(Hir::concat(std::mem::take(&mut self.items)));
        self.weight.atoms += 1;
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
    /// How many ranges the Unicode classes had so far.
    ranges: usize,
    /// Where the last `:]` stands.
    last_posix_end: Option<usize>,
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
                self.atom(Hir::dot(dot));
                self.re2.push('.');
            }
            '^' => self.look(start, if self.flags.multi_line { Look::StartLF } else { Look::Start }),
            '$' => self.look(start, if self.flags.multi_line { Look::EndLF } else { Look::End }),
            other => self.literal(other, start..self.at),
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

    fn atom(&mut self, hir: Hir) {
        self.heavy_atom(hir, Weight::ONE);
    }

    fn heavy_atom(&mut self, hir: Hir, weight: Weight) {
        self.frame.items.push(hir);
        self.frame.weight.product = self.frame.weight.product.max(weight.product);
        self.frame.weight.atoms = self.frame.weight.atoms.saturating_add(weight.atoms);
        self.frame.before = Before::Atom(weight);
    }

    fn look(&mut self, start: usize, look: Look) {
        self.atom(Hir::look(look));
        self.copy(start);
    }

    /// A character that stands for itself, written in the source as `written`.
    fn literal(&mut self, char: char, written: Range<usize>) {
        self.literal_as(char, self.slice(written));
    }

    /// A character that stands for itself and is to be written as `text`, if engines agree about that.
    fn literal_as(&mut self, char: char, text: &str) {
        if !self.flags.fold {
            self.re2.push_str(text);
            self.atom(literal(char));
            return;
        }
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(char, char)]);
        fold(&mut class);
        self.class(class, char.is_ascii().then_some(text));
    }

    /// One of the characters of a class, to be written as `text`, or without one as a list of its ranges.
    fn class(&mut self, class: ClassUnicode, text: Option<&str>) {
        match text {
            Some(text) => self.re2.push_str(text),
            None => push_class(&mut self.re2, &class, self.flags.fold),
        }
        self.atom(Hir::class(Class::Unicode(class)));
    }
}

/// The error for a pattern that engines would run out of room for.
pub(super) fn too_large(source: &str) -> PatternError {
    PatternError::new(0..source.len(), "the regular expression is too large")
        .help("use smaller repetition counts, or fewer alternatives")
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

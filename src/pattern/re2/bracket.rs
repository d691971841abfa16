//! Classes in brackets.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::names::Ascii;
use super::{Parser, PatternError};
use crate::diagnostics::quote;

/// What other dialects take for operations on classes, and RE2 for characters.
const OPERATIONS: [&str; 3] = ["&&", "~~", "--["];

impl Parser<'_> {
    /// The class whose `[` stands at `start`.
    pub(super) fn bracket(&mut self, start: usize) -> Result<(), PatternError> {
        let negated = self.eat("^");
        // What case folding applies to is kept apart, since a class of ASCII characters stays one.
        let mut plain = Vec::new();
        let mut named = ClassUnicode::empty();
        let mut explicit = false;
        let first = self.at;
        loop {
            let at = self.at;
            if at > first && self.eat("]") {
                break;
            }
            if self.rest().is_empty() {
                return Err(PatternError::new(start..start + 1, "this `[` is never closed")
                    .help("write `\\[` for a bracket, or close the class with `]`"));
            }
            // Other dialects have operations on classes here. Engines that do would read another text than this one.
            explicit |= OPERATIONS.iter().any(|operation| self.rest().starts_with(operation));
            if let Some((class, ascii)) = self.posix(at)? {
                named.union(&class);
                explicit |= self.flags.fold && ascii.has_letters();
                continue;
            }
            if self.eat("\\") {
                if let Some(found) = self.class_escape(at)? {
                    named.union(&found.class);
                    explicit |= found.explicit;
                    continue;
                }
                self.at = at;
            }
            plain.push(self.range()?);
        }
        explicit |= self.flags.fold && plain.iter().any(|range| !range.end().is_ascii());
        let mut class = ClassUnicode::new(plain);
        if self.flags.fold {
            super::fold(&mut class);
        }
        class.union(&named);
        if negated {
            class.negate();
        }
        let text = (!explicit).then(|| self.slice(start..self.at));
        self.class(class, text);
        Ok(())
    }

    /// One character, or two with a `-` between them.
    fn range(&mut self) -> Result<ClassUnicodeRange, PatternError> {
        let start = self.at;
        let low = self.member()?;
        let mut ahead = self.rest().chars();
        if ahead.next() != Some('-') || matches!(ahead.next(), None | Some(']')) {
            return Ok(ClassUnicodeRange::new(low, low));
        }
        self.bump();
        let high = self.member()?;
        if high < low {
            let written = quote(self.slice(start..self.at));
            return Err(PatternError::new(start..self.at, format!("the range {written} runs backwards"))
                .help("put the smaller character first, or write `\\-` for a hyphen"));
        }
        Ok(ClassUnicodeRange::new(low, high))
    }

    fn member(&mut self) -> Result<char, PatternError> {
        let start = self.at;
        match self.bump() {
            Some('\\') => self.char_escape(start),
            Some(char) => Ok(char),
            None => Err(PatternError::new(start..start, "the class ends too early")),
        }
    }

    /// A class like `[:alpha:]`, if one stands here. RE2 takes `[:` for two characters when no `:]` follows.
    fn posix(&mut self, start: usize) -> Result<Option<(ClassUnicode, Ascii)>, PatternError> {
        // A look at the whole rest for each `[:` would take quadratic time.
        if self.last_posix_end.is_none_or(|end| end < start + 2) {
            return Ok(None);
        }
        let Some((name, _)) = self.rest().strip_prefix("[:").and_then(|rest| rest.split_once(":]")) else {
            return Ok(None);
        };
        let end = start + name.len() + 4;
        let (bare, negated) = name.strip_prefix('^').map_or((name, false), |bare| (bare, true));
        let Some(ascii) = Ascii::of_posix(bare) else {
            return Err(PatternError::new(start..end, format!("RE2 has no class {}", quote(self.slice(start..end))))
                .help("write `\\[` for a bracket"));
        };
        self.at = end;
        Ok(Some((ascii.class(self.flags.fold, negated), ascii)))
    }
}

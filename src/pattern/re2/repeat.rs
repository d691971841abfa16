//! Repetitions: `*`, `+`, `?` and counts in braces.

use std::ops::Range;

use regex_syntax::hir::{Hir, Repetition};

use super::{Before, Parser, PatternError, Weight};
use crate::diagnostics::quote;

/// The largest count, and the largest product of nested counts, that RE2 takes.
const MOST: u32 = 1000;

impl Parser<'_> {
    /// A repetition whose operator was read from `start` on; the mark of a lazy one may follow.
    pub(super) fn repeat(&mut self, start: usize, min: u32, max: Option<u32>) -> Result<(), PatternError> {
        let operator = start..self.at;
        let inner = match self.frame.before {
            Before::Atom(inner) => inner,
            Before::Nothing => {
                let written = quote(self.slice(operator.clone()));
                return Err(PatternError::new(operator, format!("there is nothing before {written} to repeat")).help(
                    "write a backslash before it to mean the character; test a pattern with `*` for any text with `like`",
                ));
            }
            Before::FlagGroup => {
                return Err(PatternError::new(operator, "a flag group cannot be repeated")
                    .help("put the repetition before the flag group"));
            }
            Before::Repetition => {
                let message = match self.slice(operator.clone()) {
                    "+" => "possessive repetition is not in RE2 syntax",
                    _ => "a repetition cannot be repeated",
                };
                return Err(PatternError::new(operator, message)
                    .help("put the inner repetition into a group `(?:...)`, or remove one of the two"));
            }
        };
        let weight = self.repeated(inner, min, max, operator)?;
        if let Some(sub) = self.frame.items.pop() {
            self.eat("?");
            // Whether a repetition is lazy does not matter to the question whether there is a match.
            let sub = Box::new(sub);
            self.frame.items.push(Hir::repetition(Repetition { min, max, greedy: true, sub }));
            self.frame.weight.product = self.frame.weight.product.max(weight.product);
            let more = weight.atoms.saturating_sub(inner.atoms);
            self.frame.weight.atoms = self.frame.weight.atoms.saturating_add(more);
            self.frame.before = Before::Repetition;
            self.copy(start);
        }
        Ok(())
    }

    /// The weight of a repetition. Only counts in braces multiply.
    fn repeated(
        &self,
        inner: Weight,
        min: u32,
        max: Option<u32>,
        operator: Range<usize>,
    ) -> Result<Weight, PatternError> {
        if !self.slice(operator.clone()).starts_with('{') {
            return Ok(inner);
        }
        let product = inner.product.saturating_mul(max.unwrap_or(min).max(1));
        if product > MOST {
            let message = format!("nested repetitions ask for more than {MOST} repetitions");
            return Err(PatternError::new(operator, message).help("use `+` or `*`, or compare `length(...)`"));
        }
        let atoms = inner.atoms.saturating_mul(u64::from(max.unwrap_or(min + 1).max(1)));
        Ok(Weight { product, atoms })
    }

    /// A brace, which RE2 takes for a character unless a well-formed count follows.
    pub(super) fn brace(&mut self, start: usize) -> Result<(), PatternError> {
        let in_count = |char: char| char.is_ascii_digit() || char == ',' || char.is_whitespace();
        let rest = self.rest();
        let length = rest.find(|char| !in_count(char)).unwrap_or(rest.len());
        let (body, after) = rest.split_at_checked(length).unwrap_or_default();
        if !after.starts_with('}') || !body.contains(|char: char| char.is_ascii_digit()) {
            return self.plain_brace();
        }
        let range = start..self.at + body.len() + 1;
        let (min, max) = match body.split_once(',') {
            None => (number(body), number(body).map(Some)),
            Some((min, "")) => (number(min), Some(None)),
            Some((min, max)) => (number(min), number(max).map(Some)),
        };
        let (Some(min), Some(max)) = (min, max) else {
            let written = quote(self.slice(range.clone()));
            return Err(PatternError::new(range, format!("RE2 takes {written} for plain text")).help(
                "write `{2}`, `{2,}` or `{0,2}` for a count, without spaces and leading zeros, or `\\{` for a brace",
            ));
        };
        if max.unwrap_or(min) > MOST || min > MOST {
            return Err(PatternError::new(range, format!("a repetition count is at most {MOST}"))
                .help("use `+` or `*`, or compare `length(...)`"));
        }
        if max.is_some_and(|max| max < min) {
            return Err(PatternError::new(range, "the first number of a repetition is greater than the second"));
        }
        self.at = range.end;
        self.repeat(start, min, max)
    }

    fn plain_brace(&mut self) -> Result<(), PatternError> {
        self.atom(super::literal('{'));
        super::push_literal(&mut self.re2, '{');
        Ok(())
    }
}

/// A count without leading zeros; one that is too large for the type is too large in any case.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits && (text == "0" || !text.starts_with('0'))).then(|| text.parse().unwrap_or(u32::MAX))
}

//! The meanings of the words of the language, for hover and completion in the editor and for
//! `policyc explain`.
//!
//! Meanings are sentences of plain text, in which backticks mark policy source. Each has an example
//! that compiles, against a catalogue if it uses sets, globs or servers.

mod page;
mod topics;
mod words;

use crate::syntax::token::{TokenKind, lex};
pub use page::{Section, overview, page};
pub use words::{APPROVED, BY, NOT_IN, VALID};

/// Where a word has this meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// Wherever no other entry applies.
    Any,
    /// In an assertion, after its first word.
    Assertion,
    /// In a test, after its first word.
    Test,
}

/// A word, operator or notion with its meaning.
#[derive(Debug)]
pub struct Word {
    /// The token, if it is one.
    pub kind: Option<TokenKind>,
    /// Where it means this.
    pub within: Within,
    /// Its spelling.
    pub text: &'static str,
    /// One or more sentences.
    pub meaning: &'static str,
    /// Statements that have it.
    pub example: &'static str,
}

/// The meaning of a token.
#[must_use]
pub fn of_token(kind: TokenKind, within: Within) -> Option<&'static Word> {
    let of = |within: Within| words::WORDS.iter().find(|word| word.kind == Some(kind) && word.within == within);
    of(within).or_else(|| of(Within::Any))
}

/// The meaning of a built-in set, by its name without `@`, and what holds for all of them.
#[must_use]
pub fn of_set(name: &str) -> Option<(&'static Word, &'static str)> {
    sets().find(|(word, _)| word.text.strip_prefix('@') == Some(name))
}

/// The built-in sets, each with what holds for all of its kind.
fn sets() -> impl Iterator<Item = (&'static Word, &'static str)> {
    let classes = topics::SETS.iter().map(|word| (word, topics::OF_SETS));
    classes.chain(topics::TAGS.iter().map(|word| (word, topics::OF_TAGS)))
}

/// The meaning of a scope: `grant`, `server` or `caller`.
#[must_use]
pub fn of_scope(scope: &str) -> Option<&'static Word> {
    topics::SCOPES.iter().find(|word| word.text.strip_prefix("per ") == Some(scope))
}

/// The meaning of a term that is not a single word: `args`, `caller`, `window`, ...
#[must_use]
pub fn of_term(term: &str) -> Option<&'static Word> {
    topics::TERMS.iter().find(|word| word.text == term)
}

/// All entries, those of one word beside each other.
fn all() -> impl Iterator<Item = &'static Word> {
    let more = [&NOT_IN, &VALID, &BY, &APPROVED];
    topics::TERMS.iter().chain(words::WORDS).chain(more).chain(sets().map(|(word, _)| word)).chain(topics::SCOPES)
}

/// The only token of a text that is not space.
fn only_token(text: &str) -> Option<TokenKind> {
    let mut solid = lex(text).into_iter().filter(|token| !token.kind.is_trivia());
    let first = solid.next()?;
    solid.next().is_none().then_some(first.kind)
}

/// What is said of a word, in the order in which it is to be read; empty if it is no word of the language. Sets are found without their `@` too,
/// scopes by their last word, windows by a unit or an example.
#[must_use]
pub fn find(wanted: &str) -> Vec<&'static Word> {
    let lower = wanted.trim().to_ascii_lowercase();
    let name = lower.strip_prefix('@').unwrap_or(&lower);
    let also = match lower.as_str() {
        "grant" => "per grant",
        "valid" | "calls" | "valid calls" => "for valid calls",
        "windows" | "rate" => "window",
        _ if is_window(&lower) => "window",
        _ if lower.starts_with("per caller.") || lower.starts_with("caller.") => "per caller",
        _ if lower.starts_with("args.") => "args",
        other => other,
    };
    let kind = only_token(also).filter(|kind| !matches!(kind, TokenKind::Name | TokenKind::Set | TokenKind::Glob));
    let is = |word: &&Word| {
        word.text == also
            || word.text.strip_prefix('@') == Some(name)
            || (word.text.strip_prefix("per ") == Some(also))
            || (kind.is_some() && word.kind == kind && word.text.split(' ').any(|part| part == also))
    };
    all().filter(is).collect()
}

/// Whether this is a unit of time, alone, with a number, or as a rate: `min`, `5min`, `30/min`, `/10s`.
fn is_window(text: &str) -> bool {
    let (max, window) = text.split_once('/').unwrap_or(("", text));
    let digits = |text: &str| text.chars().all(|char| char.is_ascii_digit() || char == '_');
    let unit = window.trim_start_matches(|char: char| char.is_ascii_digit());
    digits(max.trim()) && crate::syntax::seconds_of_unit(unit.trim()).is_some()
}

#[cfg(test)]
mod tests;

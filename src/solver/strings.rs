//! Sets of strings by membership, and strings that are in some and not in others.

use std::sync::Arc;

use crate::pattern::{Like, Regex};

/// A set of strings. Cloning is cheap; two are equal when they were made alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    pattern: Pattern,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Like(Like),
    Regex(Regex),
    Containing(Arc<str>),
}

impl Language {
    /// The strings that the pattern covers.
    #[must_use]
    pub fn like(like: &Like) -> Self {
        Self { pattern: Pattern::Like(like.clone()) }
    }

    /// The strings that the expression matches.
    #[must_use]
    pub fn regex(regex: &Regex) -> Self {
        Self { pattern: Pattern::Regex(regex.clone()) }
    }

    /// The strings that contain the text.
    #[must_use]
    pub fn containing(text: &Arc<str>) -> Self {
        Self { pattern: Pattern::Containing(text.clone()) }
    }

    /// Whether the string is in the set.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        match &self.pattern {
            Pattern::Like(like) => like.is_match(text),
            Pattern::Regex(regex) => regex.is_match(text),
            Pattern::Containing(part) => text.contains(part.as_ref()),
        }
    }
}

/// What a string has to be.
pub struct Wanted<'a> {
    pub within: Vec<&'a Language>,
    pub outside: Vec<&'a Language>,
    pub except: &'a std::collections::BTreeSet<Arc<str>>,
    pub lengths: Vec<(crate::syntax::ast::Comparison, crate::decimal::Decimal)>,
}
pub enum Found {
    Text(String),
    Nothing,
}
pub fn find(_wanted: &Wanted<'_>, _budget: &mut super::Budget) -> Result<Found, super::Exhausted> {
    Err(super::Exhausted)
}

//! The two kinds of pattern: `like` and `matches`. Both speak of the whole value.

use std::ops::Range;

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong, in lower case, without a period.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The bytes of the pattern that are meant.
    pub range: Range<usize>,
}

/// A regular expression in RE2 syntax that matches whole values.
#[derive(Debug, Clone)]
pub struct Regex;

/// A pattern in which `*` stands for any run of characters.
#[derive(Debug, Clone)]
pub struct Like;

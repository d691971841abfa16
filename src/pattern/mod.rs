//! The two kinds of pattern: `like` and `matches`. Both speak of the whole value.
//!
//! A regular expression is written in RE2 syntax (<https://github.com/google/re2/wiki/Syntax>) and means here what
//! RE2 means by it, so that a gateway built on RE2 or on Go's `regexp` decides as this compiler does. `re2` reads
//! the syntax; matching is left to `regex-automata`, whose time is linear in the value.

mod glob;
mod like;
mod re2;
mod rust;

use std::ops::Range;
use std::sync::Arc;

use regex_automata::meta;
use regex_syntax::hir::{Dot, Hir, Look, Repetition};

pub use glob::glob_matches;
pub use like::Like;

/// How large the automaton of one pattern may get, in bytes: room for `\pL{255}`, less than RE2 has.
const AUTOMATON_BYTES: usize = 12 << 20;

/// A pattern of `like` for one text.
#[must_use]
pub fn like_literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*")
}

/// A regular expression for one text.
#[must_use]
pub fn regex_literal(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        if char.is_ascii_punctuation()
            && !matches!(char, '/' | ':' | '@' | '-' | '_' | '=' | '&' | '%' | '#' | ',' | ';')
        {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

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

impl PatternError {
    fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, range }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Where in a value a regular expression has to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// The match covers the value.
    Whole,
    /// The match lies anywhere in the value.
    Anywhere,
}

/// A regular expression in RE2 syntax. Cloning is cheap; two are equal when they were made from the same text in
/// the same way.
#[derive(Clone)]
pub struct Regex {
    inner: Arc<Compiled>,
}

struct Compiled {
    source: String,
    reach: Reach,
    re2: String,
    /// What the text means, without the reach.
    hir: Hir,
    engine: meta::Regex,
}

impl Regex {
    /// The expression that matches whole values, as `matches` has it.
    ///
    /// # Errors
    ///
    /// When RE2 would refuse the text, when its automaton would be too large, and when RE2 takes the text for
    /// something its author is unlikely to mean (`{,3}`).
    pub fn new(source: &str) -> Result<Self, PatternError> {
        Self::compile(source, Reach::Whole)
    }

    /// The expression that is searched for anywhere in a value, as the keyword `pattern` of JSON Schema has it.
    ///
    /// # Errors
    ///
    /// As for [`Regex::new`].
    pub fn search(source: &str) -> Result<Self, PatternError> {
        Self::compile(source, Reach::Anywhere)
    }

    fn compile(source: &str, reach: Reach) -> Result<Self, PatternError> {
        let parsed = re2::parse(source)?;
        let hir = parsed.hir;
        let (whole, re2) = match reach {
            Reach::Whole => (hir.clone(), parsed.re2),
            // The engine could search by itself, but when it is asked no more than whether there is a match, it takes an empty one
            // within a character (`\B` is true there), drops it, and goes on behind: `\B|\W` would not be found in `aéa`.
            Reach::Anywhere => {
                let any = || {
                    let sub = Box::new(Hir::dot(Dot::AnyChar));
                    Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub })
                };
                (Hir::concat(vec![any(), hir.clone(), any()]), format!("(?s:.*)(?:{})(?s:.*)", parsed.re2))
            }
        };
        let searched = Hir::concat(vec![Hir::look(Look::Start), whole, Hir::look(Look::End)]);
        // Nobody asks where a group matched, so no states are spent on groups.
        let config = meta::Config::new()
            .which_captures(regex_automata::nfa::thompson::WhichCaptures::None)
            .nfa_size_limit(Some(AUTOMATON_BYTES));
        let engine =
            meta::Builder::new().configure(config).build_from_hir(&searched).map_err(|_| re2::too_large(source))?;
        Ok(Self { inner: Arc::new(Compiled { source: source.to_owned(), reach, re2, hir, engine }) })
    }

    /// Whether the expression matches `value`. Takes time linear in the length of `value`.
    #[must_use]
    pub fn is_match(&self, value: &str) -> bool {
        self.inner.engine.is_match(value)
    }

    /// The text the expression was made from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// The tree of the expression, and whether it has to match the whole value rather than a part of it.
    pub(crate) fn tree(&self) -> (&Hir, bool) {
        (&self.inner.hir, self.inner.reach == Reach::Whole)
    }

    /// A text that says in any RE2 engine what [`Regex::is_match`] says, when put between `^(?:` and `)$` and
    /// searched for. It is the source where that is safe: what engines or versions of Unicode read differently
    /// (`\pL`, `(?i)` beyond ASCII, `\Q`) is written out as characters and ranges.
    #[must_use]
    pub fn re2(&self) -> String {
        self.inner.re2.clone()
    }
}

impl std::fmt::Debug for Regex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.inner.reach {
            Reach::Whole => "Regex::new",
            Reach::Anywhere => "Regex::search",
        };
        formatter.debug_tuple(name).field(&self.inner.source).finish()
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        (self.inner.reach, &self.inner.source) == (other.inner.reach, &other.inner.source)
    }
}

impl Eq for Regex {}

impl std::hash::Hash for Regex {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.inner.source.hash(state);
    }
}

//! Sets of strings, as far as conditions make them. Operations that leave this form give `None`.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::pattern::{Like, Regex, like_literal};
use crate::solver::strings::Language;

/// A pattern for whole values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pattern {
    /// Of `like`.
    Like(Like),
    /// Of `matches`.
    Regex(Regex),
}

impl Pattern {
    /// The pattern of one string, or with `around` of all strings that contain it.
    pub(crate) fn literal(text: &str, around: bool) -> Option<Self> {
        let escaped = like_literal(text);
        Like::new(&if around { format!("*{escaped}*") } else { escaped }).ok().map(Self::Like)
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Like(like) => like.is_match(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    fn re2(&self) -> String {
        match self {
            Self::Like(like) => like.re2(),
            Self::Regex(regex) => regex.re2(),
        }
    }
}

/// The expression that a gateway searches for to find what at least one of some patterns covers.
pub(crate) fn anchored(patterns: &[Pattern]) -> String {
    match patterns {
        [only] => format!("^(?:{})$", only.re2()),
        several => {
            let bodies: Vec<String> = several.iter().map(|pattern| format!("(?:{})", pattern.re2())).collect();
            format!("^(?:{})$", bodies.join("|"))
        }
    }
}

/// The longest expression that stands for the opposite of patterns, in bytes: longer ones nobody could read in a document.
const LONGEST_OPPOSITE: usize = 1000;

/// The expression that a gateway searches for to find what none of some patterns covers, if a short one is found.
pub(crate) fn anchored_opposite(patterns: &[Pattern]) -> Option<String> {
    let all = Regex::new(&anchored(patterns)).ok()?;
    let opposite = Language::regex(&all).complement(LONGEST_OPPOSITE)?;
    Some(anchored(&[Pattern::Regex(opposite)]))
}

/// A set of strings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Strings {
    /// These.
    In(BTreeSet<Arc<str>>),
    /// All but these.
    NotIn(BTreeSet<Arc<str>>),
    /// Those that at least one pattern matches.
    Match(Vec<Pattern>),
    /// Those that no pattern matches.
    NoMatch(Vec<Pattern>),
}

impl Strings {
    /// No string.
    pub(crate) const NONE: Self = Self::In(BTreeSet::new());
    /// All strings.
    pub(crate) const ALL: Self = Self::NotIn(BTreeSet::new());

    pub(crate) fn one(text: &Arc<str>) -> Self {
        Self::In([text.clone()].into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        match self {
            Self::In(texts) => texts.contains(text),
            Self::NotIn(texts) => !texts.contains(text),
            Self::Match(patterns) => patterns.iter().any(|pattern| pattern.is_match(text)),
            Self::NoMatch(patterns) => !patterns.iter().any(|pattern| pattern.is_match(text)),
        }
    }

    pub(crate) fn complement(&self) -> Self {
        match self.clone() {
            Self::In(texts) => Self::NotIn(texts),
            Self::NotIn(texts) => Self::In(texts),
            Self::Match(patterns) => Self::NoMatch(patterns),
            Self::NoMatch(patterns) => Self::Match(patterns),
        }
    }

    pub(crate) fn union(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (same, new) if same == new => same.clone(),
            (Self::In(left), Self::In(right)) => Self::In(left | right),
            (Self::In(some), Self::NotIn(not)) | (Self::NotIn(not), Self::In(some)) => Self::NotIn(not - some),
            (Self::NotIn(left), Self::NotIn(right)) => Self::NotIn(left & right),
            (Self::NotIn(not), patterns) | (patterns, Self::NotIn(not)) => {
                Self::NotIn(not.iter().filter(|text| !patterns.has(text)).cloned().collect())
            }
            (Self::Match(left), Self::Match(right)) => {
                let new = right.iter().filter(|pattern| !left.contains(pattern));
                Self::Match(left.iter().chain(new).cloned().collect())
            }
            (Self::In(some), Self::Match(patterns)) | (Self::Match(patterns), Self::In(some)) => {
                let new = some.iter().filter(|text| !patterns.iter().any(|pattern| pattern.is_match(text)));
                let new: Option<Vec<Pattern>> = new.map(|text| Pattern::literal(text, false)).collect();
                Self::Match(patterns.iter().cloned().chain(new?).collect())
            }
            (Self::In(some), rest @ Self::NoMatch(_)) | (rest @ Self::NoMatch(_), Self::In(some)) => {
                some.iter().all(|text| rest.has(text)).then(|| rest.clone())?
            }
            (Self::Match(left), Self::NoMatch(right)) | (Self::NoMatch(right), Self::Match(left)) => {
                (left == right).then_some(Self::ALL)?
            }
            (Self::NoMatch(_), Self::NoMatch(_)) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_as_sets() {
        let texts = |list: &[&str]| list.iter().map(|text| Arc::from(*text)).collect::<BTreeSet<Arc<str>>>();
        let like = |pattern: &str| Pattern::Like(Like::new(pattern).unwrap());
        let sets = [
            Strings::NONE,
            Strings::ALL,
            Strings::In(texts(&["a", "b"])),
            Strings::In(texts(&["b", "x"])),
            Strings::NotIn(texts(&["a"])),
            Strings::NotIn(texts(&["a", "x"])),
            Strings::Match(vec![like("a*")]),
            Strings::Match(vec![like("*x"), Pattern::Regex(Regex::new("[0-9]").unwrap())]),
            Strings::NoMatch(vec![like("a*")]),
        ];
        for left in &sets {
            for text in ["", "a", "ab", "b", "x", "ax", "5"] {
                assert_eq!(left.complement().has(text), !left.has(text));
                for right in &sets {
                    if let Some(union) = left.union(right) {
                        assert_eq!(union.has(text), left.has(text) || right.has(text), "{left:?} {right:?} {text}");
                    }
                }
            }
        }
    }

    #[test]
    fn literals_stand_for_themselves() {
        let pattern = Pattern::literal("a*\\.", false).unwrap();
        assert!(pattern.is_match("a*\\.") && !pattern.is_match("ab\\."));
        assert!(Pattern::literal("*", true).unwrap().is_match("a*b"));
        assert_eq!(anchored(&[Pattern::Like(Like::new("x").unwrap())]), "^(?:x)$");
    }
}

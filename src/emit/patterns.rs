//! Regular expressions in documents whose engines search: each has to match the whole value.

use crate::pattern::{Like, Regex};
use crate::predicate::Test;

/// How an engine reads regular expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// As RE2 does.
    Re2,
    /// As the crate `regex` does, to which `\w` and `\d` are of all of Unicode.
    Rust,
}

impl Syntax {
    /// What an expression is written as. `None` if that could be read in another way.
    pub(crate) fn write(self, regex: &Regex) -> Option<String> {
        match self {
            Self::Re2 => Some(regex.re2()),
            Self::Rust => regex.rust().filter(|text| Self::Rust.read(text).is_some()),
        }
    }

    /// The expression that is written so; `None` if it would not be.
    fn read(self, text: &str) -> Option<Regex> {
        match self {
            Self::Re2 => Regex::new(text).ok().filter(|regex| regex.re2() == text),
            Self::Rust => Regex::of_rust(text).filter(|regex| regex.rust().as_deref() == Some(text)),
        }
    }
}

/// The test for matching one of some expressions, each written `^(?:..)$`. Those that stand for patterns of `like` are
/// read as such, which are cheaper to reason about. `None` if one is not as it is written here: engines may read it
/// differently, or not at all.
pub(crate) fn whole(texts: &[&str], syntax: Syntax) -> Option<Test> {
    let bodies = texts.iter().map(|text| text.strip_prefix("^(?:").and_then(|rest| rest.strip_suffix(")$")));
    let bodies = bodies.collect::<Option<Vec<&str>>>()?;
    if let Some(likes) = bodies.iter().map(|body| Like::from_re2(body)).collect::<Option<Vec<_>>>() {
        return Some(Test::Like(likes));
    }
    bodies.iter().map(|body| syntax.read(body)).collect::<Option<Vec<Regex>>>().map(Test::Matches)
}

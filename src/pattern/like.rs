//! Patterns of `like`: text in which `*` stands for any run of characters.

use std::sync::Arc;

use super::PatternError;
use super::re2::push_literal;
use crate::diagnostics::quote;

/// Any run of characters as an expression.
const ANY: &str = "(?s:.*)";

/// A pattern in which `*` stands for any run of characters, line ends too, `\*` for a star and `\\` for a
/// backslash. It speaks of the whole value. Cloning is cheap; two are equal when they were made from the same text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Like {
    inner: Arc<Parts>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Parts {
    source: String,
    /// The text before the first star; all of it when there is none.
    prefix: String,
    /// The texts between two stars, none of them empty.
    middle: Vec<String>,
    /// The text after the last star, if there is a star.
    suffix: Option<String>,
}

impl Like {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// When a backslash stands before anything but `*` and `\`.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        let mut texts = Vec::new();
        let mut text = String::new();
        let mut chars = source.char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                '*' => texts.push(std::mem::take(&mut text)),
                '\\' => text.push(escaped(source, at, chars.next())?),
                other => text.push(other),
            }
        }
        let (prefix, suffix) = if texts.is_empty() { (text, None) } else { (texts.remove(0), Some(text)) };
        texts.retain(|between| !between.is_empty());
        Ok(Self { inner: Arc::new(Parts { source: source.to_owned(), prefix, middle: texts, suffix }) })
    }

    /// Whether the pattern covers `value`. Takes time linear in the length of `value`.
    #[must_use]
    pub fn is_match(&self, value: &str) -> bool {
        let Some(suffix) = &self.inner.suffix else { return value == self.inner.prefix };
        let Some(rest) = value.strip_prefix(self.inner.prefix.as_str()) else { return false };
        let Some(mut rest) = rest.strip_suffix(suffix.as_str()) else { return false };
        // The leftmost place for a text leaves the most room for the texts after it, so no other has to be tried.
        for text in &self.inner.middle {
            let Some((_, after)) = rest.split_once(text.as_str()) else { return false };
            rest = after;
        }
        true
    }

    /// The text the pattern was made from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// A text that says in any RE2 engine what [`Like::is_match`] says, when put between `^(?:` and `)$` and
    /// searched for.
    #[must_use]
    pub fn re2(&self) -> String {
        let mut out = String::new();
        let texts = self.inner.middle.iter().chain(&self.inner.suffix);
        for (index, text) in std::iter::once(&self.inner.prefix).chain(texts).enumerate() {
            if index > 0 {
                out.push_str(ANY);
            }
            for char in text.chars() {
                push_literal(&mut out, char);
            }
        }
        out
    }

    /// The pattern that [`Like::re2`] has written as such an expression; `None` for one that it would not write.
    #[must_use]
    pub fn from_re2(body: &str) -> Option<Self> {
        let mut source = String::new();
        let mut rest = body;
        while let Some(char) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix(ANY) {
                source.push('*');
                rest = after;
                continue;
            }
            let text = rest.strip_prefix('\\').unwrap_or(rest);
            let literal = if text.len() < rest.len() { text.chars().next()? } else { char };
            if matches!(literal, '*' | '\\') {
                source.push('\\');
            }
            source.push(literal);
            rest = text.get(literal.len_utf8()..)?;
        }
        Self::new(&source).ok().filter(|like| like.re2() == body)
    }

    /// The only value that matches, when the pattern has no star.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        self.inner.suffix.is_none().then(|| self.inner.prefix.clone())
    }

    /// The text that every matching value starts with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.inner.prefix
    }

    /// The text that every matching value ends with.
    #[must_use]
    pub fn suffix(&self) -> &str {
        self.inner.suffix.as_deref().unwrap_or(&self.inner.prefix)
    }

    /// The texts that lie between prefix and suffix, in this order and without overlap. Empty when there are not
    /// two stars with a text between them.
    #[must_use]
    pub fn middle(&self) -> &[String] {
        &self.inner.middle
    }
}

fn escaped(source: &str, at: usize, next: Option<(usize, char)>) -> Result<char, PatternError> {
    match next {
        Some((_, char @ ('*' | '\\'))) => Ok(char),
        Some((start, char)) => {
            let range = at..start + char.len_utf8();
            let found = quote(source.get(range.clone()).unwrap_or_default());
            Err(PatternError::new(range, format!("{found} is no escape of `like`"))
                .help("write `\\\\` for a backslash and `\\*` for a star"))
        }
        None => Err(PatternError::new(at..source.len(), "the pattern ends with a single `\\`")
            .help("write `\\\\` for a backslash")),
    }
}

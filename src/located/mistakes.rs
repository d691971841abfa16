//! What is wrong with a text, collected while it is read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::{Content, Entry};
use crate::diagnostics::{Code, Diagnostic, quote};
use crate::source::{FileId, Span, offset};

/// Mistakes that are reported of one text.
const MOST: usize = 100;

/// A notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON (RFC 8259).
    Json,
    /// YAML 1.2.
    Yaml,
    /// TOML 1.1.
    Toml,
}

impl Format {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
        }
    }

    /// What it calls a mapping, with the article.
    #[must_use]
    pub const fn mapping(self) -> &'static str {
        match self {
            Self::Json => "an object",
            Self::Yaml => "a mapping",
            Self::Toml => "a table",
        }
    }
}

/// Whether no key stands twice.
fn are_distinct(entries: &[Entry<'_>]) -> bool {
    /// Up to this many keys, comparing each with each is cheaper than a set of them.
    const FEW: usize = 12;
    let names = || entries.iter().map(|entry| &*entry.key.name);
    if entries.len() <= FEW {
        return names().enumerate().all(|(index, name)| names().take(index).all(|before| before != name));
    }
    let mut seen = HashSet::with_capacity(entries.len());
    names().all(|name| seen.insert(name))
}

/// The mistakes in one text.
#[derive(Debug)]
pub struct Mistakes {
    file: FileId,
    code: &'static Code,
    format: Format,
    /// Who ignores unknown keys, if somebody does.
    ignored_by: Option<&'static str>,
    found: Vec<Diagnostic>,
}

impl Mistakes {
    /// None so far, in a text of a format. All that are found have this code.
    #[must_use]
    pub fn new(file: FileId, code: &'static Code, format: Format) -> Self {
        Self { file, code, format, ignored_by: None, found: Vec::new() }
    }

    /// Says of unknown keys that somebody ignores them.
    #[must_use]
    pub fn ignored_by(self, who: &'static str) -> Self {
        Self { ignored_by: Some(who), ..self }
    }

    /// The format of the text.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What is said of an unknown key after its name.
    pub(super) fn of_unknown_key(&self) -> Option<&'static str> {
        self.ignored_by
    }

    /// A place in the text.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, offset(start), offset(end.max(start)))
    }

    /// Adds a mistake: where, what is wrong, and what to write instead.
    pub fn report(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.push(Diagnostic::new(self.code, span, message).help(help));
    }

    /// Adds a mistake that another place explains.
    pub fn report_because(
        &mut self,
        span: Span,
        message: impl Into<String>,
        (because, label): (Span, &str),
        help: impl Into<String>,
    ) {
        self.push(Diagnostic::new(self.code, span, message).because(because, label).help(help));
    }

    fn push(&mut self, mistake: Diagnostic) {
        if self.found.len() < MOST {
            self.found.push(mistake);
        }
    }

    /// Says that lists and mappings are nested too deep at a place.
    pub(super) fn too_deep(&mut self, span: Span) {
        let help = format!("write it with no more than {} levels of lists and mappings", super::DEEPEST);
        self.report(span, "the text is nested too deep", help);
    }

    /// Says that a number has too many digits.
    pub(super) fn too_long(&mut self, span: Span) {
        let help = format!("write a number with no more than {} digits", super::MOST_DIGITS);
        self.report(span, "a number is too long", help);
    }

    /// A mapping with these entries, without those whose key stands in front of them already.
    pub(super) fn mapping<'t>(&mut self, mut entries: Vec<Entry<'t>>) -> Content<'t> {
        if !are_distinct(&entries) {
            let mut places: BTreeMap<Cow<'t, str>, Span> = BTreeMap::new();
            entries.retain(|Entry { key, .. }| {
                if let Some(first) = places.get(&key.name) {
                    self.duplicate(&key.name, *first, key.span);
                    return false;
                }
                places.insert(key.name.clone(), key.span);
                true
            });
        }
        Content::Mapping(entries)
    }

    /// Says that a key stands twice.
    pub(super) fn duplicate(&mut self, name: &str, first: Span, second: Span) {
        let message = format!("the key {} stands twice", quote(name));
        self.report_because(second, message, (first, "first here"), "take one of them out");
    }

    /// Whether nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All that is wrong, in the order of the text.
    #[must_use]
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.found;
        crate::diagnostics::sort(&mut found);
        found
    }

    /// What was read, if nothing was wrong.
    ///
    /// # Errors
    /// All that is wrong, in the order of the text.
    pub fn into_result<T>(mut self, read: Option<T>) -> Result<T, Vec<Diagnostic>> {
        match read {
            Some(read) if self.found.is_empty() => Ok(read),
            _ => {
                // Whoever reads nothing has reported why; if not, there is still no success.
                let start = Span::new(self.file, 0, 0);
                if self.found.is_empty() {
                    self.report(start, "the text cannot be read", "please report this with the text");
                }
                Err(self.into_diagnostics())
            }
        }
    }
}

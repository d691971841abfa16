//! The texts that the client has open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use policyc_core::config::FILE_NAME;
use policyc_core::diagnostics::Diagnostic;
use policyc_core::source::Span;
use tower_lsp_server::ls_types::{TextDocumentContentChangeEvent, Uri};

use crate::check::{Checked, Findings, Read};
use crate::position::{Encoding, Lines};

/// A text at one moment, with what is known of it. It never changes; an edit makes a new one.
#[derive(Debug)]
pub(crate) struct Version {
    /// The document.
    pub(crate) uri: Uri,
    /// The file that it is, or would be.
    pub(crate) path: PathBuf,
    /// The number that the client gave it.
    pub(crate) number: i32,
    /// The text.
    pub(crate) text: Arc<String>,
    /// Its lines.
    pub(crate) lines: Lines,
    /// Which of the texts and other changes of all documents this is.
    pub(crate) stamp: u64,
    /// It and all that it names, once somebody has asked.
    pub(crate) parsed: OnceLock<Arc<Read>>,
    /// What the checker says, once somebody has asked.
    pub(crate) told: OnceLock<Findings>,
    /// Its analysis, once somebody has asked.
    pub(crate) checked: OnceLock<Arc<Checked>>,
    /// The files that the checker read for it, with their stamps; also when the rest was forgotten.
    pub(crate) read: OnceLock<Arc<BTreeMap<PathBuf, u64>>>,
    /// What the linter says, with what the checker says, once somebody has asked.
    pub(crate) linted: OnceLock<Arc<Vec<Diagnostic>>>,
    /// Held by the thread that lints it.
    pub(crate) linting: Mutex<()>,
}

/// Whether a file is a configuration, by its name.
#[must_use]
pub(crate) fn is_configuration(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == FILE_NAME)
}

/// A text that the client has open.
#[derive(Debug)]
pub(crate) struct Document {
    /// What language the client says it is.
    pub(crate) language: String,
    /// The text as it is now.
    pub(crate) now: Arc<Version>,
    /// The last version without errors.
    pub(crate) sound: Option<Arc<Version>>,
    /// What the linter said last, its places moved along with the edits since.
    pub(crate) lints: Vec<Diagnostic>,
}

impl Version {
    /// A new text.
    #[must_use]
    pub(crate) fn new(uri: Uri, path: PathBuf, number: i32, text: String, stamp: u64) -> Self {
        let lines = Lines::new(&text);
        Self::with_lines(uri, path, number, text, lines, stamp)
    }

    fn with_lines(uri: Uri, path: PathBuf, number: i32, text: String, lines: Lines, stamp: u64) -> Self {
        Self {
            uri,
            path,
            number,
            text: Arc::new(text),
            lines,
            stamp,
            parsed: OnceLock::new(),
            told: OnceLock::new(),
            checked: OnceLock::new(),
            read: OnceLock::new(),
            linted: OnceLock::new(),
            linting: Mutex::default(),
        }
    }

    /// The same text, about which nothing is known: something that it depends on has changed.
    #[must_use]
    pub(crate) fn renewed(&self, stamp: u64) -> Self {
        Self {
            uri: self.uri.clone(),
            path: self.path.clone(),
            number: self.number,
            text: Arc::clone(&self.text),
            lines: self.lines.clone(),
            stamp,
            parsed: OnceLock::new(),
            told: OnceLock::new(),
            checked: OnceLock::new(),
            read: OnceLock::new(),
            linted: OnceLock::new(),
            linting: Mutex::default(),
        }
    }

    /// The same text, its analysis forgotten to save memory. What was said of it is kept.
    #[must_use]
    pub(crate) fn forgotten(&self) -> Self {
        Self { linted: self.linted.clone(), read: self.read.clone(), ..self.renewed(self.stamp) }
    }
}

impl Document {
    /// Whether it is a policy, by what the client says and by its name.
    #[must_use]
    pub(crate) fn is_policy(&self) -> bool {
        self.language == "policyc" || self.now.path.extension().is_some_and(|extension| extension == "pol")
    }

    /// Whether it is a configuration.
    #[must_use]
    pub(crate) fn is_configuration(&self) -> bool {
        !self.is_policy() && is_configuration(&self.now.path)
    }

    /// Whether something is said of it on its own.
    #[must_use]
    pub(crate) fn is_checked(&self) -> bool {
        self.is_policy() || self.is_configuration()
    }

    /// Applies edits in their order, each to the text that the one before has left. Gives back the
    /// texts that it does not need any more.
    pub(crate) fn edit(
        &mut self,
        number: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
        stamp: u64,
    ) -> Vec<Arc<Version>> {
        let mut text = self.now.text.as_str().to_owned();
        let mut lines = self.now.lines.clone();
        for change in changes {
            match change.range {
                Some(range) => {
                    let (start, end) = lines.offsets(&text, range, encoding);
                    text.replace_range(start..end, &change.text);
                    self.move_lints(start, end, change.text.len());
                }
                None => {
                    text = change.text;
                    self.lints.clear();
                }
            }
            lines = Lines::new(&text);
        }
        let now = &self.now;
        let new = Arc::new(Version::with_lines(now.uri.clone(), now.path.clone(), number, text, lines, stamp));
        let old = std::mem::replace(&mut self.now, new);
        if old.told.get().is_some_and(|told| told.is_sound) {
            self.sound.replace(old).into_iter().collect()
        } else {
            vec![old]
        }
    }

    /// Moves what the linter said last along with an edit. What it said of the changed text itself
    /// is gone.
    fn move_lints(&mut self, start: usize, end: usize, length: usize) {
        let moved = |span: &mut Span| {
            let (from, to) = (span.start as usize, span.end as usize);
            if to < start {
                return true;
            }
            if from < end || from <= start {
                return false;
            }
            let shift = |at: u32| u32::try_from((at as usize + length).saturating_sub(end - start)).unwrap_or(at);
            (span.start, span.end) = (shift(span.start), shift(span.end));
            true
        };
        self.lints.retain_mut(|finding| {
            let file = finding.primary.span.file;
            // Fixes are made for a text that is no more.
            finding.fixes.clear();
            finding.secondary.retain_mut(|label| label.span.file != file || moved(&mut label.span));
            moved(&mut finding.primary.span)
        });
    }
}

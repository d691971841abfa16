//! Findings that are known already: fingerprints, and the file that keeps them.
//!
//! A fingerprint is made of what a finding is about, and of nothing that changes when lines move:
//! the name of its kind, the file, the words of the statement it stands in, and the words under it.
//! White space and comments do not count. The second of two findings that are alike in all this has
//! a different fingerprint from the first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::diagnostics::{Diagnostic, Severity};
use crate::sema::Analysis;
use crate::source::Span;
use crate::syntax::ast::{Item, ItemKind};

/// The version of the file's format.
const VERSION: u32 = 1;
/// How many bytes of the hash are kept.
const BYTES: usize = 16;

/// A fingerprint for each of the findings about a file: 32 hexadecimal digits. `file` is the name
/// of the file that goes into them.
#[must_use]
pub fn fingerprints(found: &[Diagnostic], analysis: &Analysis, file: &str) -> Vec<String> {
    let mut seen: BTreeMap<[u8; 32], u32> = BTreeMap::new();
    let fingerprint = |finding: &Diagnostic| {
        let span = finding.primary.span;
        let statement = statement(analysis, span);
        let mut hash = Sha256::new();
        for part in [finding.code.name, file, &words(analysis, statement), &words(analysis, Some(span))] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let key: [u8; 32] = hash.finalize().into();
        let count = seen.entry(key).or_default();
        *count += 1;
        let whole = Sha256::new().chain_update(key).chain_update(count.to_be_bytes()).finalize();
        whole.iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect()
    };
    found.iter().map(fingerprint).collect()
}

/// The innermost statement around a place in a policy file.
fn statement(analysis: &Analysis, span: Span) -> Option<Span> {
    fn around(items: &[Item], span: Span) -> Option<Span> {
        let item = items.iter().find(|item| super::file::covers(item.span, span))?;
        match &item.kind {
            ItemKind::Policy { items, .. } => around(items, span),
            _ => Some(item.span),
        }
    }
    let unit = analysis.units.iter().find(|unit| unit.file == span.file)?;
    around(&unit.parse.file.items, span)
}

/// The words at a place, one blank between any two.
fn words(analysis: &Analysis, span: Option<Span>) -> String {
    let text = span.map_or("", |span| analysis.sources.slice(span));
    super::file::words(text)
}

/// A file of findings that are known already.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeSet<Entry>,
    /// Those that were found again.
    met: BTreeSet<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    rule: String,
    fingerprint: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    findings: Vec<Entry>,
}

impl Baseline {
    /// Reads what [`Baseline::write`] has written.
    ///
    /// # Errors
    /// The text is not a baseline; the message says why.
    pub fn read(text: &str) -> Result<Self, String> {
        let written: Written = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if written.version != VERSION {
            return Err(format!("version {} of the format is not known here", written.version));
        }
        Ok(Self { entries: written.findings.into_iter().collect(), met: BTreeSet::new() })
    }

    /// The text of the file: sorted JSON, so that it changes only where findings do.
    #[must_use]
    pub fn write(&self) -> String {
        let written = Written { version: VERSION, findings: self.entries.iter().cloned().collect() };
        let mut text = serde_json::to_string_pretty(&written).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Adds a finding about a file. Errors and secrets are not added, so that nobody gets used to
    /// them. Returns whether the finding was added.
    pub fn add(&mut self, file: &str, finding: &Diagnostic, fingerprint: &str) -> bool {
        let known = finding.code.severity != Severity::Error && finding.code.name != "secret-in-policy";
        if known {
            self.entries.insert(entry(file, finding, fingerprint));
        }
        known
    }

    /// Whether a finding about a file is known.
    pub fn knows(&mut self, file: &str, finding: &Diagnostic, fingerprint: &str) -> bool {
        let entry = entry(file, finding, fingerprint);
        let known = self.entries.contains(&entry);
        if known {
            self.met.insert(entry);
        }
        known
    }

    /// How many findings it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many of its findings about a file were not found again.
    #[must_use]
    pub fn gone(&self, file: &str) -> usize {
        self.entries.difference(&self.met).filter(|entry| entry.file == file).count()
    }
}

fn entry(file: &str, finding: &Diagnostic, fingerprint: &str) -> Entry {
    Entry { file: file.to_owned(), rule: finding.code.name.to_owned(), fingerprint: fingerprint.to_owned() }
}

//! The last lines about findings: how many there are, and what could be fixed or was.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Applicability, Diagnostic, Severity, visible};
use crate::report::words::count;

/// `2 errors and 1 warning`
#[must_use]
pub fn of_kinds<'d>(found: impl Iterator<Item = &'d Diagnostic>) -> String {
    let mut summary = Summary::default();
    found.for_each(|finding| summary.count(finding));
    summary.kinds()
}

/// What was found in some files, in numbers.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    files: usize,
    /// The name of the file, if it is one.
    file: Option<String>,
    errors: usize,
    warnings: usize,
    /// How many findings have a fix that changes no decision.
    safe: usize,
    /// How many have only other fixes.
    risky: usize,
}

impl Summary {
    /// Adds a file and what was found in it.
    pub fn add(&mut self, file: &str, found: &[Diagnostic]) {
        self.file = (self.files == 0).then(|| file.to_owned());
        self.files += 1;
        found.iter().for_each(|finding| self.count(finding));
    }

    /// Adds what was found in other files.
    pub fn join(&mut self, other: Self) {
        let Self { files, file, errors, warnings, safe, risky } = other;
        self.file = if self.files == 0 { file } else { None };
        self.files += files;
        self.errors += errors;
        self.warnings += warnings;
        self.safe += safe;
        self.risky += risky;
    }

    fn count(&mut self, finding: &Diagnostic) {
        match finding.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
            Severity::Info => {}
        }
        match finding.fixes.iter().map(|fix| fix.applicability).min() {
            Some(Applicability::Safe) => self.safe += 1,
            Some(Applicability::Unsafe) => self.risky += 1,
            None => {}
        }
    }

    /// Whether there is an error among it.
    #[must_use]
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// `2 errors and 1 warning`
    #[must_use]
    pub fn kinds(&self) -> String {
        match (self.errors, self.warnings) {
            (0, 0) => "no problems".to_owned(),
            (0, warnings) => count(warnings, "warning"),
            (errors, 0) => count(errors, "error"),
            (errors, warnings) => format!("{} and {}", count(errors, "error"), count(warnings, "warning")),
        }
    }

    /// The last lines about all of it, with `known` more findings of a baseline, and what could be fixed unless it was.
    #[must_use]
    pub fn closing(&self, known: usize, fixed: bool) -> String {
        let files = match &self.file {
            Some(file) => visible(file).into_owned(),
            None => format!("{} files", self.files),
        };
        let mut text = format!("{files}: {}", self.kinds());
        if known > 0 {
            text.push_str(&format!(", and {known} of the baseline"));
        }
        text.push('\n');
        let more = match (self.safe, self.risky) {
            (0, 0) => None,
            (safe, 0) => Some(format!("{safe} can be fixed with `--fix`")),
            (0, risky) => Some(format!("{risky} can be fixed with `--fix --unsafe-fixes`")),
            (safe, risky) => {
                Some(format!("{safe} can be fixed with `--fix`, {risky} more with `--fix --unsafe-fixes`"))
            }
        };
        match more.filter(|_| !fixed) {
            Some(more) => text + &more + "\n",
            None => text,
        }
    }
}

/// How many findings of each kind were fixed in a file, or `would be `, and which were left alone.
#[must_use]
pub fn applied(file: &str, would: &str, applied: &BTreeMap<&str, usize>, refused: &BTreeSet<&str>) -> String {
    let name = visible(file);
    let mut text = String::new();
    if !applied.is_empty() {
        let kinds: Vec<String> = applied.iter().map(|(name, count)| format!("{count} {name}")).collect();
        text.push_str(&format!("{name}: {would}fixed: {}\n", kinds.join(", ")));
    }
    if !refused.is_empty() {
        let names: Vec<&str> = refused.iter().copied().collect();
        let names = names.join(", ");
        text.push_str(&format!("{name}: not fixed, as it could not be proved to change no decision: {names}\n"));
    }
    text
}

//! The last lines about findings: how many there are, and what could be fixed or was.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Applicability, Diagnostic, Severity, visible};
use crate::report::words::count;

/// `2 errors and 1 warning`
#[must_use]
pub fn of_kinds<'d>(found: impl Iterator<Item = &'d Diagnostic> + Clone) -> String {
    let number = |severity| found.clone().filter(|diagnostic| diagnostic.severity == severity).count();
    match (number(Severity::Error), number(Severity::Warning)) {
        (0, 0) => "no problems".to_owned(),
        (0, warnings) => count(warnings, "warning"),
        (errors, 0) => count(errors, "error"),
        (errors, warnings) => format!("{} and {}", count(errors, "error"), count(warnings, "warning")),
    }
}

/// What was found in some files, `known` more of a baseline, and what of it could be fixed unless it was.
#[must_use]
pub fn closing(files: &[&str], found: &[&Diagnostic], known: usize, fixed: bool) -> String {
    let files = match files {
        [file] => visible(file).into_owned(),
        files => format!("{} files", files.len()),
    };
    let mut text = format!("{files}: {}", of_kinds(found.iter().copied()));
    if known > 0 {
        text.push_str(&format!(", and {known} of the baseline"));
    }
    text.push('\n');
    let fixable = |kind: Applicability| {
        found.iter().filter(|finding| finding.fixes.iter().map(|fix| fix.applicability).min() == Some(kind)).count()
    };
    let more = match (fixable(Applicability::Safe), fixable(Applicability::Unsafe)) {
        (0, 0) => None,
        (safe, 0) => Some(format!("{safe} can be fixed with `--fix`")),
        (0, risky) => Some(format!("{risky} can be fixed with `--fix --unsafe-fixes`")),
        (safe, risky) => Some(format!("{safe} can be fixed with `--fix`, {risky} more with `--fix --unsafe-fixes`")),
    };
    match more.filter(|_| !fixed) {
        Some(more) => text + &more + "\n",
        None => text,
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

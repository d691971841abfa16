//! What selects nothing in any policy of one run.
//!
//! A glob or set of an imported file that a catalogue has no tool for is information: the file is written for many catalogues. What
//! is dead wherever it is imported protects nobody, and is a warning at the first `import`.

use std::collections::BTreeMap;

use policyc_core::diagnostics::{Diagnostic, Severity, quote};
use policyc_core::sema::Analysis;
use policyc_core::source::SourceMap;

/// What is said of one file of a run, its levels applied.
pub(super) struct FileFindings<'a> {
    /// Whether it was read as a policy without errors: of another it is not known what selects nothing.
    pub(super) is_policy: bool,
    pub(super) sources: &'a SourceMap,
    pub(super) found: &'a mut [Diagnostic],
}

/// How many policies of a run import each file.
#[derive(Default)]
pub(super) struct Importers(BTreeMap<String, usize>);

impl Importers {
    /// Counts the files that a policy imports.
    pub(super) fn add(&mut self, imports: &[String]) {
        for name in imports {
            *self.0.entry(name.clone()).or_default() += 1;
        }
    }

    /// Makes what is dead in every policy of the run that imports it, and in two at least, a warning, or an error where all warnings are.
    /// Findings stay where they are. Files without such findings may be left out; all policies must have been counted.
    pub(super) fn dead_in_all(&self, files: &mut [FileFindings<'_>], deny_warnings: bool) {
        // By the file and the bytes in it, where it was found: the file of the run, and the finding there.
        let mut dead: BTreeMap<(String, u32, u32), BTreeMap<usize, usize>> = BTreeMap::new();
        for (at, file) in files.iter().enumerate().filter(|(_, file)| file.is_policy) {
            for (index, finding) in file.found.iter().enumerate() {
                let Some(place) = finding.moved_from() else { continue };
                let key = (file.sources.name(place.file).to_owned(), place.start, place.end);
                dead.entry(key).or_default().entry(at).or_insert(index);
            }
        }
        for ((name, ..), found) in dead {
            let all = self.0.get(&name).copied().unwrap_or_default();
            let Some((at, index)) = found.first_key_value().filter(|_| all > 1 && found.len() == all) else { continue };
            let Some(finding) = files.get_mut(*at).and_then(|file| file.found.get_mut(*index)) else { continue };
            finding
                .message
                .push_str(&format!(", and so it is in each of the {all} policies here that import {}", quote(&name)));
            warn(finding, deny_warnings);
        }
    }
}

/// The names of the files that a policy imports, each once.
pub(super) fn imports(analysis: &Analysis) -> Vec<String> {
    let files = analysis.files().map(|(file, _)| file).filter(|file| *file != analysis.main);
    let mut names: Vec<String> = files.map(|file| analysis.sources.name(file).to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether another file of the run may turn one of these findings into a warning.
pub(super) fn may_change(found: &[Diagnostic]) -> bool {
    found.iter().any(|finding| finding.moved_from().is_some())
}

/// Makes information about what selects nothing a warning, or an error where all warnings are.
pub(super) fn warn(finding: &mut Diagnostic, deny_warnings: bool) {
    finding.severity = if deny_warnings { Severity::Error } else { Severity::Warning };
    let keep = format!("// policyc: allow({}) REASON", finding.code.name);
    finding.help = Some(format!("correct or remove it where it stands, or keep it with `{keep}` above it"));
}

//! Linting many files at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::cli::args::PolicyArgs;
use crate::cli::check;
use crate::cli::files::{self, Disk};
use crate::cli::policy::{self, Loaded, Place, chosen};
use crate::diagnostics::{Applicability, Code, Diagnostic};
use crate::fixes::{self, Fixed, Looked};
use crate::lint::baseline::fingerprints;
use crate::lint::{self, Levels, Named};
use crate::render;
use crate::sema::{Analysis, MAX_POLICY};
use crate::source::Span;

/// A file to lint.
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// Its bytes, if they were read already.
    pub(super) bytes: Option<Vec<u8>>,
}

/// What is asked for.
pub(super) struct Wish {
    pub(super) select: Option<Vec<Named>>,
    pub(super) ignore: Vec<Named>,
    pub(super) deny: Vec<Named>,
    pub(super) deny_warnings: bool,
    /// Which fixes are applied.
    pub(super) fix: Option<Applicability>,
}

/// A file that was linted.
pub(super) struct Linted {
    pub(super) path: PathBuf,
    /// The file as it is, or as it is once it is fixed.
    pub(super) loaded: Loaded,
    /// What was found.
    pub(super) found: Vec<Diagnostic>,
    /// The fingerprint of each finding, where the report has them.
    pub(super) prints: Vec<String>,
    /// What fixing it changes.
    pub(super) change: Option<Change>,
}

impl Linted {
    /// How people call the file.
    pub(super) fn name(&self) -> &str {
        self.loaded.analysis.sources.name(self.loaded.analysis.main)
    }

    /// Computes the fingerprints for a report.
    pub(super) fn print(&mut self) {
        let path = render::report_path(self.name());
        self.prints = fingerprints(&self.found, &self.loaded.analysis, &path);
    }
}

/// What fixing a file changes.
pub(super) struct Change {
    pub(super) old: String,
    pub(super) new: String,
    /// How many findings of each name were fixed.
    pub(super) applied: BTreeMap<&'static str, usize>,
    /// The names of findings whose fixes were left out.
    pub(super) refused: BTreeSet<&'static str>,
}

/// Lints files, as many at once as there are processors; results come in the order of the files.
pub(super) fn lint(inputs: Vec<Input>, source: &PolicyArgs, wish: &Wish) -> Vec<Result<Linted, String>> {
    let worker = Worker { source, wish, disk: Disk::default() };
    match inputs.len() {
        // Threads cost more than they save.
        0 | 1 => inputs.into_iter().map(|input| worker.one(input)).collect(),
        _ => inputs.into_par_iter().map(|input| worker.one(input)).collect(),
    }
}

struct Worker<'a> {
    source: &'a PolicyArgs,
    wish: &'a Wish,
    disk: Disk,
}

impl Worker<'_> {
    fn one(&self, input: Input) -> Result<Linted, String> {
        let Input { path, bytes } = input;
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => files::read(&path).map_err(|reason| format!("cannot read `{}`: {reason}", path.display()))?,
        };
        if std::str::from_utf8(&bytes).is_err() || bytes.len() > MAX_POLICY {
            let loaded = policy::load_bytes(&path, bytes, None, self.source)?;
            let found = loaded.settle(loaded.analysis.diagnostics.clone(), &loaded.config.levels, &|_| false);
            return Ok(Linted { path, loaded, found, prints: Vec::new(), change: None });
        }
        let text = String::from_utf8(bytes).unwrap_or_default();
        let place = Place::find(&path, None, self.source)?;
        let levels = self.wish.levels(&place.config.levels);
        let look = |text: &str| {
            let analysis = place.analyze(text, &self.disk);
            let found = self.findings(&analysis, &levels);
            Looked { analysis, found }
        };
        let (looked, change) = match self.wish.fix {
            None => (look(&text), None),
            Some(most) => {
                let Fixed { text: new, applied, refused, looked } = fixes::fix(&text, most, &look);
                (looked, Some(Change { old: text, new, applied, refused }))
            }
        };
        let loaded = Loaded { analysis: looked.analysis, config: place.config };
        Ok(Linted { path, loaded, found: looked.found, prints: Vec::new(), change })
    }

    /// What is said of a file, settled.
    fn findings(&self, analysis: &Analysis, levels: &Levels) -> Vec<Diagnostic> {
        let mut found = analysis.diagnostics.clone();
        if let Some(checked) = &analysis.checked {
            match chosen(checked, self.source.policy.as_deref(), Span::new(analysis.main, 0, 0)) {
                Ok(policies) => {
                    found.extend(policies.iter().flat_map(|policy| crate::assertions::check(policy)));
                    found.extend(lint::check_policies(analysis, &policies, &|code| levels.wants(code)));
                }
                Err(error) => found.push(*error),
            }
        }
        // Findings of a file with errors were not all looked for, so that a suppression may seem to be unused.
        let looked_for = |code: &Code| {
            levels.wants(code) && (analysis.checked.is_some() || !check::is_lint(code)) && !check::is_compiled(code)
        };
        let mut found = policy::settle(analysis, found, levels, &looked_for);
        // Rules that several policies share are reported by each.
        found.dedup();
        found
    }
}

impl Wish {
    /// The levels of a file whose configuration has these.
    fn levels(&self, configured: &Levels) -> Levels {
        let mut levels = configured.clone();
        levels.select.clone_from(&self.select);
        levels.ignore.clone_from(&self.ignore);
        levels.deny.clone_from(&self.deny);
        levels.deny_warnings = self.deny_warnings;
        levels
    }
}

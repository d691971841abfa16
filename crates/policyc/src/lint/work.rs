//! Linting many files at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::args::PolicyArgs;
use crate::dead_everywhere::{imports, may_change};
use crate::files::{self, Disk};
use crate::many;
use crate::policy::{self, PolicyFile, chosen};
use crate::printing::Pieces;
use policyc_core::diagnostics::{Applicability, Diagnostic};
use policyc_core::findings::{self, Depth, Wanted};
use policyc_core::fix_proof;
use policyc_core::fixes::{self, Fixed, Looked};
use policyc_core::ir::Policy;
use policyc_core::lint::baseline::fingerprints;
use policyc_core::lint::{Levels, Named};
use policyc_core::report;
use policyc_core::report::findings::Summary;
use policyc_core::sema::{Analysis, MAX_POLICY};
use policyc_core::source::{SourceMap, Span};

/// A file to lint.
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// Its bytes, if they were read already.
    pub(super) bytes: Option<Vec<u8>>,
    /// Whether another file of the run imports it.
    pub(super) is_part: bool,
}

/// What is asked for.
pub(super) struct Wish {
    pub(super) select: Option<Vec<Named>>,
    pub(super) ignore: Vec<Named>,
    pub(super) deny: Vec<Named>,
    pub(super) deny_warnings: bool,
    /// Which fixes are applied.
    pub(super) fix: Option<Applicability>,
    /// Whether the report has fingerprints.
    pub(super) prints: bool,
    /// The baseline that is read or written.
    pub(super) baseline: Option<PathBuf>,
    /// The names of targets that shall hold the policies.
    pub(super) targets: Vec<String>,
    /// How findings are printed, if that needs nothing but the findings about one file.
    pub(super) pieces: Option<Pieces>,
}

/// A file that was linted: what is said of it. The analysis is not kept, nor texts that no finding is about, as there may be thousands of
/// files.
pub(super) struct Linted {
    pub(super) path: PathBuf,
    /// How people call it.
    pub(super) name: String,
    /// Whether it is a policy without errors.
    pub(super) is_policy: bool,
    /// What findings point into: the file as it is, or as it is once it is fixed, and others.
    pub(super) sources: SourceMap,
    /// What was found.
    pub(super) found: Vec<Diagnostic>,
    /// The fingerprint of each finding, where the report has them.
    pub(super) prints: Vec<String>,
    /// How the baseline calls the file, and the fingerprint of each finding there.
    pub(super) known: Option<(String, Vec<String>)>,
    /// What fixing it changes.
    pub(super) change: Option<Change>,
    /// The names of the files that a policy without errors imports.
    pub(super) imports: Vec<String>,
    /// What is printed, and its numbers, unless another file of the run may change it; then no findings are kept.
    pub(super) drawn: Option<(String, Summary)>,
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
pub(super) fn lint(
    inputs: Vec<Input>,
    source: &PolicyArgs,
    wish: &Wish,
    take: impl FnMut(Result<Linted, String>) -> Result<(), String>,
) -> Result<(), String> {
    let worker = Worker { source, wish, disk: policy::disk(source)? };
    many::in_order(inputs, |input| worker.one(input).map(|linted| worker.lighten(linted)), take)
}

struct Worker<'a> {
    source: &'a PolicyArgs,
    wish: &'a Wish,
    disk: Disk,
}

impl Worker<'_> {
    fn one(&self, input: Input) -> Result<Linted, String> {
        let Input { path, bytes, is_part } = input;
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => files::read(&path, MAX_POLICY)?,
        };
        if std::str::from_utf8(&bytes).is_err() {
            let loaded = policy::load_bytes(&path, bytes, None, self.source)?;
            let found = loaded.settle(loaded.analysis.diagnostics.clone(), &loaded.config.levels, &|_| false);
            return Ok(self.linted(path, loaded.analysis, found, None));
        }
        let text = String::from_utf8(bytes).unwrap_or_default();
        let place = PolicyFile::find(&path, None, self.source)?;
        let levels = self.wish.levels(&place.config.levels, is_part);
        let mut targets = policy::targets(&self.wish.targets, &place.config)?;
        targets.retain(|_| !is_part);
        let wanted = Wanted { depth: Depth::Lint, targets: &targets, settings: &place.config.options };
        let look = |text: &str| {
            let analysis = place.analyze(text, &self.disk);
            let found = self.findings(&analysis, &levels, wanted, false);
            Looked { analysis, found }
        };
        let (looked, change) = match self.wish.fix {
            None => {
                let analysis = place.analyze(&text, &self.disk);
                let found = self.findings(&analysis, &levels, wanted, true);
                (Looked { analysis, found }, None)
            }
            Some(most) => {
                let Fixed { text: new, applied, refused, mut looked } = fixes::fix(&text, most, &look);
                fix_proof::demote(&mut looked.found, &looked.analysis, &|| false);
                (looked, Some(Change { old: text, new, applied, refused }))
            }
        };
        let linted = self.linted(path, looked.analysis, looked.found, change);
        // What a part of another file selects is asked where it is imported.
        Ok(Linted { is_policy: linted.is_policy && !is_part, ..linted })
    }

    /// What is kept of a file.
    fn linted(&self, path: PathBuf, analysis: Analysis, found: Vec<Diagnostic>, change: Option<Change>) -> Linted {
        let name = analysis.sources.name(analysis.main).to_owned();
        let prints = match self.wish.prints {
            true => fingerprints(&found, &analysis, &report::findings::path(&name)),
            false => Vec::new(),
        };
        let known = self.wish.baseline.as_ref().map(|baseline| {
            let name = files::name_from(baseline, &path);
            let prints = fingerprints(&found, &analysis, &name);
            (name, prints)
        });
        let is_policy = analysis.checked.is_some();
        let imports = imports(&analysis);
        let sources = analysis.sources;
        Linted { path, name, is_policy, sources, found, prints, known, change, imports, drawn: None }
    }

    /// Gives up what is not needed any more.
    fn lighten(&self, mut linted: Linted) -> Linted {
        if !linted.is_policy {
            linted.imports = Vec::new();
        }
        match self.wish.pieces.filter(|_| !may_change(&linted.found)) {
            Some(pieces) => {
                let mut summary = Summary::default();
                summary.add(&linted.name, &linted.found);
                linted.drawn = Some((pieces.of(&linted.found, &linted.sources), summary));
                linted.found = Vec::new();
                linted.sources = SourceMap::default();
            }
            None => {
                let places: Vec<Span> = linted.found.iter().flat_map(Diagnostic::places).collect();
                linted.sources.keep_texts(&|file| places.iter().any(|place| place.file == file));
            }
        }
        linted
    }

    /// What is said of a file, settled; with safe fixes that are proved, or as they are offered.
    fn findings(&self, analysis: &Analysis, levels: &Levels, wanted: Wanted<'_>, proved: bool) -> Vec<Diagnostic> {
        let of = if proved { findings::of_unless } else { findings::with_offers };
        let of = |policies: &[&Policy]| of(analysis, policies, levels, wanted, &|| false).unwrap_or_default();
        let Some(checked) = &analysis.checked else { return of(&[]) };
        match chosen(checked, self.source.policy.as_deref(), Span::new(analysis.main, 0, 0)) {
            Ok(policies) => of(&policies),
            Err(error) => {
                let found = analysis.diagnostics.iter().cloned().chain([*error]).collect();
                findings::settle(analysis, found, levels, &findings::looked_for(analysis, levels, wanted))
            }
        }
    }
}

impl Wish {
    /// The levels of a file whose configuration has these.
    fn levels(&self, configured: &Levels, is_part: bool) -> Levels {
        let mut levels = configured.clone();
        levels.select.clone_from(&self.select);
        levels.ignore.clone_from(&self.ignore);
        levels.deny.clone_from(&self.deny);
        levels.deny_warnings = self.deny_warnings;
        levels.is_part = is_part;
        levels
    }
}

//! Checking one file of a run.

use std::path::{Path, PathBuf};

use super::baseline::Baseline;
use crate::args::{CheckOptions, Deny, Format};
use crate::dead_everywhere::{FileFindings, imports, may_change};
use crate::files::{self, Disk};
use crate::policy::{self, Loaded, chosen};
use crate::printing::Pieces;
use crate::{Exit, keep};
use policyc_core::diagnostics::{Diagnostic, visible};
use policyc_core::emit::Target;
use policyc_core::findings::{self, Depth, Wanted};
use policyc_core::report;
use policyc_core::sema::MAX_POLICY;
use policyc_core::source::{SourceMap, Span};

/// A file to check.
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// Its bytes, or why there are none, if it was read already.
    pub(super) bytes: Option<Result<Vec<u8>, String>>,
    /// Whether another file of the run imports it.
    pub(super) is_part: bool,
}

/// What came of a file.
#[derive(Default)]
pub(super) struct Done {
    pub(super) checked: Option<Checked>,
    /// What the assertions of the baseline say of it.
    pub(super) asserted: Vec<Diagnostic>,
    /// Why it could not be checked.
    pub(super) error: Option<String>,
}

/// A file that was checked. Of several files the analysis is not kept, as they may be many, nor texts that no finding is about.
pub(super) struct Checked {
    name: String,
    is_policy: bool,
    /// The names of the files that a policy without errors imports.
    pub(super) imports: Vec<String>,
    sources: SourceMap,
    pub(super) found: Vec<Diagnostic>,
    /// What is printed, unless another file of the run may change it; then nothing else is kept.
    pub(super) drawn: Option<Drawn>,
}

/// What is printed about a file.
#[derive(Clone)]
pub(super) struct Drawn {
    pub(super) text: String,
    pub(super) exit: Exit,
}

impl Checked {
    pub(super) fn said(&mut self) -> FileFindings<'_> {
        let Self { is_policy, sources, found, .. } = self;
        FileFindings { is_policy: *is_policy, sources, found }
    }

    /// What is printed about it.
    pub(super) fn draw(self, pieces: Pieces) -> Drawn {
        let Self { name, sources, found, drawn, .. } = self;
        drawn.unwrap_or_else(|| {
            let mut text = pieces.of(&found, &sources);
            if pieces.format == Format::Human {
                text.push_str(&format!("{}: {}\n", visible(&name), report::findings::of_kinds(found.iter())));
            }
            let exit = if found.iter().any(Diagnostic::is_error) { Exit::Findings } else { Exit::Fine };
            Drawn { text, exit }
        })
    }

    /// Gives up what is not needed any more.
    fn lighten(mut self, pieces: Pieces) -> Self {
        if may_change(&self.found) {
            let places: Vec<Span> = self.found.iter().flat_map(Diagnostic::places).collect();
            self.sources.keep_texts(&|file| places.iter().any(|place| place.file == file));
            return self;
        }
        let (name, imports, is_policy) = (self.name.clone(), std::mem::take(&mut self.imports), self.is_policy);
        let drawn = Some(self.draw(pieces));
        Self { name, is_policy, imports, sources: SourceMap::default(), found: Vec::new(), drawn }
    }
}

/// What all files of a run share.
pub(super) struct Worker<'a> {
    pub(super) options: &'a CheckOptions,
    pub(super) baseline: Option<&'a Baseline>,
    pub(super) pieces: Pieces,
    pub(super) disk: Disk,
    /// Whether it is the only file of the run.
    pub(super) alone: bool,
}

impl Worker<'_> {
    /// Checks one file.
    pub(super) fn one(&self, input: Input) -> Done {
        let mut done = Done::default();
        if let Err(message) = self.file(input, &mut done) {
            done.error = Some(message);
        }
        done.checked = done.checked.map(|checked| checked.lighten(self.pieces));
        done
    }

    fn file(&self, input: Input, done: &mut Done) -> Result<(), String> {
        let Input { path, bytes, is_part } = input;
        let bytes = bytes.unwrap_or_else(|| files::read(&path, MAX_POLICY))?;
        let Some(baseline) = self.baseline else { return self.policy(&path, bytes, is_part, done) };
        match files::content(&path, &bytes)? {
            files::Content::Policy => self.policy(&path, bytes, is_part, done),
            files::Content::Document(document) => {
                let server = self.options.server.as_deref();
                done.asserted = baseline.artefact(document.as_ref(), &files::shown(&path), server)?;
                Ok(())
            }
            files::Content::Refused(refused) => {
                let files::Refused { sources, found, message } = *refused;
                let name = files::shown(&path);
                done.checked =
                    Some(Checked { name, is_policy: false, imports: Vec::new(), sources, found, drawn: None });
                Err(message)
            }
        }
    }

    fn policy(&self, path: &Path, bytes: Vec<u8>, is_part: bool, done: &mut Done) -> Result<(), String> {
        let options = self.options;
        let loaded = policy::load_shared(path, bytes, &options.source, &self.disk)?;
        let targets = policy::targets(&options.target, &loaded.config)?;
        let Loaded { analysis, config, .. } = &loaded;
        let wanted = Wanted { depth: Depth::Check, targets: &targets, settings: &config.options };
        let mut found = analysis.diagnostics.clone();
        if let Some(checked) = &analysis.checked {
            match chosen(checked, options.source.policy.as_deref(), Span::new(analysis.main, 0, 0)) {
                Ok(policies) => {
                    found.extend(findings::of_policies(analysis, &policies));
                    if !is_part {
                        found.extend(findings::of_targets(&policies, wanted, &|| false));
                    }
                    if let Some(baseline) = self.baseline {
                        let file = analysis.sources.name(analysis.main);
                        let asserted =
                            policies.iter().map(|policy| baseline.policy(policy, file, checked.has_blocks()));
                        done.asserted = asserted.flatten().collect();
                    }
                }
                Err(error) => found.push(*error),
            }
        }
        done.checked = Some(settle(&loaded, found, is_part, &targets, options.deny));
        if self.alone {
            keep(loaded.analysis);
        }
        Ok(())
    }
}

/// Applies suppressions and levels to the findings about a file.
pub(super) fn settle(
    loaded: &Loaded,
    found: Vec<Diagnostic>,
    is_part: bool,
    targets: &[&'static Target],
    deny: Option<Deny>,
) -> Checked {
    let mut levels = loaded.levels(deny);
    levels.is_part = is_part;
    let wanted = Wanted { targets, ..Depth::Check.into() };
    let found = loaded.settle(found, &levels, &|code| wanted.has(code) && !levels.leaves(code));
    let analysis = &loaded.analysis;
    let name = analysis.sources.name(analysis.main).to_owned();
    // What a part of another file selects is asked where it is imported.
    let is_policy = analysis.checked.is_some() && !is_part;
    let imports = if is_policy { imports(analysis) } else { Vec::new() };
    Checked { name, is_policy, imports, sources: analysis.sources.clone(), found, drawn: None }
}

//! The first step of analysis: files, imports and catalogues, before statements are checked.

use std::path::Path;
use std::sync::Arc;

use super::assemble::{self, Purpose, assemble};
use super::imports::{self, Units};
use super::known_tools::KnownTools;
use super::load::{self, Loader};
use super::{Analysis, Options, catalogues};
use crate::diagnostics::{self, Diagnostic, NoErrors};
use crate::source::{FileId, SourceMap};
use crate::syntax::ast::ItemKind;

/// A policy that was read with all that it names, its statements not looked at: who helps with typing asks for no more.
#[derive(Debug)]
pub struct Survey {
    /// How a policy without blocks is called.
    name: String,
    analysis: Analysis,
}

/// Reads a policy. `name` is how diagnostics call the file, `path` what its imports are relative to.
pub fn survey(name: &str, path: &Path, text: &str, options: &Options, loader: &dyn Loader) -> Survey {
    let mut sources = SourceMap::default();
    let main = sources.add(name, text);
    let mut found = Vec::new();
    let mut reader = load::Reader { sources: &mut sources, loader, diagnostics: &mut found };
    let mut units = imports::read_all(&mut reader, main, text, path);
    let question = options.question.as_ref().map(|question| units.ask(&mut reader, question));
    let declared = assemble::declared_servers(&units, reader.diagnostics);
    let loaded = catalogues::load(&mut reader, &units, declared, options, main);
    let known_tools = match loaded.servers.is_empty() {
        true => Arc::new(assemble::named(&units, loaded.broken)),
        false => {
            let same = |known: &KnownTools| known.is_of(&loaded.servers, loaded.broken);
            let known = loader.cache().and_then(|cache| cache.known_tools(&same));
            known.unwrap_or_else(|| {
                let new = Arc::new(KnownTools::of_catalogues(loaded.servers, loaded.broken));
                loader.cache().iter().for_each(|cache| cache.share_known_tools(&new));
                new
            })
        }
    };
    let mut survey = Survey::new(policy_name(name, path), sources, main, question, units, known_tools, found);
    survey.analysis.baseline = options.baseline;
    survey.analysis.drift = loaded.drift;
    survey
}

impl Survey {
    pub(super) fn new(
        name: String,
        sources: SourceMap,
        main: FileId,
        question: Option<FileId>,
        units: Units,
        known_tools: Arc<KnownTools>,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        let Units { units, items: order } = units;
        let analysis = Analysis {
            sources,
            main,
            question,
            baseline: false,
            diagnostics,
            units,
            order,
            known_tools,
            drift: Vec::new(),
            checked: None,
        };
        Self { name, analysis }
    }

    /// What is known, in the form that it has for a text with errors: there are no policies, and of mistakes only those that
    /// were found while reading.
    #[must_use]
    pub const fn as_analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// Looks at the statements.
    #[must_use]
    pub fn complete(&self) -> Analysis {
        let Analysis { sources, main, question, baseline, diagnostics, units, order, known_tools, drift, checked: _ } =
            &self.analysis;
        let mut found = diagnostics.clone();
        let policies = assemble(&self.analysis, Purpose::Policies, &self.name, &mut found);
        diagnostics::sort(&mut found);
        Analysis {
            sources: sources.clone(),
            main: *main,
            question: *question,
            baseline: *baseline,
            checked: NoErrors::check(&found).map(|proof| policies.finish(known_tools, proof)),
            diagnostics: found,
            units: units.clone(),
            order: order.clone(),
            known_tools: Arc::clone(known_tools),
            drift: drift.clone(),
        }
    }

    /// What [`Survey::complete`] would report. No policy is made, and statements that were right before are passed over.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Diagnostic> {
        let mut found = self.analysis.diagnostics.clone();
        assemble(&self.analysis, Purpose::Mistakes, &self.name, &mut found);
        diagnostics::sort(&mut found);
        found
    }

    /// Whether a statement claims something of the policy.
    #[must_use]
    pub fn has_assertions(&self) -> bool {
        let mut items = self.analysis.units.iter().flat_map(|unit| &unit.parse.file.items);
        items.any(|item| match &item.kind {
            ItemKind::Policy { items, .. } => items.iter().any(|item| matches!(item.kind, ItemKind::Assert(_))),
            kind => matches!(kind, ItemKind::Assert(_)),
        })
    }
}

/// The name of a policy without blocks: the file without folder and `.pol`.
fn policy_name(name: &str, path: &Path) -> String {
    match path.file_stem() {
        Some(stem) if name != "<stdin>" => stem.to_string_lossy().into_owned(),
        _ => "stdin".to_owned(),
    }
}

//! Reading the policy that a command is about.

use std::path::{Path, PathBuf};

use super::args::{Deny, Format, PolicyArgs};
use super::files::{Disk, is_stdin, read_input};
use super::printing::{To, print_findings};
use super::{Streams, config};
use policyc_core::config::Config;
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::diagnostics::{Code, Diagnostic, codes, quote};
use policyc_core::diff;
use policyc_core::disk;
use policyc_core::emit::{self, Target};
use policyc_core::findings;
use policyc_core::ir::Policy;
use policyc_core::lint::Levels;
use policyc_core::sema::{
    self, Analysis, CatalogueOption, Checked, Loader, LockOption, LockView, MAX_POLICY, Options, Survey,
};
use policyc_core::source::{SourceMap, Span};

/// A policy file, analysed, with the configuration that holds for it.
pub(super) struct Loaded {
    pub(super) analysis: Analysis,
    pub(super) config: Config,
}

/// Reads and analyses a policy file. Findings are in the analysis, levels and suppressions not yet applied.
pub(super) fn load(file: &Path, arguments: &PolicyArgs, streams: &mut Streams<'_>) -> Result<Loaded, String> {
    load_with(file, None, arguments, streams)
}

/// Reads and analyses a policy file together with a question about it.
pub(super) fn load_with(
    file: &Path,
    question: Option<&str>,
    arguments: &PolicyArgs,
    streams: &mut Streams<'_>,
) -> Result<Loaded, String> {
    let bytes = read_input(file, MAX_POLICY, streams)?;
    load_bytes(file, bytes, question, arguments)
}

/// Analyses the bytes of a policy file; see [`load_with`].
pub(super) fn load_bytes(
    file: &Path,
    bytes: Vec<u8>,
    question: Option<&str>,
    arguments: &PolicyArgs,
) -> Result<Loaded, String> {
    analysed(PolicyFile::find(file, question, arguments)?, bytes, arguments)
}

/// Reads and analyses a file whose assertions are decided for other policies.
pub(super) fn load_baseline(file: &Path, arguments: &PolicyArgs, streams: &mut Streams<'_>) -> Result<Loaded, String> {
    let bytes = read_input(file, MAX_POLICY, streams)?;
    let mut place = PolicyFile::find(file, None, arguments)?;
    place.options.baseline = true;
    analysed(place, bytes, arguments)
}

fn analysed(place: PolicyFile, bytes: Vec<u8>, arguments: &PolicyArgs) -> Result<Loaded, String> {
    let disk = Disk::naming(catalogue_options(&arguments.catalogue)?);
    Ok(analysed_from(&disk, place, bytes))
}

/// Analyses the bytes of a policy file, and says what else was read for it.
#[cfg(feature = "enforce")]
pub(super) fn load_recorded(
    file: &Path,
    bytes: Vec<u8>,
    arguments: &PolicyArgs,
) -> Result<(Loaded, Vec<super::files::Read>), String> {
    let disk = Disk::naming(catalogue_options(&arguments.catalogue)?).recording();
    let loaded = analysed_from(&disk, PolicyFile::find(file, None, arguments)?, bytes);
    Ok((loaded, disk.reads()))
}

fn analysed_from(disk: &Disk, place: PolicyFile, bytes: Vec<u8>) -> Loaded {
    let mut sources = SourceMap::default();
    let (main, error) = sema::decode(&mut sources, &place.name, bytes);
    let analysis = match (error, sources.get(main)) {
        (None, Some(source)) => place.analyze(source.text(), disk),
        (error, _) => Analysis {
            sources,
            main,
            question: None,
            diagnostics: error.into_iter().collect(),
            units: Vec::new(),
            order: Vec::new(),
            known_tools: std::sync::Arc::default(),
            drift: Vec::new(),
            checked: None,
            baseline: false,
        },
    };
    Loaded { analysis, config: place.config }
}

/// Where a policy file stands, and what is said of it outside of its text.
pub(super) struct PolicyFile {
    /// How people call it.
    pub(super) name: String,
    path: PathBuf,
    options: Options,
    pub(super) config: Config,
}

impl PolicyFile {
    /// Looks for the configuration of a file.
    pub(super) fn find(file: &Path, question: Option<&str>, arguments: &PolicyArgs) -> Result<Self, String> {
        let config = config::find(file)?;
        let name = if is_stdin(file) { "<stdin>".to_owned() } else { file.display().to_string() };
        let path = if is_stdin(file) { PathBuf::from("stdin.pol") } else { file.to_path_buf() };
        let options = Options {
            catalogues: config.catalogues_with(&catalogue_options(&arguments.catalogue)?),
            settings: config.settings.clone(),
            question: question.map(str::to_owned),
            lock: Some(lock_option(&config, &path, arguments.locked)),
            baseline: false,
        };
        Ok(Self { name, path, options, config })
    }

    /// Reads what a text that stands there names.
    pub(super) fn survey(&self, text: &str, loader: &dyn Loader) -> Survey {
        let options = Options { lock: None, ..self.options.clone() };
        sema::survey(&self.name, &self.path, text, &options, loader)
    }

    /// Where its lock is, or would be.
    pub(super) fn lock_path(&self) -> PathBuf {
        self.config.lock_path(&self.path)
    }

    /// Analyses a text that stands there.
    pub(super) fn analyze(&self, text: &str, loader: &dyn Loader) -> Analysis {
        let analyze = |options: &Options| sema::analyze(&self.name, &self.path, text, options, loader);
        let mut analysis = analyze(&self.options);
        if let Some(lock) = self.options.lock.as_ref().filter(|lock| lock.required && !analysis.drift.is_empty()) {
            let view = |view: LockView| {
                analyze(&Options { lock: Some(LockOption { view, ..lock.clone() }), ..self.options.clone() })
            };
            diff::drift::explain(&mut analysis, &view(LockView::Before), &view(LockView::After));
        }
        analysis
    }
}

/// The lock of a policy file.
fn lock_option(config: &Config, path: &Path, required: bool) -> LockOption {
    LockOption { path: config.lock_path(path), required, reviewed: config.reviewed, view: LockView::Used }
}

/// Catalogues as they are written on the command line: `[NAME=]PATH`.
pub(super) fn catalogue_options(written: &[String]) -> Result<Vec<CatalogueOption>, String> {
    let mut given = Vec::new();
    for written in written {
        let named = written.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains(['/', '\\', '.']));
        let (server, path) = match named {
            // A file may have `=` in its name.
            Some((name, path)) if !disk::is_taken(Path::new(written)) => (Some(name.to_owned()), path),
            _ => (None, written.as_str()),
        };
        if path.is_empty() {
            return Err(format!("`--catalogue {written}` names no file"));
        }
        given.push(CatalogueOption { server, path: PathBuf::from(path) });
    }
    Ok(given)
}

impl Loaded {
    /// Applies suppressions and levels to findings; of those that some other step adds, too. `ran` says which kinds of
    /// finding were looked for.
    pub(super) fn settle(
        &self,
        found: Vec<Diagnostic>,
        levels: &Levels,
        ran: &dyn Fn(&Code) -> bool,
    ) -> Vec<Diagnostic> {
        findings::settle(&self.analysis, found, levels, ran)
    }

    /// The levels of the configuration, and what a command says of warnings.
    pub(super) fn levels(&self, deny: Option<Deny>) -> Levels {
        let mut levels = self.config.levels.clone();
        levels.deny_warnings = deny == Some(Deny::Warnings);
        levels
    }
}

/// The targets that `--target` names, else those of the configuration; each once.
///
/// # Errors
/// There is no such target.
pub(super) fn targets(named: &[String], config: &Config) -> Result<Vec<&'static Target>, String> {
    let named = named.iter().map(|name| emit::named(name)).collect::<Result<Vec<_>, String>>()?;
    let mut targets = if named.is_empty() { config.targets.clone() } else { named };
    let mut seen = std::collections::BTreeSet::new();
    targets.retain(|target| seen.insert(target.name));
    Ok(targets)
}

/// The policies of a file that `--policy` names, all without it; the errors if there are some.
pub(super) fn without_errors<'a>(loaded: &'a Loaded, wanted: Option<&str>) -> Result<Vec<&'a Policy>, Vec<Diagnostic>> {
    let start = Span::new(loaded.analysis.main, 0, 0);
    let mut found = loaded.analysis.diagnostics.clone();
    let policies = match loaded.analysis.checked.as_ref().map(|checked| chosen(checked, wanted, start)) {
        Some(Ok(policies)) => policies,
        Some(Err(error)) => {
            found.push(*error);
            Vec::new()
        }
        None => Vec::new(),
    };
    let mut found = loaded.settle(found, &loaded.levels(None), &|code| findings::Depth::Check.has(code));
    found.retain(Diagnostic::is_error);
    if found.is_empty() { Ok(policies) } else { Err(found) }
}

/// Like [`without_errors`], but the errors are printed, and there is nothing.
pub(super) fn usable<'a>(
    loaded: &'a Loaded,
    wanted: Option<&str>,
    streams: &mut Streams<'_>,
) -> Result<Option<Vec<&'a Policy>>, String> {
    match without_errors(loaded, wanted) {
        Ok(policies) => Ok(Some(policies)),
        Err(found) => {
            print_findings(&found, &loaded.analysis.sources, Format::Human, To::Error, streams)?;
            Ok(None)
        }
    }
}

/// The one policy that decides calls; see [`usable`].
pub(super) fn one<'a>(
    loaded: &'a Loaded,
    wanted: Option<&str>,
    streams: &mut Streams<'_>,
) -> Result<Option<&'a Policy>, String> {
    usable(loaded, wanted, streams)?.map(|policies| only(&policies)).transpose()
}

/// The policy of a list that has no other.
pub(super) fn only<'a>(policies: &[&'a Policy]) -> Result<&'a Policy, String> {
    match policies {
        [policy] => Ok(policy),
        several => {
            let names: Vec<String> = several.iter().map(|policy| quote(&policy.name)).collect();
            Err(format!("the file has several policies ({}); name one with `--policy NAME`", names.join(", ")))
        }
    }
}

/// The policies that `--policy` names: all without it.
pub(super) fn chosen<'a>(
    checked: &'a Checked,
    wanted: Option<&str>,
    start: Span,
) -> Result<Vec<&'a Policy>, Box<Diagnostic>> {
    let Some(wanted) = wanted else { return Ok(checked.policies().iter().collect()) };
    let found: Vec<&Policy> = checked.policies().iter().filter(|policy| policy.name == wanted).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names = || checked.policies().iter().map(|policy| policy.name.as_str());
    let error = Diagnostic::new(codes::UNKNOWN_POLICY, start, format!("the file has no policy {}", quote(wanted)));
    Err(Box::new(match nearest(wanted, names()) {
        Some(near) => error.help(format!("did you mean {}?", quote(near))),
        None => error.help(format!("it has {}", names().map(quote).collect::<Vec<_>>().join(", "))),
    }))
}

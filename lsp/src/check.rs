//! The findings of the checker and the linter for one text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use policyc_core::config::{Config, FILE_NAME};
use policyc_core::diagnostics::{Diagnostic, codes};
use policyc_core::disk::{self, MAX_SETTINGS, Unreadable};
use policyc_core::findings::{self, Depth, Glance, Wanted};
use policyc_core::ir::Policy;
use policyc_core::lint::Levels;
use policyc_core::sema::{Analysis, Cache, Loader, LockOption, LockView, Options, Survey, survey};
use policyc_core::source::{Position, SourceMap, Span};

use crate::documents::Version;
use crate::files::{Files, Overlay};
use crate::settings::Settings;

/// A text, read with all that it names.
#[derive(Debug)]
pub(crate) struct Read {
    /// What was read.
    pub(crate) survey: Survey,
    /// What is said of findings.
    pub(crate) levels: Levels,
    /// The configuration.
    pub(crate) config: Config,
    /// What is wrong with the configuration, if something is.
    misconfigured: Option<Misconfigured>,
    /// The files that were asked for, those that do not exist among them, with their stamps from
    /// before they were read.
    pub(crate) files: BTreeMap<PathBuf, u64>,
}

/// A configuration that cannot be read.
#[derive(Debug)]
struct Misconfigured {
    /// Why, for people who look at a policy: a line for each mistake.
    why: String,
    /// The mistakes in the file, if its text can be shown.
    mistakes: Option<Mistakes>,
}

/// What is wrong with a configuration, at its places.
#[derive(Debug)]
pub(crate) struct Mistakes {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// What is wrong.
    pub(crate) found: Vec<Diagnostic>,
}

/// What `policyc check` says of a text.
#[derive(Debug, Clone)]
pub(crate) struct Findings {
    /// All that is said.
    pub(crate) found: Arc<Vec<Diagnostic>>,
    /// Whether the text has no errors.
    pub(crate) is_sound: bool,
}

/// A text, analysed.
#[derive(Debug)]
pub(crate) struct Checked {
    /// What it was made from.
    pub(crate) of: Arc<Read>,
    /// The analysis.
    pub(crate) analysis: Analysis,
    /// What is said.
    pub(crate) told: Findings,
}

/// What a text is checked with.
pub(crate) struct Surroundings<'a> {
    /// The open texts.
    pub(crate) overlay: &'a Overlay,
    /// Catalogues that were read.
    pub(crate) cache: &'a Cache,
    /// The editor's settings.
    pub(crate) settings: &'a Settings,
    /// The workspace folder that the file is in, else its own.
    pub(crate) folder: &'a Path,
}

/// Reads a text.
#[must_use]
pub(crate) fn read(version: &Version, with: &Surroundings<'_>) -> Read {
    let files = Files::new(with.overlay, with.cache);
    let (config, misconfigured) = match config(&version.path, &files) {
        Ok(config) => (config, None),
        Err(why) => (Config::default(), Some(why)),
    };
    let catalogues = config.catalogues_with(&with.settings.catalogues(with.folder));
    let lock = LockOption {
        path: config.lock_path(&version.path),
        required: false,
        reviewed: config.reviewed,
        view: LockView::Used,
    };
    let options =
        Options { catalogues, settings: config.settings.clone(), lock: Some(lock), question: None, baseline: false };
    let name = version.path.display().to_string();
    let survey = survey(&name, &version.path, &version.text, &options, &files);
    let levels = with.settings.levels(&config);
    Read { survey, levels, config, misconfigured, files: files.into_read() }
}

/// Checks a text.
#[must_use]
pub(crate) fn check(read: Arc<Read>) -> Checked {
    let analysis = read.survey.complete();
    let policies: Vec<&Policy> = analysis.policies().collect();
    let found = findings::of(&analysis, &policies, &read.levels, Depth::Check);
    let told = Findings { found: Arc::new(read.with_configuration(found)), is_sound: analysis.checked.is_some() };
    Checked { of: read, analysis, told }
}

impl Read {
    /// What is said of the text, if that can be found without its policies.
    #[must_use]
    pub(crate) fn tell(&self) -> Option<Findings> {
        let Glance { found, is_sound } = findings::at_a_glance(&self.survey, &self.levels)?;
        Some(Findings { found: Arc::new(self.with_configuration(found)), is_sound })
    }

    /// What the slower half of checking looks for.
    fn wanted(&self) -> Wanted<'_> {
        Wanted { depth: Depth::Lint, targets: &self.config.targets, settings: &self.config.options }
    }

    /// What is wrong in the configuration itself.
    #[must_use]
    pub(crate) fn mistakes(&self) -> Option<&Mistakes> {
        self.misconfigured.as_ref()?.mistakes.as_ref()
    }

    /// Adds what is wrong with the configuration, at the start of the file.
    fn with_configuration(&self, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
        if let Some(Misconfigured { why, .. }) = &self.misconfigured {
            let start = Span::new(self.survey.as_analysis().main, 0, 0);
            let mut lines = why.lines().map(str::trim).filter(|line| !line.is_empty());
            let message = format!("the configuration cannot be read: {}", lines.next().unwrap_or_default());
            let error = Diagnostic::new(codes::BAD_CONFIGURATION, start, message);
            let rest: Vec<&str> = lines.collect();
            found.insert(0, if rest.is_empty() { error } else { error.help(rest.join("\n")) });
        }
        found
    }
}

impl Checked {
    /// What `policyc lint` says, with fixes that are still to be proved: for whoever applies them
    /// together and proves them so. `None` if it was stopped.
    #[must_use]
    pub(crate) fn offers(&self, stopped: &dyn Fn() -> bool) -> Option<Vec<Diagnostic>> {
        let policies: Vec<&Policy> = self.analysis.policies().collect();
        findings::with_offers(&self.analysis, &policies, &self.of.levels, self.of.wanted(), stopped)
    }

    /// What `policyc lint` says; `None` if it was stopped.
    #[must_use]
    pub(crate) fn lint(&self, stopped: &dyn Fn() -> bool) -> Option<Vec<Diagnostic>> {
        let policies: Vec<&Policy> = self.analysis.policies().collect();
        let found = findings::of_unless(&self.analysis, &policies, &self.of.levels, self.of.wanted(), stopped)?;
        Some(self.of.with_configuration(found))
    }
}

/// The configuration for a file: the first `policyc.toml` in its folder or one above.
fn config(file: &Path, files: &Files<'_>) -> Result<Config, Misconfigured> {
    for folder in file.ancestors().skip(1) {
        let path = folder.join(FILE_NAME);
        let told = |reason: String| format!("`{}`: {reason}", path.display());
        let unreadable = |reason: String| Misconfigured { why: told(reason), mistakes: None };
        let bytes = match files.read(&path, MAX_SETTINGS) {
            Ok(bytes) => bytes,
            Err(Unreadable::Missing) if !disk::is_taken(&path) => continue,
            Err(reason) => return Err(unreadable(format!("{} {reason}", codes::BAD_CONFIGURATION.id))),
        };
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
        return Config::parse(&text, folder).map_err(|found| {
            let why = told(lines(&found, text.clone()));
            Misconfigured { why, mistakes: Some(Mistakes { path: path.clone(), text, found }) }
        });
    }
    Ok(Config::default())
}

/// Mistakes in a configuration, a line for each.
fn lines(found: &[Diagnostic], text: String) -> String {
    let mut sources = SourceMap::default();
    sources.add(FILE_NAME, text);
    let line = |found: &Diagnostic| {
        let Position { line, column } = sources.position(found.primary.span.file, found.primary.span.start);
        let help = found.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
        format!("line {line}, column {column}: {}{help}", found.message)
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

//! `policyc.toml`: catalogues, target and levels for the policies below its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Diagnostic, Severity, codes};
use crate::sema::CatalogueOption;

/// The name of the file.
const NAME: &str = "policyc.toml";

/// What the configuration says.
#[derive(Debug, Default)]
pub(super) struct Config {
    pub(super) target: Option<String>,
    pub(super) catalogues: Vec<CatalogueOption>,
    levels: BTreeMap<String, Level>,
}

/// How bad a finding of a kind is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    /// Not shown.
    Allow,
    Info,
    Warn,
    /// An error.
    Deny,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    target: Option<String>,
    #[serde(default)]
    catalogues: BTreeMap<String, PathBuf>,
    #[serde(default)]
    lints: BTreeMap<String, Level>,
}

impl Config {
    /// The configuration for a file: the first `policyc.toml` in its folder or one above.
    pub(super) fn find(file: &Path) -> Result<Self, String> {
        let start = if super::files::is_stdin(file) { Path::new(".") } else { file.parent().unwrap_or(Path::new(".")) };
        let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
        // A file that does not exist is reported when it is read.
        let Ok(start) = std::fs::canonicalize(start) else { return Ok(Self::default()) };
        let found = start.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file());
        match found {
            None => Ok(Self::default()),
            Some(path) => Self::read(&path).map_err(|reason| format!("`{}`: {reason}", path.display())),
        }
    }

    fn read(path: &Path) -> Result<Self, String> {
        let bytes = super::files::read(path)?;
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let written: Written =
            toml::from_str(&text).map_err(|error| format!("{}\n{error}", codes::BAD_CONFIGURATION.id))?;
        for name in written.lints.keys() {
            if codes::find(name).is_none() {
                let near = nearest(name, codes::ALL.iter().map(|code| code.name));
                let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                return Err(format!("{} no diagnostic is named `{name}`{hint}", codes::BAD_CONFIGURATION.id));
            }
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        // Paths are shown as people would write them from where they are.
        let here = std::env::current_dir().unwrap_or_default();
        let folder = folder.strip_prefix(&here).unwrap_or(folder);
        let catalogues = written
            .catalogues
            .into_iter()
            .map(|(server, path)| CatalogueOption { server: Some(server), path: folder.join(path) });
        Ok(Self { target: written.target, catalogues: catalogues.collect(), levels: written.lints })
    }

    /// Gives findings the levels that the configuration asks for. Errors stay errors.
    pub(super) fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain_mut(|diagnostic| {
            if diagnostic.is_error() {
                return true;
            }
            match self.levels.get(diagnostic.code.name).or_else(|| self.levels.get(diagnostic.code.id)) {
                None => true,
                Some(Level::Allow) => false,
                Some(level) => {
                    diagnostic.severity = match level {
                        Level::Deny => Severity::Error,
                        Level::Info => Severity::Info,
                        Level::Warn | Level::Allow => Severity::Warning,
                    };
                    true
                }
            }
        });
    }
}

//! `policyc.toml`: catalogues, target and levels for the policies below its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::diagnostics::{codes, quote};
use crate::lint::{Level, Levels, Named};
use crate::sema::CatalogueOption;

/// The name of the file.
const NAME: &str = "policyc.toml";

/// What the configuration says.
#[derive(Debug, Clone, Default)]
pub(super) struct Config {
    pub(super) target: Option<String>,
    pub(super) catalogues: Vec<CatalogueOption>,
    /// What is said of findings.
    pub(super) levels: Levels,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    target: Option<String>,
    #[serde(default)]
    catalogues: BTreeMap<String, PathBuf>,
    #[serde(default)]
    lints: BTreeMap<String, String>,
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
        let wrong = |reason: String| format!("{} {reason}", codes::BAD_CONFIGURATION.id);
        let mut levels = Levels::default();
        for (name, level) in &written.lints {
            let found = Level::find(level).ok_or_else(|| {
                wrong(format!("{} is no level; write `allow`, `info`, `warn` or `deny`", quote(level)))
            })?;
            levels.set(Named::parse(name).map_err(wrong)?, found);
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        // Paths are shown as people would write them from where they are.
        let here = std::env::current_dir().unwrap_or_default();
        let folder = folder.strip_prefix(&here).unwrap_or(folder);
        let catalogues = written
            .catalogues
            .into_iter()
            .map(|(server, path)| CatalogueOption { server: Some(server), path: folder.join(path) });
        Ok(Self { target: written.target, catalogues: catalogues.collect(), levels })
    }
}

//! `policyc.toml`: catalogues, target and levels for the policies below its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::diagnostics::{codes, quote};
use crate::lint::{Level, Levels, Named};
use crate::sema::CatalogueOption;

/// The name of the file.
pub const FILE_NAME: &str = "policyc.toml";

/// What the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The target to compile to, by name.
    pub target: Option<String>,
    /// Catalogues by server, in order of the servers' names.
    pub catalogues: Vec<CatalogueOption>,
    /// What is said of findings.
    pub levels: Levels,
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
    /// Reads the text of a configuration. Its paths are relative to `folder`.
    ///
    /// # Errors
    /// It is not TOML, or says something that means nothing: the id of the finding and why.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let written: Written =
            toml::from_str(text).map_err(|error| format!("{}\n{error}", codes::BAD_CONFIGURATION.id))?;
        let wrong = |reason: String| format!("{} {reason}", codes::BAD_CONFIGURATION.id);
        let mut levels = Levels::default();
        for (name, level) in &written.lints {
            let found = Level::find(level).ok_or_else(|| {
                wrong(format!("{} is no level; write `allow`, `info`, `warn` or `deny`", quote(level)))
            })?;
            levels.set(Named::parse(name).map_err(wrong)?, found);
        }
        let catalogues = written
            .catalogues
            .into_iter()
            .map(|(server, path)| CatalogueOption { server: Some(server), path: folder.join(path) });
        Ok(Self { target: written.target, catalogues: catalogues.collect(), levels })
    }

    /// The catalogues together with those that flags or an editor give, which win: a server that one of them speaks of is not taken
    /// from the configuration.
    #[must_use]
    pub fn catalogues_with(&self, given: &[CatalogueOption]) -> Vec<CatalogueOption> {
        let unnamed = given.iter().any(|option| option.server.is_none());
        let configured = self.catalogues.iter().filter(|option| {
            !(given.iter().any(|flag| flag.server == option.server) || unnamed && self.catalogues.len() == 1)
        });
        configured.cloned().chain(given.iter().cloned()).collect()
    }
}

//! `policyc.toml`: catalogues, classes of tools, target and levels for the policies below its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::catalogue::{ClassSettings, Classes};
use crate::diagnostics::{codes, quote};
use crate::emit::{self, Target};
use crate::lint::{Group, Level, Levels, Named};
use crate::sema::CatalogueOption;
use crate::suppress;

/// The name of the file.
pub const FILE_NAME: &str = "policyc.toml";

/// The revision of the language.
const LANGUAGE: u32 = 2;

/// What the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The targets to compile to.
    pub targets: Vec<&'static Target>,
    /// Catalogues by server, in order of the servers' names.
    pub catalogues: Vec<CatalogueOption>,
    /// The classes that the owner gives to tools, by server.
    pub classes: BTreeMap<String, Arc<ClassSettings>>,
    /// What is said of findings.
    pub levels: Levels,
}

/// A name, or a list of names.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "one name is a string, and several are a list of strings")]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Names {
    fn names(&self) -> impl Iterator<Item = &str> {
        let names = match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        };
        names.iter().map(String::as_str)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    target: Option<Names>,
    language: Option<u32>,
    #[serde(default)]
    catalogues: BTreeMap<String, PathBuf>,
    #[serde(default)]
    classes: BTreeMap<String, BTreeMap<String, Names>>,
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
            // On the command line it is all rules; here a group is just its own rules, and it would be only the last of them.
            if name == "all" {
                let groups = Group::ALL.map(|group| quote(group.name())).join(", ");
                return Err(wrong(format!("`all` is no group of `[lints]`; name each one: {groups}")));
            }
            let named = Named::parse(name).map_err(wrong)?;
            if let Named::Code(code) = named
                && found != Level::Deny
                && !suppress::can_silence(code)
            {
                return Err(wrong(format!("{} is always an error; take it out of `[lints]`", quote(code.name))));
            }
            levels.set(named, found);
        }
        let named = written.target.iter().flat_map(Names::names);
        let targets = named.map(|name| emit::named(name).map_err(wrong)).collect::<Result<Vec<_>, String>>()?;
        match written.language {
            None => {}
            // What revision 2 changed is known.
            Some(LANGUAGE) => levels.set(Named::Code(codes::SETS_OPEN_NOTHING), Level::Allow),
            Some(other) => return Err(wrong(format!("`language` is {LANGUAGE}, not {other}"))),
        }
        let mut classes = BTreeMap::new();
        for (server, rows) in written.classes {
            let read = |(tool, written): (String, Names)| {
                let found = Classes::parse(written.names()).map_err(|bad| {
                    wrong(format!("{} in `[classes.{server}]`: {}; {}", quote(&tool), bad.message(), bad.help()))
                })?;
                Ok((tool, found))
            };
            let rows = rows.into_iter().map(read).collect::<Result<Vec<_>, String>>()?;
            classes.insert(server, Arc::new(ClassSettings::new(rows)));
        }
        let catalogues = written
            .catalogues
            .into_iter()
            .map(|(server, path)| CatalogueOption { server: Some(server), path: folder.join(path) });
        Ok(Self { targets, catalogues: catalogues.collect(), classes, levels })
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

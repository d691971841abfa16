//! The settings by which clients start a hook: what must be there, whether it is, and the text in which it is.
//!
//! `clients` has the settings of each client as data, `json` and `toml` change texts so that all else of them stays, `entry` finds and
//! compares the entries of hooks in JSON and `codex` those in TOML, `risks` knows what opens a client or switches its hooks off, `whole`
//! has the files that are the hook's alone, and `text` how values are laid out. Nothing here touches files: texts go in, and texts and
//! findings come out.
//!
//! What is made beyond an entry is written down as [`Made`], so that it can be taken back without touching what was there before.

mod clients;
mod codex;
mod entry;
mod json;
mod risks;
mod text;
mod toml;
mod whole;

use serde_json::Value;

use crate::hook::{Client, Covered};
pub use clients::{Place, Related, place, related};
pub use whole::{command_of, plugin, script};

/// What is to be in the settings of a client.
pub struct Wanted<'a> {
    /// The client whose settings they are.
    pub client: Client,
    /// The hook as words: the program and its arguments.
    pub words: &'a [String],
    /// The same as a line of a shell.
    pub command: &'a str,
    /// The servers whose tools are decided.
    pub servers: &'a [Covered],
    /// For a client that loads a plugin, its address.
    pub plugin: Option<&'a str>,
    /// Whether the settings are those of a project, which come before those of the user.
    pub is_project: bool,
    /// Whether a command is a hook for the same client, and for none but the same policies.
    pub is_own: &'a dyn Fn(&str) -> bool,
}

/// What is wrong with settings, with its place as a byte of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The byte.
    pub at: usize,
    /// What is wrong, in lower case, without a period.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl Mistake {
    fn new(at: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: help.into() }
    }
}

/// What was made in settings, and what was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// What was there.
    pub was: Was,
    /// What was written there, unless it holds more than one value.
    pub wrote: Option<String>,
}

/// What was at a place of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Was {
    /// Nothing.
    Absent,
    /// A list or object without elements: the text between its brackets.
    Empty(String),
    /// Another value.
    Other(String),
}

/// A value that closes the client where the hook does not run.
struct Setting {
    path: Vec<String>,
    value: Value,
    /// Further values that do as well, as they are written.
    also: &'static [&'static str],
    /// Whether any other value does as well.
    is_any: bool,
}

/// The settings with the hook in them, and what was made for it. The same text if everything is there.
///
/// # Errors
/// The text cannot be read, or something else is where the hook belongs.
pub fn install(text: &str, wanted: &Wanted<'_>) -> Result<(String, Vec<Made>), Mistake> {
    if wanted.client.name == "codex" { toml::install(text, wanted) } else { entry::install(text, wanted) }
}

/// The settings without the hook. `made` is what was made for it; what has to stay is left in it.
///
/// # Errors
/// The text cannot be read.
pub fn uninstall(text: &str, wanted: &Wanted<'_>, made: &mut Vec<Made>) -> Result<String, Mistake> {
    if wanted.client.name == "codex" {
        toml::uninstall(text, wanted, made)
    } else {
        entry::uninstall(text, wanted, made)
    }
}

/// What is missing in the settings, or not as it must be, in the order of the text.
///
/// # Errors
/// The text cannot be read.
pub fn check(text: &str, wanted: &Wanted<'_>) -> Result<Vec<Mistake>, Mistake> {
    let mut found =
        if wanted.client.name == "codex" { codex::check(text, wanted)? } else { entry::check(text, wanted)? };
    found.sort_by(|one, other| (one.at, &one.message).cmp(&(other.at, &other.message)));
    Ok(found)
}

/// The commands of the own hooks that are in the settings.
///
/// # Errors
/// The text cannot be read.
pub fn commands(text: &str, wanted: &Wanted<'_>) -> Result<Vec<String>, Mistake> {
    if wanted.client.name == "codex" { toml::commands(text, wanted) } else { entry::commands(text, wanted) }
}

/// What in other settings of the client opens the tools of the servers, or switches hooks off.
///
/// # Errors
/// The text cannot be read.
pub fn hazards(text: &str, wanted: &Wanted<'_>) -> Result<Vec<Mistake>, Mistake> {
    if wanted.client.name == "codex" { codex::hazards(text, wanted) } else { entry::hazards(text, wanted) }
}

/// How a finding writes what is there.
fn clipped(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

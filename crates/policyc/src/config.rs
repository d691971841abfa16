//! The configuration that holds for a file.

use std::path::{Path, PathBuf};

use policyc_core::config::{Config, FILE_NAME};
use policyc_core::diagnostics::codes;
use policyc_core::disk::{self, MAX_SETTINGS};
use policyc_core::report::findings;
use policyc_core::source::SourceMap;

use super::human;

/// The configuration for a file: the first `policyc.toml` in its folder or one above.
pub(super) fn find(file: &Path) -> Result<Config, String> {
    // What has the name and is no file, such as a link that leads nowhere, is a mistake and not the
    // absence of settings.
    let found = candidates(file).into_iter().find(|path| disk::is_taken(path));
    match found {
        None => Ok(Config::default()),
        Some(path) => read(&path),
    }
}

/// Where the configuration for a file may be, the nearest first.
pub(super) fn candidates(file: &Path) -> Vec<PathBuf> {
    let start = if super::files::is_stdin(file) { Path::new(".") } else { file.parent().unwrap_or(Path::new(".")) };
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    // A file that does not exist is reported when it is read.
    let Ok(start) = std::fs::canonicalize(start) else { return Vec::new() };
    start.ancestors().map(|folder| folder.join(FILE_NAME)).collect()
}

fn read(path: &Path) -> Result<Config, String> {
    let name = super::files::shown(path);
    let wrong = |reason: &dyn std::fmt::Display| format!("`{name}`: {} {reason}", codes::BAD_CONFIGURATION.id);
    let bytes = disk::read(path, MAX_SETTINGS).map_err(|reason| wrong(&reason))?;
    if bytes.len() > MAX_SETTINGS {
        return Err(wrong(&format!("it is larger than {} MiB", MAX_SETTINGS >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong(&"it is not UTF-8"))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    // Paths are shown as people would write them from where they are.
    let here = std::env::current_dir().unwrap_or_default();
    Config::parse(&text, folder.strip_prefix(&here).unwrap_or(folder)).map_err(|found| {
        let mut sources = SourceMap::default();
        sources.add(path.strip_prefix(&here).unwrap_or(path).display().to_string(), text);
        let shown = human::draw(&found, &sources, human::Options { colour: false, width: 100 });
        format!("`{name}` has {}\n\n{shown}", findings::of_kinds(found.iter()))
    })
}

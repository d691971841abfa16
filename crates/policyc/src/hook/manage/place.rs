//! Where settings are, what is in files, and what of a command is there.

use std::path::{Path, PathBuf};

use policyc_core::diagnostics::visible;
use policyc_core::disk::{self, MAX_SETTINGS};
use policyc_core::source::{SourceMap, offset};
use policyc_enforce::settings::{Mistake, Place};

use super::words;
use crate::args::{HookArgs, Scope};
use crate::files::{self, shown};

/// What a command needs and is not there.
pub(super) fn missing(settings: &Path, command: &str) -> String {
    let Some(started) = words::started(command) else { return String::new() };
    let mut found = String::new();
    if !started.program.is_file() || !is_executable(&started.program) {
        let (settings, program) = (shown(settings), shown(&started.program));
        found.push_str(&format!("{settings}: there is no program `{program}`; install the hook again\n"));
    }
    for file in started.arguments.files.iter().filter(|file| !file.is_file()) {
        let (settings, file) = (shown(settings), shown(file));
        found.push_str(&format!("{settings}: there is no policy `{file}`, so every call is denied\n"));
    }
    found
}

#[cfg(unix)]
pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// The file with the settings.
pub(super) fn settings_file(name: &str, place: &Place, arguments: &HookArgs) -> Result<PathBuf, String> {
    if let Some(given) = &arguments.place.settings {
        return words::absolute(given).map(PathBuf::from);
    }
    let scope = arguments.place.scope.unwrap_or(if place.user.is_some() { Scope::User } else { Scope::Project });
    let path = match (scope, place.user) {
        (Scope::User, Some(user)) => {
            home().ok_or("there is no home folder; name the settings with `--settings FILE`")?.join(user)
        }
        (Scope::User, None) => {
            return Err(format!("which settings of the user `{name}` reads is not known; use `--scope project`"));
        }
        (Scope::Project, _) => {
            std::env::current_dir().map_err(|error| format!("there is no current folder: {error}"))?.join(place.project)
        }
    };
    // The same settings with another name.
    let other = path.with_extension("jsonc");
    Ok(if name == "opencode" && !path.exists() && other.exists() { other } else { path })
}

pub(super) fn home() -> Option<PathBuf> {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var_os(variable).map(PathBuf::from).filter(|home| home.is_absolute())
}

/// A path without links, as far as it exists.
pub(super) fn real(path: &Path) -> PathBuf {
    let folder = || Some(std::fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?));
    std::fs::canonicalize(path).ok().or_else(folder).unwrap_or_else(|| path.to_path_buf())
}

/// The text of a file; nothing if there is no file.
pub(super) fn text(path: &Path) -> Result<Option<String>, String> {
    if !disk::is_taken(path) {
        return Ok(None);
    }
    let bytes = disk::read(path, MAX_SETTINGS).map_err(|reason| files::cannot_read(path, &reason))?;
    if bytes.len() > MAX_SETTINGS {
        return Err(format!("`{}` is larger than {} MiB", shown(path), MAX_SETTINGS >> 20));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| format!("`{}` is not UTF-8", shown(path)))
}

/// A mistake with its place, on one line.
pub(super) fn located(path: &Path, text: &str, mistake: &Mistake) -> String {
    let mut sources = SourceMap::default();
    let file = sources.add(shown(path), text);
    let at = (0..=mistake.at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let place = sources.position(file, offset(at));
    let message = format!("{}; {}", mistake.message, mistake.help);
    format!("{}:{}:{}: {}", shown(path), place.line, place.column, visible(&message))
}

/// A path as part of an address.
pub(super) fn percent(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let text = if text.starts_with('/') { text } else { format!("/{text}") };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

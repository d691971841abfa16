//! Changes of files: shown, agreed to, written.

use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::PathBuf;

use policyc_core::disk::Unreadable;
use similar::TextDiff;

use super::place::{is_executable, text};
use crate::args::PlaceArgs;
use crate::files::{self, shown};
use crate::{Streams, print};

/// What becomes of a file.
pub(super) struct Change {
    pub(super) path: PathBuf,
    /// What is in it; `None` if it is not there.
    pub(super) old: Option<String>,
    /// What will be in it; `None` if it is taken away.
    pub(super) new: Option<String>,
    /// Whether it is run.
    pub(super) is_program: bool,
}

impl Change {
    pub(super) fn is_one(&self) -> bool {
        self.old != self.new || self.is_program && !is_executable(&self.path)
    }
}

/// Shows the changes, and asks whether they shall be written.
///
/// # Errors
/// There is nobody to ask, and nobody has agreed beforehand.
pub(super) fn agreed(changes: &[Change], place: &PlaceArgs, streams: &mut Streams<'_>) -> Result<bool, String> {
    for change in changes {
        let name = shown(&change.path);
        let (old, new) = (change.old.as_deref().unwrap_or_default(), change.new.as_deref().unwrap_or_default());
        let diff = TextDiff::from_lines(old, new);
        print(streams.output, &diff.unified_diff().header(&name, &name).to_string())?;
    }
    if place.dry_run || place.yes {
        return Ok(place.yes);
    }
    if !std::io::stdin().is_terminal() {
        return Err("nothing was written; without a terminal to ask on, `--yes` writes it".to_owned());
    }
    print(streams.error, "Write this? [y/N] ")?;
    streams.output.flush().and_then(|()| streams.error.flush()).map_err(|error| format!("cannot ask: {error}"))?;
    let mut answer = String::new();
    let read = BufReader::new(&mut *streams.input).read_line(&mut answer);
    read.map_err(|error| format!("cannot read the answer: {error}"))?;
    let agreed = ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str());
    if !agreed {
        print(streams.error, "nothing was written\n")?;
    }
    Ok(agreed)
}

/// Writes the changes, each whole or not at all, if the files are still what was shown.
pub(super) fn write(changes: &[Change], streams: &mut Streams<'_>) -> Result<(), String> {
    for change in changes {
        let name = shown(&change.path);
        if text(&change.path)? != change.old {
            return Err(format!("`{name}` has changed meanwhile, and was not written; try again"));
        }
        let Some(new) = &change.new else {
            std::fs::remove_file(&change.path)
                .map_err(|error| format!("cannot remove `{name}`: {}", Unreadable::from(error)))?;
            print(streams.error, &format!("removed `{name}`\n"))?;
            continue;
        };
        if let Some(folder) = change.path.parent() {
            let made = std::fs::create_dir_all(folder);
            made.map_err(|error| format!("cannot make the folder `{}`: {}", shown(folder), Unreadable::from(error)))?;
        }
        files::write(&change.path, new.as_bytes())?;
        #[cfg(unix)]
        if change.is_program {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&change.path, std::fs::Permissions::from_mode(0o755))
                .map_err(|error| format!("`{name}` cannot be made executable: {}", Unreadable::from(error)))?;
        }
        print(streams.error, &format!("wrote `{name}`\n"))?;
    }
    Ok(())
}

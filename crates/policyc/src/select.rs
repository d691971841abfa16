//! Which files a command is about: those that are named, and those in the folders that are named.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::{Disk, is_stdin, shown};
use policyc_core::disk::Unreadable;
use policyc_core::sema::Loader;

/// How deep folders are looked into: more than anybody keeps policies.
pub(super) const DEEPEST: usize = 64;

/// The files that are named and, of folders, the `.pol` files in them and in the folders inside; each once, sorted.
pub(super) fn policies(given: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut found = in_order(given, "pol")?;
    found.sort();
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(Disk::default().identity(path)));
    Ok(found)
}

/// The files that are named and, of folders, those in them and in the folders inside that end in `.EXTENSION`, sorted in the place of the
/// folder.
pub(super) fn in_order(given: &[PathBuf], extension: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for path in given {
        if is_stdin(path) || !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        collect(path, extension, DEEPEST, &mut inside)?;
        if inside.is_empty() {
            return Err(format!("the folder `{}` holds no .{extension} file", shown(path)));
        }
        inside.sort();
        found.append(&mut inside);
    }
    Ok(found)
}

fn collect(folder: &Path, extension: &str, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let fail =
        |error: std::io::Error| format!("cannot read the folder `{}`: {}", shown(folder), Unreadable::from(error));
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links to folders may lead in a circle, and folders like `.git` hold nothing that was written by hand.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !hidden && depth > 0 {
                collect(&path, extension, depth - 1, found)?;
            }
        } else if path.extension().is_some_and(|own| own == extension) && path.is_file() {
            // The folder `.` adds nothing to a name that people read.
            found.push(path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path));
        }
    }
    Ok(())
}

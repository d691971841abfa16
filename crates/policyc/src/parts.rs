//! Which files of a run only serve others of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::files::{Disk, is_stdin};
use policyc_core::disk;
use policyc_core::sema::{Loader, MAX_POLICY, imports};

/// The files that others import, by their identities.
#[derive(Default)]
pub(super) struct Parts {
    imported: BTreeSet<PathBuf>,
}

impl Parts {
    /// What these files import, and what those import in turn. A pipe is left alone, as it can be read only once, and what
    /// cannot be read imports nothing.
    pub(super) fn of<'p>(files: impl IntoIterator<Item = &'p Path>) -> Self {
        let disk = Disk::default();
        let mut open: Vec<PathBuf> =
            files.into_iter().filter(|path| !is_stdin(path)).map(|path| disk.identity(path)).collect();
        let mut read: BTreeSet<PathBuf> = BTreeSet::new();
        let mut parts = Self::default();
        while let Some(path) = open.pop() {
            if !read.insert(path.clone()) {
                continue;
            }
            let Ok(bytes) = disk::read(&path, MAX_POLICY) else { continue };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            for imported in imports(&text, &path, &disk) {
                // Who imports itself has an error of its own to tell.
                if imported != path {
                    open.push(imported.clone());
                    parts.imported.insert(imported);
                }
            }
        }
        parts
    }

    /// Whether a file is imported by another one.
    pub(super) fn has(&self, path: &Path) -> bool {
        !is_stdin(path) && self.imported.contains(&Disk::default().identity(path))
    }
}

//! Reads files: those that are open in the editor with their current text there, all others from
//! the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use policyc_core::disk::{self, Unreadable};
use policyc_core::sema::{Cache, Loader};

/// The open texts by path, with a number that is another one for each text.
pub(crate) type Overlay = BTreeMap<PathBuf, (Arc<String>, u64)>;

/// What one analysis reads, and a record of it.
#[derive(Debug)]
pub(crate) struct Files<'a> {
    overlay: &'a Overlay,
    cache: &'a Cache,
    read: Mutex<BTreeMap<PathBuf, u64>>,
}

impl<'a> Files<'a> {
    /// Files with these texts in front of the disk.
    #[must_use]
    pub(crate) fn new(overlay: &'a Overlay, cache: &'a Cache) -> Self {
        Self { overlay, cache, read: Mutex::default() }
    }

    /// The files that were asked for, those that do not exist among them, each with its stamp from
    /// before it was read: one that has changed since has another.
    #[must_use]
    pub(crate) fn into_read(self) -> BTreeMap<PathBuf, u64> {
        self.read.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that a file is asked for; its stamp.
    fn note(&self, path: &Path) -> u64 {
        let now = match self.overlay.get(path) {
            Some((_, stamp)) => *stamp,
            None => stamp(path),
        };
        self.read.lock().unwrap_or_else(PoisonError::into_inner).entry(path.to_path_buf()).or_insert(now);
        now
    }
}

impl Loader for Files<'_> {
    fn read(&self, path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
        self.note(path);
        match self.overlay.get(path) {
            Some((text, _)) => Ok(text.as_bytes().to_vec()),
            None => disk::read(path, most),
        }
    }

    fn identity(&self, path: &Path) -> PathBuf {
        std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
    }

    fn stamp(&self, path: &Path) -> u64 {
        // A catalogue that is kept is not read again, and yet the policy depends on it.
        self.note(path)
    }

    fn cache(&self) -> Option<&Cache> {
        Some(self.cache)
    }
}

/// A number that is another one when the file has changed, as far as the disk says.
#[must_use]
pub(crate) fn stamp(path: &Path) -> u64 {
    let Ok(metadata) = std::fs::metadata(path) else { return 0 };
    let mut hasher = DefaultHasher::new();
    metadata.len().hash(&mut hasher);
    let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    changed.hash(&mut hasher);
    hasher.finish()
}

/// How deep folders are looked through, and how many policies are found at most.
const DEEPEST: usize = 16;
const MOST_POLICIES: usize = 5_000;

/// The policies of some folders and those below them, in order. Folders whose names begin with a
/// dot, and those that tools fill, are left out; links are not followed.
#[must_use]
pub(crate) fn policies(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<(PathBuf, usize)> = folders.iter().map(|folder| (folder.clone(), 0)).collect();
    while let Some((folder, depth)) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir()
                && depth < DEEPEST
                && !name.starts_with('.')
                && !["target", "node_modules"].contains(&name.as_ref())
            {
                waiting.push((entry.path(), depth + 1));
            } else if kind.is_file() && name.ends_with(".pol") && found.len() < MOST_POLICIES {
                found.insert(entry.path());
            }
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_while_it_is_used_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.json");
        std::fs::write(&path, "{}").unwrap();
        let (overlay, cache) = (Overlay::new(), Cache::default());
        let files = Files::new(&overlay, &cache);
        assert_eq!(files.read(&path, 10).unwrap(), b"{}");
        std::fs::write(&path, "{ }").unwrap();
        assert_eq!(files.read(&path, 10).unwrap(), b"{ }");
        let read = files.into_read();
        assert_ne!(read.get(&path), Some(&stamp(&path)));
    }
}

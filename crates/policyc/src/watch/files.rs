//! Which files a run depends on, and how they were when it began.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::files::shown;
use crate::reads::{Stamp, Stamps};
use crate::{select, test};
use policyc_core::config::FILE_NAME;
use policyc_core::disk;

/// What happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Changed,
    New,
    Gone,
}

impl What {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// A file that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// How people call it.
    pub(crate) name: String,
    pub(crate) what: What,
}

/// The files that a run depends on.
pub(crate) struct Watched {
    /// The files that the command line names or that are in its folders.
    selected: BTreeSet<PathBuf>,
    stamps: Stamps,
    /// The folders that the command line names.
    #[cfg_attr(not(feature = "watch"), allow(dead_code, reason = "who looks needs no folders"))]
    pub(crate) folders: Vec<PathBuf>,
}

impl Watched {
    /// What the command line asks for, as it is now.
    pub(crate) fn begin(given: &[PathBuf], tests: bool) -> Self {
        let selected = selected(given, tests);
        let mut stamps = Stamps::new();
        for path in selected.iter().chain(given.iter().filter(|path| !path.is_dir())) {
            stamps.insert(path.clone(), Stamp::of(path));
        }
        let mut seen = BTreeSet::new();
        for folder in selected.iter().map(|path| path.parent().unwrap_or(Path::new(""))) {
            if seen.insert(folder) {
                settings(folder, &mut stamps);
            }
        }
        let mut folders: Vec<PathBuf> = given.iter().filter(|path| path.is_dir()).cloned().collect();
        if tests {
            folders.extend(selected.iter().filter_map(|path| path.parent()).map(Path::to_path_buf));
            folders.sort();
            folders.dedup();
        }
        Self { selected, stamps, folders }
    }

    /// Adds what the run has read.
    pub(crate) fn add(&mut self, read: Stamps) {
        for (path, stamp) in read {
            self.stamps.entry(path).or_insert(stamp);
        }
    }

    /// The files, whether they exist or not.
    #[cfg_attr(not(feature = "watch"), allow(dead_code, reason = "who looks needs no folders"))]
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.stamps.keys().map(PathBuf::as_path)
    }

    /// How many files the command line asks for.
    pub(crate) fn count(&self) -> usize {
        self.selected.len()
    }

    /// The files that are not as they were, sorted.
    pub(crate) fn changes(&self, given: &[PathBuf], tests: bool) -> Vec<Change> {
        let mut found: Vec<Change> = Vec::new();
        for (path, old) in &self.stamps {
            let what = match (old, Stamp::of(path)) {
                (old, now) if *old == now => continue,
                (Stamp::Missing, _) => What::New,
                (_, Stamp::Missing) => What::Gone,
                _ => What::Changed,
            };
            found.push(Change { name: name(path), what });
        }
        let now = selected(given, tests);
        let new = now.difference(&self.selected).filter(|path| !self.stamps.contains_key(*path));
        found.extend(new.map(|path| Change { name: name(path), what: What::New }));
        found
    }
}

/// The policies to check; with tests, also those that are tested. What cannot be read is reported by the run.
fn selected(given: &[PathBuf], tests: bool) -> BTreeSet<PathBuf> {
    let each = |path: &PathBuf| select::in_order(std::slice::from_ref(path), "pol").unwrap_or_default();
    let mut found: BTreeSet<PathBuf> = given.iter().flat_map(each).collect();
    if tests {
        found.extend(test::files(given));
    }
    found
}

/// Adds the places where the settings of policies in a folder are, or would be looked for first.
fn settings(folder: &Path, stamps: &mut Stamps) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(folder) = std::fs::canonicalize(folder) else { return };
    for path in folder.ancestors().map(|folder| folder.join(FILE_NAME)) {
        let is_found = disk::is_taken(&path);
        stamps.entry(path.clone()).or_insert_with(|| Stamp::of(&path));
        if is_found {
            return;
        }
    }
}

/// How people call a file: from where they are, if it is there.
fn name(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    shown(path.strip_prefix(&here).unwrap_or(path))
}

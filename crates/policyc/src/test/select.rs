//! Which files `policyc test` runs.
//!
//! Those that are named; for a folder the `.pol` files in it; and for each of them the `.pol` files of the folder `tests`
//! beside it. Folders inside are not looked into. A file runs once, by whatever way it is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::files::{Disk, is_stdin, shown};
use policyc_core::disk::Unreadable;
use policyc_core::sema::Loader;

/// The folder beside a policy that holds further tests.
const TESTS: &str = "tests";

/// Why a file is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It was named.
    Named,
    /// It is in a folder that was named.
    InFolder,
    /// It is in the folder `tests` beside one of the others. Its own rules are no policy that needs tests.
    Tests,
}

/// A file that is run.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) why: Why,
}

/// The files to run: policies in the order given, then tests.
pub(super) fn entries(given: &[PathBuf]) -> Result<Vec<Entry>, String> {
    let mut found = SelectedFiles::default();
    let mut folders: Vec<PathBuf> = Vec::new();
    for path in given.iter().filter(|path| !path.is_dir()) {
        found.add(path.clone(), Why::Named);
        if !is_stdin(path) {
            folders.push(path.parent().unwrap_or(Path::new("")).to_path_buf());
        }
    }
    for folder in given.iter().filter(|path| path.is_dir()) {
        let policies = policies_in(folder)?;
        if policies.is_empty() {
            return Err(format!("the folder `{}` holds no .pol file", shown(folder)));
        }
        policies.into_iter().for_each(|path| found.add(path, Why::InFolder));
        folders.push(folder.clone());
    }
    for folder in folders {
        let tests = folder.join(TESTS);
        if tests.is_dir() {
            policies_in(&tests)?.into_iter().for_each(|path| found.add(path, Why::Tests));
        }
    }
    Ok(found.entries)
}

#[derive(Default)]
struct SelectedFiles {
    entries: Vec<Entry>,
    seen: BTreeSet<PathBuf>,
}

impl SelectedFiles {
    fn add(&mut self, path: PathBuf, why: Why) {
        if self.seen.insert(Disk::default().identity(&path)) {
            self.entries.push(Entry { path, why });
        }
    }
}

/// The policies in a folder, sorted.
fn policies_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let fail =
        |error: std::io::Error| format!("cannot read the folder `{}`: {}", shown(folder), Unreadable::from(error));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        // The folder `.` adds nothing to a name that people read.
        let path = path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path);
        if path.extension().is_some_and(|extension| extension == "pol") && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

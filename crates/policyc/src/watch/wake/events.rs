//! Changes as the system reports them, by the crate notify.
//!
//! Folders are watched, not files: a file that is replaced, as editors do it, is another one of the same name. All folders above are
//! watched as well, as they may be renamed, or removed and made again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use notify::event::{EventKind, ModifyKind};
use notify::{Config, ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::super::files::Watched;
use crate::files::shown;

/// For how long changes may go on before a run begins all the same.
const LONGEST: Duration = Duration::from_secs(2);

/// What the system reports about some folders.
pub(super) struct Events {
    watcher: RecommendedWatcher,
    reported: Receiver<notify::Result<Event>>,
    /// The folders that are watched.
    folders: BTreeSet<PathBuf>,
    /// The files that matter, by their real folders.
    names: BTreeSet<PathBuf>,
    /// The folders in which every new policy matters.
    roots: Vec<PathBuf>,
}

impl Events {
    pub(super) fn new() -> Result<Self, String> {
        let (sender, reported) = channel();
        let watcher = RecommendedWatcher::new(sender, Config::default()).map_err(|error| error.to_string())?;
        let (folders, names, roots) = Default::default();
        Ok(Self { watcher, reported, folders, names, roots })
    }

    /// Watches the folders of files from now on, and no others.
    ///
    /// # Errors
    /// A folder cannot be watched; the others are.
    pub(super) fn follow(&mut self, watched: &Watched) -> Result<(), String> {
        let mut real: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
        let mut wanted = BTreeSet::new();
        self.names.clear();
        for path in watched.paths() {
            let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
            let folder = real.entry(folder).or_insert_with_key(|folder| canonical(folder));
            if let Some(name) = path.file_name() {
                self.names.insert(folder.join(name));
            }
            // What a link leads to changes elsewhere.
            if path.is_symlink()
                && let Ok(target) = std::fs::canonicalize(path)
            {
                real.entry(target.parent().unwrap_or(Path::new("")).to_path_buf())
                    .or_insert_with_key(|folder| folder.clone());
                self.names.insert(target);
            }
        }
        self.roots = watched.folders.iter().map(|folder| canonical(folder)).collect();
        self.roots.iter().for_each(|root| inside(root, crate::select::DEEPEST, &mut wanted));
        for folder in real.values().chain(&self.roots) {
            wanted.extend(folder.ancestors().map(Path::to_path_buf));
        }
        for folder in self.folders.difference(&wanted) {
            // It may be gone already.
            let _ = self.watcher.unwatch(folder);
        }
        self.folders.retain(|folder| wanted.contains(folder));
        let mut failed = Ok(());
        for folder in wanted {
            if self.folders.contains(&folder) {
                continue;
            }
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.folders.insert(folder);
                }
                // A folder above says when it comes.
                Err(error) if is_missing(&error) || !folder.is_dir() => {}
                Err(error) => {
                    failed = Err(format!("cannot watch the folder `{}` ({})", shown(&folder), reason(&error)))
                }
            }
        }
        failed
    }

    /// Waits until something happens to a file that matters, but no longer than this: whether it has.
    pub(super) fn wait(&mut self, most: Duration) -> bool {
        let end = Instant::now() + most;
        loop {
            // Without a report the time is over.
            let Ok(report) = self.reported.recv_timeout(end.saturating_duration_since(Instant::now())) else {
                return false;
            };
            if self.matters(report) {
                return true;
            }
        }
    }

    /// Waits until nothing has happened for a while.
    pub(super) fn settle(&mut self, quiet: Duration) {
        let end = Instant::now() + LONGEST;
        let mut calm = Instant::now() + quiet;
        loop {
            let now = Instant::now();
            if now >= calm.min(end) {
                return;
            }
            if let Ok(report) = self.reported.recv_timeout(calm.min(end) - now)
                && self.matters(report)
            {
                calm = Instant::now() + quiet;
            }
        }
    }

    /// Whether a report is about a file that matters. Folders that are no longer what they were are forgotten, to be watched again.
    fn matters(&mut self, report: notify::Result<Event>) -> bool {
        // What went wrong may have hidden something.
        let Ok(event) = report else { return true };
        if event.need_rescan() {
            return true;
        }
        // Reading is no change; it would wake us because of ourselves.
        if matches!(event.kind, EventKind::Access(_)) {
            return false;
        }
        let is_other =
            matches!(event.kind, EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
        let mut matters = false;
        for path in &event.paths {
            if is_other && self.folders.contains(path) {
                let below: Vec<PathBuf> =
                    self.folders.iter().filter(|folder| folder.starts_with(path)).cloned().collect();
                for folder in below {
                    let _ = self.watcher.unwatch(&folder);
                    self.folders.remove(&folder);
                }
                matters = true;
            }
            let is_policy = path.extension().is_none_or(|extension| extension == "pol");
            let is_inside = || self.roots.iter().any(|root| path.starts_with(root));
            let is_above = || self.names.range(path.clone()..).next().is_some_and(|name| name.starts_with(path));
            matters |= self.names.contains(path) || is_other && (is_policy && is_inside() || is_above());
        }
        matters
    }
}

/// The folders in a folder, as far as policies are looked for there.
fn inside(folder: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !is_hidden && depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            let path = entry.path();
            inside(&path, depth - 1, found);
            found.insert(path);
        }
    }
}

/// The real path of a folder. Of one that is missing, it is that of the folder above with the name.
fn canonical(folder: &Path) -> PathBuf {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    std::fs::canonicalize(folder).unwrap_or_else(|_| match (folder.parent(), folder.file_name()) {
        (Some(above), Some(name)) => canonical(above).join(name),
        _ => folder.to_path_buf(),
    })
}

fn is_missing(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

/// Why a folder cannot be watched, for people.
fn reason(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => "the system watches no more folders".to_owned(),
        ErrorKind::Io(error) => policyc_core::disk::Unreadable::from(std::io::Error::from(error.kind())).to_string(),
        _ => error.to_string(),
    }
}

//! Which files a run reads, and how they were when it read them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// What tells two states of a file apart without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stamp {
    /// There is none, or it cannot be looked at.
    Missing,
    /// A file.
    Is {
        /// When its text was changed, where the system says so.
        modified: Option<SystemTime>,
        /// In bytes.
        length: u64,
        /// Which file it is, and when anything of it was changed: another one may have taken its name.
        identity: (u64, u64, i64, i64),
    },
}

impl Stamp {
    /// How a file is now. Links are followed.
    pub(super) fn of(path: &Path) -> Self {
        let Ok(metadata) = std::fs::metadata(path) else { return Self::Missing };
        Self::Is { modified: metadata.modified().ok(), length: metadata.len(), identity: identity(&metadata) }
    }
}

#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> (u64, u64, i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> (u64, u64, i64, i64) {
    (0, 0, 0, 0)
}

/// Files with their states.
pub(super) type Stamps = BTreeMap<PathBuf, Stamp>;

/// Where it is written down what is read. By default nowhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Reads(Option<Arc<Mutex<Stamps>>>);

impl Reads {
    /// A place to write it down.
    #[must_use]
    pub(super) fn recording() -> Self {
        Self(Some(Arc::default()))
    }

    /// Notes that a file is read from now on, or that there is none. The first state counts: what changes later is a change.
    pub(super) fn note(&self, path: &Path) {
        let Some(stamps) = &self.0 else { return };
        if let Ok(mut stamps) = stamps.lock() {
            stamps.entry(path.to_path_buf()).or_insert_with(|| Stamp::of(path));
        }
    }

    /// All that was noted.
    pub(super) fn stamps(&self) -> Stamps {
        self.0.as_ref().and_then(|stamps| stamps.lock().ok().map(|stamps| stamps.clone())).unwrap_or_default()
    }
}

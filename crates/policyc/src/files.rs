//! Reading and writing files.

use std::fs::File;
use std::path::{Path, PathBuf};

use policyc_core::decider::Decider;
use policyc_core::diagnostics::{codes, visible};
use policyc_core::disk::{self, Unreadable};
use policyc_core::emit;
use policyc_core::sema::{Cache, CatalogueOption, Loader};

use super::Streams;
pub(super) use super::write::write;

/// Files of the disk.
#[derive(Default)]
pub(super) struct Disk {
    catalogues: Cache,
    /// What the command line names, which need not be regular files.
    named: Vec<PathBuf>,
}

impl Disk {
    /// Files of the disk, for a command line that names these catalogues.
    pub(super) fn naming(catalogues: Vec<CatalogueOption>) -> Self {
        Self { catalogues: Cache::default(), named: catalogues.into_iter().map(|option| option.path).collect() }
    }
}

impl Loader for Disk {
    fn read(&self, path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
        if self.named.iter().any(|named| named == path) { disk::read_any(path, most) } else { disk::read(path, most) }
    }

    fn identity(&self, path: &Path) -> PathBuf {
        std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
    }

    fn cache(&self) -> Option<&Cache> {
        Some(&self.catalogues)
    }
}

/// The bytes of a file that the command line names.
///
/// # Errors
/// A message for people: it cannot be read, or has more than `most` bytes.
pub(super) fn read(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let bytes = disk::read_any(path, most).map_err(|reason| cannot_read(path, &reason))?;
    bounded(bytes, most, || format!("`{}`", shown(path)))
}

/// The bytes of a file that the command line names or, for `-`, of standard input; as [`read`].
pub(super) fn read_input(path: &Path, most: usize, streams: &mut Streams<'_>) -> Result<Vec<u8>, String> {
    if !is_stdin(path) {
        return read(path, most);
    }
    let name = || "standard input".to_owned();
    let bytes =
        disk::read_all(&mut *streams.input, most).map_err(|error| format!("cannot read {}: {error}", name()))?;
    bounded(bytes, most, name)
}

/// Opens a file that the command line names, to be read piece by piece.
pub(super) fn open(path: &Path) -> Result<File, String> {
    File::open(path).map_err(|error| cannot_read(path, &error.into()))
}

/// A path as people are shown it, on one line.
pub(super) fn shown(path: &Path) -> String {
    if is_stdin(path) { "<stdin>".to_owned() } else { visible(&path.to_string_lossy()).into_owned() }
}

/// What is said of a file that cannot be read.
pub(super) fn cannot_read(path: &Path, reason: &Unreadable) -> String {
    format!("cannot read `{}`: {reason}", shown(path))
}

fn bounded(bytes: Vec<u8>, most: usize, name: impl FnOnce() -> String) -> Result<Vec<u8>, String> {
    if bytes.len() <= most {
        return Ok(bytes);
    }
    Err(format!("{} {} is larger than {} MiB", codes::FILE_TOO_LARGE.id, name(), most >> 20))
}

/// Whether a path stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Bytes by which a policy is distinguished from a document: more than any comment in front.
const PEEK: usize = 65_536;

/// The document of a gateway that a file is, whatever its name; `None` for a policy.
///
/// # Errors
/// It is one that its gateway would refuse.
pub(super) fn document(path: &Path, bytes: &[u8]) -> Result<Option<Box<dyn Decider>>, String> {
    let start = String::from_utf8_lossy(bytes.get(..PEEK).unwrap_or(bytes));
    let Some(target) = emit::target_of(&start) else {
        // An empty document is no policy that denies everything, though it would read as one.
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let is_policy = !["json", "yaml", "yml"].iter().any(|other| extension.eq_ignore_ascii_case(other));
        let wrong = || format!("`{}` is no document of a gateway that is known; policies end in `.pol`", shown(path));
        return if is_policy { Ok(None) } else { Err(wrong()) };
    };
    let text = std::str::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8", shown(path)))?;
    let read = target.read(text.trim_start_matches('\u{feff}'));
    read.map(Some).map_err(|reason| format!("`{}` is no document for the {}: {reason}", shown(path), target.title))
}

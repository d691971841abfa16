//! Reading and writing files.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use policyc_core::decider::Decider;
use policyc_core::diagnostics::{Diagnostic, codes, visible};
use policyc_core::disk::{self, Unreadable};
use policyc_core::emit;
use policyc_core::sema::{Cache, CatalogueOption, Loader};
use policyc_core::source::SourceMap;

use super::Streams;
use super::args::Format;
pub(super) use super::write::write;

/// Files of the disk.
#[derive(Default)]
pub(super) struct Disk {
    catalogues: Cache,
    /// What the command line names, which need not be regular files.
    named: Vec<PathBuf>,
    /// What was read, if somebody asks.
    reads: Option<Mutex<Vec<Read>>>,
}

/// A file that was read: its path, and its bytes or that they could not be read.
pub(super) type Read = (PathBuf, Option<Vec<u8>>);

impl Disk {
    /// Files of the disk, for a command line that names these catalogues.
    pub(super) fn naming(catalogues: Vec<CatalogueOption>) -> Self {
        let named = catalogues.into_iter().map(|option| option.path).collect();
        Self { catalogues: Cache::default(), named, reads: None }
    }

    /// Keeps what is read.
    pub(super) fn recording(self) -> Self {
        Self { reads: Some(Mutex::default()), ..self }
    }

    /// What was read.
    pub(super) fn reads(self) -> Vec<Read> {
        self.reads.and_then(|reads| reads.into_inner().ok()).unwrap_or_default()
    }
}

impl Loader for Disk {
    fn read(&self, path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
        let named = self.named.iter().any(|named| named == path);
        let read = if named { disk::read_any(path, most) } else { disk::read(path, most) };
        if let Some(mut reads) = self.reads.as_ref().and_then(|reads| reads.lock().ok()) {
            reads.push((path.to_path_buf(), read.as_ref().ok().cloned()));
        }
        read
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

/// How a file beside others calls one of them: by the way from its folder, with `/` on every system.
pub(super) fn name_from(beside: &Path, path: &Path) -> String {
    let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = beside.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (path, folder) = (whole(path), whole(folder));
    for (up, base) in folder.ancestors().enumerate() {
        if let Ok(rest) = path.strip_prefix(base) {
            let parts: Vec<_> = rest.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            return format!("{}{}", "../".repeat(up), parts.join("/"));
        }
    }
    path.display().to_string()
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

/// What a file is, whatever its name.
pub(super) enum Content {
    /// A policy.
    Policy,
    /// A document of a gateway.
    Document(Box<dyn Decider>),
    /// A document that its gateway would refuse.
    Refused(Box<Refused>),
}

/// Why a gateway would refuse a document.
pub(super) struct Refused {
    /// The document.
    pub(super) sources: SourceMap,
    /// All that is wrong with it.
    pub(super) found: Vec<Diagnostic>,
    /// That it is wrong, in one line.
    pub(super) message: String,
}

impl Refused {
    /// Prints for people what is wrong, and gives the line that follows.
    pub(super) fn print(self, streams: &mut Streams<'_>) -> Result<String, String> {
        super::printing::print_findings(
            &self.found,
            &self.sources,
            Format::Human,
            super::printing::To::Error,
            streams,
        )?;
        Ok(self.message)
    }
}

/// Finds out what a file is.
///
/// # Errors
/// It is neither a policy nor a document of a gateway that is known, or not UTF-8.
pub(super) fn content(path: &Path, bytes: &[u8]) -> Result<Content, String> {
    let start = String::from_utf8_lossy(bytes.get(..PEEK).unwrap_or(bytes));
    let Some(target) = emit::target_of(&start) else {
        // An empty document is no policy that denies everything, though it would read as one.
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let is_policy = !["json", "yaml", "yml", "toml"].iter().any(|other| extension.eq_ignore_ascii_case(other));
        let wrong = || format!("`{}` is no document of a gateway that is known; policies end in `.pol`", shown(path));
        return if is_policy { Ok(Content::Policy) } else { Err(wrong()) };
    };
    let text = std::str::from_utf8(bytes).map_err(|_| format!("`{}` is not UTF-8", shown(path)))?;
    Ok(match target.read(text) {
        Ok(document) => Content::Document(document),
        Err(found) => {
            let mut sources = SourceMap::default();
            sources.add(shown(path), text);
            let errors = policyc_core::report::findings::of_kinds(found.iter());
            let message = format!("`{}` is no document of the target `{}`: {errors}", shown(path), target.name);
            Content::Refused(Box::new(Refused { sources, found, message }))
        }
    })
}

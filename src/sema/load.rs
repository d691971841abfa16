//! Reading the files that a policy names.
//!
//! The core does no input or output: files come from a [`Loader`]. Paths in a policy are relative to the file
//! that names them.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::cache::{Cache, Keepable, Kept};
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::disk::Unreadable;
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{Parse, parse};

/// The largest policy that is read: 64 MiB.
pub const MAX_POLICY: usize = 64 << 20;
/// The largest catalogue that is read: 512 MiB.
pub const MAX_CATALOGUE: usize = 512 << 20;

/// Where imported files and catalogues come from.
pub trait Loader {
    /// The bytes of a file that a text or an option names. Of a file with more than `most` bytes, `most + 1` bytes are enough.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&self, path: &Path, most: usize) -> Result<Vec<u8>, Unreadable>;

    /// A path that is the same for all paths of the same file.
    fn identity(&self, path: &Path) -> PathBuf {
        normalize(path)
    }

    /// A number that is another one when the file has changed. Kept catalogues of another number are read again.
    fn stamp(&self, path: &Path) -> u64 {
        let _ = path;
        0
    }

    /// Where is kept what several policies use, or the next text of one; without it everything is made again each time.
    fn cache(&self) -> Option<&Cache> {
        None
    }
}

/// A loader that has no files.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

impl Loader for NoFiles {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Err(Unreadable::Other("no files can be read here".to_owned()))
    }
}

pub(super) struct Reader<'a> {
    pub(super) sources: &'a mut SourceMap,
    pub(super) loader: &'a dyn Loader,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

/// A file that was read, and its text.
type Text = (FileId, Arc<String>);

impl Reader<'_> {
    pub(super) fn parse(&self, text: &str, file: FileId, path: &Path) -> Arc<Parse> {
        match (self.loader.cache(), self.sources.share(file)) {
            (Some(cache), Some(source)) => cache.parse(self.loader.identity(path), file, &source),
            _ => Arc::new(parse(text, file)),
        }
    }

    /// Reads what is kept for several policies, or finds it where another policy has left it. `bytes` reads the file and reports
    /// why it cannot, `parse` what it says.
    pub(super) fn read_once<T: Keepable>(
        &mut self,
        path: &Path,
        bytes: &dyn Fn(&mut Self) -> Option<Text>,
        parse: &dyn Fn(Arc<String>, FileId) -> (Option<T>, Vec<Diagnostic>),
    ) -> Option<Arc<T>> {
        let key = (self.loader.identity(path), self.sources.next_id());
        let stamp = self.loader.stamp(path);
        if let Some(kept) = self.loader.cache().and_then(|cache| cache.get(&key, stamp)) {
            self.sources.add_shared(kept.source);
            self.diagnostics.extend(kept.diagnostics);
            return kept.value;
        }
        let (file, text) = bytes(self)?;
        let (value, diagnostics) = parse(text, file);
        let value = value.map(Arc::new);
        self.diagnostics.extend(diagnostics.iter().cloned());
        if let (Some(cache), Some(source)) = (self.loader.cache(), self.sources.share(file)) {
            cache.put(key, Kept { stamp, source, value: value.clone(), diagnostics });
        }
        value
    }

    /// Reads a text file that a statement names. What is wrong is reported at `span`.
    pub(super) fn read(&mut self, path: &Path, span: Span, what: &str, most: usize) -> Option<(FileId, Arc<String>)> {
        // A place without width is no statement: the command line or the configuration names the file.
        let is_written = span.start < span.end;
        let written = self.sources.slice(span).trim_matches('"');
        if is_written && written.is_empty() {
            let error = Diagnostic::new(codes::UNREADABLE_FILE, span, format!("the path of the {what} is empty"));
            self.diagnostics.push(error.help("name a file; paths are relative to the file that contains them"));
            return None;
        }
        // As a path, an address would lose one of its slashes.
        let shown = if written.contains("://") { written.to_owned() } else { show(path) };
        let bytes = match self.loader.read(path, most) {
            Ok(bytes) => bytes,
            Err(reason) => {
                let message = format!("cannot read the {what} {}: {reason}", quote(&shown));
                let error = Diagnostic::new(codes::UNREADABLE_FILE, span, message);
                let named = match (&reason, is_written) {
                    (Unreadable::Special, false) => {
                        "a path in policyc.toml leads to a regular file; `--catalogue` may be a pipe"
                    }
                    (Unreadable::Special, true) => "write its content to a file, and name that file",
                    (_, false) => "it is named by `--catalogue` or by policyc.toml",
                    (_, true) if shown.contains(":/") && what == "catalogue" => {
                        "a catalogue is a file: write one with `policyc catalogue fetch -o FILE --url URL`"
                    }
                    (_, true) => "paths are relative to the file that contains them",
                };
                self.diagnostics.push(error.help(named));
                return None;
            }
        };
        self.accept(bytes, &shown, span, what, most)
    }

    /// Takes up the bytes of a file, unless they are too many or no text. What is wrong is reported at `span`.
    pub(super) fn accept(
        &mut self,
        bytes: Vec<u8>,
        shown: &str,
        span: Span,
        what: &str,
        most: usize,
    ) -> Option<(FileId, Arc<String>)> {
        if bytes.len() > most {
            let message = format!("the {what} {} is larger than {} MiB", quote(shown), most >> 20);
            let error = Diagnostic::new(codes::FILE_TOO_LARGE, span, message);
            self.diagnostics.push(error.help("check the path; split the file if it is really this large"));
            return None;
        }
        let (file, error) = decode(self.sources, shown, bytes);
        match error {
            Some(error) => {
                self.diagnostics.push(error.because(span, format!("the {what} is named here")));
                None
            }
            None => self.sources.get(file).map(|source| (file, Arc::clone(source.text()))),
        }
    }
}

/// Adds a text to the sources; reports bytes that are not UTF-8.
pub fn decode(sources: &mut SourceMap, name: &str, bytes: Vec<u8>) -> (FileId, Option<Diagnostic>) {
    match String::from_utf8(bytes) {
        Ok(text) => (sources.add(name, text), None),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let byte = bytes.get(valid).copied().unwrap_or_default();
            let file = sources.add(name, String::from_utf8_lossy(&bytes).into_owned());
            let at = crate::source::offset(valid);
            let message = format!("byte {valid} (0x{byte:02x}) is not UTF-8");
            let error = Diagnostic::new(codes::INVALID_UTF8, Span::new(file, at, at), message);
            (file, Some(error.help("save the file as UTF-8")))
        }
    }
}

/// Takes `.` and `..` out of a path as far as that can be done by its letters.
pub(crate) fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// A path as it is shown: with `/` on every system.
pub(super) fn show(path: &Path) -> String {
    let parts: Vec<String> =
        path.components().map(|component| component.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/").replace("//", "/") }
}

//! Reading a policy and what it imports.
//!
//! The core does no input or output: files come from a [`Loader`]. Paths in a policy are relative to the file
//! that names them. A file counts once, however often and by whatever path it is imported.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use super::known_tools::KnownTools;
use crate::catalogue::Catalogue;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::disk::Unreadable;
use crate::lock::Lock;
use crate::source::{FileId, SourceFile, SourceMap, Span};
use crate::syntax::ast::ItemKind;
use crate::syntax::{Parse, parse, parse_again};

/// The largest policy that is read: 64 MiB.
pub const MAX_POLICY: usize = 64 << 20;
/// The largest catalogue that is read: 512 MiB.
pub const MAX_CATALOGUE: usize = 512 << 20;
/// The longest chain of imports.
const MAX_CHAIN: usize = 64;

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

/// Catalogues that were read already, for policies that use the same ones; and what is known of the texts that are in use, for the next
/// ones.
///
/// Places in a catalogue name its file by the id that it has in a run, so one is found again only where it has the same id: as a
/// rule the first or second file of a policy.
#[derive(Debug, Default)]
pub struct Cache {
    kept: Mutex<BTreeMap<(PathBuf, FileId), Kept<Catalogue>>>,
    locks: Mutex<BTreeMap<(PathBuf, FileId), Kept<Lock>>>,
    /// What policies that are still in use can speak of.
    known_tools: Mutex<Vec<Weak<KnownTools>>>,
    /// The texts of policies that are still in use, and their trees.
    texts: Mutex<BTreeMap<(PathBuf, FileId), InUse>>,
}

/// A text and its tree, as long as somebody has them.
type InUse = (Weak<SourceFile>, Weak<Parse>);

/// A catalogue or lock that was read, and what was found in it.
#[derive(Debug)]
pub(super) struct Kept<T> {
    pub(super) stamp: u64,
    pub(super) source: Arc<SourceFile>,
    pub(super) value: Option<Arc<T>>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        let Self { stamp, source, value, diagnostics } = self;
        Self {
            stamp: *stamp,
            source: Arc::clone(source),
            value: value.as_ref().map(Arc::clone),
            diagnostics: diagnostics.clone(),
        }
    }
}

/// What is read once for several policies: in which part of a cache it is kept.
pub(super) trait Keepable: Sized {
    /// The part of a cache.
    fn part(cache: &Cache) -> &Mutex<BTreeMap<(PathBuf, FileId), Kept<Self>>>;
}

impl Keepable for Catalogue {
    fn part(cache: &Cache) -> &Mutex<BTreeMap<(PathBuf, FileId), Kept<Self>>> {
        &cache.kept
    }
}

impl Keepable for Lock {
    fn part(cache: &Cache) -> &Mutex<BTreeMap<(PathBuf, FileId), Kept<Self>>> {
        &cache.locks
    }
}

impl Cache {
    fn get<T: Keepable>(&self, key: &(PathBuf, FileId), stamp: u64) -> Option<Kept<T>> {
        T::part(self).lock().ok()?.get(key).filter(|kept| kept.stamp == stamp).cloned()
    }

    fn put<T: Keepable>(&self, key: (PathBuf, FileId), kept: Kept<T>) {
        // Another thread that panicked leaves nothing half done here; without the lock nothing is kept.
        if let Ok(mut all) = T::part(self).lock() {
            all.insert(key, kept);
        }
    }

    /// Reads a policy file, for the most part from what is known of an older text of it.
    fn parse(&self, path: PathBuf, file: FileId, source: &Arc<SourceFile>) -> Arc<Parse> {
        let key = (path, file);
        let known = self.texts.lock().ok().and_then(|texts| {
            let (source, parse) = texts.get(&key)?;
            Some((source.upgrade()?, parse.upgrade()?))
        });
        let parse = match known {
            Some((old, known)) if old.text() == source.text() => known,
            Some((old, known)) => Arc::new(parse_again(source.text(), file, &known, old.text())),
            None => Arc::new(parse(source.text(), file)),
        };
        if let Ok(mut texts) = self.texts.lock() {
            texts.insert(key, (Arc::downgrade(source), Arc::downgrade(&parse)));
        }
        parse
    }

    /// The known tools that another policy, or an older text of the same one, has.
    pub(super) fn known_tools(&self, wanted: &dyn Fn(&KnownTools) -> bool) -> Option<Arc<KnownTools>> {
        self.known_tools.lock().ok()?.iter().filter_map(Weak::upgrade).find(|known| wanted(known))
    }

    pub(super) fn share_known_tools(&self, known_tools: &Arc<KnownTools>) {
        if let Ok(mut all) = self.known_tools.lock() {
            all.retain(|known| known.strong_count() > 0);
            all.push(Arc::downgrade(known_tools));
        }
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

/// A policy file that was read.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its id.
    pub file: FileId,
    /// Its tree and tokens.
    pub parse: Arc<Parse>,
    /// The folder that its paths are relative to.
    pub folder: PathBuf,
    /// What decisions write before the line: empty for the main file, `FILE:` for an imported one.
    pub label: String,
    /// The path in the `import` of the main file by which it came; `None` for the main file itself.
    pub import: Option<Span>,
}

/// All files of a policy, and their top-level statements in order, imports in their place.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) units: Vec<Unit>,
    /// Index of a unit and of a statement in it.
    pub(super) items: Vec<(usize, usize)>,
}

pub(super) struct Reader<'a> {
    pub(super) sources: &'a mut SourceMap,
    pub(super) loader: &'a dyn Loader,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

struct Imports<'a, 'b> {
    reader: &'b mut Reader<'a>,
    root: PathBuf,
    units: Units,
    /// Files being read, with the import that asked for each, outermost first.
    active: Vec<(PathBuf, Option<Span>)>,
    done: BTreeMap<PathBuf, ()>,
}

/// Reads the main file, whose text is given, and all that it imports.
pub(super) fn read_all(reader: &mut Reader<'_>, main: FileId, text: &str, path: &Path) -> Units {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let identity = reader.loader.identity(path);
    let mut imports = Imports {
        reader,
        root: folder.clone(),
        units: Units::default(),
        active: vec![(identity, None)],
        done: BTreeMap::new(),
    };
    let parse = imports.reader.parse(text, main, path);
    imports.include(Unit { file: main, parse, folder, label: String::new(), import: None });
    imports.units
}

impl Imports<'_, '_> {
    fn include(&mut self, unit: Unit) {
        self.reader.diagnostics.extend(unit.parse.errors.iter().cloned());
        let index = self.units.units.len();
        let (parse, folder) = (Arc::clone(&unit.parse), unit.folder.clone());
        self.units.units.push(unit);
        for (number, item) in parse.file.items.iter().enumerate() {
            match &item.kind {
                ItemKind::Import { path } => self.import(&folder, &path.text, path.span),
                ItemKind::Policy { name, .. } if index > 0 => {
                    let message = "a file with policies cannot be imported";
                    let import = self.active.last().and_then(|(_, span)| *span).unwrap_or(name.span);
                    let error = Diagnostic::new(codes::IMPORT_WITH_POLICIES, import, message)
                        .because(name.span, "it contains this policy")
                        .help("move the rules that both files need into a separate file, and import that");
                    if !self.reader.diagnostics.contains(&error) {
                        self.reader.diagnostics.push(error);
                    }
                }
                _ => self.units.items.push((index, number)),
            }
        }
    }

    fn import(&mut self, folder: &Path, written: &str, span: Span) {
        let path = normalize(&folder.join(written));
        let identity = self.reader.loader.identity(&path);
        if let Some(position) = self.active.iter().position(|(active, _)| *active == identity) {
            let mut error = Diagnostic::new(codes::IMPORT_CYCLE, span, format!("{} imports itself", quote(written)))
                .help("move the statements that both files need into a third file, and import that");
            if self.active.len() > position + 1 {
                error.message = format!("{} is imported by a file that it imports", quote(written));
                for (_, import) in self.active.iter().skip(position + 1) {
                    if let Some(import) = import {
                        error = error.because(*import, "through this import");
                    }
                }
            }
            self.reader.diagnostics.push(error);
            return;
        }
        if self.done.contains_key(&identity) {
            return;
        }
        if self.active.len() >= MAX_CHAIN {
            let message = format!("a chain of more than {MAX_CHAIN} imports");
            self.reader.diagnostics.push(Diagnostic::new(codes::NESTED_TOO_DEEP, span, message));
            return;
        }
        let Some((file, text)) = self.reader.read(&path, span, "import", MAX_POLICY) else { return };
        self.done.insert(identity.clone(), ());
        self.active.push((identity, Some(span)));
        let label = format!("{}:", relative(&path, &self.root));
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let import = self.active.iter().find_map(|(_, import)| *import);
        let parse = self.reader.parse(&text, file, &path);
        self.include(Unit { file, parse, folder, label, import });
        self.active.pop();
    }
}

impl Units {
    /// Takes up a question: what an assertion says after its demand.
    pub(super) fn ask(&mut self, reader: &mut Reader<'_>, question: &str) -> FileId {
        let text = format!("assert deny {question}");
        let file = reader.sources.add("the question", &text);
        let parse = Arc::new(parse(&text, file));
        reader.diagnostics.extend(parse.errors.iter().cloned());
        let index = self.units.len();
        match parse.file.items.as_slice() {
            [item] if matches!(item.kind, ItemKind::Assert(_)) => self.items.push((index, 0)),
            [_, second, ..] if parse.errors.is_empty() => {
                let message = "a question is a selection of tools and optionally a condition";
                let error = Diagnostic::new(codes::MISPLACED_STATEMENT, second.span, message);
                reader.diagnostics.push(error.help("write `TOOLS`, or `TOOLS when CONDITION`"));
            }
            _ => {}
        }
        self.units.push(Unit { file, parse, folder: PathBuf::new(), label: String::new(), import: None });
        file
    }
}

/// A file that was read, and its text.
type Text = (FileId, Arc<String>);

impl Reader<'_> {
    fn parse(&self, text: &str, file: FileId, path: &Path) -> Arc<Parse> {
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

/// The identities of the files that a policy file imports itself, in order.
#[must_use]
pub fn imports(text: &str, path: &Path, loader: &dyn Loader) -> Vec<PathBuf> {
    // Most files import nothing, and need not be parsed to know it.
    if !text.contains("import") {
        return Vec::new();
    }
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let file = SourceMap::default().add("", text);
    let items = parse(text, file).file.items;
    let named = items.iter().filter_map(|item| match &item.kind {
        ItemKind::Import { path } => Some(loader.identity(&normalize(&folder.join(&path.text)))),
        _ => None,
    });
    named.collect()
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

/// The way from `root` to `path`, if it leads down or up; else the path itself.
fn relative(path: &Path, root: &Path) -> String {
    let root = normalize(root);
    let mut up = 0;
    let mut base = Some(root.as_path());
    while let Some(folder) = base {
        if let Ok(rest) = path.strip_prefix(folder) {
            return format!("{}{}", "../".repeat(up), show(rest));
        }
        up += 1;
        base = folder.parent();
    }
    show(path)
}

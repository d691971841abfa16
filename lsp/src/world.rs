//! The state of the server: open texts, folders, settings, and the findings of the checker and the
//! linter.
//!
//! Texts are changed by the handlers of notifications, which store them before they do anything
//! else. Two threads check and lint what has changed; whoever answers a request about a text that
//! is not checked yet checks it, so nothing is computed twice and nobody waits for an older text.
//! No lock is held while something is computed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use policyc_core::config::FILE_NAME;
use policyc_core::diagnostics::Diagnostic;
use policyc_core::disk;
use policyc_core::ide::View;
use policyc_core::sema::{Cache, MAX_POLICY};
use tower_lsp_server::ls_types::{TextDocumentContentChangeEvent, Uri};

use crate::check::{self, Checked, Findings, Read, Surroundings};
use crate::documents::{Document, Version};
use crate::files::Overlay;
use crate::position::Encoding;
use crate::settings::Settings;
use crate::turn::Turn;

/// Everything the server knows.
#[derive(Debug, Default)]
pub(crate) struct World {
    state: Mutex<State>,
    cache: Cache,
    stamps: AtomicU64,
    turn: Arc<Turn>,
    to_check: Queue,
    to_lint: Queue,
    /// Texts that no document has any more. To drop one takes so long that nobody who types should
    /// wait for it.
    left: Mutex<Vec<Arc<Version>>>,
    /// How often each text was checked and linted.
    counts: Mutex<BTreeMap<Uri, (u64, u64)>>,
}

/// What the client can do, as far as it matters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Client {
    /// What positions count in.
    pub(crate) encoding: Encoding,
    /// It asks for diagnostics itself.
    pub(crate) pulls: bool,
    /// It asks again for diagnostics when it is asked to.
    pub(crate) refreshes_diagnostics: bool,
    /// It asks again for lenses when it is asked to.
    pub(crate) refreshes_lenses: bool,
    /// It answers questions about its settings.
    pub(crate) configuration: bool,
    /// It watches files for the server.
    pub(crate) watches: bool,
    /// It understands snippets in completions.
    pub(crate) snippets: bool,
    /// It understands Markdown in what there is to read about a completion.
    pub(crate) documents_in_markdown: bool,
    /// It understands places in answers that say what they are the origin of.
    pub(crate) links: bool,
    /// It creates files that an edit asks for.
    pub(crate) creates_files: bool,
    /// It has the command `policyc.showPlaces`, which shows a list of places.
    pub(crate) shows_places: bool,
    /// It understands symbols within symbols.
    pub(crate) nested_symbols: bool,
    /// It understands edits of several files with versions.
    pub(crate) document_changes: bool,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<Uri, Document>,
    folders: Vec<PathBuf>,
    settings: Arc<Settings>,
    client: Arc<Client>,
    overlay: Arc<Overlay>,
    /// Results of tests, by document and name.
    results: BTreeMap<Uri, TestResults>,
    /// The documents in the order in which somebody cared for them, the last one last.
    recent: Vec<Uri>,
}

/// Of how many documents the analyses are kept.
const MOST_ANALYSES: usize = 2;

/// Results of tests by name: the text they are about, whether they passed, and a message.
pub(crate) type TestResults = BTreeMap<String, (u64, bool, String)>;

/// Documents that wait for a thread; of those that wait the last one comes first.
#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<(Vec<Uri>, bool)>,
    changed: Condvar,
}

impl Queue {
    fn push(&self, uri: Uri) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.0.retain(|other| *other != uri);
        waiting.0.push(uri);
        self.changed.notify_all();
    }

    /// The next document; `None` when the server ends.
    fn pop(&self) -> Option<Uri> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if waiting.1 {
                return None;
            }
            if let Some(uri) = waiting.0.pop() {
                return Some(uri);
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn close(&self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.changed.notify_all();
    }
}

impl World {
    fn state(&self) -> MutexGuard<'_, State> {
        // A handler that panicked leaves texts that are whole: each change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stamp(&self) -> u64 {
        self.stamps.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The request that has its turn.
    #[must_use]
    pub(crate) fn turn(&self) -> &Arc<Turn> {
        &self.turn
    }

    /// What the client can do.
    #[must_use]
    pub(crate) fn client(&self) -> Arc<Client> {
        Arc::clone(&self.state().client)
    }

    /// Takes up what the client says of itself.
    pub(crate) fn start(&self, client: Client, folders: Vec<PathBuf>) {
        let mut state = self.state();
        state.client = Arc::new(client);
        state.folders = folders;
    }

    /// The workspace folders.
    #[must_use]
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        self.state().folders.clone()
    }

    /// Adds and removes workspace folders.
    pub(crate) fn change_folders(&self, added: Vec<PathBuf>, removed: &[PathBuf]) {
        let mut state = self.state();
        state.folders.retain(|folder| !removed.contains(folder) && !added.contains(folder));
        state.folders.extend(added);
        drop(state);
        self.renew(&|_| true);
    }

    /// The settings.
    #[must_use]
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.state().settings)
    }

    /// Takes up new settings; says whether anything is different.
    pub(crate) fn configure(&self, settings: Settings) -> bool {
        let mut state = self.state();
        if *state.settings == settings {
            return false;
        }
        state.settings = Arc::new(settings);
        drop(state);
        self.renew(&|_| true);
        true
    }

    /// The path of a document: of one that is no file, a name in the first folder.
    fn path_of(&self, uri: &Uri) -> PathBuf {
        if let Some(path) = uri.to_file_path().filter(|_| uri.scheme().as_str() == "file") {
            return path.into_owned();
        }
        let name: String = uri.path().as_str().chars().map(|char| if char == '/' { '_' } else { char }).collect();
        let folder = self.state().folders.first().cloned().unwrap_or_default();
        folder.join(if name.ends_with(".pol") { name } else { format!("{name}.pol") })
    }

    /// A document was opened.
    pub(crate) fn open(&self, uri: Uri, language: String, number: i32, text: String) {
        let path = self.path_of(&uri);
        let now = Arc::new(Version::new(uri.clone(), path.clone(), number, text, self.stamp()));
        let document = Document { language, now, sound: None, lints: Vec::new() };
        self.store(uri, document);
        self.touched(&path);
    }

    /// A document was edited. An edit that is older than what is known is dropped.
    pub(crate) fn edit(&self, uri: &Uri, number: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let stamp = self.stamp();
        let mut state = self.state();
        let encoding = state.client.encoding;
        let Some(document) = state.documents.get_mut(uri).filter(|document| document.now.number < number) else {
            return;
        };
        let left = document.edit(number, changes, encoding, stamp);
        let path = document.now.path.clone();
        let is_checked = document.is_checked();
        state.care_for(uri);
        state.lay_over();
        drop(state);
        if is_checked {
            self.to_check.push(uri.clone());
        }
        self.left.lock().unwrap_or_else(PoisonError::into_inner).extend(left);
        self.touched(&path);
    }

    /// Drops the texts that no document has any more.
    pub(crate) fn clear(&self) {
        let left = std::mem::take(&mut *self.left.lock().unwrap_or_else(PoisonError::into_inner));
        drop(left);
    }

    /// A document was closed: the disk has its text again.
    pub(crate) fn close(&self, uri: &Uri) {
        let mut state = self.state();
        let Some(document) = state.documents.remove(uri) else { return };
        state.results.remove(uri);
        state.recent.retain(|other| other != uri);
        state.lay_over();
        drop(state);
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
        if document.is_checked() {
            // What was said of it is taken back.
            self.to_check.push(uri.clone());
        }
        self.touched(&document.now.path);
    }

    fn store(&self, uri: Uri, document: Document) {
        let is_checked = document.is_checked();
        let mut state = self.state();
        state.documents.insert(uri.clone(), document);
        state.care_for(&uri);
        state.lay_over();
        drop(state);
        if is_checked {
            self.to_check.push(uri);
        }
    }

    /// Checks again what depends on a file that has changed, except the file itself.
    fn touched(&self, path: &Path) {
        let depends = |version: &Version| version.path != path && depends(version, path);
        self.renew(&depends);
    }

    /// Checks again what depends on files of the disk that have changed.
    pub(crate) fn files_changed(&self, paths: &BTreeSet<PathBuf>) {
        self.renew(&|version| paths.iter().any(|path| depends(version, path)));
    }

    /// Forgets what is known of some documents, and has them checked.
    fn renew(&self, which: &dyn Fn(&Version) -> bool) {
        let mut again = Vec::new();
        let mut state = self.state();
        for (uri, document) in &mut state.documents {
            if document.is_policy() && which(&document.now) {
                document.now = Arc::new(document.now.renewed(self.stamp()));
                again.push(uri.clone());
            }
        }
        drop(state);
        again.into_iter().for_each(|uri| self.to_check.push(uri));
    }

    /// The text of a document as it is now.
    #[must_use]
    pub(crate) fn version(&self, uri: &Uri) -> Option<Arc<Version>> {
        self.state().documents.get(uri).map(|document| Arc::clone(&document.now))
    }

    /// Whether an open document is a policy.
    #[must_use]
    pub(crate) fn is_policy(&self, uri: &Uri) -> bool {
        self.state().documents.get(uri).is_some_and(Document::is_policy)
    }

    /// Whether an open document is a configuration.
    #[must_use]
    pub(crate) fn is_configuration(&self, uri: &Uri) -> bool {
        self.state().documents.get(uri).is_some_and(Document::is_configuration)
    }

    /// The open policies, and those of the workspace folders, each read when it is its turn.
    pub(crate) fn all_policies(&self) -> impl Iterator<Item = Arc<Version>> {
        let open = self.policies();
        let known: BTreeSet<PathBuf> = open.iter().map(|version| version.path.clone()).collect();
        let closed = crate::files::policies(&self.folders()).into_iter().filter(move |path| !known.contains(path));
        open.into_iter().chain(closed.filter_map(|path| self.closed(&path)))
    }

    /// A policy that is not open, as the disk has it.
    #[must_use]
    pub(crate) fn closed(&self, path: &Path) -> Option<Arc<Version>> {
        let text = String::from_utf8(disk::read(path, MAX_POLICY).ok()?).ok()?;
        Some(Arc::new(Version::new(Uri::from_file_path(path)?, path.to_path_buf(), 0, text, self.stamp())))
    }

    /// A number that is another one when a file has changed, whether it is open or not.
    #[must_use]
    pub(crate) fn file_stamp(&self, path: &Path) -> u64 {
        let overlay = Arc::clone(&self.state().overlay);
        overlay.get(path).map_or_else(|| crate::files::stamp(path), |(_, stamp)| *stamp)
    }

    /// The open policies.
    #[must_use]
    pub(crate) fn policies(&self) -> Vec<Arc<Version>> {
        let state = self.state();
        state
            .documents
            .values()
            .filter(|document| document.is_policy())
            .map(|document| Arc::clone(&document.now))
            .collect()
    }

    /// The open document of a path.
    #[must_use]
    pub(crate) fn at_path(&self, path: &Path) -> Option<Arc<Version>> {
        let state = self.state();
        state.documents.values().find(|document| document.now.path == path).map(|document| Arc::clone(&document.now))
    }

    /// Whether a version is the one that the document has now.
    #[must_use]
    pub(crate) fn is_current(&self, version: &Version) -> bool {
        self.state().documents.get(&version.uri).is_some_and(|document| document.now.stamp == version.stamp)
    }

    /// A text, read with all that it names; now, if it was not yet.
    #[must_use]
    pub(crate) fn parsed(&self, version: &Version) -> Arc<Read> {
        let parsed = version.parsed.get_or_init(|| {
            self.count(&version.uri, |counts| counts.0 += 1);
            let state = self.state();
            let (overlay, settings) = (Arc::clone(&state.overlay), Arc::clone(&state.settings));
            let inside = state
                .folders
                .iter()
                .filter(|folder| version.path.starts_with(folder))
                .max_by_key(|folder| folder.as_os_str().len());
            let folder = inside.cloned().or_else(|| version.path.parent().map(Path::to_path_buf)).unwrap_or_default();
            drop(state);
            let with = Surroundings { overlay: &overlay, cache: &self.cache, settings: &settings, folder: &folder };
            let read = Arc::new(check::read(version, &with));
            version.read.get_or_init(|| Arc::new(read.files.clone()));
            read
        });
        Arc::clone(parsed)
    }

    /// What the checker says of a text, as soon as it can be said.
    #[must_use]
    pub(crate) fn told(&self, version: &Version) -> Findings {
        let told = version.told.get_or_init(|| {
            let known = version.checked.get().map(|checked| checked.told.clone());
            let soon = known.or_else(|| self.parsed(version).tell());
            soon.unwrap_or_else(|| self.checked(version).told.clone())
        });
        told.clone()
    }

    /// The analysis of a text; made now, if it is not there yet.
    #[must_use]
    pub(crate) fn checked(&self, version: &Version) -> Arc<Checked> {
        Arc::clone(version.checked.get_or_init(|| Arc::new(check::check(self.parsed(version)))))
    }

    /// What the linter says of a text; made now, if it is not there yet. `None` if it was given up.
    pub(crate) fn linted(&self, version: &Version, stopped: &dyn Fn() -> bool) -> Option<Arc<Vec<Diagnostic>>> {
        // Only one thread lints a text. Who waits for it may give up, too, and if it gives up goes
        // on in its place.
        let _linting = loop {
            if let Some(found) = version.linted.get() {
                return Some(Arc::clone(found));
            }
            match version.linting.try_lock() {
                Ok(linting) => break linting,
                Err(TryLockError::Poisoned(linting)) => break linting.into_inner(),
                Err(TryLockError::WouldBlock) if stopped() => return None,
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        if let Some(found) = version.linted.get() {
            return Some(Arc::clone(found));
        }
        self.count(&version.uri, |counts| counts.1 += 1);
        let found = self.checked(version).lint(stopped)?;
        Some(Arc::clone(version.linted.get_or_init(|| Arc::new(found))))
    }

    /// What the linter said last of a document, moved along with the edits since.
    pub(crate) fn moved_lints(&self, uri: &Uri) -> Vec<Diagnostic> {
        self.state().documents.get(uri).map(|document| document.lints.clone()).unwrap_or_default()
    }

    /// Keeps what the linter said of a text, unless the document has another.
    pub(crate) fn keep_lints(&self, version: &Version, lints: Vec<Diagnostic>) {
        let mut state = self.state();
        if let Some(document) =
            state.documents.get_mut(&version.uri).filter(|document| document.now.stamp == version.stamp)
        {
            document.lints = lints;
        }
    }

    /// Forgets the analyses of documents that nobody has cared for lately. They are made again when
    /// somebody asks.
    pub(crate) fn forget_older(&self) {
        let mut state = self.state();
        let older = state.recent.len().saturating_sub(MOST_ANALYSES);
        let older: Vec<Uri> = state.recent.get(..older).unwrap_or_default().to_vec();
        let mut dropped = Vec::new();
        for uri in &older {
            let Some(document) = state.documents.get_mut(uri) else { continue };
            // What was not looked at yet is still to be said.
            if document.now.told.get().is_some() && document.now.linted.get().is_some() {
                let forgotten = Arc::new(document.now.forgotten());
                dropped.push((std::mem::replace(&mut document.now, forgotten), document.sound.take()));
            }
        }
        drop(state);
        // Dropping takes longer than anybody should have to wait for the lock.
        drop(dropped);
    }

    /// Answers a question about a text.
    pub(crate) fn view<T>(&self, version: &Version, answer: impl FnOnce(&View<'_>) -> T) -> T {
        let checked = self.checked(version);
        self.state().care_for(&version.uri);
        let sound = self.state().documents.get(&version.uri).and_then(|document| document.sound.clone());
        let sound = sound.filter(|_| !checked.told.is_sound).map(|sound| self.checked(&sound));
        answer(&View::new(&checked.analysis, sound.as_ref().map(|sound| &sound.analysis)))
    }

    /// Answers a question about a text that has nothing to do with what its rules mean, so that
    /// nobody who types waits for that.
    pub(crate) fn glance<T>(&self, version: &Version, answer: impl FnOnce(&View<'_>) -> T) -> T {
        let parsed = self.parsed(version);
        self.state().care_for(&version.uri);
        answer(&View::new(parsed.survey.as_analysis(), None))
    }

    /// Results of tests of a document.
    #[must_use]
    pub(crate) fn results(&self, uri: &Uri) -> TestResults {
        self.state().results.get(uri).cloned().unwrap_or_default()
    }

    /// Keeps results of tests.
    pub(crate) fn keep_results(&self, uri: &Uri, results: TestResults) {
        self.state().results.entry(uri.clone()).or_default().extend(results);
    }

    /// How often each open text was checked and linted.
    #[must_use]
    pub(crate) fn counts(&self) -> BTreeMap<Uri, (u64, u64)> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, uri: &Uri, add: impl FnOnce(&mut (u64, u64))) {
        add(self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(uri.clone()).or_default());
    }

    /// The next document to check; waits for one. `None` when the server ends.
    pub(crate) fn next_to_check(&self) -> Option<Uri> {
        self.to_check.pop()
    }

    /// The next document to lint; waits for one. `None` when the server ends.
    pub(crate) fn next_to_lint(&self) -> Option<Uri> {
        self.to_lint.pop()
    }

    /// Has a document linted.
    pub(crate) fn lint_soon(&self, uri: Uri) {
        self.to_lint.push(uri);
    }

    /// Ends the threads.
    pub(crate) fn stop(&self) {
        self.to_check.close();
        self.to_lint.close();
    }
}

impl State {
    /// Notes that somebody cares for a document that is open.
    fn care_for(&mut self, uri: &Uri) {
        if self.recent.last() != Some(uri) && self.documents.contains_key(uri) {
            self.recent.retain(|other| other != uri);
            self.recent.push(uri.clone());
        }
    }

    /// Makes the open texts known to those who read files.
    fn lay_over(&mut self) {
        let texts = self.documents.values().map(|document| {
            let now = &document.now;
            (now.path.clone(), (Arc::clone(&now.text), now.stamp))
        });
        self.overlay = Arc::new(texts.collect());
    }
}

/// Whether what is known of a text depends on a file. A text that was not checked yet may be being
/// checked now, with the file as it was.
fn depends(version: &Version, path: &Path) -> bool {
    let Some(read) = version.read.get() else { return true };
    if read.contains_key(path) {
        return true;
    }
    // A configuration that comes nearer than the one that was found was asked for, too; this is for
    // paths with links in them.
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    path.file_name().is_some_and(|name| name == FILE_NAME) && read.contains_key(&real)
        || read.keys().any(|read| {
            read.file_name() == path.file_name() && std::fs::canonicalize(read).is_ok_and(|read| read == real)
        })
}

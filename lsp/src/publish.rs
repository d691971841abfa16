//! Sends findings to the client.
//!
//! What is said of a file can come from several policies: the file itself, and those that import
//! it, use it as their catalogue or are configured by it. Each policy has a report, by document,
//! and so has each open configuration; what the client gets of a document is put together from all
//! reports, equal findings once.
//!
//! Only the two threads send findings: a handler that waited for the client would keep the tasks
//! from running that bring it the message.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use futures::executor::block_on;
use policyc_core::config::Config;
use policyc_core::diagnostics::{self, Diagnostic, codes};
use policyc_core::ide::View;
use policyc_core::ide::navigate;
use policyc_core::source::{FileId, SourceMap, Span};
use serde::Serialize;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::{self as lsp, Uri};

use crate::check::{Mistakes, Read};
use crate::convert::Places;
use crate::documents::Version;
use crate::transport::Output;
use crate::world::World;

/// What one policy says of documents.
pub(crate) type Report = BTreeMap<Uri, Vec<lsp::Diagnostic>>;

/// Sends findings.
#[derive(Debug)]
pub(crate) struct Publisher {
    world: Arc<World>,
    client: Client,
    output: Output,
    /// The report of each open policy.
    reports: Mutex<BTreeMap<Uri, Report>>,
}

impl Publisher {
    /// Sends findings to a client.
    #[must_use]
    pub(crate) fn new(world: Arc<World>, client: Client, output: Output) -> Self {
        Self { world, client, output, reports: Mutex::default() }
    }

    /// Checks what has changed until the server ends.
    pub(crate) fn check(&self) {
        while let Some(uri) = self.world.next_to_check() {
            let Some(version) = self.world.version(&uri) else {
                self.close(&uri);
                continue;
            };
            if self.world.is_configuration(&uri) {
                let _ = crate::guard::caught(|| self.check_configuration(&version));
                continue;
            }
            // What a bug in the checker says of one text must not keep others from being checked.
            let _ = crate::guard::caught(|| self.check_one(&version));
            self.world.lint_soon(uri);
        }
    }

    fn check_one(&self, version: &Version) {
        // Whoever answers a question about the text waits for it to be read only. Where there are
        // few processors, that thread may stand in line behind this one, and a completion list is
        // wanted sooner than what is wrong.
        let read = self.world.parsed(version);
        thread::yield_now();
        let told = self.world.told(version);
        thread::yield_now();
        if !self.pushes() || !self.world.is_current(version) {
            return;
        }
        let mut found = told.found.as_ref().clone();
        if told.is_sound {
            // Until the linter has looked again, what it said last stands where it was not edited.
            found.extend(self.world.moved_lints(&version.uri));
            diagnostics::sort(&mut found);
        }
        self.send(version, &read, &found);
    }

    fn check_configuration(&self, version: &Version) {
        if self.pushes() {
            self.replace(&version.uri, of_configuration(&self.world, version), Some(version));
        }
    }

    /// Lints what has changed until the server ends.
    pub(crate) fn lint(&self) {
        while let Some(uri) = self.world.next_to_lint() {
            self.world.clear();
            let Some(version) = self.world.version(&uri) else { continue };
            let _ = crate::guard::caught(|| self.lint_one(&version));
        }
    }

    fn lint_one(&self, version: &Version) {
        let Some(found) = self.world.linted(version, &|| !self.world.is_current(version)) else { return };
        let told = self.world.told(version).found;
        // Either may be thousands.
        let mut told_at: BTreeMap<Span, Vec<&Diagnostic>> = BTreeMap::new();
        told.iter().for_each(|finding| told_at.entry(finding.primary.span).or_default().push(finding));
        let is_told =
            |finding: &Diagnostic| told_at.get(&finding.primary.span).is_some_and(|told| told.contains(&finding));
        let lints = found.iter().filter(|finding| !is_told(finding)).cloned().collect();
        self.world.keep_lints(version, lints);
        if self.pushes() && self.world.is_current(version) {
            self.send(version, &self.world.parsed(version), &found);
        }
        self.world.forget_older();
        self.refresh();
    }

    /// Whether findings are sent without being asked for.
    fn pushes(&self) -> bool {
        !self.world.client().pulls
    }

    /// Tells the client to ask again for what depends on the linter.
    fn refresh(&self) {
        if self.world.client().refreshes_lenses {
            let sender = self.client.clone();
            tokio_spawn(async move { drop(sender.code_lens_refresh().await) });
        }
    }

    /// Sends what a policy says of documents, and takes back what it does not say any more.
    fn send(&self, version: &Version, read: &Read, found: &[Diagnostic]) {
        self.replace(&version.uri, report(&self.world, version, read, found), Some(version));
    }

    /// A policy was closed: what it said is taken back.
    fn close(&self, uri: &Uri) {
        self.replace(uri, Report::new(), None);
    }

    fn replace(&self, root: &Uri, report: Report, version: Option<&Version>) {
        // The lock is held until all is sent, so that the client gets reports in the order in which
        // they were made.
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if version.is_some_and(|version| !self.world.is_current(version)) {
            return;
        }
        let old = reports.remove(root).unwrap_or_default();
        let mut touched: BTreeSet<&Uri> =
            old.keys().chain(report.keys()).filter(|uri| old.get(uri) != report.get(uri)).collect();
        touched.insert(root);
        for uri in touched {
            let mut all = Together::default();
            let others = reports.values().filter_map(|report| report.get(uri)).flatten();
            report.get(uri).into_iter().flatten().chain(others).for_each(|finding| all.add(finding));
            let version = version.filter(|_| uri == root).map(|version| version.number);
            let found = DocumentFindings { uri, diagnostics: all.into_all(), version };
            block_on(self.output.notify("textDocument/publishDiagnostics", &found));
        }
        if !report.is_empty() {
            reports.insert(root.clone(), report);
        }
    }
}

/// Findings of several reports in their order, equal ones once. There may be thousands, so only
/// those are compared of which that is likely.
#[derive(Debug)]
pub(crate) struct Together<T> {
    all: Vec<T>,
    /// Indices by a number for place and message.
    alike: BTreeMap<u64, Vec<usize>>,
}

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self { all: Vec::new(), alike: BTreeMap::new() }
    }
}

impl<T: Borrow<lsp::Diagnostic>> Together<T> {
    /// Adds a finding, unless there is an equal one.
    pub(crate) fn add(&mut self, finding: T) {
        let new: &lsp::Diagnostic = finding.borrow();
        let (start, end) = (new.range.start, new.range.end);
        let mut hasher = DefaultHasher::new();
        (start.line, start.character, end.line, end.character, &new.message).hash(&mut hasher);
        let alike = self.alike.entry(hasher.finish()).or_default();
        if alike.iter().any(|index| self.all.get(*index).is_some_and(|other| other.borrow() == new)) {
            return;
        }
        alike.push(self.all.len());
        self.all.push(finding);
    }

    /// All of them.
    pub(crate) fn into_all(self) -> Vec<T> {
        self.all
    }
}

/// The parameters of `textDocument/publishDiagnostics`, written straight from the reports: with
/// hundreds of findings, to copy them took longer than to find them.
#[derive(Serialize)]
struct DocumentFindings<'a> {
    uri: &'a Uri,
    diagnostics: Vec<&'a lsp::Diagnostic>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
}

/// What is said of each document that a policy is made of.
#[must_use]
pub(crate) fn report(world: &World, version: &Version, read: &Read, found: &[Diagnostic]) -> Report {
    let encoding = world.client().encoding;
    let places = Places { version, sources: &read.survey.as_analysis().sources, encoding, world };
    let mut report = Report::new();
    report.insert(version.uri.clone(), Vec::new());
    let mut elsewhere: BTreeMap<FileId, Vec<&Diagnostic>> = BTreeMap::new();
    for finding in found {
        let Some(uri) = places.uri(finding.primary.span) else { continue };
        report.entry(uri).or_default().push(places.diagnostic(finding));
        if finding.is_error() && finding.primary.span.file != FileId(0) {
            elsewhere.entry(finding.primary.span.file).or_default().push(finding);
        }
    }
    // Who looks at the policy does not see what is wrong in a file that is not open.
    let view = View::new(read.survey.as_analysis(), None);
    let named = elsewhere.iter().map(|(file, errors)| places.diagnostic(&broken(&view, *file, errors)));
    report.entry(version.uri.clone()).or_default().extend(named);
    report.extend(read.mistakes().and_then(|mistakes| in_configuration(world, mistakes)));
    report
}

/// What is said of an open configuration.
#[must_use]
pub(crate) fn of_configuration(world: &World, version: &Version) -> Report {
    let folder = version.path.parent().unwrap_or(Path::new(""));
    let found = Config::parse(&version.text, folder).err().unwrap_or_default();
    Report::from([(version.uri.clone(), own(world, version, &found))])
}

/// The mistakes in a configuration, which need not be open, by the document that it is.
fn in_configuration(world: &World, Mistakes { path, text, found }: &Mistakes) -> Option<(Uri, Vec<lsp::Diagnostic>)> {
    let uri = world.at_path(path).map_or_else(|| Uri::from_file_path(path), |open| Some(open.uri.clone()))?;
    let version = Version::new(uri.clone(), path.clone(), 0, text.clone(), 0);
    Some((uri, own(world, &version, found)))
}

/// Findings about one text.
fn own(world: &World, version: &Version, found: &[Diagnostic]) -> Vec<lsp::Diagnostic> {
    let places = Places { version, sources: &SourceMap::default(), encoding: world.client().encoding, world };
    found.iter().map(|finding| places.diagnostic(finding)).collect()
}

/// That a file which the policy names has errors, said where the policy names it.
fn broken(view: &View<'_>, file: FileId, errors: &[&Diagnostic]) -> Diagnostic {
    let (first, rest) = (errors.first(), errors.len().saturating_sub(1));
    let name = view.analysis().sources.name(file);
    let what = if name.ends_with(".pol") { "imported file" } else { "catalogue" };
    let short = std::path::Path::new(name).file_name().map_or(name.into(), |name| name.to_string_lossy());
    let said = first.map_or("", |first| first.message.as_str());
    let more = match rest {
        0 => String::new(),
        1 => ", and 1 more error".to_owned(),
        rest => format!(", and {rest} more errors"),
    };
    let place = navigate::named_at(view, file).unwrap_or(Span::new(view.file(), 0, 0));
    let message = format!("the {what} `{short}` has an error: {said}{more}");
    let code = first.map_or(codes::UNREADABLE_FILE, |first| first.code);
    let error = Diagnostic::new(code, place, message);
    first.iter().fold(error, |error, first| error.because(first.primary.span, first.message.clone()))
}

/// Sends a request to the client without waiting for its answer, which it may never give.
pub(crate) fn tokio_spawn(future: impl Future<Output = ()> + Send + 'static) {
    match tokio::runtime::Handle::try_current() {
        Ok(handle) => drop(handle.spawn(future)),
        // A thread of its own has no runtime.
        Err(_) => drop(thread::spawn(move || block_on(future))),
    }
}

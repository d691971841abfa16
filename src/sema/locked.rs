//! What the lock says of the catalogues of a policy: classes, and what is not as it is locked.

use std::path::PathBuf;
use std::sync::Arc;

use super::load::{Reader, show};
use crate::catalogue::{Catalogue, Class, Tag, ToolSets};
use crate::diagnostics::{Diagnostic, Severity, codes, quote};
use crate::disk::Unreadable;
use crate::ir::Server;
use crate::json::json_quote;
use crate::lock::{Change, Drift, FILE_NAME, Lock, LockedServer, MAX_LOCK, Unseen};
use crate::source::Span;

/// The lock that applies to a policy.
#[derive(Debug, Clone)]
pub struct LockOption {
    /// The file; there need not be one.
    pub path: PathBuf,
    /// Whether there must be one, and drift is an error: `--locked`.
    pub required: bool,
    /// Whether somebody must have read each tool.
    pub reviewed: bool,
    /// What is taken from it.
    pub view: LockView,
}

/// What is taken from a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockView {
    /// Its classes are used, and drift is reported.
    Used,
    /// Servers have the tools and classes that are locked, as far as the lock knows them: what schema a tool had, it does not.
    Before,
    /// Nothing: the policy as it would be if the catalogues were locked as they are.
    After,
}

/// A tool that is not as it is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolDrift {
    /// The name of its server.
    pub server: String,
    /// How it differs.
    pub drift: Drift,
    /// The place at which this is reported.
    pub span: Span,
}

const REVIEW: &str = "read it with `policyc catalogue review`; if it is as it should be, run `policyc catalogue lock`";

/// Gives the servers the classes that are locked, and reports what is not as it is locked. `places` says where each server is
/// named, `start` where the policy begins.
pub(super) fn apply(
    reader: &mut Reader<'_>,
    option: &LockOption,
    servers: &mut [Server],
    places: &[Span],
    start: Span,
) -> Vec<ToolDrift> {
    // Without a catalogue there is nothing that could be locked.
    if option.view == LockView::After || servers.iter().all(|server| server.catalogue.is_none()) {
        return Vec::new();
    }
    let Some(lock) = read(reader, option, start) else { return Vec::new() };
    if option.view == LockView::Before {
        for server in servers {
            let Some(locked) = lock.servers.get(&server.name) else { continue };
            before(reader, server, locked);
        }
        return Vec::new();
    }
    let severity = if option.required { Severity::Error } else { Severity::Warning };
    let mut all = Vec::new();
    for (server, place) in servers.iter_mut().zip(places) {
        let Some(catalogue) = server.catalogue.clone() else { continue };
        let Some(locked) = lock.servers.get(&server.name) else {
            let message = format!("the server {} is not in the lock", quote(&server.name));
            report(reader, Diagnostic::new(codes::CATALOGUE_DRIFT, *place, message).help(REVIEW), severity);
            continue;
        };
        server.locked = Arc::new(locked.sets());
        for drift in locked.drift(&catalogue) {
            let span = place_of(&drift, &catalogue, locked);
            report(reader, finding(&drift, span, locked), severity);
            all.push(ToolDrift { server: server.name.clone(), drift, span });
        }
        if option.reviewed {
            unreviewed(reader, locked, &catalogue, severity);
        }
    }
    all
}

fn report(reader: &mut Reader<'_>, mut finding: Diagnostic, severity: Severity) {
    finding.severity = severity;
    reader.diagnostics.push(finding);
}

fn read(reader: &mut Reader<'_>, option: &LockOption, start: Span) -> Option<Arc<Lock>> {
    let path = &option.path;
    let bytes = |reader: &mut Reader<'_>| match reader.loader.read(path, MAX_LOCK) {
        Ok(bytes) => reader.accept(bytes, &show(path), start, "lock", MAX_LOCK),
        Err(Unreadable::Missing) if !option.required => None,
        Err(reason) => {
            let message = format!("cannot read the lock {}: {reason}", quote(&show(path)));
            let help = "write it with `policyc catalogue lock`, and keep it in version control";
            reader.diagnostics.push(Diagnostic::new(codes::UNREADABLE_FILE, start, message).help(help));
            None
        }
    };
    reader.read_once(path, &bytes, &|text, file| match Lock::read(&text, file) {
        Ok(lock) => (Some(lock), Vec::new()),
        Err(found) => (None, found),
    })
}

/// Where a tool stands: in the catalogue, or what is gone in the lock.
fn place_of(drift: &Drift, catalogue: &Catalogue, locked: &LockedServer) -> Span {
    let entry = catalogue.entries(&drift.tool).first().and_then(|entry| catalogue.tool(*entry));
    let locked = || locked.tools.get(&drift.tool).map(|tool| tool.span);
    entry.map(|entry| entry.span).or_else(locked).unwrap_or_default()
}

fn finding(drift: &Drift, span: Span, locked: &LockedServer) -> Diagnostic {
    let found = Diagnostic::new(codes::CATALOGUE_DRIFT, span, drift.message());
    let found = match (&drift.change, locked.tools.get(&drift.tool)) {
        (Change::Changed { .. }, Some(tool)) => found.because(tool.span, "locked here"),
        _ => found,
    };
    match &drift.change {
        Change::Added => found.help(REVIEW),
        Change::Removed => found.help("if it is gone for good, run `policyc catalogue lock`"),
        Change::Changed { parts, .. } if parts.is_empty() => {
            found.help("the locked classes are used; to use the others, run `policyc catalogue lock`")
        }
        Change::Changed { .. } => found.help(REVIEW),
    }
}

/// Reports the tools that nobody has read as they are.
fn unreviewed(reader: &mut Reader<'_>, locked: &LockedServer, catalogue: &Catalogue, severity: Severity) {
    for name in catalogue.names() {
        let Some(unseen) = locked.unseen(catalogue, name) else { continue };
        let Some(entry) = catalogue.entries(name).first().and_then(|entry| catalogue.tool(*entry)) else { continue };
        let message = match unseen {
            Unseen::Tool => format!("nobody has marked the tool {} as reviewed", quote(name)),
            Unseen::Change => format!("the tool {} has changed since it was reviewed", quote(name)),
        };
        let found = Diagnostic::new(codes::UNREVIEWED_TOOL, entry.span, message);
        report(reader, found.help("read it with `policyc catalogue review`, which marks it with `--mark`"), severity);
    }
}

/// Gives a server the tools and classes that are locked. Tools that are still there have the schema of today.
fn before(reader: &mut Reader<'_>, server: &mut Server, locked: &LockedServer) {
    let Some(catalogue) = &server.catalogue else { return };
    let tools: Vec<String> =
        locked.tools.iter().flat_map(|(name, tool)| listings(catalogue, name, tool.sets)).collect();
    let text = format!("{{\"tools\": [{}]}}", tools.join(", "));
    let file = reader.sources.add(FILE_NAME, text.as_str());
    server.catalogue = Catalogue::load(&text, file).0.map(Arc::new);
}

/// The entries of a locked tool: one for each of today, one if it is gone.
fn listings(catalogue: &Catalogue, name: &str, sets: ToolSets) -> Vec<String> {
    let classes: Vec<String> = sets.classes.iter().map(|class| json_quote(Class::name(class))).collect();
    let tags: Vec<String> = sets.tags.iter().map(|tag| json_quote(Tag::name(tag))).collect();
    let (classes, tags) = (classes.join(", "), tags.join(", "));
    let given = format!("{{\"class\": [{classes}], \"tags\": [{tags}]}}");
    let head = format!("{{\"name\": {}, \"x-policyc\": {given}", json_quote(name));
    let listing = |entry: &u32| match catalogue.value(*entry).and_then(|tool| tool.get("inputSchema")) {
        Some(schema) => format!("{head}, \"inputSchema\": {}}}", schema.source()),
        None => format!("{head}}}"),
    };
    match catalogue.entries(name) {
        [] => vec![format!("{head}}}")],
        entries => entries.iter().map(listing).collect(),
    }
}

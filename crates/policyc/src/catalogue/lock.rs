//! `policyc catalogue lock`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::args::{Format, LockArgs, PolicyArgs, ReportFormat};
use crate::files;
use crate::policy::{self, PolicyFile};
use crate::printing::{print, print_findings};
use crate::reads::Reads;
use crate::{CommandResult, Exit, Streams};
use policyc_core::catalogue::Catalogue;
use policyc_core::diagnostics::{Diagnostic, quote};
use policyc_core::disk::{self, Unreadable};
use policyc_core::lock::{Lock, MAX_LOCK, whence};
use policyc_core::report;
use policyc_core::report::lock::ServerChange;
use policyc_core::sema;
use policyc_core::source::SourceMap;

/// A server whose catalogue is locked.
struct Locking {
    /// The way from the lock to the catalogue.
    path: String,
    catalogue: Arc<Catalogue>,
}

/// By the place of their lock, the servers to lock.
type Plan = BTreeMap<PathBuf, BTreeMap<String, Locking>>;

pub(super) fn run(arguments: &LockArgs, streams: &mut Streams<'_>) -> CommandResult {
    let from = whences(&arguments.from)?;
    let Some(plan) = plan(arguments, streams)? else { return Ok(Exit::Findings) };
    if let Some(name) = from.keys().find(|name| plan.values().all(|servers| !servers.contains_key(*name))) {
        return Err(format!("`--from` names the server {}, which is not locked", quote(name)));
    }
    let mut exit = Exit::Fine;
    for (path, servers) in &plan {
        exit = exit.max(lock(path, servers, &from, (arguments.format, arguments.check), streams)?);
    }
    Ok(exit)
}

/// What `--from` says, by server.
fn whences(written: &[String]) -> Result<BTreeMap<String, String>, String> {
    let pair = |written: &String| {
        let (name, text) = written.split_once('=').ok_or_else(|| "write `--from NAME=WHENCE`".to_owned())?;
        Ok((name.to_owned(), whence(text)))
    };
    written.iter().map(pair).collect()
}

/// Reads the catalogues; `None` if one has errors, which are printed.
fn plan(arguments: &LockArgs, streams: &mut Streams<'_>) -> Result<Option<Plan>, String> {
    let source =
        PolicyArgs { catalogue: arguments.catalogue.clone(), policy: None, locked: false, reads: Reads::default() };
    let mut plan = Plan::new();
    let mut is_sound = true;
    if arguments.files.is_empty() {
        let place = PolicyFile::find(Path::new("-"), None, &source)?;
        is_sound = take(&place, "", &mut plan, &source, streams)?;
        if is_sound && plan.is_empty() {
            return Err("there is no catalogue to lock; name a policy, or a catalogue with `--catalogue`".to_owned());
        }
    }
    for file in &arguments.files {
        if files::is_stdin(file) {
            return Err("the lock is beside the policy, so the policy cannot come from standard input".to_owned());
        }
        let text = String::from_utf8(files::read(file, sema::MAX_POLICY)?)
            .map_err(|_| format!("`{}` is not UTF-8", files::shown(file)))?;
        is_sound &= take(&PolicyFile::find(file, None, &source)?, &text, &mut plan, &source, streams)?;
    }
    Ok(is_sound.then_some(plan))
}

/// Adds the servers of a policy. Gives whether all could be read.
fn take(
    place: &PolicyFile,
    text: &str,
    plan: &mut Plan,
    source: &PolicyArgs,
    streams: &mut Streams<'_>,
) -> Result<bool, String> {
    let survey = place.survey(text, &policy::disk(source)?);
    let analysis = survey.as_analysis();
    let found: Vec<Diagnostic> = analysis.diagnostics.iter().filter(|finding| finding.is_error()).cloned().collect();
    print_findings(&found, &analysis.sources, Format::Human, streams)?;
    let path = place.lock_path();
    for server in analysis.known_tools.servers() {
        let Some(catalogue) = &server.catalogue else { continue };
        let file = files::name_from(&path, Path::new(analysis.sources.name(catalogue.file())));
        let servers = plan.entry(path.clone()).or_default();
        if let Some(other) = servers.get(&server.name).filter(|other| other.path != file) {
            return Err(format!(
                "the server {} has two catalogues, {} and {}; one lock has one of each server",
                quote(&server.name),
                quote(&other.path),
                quote(&file)
            ));
        }
        servers.insert(server.name.clone(), Locking { path: file, catalogue: Arc::clone(catalogue) });
    }
    Ok(found.is_empty())
}

/// Brings one lock up to date.
fn lock(
    path: &Path,
    servers: &BTreeMap<String, Locking>,
    from: &BTreeMap<String, String>,
    (format, check): (ReportFormat, bool),
    streams: &mut Streams<'_>,
) -> CommandResult {
    let Some((mut lock, old)) = read(path, streams)? else { return Ok(Exit::Findings) };
    let now = now();
    let mut changes = Vec::new();
    for (name, Locking { path, catalogue }) in servers {
        changes.push(ServerChange::of(name, path, lock.servers.get(name), catalogue));
        lock.update(name, path.clone(), from.get(name).cloned(), catalogue, &now);
    }
    let text = lock.text();
    let is_current = old.as_deref() == Some(text.as_str());
    let shown = files::shown(path);
    let report = match format {
        ReportFormat::Human => report::lock::changes(&shown, &changes, is_current, check),
        ReportFormat::Json => report::document(&report::lock::changes_json(&shown, &changes, is_current)),
    };
    print(streams.output, &report)?;
    if is_current {
        return Ok(Exit::Fine);
    }
    if check {
        return Ok(Exit::Findings);
    }
    files::write(path, text.as_bytes())?;
    Ok(Exit::Fine)
}

/// Brings a lock up to date with a catalogue that was fetched and written to a file.
#[cfg(feature = "fetch")]
pub(crate) fn lock_fetched(
    path: &Path,
    file: &Path,
    from: &str,
    catalogue: Catalogue,
    streams: &mut Streams<'_>,
) -> CommandResult {
    let Some((known, _)) = read(path, streams)? else { return Ok(Exit::Findings) };
    let written = files::name_from(path, file);
    let of_file = known.servers.iter().find(|(_, server)| server.catalogue == written).map(|(name, _)| name.clone());
    let stem = || file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = of_file.unwrap_or_else(stem);
    let from = BTreeMap::from([(name.clone(), whence(from))]);
    let servers = BTreeMap::from([(name, Locking { path: written, catalogue: Arc::new(catalogue) })]);
    lock(path, &servers, &from, (ReportFormat::Human, false), streams)
}

/// The lock at a path with its text, if there is one; `None` if it is damaged, which is printed.
pub(super) fn read(path: &Path, streams: &mut Streams<'_>) -> Result<Option<(Lock, Option<String>)>, String> {
    let bytes = match disk::read(path, MAX_LOCK) {
        Ok(bytes) => bytes,
        Err(Unreadable::Missing) => return Ok(Some((Lock::default(), None))),
        Err(reason) => return Err(files::cannot_read(path, &reason)),
    };
    if bytes.len() > MAX_LOCK {
        return Err(format!("`{}` is larger than {} MiB", files::shown(path), MAX_LOCK >> 20));
    }
    let mut sources = SourceMap::default();
    let (file, error) = sema::decode(&mut sources, &files::shown(path), bytes);
    let text = sources.get(file).map(|source| source.text().to_string()).unwrap_or_default();
    let found = match error {
        Some(error) => vec![error],
        None => match Lock::read(&text, file) {
            Ok(lock) => return Ok(Some((lock, Some(text)))),
            Err(found) => found,
        },
    };
    print_findings(&found, &sources, Format::Human, streams)?;
    Ok(None)
}

/// The time in whole seconds, as RFC 3339 writes it.
pub(crate) fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

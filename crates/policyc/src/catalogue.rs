//! `policyc catalogue`

mod diff;
mod lock;
mod review;

#[cfg(feature = "fetch")]
pub(super) use lock::lock_fetched;

use std::path::Path;
use std::sync::Arc;

use super::args::{CatalogueArgs, CatalogueCommand, FetchArgs, Format};
use super::printing::{To, print_findings};
use super::{CommandResult, Exit, Streams, config, files, print};
use policyc_core::catalogue::Catalogue;
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::diagnostics::{Diagnostic, quote};
use policyc_core::ir::Server;
use policyc_core::lock::LockedServer;
use policyc_core::report;
use policyc_core::sema::{self, MAX_CATALOGUE};
use policyc_core::source::SourceMap;

pub(super) fn run(arguments: &CatalogueArgs, streams: &mut Streams<'_>) -> CommandResult {
    match &arguments.command {
        CatalogueCommand::Show { file, tools, json } => print_report(file, tools, streams, &|server, catalogue| {
            if *json {
                report::document(&report::catalogue::json(server, catalogue, tools))
            } else if tools.is_empty() {
                report::catalogue::overview(server, catalogue)
            } else {
                report::catalogue::details(server, catalogue, tools)
            }
        }),
        CatalogueCommand::Classify { file, tools, explain, json } => {
            print_report(file, tools, streams, &|server, catalogue| match json {
                true => report::document(&report::classify::json(server, catalogue, tools)),
                false => report::classify::text(server, catalogue, tools, *explain),
            })
        }
        CatalogueCommand::Fetch(arguments) => fetch(arguments, streams),
        CatalogueCommand::Diff(arguments) => diff::run(arguments, streams),
        CatalogueCommand::Lock(arguments) => lock::run(arguments, streams),
        CatalogueCommand::Review(arguments) => review::run(arguments, streams),
    }
}

#[cfg(feature = "fetch")]
fn fetch(arguments: &FetchArgs, streams: &mut Streams<'_>) -> CommandResult {
    super::fetch::run(arguments, streams)
}

#[cfg(not(feature = "fetch"))]
fn fetch(_: &FetchArgs, _: &mut Streams<'_>) -> CommandResult {
    let why = "this policyc was built without the feature `fetch`, so it uses no network";
    Err(format!(
        "{why}; save the answer of the server to `tools/list` as a file, or install policyc with its default features"
    ))
}

/// Reads a catalogue and prints a report about some of its tools, or all.
fn print_report(
    file: &Path,
    wanted: &[String],
    streams: &mut Streams<'_>,
    report: &dyn Fn(&Server, &Catalogue) -> String,
) -> CommandResult {
    let (catalogue, is_sound) = load(file, streams)?;
    let Some(catalogue) = catalogue else { return Ok(Exit::Findings) };
    for tool in wanted {
        if catalogue.entries(tool).is_empty() {
            let near = nearest(tool, catalogue.names().iter().map(AsRef::as_ref));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {}?", quote(near)));
            return Err(format!("the catalogue has no tool {}{hint}", quote(tool)));
        }
    }
    let Some(server) = server(file, catalogue, streams)? else { return Ok(Exit::Findings) };
    let Some(catalogue) = &server.catalogue else { return Ok(Exit::Findings) };
    print(streams.output, &report(&server, catalogue))?;
    Ok(if is_sound { Exit::Fine } else { Exit::Findings })
}

/// Reads a catalogue and prints what is wrong with it; with that, whether it has no errors.
fn load(file: &Path, streams: &mut Streams<'_>) -> Result<(Option<Catalogue>, bool), String> {
    let bytes = files::read_input(file, MAX_CATALOGUE, streams)?;
    let name = if files::is_stdin(file) { "<stdin>".to_owned() } else { file.display().to_string() };
    let mut sources = SourceMap::default();
    let (id, error) = sema::decode(&mut sources, &name, bytes);
    let mut found: Vec<Diagnostic> = error.into_iter().collect();
    let text = sources.get(id).map(|source| source.text().clone()).unwrap_or_default();
    let mut catalogue = None;
    if found.is_empty() {
        let loaded = Catalogue::load(&text, id);
        catalogue = loaded.0;
        found = loaded.1;
    }
    print_findings(&found, &sources, Format::Human, To::Error, streams)?;
    Ok((catalogue, !found.iter().any(Diagnostic::is_error)))
}

/// The catalogue with the classes that `policyc.toml` gives to its tools: those of the server for which it names the file, else of the one that is
/// called as the file, or as the catalogue calls it; and with those that are locked for the file. `None` if the lock is damaged.
fn server(file: &Path, catalogue: Catalogue, streams: &mut Streams<'_>) -> Result<Option<Server>, String> {
    let config = config::find(file)?;
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let here = real(file);
    let configured = config.catalogues.iter().find(|option| here.is_some() && real(&option.path) == here);
    let configured = configured.and_then(|option| option.server.as_deref());
    let called = file.file_stem().and_then(|stem| stem.to_str());
    let own = catalogue.server().and_then(|server| server.name.as_deref());
    let settings = [configured, called, own].into_iter().flatten().find_map(|name| config.settings.get(name));
    let settings = settings.cloned().unwrap_or_default();
    let path = config.lock_path(file);
    let Some((lock, _)) = lock::read(&path, streams)? else { return Ok(None) };
    let beside = files::name_from(&path, file);
    let locked = lock.servers.values().find(|server| server.catalogue == beside);
    let locked = Arc::new(locked.map(LockedServer::sets).unwrap_or_default());
    Ok(Some(Server { name: String::new(), catalogue: Some(Arc::new(catalogue)), settings, locked }))
}

//! `policyc catalogue`

mod diff;
mod each;
mod lock;
mod review;

#[cfg(feature = "fetch")]
pub(super) use lock::lock_fetched;
pub(super) use lock::now;

use std::path::Path;
use std::sync::Arc;

use super::args::{CatalogueArgs, CatalogueCommand, FetchArgs, Format};
use super::printing::print_findings;
use super::{CommandResult, Streams, config, files};
use each::Form;
use policyc_core::catalogue::Catalogue;
use policyc_core::diagnostics::Diagnostic;
use policyc_core::ir::Server;
use policyc_core::lock::LockedServer;
use policyc_core::report;
use policyc_core::sema::{self, MAX_CATALOGUE};
use policyc_core::source::SourceMap;

pub(super) fn run(arguments: &CatalogueArgs, streams: &mut Streams<'_>) -> CommandResult {
    match &arguments.command {
        CatalogueCommand::Show { what, json } => {
            let text = |server: &Server, catalogue: &Catalogue, tools: &[String]| match tools {
                [] => report::catalogue::overview(server, catalogue),
                tools => report::catalogue::details(server, catalogue, tools),
            };
            let form = if *json || what.jsonl { Form::Json(&report::catalogue::json) } else { Form::Text(&text) };
            each::run(what, form, streams)
        }
        CatalogueCommand::Classify { what, explain, json } => {
            let text = |server: &Server, catalogue: &Catalogue, tools: &[String]| {
                report::classify::text(server, catalogue, tools, *explain)
            };
            let form = if *json || what.jsonl { Form::Json(&report::classify::json) } else { Form::Text(&text) };
            each::run(what, form, streams)
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
    print_findings(&found, &sources, Format::Human, streams)?;
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

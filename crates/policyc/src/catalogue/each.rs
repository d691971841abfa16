//! Reports about one catalogue or many.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{load, server};
use crate::args::CataloguesArgs;
use crate::many::{self, Look};
use crate::{CommandResult, Exit, Streams, files, print, select};
use policyc_core::catalogue::Catalogue;
use policyc_core::diagnostics::quote;
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::ir::Server;
use policyc_core::report;
use policyc_core::sema::MAX_CATALOGUE;

/// A report about some tools of a catalogue, or all.
type Report<'r, T> = &'r (dyn Fn(&Server, &Catalogue, &[String]) -> T + Sync);

/// How a report is printed.
#[derive(Clone, Copy)]
pub(super) enum Form<'r> {
    Text(Report<'r, String>),
    Json(Report<'r, Value>),
}

/// Prints a report about each of the catalogues.
pub(super) fn run(arguments: &CataloguesArgs, form: Form<'_>, streams: &mut Streams<'_>) -> CommandResult {
    let (paths, tools) = parts(&arguments.what);
    if let [file] = paths.as_slice()
        && !file.is_dir()
        && !arguments.jsonl
    {
        return one(file, &tools, streams, &|server, catalogue| match form {
            Form::Text(report) => report(server, catalogue, &tools),
            Form::Json(report) => report::document(&report(server, catalogue, &tools)),
        });
    }
    if let Some(tool) = tools.first() {
        let rule = "tools are named for a single catalogue, whose file ends in `.json`";
        return Err(format!("{} is no catalogue: {rule}", quote(tool)));
    }
    let mut inputs = Vec::new();
    for file in select::in_order(&paths, "json")? {
        let input = if files::is_stdin(&file) { files::read_input(&file, MAX_CATALOGUE, streams)? } else { Vec::new() };
        inputs.push((file, input));
    }
    let look = Look::of(streams);
    let work = |(file, input): (PathBuf, Vec<u8>)| {
        let report = |server: &Server, catalogue: &Catalogue| named(&files::shown(&file), form, server, catalogue);
        look.capture(&input, |streams| one(&file, &[], streams, &report))
    };
    let mut exit = Exit::Fine;
    many::in_order(inputs, work, |captured| {
        exit = exit.max(captured.print(streams)?);
        Ok::<(), String>(())
    })?;
    Ok(exit)
}

/// The catalogues, and the tools of one: of what follows the first, whatever is no folder and does not end in `.json`.
fn parts(what: &[PathBuf]) -> (Vec<PathBuf>, Vec<String>) {
    let (mut paths, mut tools) = (Vec::new(), Vec::new());
    for path in what {
        let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        if paths.is_empty() || is_json || path.is_dir() {
            paths.push(path.clone());
        } else {
            tools.push(path.to_string_lossy().into_owned());
        }
    }
    (paths, tools)
}

/// The report about one of several catalogues.
fn named(name: &str, form: Form<'_>, server: &Server, catalogue: &Catalogue) -> String {
    match form {
        Form::Text(report) => format!("{name}:\n{}\n", report(server, catalogue, &[])),
        Form::Json(report) => {
            let mut document = Map::from_iter([("catalogue".to_owned(), Value::from(name))]);
            if let Value::Object(members) = report(server, catalogue, &[]) {
                document.extend(members);
            }
            report::line(&document.into())
        }
    }
}

/// Reads a catalogue and prints a report about some of its tools, or all.
fn one(
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

//! `policyc catalogue`

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::args::{CatalogueArgs, CatalogueCommand, Format};
use super::report::{self, To};
use super::{CommandResult, Exit, Streams, config, files, print_json, written};
use policyc_core::catalogue::{Catalogue, Class, Classes, ToolEntry};
use policyc_core::diagnostics::suggest::nearest;
use policyc_core::diagnostics::{Diagnostic, quote, visible};
use policyc_core::ir::Server;
use policyc_core::sema::{self, MAX_CATALOGUE};
use policyc_core::source::{SourceMap, offset};

pub(super) fn run(arguments: &CatalogueArgs, streams: &mut Streams<'_>) -> CommandResult {
    match &arguments.command {
        CatalogueCommand::Show { file, tools, json } => show(file, tools, *json, streams),
    }
}

fn show(file: &Path, wanted: &[String], json: bool, streams: &mut Streams<'_>) -> CommandResult {
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
    report::print(&found, &sources, Format::Human, To::Error, streams)?;
    let Some(catalogue) = catalogue else { return Ok(Exit::Findings) };
    for tool in wanted {
        if catalogue.entries(tool).is_empty() {
            let near = nearest(tool, catalogue.names().iter().map(AsRef::as_ref));
            let hint = near.map_or_else(String::new, |near| format!("; did you mean {}?", quote(near)));
            return Err(format!("the catalogue has no tool {}{hint}", quote(tool)));
        }
    }
    let server = server(file, catalogue)?;
    let Some(catalogue) = &server.catalogue else { return Ok(Exit::Findings) };
    let entries: Vec<(u32, &ToolEntry)> =
        catalogue.tools().iter().enumerate().map(|(index, tool)| (offset(index), tool)).collect();
    let chosen = entries.iter().filter(|(_, tool)| wanted.is_empty() || wanted.iter().any(|name| *name == *tool.name));
    if json {
        let tools: Vec<serde_json::Value> =
            chosen.map(|(index, tool)| describe(&server, catalogue, *index, tool)).collect();
        print_json(streams.output, &json!({ "version": 1, "tools": tools }))?;
        return Ok(if found.iter().any(Diagnostic::is_error) { Exit::Findings } else { Exit::Fine });
    }
    let width = entries.iter().map(|(_, tool)| visible(&tool.name).chars().count()).max().unwrap_or(0).min(48);
    for (index, tool) in chosen {
        let schema = catalogue.schema(*index);
        let arguments = schema.arguments();
        let (classes, reason) = classes(&server, tool);
        let class = classes.names();
        if wanted.is_empty() {
            let names: Vec<String> = arguments
                .iter()
                .take(8)
                .map(|argument| {
                    let name = visible(&argument.name);
                    if argument.required { name.into_owned() } else { format!("[{name}]") }
                })
                .collect();
            let more = if arguments.len() > 8 { format!(" and {} more", arguments.len() - 8) } else { String::new() };
            written(writeln!(
                streams.output,
                "{:width$}  {class:<11}  {}{more}",
                visible(&tool.name),
                names.join(" ")
            ))?;
            continue;
        }
        written(writeln!(streams.output, "{}  ({class}: {})", visible(&tool.name), visible(reason)))?;
        if let Some(first) = tool.description.as_deref().and_then(|text| text.trim().lines().next()) {
            written(writeln!(streams.output, "  {}", visible(first)))?;
        }
        for argument in arguments {
            let required = if argument.required { "required" } else { "optional" };
            written(writeln!(
                streams.output,
                "  args.{}  {}, {required}",
                visible(&path_text(&argument.name)),
                visible(&argument.type_text)
            ))?;
        }
    }
    if wanted.is_empty() {
        let distinct = catalogue.names().len();
        let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        written(writeln!(streams.output, "{}, {}", count(entries.len(), "tool"), count(distinct, "name")))?;
    }
    Ok(if found.iter().any(Diagnostic::is_error) { Exit::Findings } else { Exit::Fine })
}

/// The catalogue with the classes that `policyc.toml` gives to its tools: those of the server for which it names the file, else of the one that is
/// called as the file, or as the catalogue calls it.
fn server(file: &Path, catalogue: Catalogue) -> Result<Server, String> {
    let config = config::find(file)?;
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let here = real(file);
    let configured = config.catalogues.iter().find(|option| here.is_some() && real(&option.path) == here);
    let configured = configured.and_then(|option| option.server.as_deref());
    let called = file.file_stem().and_then(|stem| stem.to_str());
    let own = catalogue.server().and_then(|server| server.name.as_deref());
    let classes = [configured, called, own].into_iter().flatten().find_map(|name| config.classes.get(name));
    let classes = classes.cloned().unwrap_or_default();
    Ok(Server { name: String::new(), catalogue: Some(Arc::new(catalogue)), classes })
}

/// The classes of a tool, and why.
fn classes<'a>(server: &'a Server, tool: &'a ToolEntry) -> (Classes, &'a str) {
    server.classes_of(&tool.name).unwrap_or_else(|| (tool.classes(), tool.classes_reason()))
}

/// A key as it is written in a path.
fn path_text(key: &str) -> String {
    if policyc_core::syntax::is_plain_name(key) && !key.contains('.') {
        key.to_owned()
    } else {
        policyc_core::json::json_quote(key)
    }
}

fn describe(server: &Server, catalogue: &Catalogue, index: u32, tool: &ToolEntry) -> serde_json::Value {
    let (classes, reason) = classes(server, tool);
    let arguments: Vec<serde_json::Value> = catalogue
        .schema(index)
        .arguments()
        .iter()
        .map(|argument| json!({ "name": argument.name, "type": argument.type_text, "required": argument.required }))
        .collect();
    json!({
        "name": tool.name,
        "class": classes.most_severe().name(),
        "classes": classes.iter().map(Class::name).collect::<Vec<_>>(),
        "severity": classes.most_severe().severity(),
        "reason": reason,
        "arguments": arguments,
    })
}

//! `policyc catalogue`

use std::path::Path;

use serde_json::json;

use super::args::{CatalogueArgs, CatalogueCommand, Format};
use super::report::{self, To};
use super::{CommandResult, Exit, Streams, files, written};
use crate::catalogue::{Catalogue, Class, ToolEntry};
use crate::diagnostics::Diagnostic;
use crate::diagnostics::suggest::nearest;
use crate::sema::{self, MAX_CATALOGUE};
use crate::source::{SourceMap, offset};

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
            let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(format!("the catalogue has no tool `{tool}`{hint}"));
        }
    }
    let entries: Vec<(u32, &ToolEntry)> =
        catalogue.tools().iter().enumerate().map(|(index, tool)| (offset(index), tool)).collect();
    let chosen = entries.iter().filter(|(_, tool)| wanted.is_empty() || wanted.iter().any(|name| *name == *tool.name));
    if json {
        let tools: Vec<serde_json::Value> = chosen.map(|(index, tool)| describe(&catalogue, *index, tool)).collect();
        written(writeln!(streams.output, "{:#}", json!({ "version": 1, "tools": tools })))?;
        return Ok(if found.iter().any(Diagnostic::is_error) { Exit::Findings } else { Exit::Fine });
    }
    let width = entries.iter().map(|(_, tool)| tool.name.chars().count()).max().unwrap_or(0).min(48);
    for (index, tool) in chosen {
        let schema = catalogue.schema(*index);
        let arguments = schema.arguments();
        let class = tool.classes().names();
        if wanted.is_empty() {
            let names: Vec<String> = arguments
                .iter()
                .take(8)
                .map(|argument| if argument.required { argument.name.clone() } else { format!("[{}]", argument.name) })
                .collect();
            let more = if arguments.len() > 8 { format!(" and {} more", arguments.len() - 8) } else { String::new() };
            written(writeln!(streams.output, "{:width$}  {class:<11}  {}{more}", tool.name, names.join(" ")))?;
            continue;
        }
        written(writeln!(streams.output, "{}  ({class}: {})", tool.name, tool.classes_reason()))?;
        if let Some(first) = tool.description.as_deref().and_then(|text| text.trim().lines().next()) {
            written(writeln!(streams.output, "  {first}"))?;
        }
        for argument in arguments {
            let required = if argument.required { "required" } else { "optional" };
            written(writeln!(
                streams.output,
                "  args.{}  {}, {required}",
                path_text(&argument.name),
                argument.type_text
            ))?;
        }
    }
    if wanted.is_empty() {
        let distinct = catalogue.names().len();
        written(writeln!(streams.output, "{} tools, {distinct} names", entries.len()))?;
    }
    Ok(if found.iter().any(Diagnostic::is_error) { Exit::Findings } else { Exit::Fine })
}

/// A key as it is written in a path.
fn path_text(key: &str) -> String {
    if crate::syntax::is_plain_name(key) && !key.contains('.') {
        key.to_owned()
    } else {
        crate::syntax::json_quote(key)
    }
}

fn describe(catalogue: &Catalogue, index: u32, tool: &ToolEntry) -> serde_json::Value {
    let arguments: Vec<serde_json::Value> = catalogue
        .schema(index)
        .arguments()
        .iter()
        .map(|argument| json!({ "name": argument.name, "type": argument.type_text, "required": argument.required }))
        .collect();
    json!({
        "name": tool.name,
        "class": tool.classes().most_severe().name(),
        "classes": tool.classes().iter().map(Class::name).collect::<Vec<_>>(),
        "severity": tool.classes().most_severe().severity(),
        "reason": tool.classes_reason(),
        "arguments": arguments,
    })
}

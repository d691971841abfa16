//! What a server offers: its tools with their classes and arguments.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::words::count;
use crate::catalogue::{Catalogue, Class, Classes, Tag, Tags, ToolEntry};
use crate::diagnostics::visible;
use crate::ir::Server;
use crate::json::json_quote;
use crate::source::offset;
use crate::syntax::is_plain_name;

/// How many arguments of a tool are named in its line.
const MOST_ARGUMENTS: usize = 8;
/// Longer names of tools do not widen their column.
pub(super) const WIDEST: usize = 48;

/// The least width of the column of classes.
const LEAST: usize = 11;

/// The tools of a catalogue, each with its place in it; those of some names, or all.
pub(super) fn entries<'c>(catalogue: &'c Catalogue, names: &[String]) -> Vec<(u32, &'c ToolEntry)> {
    let all = catalogue.tools().iter().enumerate().map(|(index, tool)| (offset(index), tool));
    all.filter(|(_, tool)| names.is_empty() || names.iter().any(|name| *name == *tool.name)).collect()
}

/// A line for each tool. The server says what classes its owner gives to them.
#[must_use]
pub fn overview(server: &Server, catalogue: &Catalogue) -> String {
    let mut out = String::new();
    let entries = entries(catalogue, &[]);
    let width = entries.iter().map(|(_, tool)| visible(&tool.name).chars().count()).max().unwrap_or(0).min(WIDEST);
    let classes_width =
        entries.iter().map(|(_, tool)| classes(server, tool).0.names().len()).max().unwrap_or(0).max(LEAST);
    for (index, tool) in &entries {
        let arguments = catalogue.schema(*index).arguments();
        let class = classes(server, tool).0.names();
        let tags = server.tags_of(&tool.name).unwrap_or_default();
        let tags = if tags == Tags::NONE { String::new() } else { format!("  {{{}}}", tags.names()) };
        let names = arguments.iter().take(MOST_ARGUMENTS).map(|argument| {
            let name = visible(&argument.name);
            if argument.required { name.into_owned() } else { format!("[{name}]") }
        });
        let names: Vec<String> = names.collect();
        let more = match arguments.len().saturating_sub(MOST_ARGUMENTS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ =
            writeln!(out, "{:width$}  {class:classes_width$}  {}{more}{tags}", visible(&tool.name), names.join(" "));
    }
    let distinct = catalogue.names().len();
    let _ = writeln!(out, "{}, {}", count(entries.len(), "tool"), count(distinct, "name"));
    out
}

/// The tools of some names, each with its class and why, and its arguments with their types.
#[must_use]
pub fn details(server: &Server, catalogue: &Catalogue, names: &[String]) -> String {
    let mut out = String::new();
    for (index, tool) in entries(catalogue, names) {
        let (classes, reason) = classes(server, tool);
        let _ = writeln!(out, "{}  ({}: {})", visible(&tool.name), classes.names(), visible(reason));
        let tags = server.tags_of(&tool.name).unwrap_or_default();
        if tags != Tags::NONE {
            let _ = writeln!(out, "  tags: {}", tags.names());
        }
        if let Some(first) = tool.description.as_deref().and_then(|text| text.trim().lines().next()) {
            let _ = writeln!(out, "  {}", visible(first));
        }
        for argument in catalogue.schema(index).arguments() {
            let required = if argument.required { "required" } else { "optional" };
            let (name, kind) = (path_text(&argument.name), visible(&argument.type_text));
            let _ = writeln!(out, "  args.{}  {kind}, {required}", visible(&name));
        }
    }
    out
}

/// The tools of some names, or all, as JSON.
#[must_use]
pub fn json(server: &Server, catalogue: &Catalogue, names: &[String]) -> Value {
    let tools = entries(catalogue, names).into_iter();
    let tools: Vec<Value> = tools.map(|(index, tool)| tool_json(server, catalogue, index, tool)).collect();
    json!({ "version": 1, "tools": tools })
}

/// The classes of a tool, and why.
fn classes<'a>(server: &'a Server, tool: &'a ToolEntry) -> (Classes, &'a str) {
    server.classes_of(&tool.name).unwrap_or((Classes::of(Class::Write), ""))
}

/// A key as it is written in a path.
fn path_text(key: &str) -> String {
    if is_plain_name(key) && !key.contains('.') { key.to_owned() } else { json_quote(key) }
}

fn tool_json(server: &Server, catalogue: &Catalogue, index: u32, tool: &ToolEntry) -> Value {
    let (classes, reason) = classes(server, tool);
    let arguments: Vec<Value> = catalogue
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
        "tags": server.tags_of(&tool.name).unwrap_or_default().iter().map(Tag::name).collect::<Vec<_>>(),
        "arguments": arguments,
    })
}

//! The card of a tool or an argument in Markdown, for hover and completion.
//!
//! Names and descriptions come from servers, which nobody has checked: they are escaped, so that they cannot look like more than text, and
//! cut where they are long.

use std::fmt::Write as _;

use super::View;
use crate::catalogue::{Annotations, Tags, ToolEntry};
use crate::describe::code;
use crate::diagnostics::{is_hidden, shown};
use crate::ir::ToolId;
use crate::predicate::Step;
use crate::schema::{ArgumentInfo, ValueInfo};

/// The most characters of a tool's description, and of that of an argument in a table.
const MOST_DESCRIPTION: usize = 600;
const MOST_CELL: usize = 120;
/// The most rows of a table of arguments.
const MOST_ROWS: usize = 30;
/// The most tools that are named in a row, and the most listed values.
const MOST_NAMES: usize = 5;
const MOST_VALUES: usize = 20;

/// The card of a tool: what it does, its class and why, its arguments.
#[must_use]
pub fn tool(view: &View<'_>, tool: ToolId) -> String {
    let known_tools = view.known_tools();
    let mut card = format!("**{}**", code(&known_tools.display(tool)));
    let Some(entry) = view.entry(tool) else {
        card.push_str("\n\nNo catalogue describes this tool.");
        return card;
    };
    if let Some(title) = &entry.title {
        let _ = write!(card, " · {}", text(title, MOST_CELL));
    }
    if let Some(description) = &entry.description {
        let _ = write!(card, "\n\n{}", text(description, MOST_DESCRIPTION));
    }
    let listed = known_tools.entries(tool).count();
    if let Some((classes, reason)) = known_tools.classes(tool) {
        let reason = crate::describe::markdown(&shown(reason, MOST_CELL));
        let names: Vec<String> = classes.iter().map(|class| code(class.name())).collect();
        let word = if names.len() == 1 { "Class" } else { "Classes" };
        let (names, severity) = (names.join(", "), classes.most_severe().severity());
        let _ = write!(card, "\n\n{word} {names} (severity {severity}{}): {reason}.", confidence(view, tool));
    }
    if let Some(tags) = known_tools.tags(tool).filter(|tags| *tags != Tags::NONE) {
        let tags: Vec<String> = tags.iter().map(|tag| format!("{} ({})", code(tag.name()), tag.meaning())).collect();
        let word = if tags.len() == 1 { "Tag" } else { "Tags" };
        let _ = write!(card, "\n\n{word} {}.", tags.join(", "));
    }
    if listed > 1 {
        let _ = write!(card, "\n\nThe catalogue lists it {listed} times; paths must be right for every listing.");
    }
    if let Some(claims) = claims(entry) {
        let _ = write!(card, "\n\nIts server says: {claims}.");
    }
    card.push_str(&arguments(view, tool));
    card
}

/// How sure the classes of a tool are, if they are inferred.
fn confidence(view: &View<'_>, tool: ToolId) -> String {
    match view.known_tools().confidence(tool) {
        Some(confidence) => format!(", {} confidence", confidence.name()),
        None => String::new(),
    }
}

/// What the server claims of a tool.
fn claims(entry: &ToolEntry) -> Option<String> {
    let Annotations { read_only, destructive, idempotent, open_world } = entry.annotations;
    let hints = [
        (read_only, "read-only", "not read-only"),
        (destructive, "destructive", "not destructive"),
        (idempotent, "idempotent", "not idempotent"),
        (open_world, "reaches outside the server", "stays inside the server"),
    ];
    let said: Vec<&str> =
        hints.iter().filter_map(|(hint, yes, no)| hint.map(|hint| if hint { *yes } else { *no })).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// A table of the arguments of a tool, required ones first.
fn arguments(view: &View<'_>, tool: ToolId) -> String {
    let Some(schema) = view.schemas(tool).next() else { return String::new() };
    let mut arguments = schema.arguments();
    if arguments.is_empty() {
        return "\n\nIts schema declares no arguments.".to_owned();
    }
    arguments.sort_by_key(|argument| !argument.required);
    let mut table = String::from("\n\n| argument | type | |\n|---|---|---|");
    for ArgumentInfo { name, type_text, required, description, .. } in arguments.iter().take(MOST_ROWS) {
        let required = if *required { "required" } else { "" };
        let description = description.as_deref().map(|said| text(said, MOST_CELL)).unwrap_or_default();
        let dash = if required.is_empty() || description.is_empty() { "" } else { " · " };
        let (name, kind) = (cell(&code(name)), cell(&code(type_text)));
        let _ = write!(table, "\n| {name} | {kind} | {required}{dash}{description} |");
    }
    if let Some(left) = arguments.len().checked_sub(MOST_ROWS).filter(|left| *left > 0) {
        let _ = write!(table, "\n\n… and {left} more.");
    }
    table
}

/// What the schemas of some tools say of an argument, or of a value inside one; `None` where none of them says anything.
/// Tools that say the same share a paragraph. `name` is how the path is written.
#[must_use]
pub fn argument(view: &View<'_>, tools: &[ToolId], steps: &[Step], name: &str) -> Option<String> {
    let mut groups: Vec<(ValueInfo, Vec<ToolId>)> = Vec::new();
    let mut missing = Vec::new();
    for tool in tools {
        let mut said = false;
        for mut info in view.schemas(*tool).filter_map(|schema| schema.info(steps)) {
            said = true;
            // Where it stands is no difference to speak of.
            info.span = None;
            match groups.iter_mut().find(|(known, _)| *known == info) {
                Some((_, tools)) if tools.last() == Some(tool) => {}
                Some((_, tools)) => tools.push(*tool),
                None => groups.push((info, vec![*tool])),
            }
        }
        if !said {
            missing.push(*tool);
        }
    }
    if groups.is_empty() {
        return None;
    }
    let several = groups.len() > 1 || !missing.is_empty();
    groups.sort_by_key(|(_, tools)| std::cmp::Reverse(tools.len()));
    let mut card = format!("**{}**", code(name));
    for (info, tools) in &groups {
        if several {
            let _ = write!(card, "\n\nOf {}:", names(view, tools));
        }
        card.push_str(&value(info));
    }
    if !missing.is_empty() {
        let _ = write!(card, "\n\nNot declared by {}.", names(view, &missing));
    }
    Some(card)
}

fn value(info: &ValueInfo) -> String {
    let mut said = format!("\n\n{} · {}", code(&info.type_text), if info.required { "required" } else { "optional" });
    if !info.bounds.is_empty() {
        let _ = write!(said, " · {}", info.bounds.iter().map(|bound| code(bound)).collect::<Vec<_>>().join(", "));
    }
    if let Some(default) = &info.default {
        let _ = write!(said, " · default {}", code(default));
    }
    if let Some(description) = &info.description {
        let _ = write!(said, "\n\n{}", text(description, MOST_DESCRIPTION));
    }
    for (word, values) in [("One of", &info.values), ("Elements are", &info.element_values)] {
        if values.len() > 1 {
            let listed: Vec<String> = values.iter().take(MOST_VALUES).map(|value| code(value)).collect();
            let more = if values.len() > MOST_VALUES { ", …" } else { "" };
            let _ = write!(said, "\n\n{word} {}{more}.", listed.join(", "));
        }
    }
    said
}

/// Tools as a sentence names them.
fn names(view: &View<'_>, tools: &[ToolId]) -> String {
    let named = tools.iter().take(MOST_NAMES).map(|tool| code(&view.known_tools().display(*tool)));
    let listed = named.collect::<Vec<_>>().join(", ");
    match tools.len().saturating_sub(MOST_NAMES) {
        0 => listed,
        left => format!("{listed} and {left} more"),
    }
}

/// A text of a server as one paragraph of plain Markdown, at most so many characters of it.
pub(super) fn text(said: &str, most: usize) -> String {
    let mut out = String::with_capacity(said.len().min(most) + 16);
    for (count, char) in said.split_whitespace().flat_map(|word| word.chars().chain([' '])).enumerate() {
        if count == most {
            out.truncate(out.trim_end().len());
            out.push('…');
            break;
        }
        if is_hidden(char) {
            out.extend(char.escape_unicode());
        } else {
            // A dash at the beginning would make a list.
            let begins = out.is_empty() && char == '-';
            if begins
                || char.is_ascii_punctuation()
                    && !matches!(char, '.' | ',' | ';' | ':' | '/' | '\'' | '"' | '(' | ')' | '-' | '?' | '%' | '=')
            {
                out.push('\\');
            }
            out.push(char);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Code in a cell of a table, where a bar would begin the next cell.
fn cell(code: &str) -> String {
    code.replace('|', "\\|")
}

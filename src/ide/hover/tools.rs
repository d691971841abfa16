//! Hover on tools and sets of tools.

use super::super::{View, card};
use super::{MOST_WRITTEN, listing, statements};
use crate::catalogue::BuiltIn;
use crate::describe::{self, code, markdown};
use crate::diagnostics::shown;
use crate::diagnostics::suggest::nearest;
use crate::glossary;
use crate::ir::{Policy, ServerId, ToolId};
use crate::sema::sets_default;
use crate::syntax::ast::{Ident, Item, ItemKind, SelectionItem, SelectionKind};
use crate::syntax::print;

/// What an item of a selection selects.
pub(super) fn selected(view: &View<'_>, statement: &Item, item: &SelectionItem, at: u32) -> Option<String> {
    match &item.kind {
        SelectionKind::Name(name) | SelectionKind::Quoted(name) => Some(named(view, name, item.server.as_ref(), at)),
        SelectionKind::Set(set) => self::set(view, set, Some(item), at),
        SelectionKind::Glob(_) => {
            let tools = view.scope(at).tools(item);
            let text = code(&print::selection_item(item));
            Some(match view.known_tools().has_catalogue() {
                true => format!("**{text}** matches {}", listing(view, &tools)),
                false => format!("**{text}** matches tools of a catalogue, and none is known."),
            })
        }
        SelectionKind::Everything => {
            let mut text = String::new();
            if let Some(default) = default(statement) {
                text.push_str(default);
                text.push_str("\n\n");
            }
            match &item.server {
                Some(server) => text.push_str(&format!("Every tool of the server {}", code(&server.text))),
                None => text.push_str("Every tool"),
            }
            text.push_str(", including those that the catalogue lacks.");
            if view.known_tools().has_catalogue() {
                text.push_str(&format!(" Known: {}", listing(view, &view.scope(at).tools(item))));
            }
            Some(text)
        }
        SelectionKind::Error => None,
    }
}

/// What `allow *;` or `deny *;` means as the default.
fn default(statement: &Item) -> Option<&'static str> {
    let ItemKind::Rule(rule) = &statement.kind else { return None };
    Some(match sets_default(rule)? {
        true => "The default: a call that no rule refuses or holds is allowed.",
        false => "The default: a call of a tool that no rule opens is denied.",
    })
}

/// A built-in set or a group; `item` is how it is used, if it is.
pub(super) fn set(view: &View<'_>, name: &str, item: Option<&SelectionItem>, at: u32) -> Option<String> {
    let group = view.scope(at).groups().find(|(group, ..)| *group == name);
    let mut parts = Vec::new();
    let tools = match (group, BuiltIn::meant(name, || group.is_some())) {
        (_, Some(set)) => {
            parts.extend(
                glossary::of_set(name).map(|(word, of_all)| format!("**`{}`** {} {of_all}", word.text, word.meaning)),
            );
            view.known_tools().of_set(set, None)
        }
        (Some((_, place, selection)), None) => {
            parts.push(format!("```pol\ngroup {name} = {};\n```", shown(&print::selection(selection), MOST_WRITTEN)));
            parts.extend(statements::documentation_at(view, place));
            view.scope(at).select(selection).named
        }
        (None, None) => return Some(format!("No set is named {}.", code(&format!("@{name}")))),
    };
    let tools = item.map_or(tools, |item| view.scope(at).tools(item));
    // Without a catalogue nothing is known of classes, but groups can hold names.
    if group.is_some() || view.known_tools().has_catalogue() {
        let server = item.and_then(|item| item.server.as_ref());
        let of = server.map_or_else(String::new, |server| format!("Of the server {}: ", code(&server.text)));
        parts.push(format!("{of}{}", listing(view, &tools)));
    }
    Some(parts.join("\n\n"))
}

/// A tool by its name: its card and what the policy makes of its calls.
pub(super) fn named(view: &View<'_>, name: &str, server: Option<&Ident>, at: u32) -> String {
    let known_tools = view.known_tools();
    let id = match server {
        Some(server) => match known_tools.server(&server.text) {
            Some(id) => Some(id),
            None => return format!("No server is named {}.", code(&server.text)),
        },
        None => None,
    };
    let found = known_tools.named(name, id);
    match found.as_slice() {
        [one] => format!("{}{}", card::tool(view, *one), decisions(view, *one, at)),
        [] => {
            let mut text = match known_tools.has_catalogue() {
                true => format!("The catalogue has no tool {}.", code(name)),
                false => format!("**{}**\n\nNo catalogue describes this tool.", code(name)),
            };
            let known = known_tools.all(id);
            let known = known.iter().filter_map(|id| known_tools.tool(*id)).map(|tool| tool.name.as_str());
            if let Some(near) = nearest(name, known) {
                text.push_str(&format!(" Did you mean {}?", code(near)));
            }
            text + &others(view, id.unwrap_or(ServerId(0)), at)
        }
        several => format!("Several servers have a tool {}: {}", code(name), listing(view, several)),
    }
}

/// The policies, that of the block at an offset first.
fn policies<'a>(view: &View<'a>, at: u32) -> Vec<&'a Policy> {
    let block = view.items().find_map(|item| match &item.kind {
        ItemKind::Policy { name, .. } if item.span.start <= at && at <= item.span.end => Some(name.text.as_str()),
        _ => None,
    });
    let mut all: Vec<&Policy> = view.policies().collect();
    all.sort_by_key(|policy| Some(policy.name.as_str()) != block);
    all
}

/// What each policy decides of a tool's calls, rule by rule; policies that say the same share a section.
fn decisions(view: &View<'_>, tool: ToolId, at: u32) -> String {
    let Some(known) = view.known_tools().tool(tool) else { return String::new() };
    let server = view.known_tools().servers().get(known.server.0 as usize).map_or("", |server| server.name.as_str());
    sections(view, at, &|policy| {
        let server = policy.find_server(server)?;
        match policy.find_tool(server, &known.name) {
            Some(tool) => Some(describe::tool(policy, tool)),
            None => Some(describe::other_tools(policy, server)),
        }
    })
}

/// The same of tools that no catalogue has.
fn others(view: &View<'_>, server: ServerId, at: u32) -> String {
    sections(view, at, &|policy| policy.server(server).map(|_| describe::other_tools(policy, server)))
}

fn sections(view: &View<'_>, at: u32, say: &dyn Fn(&Policy) -> Option<Vec<String>>) -> String {
    let policies = policies(view, at);
    let mut sections: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
    for policy in &policies {
        let Some(said) = say(policy) else { continue };
        match sections.iter_mut().find(|(_, other)| *other == said) {
            Some((names, _)) => names.push(&policy.name),
            None => sections.push((vec![&policy.name], said)),
        }
    }
    if sections.is_empty() {
        return match view.is_stale() {
            true => "\n\n---\n\n_What the policy decides is known once it has no errors._".to_owned(),
            false => String::new(),
        };
    }
    let mut text = "\n\n---".to_owned();
    if view.is_stale() {
        text.push_str("\n\n_The text has errors; this is from its last version without errors:_");
    }
    for (names, said) in sections {
        let names = names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
        text.push_str(&match policies.len() {
            1 => "\n\n**Decision**\n".to_owned(),
            _ => format!("\n\n**Decision of {names}**\n"),
        });
        for (index, sentence) in said.iter().enumerate() {
            text.push_str(&format!("\n{}. {}", index + 1, markdown(sentence)));
        }
    }
    text
}

//! Selections of tools as they are written.

use std::collections::BTreeSet;

use crate::catalogue::BuiltIn;
use crate::ir::{ServerId, ToolId};
use crate::lint::context::Context;
use crate::lint::file::File;
use crate::pattern::glob_matches;
use crate::source::Span;
use crate::syntax::ast::{Item, ItemKind, Selection, SelectionItem, SelectionKind};

/// The selection of a statement, if it has one.
pub(in crate::lint::rules) fn of(item: &Item) -> Option<&Selection> {
    match &item.kind {
        ItemKind::Rule(rule) => Some(&rule.selection),
        ItemKind::Group { selection, .. } => Some(selection),
        ItemKind::Assert(assert) => Some(&assert.selection),
        _ => None,
    }
}

/// The name that an item selects a tool by.
pub(in crate::lint::rules) fn name(item: &SelectionItem) -> Option<&str> {
    match &item.kind {
        SelectionKind::Name(name) | SelectionKind::Quoted(name) => Some(name),
        _ => None,
    }
}

/// Whether an item is `*` or `server::*`.
pub(in crate::lint::rules) const fn is_star(item: &SelectionItem) -> bool {
    matches!(item.kind, SelectionKind::Everything)
}

/// A key that is equal for items that select the same tools in the same way.
pub(in crate::lint::rules) fn key(item: &SelectionItem) -> (Option<&str>, u8, &str) {
    let (kind, text) = match &item.kind {
        SelectionKind::Name(name) | SelectionKind::Quoted(name) => (0, name.as_str()),
        SelectionKind::Glob(glob) => (1, glob.as_str()),
        SelectionKind::Set(set) => (2, set.as_str()),
        SelectionKind::Everything => (3, ""),
        SelectionKind::Error => (4, ""),
    };
    (item.server.as_ref().map(|server| server.text.as_str()), kind, text)
}

/// The places of items, for edits of their list.
pub(in crate::lint::rules) fn places(items: &[SelectionItem]) -> Vec<Span> {
    items.iter().map(|item| item.span).collect()
}

/// The known tools that items select, whatever the classes of tools; `None` if that depends on
/// classes, or cannot be seen here. The recursion ends, since cycles of groups are errors.
pub(in crate::lint::rules) fn tools(context: &Context<'_>, items: &[SelectionItem]) -> Option<BTreeSet<ToolId>> {
    let mut found = BTreeSet::new();
    for item in items {
        let server = match &item.server {
            None => None,
            Some(name) => Some(context.policy().find_server(&name.text)?),
        };
        match &item.kind {
            SelectionKind::Name(name) | SelectionKind::Quoted(name) => {
                let of_server =
                    |id: &&ToolId| server.is_none() || context.policy().tool(**id).map(|tool| tool.server) == server;
                found.extend(context.named(name).iter().filter(of_server));
            }
            SelectionKind::Glob(glob) => found.extend(matching(context, server, &|tool| glob_matches(glob, tool))),
            SelectionKind::Set(set) if is_built_in(context, set) => return None,
            SelectionKind::Set(set) => {
                let selection = group(context.file(), set)?;
                if server.is_some() || selection.items.iter().any(is_star) {
                    return None;
                }
                let except = tools(context, &selection.except)?;
                found.extend(tools(context, &selection.items)?.difference(&except).copied());
            }
            SelectionKind::Everything | SelectionKind::Error => return None,
        }
    }
    Some(found)
}

/// Whether `@name` is a built-in set here, whose tools depend on their classes or tags.
pub(in crate::lint::rules) fn is_built_in(context: &Context<'_>, name: &str) -> bool {
    BuiltIn::meant(name, || group(context.file(), name).is_some()).is_some()
}

fn matching(context: &Context<'_>, server: Option<ServerId>, is: &dyn Fn(&str) -> bool) -> Vec<ToolId> {
    let of_server = |wanted: ServerId| server.is_none_or(|server| server == wanted);
    let tools = context.tools().filter(|(_, tool)| of_server(tool.server) && is(&tool.name));
    tools.map(|(id, _)| id).collect()
}

/// The selection of the group with a name; `None` if several blocks have a group of that name.
fn group<'a>(file: &File<'a>, wanted: &str) -> Option<&'a Selection> {
    let mut found = file.statements().filter_map(|item| match &item.kind {
        ItemKind::Group { name, selection } if name.text == wanted => Some(selection),
        _ => None,
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

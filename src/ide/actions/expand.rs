//! Replaces a glob or set by the tools that it selects.

use std::collections::BTreeSet;

use super::site::{Site, reads_arguments};
use super::{Action, ActionKind, proof};
use crate::diagnostics::Edit;
use crate::diff::Verdict;
use crate::ide::View;
use crate::ir::ToolId;
use crate::syntax::ast::{Selection, SelectionItem, SelectionKind};
use crate::syntax::print;

/// The longest list that is offered.
const MOST: usize = 100;

/// Replaces the glob or set at the range by the names of its tools.
pub(super) fn offer(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let (Some(item), Some((selection, list, excepted))) = (site.item, site.list()) else { return };
    for part in list.iter().filter(|part| site.touches(part.span)).take(4) {
        let written = match &part.kind {
            SelectionKind::Glob(_) => print::selection_item(part),
            // A group of plain names is written out by inlining it.
            SelectionKind::Set(name) if !is_plain(site, name) => print::selection_item(part),
            _ => continue,
        };
        let scope = site.view.scope(item.span.start);
        let mut tools = scope.tools(part);
        if !excepted {
            let out: BTreeSet<ToolId> = selection.except.iter().flat_map(|part| scope.tools(part)).collect();
            tools.retain(|tool| !out.contains(tool));
        }
        let others = list.iter().filter(|other| other.span != part.span && is_name(other));
        let others: BTreeSet<ToolId> = others.flat_map(|other| scope.tools(other)).collect();
        tools.retain(|tool| !others.contains(tool));
        if tools.is_empty() || tools.len() > MOST {
            continue;
        }
        let names: Vec<String> = tools.iter().map(|tool| name(site.view, *tool, part.server.is_some())).collect();
        // Once everything is named, there is nothing left that `except` could take out.
        let sole = !excepted && list.len() == 1;
        let end = selection.except.last().filter(|_| sole).map_or(part.span.end, |last| last.span.end);
        let span = crate::source::Span { end, ..part.span };
        if site.has_comment(span) {
            continue;
        }
        let count = if names.len() == 1 { "tool".to_owned() } else { format!("{} tools", names.len()) };
        let title = format!("replace `{written}` by the {count} it selects");
        let action = site.rewrite(title, ActionKind::Rewrite, vec![Edit { span, text: names.join(", ") }]);
        // A name opens tools where a set does not, and conditions must be right for every tool that is named but only for one of
        // a glob.
        let edits = &action.change.edits;
        let is_sound = match part.kind {
            SelectionKind::Set(_) => proof::verdict(site.view, edits) == Some(Verdict::Same),
            _ => !reads_arguments(item) || proof::after(site.view, edits).is_some(),
        };
        if is_sound {
            out.push(action);
        }
    }
}

/// Whether an item is a tool by its name.
pub(super) const fn is_name(item: &SelectionItem) -> bool {
    matches!(item.kind, SelectionKind::Name(_) | SelectionKind::Quoted(_))
}

fn is_plain(site: &Site<'_, '_>, group: &str) -> bool {
    let plain = |selection: &Selection| selection.except.is_empty() && selection.items.iter().all(is_name);
    site.view.scope(site.range.start).groups().any(|(name, _, selection)| name == group && plain(selection))
}

/// A tool as it is written in a selection: with its server where the name alone is not enough, or where it is wanted.
pub(super) fn name(view: &View<'_>, id: ToolId, qualified: bool) -> String {
    let known_tools = view.known_tools();
    let Some(tool) = known_tools.tool(id) else { return String::new() };
    let written = print::tool(&tool.name);
    let server = known_tools.servers().get(tool.server.0 as usize).filter(|server| !server.name.is_empty());
    match server {
        Some(server) if qualified || known_tools.named(&tool.name, None).len() > 1 => {
            format!("{}::{written}", server.name)
        }
        _ => written,
    }
}

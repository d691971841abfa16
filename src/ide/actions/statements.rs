//! Splits a statement into one for each item, and joins such statements.

use std::collections::BTreeSet;

use super::layout::{beside, indent_at};
use super::site::{Site, is_star, reads_arguments};
use super::{Action, ActionKind, Change, proof};
use crate::diagnostics::Edit;
use crate::ide::View;
use crate::ide::format::is_sound;
use crate::ide::mark::selection;
use crate::ir::ToolId;
use crate::line;
use crate::source::Span;
use crate::syntax::ast::{Demand, Effect, Item, ItemKind, Selection};
use crate::syntax::print;

/// Writes a statement for each item of the list at the range.
pub(super) fn split(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let (Some(item), Some((selection, list, false))) = (site.item, site.list()) else { return };
    if list.len() < 2 || list.iter().any(is_star) || site.has_comment(item.span) {
        return;
    }
    let separable = match &item.kind {
        ItemKind::Rule(rule) => match &rule.effect {
            Effect::Limit { total: Some(_), .. } => false,
            // A counter of a tool that two items select would be there twice.
            Effect::Limit { total: None, .. } => are_disjoint(site, item, selection),
            _ => true,
        },
        ItemKind::Assert(_) => true,
        _ => false,
    };
    let (Some(first), Some(last)) = (list.first(), list.last()) else { return };
    let text = site.view.text();
    if !separable {
        return;
    }
    let before = site.text(Span { end: first.span.start, ..item.span });
    let after = site.text(Span { start: last.span.end, ..item.span });
    let after_except = site.text(Span { start: selection.span.end, ..item.span });
    let semicolon = if after.ends_with(';') { "" } else { ";" };
    let scope = site.view.scope(item.span.start);
    let excepted: BTreeSet<ToolId> = selection.except.iter().flat_map(|part| scope.tools(part)).collect();
    let statements: Vec<String> = list
        .iter()
        .map(|part| {
            // Only where it takes something out.
            let needs_except = scope.tools(part).iter().any(|tool| excepted.contains(tool));
            let after = if needs_except || selection.except.is_empty() { after } else { after_except };
            beside(site.view, item, &apart(&[before, site.text(part.span), after, semicolon]))
        })
        .collect();
    let separator = match indent_at(text, item.span.start) {
        Some(indent) => format!("{}{indent}", line::end_of(text)),
        None => " ".to_owned(),
    };
    let title = format!("split into {} statements", list.len());
    let action = whole(title, vec![Edit { span: item.span, text: statements.join(&separator) }]);
    // A condition has to be right for some tool of each statement.
    if !reads_arguments(item) || proof::after(site.view, &action.change.edits).is_some() {
        out.push(action);
    }
}

/// Parts of statements one after the other, with a space where two words would become one: after
/// `deny@mail` or before `"a"when` none need be written.
fn apart(parts: &[&str]) -> String {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let mut out = String::new();
    for part in parts {
        if out.ends_with(is_word) && part.starts_with(is_word) {
            out.push(' ');
        }
        out.push_str(part);
    }
    out
}

fn whole(title: String, edits: Vec<Edit>) -> Action {
    let change = Change { edits, ..Change::default() };
    Action { title, kind: ActionKind::Rewrite, resolves: Vec::new(), preferred: false, change }
}

fn are_disjoint(site: &Site<'_, '_>, item: &Item, selection: &Selection) -> bool {
    let scope = site.view.scope(item.span.start);
    let mut seen = BTreeSet::new();
    selection.items.iter().all(|part| scope.tools(part).into_iter().all(|tool| seen.insert(tool)))
}

/// Writes neighbouring statements that differ only in their tools as one.
pub(super) fn join(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let Some(anchor) = site.view.item_at(site.range.start) else { return };
    let Some(said) = frame(site.view, anchor) else { return };
    let Some(siblings) = siblings(site.view, anchor) else { return };
    let Some(at) = siblings.iter().position(|item| item.span == anchor.span) else { return };
    let alike = |item: &&Item| frame(site.view, item).as_ref() == Some(&said);
    let before = siblings.get(..at).unwrap_or_default().iter().rev().take_while(alike).count();
    let after = siblings.get(at..).unwrap_or_default().iter().take_while(alike).count();
    let run = siblings.get(at - before..at + after).unwrap_or_default();
    let [first, .., last] = run else { return };
    // What stands between them would be lost, but for white space.
    if site.has_comment(Span { end: last.span.end, ..first.span }) {
        return;
    }
    let mut items: Vec<String> = Vec::new();
    for part in run.iter().filter_map(selection).flat_map(|selection| &selection.items) {
        let written = print::selection_item(part);
        if !items.contains(&written) {
            items.push(written);
        }
    }
    let Some(own) = selection(first) else { return };
    let (Some(head), Some(tail)) = (own.items.first(), own.items.last()) else { return };
    let before = site.text(Span { end: head.span.start, ..first.span });
    let after = site.text(Span { start: tail.span.end, ..first.span });
    let text = beside(site.view, first, &apart(&[before, &items.join(", "), after]));
    let span = Span { end: last.span.end, ..first.span };
    out.push(whole(format!("join {} statements", run.len()), vec![Edit { span, text }]));
}

/// The list of statements that one stands in.
pub(super) fn siblings<'a>(view: &View<'a>, item: &Item) -> Option<&'a [Item]> {
    let holds = |items: &[Item]| items.iter().any(|other| other.span == item.span);
    let outer = view.tree()?.items.as_slice();
    if holds(outer) {
        return Some(outer);
    }
    outer.iter().find_map(|block| match &block.kind {
        ItemKind::Policy { items, .. } if holds(items) => Some(items.as_slice()),
        _ => None,
    })
}

/// What a statement says besides its items; `None` for one that cannot be joined with others.
fn frame(view: &View<'_>, item: &Item) -> Option<String> {
    let tools = selection(item)?;
    let except: Vec<String> = tools.except.iter().map(print::selection_item).collect();
    if tools.items.iter().any(is_star) || !is_sound(view, item.span) {
        return None;
    }
    let (head, clauses) = match &item.kind {
        ItemKind::Rule(rule) => {
            let head = match &rule.effect {
                Effect::Limit { total: Some(_), .. } => return None,
                Effect::Limit { total: None, rate } => format!("limit {}", print::rate(rate)),
                Effect::Require(condition) => format!("require {}", print::condition(condition)),
                effect => effect.name().to_owned(),
            };
            (head, &rule.clauses)
        }
        ItemKind::Assert(assert) => {
            let demand = match &assert.demand {
                Demand::Deny => "deny".to_owned(),
                Demand::Allow => "allow".to_owned(),
                Demand::Approval => "approval".to_owned(),
                Demand::Limit(rate) => format!("limit {}", print::rate(rate)),
            };
            (format!("assert {demand} {}", assert.valid.is_some()), &assert.clauses)
        }
        _ => return None,
    };
    Some(format!("{head}\n{}\n{}", except.join(", "), print::clauses(clauses)))
}

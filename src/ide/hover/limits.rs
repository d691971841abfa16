//! Hover on limits: how much passes, and who shares a count.

use super::super::{View, model};
use super::statements;
use crate::describe::{self, code, markdown};
use crate::glossary;
use crate::ir::window_words;
use crate::syntax::ast::{Item, ItemKind, Rate, Scope, ScopeKind, Selection, SelectionItem, SelectionKind};
use crate::syntax::print;

/// Number and window of a limit or assertion, in words.
pub(super) fn rate(view: &View<'_>, item: &Item) -> Option<String> {
    match &item.kind {
        ItemKind::Rule(rule) => {
            let limit = model::limit(rule)?;
            // Without errors the condition can be put into words, too.
            let mut text = statements::says(view, item).unwrap_or_else(|| {
                let matching = if rule.clauses.when.is_some() { "matching " } else { "" };
                let calls = format!("{matching}calls{}", of(&rule.selection, limit.total && !limit.max.is_zero()));
                markdown(&describe::limit(&limit, &calls))
            });
            let tool = single(&rule.selection);
            text.push_str(&format!("\n\nCounter: {}", code(&limit.counter_name(tool.unwrap_or("<tool>")))));
            Some(text)
        }
        ItemKind::Assert(assert) => match &assert.demand {
            crate::syntax::ast::Demand::Limit(rate) => Some(demanded(rate)),
            _ => None,
        },
        _ => None,
    }
}

fn demanded(rate: &Rate) -> String {
    format!(
        "Every allowed call is under a limit that lets at most {} through in {} (aligned to UTC). The limit must count calls, \
         without a condition, in the same or a wider scope.",
        describe::number(&rate.max.value),
        window_words(rate.window.seconds)
    )
}

/// The only tool that a selection names.
fn single(selection: &Selection) -> Option<&str> {
    match (selection.items.as_slice(), selection.except.as_slice()) {
        ([SelectionItem { kind: SelectionKind::Name(name) | SelectionKind::Quoted(name), .. }], []) => Some(name),
        _ => None,
    }
}

/// Of which tools the calls are that a limit counts.
fn of(selection: &Selection, total: bool) -> String {
    let tools = code(&print::selection(selection));
    match (single(selection), total) {
        (Some(name), _) => format!(" of {}", code(name)),
        (None, true) => format!(" of {tools} together"),
        (None, false) => format!(" of each tool of {tools}"),
    }
}

/// Who shares a count.
pub(super) fn scope(scope: &Scope) -> String {
    let written = code(&format!("per {}", print::scope(scope)));
    let name = match &scope.kind {
        ScopeKind::Grant => "grant",
        ScopeKind::Server => "server",
        ScopeKind::Caller(_) => "caller",
    };
    let meaning = glossary::of_scope(name).map_or("", |word| word.meaning);
    format!("**{written}** {meaning}")
}

/// The name of a counter.
pub(super) fn counter(view: &View<'_>, name: &str, item: &Item) -> String {
    let mut text = format!("**{}** The name of this counter, in decisions, tests and artefacts.", code(name));
    if let Some(rate) = rate(view, item) {
        text.push_str(&format!("\n\n{}", rate.split("\n\n").next().unwrap_or_default()));
    }
    text
}

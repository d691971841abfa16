//! Writes a test for a rule.

use std::collections::BTreeSet;

use super::annotate::rules;
use super::site::Site;
use super::{Action, ActionKind, Change};
use crate::diagnostics::Edit;
use crate::ide::format::statement;
use crate::ir::{Policy, Rule};
use crate::line;
use crate::source::{Span, offset};
use crate::syntax::ast::ItemKind;
use crate::testing::WrittenTest;

/// Writes a test for the rule at the range: a call that it is about, and one that it is not.
pub(super) fn offer(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let Some(item) = site.item.filter(|item| matches!(item.kind, ItemKind::Rule(_))) else { return };
    let all: Vec<(&Policy, &Rule)> = rules(site, item).collect();
    let Some((policy, rule)) = all.first().copied() else { return };
    let Some(test) = WrittenTest::of_rule(policy, rule) else { return };
    let block = site.view.items().find(|outer| match &outer.kind {
        ItemKind::Policy { items, .. } => items.iter().any(|inner| inner.span == item.span),
        _ => false,
    });
    // A test outside of the blocks runs against every policy of the file.
    let policies: Vec<&Policy> = match block {
        Some(_) => vec![policy],
        None => site.view.analysis().policies().collect(),
    };
    if !policies.iter().all(|policy| test.passes(policy)) {
        return;
    }
    let written = test.text(policy, &free_name(site, &test.name));
    let Some(formatted) = statement(&written, block.is_some()) else { return };
    let edit = match block {
        Some(block) => within(site, block.span, &formatted),
        None => at_end(site, &formatted),
    };
    out.push(Action {
        title: "write a test for this rule".to_owned(),
        kind: ActionKind::Source,
        resolves: Vec::new(),
        preferred: false,
        change: Change { edits: vec![edit], ..Change::default() },
    });
}

/// The name, with a number if another test has it.
fn free_name(site: &Site<'_, '_>, wanted: &str) -> String {
    let taken: BTreeSet<&str> = site
        .view
        .items()
        .filter_map(|item| match &item.kind {
            ItemKind::Test(test) => Some(test.name.text.as_str()),
            _ => None,
        })
        .collect();
    let numbered = (2_u32..).map(|number| format!("{wanted} ({number})"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken.contains(name.as_str())).unwrap_or_default()
}

/// A test at the end of the file.
fn at_end(site: &Site<'_, '_>, test: &str) -> Edit {
    let text = site.view.text();
    let end = line::end_of(text);
    let last = site.view.tokens().iter().rev().find(|token| !token.kind.is_trivia());
    let open = last.is_some_and(|token| !matches!(token.text(text), ";" | "}"));
    let at = last.map_or(0, |token| token.end);
    let test = test.replace('\n', end);
    if open {
        // The last statement may lack its semicolon, and a comment may follow it.
        let rest = text.get(at as usize..).unwrap_or_default();
        let whole = offset(text.len());
        let tail = rest.trim_end();
        let text = format!(";{tail}{end}{end}{test}{end}");
        return Edit { span: Span::new(site.view.file(), at, whole), text };
    }
    let at = offset(text.trim_end().len());
    let span = Span::new(site.view.file(), at, offset(text.len()));
    Edit { span, text: format!("{end}{end}{test}{end}") }
}

/// A test before the closing brace of a block.
fn within(site: &Site<'_, '_>, block: Span, test: &str) -> Edit {
    let text = site.view.text();
    let end = line::end_of(text);
    let brace = block.end - 1;
    let inside = text.get(..brace as usize).unwrap_or_default();
    let at = offset(inside.trim_end().len());
    let last = site.view.tokens().iter().rev().find(|token| token.end <= brace && !token.kind.is_trivia());
    let open = last.is_some_and(|token| !matches!(token.text(text), ";" | "}" | "{"));
    let (from, kept) = match last.filter(|_| open) {
        Some(last) => (last.end, format!(";{}", text.get(last.end as usize..at as usize).unwrap_or_default())),
        None => (at, String::new()),
    };
    let test = test.replace('\n', end);
    Edit { span: Span { start: from, end: brace, ..block }, text: format!("{kept}{end}{end}  {test}{end}") }
}

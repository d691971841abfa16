//! An exception that removes nothing.
//!
//! ## What it does
//!
//! Reports a name after `except` that the list before it does not select.
//!
//! Globs and sets after `except` are not reported, nor is a name if the list has `*` or a built-in
//! set: they may be for tools of a later release of the server.
//!
//! ## Why it matters
//!
//! Usually one of the two names is wrong, and the tool that should be excluded is not.
//!
//! ## Example
//!
//! ```pol lint code=needless-except catalogue
//! deny *;
//! allow get_*, search_products except send_mail;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_*, search_products except get_comments;
//! ```

use std::collections::BTreeSet;

use super::helpers::selection;
use super::prelude::*;
use crate::ir;
use crate::source::Span;
use crate::syntax::ast::ItemKind;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::NEEDLESS_EXCEPT, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    context.rules().flat_map(|(_, rule)| of_rule(context, rule)).collect()
}

fn of_rule(context: &Context<'_>, rule: &ir::Rule) -> Vec<Diagnostic> {
    let Some(ItemKind::Rule(written)) = context.statement(rule).map(|item| &item.kind) else { return Vec::new() };
    let (items, except) = (&written.selection.items, &written.selection.except);
    if except.is_empty() {
        return Vec::new();
    }
    let Some(selected) = selection::tools(context, items) else { return Vec::new() };
    let places = selection::places(except);
    let found = except.iter().enumerate().filter(|(_, item)| selection::name(item).is_some()).filter_map(|(index, item)| {
        let tools: BTreeSet<_> = selection::tools(context, std::slice::from_ref(item))?;
        if tools.is_empty() || !tools.is_disjoint(&selected) {
            return None;
        }
        let name = quote(context.text(item.span));
        let message = format!("the list does not select {name}, so excluding it changes nothing");
        let finding = Diagnostic::new(codes::NEEDLESS_EXCEPT, item.span, message);
        let finding = finding.because(span(&selection::places(items))?, "the list selects this");
        // The only exception is removed together with the word `except`.
        let removed = edit::remove_element(&places, index).or_else(|| {
            let end = items.last()?.span.end;
            Some(edit::replace(Span { start: end, ..item.span }, ""))
        });
        Some(match removed.filter(|edit| !context.text(edit.span).contains("//")) {
            Some(edit) => finding.fix_all(Applicability::Safe, "remove the exception", vec![edit]),
            None => finding.help("remove the exception"),
        })
    });
    found.collect()
}

fn span(places: &[Span]) -> Option<Span> {
    Some(places.first()?.to(*places.last()?))
}

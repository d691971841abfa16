//! A tool that a glob in the same list covers.
//!
//! ## What it does
//!
//! Reports a name in a selection that a glob of the same list matches.
//!
//! ## Why it matters
//!
//! It makes no difference, and a reader may take the list for one of single tools. Where the name is
//! there to be found by a search, it does no harm.
//!
//! ## Example
//!
//! ```pol lint code=covered-item catalogue
//! deny *;
//! allow get_*, get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_*;
//! ```

use super::helpers::selection;
use super::prelude::*;
use crate::pattern::glob_matches;
use crate::syntax::ast::{SelectionItem, SelectionKind};

pub(super) const RULE: Rule = Rule {
    group: Group::Pedantic,
    fix: Some(Applicability::Safe),
    ..Rule::new(codes::COVERED_ITEM, Check::File(check))
};

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let selections = file.items().into_iter().filter_map(selection::of);
    selections.flat_map(|selection| [&selection.items, &selection.except]).flat_map(|items| list(file, items)).collect()
}

/// How many globs of a list each name is compared with.
const MOST_GLOBS: usize = 100;

fn list(file: &File<'_>, items: &[SelectionItem]) -> Vec<Diagnostic> {
    let globs: Vec<&SelectionItem> =
        items.iter().filter(|item| matches!(item.kind, SelectionKind::Glob(_))).take(MOST_GLOBS).collect();
    let places = selection::places(items);
    let found = items.iter().enumerate().filter_map(|(index, item)| {
        let name = selection::name(item)?;
        let server = item.server.as_ref().map(|server| &server.text);
        let covers = |glob: &SelectionItem| match &glob.kind {
            SelectionKind::Glob(text) => {
                let same = glob.server.as_ref().is_none_or(|other| Some(&other.text) == server);
                same && glob_matches(text, name)
            }
            _ => false,
        };
        let glob = globs.iter().find(|glob| covers(glob))?;
        let message = format!("{} covers {} already", quote(file.text(glob.span)), quote(file.text(item.span)));
        let finding = Diagnostic::new(codes::COVERED_ITEM, item.span, message).because(glob.span, "the glob");
        let removed = edit::remove_element(&places, index);
        Some(match removed.filter(|edit| !file.text(edit.span).contains("//")) {
            Some(edit) => finding.fix_all(Applicability::Safe, "leave the name out", vec![edit]),
            None => finding.help("leave the name out"),
        })
    });
    found.collect()
}

//! The same item twice in one list of tools.
//!
//! ## What it does
//!
//! Reports an item that occurs earlier in the same list, in a rule, a group or an assertion, also
//! after `except`.
//!
//! ## Why it matters
//!
//! Usually the second should be another tool, which is now missing from the list.
//!
//! ## Example
//!
//! ```pol lint code=repeated-item catalogue
//! deny *;
//! allow get_order, get_comments, get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order, get_comments, search_products;
//! ```

use std::collections::BTreeMap;

use super::helpers::selection;
use super::prelude::*;
use crate::syntax::ast::SelectionItem;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::REPEATED_ITEM, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let selections = file.items().into_iter().filter_map(selection::of);
    selections.flat_map(|selection| [&selection.items, &selection.except]).flat_map(|items| list(file, items)).collect()
}

fn list(file: &File<'_>, items: &[SelectionItem]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let has_star = items.iter().any(selection::is_star);
    let places = selection::places(items);
    let mut known: BTreeMap<_, &SelectionItem> = BTreeMap::new();
    for (index, item) in items.iter().enumerate() {
        let Some(first) = known.get(&selection::key(item)).copied() else {
            known.insert(selection::key(item), item);
            continue;
        };
        let message = format!("{} is here twice", quote(file.text(item.span)));
        let finding = Diagnostic::new(codes::REPEATED_ITEM, item.span, message).because(first.span, "the first is here");
        // A list of `*` alone may be the default, which says something else.
        let removed = edit::remove_element(&places, index);
        let removed = removed.filter(|edit| !file.text(edit.span).contains("//") && !has_star);
        found.push(match removed {
            Some(edit) => finding.fix_all(Applicability::Safe, "remove the second", vec![edit]),
            None => finding.help("remove the second"),
        });
    }
    found
}

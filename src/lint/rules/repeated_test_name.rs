//! Two tests with the same name.
//!
//! ## What it does
//!
//! Reports a test that has the name of an earlier test of the same policy.
//!
//! ## Why it matters
//!
//! If a report says "small refunds failed", nobody knows which of the two did.
//!
//! ## Example
//!
//! ```pol lint code=repeated-test-name catalogue
//! deny *;
//! allow get_order;
//!
//! test "orders" {
//!   call get_order {"order_id": 1} -> allow;
//! }
//! test "orders" {
//!   call cancel_order {"order_id": 1} -> deny;
//! }
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order;
//!
//! test "orders are read" {
//!   call get_order {"order_id": 1} -> allow;
//! }
//! test "orders stay" {
//!   call cancel_order {"order_id": 1} -> deny;
//! }
//! ```

use std::collections::BTreeMap;

use super::prelude::*;
use crate::syntax::ast::{Item, ItemKind};

pub(super) const RULE: Rule = Rule::new(codes::REPEATED_TEST_NAME, Check::File(check));

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let all = file.main().map(|unit| unit.parse.file.items.as_slice()).unwrap_or_default();
    let blocks = all.iter().filter_map(|item| match &item.kind {
        ItemKind::Policy { items, .. } => Some(items.as_slice()),
        _ => None,
    });
    std::iter::once(all).chain(blocks).flat_map(of).collect()
}

fn of(items: &[Item]) -> Vec<Diagnostic> {
    let mut first = BTreeMap::new();
    let mut found = Vec::new();
    for item in items {
        let ItemKind::Test(test) = &item.kind else { continue };
        match first.get(&test.name.text) {
            None => drop(first.insert(&test.name.text, test.name.span)),
            Some(span) => {
                let message = format!("a second test named {}", quote(&test.name.text));
                let finding = Diagnostic::new(codes::REPEATED_TEST_NAME, test.name.span, message);
                found.push(finding.because(*span, "the first is here").help("choose a name that says what it shows"));
            }
        }
    }
    found
}

//! A test that tests nothing.
//!
//! ## What it does
//!
//! Reports a `test` without any `call`.
//!
//! ## Why it matters
//!
//! It passes whatever the policy says.
//!
//! ## Example
//!
//! ```pol lint code=empty-test catalogue
//! deny *;
//! allow get_order;
//!
//! test "orders are read" {
//!   wait 1min;
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
//! ```

use super::prelude::*;
use crate::syntax::ast::{ItemKind, StepKind};

pub(super) const RULE: Rule = Rule::new(codes::EMPTY_TEST, Check::File(check));

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let tests = file.items().into_iter().filter_map(|item| match &item.kind {
        ItemKind::Test(test) => Some(test),
        _ => None,
    });
    let empty = tests.filter(|test| !test.steps.iter().any(|step| matches!(step.kind, StepKind::Call(_))));
    let found = empty.map(|test| {
        let finding = Diagnostic::new(codes::EMPTY_TEST, test.name.span, "this test makes no call, so it always passes");
        finding.help("add `call TOOL {...} -> allow;` or `-> deny;`")
    });
    found.collect()
}

//! An `allow` that selects no tool.
//!
//! ## What it does
//!
//! Reports an `allow` whose `except` removes everything that the rest of it selects.
//!
//! Other statements that select no tool are errors, and a glob or built-in set without a tool has a
//! finding of its own.
//!
//! ## Why it matters
//!
//! The rule opens nothing.
//!
//! ## Example
//!
//! ```pol lint code=empty-selection catalogue
//! deny *;
//! group money = create_charge, refund_order;
//! allow @money except create_*, refund_*;
//! ```
//!
//! ## Use instead
//!
//! Select the intended tools:
//!
//! ```pol lint catalogue
//! deny *;
//! group money = create_charge, refund_order;
//! allow @money except create_*;
//! ```

use std::collections::BTreeSet;

use super::helpers::dead;
use super::prelude::*;
use crate::dead::Cause;
use crate::ir::{self, Effect};
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::EMPTY_SELECTION, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let empty = dead::dead(context, &[Cause::NoTool]);
    // The items that are reported already because they select no tool.
    let all = context.file().analysis().diagnostics.iter();
    let reported = all.filter(|found| [codes::DEAD_GLOB, codes::EMPTY_SET].contains(&found.code));
    let reported: BTreeSet<Span> = reported.map(|found| found.primary.span).collect();
    let empty = empty.filter(|(_, rule)| matches!(rule.effect, Effect::Allow) && !is_reported(&reported, rule));
    let found = empty.map(|(dead, rule)| {
        let message = "this rule selects no tool";
        let finding = dead::finding(context, (dead, rule), codes::EMPTY_SELECTION, message, Applicability::Unsafe);
        finding.help("remove it, or select the intended tools")
    });
    found.collect()
}

/// Whether an item of the rule is reported already because it selects no tool.
fn is_reported(reported: &BTreeSet<Span>, rule: &ir::Rule) -> bool {
    let statement = rule.origin.span;
    let first = reported.range(statement.at_start()..).next();
    first.is_some_and(|place| place.file == statement.file && place.end <= statement.end)
}

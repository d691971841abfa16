//! A rule that selects no tool.
//!
//! ## What it does
//!
//! Reports a rule whose selection leaves no tool: `except` takes out all that the rest of it selects,
//! or no tool of the catalogue is in a set.
//!
//! A `deny`, `hide`, `limit` or requirement for a built-in set alone is not reported: it holds for the
//! tools that a later release of the server puts into the set.
//!
//! ## Why it matters
//!
//! The rule protects or opens nothing.
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
//! Say which tools are meant:
//!
//! ```pol lint catalogue
//! deny *;
//! group money = create_charge, refund_order;
//! allow @money except create_*;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::catalogue::Class;
use crate::dead::Cause;
use crate::ir::{self, Effect};
use crate::syntax::ast::{ItemKind, SelectionKind};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::EMPTY_SELECTION, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let empty = dead::dead(context, &[Cause::NoTool]).filter(|(_, rule)| !is_precaution(context, rule));
    let found = empty.map(|(dead, rule)| {
        let message = "this rule selects no tool";
        let finding = dead::finding(context, (dead, rule), codes::EMPTY_SELECTION, message, Applicability::Unsafe);
        finding.help("remove it, or select the tools it is for")
    });
    found.collect()
}

/// Whether a rule refuses calls of whatever tools may come into a built-in set.
fn is_precaution(context: &Context<'_>, rule: &ir::Rule) -> bool {
    let Some(ItemKind::Rule(written)) = context.statement(rule).map(|item| &item.kind) else { return false };
    let is_class = |kind: &SelectionKind| matches!(kind, SelectionKind::Set(name) if Class::parse(name).is_some());
    !matches!(rule.effect, Effect::Allow) && written.selection.items.iter().all(|item| is_class(&item.kind))
}

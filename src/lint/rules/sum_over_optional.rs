//! A sum over an optional argument.
//!
//! ## What it does
//!
//! Reports `limit ... of args.x` for tools whose inputSchema does not require `x`: such a limit
//! refuses every call without it.
//!
//! ## Why it matters
//!
//! For the server a missing amount may mean "all of it", and the agent is refused by a limit that
//! is not reached. An explicit requirement helps both.
//!
//! ## Example
//!
//! ```pol lint code=sum-over-optional catalogue
//! deny *;
//! limit refund_order 500/day of args.amount;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! limit refund_order 500/day of args.amount;
//! require has args.amount for refund_order because "Say how much is refunded.";
//! ```

use super::helpers::tools;
use super::prelude::*;
use crate::ir::{self, Effect, ToolId};
use crate::predicate::{Path, PathRoot, Step};
use crate::probe;

pub(super) const RULE: Rule = Rule { group: Group::Strict, ..Rule::new(codes::SUM_OVER_OPTIONAL, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = context.rules().filter_map(|(_, rule)| {
        let Effect::Limit(ir::Limit { sum_of: Some(path), .. }) = &rule.effect else { return None };
        let optional: Vec<ToolId> =
            rule.selection.named.iter().copied().filter(|tool| is_optional(context, *tool, path)).collect();
        // An author who tests the argument elsewhere has thought of it.
        let mentions = |other: &ir::Rule| {
            let guard = other.guard.as_ref().map(|guard| probe::atoms(&guard.condition)).unwrap_or_default();
            guard.iter().any(|atom| atom.path == *path)
                && other.selection.named.iter().any(|tool| optional.contains(tool))
        };
        if optional.is_empty() || context.policy().rules.iter().any(mentions) {
            return None;
        }
        let names = tools::names(context, optional);
        let message = format!("this limit refuses calls of {names} without `{}`, which is optional", path);
        let finding = Diagnostic::new(codes::SUM_OVER_OPTIONAL, rule.origin.span, message);
        Some(finding.help(format!("make it explicit: `require has {} for ... because \"...\";`", path)))
    });
    found.collect()
}

/// Whether the schema of a tool declares a top-level argument and does not require it.
fn is_optional(context: &Context<'_>, tool: ToolId, path: &Path) -> bool {
    let (PathRoot::Args, [Step::Key(key)]) = (path.root, path.steps.as_slice()) else { return false };
    let Some(known) = context.policy().tool(tool) else { return false };
    let catalogue = context.policy().server(known.server).and_then(|server| server.catalogue.as_ref());
    let entries = known.entries.iter().filter_map(|entry| Some(catalogue?.schema(*entry)));
    entries.into_iter().any(|schema| schema.arguments().iter().any(|argument| argument.name == *key && !argument.required))
}

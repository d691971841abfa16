//! A risky tool whose every call passes.
//!
//! ## What it does
//!
//! Reports tools that delete something, run what the caller writes or move money, and that are open
//! without a condition, a limit or an approval.
//!
//! The class of a tool comes from the catalogue, if it states one, otherwise from the name and
//! description: `policyc catalogue show` gives the reason.
//!
//! ## Why it matters
//!
//! A single call that an attacker talks the agent into, or a loop that nobody stops, is enough.
//!
//! ## Example
//!
//! ```pol lint code=unguarded-risk catalogue
//! deny *;
//! allow get_order, refund_order, delete_customer;
//! ```
//!
//! ## Use instead
//!
//! Ask a person, limit the number of calls, or restrict the arguments:
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order;
//! allow refund_order when args.amount <= 50;
//! require approval for delete_customer;
//! ```

use super::helpers::{opened, tools};
use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    confidence: Confidence::Medium,
    imported: Imported::AtImport,
    shared: Shared::Any,
    ..Rule::new(codes::UNGUARDED_RISK, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut risky = opened::tools(context);
    risky.retain(|opened| opened.is_unguarded() && tools::is_risky(context, opened.tool));
    let found = opened::by_rule(risky).into_iter().filter_map(|(by, risky)| {
        let origin = opened::origin(context, by)?;
        let names = tools::listed(risky.iter().filter_map(|opened| described(context, opened.tool)).collect());
        let message = format!("every call of {names} passes: no condition, limit or approval");
        let finding = Diagnostic::new(codes::UNGUARDED_RISK, origin.span, message);
        let finding = match risky.first().and_then(|opened| reason(context, opened.tool)) {
            Some(reason) => finding.label(reason),
            None => finding,
        };
        Some(finding.help("add a condition, a `limit` or `require approval for`, or exclude the tool"))
    });
    found.collect()
}

/// `delete_customer` (destructive)
fn described(context: &Context<'_>, tool: crate::ir::ToolId) -> Option<String> {
    Some(format!("{} ({})", quote(&tools::name(context, tool)?), tools::classes(context, tool)?.names()))
}

/// Why a tool is in its class.
fn reason(context: &Context<'_>, tool: crate::ir::ToolId) -> Option<String> {
    let known = context.policy().tool(tool)?;
    Some(format!("{}: {}", quote(&known.name), context.classes(known)?.1))
}

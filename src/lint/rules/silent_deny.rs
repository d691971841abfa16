//! A refusal that gives no reason.
//!
//! ## What it does
//!
//! Reports a `deny` and a `require` without `because`.
//!
//! ## Why it matters
//!
//! The agent learns only that the call was denied, and tries again in other words. A sentence that
//! says what to do instead saves these attempts.
//!
//! ## Example
//!
//! ```pol lint code=silent-deny catalogue
//! deny * because "Not for the agent.";
//! allow create_order;
//! deny create_order when args.customer_id == 1;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny * because "Not for the agent.";
//! allow create_order;
//! deny create_order when args.customer_id == 1 because "Orders of the house are made by hand.";
//! ```

use super::prelude::*;
use crate::ir::Effect;

pub(super) const RULE: Rule = Rule { group: Group::Pedantic, ..Rule::new(codes::SILENT_DENY, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let silent = context.rules().filter(|(_, rule)| rule.reason.is_none());
    let found = silent.filter_map(|(_, rule)| {
        let word = match rule.effect {
            Effect::Deny => "`deny`",
            Effect::Require => "`require`",
            _ => return None,
        };
        let message = format!("this {word} gives the agent no reason");
        let finding = Diagnostic::new(codes::SILENT_DENY, rule.origin.span, message);
        Some(finding.help("add `because \"...\"`: what to do instead"))
    });
    found.collect()
}

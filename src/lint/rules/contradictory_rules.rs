//! Opposite rules for the same calls.
//!
//! ## What it does
//!
//! Reports a rule that opens, limits or holds calls that a `deny` with the same tools and the same
//! condition refuses.
//!
//! ## Why it matters
//!
//! `deny` wins, so the tool stays closed. The author of one of the two rules wanted something else.
//!
//! ## Example
//!
//! ```pol lint code=contradictory-rules catalogue
//! deny *;
//! allow refund_order;
//! deny refund_order;
//! ```
//!
//! ## Use instead
//!
//! Keep the one that you want:
//!
//! ```pol lint catalogue
//! deny *;
//! allow refund_order when args.amount <= 50;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::Cause;
use crate::ir::{self, Effect};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::CONTRADICTORY_RULES, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let overridden = dead::dead(context, &[Cause::Overridden]);
    let against = overridden.filter(|(dead, rule)| dead::by(context, dead).any(|by| contradict(by, rule)));
    let found = against.map(|(dead, rule)| {
        let message = format!("this {} and a `deny` of the same calls contradict each other", dead::name(&rule.effect));
        let finding = dead::finding(context, (dead, rule), codes::CONTRADICTORY_RULES, message, Applicability::Unsafe);
        finding.help("`deny` wins; remove the wrong rule")
    });
    found.collect()
}

/// Whether the first rule is a `deny` of exactly the calls that the second, a rule of another kind,
/// is about.
pub(super) fn contradict(deny: &ir::Rule, rule: &ir::Rule) -> bool {
    matches!(deny.effect, Effect::Deny) && !matches!(rule.effect, Effect::Require) && dead::same_calls(deny, rule)
}

//! A condition that every valid call meets.
//!
//! ## What it does
//!
//! Reports a condition that every call meets that satisfies the inputSchema of the selected tools,
//! although other calls do not. This is proved for all calls.
//!
//! ## Why it matters
//!
//! Gateways do not check the schema, so a requirement of this kind is a second line of defence,
//! which may be intended. In other rules it shows that the condition does not distinguish valid
//! calls.
//!
//! ## Example
//!
//! ```pol lint code=decided-by-schema catalogue
//! allow *;
//! require args.order_id >= 1 for get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! ```

use super::helpers::accepted;
use super::prelude::*;
use crate::ir::Effect;
use crate::predicate::Condition;

pub(super) const RULE: Rule =
    Rule { group: Group::Pedantic, ..Rule::new(codes::DECIDED_BY_SCHEMA, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = accepted::guarded(context).filter_map(|(index, rule, guard)| {
        let subjects = accepted::subjects(context, index)?;
        let unmet = Condition::Not(Box::new(guard.condition.clone()));
        if !accepted::is_only_met_by_invalid_calls(context, &subjects, &unmet) {
            return None;
        }
        let names = accepted::names(context, &subjects);
        let what = if matches!(rule.effect, Effect::Require) { "requirement" } else { "condition" };
        let message = format!("every call that satisfies the inputSchema of {names} meets this {what}");
        let finding = Diagnostic::new(codes::DECIDED_BY_SCHEMA, guard.span, message);
        Some(finding.help("remove it, or keep it as a second line of defence: gateways do not check the schema"))
    });
    found.collect()
}

//! A rule all of whose calls other rules refuse.
//!
//! ## What it does
//!
//! Reports a rule that has no effect because other rules refuse every call that it applies to: an
//! `allow` that lets no call through, an approval of calls that are denied. This is proved for all
//! calls.
//!
//! ## Why it matters
//!
//! The policy refuses what a reader of the rule expects to pass.
//!
//! ## Example
//!
//! ```pol lint code=overridden-rule catalogue
//! deny *;
//! allow create_charge when args.amount > 500;
//! deny create_charge when args.amount > 100;
//! ```
//!
//! ## Use instead
//!
//! If large charges should pass, remove the denial:
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.amount > 500;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::Cause;
use crate::ir::Effect;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::OVERRIDDEN_RULE, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let overridden = dead::dead(context, &[Cause::Overridden]);
    // Contradictions, and what only a `hide` takes away, have findings of their own.
    let overridden = overridden.filter(|(dead, rule)| {
        let hides = dead::by(context, dead).all(|by| matches!(by.effect, Effect::Hide));
        !hides && !dead::by(context, dead).any(|by| super::contradictory_rules::contradict(by, rule))
    });
    let found = overridden.map(|(dead, rule)| {
        let message = format!(
            "this {} changes nothing: other rules refuse every call that it applies to",
            dead::name(&rule.effect)
        );
        let finding = dead::finding(context, (dead, rule), codes::OVERRIDDEN_RULE, message, Applicability::Unsafe);
        let alone = finding.fixes.is_empty();
        finding.help(match alone {
            true => "narrow the rule that refuses the calls, or remove both",
            false => "remove it, or narrow the rule that refuses the calls",
        })
    });
    found.collect()
}

//! A rule that others say already.
//!
//! ## What it does
//!
//! Reports a rule without which every call would be decided alike, because rules of the same kind say
//! already all that it says. It points at a smallest set of rules that make it so. It is proved for all
//! calls a client could send.
//!
//! ## Why it matters
//!
//! Who changes the shadowed rule believes to change the policy, and changes nothing.
//!
//! ## Example
//!
//! ```pol lint code=shadowed-rule catalogue
//! allow *;
//! deny create_charge when args.amount > 100;
//! deny create_charge when args.amount > 500;
//! ```
//!
//! ## Use instead
//!
//! The rule that says it all, once:
//!
//! ```pol lint catalogue
//! allow *;
//! deny create_charge when args.amount > 100;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::{Cause, alike};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::SHADOWED_RULE, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let shadowed = dead::dead(context, &[Cause::Shadowed]);
    // Two that are written alike have a finding of their own.
    let shadowed = shadowed.filter(|(dead, rule)| !dead::by(context, dead).any(|by| alike(by, rule)));
    let found = shadowed.map(|(dead, rule)| {
        let message = format!("this {} changes nothing: another one says all that it says", dead::name(&rule.effect));
        let finding = dead::finding(context, (dead, rule), codes::SHADOWED_RULE, message, Applicability::Safe);
        finding.help("remove it, or change the condition that was meant otherwise")
    });
    found.collect()
}

//! A rule for calls that nothing opens.
//!
//! ## What it does
//!
//! Reports a rule that narrows calls that are denied anyway, because nothing opens the tool for
//! them. An unconditional `deny` of such a tool is not reported: it also says that the tool should
//! stay denied. Nor is a rule for `*`, which narrows whatever is opened.
//!
//! ## Why it matters
//!
//! An `allow` for some calls of a tool closes it for all others, including those of a limit or an
//! approval. Authors who write both usually expect both to work.
//!
//! ## Example
//!
//! ```pol lint code=unopened-rule catalogue
//! deny *;
//! allow create_charge when args.amount <= 100;
//! require approval for create_charge when args.amount > 100;
//! ```
//!
//! ## Use instead
//!
//! Let one rule open the tool for both:
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge;
//! require approval for create_charge when args.amount > 100;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::Cause;
use crate::ir::Effect;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::UNOPENED_RULE, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let unopened = dead::dead(context, &[Cause::NotOpened]);
    // An unconditional denial is a second lock.
    let unopened = unopened.filter(|(_, rule)| !(matches!(rule.effect, Effect::Deny) && rule.guard.is_none()));
    let unopened = unopened.filter(|(_, rule)| !(rule.selection.star.is_some() && rule.selection.named.is_empty()));
    let found = unopened.map(|(dead, rule)| {
        let message = format!(
            "this {} changes nothing: nothing opens the tool for the calls that it applies to",
            dead::name(&rule.effect)
        );
        let finding = dead::finding(context, (dead, rule), codes::UNOPENED_RULE, message, Applicability::Unsafe);
        finding.help("add an `allow` for the tool, or remove the rule")
    });
    found.collect()
}

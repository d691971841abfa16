//! A rule for tools that are hidden.
//!
//! ## What it does
//!
//! Reports a rule that changes nothing because `hide` covers its tools: a hidden tool is not
//! listed, and every call of it is denied.
//!
//! ## Why it matters
//!
//! The rule reads as if some calls passed.
//!
//! ## Example
//!
//! ```pol lint code=hidden-but-allowed catalogue
//! deny *;
//! hide delete_customer;
//! allow delete_customer when args.customer_id != 1;
//! ```
//!
//! ## Use instead
//!
//! Deny the calls that should not pass, and leave the tool in the list:
//!
//! ```pol lint catalogue
//! deny *;
//! allow delete_customer when args.customer_id != 1;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::Cause;
use crate::ir::Effect;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::HIDDEN_BUT_ALLOWED, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let overridden = dead::dead(context, &[Cause::Overridden]);
    // If only some of its tools are hidden, there is more to say.
    let hidden = overridden.filter(|(dead, _)| dead::by(context, dead).all(|by| matches!(by.effect, Effect::Hide)));
    let found = hidden.map(|(dead, rule)| {
        let message = format!("this {} changes nothing: its tools are hidden", dead::name(&rule.effect));
        let finding = dead::finding(context, (dead, rule), codes::HIDDEN_BUT_ALLOWED, message, Applicability::Unsafe);
        finding.help("remove it, or do not hide the tool")
    });
    found.collect()
}

//! An `allow` in addition to a rule that opens the same calls.
//!
//! ## What it does
//!
//! Reports an `allow` that changes nothing because a limit, a requirement or an approval names the tool
//! and so opens it for the same calls.
//!
//! ## Why it matters
//!
//! It does no harm, and shows clearly what is open; many authors write both. If you prefer short
//! policies, remove it.
//!
//! ## Example
//!
//! ```pol lint code=needless-allow catalogue
//! deny *;
//! allow get_order;
//! limit get_order 60/min;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! limit get_order 60/min;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::Cause;

pub(super) const RULE: Rule = Rule {
    group: Group::Pedantic,
    fix: Some(Applicability::Safe),
    ..Rule::new(codes::NEEDLESS_ALLOW, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let opened = dead::dead(context, &[Cause::Opened]);
    let found = opened.map(|(dead, rule)| {
        let message = "this `allow` changes nothing: another rule names its tools and opens them for the same calls";
        let finding = dead::finding(context, (dead, rule), codes::NEEDLESS_ALLOW, message, Applicability::Safe);
        finding.help("remove it, or keep it if it makes the policy clearer")
    });
    found.collect()
}

//! A limit that one agent can exhaust for all others.
//!
//! ## What it does
//!
//! Reports a limit `per server` on tools that have no limit `per grant` or per claim.
//!
//! ## Why it matters
//!
//! One agent that runs wild uses up the whole quota, and all others must wait.
//!
//! ## Example
//!
//! ```pol lint code=shared-quota catalogue
//! deny *;
//! limit send_mail 500/hour per server;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! limit send_mail 500/hour per server;
//! limit send_mail 50/hour per grant;
//! ```

use super::prelude::*;
use crate::ir::{Effect, Scope};

pub(super) const RULE: Rule = Rule { group: Group::Pedantic, ..Rule::new(codes::SHARED_QUOTA, Check::Policy(check)) };

/// Tools that more rules than this select are not looked at.
const MOST_RULES: usize = 1_000;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = context.rules().filter_map(|(index, rule)| {
        let Effect::Limit(limit) = &rule.effect else { return None };
        if limit.scope != Scope::Server {
            return None;
        }
        let alone = context.groups_of(index).filter(|(group, _)| group.rules.len() <= MOST_RULES).any(|(group, _)| {
            !group.case.is_closed() && group.case.limits.iter().all(|other| other.limit.scope == Scope::Server)
        });
        let finding = Diagnostic::new(codes::SHARED_QUOTA, rule.origin.span, "one agent can use up this limit for all");
        alone.then(|| finding.help("add a smaller limit `per grant`"))
    });
    found.collect()
}

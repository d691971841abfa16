//! A condition that no valid call meets.
//!
//! ## What it does
//!
//! Reports the condition of an `allow`, `limit`, `require` or `require approval` that some call
//! meets, but none that satisfies the inputSchema of a selected tool. This is proved for all calls.
//! The condition of a `deny` is not reported: it may be a second line of defence.
//!
//! ## Why it matters
//!
//! The rule does nothing for the calls that a server accepts. An approval that no valid call needs
//! protects nothing, and a requirement that no valid call meets closes the tool.
//!
//! ## Example
//!
//! ```pol lint code=impossible-for-valid-calls catalogue
//! deny *;
//! allow create_charge when not has args.currency and args.amount > 0;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.currency == "EUR" and args.amount > 0;
//! ```

use std::collections::BTreeSet;

use super::helpers::{accepted, atoms};
use super::prelude::*;
use crate::ir::{Effect, Guard};
use crate::predicate::{Atom, Test};

pub(super) const RULE: Rule = Rule::new(codes::IMPOSSIBLE_FOR_VALID_CALLS, Check::Policy(check));

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let guarded = accepted::guarded(context)
        .filter(|(_, rule, guard)| !matches!(rule.effect, Effect::Deny | Effect::Hide) && is_worth_asking(guard));
    let found = guarded.filter_map(|(index, rule, guard)| {
        let subjects = accepted::subjects(context, index)?;
        if !accepted::is_only_met_by_invalid_calls(context, &subjects, &guard.condition) {
            return None;
        }
        let names = accepted::names(context, &subjects);
        let message = match rule.effect {
            Effect::Require => format!("no call that satisfies the inputSchema of {names} meets this requirement"),
            _ => format!("no call that satisfies the inputSchema of {names} meets this condition"),
        };
        let finding = Diagnostic::new(codes::IMPOSSIBLE_FOR_VALID_CALLS, guard.span, message);
        Some(finding.help("correct the condition: `policyc catalogue show` prints the arguments of a tool"))
    });
    found.collect()
}

/// Whether a condition is worth a question. The checker reports single tests that no schema admits,
/// so only negated tests and several tests of one value are asked about.
fn is_worth_asking(guard: &Guard) -> bool {
    let atoms = atoms::of(&guard.condition);
    let is_about_values = |atom: &Atom| {
        matches!(atom.test, Test::Has | Test::Compare(..) | Test::In(_) | Test::NotIn(_) | Test::Length(_))
    };
    let mut seen = BTreeSet::new();
    atoms.iter().any(|(atom, negated)| is_about_values(atom) && (*negated || !seen.insert(&atom.path)))
}

//! A rule about risky tools that no test exercises.
//!
//! ## What it does
//!
//! Reports, in a file that has tests, the rules about destructive, execute and financial tools that
//! none of its tests exercises.
//!
//! ## Why it matters
//!
//! Tools that move money or delete data need tests most: a test fails when somebody changes the
//! rule by accident.
//!
//! ## Example
//!
//! ```pol lint code=untested-rule catalogue
//! deny *;
//! allow get_order;
//! allow refund_order when args.amount <= 50;
//!
//! test "orders are read" {
//!   call get_order {"order_id": 1} -> allow;
//! }
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order;
//! allow refund_order when args.amount <= 50;
//!
//! test "small refunds" {
//!   call refund_order {"order_id": 1, "amount": 50} -> allow;
//!   call refund_order {"order_id": 1, "amount": 51} -> deny;
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::helpers::tools;
use super::prelude::*;
use crate::source::Span;
use crate::testing::{self, Wanted};

pub(super) const RULE: Rule = Rule { group: Group::Strict, ..Rule::new(codes::UNTESTED_RULE, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let checked = file.checked();
    if checked.tests().is_empty() {
        return Vec::new();
    }
    let outcome = testing::run_wanted(checked, Wanted { watched: true, ..Wanted::default() });
    let mut found = Vec::new();
    for watched in &outcome.watched {
        let Some(policy) = checked.policies().get(watched.policy()) else { continue };
        let context = Context::new(file, policy);
        for (index, rule) in context.rules() {
            let risky: Vec<_> = rule.selection.named.iter().filter(|tool| tools::is_risky(&context, **tool)).collect();
            let is_own = rule.origin.span.file == file.main_id();
            if risky.is_empty() || !is_own || watched.exercised(index) > 0 {
                continue;
            }
            let names = tools::names(&context, risky.into_iter().copied());
            let message = format!("no test exercises this rule about {names}");
            let finding = Diagnostic::new(codes::UNTESTED_RULE, rule.origin.span, message);
            found.push(finding.help("add a `call` on each side of it; `policyc test --coverage` shows what the tests reach"));
        }
    }
    // One test is enough for a rule that several policies share.
    let mut counts: BTreeMap<Span, (usize, usize)> = BTreeMap::new();
    found.iter().for_each(|finding| counts.entry(finding.primary.span).or_default().0 += 1);
    for policy in outcome.watched.iter().filter_map(|watched| checked.policies().get(watched.policy())) {
        let spans: BTreeSet<Span> = policy.rules.iter().map(|rule| rule.origin.span).collect();
        spans.into_iter().for_each(|span| counts.entry(span).or_default().1 += 1);
    }
    found.retain(|finding| counts.get(&finding.primary.span).is_none_or(|(untested, all)| untested >= all));
    found.dedup_by(|one, other| one.primary.span == other.primary.span);
    found
}

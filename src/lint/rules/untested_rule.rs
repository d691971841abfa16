//! A rule about risky tools that no test exercises.
//!
//! ## What it does
//!
//! Reports, of a file that has tests, the rules about destructive, execute and financial tools that
//! none of its tests exercises.
//!
//! ## Why it matters
//!
//! What moves money or deletes data is what a test should be about first: it fails when somebody
//! changes the rule without meaning to.
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

use super::helpers::tools;
use super::prelude::*;
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
            found.push(finding.help("add a `call` on each side of it; `policyc test --coverage` shows what tests reach"));
        }
    }
    // Of a rule that several policies share one test is enough.
    let shared = |finding: &Diagnostic| {
        let holds = outcome.watched.iter().filter_map(|watched| checked.policies().get(watched.policy()));
        let has = holds.filter(|policy| policy.rules.iter().any(|rule| rule.origin.span == finding.primary.span)).count();
        found.iter().filter(|other| other.primary.span == finding.primary.span).count() < has
    };
    let tested: Vec<bool> = found.iter().map(shared).collect();
    let mut tested = tested.into_iter();
    found.retain(|_| !tested.next().unwrap_or_default());
    found.dedup_by(|one, other| one.primary.span == other.primary.span);
    found
}

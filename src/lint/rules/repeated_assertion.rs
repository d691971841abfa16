//! The same assertion twice.
//!
//! ## What it does
//!
//! Reports an assertion that repeats an earlier one of the policy, word for word.
//!
//! ## Why it matters
//!
//! Usually the second should be about something else.
//!
//! ## Example
//!
//! ```pol lint code=repeated-assertion catalogue
//! deny *;
//! allow get_order;
//! assert deny refund_order;
//! assert deny refund_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order;
//! assert deny refund_order;
//! assert deny cancel_order;
//! ```

use std::collections::BTreeMap;

use super::prelude::*;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::REPEATED_ASSERTION, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut first = BTreeMap::new();
    let mut found = Vec::new();
    for assertion in &context.policy().assertions {
        let span = assertion.origin.span;
        match first.get(&context.file().words(span)) {
            None => drop(first.insert(context.file().words(span), span)),
            Some(before) => {
                let finding = Diagnostic::new(codes::REPEATED_ASSERTION, span, "this assertion is here twice");
                let removed = edit::remove_statement(context.file(), span);
                let finding = finding.because(*before, "the first is here").help("remove it, or correct it");
                found.push(finding.fix_all(Applicability::Safe, "remove it", vec![removed]));
            }
        }
    }
    found
}

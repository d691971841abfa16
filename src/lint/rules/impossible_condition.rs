//! A condition that is true for no call.
//!
//! ## What it does
//!
//! Reports a condition that no call can meet, so that its rule never applies; a requirement with
//! such a condition denies every call. This is proved for all values, and for all paths together:
//! one value has one type, and a string that contains `drop` does not match `[^d]*`.
//!
//! ## Why it matters
//!
//! A `deny` that never applies denies nothing, however strict it looks; an `allow` that never
//! applies keeps people from using the tool.
//!
//! ## Example
//!
//! ```pol lint code=impossible-condition catalogue
//! deny *;
//! allow create_charge when args.amount > 500 and args.amount < 100;
//! ```
//!
//! ## Use instead
//!
//! Swap the bounds:
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.amount > 100 and args.amount < 500;
//! ```

use super::prelude::*;
use crate::dead::Worth;
use crate::ir::Effect;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::IMPOSSIBLE_CONDITION, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let needless = context.dead().needless.iter().filter(|needless| needless.whole && needless.worth == Worth::Never);
    let found = needless.filter_map(|needless| {
        let rule = context.policy().rules.get(needless.rule)?;
        let finding = |message: &str| Diagnostic::new(codes::IMPOSSIBLE_CONDITION, needless.span, message);
        if matches!(rule.effect, Effect::Require) {
            let finding = finding("no call meets this requirement, so it denies every call");
            return Some(finding.help("write `deny`, or correct the condition"));
        }
        let finding = finding("this condition is true for no call, so the rule never applies");
        let removed = edit::remove_statement(context.file(), rule.origin.span);
        let title = "remove the rule, or correct it";
        Some(finding.help("correct the condition, or remove the rule").fix_all(
            Applicability::Unsafe,
            title,
            vec![removed],
        ))
    });
    found.collect()
}

//! The same rule twice.
//!
//! ## What it does
//!
//! Reports a rule that repeats an earlier one, with the same tools, condition and effect, and
//! without which every call would be decided alike. The fix keeps the one that gives a reason or
//! says who approves.
//!
//! ## Why it matters
//!
//! A change to only one of the two has no effect.
//!
//! ## Example
//!
//! ```pol lint code=duplicate-rule catalogue
//! deny *;
//! allow get_order, get_comments;
//! allow get_comments, get_order;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_order, get_comments;
//! ```

use super::helpers::dead;
use super::prelude::*;
use crate::dead::{Cause, Dead, alike};
use crate::ir;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::DUPLICATE_RULE, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let shadowed = dead::dead(context, &[Cause::Shadowed, Cause::Several]);
    let twice = shadowed.filter_map(|(dead, rule)| {
        let first = dead::by(context, dead).find(|by| alike(by, rule))?;
        Some(finding(context, (dead, rule), first))
    });
    twice.collect()
}

fn finding(context: &Context<'_>, (dead, rule): (&Dead, &ir::Rule), first: &ir::Rule) -> Diagnostic {
    let name = dead::name(&rule.effect);
    let message = format!("this {name} is here twice");
    if dead::tells(first, rule) {
        return dead::finding(context, (dead, rule), codes::DUPLICATE_RULE, message, Applicability::Safe).help("remove it");
    }
    if !dead::tells(rule, first) {
        // Each tells people something that the other does not.
        let finding = dead::finding(context, (dead, rule), codes::DUPLICATE_RULE, message, Applicability::Unsafe);
        return finding.help("keep one of the two, with the text that people should read");
    }
    let finding = Diagnostic::new(codes::DUPLICATE_RULE, rule.origin.span, message);
    let finding = finding.because(first.origin.span, "the other one, which says less");
    let finding = finding.help("remove the other one: this one also gives a reason, or says who approves");
    // In another file or in a block, the other rule may be the only one that some policies have.
    if first.origin.span.file != context.file().main_id() || context.file().checked().has_blocks() {
        return finding;
    }
    let removed = edit::remove_statement(context.file(), first.origin.span);
    finding.fix_all(Applicability::Safe, "remove the other one", vec![removed])
}

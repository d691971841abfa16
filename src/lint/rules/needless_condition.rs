//! A condition, or a part of one, that makes no difference.
//!
//! ## What it does
//!
//! Reports a condition that is true for every call, and a part of a condition that could be
//! replaced by `true` or `false`: a bound that another one covers, a test that the rest of the
//! condition implies. If two parts mean the same, the second is reported. This is proved for all
//! calls that a client could send.
//!
//! ## Why it matters
//!
//! Usually it is a slip, such as `or` for `and`, and then the rule does not mean what its author
//! thinks.
//!
//! ## Example
//!
//! ```pol lint code=needless-condition catalogue
//! allow *;
//! deny create_charge when has args.amount and args.amount > 500;
//! ```
//!
//! ## Use instead
//!
//! A comparison is false for a missing value, so it needs no `has`:
//!
//! ```pol lint catalogue
//! allow *;
//! deny create_charge when args.amount > 500;
//! ```

use super::helpers::{condition, selection};
use super::prelude::*;
use crate::dead::{Needless, Worth};
use crate::ir::{self, Effect};
use crate::syntax::ast::{Item, Selection};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::NEEDLESS_CONDITION, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let needless = context.dead().needless.iter().filter(|part| !(part.whole && part.worth == Worth::Never));
    needless.filter_map(|needless| finding(context, needless)).collect()
}

fn finding(context: &Context<'_>, needless: &Needless) -> Option<Diagnostic> {
    let rule = context.policy().rules.get(needless.rule)?;
    let message = match (needless.whole, needless.worth) {
        (true, _) if matches!(rule.effect, Effect::Require) => "every call meets this requirement",
        (true, _) => "this condition is true for every call",
        (false, Worth::Always) => "this part changes nothing: the condition means the same with `true` in its place",
        (false, Worth::Never) => "this part changes nothing: the condition means the same with `false` in its place",
    };
    // The part as it is written, with the `not` before it and the parentheses around it.
    let written = context.statement(rule).and_then(|item| condition::written(item, needless.span));
    let span = written.filter(|_| !needless.whole).unwrap_or(needless.span);
    let finding = Diagnostic::new(codes::NEEDLESS_CONDITION, span, message);
    let item = context.statement(rule);
    if needless.whole && item.and_then(selection::of).is_some_and(|selection| is_default_without(rule, selection)) {
        // `deny *;` is the default and no rule: without the condition the statement would say
        // something else.
        return Some(finding.help("correct it: without a condition this would be the default, which is not a rule"));
    }
    let finding = finding.help("remove it, or correct it");
    Some(match item.and_then(|item| fix(context, rule, item, needless)) {
        Some((title, edit)) => finding.fix_all(Applicability::Safe, title, vec![edit]),
        None => finding,
    })
}

/// Whether a rule would be the default if it had no condition.
fn is_default_without(rule: &ir::Rule, selection: &Selection) -> bool {
    matches!(rule.effect, Effect::Allow | Effect::Deny)
        && selection.except.is_empty()
        && selection.items.iter().all(|item| selection::is_star(item) && item.server.is_none())
}

fn fix(
    context: &Context<'_>,
    rule: &ir::Rule,
    item: &Item,
    needless: &Needless,
) -> Option<(&'static str, crate::diagnostics::Edit)> {
    if !needless.whole {
        let edit = condition::without(context.file(), item, needless.span, needless.worth == Worth::Always)?;
        return Some(("remove the part", edit));
    }
    // Without its requirement nothing is left of a rule that opens no tool; one that does has to
    // stay.
    (!matches!(rule.effect, Effect::Require))
        .then(|| condition::without_clause(context.file(), item).map(|edit| ("remove the condition", edit)))?
}

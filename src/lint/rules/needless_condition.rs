//! A condition, or a part of one, that makes no difference.
//!
//! ## What it does
//!
//! Reports a condition that holds for every call, and a part of a condition that could be replaced by
//! `true` or `false`: a bound that another one covers, a test that the rest of the condition implies.
//! Of two parts that say the same the later is reported. It is proved for all calls a client could
//! send.
//!
//! ## Why it matters
//!
//! Mostly it is a slip, `or` for `and`, and then the rule says something else than its author thinks.
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

use super::helpers::condition;
use super::prelude::*;
use crate::dead::{Needless, Worth};
use crate::ir::{self, Effect};

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
        (true, _) => "this condition holds for every call",
        (false, Worth::Always) => "this part changes nothing: the condition says the same with `true` in its place",
        (false, Worth::Never) => "this part changes nothing: the condition says the same with `false` in its place",
    };
    let finding = Diagnostic::new(codes::NEEDLESS_CONDITION, needless.span, message);
    let finding = finding.help("leave it out, or correct it");
    Some(match fix(context, rule, needless) {
        Some((title, edit)) => finding.fix_all(Applicability::Safe, title, vec![edit]),
        None => finding,
    })
}

fn fix(context: &Context<'_>, rule: &ir::Rule, needless: &Needless) -> Option<(&'static str, crate::diagnostics::Edit)> {
    let item = context.statement(rule)?;
    if !needless.whole {
        let edit = condition::without(context.file(), item, needless.span, needless.worth == Worth::Always)?;
        return Some(("leave the part out", edit));
    }
    // Without its requirement nothing is left of a rule that opens no tool; one that does has to stay.
    (!matches!(rule.effect, Effect::Require))
        .then(|| condition::without_clause(context.file(), item).map(|edit| ("leave the condition out", edit)))?
}

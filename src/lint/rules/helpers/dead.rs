//! What the rules about statements that change nothing have in common.

use crate::dead::{Cause, Dead};
use crate::diagnostics::{Applicability, Code, Diagnostic};
use crate::ir::{Effect, Policy, Rule};
use crate::lint::context::Context;
use crate::lint::edit;

/// How many related rules are shown.
pub(in crate::lint::rules) const MOST_RELATED: usize = 4;

/// The rules that change nothing, for one of the given causes.
pub(in crate::lint::rules) fn dead<'c>(
    context: &'c Context<'_>,
    causes: &'c [Cause],
) -> impl Iterator<Item = (&'c Dead, &'c Rule)> {
    let everywhere = context.dead().dead.iter().filter(|dead| dead.only_at.is_none() && causes.contains(&dead.cause));
    everywhere.filter_map(|dead| Some((dead, context.policy().rules.get(dead.rule)?)))
}

/// The rules because of which one changes nothing.
pub(in crate::lint::rules) fn by<'c>(context: &'c Context<'_>, dead: &'c Dead) -> impl Iterator<Item = &'c Rule> {
    dead.by.iter().filter_map(|by| context.policy().rules.get(*by))
}

/// A finding about a rule that changes nothing, with the rules that make it so, and a fix that
/// removes it, unless another rule would have nothing to do without it.
pub(in crate::lint::rules) fn finding(
    context: &Context<'_>,
    (dead, rule): (&Dead, &Rule),
    code: &'static Code,
    message: impl Into<String>,
    applicability: Applicability,
) -> Diagnostic {
    let policy: &Policy = context.policy();
    let mut finding = Diagnostic::new(code, rule.origin.span, message);
    for by in by(context, dead).take(MOST_RELATED) {
        finding = finding.because(by.origin.span, "because of this rule");
    }
    if let (Cause::Default | Cause::NotOpened, Some(origin)) = (dead.cause, &policy.default.origin) {
        finding = finding.because(origin.span, "the default");
    }
    if leaves_idle(context, dead, rule) {
        return finding;
    }
    let removed = edit::remove_statement(context.file(), rule.origin.span);
    // What callers and approvers are shown would change.
    let applicability = if is_said_by(rule, by(context, dead)) { applicability } else { Applicability::Unsafe };
    finding.fix_all(applicability, "remove the rule", vec![removed])
}

/// Whether one of the rules that refuse the calls of an `allow` selects only tools of that `allow`.
/// Without the `allow`, nothing might open what that rule refuses: one of the two is a mistake, and
/// people have to say which.
fn leaves_idle(context: &Context<'_>, dead: &Dead, rule: &Rule) -> bool {
    let is_for_these = |by: &Rule| {
        let named = &rule.selection.named;
        by.selection.star.is_none() && by.selection.named.iter().all(|tool| named.binary_search(tool).is_ok())
    };
    let refuses = |by: &Rule| matches!(by.effect, Effect::Deny) && by.guard.is_some();
    let closed = !context.policy().default.allow;
    closed && matches!(rule.effect, Effect::Allow) && by(context, dead).any(|by| refuses(by) && is_for_these(by))
}

/// Whether other rules say what a rule tells people: its reason, and who approves.
pub(in crate::lint::rules) fn is_said_by<'r>(rule: &Rule, others: impl Iterator<Item = &'r Rule>) -> bool {
    let is_silent = rule.reason.is_none() && approver(rule).is_none();
    is_silent || others.into_iter().any(|other| tells(other, rule))
}

/// Whether one rule tells people all that another tells them.
pub(in crate::lint::rules) fn tells(one: &Rule, other: &Rule) -> bool {
    let has = |own: Option<&str>, others: Option<&str>| others.is_none() || own == others;
    has(one.reason.as_deref(), other.reason.as_deref()) && has(approver(one), approver(other))
}

/// Who must approve.
fn approver(rule: &Rule) -> Option<&str> {
    match &rule.effect {
        Effect::Approval { by } => by.as_deref(),
        _ => None,
    }
}

/// A rule as messages call it.
pub(in crate::lint::rules) const fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Allow => "`allow`",
        Effect::Deny => "`deny`",
        Effect::Hide => "`hide`",
        Effect::Limit(_) => "`limit`",
        Effect::Require => "`require`",
        Effect::Approval { .. } => "`require approval`",
    }
}

/// Whether two rules are about the same tools and calls.
pub(in crate::lint::rules) fn same_calls(one: &Rule, other: &Rule) -> bool {
    let text = |rule: &Rule| rule.guard.as_ref().map(|guard| guard.text.clone());
    one.selection == other.selection && text(one) == text(other)
}

//! Rules, and parts of conditions, that change nothing.

use crate::dead::{self, Cause, Dead, Detail, Needless, Worth};
use crate::diagnostics::{Code, Diagnostic, codes};
use crate::ir::{Effect, Policy};

/// How many related rules are shown.
const MOST_RELATED: usize = 4;

/// What changes nothing in a policy.
pub(super) fn findings(policy: &Policy) -> Vec<Diagnostic> {
    let report = dead::check(policy, Detail::Rules);
    let rules = report.dead.iter().filter(|dead| dead.only_at.is_none()).filter_map(|dead| of_rule(policy, dead));
    let conditions = report.needless.iter().filter_map(|needless| of_condition(policy, needless));
    rules.chain(conditions).collect()
}

fn of_rule(policy: &Policy, dead: &Dead) -> Option<Diagnostic> {
    let rule = policy.rules.get(dead.rule)?;
    let (code, message, help): (&'static Code, String, &str) = match (dead.cause, &rule.effect) {
        // The condition has a finding of its own.
        (Cause::Condition, _) => return None,
        // Who writes an allow beside a limit says what is meant; an unconditional denial is a second lock.
        (Cause::Opened, _) => return None,
        (Cause::NotOpened, Effect::Deny) if rule.guard.is_none() => return None,
        (Cause::NoTool, _) => {
            (codes::EMPTY_SELECTION, "this rule selects no tool".to_owned(), "remove it, or select the tools it is for")
        }
        (Cause::Shadowed, effect) => (
            codes::SHADOWED_RULE,
            format!("this {} changes nothing: another one says all that it says", name(effect)),
            "remove it, or change the condition that was meant otherwise",
        ),
        (Cause::Overridden, effect) => (
            codes::OVERRIDDEN_RULE,
            format!("this {} changes nothing: every call that it is about is refused by other rules", name(effect)),
            "remove it, or narrow the rule that refuses the calls",
        ),
        (Cause::NotOpened, effect) => (
            codes::UNOPENED_RULE,
            format!("this {} changes nothing: nothing opens the tool for the calls that it is about", name(effect)),
            "add an `allow` for the tool, or remove the rule",
        ),
        (Cause::Default, effect) => (
            codes::REDUNDANT_RULE,
            format!("this {} changes nothing: the default says the same", name(effect)),
            "remove it",
        ),
    };
    let mut diagnostic = Diagnostic::new(code, rule.origin.span, message).help(help);
    for by in dead.by.iter().take(MOST_RELATED).filter_map(|by| policy.rules.get(*by)) {
        diagnostic = diagnostic.because(by.origin.span, "because of this rule");
    }
    if let (Cause::Default | Cause::NotOpened, Some(origin)) = (dead.cause, &policy.default.origin) {
        diagnostic = diagnostic.because(origin.span, "the default");
    }
    Some(diagnostic)
}

const fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Allow => "`allow`",
        Effect::Deny => "`deny`",
        Effect::Hide => "`hide`",
        Effect::Limit(_) => "`limit`",
        Effect::Require => "`require`",
        Effect::Approval => "`require approval`",
    }
}

fn of_condition(policy: &Policy, needless: &Needless) -> Option<Diagnostic> {
    let rule = policy.rules.get(needless.rule)?;
    let must_hold = matches!(rule.effect, Effect::Require);
    let (code, message, help) = match (needless.worth, needless.whole) {
        (Worth::Never, true) if must_hold => (
            codes::IMPOSSIBLE_CONDITION,
            "no call meets this requirement, so it denies every call",
            "write `deny`, or correct the condition",
        ),
        (Worth::Never, true) => (
            codes::IMPOSSIBLE_CONDITION,
            "this condition holds for no call, so the rule never applies",
            "correct the condition, or remove the rule",
        ),
        (Worth::Always, true) if must_hold => {
            (codes::NEEDLESS_CONDITION, "every call meets this requirement", "remove it, or correct the condition")
        }
        (Worth::Always, true) => {
            (codes::NEEDLESS_CONDITION, "this condition holds for every call", "leave it out, or correct it")
        }
        (Worth::Always, false) => (
            codes::NEEDLESS_CONDITION,
            "this part changes nothing: the condition says the same with `true` in its place",
            "leave it out, or correct it",
        ),
        (Worth::Never, false) => (
            codes::NEEDLESS_CONDITION,
            "this part changes nothing: the condition says the same with `false` in its place",
            "leave it out, or correct it",
        ),
    };
    Some(Diagnostic::new(code, needless.span, message).help(help))
}

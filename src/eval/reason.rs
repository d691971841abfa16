//! Sentences that say why a call was refused, where the policy gives none.

use crate::ir::{Effect, Guard, Limit, Rule, Scope, window_words};

/// The name of a rule in decisions: `deny@3`.
pub(crate) fn name(rule: &Rule) -> String {
    format!("{}@{}", rule.effect.name(), rule.origin.line)
}

pub(crate) fn hidden(tool: &str) -> String {
    format!("The tool {tool} is hidden.")
}

/// The `because` of a `deny` rule, or a sentence that stands in for it.
pub fn denied(rule: &Rule) -> String {
    rule.reason.clone().unwrap_or_else(|| match &rule.guard {
        None => "Denied by policy.".to_owned(),
        Some(guard) => format!("Denied when {}.", guard.text),
    })
}

/// The `because` of a `require` rule, or a sentence that stands in for it.
pub fn unmet(rule: &Rule) -> String {
    rule.reason.clone().unwrap_or_else(|| rule.guard.as_ref().map_or_else(String::new, |guard| requires(&[guard])))
}

/// What the caller of a held call reads if nobody is asked for approval: the `because` of the
/// `require approval` rule, or a fixed sentence.
pub fn approval(rule: &Rule) -> String {
    rule.reason.clone().unwrap_or_else(|| "Requires human approval.".to_owned())
}

/// Like [`approval`], but names who must approve if the rule says so.
pub(crate) fn approval_by(rule: &Rule) -> String {
    match (&rule.reason, &rule.effect) {
        (None, Effect::Approval { by: Some(who) }) => format!("Requires approval by {who}."),
        _ => approval(rule),
    }
}

/// The sentence for a call that must satisfy at least one of several guards.
pub fn requires(guards: &[&Guard]) -> String {
    let texts: Vec<&str> = guards.iter().map(|guard| guard.text.as_str()).collect();
    format!("Requires {}.", texts.join(" or "))
}

pub(super) fn default_deny(tool: &str) -> String {
    format!("No rule allows {tool}.")
}

/// Says what a limit allows: how much, of what, in which window, for whom.
pub(crate) fn full(limit: &Limit, tool: &str) -> String {
    let window = window_words(limit.window);
    let whose = match &limit.scope {
        Scope::Grant => "for each grant".to_owned(),
        Scope::Server => "for all callers together".to_owned(),
        Scope::Caller(claim) => format!("for each {claim} of the caller"),
    };
    let what = match &limit.sum_of {
        Some(path) => format!("a sum of {} over {}", limit.max, path),
        None => format!("{} {}", limit.max, if limit.max.to_u64() == Some(1) { "call" } else { "calls" }),
    };
    let of = if limit.total { "all tools of this limit together".to_owned() } else { tool.to_owned() };
    format!("At most {what} of {of} in {window}, {whose}.")
}

/// A limit cannot sum the amount of a call.
pub(crate) fn no_amount(limit: &Limit) -> String {
    let path = limit.sum_of.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{path} must be a number that is not negative.")
}

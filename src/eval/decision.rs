//! Decisions: the verdict for a call, and the rule and the reason behind it.

use std::borrow::Cow;

use super::Verdict;
use super::counters::Room;
use super::reason;
use super::rule_index::CalledTool;
use crate::ir::{Effect, Guard, Policy, Rule};

/// What was decided about a call. It borrows from the policy and the call; the name of the rule and
/// the reason are formatted only on request.
#[derive(Debug, Clone)]
pub struct Decision<'a> {
    /// What happens to the call.
    pub verdict: Verdict,
    /// Index in the policy of the rule that decided, if one did.
    pub decided_by: Option<usize>,
    cause: Cause<'a>,
}

/// What led to the verdict.
#[derive(Debug, Clone)]
pub(super) enum Cause<'a> {
    /// Nothing refuses the call.
    Passes,
    Malformed(Cow<'a, str>),
    /// The policy has no server of this name.
    UnknownServer(&'a str),
    /// The tool of this name is hidden.
    Hidden(&'a str),
    /// A `deny`, `require` or `require approval`.
    Rule(&'a Rule),
    /// No `allow` rule that selects the tool applies to the call.
    NotAllowed(&'a Policy, CalledTool<'a>),
    /// Nothing opens the tool of this name.
    Default(&'a Policy, &'a str),
    /// A limit has no room for a call of the tool of this name.
    Limit(&'a Rule, Room, &'a str),
}

impl<'a> Decision<'a> {
    pub(super) const ALLOW: Self = Self { verdict: Verdict::Allow, decided_by: None, cause: Cause::Passes };

    /// A denial, with the index of the rule if a rule decided.
    pub(super) const fn deny(decided_by: Option<usize>, cause: Cause<'a>) -> Self {
        Self { verdict: Verdict::Deny, decided_by, cause }
    }

    pub(super) const fn approval(index: usize, rule: &'a Rule) -> Self {
        Self { verdict: Verdict::Approval, decided_by: Some(index), cause: Cause::Rule(rule) }
    }

    pub(super) const fn unknown_server(name: &'a str) -> Self {
        Self::deny(None, Cause::UnknownServer(name))
    }

    /// A denial of a call that cannot be read.
    #[must_use]
    pub fn malformed(reason: impl Into<Cow<'a, str>>) -> Self {
        Self::deny(None, Cause::Malformed(reason.into()))
    }

    /// Whether the call could not be read, or names a server that the policy does not know.
    #[must_use]
    pub const fn is_malformed(&self) -> bool {
        matches!(self.cause, Cause::Malformed(_) | Cause::UnknownServer(_))
    }

    /// The name of what decided: `deny@LINE`, `(default deny)`, the name of a counter, ...; empty
    /// if the call is allowed.
    #[must_use]
    pub fn rule(&self) -> Cow<'a, str> {
        match &self.cause {
            Cause::Passes => "".into(),
            Cause::Malformed(_) | Cause::UnknownServer(_) => "(malformed)".into(),
            Cause::Hidden(_) => super::HIDDEN.into(),
            Cause::NotAllowed(..) => super::NOT_ALLOWED.into(),
            Cause::Default(..) => super::DEFAULT_DENY.into(),
            Cause::Rule(rule) => reason::name(rule).into(),
            Cause::Limit(rule, _, tool) => match &rule.effect {
                Effect::Limit(limit) => match &limit.counter {
                    Some(name) => name.into(),
                    None => limit.counter_name(tool).into(),
                },
                _ => reason::name(rule).into(),
            },
        }
    }

    /// The reason, for a person to read: the `because` of the rule, or a sentence that stands in
    /// for it; empty if the call is allowed.
    #[must_use]
    pub fn reason(&self) -> Cow<'a, str> {
        match &self.cause {
            Cause::Passes => "".into(),
            Cause::Malformed(reason) => reason.clone(),
            Cause::UnknownServer(name) => format!("The policy has no server named {name}.").into(),
            Cause::Hidden(tool) => reason::hidden(tool).into(),
            Cause::NotAllowed(policy, target) => reason::requires(&allow_guards(policy, *target)).into(),
            Cause::Default(policy, tool) => match &policy.default.reason {
                Some(reason) => reason.into(),
                None => reason::default_deny(tool).into(),
            },
            Cause::Rule(rule) | Cause::Limit(rule, ..) if rule.reason.is_some() => {
                rule.reason.as_deref().unwrap_or_default().into()
            }
            Cause::Rule(rule) => match &rule.effect {
                Effect::Require => reason::unmet(rule).into(),
                Effect::Approval { .. } => reason::approval_by(rule).into(),
                _ => reason::denied(rule).into(),
            },
            Cause::Limit(rule, room, tool) => match (&rule.effect, room) {
                (Effect::Limit(limit), Room::NoAmount) => reason::no_amount(limit).into(),
                (Effect::Limit(limit), _) => reason::full(limit, tool).into(),
                _ => "".into(),
            },
        }
    }
}

/// The conditions of the `allow` rules that select a tool.
fn allow_guards<'a>(policy: &'a Policy, target: CalledTool<'_>) -> Vec<&'a Guard> {
    let selects =
        |rule: &&Rule| matches!(rule.effect, Effect::Allow) && rule.selection.selects(target.subject()).is_some();
    policy.rules.iter().filter(selects).filter_map(|rule| rule.guard.as_ref()).collect()
}

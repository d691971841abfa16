//! Deciding calls.
//!
//! An [`Evaluator`] holds a policy with its rules found per tool, and the counters of its limits. [`decide`]
//! answers for one call by the seven steps of the language and counts nothing; [`count`] counts a call as one
//! that passed; [`call`] does both. Time comes with the call: the evaluator never looks at a clock.
//!
//! [`decide`]: Evaluator::decide
//! [`count`]: Evaluator::count
//! [`call`]: Evaluator::call

mod call;
mod condition;
mod counters;
pub mod reason;

pub use call::{Malformed, OwnedCall};

use crate::ir::{Effect, Guard, Policy, Rule, Selected, ServerId, ToolId};
use crate::json::Value;
use crate::source::offset;
use counters::{Counters, Room};

pub use condition::holds;

/// One call of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The server that is called; `None` asks for the most refusing answer of those that have the tool.
    pub server: Option<&'a str>,
    /// The name of the tool.
    pub name: &'a str,
    /// The arguments. Anything but an object has no arguments.
    pub arguments: Value<'a>,
    /// The caller's claims, if the gateway knows any.
    pub caller: Option<Value<'a>>,
    /// The grant that the call comes under; all calls without one share one.
    pub grant: Option<&'a str>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
}

/// What comes of a call. Later is more refusing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The call passes.
    Allow,
    /// The call waits until someone approves.
    Approval,
    /// The call does not pass.
    Deny,
}

impl Verdict {
    /// `allow`, `approval` or `deny`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Approval => "approval",
            Self::Deny => "deny",
        }
    }
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What comes of it.
    pub verdict: Verdict,
    /// What decided: `deny@LINE`, `(default deny)`, the name of a counter, ...; empty when allowed.
    pub rule: String,
    /// Why, for a person; empty when allowed.
    pub reason: String,
    /// Index in the policy of the rule that decided, if one did.
    pub decided_by: Option<usize>,
}

impl Decision {
    const ALLOW: Self = Self { verdict: Verdict::Allow, rule: String::new(), reason: String::new(), decided_by: None };

    fn deny(rule: impl Into<String>, reason: impl Into<String>, by: Option<usize>) -> Self {
        Self { verdict: Verdict::Deny, rule: rule.into(), reason: reason.into(), decided_by: by }
    }

    /// A denial of a call that cannot be read.
    #[must_use]
    pub fn malformed(reason: impl Into<String>) -> Self {
        Self::deny("(malformed)", reason, None)
    }
}

/// A policy that is ready to decide, with the counters of its limits.
#[derive(Debug, Clone)]
pub struct Evaluator<'p> {
    policy: &'p Policy,
    /// For each known tool the rules that select it by name, in order.
    named: Vec<Vec<u32>>,
    /// The rules with `*` or `server::*`, in order.
    stars: Vec<u32>,
    counters: Counters,
}

/// A tool as a policy sees it.
#[derive(Clone, Copy)]
struct Target<'a> {
    server: ServerId,
    tool: Option<ToolId>,
    name: &'a str,
}

impl<'p> Evaluator<'p> {
    /// An evaluator with empty counters.
    #[must_use]
    pub fn new(policy: &'p Policy) -> Self {
        let mut named = vec![Vec::new(); policy.tools.len()];
        let mut stars = Vec::new();
        for (index, rule) in policy.rules.iter().enumerate() {
            for tool in &rule.selection.named {
                if let Some(rules) = named.get_mut(tool.0 as usize) {
                    rules.push(offset(index));
                }
            }
            if rule.selection.star.is_some() {
                stars.push(offset(index));
            }
        }
        Self { policy, named, stars, counters: Counters::default() }
    }

    /// Decides a call and, if it passes, counts it.
    pub fn call(&mut self, call: &Call<'_>) -> Decision {
        let decision = self.decide(call);
        if decision.verdict == Verdict::Allow {
            self.count(call);
        }
        decision
    }

    /// Decides a call. Nothing is counted.
    #[must_use]
    pub fn decide(&self, call: &Call<'_>) -> Decision {
        self.all_decisions(call).0
    }

    /// All denials of the step at which a call is denied: the rule and the reason of each, the first in the
    /// source first. Empty for a call that is not denied.
    #[must_use]
    pub fn denials(&self, call: &Call<'_>) -> Vec<Decision> {
        self.all_decisions(call).1
    }

    fn all_decisions(&self, call: &Call<'_>) -> (Decision, Vec<Decision>) {
        let targets = match self.targets(call) {
            Ok(targets) => targets,
            Err(decision) => return (decision.clone(), vec![decision]),
        };
        let mut worst: Option<(Decision, Vec<Decision>)> = None;
        for target in targets {
            let answers = self.decide_for(target, call);
            let first = answers.first().cloned().unwrap_or(Decision::ALLOW);
            if worst.as_ref().is_none_or(|(worst, _)| first.verdict > worst.verdict) {
                let denials = if first.verdict == Verdict::Deny { answers } else { Vec::new() };
                worst = Some((first, denials));
            }
        }
        // There is at least one server, so this is never taken; were it, the call is denied.
        worst.unwrap_or_else(|| (Decision::malformed("There is no server."), Vec::new()))
    }

    /// The tools that a call may mean.
    fn targets<'a>(&self, call: &Call<'a>) -> Result<Vec<Target<'a>>, Decision> {
        let target = |server| Target { server, tool: self.policy.find_tool(server, call.name), name: call.name };
        let servers = &self.policy.servers;
        let unnamed = servers.iter().all(|server| server.name.is_empty());
        if let (Some(name), false) = (call.server, unnamed) {
            return match self.policy.find_server(name) {
                Some(server) => Ok(vec![target(server)]),
                None => Err(Decision::malformed(format!("The policy has no server named {name}."))),
            };
        }
        let all: Vec<Target<'a>> = (0..servers.len()).map(|index| target(ServerId(offset(index)))).collect();
        let known: Vec<Target<'a>> = all.iter().filter(|target| target.tool.is_some()).copied().collect();
        Ok(if known.is_empty() { all } else { known })
    }

    /// The rules that select a tool, in order.
    fn rules(&self, target: Target<'_>) -> impl Iterator<Item = (usize, &'p Rule, Selected)> {
        let named = target.tool.and_then(|tool| self.named.get(tool.0 as usize)).map(Vec::as_slice).unwrap_or_default();
        let mut indices: Vec<u32> = named.iter().chain(&self.stars).copied().collect();
        indices.sort_unstable();
        indices.dedup();
        let policy = self.policy;
        indices.into_iter().filter_map(move |index| {
            let rule = policy.rules.get(index as usize)?;
            let selected = match target.tool {
                Some(tool) => rule.selection.selects(tool, target.server),
                None => rule.selection.selects_other(target.server).then_some(Selected::ByStar),
            };
            Some((index as usize, rule, selected?))
        })
    }

    /// The answers of the step that decides, at least one unless the call is allowed.
    fn decide_for(&self, target: Target<'_>, call: &Call<'_>) -> Vec<Decision> {
        let rules: Vec<(usize, &Rule, Selected)> = self.rules(target).collect();
        let holds = |guard: &Option<Guard>| guard.as_ref().is_none_or(|guard| condition::holds(&guard.condition, call));

        // 1. Hidden.
        if let Some((index, _, _)) = rules.iter().find(|(_, rule, _)| matches!(rule.effect, Effect::Hide)) {
            return vec![Decision::deny("(hidden)", reason::hidden(target.name), Some(*index))];
        }

        // 2. Denied.
        let denied: Vec<Decision> = rules
            .iter()
            .filter(|(_, rule, _)| matches!(rule.effect, Effect::Deny) && holds(&rule.guard))
            .map(|(index, rule, _)| Decision::deny(reason::name(rule), reason::denied(rule), Some(*index)))
            .collect();
        if !denied.is_empty() {
            return denied;
        }

        // 3. Opened?
        let mut allows = rules.iter().filter(|(_, rule, _)| matches!(rule.effect, Effect::Allow)).peekable();
        if allows.peek().is_some() {
            let guards: Vec<&Guard> = allows.clone().filter_map(|(_, rule, _)| rule.guard.as_ref()).collect();
            let opened = allows.any(|(_, rule, _)| holds(&rule.guard));
            if !opened {
                return vec![Decision::deny("(not allowed)", reason::not_allowed(&guards), None)];
            }
        } else {
            let opened = rules.iter().any(|(_, rule, selected)| {
                let opens = match rule.effect {
                    Effect::Limit(_) | Effect::Approval => holds(&rule.guard),
                    Effect::Require => true,
                    Effect::Allow | Effect::Deny | Effect::Hide => false,
                };
                *selected == Selected::ByName && opens
            });
            if !opened && !self.policy.default.allow {
                let reason = self.policy.default.reason.clone();
                let reason = reason.unwrap_or_else(|| reason::default_deny(target.name));
                return vec![Decision::deny("(default deny)", reason, None)];
            }
        }

        // 4. Requirements.
        let unmet: Vec<Decision> = rules
            .iter()
            .filter(|(_, rule, _)| matches!(rule.effect, Effect::Require) && !holds(&rule.guard))
            .map(|(index, rule, _)| Decision::deny(reason::name(rule), reason::unmet(rule), Some(*index)))
            .collect();
        if !unmet.is_empty() {
            return unmet;
        }

        // 5. Limits.
        let full: Vec<Decision> = rules
            .iter()
            .filter_map(|(index, rule, _)| {
                let Effect::Limit(limit) = &rule.effect else { return None };
                if !holds(&rule.guard) {
                    return None;
                }
                let room = self.counters.room(*index, limit, target.server, target.name, call);
                let reason = match room {
                    Room::Free => return None,
                    Room::Full => rule.reason.clone().unwrap_or_else(|| reason::full(limit, target.name)),
                    Room::NoAmount => rule.reason.clone().unwrap_or_else(|| reason::no_amount(limit)),
                };
                Some(Decision::deny(limit.counter_name(target.name), reason, Some(*index)))
            })
            .collect();
        if !full.is_empty() {
            return full;
        }

        // 6. Approval.
        let held = rules.iter().find(|(_, rule, _)| matches!(rule.effect, Effect::Approval) && holds(&rule.guard));
        held.map(|(index, rule, _)| Decision {
            verdict: Verdict::Approval,
            rule: reason::name(rule),
            reason: reason::approval(rule),
            decided_by: Some(*index),
        })
        .into_iter()
        .collect()
    }

    /// Counts a call as one that passed, in every limit that applies to it.
    pub fn count(&mut self, call: &Call<'_>) {
        let Ok(targets) = self.targets(call) else { return };
        for target in targets {
            let rules: Vec<(usize, &Rule, Selected)> = self.rules(target).collect();
            for (index, rule, _) in rules {
                let Effect::Limit(limit) = &rule.effect else { continue };
                if rule.guard.as_ref().is_none_or(|guard| condition::holds(&guard.condition, call)) {
                    self.counters.count(index, limit, target.server, target.name, call);
                }
            }
        }
    }

    /// The policy that decides.
    #[must_use]
    pub const fn policy(&self) -> &'p Policy {
        self.policy
    }
}

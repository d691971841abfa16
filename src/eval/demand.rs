//! What limits demand of counters that someone else keeps.
//!
//! The counters of an [`Evaluator`] end with it. Counts that several processes share are kept by a store,
//! which knows neither rules nor calls: [`Evaluator::consider`] gives it a [`Demand`] for each limit of a call,
//! and [`Considered::decision`] says what is decided once the store has found out which of them have room.

use super::counters::{Applied, MAX_DIGITS, Room, Sharer, amount, length, sharer, window};
use super::decision::Cause;
use super::rule_index::CalledTool;
use super::{Call, Decision, Evaluator, Verdict, limits};
use crate::decimal::Decimal;
use crate::ir::{Effect, Limit, Policy, Rule, Scope};
use crate::json::json_quote;

/// What one limit demands of a counter before a call passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand<'a> {
    limit: String,
    counter: String,
    /// Index in the policy of the limit.
    pub rule: usize,
    /// The number of the window of the call: its start, divided by the length of a window.
    pub window: i64,
    /// The length of a window in seconds, at least 1.
    pub length: i64,
    /// What the call adds; `None` if it has no amount that can be summed, and so finds no room.
    pub amount: Option<Decimal>,
    /// The most that a window holds.
    pub max: &'a Decimal,
}

impl Demand<'_> {
    /// What identifies the limit: the policy and the counter by name, the window, the scope, what is summed, and
    /// whether tools share it. Equal texts are the same limit, also after an edit of the policy: the maximum, the
    /// condition and the place of a limit are no part of it, so that an edit of these forgets no count.
    #[must_use]
    pub fn limit(&self) -> &str {
        &self.limit
    }

    /// What identifies the counter: the limit, the tool, and who shares the count. Different counters never have the
    /// same text, and each value of a claim has one text only: texts, numbers (compared by value) and booleans differ.
    /// It contains grants and claims as they are.
    #[must_use]
    pub fn counter(&self) -> &str {
        &self.counter
    }

    /// What the counter holds after the call, given what it holds before; `None` if there is no room.
    #[must_use]
    pub fn after(&self, used: &Decimal) -> Option<Decimal> {
        let amount = self.amount.as_ref().filter(|amount| *amount <= self.max)?;
        used.checked_add(amount, MAX_DIGITS).filter(|sum| sum <= self.max)
    }
}

/// A call that is decided but for its limits.
#[derive(Debug, Clone)]
pub struct Considered<'a> {
    policy: &'a Policy,
    tools: Vec<Tool<'a>>,
    demands: Vec<Demand<'a>>,
    /// The decision about a call that means no tool.
    without_tool: Decision<'a>,
}

/// One of the tools that a call may mean.
#[derive(Debug, Clone)]
struct Tool<'a> {
    target: CalledTool<'a>,
    /// What is decided if every limit has room.
    decision: Decision<'a>,
    /// Its demands in the order of the source, as indices.
    demands: Vec<usize>,
}

impl<'a> Considered<'a> {
    /// The demands of all limits that apply, each counter once. None if every tool that the call may
    /// mean is denied whatever is counted.
    #[must_use]
    pub fn demands(&self) -> &[Demand<'a>] {
        &self.demands
    }

    /// What is decided, if every limit has room. Only a call that passes then may be counted.
    #[must_use]
    pub fn within_limits(&self) -> Decision<'a> {
        self.decision(|_| true)
    }

    /// What is decided. `has_room` says of a demand, by its index, whether its counter has room.
    pub fn decision(&self, has_room: impl Fn(usize) -> bool) -> Decision<'a> {
        let mut worst: Option<Decision<'a>> = None;
        for tool in &self.tools {
            let full = tool.demands.iter().find(|index| !has_room(**index));
            let decision =
                full.and_then(|index| self.full(*index, tool.target)).unwrap_or_else(|| tool.decision.clone());
            if worst.as_ref().is_none_or(|worst| decision.verdict > worst.verdict) {
                worst = Some(decision);
            }
        }
        worst.unwrap_or_else(|| self.without_tool.clone())
    }

    fn full(&self, index: usize, target: CalledTool<'a>) -> Option<Decision<'a>> {
        let demand = self.demands.get(index)?;
        let room = if demand.amount.is_none() { Room::NoAmount } else { Room::Full };
        let rule = self.policy.rules.get(demand.rule)?;
        Some(Decision::deny(Some(demand.rule), Cause::Limit(rule, room, target.name)))
    }
}

impl<'p> Evaluator<'p> {
    /// Decides a call but for its limits. The counters of the evaluator are neither asked nor changed.
    #[must_use]
    pub fn consider<'a>(&self, call: &Call<'a>) -> Considered<'a>
    where
        'p: 'a,
    {
        let without_tool = match self.lookup.targets(call) {
            None => Decision::unknown_server(call.server.unwrap_or_default()),
            Some(_) => Decision::malformed("There is no server."),
        };
        let mut considered = Considered { policy: self.policy(), tools: Vec::new(), demands: Vec::new(), without_tool };
        for target in self.lookup.targets(call).into_iter().flatten() {
            let mut tool = Tool { target, decision: Decision::ALLOW, demands: Vec::new() };
            match self.denied_before_limits(target, call) {
                Some(denial) => tool.decision = denial,
                None => {
                    for (_, applied) in limits(&self.lookup, target, call) {
                        tool.demands.push(considered.demand(applied, call));
                    }
                    tool.decision = self.decide_within_limits(target, call);
                }
            }
            considered.tools.push(tool);
        }
        if considered.tools.iter().all(|tool| tool.decision.verdict == Verdict::Deny) {
            considered.demands.clear();
            considered.tools.iter_mut().for_each(|tool| tool.demands.clear());
        }
        considered
    }
}

impl<'a> Considered<'a> {
    /// The index of a demand; the tools that a call may mean share that of a limit with `total`.
    fn demand(&mut self, applied: Applied<'a>, call: &Call<'a>) -> usize {
        let Applied { index, limit, .. } = applied;
        let identity = identity(self.policy, applied);
        let counter = counter(self.policy, &identity, applied, call);
        if let Some(same) = self.demands.iter().position(|demand| demand.counter == counter) {
            return same;
        }
        self.demands.push(Demand {
            limit: identity,
            counter,
            rule: index,
            window: window(limit, call),
            length: length(limit),
            amount: amount(limit, call),
            max: &limit.max,
        });
        self.demands.len() - 1
    }
}

/// The members that two limits share if they are the same, as JSON. No member can be taken for another: each is a
/// quoted text, a number or a word, and there are always as many.
fn same_members(limit: &Limit, tool: &str) -> String {
    let scope = match &limit.scope {
        Scope::Grant => "\"grant\",null".to_owned(),
        Scope::Server => "\"server\",null".to_owned(),
        Scope::Caller(claim) => format!("\"caller\",{}", json_quote(claim)),
    };
    let sum_of = limit.sum_of.as_ref().map_or("null".to_owned(), |path| json_quote(&path.to_string()));
    let name = json_quote(&limit.counter_name(tool));
    format!("{name},{},{scope},{sum_of},{}", length(limit), limit.total)
}

/// See [`Demand::limit`].
fn identity(policy: &Policy, applied: Applied<'_>) -> String {
    let tool = applied.target.name;
    let members = same_members(applied.limit, tool);
    // On one tool no two limits have the same counter, but two groups of tools may each have a shared one of the same name.
    let is_same = |other: &&Rule| match &other.effect {
        Effect::Limit(limit) if limit.total => {
            limit.counter == applied.limit.counter && same_members(limit, tool) == members
        }
        _ => false,
    };
    let before = policy.rules.iter().take(applied.index).filter(is_same);
    let number = if applied.limit.total { before.count() } else { 0 };
    format!("{},{members},{number}", json_quote(&policy.name))
}

/// See [`Demand::counter`].
fn counter(policy: &Policy, identity: &str, applied: Applied<'_>, call: &Call<'_>) -> String {
    let Applied { limit, target, .. } = applied;
    let tool = match policy.server(target.server) {
        Some(server) if !limit.total => format!("{},{}", json_quote(&server.name), json_quote(target.name)),
        _ => "null,null".to_owned(),
    };
    let sharer = match sharer(limit, call) {
        Sharer::All => "\"all\",null".to_owned(),
        Sharer::Grant(None) => "\"grant\",null".to_owned(),
        Sharer::Grant(Some(grant)) => format!("\"grant\",{}", json_quote(grant)),
        Sharer::NoClaim => "\"claim\",null".to_owned(),
        Sharer::Bool(value) => format!("\"claim\",{value}"),
        Sharer::Number(number) => format!("\"claim\",{number}"),
        Sharer::Text(text) => format!("\"claim\",{}", json_quote(text)),
    };
    format!("[{identity},{tool},{sharer}]")
}

//! Deciding calls.
//!
//! An [`Evaluator`] holds a policy, indexed by tool, and the counters of its limits. [`decide`]
//! decides one call by the seven steps of the language and counts nothing; [`count`] counts a call
//! that passed; [`call`] does both; [`trace`] explains how a decision was reached. The time is part
//! of the call: the evaluator never reads a clock.
//!
//! Whoever counts elsewhere, for several processes or beyond the end of one, asks [`consider`]: it
//! says what the limits demand of the counters, and what is decided once these have answered.
//!
//! A gateway creates one evaluator when it starts and asks it about each call. A decision takes
//! well under a microsecond and allocates nothing; names and reasons are formatted only on request.
//!
//! ```
//! use policyc_core::eval::{Call, Evaluator, Verdict};
//! use policyc_core::json::Json;
//! use policyc_core::sema::{NoFiles, Options, analyze};
//!
//! let text = "
//!     deny *;
//!     allow refund when args.amount <= 100;
//!     limit refund 2/hour per caller.team;
//! ";
//! let analysis = analyze("shop.pol", "shop.pol".as_ref(), text, &Options::default(), &NoFiles);
//! let checked = analysis.checked.expect("the policy has no errors");
//! let mut evaluator = Evaluator::new(&checked.policies()[0]);
//!
//! let arguments = Json::parse(r#"{"order": 7, "amount": 99.5}"#).expect("JSON");
//! let caller = Json::parse(r#"{"team": "support"}"#).expect("JSON");
//! let call = Call {
//!     server: None,
//!     name: "refund",
//!     arguments: arguments.root(),
//!     caller: Some(caller.root()),
//!     grant: None,
//!     at: 1_767_225_600,
//!     approved: false,
//! };
//! assert_eq!(evaluator.call(&call).verdict, Verdict::Allow);
//! assert_eq!(evaluator.call(&call).verdict, Verdict::Allow);
//! let decision = evaluator.call(&call);
//! assert_eq!(decision.verdict, Verdict::Deny);
//! assert_eq!(decision.rule(), "refund_rate_hour_team");
//! assert_eq!(evaluator.call(&Call { at: call.at + 3_600, ..call }).verdict, Verdict::Allow);
//! assert_eq!(evaluator.call(&Call { name: "delete_order", ..call }).rule(), "(default deny)");
//! ```
//!
//! [`decide`]: Evaluator::decide
//! [`count`]: Evaluator::count
//! [`call`]: Evaluator::call
//! [`trace`]: Evaluator::trace
//! [`consider`]: Evaluator::consider

mod call;
mod condition;
mod counters;
mod decision;
mod demand;
mod left;
mod message;
pub mod reason;
mod rule_index;
pub mod trace;
pub mod words;

pub use call::{Malformed, OwnedCall};
pub use condition::holds;
pub(crate) use condition::{passes, value};
pub use decision::Decision;
pub use demand::{Considered, Demand};
pub(crate) use left::window_end;
pub(crate) use message::has_key_twice;
pub use message::{Message, messages};

use crate::ir::{DecisionStep, Effect, Policy, Rule, Selected};
use crate::json::Value;
pub(crate) use counters::{Applied, Counters, Room};
use decision::Cause;
pub(crate) use rule_index::CalledTool;
use rule_index::{RuleIndex, Slot};

/// The name, in decisions, of the rule that hides a tool.
pub const HIDDEN: &str = "(hidden)";
/// The name, in decisions, of the default that denies.
pub const DEFAULT_DENY: &str = "(default deny)";
/// What decisions give as the rule if a tool has `allow` rules and none of them applies to the
/// call.
pub const NOT_ALLOWED: &str = "(not allowed)";

/// One call of a tool.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The server that is called. Without one, the most restrictive decision counts among those of
    /// the servers that have the tool, or of all servers if none is known to have it.
    pub server: Option<&'a str>,
    /// The name of the tool.
    pub name: &'a str,
    /// The arguments. Any other value than an object counts as no arguments.
    pub arguments: Value<'a>,
    /// The caller's claims, if the gateway knows any.
    pub caller: Option<Value<'a>>,
    /// The grant under which the call is made. All calls without a grant count as those of one
    /// grant.
    pub grant: Option<&'a str>,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// Whether a person has approved the call. If so, it is decided without `require approval`.
    pub approved: bool,
}

/// What happens to a call, from the least to the most restrictive.
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

/// A policy that is ready to decide, with the counters of its limits.
#[derive(Debug, Clone)]
pub struct Evaluator<'p> {
    lookup: RuleIndex<'p>,
    counters: Counters,
}

impl<'p> Evaluator<'p> {
    /// An evaluator with empty counters. Takes time linear in the size of the policy.
    #[must_use]
    pub fn new(policy: &'p Policy) -> Self {
        Self { lookup: RuleIndex::new(policy), counters: Counters::default() }
    }

    /// The policy that decides.
    #[must_use]
    pub const fn policy(&self) -> &'p Policy {
        self.lookup.policy()
    }

    /// Decides a call and, if it passes, counts it.
    pub fn call<'a>(&mut self, call: &Call<'a>) -> Decision<'a>
    where
        'p: 'a,
    {
        let decision = self.decide(call);
        if decision.verdict == Verdict::Allow {
            self.count(call);
        }
        decision
    }

    /// Decides a call. Nothing is counted.
    #[must_use]
    pub fn decide<'a>(&self, call: &Call<'a>) -> Decision<'a>
    where
        'p: 'a,
    {
        self.worst(call).1
    }

    /// All denials of the step at which a call is denied, in source order. Empty for a call that is
    /// not denied.
    #[must_use]
    pub fn denials<'a>(&self, call: &Call<'a>) -> Vec<Decision<'a>>
    where
        'p: 'a,
    {
        let (target, decision) = self.worst(call);
        let step = decision.decided_by.and_then(|index| self.policy().rules.get(index)).map(|rule| rule.effect.step());
        match (target, step) {
            (Some(target), Some(DecisionStep::Deny)) => self.denied(target, call).collect(),
            (Some(target), Some(DecisionStep::Require)) => self.unmet(target, call).collect(),
            (Some(target), Some(DecisionStep::Limit)) => self.full(target, call).collect(),
            _ if decision.verdict == Verdict::Deny => vec![decision],
            _ => Vec::new(),
        }
    }

    /// Counts a call as one that passed, in every limit that applies to it.
    pub fn count(&mut self, call: &Call<'_>) {
        let Self { lookup, counters } = self;
        let mut targets = lookup.targets(call).into_iter().flatten().peekable();
        // A limit with `total` counts the call once, however many tools it may mean.
        let mut counted = Vec::new();
        while let Some(target) = targets.next() {
            for (_, applied) in limits(lookup, target, call) {
                if applied.limit.total {
                    if counted.contains(&applied.index) {
                        continue;
                    }
                    if targets.peek().is_some() {
                        counted.push(applied.index);
                    }
                }
                counters.count(applied, call);
            }
        }
    }

    /// The most restrictive decision for the tools that a call may mean, and its tool.
    fn worst<'a>(&self, call: &Call<'a>) -> (Option<CalledTool<'a>>, Decision<'a>)
    where
        'p: 'a,
    {
        let Some(targets) = self.lookup.targets(call) else {
            return (None, Decision::unknown_server(call.server.unwrap_or_default()));
        };
        let mut worst: Option<(Option<CalledTool<'a>>, Decision<'a>)> = None;
        for target in targets {
            let decision = self.decide_for(target, call);
            if worst.as_ref().is_none_or(|(_, worst)| decision.verdict > worst.verdict) {
                worst = Some((Some(target), decision));
            }
        }
        // A policy has at least one server. If it had none, the call would be denied.
        worst.unwrap_or_else(|| (None, Decision::malformed("There is no server.")))
    }

    /// Decides a call of one tool by the seven steps of the language.
    fn decide_for<'a>(&self, target: CalledTool<'a>, call: &Call<'a>) -> Decision<'a>
    where
        'p: 'a,
    {
        if let Some(denial) = self.denied_before_limits(target, call) {
            return denial;
        }
        // 5. Limits.
        if let Some(denial) = self.full(target, call).next() {
            return denial;
        }
        self.decide_within_limits(target, call)
    }

    /// Steps 1 to 4, none of which counts.
    fn denied_before_limits<'a>(&self, target: CalledTool<'a>, call: &Call<'a>) -> Option<Decision<'a>>
    where
        'p: 'a,
    {
        // 1. Hidden.
        if let Some((index, _, _)) = self.lookup.rules(target, DecisionStep::Hide).next() {
            return Some(Decision::deny(Some(index), Cause::Hidden(target.name)));
        }
        // 2. Denied.
        if let Some(denial) = self.denied(target, call).next() {
            return Some(denial);
        }
        // 3. Opened?
        if !self.opened(target, call) {
            return Some(self.not_opened(target));
        }
        // 4. Requirements.
        self.unmet(target, call).next()
    }

    /// What follows for a call for which every limit has room.
    fn decide_within_limits<'a>(&self, target: CalledTool<'a>, call: &Call<'a>) -> Decision<'a>
    where
        'p: 'a,
    {
        // 6. Approval, unless someone has approved the call.
        if call.approved {
            return Decision::ALLOW;
        }
        let held = self.lookup.rules(target, DecisionStep::Approve).find(|(_, rule, _)| applies(rule, call));
        held.map_or(Decision::ALLOW, |(index, rule, _)| Decision::approval(index, rule))
    }

    /// The denials by `deny` rules, in source order.
    fn denied<'a>(&self, target: CalledTool<'a>, call: &Call<'a>) -> impl Iterator<Item = Decision<'a>>
    where
        'p: 'a,
    {
        let rules = self.lookup.rules(target, DecisionStep::Deny).filter(|(_, rule, _)| applies(rule, call));
        rules.map(|(index, rule, _)| Decision::deny(Some(index), Cause::Rule(rule)))
    }

    /// Whether step 3 opens the tool for the call.
    fn opened(&self, target: CalledTool<'_>, call: &Call<'_>) -> bool {
        let mut allows = self.lookup.rules(target, DecisionStep::Open).peekable();
        if allows.peek().is_some() {
            return allows.any(|(_, rule, _)| applies(rule, call));
        }
        let by_name = |slot: &&Slot| slot.selected() == Selected::ByName;
        let opens = |slot: &Slot| self.policy().rules.get(slot.index()).is_some_and(|rule| applies(rule, call));
        self.policy().default.allow
            || self.lookup.named(target, DecisionStep::Require).iter().any(|slot| by_name(&slot))
            || self.lookup.named(target, DecisionStep::Limit).iter().filter(by_name).any(opens)
            || self.lookup.named(target, DecisionStep::Approve).iter().filter(by_name).any(opens)
    }

    /// The denial of a tool that nothing opens.
    fn not_opened<'a>(&self, target: CalledTool<'a>) -> Decision<'a>
    where
        'p: 'a,
    {
        let policy = self.lookup.policy();
        let cause = match self.lookup.rules(target, DecisionStep::Open).next() {
            Some(_) => Cause::NotAllowed(policy, target),
            None => Cause::Default(policy, target.name),
        };
        Decision::deny(None, cause)
    }

    /// The denials by requirements that are not met, in source order.
    fn unmet<'a>(&self, target: CalledTool<'a>, call: &Call<'a>) -> impl Iterator<Item = Decision<'a>>
    where
        'p: 'a,
    {
        let rules = self.lookup.rules(target, DecisionStep::Require).filter(|(_, rule, _)| !applies(rule, call));
        rules.map(|(index, rule, _)| Decision::deny(Some(index), Cause::Rule(rule)))
    }

    /// The denials by limits without room, in source order.
    fn full<'a>(&self, target: CalledTool<'a>, call: &Call<'a>) -> impl Iterator<Item = Decision<'a>>
    where
        'p: 'a,
    {
        limits(&self.lookup, target, call).filter_map(|(rule, applied)| {
            let room = self.counters.room(applied, call);
            (room != Room::Free).then(|| Decision::deny(Some(applied.index), Cause::Limit(rule, room, target.name)))
        })
    }
}

/// Whether the condition of a rule holds, if it has one.
fn applies(rule: &Rule, call: &Call<'_>) -> bool {
    rule.guard.as_ref().is_none_or(|guard| holds(&guard.condition, call))
}

/// The limits that apply to a call of a tool.
fn limits<'a, 'p: 'a>(
    lookup: &RuleIndex<'p>,
    target: CalledTool<'a>,
    call: &Call<'a>,
) -> impl Iterator<Item = (&'a Rule, Applied<'a>)> {
    lookup.rules(target, DecisionStep::Limit).filter_map(move |(index, rule, _)| match &rule.effect {
        Effect::Limit(limit) if applies(rule, call) => Some((rule, Applied { index, limit, target })),
        _ => None,
    })
}

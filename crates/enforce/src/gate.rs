//! Decides calls under policies, with counters that a store keeps.

use policyc_core::eval::trace::Trace;
use policyc_core::eval::{Call, Considered, Decision, Evaluator, HIDDEN, Verdict};
use policyc_core::ir::{Effect, Policy, Rule};
use policyc_core::json::Json;
use policyc_core::pattern::glob_matches;
use policyc_core::predicate::{Condition, PathRoot};
use policyc_core::remedy::{Remedy, Ways, remedy};

use crate::counters::{CounterStore, Counting, Entry};

/// The rule, in outcomes, of what cannot be read as a call.
const MALFORMED: &str = "(malformed)";

/// The name, in outcomes, of what denies if the counters cannot be asked.
pub const NO_COUNTERS: &str = "(no counters)";

/// What happens to a call whose limits cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnStoreFailure {
    /// It is denied.
    #[default]
    Deny,
    /// It is decided as if every limit had room.
    Allow,
}

/// A policy that decides, and the name space of its counters.
#[derive(Debug)]
struct Governing<'p> {
    evaluator: Evaluator<'p>,
    name_space: String,
}

/// Policies that decide calls together: what one of them refuses is refused.
pub struct Gate<'p> {
    policies: Vec<Governing<'p>>,
    store: Box<dyn CounterStore + Send + 'p>,
    on_failure: OnStoreFailure,
    undisclosed: Vec<String>,
    whole: Option<Whole<'p>>,
}

/// Gives a policy, by its index, with what deciding does not need: schemas.
type Whole<'p> = Box<dyn Fn(usize) -> Option<Policy> + Send + 'p>;

/// How a call is counted, which depends on what becomes of the answer.
#[derive(Debug, Clone, Copy)]
pub struct Accounting<'a> {
    /// Which counting a call that passes asks for.
    pub counting: Counting<'a>,
    /// Whether a call that is held for approval counts already now, because nobody will ask again once a person has approved it.
    pub held_counts: bool,
}

/// What was decided about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What happens to the call.
    pub verdict: Verdict,
    /// What decided, as [`Decision::rule`] names it; empty for an allowed call.
    pub rule: String,
    /// Why, in words; empty for an allowed call.
    pub reason: String,
    /// The policy that decided, as an index; `None` if it was no policy.
    pub policy: Option<usize>,
    /// That the counters could not be asked, and why. The call is decided as [`OnStoreFailure`] says.
    pub store_failure: Option<String>,
    /// When the windows of all limits that had no room are over, in seconds since 1970-01-01T00:00:00Z; `None` if every limit of the
    /// policy that decided had room.
    pub full_until: Option<i64>,
}

impl Outcome {
    /// A denial by the program itself. The reason says what to do.
    #[must_use]
    pub fn failed(rule: &str, reason: String) -> Self {
        Self {
            verdict: Verdict::Deny,
            rule: rule.to_owned(),
            reason,
            policy: None,
            store_failure: None,
            full_until: None,
        }
    }
}

impl<'p> Gate<'p> {
    /// A gate without policies, which denies every call.
    #[must_use]
    pub fn new(store: Box<dyn CounterStore + Send + 'p>, on_failure: OnStoreFailure) -> Self {
        Self { policies: Vec::new(), store, on_failure, undisclosed: Vec::new(), whole: None }
    }

    /// Adds a policy. Its counters are those of all gates with the same store that give it the same name space.
    pub fn add(&mut self, policy: &'p Policy, name_space: String) {
        self.policies.push(Governing { evaluator: Evaluator::new(policy), name_space });
    }

    /// Whether a policy, by its index, hides the tool of a call.
    #[must_use]
    pub fn hides(&self, policy: usize, call: &Call<'_>) -> bool {
        let considered = self.policies.get(policy).map(|policy| policy.evaluator.consider(call));
        considered.is_some_and(|considered| considered.within_limits().rule() == HIDDEN)
    }

    /// Says nothing of what would pass instead of calls of tools whose names match one of these globs.
    #[must_use]
    pub fn undisclosed(mut self, globs: Vec<String>) -> Self {
        self.undisclosed = globs;
        self
    }

    /// Where policies are to be had with the schemas of their tools, if those of the gate are without: what would pass instead of a
    /// call has to satisfy them, too. Nothing is said where there is no such policy.
    #[must_use]
    pub fn whole(mut self, whole: impl Fn(usize) -> Option<Policy> + Send + 'p) -> Self {
        self.whole = Some(Box::new(whole));
        self
    }

    /// What would pass instead of a call that was denied, as far as limits that the call itself did not meet have room; `None` for
    /// calls that pass or are held, for those that no policy decided, and where it must not be said. `calls` are those that were
    /// decided.
    #[must_use]
    pub fn remedy(&self, outcome: &Outcome, calls: &[(usize, Call<'_>)]) -> Option<Remedy> {
        let (_, call) = calls.iter().find(|(index, _)| Some(*index) == outcome.policy)?;
        let is_undisclosed = self.undisclosed.iter().any(|glob| glob_matches(glob, call.name));
        if outcome.verdict != Verdict::Deny || is_undisclosed {
            return None;
        }
        // The evaluator has counted nothing, so what it denies limits have not refused.
        let until = || outcome.full_until.map(|at| Remedy::Ways(Ways { retry_at: Some(at), ..Ways::default() }));
        let found = match &self.whole {
            Some(whole) => remedy(&Evaluator::new(&whole(outcome.policy?)?), call),
            None => remedy(&self.policies.get(outcome.policy?)?.evaluator, call),
        };
        found.or_else(until)
    }

    /// Explains what a policy, by its index, says of a call. Nothing is counted, and what other calls have counted is not known.
    #[must_use]
    pub fn trace(&self, policy: usize, call: &Call<'_>) -> Option<Trace> {
        self.policies.get(policy).map(|policy| policy.evaluator.trace(call))
    }

    /// Whether a policy, by its index, has a rule for the tool of a call that asks about arguments.
    #[must_use]
    pub fn asks_arguments(&self, policy: usize, call: &Call<'_>) -> bool {
        let Some(evaluator) = self.policies.get(policy).map(|policy| &policy.evaluator) else { return false };
        let rules = &evaluator.policy().rules;
        let trace = evaluator.trace(call);
        let mut selecting = trace.tools.iter().flat_map(|tool| &tool.rules).filter_map(|rule| rules.get(rule.index));
        selecting.any(rule_asks_arguments)
    }

    /// Decides like [`Gate::decide`] calls that share their arguments and pass only once, also for a server that reads numbers as
    /// doubles: what passes in one of the readings only does not pass.
    pub fn decide_in_each_reading(&mut self, calls: &[(usize, Call<'_>)], counting: Counting<'_>) -> Outcome {
        let accounting = |counting| Accounting { counting, held_counts: false };
        let Some((_, first)) = calls.first() else {
            return Outcome::failed(MALFORMED, "No policy governs the call.".to_owned());
        };
        let doubles = first.arguments.with_doubles();
        if doubles != first.arguments.source() {
            let Ok(rounded) = Json::parse(&doubles) else {
                return Outcome::failed(MALFORMED, "The numbers of the call cannot be read as doubles.".to_owned());
            };
            let others: Vec<(usize, Call<'_>)> =
                calls.iter().map(|(policy, call)| (*policy, Call { arguments: rounded.root(), ..*call })).collect();
            let outcome = self.decide(&others, accounting(Counting::Never));
            if outcome.verdict == Verdict::Deny {
                return outcome;
            }
            if outcome.verdict == Verdict::Approval {
                let exact = self.decide(calls, accounting(Counting::Never));
                return if exact.verdict == Verdict::Deny { exact } else { outcome };
            }
        }
        self.decide(calls, accounting(counting))
    }

    /// Decides a call that is, for each policy that governs it, one of `calls`, each with the index of its policy. Of equally
    /// restrictive decisions the first is the outcome. If every limit of every policy has room, all are counted, or none.
    ///
    /// All `calls` have the same time.
    pub fn decide(&mut self, calls: &[(usize, Call<'_>)], accounting: Accounting<'_>) -> Outcome {
        let considered: Vec<(usize, Considered<'_>)> = calls
            .iter()
            .filter_map(|(index, call)| Some((*index, self.policies.get(*index)?.evaluator.consider(call))))
            .collect();
        if considered.is_empty() || considered.len() < calls.len() {
            return Outcome::failed(MALFORMED, "No policy governs the call.".to_owned());
        }
        let entries: Vec<Entry<'_>> = considered
            .iter()
            .flat_map(|(index, considered)| {
                let name_space = self.policies.get(*index).map_or("", |policy| policy.name_space.as_str());
                considered.demands().iter().map(move |demand| Entry::new(name_space, demand))
            })
            .collect();
        let worst = considered.iter().map(|(_, considered)| considered.within_limits().verdict).max();
        let counts = match worst {
            Some(Verdict::Allow) => true,
            Some(Verdict::Approval) => accounting.held_counts,
            _ => false,
        };
        let counting = if counts { accounting.counting } else { Counting::Never };
        let at = calls.first().map_or(0, |(_, call)| call.at);
        let (room, store_failure) = if entries.is_empty() {
            (Vec::new(), None)
        } else {
            match self.store.take(&entries, counting, at) {
                Ok(room) => (room, None),
                Err(failure) => (vec![true; entries.len()], Some(failure.to_string())),
            }
        };
        let mut outcome = most_restrictive(&considered, &room);
        outcome.store_failure = store_failure;
        outcome.full_until = full_until(&considered, &room, outcome.policy);
        if let (Some(failure), OnStoreFailure::Deny) = (&outcome.store_failure, self.on_failure)
            && outcome.verdict != Verdict::Deny
        {
            let reason = format!("The limits of the policy cannot be checked: {failure}.");
            return Outcome { store_failure: Some(failure.clone()), ..Outcome::failed(NO_COUNTERS, reason) };
        }
        outcome
    }
}

fn rule_asks_arguments(rule: &Rule) -> bool {
    fn asks(condition: &Condition) -> bool {
        match condition {
            Condition::Or(parts) | Condition::And(parts) => parts.iter().any(asks),
            Condition::Not(part) => asks(part),
            Condition::Atom(atom) => atom.path.root == PathRoot::Args,
        }
    }
    let sums = matches!(&rule.effect, Effect::Limit(limit) if limit.sum_of.is_some());
    sums || rule.guard.as_ref().is_some_and(|guard| asks(&guard.condition))
}

/// When the windows of the demands of a policy that have no room are over.
fn full_until(considered: &[(usize, Considered<'_>)], room: &[bool], policy: Option<usize>) -> Option<i64> {
    let demands =
        considered.iter().flat_map(|(index, considered)| considered.demands().iter().map(move |one| (index, one)));
    let full = demands.zip(room).filter(|((index, _), has_room)| !**has_room && Some(**index) == policy);
    full.map(|((_, demand), _)| demand.window.saturating_add(1).saturating_mul(demand.length)).max()
}

/// The first of the most restrictive decisions. `room` is for the demands of all policies, one after the other.
fn most_restrictive(considered: &[(usize, Considered<'_>)], room: &[bool]) -> Outcome {
    let mut rest = room;
    let mut worst: Option<(usize, Decision<'_>)> = None;
    for (index, considered) in considered {
        let (own, others) = rest.split_at_checked(considered.demands().len()).unwrap_or((rest, &[]));
        rest = others;
        let decision = considered.decision(|demand| own.get(demand).copied().unwrap_or(false));
        if worst.as_ref().is_none_or(|(_, worst)| decision.verdict > worst.verdict) {
            worst = Some((*index, decision));
        }
    }
    worst.map_or_else(
        || Outcome::failed(MALFORMED, "No policy governs the call.".to_owned()),
        |(index, decision)| Outcome {
            verdict: decision.verdict,
            rule: decision.rule().into_owned(),
            reason: decision.reason().into_owned(),
            policy: Some(index),
            store_failure: None,
            full_until: None,
        },
    )
}

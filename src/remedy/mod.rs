//! What can be done about a call that was denied or is held: the nearest call that passes, when to try again, who may
//! approve it, or that nothing helps.
//!
//! The calls that pass are a formula (`passing`). The values of the caller, and of all arguments but a few, are put in,
//! and the [solver](crate::solver) finds values for those few: first for each argument alone, then for each two, and
//! so on (`search`). What it finds is brought as close to the call as possible (`closest`): numbers to the bound, texts
//! by the fewest edits. The evaluator decides each remedy before it is given; that nothing helps is a proof.

mod closest;
mod edits;
mod numbers;
mod passing;
mod search;
#[cfg(test)]
mod tests;
mod texts;
mod tree;
mod words;

use std::collections::BTreeSet;

use crate::analysis::ask::Asked;
use crate::eval::{Call, Decision, Evaluator, Verdict, window_end};
use crate::ir::Effect;
use crate::json::Json;
use crate::schema::Schema;
use crate::solver::Budget;
use passing::{Counts, Goal, passing};
use search::{Answer, Found, Search};

pub use edits::Edit;

/// The work that one remedy may cost, in steps of the solver.
const STEPS: u64 = 4_000_000;
/// The longest arguments for which others are looked for, in bytes: each that is tried is written and read.
const LONGEST: usize = 1 << 16;
/// How many windows are waited for, one after another, before a call is taken to wait for ever.
const MOST_WINDOWS: usize = 64;

/// What can be done about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing: no call of the tool by the caller passes, whatever its arguments and whenever it is made, nor is held for
    /// approval. This is proved.
    Final {
        /// Whether only calls were looked at whose arguments satisfy the inputSchema.
        of_valid: bool,
    },
    /// At least one of these helps.
    Ways(Ways),
    /// The search ended before it found anything. This proves nothing.
    Undecided,
}

/// Ways to get a call through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ways {
    /// Someone approves the call.
    pub approval: Option<Approval>,
    /// The same call is made at this time, in seconds since 1970-01-01T00:00:00Z, if nobody uses up the limits till
    /// then.
    pub retry_at: Option<i64>,
    /// Another call is made.
    pub change: Option<Change>,
}

/// Who may approve a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who, if the policy says it: all of them where there are several.
    pub by: Vec<String>,
}

/// The nearest call that passes, or that is held where that changes fewer arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// All its arguments: a JSON object.
    pub arguments: String,
    /// What changes, in the order of the arguments.
    pub edits: Vec<Edit>,
    /// [`Verdict::Allow`] or [`Verdict::Approval`].
    pub verdict: Verdict,
    /// When it passes, if not now, in seconds since 1970-01-01T00:00:00Z.
    pub at: Option<i64>,
    /// Whether it is proved that no call passes with fewer arguments changed.
    pub fewest: bool,
}

impl Change {
    /// How many arguments change.
    fn arguments_changed(&self) -> usize {
        self.edits.iter().filter_map(|edit| edit.path.steps.first()).collect::<BTreeSet<_>>().len()
    }
}

/// What can be done about a call at the present counts; `None` for a call that passes, and for one that cannot be
/// read or names an unknown server.
#[must_use]
pub fn remedy(evaluator: &Evaluator<'_>, call: &Call<'_>) -> Option<Remedy> {
    let decision = evaluator.decide(call);
    if decision.verdict == Verdict::Allow || decision.is_malformed() {
        return None;
    }
    let mut ways = Ways { approval: approval(evaluator, call, &decision), ..Ways::default() };
    if decision.verdict == Verdict::Deny {
        ways.retry_at = retry_at(evaluator, call);
    }
    let mut budget = Budget::new(STEPS);
    let changes = Changes::new(evaluator, call);
    let outcome = changes.nearest(decision.verdict, ways.retry_at.is_some(), &mut budget);
    if let Outcome::Found(change) = outcome {
        ways.change = Some(change);
    } else if ways == Ways::default() {
        return Some(match outcome {
            Outcome::Nothing => Remedy::Final { of_valid: !changes.schemas.is_empty() },
            _ => Remedy::Undecided,
        });
    }
    Some(Remedy::Ways(ways))
}

/// Who may approve a call that is held.
fn approval(evaluator: &Evaluator<'_>, call: &Call<'_>, decision: &Decision<'_>) -> Option<Approval> {
    if decision.verdict != Verdict::Approval {
        return None;
    }
    let mut by: Vec<String> = Vec::new();
    for rule in evaluator.approvals(call) {
        if let Effect::Approval { by: Some(name) } = &rule.effect
            && !by.contains(name)
        {
            by.push(name.clone());
        }
    }
    Some(Approval { by })
}

/// When a call that only limits refuse is no longer denied, if nothing else is counted.
fn retry_at(evaluator: &Evaluator<'_>, call: &Call<'_>) -> Option<i64> {
    let mut call = *call;
    for _ in 0..MOST_WINDOWS {
        let decision = evaluator.decide(&call);
        if decision.verdict != Verdict::Deny {
            return Some(call.at);
        }
        let denials = evaluator.denials(&call);
        let rules = denials.iter().filter_map(|denial| evaluator.policy().rules.get(denial.decided_by?));
        // Each of these has to begin a new window; other denials do not pass with time.
        let ends = rules.map(|rule| match &rule.effect {
            Effect::Limit(limit) => Some(window_end(limit, &call)),
            _ => None,
        });
        let next = ends.collect::<Option<Vec<i64>>>()?.into_iter().max()?;
        if next <= call.at {
            return None;
        }
        call.at = next;
    }
    None
}

/// What came of the search for other arguments.
enum Outcome {
    Found(Change),
    Nothing,
    Undecided,
}

/// Searches for other arguments of a call.
struct Changes<'c, 'p> {
    evaluator: &'c Evaluator<'p>,
    /// Decides calls as if nothing had been counted.
    fresh: Evaluator<'p>,
    call: &'c Call<'c>,
    /// The schemas of each tool that the call may mean, if it satisfies one of them.
    schemas: Vec<Vec<Schema<'c>>>,
}

impl<'c, 'p> Changes<'c, 'p> {
    fn new(evaluator: &'c Evaluator<'p>, call: &'c Call<'c>) -> Self {
        let policy = evaluator.policy();
        let schemas = evaluator.subjects(call).into_iter().map(|subject| Asked::of(policy, subject).schemas);
        let admits =
            |schemas: &Vec<Schema<'_>>| schemas.iter().any(|schema| schema.admits(call.arguments) == Some(true));
        let schemas = schemas.filter(admits).collect();
        Self { evaluator, fresh: Evaluator::new(policy), call, schemas }
    }

    /// The nearest call that passes, or one that is held if that changes fewer arguments; if counts are in the way of both,
    /// one that passes later, unless the call itself does (`waits`).
    fn nearest(&self, verdict: Verdict, waits: bool, budget: &mut Budget) -> Outcome {
        if self.call.arguments.source().len() > LONGEST {
            return Outcome::Undecided;
        }
        let mut is_sure = true;
        for counts in [Counts::Now, Counts::None] {
            // Later the call passes as it is.
            if waits && counts == Counts::None {
                continue;
            }
            let mut nearest: Option<Change> = None;
            for goal in [Goal::Allowed, Goal::NotDenied] {
                // A call that is held already need not be changed for that.
                if goal == Goal::NotDenied && verdict == Verdict::Approval {
                    continue;
                }
                let change = match self.search(goal, counts, budget) {
                    Answer::Found(found) => self.change(&found, counts),
                    Answer::Nothing => continue,
                    Answer::Undecided => None,
                };
                is_sure &= change.is_some();
                let is_nearer = |change: &Change| {
                    nearest.as_ref().is_none_or(|known| change.arguments_changed() < known.arguments_changed())
                };
                if let Some(change) = change.filter(is_nearer) {
                    nearest = Some(change);
                }
            }
            if let Some(change) = nearest {
                return Outcome::Found(change);
            }
        }
        if is_sure { Outcome::Nothing } else { Outcome::Undecided }
    }

    fn search(&self, goal: Goal, counts: Counts, budget: &mut Budget) -> Answer {
        let evaluator = if counts == Counts::Now { self.evaluator } else { &self.fresh };
        let wanted = passing(evaluator, self.call, goal, counts);
        let confirm = |call: &Call<'_>| match evaluator.decide(call).verdict {
            Verdict::Allow => true,
            Verdict::Approval => goal == Goal::NotDenied,
            Verdict::Deny => false,
        };
        Search { call: self.call, wanted, schemas: &self.schemas, confirm: &confirm }.run(budget)
    }

    fn change(&self, found: &Found, counts: Counts) -> Option<Change> {
        let arguments = found.arguments.to_string();
        let json = Json::parse(&arguments).ok()?;
        let call = Call { arguments: json.root(), ..*self.call };
        let at = if counts == Counts::Now { None } else { Some(retry_at(self.evaluator, &call)?) };
        let verdict = self.evaluator.decide(&Call { at: at.unwrap_or(call.at), ..call }).verdict;
        let edits = edits::between(self.call.arguments, json.root());
        (verdict != Verdict::Deny).then_some(Change { arguments, edits, verdict, at, fewest: found.fewest })
    }
}

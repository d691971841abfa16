//! Whether some call comes out in a certain way.

use crate::eval::{Call, Evaluator, Verdict, holds};
use crate::ir::{Guard, Policy, Selection, Subject};
use crate::solver::formula::Formula;
use crate::solver::space::{Space, Truth};

use super::ask::{Answer, Asked, Question, Universe};
use super::case::{Case, Formulas};
use super::condition::{self, Precision};

/// The answer for some tools that are decided alike.
#[derive(Debug, Clone)]
pub struct Found {
    /// The tools, in order. A call that answers the question is of the first.
    pub subjects: Vec<Subject>,
    /// Whether there is such a call.
    pub answer: Answer,
}

/// Whether a call of some tools, for which a condition holds, comes out as `verdict`, when it comes before anything has been
/// counted: for each group of tools that the same rules select in the same way, for valid calls for each tool.
#[must_use]
pub fn can(
    policy: &Policy,
    selection: &Selection,
    guard: Option<&Guard>,
    verdict: Verdict,
    universe: Universe,
) -> Vec<Found> {
    let formulas = Formulas::new(policy, Precision::Exact);
    let evaluator = Evaluator::new(policy);
    let about = guard.map_or(Formula::TRUE, |guard| condition::formula(&guard.condition, Precision::Exact));
    let selected = policy.subjects().filter(|subject| selection.selects(*subject).is_some());
    let asker = Asker { about: &about, guard, verdict, universe, evaluator: &evaluator };
    let mut found = Vec::new();
    for (rules, subjects) in formulas.groups(selected) {
        let case = formulas.case(&rules);
        let together: Vec<&[Subject]> = match universe {
            Universe::Any => vec![subjects.as_slice()],
            Universe::Valid => subjects.chunks(1).collect(),
        };
        for subjects in together {
            let Some(first) = subjects.first() else { continue };
            let answer = asker.ask(&case, &Asked::of(policy, *first));
            found.push(Found { subjects: subjects.to_vec(), answer });
        }
    }
    found
}

struct Asker<'a> {
    about: &'a Formula,
    guard: Option<&'a Guard>,
    verdict: Verdict,
    universe: Universe,
    evaluator: &'a Evaluator<'a>,
}

impl Asker<'_> {
    fn ask(&self, case: &Case, asked: &Asked<'_>) -> Answer {
        if self.verdict != Verdict::Deny && case.is_closed() {
            return Answer::No;
        }
        let claims = |space: &mut Space| -> Vec<Truth> {
            let verdicts = case.verdicts(space);
            let comes_out = match self.verdict {
                Verdict::Allow => verdicts.allowed,
                Verdict::Approval => verdicts.held,
                Verdict::Deny => verdicts.denied,
            };
            vec![space.holds(self.about), comes_out]
        };
        let confirm = |call: &Call<'_>| {
            self.guard.is_none_or(|guard| holds(&guard.condition, call))
                && self.evaluator.decide(call).verdict == self.verdict
        };
        let formulas = case.formulas().chain([self.about]).collect();
        Question { formulas, claims: &claims, confirm: &confirm }.answer(asked, self.universe)
    }
}

//! The calls that pass, as a formula.

use crate::analysis::condition::{self, NumberDomain};
use crate::decimal::Decimal;
use crate::eval::{Call, Evaluator};
use crate::ir::{Guard, Limit, RulesByTool, Steps};
use crate::predicate::Comparison;
use crate::solver::formula::{Check, Formula};

/// What a call is to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// It passes.
    Allowed,
    /// It passes, or waits for approval.
    NotDenied,
}

/// Which counts are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// Those of the time of the call.
    Now,
    /// None: the call comes first in all windows.
    None,
}

/// The calls of the same tool, caller, grant and time as a call that reach a goal.
pub(super) fn passing(evaluator: &Evaluator<'_>, call: &Call<'_>, goal: Goal, counts: Counts) -> Formula {
    let policy = evaluator.policy();
    let rules = RulesByTool::new(policy);
    let subjects = evaluator.subjects(call);
    if subjects.is_empty() {
        return Formula::FALSE;
    }
    // The most restrictive decision counts among those of all tools that the call may mean.
    let mut parts = Vec::new();
    for subject in subjects {
        let steps = Steps::new(policy, &rules.selecting(policy, subject));
        parts.extend(steps.hidden.is_some().then_some(Formula::FALSE));
        parts.extend(steps.denied.iter().map(|denial| guard(denial.rule.guard.as_ref()).negated()));
        if !steps.opened.is_always() {
            parts.push(Formula::Or(steps.opened.rules().iter().map(|opener| guard(opener.opens_when())).collect()));
        }
        parts.extend(steps.required.iter().map(|required| guard(required.rule.guard.as_ref())));
        for (limiting, limit) in &steps.limits {
            let left = match counts {
                Counts::Now => evaluator.left(limiting.index, limit, subject, call),
                Counts::None => limit.max.clone(),
            };
            parts.push(Formula::Or(vec![guard(limiting.rule.guard.as_ref()).negated(), fits(limit, left)]));
        }
        if goal == Goal::Allowed && !call.approved {
            parts.extend(steps.approvals.iter().map(|approval| guard(approval.rule.guard.as_ref()).negated()));
        }
    }
    Formula::And(parts)
}

fn guard(guard: Option<&Guard>) -> Formula {
    guard.map_or(Formula::TRUE, |guard| condition::formula(&guard.condition, NumberDomain::Exact))
}

/// The calls for which a limit that has so much left has room.
fn fits(limit: &Limit, left: Decimal) -> Formula {
    match &limit.sum_of {
        Some(path) => {
            let test = |comparison, bound| Formula::Test(condition::place(path), Check::Number(comparison, bound));
            Formula::And(vec![test(Comparison::GreaterEqual, Decimal::ZERO), test(Comparison::LessEqual, left)])
        }
        None if left >= Decimal::ONE => Formula::TRUE,
        None => Formula::FALSE,
    }
}

//! Conditions that always or never hold, and parts of conditions that change nothing.

use crate::analysis::condition::{Precision, formula};
use crate::ir::{Condition, Effect, Policy};
use crate::solver::formula::Formula;
use crate::solver::space::{Example, Feasible, Space, Truth};
use crate::solver::{Budget, Exhausted};
use crate::source::Span;

use super::Report;

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It holds for every call.
    Always,
    /// It holds for no call.
    Never,
}

/// A condition, or a part of one, that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needless {
    /// The index of the rule.
    pub rule: usize,
    /// Where the part stands; of a whole condition with the `when` or `unless` before it.
    pub span: Span,
    /// What it could be replaced by.
    pub worth: Worth,
    /// Whether it is the whole condition.
    pub whole: bool,
}

/// What is known of the condition of one rule.
pub(super) struct Judged {
    /// What it comes to, if that is a constant.
    pub(super) worth: Option<Worth>,
    /// A call about which the rule says something: of a requirement, one that does not meet it.
    pub(super) about: Option<Example>,
}

/// Looks at the condition of each rule. Parts that change nothing go into the report.
pub(super) fn judge(policy: &Policy, budget: &mut Budget, report: &mut Report) -> Vec<Judged> {
    let mut judged = Vec::with_capacity(policy.rules.len());
    for (rule, stands) in policy.rules.iter().enumerate() {
        let nothing = || Example { arguments: "{}".to_owned(), caller: None };
        let Some(guard) = &stands.guard else {
            judged.push(Judged { worth: None, about: Some(nothing()) });
            continue;
        };
        let positive = !matches!(stands.effect, Effect::Require);
        match look(&guard.condition, positive, budget) {
            Ok((Looked::Whole(worth), about)) => {
                report.needless.push(Needless { rule, span: guard.span, worth, whole: true });
                judged.push(Judged { worth: Some(worth), about });
            }
            Ok((Looked::Parts(parts), about)) => {
                let parts = parts.into_iter().map(|(span, worth)| Needless { rule, span, worth, whole: false });
                report.needless.extend(parts);
                judged.push(Judged { worth: None, about });
            }
            Err(Exhausted) => {
                report.undecided.push(rule);
                judged.push(Judged { worth: None, about: None });
            }
        }
    }
    judged
}

enum Looked {
    Whole(Worth),
    Parts(Vec<(Span, Worth)>),
}

fn look(condition: &Condition, positive: bool, budget: &mut Budget) -> Result<(Looked, Option<Example>), Exhausted> {
    let whole = formula(condition, Precision::Exact);
    let mut space = Space::new([&whole]);
    let holds = space.holds(&whole);
    let (says, silent) = if positive { (holds, !holds) } else { (!holds, holds) };
    let (never, always) = if positive { (Worth::Never, Worth::Always) } else { (Worth::Always, Worth::Never) };
    // An example that is too large to be written down is no reason to give up.
    let about = match space.any_example(&[says], budget) {
        Ok(None) => return Ok((Looked::Whole(never), None)),
        Ok(Some(example)) => Some(example),
        Err(Exhausted) => match space.feasible(&[says], budget)? {
            Feasible::Yes => None,
            Feasible::No(_) => return Ok((Looked::Whole(never), None)),
        },
    };
    if space.feasible(&[silent], budget)? != Feasible::Yes {
        return Ok((Looked::Whole(always), about));
    }
    let mut parts = Parts { space, holds, gone: Vec::new(), found: Vec::new() };
    if !matches!(condition, Condition::Atom(_)) {
        parts.visit(condition, condition, &mut 0, budget)?;
    }
    parts.found.sort_unstable_by_key(|(span, _)| (span.start, span.end));
    Ok((Looked::Parts(parts.found), about))
}

/// The search for parts that change nothing.
struct Parts {
    space: Space,
    holds: Truth,
    /// The parts found so far, by their number, with what they are replaced by.
    gone: Vec<(usize, bool)>,
    found: Vec<(Span, Worth)>,
}

impl Parts {
    /// Looks at the parts of `part`, the last first, so that of two that say the same the first stays. Parts are numbered
    /// in the order in which they are come upon.
    fn visit(
        &mut self,
        whole: &Condition,
        part: &Condition,
        number: &mut usize,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        let parts = match part {
            Condition::And(parts) | Condition::Or(parts) => parts.as_slice(),
            Condition::Not(inner) => std::slice::from_ref(&**inner),
            Condition::Atom(_) => return Ok(()),
        };
        for inner in parts.iter().rev() {
            *number += 1;
            let here = *number;
            let mut worth = None;
            for (value, means) in [(true, Worth::Always), (false, Worth::Never)] {
                self.gone.push((here, value));
                let without = self.formula(whole, &mut 0);
                let without = self.space.holds(&without);
                let differs = self.space.differ(self.holds, without);
                if self.space.feasible(&[differs], budget)? != Feasible::Yes {
                    worth = Some(means);
                    break;
                }
                self.gone.pop();
            }
            match (worth, span(inner)) {
                (Some(worth), Some(span)) => {
                    self.found.push((span, worth));
                    *number += count(inner);
                }
                _ => self.visit(whole, inner, number, budget)?,
            }
        }
        Ok(())
    }

    /// The condition with the parts replaced that were found so far. Numbers parts as [`Parts::visit`] does.
    fn formula(&self, part: &Condition, number: &mut usize) -> Formula {
        let all = |this: &Self, parts: &[Condition], number: &mut usize| -> Vec<Formula> {
            parts
                .iter()
                .rev()
                .map(|inner| {
                    *number += 1;
                    match this.gone.iter().find(|(gone, _)| gone == number) {
                        Some((_, value)) => {
                            *number += count(inner);
                            if *value { Formula::TRUE } else { Formula::FALSE }
                        }
                        None => this.formula(inner, number),
                    }
                })
                .collect()
        };
        match part {
            Condition::And(parts) => Formula::And(all(self, parts, number)),
            Condition::Or(parts) => Formula::Or(all(self, parts, number)),
            Condition::Not(inner) => {
                let inner = all(self, std::slice::from_ref(&**inner), number);
                Formula::And(inner).negated()
            }
            Condition::Atom(_) => formula(part, Precision::Exact),
        }
    }
}

/// How many parts a part has, itself not counted.
fn count(part: &Condition) -> usize {
    match part {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().map(|inner| 1 + count(inner)).sum(),
        Condition::Not(inner) => 1 + count(inner),
        Condition::Atom(_) => 0,
    }
}

/// Where a part stands: from its first atom to its last.
fn span(part: &Condition) -> Option<Span> {
    match part {
        Condition::And(parts) | Condition::Or(parts) => {
            let mut spans = parts.iter().filter_map(span);
            let first = spans.next()?;
            Some(spans.fold(first, |all, span| Span {
                start: all.start.min(span.start),
                end: all.end.max(span.end),
                ..all
            }))
        }
        Condition::Not(inner) => span(inner),
        Condition::Atom(atom) => Some(atom.span),
    }
}

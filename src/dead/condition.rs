//! Conditions that always or never hold, and parts of conditions that change nothing.

use crate::analysis::condition::{NumberDomain, formula};
use crate::eval;
use crate::ir::{Effect, Policy};
use crate::predicate::Condition;
use crate::probe::Wanted;
use crate::solver::formula::Formula;
use crate::solver::space::{Example, Feasible, Space, Truth};
use crate::solver::{Budget, Exhausted};
use crate::source::Span;

use super::Report;
use super::trial::Trial;

/// The work that looking at the parts of one condition, and of all conditions of a policy, may cost. Looking for a call that shows that
/// a part matters costs one for each part there is, a proof [`PROOF`] for each.
const MOST_WORK: u64 = 100_000;
const MOST_WORK_IN_ALL: u64 = 1_000_000;
const PROOF: u64 = 16;

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
    let mut work_in_all = Budget::new(MOST_WORK_IN_ALL);
    for (rule, stands) in policy.rules.iter().enumerate() {
        let nothing = || Example { arguments: "{}".to_owned(), caller: None };
        let Some(guard) = &stands.guard else {
            judged.push(Judged { worth: None, about: Some(nothing()) });
            continue;
        };
        let positive = !matches!(stands.effect, Effect::Require);
        match look(&guard.condition, positive, budget, &mut work_in_all) {
            Ok((Looked::Whole(worth), about)) => {
                report.needless.push(Needless { rule, span: guard.span, worth, whole: true });
                judged.push(Judged { worth: Some(worth), about });
            }
            Ok((Looked::Parts(parts, all), about)) => {
                if all.is_err() {
                    report.undecided.push(rule);
                }
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
    /// Parts that change nothing, and whether all were looked at.
    Parts(Vec<(Span, Worth)>, Result<(), Exhausted>),
}

fn look(
    condition: &Condition,
    positive: bool,
    budget: &mut Budget,
    work_in_all: &mut Budget,
) -> Result<(Looked, Option<Example>), Exhausted> {
    let size = u64::try_from(count(condition)).unwrap_or(u64::MAX).saturating_add(1);
    let work = Budget::new(MOST_WORK);
    let mut parts =
        Parts { whole: condition, size, work, work_in_all, asked: None, gone: Vec::new(), found: Vec::new() };
    let about = match (at_first_sight(condition, positive), at_first_sight(condition, !positive)) {
        // Both are possible, so nothing has to be proved.
        (Some(about), Some(_)) => Some(about),
        _ => {
            let (never, always) = if positive { (Worth::Never, Worth::Always) } else { (Worth::Always, Worth::Never) };
            let (space, holds) = parts.asked();
            let (says, silent) = if positive { (holds, !holds) } else { (!holds, holds) };
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
            about
        }
    };
    let mut all = Ok(());
    if !matches!(condition, Condition::Atom(_)) {
        all = parts.visit(condition, &mut Vec::new(), &mut 0, budget);
    }
    parts.found.sort_unstable_by_key(|(span, _)| (span.start, span.end));
    Ok((Looked::Parts(parts.found, all), about))
}

/// A call for which a condition holds, or does not hold, if one is found without solving anything.
fn at_first_sight(condition: &Condition, holds: bool) -> Option<Example> {
    let mut wanted = Wanted::default();
    wanted.condition(condition, holds);
    let trial = Trial::wanted(&wanted)?;
    (eval::holds(condition, &trial.call()) == holds).then(|| trial.example())
}

/// The search for parts that change nothing.
struct Parts<'c> {
    whole: &'c Condition,
    /// How many parts there are.
    size: u64,
    /// What is left of the work.
    work: Budget,
    work_in_all: &'c mut Budget,
    /// A space, and whether the condition holds there; made when looking at a few calls is not enough.
    asked: Option<(Box<Space>, Truth)>,
    /// The parts found so far, by their number, with what they are replaced by.
    gone: Vec<(usize, bool)>,
    found: Vec<(Span, Worth)>,
}

impl<'c> Parts<'c> {
    fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        let steps = steps.saturating_mul(self.size);
        self.work.spend(steps)?;
        self.work_in_all.spend(steps)
    }

    fn asked(&mut self) -> (&mut Space, Truth) {
        let whole = self.whole;
        let (space, holds) = self.asked.get_or_insert_with(|| {
            let formula = formula(whole, NumberDomain::Exact);
            let mut space = Box::new(Space::new([&formula]));
            let holds = space.holds(&formula);
            (space, holds)
        });
        (space, *holds)
    }

    /// Looks at the parts of `part`, the last first, so that of two that say the same the first stays. Parts are numbered
    /// in the order in which they are come upon. `around` are the parts that `part` lies in, from the whole inwards, each with the
    /// index of the next.
    fn visit(
        &mut self,
        part: &'c Condition,
        around: &mut Vec<(&'c Condition, usize)>,
        number: &mut usize,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        for (index, inner) in inner(part).iter().enumerate().rev() {
            *number += 1;
            let here = *number;
            around.push((part, index));
            self.spend(1)?;
            // With a part gone the condition is another one.
            let matters = self.gone.is_empty() && [true, false].iter().all(|value| matters(self.whole, around, *value));
            let mut worth = None;
            for (value, means) in [(true, Worth::Always), (false, Worth::Never)] {
                if matters {
                    break;
                }
                self.spend(PROOF)?;
                self.gone.push((here, value));
                let without = self.formula(self.whole, &mut 0);
                let (space, holds) = self.asked();
                let without = space.holds(&without);
                let differs = space.differ(holds, without);
                if space.feasible(&[differs], budget)? != Feasible::Yes {
                    worth = Some(means);
                    break;
                }
                self.gone.pop();
            }
            match (worth, span(inner)) {
                (Some(worth), Some(span)) => {
                    if self.is_needless_alone(budget)? {
                        self.found.push((span, worth));
                    }
                    *number += count(inner);
                }
                _ => self.visit(inner, around, number, budget)?,
            }
            around.pop();
        }
        Ok(())
    }

    /// Whether the part that was found last changes nothing also while the parts found before it stand.
    fn is_needless_alone(&mut self, budget: &mut Budget) -> Result<bool, Exhausted> {
        let Some(last) = self.gone.pop() else { return Ok(false) };
        let before = std::mem::replace(&mut self.gone, vec![last]);
        let without = self.formula(self.whole, &mut 0);
        self.gone = before;
        self.gone.push(last);
        if self.gone.len() == 1 {
            return Ok(true);
        }
        let (space, holds) = self.asked();
        let without = space.holds(&without);
        let differs = space.differ(holds, without);
        Ok(space.feasible(&[differs], budget)? != Feasible::Yes)
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
            Condition::Atom(_) => formula(part, NumberDomain::Exact),
        }
    }
}

fn inner(part: &Condition) -> &[Condition] {
    match part {
        Condition::And(parts) | Condition::Or(parts) => parts,
        Condition::Not(inner) => std::slice::from_ref(&**inner),
        Condition::Atom(_) => &[],
    }
}

/// Whether a call is found at first sight for which the innermost part is `value`, and the condition another than if it were
/// not. All that lies beside the part is wanted to be such that the part decides.
fn matters(whole: &Condition, around: &[(&Condition, usize)], value: bool) -> bool {
    let Some(part) = around.last().and_then(|(outer, index)| inner(outer).get(*index)) else { return false };
    let mut wanted = Wanted::default();
    wanted.condition(part, value);
    for (outer, index) in around {
        let beside = inner(outer).iter().enumerate().filter(|(other, _)| other != index);
        beside.for_each(|(_, part)| wanted.condition(part, matches!(outer, Condition::And(_))));
    }
    let Some(trial) = Trial::wanted(&wanted) else { return false };
    let call = trial.call();
    if eval::holds(part, &call) != value {
        return false;
    }
    // What the condition would be if the part were the opposite.
    let opposite = around.iter().rev().fold(!value, |opposite, (outer, index)| {
        let mut beside = inner(outer).iter().enumerate().filter(|(other, _)| other != index);
        match outer {
            Condition::And(_) => opposite && beside.all(|(_, part)| eval::holds(part, &call)),
            Condition::Or(_) => opposite || beside.any(|(_, part)| eval::holds(part, &call)),
            Condition::Not(_) => !opposite,
            Condition::Atom(_) => opposite,
        }
    });
    opposite != eval::holds(whole, &call)
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

//! Proves for all calls whether a rule of a tool is dead, given the other rules of the tool.

use std::collections::BTreeMap;

use crate::analysis::case::{Case, Formulas};

use crate::ir::{Effect, Selecting};
use crate::solver::space::{Feasible, Space, Truth};
use crate::solver::{Budget, Exhausted};

use super::Cause;
use super::of_tool::About;

/// A space for the rules, and what each says there.
pub(super) struct RuleSpace {
    space: Space,
    denied: Vec<(usize, Truth)>,
    opened: Vec<(Option<usize>, Truth)>,
    required: Vec<(usize, Truth)>,
    refused: Vec<(usize, Truth)>,
    held: Vec<(usize, Truth)>,
    steps: Steps,
    /// By rule: what the other rules of its kind say together.
    others: BTreeMap<usize, Truth>,
}

/// The steps of the meaning, with or without a rule.
#[derive(Clone, Copy)]
struct Steps {
    denied: Truth,
    opened: Truth,
    required: Truth,
    refused: Truth,
    held: Truth,
}

/// What a demand in a proof is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// That the current rule says something.
    Itself,
    /// That another rule refuses nothing, or says nothing.
    Rule(usize),
    /// That the tool is opened.
    Opened,
}

impl RuleSpace {
    pub(super) fn new(formulas: &Formulas<'_>, rules: &[Selecting], case: &Case) -> Self {
        // What opens a tool when its only `allow` is taken away is among these, too.
        let guards = rules.iter().map(|selecting| &**formulas.guard(selecting.rule as usize));
        let mut space = Space::new(case.formulas().chain(guards));
        let held = |space: &mut Space, list: &[crate::analysis::case::RuleFormula]| -> Vec<(usize, Truth)> {
            list.iter().map(|held| (held.rule, space.holds(&held.formula))).collect()
        };
        let denied = held(&mut space, &case.denied);
        let required = held(&mut space, &case.required);
        let approvals = held(&mut space, &case.held);
        let opened: Vec<_> = case.opened.iter().map(|(rule, formula)| (*rule, space.holds(formula))).collect();
        let refused: Vec<_> = case.limits.iter().map(|limit| (limit.rule, space.holds(&limit.refuses))).collect();
        let steps = Steps {
            denied: space.any(truths(&denied)),
            opened: space.any(truths(&opened)),
            required: space.all(truths(&required)),
            refused: space.any(truths(&refused)),
            held: space.any(truths(&approvals)),
        };
        let mut others = BTreeMap::new();
        for list in [&denied, &refused, &approvals] {
            others.extend(without_each(&mut space, list));
        }
        // All requirements but one hold where none of the others is unmet.
        let unmet: Vec<(usize, Truth)> = required.iter().map(|(rule, truth)| (*rule, !*truth)).collect();
        others.extend(without_each(&mut space, &unmet));
        let all = [steps.denied, steps.opened, steps.required, steps.refused, steps.held];
        let limits: Vec<Truth> = case.limits.iter().map(|limit| space.holds(&limit.applies)).collect();
        space.focus(all.into_iter().chain(others.values().copied()).chain(limits));
        Self { space, denied, opened, required, refused, held: approvals, steps, others }
    }

    /// Whether the policy without the rule decides some call otherwise.
    pub(super) fn matters(
        &mut self,
        about: &About<'_, '_>,
        rule: usize,
        effect: &Effect,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let with = self.steps;
        let opened = self.opened_without(about, rule, effect);
        let says = |list: &[(usize, Truth)]| list.iter().find(|(of, _)| *of == rule).map(|(_, truth)| *truth);
        let others = self.others.get(&rule).copied();
        let Self { space, denied, required, refused, held, .. } = self;
        if opened != with.opened {
            let differs = space.differ(opened, with.opened);
            let mut demands = vec![differs, !with.denied, !with.refused];
            match effect {
                // A requirement that opens a tool refuses what it opens and does not hold for.
                Effect::Require => demands.push(with.required),
                _ => demands.extend([with.required]),
            }
            if feasible(space, &demands, budget)? {
                return Ok(true);
            }
        }
        let demands = match effect {
            Effect::Hide | Effect::Allow => return Ok(false),
            Effect::Deny => {
                let (Some(says), Some(others)) = (says(denied), others) else { return Ok(false) };
                vec![says, !others, with.opened, with.required, !with.refused]
            }
            Effect::Require => {
                let (Some(says), Some(unmet)) = (says(required), others) else { return Ok(false) };
                vec![!says, !unmet, !with.denied, opened, !with.refused]
            }
            Effect::Approval { .. } => {
                let (Some(says), Some(others)) = (says(held), others) else { return Ok(false) };
                vec![says, !others, !with.denied, with.opened, with.required, !with.refused]
            }
            Effect::Limit(_) => {
                let Some(limit) = about.case.limits.iter().find(|limit| limit.rule == rule) else { return Ok(false) };
                let applies = space.holds(&limit.applies);
                // Calls that wait for approval count once they are approved.
                let counted = vec![applies, !with.denied, with.opened, with.required, !with.refused];
                if feasible(space, &counted, budget)? {
                    return Ok(true);
                }
                let (Some(says), Some(others)) = (says(refused), others) else { return Ok(false) };
                vec![says, !others, !with.denied, with.opened, with.required]
            }
        };
        feasible(space, &demands, budget)
    }

    /// What opens the tool when the rule is taken away.
    fn opened_without(&mut self, about: &About<'_, '_>, rule: usize, effect: &Effect) -> Truth {
        let Self { space, opened, steps, .. } = self;
        if !opened.iter().any(|(of, _)| *of == Some(rule)) {
            return steps.opened;
        }
        let others = opened.iter().filter(|(of, _)| *of != Some(rule)).map(|(_, truth)| *truth);
        if !matches!(effect, Effect::Allow) || opened.len() > 1 {
            return space.any(others.collect::<Vec<_>>());
        }
        // Without its only `allow` a tool is opened by other rules.
        let case = about.without(rule);
        let opened: Vec<Truth> = case.opened.iter().map(|(_, formula)| self.space.holds(formula)).collect();
        self.space.any(opened)
    }

    /// The rules that make a rule needless: a smallest set for which the proof still holds. `None` when others do not refuse or
    /// say all that it says; a `deny` matters then.
    pub(super) fn explain(
        &mut self,
        about: &About<'_, '_>,
        rule: usize,
        effect: &Effect,
        budget: &mut Budget,
    ) -> Result<Option<(Cause, Vec<usize>)>, Exhausted> {
        let formulas = about.formulas;
        let guard = formulas.guard(rule).clone();
        let opened = self.opened_without(about, rule, effect);
        let itself = self.space.holds(&guard);
        let itself = if matches!(effect, Effect::Require) { !itself } else { itself };
        let mut demands = vec![(Demand::Itself, itself)];
        let mut add = |list: &[(usize, Truth)], negative: bool| {
            let others = list.iter().filter(|(of, _)| *of != rule);
            demands.extend(others.map(|(of, truth)| (Demand::Rule(*of), if negative { !*truth } else { *truth })));
        };
        // Rules of the same kind come first, then those that refuse: the first proof is the plainest.
        match effect {
            Effect::Allow => {
                for (of, truth) in &self.opened {
                    match of {
                        Some(of) => add(&[(*of, *truth)], true),
                        None => add(&[(usize::MAX, *truth)], true),
                    }
                }
                add(&self.denied, true);
            }
            Effect::Approval { .. } => {
                add(&self.held, true);
                add(&self.denied, true);
            }
            _ => add(&self.denied, true),
        }
        add(&self.required, false);
        add(&self.refused, true);
        if !matches!(effect, Effect::Allow) {
            demands.push((Demand::Opened, opened));
        }
        let truths = |demands: &[(Demand, Truth)]| demands.iter().map(|(_, truth)| *truth).collect::<Vec<_>>();
        let Feasible::No(core) = self.space.feasible(&truths(&demands), budget)? else {
            return Ok(None);
        };
        let mut demands: Vec<_> = core.into_iter().filter_map(|index| demands.get(index).copied()).collect();
        // The rule itself and one other are as few as there can be.
        let most = if demands.len() > 2 { demands.len() } else { 0 };
        for at in (0..most).rev() {
            let mut fewer = demands.clone();
            fewer.remove(at);
            if matches!(self.space.feasible(&truths(&fewer), budget)?, Feasible::No(_)) {
                demands = fewer;
            }
        }
        let mut by: Vec<usize> = demands
            .iter()
            .filter_map(|(demand, _)| match demand {
                Demand::Rule(of) if *of != usize::MAX => Some(*of),
                _ => None,
            })
            .collect();
        by.sort_unstable();
        let same = |of: &usize| {
            let other = formulas.parts().rules.get(*of).map(|other| &other.effect);
            other.is_some_and(|other| std::mem::discriminant(other) == std::mem::discriminant(effect))
        };
        let default = demands.iter().any(|(demand, _)| *demand == Demand::Rule(usize::MAX));
        let cause = if demands.iter().any(|(demand, _)| *demand == Demand::Opened) {
            Cause::NotOpened
        } else if default {
            Cause::Default
        } else {
            // What another denial or requirement says is a refusal, too; limits of the same calls refuse them.
            let refuses = matches!(effect, Effect::Deny | Effect::Require | Effect::Limit(_));
            match (by.iter().all(same), by.iter().any(same)) {
                (true, _) if !matches!(effect, Effect::Limit(_)) => Cause::Shadowed,
                (false, true) if !refuses => Cause::Several,
                _ => Cause::Overridden,
            }
        };
        Ok(Some((cause, by)))
    }
}

fn truths<T>(list: &[(T, Truth)]) -> Vec<Truth> {
    list.iter().map(|(_, truth)| *truth).collect()
}

/// For each of a list whether one of the others holds, with a number of gates linear in the length of the list.
fn without_each(space: &mut Space, list: &[(usize, Truth)]) -> Vec<(usize, Truth)> {
    let mut after = vec![space.constant(false)];
    for (_, truth) in list.iter().rev() {
        let last = after.last().copied();
        after.push(space.any(last.into_iter().chain([*truth])));
    }
    let mut before = space.constant(false);
    let mut others = Vec::with_capacity(list.len());
    for ((rule, truth), after) in list.iter().zip(after.iter().rev().skip(1)) {
        others.push((*rule, space.any([before, *after])));
        before = space.any([before, *truth]);
    }
    others
}

fn feasible(space: &mut Space, demands: &[Truth], budget: &mut Budget) -> Result<bool, Exhausted> {
    Ok(space.feasible(demands, budget)? == Feasible::Yes)
}

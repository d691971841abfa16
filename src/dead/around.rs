//! A rule among the others that select the same tool.

use crate::analysis::case::{Case, Formulas};
use crate::ir::{Effect, Selected};
use crate::solver::space::{Feasible, Space, Truth};
use crate::solver::{Budget, Exhausted};

use super::{Cause, Dead, Worth};

/// The rules that select one tool, in a space of their own.
pub(super) struct Around<'f, 'p> {
    formulas: &'f Formulas<'p>,
    rules: &'f [(u32, Selected)],
    case: Case,
    space: Space,
    denied: Vec<(usize, Truth)>,
    opened: Vec<(Option<usize>, Truth)>,
    required: Vec<(usize, Truth)>,
    refused: Vec<(usize, Truth)>,
    held: Vec<(usize, Truth)>,
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

/// What a claim in a proof is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// That the rule at hand says something.
    Itself,
    /// That another rule refuses nothing, or says nothing.
    Rule(usize),
    /// That the tool is opened.
    Opened,
}

impl<'f, 'p> Around<'f, 'p> {
    pub(super) fn new(formulas: &'f Formulas<'p>, rules: &'f [(u32, Selected)]) -> Self {
        let case = formulas.case(rules);
        // What opens a tool when its only `allow` is taken away is among these, too.
        let guards = rules.iter().map(|(index, _)| &**formulas.guard(*index as usize));
        let mut space = Space::new(case.formulas().chain(guards));
        let held = |space: &mut Space, list: &[crate::analysis::case::Held]| -> Vec<(usize, Truth)> {
            list.iter().map(|held| (held.rule, space.holds(&held.formula))).collect()
        };
        let denied = held(&mut space, &case.denied);
        let required = held(&mut space, &case.required);
        let approvals = held(&mut space, &case.held);
        let opened = case.opened.iter().map(|(rule, formula)| (*rule, space.holds(formula))).collect();
        let refused = case.limits.iter().map(|limit| (limit.rule, space.holds(&limit.refuses))).collect();
        Self { formulas, rules, case, space, denied, opened, required, refused, held: approvals }
    }

    /// Whether the rule at a position in the list of rules changes nothing.
    pub(super) fn look(
        &mut self,
        position: usize,
        worth: Option<Worth>,
        budget: &mut Budget,
    ) -> Result<Option<Dead>, Exhausted> {
        let Some((index, _)) = self.rules.get(position) else { return Ok(None) };
        let rule = *index as usize;
        let Some(stands) = self.formulas.parts().rules.get(rule) else { return Ok(None) };
        let dead = |cause, by: Vec<usize>| Some(Dead { rule, cause, by, only_at: None });
        if matches!(stands.effect, Effect::Hide) {
            // Hiding takes the tool out of the list of tools, so only another `hide` makes it needless.
            let first = self.case.hidden.filter(|first| *first != rule);
            return Ok(first.and_then(|first| dead(Cause::Shadowed, vec![first])));
        }
        let nothing = match stands.effect {
            Effect::Require => Worth::Always,
            _ => Worth::Never,
        };
        let opens = self.opened.iter().any(|(opens, _)| *opens == Some(rule));
        if worth == Some(nothing) && !opens {
            return Ok(dead(Cause::Condition, Vec::new()));
        }
        if let Some(hidden) = self.case.hidden {
            return Ok(dead(Cause::Overridden, vec![hidden]));
        }
        if self.matters(rule, &stands.effect, position, budget)? {
            return Ok(None);
        }
        if worth == Some(nothing) {
            return Ok(dead(Cause::Condition, Vec::new()));
        }
        let (cause, by) = self.explain(rule, &stands.effect, budget)?;
        Ok(dead(cause, by))
    }

    fn steps(&mut self) -> Steps {
        let Self { space, denied, opened, required, refused, held, .. } = self;
        Steps {
            denied: space.any(denied.iter().map(|(_, truth)| *truth)),
            opened: space.any(opened.iter().map(|(_, truth)| *truth)),
            required: space.all(required.iter().map(|(_, truth)| *truth)),
            refused: space.any(refused.iter().map(|(_, truth)| *truth)),
            held: space.any(held.iter().map(|(_, truth)| *truth)),
        }
    }

    /// Whether the policy without the rule decides some call otherwise.
    fn matters(
        &mut self,
        rule: usize,
        effect: &Effect,
        position: usize,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        let with = self.steps();
        let opened = self.opened_without(rule, effect, position);
        let says = |list: &[(usize, Truth)]| list.iter().find(|(of, _)| *of == rule).map(|(_, truth)| *truth);
        let others = |space: &mut Space, list: &[(usize, Truth)]| {
            space.any(list.iter().filter(|(of, _)| *of != rule).map(|(_, truth)| *truth))
        };
        let Self { space, denied, required, refused, held, case, .. } = self;
        if opened != with.opened {
            let differs = space.differ(opened, with.opened);
            let mut claims = vec![differs, !with.denied, !with.refused];
            match effect {
                // A requirement that opens a tool refuses what it opens and does not hold for.
                Effect::Require => claims.push(with.required),
                _ => claims.extend([with.required]),
            }
            if feasible(space, &claims, budget)? {
                return Ok(true);
            }
        }
        let claims = match effect {
            Effect::Hide | Effect::Allow => return Ok(false),
            Effect::Deny => {
                let Some(says) = says(denied) else { return Ok(false) };
                let others = others(space, denied);
                vec![says, !others, with.opened, with.required, !with.refused]
            }
            Effect::Require => {
                let Some(says) = says(required) else { return Ok(false) };
                let rest = space.all(required.iter().filter(|(of, _)| *of != rule).map(|(_, truth)| *truth));
                vec![!says, rest, !with.denied, opened, !with.refused]
            }
            Effect::Approval => {
                let Some(says) = says(held) else { return Ok(false) };
                let others = others(space, held);
                vec![says, !others, !with.denied, with.opened, with.required, !with.refused]
            }
            Effect::Limit(_) => {
                let Some(limit) = case.limits.iter().find(|limit| limit.rule == rule) else { return Ok(false) };
                let applies = space.holds(&limit.applies);
                let counted = vec![applies, !with.denied, with.opened, with.required, !with.refused, !with.held];
                if feasible(space, &counted, budget)? {
                    return Ok(true);
                }
                let Some(says) = says(refused) else { return Ok(false) };
                let others = others(space, refused);
                vec![says, !others, !with.denied, with.opened, with.required]
            }
        };
        feasible(space, &claims, budget)
    }

    /// What opens the tool when the rule is taken away.
    fn opened_without(&mut self, rule: usize, effect: &Effect, position: usize) -> Truth {
        let Self { space, opened, .. } = self;
        let among = opened.iter().any(|(of, _)| *of == Some(rule));
        let others = opened.iter().filter(|(of, _)| *of != Some(rule)).map(|(_, truth)| *truth);
        if !matches!(effect, Effect::Allow) || opened.len() > 1 || !among {
            return space.any(others.collect::<Vec<_>>());
        }
        // Without its only `allow` a tool is opened by other rules.
        let rest: Vec<_> = self.rules.iter().enumerate().filter(|(at, _)| *at != position).map(|(_, of)| *of).collect();
        let case = self.formulas.case(&rest);
        let opened: Vec<Truth> = case.opened.iter().map(|(_, formula)| self.space.holds(formula)).collect();
        self.space.any(opened)
    }

    /// The rules that make a rule needless: a smallest set for which the proof still holds.
    fn explain(&mut self, rule: usize, effect: &Effect, budget: &mut Budget) -> Result<(Cause, Vec<usize>), Exhausted> {
        let guard = self.formulas.guard(rule).clone();
        let itself = self.space.holds(&guard);
        let itself = if matches!(effect, Effect::Require) { !itself } else { itself };
        let with = self.steps();
        let mut claims = vec![(Claim::Itself, itself)];
        let mut add = |list: &[(usize, Truth)], negative: bool| {
            let others = list.iter().filter(|(of, _)| *of != rule);
            claims.extend(others.map(|(of, truth)| (Claim::Rule(*of), if negative { !*truth } else { *truth })));
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
            Effect::Approval => {
                add(&self.held, true);
                add(&self.denied, true);
            }
            _ => add(&self.denied, true),
        }
        add(&self.required, false);
        add(&self.refused, true);
        if !matches!(effect, Effect::Allow) {
            claims.push((Claim::Opened, with.opened));
        }
        let truths = |claims: &[(Claim, Truth)]| claims.iter().map(|(_, truth)| *truth).collect::<Vec<_>>();
        let Feasible::No(core) = self.space.feasible(&truths(&claims), budget)? else {
            // What the rule says is said by the default, or by rules that open the tool in another way.
            return Ok((Cause::Default, Vec::new()));
        };
        let mut claims: Vec<_> = core.into_iter().filter_map(|index| claims.get(index).copied()).collect();
        for at in (0..claims.len()).rev() {
            let mut fewer = claims.clone();
            fewer.remove(at);
            if matches!(self.space.feasible(&truths(&fewer), budget)?, Feasible::No(_)) {
                claims = fewer;
            }
        }
        let mut by: Vec<usize> = claims
            .iter()
            .filter_map(|(claim, _)| match claim {
                Claim::Rule(of) if *of != usize::MAX => Some(*of),
                _ => None,
            })
            .collect();
        by.sort_unstable();
        let same = |of: &usize| {
            let other = self.formulas.parts().rules.get(*of).map(|other| &other.effect);
            other.is_some_and(|other| std::mem::discriminant(other) == std::mem::discriminant(effect))
        };
        let default = claims.iter().any(|(claim, _)| *claim == Claim::Rule(usize::MAX));
        let cause = if claims.iter().any(|(claim, _)| *claim == Claim::Opened) {
            Cause::NotOpened
        } else if default {
            Cause::Default
        } else if by.iter().all(same) {
            Cause::Shadowed
        } else {
            Cause::Overridden
        };
        Ok((cause, by))
    }
}

fn feasible(space: &mut Space, claims: &[Truth], budget: &mut Budget) -> Result<bool, Exhausted> {
    Ok(space.feasible(claims, budget)? == Feasible::Yes)
}

//! The rules of one tool, and questions about one of them among the others.

use crate::analysis::case::{Case, Formulas, Limited};

use crate::decimal::Decimal;
use crate::eval::Verdict;
use crate::ir::{Effect, Selecting};
use crate::predicate::{Comparison, Scalar, ScalarValue, Test};
use crate::probe::Wanted;
use crate::solver::{Budget, Exhausted};

use super::condition::Judged;
use super::proof::RuleSpace;
use super::trial::Trial;
use super::{Cause, Dead, Worth};

/// Of how many rules a call that passes is looked for at first sight; with more it is rarely found, and takes long.
const MOST_LOOKED_AT: usize = 32;

/// The rules that select one tool.
pub(super) struct OfTool<'f, 'p> {
    about: About<'f, 'p>,
    /// Made when trying out calls is not enough.
    asked: Option<Box<RuleSpace>>,
}

/// The rules that select one tool, and what they come to.
pub(super) struct About<'f, 'p> {
    pub(super) formulas: &'f Formulas<'p>,
    rules: &'f [Selecting],
    pub(super) case: Case,
}

impl About<'_, '_> {
    /// What the other rules come to.
    pub(super) fn without(&self, rule: usize) -> Case {
        let others: Vec<_> = self.rules.iter().copied().filter(|selecting| selecting.rule as usize != rule).collect();
        self.formulas.case(&others)
    }
}

impl<'f, 'p> OfTool<'f, 'p> {
    pub(super) fn new(formulas: &'f Formulas<'p>, rules: &'f [Selecting]) -> Self {
        Self { about: About { formulas, rules, case: formulas.case(rules) }, asked: None }
    }

    /// Whether a rule changes nothing.
    pub(super) fn look(
        &mut self,
        rule: usize,
        judged: Option<&Judged>,
        budget: &mut Budget,
    ) -> Result<Option<Dead>, Exhausted> {
        let Some(stands) = self.about.formulas.parts().rules.get(rule) else { return Ok(None) };
        let dead = |cause, by: Vec<usize>| Some(Dead { rule, cause, by, only_at: None });
        let hidden = self.about.case.hidden;
        if matches!(stands.effect, Effect::Hide) {
            // Hiding takes the tool out of the list of tools, so only another `hide` makes it needless.
            let first = hidden.filter(|first| *first != rule);
            return Ok(first.and_then(|first| dead(Cause::Shadowed, vec![first])));
        }
        let silent = match stands.effect {
            Effect::Require => Worth::Always,
            _ => Worth::Never,
        };
        let says_nothing = judged.and_then(|judged| judged.worth) == Some(silent);
        let opens = self.about.case.opened.iter().any(|(opens, _)| *opens == Some(rule));
        if says_nothing && !opens {
            return Ok(dead(Cause::Condition, Vec::new()));
        }
        if let Some(hidden) = hidden {
            return Ok(dead(Cause::Overridden, vec![hidden]));
        }
        if self.matters_at_a_call(rule, &stands.effect, judged) {
            return Ok(None);
        }
        let Self { about, asked } = self;
        let asked = asked.get_or_insert_with(|| Box::new(RuleSpace::new(about.formulas, about.rules, &about.case)));
        // Of a denial the proof says at once whether it matters.
        let proof_is_enough = matches!(stands.effect, Effect::Deny);
        if !proof_is_enough && asked.matters(about, rule, &stands.effect, budget)? {
            return Ok(None);
        }
        if says_nothing {
            return Ok(dead(Cause::Condition, Vec::new()));
        }
        match asked.explain(about, rule, &stands.effect, budget)? {
            Some((cause, by)) => Ok(dead(cause, by)),
            None if proof_is_enough => Ok(None),
            None => {
                // The tool is opened without the rule, too.
                let case = about.without(rule);
                let by: Option<Vec<usize>> = case.opened.iter().map(|(of, _)| *of).collect();
                // A condition is not what the default says: rules that refuse say it, too.
                let is_free = stands.guard.is_none() || judged.and_then(|judged| judged.worth) == Some(Worth::Always);
                let by_default = if is_free { Cause::Default } else { Cause::Several };
                Ok(by.map_or_else(|| dead(by_default, Vec::new()), |by| dead(Cause::Opened, by)))
            }
        }
    }

    /// Whether the rule matters at one of a few calls that are known or easily found. Mostly it does, and then nothing
    /// has to be proved.
    fn matters_at_a_call(&self, rule: usize, effect: &Effect, judged: Option<&Judged>) -> bool {
        let at_hand = judged.and_then(|judged| judged.about.as_ref()).and_then(Trial::new);
        if at_hand.is_some_and(|trial| self.matters_at(&trial, rule, effect)) {
            return true;
        }
        if self.about.rules.len() > MOST_LOOKED_AT {
            return false;
        }
        let found = [true, false].into_iter().filter_map(|says| self.passing(rule, says));
        found.into_iter().any(|trial| self.matters_at(&trial, rule, effect))
    }

    /// A call that may be let through by all other rules, and about which the rule says something, or nothing.
    fn passing(&self, rule: usize, says: bool) -> Option<Trial> {
        let About { formulas, case, .. } = &self.about;
        let zero = Scalar { value: ScalarValue::Number(Decimal::ZERO), text: "0".to_owned() };
        let counted = Test::Compare(Comparison::GreaterEqual, zero);
        let mut wanted = Wanted::default();
        let rules = &formulas.parts().rules;
        let guard = |rule: usize| rules.get(rule)?.guard.as_ref().map(|guard| &guard.condition);
        let mut want = |of: usize, holds: bool| {
            let holds = if of == rule { says } else { holds };
            if let Some(condition) = guard(of) {
                wanted.condition(condition, holds);
            }
        };
        case.denied.iter().for_each(|held| want(held.rule, false));
        case.required.iter().for_each(|held| want(held.rule, true));
        let opens = case.opened.iter().filter_map(|(of, _)| *of);
        // Of what opens the tool one is enough: the rule itself, if it does.
        let is_opener = opens.clone().any(|of| of == rule);
        for (place, of) in opens.enumerate() {
            let is_required = rules.get(of).is_some_and(|of| matches!(of.effect, Effect::Require));
            if !is_required {
                want(of, !is_opener && place == 0);
            }
        }
        case.held.iter().for_each(|held| want(held.rule, false));
        for limit in case.limits.iter().filter(|limit| limit.rule == rule) {
            want(limit.rule, true);
        }
        for path in case.limits.iter().filter_map(|limit| limit.limit.sum_of.as_ref()) {
            wanted.value(path, &counted, true);
        }
        Trial::wanted(&wanted)
    }

    fn matters_at(&self, trial: &Trial, rule: usize, effect: &Effect) -> bool {
        let About { formulas, case, .. } = &self.about;
        let with = trial.verdict(formulas, case, None);
        let applies = |limit: &Limited| limit.rule == rule && trial.holds(formulas, rule);
        if matches!(effect, Effect::Limit(_)) && with == Verdict::Allow && case.limits.iter().any(applies) {
            return true;
        }
        let only_allow = matches!(effect, Effect::Allow) && case.opened.len() == 1;
        let without = if only_allow {
            trial.verdict(formulas, &self.about.without(rule), None)
        } else {
            trial.verdict(formulas, case, Some(rule))
        };
        without != with
    }
}

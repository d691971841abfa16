//! A rule among the others that select the same tool.

use crate::analysis::case::{Case, Formulas};
use crate::ir::{Effect, Selected};
use crate::solver::{Budget, Exhausted};

use super::asked::Asked;
use super::condition::Judged;
use super::tried::Trial;
use super::{Cause, Dead, Worth};

/// The rules that select one tool.
pub(super) struct Around<'f, 'p> {
    about: About<'f, 'p>,
    /// Made when trying out calls is not enough.
    asked: Option<Box<Asked>>,
}

/// The rules that select one tool, and what they come to.
pub(super) struct About<'f, 'p> {
    pub(super) formulas: &'f Formulas<'p>,
    rules: &'f [(u32, Selected)],
    pub(super) case: Case,
}

impl About<'_, '_> {
    /// What the other rules come to.
    pub(super) fn without(&self, rule: usize) -> Case {
        let others: Vec<_> = self.rules.iter().copied().filter(|(index, _)| *index as usize != rule).collect();
        self.formulas.case(&others)
    }
}

impl<'f, 'p> Around<'f, 'p> {
    pub(super) fn new(formulas: &'f Formulas<'p>, rules: &'f [(u32, Selected)]) -> Self {
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
        if self.matters_at(rule, &stands.effect, judged) {
            return Ok(None);
        }
        let Self { about, asked } = self;
        let asked = asked.get_or_insert_with(|| Box::new(Asked::new(about.formulas, about.rules, &about.case)));
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
                Ok(by.map_or_else(|| dead(Cause::Default, Vec::new()), |by| dead(Cause::Opened, by)))
            }
        }
    }

    /// Whether the rule matters at the call that is at hand.
    fn matters_at(&self, rule: usize, effect: &Effect, judged: Option<&Judged>) -> bool {
        let About { formulas, case, .. } = &self.about;
        let Some(trial) = judged.and_then(|judged| judged.about.as_ref()).and_then(Trial::new) else { return false };
        let Some(with) = trial.verdict(formulas, case, None) else { return false };
        let counted = matches!(effect, Effect::Limit(_)) && with == crate::eval::Verdict::Allow;
        let only_allow = matches!(effect, Effect::Allow) && case.opened.len() == 1;
        let without = if only_allow {
            trial.verdict(formulas, &self.about.without(rule), None)
        } else {
            trial.verdict(formulas, case, Some(rule))
        };
        counted || without.is_some_and(|without| without != with)
    }
}

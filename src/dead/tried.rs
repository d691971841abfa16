//! Whether a rule matters at one call. Mostly it does, and no proof is needed to know it.

use crate::analysis::case::{Case, Formulas};
use crate::decimal::Decimal;
use crate::eval::{Call, Verdict, holds};
use crate::ir::Effect;
use crate::json::Json;
use crate::solver::space::Example;

/// A call on which rules are tried out.
pub(super) struct Trial {
    arguments: Json,
    caller: Option<Json>,
}

impl Trial {
    pub(super) fn new(example: &Example) -> Option<Self> {
        let caller = match &example.caller {
            Some(caller) => Some(Json::parse(caller).ok()?),
            None => None,
        };
        Some(Self { arguments: Json::parse(&example.arguments).ok()?, caller })
    }

    fn call(&self) -> Call<'_> {
        Call {
            server: None,
            name: "",
            arguments: self.arguments.root(),
            caller: self.caller.as_ref().map(Json::root),
            grant: None,
            at: 0,
        }
    }

    /// Whether a rule says something about the call: its condition holds.
    fn holds(&self, formulas: &Formulas<'_>, rule: usize) -> bool {
        let guard = formulas.parts().rules.get(rule).and_then(|rule| rule.guard.as_ref());
        guard.is_none_or(|guard| holds(&guard.condition, &self.call()))
    }

    /// What becomes of the call, perhaps without a rule; `None` where a limit decides.
    pub(super) fn verdict(&self, formulas: &Formulas<'_>, case: &Case, without: Option<usize>) -> Option<Verdict> {
        let says = |rule: usize| Some(rule) != without && self.holds(formulas, rule);
        if case.hidden.is_some() || case.denied.iter().any(|held| says(held.rule)) {
            return Some(Verdict::Deny);
        }
        let opens = |rule: &Option<usize>| match rule {
            // A requirement opens whether it holds or not.
            Some(rule) if self.is_requirement(formulas, *rule) => Some(*rule) != without,
            Some(rule) => says(*rule),
            None => true,
        };
        if !case.opened.iter().any(|(rule, _)| opens(rule)) {
            return Some(Verdict::Deny);
        }
        if case.required.iter().any(|held| Some(held.rule) != without && !self.holds(formulas, held.rule)) {
            return Some(Verdict::Deny);
        }
        let first = |limit: &crate::ir::Limit| limit.sum_of.is_some() || limit.max < Decimal::ONE;
        if case.limits.iter().any(|limit| first(&limit.limit) && says(limit.rule)) {
            return None;
        }
        let held = case.held.iter().any(|held| says(held.rule));
        Some(if held { Verdict::Approval } else { Verdict::Allow })
    }

    fn is_requirement(&self, formulas: &Formulas<'_>, rule: usize) -> bool {
        formulas.parts().rules.get(rule).is_some_and(|rule| matches!(rule.effect, Effect::Require))
    }
}

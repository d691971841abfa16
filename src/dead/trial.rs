//! Tries whether a rule matters for one call. Mostly it does, and no proof is needed.

use crate::analysis::case::{Case, Formulas};

use crate::decimal::Decimal;
use crate::eval::{self, Call, Verdict, holds};
use crate::ir::{Effect, Limit};
use crate::json::{Json, Value};
use crate::probe::Wanted;
use crate::solver::space::Example;

/// A call on which rules are tried out.
pub(super) struct Trial {
    arguments: Json,
    caller: Option<Json>,
}

impl Trial {
    pub(super) fn new(example: &Example) -> Option<Self> {
        Self::of(&example.arguments, example.caller.as_deref())
    }

    /// The call that comes near to what is wanted, if one is found at first sight.
    pub(super) fn wanted(wanted: &Wanted<'_>) -> Option<Self> {
        let probe = wanted.call()?;
        Self::of(&probe.arguments, probe.caller.as_deref())
    }

    fn of(arguments: &str, caller: Option<&str>) -> Option<Self> {
        let caller = match caller {
            Some(caller) => Some(Json::parse(caller).ok()?),
            None => None,
        };
        Some(Self { arguments: Json::parse(arguments).ok()?, caller })
    }

    /// The call as an example.
    pub(super) fn example(&self) -> Example {
        Example {
            arguments: self.arguments.text().to_owned(),
            caller: self.caller.as_ref().map(|caller| caller.text().to_owned()),
        }
    }

    pub(super) fn call(&self) -> Call<'_> {
        Call {
            server: None,
            name: "",
            arguments: self.arguments.root(),
            caller: self.caller.as_ref().map(Json::root),
            grant: None,
            at: 0,
            approved: false,
        }
    }

    /// Whether a rule says something about the call: its condition holds.
    pub(super) fn holds(&self, formulas: &Formulas<'_>, rule: usize) -> bool {
        let guard = formulas.parts().rules.get(rule).and_then(|rule| rule.guard.as_ref());
        guard.is_none_or(|guard| holds(&guard.condition, &self.call()))
    }

    /// What becomes of the call, perhaps without a rule.
    pub(super) fn verdict(&self, formulas: &Formulas<'_>, case: &Case, without: Option<usize>) -> Verdict {
        let says = |rule: usize| Some(rule) != without && self.holds(formulas, rule);
        if case.hidden.is_some() || case.denied.iter().any(|held| says(held.rule)) {
            return Verdict::Deny;
        }
        let opens = |rule: &Option<usize>| match rule {
            // A requirement opens whether it holds or not.
            Some(rule) if self.is_requirement(formulas, *rule) => Some(*rule) != without,
            Some(rule) => says(*rule),
            None => true,
        };
        if !case.opened.iter().any(|(rule, _)| opens(rule)) {
            return Verdict::Deny;
        }
        if case.required.iter().any(|held| Some(held.rule) != without && !self.holds(formulas, held.rule)) {
            return Verdict::Deny;
        }
        if case.limits.iter().any(|limit| self.is_refused_by(&limit.limit) && says(limit.rule)) {
            return Verdict::Deny;
        }
        if case.held.iter().any(|held| says(held.rule)) { Verdict::Approval } else { Verdict::Allow }
    }

    /// Whether a limit that applies refuses the call although nothing was counted.
    fn is_refused_by(&self, limit: &Limit) -> bool {
        let Some(path) = &limit.sum_of else { return limit.max < Decimal::ONE };
        let amount = eval::value(path, &self.call()).and_then(Value::as_number);
        amount.is_none_or(|amount| amount < Decimal::ZERO || limit.max < amount)
    }

    fn is_requirement(&self, formulas: &Formulas<'_>, rule: usize) -> bool {
        formulas.parts().rules.get(rule).is_some_and(|rule| matches!(rule.effect, Effect::Require))
    }
}

//! What is left of the limits that apply to calls, for those who ask what would pass.

use super::counters::{MAX_DIGITS, length, window};
use super::rule_index::CalledTool;
use super::{Applied, Call, Evaluator, applies};
use crate::decimal::Decimal;
use crate::ir::{DecisionStep, Limit, Rule, Subject};

impl<'p> Evaluator<'p> {
    /// The tools that a call may mean; none if it names a server that the policy does not know.
    pub(crate) fn subjects(&self, call: &Call<'_>) -> Vec<Subject> {
        self.lookup.targets(call).into_iter().flatten().map(CalledTool::subject).collect()
    }

    /// The `require approval` rules that apply to a call, in the order of the source.
    pub(crate) fn approvals(&self, call: &Call<'_>) -> Vec<&'p Rule> {
        let targets = self.lookup.targets(call).into_iter().flatten();
        let rules = targets.flat_map(|target| self.lookup.rules(target, DecisionStep::Approve));
        rules.map(|(_, rule, _)| rule).filter(|rule| applies(rule, call)).collect()
    }

    /// What a limit, the rule with this index, has left for calls of a tool at the time of a call, as far as counts
    /// are shared with it: zero in a window that is no longer remembered.
    pub(crate) fn left(&self, index: usize, limit: &Limit, subject: Subject, call: &Call<'_>) -> Decimal {
        let target = CalledTool { server: subject.server, tool: subject.tool, name: call.name };
        self.left_of(Applied { index, limit, target }, call)
    }

    pub(super) fn left_of(&self, applied: Applied<'_>, call: &Call<'_>) -> Decimal {
        let max = &applied.limit.max;
        let left = match self.counters.used(applied, call) {
            Some(used) if used.is_zero() => Some(max.clone()),
            Some(used) => max.checked_add(&used.negated(), MAX_DIGITS),
            None => None,
        };
        left.filter(|left| !left.is_negative()).unwrap_or(Decimal::ZERO)
    }
}

/// When the window of a limit ends that a call falls into, in seconds since 1970-01-01T00:00:00Z.
pub(crate) fn window_end(limit: &Limit, call: &Call<'_>) -> i64 {
    window(limit, call).saturating_add(1).saturating_mul(length(limit))
}

//! Trying sequences of calls with the evaluator.

use super::{Burst, Subject};
use crate::eval::{Evaluator, Verdict};
use crate::ir::Policy;
use crate::json::Json;

/// How many calls are decided for one sequence, and for all.
const MOST_CALLS: u64 = 200_000;
const MOST_CALLS_IN_ALL: u64 = 3_000_000;

/// What is left of the calls that may be tried.
pub(super) struct Trials {
    left: u64,
}

impl Trials {
    pub(super) const fn new() -> Self {
        Self { left: MOST_CALLS_IN_ALL }
    }

    /// Whether the evaluator allows all calls of a sequence and, at each of the moments, then refuses each of the
    /// calls `more`. `None` when that is too much to try.
    pub(super) fn confirm(
        &mut self,
        policy: &Policy,
        subject: Subject,
        bursts: &[Burst],
        moments: &[u64],
        more: &[(&str, Option<&str>)],
    ) -> Option<bool> {
        let calls = bursts.iter().try_fold(0_u64, |sum, burst| sum.checked_add(burst.calls))?;
        let work = u64::try_from(moments.len().checked_mul(more.len())?).ok()?.checked_add(calls)?;
        if work > MOST_CALLS {
            return None;
        }
        self.left = self.left.checked_sub(work)?;
        let mut evaluator = Evaluator::new(policy);
        let mut allows = |arguments: &str, caller: Option<&str>, at: i64, count: bool, times: u64| {
            let Ok(arguments) = Json::parse(arguments) else { return false };
            let Ok(caller) = caller.map(Json::parse).transpose() else { return false };
            let call = subject.call(policy, arguments.root(), caller.as_ref().map(Json::root), at);
            match count {
                true => (0..times).all(|_| evaluator.call(&call).verdict == Verdict::Allow),
                false => evaluator.decide(&call).verdict == Verdict::Allow,
            }
        };
        let all =
            bursts.iter().all(|burst| allows(&burst.arguments, burst.caller.as_deref(), burst.at, true, burst.calls));
        let full = |at: &u64| {
            i64::try_from(*at).is_ok_and(|at| !more.iter().any(|(text, caller)| allows(text, *caller, at, false, 1)))
        };
        Some(all && moments.iter().all(full))
    }
}

//! Tries sequences of calls with the decider.

use super::{Burst, Model};
use crate::eval::Verdict;
use crate::ir::Subject;
use crate::json::Json;

/// The most calls that are decided for one sequence, and for all.
const MOST_CALLS: u64 = 200_000;
const MOST_CALLS_IN_ALL: u64 = 10_000_000;

/// What is left of the calls that may be tried.
pub(super) struct Trials {
    left: u64,
}

impl Trials {
    pub(super) const fn new() -> Self {
        Self { left: MOST_CALLS_IN_ALL }
    }

    /// Whether the decider allows all calls of a sequence and then, at each of the moments, refuses
    /// each of the calls `more`. `None` if that is too much to try.
    pub(super) fn confirm(
        &mut self,
        model: &Model<'_>,
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
        let mut run = model.decider().run();
        let name = model.name_in_call(subject);
        for burst in bursts {
            let Some((arguments, caller)) = parsed(&burst.arguments, burst.caller.as_deref()) else {
                return Some(false);
            };
            let call = model.call(subject, &name, arguments.root(), caller.as_ref().map(Json::root), burst.at);
            if !(0..burst.calls).all(|_| run.call(&call).verdict == Verdict::Allow) {
                return Some(false);
            }
        }
        for (arguments, caller) in more {
            let Some((arguments, caller)) = parsed(arguments, *caller) else { return Some(false) };
            let allows = |at: &u64| {
                let Ok(at) = i64::try_from(*at) else { return false };
                let call = model.call(subject, &name, arguments.root(), caller.as_ref().map(Json::root), at);
                run.decide(&call).verdict == Verdict::Allow
            };
            if moments.iter().any(allows) {
                return Some(false);
            }
        }
        Some(true)
    }
}

fn parsed(arguments: &str, caller: Option<&str>) -> Option<(Json, Option<Json>)> {
    Some((Json::parse(arguments).ok()?, caller.map(Json::parse).transpose().ok()?))
}

//! Bounds for tools of gateways whose windows do not begin by the clock, or that count by buckets: what each limit alone lets pass in
//! a stretch of time. They are proved, but calls that reach them are not sought.

use std::collections::BTreeSet;

use super::{Bound, Model, Stretch, ToolBounds};
use crate::analysis::case::Limited;
use crate::analysis::limits::{WindowModel, most_within};
use crate::decimal::Decimal;
use crate::ir::{Scope, Subject};
use crate::solver::formula::Formula;

/// The bounds of a tool, for the lengths of its limits and those that are asked about. `None` unless all of its limits count all of
/// its calls, as calls.
#[must_use]
pub fn coarse(model: &Model<'_>, subject: Subject, asked: &[u64]) -> Option<ToolBounds> {
    let case = model.case(subject);
    let counts_all = |limited: &Limited| {
        *limited.applies == Formula::TRUE && limited.limit.sum_of.is_none() && !limited.whole && !limited.is_apart
    };
    if case.limits.is_empty()
        || !case.limits.iter().all(counts_all)
        || !case.quotas.is_empty()
        || !case.unread.is_empty()
    {
        return None;
    }
    let least = |windows: WindowModel, length: u64, counts: &dyn Fn(&Scope) -> bool| {
        let limits = case.limits.iter().filter(|limited| counts(&limited.limit.scope));
        let bounds = limits.filter_map(|limited| Some((most_within(limited, windows, length)?, limited.rule)));
        bounds.min()
    };
    let bound = |windows, length| {
        let (most, by) = least(windows, length, &|_| true).unzip();
        Bound { exact: most.is_none(), most, by: by.into_iter().collect(), sequence: None }
    };
    let windows = case.limits.iter().map(|limited| limited.limit.window);
    let lengths: BTreeSet<u64> = windows.chain(asked.iter().copied()).collect();
    let calls = lengths.into_iter().map(|seconds| Stretch {
        seconds,
        by_the_clock: bound(WindowModel::Aligned, seconds),
        any: bound(WindowModel::Sliding, seconds),
    });
    let wide = |counts: &dyn Fn(&Scope) -> bool| -> Vec<Option<Decimal>> {
        let most = asked.iter().map(|length| least(WindowModel::Sliding, *length, counts));
        most.map(|found| found.map(|(most, _)| most)).collect()
    };
    Some(ToolBounds {
        subject,
        kinds: 1,
        calls: calls.collect(),
        sums: Vec::new(),
        any_caller: wide(&|scope| !matches!(scope, Scope::Caller(_))),
        all_grants: wide(&|scope| *scope == Scope::Server),
    })
}

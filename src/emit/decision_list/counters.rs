//! The counters and buckets that passing calls fill or drain.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::{Bucket, ListDecider, SlidingWindow};
use crate::analysis::case::Limited;
use crate::analysis::limits::WindowModel;
use crate::decider::{Decider, Ruling, Run};
use crate::decimal::Decimal;
use crate::eval::{Call, Verdict};
use crate::ir::Limit;
use crate::solver::formula::Formula;

/// A limit that a gateway counts by itself, in its own way.
#[derive(Debug, Clone)]
pub(crate) enum Counter {
    /// Calls take from a bucket. Of several buckets a call takes from all or none.
    Bucket(Bucket),
    /// Calls are counted in a window. They are counted in all windows before one that refuses them.
    Sliding(SlidingWindow),
}

impl Counter {
    /// The tools whose calls it limits.
    pub(super) fn tools(&self) -> &[String] {
        match self {
            Self::Bucket(bucket) => std::slice::from_ref(&bucket.tool),
            Self::Sliding(window) => &window.tools,
        }
    }

    /// What it bounds.
    pub(super) fn limit(&self) -> &Arc<Limit> {
        match self {
            Self::Bucket(bucket) => &bucket.limit,
            Self::Sliding(window) => &window.limit,
        }
    }

    /// How logs name it.
    pub(super) fn name(&self) -> String {
        format!("limit {}", self.tools().join(", "))
    }

    /// The limit as a rule of a case.
    pub(super) fn limited(&self, rule: usize) -> Limited {
        Limited {
            rule,
            limit: self.limit().clone(),
            applies: Arc::new(Formula::TRUE),
            refuses: Arc::new(Formula::FALSE),
            whole: false,
            windows: match self {
                Self::Bucket(_) => WindowModel::Bucket,
                Self::Sliding(_) => WindowModel::Sliding,
            },
            refill: match self {
                Self::Bucket(bucket) => Some(Decimal::from(bucket.refill)),
                Self::Sliding(_) => None,
            },
            is_apart: false,
            is_wider: false,
        }
    }
}

/// A sequence of calls under the limits of a document.
pub(super) struct Taking<'d> {
    decider: &'d ListDecider,
    counts: Counts,
}

/// What calls have taken and where they were counted.
#[derive(Default)]
struct Counts {
    /// What is left in a bucket, by its rule, and the interval in which it was.
    left: BTreeMap<usize, (u64, i64)>,
    /// When calls were counted in a window, by its rule and who made them, the first call first.
    counted: BTreeMap<(usize, String), VecDeque<i64>>,
}

/// What a call changes.
enum Change {
    /// What is left in the bucket of a rule, and the interval.
    Left(usize, (u64, i64)),
    /// It is counted in the window of a rule, for whoever made it.
    Counted(usize, String),
}

impl<'d> Taking<'d> {
    /// Nothing has been taken or counted.
    pub(super) fn new(decider: &'d ListDecider) -> Self {
        Self { decider, counts: Counts::default() }
    }
}

impl Counts {
    /// The ruling about a call, and what the call changes.
    fn attempt<'a>(&self, decider: &'a ListDecider, call: &Call<'a>) -> (Ruling<'a>, Vec<Change>) {
        let ruling = decider.decide(call);
        if ruling.verdict != Verdict::Allow {
            return (ruling, Vec::new());
        }
        let mut changes = Vec::new();
        for (rule, counter) in decider.counters_of(call.name) {
            let (has_room, change, reason) = match counter {
                Counter::Bucket(bucket) => {
                    let (left, now) = bucket.at(self.left.get(&rule).copied(), call.at);
                    (left > 0, Change::Left(rule, (left.saturating_sub(1), now)), "The bucket is empty.")
                }
                Counter::Sliding(window) => {
                    let group = window.group(call.grant);
                    let count = self
                        .counted
                        .get(&(rule, group.clone()))
                        .map_or(0, |times| times.len() - times.partition_point(|time| !window.counts(*time, call.at)));
                    let has_room = u64::try_from(count).is_ok_and(|count| count < window.most);
                    (has_room, Change::Counted(rule, group), "The limit is reached.")
                }
            };
            if !has_room {
                changes.retain(|change| matches!(change, Change::Counted(..)));
                return (Ruling::deny(Some(rule), decider.rule_name(rule), reason).limit(), changes);
            }
            changes.push(change);
        }
        (Ruling::ALLOW, changes)
    }

    fn apply(&mut self, decider: &ListDecider, change: Change, at: i64) {
        match change {
            Change::Left(rule, left) => drop(self.left.insert(rule, left)),
            Change::Counted(rule, group) => {
                let times = self.counted.entry((rule, group)).or_default();
                if let Some(Counter::Sliding(window)) = decider.counter(rule) {
                    while times.front().is_some_and(|time| !window.counts(*time, at)) {
                        times.pop_front();
                    }
                }
                times.push_back(at);
            }
        }
    }
}

impl Run for Taking<'_> {
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a> {
        let (ruling, changes) = self.counts.attempt(self.decider, call);
        changes.into_iter().for_each(|change| self.counts.apply(self.decider, change, call.at));
        ruling
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        self.counts.attempt(self.decider, call).0
    }
}

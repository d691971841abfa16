//! Limits of gateways that let calls take from a bucket of tokens.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ListDecider;
use crate::analysis::case::Limited;
use crate::analysis::limits::WindowModel;
use crate::decider::{Decider, Ruling, Run};
use crate::decimal::Decimal;
use crate::eval::{Call, Verdict};
use crate::ir::{Limit, Scope};
use crate::solver::formula::Formula;

/// A bucket for the calls of one tool, which all callers share. It is full at first.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    /// The tool.
    pub(crate) tool: String,
    /// How many calls a full one lets pass.
    pub(crate) capacity: u64,
    /// How many more calls each interval lets pass.
    pub(crate) refill: u64,
    /// The interval in seconds.
    pub(crate) interval: u64,
    limit: Arc<Limit>,
}

impl Bucket {
    /// A bucket. Capacity and interval are at least 1.
    pub(crate) fn new(tool: String, capacity: u64, refill: u64, interval: u64) -> Self {
        let limit = Limit {
            max: Decimal::from(capacity.saturating_add(refill)),
            window: interval,
            scope: Scope::Server,
            sum_of: None,
            total: false,
            counter: None,
            spans: None,
        };
        Self { tool, capacity, refill, interval, limit: Arc::new(limit) }
    }

    /// What it bounds: in a time as long as the interval at most what is in it and what is added once.
    pub(crate) fn limit(&self) -> &Limit {
        &self.limit
    }

    /// The limit as a rule of a case.
    pub(super) fn limited(&self, rule: usize) -> Limited {
        Limited {
            rule,
            limit: self.limit.clone(),
            applies: Arc::new(Formula::TRUE),
            refuses: Arc::new(Formula::FALSE),
            whole: false,
            windows: WindowModel::Bucket,
            refill: Some(Decimal::from(self.refill)),
            is_apart: false,
            is_wider: false,
        }
    }
}

/// A sequence of calls that take from buckets, each refilled at multiples of its interval since 1970.
pub(super) struct Taking<'d> {
    decider: &'d ListDecider,
    /// What is left in a bucket, by its rule, and the interval in which it was.
    left: BTreeMap<usize, (u64, i64)>,
}

impl<'d> Taking<'d> {
    /// All buckets are full.
    pub(super) fn new(decider: &'d ListDecider) -> Self {
        Self { decider, left: BTreeMap::new() }
    }

    /// What is left in a bucket at a time, and the interval.
    fn left(&self, rule: usize, bucket: &Bucket, at: i64) -> (u64, i64) {
        let now = at.div_euclid(i64::try_from(bucket.interval).unwrap_or(i64::MAX).max(1));
        let Some((left, then)) = self.left.get(&rule) else { return (bucket.capacity, now) };
        let intervals = u64::try_from(now.saturating_sub(*then)).unwrap_or(0);
        let refilled = left.saturating_add(intervals.saturating_mul(bucket.refill));
        (refilled.min(bucket.capacity), now.max(*then))
    }

    /// The buckets that a call takes from, with what is left in each; or the ruling about it.
    fn buckets<'a>(&'a self, call: &Call<'a>) -> Result<Vec<(usize, u64, i64)>, Ruling<'a>> {
        let ruling = self.decider.decide(call);
        if ruling.verdict != Verdict::Allow {
            return Err(ruling);
        }
        let mut taken = Vec::new();
        for (rule, bucket) in self.decider.buckets_of(call.name) {
            let (left, now) = self.left(rule, bucket, call.at);
            let Some(rest) = left.checked_sub(1) else {
                return Err(Ruling::deny(Some(rule), self.decider.rule_name(rule), "The bucket is empty.").limit());
            };
            taken.push((rule, rest, now));
        }
        Ok(taken)
    }
}

impl Run for Taking<'_> {
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a> {
        let taken = match self.buckets(call) {
            Ok(taken) => taken,
            Err(_) => return self.decide(call),
        };
        self.left.extend(taken.into_iter().map(|(rule, rest, now)| (rule, (rest, now))));
        Ruling::ALLOW
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        self.buckets(call).map_or_else(|ruling| ruling, |_| Ruling::ALLOW)
    }
}

//! Limits of gateways that let calls take from a bucket of tokens.

use std::sync::Arc;

use crate::decimal::Decimal;
use crate::ir::{Limit, Scope};

/// A bucket for the calls of one tool, which all callers share. It is full at first, and refilled at multiples of its
/// interval since 1970.
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
    /// What it bounds: in a time as long as the interval at most what is in it and what is added once.
    pub(super) limit: Arc<Limit>,
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

    /// What is in it at a time, and the interval. `before` is what was in it and the interval then; nothing for one that no
    /// call has taken from.
    pub(super) fn at(&self, before: Option<(u64, i64)>, at: i64) -> (u64, i64) {
        let now = at.div_euclid(i64::try_from(self.interval).unwrap_or(i64::MAX).max(1));
        let Some((left, then)) = before else { return (self.capacity, now) };
        let intervals = u64::try_from(now.saturating_sub(then)).unwrap_or(0);
        let refilled = left.saturating_add(intervals.saturating_mul(self.refill));
        (refilled.min(self.capacity), now.max(then))
    }
}

//! Limits of gateways that count the calls of some tools in a window which reaches back from each call.

use std::sync::Arc;

use crate::decimal::Decimal;
use crate::ir::{Limit, Scope};

/// A window of whole seconds: a call of one of its tools passes if fewer than the most did in the seconds before it and its
/// own. Calls that it refuses are not counted.
#[derive(Debug, Clone)]
pub(crate) struct SlidingWindow {
    /// The tools whose calls are counted together.
    pub(crate) tools: Vec<String>,
    /// The most that pass.
    pub(crate) most: u64,
    /// How many seconds are looked at.
    pub(crate) seconds: u64,
    /// What it bounds.
    pub(super) limit: Arc<Limit>,
}

impl SlidingWindow {
    /// A window in which each grant has a count of its own, or all callers share one.
    pub(crate) fn new(tools: Vec<String>, most: u64, seconds: u64, scope: Scope) -> Self {
        let limit = Limit {
            max: Decimal::from(most),
            window: seconds,
            scope,
            sum_of: None,
            total: tools.len() > 1,
            counter: None,
            spans: None,
        };
        Self { tools, most, seconds, limit: Arc::new(limit) }
    }

    /// Who shares a count.
    pub(crate) fn scope(&self) -> &Scope {
        &self.limit.scope
    }

    /// Who is counted under a grant.
    pub(super) fn group(&self, grant: Option<&str>) -> String {
        match self.limit.scope {
            Scope::Server => String::new(),
            Scope::Grant | Scope::Caller(_) => grant.unwrap_or_default().to_owned(),
        }
    }

    /// Whether a call that was counted at a time still is at another.
    pub(super) fn counts(&self, counted: i64, at: i64) -> bool {
        counted > at.saturating_sub(i64::try_from(self.seconds).unwrap_or(i64::MAX))
    }
}

//! How often a tool was called at most, in the windows in which limits count.

use std::collections::HashMap;

use super::values::Place;

/// The windows: how many seconds they have, and how a limit writes them.
pub(super) const WINDOWS: [(i64, &str); 3] = [(60, "min"), (3_600, "hour"), (86_400, "day")];

/// The number of grants at which those whose windows have passed are removed.
const SWEEP: usize = 1 << 14;

/// The most calls of one grant in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Peak {
    pub(super) calls: u64,
    /// The call that reached it first, and when the window began, in seconds since 1970-01-01T00:00:00Z.
    pub(super) reached: Option<(Place, i64)>,
}

impl Peak {
    /// The limit: half as many again, rounded up.
    pub(super) const fn limit(&self) -> u64 {
        self.calls.saturating_add(self.calls.div_ceil(2))
    }
}

/// The counts of a tool.
#[derive(Debug, Default)]
pub(super) struct Peaks {
    counts: [Counts; 3],
}

#[derive(Debug, Default)]
struct Counts {
    peak: Peak,
    /// For each grant the last window that it called in, and how often.
    grants: HashMap<Option<Box<str>>, (i64, u64)>,
    sweep_at: usize,
}

impl Peaks {
    /// Counts a call. Times never go back to an earlier minute.
    pub(super) fn add(&mut self, grant: Option<&str>, at: i64, place: Place) {
        for ((length, _), counts) in WINDOWS.into_iter().zip(&mut self.counts) {
            counts.add(grant, at.div_euclid(length), length, place);
        }
    }

    /// The peak in each of the windows.
    pub(super) fn peaks(&self) -> [Peak; 3] {
        self.counts.each_ref().map(|counts| counts.peak)
    }
}

impl Counts {
    fn add(&mut self, grant: Option<&str>, window: i64, length: i64, place: Place) {
        let (last, calls) = self.grants.entry(grant.map(Into::into)).or_insert((window, 0));
        if *last != window {
            (*last, *calls) = (window, 0);
        }
        *calls += 1;
        if *calls > self.peak.calls {
            self.peak = Peak { calls: *calls, reached: Some((place, window.saturating_mul(length))) };
        }
        if self.grants.len() >= self.sweep_at.max(SWEEP) {
            self.grants.retain(|_, (last, _)| *last >= window);
            self.sweep_at = self.grants.len().saturating_mul(2);
        }
    }
}

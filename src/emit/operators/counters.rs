//! Counting calls in fixed windows, as both gateways do: windows are aligned to UTC.

use std::collections::BTreeMap;

use crate::decider::{Ruling, Run};
use crate::eval::Call;

/// Room that a call needs in one counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reservation {
    /// Names the counter within the document.
    pub(crate) key: String,
    /// Who has a count of its own; empty when all share one.
    pub(crate) group: String,
    /// The window in seconds.
    pub(crate) window: u64,
    /// The most that may pass in a window.
    pub(crate) max: i64,
    /// How much the call adds; a gateway may let it be negative.
    pub(crate) amount: i64,
}

/// A document that decides calls by its counters.
pub(crate) trait Counts {
    /// Decides a call, and counts it if it passes.
    fn count<'a>(&'a self, call: &Call<'a>, counters: &mut Counters) -> Ruling<'a>;
}

/// A sequence of calls under such a document.
pub(crate) struct Counting<'d, D> {
    document: &'d D,
    counters: Counters,
}

impl<'d, D> Counting<'d, D> {
    /// Nothing has been counted.
    pub(crate) fn new(document: &'d D) -> Self {
        Self { document, counters: Counters::default() }
    }
}

impl<D: Counts> Run for Counting<'_, D> {
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a> {
        self.document.count(call, &mut self.counters)
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        self.document.count(call, &mut self.counters.clone())
    }
}

/// How many windows of a counter are remembered, so that calls of a log may come a little out of
/// order.
const MOST_WINDOWS: usize = 2_048;

/// The counts of the last windows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    /// By key and group, then by the number of the window since 1970.
    counts: BTreeMap<(String, String), BTreeMap<i64, i64>>,
}

impl Counters {
    /// Takes room in all counters, or in none.
    ///
    /// # Errors
    /// The index of the first reservation for which there is no room.
    pub(crate) fn reserve(&mut self, at: i64, reservations: &[Reservation]) -> Result<(), usize> {
        let mut next = Vec::with_capacity(reservations.len());
        for (index, wanted) in reservations.iter().enumerate() {
            let spent = self.spent(at, &wanted.key, &wanted.group, wanted.window);
            let sum = spent.checked_add(wanted.amount).filter(|sum| *sum <= wanted.max).ok_or(index)?;
            next.push(((wanted.key.clone(), wanted.group.clone()), (number(at, wanted.window), sum)));
        }
        for (counter, (window, sum)) in next {
            let windows = self.counts.entry(counter).or_default();
            windows.insert(window, sum);
            if windows.len() > MOST_WINDOWS {
                windows.pop_first();
            }
        }
        Ok(())
    }

    /// What has been taken in the window of a time.
    pub(crate) fn spent(&self, at: i64, key: &str, group: &str, window: u64) -> i64 {
        let windows = self.counts.get(&(key.to_owned(), group.to_owned()));
        windows.and_then(|windows| windows.get(&number(at, window))).copied().unwrap_or(0)
    }
}

/// The number of the window that a time lies in.
fn number(at: i64, window: u64) -> i64 {
    at.div_euclid(i64::try_from(window).unwrap_or(i64::MAX).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(key: &str, group: &str, max: i64) -> Reservation {
        Reservation { key: key.into(), group: group.into(), window: 60, max, amount: 1 }
    }

    #[test]
    fn windows_are_fixed_and_groups_apart() {
        let mut counters = Counters::default();
        assert_eq!(counters.reserve(59, &[call("a", "x", 1)]), Ok(()));
        assert_eq!(counters.reserve(59, &[call("a", "x", 1)]), Err(0));
        assert_eq!(counters.reserve(59, &[call("a", "y", 1)]), Ok(()));
        assert_eq!(counters.reserve(60, &[call("a", "x", 1)]), Ok(()));
        assert_eq!(counters.reserve(119, &[call("a", "x", 1)]), Err(0));
        assert_eq!(counters.reserve(-1, &[call("a", "x", 1)]), Ok(()));
        assert_eq!(counters.reserve(0, &[call("b", "x", 0)]), Err(0));
    }

    #[test]
    fn a_refused_call_takes_nothing() {
        let mut counters = Counters::default();
        assert_eq!(counters.reserve(0, &[call("a", "", 2), call("b", "", 0)]), Err(1));
        assert_eq!(counters.reserve(0, &[call("a", "", 2)]), Ok(()));
        assert_eq!(counters.reserve(0, &[call("a", "", 2)]), Ok(()));
        assert_eq!(counters.reserve(0, &[call("a", "", 2)]), Err(0));
    }
}

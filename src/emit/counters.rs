//! Counting calls in fixed windows, as both gateways do: windows are aligned to UTC.

use std::collections::BTreeMap;

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
    pub(crate) max: u64,
    /// How much the call adds.
    pub(crate) amount: u64,
}

/// The counts of the current windows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    /// By key and group: the number of the window since 1970 and its count.
    counts: BTreeMap<(String, String), (i64, u64)>,
}

impl Counters {
    /// Takes room in all counters, or in none.
    ///
    /// # Errors
    /// The index of the first reservation for which there is no room.
    pub(crate) fn reserve(&mut self, at: i64, reservations: &[Reservation]) -> Result<(), usize> {
        let mut next = Vec::with_capacity(reservations.len());
        for (index, wanted) in reservations.iter().enumerate() {
            let length = i64::try_from(wanted.window).unwrap_or(i64::MAX).max(1);
            let window = at.div_euclid(length);
            let key = (wanted.key.clone(), wanted.group.clone());
            let spent = self.counts.get(&key).filter(|(of, _)| *of == window).map_or(0, |(_, spent)| *spent);
            let sum = spent.checked_add(wanted.amount).filter(|sum| *sum <= wanted.max).ok_or(index)?;
            next.push((key, (window, sum)));
        }
        self.counts.extend(next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(key: &str, group: &str, max: u64) -> Reservation {
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

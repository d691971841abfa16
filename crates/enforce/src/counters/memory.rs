//! Counters in the memory of one process.

use std::collections::BTreeMap;

use policyc_core::decimal::Decimal;

use super::{CounterStore, Counting, Entry, Id, RECEIPT, REMEMBERED, StoreFailure};

/// Counters that end with the process.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// By limit, window and counter.
    counts: BTreeMap<(Id, i64, Id), Decimal>,
    horizons: BTreeMap<Id, Horizon>,
    receipts: BTreeMap<Id, (u64, i64)>,
}

/// The newest window of a limit that was counted in, and the first that is still remembered.
#[derive(Debug, Clone, Copy)]
struct Horizon {
    newest: i64,
    first: i64,
}

impl Memory {
    /// What the counter of an entry holds after the call; `None` if there is no room.
    fn after(&self, entry: &Entry<'_>) -> Option<Decimal> {
        let window = entry.demand.window;
        let used = self.counts.get(&(entry.limit, window, entry.counter));
        let forgotten = self.horizons.get(&entry.limit).is_some_and(|horizon| window < horizon.first);
        if used.is_none() && forgotten {
            return None;
        }
        entry.demand.after(used.unwrap_or(&Decimal::ZERO))
    }

    fn count(&mut self, entry: &Entry<'_>, sum: Decimal) {
        let (limit, window) = (entry.limit, entry.demand.window);
        self.counts.insert((limit, window, entry.counter), sum);
        let horizon = self.horizons.entry(limit).or_insert(Horizon { newest: window, first: i64::MIN });
        if window <= horizon.newest {
            return;
        }
        horizon.newest = window;
        let first = window.saturating_sub(REMEMBERED - 1);
        let over = self.counts.range((limit, i64::MIN, Id::default())..(limit, first, Id::default()));
        let over: Vec<_> = over.map(|(key, _)| *key).collect();
        if !over.is_empty() {
            horizon.first = horizon.first.max(first);
        }
        for key in over {
            self.counts.remove(&key);
        }
    }

    fn redeem(&mut self, receipt: &Id) -> bool {
        let Some((left, _)) = self.receipts.get_mut(receipt) else { return false };
        *left -= 1;
        if *left == 0 {
            self.receipts.remove(receipt);
        }
        true
    }
}

impl CounterStore for Memory {
    fn take(&mut self, entries: &[Entry<'_>], counting: Counting<'_>, now: i64) -> Result<Vec<bool>, StoreFailure> {
        self.receipts.retain(|_, (_, at)| (now - RECEIPT..=now).contains(at));
        if let Counting::WithReceipt(receipt) = counting
            && self.redeem(receipt)
        {
            return Ok(vec![true; entries.len()]);
        }
        let sums: Vec<Option<Decimal>> = entries.iter().map(|entry| self.after(entry)).collect();
        let room: Vec<bool> = sums.iter().map(Option::is_some).collect();
        if counting != Counting::Never && room.iter().all(|room| *room) {
            for (entry, sum) in entries.iter().zip(sums) {
                self.count(entry, sum.unwrap_or(Decimal::ZERO));
            }
            if let Counting::LeavingReceipt(receipt) = counting {
                let (left, at) = self.receipts.entry(*receipt).or_insert((0, now));
                (*left, *at) = (*left + 1, now);
            }
        }
        Ok(room)
    }
}

//! Counters outside of an evaluator, which processes share and which outlive them.
//!
//! A [`CounterStore`] keeps sums in windows and knows nothing of policies: it is asked with [`Entry`]s, which are made from the
//! [`Demand`]s of a call. What it answers must be what the counters of an [`Evaluator`] would: a window that is not
//! remembered any more has no room, all demands are counted or none, and sums are exact.
//!
//! [`Evaluator`]: policyc_core::eval::Evaluator

mod memory;
#[cfg(feature = "redis")]
mod redis;
mod sqlite;

use std::fmt;

use policyc_core::eval::Demand;
use sha2::{Digest as _, Sha256};

pub use memory::Memory;
#[cfg(feature = "redis")]
pub use redis::Redis;
pub use sqlite::{Sqlite, Sync};

/// How many windows before the newest one of a limit are remembered, that one among them. A call for an earlier window, because a
/// clock went backwards, finds no room once that window has been forgotten.
const REMEMBERED: i64 = 64;

/// The SHA-256 of what identifies something: of a fixed size, and it shows neither grants nor claims.
pub type Id = [u8; 32];

/// The identifier of texts. Each counts with its length, so that no two lists of texts are the same bytes.
#[must_use]
pub fn id(texts: &[&str]) -> Id {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().into()
}

/// The identifier of bytes.
#[must_use]
pub fn digest(bytes: &[u8]) -> Id {
    Sha256::digest(bytes).into()
}

/// One demand, addressed to a counter of the store.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Identifies the limit.
    pub limit: Id,
    /// Identifies the counter of the limit.
    pub counter: Id,
    /// What is demanded.
    pub demand: &'a Demand<'a>,
}

impl<'a> Entry<'a> {
    /// The entry of a demand. Demands of different name spaces never meet in a counter.
    #[must_use]
    pub fn new(name_space: &str, demand: &'a Demand<'a>) -> Self {
        Self { limit: id(&[name_space, demand.limit()]), counter: id(&[name_space, demand.counter()]), demand }
    }
}

/// What a store does about one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting<'a> {
    /// It says which demands have room, and counts nothing.
    Never,
    /// If every demand has room, it counts all of them.
    Once,
    /// Like `Once`; and if it counts, it leaves a receipt, for a second question about the same call.
    LeavingReceipt(&'a Id),
    /// If there is such a receipt, the call was counted at the first question: the receipt is used up and every demand has room.
    /// Otherwise like `Once`.
    WithReceipt(&'a Id),
}

/// Keeps counters.
pub trait CounterStore {
    /// Says for each entry whether there is room, and counts as it is asked. `now` is in seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// The store could not be reached or cannot be trusted; nothing was counted.
    fn take(&mut self, entries: &[Entry<'_>], counting: Counting<'_>, now: i64) -> Result<Vec<bool>, StoreFailure>;
}

/// No store: what has limits cannot be decided, everything else can.
#[derive(Debug, Clone)]
pub struct Nowhere(pub StoreFailure);

impl CounterStore for Nowhere {
    fn take(&mut self, _: &[Entry<'_>], _: Counting<'_>, _: i64) -> Result<Vec<bool>, StoreFailure> {
        Err(self.0.clone())
    }
}

/// Why a store could not answer: a clause in lower case, without a period, with the place of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFailure(pub String);

impl fmt::Display for StoreFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for StoreFailure {}

/// How long a receipt is good for, in seconds. A person may take a while to answer.
const RECEIPT: i64 = 3_600;

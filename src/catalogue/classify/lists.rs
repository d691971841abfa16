//! Tables of words that are looked up for each word of a catalogue.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table of the words of a list. Its words are ours, so nobody can make many of them collide.
pub(super) type Words<T> = HashMap<&'static str, T, BuildHasherDefault<Fnv>>;

/// The hash FNV-1a (Fowler, Noll, Vo), which costs next to nothing for short words.
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        // Tables take bits from both ends.
        self.0 ^ (self.0 >> 32)
    }
}

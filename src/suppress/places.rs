//! Findings and the parts of files that suppressions cover, in an order in which the one is found
//! for the other: a file of a generator may have tens of thousands of each.

use std::collections::BTreeMap;

use crate::diagnostics::Code;
use crate::source::{FileId, Span};

/// A kind of finding, by its identifier, in a file.
type Key = (&'static str, FileId);

/// Where findings of some kinds begin.
#[derive(Default)]
pub(super) struct Places(BTreeMap<Key, Vec<u32>>);

impl Places {
    /// The places of findings.
    pub(super) fn new(findings: impl IntoIterator<Item = (&'static Code, Span)>) -> Self {
        let mut all: BTreeMap<Key, Vec<u32>> = BTreeMap::new();
        for (code, place) in findings {
            all.entry((code.id, place.file)).or_default().push(place.start);
        }
        all.values_mut().for_each(|starts| starts.sort_unstable());
        Self(all)
    }

    /// Whether a finding of a kind begins in a part of a file, or at its end.
    pub(super) fn any_in(&self, code: &Code, cover: Span) -> bool {
        let Some(starts) = self.0.get(&(code.id, cover.file)) else { return false };
        let first = starts.partition_point(|start| *start < cover.start);
        starts.get(first).is_some_and(|start| *start <= cover.end)
    }
}

/// The parts of files that suppressions of some kinds cover.
#[derive(Default)]
pub(super) struct Covers(BTreeMap<Key, Vec<Cover>>);

struct Cover {
    start: u32,
    /// The last end of all that begin here or before.
    furthest: u32,
}

impl Covers {
    /// What is covered.
    pub(super) fn new(covers: impl IntoIterator<Item = (&'static Code, Span)>) -> Self {
        let mut all: BTreeMap<Key, Vec<Cover>> = BTreeMap::new();
        for (code, cover) in covers {
            let cover_of = Cover { start: cover.start, furthest: cover.end };
            all.entry((code.id, cover.file)).or_default().push(cover_of);
        }
        for covers in all.values_mut() {
            covers.sort_unstable_by_key(|cover| cover.start);
            let mut furthest = 0;
            for cover in covers {
                furthest = cover.furthest.max(furthest);
                cover.furthest = furthest;
            }
        }
        Self(all)
    }

    /// Whether a finding of a kind that begins at a place is covered.
    pub(super) fn hold(&self, code: &Code, place: Span) -> bool {
        let Some(covers) = self.0.get(&(code.id, place.file)) else { return false };
        let behind = covers.partition_point(|cover| cover.start <= place.start);
        let before = behind.checked_sub(1).and_then(|last| covers.get(last));
        before.is_some_and(|cover| cover.furthest >= place.start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::diagnostics::codes;

    const KINDS: [&Code; 2] = [codes::DEAD_GLOB, codes::SELECTS_NOTHING];

    /// Parts of two short files, with kinds.
    fn parts() -> impl Strategy<Value = Vec<(&'static Code, Span)>> {
        let part = (0..2usize, 0..2u32, 0..20u32, 0..6u32);
        let part = part.prop_map(|(kind, file, start, length)| {
            (KINDS[kind], Span { file: FileId(file), start, end: start + length })
        });
        vec(part, 0..12)
    }

    proptest! {
        /// Both orders find what comparing each with each finds.
        #[test]
        fn nothing_is_missed((covers, places) in (parts(), parts())) {
            let covered = |(code, cover): (&Code, Span), (other, place): (&Code, Span)| {
                code.id == other.id && cover.file == place.file && (cover.start..=cover.end).contains(&place.start)
            };
            let (by_cover, by_place) = (Covers::new(covers.clone()), Places::new(places.clone()));
            for place in &places {
                let expected = covers.iter().any(|cover| covered(*cover, *place));
                prop_assert_eq!(by_cover.hold(place.0, place.1), expected);
            }
            for cover in &covers {
                let expected = places.iter().any(|place| covered(*cover, *place));
                prop_assert_eq!(by_place.any_in(cover.0, cover.1), expected);
            }
        }
    }
}

//! Repetitions that a search with backtracking may take exponential time for.
//!
//! JavaScript tries one way through an expression after the other. Where a repetition can be gone
//! through in two ways for the same text, `(a+)+` or `(a|[ab])*`, the ways multiply with each
//! round, and a call of thirty characters holds up the program. Where each character leaves one way
//! to go on, they do not.

use std::collections::BTreeSet;

use regex_syntax::hir::{Hir, HirKind};

use super::text::ranges;

/// Places in a repetition that are looked at; one with more is taken to be ambiguous.
const MOST_PLACES: usize = 300;

/// Whether a repeated expression may be gone through in two ways.
pub(super) fn is_ambiguous(repeated: &Hir) -> bool {
    let mut places = Places::default();
    let whole = places.of(repeated);
    places.follow(&whole.last, &whole.first);
    let heads = |from: usize| places.edges.range((from, 0)..(from + 1, 0)).map(|(_, to)| *to);
    places.has_two_ways
        || places.chars.len() > MOST_PLACES
        || places.overlap(whole.first.iter().copied())
        || (0..places.chars.len()).any(|from| places.overlap(heads(from)))
}

/// The places of characters in an expression, and which may follow which.
#[derive(Default)]
struct Places {
    chars: Vec<Vec<(u32, u32)>>,
    edges: BTreeSet<(usize, usize)>,
    /// Whether one place follows another for two reasons.
    has_two_ways: bool,
}

/// The places with which an expression may begin and end.
#[derive(Default)]
struct Part {
    is_empty: bool,
    first: Vec<usize>,
    last: Vec<usize>,
}

impl Places {
    fn place(&mut self, chars: Vec<(u32, u32)>) -> Part {
        let at = self.chars.len();
        self.chars.push(chars);
        Part { is_empty: false, first: vec![at], last: vec![at] }
    }

    fn follow(&mut self, last: &[usize], first: &[usize]) {
        if self.chars.len() > MOST_PLACES {
            return;
        }
        for from in last {
            for to in first {
                self.has_two_ways |= !self.edges.insert((*from, *to));
            }
        }
    }

    fn join(&mut self, left: Part, right: Part) -> Part {
        self.follow(&left.last, &right.first);
        let mut first = left.first;
        if left.is_empty {
            first.extend(&right.first);
        }
        let mut last = right.last;
        if right.is_empty {
            last.extend(&left.last);
        }
        Part { is_empty: left.is_empty && right.is_empty, first, last }
    }

    fn of(&mut self, hir: &Hir) -> Part {
        let nothing = Part { is_empty: true, ..Part::default() };
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => nothing,
            HirKind::Literal(bytes) => bytes.0.iter().fold(nothing, |before, byte| {
                let place = self.place(vec![(u32::from(*byte), u32::from(*byte))]);
                self.join(before, place)
            }),
            HirKind::Class(class) => self.place(ranges(class)),
            HirKind::Capture(capture) => self.of(&capture.sub),
            HirKind::Concat(parts) => parts.iter().fold(nothing, |before, part| {
                let part = self.of(part);
                self.join(before, part)
            }),
            HirKind::Alternation(parts) => parts.iter().fold(Part::default(), |before, part| {
                let part = self.of(part);
                Part {
                    is_empty: before.is_empty || part.is_empty,
                    first: [before.first, part.first].concat(),
                    last: [before.last, part.last].concat(),
                }
            }),
            HirKind::Repetition(repetition) => {
                let part = self.of(&repetition.sub);
                if repetition.max != Some(repetition.min) && repetition.max != Some(1) {
                    self.follow(&part.last, &part.first);
                }
                Part { is_empty: part.is_empty || repetition.min == 0, ..part }
            }
        }
    }

    /// Whether two of some places have a character in common.
    fn overlap(&self, places: impl Iterator<Item = usize>) -> bool {
        let mut ranges: Vec<(u32, u32)> = places.filter_map(|place| self.chars.get(place)).flatten().copied().collect();
        ranges.sort_unstable();
        ranges.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if end >= start))
    }
}

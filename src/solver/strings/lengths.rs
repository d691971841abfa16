//! The lengths that a string may have, as ranges of whole numbers.

use crate::decimal::Decimal;
use crate::predicate::Comparison;

/// No text is as long as this.
const HUGE: u64 = 1 << 62;

/// Lengths, as ranges of whole numbers. Bounds beyond [`HUGE`] are widened, since no text of such a
/// length is ever written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lengths {
    /// Both ends included, ascending, disjoint.
    ranges: Vec<(u64, u64)>,
}

impl Lengths {
    /// The lengths for which each comparison holds.
    pub(super) fn of(comparisons: &[(Comparison, Decimal)]) -> Self {
        // The first length that is wanted, and the first after it that is too long.
        let mut low = 0;
        let mut end = u64::MAX;
        let mut without = Vec::new();
        for (comparison, number) in comparisons {
            match comparison {
                Comparison::Less => end = end.min(end_at(first(|length| length >= *number))),
                Comparison::LessEqual => end = end.min(end_at(first(|length| length > *number))),
                Comparison::Greater => low = low.max(first(|length| length > *number)),
                Comparison::GreaterEqual => low = low.max(first(|length| length >= *number)),
                Comparison::Equal => {
                    low = low.max(first(|length| length >= *number));
                    end = end.min(end_at(first(|length| length > *number)));
                }
                Comparison::NotEqual => without.extend(number.to_u64().filter(|number| *number < HUGE)),
            }
        }
        without.sort_unstable();
        without.dedup();
        let mut ranges = Vec::new();
        for hole in without {
            if low <= hole && hole < end {
                if low < hole {
                    ranges.push((low, hole - 1));
                }
                low = hole + 1;
            }
        }
        if low < end {
            ranges.push((low, end - 1));
        }
        Self { ranges }
    }

    /// Whether the length is wanted.
    pub(super) fn has(&self, length: u64) -> bool {
        let after = self.ranges.partition_point(|(_, high)| *high < length);
        self.ranges.get(after).is_some_and(|(low, _)| *low <= length)
    }

    /// The longest length; `None` if no length is wanted.
    pub(super) fn longest(&self) -> Option<u64> {
        self.ranges.last().map(|(_, high)| *high)
    }

    /// The first length from `least` on that is `least` plus a whole multiple of `period`.
    pub(super) fn next(&self, least: u64, period: u64) -> Option<u64> {
        self.ranges.iter().filter(|(_, high)| *high >= least).find_map(|(low, high)| {
            let steps = low.saturating_sub(least).div_ceil(period.max(1));
            let length = least.checked_add(steps.checked_mul(period)?)?;
            (length <= *high).then_some(length)
        })
    }
}

/// The first length that is long enough, or [`HUGE`] if no smaller one is.
fn first(enough: impl Fn(Decimal) -> bool) -> u64 {
    let (mut low, mut high) = (0, HUGE);
    while low < high {
        let middle = low.midpoint(high);
        if enough(Decimal::from(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// An upper bound of [`HUGE`] or more is no bound.
const fn end_at(first: u64) -> u64 {
    if first >= HUGE { u64::MAX } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(comparisons: &[(Comparison, &str)]) -> Vec<(u64, u64)> {
        let comparisons: Vec<_> =
            comparisons.iter().map(|(comparison, number)| (*comparison, Decimal::parse(number).unwrap())).collect();
        Lengths::of(&comparisons).ranges
    }

    #[test]
    fn comparisons_become_ranges() {
        use Comparison::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        const END: u64 = u64::MAX - 1;
        for (comparisons, expected) in [
            (&[][..], vec![(0, END)]),
            (&[(Less, "3")], vec![(0, 2)]),
            (&[(Less, "2.5")], vec![(0, 2)]),
            (&[(LessEqual, "2.5")], vec![(0, 2)]),
            (&[(LessEqual, "0")], vec![(0, 0)]),
            (&[(Less, "0")], vec![]),
            (&[(LessEqual, "-1")], vec![]),
            (&[(Greater, "-1")], vec![(0, END)]),
            (&[(Greater, "2.5")], vec![(3, END)]),
            (&[(GreaterEqual, "2.5"), (LessEqual, "4")], vec![(3, 4)]),
            (&[(Equal, "2.5")], vec![]),
            (&[(Equal, "7")], vec![(7, 7)]),
            (&[(Equal, "7"), (NotEqual, "7")], vec![]),
            (&[(NotEqual, "2"), (NotEqual, "0"), (NotEqual, "1"), (NotEqual, "4.5")], vec![(3, END)]),
            (&[(NotEqual, "2"), (LessEqual, "3")], vec![(0, 1), (3, 3)]),
            (&[(Less, "1e400"), (NotEqual, "1e400"), (NotEqual, "-3")], vec![(0, END)]),
            (&[(Greater, "1e400")], vec![(HUGE, END)]),
            (&[(Greater, "1e400"), (Less, "5")], vec![]),
        ] {
            assert_eq!(lengths(comparisons), expected, "{comparisons:?}");
        }
    }

    #[test]
    fn the_next_in_steps() {
        let lengths = Lengths { ranges: vec![(3, 4), (8, 8), (20, u64::MAX)] };
        assert_eq!(lengths.next(0, 1), Some(3));
        assert_eq!(lengths.next(1, 4), Some(21));
        assert_eq!(lengths.next(0, 4), Some(4));
        assert_eq!(lengths.next(0, 8), Some(8));
        assert_eq!(lengths.next(5, 1), Some(8));
        assert!(lengths.has(4) && !lengths.has(5) && lengths.has(1 << 40) && !lengths.has(0));
    }
}

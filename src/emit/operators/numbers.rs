//! Sets of doubles: finite unions of intervals.

use std::cmp::Ordering;

/// A place between two neighbouring doubles: before or after one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    /// The double.
    pub(crate) at: f64,
    /// Whether the place is after it.
    pub(crate) after: bool,
}

impl Cut {
    const LOWEST: Self = Self { at: f64::NEG_INFINITY, after: false };
    const HIGHEST: Self = Self { at: f64::INFINITY, after: true };

    fn order(self, other: Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.after.cmp(&other.after))
    }
}

/// The doubles between two places; never empty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Interval {
    /// The lower end.
    pub(crate) low: Cut,
    /// The upper end.
    pub(crate) high: Cut,
}

impl Interval {
    /// The only double, if there is just one.
    pub(crate) fn point(&self) -> Option<f64> {
        #[expect(clippy::float_cmp, reason = "both ends were made from the same double")]
        let same = self.low.at == self.high.at;
        (same && !self.low.after && self.high.after).then_some(self.low.at)
    }

    /// Whether there is no lower end.
    pub(crate) fn is_unbounded_below(&self) -> bool {
        self.low == Cut::LOWEST
    }

    /// Whether there is no upper end.
    pub(crate) fn is_unbounded_above(&self) -> bool {
        self.high == Cut::HIGHEST
    }
}

/// A set of doubles. INVARIANT: sorted, and neighbours do not touch.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Numbers(Vec<Interval>);

impl Numbers {
    /// No double.
    pub(crate) const NONE: Self = Self(Vec::new());

    /// All doubles.
    pub(crate) fn all() -> Self {
        Self(vec![Interval { low: Cut::LOWEST, high: Cut::HIGHEST }])
    }

    /// One double.
    pub(crate) fn point(at: f64) -> Self {
        Self(vec![Interval { low: Cut { at, after: false }, high: Cut { at, after: true } }])
    }

    /// The doubles above `at`, or `at` too.
    pub(crate) fn above(at: f64, inclusive: bool) -> Self {
        Self(vec![Interval { low: Cut { at, after: !inclusive }, high: Cut::HIGHEST }])
    }

    /// The doubles below `at`, or `at` too.
    pub(crate) fn below(at: f64, inclusive: bool) -> Self {
        Self(vec![Interval { low: Cut::LOWEST, high: Cut { at, after: inclusive } }])
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn intervals(&self) -> &[Interval] {
        &self.0
    }

    pub(crate) fn has(&self, value: f64) -> bool {
        // Minus zero equals zero.
        let value = if value == 0.0 { 0.0 } else { value };
        let (before, after) = (Cut { at: value, after: false }, Cut { at: value, after: true });
        self.0.iter().any(|interval| interval.low.order(before).is_le() && after.order(interval.high).is_le())
    }

    /// The members, if there are finitely many.
    pub(crate) fn points(&self) -> Option<Vec<f64>> {
        self.0.iter().map(Interval::point).collect()
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut all: Vec<Interval> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_by(|left, right| left.low.order(right.low));
        let mut out: Vec<Interval> = Vec::with_capacity(all.len());
        for next in all {
            match out.last_mut() {
                Some(last) if next.low.order(last.high).is_le() => {
                    if next.high.order(last.high).is_gt() {
                        last.high = next.high;
                    }
                }
                _ => out.push(next),
            }
        }
        Self(out)
    }

    pub(crate) fn complement(&self) -> Self {
        let mut out = Vec::with_capacity(self.0.len() + 1);
        let mut low = Cut::LOWEST;
        for interval in &self.0 {
            if low.order(interval.low).is_lt() {
                out.push(Interval { low, high: interval.low });
            }
            low = interval.high;
        }
        if low.order(Cut::HIGHEST).is_lt() {
            out.push(Interval { low, high: Cut::HIGHEST });
        }
        Self(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_as_sets() {
        let samples = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, f64::INFINITY, f64::NEG_INFINITY];
        let sets = [
            Numbers::NONE,
            Numbers::all(),
            Numbers::point(0.0),
            Numbers::above(-1.0, true),
            Numbers::above(0.0, false),
            Numbers::below(1.0, true),
            Numbers::below(-1.0, false),
            Numbers::point(1.0).union(&Numbers::point(-1.0)),
        ];
        for left in &sets {
            for value in samples {
                assert_eq!(left.complement().has(value), !left.has(value));
            }
            assert_eq!(left.complement().complement(), *left);
            for right in &sets {
                for value in samples {
                    assert_eq!(left.union(right).has(value), left.has(value) || right.has(value));
                }
            }
        }
        assert!(Numbers::point(0.0).has(-0.0));
        assert_eq!(Numbers::below(1.0, false).union(&Numbers::above(1.0, true)), Numbers::all());
        assert_eq!(Numbers::point(1.0).union(&Numbers::point(-1.0)).points(), Some(vec![-1.0, 1.0]));
        assert_eq!(Numbers::above(1.0, true).points(), None);
    }
}

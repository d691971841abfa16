//! Lengths of arrays and strings: whole numbers from 0, in an order encoding with the thresholds
//! that tests and places need.

use std::collections::BTreeSet;

use crate::decimal::Decimal;
use crate::predicate::Comparison;
use crate::solver::circuit::Circuit;
use crate::solver::sat::Lit;

/// The thresholds of one length.
#[derive(Default)]
pub(super) struct Lengths {
    points: BTreeSet<u64>,
    /// The literals of "at least so many", ascending.
    at_least: Vec<(u64, Lit)>,
}

/// A bound of a length, and the literal that sets it.
pub(super) type Threshold = (u64, Lit);

/// The least length above, or not below, a number.
enum Least {
    At(u64),
    /// There is none that fits 64 bits.
    Beyond,
}

/// The least length that is at least a number or, with `above`, greater than it.
fn least(number: &Decimal, above: bool) -> Least {
    if number.is_negative() {
        return Least::At(0);
    }
    let whole = number.to_u64();
    let next = match whole {
        Some(whole) if !above => Some(whole),
        Some(whole) => whole.checked_add(1),
        None => floor(number).and_then(|floor| floor.checked_add(1)),
    };
    next.map_or(Least::Beyond, Least::At)
}

/// The whole part of a number that is not below zero.
fn floor(number: &Decimal) -> Option<u64> {
    let digits = number.fraction_digits();
    if *number < Decimal::ONE {
        return Some(0);
    }
    let scaled = number.scaled(digits, 400)?;
    let text = scaled.to_string();
    text.get(..text.len().checked_sub(usize::try_from(digits).ok()?)?)?.parse().ok()
}

impl Lengths {
    pub(super) fn add_at_least(&mut self, length: u64) {
        self.points.insert(length);
    }

    pub(super) fn add(&mut self, number: &Decimal) {
        for above in [false, true] {
            if let Least::At(length) = least(number, above) {
                self.points.insert(length);
            }
        }
    }

    /// Makes the literals, and the clauses that keep them in order.
    pub(super) fn build(&mut self, circuit: &mut Circuit) {
        for point in std::mem::take(&mut self.points) {
            let lit = if point == 0 { circuit.truth() } else { circuit.variable() };
            if let Some((_, last)) = self.at_least.last() {
                circuit.sat.add(&[!lit, *last]);
            }
            self.at_least.push((point, lit));
        }
    }

    /// The literal of "at least so many".
    pub(super) fn at_least(&self, circuit: &Circuit, length: u64) -> Option<Lit> {
        if length == 0 {
            return Some(circuit.truth());
        }
        let found = self.at_least.binary_search_by_key(&length, |(at, _)| *at).ok()?;
        self.at_least.get(found).map(|(_, lit)| *lit)
    }

    /// The literal of a comparison with a number that was added.
    pub(super) fn compare(&self, circuit: &mut Circuit, comparison: Comparison, number: &Decimal) -> Option<Lit> {
        let from = |circuit: &Circuit, above| match least(number, above) {
            Least::At(length) => self.at_least(circuit, length),
            Least::Beyond => Some(circuit.constant(false)),
        };
        let (not_below, above) = (from(circuit, false)?, from(circuit, true)?);
        Some(match comparison {
            Comparison::Less => !not_below,
            Comparison::LessEqual => !above,
            Comparison::Greater => above,
            Comparison::GreaterEqual => not_below,
            Comparison::Equal => circuit.and([not_below, !above]),
            Comparison::NotEqual => !circuit.and([not_below, !above]),
        })
    }

    /// The thresholds, each with its literal.
    pub(super) fn thresholds(&self) -> impl Iterator<Item = (u64, Lit)> {
        self.at_least.iter().copied()
    }

    /// The variables that have to be decided when the length matters.
    pub(super) fn variables(&self) -> impl Iterator<Item = usize> {
        self.at_least.iter().map(|(_, lit)| lit.var())
    }

    /// The least and the largest length in the last assignment, with the literals that set them.
    pub(super) fn range(&self, circuit: &Circuit) -> (Option<Threshold>, Option<Threshold>) {
        let mut low = None;
        for &(length, lit) in &self.at_least {
            match circuit.sat.value(lit) {
                Some(true) => low = Some((length, lit)),
                Some(false) => return (low, length.checked_sub(1).map(|length| (length, !lit))),
                None => {}
            }
        }
        (low, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_least_length() {
        for (number, above, expected) in [
            ("-1", false, Some(0)),
            ("-1", true, Some(0)),
            ("0", true, Some(1)),
            ("2.5", false, Some(3)),
            ("2.5", true, Some(3)),
            ("0.001", false, Some(1)),
            ("1e3", true, Some(1001)),
            ("1e30", false, None),
            ("18446744073709551615", true, None),
        ] {
            let found = match least(&Decimal::parse(number).unwrap(), above) {
                Least::At(length) => Some(length),
                Least::Beyond => None,
            };
            assert_eq!(found, expected, "{number} {above}");
        }
    }
}

//! Numbers, divided into cells by the constants that they are compared with: each constant is a
//! cell, and each gap between two.
//!
//! Each constant has two literals, "below" and "at most", whose order clauses enforce (an order
//! encoding). Every assignment that keeps the order is one cell, and no cell is empty, because
//! between two decimals lies a third. Only tests of multiples need a search for a number in the
//! cell.

use std::collections::BTreeSet;

use num_bigint::BigInt;

use crate::decimal::Decimal;
use crate::predicate::Comparison;
use crate::solver::budget::{Budget, Exhausted};
use crate::solver::circuit::Circuit;
use crate::solver::sat::Lit;

/// How many digits on either side of the point numbers are computed with.
const DIGITS: u64 = 400;

/// What one number is tested against.
#[derive(Default)]
pub(super) struct Numbers {
    points: BTreeSet<Decimal>,
    steps: Vec<Decimal>,
    cuts: Vec<Cut>,
    multiples: Vec<(Decimal, Lit)>,
}

/// A constant with its two literals.
struct Cut {
    at: Decimal,
    below: Lit,
    at_most: Lit,
}

/// The cell of a number in the last assignment.
pub(super) struct Cell<'a> {
    /// The constant that it is, or the ends of the gap.
    pub(super) bounds: Bounds<'a>,
    /// What it is a multiple of, with the literals that say so.
    pub(super) of: Vec<(&'a Decimal, Lit)>,
    /// What it is not a multiple of, likewise.
    pub(super) not_of: Vec<(&'a Decimal, Lit)>,
}

/// The extent of a cell.
pub(super) enum Bounds<'a> {
    Point(&'a Decimal),
    /// An open interval. Each end comes with the literal that sets it; without one, that side is
    /// unbounded.
    Gap(Option<(&'a Decimal, Lit)>, Option<(&'a Decimal, Lit)>),
}

impl Numbers {
    pub(super) fn add_point(&mut self, point: &Decimal) {
        self.points.insert(point.clone());
    }

    pub(super) fn add_multiple(&mut self, step: &Decimal) {
        if !self.steps.contains(step) {
            self.steps.push(step.clone());
        }
    }

    /// Makes the literals, and the clauses that keep them in order.
    pub(super) fn build(&mut self, circuit: &mut Circuit) {
        for point in std::mem::take(&mut self.points) {
            let (below, at_most) = (circuit.variable(), circuit.variable());
            circuit.sat.add(&[!below, at_most]);
            if let Some(last) = self.cuts.last() {
                circuit.sat.add(&[!last.at_most, below]);
            }
            self.cuts.push(Cut { at: point, below, at_most });
        }
        for step in std::mem::take(&mut self.steps) {
            let lit = circuit.variable();
            for cut in &self.cuts {
                let known = if is_multiple(&cut.at, &step) { lit } else { !lit };
                circuit.sat.add(&[cut.below, !cut.at_most, known]);
            }
            self.multiples.push((step, lit));
        }
    }

    fn cut(&self, at: &Decimal) -> Option<&Cut> {
        self.cuts.binary_search_by(|cut| cut.at.cmp(at)).ok().and_then(|index| self.cuts.get(index))
    }

    /// The literal of a comparison with one of the constants.
    pub(super) fn compare(&self, circuit: &mut Circuit, comparison: Comparison, at: &Decimal) -> Option<Lit> {
        let cut = self.cut(at)?;
        Some(match comparison {
            Comparison::Less => cut.below,
            Comparison::LessEqual => cut.at_most,
            Comparison::Greater => !cut.at_most,
            Comparison::GreaterEqual => !cut.below,
            Comparison::Equal => circuit.and([!cut.below, cut.at_most]),
            Comparison::NotEqual => !circuit.and([!cut.below, cut.at_most]),
        })
    }

    /// The literal of "is a multiple of this step".
    pub(super) fn multiple(&self, step: &Decimal) -> Option<Lit> {
        self.multiples.iter().find(|(of, _)| of == step).map(|(_, lit)| *lit)
    }

    /// The variables that have to be decided when the number matters.
    pub(super) fn variables(&self) -> impl Iterator<Item = usize> {
        let cuts = self.cuts.iter().flat_map(|cut| [cut.below.var(), cut.at_most.var()]);
        cuts.chain(self.multiples.iter().map(|(_, lit)| lit.var()))
    }

    /// The cell of the last assignment.
    pub(super) fn cell(&self, circuit: &Circuit) -> Cell<'_> {
        let value = |lit: Lit| circuit.sat.value(lit);
        let mut bounds = Bounds::Gap(None, None);
        for cut in &self.cuts {
            let Bounds::Gap(low, _) = bounds else { break };
            if value(cut.below) == Some(true) {
                bounds = Bounds::Gap(low, Some((&cut.at, cut.below)));
                break;
            }
            bounds = match value(cut.at_most) {
                Some(true) => Bounds::Point(&cut.at),
                _ => Bounds::Gap(Some((&cut.at, !cut.at_most)), None),
            };
        }
        let with = |wanted: bool| {
            let of = self.multiples.iter().filter(move |(_, lit)| value(*lit) == Some(wanted));
            of.map(move |(step, lit)| (step, if wanted { *lit } else { !*lit })).collect()
        };
        Cell { bounds, of: with(true), not_of: with(false) }
    }
}

impl Cell<'_> {
    /// The plainest number of the cell; `None` if it is empty.
    ///
    /// # Errors
    /// The budget is used up, or the numbers have too many digits.
    pub(super) fn number(&self, budget: &mut Budget) -> Result<Option<Decimal>, Exhausted> {
        let (low, high) = match &self.bounds {
            // Clauses already say of which steps each constant is a multiple.
            Bounds::Point(point) => return Ok(Some((*point).clone())),
            Bounds::Gap(low, high) => (low.map(|(at, _)| at), high.map(|(at, _)| at)),
        };
        let fits = |number: &Decimal| self.not_of.iter().all(|(step, _)| !is_multiple(number, step));
        let Some(grid) = common_multiple(self.of.iter().map(|(step, _)| *step))? else {
            let around_zero = low.is_none_or(Decimal::is_negative) && high.is_none_or(|high| *high > Decimal::ZERO);
            // Zero is a multiple of every step, so it must be left out here; it would be found
            // first whatever the number of digits.
            let low = if around_zero && !self.not_of.is_empty() { Some(&Decimal::ZERO) } else { low };
            for digits in 0..DIGITS {
                budget.spend(1)?;
                if let Some(number) = plainest(low, high, &Decimal::ONE, digits)?.filter(|number| fits(number)) {
                    return Ok(Some(number));
                }
            }
            return Err(Exhausted);
        };
        if self.not_of.iter().any(|(step, _)| is_multiple(&grid, step)) {
            return Ok(None);
        }
        match plainest(low, high, &grid, 0)? {
            None => return Ok(None),
            Some(number) if fits(&number) => return Ok(Some(number)),
            Some(_) => {}
        }
        let (mut number, step) = match (low, high) {
            (None, Some(high)) => (lowest_above(Some(&high.negated()), &grid)?.negated(), grid.negated()),
            (low, _) => (lowest_above(low, &grid)?, grid),
        };
        while low.is_none_or(|low| number > *low) && high.is_none_or(|high| number < *high) {
            budget.spend(1)?;
            if fits(&number) {
                return Ok(Some(number));
            }
            number = number.checked_add(&step, DIGITS).ok_or(Exhausted)?;
        }
        Ok(None)
    }

    /// The literals that put a number into the cell.
    pub(super) fn reasons(&self) -> Vec<Lit> {
        let ends = match &self.bounds {
            Bounds::Point(_) => Vec::new(),
            Bounds::Gap(low, high) => low.iter().chain(high).map(|(_, lit)| *lit).collect(),
        };
        ends.into_iter().chain(self.of.iter().chain(&self.not_of).map(|(_, lit)| *lit)).collect()
    }
}

/// The number times 10^`scale`, as an integer.
fn scaled(number: &Decimal, scale: u64) -> Result<BigInt, Exhausted> {
    number.scaled(scale, 2 * DIGITS).ok_or(Exhausted)
}

fn unscaled(number: &BigInt, scale: u64) -> Result<Decimal, Exhausted> {
    Decimal::parse(&format!("{number}e-{scale}")).ok_or(Exhausted)
}

/// How many digits after the point are enough to write all of the numbers.
fn scale<'a>(numbers: impl IntoIterator<Item = &'a Decimal>) -> Result<u64, Exhausted> {
    let scale = numbers.into_iter().map(Decimal::fraction_digits).max().unwrap_or(0);
    if scale > DIGITS { Err(Exhausted) } else { Ok(scale) }
}

/// Whether a number is a whole multiple of a step. Zero is a multiple of every step; no other
/// number is one of zero. A number with too many digits to be divided counts as no multiple.
pub(crate) fn is_multiple(number: &Decimal, step: &Decimal) -> bool {
    if number.is_zero() || step == number {
        return true;
    }
    if step.is_zero() {
        return false;
    }
    if *step == Decimal::ONE {
        return number.is_whole();
    }
    let exact = || {
        let scale = scale([number, step])?;
        Ok::<bool, Exhausted>(scaled(number, scale)? % scaled(step, scale)? == BigInt::ZERO)
    };
    exact().unwrap_or(false)
}

/// The least number above zero that is a multiple of all steps; `None` without steps.
fn common_multiple<'a>(steps: impl Iterator<Item = &'a Decimal> + Clone) -> Result<Option<Decimal>, Exhausted> {
    let scale = scale(steps.clone())?;
    let mut common: Option<BigInt> = None;
    for step in steps {
        let step = scaled(step, scale)?;
        let last = common.unwrap_or_else(|| step.clone());
        let (mut left, mut right) = (last.clone(), step.clone());
        while right != BigInt::ZERO {
            (left, right) = (right.clone(), left % right);
        }
        if left == BigInt::ZERO {
            return Err(Exhausted);
        }
        common = Some(last / left * step);
    }
    common.map(|common| unscaled(&common, scale)).transpose()
}

/// The least multiple of a step above a bound; zero without bound.
fn lowest_above(low: Option<&Decimal>, step: &Decimal) -> Result<Decimal, Exhausted> {
    let Some(low) = low else { return Ok(Decimal::ZERO) };
    let scale = scale([low, step])?;
    let (low, step) = (scaled(low, scale)?, scaled(step, scale)?);
    let mut times = &low / &step;
    if &times * &step <= low {
        times += 1;
    }
    unscaled(&(times * step), scale)
}

/// The multiple of `step / 10^digits` strictly between two bounds that is nearest to zero.
fn plainest(
    low: Option<&Decimal>,
    high: Option<&Decimal>,
    step: &Decimal,
    digits: u64,
) -> Result<Option<Decimal>, Exhausted> {
    let step = unscaled(&scaled(step, scale([step])?)?, scale([step])? + digits)?;
    let inside = |number: &Decimal| low.is_none_or(|low| number > low) && high.is_none_or(|high| number < high);
    if inside(&Decimal::ZERO) {
        return Ok(Some(Decimal::ZERO));
    }
    let number = match (low, high) {
        (Some(low), _) if !low.is_negative() => lowest_above(Some(low), &step)?,
        (_, Some(high)) => lowest_above(Some(&high.negated()), &step)?.negated(),
        (low, None) => lowest_above(low, &step)?,
    };
    Ok(inside(&number).then_some(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_plainest_number_of_a_gap() {
        let decimal = |text: &str| Decimal::parse(text).unwrap();
        for (low, high, step, digits, expected) in [
            (None, None, "1", 0, Some("0")),
            (Some("0"), None, "1", 0, Some("1")),
            (None, Some("0"), "1", 0, Some("-1")),
            (Some("-5"), Some("3"), "1", 0, Some("0")),
            (Some("2.5"), Some("3"), "1", 0, None),
            (Some("2.5"), Some("3"), "1", 1, Some("2.6")),
            (Some("-3"), Some("-2.95"), "1", 2, Some("-2.96")),
            (Some("10"), Some("20"), "5", 0, Some("15")),
            (Some("-20"), Some("-10"), "5", 0, Some("-15")),
            (Some("0.1"), Some("0.3"), "0.25", 0, Some("0.25")),
            (Some("99"), None, "0.5", 0, Some("99.5")),
        ] {
            let (low, high) = (low.map(decimal), high.map(decimal));
            let found = plainest(low.as_ref(), high.as_ref(), &decimal(step), digits).unwrap();
            assert_eq!(found, expected.map(decimal), "{low:?} {high:?} {step} {digits}");
        }
    }

    #[test]
    fn knows_multiples() {
        for (number, step, is) in [
            ("6", "3", true),
            ("7", "3", false),
            ("-0.75", "0.25", true),
            ("0.1", "0.03", false),
            ("1e30", "7", false),
            ("0", "7", true),
            ("2.5", "1", false),
        ] {
            let [number, step] = [number, step].map(|text| Decimal::parse(text).unwrap());
            assert_eq!(is_multiple(&number, &step), is, "{number} {step}");
        }
    }
}

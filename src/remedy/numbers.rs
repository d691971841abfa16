//! Numbers at which tests change their results.

use std::collections::BTreeSet;

use num_bigint::BigInt;

use crate::decimal::Decimal;
use crate::solver::formula::Check;

/// The most digits, before and after the point, of numbers that are tried.
const DIGITS: u64 = 400;

/// Numbers at and beside those that tests of a value name, in steps of the last digit that they or the number before
/// have, and the multiples that are wanted around all of these.
pub(super) fn around(checks: &[&Check], before: Option<&Decimal>) -> Vec<Decimal> {
    let mut named: Vec<&Decimal> = before.into_iter().collect();
    let mut steps = Vec::new();
    for check in checks {
        match check {
            Check::Number(_, number) => named.push(number),
            Check::Numbers(numbers) => named.extend(numbers),
            Check::Multiple(step) => steps.push(step),
            _ => {}
        }
    }
    let Some(scale) = named.iter().chain(&steps).map(|number| number.fraction_digits()).max() else {
        return Vec::new();
    };
    let scaled = |number: &Decimal| number.scaled(scale, DIGITS);
    let mut found: BTreeSet<BigInt> = BTreeSet::new();
    for number in named.iter().filter_map(|number| scaled(number)) {
        found.extend([&number - 1, number.clone(), &number + 1]);
    }
    let beside: Vec<BigInt> = found.iter().cloned().collect();
    for step in steps.iter().filter_map(|step| scaled(step)).filter(|step| *step > BigInt::ZERO) {
        for number in &beside {
            // Rounded toward zero; the nearest multiple on the other side is one further.
            let multiple = number / &step * &step;
            found.extend([&multiple - &step, multiple.clone(), &multiple + &step]);
        }
    }
    found.into_iter().filter_map(|number| Decimal::parse(&plain(&number, scale))).collect()
}

/// How far apart two numbers are; zero if that has too many digits to be worked out.
pub(super) fn difference(left: &Decimal, right: &Decimal) -> Decimal {
    let difference = left.checked_add(&right.negated(), DIGITS).unwrap_or(Decimal::ZERO);
    if difference.is_negative() { difference.negated() } else { difference }
}

fn plain(number: &BigInt, scale: u64) -> String {
    format!("{number}e-{scale}")
}

//! Limits in words.

use crate::decimal::Decimal;
use crate::ir::{Limit, Scope};

use super::condition::subject;
use super::words::{code, number};

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// Longer numbers are not multiplied; the sentence about them is left out.
const MAX_DIGITS: u64 = 60;

/// A limit in words: how much passes, what that is in an hour and in a day, and what can pass where one window ends
/// and the next begins. `calls` says of which calls, as in "at most 5 {calls}": "calls of `pay`".
#[must_use]
pub fn limit(limit: &Limit, calls: &str) -> String {
    limit_at(limit, calls, "")
}

/// The same with a remark, which begins with a space, at the end of the first sentence.
pub(super) fn limit_at(limit: &Limit, calls: &str, remark: &str) -> String {
    let window = window(limit.window);
    let whose = whose(&limit.scope);
    let counts = limit.sum_of.is_none();
    let mut text = match &limit.sum_of {
        None if limit.max.is_zero() => {
            return format!("None of the {calls} pass: the limit is 0 in every {window}{remark}.");
        }
        None => {
            let calls = if limit.max == Decimal::from(1) { singular(calls) } else { calls.to_owned() };
            let pass = if limit.max == Decimal::from(1) { "passes" } else { "pass" };
            format!("At most {} {calls} {pass} in every {window}, {whose}{remark}.", number(&limit.max))
        }
        Some(path) => format!(
            "Over the {calls} that pass, {} adds up to at most {} in every {window}, {whose}{remark}.",
            subject(path),
            number(&limit.max)
        ),
    };
    let spans: Vec<String> = [("an hour", HOUR), ("a day", DAY)]
        .into_iter()
        .filter(|(_, length)| *length > limit.window)
        .filter_map(|(name, length)| {
            let most = times(&limit.max, windows_in(length, limit.window))?;
            Some(format!("{} in {name}", number(&most)))
        })
        .collect();
    if !spans.is_empty() && !limit.max.is_zero() {
        text.push_str(&format!(" By the clock, that is at most {}.", spans.join(" and ")));
    }
    if let Some(double) = times(&limit.max, 2).filter(|double| !double.is_zero()) {
        let what =
            if counts { format!("up to {} of them", number(&double)) } else { format!("up to {}", number(&double)) };
        let noun = if counts { "count" } else { "sum" };
        text.push_str(&format!(
            " The {noun} starts again {}, so that {what} can pass in close succession around that moment.",
            starts(limit.window)
        ));
    }
    if let Some(path) = &limit.sum_of {
        let amount = subject(path);
        text.push_str(&format!(
            " Of these calls, those in which {amount} is missing, not a number, or negative are denied."
        ));
    }
    text
}

/// "calls of `a`" as "call of `a`".
fn singular(calls: &str) -> String {
    calls.replacen("calls", "call", 1)
}

fn whose(scope: &Scope) -> String {
    match scope {
        Scope::Grant => "for each grant on its own".to_owned(),
        Scope::Server => "for all callers together".to_owned(),
        Scope::Caller(claim) => format!(
            "for each value of the caller's {} on its own (callers for whom it is missing or null share one)",
            code(claim)
        ),
    }
}

fn unit(seconds: u64) -> (u64, &'static str) {
    let units = [("day", DAY), ("hour", HOUR), ("minute", 60), ("second", 1)];
    let (name, length) = units.into_iter().find(|(_, length)| seconds.is_multiple_of(*length)).unwrap_or(("second", 1));
    (seconds / length, name)
}

/// "minute", "5 minutes"
fn window(seconds: u64) -> String {
    match unit(seconds) {
        (1, name) => name.to_owned(),
        (count, name) => format!("{count} {name}s"),
    }
}

/// When windows begin.
fn starts(seconds: u64) -> String {
    match unit(seconds) {
        (1, "day") => "at midnight UTC".to_owned(),
        (1, name) => format!("at every full {name}"),
        (count, name) if DAY.is_multiple_of(seconds) => format!("every {count} {name}s from midnight UTC on"),
        (count, name) => format!("every {count} {name}s from the beginning of 1970 UTC on"),
    }
}

/// How many windows an hour or day of the clock can touch. Both begin at multiples of their length since 1970, so the
/// span begins a multiple of the greatest common divisor after a window does; the latest such beginning touches most.
fn windows_in(span: u64, window: u64) -> u64 {
    let window = window.max(1);
    let latest = window - gcd(span, window);
    latest.saturating_add(span - 1) / window + 1
}

fn gcd(left: u64, right: u64) -> u64 {
    let (mut left, mut right) = (left, right);
    while right > 0 {
        (left, right) = (right, left % right);
    }
    left
}

fn times(number: &Decimal, factor: u64) -> Option<Decimal> {
    let scale = number.fraction_digits();
    let product = number.scaled(scale, MAX_DIGITS)? * factor;
    Decimal::parse(&format!("{product}e-{scale}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts by going through enough hours and days one by one.
    #[test]
    fn windows_in_a_span_are_counted_right() {
        for window in [1, 7, 60, 90, 300, 420, 1_000, 1_800, 3_599, 5_400, 7_200, 25_200, 50_000] {
            for span in [HOUR, DAY] {
                let most = (0..2_000).map(|index: u64| ((index + 1) * span - 1) / window - index * span / window + 1);
                assert_eq!(most.max(), Some(windows_in(span, window)), "{window} in {span}");
            }
        }
    }
}

//! Sets of numbers as regular expressions over what JavaScript prints.
//!
//! A double is printed with the fewest digits that are read as it again: without an exponent from
//! 1e-6 up to 1e21, with one outside. Neighbouring doubles have different texts in the same order,
//! so comparing the texts as decimals compares the doubles.

use crate::emit::operators::numbers::{Interval, Numbers};

/// Any fraction.
const FRACTION: &str = r"(\.([0-9])+)?";
/// The rest of a number, whatever it is. It ends where the number ends, also in an array.
const REST: &str = r"([-.0-9e\x2b])*";
/// What matches nothing.
const NOTHING: &str = "[]";
/// The largest number of digits before the point.
const MOST_DIGITS: usize = 21;
/// What is printed without an exponent, and zero.
const PLAIN: std::ops::Range<f64> = 1e-6..1e21;

/// A number as JavaScript prints it.
pub(super) fn printed(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if PLAIN.contains(&size) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    if size < 1.0 { text } else { text.replace('e', "e+") }
}

/// A printed number as an expression.
fn literal(text: &str) -> String {
    text.replace('.', r"\.").replace('+', r"\x2b")
}

/// The alternatives for a set of numbers, one for each of its intervals; `None` if a bound is
/// printed with an exponent.
pub(super) fn alternatives(numbers: &Numbers) -> Option<Vec<String>> {
    numbers.intervals().iter().map(alternative).collect()
}

/// The expression for an interval: a group, or the text of its only number.
pub(super) fn alternative(interval: &Interval) -> Option<String> {
    if let Some(point) = interval.point() {
        return Some(literal(&printed(point)));
    }
    let (low, high) = (interval.low, interval.high);
    let zero = Bound { digits: Digits::of(0.0)?, inclusive: false };
    let bound = |at: f64, inclusive: bool| Some(Bound { digits: Digits::of(at.abs())?, inclusive });
    let mut out = Vec::new();
    if interval.is_unbounded_below() && high.at >= 0.0 {
        out.push(format!("-{REST}"));
    } else if low.at < 0.0 {
        let upper = if interval.is_unbounded_below() { None } else { Some(bound(low.at, !low.after)?) };
        let lower = if high.at < 0.0 { bound(high.at, high.after)? } else { zero.clone() };
        let sizes = sizes(&lower, upper.as_ref());
        if !sizes.is_empty() {
            out.push(format!("-{}", grouped(&sizes)));
        }
    }
    if high.at > 0.0 || high.at == 0.0 && high.after {
        let upper = if interval.is_unbounded_above() { None } else { Some(bound(high.at, high.after)?) };
        let lower = if low.at < 0.0 { Bound { inclusive: true, ..zero } } else { bound(low.at, !low.after)? };
        out.extend(sizes(&lower, upper.as_ref()));
    }
    Some(format!("({})", out.join("|")))
}

/// An end of an interval of numbers that are not negative.
#[derive(Clone)]
struct Bound {
    digits: Digits,
    inclusive: bool,
}

/// The digits of a number before and behind its point.
#[derive(Clone)]
struct Digits {
    whole: Vec<u8>,
    fraction: Vec<u8>,
}

impl Digits {
    fn of(number: f64) -> Option<Self> {
        if number != 0.0 && !PLAIN.contains(&number) {
            return None;
        }
        let text = printed(number);
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let digits = |text: &str| text.bytes().map(|byte| byte - b'0').collect();
        Some(Self { whole: digits(whole), fraction: digits(fraction) })
    }

    fn is_zero(&self) -> bool {
        self.whole == [0] && self.fraction.is_empty()
    }
}

fn grouped(alternatives: &[String]) -> String {
    match alternatives {
        [only] => only.clone(),
        several => format!("({})", several.join("|")),
    }
}

/// The alternatives for what is not negative and between two bounds.
fn sizes(low: &Bound, high: Option<&Bound>) -> Vec<String> {
    if low.digits.is_zero() && low.inclusive && high.is_none() {
        return vec![format!("[0-9]{REST}")];
    }
    let mut out = Vec::new();
    let least = low.digits.whole.len();
    let most = high.map_or(MOST_DIGITS, |high| high.digits.whole.len());
    if let Some(high) = high
        && least == most
    {
        out.extend(whole(0, least, Some(low), Some(high)));
    } else {
        out.extend(whole(0, least, Some(low), None));
        let between = if high.is_some() { most.saturating_sub(1) } else { most };
        if let Some(high) = high {
            out.extend(whole(0, most, None, Some(high)));
        }
        if least < between {
            out.push(format!("[1-9]([0-9]){{{least},{}}}{FRACTION}", between - 1));
        }
    }
    if low.digits.is_zero() && high.is_none_or(|high| !high.digits.is_zero()) {
        out.push("([0-9.])+e-([0-9])+".to_owned());
    }
    if high.is_none() {
        out.push(r"([0-9.])+e\x2b([0-9])+".to_owned());
    }
    out
}

/// One digit of a range.
fn digit(from: u8, to: u8) -> String {
    if from == to { from.to_string() } else { format!("[{from}-{to}]") }
}

/// The alternatives for a digit and what follows it: the digit of either bound, after which the
/// bound still counts, and those between.
fn step(
    [first, last]: [u8; 2],
    low: Option<u8>,
    high: Option<u8>,
    follow: &dyn Fn(bool, bool) -> Option<String>,
) -> Option<String> {
    let mut out = Vec::new();
    let (mut from, mut to) = (i16::from(low.unwrap_or(first)), i16::from(high.unwrap_or(last)));
    if let (Some(low), Some(high)) = (low, high)
        && low == high
    {
        return follow(true, true).map(|rest| format!("{low}{rest}"));
    }
    if let Some(low) = low {
        out.extend(follow(true, false).map(|rest| format!("{low}{rest}")));
        from += 1;
    }
    if let Some(high) = high {
        // The first digit of a longer number is no zero.
        if high >= first {
            out.extend(follow(false, true).map(|rest| format!("{high}{rest}")));
        }
        to -= 1;
    }
    if let (Ok(from), Ok(to)) = (u8::try_from(from), u8::try_from(to))
        && from <= to
    {
        out.extend(follow(false, false).map(|rest| format!("{}{rest}", digit(from, to))));
    }
    (!out.is_empty()).then(|| grouped(&out))
}

/// The digits from a place before the point, where the bounds that are given still count.
fn whole(at: usize, length: usize, low: Option<&Bound>, high: Option<&Bound>) -> Option<String> {
    if at == length {
        return point(low, high);
    }
    if low.is_none() && high.is_none() {
        let rest = match length - at {
            1 => "[0-9]".to_owned(),
            several => format!("([0-9]){{{several}}}"),
        };
        return Some(rest + FRACTION);
    }
    let of = |bound: Option<&Bound>| bound.and_then(|bound| bound.digits.whole.get(at).copied());
    let first = u8::from(at == 0 && length > 1);
    step([first, 9], of(low), of(high), &|keeps_low, keeps_high| {
        whole(at + 1, length, low.filter(|_| keeps_low), high.filter(|_| keeps_high))
    })
}

/// What follows the digits before the point.
fn point(low: Option<&Bound>, high: Option<&Bound>) -> Option<String> {
    if low.is_none() && high.is_none() {
        return Some(FRACTION.to_owned());
    }
    let ends = low.is_none_or(|low| low.digits.fraction.is_empty() && low.inclusive)
        && high.is_none_or(|high| !high.digits.fraction.is_empty() || high.inclusive);
    either(ends, fraction(0, low, high).map(|rest| format!(r"\.{rest}")), high)
}

/// Either nothing or some more. A bound that is out of reach is written all the same, followed by
/// what matches nothing, so that a reader sees it.
fn either(ends: bool, more: Option<String>, high: Option<&Bound>) -> Option<String> {
    match (ends, more) {
        (true, Some(more)) => Some(format!("({more})?")),
        (true, None) => Some(String::new()),
        (false, None) => high.map(|_| NOTHING.to_owned()),
        (false, more) => more,
    }
}

/// One digit or more behind the point, from a place on.
fn fraction(at: usize, low: Option<&Bound>, high: Option<&Bound>) -> Option<String> {
    let of = |bound: &Bound| bound.digits.fraction.get(at).copied();
    // Past its last digit whatever follows is more than a bound.
    let low = low.filter(|low| of(low).is_some());
    if high.is_some_and(|high| of(high).is_none()) {
        return None;
    }
    if low.is_none() && high.is_none() {
        return Some("([0-9])+".to_owned());
    }
    step([0, 9], low.and_then(of), high.and_then(of), &|keeps_low, keeps_high| {
        after(at + 1, low.filter(|_| keeps_low), high.filter(|_| keeps_high))
    })
}

/// What follows a digit behind the point.
fn after(at: usize, low: Option<&Bound>, high: Option<&Bound>) -> Option<String> {
    if low.is_none() && high.is_none() {
        return Some("([0-9])*".to_owned());
    }
    let is_over = |bound: &Bound| at >= bound.digits.fraction.len();
    let ends =
        low.is_none_or(|low| is_over(low) && low.inclusive) && high.is_none_or(|high| !is_over(high) || high.inclusive);
    either(ends, fraction(at, low, high), high)
}

/// The numbers of an alternative as [`alternatives`] has written it.
///
/// The bounds stand in it as they are printed, but for digits that both bounds begin with, which
/// stand there once. What is made of them must be the same text.
pub(super) fn read(text: &str) -> Option<Numbers> {
    if let Some(point) = read_literal(text) {
        return Some(Numbers::point(point));
    }
    let runs = runs(text);
    let has_negative = text.starts_with("(-");
    // Each way out of the bounds has an exponent without a sign in front.
    let endless = text.matches(r"e\x2b").count();
    let is_same = |numbers: &Numbers| match numbers.intervals() {
        [interval] => {
            let unbounded = [interval.is_unbounded_below(), interval.is_unbounded_above()];
            // What costs nothing comes first.
            (interval.low.at < 0.0) == has_negative
                && unbounded.iter().filter(|is| **is).count() == endless
                && interval.point().is_none()
                && alternative(interval).as_deref() == Some(text)
        }
        _ => false,
    };
    let mut sizes: Vec<f64> = runs.iter().filter_map(|run| number(run)).filter(|size| *size != 0.0).collect();
    // Bounds have more digits than what else is written as a digit.
    sizes.sort_by(|left, right| right.total_cmp(left));
    sizes.dedup();
    sizes.truncate(MOST_SIZES);
    let bounds: Vec<f64> = sizes.iter().flat_map(|size| [*size, -size]).chain([0.0]).collect();
    let ends =
        |at: &f64| [true, false].map(|inclusive| (Numbers::above(*at, inclusive), Numbers::below(*at, inclusive)));
    let of = |at: &[f64]| -> (Vec<Numbers>, Vec<Numbers>) { at.iter().flat_map(ends).unzip() };
    let (mut lows, mut highs) = of(&bounds);
    lows.push(Numbers::all());
    highs.push(Numbers::all());
    if let Some(found) = first_of(&lows, &highs, is_same) {
        return Some(found);
    }
    // What both bounds begin with stands there once: the lower one may be no more than that, or the
    // upper one goes on with a larger digit.
    let first = runs.first().filter(|run| run.len() <= MOST_PRINTED)?;
    let mut ends: Vec<&String> = runs.iter().skip(1).filter(|run| run.len() <= MOST_PRINTED).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.truncate(MOST_ENDS);
    let smaller = (1..first.len()).filter_map(|end| number(first.get(..end)?));
    let larger = (1..first.len()).flat_map(|end| {
        let (shared, low) = first.split_at_checked(end).unwrap_or((first, ""));
        let ends = ends.iter().filter(move |end| low.as_bytes().first() < end.as_bytes().first());
        ends.filter_map(move |end| number(&format!("{shared}{end}")))
    });
    let first = number(first)?;
    let pairs = smaller.map(|low| (low, first)).chain(larger.map(|high| (first, high)));
    let mut pairs = pairs.flat_map(|(low, high)| [(low, high), (-high, -low)]);
    pairs.find_map(|(low, high)| first_of(&of(&[low]).0, &of(&[high]).1, is_same))
}

/// The first of the sets between a lower and an upper end that is as wanted.
fn first_of(lows: &[Numbers], highs: &[Numbers], wanted: impl Fn(&Numbers) -> bool) -> Option<Numbers> {
    let both = |low: &Numbers, high: &Numbers| low.complement().union(&high.complement()).complement();
    let mut sets = lows.iter().flat_map(|low| highs.iter().map(move |high| both(low, high)));
    sets.find(|set| wanted(set))
}

fn number(run: &str) -> Option<f64> {
    let number: f64 = run.trim_end_matches('.').parse().ok()?;
    Digits::of(number).map(|_| number)
}

fn read_literal(text: &str) -> Option<f64> {
    let number: f64 = text.replace(r"\.", ".").replace(r"\x2b", "+").parse().ok()?;
    (number.is_finite() && literal(&printed(number)) == text).then_some(number)
}

/// Runs of digits that may be bounds, or the ends of bounds.
fn runs(text: &str) -> Vec<String> {
    let mut runs = Vec::new();
    let mut run = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let mut length = char.len_utf8();
        match char {
            '0'..='9' => run.push(char),
            '\\' if rest.starts_with(r"\.") => {
                length = 2;
                run.push('.');
            }
            '(' => {}
            _ => {
                runs.push(std::mem::take(&mut run));
                // The digits of classes and of quantifiers are no digits of bounds.
                let end = match char {
                    '[' => rest.find(']'),
                    '{' => rest.find('}'),
                    _ => None,
                };
                length = end.map_or(length, |end| end + 1);
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    runs.push(run);
    runs.retain(|run| run.starts_with(|char: char| char.is_ascii_digit()));
    runs
}

/// Characters that a number without an exponent has at most.
const MOST_PRINTED: usize = 25;
/// Ends of a bound that are tried: that of a bound, and numbers of one digit.
const MOST_ENDS: usize = 24;
/// Bounds that are tried: those of an interval, and numbers of one digit.
const MOST_SIZES: usize = 16;

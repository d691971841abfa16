//! Exact decimal numbers, compared by value.
//!
//! JSON numbers of any length and exponent are kept as digits, never as floating point: `2^53 + 1` is not
//! `2^53`, and `1e400` is a number like any other. Parsing and comparing cost time linear in the digits
//! written, whatever the exponent says.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;

/// An exact decimal: `0.DIGITS * 10^point`, negative or not.
///
/// `digits` has neither leading nor trailing zeros, so that equal numbers have equal fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    digits: Box<[u8]>,
    point: i64,
}

/// Exponents are held within this bound either way; two numbers beyond it on the same side with the same
/// digits count as equal. Nobody compares such numbers, and the bound keeps the arithmetic from overflowing.
const MAX_EXPONENT: i64 = i64::MAX / 4;

impl Decimal {
    /// Reads a JSON number, with `_` allowed between digits. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digit_or_gap = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        if whole.is_empty() || !digit_or_gap(whole) || !digit_or_gap(fraction) {
            return None;
        }
        let mut digits: Vec<u8> = Vec::with_capacity(mantissa.len());
        digits.extend(whole.bytes().filter(u8::is_ascii_digit));
        let mut point = i64::try_from(digits.len()).ok()?.checked_add(parse_exponent(exponent)?)?;
        digits.extend(fraction.bytes().filter(u8::is_ascii_digit));
        let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..leading);
        point -= i64::try_from(leading).ok()?;
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Some(Self { negative: false, digits: Box::default(), point: 0 });
        }
        Some(Self { negative, digits: digits.into(), point })
    }

    /// Whether the number is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether the number is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether the number has no fractional part.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        i64::try_from(self.digits.len()).is_ok_and(|len| self.point >= len) || self.is_zero()
    }

    /// Digits after the decimal point; 0 for a whole number.
    #[must_use]
    pub fn fraction_digits(&self) -> u64 {
        let len = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        u64::try_from(len.saturating_sub(self.point)).unwrap_or(0)
    }

    /// The value as `u64`, if it is a whole number in that range.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        if self.is_zero() {
            return Some(0);
        }
        if self.negative || !self.is_whole() || self.point > 20 {
            return None;
        }
        let zeros = usize::try_from(self.point).ok()? - self.digits.len();
        let written = self.digits.iter().copied().chain(std::iter::repeat_n(b'0', zeros));
        written.into_iter().try_fold(0u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
    }

    /// The nearest IEEE 754 double; infinite beyond its range.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        let digits = std::str::from_utf8(&self.digits).unwrap_or_default();
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0.{digits}0e{}", self.point).parse().unwrap_or(f64::NAN)
    }

    /// The number times `10^scale` as an integer, if that is whole and has at most `max_digits` digits.
    #[must_use]
    pub fn scaled(&self, scale: u64, max_digits: u64) -> Option<BigInt> {
        if self.is_zero() {
            return Some(BigInt::from(0));
        }
        let len = i64::try_from(self.digits.len()).ok()?;
        let places = self.point.checked_add(i64::try_from(scale).ok()?)?;
        let zeros = usize::try_from(places.checked_sub(len)?).ok()?;
        if u64::try_from(places).ok()? > max_digits {
            return None;
        }
        let written: Vec<u8> = self.digits.iter().copied().chain(std::iter::repeat_n(b'0', zeros)).collect();
        let value = BigInt::parse_bytes(&written, 10)?;
        Some(if self.negative { -value } else { value })
    }

    /// The sum, exactly; `None` if either number needs more than `max_digits` digits before or after the point.
    #[must_use]
    pub fn checked_add(&self, other: &Self, max_digits: u64) -> Option<Self> {
        let scale = self.fraction_digits().max(other.fraction_digits());
        if scale > max_digits {
            return None;
        }
        let most = scale.checked_add(max_digits)?;
        let sum = self.scaled(scale, most)? + other.scaled(scale, most)?;
        Self::parse(&format!("{sum}e-{scale}"))
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(MAX_EXPONENT).min(MAX_EXPONENT);
    Some(if negative { -size } else { size })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.is_zero(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitude = || self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => magnitude(),
            _ => magnitude().reverse(),
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<u64> for Decimal {
    fn from(value: u64) -> Self {
        Self::parse(&value.to_string()).unwrap_or(Self { negative: false, digits: Box::default(), point: 0 })
    }
}

/// Plain digits where that takes at most 40 characters, else an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = std::str::from_utf8(&self.digits).unwrap_or_default();
        let sign = if self.negative { "-" } else { "" };
        let len = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        match self.point {
            _ if self.is_zero() => write!(f, "0"),
            point if point >= len && point <= 40 => {
                write!(f, "{sign}{digits}{}", "0".repeat(usize::try_from(point - len).unwrap_or(0)))
            }
            point if point > 0 && point < len => {
                let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
                write!(f, "{sign}{whole}.{fraction}")
            }
            point if point <= 0 && point > -40 => {
                write!(f, "{sign}0.{}{digits}", "0".repeat(usize::try_from(-point).unwrap_or(0)))
            }
            point => {
                let (first, rest) = digits.split_at(1.min(digits.len()));
                let dot = if rest.is_empty() { "" } else { "." };
                write!(f, "{sign}{first}{dot}{rest}e{}", point - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn compares_by_value() {
        let ascending = [
            "-1e400",
            "-2",
            "-1.5",
            "-1e-400",
            "0",
            "1e-400",
            "0.1",
            "0.10000000000000000001",
            "1",
            "1.5",
            "10",
            "9007199254740992",
            "9007199254740993",
            "1e400",
            "1e99999999999999999999999",
        ];
        for (i, left) in ascending.iter().enumerate() {
            for (j, right) in ascending.iter().enumerate() {
                assert_eq!(number(left).cmp(&number(right)), i.cmp(&j), "{left} against {right}");
            }
        }
        for (left, right) in [("1", "1.0"), ("-0", "0"), ("50_000", "5e4"), ("0.5", "5E-1"), ("100e-2", "1")] {
            assert_eq!(number(left), number(right));
        }
    }

    #[test]
    fn prints_and_converts() {
        for text in ["0", "-12.5", "1000000", "0.001", "9007199254740993", "1e50", "-1.5e-60"] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(number("18446744073709551615").to_u64(), Some(u64::MAX));
        assert_eq!(number("18446744073709551616").to_u64(), None);
        assert_eq!(number("1.5").to_u64(), None);
        assert_eq!(number("9007199254740993").to_f64(), 9_007_199_254_740_992.0);
        assert_eq!(number("1e400").to_f64(), f64::INFINITY);
        assert_eq!(number("12.5").scaled(2, 100), Some(BigInt::from(1250)));
        assert_eq!(number("12.5").scaled(0, 100), None);
        assert_eq!(number("1e1000000000").scaled(0, 100), None);
        assert_eq!(number("0.1").checked_add(&number("0.2"), 10), Some(number("0.3")));
        assert_eq!(number("1e9").checked_add(&number("-1"), 10), Some(number("999999999")));
        assert_eq!(number("1").checked_add(&number("1e-11"), 10), None);
        assert_eq!(Decimal::parse("1."), Some(number("1")));
        assert_eq!(Decimal::parse("x"), None);
    }
}

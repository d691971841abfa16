//! Exact decimal numbers, compared by value.
//!
//! JSON numbers of any length and exponent are kept as digits, never as floating point: `2^53 + 1` is not
//! `2^53`, and `1e400` is a number like any other. Parsing and comparing cost time linear in the digits
//! written, whatever the exponent says.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigInt;

/// An exact decimal. Numbers as people write them take no memory beside the value itself, and comparing and adding
/// them allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(Form);

// INVARIANT: a number has one form only, so that equal numbers have equal fields. Whatever `Small` can hold is `Small`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Form {
    /// `mantissa * 10^exponent`. The mantissa has at most [`SMALL_DIGITS`] digits, the last of which is not zero;
    /// the exponent lies within [`SMALL_EXPONENT`] either way. Zero has the exponent 0.
    Small { mantissa: i64, exponent: i32 },
    /// Any other number.
    Large(Box<Large>),
}

/// `0.DIGITS * 10^point`, negative or not. The digits (ASCII) have neither leading nor trailing zeros.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Large {
    negative: bool,
    digits: Box<[u8]>,
    point: i64,
}

/// Every number of so many digits is below 2^63.
const SMALL_DIGITS: usize = 18;
const SMALL_EXPONENT: i64 = 1 << 30;

/// Exponents are held within this bound either way; two numbers beyond it on the same side with the same
/// digits count as equal. Nobody compares such numbers, and the bound keeps the arithmetic from overflowing.
const MAX_EXPONENT: i64 = i64::MAX / 4;

impl Decimal {
    /// 0
    pub const ZERO: Self = Self(Form::Small { mantissa: 0, exponent: 0 });
    /// 1
    pub const ONE: Self = Self(Form::Small { mantissa: 1, exponent: 0 });

    /// Reads a JSON number, with `_` allowed between digits. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_small(text.as_bytes()).or_else(|| Self::parse_any(text))
    }

    /// Reads digits with perhaps a sign and a point in one pass. `None` for what has to be looked at closely.
    fn parse_small(text: &[u8]) -> Option<Self> {
        let (negative, unsigned) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let mut value: i64 = 0;
        let mut digits = 0;
        let mut point = None;
        for byte in unsigned {
            match byte {
                b'0'..=b'9' if digits < SMALL_DIGITS => {
                    value = value * 10 + i64::from(byte - b'0');
                    digits += 1;
                }
                b'.' if point.is_none() && digits > 0 => point = Some(digits),
                _ => return None,
            }
        }
        if digits == 0 {
            return None;
        }
        let fraction = i32::try_from(digits - point.unwrap_or(digits)).ok()?;
        Some(Self::small(if negative { -value } else { value }, -fraction))
    }

    fn parse_any(text: &str) -> Option<Self> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digit_or_gap = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        if whole.is_empty() || !digit_or_gap(whole) || !digit_or_gap(fraction) {
            return None;
        }
        let mut digits: Vec<u8> = Vec::with_capacity(mantissa.len());
        digits.extend(whole.bytes().filter(u8::is_ascii_digit));
        let point = i64::try_from(digits.len()).ok()?.checked_add(parse_exponent(exponent)?)?;
        digits.extend(fraction.bytes().filter(u8::is_ascii_digit));
        Self::from_digits(negative, digits, point)
    }

    /// `0.DIGITS * 10^point`, with zeros anywhere.
    fn from_digits(negative: bool, mut digits: Vec<u8>, mut point: i64) -> Option<Self> {
        let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..leading);
        point -= i64::try_from(leading).ok()?;
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let exponent = point.checked_sub(i64::try_from(digits.len()).ok()?)?;
        if digits.len() <= SMALL_DIGITS && (digits.is_empty() || exponent.abs() <= SMALL_EXPONENT) {
            let value = digits.iter().fold(0, |value: i64, digit| value * 10 + i64::from(digit - b'0'));
            return Some(Self::small(if negative { -value } else { value }, i32::try_from(exponent).unwrap_or(0)));
        }
        Some(Self(Form::Large(Box::new(Large { negative, digits: digits.into(), point }))))
    }

    /// `mantissa * 10^exponent`, for a mantissa of at most [`SMALL_DIGITS`] digits.
    fn small(mut mantissa: i64, mut exponent: i32) -> Self {
        if mantissa == 0 {
            return Self::ZERO;
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        Self(Form::Small { mantissa, exponent })
    }

    /// Whether the number is below zero.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Small { mantissa, .. } => *mantissa < 0,
            Form::Large(large) => large.negative,
        }
    }

    /// Whether the number is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Form::Small { mantissa: 0, .. })
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self(match &self.0 {
            Form::Small { mantissa, exponent } => Form::Small { mantissa: -mantissa, exponent: *exponent },
            Form::Large(large) => Form::Large(Box::new(Large { negative: !large.negative, ..(**large).clone() })),
        })
    }

    /// Where the point stands: the number is `0.DIGITS * 10^point`. 0 for zero.
    fn point(&self) -> i64 {
        match &self.0 {
            Form::Small { mantissa, exponent } => {
                let digits = mantissa.unsigned_abs().checked_ilog10().map_or(0, |log| i64::from(log) + 1);
                digits + i64::from(*exponent)
            }
            Form::Large(large) => large.point,
        }
    }

    /// The digits without zeros at either end; none for zero.
    fn digits(&self) -> Cow<'_, [u8]> {
        match &self.0 {
            Form::Small { mantissa: 0, .. } => Cow::Borrowed(&[]),
            Form::Small { mantissa, .. } => Cow::Owned(mantissa.unsigned_abs().to_string().into_bytes()),
            Form::Large(large) => Cow::Borrowed(&large.digits),
        }
    }

    /// Whether the number has no fractional part.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.fraction_digits() == 0
    }

    /// Digits after the decimal point; 0 for a whole number.
    #[must_use]
    pub fn fraction_digits(&self) -> u64 {
        match &self.0 {
            Form::Small { exponent, .. } => u64::try_from(-i64::from(*exponent)).unwrap_or(0),
            Form::Large(large) => {
                let len = i64::try_from(large.digits.len()).unwrap_or(i64::MAX);
                u64::try_from(len.saturating_sub(large.point)).unwrap_or(0)
            }
        }
    }

    /// The value as `u64`, if it is a whole number in that range.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        if self.is_zero() {
            return Some(0);
        }
        if self.is_negative() || !self.is_whole() || self.point() > 20 {
            return None;
        }
        let digits = self.digits();
        let zeros = usize::try_from(self.point()).ok()?.checked_sub(digits.len())?;
        let written = digits.iter().copied().chain(std::iter::repeat_n(b'0', zeros));
        written.into_iter().try_fold(0u64, |value, digit| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
    }

    /// The nearest IEEE 754 double; infinite beyond its range.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        let digits = self.digits();
        let digits = std::str::from_utf8(&digits).unwrap_or_default();
        let sign = if self.is_negative() { "-" } else { "" };
        format!("{sign}0.{digits}0e{}", self.point()).parse().unwrap_or(f64::NAN)
    }

    /// The number times `10^scale` as an integer, if that is whole and has at most `max_digits` digits.
    #[must_use]
    pub fn scaled(&self, scale: u64, max_digits: u64) -> Option<BigInt> {
        if self.is_zero() {
            return Some(BigInt::from(0));
        }
        let digits = self.digits();
        let len = i64::try_from(digits.len()).ok()?;
        let places = self.point().checked_add(i64::try_from(scale).ok()?)?;
        let zeros = usize::try_from(places.checked_sub(len)?).ok()?;
        if u64::try_from(places).ok()? > max_digits {
            return None;
        }
        let written: Vec<u8> = digits.iter().copied().chain(std::iter::repeat_n(b'0', zeros)).collect();
        let value = BigInt::parse_bytes(&written, 10)?;
        Some(if self.is_negative() { -value } else { value })
    }

    /// The sum, exactly; `None` if either number needs more than `max_digits` digits before or after the point.
    #[must_use]
    pub fn checked_add(&self, other: &Self, max_digits: u64) -> Option<Self> {
        let most = i64::try_from(max_digits).unwrap_or(i64::MAX);
        if [self, other].iter().any(|number| number.fraction_digits() > max_digits || number.point() > most) {
            return None;
        }
        if let Some(sum) = self.add_small(other) {
            return Some(sum);
        }
        self.add_large(other, max_digits)
    }

    /// The sum of two small numbers that is small, too.
    fn add_small(&self, other: &Self) -> Option<Self> {
        let (Form::Small { mantissa: left, exponent: left_exponent }, Form::Small { mantissa: right, exponent }) =
            (&self.0, &other.0)
        else {
            return None;
        };
        let lowest = *left_exponent.min(exponent);
        let shifted = |mantissa: i64, exponent: i32| {
            let shift = u32::try_from(exponent.checked_sub(lowest)?).ok()?;
            mantissa.checked_mul(10_i64.checked_pow(shift)?)
        };
        let sum = shifted(*left, *left_exponent)?.checked_add(shifted(*right, *exponent)?)?;
        (sum.unsigned_abs() < 10_u64.pow(18)).then(|| Self::small(sum, lowest))
    }

    fn add_large(&self, other: &Self, max_digits: u64) -> Option<Self> {
        let scale = self.fraction_digits().max(other.fraction_digits());
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
        let (left, right) = (&self.0, &other.0);
        if let (Form::Small { mantissa: left, exponent }, Form::Small { mantissa: right, exponent: same }) =
            (left, right)
            && exponent == same
        {
            return left.cmp(right);
        }
        let sign = |number: &Self| if number.is_zero() { 0 } else { 1 - 2 * i32::from(number.is_negative()) };
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => self.cmp_size(other),
            _ => self.cmp_size(other).reverse(),
        })
    }
}

impl Decimal {
    /// Compares without regard to the sign, neither number being zero.
    fn cmp_size(&self, other: &Self) -> Ordering {
        self.point().cmp(&other.point()).then_with(|| match (&self.0, &other.0) {
            (Form::Small { mantissa: left, exponent: low }, Form::Small { mantissa: right, exponent: high }) => {
                // The points are equal, so the exponents are less than the digits of a mantissa apart.
                let shift =
                    |exponent: &i32| 10_u128.saturating_pow(exponent.saturating_sub(*low.min(high)).unsigned_abs());
                let size = |mantissa: &i64, exponent: &i32| {
                    u128::from(mantissa.unsigned_abs()).saturating_mul(shift(exponent))
                };
                size(left, low).cmp(&size(right, high))
            }
            _ => self.digits().cmp(&other.digits()),
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
        match i64::try_from(value) {
            Ok(mantissa) if value < 10_u64.pow(18) => Self::small(mantissa, 0),
            _ => Self::parse_any(&value.to_string()).unwrap_or(Self::ZERO),
        }
    }
}

/// Plain digits where that takes at most 40 characters, else an exponent.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        let digits = std::str::from_utf8(&digits).unwrap_or_default();
        let sign = if self.is_negative() { "-" } else { "" };
        let len = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        match self.point() {
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
    use proptest::prelude::*;

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

    /// The same number in the form that holds any.
    fn large(number: &Decimal) -> Decimal {
        let (negative, digits, point) = (number.is_negative(), number.digits().into(), number.point());
        Decimal(Form::Large(Box::new(Large { negative, digits, point })))
    }

    /// Numbers around the bounds of the small form, and texts that are none.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,4})?",
            2 => "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?",
            2 => "-?[0-9]{1,3}0{0,18}(\\.0{0,18}[0-9])?([eE][+-]?[0-9]{1,2})?",
            1 => "-?[1-9]e-?10737418[0-9]{2}",
            1 => "-?[0-9_.]{0,4}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_quick_way_agrees_with_the_general_one(left in text(), right in text()) {
            prop_assert_eq!(Decimal::parse(&left), Decimal::parse_any(&left), "{}", left);
            let (Some(left), Some(right)) = (Decimal::parse(&left), Decimal::parse(&right)) else { return Ok(()) };
            if !left.is_zero() && !right.is_zero() {
                let expected = large(&left).cmp(&large(&right));
                prop_assert_eq!(left.cmp(&right), expected);
                prop_assert_eq!(left.cmp(&large(&right)), expected);
                prop_assert_eq!(large(&left).cmp(&right), expected);
                prop_assert_eq!(left == right, expected.is_eq());
                prop_assert_eq!(left.is_whole(), large(&left).is_whole());
                prop_assert_eq!(left.to_u64(), large(&left).to_u64());
                for most in [3, 40, 4_096] {
                    prop_assert_eq!(left.checked_add(&right, most), large(&left).checked_add(&large(&right), most));
                }
            }
            prop_assert_eq!(Decimal::parse(&left.to_string()), Some(left.clone()));
        }

        #[test]
        fn whole_numbers_are_read_as_they_are(value: u64) {
            prop_assert_eq!(Some(Decimal::from(value)), Decimal::parse_any(&value.to_string()));
            prop_assert_eq!(Decimal::from(value).to_u64(), Some(value));
        }
    }
}

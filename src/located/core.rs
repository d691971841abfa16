//! Scalars of YAML without quotes, as the core schema of YAML 1.2 reads them (section 10.3.2).

use std::borrow::Cow;

use super::{Content, Number};

/// The value of a scalar without quotes and without a tag.
///
/// # Errors
/// Never; other readers of YAML refuse some texts.
pub fn plain(text: &str) -> Result<Content<'_>, (String, String)> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "true" | "True" | "TRUE" => Content::Bool(true),
        "false" | "False" | "FALSE" => Content::Bool(false),
        _ => number(text).map_or_else(|| Content::Text(Cow::Borrowed(text)), Content::Number),
    })
}

fn number(text: &str) -> Option<Number<'static>> {
    let based = [("0x", 16), ("0o", 8)].into_iter().find_map(|(prefix, base)| Some((text.strip_prefix(prefix)?, base)));
    if let Some((digits, base)) = based {
        return in_base(digits, base);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(Number::special(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Number::special(f64::NAN));
    }
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(unsigned) {
        return Some(Number::integer(&without_zeros(text)));
    }
    is_float(unsigned).then(|| Number::float(&without_zeros(text)))
}

/// A whole number in another base as one in decimals.
pub(super) fn in_base(digits: &str, base: u32) -> Option<Number<'static>> {
    let value =
        num_bigint::BigUint::parse_bytes(Some(digits.as_bytes()).filter(|digits| !digits.contains(&b'_'))?, base)?;
    Some(Number::integer(&value.to_string()))
}

/// The number without needless zeros in front, which JSON does not allow.
fn without_zeros(text: &str) -> String {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = unsigned.trim_start_matches('0');
    let zero = if digits.starts_with(|first: char| first.is_ascii_digit()) { "" } else { "0" };
    format!("{sign}{zero}{digits}")
}

/// Whether a text without a sign has the form `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
#[must_use]
pub fn is_float(unsigned: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (before, after) = number.split_once('.').map_or((number, None), |(before, after)| (before, Some(after)));
    let is_filled = !before.is_empty() || after.is_some_and(|after| !after.is_empty());
    is_filled
        && digits(before)
        && after.is_none_or(digits)
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

//! Literals of policies as literals of Cedar.

use super::gateway::Gateway;
use super::places::{Element, Known, Type};
use crate::decimal::Decimal;
use crate::emit::refusal::Refusal;
use crate::predicate::{Scalar, ScalarValue};

/// Ten thousandths in what a decimal may be here: so far doubles and decimals agree to the last
/// place.
const LARGEST: i64 = 1_000_000_000_000_000;

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// As it is written in Cedar; empty for null, which Cedar does not have.
    pub(super) text: String,
    /// Its type; `None` for null.
    pub(super) of: Option<Type>,
}

impl Literal {
    pub(super) fn is_number(&self) -> bool {
        matches!(self.of, Some(Type::Whole | Type::Decimal))
    }
}

/// A literal that is compared with a value.
///
/// # Errors
/// It is a number that Cedar does not have.
pub(super) fn literal(gateway: Gateway, known: Known, scalar: &Scalar) -> Result<Literal, Refusal> {
    let (text, of) = match &scalar.value {
        ScalarValue::Null => (String::new(), None),
        ScalarValue::Bool(value) => (value.to_string(), Some(Type::Bool)),
        ScalarValue::Str(text) => (gateway.quoted(text), Some(Type::Text)),
        ScalarValue::Number(number) if is_decimal(gateway, known) => (decimal(gateway, number)?, Some(Type::Decimal)),
        ScalarValue::Number(number) => (whole(number)?, Some(Type::Whole)),
    };
    Ok(Literal { text, of })
}

/// Whether a number at a place is a decimal.
pub(super) fn is_decimal(gateway: Gateway, known: Known) -> bool {
    match known {
        Known::Is(found) => found == Type::Decimal,
        Known::Nothing | Known::Scalar => gateway.has_decimals(),
    }
}

fn whole(number: &Decimal) -> Result<String, Refusal> {
    let value = number.scaled(0, 19).and_then(|value| i64::try_from(value).ok());
    value.map(|value| value.to_string()).ok_or_else(|| {
        Refusal::new(
            format!("{number} is no whole number of 64 bits, and the gateway has no others here"),
            "compare with a whole number",
        )
    })
}

fn decimal(gateway: Gateway, number: &Decimal) -> Result<String, Refusal> {
    let value = number.scaled(4, 19).and_then(|value| i64::try_from(value).ok());
    let value = value.filter(|value| value.abs() <= LARGEST).ok_or_else(|| {
        Refusal::new(
            format!("{number} has more than four places or is beyond 100,000,000,000, and the gateway compares decimals of four places"),
            "compare with a number of at most four places",
        )
    })?;
    if gateway == Gateway::ToolHive && (-9_999..0).contains(&value) {
        return Err(Refusal::new(
            format!("ToolHive may lose the sign of {number}, which begins with a zero"),
            "compare with 0 or with -1",
        ));
    }
    Ok(format!("decimal(\"{}\")", decimal_text(value)))
}

/// Ten thousandths as the text of a decimal, with at least one place.
pub(super) fn decimal_text(value: i64) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    let places = format!("{:04}", value % 10_000);
    let places = places.trim_end_matches('0');
    format!("{sign}{}.{}", value / 10_000, if places.is_empty() { "0" } else { places })
}

/// Whether a literal can be an element of a set of such elements.
pub(super) fn is_element(element: Element, literal: &Literal) -> bool {
    match element {
        Element::Text => literal.of == Some(Type::Text),
        Element::Bool => literal.of == Some(Type::Bool),
        Element::Whole => literal.of == Some(Type::Whole),
        Element::Any => matches!(literal.of, Some(Type::Text | Type::Bool | Type::Whole)),
    }
}

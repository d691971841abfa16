//! The constraints of one branch on single values: enumerations, bounds, lengths and patterns.

use std::cmp::Ordering;

use num_bigint::BigInt;

use super::expand::Branch;
use super::kinds::Kinds;
use super::patterns;
use super::walk::keyword;
use crate::decimal::Decimal;
use crate::json::{Kind, Value};
use crate::predicate::{Comparison, ScalarValue};

/// The most pairs of values compared where several enumerations hold together.
const MOST_PAIRS: usize = 100_000;
/// The most digits with which divisibility is computed.
const MOST_DIGITS: u64 = 2_000;

/// Why a branch does not admit something.
#[derive(Clone)]
pub(super) enum Reason<'a> {
    /// The value is of another kind.
    Kind,
    /// The value is not one of those listed.
    NotListed(Vec<Listing<'a>>),
    /// A keyword narrows the values; its place, and what it says of them, to follow "is".
    Narrowed(Value<'a>, String),
}

/// An `enum` or `const`, or a `default` where nothing else is meant.
#[derive(Clone, Copy)]
pub(super) struct Listing<'a> {
    /// The keyword.
    pub keyword: Value<'a>,
    value: Value<'a>,
}

impl<'a> Listing<'a> {
    pub(super) fn values(self) -> impl Iterator<Item = Value<'a>> {
        let single = (self.keyword.as_str() != Some("enum")).then_some(self.value);
        let many = if single.is_some() { None } else { Some(self.value.items()) };
        single.into_iter().chain(many.into_iter().flatten())
    }
}

/// The enumerations of a branch; all of them hold.
pub(super) fn listings<'a>(branch: &Branch<'a>) -> Vec<Listing<'a>> {
    let keywords = branch.parts.iter().flat_map(|part| part.entries());
    let listed = keywords.filter(|(key, value)| match key.as_str() {
        Some("enum") => value.kind() == Kind::Array,
        Some("const") => true,
        _ => false,
    });
    listed.chain(branch.only).map(|(keyword, value)| Listing { keyword, value }).collect()
}

/// The values that enumerations leave, where there is one; more than those for arrays and objects.
pub(super) fn candidates<'a>(branch: &Branch<'a>, listings: &[Listing<'a>]) -> Option<Vec<Value<'a>>> {
    let (first, others) = listings.split_first()?;
    let count = first.values().count();
    let pairs = others.iter().map(|other| other.values().count()).fold(0usize, usize::saturating_add);
    let narrow = count.saturating_mul(pairs) <= MOST_PAIRS;
    let possible = first.values().filter(|value| {
        let Some(scalar) = scalar(*value) else { return branch.kinds.intersects(Kinds::of(value.kind())) };
        let listed = !narrow || others.iter().all(|other| other.values().any(|value| equals(value, &scalar)));
        listed && of_kind(branch, &scalar) && narrowed(branch, &scalar).is_none()
    });
    Some(possible.collect())
}

/// Whether a branch admits a literal, as far as its keywords for single values say.
pub(super) fn admits<'a>(branch: &Branch<'a>, literal: &ScalarValue) -> Result<(), Reason<'a>> {
    if !of_kind(branch, literal) {
        return Err(Reason::Kind);
    }
    let missing = |listing: &Listing<'a>| !listing.values().any(|value| equals(value, literal));
    let lists: Vec<_> = listings(branch).into_iter().filter(missing).collect();
    if !lists.is_empty() {
        return Err(Reason::NotListed(lists));
    }
    narrowed(branch, literal).map_or(Ok(()), Err)
}

fn of_kind(branch: &Branch<'_>, literal: &ScalarValue) -> bool {
    let whole = |number: &Decimal| !branch.whole || number.is_whole();
    branch.kinds.intersects(Kinds::of(literal.kind()))
        && !matches!(literal, ScalarValue::Number(number) if !whole(number))
}

fn narrowed<'a>(branch: &Branch<'a>, literal: &ScalarValue) -> Option<Reason<'a>> {
    match literal {
        ScalarValue::Null | ScalarValue::Bool(_) => None,
        ScalarValue::Number(number) => {
            let compared = |bound: &Bound<'a>| bound.excludes(number);
            let outside = bounds(branch).into_iter().find(compared);
            outside.map(|bound| bound.reason()).or_else(|| not_a_multiple(branch, number))
        }
        ScalarValue::Str(text) => {
            let length = Decimal::from(u64::try_from(text.chars().count()).unwrap_or(u64::MAX));
            let wrong = lengths(branch, Kind::String).into_iter().find(|bound| bound.excludes(&length));
            wrong.map(|bound| bound.length_reason(Kind::String)).or_else(|| no_match(branch, text))
        }
    }
}

fn not_a_multiple<'a>(branch: &Branch<'a>, number: &Decimal) -> Option<Reason<'a>> {
    let divisors = branch.parts.iter().filter_map(|part| keyword(*part, "multipleOf"));
    let mut wrong = divisors
        .filter(|(_, value)| value.as_number().is_some_and(|divisor| is_multiple(number, &divisor) == Some(false)));
    wrong.next().map(|(key, value)| Reason::Narrowed(key, format!("a multiple of {}", value.source())))
}

/// Whether the number is a whole multiple of the divisor. `None` for a divisor that is not above zero, or too many digits.
pub(super) fn is_multiple(number: &Decimal, divisor: &Decimal) -> Option<bool> {
    if divisor.is_zero() || divisor.is_negative() {
        return None;
    }
    let scale = number.fraction_digits().max(divisor.fraction_digits());
    let (number, divisor) = (number.scaled(scale, MOST_DIGITS)?, divisor.scaled(scale, MOST_DIGITS)?);
    Some(number % divisor == BigInt::ZERO)
}

fn no_match<'a>(branch: &Branch<'a>, text: &str) -> Option<Reason<'a>> {
    let mut wrong =
        branch.parts.iter().filter_map(|part| keyword(*part, "pattern")).filter(|(_, pattern)| {
            pattern.as_str().is_some_and(|pattern| patterns::occurs(pattern, text) == Some(false))
        });
    wrong.next().map(|(key, pattern)| {
        let shown = crate::diagnostics::quote(pattern.as_str().unwrap_or_default());
        Reason::Narrowed(key, format!("a string that matches {shown}"))
    })
}

/// One end of a range.
pub(super) struct Bound<'a> {
    keyword: Value<'a>,
    /// The number as it is written.
    written: &'a str,
    number: Decimal,
    lower: bool,
    /// Whether the number itself is outside.
    open: bool,
    /// Whether only whole numbers are meant.
    whole: bool,
}

impl<'a> Bound<'a> {
    fn new(keyword: Value<'a>, value: Value<'a>, lower: bool, open: bool, whole: bool) -> Option<Self> {
        Some(Self { keyword, written: value.source(), number: value.as_number()?, lower, open, whole })
    }

    fn excludes(&self, number: &Decimal) -> bool {
        match number.cmp(&self.number) {
            Ordering::Equal => self.open,
            Ordering::Less => self.lower,
            Ordering::Greater => !self.lower,
        }
    }

    /// The outermost number within the bound, and whether it is itself outside.
    fn edge(&self) -> (Decimal, bool) {
        if self.whole
            // A whole number that is inside needs no search for the next one.
            && (self.open || !self.number.is_whole())
            && let Some(edge) = next_whole(&self.number, self.lower, self.open)
        {
            return (edge, false);
        }
        (self.number.clone(), self.open)
    }

    /// Whether no number within the bound compares so with `number`.
    pub(super) fn rules_out(&self, comparison: Comparison, number: &Decimal) -> bool {
        let (edge, open) = self.edge();
        let place = edge.cmp(number);
        match (comparison, self.lower) {
            (Comparison::Less, true) => place != Ordering::Less,
            (Comparison::LessEqual, true) => place == Ordering::Greater || (place == Ordering::Equal && open),
            (Comparison::Greater, false) => place != Ordering::Greater,
            (Comparison::GreaterEqual, false) => place == Ordering::Less || (place == Ordering::Equal && open),
            (Comparison::Equal, _) => self.excludes(number) || (self.whole && !number.is_whole()),
            _ => false,
        }
    }

    pub(super) fn reason(&self) -> Reason<'a> {
        let relation = match (self.lower, self.open) {
            (true, false) => "at least",
            (true, true) => "more than",
            (false, false) => "at most",
            (false, true) => "less than",
        };
        Reason::Narrowed(self.keyword, format!("{relation} {}", self.written))
    }

    /// The reason where the number is a length of values of this kind.
    pub(super) fn length_reason(&self, kind: Kind) -> Reason<'a> {
        let unit = match (kind, self.written) {
            (Kind::String, "1") => "character",
            (Kind::String, _) => "characters",
            (_, "1") => "element",
            _ => "elements",
        };
        let what = if kind == Kind::String { "a string" } else { "an array" };
        let relation = if self.lower { "at least" } else { "at most" };
        Reason::Narrowed(self.keyword, format!("{what} of {relation} {} {unit}", self.written))
    }
}

/// The bounds of the numbers of a branch.
pub(super) fn bounds<'a>(branch: &Branch<'a>) -> Vec<Bound<'a>> {
    let mut found = Vec::new();
    for part in &branch.parts {
        for (name, exclusive, lower) in [("minimum", "exclusiveMinimum", true), ("maximum", "exclusiveMaximum", false)]
        {
            let outer = keyword(*part, exclusive);
            // In draft 4, the exclusive keyword was a boolean that spoke of the other one.
            let open = outer.is_some_and(|(_, value)| value.as_bool() == Some(true));
            let inner = keyword(*part, name).and_then(|(key, value)| Bound::new(key, value, lower, open, branch.whole));
            found.extend(inner);
            found.extend(outer.and_then(|(key, value)| Bound::new(key, value, lower, true, branch.whole)));
        }
    }
    found
}

/// The bounds of the lengths of the strings or arrays of a branch.
pub(super) fn lengths<'a>(branch: &Branch<'a>, kind: Kind) -> Vec<Bound<'a>> {
    let names = match kind {
        Kind::String => [("minLength", true), ("maxLength", false)],
        _ => [("minItems", true), ("maxItems", false)],
    };
    let parts = branch.parts.iter().flat_map(|part| names.map(|(name, lower)| (keyword(*part, name), lower)));
    parts
        .filter_map(|(found, lower)| found.and_then(|(key, value)| Bound::new(key, value, lower, false, true)))
        .collect()
}

/// The whole number next to a bound, on the side that is inside. `None` where it takes too many digits.
fn next_whole(number: &Decimal, up: bool, open: bool) -> Option<Decimal> {
    let text = number.to_string();
    if text.contains('e') {
        return None;
    }
    let (digits, _) = text.split_once('.').unwrap_or((&text, ""));
    let toward_zero: BigInt = digits.parse().ok()?;
    let outward: i32 = if number.is_whole() {
        if open { if up { 1 } else { -1 } } else { 0 }
    } else {
        // Cutting the fraction off rounds up below zero and down above it.
        match (number.is_negative(), up) {
            (false, true) => 1,
            (true, false) => -1,
            _ => 0,
        }
    };
    Decimal::parse(&(toward_zero + outward).to_string())
}

/// The scalar that a JSON value is; `None` for arrays and objects.
pub(super) fn scalar(value: Value<'_>) -> Option<ScalarValue> {
    match value.kind() {
        Kind::Null => Some(ScalarValue::Null),
        Kind::Bool => value.as_bool().map(ScalarValue::Bool),
        Kind::Number => value.as_number().map(ScalarValue::Number),
        Kind::String => value.as_str().map(|text| ScalarValue::Str(text.into())),
        Kind::Array | Kind::Object => None,
    }
}

/// Whether a JSON value equals a literal.
pub(super) fn equals(value: Value<'_>, literal: &ScalarValue) -> bool {
    match literal {
        ScalarValue::Null => value.is_null(),
        ScalarValue::Bool(right) => value.as_bool() == Some(*right),
        ScalarValue::Number(right) => value.as_number().as_ref() == Some(right),
        ScalarValue::Str(right) => value.as_str() == Some(right),
    }
}

//! Tests of one value in Cedar.
//!
//! Most expressions of Cedar err for values of another type, and a permit that errs does not
//! permit. So a test that has to hold is written as an expression that is true only where the test
//! holds. One that must not hold is written in one of two ways: as the negation of what is true
//! wherever the test holds, which is true for a missing value too, or as another test of a value
//! that is there, which denies more.

use super::gateway::Gateway;
use super::literals::{Literal, is_decimal, literal};
use super::places::{Known, Place, Type};
use crate::emit::expression::CEDAR;
use crate::emit::refusal::Refusal;
use crate::pattern::Like;
use crate::predicate::{Comparison, Scalar, ScalarValue, Test};

/// Expressions of which all must be true; a value that is there is presupposed.
pub(super) type All = Vec<String>;

/// How a test is written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// True only where the test holds: one of these.
    pub(super) yes: Option<Vec<All>>,
    /// True wherever the test holds, for every value that a call can have.
    pub(super) over: Option<All>,
    /// True only where the test does not hold: one of these.
    pub(super) no: Option<Vec<All>>,
    /// Whether `yes` is false or errs for some calls for which the test holds.
    pub(super) is_yes_narrow: bool,
    /// Whether `over` is true or errs for some calls for which the test does not hold.
    pub(super) is_over_wide: bool,
}

impl Written {
    /// What is true exactly where the test holds, and never errs.
    pub(super) fn exactly(test: impl Into<String>) -> Self {
        let all = vec![test.into()];
        Self { yes: Some(vec![all.clone()]), over: Some(all), ..Self::default() }
    }
}

/// Writes tests of a value.
pub(super) struct Tests<'a> {
    pub(super) gateway: Gateway,
    pub(super) place: &'a Place,
}

pub(super) type Result<T> = std::result::Result<T, Refusal>;

impl Tests<'_> {
    pub(super) fn value(&self) -> &str {
        &self.place.value
    }

    /// Whether the gateway refuses requests in which the value is of another type.
    pub(super) fn is_sure(&self) -> bool {
        matches!(self.place.known, Known::Is(_))
    }

    pub(super) fn can_be(&self, wanted: Type) -> bool {
        match self.place.known {
            Known::Is(found) => found == wanted,
            Known::Scalar => matches!(wanted, Type::Text | Type::Bool | Type::Decimal),
            Known::Nothing => true,
        }
    }

    pub(super) fn literal(&self, scalar: &Scalar) -> Result<Literal> {
        literal(self.gateway, self.place.known, scalar)
    }

    pub(super) fn literals(&self, list: &[Scalar]) -> Result<Vec<Literal>> {
        list.iter().map(|scalar| self.literal(scalar)).collect()
    }

    /// How a test is written.
    pub(super) fn write(&self, test: &Test) -> Result<Written> {
        match test {
            Test::Has => Ok(self.has()),
            Test::Compare(Comparison::Equal, scalar) => self.is_in(std::slice::from_ref(scalar)),
            Test::Compare(Comparison::NotEqual, scalar) if scalar.value == ScalarValue::Null => Ok(self.has()),
            Test::Compare(Comparison::NotEqual, scalar) => self.not_in(std::slice::from_ref(scalar)),
            Test::Compare(comparison, scalar) => self.ordered(*comparison, scalar),
            Test::In(list) => self.is_in(list),
            Test::NotIn(list) => self.not_in(list),
            Test::Contains(scalar) => self.contains(scalar),
            Test::Like(patterns) => self.like(patterns),
            Test::Matches(_) => Err(Refusal::new(
                "Cedar has no regular expressions",
                "write a pattern with stars, or a list of values: `like \"feat/*\"`, `in [..]`",
            )),
            Test::Length(_) => Err(Refusal::new(
                "Cedar knows no lengths",
                "leave the condition to a target that does: `policyc targets` shows which do",
            )),
            Test::Some(elements) => self.some(elements),
            Test::Every(elements) => self.every(elements),
        }
    }

    fn has(&self) -> Written {
        let over = (self.gateway == Gateway::AgentCore).then(Vec::new);
        let is_yes_narrow = self.place.known == Known::Scalar;
        Written { yes: Some(vec![Vec::new()]), over, is_yes_narrow, ..Written::default() }
    }

    /// `[..].contains(value)`; of one literal `value == literal`.
    fn one_of(&self, list: &[&Literal]) -> String {
        match list {
            [only] => format!("{} == {}", self.value(), only.text),
            several => format!("{}.contains({})", set(several), self.value()),
        }
    }

    /// A number that is none of these, each time by an ordering, which errs for what is no such
    /// number.
    fn no_number(&self, list: &[&Literal]) -> All {
        let value = self.value();
        let each = list.iter().map(|literal| match literal.of {
            Some(Type::Decimal) => {
                format!("({value}.lessThan({0}) || {value}.greaterThan({0}))", literal.text)
            }
            _ => format!("({value} < {0} || {value} > {0})", literal.text),
        });
        each.collect()
    }

    fn is_in(&self, list: &[Scalar]) -> Result<Written> {
        let all = self.literals(list)?;
        let own: Vec<&Literal> = all.iter().filter(|literal| literal.of.is_some_and(|of| self.can_be(of))).collect();
        let numbers: Vec<&Literal> = own.iter().copied().filter(|literal| literal.is_number()).collect();
        let has_null = all.iter().any(|literal| literal.of.is_none());
        let is_inexact = |literal: &&&Literal| literal.of == Some(Type::Decimal);
        // A decimal is equal to a literal, too, where the number is so nearly.
        let exact: Vec<&Literal> = own.iter().filter(|literal| !is_inexact(literal)).copied().collect();
        let mut written = Written::default();
        if !exact.is_empty() {
            written.yes = Some(vec![vec![self.one_of(&exact)]]);
            written.is_yes_narrow = has_null || exact.len() < own.len();
        }
        if self.is_sure() {
            if !own.is_empty() && !has_null {
                written.over = Some(vec![self.one_of(&own)]);
                written.is_over_wide = exact.len() < own.len();
            }
        } else if numbers.is_empty() && !has_null {
            written.over = Some(vec![self.one_of(&own)]);
        } else if numbers.is_empty() {
            let rest = if own.is_empty() { Vec::new() } else { vec![format!("!({})", self.one_of(&own))] };
            written.no = Some(vec![rest]);
        } else {
            written.no = Some(vec![self.no_number(&numbers)]);
        }
        if has_null && written.no.is_none() && own.is_empty() {
            written.no = Some(vec![Vec::new()]);
        }
        Ok(written)
    }

    fn not_in(&self, list: &[Scalar]) -> Result<Written> {
        let all = self.literals(list)?;
        let own: Vec<&Literal> = all.iter().filter(|literal| literal.of.is_some_and(|of| self.can_be(of))).collect();
        let is_all = |wanted: Type| own.iter().all(|literal| literal.of == Some(wanted));
        if own.is_empty() {
            return Err(never());
        }
        if !self.is_sure() && own.len() < all.len()
            || !own.iter().all(|literal| literal.of == own.first().and_then(|first| first.of))
        {
            return Err(Refusal::new(
                "Cedar does not know of which of several types a value is",
                "write a statement for each type, with a list of values of one type",
            ));
        }
        let value = self.value();
        let none = format!("!({})", self.one_of(&own));
        if is_all(Type::Bool) {
            let other = if own.iter().all(|literal| literal.text == "true") {
                "false"
            } else if own.iter().all(|literal| literal.text == "false") {
                "true"
            } else {
                return Err(never());
            };
            return Ok(Written::exactly(format!("{value} == {other}")));
        }
        if is_all(Type::Text) {
            let mut yes = vec![none.clone()];
            if !self.is_sure() {
                yes.insert(0, format!("{value} like \"*\""));
            }
            let is_over_wide = !self.is_sure();
            return Ok(Written { yes: Some(vec![yes]), over: Some(vec![none]), is_over_wide, ..Written::default() });
        }
        if is_decimal(self.gateway, self.place.known) {
            let yes = Some(vec![self.no_number(&own)]);
            // Whatever number there is, it may be another than the decimal says.
            let over = self.is_sure().then(Vec::new);
            return Ok(Written { yes, over, is_yes_narrow: true, is_over_wide: true, ..Written::default() });
        }
        if self.is_sure() {
            return Ok(Written::exactly(none));
        }
        let (yes, no) = (vec![self.no_number(&own)], vec![vec![self.one_of(&own)]]);
        Ok(Written { yes: Some(yes), no: Some(no), ..Written::default() })
    }

    fn ordered(&self, comparison: Comparison, scalar: &Scalar) -> Result<Written> {
        let literal = self.literal(scalar)?;
        let value = self.value();
        let is_less = matches!(comparison, Comparison::Less | Comparison::LessEqual);
        if !literal.of.is_some_and(|of| self.can_be(of)) {
            return Err(never());
        }
        if literal.of == Some(Type::Decimal) {
            let method = |is_less: bool| if is_less { "lessThan" } else { "greaterThan" };
            let strictly =
                |is_less: bool| self.beyond(format!("{value}.{}({})", method(is_less), literal.text), is_less);
            let over = self.is_sure().then(|| vec![format!("{value}.{}OrEqual({})", method(is_less), literal.text)]);
            let no = (!self.is_sure()).then(|| vec![strictly(!is_less)]);
            return Ok(Written {
                yes: Some(vec![strictly(is_less)]),
                over,
                no,
                is_yes_narrow: true,
                is_over_wide: true,
            });
        }
        let written = |comparison: Comparison| format!("{value} {} {}", comparison.symbol(), literal.text);
        if self.is_sure() {
            return Ok(Written::exactly(written(comparison)));
        }
        let no = vec![vec![written(opposite(comparison))]];
        Ok(Written { yes: Some(vec![vec![written(comparison)]]), no: Some(no), ..Written::default() })
    }

    /// An ordering of decimals. In ToolHive a number just beyond the largest decimal may become the
    /// smallest one.
    fn beyond(&self, ordering: String, is_less: bool) -> All {
        let mut all = vec![ordering];
        if is_less && self.gateway == Gateway::ToolHive {
            all.insert(0, format!("{}.greaterThan({SMALLEST})", self.value()));
        }
        all
    }

    fn like(&self, patterns: &[Like]) -> Result<Written> {
        if !self.can_be(Type::Text) {
            return Err(never());
        }
        let each: Vec<String> = patterns.iter().map(|pattern| self.matches(pattern)).collect();
        let test = match each.as_slice() {
            [only] => only.clone(),
            several => format!("({})", several.join(" || ")),
        };
        Ok(Written { is_over_wide: !self.is_sure(), ..Written::exactly(test) })
    }

    pub(super) fn matches(&self, pattern: &Like) -> String {
        format!("{} like \"{}\"", self.value(), self::pattern(pattern))
    }
}

/// The smallest decimal.
pub(super) const SMALLEST: &str = "decimal(\"-922337203685477.5808\")";

/// A pattern of Cedar, without its quotes.
fn pattern(like: &Like) -> String {
    let mut out = String::new();
    let mut chars = like.source().chars();
    while let Some(char) = chars.next() {
        match char {
            '*' => out.push('*'),
            '\\' => match chars.next() {
                Some('*') | None => out.push_str("\\*"),
                Some(literal) => CEDAR.escapes.push(&mut out, literal),
            },
            literal => CEDAR.escapes.push(&mut out, literal),
        }
    }
    out
}

pub(super) fn set(list: &[&Literal]) -> String {
    format!("[{}]", list.iter().map(|literal| literal.text.as_str()).collect::<Vec<_>>().join(", "))
}

/// The comparison that holds for the other numbers.
pub(super) const fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::LessEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::GreaterEqual => Comparison::Less,
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
    }
}

pub(super) fn never() -> Refusal {
    Refusal::new(
        "the value there is never one for which this holds",
        "compare with a value of the type of the argument",
    )
}

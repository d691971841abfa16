//! JSON, YAML and TOML as one type: values and keys with the places at which they are written.
//!
//! What people or other programs have written (documents of gateways, settings) is read into a
//! [`Node`] and then looked at by way of its accessors, which report what is wrong
//! with its place, all of it and not only the first. A key that stands twice in a mapping is a
//! mistake that shows both places. What a format can say beyond the type is a mistake as well:
//! dates of TOML, tags of YAML, further documents of a YAML file. Aliases of YAML are replaced by
//! what they stand for.
//!
//! Depth is bounded by [`DEEPEST`], what aliases stand for by [`MOST_FROM_ALIASES`] and the digits
//! of a number by [`MOST_DIGITS`]; everything else is bounded by the length of the text. Calls and
//! catalogues are read as [`crate::json::Json`], which is made for speed, and by which JSON is read
//! here, too.

mod access;
pub mod core;
mod json;
mod mistakes;
mod toml;
mod yaml;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::decimal::Decimal;
use crate::source::Span;

pub use access::Object;
pub use json::json;
pub use mistakes::{Format, Mistakes};
pub use toml::toml;
pub use yaml::{PlainScalars, yaml};

/// Levels of lists and mappings that a text may have.
pub const DEEPEST: usize = 128;
/// Values that the aliases of a YAML text may stand for together.
pub const MOST_FROM_ALIASES: usize = 100_000;
/// Digits that a number may have.
pub const MOST_DIGITS: usize = 4_300;

/// A value and where it is written. It borrows from the text what stands there as it is.
///
/// The place of a flow or block value is its text. A table of TOML that begins with a header has
/// the place of the header, one that is only part of a longer key that of its key, and the whole
/// text is the place of the outermost table.
#[derive(Debug, Clone, PartialEq)]
pub struct Node<'t> {
    /// Where it is written; for what an alias stands for, where that is written.
    pub span: Span,
    /// What it is.
    pub content: Content<'t>,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Content<'t> {
    /// Nothing.
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number of any size.
    Number(Number<'t>),
    /// A string.
    Text(Cow<'t, str>),
    /// A list.
    List(Vec<Node<'t>>),
    /// A mapping, in the order in which it is written; no key stands twice.
    Mapping(Vec<Entry<'t>>),
    /// What cannot be read: it has been reported, and nothing more is said of it.
    Unreadable,
}

/// A key of a mapping with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'t> {
    /// The key.
    pub key: Key<'t>,
    /// Its value.
    pub value: Node<'t>,
}

/// A key of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key<'t> {
    /// Where it is written, with its quotes.
    pub span: Span,
    /// The key itself.
    pub name: Cow<'t, str>,
}

/// A number as it is written, in the notation of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number<'t> {
    text: Cow<'t, str>,
    is_integer: bool,
}

impl<'t> Number<'t> {
    /// A number as JSON writes it.
    pub(crate) fn of_json(text: &'t str) -> Self {
        Self { text: Cow::Borrowed(text), is_integer: !text.contains(['.', 'e', 'E']) }
    }

    /// A whole number in decimal digits, perhaps with a sign.
    #[must_use]
    pub fn integer(text: &str) -> Self {
        Self { text: Cow::Owned(text.strip_prefix('+').unwrap_or(text).to_owned()), is_integer: true }
    }

    /// A number with a point, an exponent, both or neither, perhaps with a sign; there need not be
    /// digits on both sides of the point.
    #[must_use]
    pub fn float(text: &str) -> Self {
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) => ("-", unsigned),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (number, exponent) = unsigned.find(['e', 'E']).map_or((unsigned, ""), |at| unsigned.split_at(at));
        let number = number.strip_suffix('.').unwrap_or(number);
        let zero = if number.starts_with('.') { "0" } else { "" };
        Self { text: Cow::Owned(format!("{sign}{zero}{number}{exponent}")), is_integer: false }
    }

    /// Infinity, minus infinity, or what is no number.
    #[must_use]
    pub fn special(value: f64) -> Self {
        let text = if value.is_nan() {
            "nan"
        } else if value < 0.0 {
            "-inf"
        } else {
            "inf"
        };
        Self { text: Cow::Borrowed(text), is_integer: false }
    }

    /// The number with a text of its own.
    fn into_owned(self) -> Number<'static> {
        Number { text: Cow::Owned(self.text.into_owned()), is_integer: self.is_integer }
    }

    /// The number in the notation of JSON, or `inf`, `-inf` or `nan`.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is written as a whole number.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.is_integer
    }

    /// The number, exactly; `None` for an infinite one.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        Decimal::parse(&self.text)
    }

    /// The nearest double; infinite beyond the range of doubles.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.text.parse().unwrap_or(f64::NAN)
    }

    /// What is written as a whole number and fits into 64 bits.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        self.text.parse().ok().filter(|_| self.is_integer)
    }
}

impl Node<'_> {
    /// The part of its place that is worth showing: of a list or mapping only the beginning.
    #[must_use]
    pub fn head(&self) -> Span {
        let first = match &self.content {
            Content::List(items) => items.first().map(|item| item.span),
            Content::Mapping(entries) => entries.first().map(|entry| entry.key.span),
            _ => return self.span,
        };
        let Span { file, start, end } = self.span;
        match first {
            Some(first) if first.start == start => first,
            // A bracket, or the header of a table.
            Some(first) if first.start < end => Span { file, start, end: end.min(start + 1) },
            _ => self.span,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.content == Content::Null
    }

    /// How many levels of lists and mappings it has.
    fn depth(&self) -> usize {
        match &self.content {
            Content::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Content::Mapping(entries) => 1 + entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// How many values it is made of.
    fn size(&self) -> usize {
        match &self.content {
            Content::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            Content::Mapping(entries) => 1 + entries.iter().map(|entry| entry.value.size()).sum::<usize>(),
            _ => 1,
        }
    }
}

//! Expressions of the family of C, as several languages of gateways write them: a reader into a
//! tree with places.
//!
//! `lex` has the tokens, `parse` the operators and their precedence, `strings` the strings. What
//! differs between languages is in a [`Dialect`]. Only the form of a text is read here: what names,
//! calls and operators mean, and which of them there are, is for the targets. Everything takes time
//! linear in the text, and trees have a bound on their depth, so that whatever looks at one may
//! recurse.

mod lex;
mod parse;
mod strings;
#[cfg(test)]
mod tests;

use crate::predicate::Comparison;
use crate::source::Span;

pub(crate) use parse::Reader;

/// How deep trees, and parentheses in a text, may be.
pub(crate) const DEEPEST: usize = 200;

/// What differs between languages.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// How characters are escaped in strings.
    pub(crate) escapes: Escapes,
    /// Whether `has`, `like` and `is` are operators, `a::b` a name and `a::"b"` an entity.
    pub(crate) is_cedar: bool,
}

/// How characters are escaped in strings, which stand in double quotes on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// `\n`, `\u{1f600}`
    Braced,
    /// `\n`, `\u00e9`, `\U0001f600`
    Sized,
}

/// Cedar.
pub(crate) static CEDAR: Dialect = Dialect { escapes: Escapes::Braced, is_cedar: true };

/// The Common Expression Language.
pub(crate) static CEL: Dialect = Dialect { escapes: Escapes::Sized, is_cedar: false };

/// An expression and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    /// What it is.
    pub(crate) kind: Kind,
    /// Where it is written, without parentheses around it.
    pub(crate) span: Span,
    /// How many levels it has.
    depth: usize,
}

impl Tree {
    /// Whether it is written like another, wherever they are.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let are_alike = |left: &[Self], right: &[Self]| {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.is_like(right))
        };
        match (&self.kind, &other.kind) {
            (Kind::List(left), Kind::List(right))
            | (Kind::And(left), Kind::And(right))
            | (Kind::Or(left), Kind::Or(right)) => are_alike(left, right),
            (Kind::Member(left, key), Kind::Member(right, other))
            | (Kind::Has(left, key), Kind::Has(right, other))
            | (Kind::Like(left, key), Kind::Like(right, other))
            | (Kind::Is(left, key), Kind::Is(right, other)) => key == other && left.is_like(right),
            (Kind::Index(left, key), Kind::Index(right, other)) | (Kind::In(left, key), Kind::In(right, other)) => {
                left.is_like(right) && key.is_like(other)
            }
            (Kind::Call(left, arguments), Kind::Call(right, others)) => {
                left.is_like(right) && are_alike(arguments, others)
            }
            (Kind::Not(left), Kind::Not(right)) => left.is_like(right),
            (Kind::Compare(comparison, left, bound), Kind::Compare(other, right, bound_of_other)) => {
                comparison == other && left.is_like(right) && bound.is_like(bound_of_other)
            }
            // These have no parts.
            (left, right) => left == right,
        }
    }
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A name, with `::` in it where the language has that.
    Name(String),
    /// The entity of a type with an identifier: `Action::"call"`.
    Entity(String, String),
    /// A string, its escapes read.
    Text(String),
    /// A number as it is written, with its sign.
    Number(String),
    /// `[a, b]`
    List(Vec<Tree>),
    /// `a.b`
    Member(Box<Tree>, String),
    /// `a[b]`
    Index(Box<Tree>, Box<Tree>),
    /// `a(b, c)`; of a method `a` is a [`Kind::Member`].
    Call(Box<Tree>, Vec<Tree>),
    /// `!a`
    Not(Box<Tree>),
    /// `a && b && c`; at least two.
    And(Vec<Tree>),
    /// `a || b || c`; at least two.
    Or(Vec<Tree>),
    /// `a <= b`
    Compare(Comparison, Box<Tree>, Box<Tree>),
    /// `a in b`
    In(Box<Tree>, Box<Tree>),
    /// `a has b` and `a has "b"`
    Has(Box<Tree>, String),
    /// `a like "b*"`: the pattern in the notation of [`Like`](crate::pattern::Like).
    Like(Box<Tree>, String),
    /// `a is b::c`
    Is(Box<Tree>, String),
}

impl Tree {
    /// The keys that lead from a name to a value, the name first: `a.b["c d"]`. `None` for other
    /// expressions.
    pub(crate) fn keys(&self) -> Option<Vec<&str>> {
        let mut keys = Vec::new();
        let mut tree = self;
        loop {
            match &tree.kind {
                Kind::Name(name) => {
                    keys.push(name.as_str());
                    keys.reverse();
                    return Some(keys);
                }
                Kind::Member(inner, key) => {
                    keys.push(key);
                    tree = inner;
                }
                Kind::Index(inner, index) => {
                    let Kind::Text(key) = &index.kind else { return None };
                    keys.push(key);
                    tree = inner;
                }
                _ => return None,
            }
        }
    }
}

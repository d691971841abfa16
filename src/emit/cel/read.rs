//! Reads expressions of the form that is written here as conditions. Anything else is refused: it could
//! be an error where it should be false.

use std::sync::Arc;

use super::{Host, element, write};
use crate::decimal::Decimal;
use crate::emit::expression::{CEL, Kind, Reader, Tree};
use crate::emit::patterns;
use crate::pattern::{Like, like_literal};
use crate::predicate::{
    Atom, Comparison, Condition, Elements, LengthTest, Path, PathRoot, Scalar, ScalarValue, Step, Test,
};
use crate::source::Span;

/// How deep quantifiers may stand in each other: that of the language.
const MOST_DEPTH: usize = 3;

/// The tree of an expression.
///
/// # Errors
/// The place in the text where it stops being one.
pub(super) fn tree(text: &str) -> Result<Tree, Span> {
    let mut reader = Reader::new(text, &CEL)?;
    let tree = reader.expression()?;
    if reader.is_end() { Ok(tree) } else { Err(reader.place()) }
}

/// The condition that a tree has been written from.
///
/// # Errors
/// The place of the first part that is not as it is written here.
pub(super) fn condition(host: &Host, tree: &Tree) -> Result<Condition, Span> {
    let list = |parts: &[Tree]| parts.iter().map(|part| condition(host, part)).collect::<Result<Vec<_>, _>>();
    match &tree.kind {
        Kind::Name(name) if name == "true" => Ok(Condition::And(Vec::new())),
        Kind::Name(name) if name == "false" => Ok(Condition::Or(Vec::new())),
        Kind::Not(inner) => Ok(Condition::Not(Box::new(condition(host, inner)?))),
        Kind::Or(parts) => Ok(Condition::Or(list(parts)?)),
        Kind::And(parts) => match atom(host, tree, parts) {
            Some(atom) => Ok(Condition::Atom(atom)),
            None => Ok(Condition::And(list(parts)?)),
        },
        _ => Err(tree.span),
    }
}

/// The test that a conjunction has been written from: found from its last part, and the same only if it
/// is written the same again.
fn atom(host: &Host, whole: &Tree, parts: &[Tree]) -> Option<Atom> {
    let (value, test) = test(host, parts, 0)?;
    let (root, steps) = [PathRoot::Args, PathRoot::Caller].into_iter().find_map(|root| {
        let from = tree(host.of(root)).ok()?;
        Some((root, steps(value, &from)?))
    })?;
    let atom = Atom { path: Path { root, steps }, test, span: Span::default() };
    let again = tree(&write::atom(host, &atom)?).ok()?;
    again.is_like(whole).then_some(atom)
}

/// The steps from a value to one inside it.
fn steps(value: &Tree, from: &Tree) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut at = value;
    while !at.is_like(from) {
        let (outer, step) = match &at.kind {
            Kind::Member(outer, key) => (outer, Step::Key(key.clone())),
            Kind::Index(outer, key) => match &key.kind {
                Kind::Text(key) => (outer, Step::Key(key.clone())),
                Kind::Number(index) => (outer, Step::Index(index.parse().ok()?)),
                _ => return None,
            },
            _ => return None,
        };
        steps.push(step);
        at = outer;
    }
    steps.reverse();
    Some(steps)
}

/// What the last part of a conjunction tests, and how. The parts before say what they must.
fn test<'t>(host: &Host, parts: &'t [Tree], depth: usize) -> Option<(&'t Tree, Test)> {
    let last = parts.last()?;
    match &last.kind {
        Kind::Compare(comparison, left, right) => {
            if let Some(length) = length(last) {
                return Some(length);
            }
            let scalar = scalar(right)?;
            let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
            if !is_equality && !matches!(scalar.value, ScalarValue::Number(_)) {
                return None;
            }
            let is_null = scalar.value == ScalarValue::Null && *comparison == Comparison::NotEqual;
            Some((left, if is_null { Test::Has } else { Test::Compare(*comparison, scalar) }))
        }
        Kind::In(value, list) if matches!(list.kind, Kind::List(_)) => Some((value, Test::In(scalars(list)?))),
        Kind::In(literal, value) => Some((value, Test::Contains(scalar(literal)?))),
        Kind::Not(_) => {
            let (value, list) = not_in(last)?;
            Some((value, Test::NotIn(list)))
        }
        Kind::Or(kinds) => one_of(host, kinds),
        Kind::Call(method, arguments) => match arguments.as_slice() {
            [name, inner] => {
                let Kind::Member(array, word) = &method.kind else { return None };
                Some((array, quantifier(host, word, name, inner, depth)?))
            }
            _ => Some((receiver(last)?, pattern_test(host, std::slice::from_ref(last))?)),
        },
        _ => None,
    }
}

fn quantifier(host: &Host, word: &str, name: &Tree, inner: &Tree, depth: usize) -> Option<Test> {
    let is_own = matches!(&name.kind, Kind::Name(found) if *found == element(depth + 1));
    if !is_own || depth >= MOST_DEPTH {
        return None;
    }
    let parts = match &inner.kind {
        Kind::And(parts) => parts.as_slice(),
        _ => std::slice::from_ref(inner),
    };
    let (value, test) = test(host, parts, depth + 1)?;
    let elements = Box::new(Elements { steps: steps(value, name)?, test, text: String::new() });
    Some(if word == "all" { Test::Every(elements) } else { Test::Some(elements) })
}

/// The value of `double(size(value)) <= 5.0`, and the test.
fn length(of: &Tree) -> Option<(&Tree, Test)> {
    let Kind::Compare(comparison, left, right) = &of.kind else { return None };
    let (value, number) = (size(left)?, decimal(right)?);
    Some((value, Test::Length(LengthTest { comparison: *comparison, number })))
}

/// The value of `double(size(value))`.
fn size(of: &Tree) -> Option<&Tree> {
    let inner = called(of, "double")?;
    called(inner, "size")
}

/// The only argument of a function.
fn called<'t>(of: &'t Tree, wanted: &str) -> Option<&'t Tree> {
    let Kind::Call(function, arguments) = &of.kind else { return None };
    let is_wanted = matches!(&function.kind, Kind::Name(name) if name == wanted);
    let [only] = arguments.as_slice() else { return None };
    is_wanted.then_some(only)
}

/// The tests that are written with `||`: of the kinds of values, or of several patterns.
fn one_of<'t>(host: &Host, kinds: &'t [Tree]) -> Option<(&'t Tree, Test)> {
    let lasts = kinds.iter().map(|kind| match &kind.kind {
        Kind::And(parts) => parts.last(),
        _ => None,
    });
    let Some(lasts) = lasts.collect::<Option<Vec<_>>>() else {
        return Some((receiver(kinds.first()?)?, pattern_test(host, kinds)?));
    };
    if let [_, last] = lasts.as_slice()
        && let Kind::In(literal, value) = &last.kind
    {
        return Some((value, Test::Contains(scalar(literal)?)));
    }
    if let [_, last] = lasts.as_slice()
        && let Some(length) = length(last)
    {
        return Some(length);
    }
    let each = lasts.iter().map(|last| not_in(last)).collect::<Option<Vec<_>>>()?;
    let value = each.first()?.0;
    Some((value, Test::NotIn(each.into_iter().flat_map(|(_, list)| list).collect())))
}

/// The value and the literals of `!(value in [..])`.
fn not_in(of: &Tree) -> Option<(&Tree, Vec<Scalar>)> {
    let Kind::Not(inner) = &of.kind else { return None };
    let Kind::In(value, list) = &inner.kind else { return None };
    Some((value, scalars(list)?))
}

/// The value that a pattern is tested of.
fn receiver(pattern: &Tree) -> Option<&Tree> {
    match &pattern.kind {
        Kind::Compare(Comparison::Equal, value, _) => Some(value),
        Kind::Call(method, _) => match &method.kind {
            Kind::Member(value, _) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

fn pattern_test(host: &Host, patterns: &[Tree]) -> Option<Test> {
    let expressions: Option<Vec<&str>> = patterns
        .iter()
        .map(|pattern| match &pattern.kind {
            Kind::Call(method, arguments) => match (&method.kind, &arguments.first()?.kind) {
                (Kind::Member(_, word), Kind::Text(text)) if word == "matches" => Some(text.as_str()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    if let Some(expressions) = expressions {
        return patterns::whole(&expressions, host.engine.patterns());
    }
    let likes = patterns.iter().map(|pattern| match &pattern.kind {
        Kind::Compare(Comparison::Equal, _, text) => match &text.kind {
            Kind::Text(text) => Like::new(&like_literal(text)).ok(),
            _ => None,
        },
        Kind::Call(method, arguments) => {
            let (Kind::Member(_, word), Kind::Text(text)) = (&method.kind, &arguments.first()?.kind) else {
                return None;
            };
            let literal = like_literal(text);
            match word.as_str() {
                "startsWith" => Like::new(&format!("{literal}*")).ok(),
                "endsWith" => Like::new(&format!("*{literal}")).ok(),
                "contains" => Like::new(&format!("*{literal}*")).ok(),
                _ => match patterns::whole(&[text], host.engine.patterns())? {
                    Test::Like(mut likes) => likes.pop(),
                    _ => None,
                },
            }
        }
        _ => None,
    });
    likes.collect::<Option<Vec<_>>>().map(Test::Like)
}

fn decimal(tree: &Tree) -> Option<Decimal> {
    let Kind::Number(text) = &tree.kind else { return None };
    let value: f64 = text.parse().ok().filter(|value: &f64| value.is_finite())?;
    // Rust prints the shortest digits that name a double.
    Decimal::parse(&value.to_string())
}

fn scalar(tree: &Tree) -> Option<Scalar> {
    let value = match &tree.kind {
        Kind::Text(text) => ScalarValue::Str(Arc::from(text.as_str())),
        Kind::Number(_) => ScalarValue::Number(decimal(tree)?),
        Kind::Name(name) => match name.as_str() {
            "null" => ScalarValue::Null,
            "true" => ScalarValue::Bool(true),
            "false" => ScalarValue::Bool(false),
            _ => return None,
        },
        _ => return None,
    };
    Some(Scalar { value, text: String::new() })
}

fn scalars(tree: &Tree) -> Option<Vec<Scalar>> {
    let Kind::List(parts) = &tree.kind else { return None };
    parts.iter().map(scalar).collect()
}

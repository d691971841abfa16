//! Reads a pattern of the form that is written here, and says what it asks of the arguments.
//!
//! What JavaScript does with an expression is known for the forms below, which stand for whole
//! values. Anything else is refused: an expression that matches more than it seems to opens tools.

use std::sync::Arc;

use super::members::{ARRAY, Key, PRESENT};
use super::numbers;
use super::strings::{Parser, Token};
use super::text::{ANY, GAP, MARK, array, is_kept};
use crate::decimal::Decimal;
use crate::emit::operators::numbers::Interval;
use crate::pattern::{Like, Regex, like_literal};
use crate::predicate::{Atom, Comparison, Condition, Elements, Path, Scalar, ScalarValue, Step, Test};
use crate::source::Span;

/// What a pattern asks for; `None` for one that is not of the form that is written here.
pub(super) fn condition(pattern: &str) -> Option<Condition> {
    if !is_kept(pattern) || !pattern.is_ascii() {
        return None;
    }
    let mut rest = pattern;
    let mut parts = Vec::new();
    let mut last: Option<Key> = None;
    loop {
        let mut parser = Parser::new(rest.strip_prefix(MARK)?.strip_prefix('"')?);
        let mut name = String::new();
        while !parser.rest.starts_with('"') {
            let Token::Char(char) = parser.token()? else { return None };
            name.push(char);
        }
        let key = Key::new(&name);
        // Names that stand in another order match nothing.
        if last.as_ref().is_some_and(|last| *last >= key) {
            return None;
        }
        let values = parser.rest.strip_prefix("\":")?;
        let end = end_of_value(values)?;
        let (value, after) = values.split_at_checked(end)?;
        parts.push(value_condition(&name, value)?);
        last = Some(key);
        rest = after.strip_prefix(MARK)?;
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(GAP)?;
    }
    Some(one_or(parts, Condition::And))
}

/// One condition itself, or several as what `several` makes of them.
fn one_or(mut parts: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => several(parts.into_iter().chain(last).collect()),
    }
}

/// Where the mark behind a value begins.
fn end_of_value(text: &str) -> Option<usize> {
    places(text)
        .find(|(at, depth)| *depth == 0 && text.get(*at..).is_some_and(|rest| rest.starts_with(MARK)))
        .map(|(at, _)| at)
}

/// The places of a text that are in no class and in no escape, with the number of groups around.
fn places(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    std::iter::from_fn(move || {
        let byte = bytes.get(at)?;
        let place = at;
        at += 1;
        match byte {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => {
                depth = depth.saturating_sub(1);
            }
            b'[' => {
                while let Some(byte) = bytes.get(at)
                    && *byte != b']'
                {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            _ => {}
        }
        // A group is around its brackets.
        Some((place, if *byte == b'(' { depth.saturating_sub(1) } else { depth }))
    })
}

/// The alternatives of a text.
fn split(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    for (at, depth) in places(text) {
        if depth == 0 && text.as_bytes().get(at) == Some(&b'|') {
            out.extend(text.get(start..at));
            start = at + 1;
        }
    }
    out.extend(text.get(start..));
    out
}

/// The text inside of a group that covers all of a text.
fn inside(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let closes_early = places(text).any(|(at, depth)| depth == 0 && at > 0 && at + 1 < text.len());
    (!closes_early).then_some(inner)
}

/// What an argument must be.
fn value_condition(name: &str, text: &str) -> Option<Condition> {
    if let Some(condition) = alternative(name, text) {
        return Some(condition);
    }
    let alternatives = split(inside(text)?);
    if alternatives.len() < 2 {
        return None;
    }
    let parts = alternatives.iter().map(|text| alternative(name, text)).collect::<Option<Vec<_>>>()?;
    Some(Condition::Or(parts))
}

fn alternative(name: &str, text: &str) -> Option<Condition> {
    if let Some(rest) = text.strip_prefix(r"\[(").filter(|_| text != ARRAY) {
        // Both elements are the same.
        let both = rest.strip_suffix(r")*)?\]")?;
        let element = both.get(..both.len().checked_sub(2)? / 2)?;
        let tests = element_tests(element).filter(|_| array(element) == text)?;
        let every = |test| atom(name, Test::Every(Box::new(Elements::themselves(test))));
        return Some(one_or(tests.into_iter().map(every).collect(), Condition::And));
    }
    let atom =
        |test| Condition::Atom(Atom { path: Path::args(&[Step::Key(name.to_owned())]), test, span: Span::default() });
    let equal = |value| atom(Test::Compare(Comparison::Equal, scalar(value)));
    Some(match text {
        "null" => equal(ScalarValue::Null),
        "false" => equal(ScalarValue::Bool(false)),
        "true" => equal(ScalarValue::Bool(true)),
        PRESENT => atom(Test::Has),
        ARRAY => {
            let null = Test::Compare(Comparison::Equal, scalar(ScalarValue::Null));
            let every = Test::Every(Box::new(Elements::themselves(Test::Has)));
            Condition::Or(vec![atom(every), atom(Test::Some(Box::new(Elements::themselves(null))))])
        }
        _ => match text.strip_prefix('"') {
            Some(rest) => atom(string(rest.strip_suffix('"')?)?),
            None => {
                let numbers = numbers::read(text)?;
                let [interval] = numbers.intervals() else { return None };
                let tests: Vec<Condition> = bounds(interval)?.into_iter().map(atom).collect();
                let is_all = interval.is_unbounded_below() && interval.is_unbounded_above();
                one_or(tests, if is_all { Condition::Or } else { Condition::And })
            }
        },
    })
}

fn atom(name: &str, test: Test) -> Condition {
    Condition::Atom(Atom { path: Path::args(&[Step::Key(name.to_owned())]), test, span: Span::default() })
}

/// What an element must be: tests of which all hold.
fn element_tests(text: &str) -> Option<Vec<Test>> {
    let tests = |condition: Condition| -> Option<Vec<Test>> {
        let parts = match condition {
            Condition::And(parts) => parts,
            other => vec![other],
        };
        let test = |part: Condition| match part {
            Condition::Atom(Atom { test: test @ (Test::Compare(..) | Test::Like(_) | Test::Matches(_)), .. }) => {
                Some(test)
            }
            _ => None,
        };
        parts.into_iter().map(test).collect()
    };
    if let Some(found) = alternative("", text) {
        return tests(found);
    }
    let literal = |text: &&str| match tests(alternative("", text)?)?.as_slice() {
        [Test::Compare(Comparison::Equal, scalar)] => Some(scalar.clone()),
        _ => None,
    };
    let literals = split(inside(text)?).iter().map(literal).collect::<Option<Vec<_>>>()?;
    (literals.len() > 1).then(|| vec![Test::In(literals)])
}

fn scalar(value: ScalarValue) -> Scalar {
    Scalar { value, text: String::new() }
}

/// The tests for an interval of numbers: for all numbers two of which one holds, else all hold.
fn bounds(interval: &Interval) -> Option<Vec<Test>> {
    let compare = |comparison, at: f64| {
        let number = Decimal::parse(&at.to_string())?;
        Some(Test::Compare(comparison, scalar(ScalarValue::Number(number))))
    };
    if let Some(point) = interval.point() {
        return Some(vec![compare(Comparison::Equal, point)?]);
    }
    let mut out = Vec::new();
    if !interval.is_unbounded_below() {
        let low = if interval.low.after { Comparison::Greater } else { Comparison::GreaterEqual };
        out.push(compare(low, interval.low.at)?);
    }
    if !interval.is_unbounded_above() {
        let high = if interval.high.after { Comparison::LessEqual } else { Comparison::Less };
        out.push(compare(high, interval.high.at)?);
    }
    if out.is_empty() {
        return Some(vec![compare(Comparison::LessEqual, 0.0)?, compare(Comparison::Greater, 0.0)?]);
    }
    Some(out)
}

/// The test of a string with a content.
fn string(content: &str) -> Option<Test> {
    let mut parser = Parser::new(content);
    let (mut text, mut like) = (String::new(), String::new());
    let mut has_star = false;
    // What is only characters and stars is a literal, or a pattern of `like`.
    loop {
        if parser.rest.is_empty() {
            return Some(if has_star {
                Test::Like(vec![Like::new(&like).ok()?])
            } else {
                Test::Compare(Comparison::Equal, scalar(ScalarValue::Str(Arc::from(text.as_str()))))
            });
        }
        if let Some(rest) = parser.rest.strip_prefix(ANY) {
            parser.rest = rest;
            like.push('*');
            has_star = true;
            continue;
        }
        match parser.token() {
            Some(Token::Char(char)) if !parser.rest.starts_with(['*', '+', '?', '{']) => {
                text.push(char);
                like.push_str(&like_literal(char.encode_utf8(&mut [0; 4])));
            }
            _ => break,
        }
    }
    let mut parser = Parser::new(content);
    // Alternatives without a group around them would be those of the whole pattern.
    let expression = parser.sequence()?;
    if !parser.rest.is_empty() {
        return None;
    }
    Some(Test::Matches(vec![Regex::new(&expression).ok()?]))
}

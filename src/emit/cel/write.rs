//! Writes conditions.

use super::{Engine, Host, begins_in_array, element, is_name};
use crate::emit::expression::CEL;
use crate::emit::operators::values::double;
use crate::emit::refusal::Refusal;
use crate::pattern::{Like, Regex};
use crate::predicate::{Atom, Comparison, Condition, Elements, Scalar, ScalarValue, Step, Test};

/// How many characters an expression counts: more would make an automaton that the engine does not build.
const MOST_COUNTED: f64 = 10_000.0;

/// How much of an expression needs parentheses around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// Nothing.
    One,
    /// What stands between `&&`.
    And,
    /// What stands between `||`.
    Or,
}

/// The expression that is true where a condition holds and false everywhere else.
///
/// # Errors
/// A number is none that doubles tell from others.
pub(super) fn condition(host: &Host, of: &Condition) -> Result<String, Refusal> {
    Ok(expression(host, of)?.0)
}

fn expression(host: &Host, of: &Condition) -> Result<(String, Level), Refusal> {
    let list = |parts: &[Condition], level: Level, mark: &str, none: &str| {
        let parts = parts.iter().map(|part| expression(host, part)).collect::<Result<Vec<_>, _>>()?;
        Ok(match parts.as_slice() {
            [] => (none.to_owned(), Level::One),
            [only] => only.clone(),
            several => {
                // Parentheses keep the parts apart for the reader, too.
                let parts: Vec<String> = several
                    .iter()
                    .map(|(text, inner)| if *inner >= level { format!("({text})") } else { text.clone() })
                    .collect();
                (parts.join(mark), level)
            }
        })
    };
    match of {
        Condition::And(parts) => list(parts, Level::And, " && ", "true"),
        Condition::Or(parts) => list(parts, Level::Or, " || ", "false"),
        Condition::Not(inner) => Ok((format!("!({})", expression(host, inner)?.0), Level::One)),
        Condition::Atom(Atom { path, test, span }) => {
            let mut parts = Vec::new();
            if begins_in_array(&path.steps) {
                return Ok(("false".to_owned(), Level::One));
            }
            let value = walk(&mut parts, host.of(path.root), &path.steps);
            of_test(host, &mut parts, &value, test, 0).map_err(|refusal| refusal.of_part(Some(*span), "test"))?;
            Ok((parts.join(" && "), Level::And))
        }
    }
}

/// The test of a path as a conjunction; for the reader.
pub(super) fn atom(host: &Host, of: &Atom) -> Option<String> {
    expression(host, &Condition::Atom(of.clone())).ok().map(|(text, _)| text)
}

/// The value that steps lead to; what must be asked before is added to the parts. The first step leads
/// into a map.
fn walk(parts: &mut Vec<String>, from: &str, steps: &[Step]) -> String {
    let mut value = from.to_owned();
    for (index, step) in steps.iter().enumerate() {
        let kind = if matches!(step, Step::Key(_)) { "map" } else { "list" };
        if index > 0 {
            parts.push(format!("type({value}) == {kind}"));
        }
        match step {
            Step::Key(key) if is_name(key) => {
                value = format!("{value}.{key}");
                parts.push(format!("has({value})"));
            }
            Step::Key(key) => {
                let key = CEL.escapes.quoted(key);
                parts.push(format!("{key} in {value}"));
                value = format!("{value}[{key}]");
            }
            Step::Index(at) => {
                parts.push(format!("size({value}) > {at}"));
                value = format!("{value}[{at}]");
            }
        }
    }
    value
}

fn of_test(host: &Host, parts: &mut Vec<String>, value: &str, test: &Test, depth: usize) -> Result<(), Refusal> {
    let is = |kind: &str| host.engine.is(value, kind);
    match test {
        Test::Has => parts.push(format!("{value} != null")),
        Test::Compare(Comparison::Equal, scalar) => parts.push(format!("{value} == {}", literal(scalar)?)),
        Test::Compare(Comparison::NotEqual, scalar) => match &scalar.value {
            ScalarValue::Null => parts.push(format!("{value} != null")),
            other => parts.extend([is(kind(other)), format!("{value} != {}", literal(scalar)?)]),
        },
        Test::Compare(comparison, scalar) => {
            parts.extend([is("double"), format!("{value} {} {}", comparison.symbol(), literal(scalar)?)]);
        }
        Test::In(list) => parts.push(format!("{value} in {}", literals(list.iter())?)),
        Test::NotIn(list) => {
            let mut kinds = Vec::new();
            for kind in ["double", "string", "bool", "null_type"] {
                let mut of_kind = list.iter().filter(|scalar| self::kind(&scalar.value) == kind).peekable();
                if of_kind.peek().is_some() {
                    kinds.push(format!("{} && !({value} in {})", is(kind), literals(of_kind)?));
                }
            }
            parts.push(one_of(kinds));
        }
        Test::Contains(scalar) => {
            let literal = literal(scalar)?;
            let in_list = format!("{} && {literal} in {value}", is("list"));
            match scalar.value {
                ScalarValue::Str(_) => {
                    let in_text = format!("{} && {value}.contains({literal})", is("string"));
                    parts.push(format!("({in_text} || {in_list})"));
                }
                _ => parts.push(in_list),
            }
        }
        Test::Like(patterns) => {
            if let [only] = patterns.as_slice()
                && only.literal().is_some()
            {
                // As equality, for which no type is asked.
                parts.push(like(value, only));
                return Ok(());
            }
            parts.extend([is("string"), one_of(patterns.iter().map(|pattern| like(value, pattern)).collect())]);
        }
        Test::Matches(patterns) => {
            let patterns = patterns.iter().map(|pattern| Ok(matches(value, &written(host, pattern)?)));
            parts.extend([is("string"), one_of(patterns.collect::<Result<_, Refusal>>()?)]);
        }
        Test::Length(length) => {
            let bound = double(&length.number, &length.number.to_string())?;
            let size = format!("double(size({value})) {} {}", length.comparison.symbol(), number(bound));
            match host.engine {
                Engine::Go => parts.extend([format!("({} || {})", is("string"), is("list")), size]),
                Engine::Rust => {
                    let counted = counted(value, length.comparison, bound)?;
                    parts.push(format!("({} && {counted} || {} && {size})", is("string"), is("list")));
                }
            }
        }
        Test::Every(elements) => parts.extend([is("list"), quantified(host, value, "all", elements, depth)?]),
        Test::Some(elements) => parts.extend([is("list"), quantified(host, value, "exists", elements, depth)?]),
    }
    Ok(())
}

/// An expression as the engine of a host reads it.
fn written(host: &Host, pattern: &Regex) -> Result<String, Refusal> {
    host.engine.patterns().write(pattern).ok_or_else(|| {
        let help = "write it without boundaries of words inside of it, or with `like`";
        Refusal::new("its engine reads this expression in another way", help)
    })
}

/// Whether a string has so many characters, for an engine that gives its size in bytes: by an expression.
fn counted(value: &str, comparison: Comparison, bound: f64) -> Result<String, Refusal> {
    let (least, most) = match comparison {
        Comparison::LessEqual => (0.0, bound.floor()),
        Comparison::Less => (0.0, bound.ceil() - 1.0),
        Comparison::GreaterEqual => (bound.ceil().max(0.0), f64::INFINITY),
        Comparison::Greater => ((bound.floor() + 1.0).max(0.0), f64::INFINITY),
        // None if it is not whole.
        Comparison::Equal | Comparison::NotEqual => (bound.ceil(), bound.floor()),
    };
    let not = if comparison == Comparison::NotEqual { "!" } else { "" };
    if most < least || most < 0.0 {
        return Ok(format!("{not}false"));
    }
    if least > MOST_COUNTED || (most.is_finite() && most > MOST_COUNTED) {
        let reason = format!(
            "its engine gives the size of a string in bytes, and an expression counts at most {MOST_COUNTED} characters"
        );
        return Err(Refusal::new(reason, "compare with a smaller length"));
    }
    let most = if most.is_finite() { most.to_string() } else { String::new() };
    let pattern = CEL.escapes.quoted(&format!("^(?s:.{{{least},{most}}})$"));
    Ok(format!("{not}{value}.matches({pattern})"))
}

/// Several with `||` between, in parentheses; the only one as it is.
fn one_of(parts: Vec<String>) -> String {
    match parts.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join(" || ")),
    }
}

fn quantified(host: &Host, value: &str, word: &str, elements: &Elements, depth: usize) -> Result<String, Refusal> {
    let name = element(depth + 1);
    let mut parts = Vec::new();
    let kind = if begins_in_array(&elements.steps) { "list" } else { "map" };
    if !elements.steps.is_empty() {
        parts.push(format!("type({name}) == {kind}"));
    }
    let inner = walk(&mut parts, &name, &elements.steps);
    of_test(host, &mut parts, &inner, &elements.test, depth + 1)?;
    Ok(format!("{value}.{word}({name}, {})", parts.join(" && ")))
}

fn like(value: &str, pattern: &Like) -> String {
    let quoted = |text: &str| CEL.escapes.quoted(text);
    if let Some(text) = pattern.literal() {
        return format!("{value} == {}", quoted(&text));
    }
    match (pattern.prefix(), pattern.middle(), pattern.suffix()) {
        (prefix, [], "") => format!("{value}.startsWith({})", quoted(prefix)),
        ("", [], suffix) => format!("{value}.endsWith({})", quoted(suffix)),
        ("", [only], "") => format!("{value}.contains({})", quoted(only)),
        _ => matches(value, &pattern.re2()),
    }
}

fn matches(value: &str, re2: &str) -> String {
    format!("{value}.matches({})", CEL.escapes.quoted(&format!("^(?:{re2})$")))
}

/// The name of a type.
const fn kind(of: &ScalarValue) -> &'static str {
    match of {
        ScalarValue::Null => "null_type",
        ScalarValue::Bool(_) => "bool",
        ScalarValue::Number(_) => "double",
        ScalarValue::Str(_) => "string",
    }
}

fn literal(scalar: &Scalar) -> Result<String, Refusal> {
    Ok(match &scalar.value {
        ScalarValue::Null => "null".to_owned(),
        ScalarValue::Bool(value) => value.to_string(),
        ScalarValue::Number(value) => number(double(value, &scalar.text)?),
        ScalarValue::Str(text) => CEL.escapes.quoted(text),
    })
}

fn literals<'a>(list: impl Iterator<Item = &'a Scalar>) -> Result<String, Refusal> {
    Ok(format!("[{}]", list.map(literal).collect::<Result<Vec<_>, _>>()?.join(", ")))
}

/// A literal of a double, which has a point or an exponent.
fn number(value: f64) -> String {
    format!("{value:?}")
}

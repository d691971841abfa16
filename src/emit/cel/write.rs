//! Writes conditions.

use super::{Names, begins_in_array, element, is_name};
use crate::emit::expression::CEL;
use crate::emit::operators::values::double;
use crate::emit::refusal::Refusal;
use crate::pattern::{Like, Regex};
use crate::predicate::{Atom, Comparison, Condition, Elements, Scalar, ScalarValue, Step, Test};

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
pub(super) fn condition(names: &Names, of: &Condition) -> Result<String, Refusal> {
    Ok(expression(names, of)?.0)
}

fn expression(names: &Names, of: &Condition) -> Result<(String, Level), Refusal> {
    let list = |parts: &[Condition], level: Level, mark: &str, none: &str| {
        let parts = parts.iter().map(|part| expression(names, part)).collect::<Result<Vec<_>, _>>()?;
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
        Condition::Not(inner) => Ok((format!("!({})", expression(names, inner)?.0), Level::One)),
        Condition::Atom(Atom { path, test, span }) => {
            let mut parts = Vec::new();
            if begins_in_array(&path.steps) {
                return Ok(("false".to_owned(), Level::One));
            }
            let value = walk(&mut parts, names.of(path.root), &path.steps);
            of_test(&mut parts, &value, test, 0).map_err(|refusal| refusal.of_part(Some(*span), "test"))?;
            Ok((parts.join(" && "), Level::And))
        }
    }
}

/// The test of a path as a conjunction; for the reader.
pub(super) fn atom(names: &Names, of: &Atom) -> Option<String> {
    expression(names, &Condition::Atom(of.clone())).ok().map(|(text, _)| text)
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

fn of_test(parts: &mut Vec<String>, value: &str, test: &Test, depth: usize) -> Result<(), Refusal> {
    let is = |kind: &str| format!("type({value}) == {kind}");
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
            let patterns = patterns.iter().map(|pattern| matches(value, &Regex::re2(pattern)));
            parts.extend([is("string"), one_of(patterns.collect())]);
        }
        Test::Length(length) => {
            parts.push(format!("({} || {})", is("string"), is("list")));
            let bound = number(double(&length.number, &length.number.to_string())?);
            parts.push(format!("double(size({value})) {} {bound}", length.comparison.symbol()));
        }
        Test::Every(elements) => parts.extend([is("list"), quantified(value, "all", elements, depth)?]),
        Test::Some(elements) => parts.extend([is("list"), quantified(value, "exists", elements, depth)?]),
    }
    Ok(())
}

/// Several with `||` between, in parentheses; the only one as it is.
fn one_of(parts: Vec<String>) -> String {
    match parts.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join(" || ")),
    }
}

fn quantified(value: &str, word: &str, elements: &Elements, depth: usize) -> Result<String, Refusal> {
    let name = element(depth + 1);
    let mut parts = Vec::new();
    let kind = if begins_in_array(&elements.steps) { "list" } else { "map" };
    if !elements.steps.is_empty() {
        parts.push(format!("type({name}) == {kind}"));
    }
    let inner = walk(&mut parts, &name, &elements.steps);
    of_test(&mut parts, &inner, &elements.test, depth + 1)?;
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

//! Tables: a schema, an atom, and what is said of it.

mod admits;
pub(crate) mod generate;
mod paths;
mod properties;
mod unions;
mod values;
mod views;

use std::sync::Arc;

use super::{Problem, ProblemAt, Schema};
use crate::decimal::Decimal;
use crate::json::Json;
use crate::pattern::{Like, Regex};
use crate::predicate::{Atom, Comparison, Elements, LengthTest, Path, PathRoot, Scalar, ScalarValue, Step, Test};
use crate::source::FileId;

/// The literal that is written so.
fn scalar(text: &str) -> Scalar {
    let json = Json::parse(text).unwrap();
    let root = json.root();
    let value = match text {
        "null" => ScalarValue::Null,
        "true" | "false" => ScalarValue::Bool(text == "true"),
        _ => root
            .as_str()
            .map_or_else(|| ScalarValue::Number(root.as_number().unwrap()), |text| ScalarValue::Str(Arc::from(text))),
    };
    Scalar { value, text: text.to_owned() }
}

/// The path of these keys and indices.
fn path(steps: Vec<Step>) -> Path {
    Path { root: PathRoot::Args, steps }
}

/// A path such as `a.0."b.c"`.
fn parse_path(text: &str) -> Path {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = match rest.strip_prefix('"') {
            Some(quoted) => quoted.find('"').unwrap() + 2,
            None => rest.find('.').unwrap_or(rest.len()),
        };
        let (step, after) = rest.split_at(end);
        steps.push(match step.parse() {
            Ok(index) => Step::Index(index),
            Err(_) => Step::Key(step.trim_matches('"').to_owned()),
        });
        rest = after.strip_prefix('.').unwrap_or(after);
    }
    path(steps)
}

/// A test such as `== 1`, `in 1, 2`, `some contains "x"`, `length < 3`; words are separated by one space.
fn parse_test(text: &str) -> Test {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let list = || rest.split(", ").map(scalar).collect();
    match word {
        "has" => Test::Has,
        "in" => Test::In(list()),
        "not-in" => Test::NotIn(list()),
        "contains" => Test::Contains(scalar(rest)),
        "like" => Test::Like(vec![Like::new(rest).unwrap()]),
        "matches" => Test::Matches(vec![Regex::new(rest).unwrap()]),
        "every" => Test::Every(Box::new(Elements::themselves(parse_test(rest)))),
        "some" => Test::Some(Box::new(Elements::themselves(parse_test(rest)))),
        "length" => {
            let (symbol, number) = rest.split_once(' ').unwrap();
            let number = Decimal::parse(number).unwrap();
            Test::Length(LengthTest { comparison: Comparison::of_symbol(symbol).unwrap(), number })
        }
        _ => Test::Compare(Comparison::of_symbol(word).unwrap(), scalar(rest)),
    }
}

fn check_path(schema: &str, path: &Path, test: &str) -> Option<Problem> {
    let json = Json::parse(schema).unwrap();
    let schema = Schema::new(Some(json.root()), FileId(0));
    let atom = Atom { path: path.clone(), test: parse_test(test), span: crate::source::Span::default() };
    let problem = schema.check("pay", &atom)?;
    for label in &problem.related {
        assert!(json.text().get(label.span.range()).is_some_and(|text| !text.is_empty()), "{problem:?}");
    }
    for text in [Some(&problem.message), problem.help.as_ref()].into_iter().flatten() {
        assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
    }
    Some(problem)
}

/// `code message; help => replacement`, or nothing.
fn said(schema: &str, atom: &str) -> String {
    let (path, test) = atom.split_once(' ').unwrap();
    let Some(problem) = check_path(schema, &parse_path(path), test) else { return String::new() };
    let at = match &problem.at {
        ProblemAt::Steps(steps) => format!("{}..{}", steps.start, steps.end),
        ProblemAt::Value(index) => format!("value {index}"),
        ProblemAt::Test => "test".to_owned(),
    };
    let mut text = format!("{} at {at}: {}", problem.code.name, problem.message);
    if let Some(help) = problem.help {
        text.push_str(&format!("; {help}"));
    }
    if let Some(replacement) = problem.replacement {
        text.push_str(&format!(" => {replacement}"));
    }
    text
}

#[track_caller]
fn table(schema: &str, rows: &[(&str, &str)]) {
    for (atom, expected) in rows {
        assert_eq!(said(schema, atom), *expected, "{atom}");
    }
}

const PAY: &str = r#"{
    "type": "object",
    "properties": {
        "amount": {"type": "integer", "minimum": 1, "maximum": 1000},
        "rate": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01},
        "currency": {"type": "string", "enum": ["EUR", "USD"]},
        "to": {"type": "string", "minLength": 3, "maxLength": 10, "format": "email"},
        "note": {"type": ["string", "null"]},
        "urgent": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 1, "maxItems": 3},
        "meta": {"type": "object", "properties": {"key": {"type": "string"}}},
        "free": {"type": "object"},
        "any": {},
        "tweet.fields": {"type": "array", "items": {"type": "string"}},
        "kind": {"const": "transfer"},
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "look": {"type": "string", "pattern": "^(?!a)b$"}
    },
    "required": ["amount"]
}"#;

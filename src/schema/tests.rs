//! Tables: a schema, an atom, and what is said of it.

use std::sync::Arc;

use super::{Kinds, Problem, ProblemAt, Schema};
use crate::decimal::Decimal;
use crate::ir::{Atom, LengthTest, Path, Scalar, ScalarValue, Step, Test};
use crate::json::Json;
use crate::source::FileId;
use crate::syntax::ast::{Comparison, PathRoot};

/// The literal that is written so.
pub(super) fn scalar(text: &str) -> Scalar {
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
pub(super) fn path(steps: Vec<Step>) -> Path {
    Path { root: PathRoot::Args, text: super::describe::path_text(&steps), steps }
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

fn comparison(symbol: &str) -> Option<Comparison> {
    use Comparison::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    [Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual].into_iter().find(|one| one.symbol() == symbol)
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
        "every" => Test::Every(Box::new(parse_test(rest))),
        "some" => Test::Some(Box::new(parse_test(rest))),
        "length" => {
            let (symbol, number) = rest.split_once(' ').unwrap();
            let number = Decimal::parse(number).unwrap();
            Test::Length(LengthTest { comparison: comparison(symbol).unwrap(), number })
        }
        _ => Test::Compare(comparison(word).unwrap(), scalar(rest)),
    }
}

fn check_path(schema: &str, path: &Path, test: &str) -> Option<Problem> {
    let json = Json::parse(schema).unwrap();
    let schema = Schema::new(Some(json.root()), FileId(0));
    let atom = Atom { path: path.clone(), test: parse_test(test) };
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
        "kind": {"const": "transfer"}
    },
    "required": ["amount"]
}"#;

#[test]
fn unknown_arguments() {
    table(
        PAY,
        &[
            ("amuont < 5", "unknown-argument at 0..1: `pay` has no argument `amuont`; write `args.amount` => amount"),
            (
                "meta.kye == \"x\"",
                "unknown-argument at 1..2: `args.meta` of `pay` has no member `kye`; write `args.meta.key` => key",
            ),
            (
                "tweet.fields has",
                "unknown-argument at 0..2: `pay` has no argument `tweet`; the dots belong to the name: write `args.\"tweet.fields\"` => \"tweet.fields\"",
            ),
            ("key has", "unknown-argument at 0..1: `pay` has no argument `key`; write `args.meta.key` => meta.key"),
            (
                "zzzzzz has",
                "unknown-argument at 0..1: `pay` has no argument `zzzzzz`; its arguments are `amount`, `any`, `currency`, `free`, `kind`, `meta`, `note`, `rate` and 4 more",
            ),
            (
                "meta.zzzzzz has",
                "unknown-argument at 1..2: `args.meta` of `pay` has no member `zzzzzz`; its members are `key`",
            ),
            ("amount.x has", "wrong-type at 1..2: `args.amount` of `pay` is an integer, so it has no member `x`"),
            ("meta.0 has", "wrong-type at 1..2: `args.meta` of `pay` is an object, so it has no elements"),
            ("tags.3 has", "bad-value at 1..2: `args.tags` of `pay` has no element 3"),
            ("tags.2 has", ""),
            ("\"tweet.fields\".0 has", ""),
            ("free.a.b.0 == 5", ""),
            ("any.a.b.0 == 5", ""),
        ],
    );
    table(
        r#"{"type": "object", "properties": {}, "additionalProperties": false}"#,
        &[("x has", "unknown-argument at 0..1: `pay` has no argument `x`; it has no arguments")],
    );
    for unknown in ["{}", "true", r#"{"$schema": "x"}"#, r#"{"type": "object", "properties": {}}"#] {
        table(unknown, &[("x == 1", "")]);
    }
    table(
        r#"{"properties": {"a": {"type": "string"}, "a.b": {}, "no": false}}"#,
        &[
            (
                "a.b has",
                "unknown-argument at 0..2: `args.a` of `pay` is a string, so it has no member `b`; the dots belong to the name: write `args.\"a.b\"` => \"a.b\"",
            ),
            ("no has", "unknown-argument at 0..1: `pay` has no argument `no`; its arguments are `a`, `a.b`, `no`"),
        ],
    );
}

#[test]
fn additional_members() {
    let schema = |rest: &str| format!(r#"{{"properties": {{"a": {{"type": "string"}}}}, {rest}}}"#);
    for (rest, lacks) in [
        (r#""additionalProperties": true"#, true),
        (r#""additionalProperties": {}"#, true),
        (r#""additionalProperties": false"#, true),
        (r#""additionalProperties": {"type": "number"}"#, false),
    ] {
        let expected =
            if lacks { "unknown-argument at 0..1: `pay` has no argument `bbb`; its arguments are `a`" } else { "" };
        table(&schema(rest), &[("bbb == 1", expected)]);
    }
    table(
        &schema(r#""additionalProperties": {"type": "number"}"#),
        &[("bbb == \"x\"", "wrong-type at value 0: `args.bbb` of `pay` is a number, so it is never `\"x\"`")],
    );
}

#[test]
fn types_of_literals_and_tests() {
    table(
        PAY,
        &[
            ("amount == 5", ""),
            ("amount == 5.0", ""),
            ("amount == 5.5", "wrong-type at value 0: `args.amount` of `pay` is an integer, so it is never `5.5`"),
            (
                "amount == \"5\"",
                "wrong-type at value 0: `args.amount` of `pay` is an integer, so it is never `\"5\"`; write `5` => 5",
            ),
            (
                "amount in 5, \"x\"",
                "wrong-type at value 1: `args.amount` of `pay` is an integer, so it is never `\"x\"`",
            ),
            ("amount contains 5", "wrong-type at test: `args.amount` of `pay` is an integer, so it never contains `5`"),
            (
                "amount length > 2",
                "wrong-type at test: `args.amount` of `pay` is an integer, so `length > 2` never holds",
            ),
            ("amount some == 5", "wrong-type at test: `args.amount` of `pay` is an integer, so `some` never holds"),
            ("amount == null", "wrong-type at value 0: `args.amount` of `pay` is an integer, so it is never `null`"),
            ("to < 5", "wrong-type at test: `args.to` of `pay` is a string (`email`), so `< 5` never holds"),
            (
                "to != 12345",
                "wrong-type at value 0: `args.to` of `pay` is a string (`email`), so it is never `12345`; write `\"12345\"` => \"12345\"",
            ),
            (
                "to contains 1",
                "wrong-type at value 0: `args.to` of `pay` is a string (`email`), so it never contains `1`",
            ),
            (
                "urgent == \"true\"",
                "wrong-type at value 0: `args.urgent` of `pay` is a boolean, so it is never `\"true\"`; write `true` => true",
            ),
            ("note == null", ""),
            (
                "note == 1",
                "wrong-type at value 0: `args.note` of `pay` is a string or null, so it is never `1`; write `\"1\"` => \"1\"",
            ),
            ("tags == \"a\"", "wrong-type at value 0: `args.tags` of `pay` is an array, so it is never `\"a\"`"),
            (
                "tags some == 1",
                "wrong-type at value 0: an element of `args.tags` of `pay` is a string, so it is never `1`",
            ),
            (
                "tags contains 1",
                "wrong-type at value 0: an element of `args.tags` of `pay` is a string, so it is never `1`",
            ),
            ("tags every in \"a\", \"b\"", ""),
            ("any == 1", ""),
            ("any some == 1", ""),
            ("kind has", ""),
        ],
    );
}

#[test]
fn values_outside_what_is_allowed() {
    let currency = "`args.currency` of `pay` is one of `\"EUR\"`, `\"USD\"`, so";
    table(
        PAY,
        &[
            ("currency == \"EUR\"", ""),
            ("currency == \"GBP\"", &format!("bad-value at value 0: {currency} it is never `\"GBP\"`")),
            (
                "currency != \"EURO\"",
                &format!("bad-value at value 0: {currency} it is never `\"EURO\"`; write `\"EUR\"` => \"EUR\""),
            ),
            ("currency not-in \"EUR\", \"GBP\"", &format!("bad-value at value 1: {currency} it is never `\"GBP\"`")),
            ("currency contains \"U\"", ""),
            ("currency contains \"X\"", &format!("bad-value at value 0: {currency} it never contains `\"X\"`")),
            ("currency length == 3", ""),
            ("currency length > 3", &format!("bad-value at value 0: {currency} `length > 3` never holds")),
            (
                "kind == \"x\"",
                "bad-value at value 0: `args.kind` of `pay` is always `\"transfer\"`, so it is never `\"x\"`",
            ),
            ("amount == 0", "bad-value at value 0: `args.amount` of `pay` is at least 1, so it is never `0`"),
            ("amount != 1001", "bad-value at value 0: `args.amount` of `pay` is at most 1000, so it is never `1001`"),
            ("amount > 1000", "bad-value at value 0: `args.amount` of `pay` is at most 1000, so `> 1000` never holds"),
            ("amount >= 1000", ""),
            ("amount <= 0.5", "bad-value at value 0: `args.amount` of `pay` is at least 1, so `<= 0.5` never holds"),
            ("amount < 1", "bad-value at value 0: `args.amount` of `pay` is at least 1, so `< 1` never holds"),
            ("amount < 1.5", ""),
            ("rate <= 0", "bad-value at value 0: `args.rate` of `pay` is more than 0, so `<= 0` never holds"),
            ("rate < 0.001", ""),
            ("rate == 0.07", ""),
            (
                "rate == 0.075",
                "bad-value at value 0: `args.rate` of `pay` is a multiple of 0.01, so it is never `0.075`",
            ),
            ("rate == 9007199254740993", ""),
            (
                "to == \"ab\"",
                "bad-value at value 0: `args.to` of `pay` is a string of at least 3 characters, so it is never `\"ab\"`",
            ),
            ("to == \"äöüäöüäöüä\"", ""),
            (
                "to contains \"abcdefghijk\"",
                "bad-value at value 0: `args.to` of `pay` is a string of at most 10 characters, so it never contains `\"abcdefghijk\"`",
            ),
            (
                "to length > 10",
                "bad-value at value 0: `args.to` of `pay` is a string of at most 10 characters, so `length > 10` never holds",
            ),
            (
                "to length < 3",
                "bad-value at value 0: `args.to` of `pay` is a string of at least 3 characters, so `length < 3` never holds",
            ),
            ("to length == 10", ""),
            (
                "to length == 4.5",
                "bad-value at value 0: `args.to` of `pay` is a string of at least 3 characters, so `length == 4.5` never holds",
            ),
            (
                "tags length == 0",
                "bad-value at value 0: `args.tags` of `pay` is an array of at least 1 element, so `length == 0` never holds",
            ),
            (
                "tags contains \"c\"",
                "bad-value at value 0: an element of `args.tags` of `pay` is one of `\"a\"`, `\"b\"`, so it is never `\"c\"`",
            ),
            (
                "tags every != \"c\"",
                "bad-value at value 0: an element of `args.tags` of `pay` is one of `\"a\"`, `\"b\"`, so it is never `\"c\"`",
            ),
            (
                "tags.0 == \"c\"",
                "bad-value at value 0: `args.tags[0]` of `pay` is one of `\"a\"`, `\"b\"`, so it is never `\"c\"`",
            ),
        ],
    );
}

#[test]
fn bounds_of_whole_numbers_and_of_old_drafts() {
    let schema = r#"{"properties": {
        "whole": {"type": "integer", "exclusiveMinimum": 5, "maximum": 9.5},
        "below": {"type": "integer", "maximum": -0.5},
        "old": {"type": "number", "minimum": 5, "exclusiveMinimum": true},
        "big": {"type": "integer", "maximum": 9007199254740992},
        "huge": {"type": "number", "maximum": 1e400}
    }}"#;
    table(
        schema,
        &[
            ("whole < 6", "bad-value at value 0: `args.whole` of `pay` is more than 5, so `< 6` never holds"),
            ("whole < 6.5", ""),
            ("whole > 9", "bad-value at value 0: `args.whole` of `pay` is at most 9.5, so `> 9` never holds"),
            ("whole >= 9", ""),
            ("below > -1", "bad-value at value 0: `args.below` of `pay` is at most -0.5, so `> -1` never holds"),
            ("below >= -1", ""),
            ("old <= 5", "bad-value at value 0: `args.old` of `pay` is more than 5, so `<= 5` never holds"),
            ("old < 5.1", ""),
            (
                "big == 9007199254740993",
                "bad-value at value 0: `args.big` of `pay` is at most 9007199254740992, so it is never `9007199254740993`",
            ),
            ("big == 9007199254740992", ""),
            ("huge > 1e400", "bad-value at value 0: `args.huge` of `pay` is at most 1e400, so `> 1e400` never holds"),
            ("huge > 1e399", ""),
        ],
    );
}

#[test]
fn unions_and_intersections() {
    let schema = r##"{
        "properties": {
            "either": {"anyOf": [{"type": "string", "enum": ["all"]}, {"type": "integer", "maximum": 9}, {"type": "null"}]},
            "consts": {"oneOf": [{"const": "a", "title": "A"}, {"const": "b"}]},
            "both": {"allOf": [{"properties": {"x": {"type": "string"}}}, {"properties": {"y": {"maximum": 5}}}]},
            "closed": {"allOf": [{"properties": {"x": {}}, "additionalProperties": false}, {"properties": {"y": {}}}]},
            "shape": {"anyOf": [{"properties": {"r": {"type": "number"}}, "required": ["r"]}, {"properties": {"w": {"type": "string"}}}]},
            "nullable": {"type": "string", "enum": ["x"], "nullable": true},
            "defaulted": {"type": "string", "default": null},
            "narrow": {"type": ["string", "number"], "allOf": [{"type": ["number", "null"]}]},
            "listed": {"enum": [1, 2, 30], "maximum": 9},
            "case": {"if": {"properties": {"k": {"const": 1}}}, "then": {"properties": {"m": {"type": "string"}}}, "else": {"properties": {"n": {}}}},
            "depends": {"properties": {"a": {}}, "dependentSchemas": {"a": {"properties": {"b": {"type": "string"}}}}},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false},
            "old": {"type": "array", "items": [{"type": "string"}], "additionalItems": {"type": "number"}}
        }
    }"##;
    table(
        schema,
        &[
            ("either == null", ""),
            ("either == 5", ""),
            (
                "either == 10",
                "bad-value at value 0: `args.either` of `pay` is at most 9 or a string or null, so it is never `10`",
            ),
            (
                "either == \"al\"",
                "bad-value at value 0: `args.either` of `pay` is `\"all\"` or an integer or null, so it is never `\"al\"`; write `\"all\"` => \"all\"",
            ),
            ("consts == \"b\"", ""),
            (
                "consts == \"c\"",
                "bad-value at value 0: `args.consts` of `pay` is one of `\"a\"`, `\"b\"`, so it is never `\"c\"`",
            ),
            ("both.x == \"s\"", ""),
            ("both.y == 6", "bad-value at value 0: `args.both.y` of `pay` is at most 5, so it is never `6`"),
            ("both.y == \"s\"", ""),
            (
                "both.zz has",
                "unknown-argument at 1..2: `args.both` of `pay` has no member `zz`; its members are `x`, `y`",
            ),
            (
                "closed.y has",
                "unknown-argument at 1..2: `args.closed` of `pay` has no member `y`; its members are `x`, `y`",
            ),
            ("shape.r == 1", ""),
            ("shape.w == \"s\"", ""),
            (
                "shape.w == 1",
                "wrong-type at value 0: `args.shape.w` of `pay` is a string, so it is never `1`; write `\"1\"` => \"1\"",
            ),
            ("nullable == null", ""),
            ("nullable == \"x\"", ""),
            (
                "defaulted == null",
                "wrong-type at value 0: `args.defaulted` of `pay` is a string, so it is never `null`",
            ),
            ("narrow == 1", ""),
            ("narrow == \"s\"", "wrong-type at value 0: `args.narrow` of `pay` is a number, so it is never `\"s\"`"),
            (
                "listed > 2",
                "bad-value at value 0: `args.listed` of `pay` is one of `1`, `2`, `30`, so `> 2` never holds",
            ),
            ("listed > 1", ""),
            (
                "case.m == 1",
                "wrong-type at value 0: `args.case.m` of `pay` is a string, so it is never `1`; write `\"1\"` => \"1\"",
            ),
            ("case.n == 1", ""),
            (
                "depends.b == 1",
                "wrong-type at value 0: `args.depends.b` of `pay` is a string, so it is never `1`; write `\"1\"` => \"1\"",
            ),
            (
                "pair.0 == 1",
                "wrong-type at value 0: `args.pair[0]` of `pay` is a string, so it is never `1`; write `\"1\"` => \"1\"",
            ),
            ("pair.1 == 1", ""),
            ("pair.2 has", "bad-value at 1..2: `args.pair` of `pay` has no element 2"),
            (
                "pair contains true",
                "wrong-type at value 0: an element of `args.pair` of `pay` is a string or a number, so it is never `true`",
            ),
            (
                "old.0 == 1",
                "wrong-type at value 0: `args.old[0]` of `pay` is a string, so it is never `1`; write `\"1\"` => \"1\"",
            ),
            ("old.7 == 1", ""),
        ],
    );
}

#[test]
fn references() {
    let schema = r##"{
        "properties": {
            "filter": {"$ref": "#/$defs/filter"},
            "copy": {"$ref": "#/properties/filter/properties/not%20here"},
            "far": {"$ref": "https://example.com/schema.json"},
            "named": {"$ref": "#id"},
            "cycle": {"$ref": "#/properties/cycle"},
            "bounded": {"$ref": "#/definitions/a~1b", "maximum": 5}
        },
        "definitions": {"a/b": {"type": "integer"}},
        "$defs": {
            "id": {"$anchor": "id", "type": "string"},
            "filter": {
                "type": "object",
                "properties": {"and": {"type": "array", "items": {"$ref": "#/$defs/filter"}}, "field": {"type": "string"}}
            }
        }
    }"##;
    table(
        schema,
        &[
            ("filter.and.0.and.1.field == \"x\"", ""),
            (
                "filter.and.0.and.1.fild == \"x\"",
                "unknown-argument at 5..6: `args.filter.and[0].and[1]` of `pay` has no member `fild`; write `args.filter.and[0].and[1].field` => field",
            ),
            ("copy.x == 1", ""),
            ("far == 1", ""),
            ("cycle == 1", ""),
            (
                "named == 1",
                "wrong-type at value 0: `args.named` of `pay` is a string, so it is never `1`; write `\"1\"` => \"1\"",
            ),
            ("bounded == 6", "bad-value at value 0: `args.bounded` of `pay` is at most 5, so it is never `6`"),
        ],
    );
    let old = schema.replacen('{', r#"{"$schema": "http://json-schema.org/draft-07/schema#","#, 1);
    table(
        &old,
        &[
            ("bounded == 6", ""),
            ("bounded == 6.5", "wrong-type at value 0: `args.bounded` of `pay` is an integer, so it is never `6.5`"),
        ],
    );
}

#[test]
fn places_in_the_catalogue() {
    let problem = check_path(PAY, &parse_path("currency"), "== \"GBP\"").unwrap();
    let [label] = problem.related.as_slice() else { panic!("{problem:?}") };
    assert_eq!(&PAY[label.span.range()], "\"enum\"");
    assert_eq!(label.text, "`currency` is one of `\"EUR\"`, `\"USD\"` here");
    let problem = check_path(PAY, &parse_path("amuont"), "has").unwrap();
    assert_eq!(&PAY[problem.related[0].span.range()], "\"amount\"");
}

#[test]
fn kinds_that_a_path_can_lead_to() {
    let schema = r##"{
        "type": "object",
        "properties": {
            "must": {"type": "string"},
            "may": {"type": ["integer", "null"]},
            "deep": {"type": "object", "properties": {"x": {"enum": [1, "a"]}}, "required": ["x"], "additionalProperties": false},
            "list": {"type": "array", "items": {"type": "string"}, "minItems": 1},
            "any": {},
            "either": {"anyOf": [{"type": "object", "properties": {"v": {"type": "string"}}, "required": ["v"]}, {"type": "object", "properties": {"v": {"type": "null"}}}]},
            "lost": {"$ref": "#/nowhere"}
        },
        "required": ["must", "deep", "list", "either"]
    }"##;
    let json = Json::parse(schema).unwrap();
    let schema = Schema::new(Some(json.root()), FileId(0));
    let union = |kinds: &[Kinds]| kinds.iter().fold(Kinds::NONE, |all, kind| all.union(*kind));
    for (path, kinds) in [
        ("must", Kinds::STRING),
        ("may", union(&[Kinds::NUMBER, Kinds::NULL, Kinds::MISSING])),
        ("deep", Kinds::OBJECT),
        ("deep.x", union(&[Kinds::NUMBER, Kinds::STRING])),
        ("deep.y", Kinds::MISSING),
        ("must.x", Kinds::MISSING),
        ("list.0", Kinds::STRING),
        ("list.1", union(&[Kinds::STRING, Kinds::MISSING])),
        ("any", Kinds::ALL),
        ("either.v", union(&[Kinds::STRING, Kinds::NULL, Kinds::MISSING])),
        ("undeclared", Kinds::ALL),
        ("lost", Kinds::ALL),
    ] {
        assert_eq!(schema.possible_kinds(&parse_path(path)), kinds, "{path}");
    }
}

#[test]
fn arguments_as_people_read_them() {
    let json = Json::parse(PAY).unwrap();
    let arguments = Schema::new(Some(json.root()), FileId(0)).arguments();
    let texts: Vec<_> = arguments
        .iter()
        .map(|info| format!("{}{}: {}", info.name, if info.required { "" } else { "?" }, info.type_text))
        .collect();
    assert_eq!(
        texts,
        [
            "amount: integer",
            "rate?: number",
            "currency?: \"EUR\" | \"USD\"",
            "to?: string (email)",
            "note?: string | null",
            "urgent?: boolean",
            "tags?: array of string",
            "meta?: object",
            "free?: object",
            "any?: any",
            "tweet.fields?: array of string",
            "kind?: \"transfer\"",
        ]
    );
}

#[test]
fn hostile_schemas_end_as_unknown() {
    let tower = |keyword: &str, width: usize, depth: usize| {
        let mut schema = "{\"type\":\"string\"}".to_owned();
        for _ in 0..depth {
            schema = format!("{{\"{keyword}\":[{}]}}", vec![schema.as_str(); width].join(","));
        }
        format!("{{\"properties\":{{\"x\":{schema}}}}}")
    };
    let twice = r##"{"properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}}"##;
    let deep = format!("{{\"properties\":{{\"x\":{}{{}}{}}}}}", "{\"items\":".repeat(10_000), "}".repeat(10_000));
    let many = vec!["{\"anyOf\":[{\"minimum\":1},{\"maximum\":1}]}"; 40].join(",");
    let product = format!("{{\"properties\":{{\"x\":{{\"allOf\":[{many}]}}}}}}");
    for schema in [tower("anyOf", 2, 12), tower("allOf", 2, 15), twice.to_owned(), deep, product] {
        table(&schema, &[("x < 0", ""), ("x.y == 1", "")]);
    }
    // A tower that ends within the bound is still read.
    table(
        &tower("allOf", 1, 200),
        &[("x < 0", "wrong-type at test: `args.x` of `pay` is a string, so `< 0` never holds")],
    );
}

//! Paths: names of arguments, members and elements, references.

use super::{PAY, check_path, parse_path, table};

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
                "unknown-argument at 0..2: `pay` has no argument `tweet`; the dots are part of the name: write `args.\"tweet.fields\"` => \"tweet.fields\"",
            ),
            ("key has", "unknown-argument at 0..1: `pay` has no argument `key`; write `args.meta.key` => meta.key"),
            (
                "zzzzzz has",
                "unknown-argument at 0..1: `pay` has no argument `zzzzzz`; its arguments are `amount`, `any`, `currency`, `free`, `id`, `kind`, `look`, `meta` and 6 more",
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
                "unknown-argument at 0..2: `args.a` of `pay` is a string, so it has no member `b`; the dots are part of the name: write `args.\"a.b\"` => \"a.b\"",
            ),
            ("no has", "unknown-argument at 0..1: `pay` has no argument `no`; its arguments are `a`, `a.b`"),
        ],
    );
}

#[test]
fn additional_members() {
    let schema = |rest: &str| format!(r#"{{"properties": {{"a": {{"type": "string"}}}}, {rest}}}"#);
    for (rest, lacks) in [
        (r#""additionalProperties": true"#, true),
        (r#""additionalProperties": {}"#, false),
        (r#""additionalProperties": {"description": "anything"}"#, false),
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
fn members_by_pattern() {
    let schema =
        r#"{"properties": {"a": {}}, "patternProperties": {"^x_": {"type": "number"}}, "additionalProperties": false}"#;
    table(
        schema,
        &[
            ("x_1 == 1", ""),
            ("x_1 == true", "wrong-type at value 0: `args.x_1` of `pay` is a number, so it is never `true`"),
            ("y_1 == 1", "unknown-argument at 0..1: `pay` has no argument `y_1`; its arguments are `a`"),
        ],
    );
    table(&schema.replace("^x_", "^(?!y)"), &[("x_1 == true", ""), ("y_1 == 1", "")]);
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
    assert_eq!(PAY.get(label.span.range()).unwrap(), "\"enum\"");
    assert_eq!(label.text, "`currency` is one of `\"EUR\"`, `\"USD\"` here");
    let problem = check_path(PAY, &parse_path("amuont"), "has").unwrap();
    assert_eq!(PAY.get(problem.related[0].span.range()).unwrap(), "\"amount\"");
}

#[test]
fn only_near_names_are_guesses() {
    for (path, test, sure) in [
        ("amuont", "has", false),
        ("currency", "== \"EURO\"", false),
        ("tweet.fields", "has", true),
        ("key", "has", true),
        ("amount", "== \"5\"", true),
        ("to", "== 12345", true),
    ] {
        let problem = check_path(PAY, &parse_path(path), test).unwrap();
        assert_eq!((problem.sure, problem.replacement.is_some()), (sure, true), "{path} {test}");
    }
}

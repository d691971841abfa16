//! Whether arguments satisfy a schema, in tables. `oracles/` compares the answers with those of another
//! validator.

use crate::json::Json;
use crate::schema::Schema;
use crate::source::FileId;

fn admits(schema: &str, value: &str) -> Option<bool> {
    let (schema, value) = (Json::parse(schema).unwrap(), Json::parse(value).unwrap());
    Schema::new(Some(schema.root()), FileId(0)).admits(value.root())
}

/// Rows of a schema, and values with `yes`, `no` or `?` in front.
#[test]
fn keywords_mean_what_their_drafts_say() {
    let draft4 = r#""$schema": "http://json-schema.org/draft-04/schema#""#;
    let draft7 = r#""$schema": "http://json-schema.org/draft-07/schema#""#;
    let rows: &[(String, &[&str])] = &[
        (r#"{"type": "integer"}"#.into(), &["yes 1", "yes 1.0", "yes 10e-1", "no 1.5", "no \"1\"", "no null"]),
        (r#"{"type": ["integer", "null"]}"#.into(), &["yes 1", "no 1.5", "yes null", "no true"]),
        (r#"{"type": ["integer", "number"]}"#.into(), &["yes 1.5"]),
        (format!(r#"{{{draft4}, "type": "integer"}}"#), &["yes 1", "? 1.0", "no 1.5"]),
        (r#"{"type": "file"}"#.into(), &["? 1"]),
        (r#"{"type": "string", "default": null}"#.into(), &["yes \"a\"", "? null", "no 1"]),
        (r#"{"enum": [1], "default": {"a": [1]}}"#.into(), &["? {\"a\": [1.0]}", "no {}"]),
        (r#"{"const": {"a": [1, {"b": null}]}}"#.into(), &["yes {\"a\": [1.0, {\"b\": null}]}", "no {\"a\": [1]}"]),
        (
            r#"{"enum": [1, "1", [2, 3], {"a": 1, "b": 2}]}"#.into(),
            &["yes 1e0", "yes \"1\"", "yes [2, 3]", "no [3, 2]", "yes {\"b\": 2, \"a\": 1}", "no {\"a\": 1}"],
        ),
        (r#"{"const": 9007199254740993}"#.into(), &["yes 9007199254740993", "no 9007199254740992"]),
        (r#"{"multipleOf": 0.01}"#.into(), &["yes 0.07", "no 0.075", "yes 1e3", "yes \"x\""]),
        (r#"{"multipleOf": 0}"#.into(), &["? 1"]),
        (r#"{"minimum": 1, "exclusiveMaximum": 3}"#.into(), &["yes 1", "no 0.9", "no 3", "yes 2.9"]),
        (format!(r#"{{{draft4}, "minimum": 1, "exclusiveMinimum": true}}"#), &["no 1", "yes 1.1", "no 0"]),
        (r#"{"minimum": 1, "exclusiveMinimum": true}"#.into(), &["? 1", "yes 1.1", "no 0"]),
        (r#"{"minLength": 2, "maxLength": 2}"#.into(), &["yes \"\u{1f600}\u{1f600}\"", "no \"\u{1f600}\"", "yes [1]"]),
        (r#"{"pattern": "^[a-z]+$"}"#.into(), &["yes \"ab\"", "no \"A\"", "? \"a\\n\"", "yes 1"]),
        (r#"{"pattern": "^(?!a)"}"#.into(), &["? \"b\""]),
        (r#"{"pattern": "^(?!a)", "type": "string"}"#.into(), &["no 1"]),
        (
            r#"{"uniqueItems": true}"#.into(),
            &["yes [1, true, \"1\", [1]]", "no [1, 2, 1.0]", "no [{\"a\": 1}, {\"a\": 1}]"],
        ),
        (r#"{"minItems": 1, "maxItems": 2}"#.into(), &["no []", "yes [1]", "yes [1, 2]", "no [1, 2, 3]"]),
        (r#"{"minItems": -1}"#.into(), &["? []"]),
        (r#"{"items": {"type": "string"}}"#.into(), &["yes []", "yes [\"a\"]", "no [\"a\", 1]"]),
        (
            r#"{"prefixItems": [{"type": "string"}], "items": false}"#.into(),
            &["yes [\"a\"]", "no [\"a\", 1]", "no [1]"],
        ),
        (format!(r#"{{{draft7}, "prefixItems": [{{"type": "string"}}], "items": false}}"#), &["? [\"a\"]", "yes []"]),
        (
            format!(r#"{{{draft7}, "items": [{{"type": "string"}}], "additionalItems": false}}"#),
            &["yes [\"a\"]", "no [1]", "no [\"a\", 1]"],
        ),
        (r#"{"items": [{"type": "string"}]}"#.into(), &["yes [\"a\"]", "? [1]"]),
        (
            r#"{"contains": {"const": 1}, "maxContains": 2}"#.into(),
            &["no []", "yes [1, 2]", "yes [1, 1]", "no [1, 1, 1]"],
        ),
        (r#"{"contains": {"const": 1}, "minContains": 0}"#.into(), &["yes []"]),
        (r#"{"contains": {"pattern": "(?=a)"}}"#.into(), &["yes [1]", "? [\"a\"]", "no []"]),
        (r#"{"required": ["a", "b"]}"#.into(), &["no {\"a\": 1}", "yes {\"a\": 1, \"b\": null}", "yes []"]),
        (r#"{"required": true}"#.into(), &["? {}", "yes 1"]),
        (
            r#"{"properties": {"a": {"type": "string"}}, "additionalProperties": false}"#.into(),
            &["yes {}", "yes {\"a\": \"\"}", "no {\"a\": 1}", "no {\"b\": 1}"],
        ),
        (
            r#"{"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": {"type": "number"}}"#.into(),
            &["yes {\"x-a\": \"\"}", "no {\"x-a\": 1}", "yes {\"b\": 1}", "no {\"b\": \"\"}"],
        ),
        (
            r#"{"patternProperties": {"(?=x)": {"type": "string"}}, "additionalProperties": {"type": "number"}}"#
                .into(),
            &["? {\"x\": \"\"}", "? {\"x\": 1}", "? {\"x\": null}", "yes {}"],
        ),
        (r#"{"propertyNames": {"maxLength": 1}}"#.into(), &["yes {\"a\": 1}", "no {\"ab\": 1}"]),
        (
            r#"{"minProperties": 1, "maxProperties": 2}"#.into(),
            &["no {}", "yes {\"a\": 1}", "no {\"a\":1,\"b\":1,\"c\":1}"],
        ),
        (r#"{"dependentRequired": {"a": ["b"]}}"#.into(), &["yes {}", "no {\"a\": 1}", "yes {\"a\": 1, \"b\": 1}"]),
        (r#"{"dependentSchemas": {"a": {"maxProperties": 1}}}"#.into(), &["yes {\"a\": 1}", "no {\"a\": 1, \"b\": 1}"]),
        (
            format!(r#"{{{draft7}, "dependencies": {{"a": ["b"], "c": {{"required": ["a"]}}}}}}"#),
            &["no {\"a\": 1}", "no {\"c\": 1}", "yes {\"a\": 1, \"b\": 1, \"c\": 1}"],
        ),
        (r#"{"dependencies": {"a": ["b"]}}"#.into(), &["? {\"a\": 1}", "yes {}"]),
        (r#"{"anyOf": [{"type": "string"}, {"type": "null"}]}"#.into(), &["yes null", "yes \"\"", "no 1"]),
        (r#"{"anyOf": []}"#.into(), &["? 1"]),
        (r#"{"oneOf": [{"minimum": 2}, {"maximum": 3}]}"#.into(), &["yes 1", "no 2", "yes 4", "no \"\""]),
        (r#"{"oneOf": [{}, {}, {"pattern": "(?=a)"}]}"#.into(), &["no \"a\""]),
        (r#"{"oneOf": [{}, {"pattern": "(?=a)"}]}"#.into(), &["? \"a\""]),
        (r#"{"allOf": [{"pattern": "(?=a)"}, false]}"#.into(), &["no \"a\""]),
        (r#"{"not": {"type": "string"}}"#.into(), &["yes 1", "no \"\""]),
        (
            r#"{"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"const": 1}}"#.into(),
            &["yes \"a\"", "no \"\"", "yes 1", "no 2"],
        ),
        (
            r#"{"if": {"pattern": "(?=a)"}, "then": {"minLength": 2}, "else": {"minLength": 1}}"#.into(),
            &["? \"a\"", "no \"\"", "yes \"ab\""],
        ),
        (
            r##"{"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"next": {"$ref": "#"}}}}}"##
                .into(),
            &["yes {\"next\": {\"next\": {}}}", "no {\"next\": {\"next\": 1}}"],
        ),
        (
            r##"{"properties": {"a": {"$ref": "#/$defs/a", "minimum": 2}}, "$defs": {"a": {"type": "number"}}}"##
                .into(),
            &["no {\"a\": 1}", "yes {\"a\": 2}"],
        ),
        (
            format!(
                r##"{{{draft7}, "properties": {{"a": {{"$ref": "#/$defs/a", "minimum": 2}}}}, "$defs": {{"a": {{"type": "number"}}}}}}"##
            ),
            &["yes {\"a\": 1}", "no {\"a\": \"\"}"],
        ),
        (r##"{"$ref": "#/$defs/none"}"##.into(), &["? {}"]),
        (r##"{"$ref": "other.json"}"##.into(), &["? {}"]),
        (r##"{"properties": {"a": {"$ref": "#/properties/a"}}}"##.into(), &["? {\"a\": 1}", "yes {}"]),
        (r##"{"properties": {"a": {"$id": "http://x.y/", "type": "string"}}}"##.into(), &["? {\"a\": \"\"}"]),
        (r#"{"type": "string", "nullable": true}"#.into(), &["yes null", "yes \"\"", "no 1"]),
        (r#"{"type": "string", "nullable": true, "enum": ["a"]}"#.into(), &["? null", "no \"\""]),
        (r#"{"format": "email", "default": 1, "x-other": false, "description": "?"}"#.into(), &["yes \"x\""]),
        (r#"{"unevaluatedProperties": false}"#.into(), &["yes {}", "? {\"a\": 1}", "yes 1"]),
        (r#"{"$schema": "http://json-schema.org/draft-03/schema#"}"#.into(), &["? 1"]),
        ("true".into(), &["? {}"]),
    ];
    for (schema, values) in rows {
        for row in *values {
            let (answer, value) = row.split_once(' ').unwrap();
            let expected = match answer {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            };
            assert_eq!(admits(schema, value), expected, "{value} for {schema}");
        }
    }
}

#[test]
fn without_a_schema_nothing_is_known() {
    let value = Json::parse("{}").unwrap();
    assert_eq!(Schema::new(None, FileId(0)).admits(value.root()), None);
    assert_eq!(admits("{}", r#"{"a": 1, "a": 2}"#), None);
}

#[test]
fn depth_and_work_are_bounded() {
    let deep = format!(r#"{{"properties": {{"a": {}1{}}}}}"#, r#"{"items":"#.repeat(3_000), "}".repeat(3_000));
    let value = format!(r#"{{"a": {}{}}}"#, "[".repeat(3_000), "]".repeat(3_000));
    assert_eq!(admits(&deep, &value), None);
    let doubling =
        r##"{"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}]}}}"##;
    assert_eq!(admits(doubling, "{}"), None);
    let same = format!(r#"{{"a": [{}]}}"#, vec!["1"; 5_000].join(","));
    assert_eq!(admits(r#"{"properties": {"a": {"uniqueItems": true}}}"#, &same), Some(false));
    let numbers: Vec<_> = (0..5_000).map(|number| number.to_string()).collect();
    let different = format!(r#"{{"a": [{}]}}"#, numbers.join(","));
    assert_eq!(admits(r#"{"properties": {"a": {"uniqueItems": true}}}"#, &different), None);
}

//! Whether arguments satisfy a schema: tables, and the answers of another validator.

use proptest::prelude::*;
use serde_json::{Value, json};

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

/// Small numbers and their halves, so that the floating point of the other validator is exact.
fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i8..5).prop_map(Value::from),
        (-2i8..5).prop_map(|half| json!(f64::from(half) / 2.0)),
        prop::sample::select(vec!["", "a", "b", "ab", "é", "x-a"]).prop_map(Value::from),
    ]
}

fn keys() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "x-a"]).prop_map(str::to_owned)
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(3, 16, 3, |inside| {
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys(), inside, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

pub(crate) fn objects() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(keys(), values(), 0..4).prop_map(|map| json!(map))
}

fn half() -> impl Strategy<Value = Value> {
    (-2i8..5).prop_map(|half| json!(f64::from(half) / 2.0))
}

/// One keyword about values without parts.
fn simple() -> impl Strategy<Value = (String, Value)> {
    let kinds = vec!["null", "boolean", "integer", "number", "string", "array", "object"];
    let bounds = vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];
    let lengths = vec![
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    ];
    let named = |(name, value): (&str, Value)| (name.to_owned(), value);
    prop_oneof![
        3 => prop::sample::select(kinds.clone()).prop_map(|kind| ("type".to_owned(), json!(kind))),
        3 => prop::sample::subsequence(kinds, 2..5).prop_map(|kinds| ("type".to_owned(), json!(kinds))),
        2 => prop::collection::vec(values(), 1..4).prop_map(|list| ("enum".to_owned(), json!(list))),
        1 => values().prop_map(|value| ("const".to_owned(), value)),
        3 => (prop::sample::select(bounds), half()).prop_map(named),
        1 => (1i8..4).prop_map(|half| ("multipleOf".to_owned(), json!(f64::from(half) / 2.0))),
        3 => (prop::sample::select(lengths), (0i8..4).prop_map(|length| json!(length))).prop_map(named),
        2 => prop::sample::select(vec!["a", "^a$", "^$", "^x-", "[^a]", "^(?!a)"])
            .prop_map(|pattern| ("pattern".to_owned(), json!(pattern))),
        1 => any::<bool>().prop_map(|unique| ("uniqueItems".to_owned(), json!(unique))),
        2 => prop::collection::btree_set(keys(), 0..3).prop_map(|names| ("required".to_owned(), json!(names))),
        1 => (keys(), prop::collection::btree_set(keys(), 0..3))
            .prop_map(|(key, names)| ("dependentRequired".to_owned(), json!({key: names}))),
        1 => Just(("$ref".to_owned(), json!("#/$defs/d"))),
        1 => Just(("format".to_owned(), json!("email"))),
    ]
}

/// Several keywords; with `old`, those of draft 7.
fn schemas(old: bool) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => prop::collection::vec(simple(), 1..3).prop_map(gathered),
        1 => any::<bool>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 3, move |inside| {
        let one = vec!["not", "if", "then", "else", "contains", "items", "additionalProperties", "propertyNames"];
        let several = vec!["anyOf", "oneOf", "allOf", if old { "items" } else { "prefixItems" }];
        let maps = vec!["properties", "properties", "dependentSchemas", "dependencies"];
        let named = |(name, value): (&str, Value)| (name.to_owned(), value);
        let keyword = prop_oneof![
            3 => simple(),
            3 => (prop::sample::select(one), inside.clone()).prop_map(named),
            3 => (prop::sample::select(several), prop::collection::vec(inside.clone(), 1..4).prop_map(Value::from))
                .prop_map(named),
            4 => (
                prop::sample::select(maps),
                prop::collection::btree_map(keys(), inside.clone(), 1..3).prop_map(|map| json!(map)),
            )
                .prop_map(named),
            1 => (prop::sample::select(vec!["^x-", "a", "^(?!b)"]), inside.clone())
                .prop_map(|(pattern, schema)| ("patternProperties".to_owned(), json!({pattern: schema}))),
            u32::from(old) => inside.prop_map(|schema| ("additionalItems".to_owned(), schema)),
        ];
        prop::collection::vec(keyword, 1..5).prop_map(gathered)
    })
}

fn gathered(keywords: Vec<(String, Value)>) -> Value {
    keywords.into_iter().collect::<serde_json::Map<_, _>>().into()
}

/// The schema with a definition for its references, and with the name of its draft.
fn rooted(mut schema: Value, definition: Value, draft: Option<&str>) -> Value {
    if !schema.is_object() {
        schema = json!({"allOf": [schema]});
    }
    schema["$defs"] = json!({"d": definition});
    if let Some(draft) = draft {
        schema["$schema"] = json!(draft);
    }
    schema
}

/// A schema of one of the drafts that are in use.
pub(crate) fn any_schema() -> impl Strategy<Value = Value> {
    let drafts = vec![
        (None, false),
        (Some("https://json-schema.org/draft/2020-12/schema"), false),
        (Some("https://json-schema.org/draft/2019-09/schema"), true),
        (Some("http://json-schema.org/draft-07/schema#"), true),
        (Some("http://json-schema.org/draft-06/schema#"), true),
    ];
    prop::sample::select(drafts).prop_flat_map(|(draft, old)| {
        (schemas(old), schemas(old)).prop_map(move |(schema, definition)| {
            // A definition without references, so that none leads to itself.
            let plain = definition.to_string().replace("\"$ref\"", "\"$comment\"");
            rooted(schema, serde_json::from_str(&plain).unwrap(), draft)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The crate `jsonschema` knows none of the doubts: where there is an answer, it is the same.
    #[test]
    fn another_validator_agrees(schema in any_schema(), list in prop::collection::vec(prop_oneof![objects(), values()], 8)) {
        let other = jsonschema::options().should_validate_formats(false).build(&schema);
        prop_assume!(other.is_ok());
        let other = other.unwrap();
        let text = schema.to_string();
        for value in list {
            if let Some(answer) = admits(&text, &value.to_string()) {
                prop_assert_eq!(answer, other.is_valid(&value), "{} for {}", value, text);
            }
        }
    }
}

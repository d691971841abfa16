//! Random schemas, and random values for them.
//!
//! It uses nothing of this crate, so that `oracles/` can include it.

use proptest::prelude::*;
use serde_json::{Value, json};

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

/// Any values.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(3, 16, 3, |inside| {
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(keys(), inside, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// Objects such as the arguments of a call.
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

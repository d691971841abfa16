//! What a valid value passes is never called wrong.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{path, scalar};
use crate::decimal::Decimal;
use crate::json::Json;
use crate::predicate::{Atom, Comparison, Elements, LengthTest, Path, Step, Test};
use crate::schema::{Kinds, Schema};
use crate::source::FileId;

const KEYS: [&str; 2] = ["a", "b"];

/// Numbers are halves, so that the validator's floating point is exact.
fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i8..5).prop_map(Value::from),
        (-2i8..5).prop_map(|half| json!(f64::from(half) / 2.0)),
        prop::sample::select(vec!["", "a", "b", "ab", "é"]).prop_map(Value::from),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(2, 12, 3, |inside| {
        prop_oneof![
            prop::collection::vec(inside.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(KEYS.to_vec()), inside, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

fn plain() -> impl Strategy<Value = Value> {
    let kinds = vec!["null", "boolean", "integer", "number", "string", "array", "object"];
    let bound = || (-2i8..5).prop_map(|half| json!(f64::from(half) / 2.0));
    prop_oneof![
        3 => prop::sample::select(kinds.clone()).prop_map(|kind| json!({"type": kind})),
        2 => prop::sample::subsequence(kinds, 1..4).prop_map(|kinds| json!({"type": kinds})),
        2 => prop::collection::vec(values(), 1..4).prop_map(|values| json!({"enum": values})),
        1 => values().prop_map(|value| json!({"const": value})),
        2 => (prop::sample::select(vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]), bound())
            .prop_map(|(name, bound)| json!({"type": "number", name: bound})),
        1 => (bound(), any::<bool>()).prop_map(|(bound, whole)| {
            json!({"type": if whole { "integer" } else { "number" }, "minimum": bound, "multipleOf": 0.5})
        }),
        2 => (prop::sample::select(vec!["minLength", "maxLength", "minItems", "maxItems"]), 0u8..3)
            .prop_map(|(name, length)| json!({name: length})),
        1 => prop::sample::select(vec!["a", "^a$", "^$"]).prop_map(|pattern| json!({"type": "string", "pattern": pattern})),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

fn schemas() -> impl Strategy<Value = Value> {
    plain().prop_recursive(3, 24, 3, |inside| {
        let several = prop::collection::vec(inside.clone(), 1..4);
        let combinators = vec!["anyOf", "oneOf", "allOf", "prefixItems"];
        // Objects declare both keys or none, or rule the others out: members that an open object does not declare
        // are valid, but on purpose wrong in a policy.
        let object = prop_oneof![
            (inside.clone(), inside.clone(), any::<bool>()).prop_map(|(a, b, closed)| {
                json!({"type": "object", "properties": {"a": a, "b": b}, "required": ["a"], "additionalProperties": !closed})
            }),
            (inside.clone(), any::<bool>()).prop_map(|(a, must)| {
                let required = if must { vec!["a"] } else { vec![] };
                json!({"properties": {"a": a}, "required": required, "additionalProperties": false})
            }),
            (inside.clone(), inside.clone()).prop_map(|(a, rest)| {
                // With content in any case, so that it counts as a declaration.
                json!({"properties": {"a": a}, "additionalProperties": {"allOf": [rest]}})
            }),
        ];
        prop_oneof![
            4 => object,
            3 => (prop::sample::select(combinators), several).prop_map(|(name, list)| json!({name: list})),
            2 => inside.clone().prop_map(|items| json!({"type": "array", "items": items})),
            1 => (inside.clone(), inside.clone()).prop_map(|(first, rest)| json!({"prefixItems": [first], "items": rest})),
            1 => inside.clone().prop_map(|schema| json!({"not": schema})),
            1 => (inside.clone(), inside.clone(), inside)
                .prop_map(|(one, two, three)| json!({"if": one, "then": two, "else": three})),
            1 => (-1i8..3).prop_map(|least| json!({"$ref": "#/$defs/d", "minimum": least})),
        ]
    })
}

fn is_multiple_of(number: f64, divisor: f64) -> bool {
    (number / divisor).fract() == 0.0
}

/// JSON Schema 2020-12, for the keywords that are generated here.
fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let Some(keywords) = schema.as_object() else { return schema == &json!(true) };
    let is = |schema: &Value| valid(root, schema, value);
    let number = value.as_f64();
    let compared = |bound: &Value, holds: fn(&f64, &f64) -> bool| {
        number.is_none_or(|number| holds(&number, &bound.as_f64().unwrap()))
    };
    let length = |length: Option<usize>, bound: &Value, holds: fn(&u64, &u64) -> bool| {
        length.is_none_or(|length| holds(&(length as u64), &bound.as_u64().unwrap()))
    };
    let list = |value: &Value| value.as_array().unwrap().clone();
    let characters = value.as_str().map(|text| text.chars().count());
    let items = value.as_array().map(Vec::len);
    keywords.iter().all(|(keyword, wanted)| match keyword.as_str() {
        "type" => {
            let names = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
            names.iter().any(|name| match name.as_str().unwrap() {
                "null" => value.is_null(),
                "boolean" => value.is_boolean(),
                "integer" => number.is_some_and(|number| number.fract() == 0.0),
                "number" => value.is_number(),
                "string" => value.is_string(),
                "array" => value.is_array(),
                _ => value.is_object(),
            })
        }
        "enum" => list(wanted).iter().any(|one| equal(one, value)),
        "const" => equal(wanted, value),
        "minimum" => compared(wanted, f64::ge),
        "maximum" => compared(wanted, f64::le),
        "exclusiveMinimum" => compared(wanted, f64::gt),
        "exclusiveMaximum" => compared(wanted, f64::lt),
        "multipleOf" => number.is_none_or(|number| is_multiple_of(number, wanted.as_f64().unwrap())),
        "minLength" => length(characters, wanted, u64::ge),
        "maxLength" => length(characters, wanted, u64::le),
        "minItems" => length(items, wanted, u64::ge),
        "maxItems" => length(items, wanted, u64::le),
        "pattern" => value.as_str().is_none_or(|text| match wanted.as_str().unwrap() {
            "a" => text.contains('a'),
            "^a$" => text == "a",
            _ => text.is_empty(),
        }),
        "anyOf" => list(wanted).iter().any(is),
        "oneOf" => list(wanted).iter().filter(|schema| is(schema)).count() == 1,
        "allOf" => list(wanted).iter().all(is),
        "not" => !is(wanted),
        "if" => is(&keywords[if is(wanted) { "then" } else { "else" }]),
        "$ref" => is(&root["$defs"]["d"]),
        "prefixItems" => value
            .as_array()
            .is_none_or(|items| items.iter().zip(list(wanted)).all(|(item, schema)| valid(root, &schema, item))),
        "items" => value.as_array().is_none_or(|items| {
            let first = keywords.get("prefixItems").map_or(0, |prefix| prefix.as_array().unwrap().len());
            items.iter().skip(first).all(|item| valid(root, wanted, item))
        }),
        "required" => {
            value.as_object().is_none_or(|map| list(wanted).iter().all(|key| map.contains_key(key.as_str().unwrap())))
        }
        "properties" => value.as_object().is_none_or(|map| {
            map.iter().all(|(key, inside)| wanted.get(key).is_none_or(|schema| valid(root, schema, inside)))
        }),
        "additionalProperties" => value.as_object().is_none_or(|map| {
            map.iter().all(|(key, inside)| keywords["properties"].get(key).is_some() || valid(root, wanted, inside))
        }),
        "then" | "else" | "$defs" => true,
        other => panic!("{other}"),
    })
}

/// Equality by value: 1 is 1.0.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left.as_f64().map_or(left == right, |number| right.as_f64() == Some(number)),
    }
}

/// All paths into a value with what they lead to, absent members and elements included.
fn places(value: &Value) -> Vec<(Path, Option<Value>)> {
    let mut open = vec![(Vec::new(), Some(value.clone()))];
    let mut found: Vec<(Path, Option<Value>)> = Vec::new();
    while let Some((steps, value)) = open.pop() {
        if steps.len() < 3 {
            for key in KEYS {
                let inside = value.as_ref().and_then(|value| value.get(key)).cloned();
                open.push(([steps.clone(), vec![Step::Key(key.to_owned())]].concat(), inside));
            }
            for index in 0u32..2 {
                let inside = value.as_ref().and_then(|value| value.get(index as usize)).cloned();
                open.push(([steps.clone(), vec![Step::Index(index)]].concat(), inside));
            }
        }
        if !steps.is_empty() {
            found.push((path(steps), value));
        }
    }
    found
}

/// Tests that the value passes.
fn passed(value: &Value) -> Vec<Test> {
    let mut tests = if value.is_null() { Vec::new() } else { vec![Test::Has] };
    if !value.is_array() && !value.is_object() {
        let literal = scalar(&value.to_string());
        tests.push(Test::Compare(Comparison::Equal, literal.clone()));
        // Not passed, but a literal that is a possible value is never misspelt.
        tests.push(Test::Compare(Comparison::NotEqual, literal.clone()));
        tests.push(Test::In(vec![literal.clone()]));
        tests.push(Test::NotIn(vec![literal]));
    }
    if let Some(number) = value.as_f64() {
        for (comparison, other) in [
            (Comparison::Less, number + 0.5),
            (Comparison::LessEqual, number),
            (Comparison::Greater, number - 0.5),
            (Comparison::GreaterEqual, number),
        ] {
            tests.push(Test::Compare(comparison, scalar(&json!(other).to_string())));
        }
    }
    let text = value.as_str().map(|text| text.chars().count());
    if let Some(length) = text.or(value.as_array().map(Vec::len)) {
        let length = length as u64;
        for (comparison, number) in [
            (Comparison::Equal, length),
            (Comparison::Less, length + 1),
            (Comparison::LessEqual, length),
            (Comparison::GreaterEqual, length),
            (Comparison::NotEqual, length + 1),
        ] {
            tests.push(Test::Length(LengthTest { comparison, number: Decimal::from(number) }));
        }
    }
    if let Some(first) = value.as_str().and_then(|text| text.chars().next()) {
        tests.push(Test::Contains(scalar(&json!(first.to_string()).to_string())));
    }
    for item in value.as_array().into_iter().flatten() {
        if !item.is_array() && !item.is_object() {
            tests.push(Test::Contains(scalar(&item.to_string())));
        }
        tests.extend(passed(item).into_iter().map(|test| Test::Some(Box::new(Elements::themselves(test)))));
    }
    if let Some(items) = value.as_array().filter(|items| !items.is_empty()) {
        let literals = items.iter().filter(|item| !item.is_array() && !item.is_object());
        let literals: Vec<_> = literals.map(|item| scalar(&item.to_string())).collect();
        if literals.len() == items.len() {
            tests.push(Test::Every(Box::new(Elements::themselves(Test::In(literals)))));
        }
    }
    tests
}

fn kinds(value: Option<&Value>) -> Kinds {
    match value {
        None => Kinds::MISSING,
        Some(Value::Null) => Kinds::NULL,
        Some(Value::Bool(_)) => Kinds::BOOL,
        Some(Value::Number(_)) => Kinds::NUMBER,
        Some(Value::String(_)) => Kinds::STRING,
        Some(Value::Array(_)) => Kinds::ARRAY,
        Some(Value::Object(_)) => Kinds::OBJECT,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_a_valid_call_passes_is_never_wrong(
        a in schemas(),
        b in schemas(),
        d in plain(),
        calls in prop::collection::vec((prop::option::of(values()), prop::option::of(values())), 48),
    ) {
        let schema = json!({
            "type": "object", "properties": {"a": a, "b": b}, "additionalProperties": false, "$defs": {"d": d},
        });
        let json = Json::parse(&schema.to_string()).unwrap();
        let asked = Schema::new(Some(json.root()), FileId(0));
        for (a, b) in calls {
            let call: serde_json::Map<_, _> =
                KEYS.iter().zip([a, b]).filter_map(|(key, value)| Some(((*key).to_owned(), value?))).collect();
            let call = Value::from(call);
            if !valid(&schema, &schema, &call) {
                continue;
            }
            for (path, value) in places(&call) {
                let possible = asked.possible_kinds(&path);
                prop_assert!(possible.contains(kinds(value.as_ref())), "{schema}: {} in {call}: {possible:?}", path);
                for test in value.as_ref().map(passed).unwrap_or_default() {
                    let atom = Atom { path: path.clone(), test, span: crate::source::Span::default() };
                    let problem = asked.check("t", &atom);
                    prop_assert!(problem.is_none(), "{schema}: {atom:?} for {call}: {problem:?}");
                }
            }
        }
    }
}

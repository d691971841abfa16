//! One policy under two catalogues: whatever a call shows, the verdict has said.

use std::path::Path;

use policyc_core::analysis::ask::Domain;
use policyc_core::decider::PolicyDecider;
use policyc_core::diff::{Diff, Outcome, Verdict, compare, impact};
use policyc_core::disk::Unreadable;
use policyc_core::json::Json;
use policyc_core::schema::Schema;
use policyc_core::sema::{Loader, Options, analyze};
use policyc_core::source::FileId;
use proptest::prelude::*;
use proptest::sample::select;

struct One(String);

impl Loader for One {
    fn read(&self, _: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        Ok(self.0.clone().into_bytes())
    }
}

fn diff(policy: &str, old: &str, new: &str) -> Diff {
    let text = format!("server s from \"c.json\"; {policy}");
    let [old, new] = [old, new].map(|schema| {
        let catalogue =
            format!("{{\"tools\": [{{\"name\": \"t\", \"description\": \"Does it.\", \"inputSchema\": {schema}}}]}}");
        let analysis = analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &One(catalogue));
        analysis.checked.unwrap_or_else(|| panic!("{:?}", analysis.diagnostics))
    });
    let [before, after] = [&old, &new].map(|checked| PolicyDecider::new(&checked.policies()[0]).closed());
    let mut diff = compare(&before, &after, Domain::Any, true);
    impact::schemas(&mut diff, [&before, &after]);
    diff
}

/// What moves, short: `invalid -> allowed {"n": 1}`, with `?` where it is not decided.
fn moves(diff: &Diff) -> Vec<String> {
    let steps = diff.changes.iter().flat_map(|change| &change.moves);
    let said = steps.map(|step| {
        let example = step.example.as_ref().map_or("?", |example| &example.call.arguments);
        format!("{} -> {} {example}", step.from.name(), step.to.name())
    });
    said.collect()
}

#[test]
fn what_becomes_valid_or_invalid_is_told() {
    let object = |members: &str, more: &str| format!(r#"{{"type": "object", "properties": {{{members}}}{more}}}"#);
    let options = |inner: &str| object(&format!(r#""options": {{"type": "object", "properties": {{{inner}}}}}"#), "");
    let list = |inner: &str| {
        object(&format!(r#""l": {{"type": "array", "items": {{"type": "object", "properties": {{{inner}}}}}}}"#), "")
    };
    let text = r#""s": {"type": "string"}"#;
    let closed = r#", "additionalProperties": false"#;
    let cases: Vec<(String, String, Vec<&str>)> = vec![
        // Members of objects, and of the elements of arrays.
        (
            options(r#""to": {"type": "string", "enum": ["ann@acme.com"]}"#),
            options(r#""to": {"type": "string"}"#),
            vec![r#"invalid -> allowed {"options": {"to": ""}}"#],
        ),
        (list(r#""k": {"type": "integer"}"#), list(r#""k": {}"#), vec![r#"invalid -> allowed {"l": [{"k": ""}]}"#]),
        (list(r#""k": {}"#), list(r#""k": {"type": "integer"}"#), vec![r#"allowed -> invalid {"l": [{"k": ""}]}"#]),
        (
            options(
                r#""a": {"type": "object", "properties": {"b": {"type": "object", "properties": {"c": {"maximum": 3}}}}}"#,
            ),
            options(
                r#""a": {"type": "object", "properties": {"b": {"type": "object", "properties": {"c": {"maximum": 4}}}}}"#,
            ),
            vec![r#"invalid -> allowed {"options": {"a": {"b": {"c": 4}}}}"#],
        ),
        // Members that nobody declares.
        (object(text, closed), object(text, ""), vec![r#"invalid -> allowed {"other": ""}"#]),
        (object(text, ""), object(text, closed), vec![r#"allowed -> invalid {"other": ""}"#]),
        (
            object(text, r#", "additionalProperties": {"type": "string"}"#),
            object(text, r#", "additionalProperties": {"type": ["string", "null"]}"#),
            vec![r#"invalid -> allowed {"other": null}"#],
        ),
        (
            options(r#""o": {"type": "object", "additionalProperties": false}"#),
            options(r#""o": {"type": "object"}"#),
            vec![r#"invalid -> allowed {"options": {"o": {"other": ""}}}"#],
        ),
        (object(r#""other": {}"#, closed), object(r#""other": {}"#, ""), vec![r#"invalid -> allowed {"other_": ""}"#]),
        // What formulas do not say is undecided on the side on which it may refuse.
        (
            object(r#""l": {"type": "array", "uniqueItems": true}"#, ""),
            object(r#""l": {"type": "array"}"#, ""),
            vec!["invalid -> allowed ?"],
        ),
        (object("", r#", "maxProperties": 3"#), object("", ""), vec!["invalid -> allowed ?"]),
        (object("", r#", "propertyNames": {"maxLength": 3}"#), object("", ""), vec!["invalid -> allowed ?"]),
        (
            object("", r#", "patternProperties": {"^x": {"type": "string"}}"#),
            object("", ""),
            vec!["invalid -> allowed ?"],
        ),
        (object("", r#", "unevaluatedProperties": false"#), object("", ""), vec!["invalid -> allowed ?"]),
        (object(r#""s": {"pattern": "(?=a)a"}"#, ""), object(r#""s": {}"#, ""), vec!["invalid -> allowed ?"]),
        (
            object(r##""s": {"$ref": "https://elsewhere.example/s"}"##, ""),
            object(r#""s": {}"#, ""),
            vec!["invalid -> allowed ?"],
        ),
        // What is alike on both sides is not in the way of a proof, and words are no change.
        (
            object(&format!(r#""l": {{"uniqueItems": true}}, {text}"#), r#", "minProperties": 1"#),
            object(
                r#""l": {"uniqueItems": true}, "s": {"type": "string", "description": "It."}"#,
                r#", "minProperties": 1"#,
            ),
            vec![],
        ),
        (object(r#""n": {"maximum": 3}"#, ""), object(r#""n": {"maximum": 3.0}"#, ""), vec![]),
        (
            object(r##""o": {"$ref": "#/$defs/o"}"##, r#", "$defs": {"o": {"maximum": 3}}"#),
            object(r##""o": {"$ref": "#/$defs/o"}"##, r#", "$defs": {"o": {"maximum": 4}}"#),
            vec![r#"invalid -> allowed {"o": 4}"#],
        ),
    ];
    for (old, new, expected) in cases {
        let diff = diff("deny *; allow t;", &old, &new);
        assert_eq!(moves(&diff), expected, "{old}\n{new}");
        let undecided = expected.iter().any(|line| line.ends_with('?'));
        assert_eq!(diff.verdict == Verdict::Undecided, undecided, "{old}\n{new}");
        assert_eq!(diff.verdict == Verdict::Same, expected.is_empty(), "{old}\n{new}");
    }
}

/// One name stands for all that no schema has. What a side says of names, or of how many there are, is no proof about that one.
#[test]
fn what_a_schema_says_of_names_proves_nothing_of_other_names() {
    let inside = |schema: &str| format!(r#"{{"type": "object", "properties": {{"a": {schema}}}}}"#);
    let closed = inside(r#"{"additionalProperties": false}"#);
    for named in [r#""propertyNames": {"pattern": "^a"}"#, r#""patternProperties": {"^a": {}}, "minProperties": 2"#] {
        let named = inside(&format!(r#"{{"type": "object", {named}}}"#));
        let diff = diff("deny *; allow t;", &named, &closed);
        assert_eq!(moves(&diff), [r#"invalid -> allowed {"a": ""}"#, "allowed -> invalid ?"], "{named}");
        assert_eq!(diff.verdict, Verdict::Both, "{named}");
    }
}

#[test]
fn what_becomes_valid_and_is_held_is_told() {
    let [short, long] = [r#"{"properties": {"s": {"maxLength": 2}}}"#, r#"{"properties": {"s": {}}}"#];
    let held = "deny *; require approval for t;";
    assert_eq!(moves(&diff(held, short, long)), [r#"invalid -> approval {"s": "aaa"}"#]);
    assert_eq!(diff(held, short, long).verdict, Verdict::Looser);
    assert_eq!(moves(&diff(held, long, short)), [r#"approval -> invalid {"s": "aaa"}"#]);
    assert_eq!(diff(held, long, short).verdict, Verdict::Tighter);
}

/// Schemas of one value, with members and elements inside.
fn schema() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "{}",
        "true",
        "false",
        r#"{"type": "string"}"#,
        r#"{"type": "integer"}"#,
        r#"{"enum": ["a", 1]}"#,
        r#"{"maximum": 1}"#,
        r#"{"type": ["string", "null"]}"#,
        r#"{"type": "array", "uniqueItems": true}"#,
        r#"{"minLength": 1}"#,
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 12, 3, |inner| {
        let members = proptest::collection::vec((select(vec!["a", "b"]), inner.clone()), 0..3);
        let more = select(vec![
            "",
            r#", "additionalProperties": false"#,
            r#", "additionalProperties": {"type": "string"}"#,
            r#", "required": ["a"]"#,
            r#", "maxProperties": 1"#,
            r#", "propertyNames": {"pattern": "^a"}"#,
            r#", "patternProperties": {"^c": false}"#,
        ]);
        let object = (members, more, any::<bool>()).prop_map(|(members, more, typed)| {
            let mut seen = std::collections::BTreeMap::new();
            seen.extend(members);
            let members: Vec<String> = seen.iter().map(|(key, schema)| format!("\"{key}\": {schema}")).collect();
            let typed = if typed { "\"type\": \"object\", " } else { "" };
            format!("{{{typed}\"properties\": {{{}}}{more}}}", members.join(", "))
        });
        let array = inner.clone().prop_map(|items| format!("{{\"items\": {items}}}"));
        let either = (inner.clone(), inner).prop_map(|(one, other)| format!("{{\"anyOf\": [{one}, {other}]}}"));
        prop_oneof![4 => object, 1 => array, 1 => either]
    })
}

fn arguments() -> impl Strategy<Value = String> {
    let leaf = select(vec!["null", "1", "2", "\"\"", "\"a\"", "true", "[1, 1]", "{}", "[]"]);
    let value = leaf.prop_map(str::to_owned).prop_recursive(3, 8, 3, |inner| {
        let object = proptest::collection::btree_map(select(vec!["a", "b", "c", "ax"]), inner.clone(), 0..3);
        let object = object.prop_map(|members| {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
            format!("{{{}}}", members.join(", "))
        });
        prop_oneof![object, proptest::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(", ")))]
    });
    proptest::collection::btree_map(select(vec!["a", "b", "c", "ax"]), value, 0..3).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
        format!("{{{}}}", members.join(", "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    /// A call that one schema admits and the other does not is never missed, and an example is what it is said to be.
    #[test]
    fn no_call_contradicts_the_verdict(
        pair in (schema(), schema(), any::<bool>()),
        number in 0_usize..20,
        calls in proptest::collection::vec(arguments(), 1..12),
    ) {
        let (old, new, alike) = pair;
        // A schema that hardly differs from the other is the harder case.
        let edits = [("false", "true"), ("integer", "number"), ("\"uniqueItems\": true", "\"uniqueItems\": false"), (": 1", ": 2"), ("^", "")];
        let (from, to) = edits[number % edits.len()];
        let new = if alike { old.replacen(from, to, 1) } else { new };
        let [old, new] = [old, new].map(|schema| format!("{{\"type\": \"object\", \"properties\": {{\"a\": {schema}, \"b\": {schema}}}}}"));
        let diff = diff("deny *; allow t;", &old, &new);
        let parsed = [&old, &new].map(|schema| Json::parse(schema).unwrap());
        let admits = |side: usize, call: &str| {
            let call = Json::parse(call).unwrap();
            Schema::new(Some(parsed[side].root()), FileId::default()).admits(call.root())
        };
        for call in &calls {
            match (admits(0, call), admits(1, call)) {
                (Some(false), Some(true)) => prop_assert!(diff.verdict.may_be_looser(), "{call}\n{old}\n{new}"),
                (Some(true), Some(false)) => prop_assert!(diff.verdict.may_be_tighter(), "{call}\n{old}\n{new}"),
                _ => {}
            }
        }
        for step in diff.changes.iter().flat_map(|change| &change.moves) {
            let Some(example) = &step.example else { continue };
            let [was, is] = [0, 1].map(|side| admits(side, &example.call.arguments));
            let expected = if step.from == Outcome::Invalid { [Some(false), Some(true)] } else { [Some(true), Some(false)] };
            prop_assert_eq!([was, is], expected);
        }
    }
}

//! Formulas that valid calls satisfy: in writing, on random schemas, and for real catalogues.

mod catalogues;
mod meaning;
mod properties;

use super::{Hop, Reach, Valid, valid};
use crate::json::Json;
use crate::predicate::Step;
use crate::schema::{Kinds, Schema};
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::source::FileId;

/// The place that is written as `a.b[0]`.
fn place(text: &str) -> Place {
    let mut place = Place::root(Root::Args);
    for step in text.replace('[', ".[").split('.').filter(|step| !step.is_empty()) {
        let index = step.strip_prefix('[').map(|index| index.trim_end_matches(']').parse().unwrap());
        place = place.then(index.map_or_else(|| Step::Key(step.to_owned()), Step::Index));
    }
    place
}

/// The values that are written as `a.b[*]`.
fn reach(text: &str) -> Reach {
    let steps = text.replace('[', ".[");
    let steps = steps.split('.').filter(|step| !step.is_empty());
    let hop = |step: &str| match step.strip_prefix('[').map(|index| index.trim_end_matches(']')) {
        None => Hop::Key(step.to_owned()),
        Some("*") => Hop::Element,
        Some(index) => Hop::Index(index.parse().unwrap()),
    };
    steps.map(hop).collect()
}

fn of(schema: &str, places: &[&str]) -> Valid {
    let json = Json::parse(schema).unwrap();
    let places: Vec<_> = places.iter().map(|text| reach(text)).collect();
    valid(&Schema::new(Some(json.root()), FileId(0)), &places)
}

/// A short text for a formula.
fn show(formula: &Formula) -> String {
    let list = |parts: &[Formula], word: &str| {
        format!("({})", parts.iter().map(show).collect::<Vec<_>>().join(&format!(" {word} ")))
    };
    match formula {
        Formula::And(parts) if parts.is_empty() => "true".into(),
        Formula::Or(parts) if parts.is_empty() => "false".into(),
        Formula::And(parts) => list(parts, "and"),
        Formula::Or(parts) => list(parts, "or"),
        Formula::Not(inner) => format!("not {}", show(inner)),
        Formula::Is(place, kinds) => format!("{}: {}", show_place(place), show_kinds(*kinds)),
        Formula::Every(place, inner) => format!("every {} {}", show_place(place), show(inner)),
        Formula::Some(place, inner) => format!("some {} {}", show_place(place), show(inner)),
        Formula::Test(place, check) => {
            let place = show_place(place);
            match check {
                Check::Bool(truth) => format!("{place} == {truth}"),
                Check::Number(comparison, number) => format!("{place} {} {number}", comparison.symbol()),
                Check::Numbers(numbers) => {
                    format!("{place} in {}", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join("|"))
                }
                Check::Multiple(number) => format!("{place} multiple of {number}"),
                Check::Texts(texts) => format!("{place} in {texts:?}"),
                Check::Language(_) => format!("{place} matches"),
                Check::TextLength(comparison, number) | Check::ArrayLength(comparison, number) => {
                    format!("length {place} {} {number}", comparison.symbol())
                }
                Check::Closed => format!("{place} closed"),
                Check::Only(names) => format!("{place} only {names:?}"),
                Check::Opaque(name) => format!("{place}: {name}"),
                Check::MinusZero => format!("{place} is -0"),
            }
        }
    }
}

fn show_place(place: &Place) -> String {
    let mut text = String::from(if place.root == Root::Element { "@" } else { "" });
    for step in &place.steps {
        match step {
            Step::Key(key) => text.push_str(&format!(".{key}")),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    if text.is_empty() { "args".into() } else { text }
}

fn show_kinds(kinds: Kinds) -> String {
    if kinds == Kinds::VALUES {
        return "present".into();
    }
    let names = [
        (Kinds::MISSING, "missing"),
        (Kinds::NULL, "null"),
        (Kinds::BOOL, "boolean"),
        (Kinds::NUMBER, "number"),
        (Kinds::STRING, "string"),
        (Kinds::ARRAY, "array"),
        (Kinds::OBJECT, "object"),
    ];
    names.iter().filter(|(kind, _)| kinds.contains(*kind)).map(|(_, name)| *name).collect::<Vec<_>>().join("|")
}

#[test]
fn formulas_say_what_schemas_say() {
    let draft7 = r#""$schema": "http://json-schema.org/draft-07/schema#""#;
    // A schema, the places, the formula; with `~` in front if something is left out.
    let rows: &[(String, &[&str], &str)] = &[
        ("{}".into(), &["a"], "true"),
        (r#"{"properties": {"a": {"type": "string"}}}"#.into(), &[], "true"),
        (r#"{"properties": {"a": {"type": "string"}}}"#.into(), &["a"], ".a: missing|string"),
        (r#"{"properties": {"a": {"type": "string", "minLength": 1}}, "required": ["a"]}"#.into(), &[], "length .a >= 1"),
        (r#"{"properties": {"a": {"type": "integer"}}, "required": ["a"]}"#.into(), &[], ".a multiple of 1"),
        (r#"{"properties": {"a": {}}, "additionalProperties": false}"#.into(), &["a", "b", "b.c"], ".b: missing"),
        (r#"{"properties": {"a": {}}, "required": ["b"], "additionalProperties": false}"#.into(), &[], "false"),
        (r#"{"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "required": ["a"]}"#.into(), &[],
            ".a: null|string"),
        (r#"{"properties": {"a": {"type": ["string", "null"], "minLength": 2}}}"#.into(), &["a"],
            "(.a: missing|null or length .a >= 2)"),
        (r#"{"properties": {"a": {"enum": ["x", "y", 1, null, true, false]}}, "required": ["a"]}"#.into(), &[],
            "(.a: null|boolean or .a in 1 or .a in {\"x\", \"y\"})"),
        (r#"{"properties": {"a": {"enum": ["x", "yy"], "minLength": 2}}, "required": ["a"]}"#.into(), &[],
            ".a in {\"yy\"}"),
        (r#"{"properties": {"a": {"const": [1, {"k": "v"}]}}, "required": ["a"]}"#.into(), &[],
            "(length .a == 2 and .a[1] closed and .a[0] in 1 and .a[1].k in {\"v\"})"),
        (r#"{"properties": {"a": {"type": "array", "items": {"type": "string"}}}, "required": ["a"]}"#.into(), &[],
            ".a: array"),
        (r#"{"properties": {"a": {"type": "array", "items": {"type": "string"}}}, "required": ["a"]}"#.into(), &["a"],
            "every .a @: string"),
        (r#"{"properties": {"a": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["k"],
            "properties": {"k": {"type": "boolean"}}}}}, "required": ["a"]}"#.into(), &[],
            "(length .a >= 1 and every .a @.k: boolean)"),
        (r#"{"properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"k": {"type": "boolean"}}}}}}"#
            .into(), &["a[0].k"], "(.a: missing or every .a (@: object and @.k: missing|boolean))"),
        (r#"{"properties": {"a": {"type": "object", "required": ["b"], "properties": {"b": {"type": "null"}}}}}"#.into(),
            &["a"], "(.a: missing or .a.b: null)"),
        (r#"{"oneOf": [{"required": ["t", "x"], "properties": {"t": {"const": "one"}, "x": {"type": "number"}}},
            {"required": ["t"], "properties": {"t": {"const": "two"}}}]}"#.into(), &[],
            "((.x: number and .t in {\"one\"}) or .t in {\"two\"})"),
        (r#"{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}"#.into(), &[], "((not .b: present and .a: present) or (not .a: present and .b: present))"),
        (r#"{"properties": {"a": {"not": {"type": "string"}}}}"#.into(), &["a"],
            ".a: missing|null|boolean|number|array|object"),
        (r#"{"properties": {"a": {"type": "string", "not": {"enum": ["x"]}}}, "required": ["a"]}"#.into(), &[],
            "(not .a in {\"x\"} and .a: string)"),
        (r#"{"not": {"properties": {"a": {"type": "string"}}, "additionalProperties": false}}"#.into(), &[],
            "not (args closed and .a: missing|string)"),
        (r#"{"not": {"properties": {"a": {"pattern": "(?=x)"}}}}"#.into(), &[], "~not .a: missing|null|boolean|number|array|object"),
        (r#"{"if": {"properties": {"t": {"const": 1}}, "required": ["t"]}, "then": {"required": ["x"]}}"#.into(), &[],
            "(not .t in 1 or .x: present)"),
        (r#"{"dependentRequired": {"a": ["b"]}}"#.into(), &["a"], "(.a: missing or .b: present)"),
        (r#"{"dependentRequired": {"a": ["b"]}}"#.into(), &[], "true"),
        (r#"{"properties": {"a": {"pattern": "^(?!x)"}}}"#.into(), &["a"], "~true"),
        (r#"{"properties": {"a": {"type": "string", "pattern": "^x"}}}"#.into(), &["a"], "(.a: missing or .a matches)"),
        (r#"{"properties": {"a": {"type": "string", "pattern": "x.y"}}, "required": ["a"]}"#.into(), &[],
            "(.a: string and (.a matches or not .a matches))"),
        (r#"{"propertyNames": {"maxLength": 1}}"#.into(), &["a", "bb"], ".bb: missing"),
        (r#"{"maxProperties": 0}"#.into(), &["a"], ".a: missing"),
        (r#"{"properties": {"a": {"prefixItems": [{"type": "string"}], "items": false}}}"#.into(), &["a[3]"],
            "(.a: missing|null|boolean|number|string|object or (length .a <= 1 and .a[0]: missing|string))"),
        (format!(r#"{{{draft7}, "properties": {{"a": {{"prefixItems": [{{"type": "string"}}]}}}}}}"#), &["a"], "~true"),
        (r##"{"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "required": ["name", "children"], "properties":
            {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}}}"##.into(),
            &["children"], "(every .children (@.children: array and @.name: string) and .name: string)"),
        (r##"{"$ref": "#/$defs/none"}"##.into(), &["a"], "~true"),
        (r#"{"properties": {"a": {"type": "string", "nullable": true}}}"#.into(), &["a"], ".a: missing|null|string"),
        (r#"{"$schema": "https://example.com/mine"}"#.into(), &["a"], "~true"),
    ];
    for (schema, places, expected) in rows {
        let found = of(schema, places);
        let shown = format!("{}{}", if found.exact { "" } else { "~" }, show(&found.formula));
        assert_eq!(shown, *expected, "{schema}");
    }
    assert_eq!(valid(&Schema::new(None, FileId(0)), &[]), Valid { formula: Formula::TRUE, exact: false });
}

#[test]
fn schemas_without_end_are_cut_off() {
    let required = r##"{"$ref": "#/$defs/n", "$defs": {"n": {"type": "object", "required": ["l", "r"],
        "properties": {"l": {"$ref": "#/$defs/n"}, "r": {"$ref": "#/$defs/n"}}}}}"##;
    let found = of(required, &["l.l.l.l.l.l.l.l"]);
    assert!(!found.exact && show(&found.formula).len() < 100_000);
    let itself = r##"{"properties": {"a": {"$ref": "#/properties/a"}}, "allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##;
    assert!(!of(itself, &["a"]).exact);
    let far = "a.".repeat(1_000) + "b";
    assert!(!of(required, &[&far]).exact);
    for outer in [r#"{"items":"#, r#"{"minItems": 1, "items":"#, r#"{"required": ["a"], "properties": {"a": "#] {
        let end = "}".repeat(outer.matches('{').count());
        let deep = format!(r#"{{"properties": {{"a": {}true{}}}}}"#, outer.repeat(3_000), end.repeat(3_000));
        let found = of(&deep, &["a"]);
        assert!(show(&found.formula).len() < 10_000);
        // Nothing names what is inside arrays that may be empty.
        assert_eq!(found.exact, outer == r#"{"items":"#, "{outer}");
    }
}

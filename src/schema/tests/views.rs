//! The other two questions: kinds and arguments.

use super::{PAY, parse_path};
use crate::json::Json;
use crate::schema::{Kinds, Schema};
use crate::source::FileId;

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
            "id?: string",
            "look?: string",
        ]
    );
}

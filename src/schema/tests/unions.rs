//! Combinators, and schemas made to hurt.

use super::table;

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
                "either == \"alll\"",
                "bad-value at value 0: `args.either` of `pay` is `\"all\"` or an integer or null, so it is never `\"alll\"`; write `\"all\"` => \"all\"",
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
            ("closed.y has", "unknown-argument at 1..2: `args.closed` of `pay` has no member `y`; its members are `x`"),
            ("shape.r == 1", ""),
            ("shape.w == \"s\"", ""),
            (
                "shape.w == 1",
                "wrong-type at value 0: `args.shape.w` of `pay` is a string, so it is never `1`; write `\"1\"` => \"1\"",
            ),
            ("nullable == null", ""),
            ("nullable == \"x\"", ""),
            ("defaulted == null", ""),
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
                "wrong-type at value 0: an element of `args.pair` of `pay` is a string or a number, so it is never `true`; write `\"true\"` => \"true\"",
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

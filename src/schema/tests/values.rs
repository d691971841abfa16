//! Types and values of literals.

use super::{PAY, table};

/// Servers take what they give as a default, and clients send it back as it is.
#[test]
fn defaults_outside_their_schema() {
    let schema = r##"{"properties": {
        "text": {"type": "string", "default": null},
        "list": {"type": "array", "items": {"type": "string"}, "default": null},
        "mode": {"enum": ["fast", "slow"], "default": "auto"},
        "count": {"type": "integer", "maximum": 5, "default": 10},
        "late": {"$ref": "#/$defs/late", "default": 0},
        "whole": {"type": "string", "default": {"a": 1}},
        "parts": {"type": "string", "default": [1]}
    }, "$defs": {"late": {"type": "string"}}}"##;
    let old = schema.replacen('{', r#"{"$schema": "http://json-schema.org/draft-07/schema#", "#, 1);
    for schema in [schema, &old] {
        table(
            schema,
            &[
                ("text == null", ""),
                ("text != null", ""),
                (
                    "text == true",
                    "wrong-type at value 0: `args.text` of `pay` is a string, so it is never `true`; write `\"true\"` => \"true\"",
                ),
                ("list == null", ""),
                ("mode == \"auto\"", ""),
                ("mode in \"auto\", \"fast\"", ""),
                ("mode like aut*", ""),
                ("count == 10", ""),
                ("count > 7", ""),
                ("late == 0", ""),
                ("whole.a == 1", ""),
                ("parts every == 1", ""),
                ("parts.0 == 1", ""),
            ],
        );
    }
}

/// A metaschema that is not known may take keywords to be no assertions.
#[test]
fn metaschemas_that_are_not_known() {
    let schema = r#"{"$schema": "https://example.com/no-validation", "properties": {"a": {"type": "string"}},
        "additionalProperties": false}"#;
    table(schema, &[("a == 5", ""), ("b == 5", "")]);
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
            (
                "tags == \"a\"",
                "wrong-type at value 0: `args.tags` of `pay` is an array, so it is never `\"a\"`; write `some args.tags ...` for at least one of its elements, `every args.tags ...` for all",
            ),
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
            ("to like *@example.com", ""),
            (
                "amount like 5*",
                "wrong-type at test: `args.amount` of `pay` is an integer, so `like \"5*\"` never holds",
            ),
            (
                "amount matches 5",
                "wrong-type at test: `args.amount` of `pay` is an integer, so `matches \"5\"` never holds",
            ),
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
            ("currency like E*", ""),
            ("currency like G*", &format!("bad-value at value 0: {currency} `like \"G*\"` never holds")),
            ("currency matches E..", ""),
            ("currency matches E", &format!("bad-value at value 0: {currency} `matches \"E\"` never holds")),
            ("id == \"42\"", ""),
            (
                "id != \"x42\"",
                "bad-value at value 0: `args.id` of `pay` is a string that matches `^[0-9]+$`, so it is never `\"x42\"`",
            ),
            ("id contains \"x\"", ""),
            ("look == \"a\"", ""),
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

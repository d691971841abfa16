//! Wrong lowerings, planted into a module for OPA: each is refused by the reader, or found by the proof.

use super::planted_texts::{Change, owned, reject};
use crate::emit::Settings;

/// A policy with every kind of statement and test that a module holds.
const POLICY: &str = "deny *; allow get when args.n <= 5 and args.s in [\"a\", \"b\"]; deny get when args.s == \"b\" because \"No b.\"; \
     require args.n >= 1 for pay; require args.k not in [3, \"x\"] for pay; require length(args.note) <= 5 for pay; require has args.id for pay; \
     require args.branch != \"main\" for pay; require approval for refund; require approval by \"ops\" for wipe when args.all == true; hide drop; \
     allow list when some args.tags == \"ok\"; deny erase because \"Never.\"; \
     allow mail when every args.to[*].email like \"*@acme.com\" or caller.role == \"admin\"; deny mail when args.body contains \"secret\"; \
     require not (args.cc matches \"x+\") for mail; require args.ref like [\"feat/*\", \"f*x\"] for mail; require args.path like \"/srv/*\" for mail;";

const CHANGES: &[Change] = &[
    // Wider bounds and values.
    &[("arguments.n) <= 5\n", "arguments.n) <= 5.5\n")],
    &[("arguments.n) <= 5\n", "arguments.n) <= 6\n")],
    &[("arguments.n) <= 5\n", "arguments.n) < 6\n")],
    &[("arguments.n) <= 5\n", "arguments.n) >= 5\n")],
    &[("as_number(input.arguments.n) <= 5\n", "input.arguments.n <= 5\n")],
    &[("as_number(input.arguments.n) <= 5\n", "as_string(input.arguments.n) <= \"5\"\n")],
    &[("\tas_number(input.arguments.n) <= 5\n", "")],
    &[("as_number(input.arguments.n) <= 5\n", "as_number(input.arguments.m) <= 5\n")],
    &[("as_number(input.arguments.n) <= 5\n", "as_number(input.arguments.n.x) <= 5\n")],
    &[("as_number(input.arguments.n) <= 5\n", "true\n")],
    &[("in [\"a\", \"b\"]", "in [\"a\", \"b\", \"c\"]")],
    &[("in [\"a\", \"b\"]", "in [\"a\", \"B\"]"), ("input.arguments.s == \"b\"", "input.arguments.s == \"a\"")],
    &[("in [\"a\", \"b\"]", "!= null")],
    &[("as_number(input.arguments.n) >= 1", "as_number(input.arguments.n) >= 0")],
    &[("as_number(input.arguments.n) >= 1", "as_number(input.arguments.n) < 1")],
    &[("none_of(input.arguments.k, [3, \"x\"])", "none_of(input.arguments.k, [\"x\", 4])")],
    &[("none_of(input.arguments.k, [3, \"x\"])", "none_of(input.arguments.k, [3, \"x\", true])")],
    &[("size(input.arguments.note) <= 5", "size(input.arguments.note) <= 6")],
    // OPA evaluates calls and paths among the operands before the `not`.
    &[("not when_1\n", "not size(input.arguments.note) <= 5\n")],
    &[("not when_2\n", "not input.arguments.n == 5\n")],
    &[("not when_2\n", "not as_number(input.arguments.n) <= 5\n")],
    &[("size(input.arguments.note) <= 5", "count(input.arguments.note) <= 5")],
    &[("input.arguments.id != null", "input.arguments.id == null")],
    &[("as_string(input.arguments.branch) != \"main\"", "input.arguments.branch == \"main\"")],
    &[("as_string(input.arguments.branch) != \"main\"", "as_string(input.arguments.branch) != \"Main\"")],
    // Denials that are gone, or that say the contrary.
    &[("input.arguments.s == \"b\"", "not input.arguments.s == \"b\"")],
    &[("\"reason\": \"No b.\"} if {\n\tinput.name == \"get\"", "\"reason\": \"No b.\"} if {\n\tinput.name == \"got\"")],
    &[("has_part(input.arguments.body, \"secret\")", "has_part(input.arguments.body, \"Secret\")")],
    &[("has_part(input.arguments.body, \"secret\")", "input.arguments.body == \"secret\"")],
    &[("has_part(input.arguments.body, \"secret\")", "has_part(input.arguments.text, \"secret\")")],
    &[("{\"decision\": \"deny\", \"rule\": \"deny\", \"reason\": \"Never.\"}", "{\"decision\": \"allow\"}")],
    &[(
        "{\"decision\": \"deny\", \"rule\": \"deny\", \"reason\": \"Never.\"}",
        "{\"decision\": \"approval\", \"rule\": \"deny\", \"reason\": \"Never.\"}",
    )],
    &[(
        "{\"decision\": \"deny\", \"rule\": \"(hidden)\", \"reason\": \"The tool drop is hidden.\"}",
        "{\"decision\": \"allow\"}",
    )],
    &[("not when_", "when_")],
    // Patterns.
    &[("\"@acme.com\"", "\"acme.com\"")],
    &[("endswith(", "startswith(")],
    &[("element_1.email", "element_1.name")],
    &[("element_1.email", "element_1")],
    &[("every element_1", "some element_1")],
    &[("as_array(input.arguments.to)", "input.arguments.to")],
    &[("some element_1 in as_array(input.arguments.tags)", "some element_1 in as_array(input.arguments.labels)")],
    &[("element_1 == \"ok\"", "element_1 != null")],
    &[("input.caller.role == \"admin\"", "input.caller.role != null")],
    &[("input.caller.role == \"admin\"", "input.arguments.role == \"admin\"")],
    &[("\"^(?:x+)$\"", "\"x+\"")],
    &[("\"^(?:x+)$\"", "\"^(?:xx+)$\"")],
    &[("\"^(?:f(?s:.*)x)$\"", "\"\"")],
    &[("(?s:.*)x)$\"", "(?s:.*))$\"")],
    &[("\"^(?:feat/", "\"^(?:f")],
    &[(
        "startswith(as_string(input.arguments.path), \"/srv/\")",
        "startswith(as_string(input.arguments.path), \"/srv\")",
    )],
    &[("startswith(as_string(input.arguments.path), \"/srv/\")", "startswith(input.arguments.path, \"/srv/\")")],
    &[(
        "startswith(as_string(input.arguments.path), \"/srv/\")",
        "contains(as_string(input.arguments.path), \"/srv/\")",
    )],
    // Approvals.
    &[(
        "{\"decision\": \"approval\", \"rule\": \"approval\", \"reason\": \"Requires human approval.\"}",
        "{\"decision\": \"allow\"}",
    )],
    &[("input.arguments.all == true", "input.arguments.all == false")],
    &[("\"decision\": \"approval\"", "\"decision\": \"escalate\"")],
    // The frame: defaults, answers, functions, order.
    &[(
        "default decision := {\"decision\": \"deny\", \"rule\": \"(default deny)\", \"reason\": \"No rule allows this tool.\"}",
        "default decision := {\"decision\": \"allow\"}",
    )],
    &[("default allow := false", "default allow := true")],
    &[("allow if verdict.decision == \"allow\"", "allow if verdict.decision != \"deny\"")],
    &[("default verdict := {\"decision\": \"deny\"", "default verdict := {\"decision\": \"allow\"")],
    &[("\tis_object(object.get(input, \"arguments\", {}))\n", "")],
    &[("as_number(value) := value if is_number(value)", "as_number(value) := value")],
    &[("as_number(value) := value if is_number(value)", "as_number(value) := 0 if is_number(value)")],
    &[("size(value) := count(value) if type_name(value) in [\"array\", \"string\"]", "size(value) := 0")],
    &[("\tnot value in list\n", "")],
    &[("import rego.v1\n", "import rego.v1\nimport data.other as decision\n")],
    &[("package policyc", "package other\n\nallow := true\n\npackage policyc")],
    &[("\n\nas_array(value)", "\n\nallow := true\n\nas_array(value)")],
    &[("\n\nas_array(value)", "\n\nas_array(value) := [] if is_string(value)\n\nas_array(value)")],
    &[("\n\nas_array(value)", "\n\nwhen_1 if true\n\nas_array(value)")],
    &[(
        "\n\nas_array(value)",
        "\n\ndecision := {\"decision\": \"allow\"} if input.name == \"other\"\n\nas_array(value)",
    )],
    &[("{\"decision\": \"allow\"} if input.name == \"list\"", "{\"decision\": \"allow\"} if input.name == input.name")],
    // Rules behind a rule, on its line.
    &[(
        "{\"decision\": \"allow\"} if input.name == \"list\"",
        "{\"decision\": \"allow\"} if input.name == \"list\" when_9 if true decision := {\"decision\": \"allow\"} if input.name == \"evil\"",
    )],
    &[(
        "{\"decision\": \"allow\"} if input.name == \"mail\"",
        "{\"decision\": \"allow\"} if input.name == \"mail\" as_string(value) := value if is_string(value)",
    )],
    &[("when_4 if when_3\n", "when_4 if when_3 decision := {\"decision\": \"allow\"} if input.name == \"evil\"\n")],
    // Expressions that OPA cannot compile, or reads by another version of Unicode.
    &[("\"^(?:x+)$\"", "\"^(?:\\\\Qx)$\"")],
    &[("\"^(?:x+)$\"", "\"^(?:\\\\pL)$\"")],
    &[("\"^(?:x+)$\"", "\"^(?:(?i)\\\\w)$\"")],
    // Numbers that OPA looks up by their text.
    &[("as_number(input.arguments.n) <= 5\n", "input.arguments.n == 5\n")],
    &[("arguments.n) <= 5\n", "arguments.n) <= 05\n")],
    &[(
        "{\"decision\": \"allow\"} if input.name == \"list\"",
        "{\"decision\": \"allow\", \"decision\": \"deny\"} if input.name == \"list\"",
    )],
    &[(
        "decision := {\"decision\": \"deny\", \"rule\": \"deny\", \"reason\": \"Never.\"} if input.name == \"erase\"",
        "decision := {\"decision\": \"allow\"} if input.name == \"other\"",
    )],
];

/// How many documents are planted here.
pub(super) const COUNT: usize = CHANGES.len();

#[test]
fn wrong_modules_are_rejected() {
    reject("opa", Settings::NONE, POLICY, owned(CHANGES));
}

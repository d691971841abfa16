//! Wrong lowerings, planted into a module for OPA whose host counts.

use super::planted_texts::{Change, owned, reject};
use crate::emit::{Settings, TargetOption};

/// A policy with every kind of limit.
const POLICY: &str = "deny *; allow get; limit get 30/min; limit get 5/day per caller.team when args.n > 5 and args.m == \"x\" as \"big\"; \
     limit pay 1_000.5/day of args.amount; limit pay 10/hour per server because \"Enough.\"; limit total get, pay 100/hour as \"both\"; \
     limit move 7/min of args.n because \"Slow.\"; require approval for pay when args.amount > 10; require args.n >= 1 for get;";

const GET: &str = "{\"counts\": \"calls\", \"max\": 30, \"per\": \"grant\", \"total\": false, \"window\": 60}";

const CHANGES: &[Change] = &[
    // Looser limits.
    &[("\"max\": 30,", "\"max\": 31,")],
    &[("\"max\": 30,", "\"max\": 3000000,")],
    &[("\"max\": 5,", "\"max\": 5.5,"), ("\"counts\": \"calls\", \"max\": 10,", "\"counts\": \"calls\", \"max\": 11,")],
    &[("\"max\": 1000.5", "\"max\": 1000.50000000000000000000000001")],
    &[("\"max\": 1000.5", "\"max\": \"1000.5\"")],
    &[("\"max\": 1000.5", "\"max\": 01000.5")],
    &[("\"max\": 30,", "\"max\": null,")],
    &[("\"max\": 30, ", "")],
    // A total is one count.
    &[("\"max\": 100,", "\"max\": 101,"), ("\"max\": 100,", "\"max\": 101,")],
    &[("\"max\": 100,", "\"max\": 99,")],
    &[("\"total\": true", "\"total\": false"), ("\"total\": true", "\"total\": false")],
    &[("\"total\": true", "\"total\": false")],
    &[("\"total\": true", "\"total\": \"true\"")],
    // Other windows.
    &[("\"total\": false, \"window\": 60}", "\"total\": false, \"window\": 59}")],
    &[("\"total\": false, \"window\": 60}", "\"total\": false, \"window\": 1}")],
    &[("\"total\": false, \"window\": 60}", "\"total\": false, \"window\": 0}")],
    &[("\"total\": false, \"window\": 60}", "\"total\": false, \"window\": 60.5}")],
    &[(
        "\"per\": \"caller.team\", \"total\": false, \"window\": 86400",
        "\"per\": \"caller.team\", \"total\": false, \"window\": 3600",
    )],
    &[(
        "\"max\": 10, \"per\": \"server\", \"total\": false, \"window\": 3600",
        "\"max\": 10, \"per\": \"server\", \"total\": false, \"window\": 5400",
    )],
    // Narrower scopes.
    &[("\"per\": \"server\"", "\"per\": \"grant\"")],
    &[("\"per\": \"grant\"", "\"per\": \"caller.team\"")],
    &[("\"per\": \"caller.team\"", "\"per\": \"caller.name\"")],
    &[("\"per\": \"caller.team\"", "\"per\": \"grant\"")],
    &[("\"per\": \"grant\"", "\"per\": \"call\"")],
    // What is counted.
    &[("\"counts\": \"args.amount\"", "\"counts\": \"calls\"")],
    &[("\"counts\": \"args.amount\"", "\"counts\": \"args.n\"")],
    &[("[\"arguments\", \"amount\"]", "[\"arguments\", \"n\"]")],
    &[
        ("[\"arguments\", \"amount\"]", "[\"arguments\", \"n\"]"),
        ("\"counts\": \"args.amount\"", "\"counts\": \"args.n\""),
    ],
    &[
        ("[\"arguments\", \"amount\"]", "[\"caller\", \"amount\"]"),
        ("\"counts\": \"args.amount\"", "\"counts\": \"caller.amount\""),
    ],
    &[("[\"arguments\", \"amount\"]", "[\"left\", \"amount\"]")],
    &[("[\"arguments\", \"amount\"], null)", "[\"arguments\", \"amount\"], 0)")],
    &[("as_amount(object.get(input, [\"arguments\", \"amount\"], null))", "input.arguments.amount")],
    &[("as_amount(object.get(input, [\"arguments\", \"amount\"], null))", "1")],
    &[("charges[\"get_rate\"] := 1 ", "charges[\"get_rate\"] := 0 ")],
    &[("charges[\"get_rate\"] := 1 ", "charges[\"get_rate\"] := 0.5 ")],
    &[("charges[\"get_rate\"] := 1 ", "charges[\"get_rate\"] := -1 ")],
    &[("charges[\"get_rate\"] := 1 ", "charges[\"get_rat\"] := 1 ")],
    &[("charges[\"get_rate\"] := 1 if input.name == \"get\"", "charges[\"get_rate\"] := 1 if input.name == \"got\"")],
    &[("charges[\"get_rate\"] := 1 if input.name == \"get\"\n\n", "")],
    &[(
        "charges[\"get_rate\"] := 1 if input.name == \"get\"",
        "charges[\"get_rate\"] := 1 if {\n\tinput.name == \"get\"\n\tinput.arguments.free == true\n}",
    )],
    &[(
        "charges[\"get_rate\"] := 1 if input.name == \"get\"",
        "charges[\"get_rate\"] := 1 if input.name == \"get\"\n\ncharges[\"get_rate\"] := 0 if input.name == \"get\"",
    )],
    // The condition of a limit.
    &[("as_number(input.arguments.n) > 5", "as_number(input.arguments.n) > 6")],
    &[("\tinput.arguments.m == \"x\"\n", "\tinput.arguments.m == \"x\"\n\tinput.arguments.k == \"y\"\n")],
    // Missing limits and denials.
    &[(GET, "{\"counts\": \"calls\", \"max\": 30, \"per\": \"grant\", \"total\": false}")],
    &[("\t\"get_rate\": ", "\t\"got_rate\": ")],
    &[(
        " else := {\"decision\": \"deny\", \"rule\": \"pay_rate_hour_server\", \"reason\": \"Enough.\"} if {\n\tinput.name == \"pay\"\n\tis_full(\"pay_rate_hour_server\")\n}",
        "",
    )],
    &[("is_full(\"pay_rate_hour_server\")", "not is_full(\"pay_rate_hour_server\")")],
    &[("is_full(\"pay_rate_hour_server\")", "is_full(\"both\")")],
    &[("is_full(\"pay_rate_hour_server\")", "is_full(\"pay_rate_hour_server\")\n\tinput.arguments.free != true")],
    &[("is_full(\"pay_rate_hour_server\")", "lacks_amount(\"pay_rate_hour_server\")")],
    &[("is_full(\"move_n_minute\")", "lacks_amount(\"move_n_minute\")")],
    &[("\"rule\": \"pay_rate_hour_server\", \"reason\": \"Enough.\"", "\"rule\": \"other\", \"reason\": \"Enough.\"")],
    &[(
        "{\"decision\": \"deny\", \"rule\": \"pay_rate_hour_server\", \"reason\": \"Enough.\"}",
        "{\"decision\": \"allow\"}",
    )],
    &[(
        "{\"decision\": \"deny\", \"rule\": \"pay_rate_hour_server\", \"reason\": \"Enough.\"}",
        "{\"decision\": \"approval\", \"rule\": \"pay_rate_hour_server\", \"reason\": \"Enough.\"}",
    )],
    // A limit behind what lets the call pass.
    &[(
        "} else := {\"decision\": \"deny\", \"rule\": \"big\"",
        "} else := {\"decision\": \"allow\"} if input.name == \"get\" else := {\"decision\": \"deny\", \"rule\": \"big\"",
    )],
    &[(
        "decision := {\"decision\": \"deny\", \"rule\": \"move_n_minute\"",
        "decision := {\"decision\": \"allow\"} if input.name == \"move\" else := {\"decision\": \"deny\", \"rule\": \"move_n_minute\"",
    )],
    // Counters that default to something.
    &[("left := input.left[counter]", "left := object.get(input.left, counter, 1)")],
    &[("left := input.left[counter]", "left := object.get(input.left, counter, counters[counter].max)")],
    &[("left := input.left[counter]", "left := counters[counter].max")],
    &[("left := input.left[counter]", "left := input.left.all")],
    &[("\tis_number(left)\n", "")],
    &[("\tleft <= counters[counter].max\n", "")],
    &[("charges[counter] <= left", "charges[counter] < left + 1")],
    &[("charges[counter] <= left", "charges[counter] >= left")],
    &[("\tcharges[counter] <= left\n", "")],
    &[("\tis_number(charges[counter])\n", "")],
    &[("\tnot has_room(counter)\n", "\thas_room(counter)\n")],
    &[("\tnot has_room(counter)\n", "")],
    &[("has_room(counter) if {", "has_room(counter) if counter == \"get_rate\"\n\nhas_room(counter) if {")],
    &[("\tvalue >= 0\n", "")],
    &[("} else := null", "} else := 0")],
    &[("{1,3}", "{1,9}")],
    &[("<= 3000", "<= 30000")],
    &[("counters := object.get(limits, input.name, other_limits)", "counters := object.get(limits, input.name, {})")],
    &[("object.union(decision, {\"charges\": charges})", "object.union(decision, {\"charges\": {}})")],
    &[("object.union(decision, {\"charges\": charges})", "decision")],
    &[("verdict := charged if {", "verdict := decision if {")],
    &[(
        "charged := decision if decision.decision == \"deny\"",
        "charged := {\"decision\": \"allow\"} if decision.decision == \"deny\"",
    )],
];

/// How many documents are planted here.
pub(super) const COUNT: usize = CHANGES.len();

#[test]
fn wrong_modules_are_rejected() {
    let mut settings = Settings::default();
    settings.set(&TargetOption::COUNTERS, "host");
    reject("opa", &settings, POLICY, owned(CHANGES));
}

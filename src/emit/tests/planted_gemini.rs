//! Wrong rules, planted into a document for Gemini CLI: each is refused by the reader, or found by
//! the proof.

use super::planted::checked;
use super::planted_lists::{emitted, is_rejected};
use crate::emit::find;

/// A policy with every kind of statement and test that a document holds.
const POLICY: &str = "deny *; allow get when args.n <= 5 and args.s in [\"a\", \"b\"]; deny get when args.s == \"b\" because \"No b.\"; \
     require args.n >= 1 for pay; require args.k not in [3, \"x\"] for pay; require has args.id for pay; deny pay when args.all == true; \
     require approval for refund when args.n > 0.5; hide drop; deny erase when args.force == null; allow erase; \
     require args.ref like [\"feat/*\", \"f*x\"] for mail; deny mail when args.cc matches \"x+|[^a-y]{2}\"; require args.path == \"a\\nb\" or args.zip matches \"(ab)*\" for save; \
     require every args.to like \"*@acme.com\" for send; require every args.ids <= 9 for send;";

/// Texts, each with what stands in its place.
const CHANGES: &[&[(&str, &str)]] = &[
    // What the program does not load: a file without a part that it needs.
    &[("toolName = \"drop\"\n", "")],
    &[("decision = \"deny\"\npriority = 999\ndenyMessage = \"The tool drop is hidden.\"", "priority = 999")],
    &[("priority = 999\ndenyMessage = \"The tool drop is hidden.\"", "denyMessage = \"The tool drop is hidden.\"")],
    &[("priority = 999", "priority = 1000")],
    &[("priority = 999", "priority = 999.5")],
    &[("priority = 999", "priority = -1")],
    &[("priority = 999", "priority = \"999\"")],
    &[("decision = \"deny\"", "decision = \"Deny\"")],
    &[("decision = \"ask_user\"", "decision = \"ask\"")],
    &[("denyMessage = \"No b.\"", "denyMessage = 5")],
    &[("toolName = \"drop\"", "toolName = \"\"")],
    // Keys that it ignores.
    &[(
        "[[rule]]\nmcpName = \"example\"\ntoolName = \"drop\"",
        "[[rules]]\nmcpName = \"example\"\ntoolName = \"drop\"",
    )],
    &[("argsPattern = '\\x00\"s\":\"b\"", "argPattern = '\\x00\"s\":\"b\"")],
    &[("argsPattern = '\\x00\"ref\"", "argPattern = '\\x00\"ref\"")],
    &[("argsPattern = '\\x00\"ref\"", "args_pattern = '\\x00\"ref\"")],
    &[("argsPattern = '\\x00\"ref\"", "argspattern = '\\x00\"ref\"")],
    &[("mcpName = \"example\"\ntoolName = \"drop\"", "mcp_name = \"example\"\ntoolName = \"drop\"")],
    &[("mcpName = \"example\"\ntoolName = \"drop\"", "toolName = \"drop\"")],
    // Keys that narrow a denial to some modes, programs or servers that say so.
    &[("toolName = \"drop\"", "toolName = \"drop\"\nmodes = [\"plan\"]")],
    &[("toolName = \"drop\"", "toolName = \"drop\"\ninteractive = true")],
    &[("toolName = \"drop\"", "toolName = \"drop\"\nsubagent = \"x\"")],
    &[("toolName = \"drop\"", "toolName = \"drop\"\ntoolAnnotations = { readOnlyHint = true }")],
    &[("toolName = \"drop\"", "toolName = \"drop\"\ncommandPrefix = \"x\"")],
    // Names that match nothing, or another tool.
    &[
        ("toolName = \"drop\"", "toolName = \"dr*\""),
        ("toolName = \"*\"\ndecision = \"deny\"", "toolName = \"*\"\ndecision = \"allow\""),
    ],
    &[("mcpName = \"example\"\ntoolName = \"drop\"", "mcpName = \"*\"\ntoolName = \"drop\"")],
    &[("mcpName = \"example\"\ntoolName = \"drop\"", "mcpName = \"other\"\ntoolName = \"drop\"")],
    &[("toolName = \"drop\"", "toolName = \"mcp_example_drop\"")],
    &[("toolName = \"drop\"", "toolName = \"example__drop and more\"")],
    &[("toolName = \"drop\"", "toolName = [\"drop\", \"erase\"]")],
    &[("toolName = \"erase\"\nargsPattern", "toolName = \"Erase\"\nargsPattern")],
    // Priorities that a click or a setting of a server beats, and those that change the order.
    &[("priority = 999", "priority = 950")],
    &[("priority = 951", "priority = 100")],
    &[("priority = 999\ndenyMessage = \"No b.\"", "priority = 998\ndenyMessage = \"No b.\"")],
    &[(
        "priority = 999\ndenyMessage = \"Denied when args.all == true.\"",
        "priority = 951\ndenyMessage = \"Denied when args.all == true.\"",
    )],
    // What is left for calls that no rule matches.
    &[("decision = \"deny\"\npriority = 951", "decision = \"allow\"\npriority = 951")],
    &[("decision = \"deny\"\npriority = 951", "decision = \"ask_user\"\npriority = 951")],
    &[("toolName = \"*\"\ndecision = \"deny\"", "toolName = \"more\"\ndecision = \"deny\"")],
    &[("toolName = \"*\"\ndecision", "toolName = \"*\"\nargsPattern = '\\x00\"x\":null\\x00'\ndecision")],
    // Decisions.
    &[(
        "decision = \"deny\"\npriority = 999\ndenyMessage = \"The tool drop is hidden.\"",
        "decision = \"allow\"\npriority = 999",
    )],
    &[("decision = \"deny\"\npriority = 999\ndenyMessage = \"No b.\"", "decision = \"ask_user\"\npriority = 999")],
    &[("decision = \"ask_user\"", "decision = \"allow\"")],
    // Patterns without their marks, or with others around them.
    &[("'\\x00\"ref\":", "'\"ref\":")],
    &[("'\\x00\"ref\":", "'\\x00\"r\\x65f\":.*")],
    &[("x\")\\x00'", "x\")'")],
    &[("\\x00[^]*\\x00\"s\"", "\\x00.*\\x00\"s\"")],
    &[("\\x00[^]*\\x00\"s\"", "\\x00\"s\"")],
    &[("'\\x00\"all\":true\\x00'", "'^\\x00\"all\":true\\x00$'")],
    &[("'\\x00\"all\":true\\x00'", "'\\x00\"all\":true\\x00[^]*\\x00\"a\":true\\x00'")],
    &[("'\\x00\"all\":true\\x00'", "'\\x00\"all\":True\\x00'")],
    &[("'\\x00\"all\":true\\x00'", "'\\x00\"all\":\"true\"\\x00'")],
    &[("'\\x00\"all\":true\\x00'", "'\\x00\"All\":true\\x00'")],
    &[("'\\x00\"all\":true\\x00'", "'(?=[^]*\\x00\"all\":true\\x00)'")],
    &[("'\\x00\"all\":true\\x00'", "'\\x00\"all\":(true|)\\x00'")],
    // Patterns that the program drops.
    &[("'\\x00\"s\":\"b\"\\x00'", "'\\x00\"s\":\"(?:b)+(c)*\"\\x00'")],
    &[("'\\x00\"s\":\"b\"\\x00'", "'\\x00\"s\":\"(b+)(c)*\"\\x00'")],
    &[("'\\x00\"s\":\"b\"\\x00'", "'\\x00\"s\":\"b(\"\\x00'")],
    // Numbers.
    &[("|5|", "|6|")],
    &[("|5|[1-4]", "|5|[1-6]")],
    &[("|5|[1-4](\\.([0-9])+)?", "|5(\\.([0-9])+)?|[1-4](\\.([0-9])+)?")],
    &[("|5|[1-4](\\.([0-9])+)?", "|5|[1-4](.([0-9])+)?")],
    &[("(1(\\.([0-9])+)?|[2-9](\\.([0-9])+)?)", "(0(\\.([0-9])+)?|[1-9](\\.([0-9])+)?)")],
    &[("([0-9]){1,20}", "([0-9]){0,20}")],
    &[("|3[]|", "|3|")],
    &[("\"n\":((0\\.(5([0-9])+|", "\"n\":((0\\.(5([0-9])*|"), ("decision = \"ask_user\"", "decision = \"allow\"")],
    // Strings.
    &[("(\"a\"|\"b\")", "(\"a\"|\"c\")")],
    &[("(\"a\"|\"b\")", "(\"a\"|.*)")],
    &[("(\"a\"|\"b\")", "\"a|b\"")],
    &[("\"feat/(", "\"f(")],
    &[("\"feat/([^\"\\\\]|\\\\[^u]|\\\\u....)*\"", "\"feat/.*\"")],
    &[
        ("\"feat/([^\"\\\\]|\\\\[^u]|\\\\u....)*\"", "\"feat/([^\"\\\\])*\""),
        ("\"f([^\"\\\\]|\\\\[^u]|\\\\u....)*x\"", "\"f[^]*x\""),
    ],
    &[("(x)+|", "(x)+?|")],
    &[("(x)+|", "x+|")],
    &[("(x)+|", "(y)+|")],
    &[("{2})", "{3})")],
    &[("z-\\ud7ff", "b-\\ud7ff"), ("{2})", "{1})")],
    &[("\"a\\\\nb\"", "\"a\\nb\"")],
    &[("\"zip\":\"(ab)*\"", "\"zip\":\"(ab)*")],
    &[("\"zip\":\"(ab)*\"", "\"zip\":\"(a.)*\"")],
    &[("\"zip\":\"(ab)*\"", "\"zip\":\"(a[^]b)*\"")],
    &[("\"id\":[^n]([^\\x00])*", "\"id\":([^\\x00])*")],
    // Elements of arrays.
    &[("\"ids\":\\[", "\"ids\":(\\[")],
    &[("@acme\\.com\"(,", "@acme\\.com\"([^]")],
    &[("@acme\\.com\"", "\"")],
    &[("@acme\\.com", "@acme.com")],
    &[("@acme\\.com\")*)?\\]", "@acme\\.com\")*)?")],
    &[(")*)?\\]", ")*)?\\]?")],
    &[("\"to\":\\[(", "\"to\":[(")],
    &[("\"force\":null", "\"force\":[^n]([^\\x00])*")],
];

#[test]
fn wrong_rules_are_rejected() {
    assert!(CHANGES.len() >= 50, "{}", CHANGES.len());
    let target = find("gemini-cli").unwrap();
    let checked = checked(POLICY);
    let policy = &checked.policies()[0];
    let emission = emitted(target, policy);
    assert!(emission.diagnostics.is_empty(), "{:?}", emission.diagnostics);
    let right = emission.artefact.unwrap().text;
    assert!(!is_rejected(target, &right, policy), "{right}");
    let mut wrong = Vec::new();
    for change in CHANGES {
        let mut text = right.clone();
        for (from, to) in *change {
            if !text.contains(from) {
                wrong.push(format!("{from:?} is not there"));
            }
            text = text.replacen(from, to, 1);
        }
        if !is_rejected(target, &text, policy) {
            wrong.push(format!("{change:?}"));
        }
    }
    assert!(wrong.is_empty(), "{right}\n{}", wrong.join("\n"));
}

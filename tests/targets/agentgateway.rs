//! Configurations of agentgateway, whole, and what cannot be one.

use policyc_core::emit::{Settings, TargetOption, find, target_of};

use crate::options::{self, emission, settings};

const TARGET: &str = "agentgateway";

fn named() -> Settings {
    settings(&[(&TargetOption::ALIAS, "pay"), (&TargetOption::HOST, "http://127.0.0.1:3001/mcp")])
}

fn document(text: &str) -> String {
    options::document(TARGET, text, &named())
}

#[test]
fn configurations() {
    let closed = "deny *; allow read, list; allow pay when args.amount <= 50 and caller.role == \"clerk\"; \
                  deny pay when args.note contains \"secret\" because \"No secrets.\"; require every args.to[*].email like \"*@acme.com\" for mail; \
                  deny search when args.force == true; allow search when args.q matches \"\\\\w+( \\\\w+)*\"; allow audit when caller.role == \"auditor\"; \
                  require length(args.text) <= 280 for post; deny free when args.k not in [1, \"x\"] and not (caller.team == \"a\"); allow free; \
                  require approval for refund when args.amount > 10; deny erase because \"Never.\"; hide drop;";
    let open = "allow *; deny drop; hide secret; require approval for pay; allow read; require args.n <= 5 for list; deny * when args.force == true;";
    for (name, text) in [("agentgateway", closed), ("agentgateway-open", open), ("agentgateway-closed", "deny *;")] {
        let text = document(text);
        assert_eq!(target_of(&text).map(|target| target.name), Some(TARGET));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, text);
        });
    }
}

/// What is refused, each with a way out.
#[test]
fn what_configurations_cannot_hold() {
    let of_server =
        |name| settings(&[(&TargetOption::ALIAS, name), (&TargetOption::HOST, "http://127.0.0.1:3001/mcp")]);
    let policies = [
        ("no names", "deny *; allow t;", Settings::default()),
        ("a name with an underscore", "deny *; allow t;", of_server("pay_2")),
        (
            "an address with a line",
            "deny *; allow t;",
            settings(&[(&TargetOption::ALIAS, "pay"), (&TargetOption::HOST, "a\nb")]),
        ),
        (
            "a port beyond all",
            "deny *; allow t;",
            settings(&[(&TargetOption::ALIAS, "pay"), (&TargetOption::HOST, "a"), (&TargetOption::PORT, "70000")]),
        ),
        ("a limit", "deny *; allow t; limit t 5/min;", named()),
        ("a large number", "deny *; allow t when args.n <= 9007199254740993;", named()),
        ("a long length", "deny *; allow t when length(args.s) <= 100000;", named()),
    ];
    let told = policies.iter().map(|(what, policy, settings)| {
        let emission = emission(TARGET, policy, settings);
        assert!(emission.artefact.is_none(), "{what}");
        let found = emission.diagnostics.iter().filter(|found| found.is_error());
        let found =
            found.map(|found| format!("  {}\n    {}\n", found.message, found.help.as_deref().unwrap_or_default()));
        format!("{what}\n{}", found.collect::<String>())
    });
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("agentgateway-refused", told.collect::<String>());
    });
}

/// The classes of expressions are of ASCII in the language and of Unicode in the gateway, and a string's size is in bytes there.
#[test]
fn what_the_engine_reads_otherwise_is_written_out() {
    for (pattern, written) in [
        ("\\\\w+", "^(?:[0-9A-Z_a-z]+)$"),
        ("\\\\d{3}", "^(?:[0-9]{3})$"),
        ("\\\\s*", "^(?:[\\\\x{9}\\\\x{a}\\\\x{c}\\\\x{d}\\\\x{20}]*)$"),
        ("(?i)k", "^(?:[Kk\\\\x{212a}])$"),
        ("[a&&b]", "^(?:[\\\\x{26}ab])$"),
        ("[[a]", "^(?:[\\\\x{5b}a])$"),
        (".*\\\\bx\\\\b.*", "(?-u:\\\\b)x(?-u:\\\\b)"),
    ] {
        let text = document(&format!("deny *; allow t when args.s matches \"{pattern}\";"));
        assert!(text.contains(written), "{pattern}: {text}");
        // As it stands in the policy it is refused.
        let planted = text.replace(written, &format!("^(?:{pattern})$"));
        assert!(planted == text || find(TARGET).unwrap().read(&planted).is_err(), "{planted}");
    }
    let text = document("deny *; allow t when length(args.s) <= 5;");
    assert!(text.contains("a.s.matches(\"^(?s:.{0,5})$\") || type(a.s) == list && double(size(a.s)) <= 5.0"), "{text}");
}

/// Only what calls no tool passes by the first rule, and where no rule allows a tool all its calls are denied.
#[test]
fn only_rules_that_allow_are_written() {
    for policy in
        ["deny *;", "allow *;", "allow *; deny t when args.n > 5; deny u;", "deny *; allow t when args.n <= 5;"]
    {
        let text = document(policy);
        let (_, rules) = text.split_once("rules:\n        - |-\n          !has(mcp.tool)\n").unwrap();
        for rule in rules.split("        - |-\n").filter(|rule| !rule.is_empty()) {
            assert!(rule.trim_start().starts_with("mcp.tool.target == \"pay\""), "{rule}");
        }
    }
}

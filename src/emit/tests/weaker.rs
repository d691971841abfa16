//! Documents that are weaker than their policy, written by hand.

use std::path::Path;

use crate::decider::PolicyDecider;
use crate::diff::proof::{Proof, prove};
use crate::emit::find as target;
use crate::ir::{Policy, ServerId};
use crate::sema::{NoFiles, Options, analyze};

/// A policy, what `tools` of a hosted document holds for the tool `t`, and the call by which it is
/// weaker.
const CASES: &[(&str, &str, Option<&str>)] = &[
    // The same, however it is guarded and in which order.
    ("deny *; allow t when args.n <= 5", r#"{"require": [["n lte 5"]]}"#, None),
    ("deny *; allow t when args.n == 5", r#"{"require": [["n eq 5", "n gte -1.7976931348623157e308"]]}"#, None),
    (
        "deny *; allow t when args.s == \"x\" and has args.n",
        r#"{"require": [["n exists true"], ["s eq \"x\""]]}"#,
        None,
    ),
    (
        "allow *; deny t when args.n > 5 or args.s contains \"x\"",
        r#"{"deny_if": [["s contains \"x\""], ["n gt 5"]]}"#,
        None,
    ),
    ("allow *; require approval for t when args.n > 5", r#"{"deny_if": [["n gt 5"]]}"#, None),
    // Stricter.
    ("deny *; allow t when args.n <= 5", r#"{"require": [["n lte 4", "n gt 0"]]}"#, None),
    ("allow *; deny t when args.n > 5 and args.n < 7", r#"{"deny_if": [["n gt 1", "n lte 6"], ["n gte 6"]]}"#, None),
    ("deny *; allow t when args.s like \"a*\"", r#"{"require": [["s regex \"^ab\""]]}"#, None),
    ("deny *; limit t 0/min", r#"{"deny_if": [[]]}"#, None),
    // Weaker: by a bound, by a value that looks like another, by a missing one, by a whole
    // statement.
    ("deny *; allow t when args.n < 5", r#"{"require": [["n lte 5"]]}"#, Some(r#"{"n": 5}"#)),
    ("deny *; allow t when args.n == 5", r#"{"require": [["n eq 5"]]}"#, Some(r#"{"n": "5"}"#)),
    // Zero prints without its sign, minus zero with it.
    ("deny *; allow t when args.n == \"0\"", r#"{"require": [["n eq \"0\""]]}"#, Some(r#"{"n": 0}"#)),
    ("deny *; allow t when args.n == \"-0\"", r#"{"require": [["n eq \"-0\""]]}"#, Some(r#"{"n": -0}"#)),
    ("deny *; allow t when args.b == true", r#"{"require": [["b eq true"]]}"#, Some(r#"{"b": "true"}"#)),
    ("allow *; deny t when not has args.n", r#"{"deny_if": [["n eq 0"]]}"#, Some("{}")),
    ("allow *; deny t when not (args.n <= 5)", r#"{"deny_if": [["n gt 5"]]}"#, Some("{}")),
    ("deny *; allow t when args.s matches \"a[0-9]\"", r#"{"require": [["s regex \"^a[0-9]\""]]}"#, Some("longer")),
    (
        "allow *; deny t when args.n > 5; deny t when args.s == \"x\"",
        r#"{"deny_if": [["n gt 5"]]}"#,
        Some(r#"{"s": "x"}"#),
    ),
    ("deny *; deny t; allow t", "{}", Some("{}")),
    ("deny *; hide t", "{}", Some("{}")),
    ("deny *; require approval for t", "{}", Some("{}")),
    ("deny *; limit t 0/min", "{}", Some("{}")),
];

fn document(tool: &str) -> String {
    let mut tool: serde_json::Value = serde_json::from_str(tool).unwrap();
    for predicates in tool.as_object_mut().unwrap().values_mut() {
        for predicate in predicates.as_array_mut().unwrap() {
            let conditions = predicate.as_array().unwrap().iter().map(|condition| {
                let mut words = condition.as_str().unwrap().splitn(3, ' ');
                let (path, operator) = (words.next().unwrap(), words.next().unwrap());
                let value: serde_json::Value = serde_json::from_str(words.next().unwrap()).unwrap();
                serde_json::json!({ "path": format!("args.{path}"), "op": operator, "value": value })
            });
            *predicate = serde_json::json!({ "conditions": conditions.collect::<Vec<_>>(), "on_deny": "No." });
        }
    }
    serde_json::json!({ "version": "1", "default": "deny", "tools": { "t": tool } }).to_string()
}

fn proof(policy: &Policy, text: &str) -> Proof {
    let target = target("policylayer").unwrap();
    let document = target.read(text).unwrap();
    prove(&PolicyDecider::new(policy).of_server(ServerId(0), target.numbers), document.as_ref())
}

#[test]
fn what_is_weaker_is_found_and_nothing_else() {
    for (policy, tool, expected) in CASES {
        let analysis = analyze("p.pol", Path::new("p.pol"), policy, &Options::default(), &NoFiles);
        let checked = analysis.checked.unwrap();
        let text = document(tool);
        let proof = proof(&checked.policies()[0], &text);
        let call = proof.weaker.map(|weaker| weaker.json());
        assert!(proof.undecided.is_empty(), "{policy}: {tool}");
        match expected {
            // Which string comes first is not the point.
            Some("longer") => assert!(call.is_some(), "{policy}: {tool}"),
            expected => {
                let expected = expected.map(|arguments| format!("{{\"name\": \"t\", \"arguments\": {arguments}}}"));
                assert_eq!(call, expected, "{policy}: {tool}");
            }
        }
    }
}

#[test]
fn tools_that_are_not_known_are_compared_too() {
    let analysis = analyze("p.pol", Path::new("p.pol"), "deny *; allow t", &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap();
    let text = r#"{"version": "1", "default": "allow"}"#;
    let proof = proof(&checked.policies()[0], text);
    assert_eq!(proof.weaker.map(|weaker| weaker.tool).as_deref(), Some("some_other_tool"));
}

//! Remedies of calls under policies.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by failing")]

use super::remedy;
use crate::eval::{Evaluator, OwnedCall};
use crate::sema::{NoFiles, Options, analyze};

/// What is said of the last of some calls, made one after another.
fn said(policy: &str, calls: &[&str]) -> String {
    let analysis = analyze("p.pol", "p.pol".as_ref(), policy, &Options::default(), &NoFiles);
    let checked = analysis.checked.unwrap_or_else(|| panic!("{policy}: {:?}", analysis.diagnostics));
    let mut evaluator = Evaluator::new(checked.policy().unwrap());
    let (last, before) = calls.split_last().unwrap();
    for call in before {
        evaluator.call(&OwnedCall::parse(call).unwrap().at(0));
    }
    let call = OwnedCall::parse(last).unwrap();
    match remedy(&evaluator, &call.at(0)) {
        None => "It passes.".to_owned(),
        Some(remedy) => remedy.sentences("t").join(" "),
    }
}

fn call(arguments: &str) -> String {
    format!(r#"{{"name": "t", "arguments": {arguments}}}"#)
}

#[test]
fn the_nearest_call_is_named() {
    let rows = [
        ("deny *; allow t when args.n <= 100;", r#"{"n": 150}"#, "Set `args.n` to 100 instead of 150."),
        ("deny *; allow t when args.n < 100;", r#"{"n": 150}"#, "Set `args.n` to 99 instead of 150."),
        ("deny *; allow t when args.n < 100;", r#"{"n": 150.25}"#, "Set `args.n` to 99.99 instead of 150.25."),
        ("deny *; allow t when args.n >= 10 and args.n <= 20;", r#"{"n": -7}"#, "Set `args.n` to 10 instead of -7."),
        ("deny *; allow t when args.n <= 100;", r#"{"n": "many"}"#, "Set `args.n` to "),
        ("deny *; allow t when args.n <= 100;", "{}", "Add `args.n` with "),
        ("deny *; allow t when args.to like \"*@acme.test\";", r#"{"to": "bob@evil.test"}"#, "Set `args.to` to \"bob@"),
        (
            "deny *; allow t when args.env in [\"dev\", \"stage\"];",
            r#"{"env": "stag"}"#,
            "Set `args.env` to \"stage\" instead of \"stag\".",
        ),
        ("allow *; deny t when args.path contains \"..\";", r#"{"path": "a/../b"}"#, "Set `args.path` to \"a/"),
        (
            "allow *; deny t when args.force == true;",
            r#"{"force": true}"#,
            "Set `args.force` to false instead of true.",
        ),
        ("allow *; deny t when has args.force;", r#"{"x": 1, "force": true}"#, "Leave out `args.force`."),
        (
            "deny *; allow t when args.a == 1 or (args.b == 2 and args.c == 3);",
            r#"{"a": 0, "b": 0, "c": 3}"#,
            "Set `args.a` to 1 instead of 0.",
        ),
        (
            "deny *; allow t when args.b == 2 and args.c == 3;",
            r#"{"b": 0, "c": 0}"#,
            "Set `args.b` to 2 instead of 0 and set `args.c` to 3 instead of 0.",
        ),
        (
            "deny *; allow t when every args.to like \"*@a.test\";",
            r#"{"to": ["x@a.test", "y@b.test"]}"#,
            "Set `args.to` to [\"x@a.test\"] instead of [\"x@a.test\", \"y@b.test\"].",
        ),
        (
            "deny *; allow t when every args.to like \"*@a.test\" and length(args.to) >= 1;",
            r#"{"to": ["y@b.test"]}"#,
            "Set `args.to` to [\"y@a.test\"] instead of [\"y@b.test\"].",
        ),
        (
            "allow *; deny t when some args.to contains \"root\" or length(args.to) < 1;",
            r#"{"to": ["roots"]}"#,
            "Set `args.to` to [\"",
        ),
        (
            "deny *; allow t when length(args.to) <= 1;",
            r#"{"to": ["x", "y"]}"#,
            "Set `args.to` to [\"x\"] instead of [\"x\", \"y\"].",
        ),
        ("deny *; allow t when args.a.b <= 5;", r#"{"a": {"b": 9, "c": 1}}"#, "Set `args.a.b` to 5 instead of 9."),
        ("deny *;", "{}", "Nothing helps: no call of `t` by this caller passes."),
        ("allow *; hide t;", "{}", "Nothing helps: no call of `t` by this caller passes."),
        (
            "deny *; allow t when caller.team == \"ops\" and args.n <= 5;",
            r#"{"n": 1}"#,
            "Nothing helps: no call of `t` by this caller passes.",
        ),
        ("deny *; require approval by \"lead\" for t;", "{}", "Have the call approved by lead."),
        (
            "deny *; allow t; require approval for t when args.n > 10;",
            r#"{"n": 11}"#,
            "Have the call approved. Set `args.n` to 10 instead of 11.",
        ),
        (
            "deny *; require args.n <= 5 for t; require approval for t;",
            r#"{"n": 6}"#,
            "Set `args.n` to 5 instead of 6; the call then waits for approval.",
        ),
    ];
    for (policy, arguments, expected) in rows {
        let said = said(policy, &[&call(arguments)]);
        assert!(said.starts_with(expected), "{policy}\n  {arguments}\n  {said}");
    }
}

/// The work is bounded, whatever the call: many conditions, long arguments.
#[test]
fn the_work_is_bounded() {
    let many: Vec<String> = (0..40).map(|number| format!("args.a{number} <= 5")).collect();
    let policy = format!("deny *; allow t when {};", many.join(" and "));
    let arguments: Vec<String> = (0..40).map(|number| format!("\"a{number}\": 9")).collect();
    let told = said(&policy, &[&call(&format!("{{{}}}", arguments.join(", ")))]);
    assert!(told.starts_with("Set `args.a0` to 5 instead of 9, set `args.a1` to 5"), "{told}");
    let either: Vec<String> = (0..40).map(|number| format!("args.a{number} == 5")).collect();
    let policy = format!("deny *; allow t when {};", either.join(" or "));
    let told = said(&policy, &[&call(&format!("{{{}}}", arguments.join(", ")))]);
    assert_eq!(told, "Set `args.a0` to 5 instead of 9.");
    let long = format!("{{\"n\": 150, \"text\": \"{}\"}}", "x".repeat(1 << 16));
    let told = said("deny *; allow t when args.n <= 100;", &[&call(&long)]);
    assert_eq!(told, "What would pass was not found out.");
}

#[test]
fn limits_are_waited_for() {
    let at = |time: &str, arguments: &str| format!(r#"{{"name": "t", "at": "{time}", "arguments": {arguments}}}"#);
    let first = at("2026-01-01T00:00:10Z", r#"{"n": 60}"#);
    let second = at("2026-01-01T00:00:20Z", r#"{"n": 60}"#);
    assert_eq!(said("deny *; limit t 1/min;", &[&first, &second]), "Make the same call again at 2026-01-01T00:01:00Z.");
    assert_eq!(
        said("deny *; limit t 100/min of args.n;", &[&first, &second]),
        "Make the same call again at 2026-01-01T00:01:00Z. Set `args.n` to 40 instead of 60."
    );
    assert_eq!(said("deny *; limit t 50/min of args.n;", &[&first]), "Set `args.n` to 50 instead of 60.");
    assert_eq!(
        said("deny *; limit t 1/min; limit t 1/hour as \"slow\";", &[&first, &second]),
        "Make the same call again at 2026-01-01T01:00:00Z."
    );
    assert_eq!(
        said(
            "deny *; limit t 1/min when args.n > 5; require args.n != 7 for t;",
            &[&first, &at("2026-01-01T00:00:30Z", r#"{"n": 7}"#)]
        ),
        "Set `args.n` to 5 instead of 7."
    );
    assert_eq!(
        said(
            "deny *; limit t 1/min; require args.n < 5 for t;",
            &[&at("2026-01-01T00:00:00Z", r#"{"n": 1}"#), &at("2026-01-01T00:00:30Z", r#"{"n": 7}"#)]
        ),
        "Set `args.n` to 4 instead of 7, and make the call at 2026-01-01T00:01:00Z."
    );
    assert_eq!(said("deny *; limit t 0/min;", &[&first]), "Nothing helps: no call of `t` by this caller passes.");
}

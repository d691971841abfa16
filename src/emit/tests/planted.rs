//! Wrong lowerings, planted into documents that are right: each is found by the proof.

use std::path::Path;

use serde_json::Value;

use crate::decider::PolicyDecider;
use crate::diff::proof::prove;
use crate::emit::find;
use crate::ir::{Policy, ServerId};
use crate::sema::{Checked, NoFiles, Options, analyze};

/// A policy with every kind of statement. Intercept counts for the whole server, so there `per
/// server` is put in.
const POLICY: &str = "deny *; allow get when args.n <= 5 and args.s in [\"a\", \"b\"]; deny get when args.s == \"b\" because \"No b.\"; \
     limit get 30/hour as \"calls\"; limit get 100/day; require args.n >= 1 for pay; limit pay 3/min; require approval for refund; \
     hide drop; allow list; deny erase because \"Never.\"; limit total * 1000/day;";

/// What is changed in the document of the hosted gateway: places by JSON pointer, each with its new
/// value or nothing.
const HOSTED: &[&[(&str, &str)]] = &[
    // Looser counts.
    &[("/tools/get/limits/0/max", "31")],
    &[("/tools/get/limits/0/max", "3000000")],
    &[("/tools/get/limits/1/max", "101")],
    &[("/tools/pay/limits/0/max", "4")],
    &[("/all_tools/limits/0/max", "1001")],
    &[("/all_tools/limits/0/max", "9007199254740991")],
    // Other windows.
    &[("/tools/get/limits/0/window", "\"minute\"")],
    &[("/tools/get/limits/1/window", "\"hour\"")],
    &[("/tools/get/limits/1/window", "\"minute\"")],
    &[("/tools/get/limits/0/window", "\"day\""), ("/tools/get/limits/0/max", "720")],
    &[("/tools/pay/limits/0/window", "\"hour\""), ("/tools/pay/limits/0/max", "180")],
    &[("/all_tools/limits/0/window", "\"hour\"")],
    &[("/all_tools/limits/0/window", "\"minute\"")],
    // Missing limits.
    &[("/tools/get/limits/0", "")],
    &[("/tools/get/limits/1", "")],
    &[("/tools/get/limits", "")],
    &[("/tools/pay/limits", "")],
    &[("/all_tools", "")],
    &[
        ("/tools/pay/limits", ""),
        ("/tools/list/limits", "[{\"counter\": \"x\", \"window\": \"minute\", \"max\": 3, \"scope\": \"grant\"}]"),
    ],
    // One count for all tools becomes a count for each, and two counts become one that nobody
    // knows.
    &[
        ("/tools/list/limits", "[{\"counter\": \"x\", \"window\": \"day\", \"max\": 1000, \"scope\": \"grant\"}]"),
        ("/all_tools", ""),
    ],
    &[("/tools/get/limits/0/counter", "\"get_rate_day\"")],
    // Missing and wider conditions.
    &[("/tools/get/require", "")],
    &[("/tools/get/require/0/conditions/0", "")],
    &[("/tools/get/require/0/conditions/1", "")],
    &[("/tools/get/require/0/conditions/0/value", "5.5")],
    &[("/tools/get/require/0/conditions/0/value", "6")],
    &[("/tools/get/require/0/conditions/0/op", "\"gte\"")],
    &[("/tools/get/require/0/conditions/0/path", "\"args.m\"")],
    &[("/tools/get/require/0/conditions/1/op", "\"not_in\"")],
    &[("/tools/get/require/0/conditions/1/value", "[\"a\", \"b\", \"c\"]")],
    &[("/tools/pay/require", "")],
    &[("/tools/pay/require/0/conditions/0/value", "0")],
    &[("/tools/pay/require/0/conditions/0/op", "\"exists\""), ("/tools/pay/require/0/conditions/0/value", "true")],
    // Missing denials and approvals, and tools that open.
    &[("/tools/get/deny_if", "")],
    &[("/tools/get/deny_if/0/conditions/0/value", "\"B\"")],
    &[("/tools/get/deny_if/0/conditions/0/op", "\"neq\"")],
    &[("/tools/erase/deny_if", "")],
    &[("/tools/refund/deny_if", "")],
    &[("/tools/refund/deny_if/0/conditions", "[{\"path\": \"args.n\", \"op\": \"exists\", \"value\": true}]")],
    &[("/default", "\"allow\"")],
    &[("/hide", ""), ("/tools/drop", "{}")],
    &[("/tools/other", "{}")],
];

/// What is changed in the document of Intercept: texts, each with what stands in its place.
const INTERCEPT: &[&[(&str, &str)]] = &[
    // Looser counts.
    &[("value: 30\n", "value: 31\n")],
    &[("value: 30\n", "value: 3000000\n")],
    &[("value: 30\n", "value: 30.0e3\n")],
    &[("value: 100\n", "value: 101\n")],
    &[("value: 3\n", "value: 4\n")],
    &[("value: 1000\n", "value: 1001\n")],
    &[
        ("value: 30\n", "value: 60\n"),
        ("window: \"hour\"\n          increment: 1", "window: \"hour\"\n          increment: -1"),
    ],
    // Other windows.
    &[("window: \"hour\"", "window: \"minute\"")],
    &[("window: \"hour\"", "window: \"day\""), ("value: 30\n", "value: 720\n")],
    &[(
        "counter: \"get_rate_day_server\"\n          window: \"day\"",
        "counter: \"get_rate_day_server\"\n          window: \"hour\"",
    )],
    &[(
        "counter: \"calls_per_day_server\"\n          window: \"day\"",
        "counter: \"calls_per_day_server\"\n          window: \"minute\"",
    )],
    // Counts that nobody raises, or that go another way.
    &[("path: \"state.get.calls\"\n            op: \"lte\"", "path: \"state.get.calls\"\n            op: \"neq\"")],
    &[(
        "path: \"state.get.calls\"\n            op: \"lte\"\n            value: 30",
        "path: \"args.n\"\n            op: \"exists\"\n            value: true",
    )],
    &[("window: \"minute\"\n          increment: 1", "window: \"minute\"\n          increment: -1")],
    &[("window: \"minute\"\n          increment: 1", "window: \"minute\"\n          increment_from: \"args.n\"")],
    &[("window: \"hour\"\n          increment: 1", "window: \"hour\"\n          increment_from: \"args.n\"")],
    &[(
        "path: \"state.get.calls\"\n            op: \"lte\"\n            value: 30",
        "path: \"state.get.get_rate_day_server\"\n            op: \"lte\"\n            value: 30",
    )],
    // One count for all tools becomes one for a tool.
    &[("  \"*\":\n", "  \"erase_\":\n"), ("state._global.", "state.erase_.")],
    // Missing and wider conditions.
    &[("value: 5\n", "value: 5.5\n")],
    &[("value: 5\n", "value: 6\n")],
    &[("op: \"lte\"\n            value: 5\n", "op: \"gte\"\n            value: 5\n")],
    &[("op: \"neq\"\n            value: \"b\"", "op: \"exists\"\n            value: true")],
    &[("op: \"in\"", "op: \"not_in\"")],
    &[("op: \"gte\"\n            value: 1\n", "op: \"gte\"\n            value: 0\n")],
    &[("op: \"gte\"\n            value: 1\n", "op: \"exists\"\n            value: true\n")],
    // Missing denials and approvals, and tools that open.
    &[(
        "      - name: \"approval\"\n        action: \"deny\"\n",
        "      - name: \"approval\"\n        conditions: [{path: args.n, op: exists, value: true}]\n",
    )],
    &[("default: \"deny\"", "default: \"allow\"")],
    &[("default: \"deny\"\n", "")],
    &[("hide:\n  - \"drop\"\n", ""), ("  \"list\":", "  \"drop\":")],
    &[("  \"list\":", "  \"other\":")],
];

/// Policies of which the document of the first is taken for one of the second.
const EXCHANGED: &[(&str, &str, &str)] = &[
    ("policylayer", "limit t 30/hour", "limit t 30/hour per server"),
    ("policylayer", "limit t 30/hour", "limit t 30/hour per caller.team"),
    ("intercept", "limit t 30/hour per server", "limit t 29/hour"),
    ("policylayer", "limit t 30/hour", "limit t 30/hour of args.n"),
    ("intercept", "limit t 30/hour per server", "limit t 30/hour of args.n per server"),
    ("policylayer", "limit t 30/hour; limit u 30/hour", "limit total t, u 30/hour as \"both\""),
    ("policylayer", "allow t", "allow t; limit t 30/hour when has args.n"),
    ("policylayer", "allow t when args.n > 1", "allow t when args.n > 1; limit t 30/hour when args.n > 2"),
    ("intercept", "allow t; limit t 30/hour per server", "allow t; limit t 30/90min"),
    ("policylayer", "allow t; limit t 30/hour", "allow t; limit t 30/7hour"),
    ("policylayer", "allow t; limit t 15/hour; limit t 15/day", "allow t; limit t 14/day"),
    ("policylayer", "allow t, u; limit t 5/day", "allow t, u; limit t, u 5/day"),
    ("intercept", "allow t, u; limit total * 5/day per server", "allow t, u; limit total * 4/day per server"),
    ("policylayer", "allow *; limit total * 5/day", "allow *; limit total * 5/day; limit * 4/day"),
];

/// How many documents are planted here.
pub(super) const COUNT: usize = HOSTED.len() + INTERCEPT.len() + EXCHANGED.len();

pub(in crate::emit) fn checked(policy: &str) -> Checked {
    analyze("p.pol", Path::new("p.pol"), policy, &Options::default(), &NoFiles).checked.unwrap()
}

fn emitted(target: &str, policy: &Policy) -> String {
    let emission = find(target).unwrap().emit(policy, ServerId(0));
    emission.artefact.unwrap_or_else(|| panic!("{:?}", emission.diagnostics)).text
}

/// Whether a document is rejected for a policy. A text that the gateway does not take is a mistake
/// in this file.
pub(super) fn is_rejected(target: &str, text: &str, policy: &Policy) -> bool {
    let target = find(target).unwrap();
    let document = target.read(text).unwrap_or_else(|found| panic!("{found:?}\n{text}"));
    let proof = prove(&PolicyDecider::new(policy).of_server(ServerId(0), target.numbers), document.as_ref());
    assert!(proof.undecided.is_empty(), "{text}");
    proof.weaker.is_some() || proof.looser.is_some()
}

#[test]
fn documents_that_are_right_are_accepted() {
    for (target, policy) in both() {
        let checked = checked(&policy);
        let policy = &checked.policies()[0];
        assert!(!is_rejected(target, &emitted(target, policy), policy));
    }
    for (target, policy, _) in EXCHANGED {
        let checked = checked(&format!("deny *; {policy}").replace("deny *; allow *", "allow *"));
        let policy = &checked.policies()[0];
        assert!(!is_rejected(target, &emitted(target, policy), policy));
    }
}

fn both() -> [(&'static str, String); 2] {
    let per_server = POLICY.replace("30/hour", "30/hour per server").replace("/day;", "/day per server;");
    [("policylayer", POLICY.to_owned()), ("intercept", per_server.replace("3/min", "3/min per server"))]
}

#[test]
fn wrong_documents_of_the_hosted_gateway_are_rejected() {
    let checked = checked(POLICY);
    let policy = &checked.policies()[0];
    let right: Value = serde_json::from_str(&emitted("policylayer", policy)).unwrap();
    for changes in HOSTED {
        let mut document = right.clone();
        for (pointer, value) in *changes {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            match (document.pointer_mut(parent).unwrap(), value.is_empty()) {
                (Value::Object(map), true) => assert!(map.remove(key).is_some(), "{pointer}"),
                (Value::Array(items), true) => drop(items.remove(key.parse().unwrap())),
                (Value::Object(map), false) => drop(map.insert(key.to_owned(), serde_json::from_str(value).unwrap())),
                _ => panic!("{pointer}"),
            }
        }
        assert_ne!(document, right, "{changes:?}");
        assert!(is_rejected("policylayer", &document.to_string(), policy), "{changes:?}");
    }
}

#[test]
fn wrong_documents_of_intercept_are_rejected() {
    let [_, (target, policy)] = both();
    let checked = checked(&policy);
    let policy = &checked.policies()[0];
    let right = emitted(target, policy);
    for changes in INTERCEPT {
        let mut text = right.clone();
        for (from, to) in *changes {
            assert!(text.contains(from), "{from} in\n{right}");
            text = text.replacen(from, to, 1);
        }
        assert!(is_rejected(target, &text, policy), "{changes:?}\n{text}");
    }
}

#[test]
fn documents_of_other_policies_are_rejected() {
    for (target, emits, means) in EXCHANGED {
        let [emits, means] = [emits, means].map(|policy| {
            let whole = format!("deny *; {policy}").replace("deny *; allow *", "allow *");
            checked(&whole)
        });
        let text = emitted(target, &emits.policies()[0]);
        assert!(is_rejected(target, &text, &means.policies()[0]), "{text}");
    }
}

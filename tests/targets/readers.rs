//! The readers decide as the gateways are documented to decide, clause by clause.

use policyc_core::decider::Decider;
use policyc_core::diagnostics::Diagnostic;
use policyc_core::emit::{Condition, DocumentValue, Operator, find, intercept_document as intercept};
use policyc_core::eval::Verdict;
use policyc_core::json::Json;
use proptest::prelude::*;

use crate::support::call;

fn read(target: &str, text: &str) -> Result<Box<dyn Decider>, String> {
    find(target).unwrap().read(text).map_err(|found| first(text, &found))
}

/// The first mistake. Each has a place and says what to write instead.
fn first(text: &str, found: &[Diagnostic]) -> String {
    for diagnostic in found {
        assert!(text.get(diagnostic.primary.span.range()).is_some(), "{diagnostic:?}\n{text}");
        assert!(diagnostic.help.as_ref().is_some_and(|help| !help.is_empty()), "{diagnostic:?}");
    }
    found[0].message.clone()
}

/// Calls in order: tool, arguments, grant, time, and the rule that denies, empty for an allowed call.
fn check(target: &str, document: &str, calls: &[(&str, &str, &str, i64, &str)]) {
    let gateway = read(target, document).unwrap_or_else(|error| panic!("{document}\n{error}"));
    let mut run = gateway.run();
    for (name, arguments, grant, at, rule) in calls {
        let json = Json::parse(arguments).unwrap();
        let call = call(name, json.root(), grant, *at);
        let ruling = run.call(&call);
        assert_eq!(ruling.rule(), *rule, "{name} {arguments} at {at}\n{document}");
        assert_eq!(ruling.verdict == Verdict::Allow, rule.is_empty());
    }
}

#[test]
fn policylayer_decides_in_order() {
    let document = r#"{"version": "1", "default": "deny", "hide": ["h"],
        "all_tools": {"limits": [{"counter": "all", "window": "hour", "max": 4, "scope": "grant"}]},
        "tools": {
            "h": {},
            "plain": {},
            "never": {"deny_if": [{"conditions": [], "on_deny": "No."}], "limits": []},
            "both": {
                "require": [{"conditions": [{"path": "args.command", "op": "regex", "value": "^(npm test|ls)"}], "on_deny": "a"}],
                "deny_if": [{"conditions": [{"path": "args.command", "op": "regex", "value": "[;&|]"},
                                            {"path": "args.o.force", "op": "eq", "value": true}], "on_deny": "b"}]},
            "slow": {"limits": [{"counter": "slow_rate", "window": "minute", "max": 1, "scope": "grant"}]}}}"#;
    check(
        "policylayer",
        document,
        &[
            ("h", "{}", "g", 0, "(hidden)"),
            ("unlisted", "{}", "g", 0, "(default deny)"),
            ("Plain", "{}", "g", 0, "(default deny)"),
            ("never", "{}", "g", 0, "/tools/never/deny_if/0"),
            ("both", "{}", "g", 0, "/tools/both/require/args.command-regex"),
            ("both", r#"{"command": "rm"}"#, "g", 0, "/tools/both/require/args.command-regex"),
            // All conditions of a predicate must hold.
            ("both", r#"{"command": "ls; rm"}"#, "g", 0, ""),
            (
                "both",
                r#"{"command": "ls; rm", "o": {"force": "true"}}"#,
                "g",
                0,
                "/tools/both/deny_if/args.command-regex",
            ),
            // Refused calls take no quota; each grant has its own.
            ("slow", "{}", "g", 59, ""),
            ("slow", "{}", "g", 59, "/tools/slow/limits/slow_rate"),
            ("slow", "{}", "other", 59, ""),
            ("slow", "{}", "g", 60, ""),
            ("plain", "{}", "g", 61, ""),
            ("plain", "{}", "g", 62, "/all_tools/limits/all"),
            ("plain", "{}", "g", 3_600, ""),
        ],
    );
    check("policylayer", r#"{"version": "1", "default": "allow", "hide": ["*"]}"#, &[("x", "{}", "", 0, "(hidden)")]);
    check("policylayer", r#"{"version": "1", "default": "allow"}"#, &[("x", "{}", "", 0, "")]);
}

#[test]
fn policylayer_refuses_what_is_not_confirmed() {
    let tool = |tool: &str| format!(r#"{{"version": "1", "default": "deny", "tools": {{"t": {tool}}}}}"#);
    let condition =
        |condition: &str| tool(&format!(r#"{{"require": [{{"conditions": [{condition}], "on_deny": ""}}]}}"#));
    let limit = |limit: &str| tool(&format!(r#"{{"limits": [{limit}]}}"#));
    let documents = [
        "".to_owned(),
        "[]".to_owned(),
        r#"{"version": 1, "default": "deny"}"#.to_owned(),
        r#"{"version": "2", "default": "deny"}"#.to_owned(),
        r#"{"version": "1"}"#.to_owned(),
        r#"{"version": "1", "default": "Deny"}"#.to_owned(),
        r#"{"version": "1", "default": "deny", "default": "allow"}"#.to_owned(),
        r#"{"version": "1", "default": "deny", "defaults": "deny"}"#.to_owned(),
        r#"{"version": "1", "default": "deny", "hide": "x"}"#.to_owned(),
        r#"{"version": "1", "default": "deny", "all_tools": {"require": []}}"#.to_owned(),
        tool("[]"),
        tool(r#"{"rules": []}"#),
        tool(r#"{"require": [{"on_deny": ""}]}"#),
        condition(r#"{"path": "state.x", "op": "eq", "value": 1}"#),
        condition(r#"{"path": "args.", "op": "eq", "value": 1}"#),
        condition(&format!(r#"{{"path": "args{}", "op": "eq", "value": 1}}"#, ".x".repeat(300))),
        condition(r#"{"path": "args.x", "op": "EQ", "value": 1}"#),
        condition(r#"{"path": "args.x", "op": "eq"}"#),
        condition(r#"{"path": "args.x", "op": "in", "value": 1}"#),
        condition(r#"{"path": "args.x", "op": "regex", "value": "("}"#),
        limit(r#"{"counter": "c", "window": "second", "max": 1, "scope": "grant"}"#),
        limit(r#"{"counter": "c", "window": "minute", "max": 1.5, "scope": "grant"}"#),
        limit(r#"{"counter": "c", "window": "minute", "max": -1, "scope": "grant"}"#),
        limit(r#"{"counter": "c", "window": "minute", "max": 1, "scope": "server"}"#),
    ];
    for document in documents {
        let error = read("policylayer", &document).err().unwrap_or_else(|| panic!("accepted {document}"));
        assert!(!error.contains('\n') && !error.ends_with('.'), "{error}");
    }
}

#[test]
fn intercept_decides_in_order() {
    let document = r#"
version: "1"
default: deny
hide: [h, ~]
tools:
  h:
  plain: {rules: []}
  never:
    rules:
      - {name: first, action: deny}
      - {name: second, action: deny, on_deny: x}
  pay:
    rules:
      - name: bound
        conditions:
          - {path: args.amount, op: lte, value: 500}
          - {path: args.meta.currency, op: in, value: [eur, usd]}
      - {name: rate, rate_limit: 2/minute}
  strict:
    rules:
      - name: below
        conditions: [{path: state.strict.c, op: lt, value: 2}]
        state: {counter: c, window: hour}
  sum:
    rules:
      - name: spent
        conditions: [{path: state.sum.total, op: lte, value: 10}]
        state: {counter: total, window: day, increment_from: args.n}
  idle:
    rules:
      - name: no bound
        conditions: [{path: args.n, op: exists, value: true}]
        state: {counter: c, window: hour}
  "*":
    rules:
      - {name: all, rate_limit: 9/day}
"#;
    let paid = r#"{"amount": 500, "meta": {"currency": "eur"}}"#;
    check(
        "intercept",
        document,
        &[
            ("h", "{}", "", 0, "(hidden)"),
            ("unlisted", "{}", "", 0, "(default deny)"),
            ("never", "{}", "", 0, "first"),
            ("pay", "{}", "", 0, "bound"),
            ("pay", r#"{"amount": "5", "meta": {"currency": "eur"}}"#, "", 0, "bound"),
            ("pay", r#"{"amount": 5, "meta": {"currency": "EUR"}}"#, "", 0, "bound"),
            // The count is shared by all grants, in windows aligned to UTC.
            ("pay", paid, "x", 59, ""),
            ("pay", paid, "y", 59, ""),
            ("pay", paid, "z", 59, "rate"),
            ("pay", paid, "z", 60, ""),
            // `lt 2` lets one call pass.
            ("strict", "{}", "", 0, ""),
            ("strict", "{}", "", 0, "below"),
            // Fractions are cut, a missing amount denies, a negative one gives back.
            ("sum", r#"{"n": 9.9}"#, "", 0, ""),
            ("sum", r#"{"n": 2}"#, "", 0, "spent"),
            ("sum", "{}", "", 0, "spent"),
            ("sum", r#"{"n": -5}"#, "", 0, ""),
            ("sum", r#"{"n": 6}"#, "", 0, ""),
            // A counter without a bound in its own rule is never raised.
            ("idle", r#"{"n": 1}"#, "", 0, ""),
            ("plain", "{}", "", 0, ""),
            ("plain", "{}", "", 0, "all"),
            ("plain", "{}", "", 86_400, ""),
        ],
    );
    // What is left out means allow.
    check("intercept", "version: 1\n", &[("x", "{}", "", 0, "")]);
    check("intercept", "version: \"1\"\nhide: [\"*\"]\n", &[("x", "{}", "", 0, "(hidden)")]);
}

#[test]
fn intercept_validates() {
    let rule = |rule: &str| format!("version: \"1\"\ntools:\n  t:\n    rules:\n      - {rule}\n");
    let condition = |condition: &str| rule(&format!("{{name: n, conditions: [{condition}]}}"));
    let documents = [
        String::new(),
        "version: 2\n".to_owned(),
        "version: \"1\"\ndefault: Deny\n".to_owned(),
        "version: \"1\"\nhide: x\n".to_owned(),
        "version: \"1\"\nhide: [x, x]\n".to_owned(),
        "version: \"1\"\nhide: [\"\"]\n".to_owned(),
        "version: \"1\"\n---\nversion: \"1\"\n".to_owned(),
        "version: \"1\"\nversion: \"1\"\n".to_owned(),
        "version: \"1\"\ndefaults: deny\n".to_owned(),
        "{\"version\": \"1\", \"default\": \"allow\", \"tools\": {\"t\": {\"deny_if\": []}}}".to_owned(),
        rule("{action: deny}"),
        rule("{name: n, action: allow}"),
        rule("{name: n}"),
        rule("{name: n, action: deny, conditions: [{path: args.x, op: eq, value: 1}]}"),
        rule("{name: n, action: deny, rate_limit: 5/hour}"),
        rule("{name: n, rate_limit: 0/hour}"),
        rule("{name: n, rate_limit: 5/second}"),
        rule("{name: n, rate_limit: {max: 30, window: 60}}"),
        rule("{name: n, rule: deny}"),
        condition("{path: arg.x, op: eq, value: 1}"),
        condition("{path: args, op: eq, value: 1}"),
        condition(&format!("{{path: args{}, op: eq, value: 1}}", ".x".repeat(300))),
        condition("{path: args.x, op: Eq, value: 1}"),
        condition("{path: args.x, op: lt, value: \"5\"}"),
        condition("{path: args.x, op: exists, value: \"yes\"}"),
        condition("{path: args.x, op: regex, value: \"(?=a)\"}"),
        condition("{path: args.x, op: in, value: a}"),
        condition("{path: state.t.c, op: lte, value: 1}"),
        condition("{path: state.c, op: lte, value: 1}"),
        rule("{name: n, conditions: [{path: args.x, op: eq, value: 1}], state: {counter: c, window: week}}"),
        rule("{name: n, conditions: [{path: args.x, op: eq, value: 1}], state: {counter: c, window: day, increment_from: x}}"),
        "version: \"1\"\ntools:\n  a.b:\n    rules:\n      - {name: n, rate_limit: 5/hour}\n".to_owned(),
        "version: \"1\"\ntools:\n  t:\n    rules:\n      - {name: n, rate_limit: 5/hour}\n      - {name: m, rate_limit: 6/hour}\n"
            .to_owned(),
        format!("version: \"1\"\ndescription: {}\n", "[".repeat(100_000)),
        format!("version: \"1\"\ndescription:\n {}x\n", "- ".repeat(100_000)),
    ];
    for document in documents {
        let error = read("intercept", &document).err().unwrap_or_else(|| panic!("accepted {document}"));
        assert!(!error.contains('\n') && !error.ends_with('.'), "{error}");
    }
}

fn literal() -> impl Strategy<Value = DocumentValue> {
    let leaf = prop_oneof![
        Just(DocumentValue::Null),
        any::<bool>().prop_map(DocumentValue::Bool),
        any::<i64>().prop_map(DocumentValue::Int),
        any::<f64>().prop_filter("JSON has no other", |value| value.is_finite()).prop_map(DocumentValue::Float),
        ".*".prop_map(DocumentValue::Str),
        proptest::sample::select(
            &["2024-01-01", "yes", "1e3", "~", "null", "<<", "- a", "a: b", "\u{85}\u{2028}\u{feff}"][..]
        )
        .prop_map(|text| DocumentValue::Str(text.to_owned())),
    ];
    leaf.prop_recursive(1, 4, 4, |inner| proptest::collection::vec(inner, 0..4).prop_map(DocumentValue::List))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn yaml_is_read_back_as_it_was(name in ".+", text in any::<String>(), hidden in "[^*]+", value in literal()) {
        let condition = Condition { path: format!("args.{name}"), operator: Operator::Eq, value };
        let rule = intercept::Rule { name: name.clone(), conditions: Some(vec![condition]), on_deny: Some(text), state: None };
        let document = intercept::Document {
            default_allow: true,
            hide: [hidden].into(),
            tools: [(name, vec![rule]), ("idle".to_owned(), Vec::new())].into(),
        };
        let yaml = document.to_yaml();
        let read = intercept::Document::read(&yaml).map_err(|found| TestCaseError::fail(format!("{found:?}\n{yaml}")))?;
        prop_assert_eq!(read, document, "{}", yaml);
    }
}

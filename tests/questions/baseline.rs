//! What the assertions of a baseline say of policies and of documents of gateways.

use std::path::Path;

use policyc_core::assertions::{check_artefact, check_policy};
use policyc_core::diagnostics::{Diagnostic, codes};
use policyc_core::emit::{find, target_of};
use policyc_core::eval::{Verdict, holds};
use policyc_core::ir::{Demand, ServerId};
use policyc_core::json::Json;
use policyc_core::sema::{Analysis, NoFiles, Options, analyze};
use proptest::prelude::*;
use proptest::sample::select;

fn analysis(text: &str) -> Analysis {
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &Options::default(), &NoFiles);
    assert!(analysis.checked.is_some(), "{text}: {:?}", analysis.diagnostics);
    analysis
}

/// The findings of a baseline about a document or a policy.
fn found(baseline: &str, about: &str) -> Vec<Diagnostic> {
    let baseline = analysis(baseline);
    let baseline = &baseline.checked.as_ref().unwrap().policies()[0];
    match target_of(about) {
        Some(target) => check_artefact(baseline, ServerId(0), target.read(about).unwrap().as_ref(), "it"),
        None => check_policy(baseline, &analysis(about).checked.as_ref().unwrap().policies()[0], "it"),
    }
}

fn hosted(tools: &str) -> String {
    format!(r#"{{"version": "1", "default": "deny", "tools": {tools}}}"#)
}

fn intercept(rules: &str) -> String {
    format!("version: \"1\"\ndefault: deny\ntools:\n  a:\n    rules: {rules}\n")
}

#[test]
fn baselines_hold_and_fail() {
    let conditions = |list: &str, condition: &str| {
        hosted(&format!(r#"{{"a": {{"{list}": [{{"conditions": [{condition}], "on_deny": "No."}}]}}}}"#))
    };
    let at_most = conditions("require", r#"{"path": "args.n", "op": "lte", "value": 5}"#);
    let above = conditions("deny_if", r#"{"path": "args.n", "op": "gt", "value": 5}"#);
    let is_true = conditions("deny_if", r#"{"path": "args.b", "op": "eq", "value": true}"#);
    let limit = |max: u32, window: &str| {
        hosted(&format!(
            r#"{{"a": {{"limits": [{{"counter": "c", "window": "{window}", "max": {max}, "scope": "grant"}}]}}}}"#
        ))
    };
    let twice = hosted(
        r#"{"a": {"limits": [{"counter": "c", "window": "hour", "max": 5, "scope": "grant"},
                             {"counter": "c", "window": "minute", "max": 5, "scope": "grant"}]}}"#,
    );
    let cases: &[(&str, &str, Option<&str>)] = &[
        // Policies: names are matched; what one side lacks is an unknown tool.
        ("assert deny a", "deny *; allow b", None),
        ("assert deny a", "allow *", Some(r#"{"name": "a", "arguments": {}}"#)),
        ("assert deny a when args.n > 5", "deny *; allow a when args.n <= 5", None),
        ("assert deny a when args.n > 5", "deny *; allow a when args.n <= 6", Some(r#""arguments": {"n": 6}"#)),
        ("assert deny *", "deny *; allow b", Some(r#""name": "b""#)),
        ("assert deny * except b", "deny *; allow b", None),
        ("assert allow a", "allow a; deny a when args.n > 5", Some(r#""n": 6"#)),
        ("assert approval for a", "deny *; require approval for a", None),
        ("assert limit * 5/min", "deny *; limit b 5/min", None),
        ("assert limit * 5/min", "allow *; limit b 5/min", Some("some_other_tool")),
        // Rules of the baseline count for nothing.
        ("deny a; assert deny a", "allow *", Some(r#""name": "a""#)),
        // Documents.
        ("assert deny a when args.n > 5", &at_most, None),
        ("assert deny a when args.n > 5", &above, None),
        ("assert deny a unless args.n <= 5", &at_most, None),
        ("assert deny a unless args.n <= 5", &above, Some(r#""arguments": {}"#)),
        ("assert allow a when not has args.b", &is_true, None),
        ("assert allow a unless args.b == true", &is_true, Some(r#""b": "true""#)),
        ("assert deny * except a", &is_true, None),
        ("assert allow b", &is_true, Some(r#""name": "b""#)),
        ("assert approval for a", &above, Some(r#""name": "a""#)),
        ("assert limit a 60/min", &limit(60, "minute"), None),
        ("assert limit a 60/min", &limit(60, "hour"), None),
        ("assert limit a 59/min", &limit(60, "minute"), Some("rate")),
        ("assert limit a 5/min per server", &limit(5, "minute"), Some("scope")),
        ("assert limit a 5/min", &twice, Some("unknown")),
        ("assert allow a", &limit(0, "minute"), None),
        ("assert deny a", &limit(0, "minute"), None),
        ("assert limit a 5/min per server", &intercept("[{name: r, rate_limit: 5/minute}]"), None),
        ("assert limit a 4/min", &intercept("[{name: r, rate_limit: 5/minute}]"), Some("rate")),
        ("assert deny a", &intercept("[{name: r, action: deny}]"), None),
        ("assert deny a", &intercept("[]"), Some(r#""name": "a""#)),
    ];
    for (baseline, about, expected) in cases {
        let said = found(baseline, about);
        match expected {
            None => assert!(said.is_empty(), "{baseline}\n{about}\n{said:?}"),
            Some(text) => {
                assert_eq!(said.len(), 1, "{baseline}\n{about}\n{said:?}");
                assert_eq!(said[0].code, codes::ASSERTION_FAILS, "{baseline}\n{about}\n{said:?}");
                assert!(said[0].message.starts_with("the assertion fails for `it`: "), "{}", said[0].message);
                let help = said[0].help.as_ref().unwrap().to_string();
                // Limits fail at a call without anything.
                let wanted = if text.contains('"') || *text == "some_other_tool" { text } else { r#""arguments": {}"# };
                assert!(help.contains(wanted), "{baseline}\n{about}\n{help}");
            }
        }
    }
}

#[test]
fn files_are_told_apart() {
    let name = |text: &str| target_of(text).map(|target| target.name);
    assert_eq!(name("\u{feff} {\"version\": \"1\"}"), Some("policylayer"));
    for text in [
        "version: \"1\"\n",
        "# ours\n# and theirs\n\ndefault: deny\n",
        "---\nversion: 1",
        "\"hide\":\n  - a",
        "name: x\n",
    ] {
        assert_eq!(name(text), Some("intercept"), "{text}");
    }
    for text in [
        "",
        "deny *;",
        "// version: 1\ndeny *;",
        "policy a { deny *; }",
        "a::beta",
        "allow a::b",
        "# deny *;\nallow x;",
    ] {
        assert_eq!(name(text), None, "{text}");
    }
}

/// A document is asked about the tools of its own server only.
#[test]
fn a_document_has_nothing_to_do_with_other_servers() {
    struct Catalogues;
    impl policyc_core::sema::Loader for Catalogues {
        fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, policyc_core::disk::Unreadable> {
            let tool = if path.ends_with("t.json") { "t" } else { "u" };
            Ok(format!("{{\"tools\": [{{\"name\": \"{tool}\", \"inputSchema\": {{}}}}]}}").into_bytes())
        }

        fn identity(&self, path: &Path) -> std::path::PathBuf {
            path.to_path_buf()
        }
    }
    let text = "server a from \"t.json\"; server b from \"u.json\"; assert allow b::u; assert allow a::t;";
    let options = Options { baseline: true, ..Options::default() };
    let analysis = analyze("p.pol", Path::new("p.pol"), text, &options, &Catalogues);
    let baseline = &analysis.checked.as_ref().unwrap_or_else(|| panic!("{:?}", analysis.diagnostics)).policies()[0];
    let target = find("policylayer").unwrap();
    let document = target.read(r#"{"version": "1", "default": "deny", "tools": {"t": {}}}"#).unwrap();
    assert_eq!(check_artefact(baseline, ServerId(0), document.as_ref(), "it"), []);
    assert_eq!(check_artefact(baseline, ServerId(1), document.as_ref(), "it").len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// What a policy's own document is asked, a call that breaks it is not missed.
    #[test]
    fn what_holds_of_a_document_holds_of_its_calls(
        policy in crate::support::policy_text(),
        claim in select(vec!["deny", "allow", "approval for"]),
        condition in crate::support::condition(),
        calls in crate::support::calls(),
    ) {
        let baseline = format!("assert {claim} alpha, beta when {condition};");
        let parsed = analyze("b.pol", Path::new("b.pol"), &baseline, &Options::default(), &NoFiles);
        let Some(checked) = parsed.checked else { return Ok(()) };
        let parts = &checked.policies()[0];
        crate::support::with_policy(&policy, |policy| {
            for target in ["policylayer", "intercept"] {
                let target = find(target).unwrap();
                let Some(artefact) = crate::support::emitted(target, policy, ServerId(0)).artefact else { continue };
                let gateway = target.read(&artefact.text).unwrap();
                let said = check_artefact(parts, ServerId(0), gateway.as_ref(), "it");
                if !said.is_empty() {
                    continue;
                }
                let assertion = &parts.assertions[0];
                for (name, arguments, _, _) in calls.iter().filter(|(name, ..)| name == "alpha" || name == "beta") {
                    let json = Json::parse(arguments).unwrap();
                    let call = crate::support::call(name, json.root(), "", 0);
                    if !holds(&assertion.guard.as_ref().unwrap().condition, &call) {
                        continue;
                    }
                    let ruling = gateway.decide(&call);
                    let passes = ruling.verdict == Verdict::Allow;
                    let broken = match assertion.demand {
                        Demand::Allow => !passes && !ruling.by_limit,
                        _ => passes,
                    };
                    prop_assert!(!broken, "{baseline}\n{}\n{name} {arguments}", artefact.text);
                }
            }
            Ok(())
        })?;
    }
}

//! Whatever a client says over HTTP, in headers and body: what reaches the server is allowed, and its headers are those of its body.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::super::property::{POLICIES, calls, is_allowed, line, policy_of};
use super::{INITIALIZE, Listening, Upstream, behaves};

fn headers() -> BoxedStrategy<Vec<(&'static str, &'static str)>> {
    let header = select(
        &[
            ("mcp-method", "tools/call"),
            ("mcp-method", "tools/list"),
            ("mcp-name", "send"),
            ("mcp-name", "secret"),
            ("mcp-name", "=?base64?c2VuZA==?="),
            ("mcp-param-to", "ann"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-protocol-version", "2025-11-25"),
        ][..],
    );
    prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(header, 1..3)].boxed()
}

#[test]
fn what_is_forwarded_is_allowed() {
    // One proxy for all cases; nobody could approve anything.
    let upstream = Upstream::start(behaves);
    let listening = Listening::with_policy(&upstream.url, POLICIES[0], &[]);
    let begun = listening.post(&[], &INITIALIZE.replace("\"elicitation\":{}", ""));
    let session = begun.header("mcp-session-id").unwrap();
    let policy = policy_of(0);
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() });
    let cases = proptest::collection::vec((headers(), line()), 1..4);
    let outcome = runner.run(&cases, |lines| {
        for (more, line) in lines {
            upstream.taken();
            let headers = [&[("mcp-session-id", session)], more.as_slice()].concat();
            let answer = listening.post(&headers, &line);
            prop_assert_ne!(answer.status, 0, "{:?}", line);
            for arrived in upstream.taken() {
                let body = &arrived.body;
                prop_assert!(!body.contains(['\r', '\n']), "{body:?}");
                for (tool, arguments) in calls(body) {
                    let text = if arguments.is_null() { "{}".to_owned() } else { arguments.to_string() };
                    prop_assert!(is_allowed(policy, &tool, &text), "{tool} {text} of {body:?}");
                }
                let json: Value = serde_json::from_str(body).unwrap();
                for (header, said) in [("mcp-method", &json["method"]), ("mcp-name", &json["params"]["name"])] {
                    if let Some(value) = arrived.header(header) {
                        prop_assert_eq!(Some(value), said.as_str(), "{:?}", arrived);
                    }
                }
            }
        }
        Ok(())
    });
    outcome.unwrap();
}

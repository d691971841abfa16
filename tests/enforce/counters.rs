//! Stores count as the evaluator does.

use std::path::Path;

use policyc_core::disk::Unreadable;
use policyc_core::eval::{Call, Evaluator, Verdict};
use policyc_core::ir::Policy;
use policyc_core::json::Json;
use policyc_core::sema::{Loader, Options, analyze};
use policyc_enforce::counters::{CounterStore, Counting, Entry, Memory, Sqlite, Sync};
use proptest::prelude::*;
use proptest::sample::select;

struct Tools;

impl Loader for Tools {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        let more = if path.ends_with("a.json") { ", {\"name\": \"read\"}" } else { "" };
        Ok(format!("{{\"tools\": [{{\"name\": \"send\"}}, {{\"name\": \"pay\"}}{more}]}}").into_bytes())
    }
}

pub(super) fn with_policy(rules: &str, check: impl FnOnce(&Policy)) {
    let text = format!("server a from \"a.json\"; server b from \"b.json\";\n{rules}");
    let analysis = analyze("p.pol", Path::new("p.pol"), &text, &Options::default(), &Tools);
    match analysis.checked.as_ref().map(|checked| checked.policies()) {
        Some([policy]) => check(policy),
        // Random limits may share a counter, which is an error.
        _ => assert!(analysis.diagnostics.iter().any(|found| found.is_error()), "{text}"),
    }
}

fn limit() -> impl Strategy<Value = String> {
    let tools = select(vec!["a::send", "b::send", "a::*", "b::*", "*", "* except b::send", "a::send, b::pay", "read"]);
    let window = select(vec!["s", "5s", "min", "day"]);
    let scope = select(vec!["", " per grant", " per server", " per caller.team"]);
    let guard = select(vec!["", "", " when args.n > 0", " unless caller.team == \"x\""]);
    let most = select(vec!["0", "1", "2", "3"]);
    let sum = select(vec!["", " of args.n", " of args.n"]);
    (tools, window, scope, guard, most, sum, any::<bool>(), 0..3_u8).prop_map(
        |(tools, window, scope, guard, most, sum, total, name)| {
            let total = if total { "total " } else { "" };
            format!("limit {total}{tools} {most}/{window}{sum}{scope}{guard} as \"n{name}\";")
        },
    )
}

pub(super) fn policy() -> impl Strategy<Value = String> {
    let others = select(vec![
        "",
        "require approval for a::send when args.n == 1;",
        "deny b::send when args.n == 2;",
        "hide b::pay;",
    ]);
    (prop::collection::vec(limit(), 1..4), others)
        .prop_map(|(limits, other)| format!("allow *;\n{}\n{other}", limits.join("\n")))
}

/// A call as JSON, and its time.
pub(super) fn one(times: Vec<i64>) -> impl Strategy<Value = Made> {
    let server = select(vec![Some("a"), Some("b"), None, None, Some("c")]);
    let tool = select(vec!["send", "send", "pay", "read", "other"]);
    let amount = select(vec![
        "",
        "\"n\": 1",
        "\"n\": 1.0",
        "\"n\": 0.1",
        "\"n\": -1",
        "\"n\": \"1\"",
        "\"n\": 2",
        "\"n\": 1e9999",
    ]);
    let claim = select(vec![
        "{}",
        "{\"team\": null}",
        "{\"team\": [1]}",
        "{\"team\": 1}",
        "{\"team\": 1.00}",
        "{\"team\": \"1\"}",
        "{\"team\": true}",
        "{\"team\": \"true\"}",
        "{\"team\": \"x\"}",
    ]);
    let grant = select(vec![None, Some(""), Some("x")]);
    (server, tool, amount, claim, grant, select(times), any::<bool>()).prop_map(
        |(server, tool, amount, claim, grant, at, approved)| {
            (server, tool, format!("{{{amount}}}"), claim.to_owned(), grant, at, approved)
        },
    )
}

/// Times within the windows that are remembered.
pub(super) const NEAR: [i64; 7] = [86_390, 86_391, 86_399, 86_400, 86_401, 86_410, 86_450];

/// Times of which stores forget some.
pub(super) const ANYWHERE: [i64; 10] = [-70, 0, 1, 63, 64, 65, 130, 4_000, 90_000, 9_000_000];

/// Asks a store as a gate does.
pub(super) fn ask(
    store: &mut dyn CounterStore,
    evaluator: &Evaluator<'_>,
    call: &Call<'_>,
) -> (Verdict, String, String) {
    let considered = evaluator.consider(call);
    let entries: Vec<Entry<'_>> = considered.demands().iter().map(|demand| Entry::new("p", demand)).collect();
    let counting = match considered.within_limits().verdict {
        Verdict::Allow => Counting::Once,
        _ => Counting::Never,
    };
    let room = store.take(&entries, counting, call.at).unwrap();
    let decision = considered.decision(|index| room[index]);
    (decision.verdict, decision.rule().into_owned(), decision.reason().into_owned())
}

pub(super) type Made = (Option<&'static str>, &'static str, String, String, Option<&'static str>, i64, bool);

fn run(rules: &str, calls: &[Made], exact: bool) {
    let folder = tempfile::tempdir().unwrap();
    compare(rules, calls, exact, &mut Sqlite::at(folder.path().join("counters.db"), Sync::default()));
}

/// Asks the evaluator, counters in memory, and another store about the same calls.
pub(super) fn compare(rules: &str, calls: &[Made], exact: bool, other: &mut dyn CounterStore) {
    with_policy(rules, |policy| {
        let mut evaluator = Evaluator::new(policy);
        let mut memory = Memory::default();
        for (server, name, arguments, claims, grant, at, approved) in calls {
            let (arguments, claims) = (Json::parse(arguments).unwrap(), Json::parse(claims).unwrap());
            let call = Call {
                server: *server,
                name,
                arguments: arguments.root(),
                caller: Some(claims.root()),
                grant: *grant,
                at: *at,
                approved: *approved,
            };
            let decision = evaluator.decide(&call);
            let expected = (decision.verdict, decision.rule().into_owned(), decision.reason().into_owned());
            let found = ask(&mut memory, &evaluator, &call);
            assert_eq!(ask(other, &evaluator, &call), found, "{rules}\n{call:?}");
            if exact {
                assert_eq!(found, expected, "{rules}\n{call:?}");
            }
            assert!(found.0 >= expected.0, "{rules}\n{call:?}");
            if found.0 == Verdict::Allow {
                evaluator.count(&call);
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Clocks that step back and forth within the windows that are remembered.
    #[test]
    fn stores_decide_as_the_evaluator_does(
        rules in policy(),
        calls in prop::collection::vec(one(NEAR.to_vec()), 1..40),
    ) {
        run(&rules, &calls, true);
    }

    /// Clocks that step anywhere: a store forgets sooner, and what it has forgotten has no room.
    #[test]
    fn stores_never_let_more_pass_than_the_evaluator(
        rules in policy(),
        calls in prop::collection::vec(one(ANYWHERE.to_vec()), 1..40),
    ) {
        run(&rules, &calls, false);
    }
}

/// What identifies a counter stays the same when the policy around it changes.
#[test]
fn counts_outlive_an_edit_of_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = Json::parse("{\"n\": 1}").unwrap();
    let verdict = |rules: &str| {
        let mut verdict = None;
        with_policy(rules, |policy| {
            let mut store = Sqlite::at(folder.path().join("counters.db"), Sync::default());
            let call = Call {
                server: Some("a"),
                name: "send",
                arguments: arguments.root(),
                caller: None,
                grant: None,
                at: 0,
                approved: false,
            };
            verdict = Some(ask(&mut store, &Evaluator::new(policy), &call).0);
        });
        verdict.expect("a policy")
    };
    assert_eq!(verdict("allow *; limit a::send 2/day;"), Verdict::Allow);
    // Another statement in front, a condition and a lower maximum.
    assert_eq!(verdict("allow *; deny b::pay; limit a::send 1/day when args.n > 0;"), Verdict::Deny);
    assert_eq!(verdict("allow *; deny b::pay; limit a::send 2/day;"), Verdict::Allow);
    assert_eq!(verdict("allow *; limit a::send 2/day;"), Verdict::Deny);
    // Another window, scope, sum or name is another limit.
    for other in ["2/hour", "2/day per server", "2/day of args.n", "2/day as \"other\""] {
        assert_eq!(verdict(&format!("allow *; limit a::send {other};")), Verdict::Allow, "{other}");
    }
    // Two shared counters of one name are two.
    let shared = "allow *; limit total b::send, b::pay 1/day as \"t\"; limit total a::send, read 1/day as \"t\";";
    assert_eq!(verdict(shared), Verdict::Allow);
    assert_eq!(verdict(shared), Verdict::Deny);
}

#[test]
fn windows_that_are_over_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counters.db");
    let arguments = Json::parse("{}").unwrap();
    with_policy("allow *; limit * 1/s per grant;", |policy| {
        let evaluator = Evaluator::new(policy);
        let mut store = Sqlite::at(path.clone(), Sync::default());
        for second in 0..200 {
            let call = Call {
                server: Some("a"),
                name: "send",
                arguments: arguments.root(),
                caller: None,
                grant: None,
                at: second,
                approved: false,
            };
            assert_eq!(ask(&mut store, &evaluator, &call).0, Verdict::Allow);
        }
    });
    let connection = rusqlite::Connection::open(path).unwrap();
    let rows: i64 = connection.query_row("SELECT count(*) FROM counts", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 64);
}

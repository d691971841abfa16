//! Logs decided again: by one policy, and by two.

use std::io::Cursor;

use crate::run::Exit;
use crate::run::in_process;
use crate::support::{calls, policy_text, with_policy};
use policyc_core::decider::PolicyDecider;
use policyc_core::eval::{Evaluator, OwnedCall, Verdict};
use policyc_core::replay::{Comparison, Lines, MAX_LINE, Replay};
use proptest::prelude::*;
use serde_json::{Value, json};

const OLD: &str = "\
deny *;
allow search;
deny search when args.limit > 100 because \"Too many.\";
limit pay 2/hour;
require approval for pay when args.amount > 50;
hide drop_all;
";

const NEW: &str = "\
deny *;
allow search;
limit pay 3/hour;
require args.amount <= 80 for pay because \"Too much.\";
require approval for pay when args.amount > 50;
allow drop_all;
";

const LOG: &str = r#"{"name": "search", "arguments": {"limit": 10}, "at": "2026-01-05T10:00:00Z"}
{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}}
{"jsonrpc": "2.0", "id": 1, "result": {"a": {"b": 1, "b": 2}}}
{"jsonrpc": "2.0", "method": "notifications/initialized"}

{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "search", "arguments": {"limit": 500}, "_meta": {}}}
{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "drop_all"}}
{"name": "pay", "arguments": {"amount": 5}}
{"name": "pay", "arguments": {"amount": 60}}
{"name": "pay", "arguments": {"amount": 90}}
{"name": "pay", "arguments": {"amount": 5}}
{"name": "pay", "arguments": {"amount": 6}}
{"name": "pay", "arguments": {"amount": 5}, "grant": "other"}
{"jsonrpc": "2.0", "id": 4, "method": "tools/call", "at": "2026-01-05T11:00:00Z", "params": {"name": "pay", "arguments": {"amount": 7}}}
{"name": "tool\u001b[2J", "arguments": {}}
"#;

/// Files of these texts in a new folder.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// Replays a log that comes on standard input. `arguments` name files of the folder.
fn replay(log: &[u8], more: &[&str]) -> (Exit, String, String) {
    let folder = folder(&[("old.pol", OLD.as_bytes()), ("new.pol", NEW.as_bytes())]);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (old, new) = (path("old.pol"), path("new.pol"));
    let mut arguments = vec!["replay", &old, "--log", "-"];
    arguments.extend(more.iter().map(|argument| if *argument == "new.pol" { new.as_str() } else { argument }));
    let (exit, output, error) = in_process(&arguments, log);
    (exit, output.replace(&format!("{}/", folder.path().display()), ""), error)
}

#[test]
fn a_log_is_summed_up() {
    let (exit, output, error) = replay(LOG.as_bytes(), &[]);
    assert_eq!((exit, error.as_str()), (Exit::Fine, ""));
    insta::assert_snapshot!("summary", output);
    let (_, output, _) = replay(LOG.as_bytes(), &["--format", "json"]);
    insta::assert_snapshot!("summary_json", output);
}

#[test]
fn two_policies_are_compared() {
    let (exit, output, error) = replay(LOG.as_bytes(), &["--against", "new.pol"]);
    assert_eq!((exit, error.as_str()), (Exit::Fine, ""));
    insta::assert_snapshot!("changes", output);
    let (_, output, _) = replay(LOG.as_bytes(), &["--against", "new.pol", "--format", "json"]);
    insta::assert_snapshot!("changes_json", output);
}

/// Lines that are no calls, and why.
const MALFORMED: &[(&str, &str)] = &[
    ("{\"name\": \"pay\"", "Not JSON"),
    ("[]", "The batch is empty"),
    ("[{\"name\": \"pay\"}]", "which have a `method`"),
    ("5", "A call is a JSON object"),
    ("{\"arguments\": {}}", "needs \"name\""),
    ("{\"name\": \"pay\", \"arguments\": null}", "\"arguments\" is null"),
    ("{\"name\": \"pay\", \"approved\": 1}", "\"approved\" is a number"),
    ("{\"name\": \"pay\", \"name\": \"search\", \"arguments\": {}}", "An object has a duplicate key"),
    ("{\"jsonrpc\": \"1.0\", \"id\": 1, \"method\": \"tools/call\"}", "not JSON-RPC 2.0"),
    ("{\"jsonrpc\": \"2.0\", \"id\": 1}", "A call has no \"jsonrpc\""),
    ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": 5}", "not a string"),
    ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\"}", "needs `params`"),
    ("{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/call\", \"params\": {}}", "needs \"name\""),
    (
        "{\"jsonrpc\": \"2.0\", \"method\": \"tools/call\", \"params\": {\"name\": \"pay\", \"arguments\": null}}",
        "\"arguments\" is null",
    ),
    (
        "{\"jsonrpc\": \"2.0\", \"method\": \"ping\", \"m\\u0065thod\": \"tools/call\", \"params\": {\"name\": \"pay\"}}",
        "The message has a duplicate key",
    ),
    (
        "{\"jsonrpc\": \"2.0\", \"method\": \"tools/call\", \"params\": {\"name\": \"pay\", \"arguments\": {\"a\": 1, \"a\": 2}}}",
        "An object has a duplicate key",
    ),
    (
        "{\"jsonrpc\": \"2.0\", \"method\": \"tools/call\", \"at\": \"noon\", \"params\": {\"name\": \"pay\"}}",
        "not a time",
    ),
    ("{\"name\": \"\\ud800\", \"arguments\": {}}", "Not JSON"),
];

#[test]
fn a_line_that_is_no_call_is_reported_and_denied() {
    for (line, reason) in MALFORMED {
        let log = format!("{{\"name\": \"search\", \"arguments\": {{}}}}\r\n\n{line}\n");
        let (exit, output, error) = replay(log.as_bytes(), &["--format", "json"]);
        assert_eq!(exit, Exit::Failure, "{line}");
        assert!(error.starts_with("policyc: <stdin>:3: ") && error.contains(reason), "{line}: {error}");
        let document: Value = serde_json::from_str(&output).unwrap();
        assert_eq!(document["malformed"]["count"], 1);
        assert_eq!(document["malformed"]["first"][0]["line"], 3);
        assert_eq!((&document["calls"], &document["deny"], &document["allow"]), (&json!(2), &json!(1), &json!(1)));
        let (exit, _, error) = replay(log.as_bytes(), &["--against", "new.pol"]);
        assert!(exit == Exit::Failure && error.contains(reason), "{line}: {error}");
    }
    let (exit, _, error) = replay(b"\xff\n{}\n", &[]);
    assert!(exit == Exit::Failure && error.contains(":1: Not UTF-8."), "{error}");
    let (_, output, error) = replay("x\n".repeat(100).as_bytes(), &[]);
    assert!(error.lines().count() == 21 && error.ends_with("80 more such lines\n"), "{error}");
    assert!(output.contains("100 calls (100 lines malformed, denied)"), "{output}");
}

/// Wherever a log is cut off, its whole lines count, and a part of one is told.
#[test]
fn a_log_may_be_cut_off() {
    let log =
        "{\"name\": \"search\", \"arguments\": {\"q\": \"é\"}}\n{\"name\": \"pay\", \"arguments\": {\"q\": \"é\"}}\n";
    let first = log.find('\n').unwrap() + 1;
    for end in 0..=log.len() {
        let (exit, output, error) = replay(&log.as_bytes()[..end], &["--format", "json"]);
        let document: Value = serde_json::from_str(&output).unwrap();
        let whole = [0, first - 1, first, log.len() - 1, log.len()].contains(&end);
        assert_eq!(exit, if whole { Exit::Fine } else { Exit::Failure }, "{end}");
        assert_eq!(error.contains("The log ends in the middle of the line."), !whole, "{end}: {error}");
        let calls = usize::from(end > 0) + usize::from(end > first);
        assert_eq!(document["calls"], calls, "{end}");
    }
}

#[test]
fn long_lines_are_passed_over() {
    let mut log = vec![b'x'; MAX_LINE + 100];
    log.extend(b"\n{\"name\": \"search\", \"arguments\": {}}\n");
    let mut lines = Lines::new(Cursor::new(&log));
    let first = lines.next_line().unwrap().unwrap();
    assert_eq!((first.number, first.length, first.ended), (1, MAX_LINE as u64 + 101, false));
    assert!(first.bytes.len() <= MAX_LINE + 1);
    assert_eq!(lines.next_line().unwrap().unwrap().number, 2);
    assert!(lines.next_line().unwrap().is_none());
    let (exit, output, error) = replay(&log, &[]);
    assert!(exit == Exit::Failure && error.contains(":1: The line is longer than 64 MiB."), "{error}");
    assert!(output.contains("search"), "{output}");
}

#[test]
fn files_and_policies_that_fail() {
    let folder = folder(&[
        ("bad.pol", b"deny"),
        ("good.pol", b"deny *; allow search;"),
        ("two.pol", b"deny *; policy a { allow search; } policy b { allow pay; }"),
        ("log.jsonl", LOG.as_bytes()),
    ]);
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (bad, good, two, log, none) =
        (path("bad.pol"), path("good.pol"), path("two.pol"), path("log.jsonl"), path("none"));
    let cases: &[(&[&str], Exit, &str)] = &[
        (&[&good, "--log", &log], Exit::Fine, ""),
        (&[&bad, "--log", &log], Exit::Findings, "error["),
        (&[&good, "--log", &log, "--against", &bad], Exit::Findings, "error["),
        (&[&good, "--log", &none], Exit::Failure, "there is no such file"),
        (&[&none, "--log", &log], Exit::Failure, "there is no such file"),
        (&[&good, "--log", folder.path().to_str().unwrap()], Exit::Failure, "it is a folder"),
        (&["-", "--log", "-"], Exit::Failure, "standard input"),
        (&[&good, "--log", "-", "--against", "-"], Exit::Failure, "standard input"),
        (&[&two, "--log", &log], Exit::Failure, "--policy NAME"),
        (&[&two, "--log", &log, "--policy", "a"], Exit::Fine, ""),
        (&[&two, "--log", &log, "--policy", "b", "--against", &good], Exit::Fine, ""),
        (&[&two, "--log", &log, "--policy", "c"], Exit::Findings, "no policy `c`"),
    ];
    for (arguments, wanted, message) in cases {
        let line: Vec<&str> = ["replay"].iter().chain(*arguments).copied().collect();
        let (exit, _, error) = in_process(&line, b"");
        assert_eq!(exit, *wanted, "{arguments:?}: {error}");
        assert!(if message.is_empty() { error.is_empty() } else { error.contains(message) }, "{arguments:?}: {error}");
    }
}

/// A log that names any number of tools takes no more room for each.
#[test]
fn rows_are_bounded() {
    with_policy("allow *;", |policy| {
        let decider = PolicyDecider::new(policy);
        let mut replay = Replay::new(&decider);
        let mut log = String::new();
        for index in 0..10_100 {
            log.push_str(&format!("{{\"name\": \"tool{index}\", \"arguments\": {{}}}}\n"));
        }
        log.push_str(&format!("{{\"name\": \"{}\", \"arguments\": {{}}}}\n", "x".repeat(1_000)));
        let mut lines = Lines::new(log.as_bytes());
        while let Some(line) = lines.next_line().unwrap() {
            replay.line(&line);
        }
        prop_assert_eq!(replay.tools.iter().count(), 10_001);
        prop_assert_eq!(
            replay.tools.iter().last().map(|(tool, row)| (tool, row.count(Verdict::Allow))),
            Some((None, 101))
        );
        Ok(())
    })
    .unwrap();
}

fn log_of(calls: &[(String, String, &'static str, i64)]) -> String {
    let line = |(name, arguments, grant, at): &(String, String, &str, i64)| {
        let (hours, minutes, seconds) = (at / 3_600 % 24, at / 60 % 60, at % 60);
        let at = format!("1970-01-{:02}T{hours:02}:{minutes:02}:{seconds:02}Z", at / 86_400 + 1);
        format!("{{\"name\": \"{name}\", \"arguments\": {arguments}, \"grant\": \"{grant}\", \"at\": \"{at}\"}}\n")
    };
    calls.iter().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Sums are those of the decisions one by one, and changes those of two lists of decisions.
    #[test]
    fn sums_are_right(old in policy_text(), new in policy_text(), calls in calls()) {
        let log = log_of(&calls);
        let decide = |evaluator: &mut Evaluator<'_>| -> Vec<Verdict> {
            log.lines().map(|line| evaluator.call(&OwnedCall::parse(line).unwrap().at(0)).verdict).collect()
        };
        with_policy(&old, |old| with_policy(&new, |new| {
            let (left, right) = (PolicyDecider::new(old), PolicyDecider::new(new));
            let (mut replay, mut same, mut comparison) =
                (Replay::new(&left), Comparison::new(&left, &left), Comparison::new(&left, &right));
            let mut lines = Lines::new(log.as_bytes());
            while let Some(line) = lines.next_line().unwrap() {
                replay.line(&line);
                same.line(&line);
                comparison.line(&line);
            }
            let (before, after) = (decide(&mut Evaluator::new(old)), decide(&mut Evaluator::new(new)));
            for verdict in [Verdict::Allow, Verdict::Approval, Verdict::Deny] {
                let count = before.iter().filter(|found| **found == verdict).count();
                prop_assert_eq!(replay.count(verdict), count as u64);
                let rows: u64 = replay.tools.iter().map(|(_, row)| row.count(verdict)).sum();
                prop_assert_eq!(rows, count as u64);
            }
            prop_assert_eq!(same.changed(), 0);
            let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
            prop_assert_eq!(comparison.changed(), changed as u64);
            for (tool, changes) in comparison.tools.iter() {
                for change in changes.iter() {
                    // The example is the first such call of that tool.
                    let index = usize::try_from(change.first_line).unwrap() - 1;
                    prop_assert_eq!((change.from.verdict, change.to.verdict), (before[index], after[index]));
                    prop_assert_eq!(&tool.unwrap().name, &calls[index].0);
                    prop_assert_eq!(change.call.as_deref(), log.lines().nth(index));
                    let earlier = (0..index).any(|index| calls[index].0 == tool.unwrap().name
                        && (before[index], after[index]) == (change.from.verdict, change.to.verdict));
                    prop_assert!(!earlier);
                }
            }
            Ok(())
        }))?;
    }
}

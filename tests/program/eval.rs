//! `policyc eval`: answers, malformed lines, traces.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use policyc::{Exit, Streams, run};

const POLICY: &str = r#"deny * because "Closed.";
allow refund when args.amount <= 100 and args.currency in ["EUR", "USD"];
limit refund 2/hour per caller.team;
limit refund 500/day of args.amount;
deny refund when args.note contains "x" or caller.role == "bot";
require length(args.note) < 5 for refund;
require approval for refund when args.amount > 50;
hide drop;
"#;

/// Exit status, standard output and standard error.
fn eval(folder: &Path, arguments: &[&str], input: &[u8]) -> (Exit, String, String) {
    std::fs::write(folder.join("policy.pol"), POLICY).unwrap();
    let policy = folder.join("policy.pol");
    let (mut output, mut error) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        input: &mut &*input,
        output: &mut output,
        error: &mut error,
        colour_output: false,
        colour_error: false,
        progress: false,
        width: 100,
    };
    let command = ["policyc", "eval", policy.to_str().unwrap()].into_iter().chain(arguments.iter().copied());
    let exit = run(command.map(Into::into), &mut streams);
    (exit, String::from_utf8(output).unwrap(), String::from_utf8(error).unwrap())
}

#[test]
fn a_malformed_line_is_told_and_the_rest_decided() {
    let folder = tempfile::tempdir().unwrap();
    let input = b"{\"name\": \"drop\", \"arguments\": {}}\n\nnonsense\r\n\xff\xfe\n\
        {\"name\": \"drop\", \"name\": \"drop\", \"arguments\": {}}\n{\"name\": \"other\", \"arguments\": {}}";
    let (exit, output, error) = eval(folder.path(), &["--calls", "-"], input);
    assert_eq!(exit, Exit::Failure);
    let rules: Vec<&str> = output.lines().map(|line| line.split('\t').nth(1).unwrap()).collect();
    assert_eq!(rules, ["(hidden)", "(malformed)", "(malformed)", "(malformed)", "(default deny)"]);
    let lines: Vec<&str> = error.lines().map(|line| line.split(" is malformed: ").next().unwrap()).collect();
    assert_eq!(lines, ["policyc: line 3", "policyc: line 4", "policyc: line 5"]);

    let (exit, output, error) = eval(folder.path(), &["--call", "{}"], b"");
    assert_eq!((exit, error.as_str()), (Exit::Failure, ""));
    assert!(output.starts_with("deny\t(malformed)\t"), "{output}");
    let (exit, _, error) = eval(folder.path(), &["--call", r#"{"name": "drop", "arguments": {}}"#], b"");
    assert_eq!((exit, error.as_str()), (Exit::Fine, ""));
}

#[test]
fn a_line_without_end_costs_no_more_than_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut input = vec![b' '; 70 << 20];
    input.extend(b"\n{\"name\": \"drop\", \"arguments\": {}}\n");
    let (exit, output, error) = eval(folder.path(), &["--calls", "-"], &input);
    assert_eq!(exit, Exit::Failure);
    assert_eq!(output.lines().count(), 2);
    assert!(output.lines().last().unwrap().starts_with("deny\t(hidden)"), "{output}");
    assert_eq!(error, "policyc: line 1 is malformed: Longer than 64 MiB.\n");
}

#[test]
fn an_answer_comes_before_the_next_call() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.pol"), POLICY).unwrap();
    let mut child = Command::new(crate::run::BIN)
        .args(["eval", "policy.pol", "--calls", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for _ in 0..3 {
        input.write_all(b"{\"name\": \"drop\", \"arguments\": {}}\n").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "deny\t(hidden)\tThe tool drop is hidden.\n");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// Calls whose traces between them show every kind of sentence.
const TRACED: &str = r#"
{"name":"refund","arguments":{"amount":150,"currency":"EUR"}}
{"name":"refund","arguments":{"amount":40,"currency":"EUR","note":"abc"}}
{"name":"refund","arguments":{"amount":"40","currency":"EUR","note":"abcx"}}
{"name":"refund","arguments":{"amount":51,"currency":"EUR","note":""},"caller":{"role":"person"}}
{"name":"refund","arguments":{"amount":1,"currency":"EUR","note":"ab\tcdef"}}
{"name":"refund","arguments":{"amount":1,"currency":"EUR","note":""},"at":"2026-03-01T10:20:30Z"}
{"name":"refund","arguments":{"amount":1,"currency":"EUR","note":""}}
{"name":"refund","arguments":{"amount":1,"currency":"EUR","note":""}}
{"name":"drop","arguments":{}}
{"name":"other","arguments":{}}
nonsense
"#;

#[test]
fn a_trace_says_what_every_rule_says() {
    let folder = tempfile::tempdir().unwrap();
    let (exit, output, _) = eval(folder.path(), &["--calls", "-", "--trace"], TRACED.as_bytes());
    assert_eq!(exit, Exit::Failure);
    insta::assert_snapshot!(format!("{POLICY}\n{TRACED}\n{output}"));

    let (_, plain, _) = eval(folder.path(), &["--calls", "-"], TRACED.as_bytes());
    let answers: Vec<&str> = output.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(answers, plain.lines().collect::<Vec<_>>(), "a trace changes no answer");
}

#[test]
fn json_carries_the_same_trace() {
    let folder = tempfile::tempdir().unwrap();
    let (_, output, _) = eval(folder.path(), &["--calls", "-", "--trace", "--json"], TRACED.as_bytes());
    let answers: Vec<serde_json::Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 11);
    insta::assert_snapshot!(format!("{POLICY}\n{:#}\n{:#}", answers[0], answers[10]));
    for answer in &answers[..10] {
        let tool = &answer["trace"]["tools"][0];
        assert_eq!(tool["decision"], answer["decision"]);
        assert_eq!(tool["rules"].as_array().unwrap().iter().any(|rule| rule["decides"] == true), {
            let rule = answer["rule"].as_str().unwrap_or_default();
            !rule.is_empty() && !["(default deny)", "(not allowed)"].contains(&rule)
        });
    }
    assert_eq!(answers[2]["trace"]["tools"][0]["rules"][0]["condition"]["because"][0]["other_type"], "string");
    let left: Vec<&serde_json::Value> =
        answers.iter().map(|answer| &answer["trace"]["tools"][0]["rules"][1]["limit"]["left"]).collect();
    assert_eq!(left[..8], ["2", "2", "1", "1", "1", "2", "1", "0"]);
}

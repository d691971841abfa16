//! Answers that are shown are exact, and what was not looked at is never taken for "no".

use crate::run::Exit;
use crate::run::in_process;
use serde_json::Value;

/// Files in a folder, and a command line run beside them: `{}` is the folder.
fn run(files: &[(&str, &str)], line: &[&str]) -> (Exit, String, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let place = |word: &&str| word.replace("{}", &folder.path().display().to_string());
    let line: Vec<String> = line.iter().map(place).collect();
    let line: Vec<&str> = line.iter().map(String::as_str).collect();
    in_process(&line, b"")
}

/// What `can` says, and the calls that it shows.
fn can(policy: &str, catalogue: &str, question: &str) -> (String, Vec<String>) {
    let files = [("p.pol", policy), ("c.json", catalogue)];
    let (_, output, error) = run(&files, &["can", "{}/p.pol", question, "--format", "json"]);
    let answer: Value = serde_json::from_str(&output).unwrap_or_else(|_| panic!("{question}: {error}"));
    let policy = &answer["policies"][0];
    let groups = policy["groups"].as_array().unwrap();
    let calls = groups.iter().filter_map(|group| group["call"]["text"].as_str()).map(str::to_owned).collect();
    (policy["answer"].as_str().unwrap().to_owned(), calls)
}

#[test]
fn numbers_of_an_example_are_exact() {
    for (question, n) in [
        ("t when args.n == 0.30000000000000000001", "0.30000000000000000001"),
        ("t when args.n > 18446744073709551615 and args.n < 18446744073709551617", "18446744073709551616"),
        ("t when args.n == 1e400", "1e400"),
    ] {
        let (answer, calls) = can("allow *; allow t;", "{}", question);
        let [call] = calls.as_slice() else { panic!("{question}: {calls:?}") };
        assert_eq!(answer, "yes");
        let json = policyc_core::json::Json::parse(call).unwrap();
        let found = json.root().get("arguments").and_then(|arguments| arguments.get("n")).and_then(|n| n.as_number());
        assert_eq!(found, policyc_core::decimal::Decimal::parse(n), "{call}");
    }
}

/// What real mail servers take: recipients as an array of objects within objects.
const MAIL: &str = r##"{"tools": [{"name": "send_mail", "inputSchema": {"type": "object", "required": ["message"], "properties": {
    "message": {"type": "object", "required": ["toRecipients"], "properties": {
        "subject": {"type": "string"},
        "toRecipients": {"type": "array", "items": {"type": "object", "required": ["emailAddress"], "properties": {
            "emailAddress": {"type": "object", "required": ["address", "name"], "properties": {
                "address": {"type": "string"}, "name": {"type": "string"}}}}}}}},
    "saveToSentItems": {"type": "boolean"}}}}]}"##;

#[test]
fn examples_of_elements_are_small_and_valid() {
    let policy = "server m from \"c.json\"; deny *; allow send_mail;";
    let to = "args.message.toRecipients[*].emailAddress.address";
    let row = |inner: &str| {
        format!(r#"{{"name": "send_mail", "arguments": {{"message": {{"toRecipients": [{inner}]}}}}, "server": "m"}}"#)
    };
    let one = |address: &str| format!(r#"{{"emailAddress": {{"address": "{address}", "name": ""}}}}"#);
    for (condition, rows) in [
        (format!("every {to} like \"*@acme.com\""), String::new()),
        (format!("not every {to} like \"*@acme.com\""), one("")),
        (format!("every {to} like \"*@acme.com\" and some {to} like [\"a*\", \"b*\"]"), one("b@acme.com")),
        (format!("some {to} like \"*@acme.com\""), one("@acme.com")),
        (format!("some {to} == \"a\" and some {to} == \"b\""), format!("{}, {}", one("a"), one("b"))),
        (format!("every {to} == \"a\" and length(args.message.toRecipients) >= 2"), format!("{0}, {0}", one("a"))),
    ] {
        let (answer, calls) = can(policy, MAIL, &format!("send_mail when {condition}"));
        assert_eq!((answer.as_str(), calls), ("yes", vec![row(&rows)]), "{condition}");
    }
    let never = format!("send_mail when every {to} == \"a\" and some {to} == \"b\"");
    assert_eq!(can(policy, MAIL, &never).0, "no");
}

#[test]
fn a_question_about_no_tool_is_not_answered() {
    let policy = "server m from \"c.json\"; deny *; allow send_mail;";
    let files = [("p.pol", policy), ("c.json", MAIL)];
    for expected in ["yes", "no"] {
        let (exit, output, _) = run(&files, &["can", "{}/p.pol", "@financial", "--expect", expected]);
        assert_eq!(exit, Exit::Findings, "{output}");
        assert!(output.starts_with("no tool: "), "{output}");
    }
    assert_eq!(can(policy, MAIL, "@financial").0, "no tool");
    assert_eq!(run(&files, &["can", "{}/p.pol", "@financial"]).0, Exit::Fine);
    // An assertion about no tool says so.
    let assert = format!("{policy} assert deny @financial;");
    let (_, output, error) = run(&[("p.pol", &assert), ("c.json", MAIL)], &["check", "{}/p.pol"]);
    assert!(format!("{output}{error}").contains("empty-set"), "{output}{error}");
}

/// A policy that denies one pattern, and a condition with another: to compare the two is more than the budget.
const POLICY: &str = "allow *; deny t when args.s matches \"(a|b)*a(a|b){40}\";";
const HARD: &str = "args.s matches \"(a|b)*a(a|b){40}|(a|b)*b(a|b){40}\"";

#[test]
fn what_is_too_much_work_is_undecided() {
    let question = format!("t when {HARD}");
    let (answer, calls) = can(POLICY, "{}", &question);
    assert_eq!((answer.as_str(), calls.len()), ("undecided", 0));
    for expected in ["yes", "no"] {
        let (exit, ..) = run(&[("p.pol", POLICY)], &["can", "{}/p.pol", &question, "--expect", expected]);
        assert_eq!(exit, Exit::Findings);
    }
    let assertion = format!("{POLICY} assert deny {question};");
    let (exit, output, error) = run(&[("p.pol", &assertion)], &["check", "{}/p.pol"]);
    assert!(format!("{output}{error}").contains("assertion-undecided"), "{output}{error}");
    assert_eq!(exit, Exit::Findings);
    let stricter = format!("allow *; deny {question};");
    let (exit, output, _) = run(&[("a.pol", &stricter), ("b.pol", POLICY)], &["diff", "{}/a.pol", "{}/b.pol"]);
    assert_eq!(exit, Exit::Findings);
    assert!(output.contains(": undecided"), "{output}");
}

/// What `check --assertions` says of a document.
fn checked(assertion: &str, name: &str, document: &str) -> (Exit, String) {
    let (exit, output, error) = run(
        &[("base.pol", assertion), (name, document)],
        &["check", "--assertions", "{}/base.pol", &format!("{{}}/{name}")],
    );
    (exit, format!("{output}{error}"))
}

#[test]
fn numbers_between_doubles_show_nothing_of_a_document() {
    let open = r#"{"version": "1", "default": "allow"}"#;
    for assertion in ["args.n > 1 and args.n < 1.0000000000000002", "some args.n != 1e21"] {
        let (exit, said) = checked(&format!("assert deny t when {assertion};"), "d.json", open);
        assert_eq!(exit, Exit::Findings, "{said}");
        assert!(said.contains("assertion-undecided") && !said.contains("assertion-fails"), "{said}");
    }
    // As doubles the two bounds are one number.
    let none = "some args.n != 1e21 and every args.n >= 1e21 and every args.n < 1000000000000000000002";
    assert_eq!(checked(&format!("assert deny t when {none};"), "d.json", open).0, Exit::Fine);
    let (_, said) = checked("assert deny t when args.n > 1;", "d.json", open);
    assert!(said.contains("assertion-fails"), "{said}");
}

#[test]
fn scalars_of_a_document_are_those_of_its_gateway() {
    let document = |operator: &str, value: &str| {
        format!(
            "version: \"1\"\ndefault: allow\ntools:\n  t:\n    rules:\n      - name: x\n        \
             conditions: [{{path: args.n, op: {operator}, value: {value}}}]\n"
        )
    };
    for (assertion, operator, value) in
        [("args.n < 10", "gte", "010"), ("args.n == \"0b11\"", "neq", "0b11"), ("args.n == 1000", "eq", "1_000")]
    {
        let (exit, said) = checked(&format!("assert deny t when {assertion};"), "d.yaml", &document(operator, value));
        assert_eq!(exit, Exit::Findings, "{value}: {said}");
        assert!(said.contains("assertion-fails"), "{value}: {said}");
    }
    for refused in ["2026-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "0xfffffffffffffffff"] {
        let (exit, said) = checked("assert deny t when args.n == 1;", "d.yaml", &document("neq", refused));
        assert_eq!(exit, Exit::Failure, "{refused}: {said}");
    }
    let (exit, said) =
        checked("assert deny t when args.n == \"2026-01-01\";", "d.yaml", &document("neq", "\"2026-01-01\""));
    assert_eq!(exit, Exit::Fine, "{said}");
}

#[test]
fn a_call_without_a_server_counts_once_in_a_total() {
    let policy = "server alpha from \"a.json\"; server beta from \"b.json\"; allow *; limit total * 3/day;";
    let catalogue = r#"{"tools": [{"name": "t", "inputSchema": {"type": "object"}}]}"#;
    let calls = "{\"name\": \"t\"}\n".repeat(4);
    let files = [("p.pol", policy), ("a.json", catalogue), ("b.json", catalogue), ("calls.jsonl", &calls)];
    let (_, output, error) = run(&files, &["eval", "{}/p.pol", "--calls", "{}/calls.jsonl"]);
    let verdicts: Vec<&str> = output.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
    assert_eq!(verdicts, ["allow", "allow", "allow", "deny"], "{output}{error}");
}

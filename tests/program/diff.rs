//! `policyc diff` from outside.
//!
//! `tests/fixtures/diff/NAME.old.pol` and `NAME.new.pol` are compared, and snapshots show what people and pull requests are told;
//! a new pair of files is a new test.

use crate::run::{Exit, in_process};

fn fixture(name: &str) -> String {
    let path = crate::support::root().join("tests/fixtures/diff").join(name);
    path.to_str().unwrap().to_owned()
}

/// What a command prints, with the place of the fixtures left out.
fn printed(arguments: &[&str]) -> (Exit, String) {
    let (exit, output, error) = in_process(arguments, b"");
    assert_eq!(error, "", "{arguments:?}");
    let folder = format!("{}/", crate::support::root().join("tests/fixtures/diff").to_str().unwrap());
    (exit, output.replace(&folder, ""))
}

#[test]
fn pairs_of_policies() {
    insta::glob!("../fixtures/diff", "*.old.pol", |path| {
        let old = path.to_str().unwrap();
        let new = old.replace(".old.pol", ".new.pol");
        let ways = ["human", "markdown"].map(|format| printed(&["diff", old, &new, "--format", format]).1);
        insta::assert_snapshot!("pair", ways.join("\n=====\n\n"));
    });
}

#[test]
fn two_catalogues_under_one_policy() {
    let [policy, old, new] = ["mail.pol", "mail-1.json", "mail-2.json"].map(fixture);
    let arguments = ["diff", &policy, "--catalogue-old", &old, "--catalogue-new", &new];
    let ways = ["human", "markdown"].map(|format| printed(&[&arguments[..], &["--format", format]].concat()));
    assert_eq!(ways[0].0, Exit::Findings);
    insta::assert_snapshot!("catalogues", format!("{}\n=====\n\n{}", ways[0].1, ways[1].1));
    let json: serde_json::Value = serde_json::from_str(&printed(&[&arguments[..], &["--json"]].concat()).1).unwrap();
    insta::assert_snapshot!("catalogues_json", format!("{json:#}"));
    // Back again, what was added is removed, and the other way round.
    let back = printed(&["diff", &policy, "--catalogue-old", &new, "--catalogue-new", &old]).1;
    assert!(back.contains("removed: delete_thread") && back.contains("added: list_labels"), "{back}");
    let same = printed(&["diff", &policy, "--catalogue-old", &new, "--catalogue-new", &new]);
    assert!(same.0 == Exit::Fine && same.1.contains(": same\n"), "{}", same.1);
}

#[test]
fn a_catalogue_that_breaks_the_policy_is_undecided() {
    let [policy, old, new] = ["breaks.pol", "mail-1.json", "mail-2.json"].map(fixture);
    let (exit, text) = printed(&["diff", &policy, "--catalogue-old", &old, "--catalogue-new", &new]);
    assert_eq!(exit, Exit::Findings);
    assert!(text.contains(": undecided\n") && text.contains("error[P201 unknown-tool]"), "{text}");
    assert!(text.contains("likely renamed: get_mail to get_message"), "{text}");
}

/// Runs `policyc diff` on texts, each with the name of its file.
fn run(files: &[(&str, &str)], arguments: &[&str]) -> (Exit, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let is_file = |argument: &&str| files.iter().any(|(name, _)| name == argument);
    let full: Vec<String> = arguments
        .iter()
        .map(|argument| match is_file(argument) {
            true => folder.path().join(argument).to_str().unwrap().to_owned(),
            false => (*argument).to_owned(),
        })
        .collect();
    let full: Vec<&str> = ["diff"].into_iter().chain(full.iter().map(String::as_str)).collect();
    let (exit, output, error) = in_process(&full, b"");
    (exit, output + &error)
}

#[test]
fn exit_status() {
    let files = [
        ("a.pol", "deny *; allow t;"),
        ("b.pol", "deny *;"),
        ("c.pol", "deny *; allow u;"),
        ("e.pol", "allow t when;"),
    ];
    let cases = [
        (["a.pol", "a.pol"], [Exit::Fine; 4]),
        (["a.pol", "b.pol"], [Exit::Fine, Exit::Findings, Exit::Findings, Exit::Fine]),
        (["b.pol", "a.pol"], [Exit::Findings, Exit::Fine, Exit::Findings, Exit::Fine]),
        (["a.pol", "c.pol"], [Exit::Findings, Exit::Findings, Exit::Findings, Exit::Fine]),
        (["a.pol", "e.pol"], [Exit::Findings; 4]),
        (["a.pol", "none.pol"], [Exit::Failure; 4]),
    ];
    for (sides, exits) in cases {
        for (fail_on, exit) in ["looser", "tighter", "any", "never"].into_iter().zip(exits) {
            let (found, text) = run(&files, &[sides[0], sides[1], "--fail-on", fail_on]);
            assert_eq!(found, exit, "{sides:?} {fail_on}: {text}");
        }
    }
    assert_eq!(run(&files, &["a.pol", "b.pol"]).0, Exit::Fine);
    assert_eq!(run(&files, &["b.pol", "a.pol"]).0, Exit::Findings);
}

#[test]
fn policies_of_several_blocks_are_compared_by_name() {
    let files = [
        ("a.pol", "deny *;\npolicy x { allow t; }\npolicy y { allow u; }\n"),
        ("b.pol", "deny *;\npolicy z { allow t; }\npolicy y { allow u; allow v; }\n"),
        ("one.pol", "deny *; allow u;"),
    ];
    let (exit, text) = run(&files, &["a.pol", "b.pol"]);
    assert_eq!(exit, Exit::Findings);
    for line in ["Policy z is new; it cannot be compared.", "Policy x is gone; it cannot be compared."] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("v: looser"), "{text}");
    assert_eq!(run(&files, &["a.pol", "b.pol", "--policy", "y", "--fail-on", "tighter"]).0, Exit::Fine);
    assert_eq!(run(&files, &["one.pol", "a.pol", "--policy", "y", "--fail-on", "any"]).0, Exit::Fine);
}

#[test]
fn documents_of_gateways_stand_on_either_side() {
    let folder = crate::support::root().join("examples/just_facebook");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let [policy, hosted, intercept] =
        ["just_facebook.pol", "just_facebook.policylayer.json", "just_facebook.intercept.yaml"].map(path);
    for (old, new, exit, verdict) in [
        (&policy, &hosted, Exit::Fine, "same"),
        (&hosted, &policy, Exit::Fine, "same"),
        // Intercept counts for all callers together.
        (&policy, &intercept, Exit::Fine, "tighter"),
        (&intercept, &hosted, Exit::Findings, "looser"),
    ] {
        let (found, text, error) = in_process(&["diff", old, new], b"");
        assert!(found == exit && text.contains(&format!(": {verdict}\n")), "{text}{error}");
    }
    let document = r#"{"version": "1", "default": "deny", "tools": {"t": {"require": [{"conditions": [{"path": "args.n", "op": "lte", "value": 10}], "on_deny": "no"}]}}}"#;
    let files = [("a.pol", "deny *; allow t when args.n <= 5; require approval for u;"), ("d.json", document)];
    let (exit, text) = run(&files, &["a.pol", "d.json"]);
    assert!(exit == Exit::Findings && text.contains("{\"name\": \"t\", \"arguments\": {\"n\": 10}}"), "{text}");
    assert!(text.contains("u: tighter"), "{text}");
    for (name, text) in [("d.yaml", ""), ("d.yml", "# nothing\n"), ("d.JSON", "deny *;")] {
        let (exit, said) = run(&[("a.pol", "deny *; allow t;"), (name, text)], &["a.pol", name]);
        assert!(exit == Exit::Failure && said.contains("policies end in `.pol`"), "{name}: {said}");
    }
    let (exit, text) = run(&[("d.json", "{}"), ("a.pol", "deny *;")], &["d.json", "a.pol"]);
    assert!(exit == Exit::Failure && text.contains("is no document of the target `policylayer`"), "{text}");
}

/// A document of one server counts only the calls of that server.
#[test]
fn a_limit_over_several_servers_is_kept_by_no_document_of_one() {
    let policy = "server a from \"c.json\"; server b from \"c.json\"; deny *; allow a::t, b::t; limit total * 5/day;";
    let alone = "server a from \"c.json\"; deny *; allow a::t; limit total * 5/day;";
    let document = r#"{"version": "1", "default": "deny", "tools": {"t": {}},
        "all_tools": {"limits": [{"counter": "c", "window": "day", "max": 5, "scope": "grant"}]}}"#;
    let catalogue = r#"{"tools": [{"name": "t", "inputSchema": {"type": "object"}}]}"#;
    let files = [("a.pol", policy), ("b.pol", alone), ("d.json", document), ("c.json", catalogue)];
    let (exit, text) = run(&files, &["a.pol", "d.json", "--server", "a"]);
    assert!(exit == Exit::Findings && text.contains("looser"), "{text}");
    let (exit, text) = run(&files, &["b.pol", "d.json"]);
    assert!(exit == Exit::Fine && text.contains(": same"), "{text}");
}

/// A call that waits for approval counts once it is approved, so a limit on it is a limit.
#[test]
fn limits_on_calls_that_wait_for_approval_are_compared() {
    let old = "deny *; require approval for t; limit t 5/day;";
    let mixed = "deny *; allow t; require approval for t when args.big == true; limit t 5/day";
    let cases = [
        (old.to_owned(), "deny *; require approval for t;".to_owned(), "looser"),
        ("deny *; require approval for t;".to_owned(), old.to_owned(), "tighter"),
        (format!("{mixed};"), format!("{mixed} unless args.big == true;"), "looser"),
    ];
    for (old, new, verdict) in cases {
        let files = [("a.pol", old.as_str()), ("b.pol", new.as_str())];
        let (_, text) = run(&files, &["a.pol", "b.pol"]);
        assert!(
            text.lines().next().is_some_and(|line| line.ends_with(&format!(": {verdict}"))),
            "{old}\n{new}\n{text}"
        );
    }
}

/// A side without servers counts the calls of all of them together.
#[test]
fn a_limit_of_a_tool_is_not_kept_by_one_for_each_server() {
    let old = "deny *; allow t; limit t 5/day;";
    let servers = "server a from \"c.json\"; server b from \"c.json\"; deny *;";
    let each = format!("{servers} limit a::t 5/day; limit b::t 5/day;");
    let one = format!("{servers} limit a::t 5/day;");
    let total = format!("{servers} allow a::t, b::t; limit total a::t, b::t 5/day as \"both\";");
    let catalogue = r#"{"tools": [{"name": "t", "inputSchema": {"type": "object"}}]}"#;
    for (left, right, verdict) in [
        (old, &*each, "looser"),
        (&each, old, "tighter"),
        (old, &one, "tighter"),
        (old, &total, "same"),
        (&total, old, "same"),
    ] {
        let files = [("a.pol", left), ("b.pol", right), ("c.json", catalogue)];
        let (_, text) = run(&files, &["a.pol", "b.pol"]);
        let first = text.lines().next().unwrap_or_default();
        assert!(first.ends_with(&format!(": {verdict}")), "{left}\n{right}\n{text}");
    }
}

/// A file is the same document for every command, whatever it is called.
#[test]
fn every_command_that_asks_takes_documents() {
    let folder = tempfile::tempdir().unwrap();
    let document = r#"{"version": "1", "default": "deny", "tools": {"pay": {
        "require": [{"conditions": [{"path": "args.n", "op": "lte", "value": 10}], "on_deny": "no"}],
        "limits": [{"counter": "c", "window": "hour", "max": 5, "scope": "grant"}]}}}"#;
    let log = "{\"name\": \"pay\", \"arguments\": {\"n\": 3}}\n{\"name\": \"pay\", \"arguments\": {\"n\": 30}}\n";
    let policy = "deny *; allow pay when args.n <= 30; limit pay 5/hour;";
    for (name, text) in [("d.txt", document), ("calls.jsonl", log), ("a.pol", policy)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (document, log, policy) = (path("d.txt"), path("calls.jsonl"), path("a.pol"));
    let cases: &[(&[&str], Exit, &[&str])] = &[
        (&["limits", &document], Exit::Fine, &["Document", "hour", "`/tools/pay/limits/c`"]),
        (
            &["limits", &document, "--tool", "pya"],
            Exit::Failure,
            &["the document knows no tool `pya`; did you mean `pay`"],
        ),
        (&["can", &document, "pay when args.n > 10"], Exit::Fine, &["no: no such call is allowed"]),
        (
            &["can", &document, "pay when args.n > 9"],
            Exit::Fine,
            &["yes", "{\"name\": \"pay\", \"arguments\": {\"n\": 10}}"],
        ),
        (&["can", &document, "pya"], Exit::Failure, &["has no tool `pya`; did you mean `pay`?"]),
        (&["can", &document, "pay", "--format", "json"], Exit::Fine, &["\"document\": ", "\"answer\": \"yes\""]),
        (&["replay", &document, "--log", &log], Exit::Fine, &["/tools/pay/require/args.n-lte"]),
        (
            &["replay", &policy, "--log", &log, "--against", &document],
            Exit::Fine,
            &["allow -> deny", "1 decided otherwise"],
        ),
        (&["diff", &policy, &document], Exit::Fine, &["tighter"]),
    ];
    for (arguments, wanted, texts) in cases {
        let (exit, output, error) = in_process(arguments, b"");
        let said = output + &error;
        assert_eq!(exit, *wanted, "{arguments:?}: {said}");
        texts.iter().for_each(|text| assert!(said.contains(text), "{arguments:?}: {said}"));
    }
}

/// Nothing in a policy ends the part of the Markdown that it stands in.
#[test]
fn hostile_texts_stay_texts() {
    let name = "x`y </details> <img src=x> | [a](b) @all \\u202e ``` #1";
    let old = format!("deny *; deny \"{name}\" when args.a == \"```\\n</details>\" because \"``` <script> | `\";");
    let new = format!(
        "deny *; allow \"{name}\" when args.a == \"```\\n</details>\u{202e}\"; limit \"{name}\" 1/min as \"`|\";"
    );
    let files = [("a.pol", old.as_str()), ("b.pol", new.as_str())];
    let (_, text) = run(&files, &["a.pol", "b.pol", "--format", "markdown"]);
    assert!(!text.contains('\u{202e}'), "{text}");
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            assert!(line == "  ```json" && !fenced || line == "  ```" && fenced, "{line}");
            fenced = !fenced;
        } else if !fenced {
            // Outside of code, only our own tags.
            let mut outside = String::new();
            let mut rest = line;
            while let Some(at) = rest.find('`') {
                outside.push_str(&rest[..at]);
                let ticks = rest[at..].len() - rest[at..].trim_start_matches('`').len();
                let after = &rest[at + ticks..];
                let fence = "`".repeat(ticks);
                let end = after
                    .match_indices(&fence)
                    .map(|(end, _)| end)
                    .find(|end| !after[..*end].ends_with('`') && !after[end + ticks..].starts_with('`'));
                let end = end.unwrap_or_else(|| panic!("code does not end: {line}"));
                rest = &after[end + ticks..];
            }
            outside.push_str(rest);
            for tag in ["<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"] {
                outside = outside.replace(tag, "");
            }
            assert!(!outside.contains('<') && !outside.contains("@all") && !outside.contains("]("), "{line}");
        }
    }
    assert!(!fenced);
    let (_, json) = run(&files, &["a.pol", "b.pol", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["policies"][0]["changes"][0]["moves"][0]["from"], "denied");
}

#[test]
fn servers_are_matched_by_name() {
    let [mail, shop] = ["read_mail", "get_order"].map(|tool| format!(r#"{{"tools": [{{"name": "{tool}"}}]}}"#));
    let files = [
        ("mail.json", mail.as_str()),
        ("shop.json", shop.as_str()),
        (
            "both.pol",
            "server mail from \"mail.json\"; server shop from \"shop.json\"; deny *; allow mail::*, get_order;",
        ),
        ("mail.pol", "server mail from \"mail.json\"; deny *; allow mail::*;"),
        ("post.pol", "server post from \"mail.json\"; deny *; allow post::*;"),
        ("plain.pol", "deny *; allow read_mail, get_order;"),
    ];
    let (exit, text) = run(&files, &["both.pol", "mail.pol"]);
    assert!(exit == Exit::Fine && text.contains("shop::get_order: tighter"), "{text}");
    assert!(text.contains("{\"name\": \"get_order\", \"arguments\": {}, \"server\": \"shop\"}"), "{text}");
    let (exit, text) = run(&files, &["mail.pol", "post.pol"]);
    assert!(exit == Exit::Fine && text.contains("compared as one server"), "{text}");
    // A side without names takes any server for its own.
    let (exit, text) = run(&files, &["both.pol", "plain.pol"]);
    assert!(exit == Exit::Findings && !text.contains("mail::get_order"), "{text}");
    assert!(text.contains("any other tool of mail: tighter") && text.contains("shop::read_mail: looser"), "{text}");
}

/// Examples satisfy the schema where a call that does can move, and it is said where none can.
#[test]
fn valid_calls() {
    let catalogue = r#"{"tools": [{"name": "t", "inputSchema": {"type": "object", "required": ["n"], "properties": {
        "n": {"type": "integer", "maximum": 10}}}}]}"#;
    let files = [
        ("shop.json", catalogue),
        ("a.pol", "server shop from \"shop.json\"; deny *; allow t when args.n <= 5;"),
        ("b.pol", "server shop from \"shop.json\"; deny *; allow t when args.n <= 7;"),
        (
            "c.pol",
            "server shop from \"shop.json\"; deny *; allow t when args.n <= 5 or args.n > 5.25 and args.n < 5.75;",
        ),
    ];
    let (_, text) = run(&files, &["a.pol", "b.pol"]);
    assert!(text.contains("{\"n\": 6}") || text.contains("{\"n\": 7}"), "{text}");
    let (exit, text) = run(&files, &["a.pol", "c.pol"]);
    assert!(exit == Exit::Findings && text.contains("no call of this tool that its inputSchema admits"), "{text}");
    let (exit, text) = run(&files, &["a.pol", "c.pol", "--valid"]);
    assert!(exit == Exit::Fine && text.contains(": same\n"), "{text}");
    let (exit, _) = run(&files, &["a.pol", "b.pol", "--valid"]);
    assert_eq!(exit, Exit::Findings);
}

//! The exact analysis on policies for real catalogues, which stand at `POLICYC_SHARED`; without it nothing is tested, and that is said.

use std::path::{Path, PathBuf};

use crate::run::Exit;
use crate::run::in_process;

fn shared() -> Option<PathBuf> {
    let found = std::env::var_os("POLICYC_SHARED").map(|place| PathBuf::from(place).join("catalogues"));
    if found.is_none() {
        eprintln!("POLICYC_SHARED is not set: the analysis was not tested on real catalogues");
    }
    found
}

/// Rules for a catalogue, assertions that hold, and what `lint` says.
struct Case {
    catalogue: &'static str,
    rules: &'static str,
    /// Questions about it, with the answers.
    questions: &'static [(&'static str, &'static str)],
    lints: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        catalogue: "github",
        rules: r#"
allow @read;
allow create_issue, add_issue_comment when args.owner == "acme";
allow create_pull_request when args.owner == "acme" and args.base != "main";
require approval for merge_pull_request;
deny push_files when args.branch in ["main", "master"];
allow @write except create_issue, add_issue_comment, create_pull_request, merge_pull_request;
limit @changes 60/hour;
assert deny push_files when args.branch == "main";
assert deny create_issue unless args.owner == "acme";
assert approval for merge_pull_request;
"#,
        questions: &[
            ("create_pull_request when args.base == \"main\"", "no"),
            ("create_pull_request when args.base matches \"main.+\"", "yes"),
            ("create_issue when args.owner contains \"/\"", "no"),
            ("merge_pull_request", "no"),
        ],
        lints: &[],
    },
    Case {
        catalogue: "stripe",
        rules: r#"
allow @read;
require approval for create_refund when args.amount > 5_000;
limit create_refund 20_000/day of args.amount;
limit create_payment_link 10/hour;
allow create_refund when args.amount <= 10_000;
deny create_refund when args.amount > 10_000;
assert approval for create_refund when args.amount > 5_000;
assert deny create_refund when args.amount > 10_000;
assert deny create_refund unless has args.amount;
"#,
        questions: &[
            ("create_refund when args.amount >= 5_000.01", "no"),
            ("create_refund when args.amount < 0", "no"),
            ("create_refund when args.amount == 5_000", "yes"),
        ],
        lints: &["unopened-rule"],
    },
    Case {
        catalogue: "slack",
        rules: r#"
allow @read;
limit slack_post_message 10/min;
require args.channel_id matches "C[A-Z0-9]{8,10}" for slack_post_message;
allow slack_reply_to_thread when args.channel_id like "C*" and not (args.text contains "@channel");
assert deny slack_post_message unless args.channel_id like "C*";
assert deny slack_post_message when length(args.channel_id) > 11;
"#,
        questions: &[
            ("slack_post_message when args.channel_id like \"*-*\"", "no"),
            ("slack_reply_to_thread when args.text matches \"(?i).*@CHANNEL.*\"", "yes"),
            ("slack_reply_to_thread when args.text matches \".*@channel.*\"", "no"),
        ],
        lints: &[],
    },
    Case {
        catalogue: "filesystem",
        rules: r#"
allow read_text_file, list_directory when args.path like "/srv/agent/*" and not (args.path contains "..");
allow write_file when args.path like "/srv/agent/out/*" and not (args.path contains "..");
deny write_file when args.path like "*.sh";
deny write_file when args.path like "/srv/agent/out/*.sh";
assert deny read_text_file when args.path matches "/etc/.*";
assert deny write_file unless args.path matches "(?s)/srv/agent/.*";
"#,
        questions: &[
            ("write_file when args.path contains \".sh\"", "yes"),
            ("write_file when args.path matches \"(?s).*\\\\.(sh|bash)\"", "yes"),
            ("write_file when args.path matches \"(?s).*\\\\.sh\"", "no"),
            ("* when args.path like \"*/../*\"", "no"),
        ],
        lints: &["shadowed-rule"],
    },
    Case {
        catalogue: "postgres",
        rules: r#"
allow query when args.sql matches "(?is)\\s*select\\b.*" and not (args.sql contains ";");
deny query when args.sql contains ";" and args.sql matches "[^;]*";
limit query 100/min;
assert deny query when args.sql matches "(?i)drop table.*";
assert deny query when args.sql contains "; delete";
assert limit query 6_000/hour;
"#,
        questions: &[
            ("query when args.sql matches \"(?is).*\\\\bdelete\\\\b.*\"", "yes"),
            ("query when args.sql matches \"(?is)\\\\s*delete\\\\b.*\"", "no"),
        ],
        lints: &["impossible-condition"],
    },
    Case {
        catalogue: "playwright",
        rules: r#"
allow browser_navigate when args.url matches "https://([a-z0-9-]+\\.)*acme\\.com(/.*)?";
allow browser_snapshot;
limit browser_navigate 30/min;
assert deny browser_navigate when args.url contains "evil.com";
"#,
        questions: &[("browser_navigate when args.url like \"http://*\"", "no")],
        // The path may hold anything, so the assertion fails.
        lints: &["assertion-fails"],
    },
];

#[test]
fn policies_for_real_catalogues() {
    let Some(catalogues) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut questions = 0;
    for case in CASES {
        let catalogue = catalogues.join(format!("{}.json", case.catalogue));
        let text = format!("server it from {:?};\ndeny *;\n{}", catalogue.to_str().unwrap(), case.rules);
        let file = folder.path().join(format!("{}.pol", case.catalogue));
        std::fs::write(&file, text).unwrap();
        let path = file.to_str().unwrap();
        let (_, output, error) = in_process(&["lint", "--format", "json", path], b"");
        let found: serde_json::Value = serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{error}"));
        let names = found["diagnostics"].as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap());
        assert_eq!(names.collect::<Vec<_>>(), case.lints, "{}: {output}", case.catalogue);
        for (question, answer) in case.questions {
            let (exit, output, error) = in_process(&["can", path, question, "--expect", answer], b"");
            assert_eq!(exit, Exit::Fine, "{}: {question}: {output}{error}", case.catalogue);
            questions += 1;
        }
        let (exit, output, error) = in_process(&["limits", path, "--format", "json"], b"");
        assert_eq!(exit, Exit::Fine, "{output}{error}");
        let limits: serde_json::Value = serde_json::from_str(&output).unwrap();
        assert_eq!(limits["policies"][0]["undecided"], serde_json::json!([]), "{}", case.catalogue);
        let (exit, output, error) = in_process(&["diff", path, path, "--fail-on", "any"], b"");
        assert_eq!(exit, Exit::Fine, "{}: {output}{error}", case.catalogue);
        changes(&file, &catalogue, folder.path());
    }
    println!("{} catalogues, {questions} questions", CASES.len());
}

/// A policy that lets more through, one that lets less through, and a server that has another tool.
fn changes(policy: &Path, catalogue: &Path, folder: &Path) {
    let text = std::fs::read_to_string(policy).unwrap();
    let path = policy.to_str().unwrap();
    let other = folder.join("other.pol");
    let verdict = |arguments: &[&str]| {
        let (_, output, error) = in_process(&[&["diff"], arguments, &["--json"]].concat(), b"");
        let report: serde_json::Value = serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{error}"));
        (report["verdict"].as_str().unwrap().to_owned(), output)
    };
    for (more, expected) in
        [("allow * when caller.role == \"admin\";\nallow *;", "looser"), ("deny * when has caller.guest;", "tighter")]
    {
        // The default may stand only once.
        let text = if expected == "looser" { text.replace("deny *;\n", "") } else { text.clone() };
        std::fs::write(&other, format!("{text}\n{more}\n")).unwrap();
        let (found, output) = verdict(&[path, other.to_str().unwrap()]);
        // An `allow` for every tool also narrows what only limits open.
        assert!(found == expected || (expected == "looser" && found == "both"), "{path} and {more}: {output}");
    }
    let mut tools: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(catalogue).unwrap()).unwrap();
    let read = serde_json::json!({ "name": "get_everything_new", "description": "Reads.", "x-policyc": { "class": "read" },
        "inputSchema": { "type": "object" } });
    tools["tools"].as_array_mut().unwrap().push(read);
    let newer = folder.join("newer.json");
    std::fs::write(&newer, tools.to_string()).unwrap();
    let (old, new) = (catalogue.to_str().unwrap(), newer.to_str().unwrap());
    let (found, output) = verdict(&[path, "--catalogue-old", old, "--catalogue-new", new]);
    assert!(output.contains("get_everything_new"), "{output}");
    let opened = text.contains("allow @read");
    assert_eq!(found, if opened { "looser" } else { "same" }, "{path}: {output}");
}

/// On every catalogue: nothing is undecided, and an example for a valid call satisfies the schema of its tool.
#[test]
fn every_tool_has_a_valid_call() {
    let Some(catalogues) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut tools, mut without) = (0, 0);
    for entry in std::fs::read_dir(&catalogues).unwrap() {
        let catalogue = entry.unwrap().path();
        if catalogue.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let file = folder.path().join("all.pol");
        std::fs::write(&file, format!("server it from {:?};\nallow *;\n", catalogue.to_str().unwrap())).unwrap();
        let (found, lacking) = valid_calls(&file);
        assert!(lacking * 20 <= found, "{}: {lacking} of {found}", catalogue.display());
        tools += found;
        without += lacking;
    }
    println!("{tools} tools, {without} of them without a valid call that was found");
}

fn valid_calls(policy: &Path) -> (usize, usize) {
    let (_, output, error) = in_process(&["can", policy.to_str().unwrap(), "*", "--valid", "--format", "json"], b"");
    let answer: serde_json::Value = serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{error}"));
    let groups = answer["policies"][0]["groups"].as_array().unwrap();
    // The last speaks of tools that the catalogue lacks.
    let known = groups.iter().filter(|group| !group["tools"][0]["name"].is_null());
    let lacking = known.clone().filter(|group| group["answer"] != "yes").count();
    (known.count(), lacking)
}

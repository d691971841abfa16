//! Small policies and what they must do, found by comparing policyc with an independent reading of the language.
//!
//! The folders are like those of the conformance cases: `policy.pol`, `calls.jsonl` and `expected.txt` with one answer
//! for each call, `policylayer.json` and `intercept.yaml` as documents; `refused.txt` names the targets, one in each
//! line, for which there must be none. `about.txt` says what the case shows.

use std::path::Path;
use std::process::{Command, Output};

fn policyc(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(crate::run::BIN).current_dir(folder).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs what the files of a folder ask for and gives how many checks that were.
fn case(folder: &Path) -> usize {
    let name = folder.file_name().unwrap().to_string_lossy();
    let file = |file: &str| std::fs::read_to_string(folder.join(file)).ok();
    assert!(file("about.txt").is_some(), "{name} has no about.txt");
    let mut checks = 0;
    if let Some(expected) = file("expected.txt") {
        let output = policyc(folder, &["eval", "policy.pol", "--calls", "calls.jsonl"]);
        let stdout = text(&output.stdout);
        let answers = stdout.lines().map(|line| line.split('\t').take(2).collect::<Vec<_>>().join("\t"));
        let calls = file("calls.jsonl").unwrap();
        let shown = |answers: Vec<String>| {
            calls.lines().zip(answers).map(|(call, answer)| format!("{answer} <- {call}\n")).collect::<String>()
        };
        let expected: Vec<String> = expected.lines().map(str::to_owned).collect();
        assert_eq!(expected.len(), calls.lines().count(), "{name}: one answer for each call");
        let found: Vec<String> = answers.collect();
        assert_eq!(found.len(), expected.len(), "{name}: {}", text(&output.stderr));
        assert_eq!(shown(found), shown(expected), "{name}");
        checks += 1;
    }
    for (target, document) in [("policylayer", "policylayer.json"), ("intercept", "intercept.yaml")] {
        let Some(expected) = file(document) else { continue };
        let output = policyc(folder, &["compile", "policy.pol", "--target", target]);
        assert_eq!(text(&output.stdout), expected, "{name}: {}", text(&output.stderr));
        checks += 1;
    }
    for target in file("refused.txt").unwrap_or_default().lines() {
        let output = policyc(folder, &["compile", "policy.pol", "--target", target]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{name}: {target}");
        checks += 1;
    }
    assert!(checks > 0, "{name} checks nothing");
    checks
}

#[test]
fn decisions_and_documents_are_those_of_the_language() {
    let folder = crate::support::root().join("tests/fixtures/decisions");
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let checks: usize = folders.iter().map(|folder| case(folder)).sum();
    assert!(checks >= folders.len());
}

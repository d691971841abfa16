//! Documents of gateways, and settings, with mistakes: all are reported, each where it is written.
//!
//! Each file of `tests/fixtures/documents` and of `tests/fixtures/settings` is one with mistakes; a new file is a new
//! test.

use crate::run::{Exit, in_process};

const POLICY: &str = "deny *;\nallow read;\n";
const BASELINE: &str = "assert deny pay;\n";

/// What a command prints of a file beside a policy and assertions.
fn printed(name: &str, text: &str, arguments: &[&str]) -> (Exit, String) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, text) in [("a.pol", POLICY), ("base.pol", BASELINE), (name, text)] {
        std::fs::write(root.join(name), text).unwrap();
    }
    let is_file = |argument: &str| root.join(argument).is_file();
    let full: Vec<String> = arguments
        .iter()
        .map(
            |argument| {
                if is_file(argument) { root.join(argument).display().to_string() } else { (*argument).to_owned() }
            },
        )
        .collect();
    let full: Vec<&str> = full.iter().map(String::as_str).collect();
    let (exit, output, error) = in_process(&full, b"");
    let folder = format!("{}/", root.display());
    (exit, (output + &error).replace(&folder, ""))
}

#[test]
fn mistakes_in_documents_are_reported_where_they_are() {
    insta::glob!("../fixtures/documents", "*.*", |path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let (exit, human) = printed(name, &text, &["diff", "a.pol", name]);
        assert_eq!(exit, Exit::Failure, "{human}");
        let check = |format| printed(name, &text, &["check", "--assertions", "base.pol", "--format", format, name]);
        let (exit, short) = check("short");
        assert_eq!(exit, Exit::Failure, "{short}");
        let (_, json) = check("json");
        let document = json.lines().next().unwrap_or_default();
        let document: serde_json::Value = serde_json::from_str(document).unwrap_or_else(|_| panic!("{json}"));
        let found = document["diagnostics"].as_array().unwrap().iter();
        let found: Vec<_> = found.filter(|found| found["file"] != "base.pol").collect();
        assert!(
            !found.is_empty() && found.iter().all(|found| found["rule"] == "bad-document" && found["file"] == name)
        );
        // The same mistakes after a byte-order mark and with other line ends.
        let other = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let (_, again) = printed(name, &other, &["check", "--assertions", "base.pol", "--format", "short", name]);
        let messages = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.rsplit(": ").next().unwrap().to_owned()).collect()
        };
        assert_eq!(messages(&again), messages(&short));
        insta::assert_snapshot!("mistakes", format!("{human}\n=====\n\n{short}"));
    });
}

#[test]
fn mistakes_in_settings_are_reported_where_they_are() {
    insta::glob!("../fixtures/settings", "*.toml", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let commands = [&["check", "a.pol"][..], &["lint", "a.pol"], &["compile", "a.pol"], &["describe", "a.pol"]];
        let [check, others @ ..] = commands.map(|arguments| {
            let (exit, text) = printed("policyc.toml", &text, arguments);
            assert_eq!(exit, Exit::Failure, "{arguments:?}: {text}");
            text
        });
        others.iter().for_each(|other| assert!(other.contains(&check), "{other}\n{check}"));
        insta::assert_snapshot!("settings", check);
    });
}

//! Reports for other services: SARIF, annotations of GitHub, JUnit, code quality of GitLab.
//!
//! `oracles/` validates the SARIF with the official schema, and `.ci/integrations` what the command writes.

use std::collections::BTreeSet;
use std::fs;

use crate::run::Exit;
use policyc_core::diagnostics::{Applicability, Diagnostic, codes};
use policyc_core::report::findings;
use policyc_core::source::{SourceMap, Span, offset};
use proptest::prelude::*;
use serde_json::Value;

use super::report_samples::{File, files, sarif_of};

#[test]
fn sarif() {
    let mut log = sarif_of(&files());
    // The pages are long, and tested where they are.
    for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        assert_eq!(rule["help"]["text"], rule["help"]["markdown"]);
        rule["help"] = "...".into();
    }
    log["runs"][0]["tool"]["driver"]["semanticVersion"] = "...".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn sarif_refers_to_what_is_there() {
    let log = sarif_of(&files());
    let run = &log["runs"][0];
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        let ids: BTreeSet<u64> = result["relatedLocations"]
            .as_array()
            .map(|related| related.iter().map(|place| place["id"].as_u64().unwrap()).collect())
            .unwrap_or_default();
        let text = result["message"]["text"].as_str().unwrap();
        let links: BTreeSet<u64> = text
            .match_indices("](")
            .map(|(at, _)| text[at + 2..].split(')').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(links, ids, "{text}");
    }
    // A finding of a kind that is not described is still reported.
    let files = files();
    let log: Value = serde_json::from_str(&findings::sarif(&[files[1].report()], &[])).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "P201");
    assert!(log["runs"][0]["results"][0].get("ruleIndex").is_none());
}

#[test]
fn github() {
    let files = files();
    let reports: Vec<_> = files.iter().map(File::report).collect();
    insta::assert_snapshot!(findings::github(&reports));
}

#[test]
fn gitlab() {
    let files = files();
    // The same finding twice: from two policies that import one file.
    let reports: Vec<_> = files.iter().chain(&files).map(File::report).collect();
    let report: Value = serde_json::from_str(&findings::gitlab(&reports)).unwrap();
    let entries = report.as_array().unwrap();
    let prints: BTreeSet<&str> = entries.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
    assert_eq!((entries.len(), prints.len()), (12, 12));
    insta::assert_snapshot!(serde_json::to_string_pretty(&entries[..6]).unwrap());
    assert_eq!(findings::gitlab(&[]), "[]\n");
}

#[test]
fn junit() {
    let files = files();
    let reports: Vec<_> = files.iter().map(File::report).collect();
    insta::assert_snapshot!(findings::junit::junit(&reports, &policyc::human::plain));
}

/// What the runner of GitHub makes of a line: command, properties, message.
fn read_annotation(line: &str) -> (String, Vec<(String, String)>, String) {
    let data = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let property = |text: &str| data(&text.replace("%3A", ":").replace("%2C", ","));
    let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
    let (command, properties) = head.split_once(' ').unwrap();
    let properties = properties
        .split(',')
        .map(|pair| pair.split_once('=').map(|(key, value)| (key.to_owned(), property(value))).unwrap());
    (command.to_owned(), properties.collect(), data(message))
}

proptest! {
    /// Whatever texts and names hold: no annotation breaks off, or begins another command.
    #[test]
    fn annotations_are_read_as_written(
        name in r"[a-z:,%=]{1,12}", message in r"([a-z:,%\n]|::|%0A|::error ){0,12}", help in proptest::option::of("[a-z%:\n]{1,8}")
    ) {
        let mut sources = SourceMap::default();
        let file = sources.add(name.clone(), "deny *;");
        let mut finding = Diagnostic::new(codes::UNKNOWN_TOOL, Span::new(file, 0, 4), message);
        finding.help = help;
        let files = File::new(&name, sources, vec![finding.clone()]);
        let text = findings::github(&[files.report()]);
        prop_assert_eq!(text.lines().count(), 1);
        prop_assert!(!text.contains('\r'));
        let (command, properties, read) = read_annotation(text.trim_end_matches('\n'));
        prop_assert_eq!(command, "error");
        let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
        prop_assert_eq!(keys, ["file", "line", "col", "endLine", "endColumn", "title"]);
        prop_assert_eq!(&properties[0].1, &name);
        let help = finding.help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        prop_assert_eq!(read, format!("{}{help}", finding.message));
    }

    /// Any text makes a report that its readers can read.
    #[test]
    fn reports_are_well_formed(name in any::<String>(), text in any::<String>(), message in any::<String>()) {
        let mut sources = SourceMap::default();
        let file = sources.add(name.clone(), text.clone());
        let span = Span::new(file, 0, offset(text.len()));
        let finding = Diagnostic::new(codes::STRAY_CHARACTER, span, message.clone())
            .help(message.clone())
            .because(span, message.clone())
            .fix(Applicability::Safe, message.clone(), span, message);
        let files = [File::new(&name, sources, vec![finding])];
        let log = sarif_of(&files);
        let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        prop_assert!(uri.as_str().is_none_or(|uri| uri.bytes().all(|byte| byte.is_ascii_graphic())), "{}", uri);
        serde_json::from_str::<Value>(&findings::gitlab(&[files[0].report()])).unwrap();
        let xml = findings::junit::junit(&[files[0].report()], &policyc::human::plain);
        let mut reader = quick_xml::Reader::from_str(&xml);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        let allowed = |char: char| matches!(char, '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        prop_assert!(xml.chars().all(allowed));
    }
}

#[test]
fn the_command_writes_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pol");
    fs::write(&path, "deny *;\nallow a when args.x > 1;\nallow a when args.x > 2;\n").unwrap();
    let lint = |format: &str, more: &[&str]| {
        let arguments = [&["lint", "--format", format, path.to_str().unwrap()], more].concat();
        crate::run::in_process(&arguments, b"")
    };
    let (exit, text, error) = lint("sarif", &[]);
    assert_eq!((exit, error.as_str()), (Exit::Fine, ""));
    let log: Value = serde_json::from_str(&text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let shadowed = results.iter().find(|result| result["ruleId"] == "P703").unwrap();
    assert_eq!(shadowed["level"], "warning");
    assert_eq!(shadowed["partialFingerprints"]["policycFingerprint/v1"].as_str().unwrap().len(), 32);
    let (exit, text, _) = lint("github", &["--deny", "warnings"]);
    assert_eq!(exit, Exit::Findings);
    assert!(text.contains("line=3,") && text.contains(",title=P703 shadowed-rule::"), "{text}");
    assert!(lint("junit", &[]).1.contains("name=\"shadowed-rule: "));
    assert!(lint("gitlab", &[]).1.contains("\"check_name\":\"shadowed-rule\""));
}

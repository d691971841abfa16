//! The rules of the group `default` are quiet on careful policies: on the examples, and on policies for real catalogues, which stand
//! at `POLICYC_SHARED`; without it only the examples are linted, and that is said.
//!
//! What all rules say of them together is kept in a snapshot, a line for each finding, so that a change of a rule shows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::run::Exit;
use crate::run::in_process;

fn policies(folder: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "pol") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&crate::support::root().join(folder), &mut found);
    found.sort();
    found
}

#[test]
fn examples() {
    let files = policies("examples");
    assert!(files.len() >= 5);
    for file in files {
        let (exit, output, error) = in_process(&["lint", &file.display().to_string(), "--deny", "warnings"], b"");
        assert_eq!((exit, error.as_str()), (Exit::Fine, ""), "{output}");
        assert!(output.ends_with(": no problems\n"), "{output}");
    }
}

#[test]
fn policies_for_real_catalogues() {
    let Some(shared) = std::env::var_os("POLICYC_SHARED") else {
        eprintln!("POLICYC_SHARED is not set: no policies for real catalogues were linted");
        return;
    };
    let files = policies("tests/fixtures/lint/careful");
    assert!(files.len() >= 10);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut lines = String::new();
    for file in &files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let catalogue = PathBuf::from(&shared).join("catalogues").join(format!("{name}.json"));
        let catalogue = format!("{name}={}", catalogue.display());
        let run = |more: &[&str]| {
            let path = file.display().to_string();
            in_process(&[&["lint", &path, "--catalogue", &catalogue], more].concat(), b"")
        };
        let (exit, output, error) = run(&["--deny", "warnings"]);
        assert_eq!((exit, error.as_str()), (Exit::Fine, ""), "{output}");
        assert!(output.contains(": no problems"), "{output}");
        let (_, output, _) = run(&["--select", "all", "--format", "short"]);
        let folder = format!("{}/", file.parent().unwrap().display());
        for line in output.replace(&folder, "").lines() {
            let rule = line.split_once('[').unwrap().1.split_once(']').unwrap().0.to_owned();
            *counts.entry(rule).or_default() += 1;
            lines.push_str(line);
            lines.push('\n');
        }
    }
    println!("{} policies; with all rules: {counts:?}", files.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../fixtures/lint/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("careful", lines));
}

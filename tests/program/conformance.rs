//! The conformance cases of the language, which live outside this repository.
//!
//! `POLICYC_SHARED` says where: its folder `conformance` has one folder for each case. Without it the test says
//! that it tested nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn policyc(folder: &Path, arguments: &[&str]) -> Output {
    let extra = std::fs::read_to_string(folder.join("args.txt")).unwrap_or_default();
    Command::new(crate::run::BIN)
        .current_dir(folder)
        .args(arguments)
        .args(extra.lines().filter(|line| !line.is_empty()))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `expected.txt` gives `None`, `expected.NAME.txt` the name.
fn policies(folder: &Path, prefix: &str, suffix: &str) -> Vec<(PathBuf, Option<String>)> {
    let mut found: Vec<(PathBuf, Option<String>)> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?.to_owned();
            let middle = name.strip_prefix(prefix)?.strip_suffix(suffix)?;
            Some((path, middle.strip_prefix('.').map(str::to_owned)))
        })
        .collect();
    found.sort();
    found
}

fn case(folder: &Path, problems: &mut Vec<String>) -> usize {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let mut checks = 0;
    let mut expect = |what: String, good: bool, output: &Output| {
        checks += 1;
        if !good {
            problems.push(format!("{name}: {what}\n{}{}", text(&output.stdout), text(&output.stderr)));
        }
    };
    for (path, policy) in policies(folder, "expected", ".txt") {
        let mut arguments = vec!["eval", "policy.pol", "--calls", "calls.jsonl"];
        arguments.extend(policy.iter().flat_map(|name| ["--policy", name.as_str()]));
        let output = policyc(folder, &arguments);
        let answers: Vec<String> =
            text(&output.stdout).lines().map(|line| line.split('\t').take(2).collect::<Vec<_>>().join("\t")).collect();
        let expected = std::fs::read_to_string(&path).unwrap();
        let expected: Vec<&str> = expected.lines().collect();
        expect(
            format!("eval should answer {expected:#?}"),
            answers == expected && output.status.code() == Some(0),
            &output,
        );
    }
    for (path, policy) in policies(folder, "policylayer", ".json") {
        let mut arguments = vec!["compile", "policy.pol"];
        arguments.extend(policy.iter().flat_map(|name| ["--policy", name.as_str()]));
        let output = policyc(folder, &arguments);
        let same = output.stdout == std::fs::read(&path).unwrap();
        expect(format!("compile should print {}", path.display()), same && output.status.code() == Some(0), &output);
    }
    if let Ok(wanted) = std::fs::read_to_string(folder.join("tests.txt")) {
        let code = if wanted.trim() == "pass" { 0 } else { 1 };
        let output = policyc(folder, &["test", "policy.pol"]);
        expect(format!("test should exit with {code}"), output.status.code() == Some(code), &output);
    }
    if let Ok(wanted) = std::fs::read_to_string(folder.join("check.txt")) {
        let output = policyc(folder, &["check", "policy.pol"]);
        let code = output.status.code().map(|code| code.to_string());
        expect(format!("check should exit with {wanted}"), code.as_deref() == Some(wanted.trim()), &output);
    }
    if folder.join("error.txt").exists() {
        for command in ["compile", "check"] {
            let output = policyc(folder, &[command, "policy.pol"]);
            let silent = command == "check" || output.stdout.is_empty();
            expect(format!("{command} should fail"), output.status.code() == Some(1) && silent, &output);
        }
    }
    checks
}

#[test]
fn every_case_passes() {
    let Some(shared) = std::env::var_os("POLICYC_SHARED") else {
        eprintln!("POLICYC_SHARED is not set: no conformance case was tested");
        return;
    };
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(Path::new(&shared).join("conformance")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join("policy.pol").exists());
    folders.sort();
    // Conditions about the order of calls are not in the language yet.
    let later = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("11-"));
    let left_out: Vec<PathBuf> = folders.extract_if(.., |path| later(path)).collect();
    for folder in &left_out {
        println!("left out: {}", folder.file_name().unwrap_or_default().to_string_lossy());
    }
    let mut problems = Vec::new();
    let checks: usize = folders.iter().map(|folder| case(folder, &mut problems)).sum();
    println!("{} conformance cases, {checks} checks", folders.len());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(checks > folders.len(), "the cases should hold more than {checks} checks");
}

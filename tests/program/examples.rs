//! The examples: every policy below `examples/` is without errors, formatted and tested, and the documents beside
//! it are what it compiles to. Nothing is listed here; the folder is walked.
//!
//! `UPDATE_EXAMPLES=1 cargo test --test targets examples` writes the documents anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use policyc_core::disk::Unreadable;
use policyc_core::sema::{Loader, Options, analyze};

/// A target and how the files of its documents end.
const TARGETS: [(&str, &str); 2] = [("policylayer", ".policylayer.json"), ("intercept", ".intercept.yaml")];

fn root() -> PathBuf {
    crate::support::root().join("examples")
}

/// All files below a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn ending(suffix: &str) -> Vec<PathBuf> {
    files(&root()).into_iter().filter(|path| path.to_string_lossy().ends_with(suffix)).collect()
}

/// Runs in the folder of the file, as a reader of the example would.
fn policyc(file: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(crate::run::BIN);
    command.current_dir(file.parent().unwrap()).args(arguments).arg(file.file_name().unwrap()).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn json(output: &Output) -> serde_json::Value {
    let parsed = serde_json::from_slice(&output.stdout);
    assert!(parsed.is_ok(), "not JSON: {}", said(output));
    parsed.unwrap()
}

/// The names of the codes of all errors.
fn errors(diagnostics: &serde_json::Value) -> Vec<String> {
    let all = diagnostics["diagnostics"].as_array().unwrap();
    let errors = all.iter().filter(|diagnostic| diagnostic["severity"] == "error");
    errors.map(|diagnostic| diagnostic["rule"].as_str().unwrap().to_owned()).collect()
}

/// Reads files of the machine, as the command line does.
struct Files;

impl Loader for Files {
    fn read(&self, path: &Path, _: usize) -> Result<Vec<u8>, Unreadable> {
        std::fs::read(path).map_err(Unreadable::from)
    }
}

/// The names of the policies of a file.
fn policies(file: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let analysis = analyze(&file.to_string_lossy(), file, &text, &Options::default(), &Files);
    assert!(analysis.checked.is_some(), "{}: {:?}", file.display(), analysis.diagnostics);
    let checked = analysis.checked.unwrap();
    checked.policies().iter().map(|policy| policy.name.clone()).collect()
}

#[test]
fn every_policy_is_without_errors() {
    let files = ending(".pol");
    for file in &files {
        let output = policyc(file, &["check"]);
        assert!(output.status.success(), "{}\n{}", file.display(), said(&output));
    }
    println!("{} policy files checked", files.len());
    assert!(!files.is_empty());
}

#[test]
fn every_policy_is_formatted() {
    let files = ending(".pol");
    for file in &files {
        let output = policyc(file, &["fmt", "--check"]);
        assert!(output.status.success(), "{}\n{}", file.display(), said(&output));
    }
    println!("{} policy files are formatted", files.len());
    assert!(!files.is_empty());
}

#[test]
fn every_policy_has_tests_and_they_pass() {
    let mut count = 0;
    let files = ending(".pol");
    for file in &files {
        let output = policyc(file, &["test"]);
        assert!(output.status.success(), "{}\n{}", file.display(), said(&output));
        let tests = json(&policyc(file, &["test", "--format", "json"]));
        let tests = tests["tests"].as_array().unwrap();
        for policy in policies(file) {
            let tested = tests.iter().any(|test| test["policy"] == policy.as_str());
            assert!(tested, "{}: the policy {policy} has no tests", file.display());
        }
        count += tests.len();
    }
    println!("{count} tests in {} policy files passed", files.len());
}

/// The documents that the examples compile to. A target may refuse a policy, but only because it cannot hold it.
fn documents() -> (BTreeMap<PathBuf, Vec<u8>>, usize) {
    let mut documents = BTreeMap::new();
    let mut refused = 0;
    for file in ending(".pol") {
        for policy in policies(&file) {
            for (target, suffix) in TARGETS {
                let arguments = ["compile", "--policy", &policy, "--target", target, "--format", "json"];
                let output = policyc(&file, &arguments);
                if !output.status.success() {
                    let found = serde_json::from_slice(&output.stderr);
                    assert!(found.is_ok(), "{}: {}", file.display(), said(&output));
                    let errors = errors(&found.unwrap());
                    let why = format!("{} ({policy}) for {target}: {errors:?}", file.display());
                    assert!(!errors.is_empty() && errors.iter().all(|rule| rule == "not-expressible"), "{why}");
                    assert!(output.stdout.is_empty(), "{why}");
                    refused += 1;
                    continue;
                }
                let path = file.with_file_name(format!("{policy}{suffix}"));
                let before = documents.insert(path.clone(), output.stdout);
                assert!(before.is_none(), "two policies are written to {}", path.display());
            }
        }
    }
    (documents, refused)
}

#[test]
fn every_document_is_what_its_policy_compiles_to() {
    let (documents, refused) = documents();
    let update = std::env::var_os("UPDATE_EXAMPLES").is_some();
    let mut problems = Vec::new();
    for (path, text) in &documents {
        if update {
            std::fs::write(path, text).unwrap();
        }
        match std::fs::read(path) {
            Ok(committed) if committed == *text => {}
            Ok(_) => problems.push(format!("{} is not what its policy compiles to", path.display())),
            Err(error) => problems.push(format!("{}: {error}", path.display())),
        }
    }
    for path in TARGETS.iter().flat_map(|(_, suffix)| ending(suffix)) {
        if documents.contains_key(&path) {
            continue;
        }
        if update {
            std::fs::remove_file(&path).unwrap();
        } else {
            problems.push(format!("no policy compiles to {}", path.display()));
        }
    }
    println!("{} documents compared, {refused} refused", documents.len());
    assert!(problems.is_empty(), "{}\nUPDATE_EXAMPLES=1 writes the documents anew", problems.join("\n"));
    for (target, suffix) in TARGETS {
        let of_target = documents.keys().filter(|path| path.to_string_lossy().ends_with(suffix)).count();
        assert!(of_target > 1, "{of_target} documents for {target}");
    }
}

#[test]
fn every_catalogue_loads() {
    let catalogues: Vec<PathBuf> = files(&root())
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| path.parent().is_some_and(|folder| folder.ends_with("catalogues")))
        .collect();
    let mut tools = 0;
    for file in &catalogues {
        let output = policyc(file, &["catalogue", "show", "--json"]);
        assert!(output.status.success(), "{}\n{}", file.display(), said(&output));
        let shown = json(&output)["tools"].as_array().unwrap().len();
        assert!(shown > 0, "{} has no tools", file.display());
        tools += shown;
    }
    println!("{} catalogues with {tools} tools loaded", catalogues.len());
    assert!(!catalogues.is_empty());
}

#[test]
fn the_first_example_is_the_document_that_it_promises() {
    let output = policyc(&root().join("just_facebook/just_facebook.pol"), &["compile"]);
    let expected = serde_json::json!({
        "version": "1",
        "default": "deny",
        "tools": {
            "send_dm_to_user": {
                "limits": [{ "counter": "send_dm_to_user_rate", "window": "minute", "max": 30, "scope": "grant" }],
            },
        },
    });
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{expected:#}\n"));
    assert!(output.status.success() && output.stderr.is_empty());
}

//! Commands about many files at once: the order of what they print, and what one bad file does to the others.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::run::{Exit, in_process};

/// A folder with this many catalogues in folders of their own, each with one tool, and a damaged one.
fn catalogues(count: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..count {
        let inside = folder.path().join(format!("servers/{:02}", index % 7));
        fs::create_dir_all(&inside).unwrap();
        let verb = ["get", "delete", "send", "run"][index % 4];
        fs::write(
            inside.join(format!("server-{index:03}.json")),
            format!(r#"{{"tools": [{{"name": "{verb}_thing_{index}"}}]}}"#),
        )
        .unwrap();
    }
    fs::create_dir_all(folder.path().join("servers/03")).unwrap();
    fs::write(folder.path().join("servers/03/damaged.json"), "{\"tools\": [").unwrap();
    folder
}

/// What a command prints, with `DIR` for the folder.
fn run(folder: &Path, arguments: &[&str]) -> (Exit, String, String) {
    let whole: Vec<String> = arguments.iter().map(|part| part.replace("DIR", folder.to_str().unwrap())).collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    let (exit, output, error) = in_process(&whole, b"");
    let shown = |text: String| text.replace(folder.to_str().unwrap(), "DIR");
    (exit, shown(output), shown(error))
}

#[test]
fn reports_come_in_the_order_of_the_files() {
    let folder = catalogues(120);
    for command in [&["catalogue", "classify"][..], &["catalogue", "show"]] {
        let (exit, text, errors) = run(folder.path(), &[command, &["DIR/servers"]].concat());
        // One is damaged, and the others are there.
        assert_eq!(exit, Exit::Findings, "{errors}");
        assert!(errors.contains("damaged.json"), "{errors}");
        let named: Vec<&str> = text.lines().filter(|line| line.ends_with(".json:")).collect();
        assert_eq!(named.len(), 120);
        assert!(named.is_sorted(), "{named:?}");
        let (_, json, _) = run(folder.path(), &[command, &["--json", "DIR/servers"]].concat());
        let documents: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(documents.len(), 120);
        let (_, lines, _) = run(folder.path(), &[command, &["--jsonl", "DIR/servers"]].concat());
        assert_eq!(lines, json);
        // Each is what the report about it alone says.
        for document in documents.iter().step_by(40) {
            let file = document["catalogue"].as_str().unwrap();
            let (_, alone, _) = run(folder.path(), &[command, &["--json", file]].concat());
            let alone: Value = serde_json::from_str(&alone).unwrap();
            assert_eq!((&alone["tools"], &alone["version"]), (&document["tools"], &document["version"]), "{file}");
        }
    }
}

#[test]
fn catalogues_and_tools_are_told_apart() {
    let folder = catalogues(3);
    let one = "DIR/servers/00/server-000.json";
    let (exit, text, _) = run(folder.path(), &["catalogue", "show", one, "get_thing_0"]);
    assert!(exit == Exit::Fine && text.starts_with("get_thing_0  (read"), "{text}");
    let (exit, text, _) = run(folder.path(), &["catalogue", "show", one, "DIR/servers/01/server-001.json"]);
    assert!(exit == Exit::Fine && text.matches(".json:\n").count() == 2, "{text}");
    let (exit, _, errors) = run(folder.path(), &["catalogue", "show", one, "DIR/servers/01", "get_thing_0"]);
    let said =
        "policyc: `get_thing_0` is no catalogue: tools are named for a single catalogue, whose file ends in `.json`\n";
    assert_eq!((exit, errors.as_str()), (Exit::Failure, said));
    fs::create_dir(folder.path().join("none")).unwrap();
    let (exit, _, errors) = run(folder.path(), &["catalogue", "classify", "DIR/none"]);
    assert_eq!((exit, errors.as_str()), (Exit::Failure, "policyc: the folder `DIR/none` holds no .json file\n"));
}

#[test]
fn a_policy_for_each_catalogue() {
    let folder = catalogues(40);
    let (exit, text, errors) = run(folder.path(), &["init", "--each", "DIR/servers", "-o", "DIR/policies"]);
    assert_eq!((exit, text.as_str()), (Exit::Findings, ""), "{errors}");
    assert!(errors.contains("damaged.json:1:12"), "{errors}");
    let last = "wrote 40 policies to `DIR/policies`; 1 could not be written; read them, then try `policyc test DIR/policies`\n";
    assert!(errors.ends_with(last), "{errors}");
    let one = fs::read_to_string(folder.path().join("policies/server-005.pol")).unwrap();
    assert!(one.contains("/servers/05/server-005.json\";"), "{one}");
    let (exit, text, errors) = run(folder.path(), &["check", "--deny", "warnings", "DIR/policies"]);
    assert_eq!(exit, Exit::Fine, "{text}{errors}");
    let names: Vec<&str> = text.lines().collect();
    assert!(names.len() == 40 && names.is_sorted(), "{text}");
    // None is overwritten; what is missing is written.
    fs::remove_file(folder.path().join("policies/server-007.pol")).unwrap();
    fs::write(folder.path().join("policies/server-008.pol"), "deny *;\n").unwrap();
    let (exit, _, errors) = run(folder.path(), &["init", "--each", "DIR/servers", "-o", "DIR/policies"]);
    assert_eq!(exit, Exit::Failure);
    assert!(
        errors.contains("policyc: `DIR/policies/server-008.pol` exists, and a policy is not overwritten"),
        "{errors}"
    );
    assert!(errors.contains("wrote 1 policy to `DIR/policies`; 40 could not be written"), "{errors}");
    assert_eq!(fs::read_to_string(folder.path().join("policies/server-008.pol")).unwrap(), "deny *;\n");
}

#[test]
fn policies_of_one_name_are_refused() {
    let folder = catalogues(2);
    fs::create_dir(folder.path().join("more")).unwrap();
    fs::copy(folder.path().join("servers/00/server-000.json"), folder.path().join("more/Server-000.json")).unwrap();
    let line = ["init", "--each", "DIR/more", "DIR/servers/00", "-o", "DIR/policies"];
    let (exit, _, errors) = run(folder.path(), &line);
    let both = "policyc: `DIR/more/Server-000.json` and `DIR/servers/00/server-000.json` would both be written to \
        `server-000.pol`; name one of them with `--catalogue NAME=PATH`\n";
    assert_eq!((exit, errors.as_str()), (Exit::Failure, both));
    assert!(!folder.path().join("policies").exists());
    let (exit, _, errors) = run(folder.path(), &["init", "DIR/more", "-o", "DIR/servers"]);
    let said = "policyc: `DIR/servers` is a folder; name a file, or write a policy for each catalogue with `--each`\n";
    assert_eq!((exit, errors.as_str()), (Exit::Failure, said));
    let (exit, _, errors) = run(folder.path(), &["init", "--each", "DIR/more"]);
    assert!(exit == Exit::Failure && errors.contains("--output"), "{errors}");
    let (exit, _, errors) = run(folder.path(), &["init", "--catalogue", "x=DIR/more"]);
    let said = "policyc: `x` is the name of one server, and `DIR/more` is a folder\n";
    assert_eq!((exit, errors.as_str()), (Exit::Failure, said));
}

/// What is printed about many files is what is printed about each, one after the other, whatever else is held back.
#[test]
fn many_policies_are_checked_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("shop.json"), r#"{"tools": [{"name": "get_order"}]}"#).unwrap();
    fs::write(path("part.txt"), "deny delete_*;\n").unwrap();
    for index in 0..100 {
        let text = match index % 4 {
            0 => "server s from \"shop.json\";\ndeny *;\nallow get_order;\n".to_owned(),
            1 => format!("server s from \"shop.json\";\ndeny *;\nallow get_ordr_{index};\n"),
            // Where all say that a glob of it selects nothing, the first says so for all.
            2 if index % 48 == 2 => "import \"part.txt\";\nserver s from \"shop.json\";\ndeny *;\n".to_owned(),
            _ => "server s from \"shop.json\";\nlimit get_order 3/min;\n".to_owned(),
        };
        fs::write(path(&format!("{index:03}.pol")), text).unwrap();
    }
    for command in ["check", "lint"] {
        let (exit, text, errors) = run(folder.path(), &[command, "--format", "short", "DIR"]);
        assert_eq!((exit, errors.as_str()), (Exit::Findings, ""), "{text}");
        let files: Vec<&str> = text.lines().map(|line| line.split(':').next().unwrap()).collect();
        assert!(files.is_sorted() && files.len() > 50, "{text}");
        let both = text.lines().filter(|line| line.contains("and so it is in each of the 3 policies here that import"));
        let both: Vec<&str> = both.collect();
        assert!(both.len() == 1 && both[0].starts_with("DIR/002.pol:1:8: warning"), "{both:?}");
        let (_, json, _) = run(folder.path(), &[command, "--format", "json", "DIR"]);
        let document: Value = serde_json::from_str(&json).unwrap();
        let listed: Vec<String> = document["diagnostics"].as_array().unwrap().iter().map(line).collect();
        let short: Vec<String> = text.lines().map(|line| line.split("]: ").next().unwrap().to_owned() + "]").collect();
        assert_eq!(listed, short);
        // Alone, each says the same, but for what all of them say together.
        let alone: String = (0..100)
            .map(|index| run(folder.path(), &[command, "--format", "short", &format!("DIR/{index:03}.pol")]).1)
            .collect();
        let other =
            |text: &str| text.lines().filter(|line| !line.contains("delete_")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(other(&alone), other(&text));
    }
}

/// A finding as the short format begins it.
fn line(finding: &Value) -> String {
    let start = &finding["span"]["start"];
    let [file, severity, code, rule] = ["file", "severity", "code", "rule"].map(|key| finding[key].as_str().unwrap());
    format!("{file}:{}:{}: {severity}[{code} {rule}]", start["line"], start["column"])
}

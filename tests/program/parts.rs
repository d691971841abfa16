//! Files that only serve others of a run: what they import, and what they are measured by.

use std::fs;

use crate::run::Exit;

/// Runs a command on files of a folder and gives what it prints, the folder left out.
fn run(files: &[(&str, &str)], command: &[&str]) -> (Exit, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let whole = |part: &&str| match part.ends_with(".pol") || *part == "." {
        true => folder.path().join(part.trim_start_matches('.')).display().to_string(),
        false => (*part).to_owned(),
    };
    let command: Vec<String> = command.iter().map(whole).collect();
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let (exit, output, _) = crate::run::in_process(&command, b"");
    (exit, output.replace(&format!("{}/", folder.path().display()), ""))
}

const TOOLS: &str = r#"{"tools": [
    {"name": "pay", "inputSchema": {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}},
    {"name": "read", "annotations": {"readOnlyHint": true}, "inputSchema": {"type": "object"}}]}"#;

/// Declares nothing of what it uses: the value, the group and the server come from who imports it.
const PART: &str = "let spare = 5;\ndeny @money when args.amount > most because \"Too much.\";\nassert deny shop::pay when args.amount > most;\n";

const MAIN: &str = "import \"part.pol\";\nserver shop from \"tools.json\";\nlet most = 500;\ngroup money = pay;\n\
    deny *;\nallow pay when args.amount < spare;\n";

#[test]
fn what_an_importer_declares_is_no_mistake_of_its_parts() {
    let files = [("tools.json", TOOLS), ("part.pol", PART), ("main.pol", MAIN)];
    for command in [
        &["check", "--format", "short", "part.pol", "main.pol"][..],
        &["check", "--format", "short", "main.pol", "part.pol"],
        &["lint", "--format", "short", "--ignore", "default", "."],
        &["lint", "--format", "short", "--ignore", "default", "part.pol", "main.pol"],
    ] {
        let (exit, output) = run(&files, command);
        assert_eq!((exit, output.as_str()), (Exit::Fine, ""), "{command:?}");
    }
    // Nobody else speaks for it when it is alone.
    assert_eq!(run(&files, &["check", "--format", "short", "part.pol"]).0, Exit::Findings);
    assert_eq!(run(&files, &["lint", "part.pol"]).0, Exit::Findings);
}

#[test]
fn a_value_that_an_importer_uses_stays() {
    let part = "let spare = 5;\ndeny pay when args.amount < 0 because \"No.\";\n";
    let main = "import \"part.pol\";\nserver shop from \"tools.json\";\ndeny *;\nallow pay when args.amount < spare;\n";
    let files = [("tools.json", TOOLS), ("part.pol", part), ("main.pol", main)];
    assert!(run(&files, &["lint", "--diff", "part.pol"]).1.contains("-let spare"));
    assert!(!run(&files, &["lint", "--diff", "."]).1.contains("let spare"));
}

#[test]
fn mistakes_of_parts_are_told_where_they_are_imported_and_by_themselves() {
    let typo = PART.replace("> most because", "> mots because");
    let broken = PART.replace("args.amount > most because", "args.amount >> most because");
    for (part, lines) in [(typo, 1), (broken, 2)] {
        let files = [("tools.json", TOOLS), ("part.pol", &part), ("main.pol", MAIN)];
        let (exit, output) = run(&files, &["check", "--format", "short", "part.pol", "main.pol"]);
        assert_eq!((exit, output.lines().count()), (Exit::Findings, lines), "{output}");
        assert!(output.lines().all(|line| line.starts_with("part.pol:2:")), "{output}");
    }
}

#[test]
fn parts_of_parts_and_circles() {
    let files = [
        ("tools.json", TOOLS),
        ("values.pol", "let most = 500;\n"),
        ("part.pol", "import \"values.pol\";\ndeny @money when args.amount > most because \"Too much.\";\n"),
        (
            "main.pol",
            "import \"./part.pol\";\nserver shop from \"tools.json\";\ngroup money = pay;\ndeny *;\nallow pay;\n",
        ),
    ];
    let (exit, output) = run(&files, &["check", "--format", "short", "values.pol", "part.pol", "main.pol"]);
    assert_eq!((exit, output.as_str()), (Exit::Fine, ""));

    // None of two that import each other stands for the other.
    let files = [
        ("one.pol", "import \"two.pol\";\ndeny *;\nallow a when args.n < most;\n"),
        ("two.pol", "import \"one.pol\";\n"),
    ];
    let (exit, output) = run(&files, &["check", "--format", "short", "one.pol", "two.pol"]);
    assert_eq!(exit, Exit::Findings, "{output}");
    assert!(output.contains("import-cycle"), "{output}");
}

#[test]
fn a_baseline_is_not_measured_by_itself() {
    let files = [
        ("tools.json", TOOLS),
        ("base.pol", "server shop from \"tools.json\";\nassert allow read;\nassert deny pay;\n"),
        ("main.pol", "server shop from \"tools.json\";\ndeny *;\nallow read;\n"),
    ];
    let command = ["check", "--format", "short", "--assertions", "base.pol", "base.pol", "main.pol"];
    let (exit, output) = run(&files, &command);
    assert_eq!((exit, output.as_str()), (Exit::Fine, ""));
    // Without the option it is a policy like others.
    assert_eq!(run(&files, &["check", "base.pol", "main.pol"]).0, Exit::Findings);
}

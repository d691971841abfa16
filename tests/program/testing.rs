//! `policyc test` from outside: which files and tests run, what they are found to exercise, and what other programs read.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use policyc_core::sema::{Analysis, NoFiles, Options, analyze};
use policyc_core::testing::{Coverage, Wanted, lcov, run_wanted};
use quick_xml::XmlVersion;
use quick_xml::events::Event;
use serde_json::Value;

fn policyc(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(crate::run::BIN);
    command.current_dir(folder).arg("test").args(arguments.split_whitespace());
    command.stdin(Stdio::null()).env("NO_COLOR", "1").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with files.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn checked(text: &str) -> Analysis {
    let analysis = analyze("policy.pol", Path::new("policy.pol"), text, &Options::default(), &NoFiles);
    assert!(analysis.checked.is_some(), "{text}\n{:?}", analysis.diagnostics);
    analysis
}

fn coverage(text: &str) -> Coverage {
    let analysis = checked(text);
    let outcome = run_wanted(analysis.checked.as_ref().unwrap(), Wanted { watched: true, ..Wanted::default() });
    for result in &outcome.results {
        assert!(result.failure.is_none(), "{text}\n{:?}", result.failure);
    }
    let mut coverage = Coverage::default();
    coverage.add(&analysis, &outcome.watched, true, &Path::to_path_buf);
    coverage
}

const TREE: &[(&str, &str)] = &[
    ("a.pol", "deny *; allow x; test \"a one\" { call x -> allow; } test \"a two\" { call y -> deny; }"),
    ("tests/t.pol", "import \"../a.pol\"; test \"t\" { call x -> allow; }"),
    ("tests/deeper/no.pol", "test \"never\" { call x -> allow; }"),
    ("tests/notes.txt", "no policy"),
    ("sub/b.pol", "deny *; policy p { allow x; } policy q { allow y; } test \"b\" { call z -> deny; }"),
    ("sub/c.pol", "deny *; test \"c\" { call x -> deny; }"),
    ("bad/d.pol", "deny *; allow ;"),
    ("bad/tests/e.pol", "deny *; test \"e\" { call x -> allow; }"),
    ("empty/readme.md", ""),
];

/// Arguments, the tests that run with their policies, and the exit status.
const RUNS: &[(&str, &[&str], i32)] = &[
    ("a.pol", &["a.pol a a one", "a.pol a a two", "tests/t.pol t t"], 0),
    (".", &["a.pol a a one", "a.pol a a two", "tests/t.pol t t"], 0),
    ("./a.pol a.pol tests/t.pol", &["./a.pol a a one", "./a.pol a a two", "tests/t.pol t t"], 0),
    ("tests", &["tests/t.pol t t"], 0),
    ("tests/t.pol", &["tests/t.pol t t"], 0),
    ("sub", &["sub/b.pol p b", "sub/b.pol q b", "sub/c.pol c c"], 0),
    ("sub/c.pol", &["sub/c.pol c c"], 0),
    ("sub --policy p", &["sub/b.pol p b"], 0),
    ("sub/b.pol a.pol --filter one", &["a.pol a a one"], 0),
    ("a.pol --policy t", &["tests/t.pol t t"], 1), // `a.pol` was named and has no such policy
    (". --policy t", &["tests/t.pol t t"], 0),
    ("sub --policy nowhere", &[], 2),
    ("a.pol --filter nowhere", &[], 2),
    ("bad", &["bad/tests/e.pol e e"], 1),
    ("bad --filter nowhere", &[], 1), // a file with errors may have such a test
    ("empty", &[], 2),
    ("nowhere", &[], 2),
    ("a.pol --min-coverage 101", &[], 2),
];

#[test]
fn files_and_tests_are_chosen() {
    let folder = tree(TREE);
    for (arguments, expected, code) in RUNS {
        let output = policyc(folder.path(), &format!("{arguments} --format json"));
        assert_eq!(output.status.code(), Some(*code), "{arguments}\n{}{}", text(&output.stdout), text(&output.stderr));
        let ran: Vec<String> = match code {
            2 => Vec::new(),
            _ => {
                let document: Value = serde_json::from_slice(&output.stdout).unwrap();
                let tests = document["tests"].as_array().unwrap().iter();
                let word = |test: &Value, key: &str| test[key].as_str().unwrap().to_owned();
                tests.map(|test| ["file", "policy", "name"].map(|key| word(test, key)).join(" ")).collect()
            }
        };
        assert_eq!(ran, *expected, "{arguments}");
        assert_eq!(output.stderr.is_empty(), *code == 0, "{arguments}");
    }
}

/// A policy, and what its tests leave: `LINE rule`, or `LINE text +-` with the branches that were taken.
const COVERED: &[(&str, &[&str], &[&str])] = &[
    // Each effect, reached and not.
    ("deny *;\nhide a;\ndeny b;\nallow c;\ntest \"t\" { call d -> deny; }", &["2", "3", "4"], &[]),
    ("deny *;\nhide a;\ndeny a;\ntest \"t\" { call a -> deny; }", &["3"], &[]),
    ("deny *;\nlimit a 1/min;\nrequire has args.x for a;\ntest \"t\" { call a -> deny; }", &["2"], &["3 has args.x -"]),
    (
        "deny *;\nlimit a 0/min;\nrequire approval for a;\ntest \"t\" { call a -> deny; }",
        &["3"], // the limit is full before anyone is asked
        &[],
    ),
    ("deny *;\nlimit a 1/min;\nrequire approval for a;\ntest \"t\" { call a -> approval; }", &[], &[]),
    // A guard that is false leaves the rule, and is half a branch.
    (
        "deny *;\nallow a;\ndeny a when args.x > 5;\ntest \"t\" { call a {\"x\": 5} -> allow; }",
        &["3"],
        &["3 args.x > 5 -"],
    ),
    (
        "deny *;\nallow a;\ndeny a when args.x > 5;\ntest \"t\" { call a {\"x\": 5} -> allow; call a {\"x\": 6} -> deny; }",
        &[],
        &["3 args.x > 5 +-"],
    ),
    // Every atom is asked, whatever the others say; `unless` turns the condition round and not the atoms.
    (
        "deny *;\nallow a when args.x == 1\n  and (args.y == 2 or not has args.z);\ntest \"t\" { call a -> deny; }",
        &["2"],
        &["2 args.x == 1 -", "3 args.y == 2 -", "3 has args.z -"],
    ),
    ("deny *;\nallow a unless args.x == 1;\ntest \"t\" { call a -> allow; }", &[], &["2 args.x == 1 -"]),
    // The condition of what opens is asked at step 3; that of what only bounds is not.
    ("deny *;\nrequire approval for a when args.x > 5;\ntest \"t\" { call a -> deny; }", &["2"], &["2 args.x > 5 -"]),
    (
        "deny *;\nallow a when has args.y;\nrequire approval for a when args.x > 5;\ntest \"t\" { call a -> deny; }",
        &["2", "3"],
        &["2 has args.y -", "3 args.x > 5 "],
    ),
    ("deny *;\nlimit * 5/min when args.x > 5;\ntest \"t\" { call a -> deny; }", &["2"], &["2 args.x > 5 "]),
    // `let` names stay as they are written; two policies share a rule.
    (
        "let most = 5;\ndeny *;\ndeny a when args.x > most;\npolicy p {\nallow a;\n}\npolicy q {\nallow b;\n}\n\
         test \"t\" { call a {\"x\": 9} -> deny; }",
        &["5", "8"],
        &["3 args.x > most +"],
    ),
];

#[test]
fn what_tests_exercise() {
    for (policy, rules, branches) in COVERED {
        let coverage = coverage(policy);
        let missing: Vec<String> =
            coverage.rules().filter(|rule| rule.exercised == 0).map(|rule| rule.line.to_string()).collect();
        assert_eq!(missing, *rules, "{policy}");
        let sides = |yes: u64, no: u64| format!("{}{}", if yes > 0 { "+" } else { "" }, if no > 0 { "-" } else { "" });
        let seen: Vec<String> = coverage
            .rules()
            .flat_map(|rule| &rule.atoms)
            .map(|atom| format!("{} {} {}", atom.line, atom.text, sides(atom.yes, atom.no)))
            .collect();
        assert_eq!(seen, *branches, "{policy}");
    }
}

#[test]
fn a_call_without_server_is_about_each_server_that_has_the_tool() {
    let folder = tree(&[
        ("one.json", r#"[{"name": "x"}, {"name": "y"}]"#),
        ("two.json", r#"[{"name": "x"}, {"name": "z"}]"#),
        (
            "a.pol",
            "server one from \"one.json\";\nserver two from \"two.json\";\ndeny *;\nlimit one::x 1/min;\n\
             require approval for two::x;\nallow y, z;\ntest \"t\" { call x times 2 -> approval; call one::x -> allow; }",
        ),
    ]);
    let output = policyc(folder.path(), "a.pol --coverage --format json");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{document:#}");
    let hits = |list: &str, key: &str| -> Vec<u64> {
        document["coverage"][list]["list"].as_array().unwrap().iter().map(|one| one[key].as_u64().unwrap()).collect()
    };
    assert_eq!(hits("rules", "exercised"), [3, 2, 0]);
    assert_eq!(hits("tools", "calls"), [3, 0, 2, 0]);
}

#[test]
fn rules_of_test_files_do_not_count_and_those_they_import_do() {
    let folder = tree(&[
        ("a.pol", "deny *;\nallow x;\nhide y;\n"),
        ("tests/t.pol", "import \"../a.pol\";\ndeny z;\ntest \"t\" { call x -> allow; call z -> deny \"deny@2\"; }"),
    ]);
    for (arguments, line) in [
        ("a.pol --coverage", "coverage: 1 of 2 rules (50.0%), no branches, 1 of 2 tools (50.0%)"),
        (". --coverage", "coverage: 1 of 2 rules (50.0%), no branches, 1 of 2 tools (50.0%)"),
        ("tests/t.pol --coverage", "coverage: 2 of 3 rules (66.6%), no branches, 2 of 3 tools (66.6%)"),
    ] {
        let output = text(&policyc(folder.path(), arguments).stdout);
        assert!(output.lines().any(|found| found == line), "{arguments}\n{output}");
    }
    for (least, code) in [(50, 0), (51, 1), (0, 0)] {
        let output = policyc(folder.path(), &format!("a.pol --min-coverage {least}"));
        assert_eq!(output.status.code(), Some(code), "{}", text(&output.stdout));
    }
    let nothing = tree(&[("a.pol", "deny *;")]);
    assert_eq!(policyc(nothing.path(), "a.pol --min-coverage 100").status.code(), Some(0));
}

/// Names that XML, a terminal or a line would stumble over.
const ODD: &str = "deny *; test \"<a & 'b'> \\\"c\\\" ]]>\" { call x -> allow; }\n\
                   test \"bell \\u0007, line\\n, \\u202e, \\uffff\" { call x -> deny; }";

#[test]
fn junit_is_xml_and_says_what_happened() {
    let folder = tree(&[("a&b.pol", ODD), ("bad.pol", "deny *; allow ;")]);
    let output = policyc(folder.path(), "a&b.pol bad.pol --format junit");
    assert_eq!(output.status.code(), Some(1));
    let document = text(&output.stdout);
    let mut reader = quick_xml::Reader::from_str(&document);
    let mut found = Vec::new();
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::End(_) => depth -= 1,
            event @ (Event::Start(_) | Event::Empty(_)) => {
                let (element, opened) = match &event {
                    Event::Start(element) => (element, 1),
                    Event::Empty(element) => (element, 0),
                    _ => unreachable!(),
                };
                let attributes = element.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    format!(
                        "{}={}",
                        attribute.key.as_ref(),
                        attribute.normalized_value(XmlVersion::Explicit1_0).unwrap()
                    )
                });
                let attributes: Vec<String> = attributes.collect();
                found.push(format!("{depth} {} {}", element.name().as_ref(), attributes.join("|")));
                depth += opened;
            }
            _ => {}
        }
    }
    let expected = [
        "0 testsuites name=policyc|tests=3|failures=1|errors=1",
        "1 testsuite name=a&b.pol|tests=2|failures=1|errors=0",
        "2 testcase name=<a & 'b'> \"c\" ]]>|classname=a&b|file=a&b.pol|line=1",
        "3 failure type=P603 test-fails|message=`x` should be allowed, but it is denied by `(default deny)`",
        "2 testcase name=bell \\u{7}, line\\u{a}, \\u{202e}, \\u{ffff}|classname=a&b|file=a&b.pol|line=2",
        "1 testsuite name=bad.pol|tests=1|failures=0|errors=1",
    ];
    assert_eq!(found[..expected.len()], expected, "{document}");
    assert!(found.iter().any(|line| line.starts_with("3 error type=P1")), "{document}");
    assert!(document.chars().all(|char| char == '\n' || !char.is_control()), "{document}");
    let human = text(&policyc(folder.path(), "a&b.pol").stdout);
    assert!(human.chars().all(|char| char == '\n' || !char.is_control()), "{human}");
}

/// A record that readers accept: what `lcov` 2 calls inconsistent does not occur, and the sums are right.
fn assert_consistent(record: &str) {
    let number = |text: &str| text.parse::<u64>().unwrap();
    let fields = |prefix: &str| -> Vec<Vec<String>> {
        let lines = record.lines().filter_map(|line| line.strip_prefix(prefix));
        lines.map(|line| line.split(',').map(str::to_owned).collect()).collect()
    };
    let lines = fields("DA:");
    let branches = fields("BRDA:");
    for line in &lines {
        let of_line: Vec<_> = branches.iter().filter(|branch| branch[0] == line[0]).collect();
        let hit = number(&line[1]) > 0;
        assert!(of_line.iter().all(|branch| (branch[3] == "-") != hit), "{record}");
        assert!(!hit || of_line.is_empty() || of_line.iter().any(|branch| branch[3] != "0"), "{record}");
    }
    assert!(branches.iter().all(|branch| lines.iter().any(|line| line[0] == branch[0])), "{record}");
    let sum = |prefix: &str| number(&fields(prefix)[0][0]);
    assert_eq!(sum("LF:"), lines.len() as u64);
    assert_eq!(sum("LH:"), lines.iter().filter(|line| line[1] != "0").count() as u64);
    assert_eq!(sum("BRF:"), branches.len() as u64);
    assert_eq!(sum("BRH:"), branches.iter().filter(|branch| branch[3] != "-" && branch[3] != "0").count() as u64);
}

#[test]
fn lcov_is_consistent() {
    for (policy, _, _) in COVERED {
        assert_consistent(&lcov(&coverage(policy)));
    }
    // Rules that share a line count as the one that was exercised least.
    let record = lcov(&coverage("deny *; hide a; deny b;\ntest \"t\" { call a -> deny; }"));
    assert_eq!(record, "TN:\nSF:policy.pol\nBRF:0\nBRH:0\nDA:1,0\nLF:1\nLH:0\nend_of_record\n");
    assert_eq!(lcov(&coverage("deny *;")), "");
}

#[test]
fn genhtml_reads_what_is_written() {
    if Command::new("genhtml").arg("--version").output().is_err() {
        eprintln!("skipped: genhtml, of the package lcov, is not installed");
        return;
    }
    let files: Vec<(String, &str)> =
        COVERED.iter().enumerate().map(|(index, (policy, _, _))| (format!("{index}.pol"), *policy)).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, policy)| (name.as_str(), *policy)).collect();
    let folder = tree(&files);
    let run = policyc(folder.path(), ". --lcov out.lcov");
    assert!(run.status.success(), "{}", text(&run.stderr));
    let mut genhtml = Command::new("genhtml");
    let html =
        genhtml.current_dir(folder.path()).args(["--branch-coverage", "-o", "html", "out.lcov"]).output().unwrap();
    let said = text(&html.stdout) + &text(&html.stderr);
    assert!(html.status.success() && !said.contains("ERROR") && !said.contains("WARNING"), "{said}");
    assert!(folder.path().join("html/index.html").is_file());
}

//! Inputs that must not hurt: each gives an error with a code, or works; nothing panics, hangs or is half written.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Far above what any of these takes, and far below for ever.
const PATIENCE: Duration = Duration::from_secs(120);

struct Run {
    code: i32,
    output: String,
    errors: String,
}

fn policyc(folder: &Path, arguments: &[&str]) -> Run {
    let mut child = Command::new(crate::run::BIN)
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(folder.join("stdout")).unwrap())
        .stderr(std::fs::File::create(folder.join("stderr")).unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("policyc {arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let read = |name: &str| String::from_utf8_lossy(&std::fs::read(folder.join(name)).unwrap()).into_owned();
    let run = Run { code: status.code().unwrap_or(-1), output: read("stdout"), errors: read("stderr") };
    assert!([0, 1, 2].contains(&run.code), "policyc {arguments:?} ended with {status}: {}", run.errors);
    assert!(!run.errors.contains("panicked"), "{}", run.errors);
    run
}

/// A policy text, and the code that it must give; `None` if it works.
fn texts() -> Vec<(&'static str, Vec<u8>, Option<&'static str>)> {
    let many = |part: &str, count: usize| part.repeat(count);
    vec![
        ("empty", b"".to_vec(), None),
        ("not UTF-8", b"deny *; allow \xff\xfe;\n".to_vec(), Some("P002")),
        ("NUL bytes", b"deny *;\0\0 allow a;\n".to_vec(), Some("P110")),
        (
            "nested parentheses",
            format!("deny *; allow a when {}args.x == 1{};", many("(", 100_000), many(")", 100_000)).into(),
            None,
        ),
        ("open parentheses", format!("deny *; allow a when {}args.x == 1;", many("(", 100_000)).into(), Some("P103")),
        ("many nots", format!("deny *; allow a when {}args.x == 1;", many("not ", 100_000)).into(), Some("P113")),
        (
            "nested or in and",
            format!("deny *; allow a when {}args.x == 1;", many("args.x == 1 and (args.x == 2 or (", 50_000)).into(),
            Some("P1"),
        ),
        ("many ors", format!("deny *; allow a when {}args.x == 1;", many("args.x == 1 or ", 20_000)).into(), None),
        ("a long name", format!("deny *; allow {};", many("a", 1_000_000)).into(), None),
        ("a long number", format!("deny *; allow a when args.x == {};", many("9", 1_000_000)).into(), None),
        ("a long limit", format!("deny *; limit a {}/min;", many("9", 1_000_000)).into(), None),
        ("a huge exponent", b"deny *; allow a when args.x < 1e999999999999999999999;".to_vec(), None),
        (
            "nested JSON",
            format!("deny *; test \"x\" {{ call a {{\"x\": {}{}}} -> deny; }}", many("[", 50_000), many("]", 50_000))
                .into(),
            Some("P113"),
        ),
        ("open blocks", many("policy a {", 50_000).into(), Some("P103")),
        ("closing braces", many("}", 20_000).into(), Some("P104")),
        ("quotes", many("\"", 100_001).into(), Some("P10")),
        ("semicolons", many(";", 100_000).into(), None),
        ("stars", format!("deny *; allow {};", many("*", 100_000)).into(), Some("P117")),
        ("a bad regex", b"deny *; allow a when args.x matches \"(?=x)\";".to_vec(), Some("P304")),
        (
            "a regex that blows up",
            b"deny *; allow a when args.x matches \"((a{1,1000}){1,1000}){1,1000}\";".to_vec(),
            Some("P304"),
        ),
        (
            "a deep regex",
            format!("deny *; allow a when args.x matches \"{}{}\";", many("(", 100_000), many(")", 100_000)).into(),
            Some("P304"),
        ),
        (
            "groups in a chain",
            {
                let chain: String = (0..5_000).map(|index| format!("group g{index} = @g{};\n", index + 1)).collect();
                format!("deny *; {chain} group g5000 = a; allow @g0;").into()
            },
            Some("P208"),
        ),
    ]
}

#[test]
fn odd_texts() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, code) in texts() {
        let file = folder.path().join("policy.pol");
        std::fs::write(&file, &text).unwrap();
        let check = policyc(folder.path(), &["check", "--format", "short", "policy.pol"]);
        match code {
            None => assert_eq!(
                check.code,
                0,
                "{name}: {}{}",
                check.output.get(..2_000).unwrap_or(&check.output),
                check.errors
            ),
            Some(code) => {
                assert_eq!(check.code, 1, "{name}: {}", check.errors);
                assert!(check.output.contains(code), "{name}: {}", check.output.get(..2_000).unwrap_or(&check.output));
            }
        }
        let compile = policyc(folder.path(), &["compile", "policy.pol"]);
        assert_eq!(compile.output.is_empty(), compile.code != 0, "{name}: a document if and only if all is well");
        policyc(folder.path(), &["fmt", "--check", "policy.pol"]);
        policyc(folder.path(), &["test", "policy.pol"]);
        assert_eq!(std::fs::read(&file).unwrap(), text, "{name}: the policy was changed");
        // Formatting either works or leaves the file alone.
        let format = policyc(folder.path(), &["fmt", "policy.pol"]);
        if format.code != 0 {
            assert_eq!(std::fs::read(&file).unwrap(), text, "{name}: the policy was changed though fmt failed");
        }
    }
}

#[test]
fn a_file_of_20_mb() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("deny *;\n");
    let mut index = 0;
    while text.len() < 20 << 20 {
        text.push_str(&format!(
            "// {}\nallow tool_{index} when args.x == {index};\n",
            "a comment of some length ".repeat(20)
        ));
        index += 1;
    }
    std::fs::write(folder.path().join("policy.pol"), text).unwrap();
    assert_eq!(policyc(folder.path(), &["check", "policy.pol"]).code, 0);
}

#[test]
fn odd_catalogues() {
    let folder = tempfile::tempdir().unwrap();
    let deep = format!(
        "{{\"tools\": [{{\"name\": \"a\", \"inputSchema\": {}{{}}{}}}]}}",
        "{\"properties\": {\"x\": ".repeat(10_000),
        "}}".repeat(10_000)
    );
    let many: Vec<String> = (0..5_000).map(|index| format!("{{\"name\": \"tool_{index}\"}}")).collect();
    let cases: Vec<(&str, String, i32)> = vec![
        ("not JSON", "hello".to_owned(), 1),
        ("truncated", "{\"tools\": [{\"name\": \"a\", \"inputSchema\": {\"type\": \"obj".to_owned(), 1),
        ("empty", String::new(), 1),
        ("no tools", "{}".to_owned(), 1),
        ("tools that are none", "[1, null, \"a\"]".to_owned(), 1),
        ("duplicate keys", "{\"tools\": [{\"name\": \"a\", \"name\": \"b\"}]}".to_owned(), 1),
        ("a tool listed twice", "[{\"name\": \"a\"}, {\"name\": \"a\"}]".to_owned(), 0),
        ("a schema that is no schema", "[{\"name\": \"a\", \"inputSchema\": 5}]".to_owned(), 0),
        ("a $ref cycle", ref_to("#/properties/x"), 0),
        ("a $ref to nowhere", ref_to("#/nowhere"), 0),
        ("a $ref to the network", ref_to("https://example.com/schema.json"), 0),
        ("a $ref to itself", ref_to("#"), 0),
        ("nested schemas", deep, 0),
        ("5,000 tools", format!("[{{\"name\": \"a\"}},{}]", many.join(",")), 0),
        ("NUL", "{\"tools\": [\0]}".to_owned(), 1),
    ];
    let policy =
        "server s from \"catalogue.json\";\ndeny *;\nallow a when args.x == 1;\nlimit a 5/min when args.x == 1;\n";
    std::fs::write(folder.path().join("policy.pol"), policy).unwrap();
    for (name, catalogue, code) in cases {
        std::fs::write(folder.path().join("catalogue.json"), &catalogue).unwrap();
        let run = policyc(folder.path(), &["check", "--format", "short", "policy.pol"]);
        assert_eq!(run.code, code, "{name}: {}{}", run.output, run.errors);
        if code == 1 {
            assert!(run.output.contains("P401"), "{name}: {}", run.output);
        }
        policyc(folder.path(), &["catalogue", "show", "catalogue.json"]);
    }
}

fn ref_to(target: &str) -> String {
    format!("[{{\"name\": \"a\", \"inputSchema\": {{\"properties\": {{\"x\": {{\"$ref\": \"{target}\"}}}}}}}}]")
}

#[test]
fn imports_that_lead_astray() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(folder.path().join("outside.pol"), "deny *;\nallow a;\n").unwrap();
    std::fs::write(inner.join("blocks.pol"), "policy p { allow a; }\n").unwrap();
    for (text, code, expected) in [
        ("import \"policy.pol\"; deny *;", 1, "P210"),
        ("import \"./../inner/policy.pol\"; deny *;", 1, "P210"),
        ("import \"missing.pol\"; deny *;", 1, "P001"),
        ("import \"..\"; deny *;", 1, "P001"),
        ("import \"\"; deny *;", 1, "P001"),
        ("import \"blocks.pol\"; deny *;", 1, "P211"),
        ("import \"../outside.pol\"; import \"../inner/../outside.pol\";", 0, ""),
        ("server s from \"../../../../../../no/such/file.json\"; deny *;", 1, "P001"),
    ] {
        std::fs::write(inner.join("policy.pol"), text).unwrap();
        let run = policyc(&inner, &["check", "--format", "short", "policy.pol"]);
        assert_eq!(run.code, code, "{text}: {}{}", run.output, run.errors);
        assert!(run.output.contains(expected), "{text}: {}", run.output);
    }
    let chain = folder.path().join("chain");
    std::fs::create_dir(&chain).unwrap();
    for index in 0..500 {
        std::fs::write(chain.join(format!("{index}.pol")), format!("import \"{}.pol\";\n", index + 1)).unwrap();
    }
    assert_eq!(policyc(&chain, &["check", "0.pol"]).code, 1);
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.pol");
    std::fs::write(&policy, "deny *; limit a 5/min;\n").unwrap();
    let existing = folder.path().join("out.json");
    std::fs::write(&existing, "precious").unwrap();

    // A policy with an error leaves the old artefact alone.
    std::fs::write(folder.path().join("wrong.pol"), "deny *; limit a 5/week;\n").unwrap();
    assert_eq!(policyc(folder.path(), &["compile", "wrong.pol", "-o", "out.json"]).code, 1);
    assert_eq!(std::fs::read_to_string(&existing).unwrap(), "precious");

    // A document never takes the place of what it was made from.
    std::fs::write(folder.path().join("tools.json"), "[{\"name\": \"a\"}]").unwrap();
    std::fs::write(folder.path().join("named.pol"), "server s from \"tools.json\"; deny *; limit a 5/min;\n").unwrap();
    for output in ["tools.json", "./tools.json", "named.pol"] {
        let before = std::fs::read(folder.path().join(output)).unwrap();
        let run = policyc(folder.path(), &["compile", "named.pol", "-o", output]);
        assert!(run.code == 2 && run.errors.contains("is read by this very command"), "{output}: {}", run.errors);
        assert_eq!(std::fs::read(folder.path().join(output)).unwrap(), before);
    }

    // A folder takes the document under a name of its own.
    std::fs::create_dir(folder.path().join("out")).unwrap();
    assert_eq!(policyc(folder.path(), &["compile", "policy.pol", "-o", "out"]).code, 0);
    assert!(folder.path().join("out/policy.policylayer.json").exists());

    // A folder that does not exist, a file where a folder should be.
    for output in ["no/such/folder/out.json", "policy.pol/out.json"] {
        let run = policyc(folder.path(), &["compile", "policy.pol", "-o", output]);
        assert_eq!(run.code, 2, "{output}: {}", run.errors);
        assert!(run.errors.contains("cannot write"), "{}", run.errors);
    }
    assert_eq!(std::fs::read_to_string(&policy).unwrap(), "deny *; limit a 5/min;\n");

    assert_eq!(policyc(folder.path(), &["compile", "policy.pol", "-o", "out.json"]).code, 0);
    let document = std::fs::read_to_string(&existing).unwrap();
    assert!(document.contains("a_rate"), "{document}");
    let left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn command_lines_that_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("two.pol"), "deny *; policy a { allow x; } policy b { allow y; }\n").unwrap();
    std::fs::write(folder.path().join("policyc.toml"), "").unwrap();
    for arguments in [
        vec![],
        vec!["compile"],
        vec!["compile", "missing.pol"],
        vec!["compile", "."],
        vec!["compile", "two.pol"],
        vec!["compile", "two.pol", "--policy", "a", "--target", "policylayre"],
        vec!["compile", "two.pol", "--policy", "a", "--server", "nope"],
        vec!["compile", "two.pol", "--policy", "a", "--target", "intercept", "--canonical"],
        vec!["eval", "two.pol", "--policy", "a"],
        vec!["eval", "-", "--calls", "-"],
        vec!["eval", "two.pol", "--policy", "a", "--calls", "missing.jsonl"],
        vec!["explain", "no-such-code"],
        vec!["catalogue", "show", "missing.json"],
        vec!["check", "--format", "xml", "two.pol"],
    ] {
        let run = policyc(folder.path(), &arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}{}", run.output, run.errors);
        assert!(run.output.is_empty() && !run.errors.is_empty(), "{arguments:?}");
    }
    std::fs::write(folder.path().join("policyc.toml"), "catalogs = 5\n").unwrap();
    let run = policyc(folder.path(), &["check", "two.pol"]);
    assert!(run.code == 2 && run.errors.contains("catalogs"), "{}", run.errors);
}

#[test]
fn odd_calls_are_denied() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("policy.pol"), "allow *; limit a 1/min of args.x;\n").unwrap();
    let deep = format!("{{\"name\": \"b\", \"arguments\": {{\"x\": {}{}}}}}", "[".repeat(50_000), "]".repeat(50_000));
    let digits = format!("{{\"name\": \"a\", \"arguments\": {{\"x\": {}}}}}", "9".repeat(4_000));
    let lines: Vec<(&str, &str)> = vec![
        ("[]", "deny\t(malformed)"),
        ("5", "deny\t(malformed)"),
        ("{", "deny\t(malformed)"),
        ("{\"arguments\": {}}", "deny\t(malformed)"),
        ("{\"name\": 5, \"arguments\": {}}", "deny\t(malformed)"),
        ("{\"name\": \"b\", \"arguments\": []}", "deny\t(malformed)"),
        ("{\"name\": \"b\", \"name\": \"c\", \"arguments\": {}}", "deny\t(malformed)"),
        ("{\"name\": \"b\", \"arguments\": {\"x\": {\"y\": 1, \"y\": 2}}}", "deny\t(malformed)"),
        ("{\"name\": \"b\", \"arguments\": {\"x\": \"\\ud800\"}}", "deny\t(malformed)"),
        ("{\"name\": \"b\", \"arguments\": {}, \"at\": \"yesterday\"}", "deny\t(malformed)"),
        ("{\"name\": \"b\", \"arguments\": {}, \"at\": \"2026-01-01T00:00:00\"}", "deny\t(malformed)"),
        ("{\"name\": \"b\", \"arguments\": {\"x\": 1e400}}", "allow"),
        ("{\"name\": \"a\", \"arguments\": {\"x\": 1e400}}", "deny\ta_x_minute"),
        ("{\"name\": \"a\", \"arguments\": {\"x\": 1e-999999999}}", "deny\ta_x_minute"),
        (&digits, "deny\ta_x_minute"),
        (&deep, "allow"),
        ("{\"name\": \"a\", \"arguments\": {\"x\": 1}, \"at\": \"2026-01-01T00:00:30Z\"}", "allow"),
        ("{\"name\": \"a\", \"arguments\": {\"x\": 1}, \"at\": \"2025-01-01T00:00:30Z\"}", "allow"),
        ("{\"name\": \"a\", \"arguments\": {\"x\": 1}, \"at\": \"2026-01-01T00:00:31Z\"}", "deny\ta_x_minute"),
    ];
    let text: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    std::fs::write(folder.path().join("calls.jsonl"), text.join("\n")).unwrap();
    let run = policyc(folder.path(), &["eval", "policy.pol", "--calls", "calls.jsonl"]);
    // What is no call is told by its line, too.
    assert_eq!(run.code, 2, "{}", run.errors);
    let told: Vec<String> =
        run.errors.lines().map(|line| line.split(" is malformed: ").next().unwrap().to_owned()).collect();
    let numbered = lines.iter().enumerate().filter(|(_, (_, answer))| answer.ends_with("(malformed)"));
    assert_eq!(told, numbered.map(|(index, _)| format!("policyc: line {}", index + 1)).collect::<Vec<_>>());
    let answers: Vec<String> =
        run.output.lines().map(|line| line.split('\t').take(2).collect::<Vec<_>>().join("\t")).collect();
    let expected: Vec<&str> = lines.iter().map(|(_, answer)| *answer).collect();
    assert_eq!(answers, expected);
}

#[test]
fn standard_input_is_a_policy() {
    let mut child = Command::new(crate::run::BIN)
        .args(["compile", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), b"deny *; limit send_dm_to_user 30/min per grant")
        .unwrap();
    let Output { status, stdout, .. } = child.wait_with_output().unwrap();
    assert!(status.success());
    assert!(String::from_utf8(stdout).unwrap().contains("\"counter\": \"send_dm_to_user_rate\""));
}

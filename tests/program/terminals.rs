//! How the program behaves towards terminals and pipes.
#![cfg(unix)]

use std::process::{Command, Stdio};

const BIN: &str = crate::run::BIN;

/// The status and the errors of a command whose output nobody reads.
fn unread(arguments: &[&str], policy: &str) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.pol"), policy).unwrap();
    std::fs::write(folder.path().join("c.json"), "[]").unwrap();
    let log = "{\"name\": \"get_order\", \"arguments\": {\"order_id\": 7}}\n";
    std::fs::write(folder.path().join("log.jsonl"), log).unwrap();
    let mut child = Command::new(BIN)
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run = child.wait_with_output().unwrap();
    (run.status.code().unwrap(), String::from_utf8(run.stderr).unwrap())
}

#[test]
fn a_reader_that_has_gone_changes_nothing() {
    let wrong = format!("deny *;\n{}", "alow x;\n".repeat(5_000));
    for command in ["check", "lint"] {
        for format in ["human", "short", "json"] {
            assert_eq!(
                unread(&[command, "--format", format, "p.pol"], &wrong),
                (1, String::new()),
                "{command} {format}"
            );
            assert_eq!(unread(&[command, "--format", format, "p.pol"], "deny *;"), (0, String::new()));
        }
    }
    let call = "{\"name\": \"a\", \"arguments\": {}}";
    let shop = crate::support::root().join("docs/catalogues/shop.json");
    let shop = shop.to_str().unwrap();
    for line in [
        &["compile", "p.pol"][..],
        &["watch", "p.pol"],
        &["watch", "--format", "json", "--poll", "1", "."],
        &["catalogue", "show", "c.json", "c.json"],
        &["catalogue", "classify", "--json", "."],
        &["describe", "p.pol"],
        &["limits", "p.pol"],
        &["init", "--catalogue", shop],
        &["init", "--catalogue", shop, "--from-log", "log.jsonl", "--explain"],
        &["eval", "p.pol", "--call", call],
        &["explain", "P001"],
        &["catalogue", "diff", "c.json", "c.json"],
        &["catalogue", "lock", "--catalogue", "c.json"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let (code, errors) = unread(line, "deny *; allow a; limit a 1/min;");
        assert!(code == 0 && !errors.contains("policyc:") && !errors.contains("panicked"), "{line:?}: {errors}");
    }
}

#[test]
fn a_dumb_terminal_gets_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.pol"), "alow x;").unwrap();
    let on_terminal = |term: &str| {
        let run = Command::new("script")
            .args(["-qc", &format!("{BIN} check p.pol"), "/dev/null"])
            .env("TERM", term)
            .env_remove("NO_COLOR")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output();
        run.ok().map(|run| String::from_utf8_lossy(&run.stdout).contains('\u{1b}'))
    };
    // Without `script` there is no terminal to try it on.
    if on_terminal("xterm") == Some(true) {
        assert_eq!(on_terminal("dumb"), Some(false));
    }
}

/// Every command says what its exit status means, but for those that only print or serve.
#[test]
fn each_help_has_the_exit_status() {
    let help = |words: &[&str]| crate::run::in_process(&[words, &["--help"]].concat(), b"").1;
    let commands = |text: &str| -> Vec<String> {
        let listed = text.split("Commands:\n").nth(1).unwrap_or_default();
        let lines = listed.lines().take_while(|line| !line.trim().is_empty());
        lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).map(str::to_owned).collect()
    };
    let mut seen = 0;
    for name in commands(&help(&[])) {
        let text = help(&[&name]);
        let inner = commands(&text);
        let texts = if inner.is_empty() {
            vec![(name.clone(), text)]
        } else {
            inner.iter().map(|inner| (format!("{name} {inner}"), help(&[&name, inner]))).collect()
        };
        for (name, text) in texts {
            if name.ends_with("help") || ["lsp", "completions"].contains(&name.as_str()) {
                continue;
            }
            assert!(text.contains("Exit status: "), "policyc {name} --help");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

//! Whatever goes wrong, the answer is a denial in the form of the client.

use std::path::Path;

use super::events::events;
use super::{hook, run, shop};

/// It is denied in the form of the client: with its JSON, the reason on standard error, and the status 2.
fn denied(client: &str, (status, output, error): (i32, String, String), reason: &str) {
    assert_eq!(status, 2, "{client}: {output}{error}");
    assert!(error.contains(reason) && error.lines().count() == 1, "{client}: {reason:?} is not in {error:?}");
    if ["opencode", "windsurf"].contains(&client) {
        assert_eq!(output, "");
    } else {
        let json: serde_json::Value = serde_json::from_str(&output).unwrap();
        assert!(output.contains("deny") || json["cancel"] == true, "{client}: {output}");
        assert!(output.contains(&serde_json::to_string(error.trim_end()).unwrap()), "{client}: {output}");
    }
}

fn each_client(test: impl Fn(&str, &str)) {
    for (client, _, text) in events() {
        test(&client, &text.replace("4711", "5"));
    }
}

#[test]
fn what_stands_on_standard_input() {
    let deep = "[".repeat(200_000);
    let twice = r#"{"a": {"b": 1, "b": 1}}"#;
    let inputs: [(&[u8], &str); 8] = [
        (b"", "is not JSON"),
        (b"{\"hook_event_name\": \"PreTo", "is not JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"[]", "has no event that is known"),
        (b"{}", "has no event that is known"),
        (b"null", "has no event that is known"),
        (deep.as_bytes(), "is not JSON"),
        (twice.as_bytes(), "duplicate key"),
    ];
    each_client(|client, _| {
        let folder = shop();
        for (input, reason) in inputs {
            denied(client, hook(folder.path(), client, &[], input), reason);
        }
    });
    let large = vec![b' '; (64 << 20) + 1];
    denied("codex", hook(shop().path(), "codex", &[], &large), "is larger than 64 MiB");
}

#[test]
fn what_is_wrong_with_an_event() {
    each_client(|client, text| {
        let twice = text.replacen('{', "{\"session\": 1, \"session\": 2, ", 1);
        denied(client, hook(shop().path(), client, &[], twice.as_bytes()), "duplicate key");
        // In the arguments, which some clients write as a text.
        let twice =
            text.replace("\"to\"", "\"amount\": 1, \"to\"").replace("\\\"to\\\"", "\\\"amount\\\": 1, \\\"to\\\"");
        assert_ne!(twice, text);
        denied(client, hook(shop().path(), client, &[], twice.as_bytes()), "duplicate key");
        for arguments in ["null", "[]", "7", "\"\"", "\"[]\""] {
            let event = text
                .replace("{\"amount\": 5, \"to\": \"ann\"}", arguments)
                .replace("\"{\\\"amount\\\": 5, \\\"to\\\": \\\"ann\\\"}\"", arguments);
            assert_ne!(event, text);
            denied(client, hook(shop().path(), client, &[], event.as_bytes()), "The arguments of the call");
        }
    });
}

#[test]
fn what_is_wrong_with_the_policy() {
    each_client(|client, text| {
        let folder = shop();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let wrong = |reason: &str| denied(client, hook(folder.path(), client, &[], text.as_bytes()), reason);
        std::fs::remove_file(folder.path().join("tools.json")).unwrap();
        wrong("has errors, on line 1");
        write("tools.json", "{\"tools\": [");
        wrong("has errors, on line");
        write("tools.json", "{\"tools\": []}");
        wrong("has errors, on line");
        write("shop.pol", "deny wire-money when");
        wrong("`policyc check ");
        write("shop.pol", "policy a { deny *; } policy b { deny *; }");
        wrong("name one with `--policy NAME`");
        write("shop.pol", "deny *;");
        wrong("say how the client calls it with `--server NAME`");
        write("policyc.toml", "nonsense");
        wrong("policyc.toml");
        std::fs::remove_file(folder.path().join("policyc.toml")).unwrap();
        std::fs::remove_file(folder.path().join("shop.pol")).unwrap();
        wrong("there is no such file");
    });
}

#[test]
fn what_is_wrong_with_the_command_line() {
    each_client(|client, text| {
        let options = [
            (vec!["--nonsense"], "The command line of the hook is wrong: unexpected argument '--nonsense' found"),
            (vec!["--caller", "[]"], "`--caller` is not a JSON object"),
            (vec!["--caller", "{\"a\": 1, \"a\": 2}"], "`--caller` has a duplicate key"),
            (vec!["--server", "other=x"], "`--server` does not fit"),
            (vec!["--on-store-failure", "maybe"], "The command line of the hook is wrong"),
            (vec!["--log", "x.jsonl", "--log-arguments", "--mask", "amount"], "is no path of an argument"),
        ];
        for (options, reason) in options {
            denied(client, hook(shop().path(), client, &options, text.as_bytes()), reason);
        }
        let (exit, output, error) = run::in_process(&["hook", &format!("--client={client}")], text.as_bytes());
        denied(client, (exit as i32, output, error), "The command line of the hook is wrong");
    });
    for line in [&["hook", "--client", "nobody", "p.pol"][..], &["hook", "p.pol"], &["hook", "p.pol", "--client"]] {
        let (exit, output, error) = run::in_process(line, b"");
        denied("any client", (exit as i32, output, error), "The command line of the hook is wrong");
    }
    let (exit, output, _) = run::in_process(&["hook", "--help"], b"");
    assert!(exit as i32 == 0 && output.contains("Examples:"));
}

fn store(folder: &Path, client: &str, text: &str, more: &[&str]) -> (i32, String, String) {
    hook(folder, client, more, text.as_bytes())
}

#[test]
fn what_is_wrong_with_the_counters() {
    each_client(|client, text| {
        let folder = shop();
        let path = folder.path().join("counters.db");
        let wrong = |reason: &str| {
            denied(client, store(folder.path(), client, text, &[]), reason);
            // A call that no limit counts does not need them.
            let other = text.replace("wire-money", "list_orders").replace("wire_money", "list_orders");
            assert_eq!(store(folder.path(), client, &other, &[]).0, 0, "{client}");
        };
        std::fs::write(&path, "This is no database. ".repeat(400)).unwrap();
        wrong("it is damaged; move it away");
        let (status, _, error) = store(folder.path(), client, text, &["--on-store-failure", "allow"]);
        assert_eq!(status, 0);
        assert!(error.starts_with("policyc: the counters in `") && error.contains("it is damaged"), "{error}");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        wrong("it cannot be opened");
        std::fs::remove_dir(&path).unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("CREATE TABLE t (a)").unwrap();
        drop(other);
        wrong("it is a database of another program");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(store(folder.path(), client, text, &[]).0, 0);
        let ours = rusqlite::Connection::open(&path).unwrap();
        ours.execute_batch("UPDATE counts SET used = 'many'").unwrap();
        wrong("it is damaged; move it away");
        ours.execute_batch("PRAGMA user_version = 2").unwrap();
        wrong("another version of policyc made it (layout 2, not 1)");
    });
}

/// A counter that another process holds for too long.
#[test]
fn counters_that_are_locked() {
    let (client, _, text) = events().swap_remove(0);
    let text = text.replace("4711", "5");
    let folder = shop();
    assert_eq!(store(folder.path(), &client, &text, &[]).0, 0);
    let mut other = rusqlite::Connection::open(folder.path().join("counters.db")).unwrap();
    let held = other.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    denied(&client, store(folder.path(), &client, &text, &[]), "another process has held it for more than 4 seconds");
    drop(held);
    assert_eq!(store(folder.path(), &client, &text, &[]).0, 0);
}

/// A disk that takes no more.
#[cfg(unix)]
#[test]
fn counters_without_room() {
    let (client, _, text) = events().swap_remove(0);
    let text = text.replace("4711", "5");
    let folder = shop();
    let link = folder.path().join("counters.db");
    if !Path::new("/dev/full").exists() {
        return;
    }
    std::os::unix::fs::symlink("/dev/full", &link).unwrap();
    denied(&client, store(folder.path(), &client, &text, &[]), "the counters in `");
}

/// Nobody reads the answer: the exit status says it.
#[test]
fn an_answer_that_cannot_be_written() {
    use std::process::{Command, Stdio};
    let Ok(full) = std::fs::File::options().write(true).open("/dev/full") else { return };
    let folder = shop();
    let (client, _, text) = events().swap_remove(0);
    std::fs::write(folder.path().join("event"), text.replace("4711", "5")).unwrap();
    let mut command = Command::new(run::BIN);
    command
        .args(["hook", "--client", &client, "shop.pol", "--counters", "counters.db", "--cache", "cache"])
        .current_dir(folder.path());
    command.stdin(std::fs::File::open(folder.path().join("event")).unwrap()).stdout(full).stderr(Stdio::null());
    assert_eq!(command.status().unwrap().code(), Some(2));
}

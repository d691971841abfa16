//! The event of each client, and the answer to it.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use super::{hook, root, shop};

/// The events in `tests/fixtures/hooks`: the client, the name of the file, the text.
pub(crate) fn events() -> Vec<(String, String, String)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(root().join("tests/fixtures/hooks")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 12);
    let event = |path: &PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name.split('.').next().unwrap().to_owned(), name, std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(event).collect()
}

fn shown((status, output, error): (i32, String, String)) -> String {
    assert!(output.is_empty() || output.ends_with('\n') && output.matches('\n').count() == 1, "{output:?}");
    assert!(output.is_empty() || serde_json::from_str::<Value>(&output).unwrap().is_object(), "{output:?}");
    format!("  out: {output:?}\n  err: {error:?}\n  status: {status}\n")
}

/// Each decision in the form of each client, byte for byte.
#[test]
fn answers() {
    let mut all = String::new();
    for (client, name, text) in events() {
        let folder = shop();
        let mut ask = |what: &str, event: &str| {
            write!(all, "{name}, {what}\n{}", shown(hook(folder.path(), &client, &[], event.as_bytes()))).unwrap();
        };
        ask("allowed", &text.replace("4711", "5"));
        ask("held", &text.replace("4711", "50"));
        ask("denied", &text.replace("4711", "500"));
        ask("unknown tool", &text.replace("wire", "burn"));
        ask("another server", &text.replace("pay", "own"));
        // Of three calls a day one or two are left: a client that asks does not come back.
        let texts = ["1", "2", "3"].map(|amount| text.replace("4711", amount));
        texts.iter().for_each(|event| drop(hook(folder.path(), &client, &[], event.as_bytes())));
        ask("limit", &text.replace("4711", "6"));
    }
    insta::assert_snapshot!(crate::without_days(&all));
}

/// An event without one of its members: what the member is for.
#[test]
fn members() {
    let mut all = String::new();
    for (client, name, text) in events() {
        let text = text.replace("4711", "5");
        let whole: Value = serde_json::from_str(&text).unwrap();
        for key in whole.as_object().unwrap().keys() {
            let mut event = whole.clone();
            event.as_object_mut().unwrap().remove(key);
            // A folder for each, so that no limit is full.
            let answer = hook(shop().path(), &client, &[], event.to_string().as_bytes());
            let same = answer == hook(shop().path(), &client, &[], text.as_bytes());
            if !same {
                let answer = if answer.0 == 2 { answer.2 } else { format!("{} {:?}\n", answer.0, answer.1) };
                write!(all, "{name} without {key}: {answer}").unwrap();
            }
        }
    }
    insta::assert_snapshot!(all);
}

/// The event of each client at the hook of each other.
#[test]
fn another_clients_event() {
    let mut all = String::new();
    let events = events();
    let mut clients: Vec<&str> = events.iter().map(|(client, _, _)| client.as_str()).collect();
    clients.dedup();
    for client in clients {
        for (own, name, text) in &events {
            let (status, output, _) = hook(shop().path(), client, &[], text.replace("4711", "5").as_bytes());
            if own != client && status == 0 {
                writeln!(all, "{client} answers {name}: {}", if output.is_empty() { "nothing" } else { "allow" })
                    .unwrap();
            }
        }
    }
    insta::assert_snapshot!(all);
}

/// The events that were recorded with the programs themselves.
#[test]
fn recorded_events() {
    let Some(shared) = std::env::var_os("POLICYC_SHARED") else {
        eprintln!("POLICYC_SHARED is not set; no recorded event was tried");
        return;
    };
    let folder = PathBuf::from(shared).join("gateways/harness/hook-events");
    let files = [
        ("claude-code", "claude-code-pretooluse.json"),
        ("codex", "codex-pretooluse.json"),
        ("codex", "codex-permissionrequest.json"),
        ("copilot", "copilot-cli-pretooluse.json"),
        ("copilot", "copilot-cli-pretooluse-snake.json"),
        ("gemini-cli", "gemini-cli-beforetool.json"),
        ("qwen-code", "qwen-code-pretooluse.json"),
        ("cline", "cline-cli-pretooluse.json"),
        ("cline", "cline-vscode-pretooluse.documented.json"),
        ("opencode", "opencode-shim.json"),
        ("vscode", "vscode-pretooluse.read.json"),
        ("cursor", "cursor-beforemcpexecution.documented.json"),
        ("windsurf", "windsurf-pre-mcp-tool-use.documented.json"),
    ];
    for (client, file) in files {
        let event = std::fs::read(folder.join(file)).unwrap();
        let work = shop();
        let ask = |policy: &str| {
            std::fs::write(work.path().join("shop.pol"), policy).unwrap();
            hook(work.path(), client, &["--server", "ev"], &event)
        };
        // Both arguments have arrived with their types, at the tool that was called.
        let (status, _, error) = ask("deny *; allow get-sum when args.a == 50 and args.b == 1;");
        assert_eq!((status, error.as_str()), (0, ""), "{file}");
        let (status, _, error) = ask("allow *; deny get-sum when args.a == 50 because \"Fifty.\";");
        assert_eq!((status, error.as_str()), (2, "Fifty. (deny@1) Set `args.a` to 49 instead of 50.\n"), "{file}");
    }
}

/// What a client makes of a name is compared whole with what it would make of those that are known.
#[test]
fn names() {
    let long = format!("a{}", "-long".repeat(11));
    let tools = ["get-sum", "get_sum", "drop.table", "run", &long];
    let listed: Vec<String> = tools.iter().map(|tool| format!("{{\"name\": \"{tool}\"}}")).collect();
    let folder = shop();
    std::fs::write(folder.path().join("tools.json"), format!("{{\"tools\": [{}]}}", listed.join(","))).unwrap();
    let policy =
        "server ev from \"tools.json\"; server ev__x from \"tools.json\"; allow *; deny ev::run because \"No.\";";
    std::fs::write(folder.path().join("shop.pol"), policy).unwrap();
    let mut all = String::new();
    let cases = [
        ("claude-code", "mcp__ev__get-sum"),
        ("claude-code", "mcp__ev__get_sum"),
        ("claude-code", "mcp__ev__drop_table"),
        ("claude-code", "mcp__ev__drop-table"),
        ("claude-code", "mcp__ev__other"),
        ("claude-code", "mcp__ev__"),
        ("claude-code", "mcp__ev__run"),
        ("claude-code", "mcp__ev__x__run"),
        ("claude-code", "mcp__evx__run"),
        ("claude-code", "mcp__EV__run"),
        ("claude-code", "Bash"),
        ("claude-code", &format!("mcp__ev__{long}")),
        ("claude-code", &format!("mcp__ev__{}", &long[..40])),
        ("qwen-code", "mcp__ev__get-sum"),
        ("qwen-code", "mcp__ev__run"),
        ("qwen-code", "mcp__ev__x__run"),
        ("qwen-code", "mcp__ev__x__"),
    ];
    for (client, name) in cases {
        let server = if client == "claude-code" { ", \"mcp_server\": {\"name\": \"ev\"}" } else { "" };
        let ids = if client == "claude-code" { "\"tool_use_id\": \"i\"" } else { "\"tool_call_id\": \"i\"" };
        let event = format!(
            "{{\"hook_event_name\": \"PreToolUse\", \"session_id\": \"s\", {ids}, \"tool_name\": \"{name}\", \"tool_input\": {{}}{server}}}"
        );
        let (status, output, error) = hook(folder.path(), client, &[], event.as_bytes());
        let answer = if status == 2 {
            error
        } else if output.is_empty() {
            "nothing\n".to_owned()
        } else {
            "allow\n".to_owned()
        };
        write!(all, "{client} {name}: {answer}").unwrap();
    }
    // Codex writes `-` as `_`, so two of the tools have one name there.
    let event = r#"{"hook_event_name": "PreToolUse", "session_id": "s", "turn_id": "t", "tool_name": "mcp__ev__get_sum", "tool_input": {}}"#;
    write!(all, "codex mcp__ev__get_sum: {}", hook(folder.path(), "codex", &[], event.as_bytes()).2).unwrap();
    insta::assert_snapshot!(all);
}

/// Two events about one call count once; each of them alone counts.
#[test]
fn two_events_of_one_call() {
    let events = events();
    let [first, second] = ["codex.first", "codex.second"]
        .map(|name| events.iter().find(|(_, other, _)| other == name).unwrap().2.replace("4711", "5"));
    let statuses = |folder: &std::path::Path, texts: &[&str]| -> Vec<i32> {
        texts.iter().map(|text| hook(folder, "codex", &[], text.as_bytes()).0).collect()
    };
    let texts = [&first, &second].repeat(4).into_iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(statuses(shop().path(), &texts), [0, 0, 0, 0, 0, 0, 2, 2]);
    assert_eq!(statuses(shop().path(), &[first.as_str(); 4]), [0, 0, 0, 2]);
    assert_eq!(statuses(shop().path(), &[second.as_str(); 4]), [0, 0, 0, 2]);
    // Other arguments are another call.
    let other = second.replace("ann", "bob");
    assert_eq!(statuses(shop().path(), &[&first, &other, &other, &second, &other]), [0, 0, 0, 0, 2]);
}

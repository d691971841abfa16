//! Settings that have something in them already, in all layouts.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::{Home, SETTINGS, usual};

/// Settings in JSON, of clients that read no comments.
const JSON: [(&str, &str); 17] = [
    ("empty file", ""),
    ("blank file", " \n\n"),
    ("empty object", "{}"),
    ("empty object with a line", "{\n}\n"),
    ("empty object with a space", "{ }\n"),
    ("one line", "{\"theme\": \"dark\", \"n\": 1.50e+2}\n"),
    ("one line, no space", "{\"a\":[1,2],\"b\":{}}"),
    ("two spaces", "{\n  \"theme\": \"dark\",\n  \"big\": 123456789012345678901234567890.10\n}\n"),
    ("four spaces", "{\n    \"theme\": \"dark\"\n}\n"),
    ("tabs", "{\n\t\"theme\": \"dark\",\n\t\"list\": [\n\t\t1\n\t]\n}\n"),
    ("line ends of Windows", "{\r\n  \"theme\": \"dark\"\r\n}\r\n"),
    ("byte-order mark", "\u{feff}{\n  \"theme\": \"dark\"\n}\n"),
    ("no last line end", "{\n  \"theme\": \"dark\"\n}"),
    ("empty hooks", "{\n  \"hooks\": {},\n  \"z\": 1\n}\n"),
    ("last on its line", "{\n  \"a\": 1,\n  \"b\": 2 }\n"),
    ("unicode and escapes", "{\n  \"k\\u0065y\": \"\\ud83d\\ude00 \u{1f600} \\/\"\n}\n"),
    ("odd order", "{\n  \"permissions\": {\n  },\n\n\n  \"hooks\":\n  {\n    \"Stop\": []\n  }\n}\n"),
];

/// What may be there besides for clients that read comments.
const COMMENTED: [(&str, &str); 6] = [
    ("comments", "// mine\n{\n  // first\n  \"theme\": \"dark\" // why\n  /* last */\n}\n// end\n"),
    ("a comment and nothing else", "{ // nothing yet\n}\n"),
    ("a comment on one line", "{ /* nothing yet */ }\n"),
    ("a comment behind the only member", "{\"a\": 1 // one\n}\n"),
    (
        "comments that look like something else",
        "{\n  \"a\": \"// no, \\\" /* no\", /* \"b\": 2, */\n  \"c\": 3 // }\n}\n",
    ),
    ("commas within comments", "{\n  \"a\": 1 /* , */\n}\n"),
];

/// What only opencode reads.
const COMMAS: [(&str, &str); 2] = [
    ("last commas", "{\n  \"a\": [1, 2,], // two\n  \"b\": {\"c\": 1,},\n}\n"),
    ("a last comma on one line", "{\"a\": 1, }"),
];

const TOML: [(&str, &str); 13] = [
    ("an empty table in a value", "hooks = {}\n[mcp_servers.pay]\ncommand = \"pay-server\"\n"),
    ("a list in a value", "hooks = { PreToolUse = [] }\n[mcp_servers.pay]\ncommand = \"pay-server\"\n"),
    ("an empty table", "[mcp_servers.pay]\ncommand = \"pay-server\"\n\n[hooks]\n# none yet\n\n[rest]\nx = 1\n"),
    (
        "the server is last",
        "[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = \"command\"\n\n[mcp_servers]\n[mcp_servers.pay]\n",
    ),
    ("usual", "model = \"x\" # mine\n\n[mcp_servers.pay]\ncommand = \"pay-server\"\n"),
    ("no last line end", "[mcp_servers.pay]\ncommand = \"pay-server\" # end"),
    ("line ends of Windows", "[mcp_servers.pay]\r\ncommand = \"pay-server\"\r\n\r\n[features]\r\nx = true\r\n"),
    ("byte-order mark", "\u{feff}[mcp_servers.pay]\ncommand = \"pay-server\"\n"),
    ("inline", "mcp_servers = { pay = { command = \"pay-server\" } }\n"),
    ("dotted", "mcp_servers.pay.command = \"pay-server\"\nn = 0x1F\n"),
    (
        "the wrong mode",
        "[mcp_servers.pay]\ndefault_tools_approval_mode = \"approve\" # quick\ncommand = \"pay-server\"\n",
    ),
    (
        "other hooks",
        "[[hooks.PreToolUse]]\nmatcher = \"^shell\"\n  [[hooks.PreToolUse.hooks]]\n  type = \"command\"\n  command = \"log\"\n\n\
         [mcp_servers.pay] # server\ncommand = \"pay-server\"\n\n# about the rest\n[rest]\nx = 1\n",
    ),
    (
        "hooks in a list",
        "[hooks]\nPreToolUse = [{ matcher = \"a\", hooks = [{ type = \"command\", command = \"log\" }] }]\n\n\
         [mcp_servers.pay]\ncommand = \"pay-server\"\n",
    ),
];

fn texts(client: &str) -> Vec<(&'static str, &'static str)> {
    match client {
        "codex" => TOML.to_vec(),
        "cline" => Vec::new(),
        "gemini-cli" | "qwen-code" => [&JSON[..], &COMMENTED].concat(),
        "opencode" => [&JSON[..], &COMMENTED, &COMMAS].concat(),
        _ => JSON.to_vec(),
    }
}

/// What was there stays, twice is once, and what is taken away leaves what was there.
#[test]
fn everything_else_stays() {
    let (mut all, mut count) = (String::new(), 0);
    for (client, file) in SETTINGS {
        for (name, before) in texts(client) {
            let home = Home::new();
            let path = home.path(file);
            home.write(&path, before);
            let (status, output, error) = home.hook("install", client, &["--yes"]);
            assert_eq!(status, 0, "{client}, {name}: {output}{error}");
            let read = || std::fs::read_to_string(&path).unwrap();
            let after = read();
            // Each line of before is there, in its order, but for commas.
            let mut lines = after.lines().map(|line| line.replace(',', ""));
            let is_tall = before.trim().lines().count() > 2
                && !name.contains("list")
                && !name.contains("value")
                && !["odd order", "empty hooks", "last on its line", "the wrong mode"].contains(&name);
            for line in before.lines().filter(|_| is_tall) {
                let line = line.replace(',', "");
                assert!(lines.any(|other| other == line), "{client}, {name}: {line:?} is gone in\n{after}");
            }
            assert_eq!(home.hook("check", client, &[]).0, 0, "{client}, {name}");
            assert_eq!(home.hook("install", client, &[]).0, 0, "{client}, {name}");
            assert_eq!(read(), after);
            if ["claude-code", "codex", "opencode"].contains(&client) {
                all.push_str(&format!("== {client}, {name}\n{}\n", home.plain(&after)));
            }
            let (status, output, error) = home.hook("uninstall", client, &["--yes"]);
            assert_eq!(status, 0, "{client}, {name}: {output}{error}");
            assert_eq!(read(), before, "{client}, {name}");
            count += 1;
        }
    }
    assert!(count > 150, "{count}");
    insta::assert_snapshot!(all);
}

/// Hooks of others, and further ones of ours, stay as they are.
#[test]
fn other_hooks_stay() {
    let home = Home::new();
    let path = home.path(".claude/settings.json");
    let before = r#"{
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "log 'policyc hook --client claude-code x'"}]},
      {"matcher": "Edit", "hooks": [{"type": "command", "command": "policyc hook --client claude-code /other.pol"}]}
    ],
    "Stop": [{"hooks": [{"type": "command", "command": "beep"}]}]
  },
  "permissions": {"allow": ["Bash(ls)"], "defaultMode": "dontAsk"}
}
"#;
    home.write(&path, before);
    assert_eq!(home.hook("install", "claude-code", &["--yes"]).0, 0);
    insta::assert_snapshot!(home.plain(&std::fs::read_to_string(&path).unwrap()));
    // Other options: it is changed where it is.
    assert_eq!(home.hook("install", "claude-code", &["--yes", "--observe"]).0, 0);
    let changed = std::fs::read_to_string(&path).unwrap();
    assert_eq!((changed.matches("shop.pol").count(), changed.matches("--observe").count()), (1, 1), "{changed}");
    assert_eq!(home.hook("uninstall", "claude-code", &["--yes"]).0, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
}

/// A group of hooks with an own one among others.
#[test]
fn an_own_hook_among_others() {
    let home = Home::new();
    let path = home.path(".claude/settings.json");
    let group = |own: &str| {
        let other = |name: &str| format!("{{\"type\": \"command\", \"command\": \"{name}\"}}");
        format!(
            "{{\"hooks\": {{\"PreToolUse\": [{{\"matcher\": \"*\", \"hooks\": [{}, {own}{}]}}]}}}}\n",
            other("one"),
            other("two")
        )
    };
    // Another time-out than is wanted, so it gets a group of its own.
    let own = format!(
        "{{\"type\": \"command\", \"command\": \"{} hook --client claude-code \\\"{}\\\"\", \"timeout\": 5}}, ",
        "policyc",
        home.policy()
    );
    home.write(&path, &group(&own));
    assert_eq!(home.hook("check", "claude-code", &[]).0, 1);
    assert_eq!(home.hook("install", "claude-code", &["--yes"]).0, 0);
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!((text.matches("shop.pol").count(), text.contains("\"timeout\": 5")), (1, false), "{text}");
    assert_eq!(home.hook("uninstall", "claude-code", &["--yes"]).0, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), group(""));
}

/// A home with the usual settings of a client and a second policy for the same server: it, the settings and the policy.
fn with_another(client: &str, file: &str) -> (Home, PathBuf, PathBuf) {
    let home = Home::new();
    let path = home.path(file);
    home.write(&path, usual(client));
    let other = home.path("other.pol");
    std::fs::write(&other, "server pay from \"it's mine/tools.json\";\ndeny *;\n").unwrap();
    (home, path, other)
}

/// Hooks for two policies: each comes and goes by itself, and what both rest on goes with the last.
#[test]
fn two_policies() {
    for (client, file) in SETTINGS {
        let (home, path, other) = with_another(client, file);
        let other = |task: &str| home.run(&["hook", task, client, other.to_str().unwrap(), "--yes"]);
        assert_eq!(home.hook("install", client, &["--yes"]).0, 0);
        let (status, _, error) = other("--install");
        if ["cline", "opencode"].contains(&client) {
            assert_eq!((status, error.contains("is the hook for other policies")), (2, true), "{client}: {error}");
            continue;
        }
        assert_eq!(status, 0, "{client}: {error}");
        assert_eq!(home.hook("check", client, &[]).0, 0, "{client}");
        assert_eq!(home.hook("uninstall", client, &["--yes"]).0, 0);
        let (status, output, _) = home.run(&["hook", "--check", client, "other.pol"]);
        assert_eq!(status, 0, "{client}: {output}");
        assert_eq!(other("--uninstall").0, 0);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), usual(client), "{client}");
    }
}

/// A hook for two policies is not replaced by one for one of them, nor taken away with it: the other would not hold any more.
#[test]
fn one_of_two_policies() {
    for (client, file) in SETTINGS {
        let (home, _, other) = with_another(client, file);
        let other = other.to_str().unwrap();
        assert_eq!(home.hook("install", client, &[other, "--yes"]).0, 0, "{client}");
        home.hook("install", client, &["--yes"]);
        home.hook("uninstall", client, &["--yes"]);
        let (status, output, error) = home.hook("check", client, &[other]);
        assert_eq!(status, 0, "{client}: {output}{error}");
    }
}

/// The settings of a project come before those of the user, whose mode may be a closed one.
#[test]
fn a_project_gets_no_mode() {
    let home = Home::new();
    assert_eq!(home.hook("install", "claude-code", &["--scope", "project", "--yes"]).0, 0);
    let text = std::fs::read_to_string(home.path(".claude/settings.json")).unwrap();
    assert!(text.contains("PreToolUse") && !text.contains("defaultMode"), "{text}");
}

/// What a person has changed since is not taken away with the hook.
#[test]
fn later_changes_stay() {
    for (client, file, add, left) in [
        (
            "claude-code",
            ".claude/settings.json",
            ("\"theme\": \"dark\"", "\"theme\": \"light\""),
            "{\n  \"theme\": \"light\"\n}\n",
        ),
        (
            "claude-code",
            ".claude/settings.json",
            ("\"defaultMode\": \"default\"", "\"defaultMode\": \"dontAsk\""),
            "{\n  \"theme\": \"dark\",\n  \"permissions\": {\n    \"defaultMode\": \"dontAsk\"\n  }\n}\n",
        ),
        (
            "windsurf",
            ".codeium/windsurf/hooks.json",
            ("\"hooks\": {", "\"hooks\": {\n    \"post\": [],"),
            "{\n  \"theme\": \"dark\",\n  \"hooks\": {\n    \"post\": []\n  }\n}\n",
        ),
        (
            "codex",
            ".codex/config.toml",
            ("model = \"x\"", "model = \"y\""),
            "model = \"y\" # mine\n\n[mcp_servers.pay]\ncommand = \"pay-server\"\n",
        ),
    ] {
        let home = Home::new();
        let path = home.path(file);
        home.write(&path, usual(client));
        assert_eq!(home.hook("install", client, &["--yes"]).0, 0);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(add.0), "{text}");
        std::fs::write(&path, text.replace(add.0, add.1)).unwrap();
        assert_eq!(home.hook("uninstall", client, &["--yes"]).0, 0);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), left);
    }
}

/// Without the record the hook goes, and what it rests on stays.
#[test]
fn without_a_record() {
    let home = Home::new();
    let path = home.path(".claude/settings.json");
    home.write(&path, usual("claude-code"));
    assert_eq!(home.hook("install", "claude-code", &["--yes"]).0, 0);
    std::fs::remove_dir_all(home.path(".local")).unwrap();
    let (status, _, error) = home.hook("uninstall", "claude-code", &["--yes"]);
    assert_eq!((status, error.contains("is left there: it is not known what was there before")), (0, true), "{error}");
    let left = std::fs::read_to_string(&path).unwrap();
    assert!(!left.contains("policyc") && left.contains("defaultMode"), "{left}");
}

/// What cannot be read, or must not be written, stays, with its place in the message.
#[test]
fn what_cannot_be_changed() {
    let mut all = String::new();
    for (client, file, before) in [
        ("claude-code", ".claude/settings.json", "{\n  \"a\": 1,\n}\n"),
        ("claude-code", ".claude/settings.json", "{\n  // mine\n  \"a\": 1\n}\n"),
        ("claude-code", ".claude/settings.json", "[]\n"),
        ("claude-code", ".claude/settings.json", "{\"a\": 1, \"a\": 2}\n"),
        ("claude-code", ".claude/settings.json", "{\"hooks\": []}\n"),
        ("claude-code", ".claude/settings.json", "{\n  \"hooks\": {\"PreToolUse\": {}}}\n"),
        ("claude-code", ".claude/settings.json", "{\"permissions\": null}\n"),
        ("gemini-cli", ".gemini/settings.json", "{\n  \"a\": 1, // one\n}\n"),
        ("gemini-cli", ".gemini/settings.json", "{ /* never closed\n}\n"),
        ("opencode", ".config/opencode/opencode.json", "{\n  \"permission\": \"allow\"\n}\n"),
        ("codex", ".codex/config.toml", "a = 1\nb = \n"),
        ("codex", ".codex/config.toml", "a = 1\na = 2\n"),
        ("codex", ".codex/config.toml", "hooks = 1\n[mcp_servers.pay]\n"),
        ("codex", ".codex/config.toml", "[mcp_servers.pay]\n[hooks.PreToolUse]\n"),
        ("codex", ".codex/config.toml", "[mcp_servers.pay]\r\na = 1\nb = 2\r\n"),
        ("codex", ".codex/config.toml", "[mcp_servers.other]\n"),
        ("cline", ".cline/hooks/PreToolUse", "#!/bin/sh\nlog\n"),
    ] {
        let home = Home::new();
        home.write(&home.path(file), before);
        let (status, output, error) = home.hook("install", client, &["--yes"]);
        assert_eq!((status, output.as_str()), (2, ""), "{client}: {before}");
        assert_eq!(std::fs::read_to_string(home.path(file)).unwrap(), before);
        all.push_str(&format!("{before:?}\n{error}"));
        assert_eq!(home.hook("check", client, &[]).0, 1, "{before}");
    }
    for (client, file) in SETTINGS {
        let home = Home::new();
        let path = home.path(file);
        home.write(&path, usual(client));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
        let (status, _, error) = home.hook("install", client, &["--yes"]);
        assert_eq!((status, error.contains("it is read-only")), (2, true), "{client}: {error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), usual(client));
        // A file that is no text, and one that is none at all.
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, b"\xff\xfe").unwrap();
        let (status, _, error) = home.hook("install", client, &["--yes"]);
        assert_eq!((status, error.contains("is not UTF-8")), (2, true), "{client}: {error}");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        let (status, _, error) = home.hook("install", client, &["--yes"]);
        assert_eq!((status, error.contains("it is a folder")), (2, true), "{client}: {error}");
    }
    insta::assert_snapshot!(all);
}

/// A link stays a link, and what it leads to is changed.
#[test]
fn links() {
    for (client, file) in SETTINGS.into_iter().filter(|(client, _)| *client != "cline") {
        let home = Home::new();
        let (path, kept) = (home.path(file), home.path("dotfiles/settings"));
        home.write(&kept, usual(client));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&kept, &path).unwrap();
        assert_eq!(home.hook("install", client, &["--yes"]).0, 0, "{client}");
        assert!(path.is_symlink() && std::fs::read_to_string(&kept).unwrap().contains("policyc"), "{client}");
        assert_eq!(home.hook("uninstall", client, &["--yes"]).0, 0, "{client}");
        assert!(path.is_symlink(), "{client}");
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), usual(client), "{client}");
    }
}

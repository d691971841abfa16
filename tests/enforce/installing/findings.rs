//! What `--check` finds.

use super::{Home, usual};

/// One change of settings with an installed hook, and what is said of it.
const CHANGES: [(&str, &str, &str, &str); 21] = [
    ("claude-code", ".claude/settings.json", "\"timeout\": 10", "\"timeout\": 600"),
    ("claude-code", ".claude/settings.json", ",\n            \"onFailure\": \"block\"", ""),
    ("claude-code", ".claude/settings.json", "\"onFailure\": \"block\"", "\"onFailure\": \"block\", \"async\": true"),
    ("claude-code", ".claude/settings.json", "^mcp__pay__", "mcp__pay"),
    ("claude-code", ".claude/settings.json", "^mcp__pay__", "mcp__pay__wire_money.*"),
    ("claude-code", ".claude/settings.json", "^mcp__pay__", "mcp__pay__(wire.*|list_orders)"),
    ("claude-code", ".claude/settings.json", "\"^mcp__pay__\"", "null"),
    ("claude-code", ".claude/settings.json", "^mcp__pay__", "(mcp__pay__"),
    ("claude-code", ".claude/settings.json", "\"PreToolUse\"", "\"PreTooluse\""),
    ("claude-code", ".claude/settings.json", "--client claude-code", "--client claude-code --observe"),
    ("claude-code", ".claude/settings.json", "POLICYC", "/no/such/policyc"),
    ("claude-code", ".claude/settings.json", "\"default\"", "\"bypassPermissions\""),
    ("claude-code", ".claude/settings.json", "\"theme\": \"dark\"", "\"disableAllHooks\": true"),
    ("qwen-code", ".qwen/settings.json", "\"theme\": \"dark\"", "/* quiet */ \"disableAllHooks\": true"),
    (
        "gemini-cli",
        ".gemini/settings.json",
        "\"theme\": \"dark\"",
        "\"hooksConfig\": {\"enabled\": false, \"disabled\": [\"policyc\"]}",
    ),
    ("gemini-cli", ".gemini/settings.json", "\"timeout\": 10000", "\"timeout\": 10"),
    ("copilot", ".copilot/hooks/policyc.json", "pay-.*", "pay"),
    (
        "opencode",
        ".config/opencode/opencode.json",
        "\"pay_*\": \"deny\"",
        "\"pay_*\": \"deny\", \"pay_list_orders\": \"allow\", \"*\": \"ask\"",
    ),
    ("codex", ".codex/config.toml", "timeout = 10", "timeout = 5"),
    (
        "codex",
        ".codex/config.toml",
        "\"prompt\"",
        "\"auto\"\n[mcp_servers.pay.tools.list_orders]\napproval_mode = \"approve\"\n[features]\nhooks = false",
    ),
    ("codex", ".codex/config.toml", "[[hooks.PermissionRequest", "[[hooks.PermissionRequests"),
];

#[test]
fn one_change_is_found() {
    let mut all = String::new();
    for (client, file, old, new) in CHANGES {
        let home = Home::new();
        let path = home.path(file);
        home.write(&path, usual(client));
        assert_eq!(home.hook("install", client, &["--yes"]).0, 0, "{client}");
        let text = std::fs::read_to_string(&path).unwrap();
        let old = old.replace("POLICYC", super::super::run::BIN);
        assert!(text.contains(&old), "{old} in {text}");
        std::fs::write(&path, text.replace(&old, new)).unwrap();
        let (status, output, _) = home.hook("check", client, &[]);
        let changed = home.plain(&old).trim().to_owned();
        all.push_str(&format!("{client}, {changed:?} -> {new:?}: {status}\n{output}"));
    }
    insta::assert_snapshot!(all);
}

/// A matcher that finds more, or is not there, does as well.
#[test]
fn wider_matchers_are_right() {
    for matcher in ["\"*\"", "\"\"", "\"mcp__.*\"", "\"^mcp__(pay|own)__.+\""] {
        let home = Home::new();
        assert_eq!(home.hook("install", "claude-code", &["--yes"]).0, 0);
        let path = home.path(".claude/settings.json");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"^mcp__pay__\"", matcher)).unwrap();
        assert_eq!(home.hook("check", "claude-code", &[]).0, 0, "{matcher}");
        let (status, output, _) = home.hook("install", "claude-code", &[]);
        assert_eq!((status, output.contains("has the hook already")), (0, true), "{matcher}: {output}");
    }
}

/// Other settings in the same folder, files that are gone, programs that do not run.
#[test]
fn what_lies_around() {
    let mut all = String::new();
    let mut say = |what: &str, (status, output, error): super::Ended| {
        all.push_str(&format!("{what}: {status}\n{output}{error}"));
    };
    let home = Home::new();
    say("not installed", home.hook("check", "claude-code", &[]));
    assert_eq!(home.hook("install", "claude-code", &["--yes", "--settings", "own.json"]).0, 0);
    home.write(
        &home.path(".claude/settings.json"),
        "{\"permissions\": {\"allow\": [\"Read\", \"mcp__pay\", \"mcp__pay__wire*\"]}}",
    );
    home.write(&home.path(".claude/settings.local.json"), "{\n  \"disableAllHooks\": true,\n}");
    say("a project", home.hook("check", "claude-code", &["--settings", "own.json"]));
    // What remains to be done is said at once.
    say("installed", home.hook("install", "claude-code", &["--yes", "--settings", "own.json"]));
    std::fs::remove_file(home.path(".claude/settings.local.json")).unwrap();
    std::fs::remove_file(home.path(".claude/settings.json")).unwrap();
    let other = home.path("other.pol");
    std::fs::write(&other, "deny *;").unwrap();
    let other = other.to_str().unwrap();
    let two = [other, "--yes", "--server", "pay", "--policy", "shop"];
    let (status, _, error) = home.hook("install", "windsurf", &two);
    assert_eq!(status, 2, "{error}");
    std::fs::write(other, "server pay from \"it's mine/tools.json\";\ndeny *;\n").unwrap();
    assert_eq!(home.hook("install", "windsurf", &[other, "--yes"]).0, 0);
    std::fs::remove_file(other).unwrap();
    say("a policy is gone", home.hook("check", "windsurf", &[]));
    assert_eq!(home.hook("install", "cline", &["--yes"]).0, 0);
    let script = home.path(".cline/hooks/PreToolUse");
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o644)).unwrap();
    say("a script that does not run", home.hook("check", "cline", &[]));
    assert_eq!(home.hook("install", "cline", &["--yes"]).0, 0);
    assert_eq!(home.hook("check", "cline", &[]).0, 0);
    assert_eq!(home.hook("install", "opencode", &["--yes"]).0, 0);
    std::fs::remove_file(home.path(".config/opencode/policyc.js")).unwrap();
    say("a plugin is gone", home.hook("check", "opencode", &[]));
    insta::assert_snapshot!(all);
}

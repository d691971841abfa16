//! The settings of each client, as data. The files, keys and matchers are those of the programs in the versions that docs/hook.md lists.

use policyc_core::pattern::regex_literal;
use serde_json::{Value, json};

use super::json::Comments;
use super::{Setting, Wanted};
use crate::hook::Covered;

/// Where the settings of a client are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// For the user, below the home folder.
    pub user: Option<&'static str>,
    /// For a project, below its folder.
    pub project: &'static str,
    /// The name of the client for `--client` in the command.
    pub answers_as: &'static str,
    /// What is to be known about an installed hook that no settings say.
    pub notes: &'static [&'static str],
    /// Whether the settings are a program of their own and not a text with other things in it.
    pub is_script: bool,
}

/// Settings that also hold for the client, beside those with the hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Related {
    /// Below the home folder.
    pub user: &'static [&'static str],
    /// Below the folder of the project.
    pub project: &'static [&'static str],
}

const OPEN: &str = "this client has no closed set-up: the policy holds only as long as the hook runs";

const BASE: Place = Place { user: None, project: "", answers_as: "", notes: &[], is_script: false };

/// Where the settings of a client are, by its name.
#[must_use]
pub fn place(client: &str) -> Option<Place> {
    let place = match client {
        "claude-code" => Place { user: Some(".claude/settings.json"), project: ".claude/settings.json", ..BASE },
        "codex" => Place {
            user: Some(".codex/config.toml"),
            project: ".codex/config.toml",
            notes: &[
                "Codex runs a hook only after somebody has trusted it, and after each change again: enter `/hooks` there. \
                      Whether it is trusted cannot be seen from outside",
            ],
            ..BASE
        },
        "copilot" => Place {
            user: Some(".copilot/hooks/policyc.json"),
            project: ".github/hooks/policyc.json",
            notes: &[
                "without `--allow-tool` for the servers a tool is refused where the hook does not allow it; those flags \
                      are on the command line of the client and cannot be seen from outside",
            ],
            ..BASE
        },
        // The same file starts the hook in Copilot CLI, so the command is for both.
        "vscode" => Place {
            project: ".github/hooks/policyc.json",
            answers_as: "copilot",
            notes: &[OPEN, "Copilot CLI reads the same file, and runs the hook, too"],
            ..BASE
        },
        "gemini-cli" => Place {
            user: Some(".gemini/settings.json"),
            project: ".gemini/settings.json",
            notes: &[
                OPEN,
                "what must never run belongs into a policy file of Gemini CLI: `policyc compile -t gemini-cli`",
            ],
            ..BASE
        },
        "qwen-code" => Place {
            user: Some(".qwen/settings.json"),
            project: ".qwen/settings.json",
            notes: &[OPEN, "what must never run belongs into `permissions.deny`"],
            ..BASE
        },
        "cline" => Place {
            user: Some(".cline/hooks/PreToolUse"),
            project: ".cline/hooks/PreToolUse",
            notes: &[OPEN],
            is_script: true,
            ..BASE
        },
        "opencode" => Place { user: Some(".config/opencode/opencode.json"), project: "opencode.json", ..BASE },
        "cursor" => Place {
            user: Some(".cursor/hooks.json"),
            project: ".cursor/hooks.json",
            notes: &["Cursor does not say of which server a call is, so the hook decides the tools of all servers"],
            ..BASE
        },
        "windsurf" => Place {
            user: Some(".codeium/windsurf/hooks.json"),
            project: ".windsurf/hooks.json",
            notes: &[OPEN],
            ..BASE
        },
        _ => return None,
    };
    Some(place)
}

/// Which other settings of a client may open a tool or switch hooks off.
#[must_use]
pub fn related(client: &str) -> Related {
    let (user, project): (&[_], &[_]) = match client {
        "claude-code" => (&[".claude/settings.json"], &[".claude/settings.json", ".claude/settings.local.json"]),
        "codex" => (&[".codex/config.toml"], &[".codex/config.toml"]),
        "copilot" => (&[], &[".github/copilot/settings.json"]),
        "gemini-cli" => (&[".gemini/settings.json"], &[".gemini/settings.json"]),
        "qwen-code" => (&[".qwen/settings.json"], &[".qwen/settings.json"]),
        "opencode" => (&[], &["opencode.json"]),
        _ => (&[], &[]),
    };
    Related { user, project }
}

/// What the client reads beyond JSON.
pub(super) fn comments(client: &str) -> Comments {
    match client {
        "gemini-cli" | "qwen-code" => Comments::Read,
        "opencode" => Comments::AndCommas,
        _ => Comments::None,
    }
}

/// Where the list of the client's hooks is; `None` for a client that loads a plugin.
pub(super) fn list(client: &str) -> Option<[&'static str; 2]> {
    Some(match client {
        "claude-code" | "qwen-code" | "copilot" | "vscode" => ["hooks", "PreToolUse"],
        "gemini-cli" => ["hooks", "BeforeTool"],
        "cursor" => ["hooks", "beforeMCPExecution"],
        "windsurf" => ["hooks", "pre_mcp_tool_use"],
        _ => return None,
    })
}

/// The entry in that list.
pub(super) fn entry(wanted: &Wanted<'_>) -> Value {
    let command = wanted.command;
    let matcher = matcher(wanted.client.name, wanted.servers);
    match wanted.client.name {
        "claude-code" => json!({"matcher": matcher, "hooks": [
            {"type": "command", "command": command, "timeout": 10, "onFailure": "block"}]}),
        "qwen-code" => json!({"matcher": matcher, "hooks": [{"type": "command", "command": command, "timeout": 10}]}),
        "gemini-cli" => json!({"matcher": matcher, "sequential": true, "hooks": [
            {"type": "command", "name": "policyc", "command": command, "timeout": 10_000}]}),
        "cursor" => json!({"command": command, "failClosed": true}),
        "windsurf" => json!({"command": command, "show_output": true}),
        _ => json!({"type": "command", "matcher": matcher, "command": command, "timeout": 10}),
    }
}

/// The regular expression that finds the tools of all servers by the names that the client gives them.
pub(super) fn matcher(client: &str, servers: &[Covered]) -> String {
    let mut called: Vec<String> = servers.iter().map(|server| regex_literal(&server.written)).collect();
    called.sort();
    called.dedup();
    let one = match called.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join("|")),
    };
    let (before, between) = servers.first().map_or(("", ""), |server| (server.before, server.between));
    // The pattern has to match the whole name there.
    if is_whole(client) { format!("{before}{one}{between}.*") } else { format!("^{before}{one}{between}") }
}

/// Whether the client lets a matcher match whole names only.
pub(super) fn is_whole(client: &str) -> bool {
    matches!(client, "copilot" | "vscode")
}

/// What else is in the settings.
pub(super) fn settings(wanted: &Wanted<'_>) -> Vec<Setting> {
    let setting = |path: &[&str], value: Value, also: &'static [&'static str]| Setting {
        path: path.iter().map(|&key| key.to_owned()).collect(),
        value,
        also,
        is_any: path == ["version"],
    };
    match wanted.client.name {
        // Settings of a project come before those of the user, and would open what these close.
        "claude-code" if wanted.is_project => Vec::new(),
        "claude-code" => {
            vec![setting(&["permissions", "defaultMode"], json!("default"), &["\"dontAsk\"", "\"plan\""])]
        }
        "copilot" | "vscode" | "cursor" => vec![setting(&["version"], json!(1), &[])],
        "opencode" => {
            let denied =
                |server: &Covered| setting(&["permission", &format!("{}_*", server.written)], json!("deny"), &[]);
            wanted.servers.iter().map(denied).collect()
        }
        _ => Vec::new(),
    }
}

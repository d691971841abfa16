//! `policyc hook --install`, `--check` and `--uninstall`: settings of all kinds, before and after.
#![cfg(unix)]

mod findings;
mod layouts;
mod property;
mod running;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{run, shop};

/// A folder that is the home of a user, with a policy in it whose path has a space and a quote.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

/// What a command line ended with: its status, its output, and what it said.
type Ended = (i32, String, String);

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policies = folder.path().join("it's mine");
        std::fs::create_dir(&policies).unwrap();
        for name in ["shop.pol", "tools.json"] {
            std::fs::copy(shop().path().join(name), policies.join(name)).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn policy(&self) -> String {
        self.path("it's mine/shop.pol").to_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, line: &[&str]) -> Command {
        let mut command = Command::new(run::BIN);
        command.args(line).current_dir(self.folder.path()).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin");
        command
    }

    pub(crate) fn run(&self, line: &[&str]) -> Ended {
        let output = self.command(line).output().unwrap();
        let text = |bytes: Vec<u8>| self.plain(&String::from_utf8(bytes).unwrap());
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// `policyc hook --TASK CLIENT` for the policy.
    pub(crate) fn hook(&self, task: &str, client: &str, more: &[&str]) -> Ended {
        let (task, policy) = (format!("--{task}"), self.policy());
        let mut line = vec!["hook", &task, client, &policy];
        line.extend(more);
        self.run(&line)
    }

    /// A text without the names of folders.
    pub(crate) fn plain(&self, text: &str) -> String {
        text.replace(run::BIN, "POLICYC").replace(self.folder.path().to_str().unwrap(), "HOME")
    }

    pub(crate) fn write(&self, path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// The settings of each client below the home folder, or the project for those that the user has not.
pub(crate) const SETTINGS: [(&str, &str); 10] = [
    ("claude-code", ".claude/settings.json"),
    ("codex", ".codex/config.toml"),
    ("copilot", ".copilot/hooks/policyc.json"),
    ("gemini-cli", ".gemini/settings.json"),
    ("qwen-code", ".qwen/settings.json"),
    ("cline", ".cline/hooks/PreToolUse"),
    ("opencode", ".config/opencode/opencode.json"),
    ("vscode", ".github/hooks/policyc.json"),
    ("cursor", ".cursor/hooks.json"),
    ("windsurf", ".codeium/windsurf/hooks.json"),
];

/// Settings that a hook can be installed into, of a client: as they may be before.
pub(crate) fn usual(client: &str) -> &'static str {
    match client {
        "codex" => "model = \"x\" # mine\n\n[mcp_servers.pay]\ncommand = \"pay-server\"\n",
        "cline" => "",
        _ => "{\n  \"theme\": \"dark\"\n}\n",
    }
}

/// What is installed where there was nothing, or next to nothing.
#[test]
fn first_installation() {
    let mut all = String::new();
    for (client, file) in SETTINGS {
        let home = Home::new();
        let before = usual(client);
        if client == "codex" {
            home.write(&home.path(file), before);
        }
        let (status, output, error) = home.hook("install", client, &["--yes", "--caller", "{\"team\": \"it's ours\"}"]);
        all.push_str(&format!("== {client}: {status}\n{output}{error}"));
        let written = std::fs::read_to_string(home.path(file)).unwrap();
        assert_eq!(home.hook("check", client, &["--caller", "{\"team\": \"it's ours\"}"]).0, 0, "{client}");
        // Another time, nothing changes, and nobody is asked.
        let (status, output, _) = home.hook("install", client, &["--caller", "{\"team\": \"it's ours\"}"]);
        assert_eq!((status, output), (0, format!("`HOME/{file}` has the hook already\n")), "{client}");
        assert_eq!(std::fs::read_to_string(home.path(file)).unwrap(), written);
        assert_eq!(home.hook("uninstall", client, &["--yes"]).0, 0, "{client}");
        match client {
            "codex" => assert_eq!(std::fs::read_to_string(home.path(file)).unwrap(), before),
            _ => assert!(!home.path(file).exists(), "{client}"),
        }
        let (status, output, _) = home.hook("uninstall", client, &[]);
        assert_eq!((status, output), (0, format!("`HOME/{file}` has no hook for these policies\n")));
        assert!(!home.path(".config/opencode/policyc.js").exists());
    }
    insta::assert_snapshot!(all);
}

#[test]
fn nothing_is_written_without_consent() {
    for (client, file) in SETTINGS {
        let home = Home::new();
        if client == "codex" {
            home.write(&home.path(file), usual(client));
        }
        let is_there = |home: &Home| home.path(file).exists() && client != "codex";
        let (status, shown, error) = home.hook("install", client, &[]);
        assert_eq!(status, 2, "{client}: {error}");
        assert!(error.contains("nothing was written; without a terminal to ask on, `--yes` writes it"), "{error}");
        assert!(shown.contains(&format!("+++ HOME/{file}\n")) && !is_there(&home), "{shown}");
        let dry = home.hook("install", client, &["--dry-run"]);
        assert_eq!((dry.0, dry.1.as_str()), (0, shown.as_str()));
        assert!(!is_there(&home), "{client}");
        assert!(!home.path(".local").exists());
    }
}

/// On a terminal a person is asked.
#[test]
fn a_terminal_asks() {
    for (answer, written) in [("y", true), ("yes", true), ("n", false), ("", false)] {
        let home = Home::new();
        let line = "\"$PROGRAM\" hook --install cursor \"$POLICY\"";
        let mut script = Command::new("script");
        script.args(["-qec", line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped()).env_clear();
        script
            .env("PROGRAM", run::BIN)
            .env("POLICY", home.policy())
            .env("HOME", home.path(""))
            .env("PATH", "/usr/bin:/bin");
        let Ok(mut child) = script.spawn() else {
            eprintln!("there is no `script`; nobody was asked");
            return;
        };
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{answer}\n").as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.contains("Write this? [y/N]"), "{output}");
        assert_eq!(home.path(".cursor/hooks.json").exists(), written, "{answer}: {output}");
        assert_eq!(output.contains("nothing was written"), !written, "{output}");
    }
}

/// Two scopes, a file of one's own, and what they conflict with.
#[test]
fn places() {
    let home = Home::new();
    assert_eq!(home.hook("install", "claude-code", &["--yes", "--scope", "project"]).0, 0);
    // Both would run.
    let (status, output, _) = home.hook("install", "claude-code", &["--yes", "--settings", "mine/own.json"]);
    let second = "HOME/.claude/settings.json: a second hook for the same policies";
    assert_eq!((status, output.contains(second)), (1, true), "{output}");
    assert!(home.path("mine/own.json").exists() && home.path(".claude/settings.json").exists());
    let (status, _, error) = home.hook("install", "vscode", &["--yes", "--scope", "user"]);
    assert_eq!((status, error.contains("use `--scope project`")), (2, true), "{error}");
    for more in [&["--scope", "user", "--settings", "x"][..], &["--client", "codex"], &["--program", "no/such"]] {
        let (status, output, error) = home.hook("install", "qwen-code", more);
        assert_eq!((status, output.contains("\"deny\"")), (2, more.contains(&"--client")), "{more:?}: {output}{error}");
    }
    // opencode reads either name.
    home.write(&home.path(".config/opencode/opencode.jsonc"), "{ // mine\n}\n");
    assert_eq!(home.hook("install", "opencode", &["--yes"]).0, 0);
    assert!(!home.path(".config/opencode/opencode.json").exists());
    assert_eq!(home.hook("uninstall", "opencode", &["--yes"]).0, 0);
    assert_eq!(std::fs::read_to_string(home.path(".config/opencode/opencode.jsonc")).unwrap(), "{ // mine\n}\n");
}

/// A policy that cannot decide is not installed.
#[test]
fn policies_are_read_first() {
    let home = Home::new();
    std::fs::write(home.path("wrong.pol"), "server pay from \"it's mine/tools.json\";\nallow wire_money;\n").unwrap();
    std::fs::write(home.path("bare.pol"), "deny *;\n").unwrap();
    for (line, reason) in [
        (&["hook", "--install", "codex", "wrong.pol"][..], "the policy `wrong.pol` has errors, on line 2"),
        (&["hook", "--install", "codex", "gone.pol"], "cannot read `gone.pol`"),
        (
            &["hook", "--install", "codex", "bare.pol"],
            "names no server; say how the client calls it with `--server NAME`",
        ),
        (&["hook", "--install", "opencode", "bare.pol", "--server", "x"], "no catalogue has tools of the server `x`"),
        (&["hook", "--install", "codex", "bare.pol", "--server", "x", "--yes"], "the settings have no server `x`"),
    ] {
        let (status, output, error) = home.run(line);
        assert_eq!((status, output.as_str()), (2, ""), "{line:?}");
        assert!(error.contains(reason), "{line:?}: {error}");
        assert_eq!(std::fs::read_dir(home.path("")).unwrap().count(), 3, "{line:?}");
    }
    let (status, output, _) = home.run(&["hook", "--check", "codex", "gone.pol"]);
    assert_eq!((status, output.contains("cannot read `gone.pol`")), (1, true));
}

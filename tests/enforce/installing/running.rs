//! What was installed does what it is for: the command in the settings is run as clients run it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::super::events::events;
use super::{Home, SETTINGS, usual};

/// The first command in settings.
fn command(client: &str, text: &str) -> String {
    fn find(value: &Value) -> Option<String> {
        match value {
            Value::Object(members) => members
                .get("command")
                .and_then(Value::as_str)
                .filter(|command| command.contains(" hook "))
                .map(str::to_owned)
                .or_else(|| members.values().find_map(find)),
            Value::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    match client {
        "codex" => {
            let parsed: toml_edit::DocumentMut = text.parse().unwrap();
            parsed["hooks"]["PreToolUse"][0]["hooks"][0]["command"].as_str().unwrap().to_owned()
        }
        _ => find(&serde_json::from_str(text).unwrap()).unwrap(),
    }
}

fn answer(home: &Home, mut command: Command, event: &str) -> (Option<i32>, String) {
    command.env_clear().env("HOME", home.path("")).env("PATH", "/usr/bin:/bin").current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(event.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_installed_command_decides() {
    let mut tried = 0;
    for (client, file) in SETTINGS {
        let home = Home::new();
        if client == "codex" {
            home.write(&home.path(file), usual(client));
        }
        let counters = home.path("a $HOME `x` \"b\".db");
        let more = ["--yes", "--counters", counters.to_str().unwrap(), "--caller", "{\"name\": \"it's $USER\"}"];
        assert_eq!(home.hook("install", client, &more).0, 0, "{client}");
        let text = std::fs::read_to_string(home.path(file)).unwrap();
        // The events of the client, and of Copilot CLI, which reads the file for Visual Studio Code, too.
        let own = |name: &str| name == client || client == "vscode" && name == "copilot";
        for (_, name, event) in events().into_iter().filter(|(of, _, _)| own(of)) {
            for (amount, denied) in [("4711", true), ("5", false)] {
                let run = || match client {
                    "cline" => Command::new(home.path(file)),
                    "opencode" => {
                        let plugin = std::fs::read_to_string(home.path(".config/opencode/policyc.js")).unwrap();
                        let line = plugin.lines().find_map(|line| line.strip_prefix("const hook = ")).unwrap();
                        let words: Vec<String> = serde_json::from_str(line).unwrap();
                        let mut command = Command::new(&words[0]);
                        command.args(&words[1..]);
                        command
                    }
                    _ => {
                        let mut shell = Command::new("sh");
                        shell.args(["-c", &command(client, &text)]);
                        shell
                    }
                };
                let (status, reason) = answer(&home, run(), &event.replace("4711", amount));
                assert_eq!(status, Some(if denied { 2 } else { 0 }), "{name}: {reason}");
                assert_eq!(reason.contains("More than a hundred goes through the bank"), denied, "{name}: {reason}");
                tried += 1;
            }
        }
        assert!(counters.exists(), "{client}");
    }
    assert!(tried >= 28, "{tried}");
}

/// The plugin, loaded by another program for JavaScript than opencode: it opens, passes and throws.
#[test]
fn the_plugin_of_opencode() {
    let home = Home::new();
    assert_eq!(home.hook("install", "opencode", &["--yes"]).0, 0);
    let test = r#"
        const { Policyc } = await import(process.argv[1])
        const plugin = await Policyc({ directory: "/" })
        // What else denies a tool or asks about it stays; the last key that matches counts.
        for (const permission of [
            { "pay_*": "deny" },
            { "pay_*": "deny", "*_orders": "deny" },
            { "*": "ask", "pay_*": "deny" },
            { "pay_list_orders": "deny", "pay_*": "deny", "bash": { "rm *": "deny" } },
            { "pay_list_orders": "allow", "pay_*": "deny" },
        ]) {
            const settings = { permission }
            await plugin.config(settings)
            console.log(JSON.stringify(settings))
        }
        for (const amount of [5, 4711]) {
            const call = { tool: "pay_wire-money", sessionID: "s", callID: "c" }
            try {
                await plugin["tool.execute.before"](call, { args: { amount } })
                console.log("passes")
            } catch (error) {
                console.log(error.message)
            }
        }
        await plugin["tool.execute.before"]({ tool: "bash", sessionID: "s", callID: "c" }, { args: {} })
    "#;
    std::fs::copy(home.path(".config/opencode/policyc.js"), home.path("policyc.mjs")).unwrap();
    let address = format!("file://{}", home.path("policyc.mjs").display());
    let node = Command::new("node")
        .args(["--input-type=module", "-e", test, &address])
        .env("HOME", home.path(""))
        .env_remove("XDG_STATE_HOME")
        .output();
    let Ok(ended) = node else {
        eprintln!("there is no `node`; the plugin was not run");
        return;
    };
    let (output, error) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    insta::assert_snapshot!(format!("{output}{error}"));
}

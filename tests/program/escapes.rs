//! Text from outside, in whatever place it comes, changes no terminal and draws no line of its own.

use std::path::Path;

use crate::run::in_process;

/// Cursor movement, a window title, C1, DEL, a direction mark, what has no width, line separators, and a line of its own.
const ODD: &str = "x\u{1b}[2J\u{1b}]0;pwned\u{7}\u{9b}31m\u{7f}\u{202e}\u{200b}\u{2028}\u{85}\u{b}\tt\rFORGED\nFORGED";

fn is_odd(char: char) -> bool {
    char.is_control() && !matches!(char, '\n' | '\t')
        || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A folder in which every text that comes from outside is odd.
fn write(folder: &Path, server: &str) {
    let odd = serde_json::to_string(ODD).unwrap();
    let catalogue = format!(
        r#"{{"tools": [{{"name": {odd}, "description": {odd}, "annotations": {{"title": {odd}, "readOnlyHint": true}},
            "inputSchema": {{"type": "object", "properties": {{{odd}: {{"type": "string", "enum": [{odd}], "description": {odd}}}}}}}}},
            {{"name": "plain", "inputSchema": {{"properties": {{{odd}: {{"$ref": {odd}}}}}}}}}, {{"name": "plain", {odd}: 1}}]}}"#
    );
    std::fs::write(folder.join(format!("{server}.json")), catalogue).unwrap();
    let policy = format!(
        "server s from \"{server}.json\";\ndeny *;\nallow {odd} when args.{odd} == {odd};\nlimit {odd} 1/min as \"n\";\n\
         deny plain when args.{odd} like {odd} because {odd};\nrequire approval by {odd} for plain when caller.{odd} == 1;\n\
         assert deny plain;\nassert allow {odd};\n\
         test {odd} {{ call {odd} {{{odd}: {odd}}} -> deny; call plain {{}} -> allow; }}\n// policyc: allow(x) {}\n",
        ODD.replace(['\n', '\r'], " ")
    );
    std::fs::write(folder.join("policy.pol"), &policy).unwrap();
    let other = policy.replace("1/min", "2/min").replace("deny plain when", "deny plain; deny plain when");
    std::fs::write(folder.join("other.pol"), other).unwrap();
    std::fs::write(
        folder.join("wrong.pol"),
        format!("allow {odd} when args.{odd} = 1; alow {odd}; import {odd}; {ODD}"),
    )
    .unwrap();
    std::fs::write(folder.join("calls.jsonl"), format!(
        "{{\"name\": {odd}, \"arguments\": {{{odd}: {odd}}}}}\n{{\"name\": \"plain\", \"arguments\": {{{odd}: {odd}}}}}\n{{\"name\": {odd}}}\n{{{odd}: {ODD}\n"
    )).unwrap();
    std::fs::write(folder.join("document.json"), format!("{{\"version\": {odd}, {odd}: {odd}}}")).unwrap();
    let servers = format!(
        r#"{{{odd}: {{"command": {odd}}}, "a": {{"command": "x", "args": ["${{A\\u001b}}"]}}, "b": {{"command": "x", "env": {{{odd}: []}}}}}}"#
    );
    std::fs::write(folder.join("mcp.json"), format!("{{\"mcpServers\": {servers}}}")).unwrap();
    std::fs::write(folder.join("none.json"), format!("{{\"mcpServers\": {{{odd}: {odd}}}}}")).unwrap();
}

#[test]
fn no_text_from_outside_reaches_a_terminal_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    // On most systems a file may have such a name, too.
    let named = root.path().join(ODD.replace('/', "_"));
    let folder = if std::fs::create_dir(&named).is_ok() { named } else { root.path().to_path_buf() };
    write(&folder, "s");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let [policy, other, wrong, calls, catalogue, document, settings, missing] =
        ["policy.pol", "other.pol", "wrong.pol", "calls.jsonl", "s.json", "document.json", "mcp.json", "missing.pol"]
            .map(path);
    let [empty, changed] = ["empty.json", "changed.json"].map(path);
    std::fs::write(&empty, "[]").unwrap();
    let text = std::fs::read_to_string(&catalogue).unwrap();
    std::fs::write(&changed, text.replace("FORGED", "FORGET").replace("\"string\"", "\"integer\"")).unwrap();
    let call = format!("{{\"name\": {0}, \"arguments\": {{{0}: {0}}}}}", serde_json::to_string(ODD).unwrap());
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut add = |line: &[&str]| lines.push(line.iter().map(|&part| part.to_owned()).collect());
    for file in [&policy, &other, &wrong, &missing] {
        for format in ["human", "short", "json"] {
            add(&["check", "--format", format, file]);
            add(&["lint", "--select", "all", "--format", format, file]);
        }
        for format in ["github", "gitlab", "sarif", "junit"] {
            add(&["lint", "--select", "all", "--format", format, file]);
        }
        add(&["describe", file]);
        add(&["describe", "--by", "rule", file]);
        add(&["describe", "--format", "markdown", file]);
        add(&["describe", "--format", "json", file]);
        add(&["limits", file]);
        add(&["limits", "--format", "json", file]);
        add(&["test", "--coverage", file]);
        add(&["test", "--format", "json", file]);
        add(&["test", "--format", "junit", file]);
        add(&["can", file, "plain"]);
        add(&["can", "--format", "json", file, "plain"]);
        add(&["eval", file, "--call", &call]);
        add(&["eval", "--trace", file, "--calls", &calls]);
        add(&["eval", "--json", "--trace", file, "--call", &call]);
        add(&["eval", "--remedy", file, "--calls", &calls]);
        add(&["eval", "--json", "--remedy", file, "--call", &call]);
        add(&["hook", "--client", "claude-code", file, "--counters", &path("n.db"), "--cache", &path("cache")]);
        add(&["hook", "--client", ODD, file, "--server", ODD]);
        for task in ["--install", "--check", "--uninstall"] {
            add(&[
                "hook",
                task,
                "cursor",
                file,
                "--server",
                ODD,
                "--settings",
                &path("hooks.json"),
                "--program",
                &policy,
            ]);
            add(&["hook", task, "cline", file, "--server", "s", "--settings", file]);
            add(&["hook", task, "codex", file, "--server", "s", "--settings", &settings]);
        }
        add(&["proxy", file, "--server", ODD, "--", "true"]);
        add(&["proxy", file, "--", ODD]);
        add(&["serve", file, "--listen", ODD]);
        add(&["serve", file, "--listen", "127.0.0.1:0", "--server", ODD, "--token-file", ODD]);
        add(&["serve", file, "--public-url", ODD]);
        add(&["replay", file, "--log", &calls]);
        add(&["replay", "--format", "json", file, "--log", &calls]);
        add(&["replay", file, "--against", &other, "--log", &calls]);
        add(&["replay", "--format", "json", file, "--against", &other, "--log", &calls]);
        for format in ["human", "markdown", "json"] {
            add(&["diff", "--format", format, file, &other]);
        }
        add(&["lint", "--diff", file]);
        add(&["fmt", "--check", file]);
        add(&["check", "--assertions", file, &document]);
        add(&["diff", &document, file]);
    }
    add(&["catalogue", "show", &catalogue]);
    add(&["catalogue", "show", "--json", &catalogue]);
    add(&["catalogue", "show", &catalogue, ODD]);
    add(&["catalogue", "show", &catalogue, "plain"]);
    add(&["catalogue", "show", &catalogue, "\u{1b}[2Jnone"]);
    add(&["catalogue", "show", &missing]);
    add(&["catalogue", "show", &catalogue, &changed, ODD]);
    add(&["catalogue", "show", &catalogue, &changed]);
    add(&["catalogue", "classify", folder.to_str().unwrap()]);
    add(&["catalogue", "classify", "--json", folder.to_str().unwrap()]);
    add(&["init", "--each", folder.to_str().unwrap(), "-o", &path("first")]);
    add(&["init", "--each", folder.to_str().unwrap(), folder.to_str().unwrap(), "-o", &path("first")]);
    add(&["init", "--catalogue", &catalogue]);
    add(&["init", "--catalogue", &missing]);
    add(&["init", "--catalogue", &catalogue, "--from-log", &calls, "--explain"]);
    add(&["init", "--catalogue", &catalogue, "--from-log", &missing]);
    add(&["catalogue", "lock", &policy]);
    add(&["catalogue", "lock", &policy, "--check", "--format", "json"]);
    add(&["check", "--locked", &policy]);
    add(&["catalogue", "review", &catalogue]);
    add(&["catalogue", "review", &catalogue, "--format", "json"]);
    add(&["catalogue", "review", &catalogue, ODD]);
    add(&["catalogue", "lock", &other, "--from", ODD]);
    for format in ["human", "markdown", "json"] {
        add(&["catalogue", "diff", "--format", format, &catalogue, &empty]);
        add(&["catalogue", "diff", "--format", format, &empty, &catalogue]);
        add(&["catalogue", "diff", "--format", format, &catalogue, &changed]);
    }
    add(&["catalogue", "diff", &missing, &catalogue]);
    add(&["catalogue", "fetch", "-o", &missing, "--", ODD]);
    add(&["catalogue", "fetch", "--timeout", "1", "--url", ODD]);
    add(&["catalogue", "fetch", "--url", "http://localhost:1", "--header", ODD]);
    add(&["catalogue", "fetch", "-o", &path("out"), "--from-config", &settings]);
    add(&["catalogue", "fetch", "-o", &path("out"), "--server", ODD, "--from-config", &path("none.json")]);
    add(&["compile", &missing]);
    add(&["explain", ODD]);
    add(&["can", &policy, ODD]);
    add(&["eval", &policy, "--policy", ODD, "--call", "{}"]);
    add(&["compile", "--target", ODD, &policy]);
    add(&["compile", "--server", ODD, &policy]);
    add(&["test", "--filter", ODD, &policy]);
    add(&[ODD]);
    // The texts are understood, so that all parts that speak of them do.
    let (_, told, _) = in_process(&["check", "--format", "short", &policy], b"");
    assert!(!told.contains("[P1") && !told.contains("[P2") && told.contains("P601"), "{told}");
    let mut wrong = Vec::new();
    for line in &lines {
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let (_, output, errors) = in_process(&line, b"");
        for text in [&output, &errors] {
            if let Some(char) = text.chars().find(|char| is_odd(*char)) {
                wrong.push(format!("{line:?} lets U+{:04X} pass", u32::from(char)));
            }
            // A diff has the lines of the file, and the parser of the command line repeats its own words.
            let is_own = line.contains(&"--diff") || line.contains(&"--target") || line == [ODD];
            if let Some(forged) = text.lines().find(|line| line.trim_start().starts_with("FORGED")).filter(|_| !is_own)
            {
                wrong.push(format!("{line:?} has a line of another: {forged:?}"));
            }
        }
        if (line.contains(&"json") || line.contains(&"--json")) && !output.is_empty() {
            let all = output.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
            if !all && serde_json::from_str::<serde_json::Value>(&output).is_err() {
                wrong.push(format!("{line:?} prints no JSON"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

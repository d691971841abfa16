//! Many servers at once, from the settings of a client.

use serde_json::json;

use crate::program::{command, left, marker, served};

pub(crate) fn tests() -> Vec<(&'static str, fn())> {
    vec![
        ("config::every_server_has_a_file", every_server_has_a_file),
        ("config::names_and_mistakes", names_and_mistakes),
    ]
}

fn every_server_has_a_file() {
    let (folder, marker) = (tempfile::tempdir().unwrap(), marker());
    let server = |mode: &str| {
        let words = served(mode, &marker);
        json!({"command": words[0], "args": words[1..], "env": {"THE_API_KEY": "${THE_VALUE}", "A": "t0p-s3cret"}})
    };
    let settings = json!({"mcpServers": {
        "one": server("normal"), "two/b": server("modern"), "told": server("tells"), "dead": server("dies"),
        "off": {"command": "x", "disabled": true}, "old": {"type": "sse", "url": "https://a.example"},
    }});
    std::fs::write(folder.path().join(".mcp.json"), settings.to_string()).unwrap();
    let old = "{\"tools\": [{\"name\": \"old\"}]}";
    std::fs::create_dir(folder.path().join("out")).unwrap();
    std::fs::write(folder.path().join("out/dead.json"), old).unwrap();
    let run = command(folder.path())
        .args(["catalogue", "fetch", "--from-config", ".mcp.json", "-o", "out"])
        .env("THE_VALUE", "k3y-of-the-environment")
        .output()
        .unwrap();
    let error = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{error}");
    for line in [
        "off: disabled, not fetched",
        "policyc: cannot fetch `old`: its transport is SSE",
        "one: 2 tools, MCP 2025-11-25, written to out/one.json",
        "two/b: 2 tools, MCP 2026-07-28, written to out/two_b.json",
        "policyc: cannot fetch `dead`: it ended before it answered `tools/list`",
        "told: warning: a credential is replaced by `***`",
    ] {
        assert!(error.contains(line), "{line:?} is not in: {error}");
    }
    let mut names: Vec<_> = std::fs::read_dir(folder.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["dead.json", "one.json", "told.json", "two_b.json"]);
    // What could not be fetched stays.
    assert_eq!(std::fs::read_to_string(folder.path().join("out/dead.json")).unwrap(), old);
    let told = std::fs::read_to_string(folder.path().join("out/told.json")).unwrap();
    for text in [&error, &told] {
        assert!(!text.contains("k3y-of-the-environment") && !text.contains("t0p-s3cret"), "{text}");
    }
    assert_eq!(left(&marker), Vec::<String>::new());

    let one = command(folder.path())
        .args(["catalogue", "fetch", "--from-config", ".mcp.json", "-o", "out", "--server", "one"])
        .env("THE_VALUE", "k3y-of-the-environment")
        .output()
        .unwrap();
    let error = String::from_utf8(one.stderr).unwrap();
    assert_eq!(
        (one.status.code(), error.as_str()),
        (Some(0), "one: 2 tools, MCP 2025-11-25, unchanged in out/one.json\n")
    );
}

fn names_and_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |settings: &str, more: &[&str], message: &str| {
        std::fs::write(folder.path().join("mcp.json"), settings).unwrap();
        let run = command(folder.path())
            .args(["catalogue", "fetch", "--from-config", "mcp.json", "-o", "out"])
            .args(more)
            .output()
            .unwrap();
        let error = String::from_utf8(run.stderr).unwrap();
        assert!(run.status.code() == Some(2) && error.contains(message), "{error}");
    };
    refused("{", &[], "`mcp.json` cannot be read: line 1");
    refused("{}", &[], "`mcp.json` names no servers");
    refused(
        "{\"mcpServers\": {\"a\": {\"command\": \"x\"}}}",
        &["--server", "b"],
        "`mcp.json` has no server `b`; it has `a`",
    );
    let same = "{\"mcpServers\": {\"a b\": {\"command\": \"x\"}, \"A_b\": {\"command\": \"x\"}}}";
    refused(same, &[], "would have the same file");
}

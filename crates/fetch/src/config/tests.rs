//! The settings of each program, as their documentation writes them.

use super::*;

/// The servers in a text, each on a line.
fn servers(path: &str, text: &str) -> String {
    let variable = |name: &str| match name {
        "TOKEN" => Some("t0ken".to_owned()),
        "DIR" => Some("/data".to_owned()),
        _ => None,
    };
    let settings = Settings { path: Path::new(path), home: Some(Path::new("/home/me")), variable: &variable };
    let found = match settings.read(text) {
        Ok(found) => found,
        Err(why) => return why,
    };
    let line = |found: Found| match found.server.map(|server| server.connection) {
        Ok(Connection::Command(command)) => {
            let folder = command.folder.map_or_else(String::new, |folder| format!(" in {}", folder.display()));
            format!("{}: {} {:?} {:?}{folder}", found.name, command.program, command.arguments, command.environment)
        }
        Ok(Connection::Url(url)) => format!("{}: {} {:?}", found.name, url.url, url.headers),
        Err(Skipped::Disabled) => format!("{}: disabled", found.name),
        Err(Skipped::Wrong(why)) => format!("{}: {why}", found.name),
    };
    found.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn claude_code() {
    let text = r#"{"mcpServers": {
        "files": {"command": "npx", "args": ["-y", "server", "${DIR}/x", "${NONE:-/tmp}", "$DIR"], "env": {"KEY": "${TOKEN}", "N": 1}},
        "web": {"type": "http", "url": "https://a.example/mcp", "headers": {"Authorization": "Bearer ${TOKEN}"}},
        "old": {"type": "sse", "url": "https://a.example/sse"},
        "unset": {"command": "x", "args": ["${NONE}"]},
        "empty": {}, "both": {"command": "x", "url": "https://a.example"}, "odd": [], "wrong": {"command": 1}
    }}"#;
    let expected = r#"files: npx ["-y", "server", "/data/x", "/tmp", "$DIR"] [("KEY", "t0ken"), ("N", "1")] in /work/project
web: https://a.example/mcp [("Authorization", "Bearer t0ken")]
old: its transport is SSE, which MCP has given up; if the server has streamable HTTP, write `"type": "http"`
unset: its `args`: the variable `NONE` is not set
empty: it has neither a `command` nor a URL
both: it has both a `command` and a URL
odd: it is no object
wrong: its `command` is no string"#;
    assert_eq!(servers("/work/project/.mcp.json", text), expected);
}

#[test]
fn claude_desktop_replaces_nothing() {
    let text = r#"{"mcpServers": {"a": {"command": "x", "args": ["${DIR}"], "env": {"A": "$TOKEN"}}}}"#;
    let path = "/home/me/.config/Claude/claude_desktop_config.json";
    assert_eq!(servers(path, text), r#"a: x ["${DIR}"] [("A", "$TOKEN")]"#);
}

#[test]
fn vs_code_and_cursor() {
    let text = r#"{
        // What the editor asks for.
        "inputs": [{"type": "promptString", "id": "key"}],
        "servers": {
            "a": {"type": "stdio", "command": "x", "args": ["${workspaceFolder}${/}b", "${userHome}"], "env": {"T": "${env:TOKEN}", "U": null}, "cwd": "sub"},
            "b": {"command": "x", "env": {"K": "${input:key}"}},
            "c": {"command": "x", "envFile": ".env"},
            "d": {"type": "http", "url": "https://a.example", "headers": {"X": "${file}"}},
        },
    }"#;
    let expected = r#"a: x ["/work/project/b", "/home/me"] [("T", "t0ken")] in /work/project/sub
b: its `env`: it asks for the input `key`, which only the editor can; put `${env:NAME}` there
c: its `envFile` is not read; set the variables in the environment or in `env`
d: its `headers`: `${file}` is not known here"#;
    assert_eq!(servers("/work/project/.vscode/mcp.json", text), expected);
    let user = r#"{"mcp": {"servers": {"a": {"command": "x"}}}}"#;
    assert_eq!(servers("/home/me/.vscode/settings.json", user), "a: x [] []");
    let cursor = r#"{"mcpServers": {"a": {"command": "x", "args": ["${env:DIR}", "${workspaceFolderBasename}"]}}}"#;
    assert_eq!(servers("/work/project/.cursor/mcp.json", cursor), r#"a: x ["/data", "project"] [] in /work/project"#);
}

#[test]
fn gemini() {
    let text = r#"{"mcpServers": {
        "a": {"command": "x", "args": ["$DIR/y", "${DIR}", "$NONE"], "cwd": "/srv", "trust": true},
        "b": {"httpUrl": "https://a.example/mcp", "headers": {"A": "$TOKEN"}},
        "c": {"url": "https://a.example/sse"}
    }}"#;
    let expected = r#"a: x ["/data/y", "/data", "$NONE"] [] in /srv
b: https://a.example/mcp [("A", "t0ken")]
c: its `url` is one of the transport SSE, which MCP has given up; if the server has streamable HTTP, write `httpUrl`"#;
    assert_eq!(servers("/home/me/.gemini/settings.json", text), expected);
}

#[test]
fn codex() {
    let text = r#"
model = "x"
[mcp_servers.a]
command = "x"
args = ["${DIR}"]
env = { A = "$TOKEN" }
startup_timeout_sec = 20
[mcp_servers.b]
url = "https://a.example/mcp"
bearer_token_env_var = "TOKEN"
http_headers = { X = "1" }
env_http_headers = { Y = "DIR" }
[mcp_servers.c]
command = "x"
enabled = false
[mcp_servers.d]
url = "https://a.example/mcp"
bearer_token_env_var = "NONE"
"#;
    let expected = r#"a: x ["${DIR}"] [("A", "$TOKEN")]
b: https://a.example/mcp [("X", "1"), ("Y", "/data"), ("Authorization", "Bearer t0ken")]
c: disabled
d: the variable `NONE` is not set"#;
    assert_eq!(servers("/home/me/.codex/config.toml", text), expected);
}

#[test]
fn mistakes_name_the_place_and_not_the_text() {
    for (path, text, expected) in [
        (
            "a.json",
            "{\n \"mcpServers\": {\"a\": {\"env\": {\"K\": \"s3cret\" \"x\"}}}}",
            "cannot be read: line 2: not JSON",
        ),
        ("a.json", "{}", "names no servers: there is no `mcpServers` or `servers`"),
        ("a.toml", "a = 1", "names no servers: there is no `[mcp_servers.NAME]`"),
        ("a.toml", "a = s3cret", "cannot be read: line 1: not TOML"),
        ("a.toml", "\ns3cret = 1\ns3cret = 2", "cannot be read: line 3: something is wrong there"),
        ("a.json", "", "cannot be read: line 1: not JSON"),
    ] {
        let why = servers(path, text);
        assert!(why.starts_with(expected) && !why.contains("s3cret"), "{text}: {why}");
    }
}

#[test]
fn names_of_files() {
    for (name, expected) in [("github", "github"), ("../a b", "_._a_b"), ("", "_"), ("Ä", "_"), ("a/b\\c:d", "a_b_c_d")]
    {
        assert_eq!(file_stem(name), expected);
    }
}

#[test]
fn headers_of_a_command_line() {
    let variable = |name: &str| (name == "TOKEN").then(|| "t0ken".to_owned());
    let server = |header: &str| at_url("https://a.example", &[header.to_owned()], &variable);
    let Ok(Server { connection: Connection::Url(url), .. }) = server("Authorization:  Bearer ${TOKEN}") else {
        panic!()
    };
    assert_eq!(url.headers, [("Authorization".to_owned(), "Bearer t0ken".to_owned())]);
    assert_eq!(server("X: ${NONE}").unwrap_err(), "the header `X`: the variable `NONE` is not set");
    assert!(server("secret").unwrap_err().starts_with("a header has no colon"));
}

//! What becomes of requests of clients, as a table.

use super::{Listening, Upstream, behaves};

const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wire","arguments":{"amount":5,"to":"bob"}}}"#;

/// A request of the revision 2026-07-28.
fn modern(id: u32, method: &str, params: &str) -> String {
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}"#;
    let params = if params.is_empty() { meta.to_owned() } else { format!("{params},{meta}") };
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params}}}}}"#)
}

/// A title, what `Mcp-*` headers and others a request has, and its body.
type Row = (&'static str, Vec<(&'static str, &'static str)>, String);

fn table(listening: &Listening, upstream: &Upstream, rows: Vec<Row>) -> String {
    let mut out = String::new();
    for (title, headers, body) in rows {
        upstream.taken();
        let answer = listening.post(&headers, &body);
        out.push_str(&format!("{title}\n  {}\n", answer.shown()));
        for arrived in upstream.taken() {
            out.push_str(&format!("  server: {}\n", arrived.shown()));
        }
    }
    out
}

#[test]
fn of_a_session() {
    let upstream = Upstream::start(behaves);
    let listening = Listening::start(&upstream.url, &["--header", "X-Key: ${KEY}"]);
    let session: &'static str = listening.begin(&[]).leak();
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
        [&[("mcp-session-id", session), ("mcp-protocol-version", "2025-11-25")], more].concat()
    };
    let text = |text: &str| text.to_owned();
    let denied =
        r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wire","arguments":{"amount":500}}}"#;
    let list = r#"{"jsonrpc":"2.0","id":3,"method":"tools/list"}"#;
    let rows: Vec<Row> = vec![
        ("a list", with(&[]), text(list)),
        ("a notification", with(&[]), text(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)),
        (
            "an allowed call, with a header that nobody asked for",
            with(&[("cookie", "a=1"), ("authorization", "Bearer x")]),
            text(CALL),
        ),
        ("a denied call", with(&[]), text(denied)),
        ("a denied call, if only streams are taken", with(&[("accept", "text/event-stream")]), text(denied)),
        (
            "a hidden tool",
            with(&[]),
            text(r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"secret"}}"#),
        ),
        ("a batch", with(&[]), format!("[{denied},{list}]")),
        ("an empty batch", with(&[]), text("[]")),
        (
            "a call without an identifier",
            with(&[]),
            text(r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"wire"}}"#),
        ),
        ("a header of the same method", with(&[("mcp-method", "tools/call"), ("mcp-name", "wire")]), text(CALL)),
        ("a header of another method", with(&[("mcp-method", "ping")]), text(CALL)),
        ("a header of another tool", with(&[("mcp-name", "get_status")]), text(CALL)),
        ("a header of another tool, encoded", with(&[("mcp-name", "=?base64?Z2V0X3N0YXR1cw==?=")]), text(CALL)),
        ("a header of another argument", with(&[("mcp-param-to", "eve")]), text(CALL)),
        ("a header of no argument", with(&[("mcp-param-x", "bob")]), text(CALL)),
        (
            "a header of a later revision",
            vec![("mcp-session-id", session), ("mcp-protocol-version", "2026-07-28")],
            text(CALL),
        ),
        ("a header of a batch", with(&[("mcp-method", "tools/list")]), format!("[{list}]")),
        ("a header twice", with(&[("mcp-session-id", session)]), text(CALL)),
        ("a method twice", with(&[("mcp-method", "tools/call"), ("mcp-method", "tools/call")]), text(CALL)),
        ("no session", vec![], text(CALL)),
        ("another session", vec![("mcp-session-id", "s999999")], text(CALL)),
        (
            "a duplicate key",
            with(&[]),
            text(r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"get_status","name":"wire"}}"#),
        ),
        ("no JSON", with(&[]), text("{")),
        ("no message", with(&[]), text("7")),
        ("another kind of body", with(&[("content-type", "text/plain")]), text(CALL)),
        ("another encoding", with(&[("content-type", "application/json; charset=utf-16")]), text(CALL)),
        ("a compressed body", with(&[("content-encoding", "gzip")]), text(CALL)),
        ("no streams", with(&[("accept", "application/json")]), text(CALL)),
        ("another origin", with(&[("origin", "https://evil.example")]), text(CALL)),
        ("another host", with(&[("host", "evil.example")]), text(CALL)),
    ];
    insta::assert_snapshot!(table(&listening, &upstream, rows).replace(session, "SESSION"));
}

#[test]
fn without_sessions() {
    let upstream = Upstream::start(behaves);
    let listening = Listening::start(&upstream.url, &[]);
    let call = |arguments: &str| modern(1, "tools/call", &format!("\"name\":\"wire\",\"arguments\":{arguments}"));
    let headers = |name: &'static str, more: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str)> {
        let method = if name.is_empty() { "tools/list" } else { "tools/call" };
        let name: &[_] = if name.is_empty() { &[] } else { &[("mcp-name", name)] };
        [&[("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)], name, more].concat()
    };
    let both = [("mcp-param-to", "bob"), ("mcp-param-amount", "5")];
    let plain = r#"{"to":"bob","amount":5}"#;
    let rows: Vec<Row> = vec![
        ("a header for an argument before the list", headers("wire", &both), call(plain)),
        ("a list", headers("", &[]), modern(1, "tools/list", "")),
        ("a call", headers("wire", &both), call(plain)),
        (
            "a call with other spellings",
            headers("wire", &[("mcp-param-to", "=?base64?Ym9i?="), ("mcp-param-amount", "05")]),
            call(plain),
        ),
        (
            "a name that is no ASCII",
            headers("wire", &[("mcp-param-to", "=?base64?w6Q=?="), ("mcp-param-amount", "5")]),
            call(r#"{"to":"ä","amount":5}"#),
        ),
        ("another argument", headers("wire", &[("mcp-param-to", "eve"), ("mcp-param-amount", "5")]), call(plain)),
        ("an argument that is missing", headers("wire", &both), call(r#"{"to":"bob"}"#)),
        ("a header that is missing", headers("wire", &[("mcp-param-to", "bob")]), call(plain)),
        ("another tool", headers("get_status", &both), call(plain)),
        ("no tool", vec![("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call")], call(plain)),
        ("no method", vec![("mcp-protocol-version", "2026-07-28"), ("mcp-name", "wire")], call(plain)),
        ("no revision", vec![("mcp-method", "tools/call"), ("mcp-name", "wire")], call(plain)),
        (
            "another revision",
            vec![("mcp-protocol-version", "2027-01-01"), ("mcp-method", "tools/call"), ("mcp-name", "wire")],
            call(plain),
        ),
        ("a batch", headers("wire", &[]), format!("[{}]", call(plain))),
        ("a denied call", headers("wire", &[("mcp-param-amount", "500")]), call(r#"{"amount":500}"#)),
        ("a session, which does not matter", headers("", &[("mcp-session-id", "x")]), modern(2, "tools/list", "")),
    ];
    insta::assert_snapshot!(table(&listening, &upstream, rows));
    let get = super::Answer::read(listening.send("GET", &[("mcp-protocol-version", "2026-07-28")], ""));
    assert_eq!(get.status, 405);
}

/// A result asks to call again; the approval is of this call, and of this client.
#[test]
fn approvals_without_sessions() {
    let upstream = Upstream::start(behaves);
    let listening = Listening::start(&upstream.url, &["--token-file", "tokens"]);
    let ann = ("authorization", "Bearer 0123456789abcdef");
    let bob = ("authorization", "Bearer fedcba9876543210");
    let call = |who, id, more: &str| {
        let headers = [who, ("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "wire")];
        listening.post(
            &headers,
            &modern(id, "tools/call", &format!("\"name\":\"wire\",\"arguments\":{{\"amount\":50}}{more}")),
        )
    };
    let asked = call(ann, 1, "");
    let state = |answer: &super::Answer| {
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        json["result"]["requestState"].as_str().unwrap().to_owned()
    };
    let again = |state: &str| {
        let yes = r#""inputResponses":{"policyc":{"action":"accept","content":{"approve":true}}}"#;
        format!(",\"requestState\":\"{state}\",{yes}")
    };
    let state = state(&asked);
    let stolen = call(bob, 2, &again(&state));
    assert!(stolen.body.contains("The approval is of another call"), "{stolen:?}");
    assert_eq!(upstream.taken().len(), 0);
    let approved = call(ann, 3, &again(&state));
    assert!(approved.body.contains("\"id\":3,\"result\":{\"content\":[]}"), "{approved:?}");
    let used = call(ann, 4, &again(&state));
    assert!(used.body.contains("used up"), "{used:?}");
    assert_eq!(upstream.taken().len(), 1);
}

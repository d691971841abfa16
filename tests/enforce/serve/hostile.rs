//! Requests that are wrong, and callers that may not ask.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{Service, TOKEN, request, short};
use crate::shop;

const CALL: &str = r#"{"name": "list_orders"}"#;
const OF_JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn what_two_programs_might_read_differently() {
    let service = Service::start(&[]);
    let deep = format!(
        "{{\"name\": \"list_orders\", \"arguments\": {{\"a\": {}1{}}}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let bodies = [
        "",
        "{",
        r#"{"name": "list_orders", "name": "x"}"#,
        r#"{"name": "list_orders", "arguments": {"a": 1, "A": 2}}"#,
        r#"{"name": "list_orders"} {}"#,
        r#"{"name": "list_orders", "unknown": 1}"#,
        r#"{"name": "list_orders", "at": "2026-01-01T00:00:00Z"}"#,
        r#"{"name": "list_orders", "arguments": {"a": 1e999}}"#,
        r#"{"name": 1}"#,
        r#"{"calls": []}"#,
        r#"{"calls": [{"name": "list_orders"}], "name": "x"}"#,
        r#"{"calls": [{"name": "list_orders"}, {}]}"#,
        "[]",
        "\u{feff}{}",
        r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_orders"}}"#,
        &deep,
    ];
    let mut out = String::new();
    for body in bodies {
        let start: String = body.chars().take(100).collect();
        writeln!(out, "{start}\n    {}", service.post("/v1/decide", body)).unwrap();
    }
    let heads = [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/yaml\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: application/json; charset=UTF-8\r\n",
        "Content-Type: application/json\r\nContent-Type: application/json\r\n",
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
        "Content-Type: application/json\r\nx-envoy-expected-rq-timeout-ms: 1000\r\n",
        "Content-Type: application/json\r\nx-envoy-auth-partial-body: false\r\n",
    ];
    for path in ["/v1/decide", "/v1/data/policyc/allow", "/access/v1/evaluation"] {
        for head in heads {
            let answer = service.ask("POST", path, head, CALL);
            writeln!(out, "{path} {}\n    {answer}", head.replace("\r\n", "; ")).unwrap();
        }
        writeln!(out, "GET {path}\n    {}", service.ask("GET", path, "", "")).unwrap();
    }
    insta::assert_snapshot!(out);
    let large = format!("{{\"name\": \"list_orders\", \"arguments\": {{\"a\": \"{}\"}}}}", "x".repeat(4 << 20));
    assert!(service.post("/v1/decide", &large).starts_with("413 The body is larger than 4194304 bytes."));
    assert!(service.post("/v1/decide", CALL).starts_with("200 "));
    let many = |count: usize, more: &str| {
        service.post("/v1/decide", &format!("{{\"calls\": [{}]{more}}}", vec![CALL; count].join(",")))
    };
    assert_eq!(many(1_000, "").matches("\"decision\":\"allow\"").count(), 1_000);
    assert!(many(1_001, "").starts_with("400 A request asks about 1 to 1000 calls."));
    assert!(many(20, ", \"remedy\": true").starts_with("200 "));
    assert!(many(21, ", \"explain\": true").starts_with("400 With \"explain\" or \"remedy\""));
}

#[test]
fn who_may_ask() {
    let service = Service::start(&["--allow-origin", "https://console.example"]);
    let mut out = String::new();
    let token = format!("Authorization: Bearer {TOKEN}\r\n");
    let heads = [
        String::new(),
        "Authorization: Bearer another-token-entirely\r\n".to_owned(),
        format!("{token}{token}"),
        format!("{token}Origin: https://evil.example\r\n"),
        format!("{token}Origin: null\r\n"),
        format!("{token}Origin: https://console.example\r\n"),
    ];
    for (number, head) in heads.iter().enumerate() {
        for path in ["/v1/decide", "/envoy/mcp", "/readyz", "/healthz", "/metrics", "/nothing"] {
            let method = if path.contains("z") || path == "/metrics" { "GET" } else { "POST" };
            let body = if method == "GET" { "" } else { CALL };
            let answer = short(&service.raw(request(method, path, &format!("{OF_JSON}{head}"), body).as_bytes()));
            let answer: String = answer.lines().next().unwrap_or_default().chars().take(90).collect();
            writeln!(out, "{number} {path}: {answer}").unwrap();
        }
    }
    let asks = service.raw(request("POST", "/v1/decide", OF_JSON, CALL).as_bytes());
    assert!(asks.contains("www-authenticate: Bearer realm=\"policyc\""), "{asks}");
    let echo = |id: &str| {
        service.raw(request("POST", "/v1/decide", &format!("{OF_JSON}{token}X-Request-ID: {id}\r\n"), CALL).as_bytes())
    };
    assert!(echo("7f-Ä").contains("x-request-id: 7f-Ä") && echo("a b").contains("x-request-id: a b"));
    assert!(!echo(&"x".repeat(300)).contains("x-request-id"));
    assert!(echo("a\r\n\r\nb").starts_with("HTTP/1.1 400") || !echo("a\rb").contains("a\rb"));
    insta::assert_snapshot!(out);
}

/// Without a token, requests for other names are refused, and nobody vouches for what a request says of its caller.
#[test]
fn without_tokens() {
    let service = Service::with(shop(), &["--listen", "127.0.0.1:0", "--allow-host", "pdp.example"]);
    let mut out = String::new();
    for host in ["localhost", "pdp.example:1", "evil.example"] {
        let wanted = request("POST", "/v1/decide", OF_JSON, CALL).replace("Host: localhost", &format!("Host: {host}"));
        let answer = short(&service.raw(wanted.as_bytes()));
        writeln!(out, "{host}: {answer}").unwrap();
    }
    let evaluation = r#"{"subject": {"type": "identity", "id": "u"}, "action": {"name": "tools/call"}, "resource": {"type": "tool", "id": "list_orders"}}"#;
    for (path, body) in [
        ("/v1/decide", r#"{"name": "list_orders", "grant": "g"}"#),
        ("/v1/decide", r#"{"name": "list_orders", "caller": {}}"#),
        ("/v1/decide", r#"{"name": "list_orders", "approved": true}"#),
        ("/v1/decide", r#"{"name": "list_orders", "dryRun": true}"#),
        ("/access/v1/evaluation", evaluation),
    ] {
        let answer = short(&service.raw(request("POST", path, OF_JSON, body).as_bytes()));
        writeln!(out, "{path} {body}\n    {answer}").unwrap();
    }
    insta::assert_snapshot!(out);
}

/// Somebody who sends half a request, or takes no answer, holds up nobody else.
#[test]
fn slow_callers() {
    let service = Service::start(&[]);
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(&service.address).unwrap();
            stream.write_all(b"POST /v1/decide HTTP/1.1\r\nHost: localhost\r\nContent-Le").unwrap();
            stream
        })
        .collect();
    assert!(service.post("/v1/decide", CALL).starts_with("200 "));
    // A body that does not come is answered after its time.
    let mut stream = TcpStream::connect(&service.address).unwrap();
    let head = format!("Authorization: Bearer {TOKEN}\r\n{OF_JSON}");
    let whole = request("POST", "/v1/decide", &head, CALL);
    stream.write_all(&whole.as_bytes()[..whole.len() - 3]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(short(&answer).starts_with("408 "), "{answer}");
    drop(slow);
}

//! Servers over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Fetch, fetch};

pub(crate) fn tests() -> Vec<(&'static str, fn())> {
    vec![
        ("http::handshakes", handshakes),
        ("http::events", events),
        ("http::what_is_refused", what_is_refused),
        ("http::redirects", redirects),
        ("http::headers_are_sent_and_never_shown", headers_are_sent_and_never_shown),
        ("http::addresses_and_headers_that_are_wrong", addresses_and_headers_that_are_wrong),
    ]
}

/// A request: the first line, the headers in lower case, the body.
#[derive(Debug, Clone)]
struct Request {
    line: String,
    headers: Vec<String>,
    body: Value,
}

impl Request {
    fn method(&self) -> &str {
        self.body["method"].as_str().unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|header| header.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// A server on this machine: its address, and what it was asked.
struct Site {
    url: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

/// What a site answers: the whole response, after which the connection ends unless more is to come.
enum Reply {
    Text(String),
    /// A response that does not end.
    Open(String),
}

fn site(answer: impl Fn(&Request, &str) -> Reply + Send + Sync + 'static) -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (asked, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
    let (log, own) = (Arc::clone(&asked), origin.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (answer, log, own) = (Arc::clone(&answer), Arc::clone(&log), own.clone());
            // A client may go away at any time.
            std::thread::spawn(move || _ = converse(stream.unwrap(), &*answer, &log, &own));
        }
    });
    Site { url: format!("{origin}/mcp"), asked }
}

fn converse(
    stream: TcpStream,
    answer: &dyn Fn(&Request, &str) -> Reply,
    log: &Mutex<Vec<Request>>,
    own: &str,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        let (name, value) = header.trim().split_once(": ").unwrap();
        headers.push(format!("{}: {value}", name.to_ascii_lowercase()));
    }
    let mut request = Request { line: line.trim().to_owned(), headers, body: Value::Null };
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = serde_json::from_slice(&body).unwrap_or_default();
    log.lock().unwrap().push(request.clone());
    let mut stream = stream;
    match answer(&request, own) {
        Reply::Text(text) => stream.write_all(text.as_bytes()),
        Reply::Open(text) => {
            stream.write_all(text.as_bytes())?;
            std::thread::sleep(Duration::from_secs(600));
            Ok(())
        }
    }
}

fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn text(body: &str) -> Reply {
    Reply::Text(response("200 OK", "Content-Type: application/json\r\n", body))
}

fn status(status: &str) -> Reply {
    Reply::Text(response(status, "", ""))
}

fn result(request: &Request, result: &Value) -> Reply {
    text(&json!({"jsonrpc": "2.0", "id": request.body["id"], "result": result}).to_string())
}

/// A server of the older revisions that behaves.
fn legacy(request: &Request) -> Reply {
    match request.method() {
        "initialize" => {
            let about = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}});
            let body = json!({"jsonrpc": "2.0", "id": request.body["id"], "result": about}).to_string();
            Reply::Text(response(
                "200 OK",
                "Content-Type: application/json; charset=utf-8\r\nMcp-Session-Id: s-1\r\n",
                &body,
            ))
        }
        "tools/list" => result(request, &json!({"tools": [{"name": "b"}, {"name": "a"}]})),
        "notifications/initialized" => status("202 Accepted"),
        _ if request.line.starts_with("DELETE") => status("204 No Content"),
        _ => status("400 Bad Request"),
    }
}

fn from_site(site: &Site, seconds: u64, more: &[&str]) -> Fetch {
    let arguments = [&["--url", &site.url], more].concat();
    fetch(seconds, &arguments.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(), |_| {})
}

fn handshakes() {
    let site = site(|request, _| legacy(request));
    from_site(&site, 50, &[]).wrote(&["a", "b"], &["2 tools, MCP 2025-11-25"]);
    let asked = site.asked.lock().unwrap();
    let line = |request: &Request| {
        let header = |name: &str| request.header(name).unwrap_or("-").to_owned();
        format!(
            "{} {} {} {}",
            request.line.split(' ').next().unwrap(),
            request.method(),
            header("mcp-protocol-version"),
            header("mcp-session-id")
        )
    };
    let lines: Vec<String> = asked.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "POST server/discover 2026-07-28 -",
            "POST initialize - -",
            "POST notifications/initialized 2025-11-25 s-1",
            "POST tools/list 2025-11-25 s-1",
            "DELETE  2025-11-25 s-1",
        ]
    );
    assert_eq!(asked[3].header("accept"), Some("application/json, text/event-stream"));

    let modern = self::site(|request, _| match request.method() {
        "server/discover" => result(
            request,
            &json!({
                "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {}, "ttlMs": 0, "cacheScope": "private",
            }),
        ),
        "tools/list" => result(
            request,
            &json!({"resultType": "complete", "tools": [{"name": "m"}], "ttlMs": 9, "cacheScope": "private"}),
        ),
        _ => status("404 Not Found"),
    });
    let fetch = from_site(&modern, 50, &[]);
    fetch.wrote(&["m"], &["1 tool, MCP 2026-07-28"]);
    assert!(fetch.file.contains("\"ttlMs\": 9"), "{}", fetch.file);
    let asked = modern.asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert_eq!(
        (asked[1].header("mcp-method"), asked[1].header("mcp-protocol-version")),
        (Some("tools/list"), Some("2026-07-28"))
    );
    assert_eq!(asked[1].body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], "2026-07-28");

    // Whatever an older server says to a method that it does not know.
    for answer in ["404 Not Found", "405 Method Not Allowed", "500 Internal Server Error"] {
        let site = self::site(
            move |request, _| if request.method() == "server/discover" { status(answer) } else { legacy(request) },
        );
        from_site(&site, 50, &[]).wrote(&["a", "b"], &[]);
    }
    let page = self::site(|request, _| match request.method() {
        "server/discover" => Reply::Text(response("200 OK", "Content-Type: text/html\r\n", "<html>")),
        _ => legacy(request),
    });
    from_site(&page, 50, &[]).wrote(&["a", "b"], &[]);
    let silent =
        self::site(
            |request, _| {
                if request.method() == "server/discover" { Reply::Open(String::new()) } else { legacy(request) }
            },
        );
    from_site(&silent, 6, &[]).wrote(&["a", "b"], &[]);
}

fn events() {
    let stream = |request: &Request, before: &str| {
        let message =
            json!({"jsonrpc": "2.0", "id": request.body["id"], "result": {"tools": [{"name": "a"}]}}).to_string();
        let (first, second) = message.split_at(message.find(',').unwrap() + 1);
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n{before}event: message\r\nid: 1\r\ndata: {first}\r\ndata: {second}\r\n\r\n"
        )
    };
    // The stream stays open: the answer counts. JSON may have a line end where it is split here.
    let site = site(move |request, _| match request.method() {
        "tools/list" => Reply::Open(stream(
            request,
            ": ping\n\ndata:\n\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n",
        )),
        _ => legacy(request),
    });
    from_site(&site, 50, &[]).wrote(&["a"], &[]);
    for (body, message) in [
        (
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n\n",
            "it closed the stream of events before it answered",
        ),
        ("data: {\"jsonrpc\":\n\n", "it answered with a message that is not JSON"),
    ] {
        let site = self::site(move |request, _| match request.method() {
            "tools/list" => Reply::Text(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{body}"
            )),
            _ => legacy(request),
        });
        from_site(&site, 50, &[]).refused(&[message]);
    }
}

fn what_is_refused() {
    type Answer = fn(&Request) -> Reply;
    let cases: &[(Answer, u64, &str)] = &[
        (
            |_| Reply::Text(response("401 Unauthorized", "WWW-Authenticate: Bearer\r\n", "")),
            50,
            "it refuses access (HTTP 401); pass a token",
        ),
        (|_| Reply::Text(response("403 Forbidden", "", "<html>")), 50, "it refuses access (HTTP 403)"),
        (|_| status("404 Not Found"), 50, "it answered `initialize` with HTTP 404"),
        (
            |_| Reply::Text(response("503 Busy", "", "come \u{1b}[31mback")),
            50,
            "it answered `initialize` with HTTP 503: come \\u{1b}[31mback",
        ),
        (
            |_| Reply::Text(response("200 OK", "Content-Type: text/html\r\n", "<html>")),
            50,
            "it answered with `text/html`, not with JSON",
        ),
        (|_| text("{\"jsonrpc\": \"2.0\", \"id\""), 50, "it answered with a message that is not JSON"),
        (
            |_| {
                Reply::Text(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{".to_owned(),
                )
            },
            50,
            "the connection broke",
        ),
        (|_| Reply::Text("hello\r\n\r\n".to_owned()), 50, "it answered with something that is not HTTP"),
        (|_| Reply::Open(String::new()), 3, "it did not answer `initialize` within 3 s"),
        (|_| Reply::Open("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{".to_owned()), 3, "within 3 s"),
    ];
    for (answer, seconds, message) in cases {
        from_site(&site(|request, _| answer(request)), *seconds, &[]).refused(&[message]);
    }
    let huge = site(|request, _| match request.method() {
        "tools/list" => text(&"x".repeat((16 << 20) + 1)),
        _ => legacy(request),
    });
    from_site(&huge, 50, &[]).refused(&["it answered with a message of more than 16 MiB"]);
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fetch = fetch(20, &["--url".to_owned(), format!("http://{nobody}/mcp")], |_| {});
    fetch.refused(&["cannot reach it: nothing listens there"]);
}

fn redirects() {
    let to = |place: &str, code: &str| Reply::Text(response(code, &format!("Location: {place}\r\n"), ""));
    let trap = Arc::new(site(|request, _| legacy(request)));
    let elsewhere = trap.url.clone();
    let leaving = site(move |_, _| to(&elsewhere, "307 Temporary Redirect"));
    let fetch = from_site(&leaving, 50, &["--header", "Authorization: Bearer s3cret-token"]);
    fetch.refused(&["it redirects to another host, http://127.0.0.1:"]);
    assert_eq!(trap.asked.lock().unwrap().len(), 0, "the request went on to the other host");
    for place in ["//evil.example/mcp", "https://127.0.0.1/mcp", "mailto:x", "mcp"] {
        let site = site(move |_, _| to(place, "308 Permanent Redirect"));
        from_site(&site, 50, &[]).refused(&["it redirects to another host"]);
    }
    let found = site(move |_, _| to("/other", "302 Found"));
    from_site(&found, 50, &[]).refused(&["it redirects with HTTP 302"]);
    let circle = site(move |_, _| to("/mcp", "307 Temporary Redirect"));
    from_site(&circle, 50, &[]).refused(&["it redirects more than 5 times"]);
    let moved = site(move |request, own| {
        if request.line.contains("/mcp") {
            to(&format!("{own}/new?k=1"), "307 Temporary Redirect")
        } else {
            legacy(request)
        }
    });
    from_site(&moved, 50, &[]).wrote(&["a", "b"], &[]);
}

fn headers_are_sent_and_never_shown() {
    let hidden = ["s3cret-t0ken", "other-value", "hunter2-pass", "query-secret", "abcdefghijklmnopq"];
    for is_good in [true, false] {
        let site = site(move |request, _| {
            let told = format!("{} {} {}", request.line, request.headers.join(" "), hidden.join(" "));
            match request.method() {
                "tools/list" if is_good => result(request, &json!({"tools": [{"name": "a", "description": told}]})),
                "tools/list" => Reply::Text(response("500 Oh", "", &told)),
                _ => legacy(request),
            }
        });
        let url = site
            .url
            .replace("http://", "http://me:hunter2-pass@")
            .replace("/mcp", "/abcdefghijklmnopq/mcp?k=query-secret");
        let line =
            ["--url", &url, "--header", "Authorization: Bearer ${THE_TOKEN}", "--header", "X-Other: other-value"];
        let fetch = fetch(50, &line.map(str::to_owned), |command| _ = command.env("THE_TOKEN", "s3cret-t0ken"));
        for text in [&fetch.output, &fetch.error, &fetch.file] {
            let shown: Vec<&&str> = hidden.iter().filter(|secret| text.contains(**secret)).collect();
            assert!(shown.is_empty(), "{shown:?} in: {text}");
        }
        let asked = site.asked.lock().unwrap();
        let list = asked.iter().find(|request| request.method() == "tools/list").unwrap();
        assert_eq!(
            (list.header("authorization"), list.header("x-other")),
            (Some("Bearer s3cret-t0ken"), Some("other-value"))
        );
        assert!(list.line.contains("/abcdefghijklmnopq/mcp?k=query-secret"), "{}", list.line);
        drop(asked);
        if is_good {
            fetch.wrote(&["a"], &["a credential is replaced"])
        } else {
            fetch.refused(&["with HTTP 500: POST"])
        }
    }
    // A warning where everyone on the way can read them.
    let line = ["--url", "http://192.0.2.1/", "--header", "A: s3cret"].map(str::to_owned);
    let error = fetch(1, &line, |_| {}).error;
    assert!(error.starts_with("http://192.0.2.1: warning: the headers go over `http:`"), "{error}");
}

fn addresses_and_headers_that_are_wrong() {
    for (line, message) in [
        (&["--url", "ftp://a.example"][..], "neither `https://` nor `http://`"),
        (&["--url", "a.example/s3cret"], "the URL is not one of a server"),
        (&["--url", "http:// "], "the URL is not one of a server"),
        (&["--url", "http://127.0.0.1:1", "--header", "Host: s3cret"], "the header `host` is set by the protocol"),
        (
            &["--url", "http://127.0.0.1:1", "--header", "Mcp-Session-Id: s3cret"],
            "the header `mcp-session-id` is set by the protocol",
        ),
        (&["--url", "http://127.0.0.1:1", "--header", "a b: s3cret"], "a name that HTTP does not allow"),
        (&["--url", "http://127.0.0.1:1", "--header", "a: s3cret\n"], "nothing listens there"),
        (&["--url", "http://127.0.0.1:1", "--header", "a: s3\ncret"], "a character that HTTP does not allow"),
        (&["--url", "http://127.0.0.1:1", "--header", "s3cret"], "a header has no colon"),
        (&["--url", "http://127.0.0.1:1", "--header", "a: ${NOT_SET_HERE}"], "the variable `NOT_SET_HERE` is not set"),
    ] {
        let line: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let fetch = fetch(20, &line, |_| {});
        assert!(fetch.code == Some(2) && fetch.error.contains(message), "{line:?}: {}", fetch.error);
        assert!(!fetch.error.contains("s3cret"), "{}", fetch.error);
    }
}

//! The proxy over HTTP as a process, between clients and servers of these tests.

mod hostile;
mod messages;
mod property;
mod sessions;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{POLICY, TOOLS};
use crate::run::BIN;

/// How long anything may take on a busy machine. Nothing is expected to take that long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request over HTTP, as it came.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrived {
    pub(super) method: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Arrived {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        let method = line.split(' ').next().unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length =
            headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self { method, headers, body: String::from_utf8(body).unwrap() })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The headers that matter, and the body.
    fn shown(&self) -> String {
        let matters = |name: &str| {
            name.starts_with("mcp-") || matches!(name, "authorization" | "last-event-id" | "cookie" | "x-key")
        };
        let headers = self.headers.iter().filter(|(name, _)| matters(name));
        let headers: String = headers.map(|(name, value)| format!(" [{name}: {value}]")).collect();
        format!("{}{headers} {}", self.method, self.body)
    }
}

type Answers = dyn Fn(&Arrived, &mut TcpStream) + Send + Sync;

/// A server in this process.
pub(super) struct Upstream {
    pub(super) url: String,
    pub(super) arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Upstream {
    /// Each connection is answered once, and closed.
    pub(super) fn start(answers: impl Fn(&Arrived, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let (log, answers) = (Arc::clone(&arrived), Arc::new(answers) as Arc<Answers>);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (log, answers) = (Arc::clone(&log), Arc::clone(&answers));
                std::thread::spawn(move || {
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    let Some(request) = Arrived::read(&stream) else { return };
                    log.lock().unwrap().push(request.clone());
                    answers(&request, &mut stream);
                });
            }
        });
        Self { url, arrived }
    }

    /// What has arrived since the last time.
    pub(super) fn taken(&self) -> Vec<Arrived> {
        std::mem::take(&mut *self.arrived.lock().unwrap())
    }
}

/// Writes an answer over HTTP. Its connection ends with it.
pub(super) fn answer(stream: &mut TcpStream, head: &str, body: &str) {
    // A proxy that has gone does not read it.
    let _ = write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
}

/// A result for the request in a body.
pub(super) fn result(request: &Arrived, result: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{result}}}", body["id"])
}

/// A server that behaves: it has sessions, lists its tools and does what it is asked to.
pub(super) fn behaves(request: &Arrived, stream: &mut TcpStream) {
    let json = "200 OK\r\ncontent-type: application/json";
    match request.method.as_str() {
        "GET" => answer(stream, "405 Method Not Allowed", ""),
        "DELETE" => answer(stream, "200 OK", ""),
        _ if request.body.contains("\"initialize\"") => {
            answer(
                stream,
                &format!("{json}\r\nmcp-session-id: s{}", number()),
                &result(request, "{\"protocolVersion\":\"2025-11-25\"}"),
            );
        }
        _ if request.body.contains("\"tools/list\"") => answer(stream, json, &result(request, &LIST.replace('\n', ""))),
        _ if request.body.contains("\"id\"") && request.body.contains("\"method\"") => {
            let event = format!("id: 1\r\ndata: {}\r\n\r\n", result(request, "{\"content\":[]}"));
            answer(stream, "200 OK\r\ncontent-type: text/event-stream", &event);
        }
        _ => answer(stream, "202 Accepted", ""),
    }
}

fn number() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(1);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// The tools of that server; arguments of one are in headers.
const LIST: &str = r#"{"tools":[{"name":"wire","inputSchema":{"type":"object","properties":
{"to":{"type":"string","x-mcp-header":"To"},"amount":{"type":"integer","x-mcp-header":"Amount"}}}},{"name":"secret"},{"name":"list_orders"}]}"#;

/// A proxy that listens.
pub(super) struct Listening {
    _folder: tempfile::TempDir,
    child: Child,
    address: String,
    error: Option<std::thread::JoinHandle<String>>,
}

impl Listening {
    pub(super) fn start(url: &str, options: &[&str]) -> Self {
        Self::with_policy(url, POLICY, options)
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn with_policy(url: &str, policy: &str, options: &[&str]) -> Self {
        let folder = folder();
        std::fs::write(folder.path().join("pay.pol"), policy).unwrap();
        std::fs::write(folder.path().join("tokens"), "ann 0123456789abcdef\nbob fedcba9876543210\n").unwrap();
        let mut command = Command::new(BIN);
        command.args(["proxy", "pay.pol", "--counters", "counters.db", "--listen", "127.0.0.1:0", "--url", url]);
        command.args(options).current_dir(folder.path()).env("KEY", "of-the-server");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut error = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening at ") {
            line.clear();
            assert_ne!(error.read_line(&mut line).unwrap(), 0, "it does not listen");
        }
        let address = line.split("http://").nth(1).unwrap().trim_end_matches("/mcp\n").to_owned();
        let error = std::thread::spawn(move || {
            let mut text = String::new();
            error.read_to_string(&mut text).unwrap();
            text
        });
        Self { _folder: folder, child, address, error: Some(error) }
    }

    /// Sends a request; the answer comes on the connection.
    pub(super) fn send(&self, method: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{method} /mcp HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        let usual = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
        let has = |name: &str| headers.iter().any(|(own, _)| *own == name);
        for (name, value) in usual.iter().filter(|(name, _)| !has(name)).chain(headers) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream
    }

    /// Sends a message, and gives the whole answer.
    pub(super) fn post(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        Answer::read(self.send("POST", headers, body))
    }

    /// Begins a session; gives its name.
    pub(super) fn begin(&self, more: &[(&str, &str)]) -> String {
        let answer = self.post(more, INITIALIZE);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("mcp-session-id").unwrap().to_owned()
    }

    /// Ends it; gives what it said on standard error.
    pub(super) fn end(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.error.take().unwrap().join().unwrap()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It has ended already if the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":"begin","method":"initialize","#,
    r#""params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}}}}"#
);

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("pay.pol"), POLICY).unwrap();
    std::fs::write(folder.path().join("tools.json"), TOOLS).unwrap();
    folder
}

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        // A connection that is cut ends here, too.
        let _ = stream.read_to_end(&mut bytes);
        Self::parse(&bytes)
    }

    pub(super) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).map_or(0, |status| status.parse().unwrap());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let is_chunked = headers.iter().any(|(name, _)| name == "transfer-encoding");
        let body = if is_chunked { unchunked(body) } else { body.to_owned() };
        Self { status, headers, body }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn shown(&self) -> String {
        let kind = self.header("content-type").unwrap_or("no body");
        format!("{} {kind} {}", self.status, without_names(&self.body.replace("\r\n", "\\r\\n").replace('\n', "\\n")))
    }
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let Some(chunk) = usize::from_str_radix(length, 16).ok().filter(|length| *length > 0) else { break };
        body.push_str(after.get(..chunk).unwrap_or(after));
        rest = after.get(chunk + 2..).unwrap_or_default();
    }
    body
}

/// A text with what is made up at random replaced.
fn without_names(text: &str) -> String {
    let mut parts = text.split("policyc-");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let random = part.find(|char: char| !char.is_ascii_hexdigit() && char != '-').unwrap_or(part.len());
        out.push_str("policyc-…");
        out.push_str(&part[random..]);
    }
    out
}

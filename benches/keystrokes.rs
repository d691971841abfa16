//! How long an editor waits after a keystroke.
//!
//! `cargo bench --bench keystrokes`. The built server is started as an editor starts it, and spoken with over its pipes. A policy of 2,000 lines
//! against a catalogue of 1,000 tools is open; a statement is typed in the middle of it, a character every few milliseconds, and taken
//! back again. Measured is the time from the change to the first diagnostics about it, to those of the linter, and to the
//! list of completions when it is asked for right behind the change.
//!
//! With the variable `PEER` naming the program of another language server, and `PEER_FILE` a text of its language with a line that has
//! the word `HERE`, the same keystrokes are sent to that, in turn.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::string_slice,
    reason = "a benchmark that cannot go on says so by failing"
)]

#[allow(dead_code, reason = "only the texts are of use here")]
mod generate;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const TOOLS: usize = 1_000;
/// Pause between two keystrokes. A quick typist takes ten times as long.
const PAUSE: Duration = Duration::from_millis(15);
/// What is typed, and taken back, again and again.
const TYPED: &str = "limit tool_00500_read 5/min per grant;";
const ROUNDS: usize = 4;

struct Server {
    process: Child,
    input: ChildStdin,
    messages: Receiver<(Instant, Value)>,
    next: i64,
    /// The version that the text in which was typed has.
    version: i64,
}

impl Server {
    fn start(program: &str, arguments: &[&str], folder: &Path) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = channel();
        thread::spawn(move || {
            while let Some(body) = frame(&mut output) {
                // The time counts at which all of a message is there, not when it is understood.
                let now = Instant::now();
                if sender.send((now, serde_json::from_slice(&body).unwrap())).is_err() {
                    return;
                }
            }
        });
        let input = process.stdin.take().unwrap();
        let mut server = Self { process, input, messages, next: 0, version: 0 };
        let folder = format!("file://{}", folder.display());
        server.request("initialize", json!({"processId": null, "rootUri": folder, "capabilities": {}}));
        server.notify("initialized", json!({}));
        server
    }

    fn send(&mut self, message: &Value) -> Instant {
        let body = message.to_string();
        let now = Instant::now();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.input.flush().unwrap();
        now
    }

    fn notify(&mut self, method: &str, params: Value) -> Instant {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    fn ask(&mut self, method: &str, params: Value) -> (Instant, i64) {
        self.next += 1;
        let message = json!({"jsonrpc": "2.0", "id": self.next, "method": method, "params": params});
        (self.send(&message), self.next)
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        let (_, id) = self.ask(method, params);
        self.wait(Duration::from_secs(60), |message| message["id"] == json!(id) && message.get("method").is_none())
            .unwrap()
            .1
    }

    /// Waits for a message; `None` if it does not come in time.
    fn wait(&mut self, most: Duration, wanted: impl Fn(&Value) -> bool) -> Option<(Instant, Value)> {
        let end = Instant::now() + most;
        loop {
            let (at, message) = self.messages.recv_timeout(end.saturating_duration_since(Instant::now())).ok()?;
            if wanted(&message) {
                return Some((at, message));
            }
            // What the server asks is answered with nothing.
            if message.get("method").is_some() && message.get("id").is_some() {
                self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}));
            }
        }
    }

    fn open(&mut self, uri: &str, language: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": language, "version": 0, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Resident memory, in MB: now, and at most.
    fn memory(&self) -> (f64, f64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap_or_default();
        let of = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn frame(output: &mut BufReader<impl Read>) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            line => {
                if let Some(found) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = found.trim().parse().unwrap();
                }
            }
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(body)
}

/// Times in order of size.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn show(&mut self, what: &str) {
        self.0.sort();
        let count = self.0.len();
        if count == 0 {
            println!("  {what:<44} never");
            return;
        }
        let at = |part: usize| self.0[(count * part / 100).min(count - 1)].as_secs_f64() * 1e3;
        println!("  {what:<44} {:>8.2} {:>8.2} {:>8.2} {:>8.2} ms   ({count})", at(50), at(95), at(99), at(100));
    }
}

/// Types into an open document at a line, and measures.
fn keystrokes(server: &mut Server, uri: &str, line: usize, typed: &str) {
    let (mut first, mut last, mut completion) = (Times::default(), Times::default(), Times::default());
    let mut version = server.version;
    let mut length = 0;
    for _ in 0..ROUNDS {
        let forward = typed.chars().map(Some);
        let back = typed.chars().map(|_| None);
        for key in forward.chain(back) {
            let (range, text) = match key {
                Some(key) => ((length, length), key.to_string()),
                None => ((length - 1, length), String::new()),
            };
            length = if key.is_some() { length + 1 } else { length - 1 };
            version += 1;
            let place = |character: usize| json!({"line": line, "character": character});
            let change = json!({"range": {"start": place(range.0), "end": place(range.1)}, "text": text});
            let document = json!({"uri": uri, "version": version});
            let at =
                server.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
            let (asked, id) =
                server.ask("textDocument/completion", json!({"textDocument": {"uri": uri}, "position": place(length)}));
            let about = |message: &Value| {
                let params = &message["params"];
                message["method"] == "textDocument/publishDiagnostics"
                    && params["uri"] == uri
                    && params["version"].as_i64().is_none_or(|told| told == version)
            };
            let (mut seen, mut answered) = (0, false);
            let end = Instant::now() + Duration::from_secs(2);
            // Both may come in any order; the second diagnostics are the linter's.
            while (seen < 2 || !answered) && Instant::now() < end {
                let Some((came, message)) = server
                    .wait(Duration::from_millis(if answered && seen > 0 { 120 } else { 2_000 }), |message| {
                        about(message) || message["id"] == json!(id)
                    })
                else {
                    break;
                };
                if message["id"] == json!(id) {
                    completion.0.push(came - asked);
                    answered = true;
                } else {
                    let times = if seen == 0 { &mut first } else { &mut last };
                    times.0.push(came - at);
                    seen += 1;
                }
            }
            thread::sleep(PAUSE);
        }
    }
    server.version = version;
    println!("  {:<44} {:>8} {:>8} {:>8} {:>8}", "from the keystroke to", "50 %", "95 %", "99 %", "most");
    first.show("the first diagnostics");
    last.show("those of the linter");
    completion.show("completions");
}

fn main() {
    // `cargo test --benches` and `-- --test` only want to know that it works.
    let quick = std::env::args().any(|argument| argument == "--test");
    let folder = tempfile::tempdir().unwrap();
    let case = generate::case(TOOLS);
    fs::write(folder.path().join("tools.json"), &case.catalogue).unwrap();
    let mut text = String::from("server shop from \"tools.json\";\n");
    for line in case.policy.lines() {
        text.push_str(line);
        text.push('\n');
        // A second statement for each tool.
        if let Some(tool) = line.split(' ').find(|word| word.starts_with("tool_")) {
            writeln!(text, "deny {} when args.note contains \"{}\";", tool.trim_end_matches(';'), &tool[5..10])
                .unwrap();
        }
    }
    let lines = text.lines().count();
    let middle = lines / 2;
    let at = text.split_inclusive('\n').take(middle).map(str::len).sum();
    text.insert(at, '\n');

    let mut server = Server::start(env!("CARGO_BIN_EXE_policyc"), &["lsp"], folder.path());
    let uri = |number: usize| format!("file://{}/p{number}.pol", folder.path().display());
    server.open(&uri(0), "policyc", &text);
    server.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(0)}}));
    println!("policyc lsp: {lines} lines, {TOOLS} tools");
    keystrokes(&mut server, &uri(0), middle, if quick { "li" } else { TYPED });
    // Spaces leave the text right all the time, so that its policy is made at each keystroke.
    println!("the same, in a text that stays right");
    keystrokes(&mut server, &uri(0), middle, if quick { "  " } else { "                " });
    let (declaration, rest) = text.split_once('\n').unwrap();
    server.open(&uri(10), "policyc", &format!("{declaration}\npolicy shop {{\n{rest}}}\n"));
    server.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(10)}}));
    println!("the same, in a block");
    keystrokes(&mut server, &uri(10), middle + 1, if quick { "li" } else { TYPED });
    server.notify("textDocument/didClose", json!({"textDocument": {"uri": uri(10)}}));
    let (now, most) = server.memory();
    println!("  memory with one file open: {now:.0} MB, at most {most:.0} MB");
    for number in 1..10 {
        server.open(&uri(number), "policyc", &text.replace("5/hour", &format!("{number}/hour")));
        server.request("textDocument/documentSymbol", json!({"textDocument": {"uri": uri(number)}}));
        server.request(
            "textDocument/hover",
            json!({"textDocument": {"uri": uri(number)}, "position": {"line": 5, "character": 8}}),
        );
    }
    // The linter has looked at the last one, too.
    let published = |message: &Value| message["method"] == "textDocument/publishDiagnostics";
    while server.wait(Duration::from_secs(2), published).is_some() {}
    let (now, most) = server.memory();
    println!("  memory with ten files open: {now:.0} MB, at most {most:.0} MB");
    drop(server);

    if let (Ok(program), Ok(file)) = (std::env::var("PEER"), std::env::var("PEER_FILE")) {
        let text = fs::read_to_string(&file).unwrap();
        let line = text.lines().position(|line| line.contains("HERE")).unwrap();
        let mut server = Server::start(&program, &[], Path::new(&file).parent().unwrap());
        let uri = format!("file://{file}");
        let text = text.replace("HERE", "");
        server.open(&uri, "cedar", &text);
        server.wait(Duration::from_secs(20), |message| message["method"] == "textDocument/publishDiagnostics");
        println!("{program}: {} lines", text.lines().count());
        let typed = std::env::var("PEER_TYPED").unwrap_or_else(|_| "permit(principal, action, resource);".to_owned());
        keystrokes(&mut server, &uri, line, &typed);
        let (now, most) = server.memory();
        println!("  memory: {now:.0} MB, at most {most:.0} MB");
    }
}

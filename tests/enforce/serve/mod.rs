//! `policyc serve`, as a process that others ask over HTTP.

mod answers;
mod hostile;
mod life;

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use super::run::BIN;
use super::shop;

/// A service for the policy of the shop, with its folder.
pub(super) struct Service {
    pub(super) folder: tempfile::TempDir,
    pub(super) child: Child,
    /// What it says, from the lines on that have not been read.
    pub(super) said: BufReader<ChildStderr>,
    /// Where it listens.
    pub(super) address: String,
}

/// The token of callers in these tests.
pub(super) const TOKEN: &str = "a-token-of-the-tests";

impl Service {
    /// Starts a service at a free port, with callers that need a token.
    pub(super) fn start(options: &[&str]) -> Self {
        let folder = shop();
        std::fs::write(folder.path().join("tokens"), format!("envoy {TOKEN}\n")).unwrap();
        Self::with(folder, &[&["--listen", "127.0.0.1:0", "--token-file", "tokens"], options].concat())
    }

    /// Starts a service in a folder.
    pub(super) fn with(folder: tempfile::TempDir, options: &[&str]) -> Self {
        Self::of(Path::new("shop.pol"), folder, options)
    }

    /// Starts a service of a policy in a folder.
    pub(super) fn of(policy: &Path, folder: tempfile::TempDir, options: &[&str]) -> Self {
        let mut command = Command::new(BIN);
        command.arg("serve").arg(policy).args(["--counters", "counters.db", "--poll", "1"]).args(options);
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let line = next_line(&mut said);
        let address = line.strip_prefix("policyc: listening at ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { folder, child, said, address }
    }

    /// Sends bytes, and gives what comes until the service closes the connection.
    pub(super) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        exchange(&mut stream, bytes)
    }

    /// Sends a request with the token, and gives the status and the body.
    pub(super) fn ask(&self, method: &str, path: &str, more: &str, body: &str) -> String {
        short(&self.raw(request(method, path, &format!("Authorization: Bearer {TOKEN}\r\n{more}"), body).as_bytes()))
    }

    /// Posts JSON with the token.
    pub(super) fn post(&self, path: &str, body: &str) -> String {
        self.ask("POST", path, "Content-Type: application/json\r\n", body)
    }

    /// The next line that it says.
    pub(super) fn says(&mut self) -> String {
        next_line(&mut self.said)
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        write(&self.folder.path().join(name), text);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Replaces a file as editors do: whole.
fn write(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    std::fs::write(&beside, text).unwrap();
    std::fs::rename(beside, path).unwrap();
}

fn next_line(said: &mut impl std::io::BufRead) -> String {
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

pub(super) fn exchange(stream: &mut (impl Read + Write), bytes: &[u8]) -> String {
    // A service that refuses may close before all is written.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

/// A request after which the connection is closed.
pub(super) fn request(method: &str, path: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n{body}"
    )
}

/// The status and the body of an answer, without what is another one each time.
pub(super) fn short(answer: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let status = head.split(' ').nth(1).unwrap_or("no answer");
    format!("{status} {}", without_ids(body.trim_end())).trim_end().to_owned()
}

/// A text with `ID` for identifiers of decisions, and `LEFT` for how long a limit is full.
pub(super) fn without_ids(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split_inclusive(['"', ',', '}', ':']) {
        let (word, end) = piece.split_at(piece.len().saturating_sub(1));
        let is_id = word.len() > 17 && word.as_bytes()[16] == b'-' && word[..16].bytes().all(|b| b.is_ascii_hexdigit());
        let is_left = out.ends_with("retry_after_ms\":");
        out.push_str(if is_id {
            "ID"
        } else if is_left {
            "LEFT"
        } else {
            word
        });
        out.push_str(end);
    }
    out
}

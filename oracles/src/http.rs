//! Requests over a Unix socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// What a server answers.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// A request with a body of JSON, and perhaps headers, each with the end of its line.
#[must_use]
pub fn posted(path: &str, body: &str, headers: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

/// Sends requests to a server one after the other.
///
/// # Panics
/// It does not answer in HTTP/1.1, or neither with a length nor in chunks.
#[must_use]
pub fn ask(socket: &Path, requests: &[String]) -> Vec<Answer> {
    let connect = || {
        let stream = UnixStream::connect(socket).expect("a server");
        BufReader::new(stream)
    };
    let mut stream = connect();
    let mut answers = Vec::new();
    for request in requests {
        stream.get_mut().write_all(request.as_bytes()).expect("a server that reads");
        let (mut line, mut length, mut is_last, mut is_chunked) = (String::new(), 0, false, false);
        stream.read_line(&mut line).expect("an answer");
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("{line:?} after {request}"));
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).expect("a header");
            let header = header.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length: ") {
                length = value.parse().expect("a length");
            }
            is_last |= header == "connection: close";
            is_chunked |= header == "transfer-encoding: chunked";
        }
        let body = if is_chunked { chunks(&mut stream) } else { exactly(&mut stream, length) };
        answers.push(Answer { status, body: String::from_utf8_lossy(&body).into_owned() });
        if is_last {
            stream = connect();
        }
    }
    answers
}

/// So many bytes.
fn exactly(stream: &mut BufReader<UnixStream>, length: usize) -> Vec<u8> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
    body
}

/// A body in chunks, each after its length in hexadecimal digits; one without a byte is the last.
fn chunks(stream: &mut BufReader<UnixStream>) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).expect("a length");
        let length = usize::from_str_radix(line.trim_end(), 16).expect("a length in hexadecimal digits");
        let chunk = exactly(stream, length + 2);
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&chunk[..length]);
    }
}

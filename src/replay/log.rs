//! Reads a log of calls line by line.

use std::io::{self, BufRead, Read};

use crate::eval::{Message, Verdict, has_key_twice, messages};
use crate::json::{Json, Value};

/// The longest line that is read: 64 MiB. Of a longer one only the beginning is kept, and it is malformed.
pub const MAX_LINE: usize = 64 << 20;

/// One line of a log.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes, without line end.
    pub bytes: &'a [u8],
    /// How many bytes it takes in the log, line end included.
    pub length: u64,
    /// Whether the bytes were followed by a line end: not in the last line of some logs, nor in one that is too long.
    pub ended: bool,
}

/// The lines of a log, one at a time.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The lines of what a reader gives.
    pub const fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), number: 0 }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The reader failed.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        self.buffer.shrink_to(1 << 20);
        let most = MAX_LINE as u64 + 1;
        let mut length = (&mut self.reader).take(most).read_until(b'\n', &mut self.buffer)? as u64;
        if length == 0 {
            return Ok(None);
        }
        let ended = self.buffer.last() == Some(&b'\n');
        if !ended && length == most {
            length = length.saturating_add(self.reader.skip_until(b'\n')? as u64);
        }
        self.number = self.number.saturating_add(1);
        let bytes = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok(Some(Line { number: self.number, bytes, length, ended }))
    }
}

/// What stands on a line.
#[derive(Debug)]
pub(super) enum Entry<'a> {
    /// Calls, and messages that call no tool.
    Messages(Vec<Message<'a>>),
    /// A decision that was written down without the arguments of its call.
    Decided(Decided),
    /// Nothing.
    Blank,
    /// Something else; why it is no call.
    Malformed(String),
}

/// What was decided about a call when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decided {
    pub(crate) server: Option<String>,
    pub(crate) tool: String,
    pub(crate) verdict: Verdict,
    pub(crate) rule: String,
    pub(crate) reason: String,
}

impl Decided {
    /// Reads a line of the log of live calls that has no arguments.
    fn read(text: &str) -> Option<Self> {
        if !text.contains("\"decision\"") {
            return None;
        }
        let json = Json::parse(text).ok().filter(|json| json.duplicate_key().is_none())?;
        let (root, params) = (json.root(), json.root().get("params")?);
        let text = |value: Value<'_>, key| value.get(key).and_then(Value::as_str).map(str::to_owned);
        if text(root, "method")? != "tools/call" || params.get("arguments").is_some() {
            return None;
        }
        let verdict = match text(root, "decision")?.as_str() {
            "allow" => Verdict::Allow,
            "deny" => Verdict::Deny,
            "approval" => Verdict::Approval,
            _ => return None,
        };
        Some(Self {
            server: text(root, "server"),
            tool: text(params, "name")?,
            verdict,
            rule: text(root, "rule").unwrap_or_default(),
            reason: text(root, "reason").unwrap_or_default(),
        })
    }
}

/// Reads a line.
pub(super) fn read<'a>(line: &Line<'a>) -> Entry<'a> {
    if line.bytes.len() > MAX_LINE || line.length > MAX_LINE as u64 + 1 {
        return Entry::Malformed(format!("The line is longer than {} MiB.", MAX_LINE >> 20));
    }
    let cut = || Entry::Malformed("The log ends in the middle of the line.".to_owned());
    let Ok(text) = std::str::from_utf8(line.bytes) else {
        return if line.ended { Entry::Malformed("Not UTF-8.".to_owned()) } else { cut() };
    };
    if text.trim_matches(|char: char| char.is_ascii_whitespace() || char == '\u{feff}').is_empty() {
        return Entry::Blank;
    }
    if let Some(decided) = Decided::read(text) {
        return Entry::Decided(decided);
    }
    let found = messages(text);
    if let [Message::Malformed(_)] = found.as_slice() {
        return match Json::parse(text) {
            Err(_) if !line.ended => cut(),
            Err(_) if matches!(text.trim(), "{" | "[") => Entry::Malformed(
                "A line must be one whole message, but here a JSON text spans several lines; `jq -c .` writes one per line."
                    .to_owned(),
            ),
            // What servers answer stands in many logs, and is no call.
            Ok(json) if is_response(json.root()) => Entry::Messages(vec![Message::Other]),
            _ => Entry::Messages(found),
        };
    }
    Entry::Messages(found)
}

fn is_response(root: Value<'_>) -> bool {
    root.get("jsonrpc").and_then(Value::as_str) == Some("2.0")
        && !has_key_twice(root)
        && (root.get("result").is_some() || root.get("error").is_some())
}

//! Reading a log: its lines, and what stands on them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, BufRead, Read};

use crate::eval::OwnedCall;
use crate::json::{Json, Kind, Value};

/// The longest line that is read: 64 MiB. Of a longer one only the beginning is kept, and it is malformed.
pub const MAX_LINE: usize = 64 << 20;

/// Members of a JSON-RPC message that say what its `params` cannot.
const BESIDE: [&str; 4] = ["server", "grant", "caller", "at"];

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
    /// A call, and its text as `policyc eval` reads it.
    Call(OwnedCall, Cow<'a, str>),
    /// A JSON-RPC message that calls no tool.
    Other,
    /// Nothing.
    Blank,
    /// Something else; why it is no call.
    Malformed(String),
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
    match OwnedCall::parse(text) {
        Ok(call) => Entry::Call(call, Cow::Borrowed(text)),
        Err(malformed) => match Json::parse(text) {
            Err(_) if !line.ended => cut(),
            Ok(json) => message(json.root()).unwrap_or(Entry::Malformed(malformed.reason)),
            Err(_) => Entry::Malformed(malformed.reason),
        },
    }
}

/// A JSON-RPC 2.0 message (<https://www.jsonrpc.org/specification>); `None` for what does not say it is one.
fn message(root: Value<'_>) -> Option<Entry<'static>> {
    let version = root.get("jsonrpc")?;
    let malformed = |reason: &str| Some(Entry::Malformed(reason.to_owned()));
    let mut keys = BTreeSet::new();
    if !root.entries().all(|(key, _)| keys.insert(key.as_str())) {
        return malformed("A key stands twice in the message.");
    }
    if version.as_str() != Some("2.0") {
        return malformed("The message is not of JSON-RPC 2.0.");
    }
    match root.get("method").map(|method| method.as_str()) {
        Some(Some("tools/call")) => Some(tool_call(root)),
        Some(Some(_)) => Some(Entry::Other),
        Some(None) => malformed("The method of the message is not a string."),
        None if root.get("result").is_some() || root.get("error").is_some() => Some(Entry::Other),
        None => malformed("The message has neither a method nor a result nor an error."),
    }
}

/// `tools/call` of MCP: `params` has `name` and, if the tool takes any, `arguments`. Other members, like `_meta`, say
/// nothing that a policy asks about.
fn tool_call(root: Value<'_>) -> Entry<'static> {
    if root.document().duplicate_key().is_some() {
        return Entry::Malformed("A key stands twice in one object.".to_owned());
    }
    let Some(params) = root.get("params").filter(|params| params.kind() == Kind::Object) else {
        return Entry::Malformed("A call needs `params`, an object.".to_owned());
    };
    let mut members = Vec::new();
    if let Some(name) = params.get("name") {
        members.push(format!("\"name\":{}", name.source()));
    }
    members.push(format!("\"arguments\":{}", params.get("arguments").map_or("{}", Value::source)));
    let beside = BESIDE.iter().filter_map(|key| Some(format!("\"{key}\":{}", root.get(key)?.source())));
    members.extend(beside);
    let text = format!("{{{}}}", members.join(","));
    match OwnedCall::parse(&text) {
        Ok(call) => Entry::Call(call, Cow::Owned(text)),
        Err(malformed) => Entry::Malformed(malformed.reason),
    }
}

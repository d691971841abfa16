//! JSON documents with exact numbers and positions.
//!
//! A [`Json`] is an arena in reading order, built without recursion, so that neither depth nor size can
//! exhaust the stack. It keeps what ordinary readers lose and the language needs: numbers as written
//! (RFC 8259 puts no bound on them), the place of every value, and whether a key stands twice.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use jiter::{Jiter, Peek};

use crate::decimal::Decimal;
use crate::source::offset;

/// A JSON text and its values.
#[derive(Debug, Clone)]
pub struct Json {
    text: Arc<String>,
    nodes: Vec<Node>,
    /// Strings that hold an escape, unescaped.
    unescaped: Vec<Box<str>>,
    duplicate: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    start: u32,
    end: u32,
    /// The node after this one's last descendant. For a string: 0, or 1 + its index in `unescaped`.
    link: u32,
}

/// What a JSON value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number of any size.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The name that JSON Schema gives the kind.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// The name with its article, for sentences: `an object`.
    #[must_use]
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong, in lower case, without a period.
    pub message: String,
    /// The byte at which reading stopped.
    pub at: u32,
}

/// A string as the reader gives it.
enum Text {
    /// Without escapes: a part of the text, from the byte after the quote.
    Plain { start: usize, length: usize },
    /// With escapes, which are taken out.
    Unescaped(Box<str>),
}

impl Text {
    /// The reader lends a piece of the text itself when the string has no escapes, and a buffer of its own otherwise.
    fn new(value: &str, body: &str) -> Self {
        let start = (value.as_ptr() as usize).wrapping_sub(body.as_ptr() as usize);
        if start < body.len() { Self::Plain { start, length: value.len() } } else { Self::Unescaped(value.into()) }
    }
}

struct Open {
    node: usize,
    object: bool,
}

impl Json {
    /// Reads one JSON value with nothing but white space after it. A byte-order mark in front is skipped.
    ///
    /// # Errors
    /// The text is not JSON (RFC 8259), or holds a lone surrogate.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        Self::parse_shared(Arc::new(text.to_owned()))
    }

    /// Reads like [`Json::parse`], and keeps the text without a copy.
    ///
    /// # Errors
    /// The text is not JSON (RFC 8259), or holds a lone surrogate.
    pub fn parse_shared(text: Arc<String>) -> Result<Self, JsonError> {
        let shared = Arc::clone(&text);
        let text = text.as_str();
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let shift = text.len() - body.len();
        let mut json =
            Self { text: shared, nodes: Vec::with_capacity(text.len() / 10), unescaped: Vec::new(), duplicate: None };
        let mut reader = Jiter::new(body.as_bytes());
        json.read(&mut reader, body, offset(shift)).map_err(|error| {
            let at = error.index + shift;
            JsonError { message: lower_first(&error.error_type.to_string()), at: offset(at.min(text.len())) }
        })?;
        Ok(json)
    }

    fn read(&mut self, reader: &mut Jiter<'_>, body: &str, shift: u32) -> Result<(), jiter::JiterError> {
        let mut open: Vec<Open> = Vec::new();
        let mut next = Some(reader.peek()?);
        loop {
            let Some(peek) = next else {
                // The innermost container ended.
                let Some(Open { node, object }) = open.pop() else { break };
                self.close(node, object, offset(reader.current_index()) + shift);
                let Some(parent) = open.last() else { break };
                next = self.step(reader, body, shift, parent.object)?;
                continue;
            };
            let start = reader.current_index();
            match peek {
                Peek::Array => {
                    self.push(Kind::Array, start, start, shift);
                    open.push(Open { node: self.nodes.len() - 1, object: false });
                    next = reader.known_array()?;
                    continue;
                }
                Peek::Object => {
                    self.push(Kind::Object, start, start, shift);
                    open.push(Open { node: self.nodes.len() - 1, object: true });
                    let key = reader.known_object()?.map(|key| Text::new(key, body));
                    next = match key {
                        None => None,
                        Some(key) => {
                            self.key(key, body, start + 1, shift);
                            Some(reader.peek()?)
                        }
                    };
                    continue;
                }
                Peek::String => {
                    let value = Text::new(reader.known_str()?, body);
                    self.string(value, start, reader.current_index(), shift);
                }
                Peek::Null => {
                    reader.known_null()?;
                    self.push(Kind::Null, start, reader.current_index(), shift);
                }
                Peek::True | Peek::False => {
                    reader.known_bool(peek)?;
                    self.push(Kind::Bool, start, reader.current_index(), shift);
                }
                other => {
                    let length = reader.known_number_bytes(other)?.len();
                    self.push(Kind::Number, start, start + length, shift);
                }
            }
            let Some(parent) = open.last() else { break };
            next = self.step(reader, body, shift, parent.object)?;
        }
        reader.finish()
    }

    fn step(
        &mut self,
        reader: &mut Jiter<'_>,
        body: &str,
        shift: u32,
        object: bool,
    ) -> Result<Option<Peek>, jiter::JiterError> {
        if !object {
            return reader.array_step();
        }
        let from = reader.current_index();
        let Some(key) = reader.next_key()?.map(|key| Text::new(key, body)) else { return Ok(None) };
        self.key(key, body, from, shift);
        reader.peek().map(Some)
    }

    /// Records a key that is the first string at or after `from`.
    fn key(&mut self, key: Text, body: &str, from: usize, shift: u32) {
        let (start, end) = match key {
            Text::Plain { start, length } => (start - 1, start + length + 1),
            Text::Unescaped(_) => {
                let bytes = body.as_bytes();
                let quote = |from: usize| bytes.iter().skip(from).position(|byte| *byte == b'"').map(|at| from + at);
                let start = quote(from).unwrap_or(from);
                let mut end = start + 1;
                while bytes.get(end).is_some_and(|byte| *byte != b'"') {
                    end += if bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
                }
                (start, end + 1)
            }
        };
        self.string(key, start, end, shift);
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, shift: u32) {
        let link = offset(self.nodes.len() + 1);
        self.nodes.push(Node { kind, start: offset(start) + shift, end: offset(end) + shift, link });
    }

    fn string(&mut self, value: Text, start: usize, end: usize, shift: u32) {
        self.push(Kind::String, start, end, shift);
        let link = match value {
            Text::Plain { .. } => 0,
            Text::Unescaped(text) => {
                self.unescaped.push(text);
                offset(self.unescaped.len())
            }
        };
        if let Some(node) = self.nodes.last_mut() {
            node.link = link;
        }
    }

    fn close(&mut self, node: usize, object: bool, end: u32) {
        let link = offset(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(node) {
            node.end = end;
            node.link = link;
        }
        if object && self.duplicate.is_none() {
            self.duplicate = self.find_duplicate(node);
        }
    }

    /// Where an object has a key for the second time.
    fn find_duplicate(&self, node: usize) -> Option<u32> {
        /// Up to this many keys, comparing each with each is cheaper than sorting.
        const FEW: usize = 12;
        let keys =
            || Value { json: self, node }.entries().map(|(key, _)| (key.as_str().unwrap_or_default(), key.span().0));
        if keys().nth(FEW).is_none() {
            return keys()
                .enumerate()
                .find_map(|(index, (key, at))| keys().take(index).any(|(before, _)| before == key).then_some(at));
        }
        let mut sorted: Vec<(&str, u32)> = keys().collect();
        sorted.sort_unstable();
        sorted.windows(2).find_map(|pair| match pair {
            [(left, _), (right, at)] if left == right => Some(*at),
            _ => None,
        })
    }

    /// The text that was read.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole document.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        Value { json: self, node: 0 }
    }

    /// The value with a number from [`Value::id`] of this document.
    #[must_use]
    pub fn value(&self, id: u32) -> Value<'_> {
        Value { json: self, node: id as usize }
    }

    /// Where an object has a key for the second time, if one has.
    #[must_use]
    pub fn duplicate_key(&self) -> Option<u32> {
        self.duplicate
    }
}

/// The text with its first word in lower case, unless that is an abbreviation.
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    if chars.clone().nth(1).is_some_and(char::is_uppercase) {
        return text.to_owned();
    }
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// One value of a [`Json`].
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    json: &'a Json,
    node: usize,
}

impl<'a> Value<'a> {
    fn raw(self) -> Node {
        self.json.nodes.get(self.node).copied().unwrap_or(Node { kind: Kind::Null, start: 0, end: 0, link: 0 })
    }

    /// A number that names the value within its document.
    #[must_use]
    pub fn id(self) -> u32 {
        offset(self.node)
    }

    /// The document that the value is of.
    #[must_use]
    pub fn document(self) -> &'a Json {
        self.json
    }

    /// What the value is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.raw().kind
    }

    /// The bytes that the value takes in the text: first, and one past the last.
    #[must_use]
    pub fn span(self) -> (u32, u32) {
        let node = self.raw();
        (node.start, node.end)
    }

    /// The value as it is written.
    #[must_use]
    pub fn source(self) -> &'a str {
        let node = self.raw();
        self.json.text.get(node.start as usize..node.end as usize).unwrap_or_default()
    }

    /// The text as it is written, but for numbers: each is the shortest text of its nearest double. One that no double is
    /// near to stays.
    #[must_use]
    pub fn with_doubles(self) -> String {
        let mut out = String::new();
        let mut rest = self.source();
        while let Some(char) = rest.chars().next() {
            let number = char.is_ascii_digit() || char == '-';
            let taken = match char {
                '"' => string_end(rest),
                _ if number => {
                    rest.find(|char: char| !char.is_ascii_digit() && !"+-.eE".contains(char)).unwrap_or(rest.len())
                }
                _ => char.len_utf8(),
            };
            let (token, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
            let double = token.parse::<f64>().ok().filter(|double| number && double.is_finite());
            match double {
                Some(double) => out.push_str(&double.to_string()),
                None => out.push_str(token),
            }
            rest = after;
        }
        out
    }

    /// The content of a string.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        let node = self.raw();
        if node.kind != Kind::String {
            return None;
        }
        match node.link.checked_sub(1) {
            None => self.json.text.get(node.start as usize + 1..(node.end as usize).saturating_sub(1)),
            Some(index) => self.json.unescaped.get(index as usize).map(AsRef::as_ref),
        }
    }

    /// The bytes that the value takes in the text.
    pub(crate) fn range(self) -> Range<usize> {
        let node = self.raw();
        node.start as usize..node.end as usize
    }

    /// Where the content of a string stands in the text; `None` if an escape stands for some of it.
    pub(crate) fn plain(self) -> Option<Range<usize>> {
        let node = self.raw();
        let is_plain = node.kind == Kind::String && node.link == 0;
        is_plain.then(|| node.start as usize + 1..(node.end as usize).saturating_sub(1))
    }

    /// The value of a number, exactly.
    #[must_use]
    pub fn as_number(self) -> Option<Decimal> {
        (self.kind() == Kind::Number).then(|| Decimal::parse(self.source())).flatten()
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.source() == "true")
    }

    /// Whether the value is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    fn after(self) -> usize {
        let node = self.raw();
        match node.kind {
            Kind::Array | Kind::Object => node.link as usize,
            _ => self.node + 1,
        }
    }

    /// The elements of an array; nothing for another value.
    pub fn items(self) -> impl Iterator<Item = Value<'a>> {
        let end = if self.kind() == Kind::Array { self.after() } else { 0 };
        let mut at = self.node + 1;
        std::iter::from_fn(move || {
            let value = Value { json: self.json, node: at };
            (at < end).then(|| {
                at = value.after();
                value
            })
        })
    }

    /// Keys (string values) and values of an object, as written; nothing for another value.
    pub fn entries(self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> {
        let end = if self.kind() == Kind::Object { self.after() } else { 0 };
        let mut at = self.node + 1;
        std::iter::from_fn(move || {
            let key = Value { json: self.json, node: at };
            let value = Value { json: self.json, node: at + 1 };
            (at < end).then(|| {
                at = value.after();
                (key, value)
            })
        })
    }

    /// The value under a key of an object.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.entries().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The element of an array at `index`.
    #[must_use]
    pub fn at(self, index: usize) -> Option<Value<'a>> {
        self.items().nth(index)
    }
}

/// Where the string at the start of a text ends, behind its quote; the end of the text if the string has none.
#[must_use]
pub fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// JSON without the white space between its parts.
#[must_use]
pub fn compact(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let (mut quoted, mut escaped) = (false, false);
    for char in json.chars() {
        if quoted || !char.is_ascii_whitespace() {
            text.push(char);
        }
        quoted ^= char == '"' && !escaped;
        escaped = quoted && char == '\\' && !escaped;
    }
    text
}

/// Writes a string with quotes and the fewest escapes that JSON allows.
#[must_use]
pub fn json_quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if (control as u32) < 0x20 => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_values_with_places() {
        let text = "\u{feff} {\"a\" : [1.50, \"x\\u00e9\", {\"b\":null}], \"k\\n\": true} ";
        let json = Json::parse(text).unwrap();
        let a = json.root().get("a").unwrap();
        assert_eq!(a.source(), "[1.50, \"x\\u00e9\", {\"b\":null}]");
        assert_eq!(a.at(0).unwrap().as_number(), Decimal::parse("1.5"));
        assert_eq!(a.at(1).unwrap().as_str(), Some("xé"));
        assert!(a.at(2).unwrap().get("b").unwrap().is_null());
        assert_eq!(json.root().get("k\n").unwrap().as_bool(), Some(true));
        assert_eq!(json.root().entries().map(|(key, _)| key.source()).collect::<Vec<_>>(), ["\"a\"", "\"k\\n\""]);
        assert_eq!(json.duplicate_key(), None);
        assert_eq!(Json::parse("\"\"").unwrap().root().as_str(), Some(""));
        assert_eq!(Json::parse("[]").unwrap().root().items().count(), 0);
    }

    #[test]
    fn finds_duplicate_keys_and_refuses_what_is_not_json() {
        assert_eq!(Json::parse(r#"{"a":{"x":1,"y":2,"\u0078":3}}"#).unwrap().duplicate_key(), Some(18));
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "01",
            "1.",
            "+1",
            "NaN",
            "Infinity",
            "-Infinity",
            "\"\\ud800\"",
            "\"\\udc00x\"",
            "'a'",
            "1 2",
            "\"\t\"",
            "nul",
            "{\"a\" 1}",
            "{1:2}",
            "\u{0}",
            "[1 2]",
            "\"a",
            "// c\n1",
        ] {
            assert!(Json::parse(text).is_err(), "{text:?}");
        }
        assert!(Json::parse("\"\\ud83d\\ude00\"").is_ok());
    }

    #[test]
    fn depth_and_length_do_not_hurt() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Json::parse(&deep).unwrap().root().items().count(), 1);
        let long = "9".repeat(4_000);
        assert!(Json::parse(&long).unwrap().root().as_number().unwrap().is_whole());
        // The reader refuses integers of more than 4,300 digits.
        assert!(Json::parse(&"9".repeat(1_000_000)).is_err());
        assert!(Json::parse("1e400").unwrap().root().as_number().is_some());
    }
}

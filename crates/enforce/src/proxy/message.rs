//! Reads messages of JSON-RPC 2.0, and refuses whatever two programs might read differently.
//!
//! Parsers disagree about duplicate keys, about keys in another case (some ignore case), numbers that no double can hold, deep
//! nesting, byte-order marks, and identifiers that are null or have a fraction. The policy would decide one reading, and the server run
//! another. So none of this passes, wherever it stands in the message.

use std::collections::BTreeSet;
use std::sync::Arc;

use policyc_core::diagnostics::quote;
use policyc_core::json::{Json, Kind, Value, json_quote};

/// The largest message that is read, in bytes: 64 MiB.
pub const MAX_MESSAGE: usize = 64 << 20;
/// How many arrays and objects may be inside each other.
const DEEPEST: usize = 128;
/// The largest number that every program reads as the same one.
const MAX_ID: i64 = (1 << 53) - 1;
/// The longest identifier that is a text, in bytes: many are kept until they are answered.
const LONGEST_ID: usize = 1_024;
/// How many messages a batch may have: each may be answered at more length than it has itself.
pub(super) const MOST_IN_BATCH: usize = 1_000;
/// The members of a message that say what it is.
const ENVELOPE: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// Parse error, of JSON-RPC.
pub(super) const PARSE_ERROR: i32 = -32_700;
/// Invalid request, of JSON-RPC.
pub(crate) const INVALID_REQUEST: i32 = -32_600;
/// Method not found, of JSON-RPC.
pub(super) const NO_METHOD: i32 = -32_601;
/// Invalid parameters, of JSON-RPC; also of a tool that does not exist.
pub(super) const INVALID_PARAMS: i32 = -32_602;
/// Internal error, of JSON-RPC.
pub(super) const INTERNAL_ERROR: i32 = -32_603;

/// The identifier of a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    Number(i64),
    Text(String),
}

impl Id {
    /// Reads an identifier that every program reads in the same way.
    pub(super) fn read(value: Value<'_>) -> Option<Self> {
        match value.kind() {
            Kind::String => {
                value.as_str().filter(|text| text.len() <= LONGEST_ID).map(|text| Self::Text(text.to_owned()))
            }
            Kind::Number => {
                let source = value.source();
                let number = source.parse().ok().filter(|number| (-MAX_ID..=MAX_ID).contains(number))?;
                (source != "-0").then_some(Self::Number(number))
            }
            _ => None,
        }
    }

    /// As JSON.
    pub(crate) fn json(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => json_quote(text),
        }
    }
}

/// Why something is refused, and whom to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: i32,
    pub(crate) message: String,
    /// The requests that get this answer. Without any, the answer has the identifier `null`.
    pub(crate) ids: Vec<Id>,
}

impl Refused {
    pub(super) fn new(code: i32, message: impl Into<String>, id: Option<Id>) -> Self {
        Self { code, message: message.into(), ids: id.into_iter().collect() }
    }
}

/// What a message is.
#[derive(Debug, Clone)]
pub(crate) enum Message<'a> {
    Request { id: Id, method: &'a str, params: Option<Value<'a>> },
    Notification { method: &'a str, params: Option<Value<'a>> },
    Response { id: Option<Id>, result: Option<Value<'a>> },
}

/// Reads the JSON of a line of a client.
pub(crate) fn parse(line: Vec<u8>) -> Result<Json, Refused> {
    let fail = |message: String| Err(Refused::new(PARSE_ERROR, message, None));
    if line.len() > MAX_MESSAGE {
        return fail(format!("The message is larger than {} MiB.", MAX_MESSAGE >> 20));
    }
    let Ok(text) = String::from_utf8(line) else { return fail("The message is not UTF-8.".to_owned()) };
    if text.starts_with('\u{feff}') {
        return fail("The message begins with a byte-order mark; leave it out.".to_owned());
    }
    if is_too_deep(&text) {
        return fail(format!("The message has more than {DEEPEST} arrays and objects inside each other."));
    }
    let json = match Json::parse_shared(Arc::new(text)) {
        Ok(json) => json,
        Err(error) => return fail(format!("The message is not JSON: {} at byte {}.", error.message, error.at)),
    };
    let wrong = match json.duplicate_key() {
        Some(at) => Some(format!("The message has a duplicate key, at byte {at}.")),
        None => large_number(json.root()).map(|number| {
            let number: String = number.chars().take(40).collect();
            format!("The number {number} is too large for other programs.")
        }),
    };
    match wrong {
        Some(message) => Err(Refused { code: INVALID_REQUEST, message, ids: ids(json.root()) }),
        None => Ok(json),
    }
}

/// The identifiers of the requests in a message that may have other mistakes. An answer has one that is not the client's own.
fn ids(root: Value<'_>) -> Vec<Id> {
    let id = |message: Value<'_>| {
        message.get("method")?;
        let mut found = message.entries().filter(|(key, _)| key.as_str() == Some("id"));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Id::read(value),
            _ => None,
        }
    };
    if root.kind() == Kind::Array {
        root.items().take(MOST_IN_BATCH).filter_map(id).collect()
    } else {
        id(root).into_iter().collect()
    }
}

fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

/// A number that is infinite as a double. The depth has been checked.
fn large_number(value: Value<'_>) -> Option<&str> {
    match value.kind() {
        Kind::Number => {
            let source = value.source();
            (!source.parse::<f64>().is_ok_and(f64::is_finite)).then_some(source)
        }
        Kind::Array => value.items().find_map(large_number),
        Kind::Object => value.entries().find_map(|(_, member)| large_number(member)),
        _ => None,
    }
}

/// Reads what a message of a client is.
pub(crate) fn envelope(message: Value<'_>) -> Result<Message<'_>, Refused> {
    let own = || ids(message).into_iter().next();
    let fail = |text: String| Err(Refused::new(INVALID_REQUEST, text, own()));
    if message.kind() != Kind::Object {
        return fail(format!("A message is an object, not {}.", message.kind().with_article()));
    }
    if let Some(key) = in_another_case(message, &ENVELOPE) {
        return fail(format!("The message has the member {}, which some programs read as another one.", quote(key)));
    }
    if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return fail("The message is not of JSON-RPC 2.0.".to_owned());
    }
    let id = match message.get("id").map(|id| (id, Id::read(id))) {
        None => None,
        Some((_, Some(id))) => Some(id),
        // An error about a message that could not be read has no identifier.
        Some((id, None)) if id.is_null() && message.get("error").is_some() && message.get("method").is_none() => None,
        Some(_) => {
            return fail(
                "The `id` of a message is a string of at most 1,024 bytes or a whole number below 2^53.".to_owned(),
            );
        }
    };
    let (result, error) = (message.get("result"), message.get("error"));
    match (message.get("method"), result.is_some() || error.is_some(), id) {
        (Some(_), true, _) => fail("The message has a method and also a result or an error.".to_owned()),
        (Some(method), false, id) => match (method.as_str(), id, message.get("params")) {
            (None, ..) => fail("The method of the message is not a string.".to_owned()),
            (Some(method), Some(id), params) => Ok(Message::Request { id, method, params }),
            (Some(method), None, params) => Ok(Message::Notification { method, params }),
        },
        (None, true, _) if result.is_some() && error.is_some() => {
            fail("The message has a result and an error.".to_owned())
        }
        (None, true, id) => Ok(Message::Response { id, result }),
        (None, false, _) => fail("The message has no method, no result and no error.".to_owned()),
    }
}

/// A key that differs from a name in case only.
pub(super) fn in_another_case<'a>(object: Value<'a>, names: &[&str]) -> Option<&'a str> {
    object
        .entries()
        .filter_map(|(key, _)| key.as_str())
        .find(|key| !names.contains(key) && names.contains(&careless(key).as_str()))
}

/// A key that some object within a value has twice for programs that ignore case. The depth has been checked.
pub(crate) fn twice_but_for_case(value: Value<'_>) -> Option<&str> {
    match value.kind() {
        Kind::Array => value.items().find_map(twice_but_for_case),
        Kind::Object => {
            let mut keys = BTreeSet::new();
            let twice = value.entries().filter_map(|(key, _)| key.as_str()).find(|key| !keys.insert(careless(key)));
            twice.or_else(|| value.entries().find_map(|(_, member)| twice_but_for_case(member)))
        }
        _ => None,
    }
}

/// A text for programs that ignore case, as Unicode sees it.
pub(crate) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// A key as some programs read it: without case, blanks around it, and what follows a null character.
fn careless(key: &str) -> String {
    folded(key.split('\0').next().unwrap_or_default().trim())
}

/// The letters and digits of a text, without case: what is left of it for the most careless reader.
pub(crate) fn bare(text: &str) -> String {
    folded(text).chars().filter(|char| char.is_alphanumeric()).collect()
}

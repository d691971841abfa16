//! Reads the input of `eval` and `replay`: calls in our own form, and messages of JSON-RPC 2.0
//! (<https://www.jsonrpc.org/specification>) as MCP clients send them, alone or in a batch.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::OwnedCall;
use crate::json::{Json, Kind, Value};

/// Members of a message next to `params`, in which a gateway may record what `params` cannot say.
const BESIDE: [&str; 5] = ["server", "grant", "caller", "at", "approved"];

/// One of the messages of a text.
#[derive(Debug)]
pub enum Message<'a> {
    /// A call, and its text in the form of [`OwnedCall::parse`].
    Call(OwnedCall, Cow<'a, str>),
    /// A message that calls no tool.
    Other,
    /// Anything else, which is denied. The text says why it is not a call.
    Malformed(String),
}

/// The messages of a text: an object with `method` is a message of JSON-RPC, an array is a batch of
/// these, and anything else is a call. Returns at least one message.
#[must_use]
pub fn messages(text: &str) -> Vec<Message<'_>> {
    let json = match Json::parse(text) {
        Ok(json) if json.root().kind() == Kind::Array || json.root().get("method").is_some() => json,
        // A text that cannot be read is reported like a call that cannot be read.
        _ => return vec![call(Cow::Borrowed(text))],
    };
    let root = json.root();
    if root.kind() != Kind::Array {
        return vec![message(&json)];
    }
    if root.items().next().is_none() {
        return vec![Message::Malformed("The batch is empty.".to_owned())];
    }
    let one = |item: Value<'_>| match item.get("method") {
        // Each message is parsed by itself, so that an error in one does not affect the others.
        Some(_) => match Json::parse(item.source()) {
            Ok(json) => message(&json),
            Err(error) => Message::Malformed(format!("Not JSON: {}.", error.message)),
        },
        None => Message::Malformed("A batch contains JSON-RPC messages, which have a `method`.".to_owned()),
    };
    root.items().map(one).collect()
}

fn call(text: Cow<'_, str>) -> Message<'_> {
    match OwnedCall::parse(&text) {
        Ok(call) => Message::Call(call, text),
        Err(malformed) => Message::Malformed(malformed.reason),
    }
}

fn message(json: &Json) -> Message<'static> {
    let root = json.root();
    let malformed = |reason: &str| Message::Malformed(reason.to_owned());
    // With two `method` members, nobody knows which one a server would use.
    if has_key_twice(root) {
        return malformed("The message has a duplicate key.");
    }
    if root.get("jsonrpc").is_some_and(|version| version.as_str() != Some("2.0")) {
        return malformed("The message is not JSON-RPC 2.0.");
    }
    match root.get("method").and_then(Value::as_str) {
        Some("tools/call") => tool_call(root),
        Some(_) => Message::Other,
        None => malformed("The method of the message is not a string."),
    }
}

/// Whether an object has a duplicate key. Nested objects are not checked.
pub(crate) fn has_key_twice(object: Value<'_>) -> bool {
    let mut keys = BTreeSet::new();
    !object.entries().all(|(key, _)| keys.insert(key.as_str()))
}

/// `tools/call` of MCP: `params` has `name` and, if the tool takes any, `arguments`. A policy
/// cannot ask about other members, such as `_meta`.
fn tool_call(root: Value<'_>) -> Message<'static> {
    if root.document().duplicate_key().is_some() {
        return Message::Malformed("An object has a duplicate key.".to_owned());
    }
    let Some(params) = root.get("params").filter(|params| params.kind() == Kind::Object) else {
        return Message::Malformed("A call needs `params`, an object.".to_owned());
    };
    let of_params = ["name", "arguments"].into_iter().filter_map(|key| Some((key, params.get(key)?)));
    let beside = BESIDE.into_iter().filter_map(|key| Some((key, root.get(key)?)));
    let members: Vec<String> =
        of_params.chain(beside).map(|(key, value)| format!("\"{key}\":{}", value.source())).collect();
    call(Cow::Owned(format!("{{{}}}", members.join(","))))
}

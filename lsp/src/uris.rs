//! One spelling for each document.
//!
//! Clients write one and the same address in several ways: with or without escapes, in upper or
//! lower case, some with characters that an address must not have. What comes in is brought to one
//! spelling before anything looks at it. What goes out has the spelling in which the client opened
//! the document, because some clients compare addresses letter by letter.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tower_lsp_server::ls_types::Uri;

/// Of how many documents the client's spelling is kept at most.
const MOST: usize = 4_096;

/// The members of messages that hold an address.
const KEYS: [&str; 6] = ["uri", "rootUri", "scopeUri", "oldUri", "newUri", "baseUri"];

/// How the client spells the documents that it spells otherwise than the server.
#[derive(Debug, Default)]
pub(crate) struct Spellings(Mutex<BTreeMap<String, String>>);

impl Spellings {
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the addresses of a message of the client to one spelling.
    pub(crate) fn incoming(&self, message: &mut Value) {
        let is = |method: &str| message.get("method").and_then(Value::as_str) == Some(method);
        let (opens, command) = (is("textDocument/didOpen"), is("workspace/executeCommand"));
        let Some(parameters) = message.get_mut("params") else { return };
        if command {
            // The other arguments are the user's own: the call that is to be decided may hold an
            // address.
            if let Some(Value::String(first)) = parameters.get_mut("arguments").and_then(|all| all.get_mut(0)) {
                respell(first);
            }
            return;
        }
        let given = opens.then(|| parameters.pointer("/textDocument/uri").and_then(Value::as_str).map(str::to_owned));
        walk(parameters);
        let now = parameters.pointer("/textDocument/uri").and_then(Value::as_str);
        if let (Some(Some(given)), Some(now)) = (given, now) {
            let mut known = self.known();
            if given == now {
                known.remove(now);
            } else {
                known.insert(now.to_owned(), given);
            }
            if known.len() > MOST {
                known.pop_first();
            }
        }
    }

    /// Writes the addresses of a message to the client as the client does.
    #[must_use]
    pub(crate) fn outgoing(&self, mut message: String) -> String {
        let quoted = |text: &str| Value::String(text.to_owned()).to_string();
        for (ours, theirs) in self.known().iter() {
            // Within another text the quotes would be escaped, so this finds addresses only.
            let ours = quoted(ours);
            if message.contains(&ours) {
                message = message.replace(&ours, &quoted(theirs));
            }
        }
        message
    }
}

fn walk(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if KEYS.contains(&key.as_str()) => respell(text),
                    other => walk(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(walk),
        _ => {}
    }
}

fn respell(text: &mut String) {
    if let Some(one) = one_spelling(text) {
        *text = one;
    }
}

/// The spelling that all spellings of an address share; `None` for what cannot be made an address.
fn one_spelling(text: &str) -> Option<String> {
    let uri = file(text).and_then(Uri::from_file_path).or_else(|| Uri::from_str(&escaped(text)).ok())?;
    Some(uri.as_str().to_owned())
}

/// The path of a file of this machine.
fn file(text: &str) -> Option<PathBuf> {
    let scheme = text.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("file:"))?;
    let rest = text.get(scheme.len()..)?;
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, _) = rest.split_once('/')?;
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                return None;
            }
            rest.get(host.len()..)?
        }
        None => rest,
    };
    let decoded = String::from_utf8(decoded(path)).ok().filter(|path| !path.contains('\0'))?;
    // `/c:/folder` is `c:/folder` on the system that has drives.
    let path = if cfg!(windows) { decoded.trim_start_matches('/') } else { decoded.as_str() };
    Some(normalized(Path::new(path))).filter(|path| path.is_absolute())
}

/// The bytes that an address stands for. A `%` that begins no escape is a character as any other.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match escape(rest) {
            Some(byte) => {
                bytes.push(byte);
                rest = rest.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// The byte of the escape that a text begins with.
fn escape(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

/// An address with escapes for what an address must not have.
fn escaped(text: &str) -> String {
    // A host may be written in brackets; a path must not have any.
    let path = text.find("://").and_then(|at| text.get(at + 3..)?.find('/').map(|slash| at + 3 + slash)).unwrap_or(0);
    let mut whole = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let stays = match byte {
            b'%' => text.as_bytes().get(at..).and_then(escape).is_some(),
            b'[' | b']' => at < path,
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=".contains(&byte),
        };
        if stays {
            whole.push(char::from(byte));
        } else {
            whole.push_str(&format!("%{byte:02X}"));
        }
    }
    whole
}

/// A path without `.` and `..`.
#[must_use]
pub(crate) fn normalized(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_file_has_one_spelling() {
        if cfg!(windows) {
            return;
        }
        let spellings = [
            "file:///a%20b/%5bx%5D/%c3%A9+100%25.pol",
            "file:///a b/[x]/é+100%.pol",
            "FILE://localhost/a%20b/./[x]/%C3%A9%2B100%.pol",
            "file:/a b/y/../[x]//é+100%25.pol",
        ];
        for spelling in spellings {
            let one = one_spelling(spelling);
            assert_eq!(one.as_deref(), Some("file:///a%20b/%5Bx%5D/%C3%A9%2B100%25.pol"), "{spelling}");
        }
    }

    #[test]
    fn other_addresses_become_valid() {
        for (given, one) in [
            ("untitled:My policy [1]", "untitled:My%20policy%20%5B1%5D"),
            ("vscode-remote://[::1]/a[1]", "vscode-remote://[::1]/a%5B1%5D"),
            ("file://server/share/a b.pol", "file://server/share/a%20b.pol"),
            ("git:/a.pol?x=%7b%", "git:/a.pol?x=%7b%25"),
        ] {
            assert_eq!(one_spelling(given).as_deref(), Some(one));
        }
        assert_eq!(one_spelling("no address"), None);
    }

    #[test]
    fn the_client_hears_its_own_spelling() {
        if cfg!(windows) {
            return;
        }
        let spellings = Spellings::default();
        let open = json!({"uri": "file:///a b.pol", "text": "allow \"file:///a b.pol\";"});
        let mut message = json!({"method": "textDocument/didOpen", "params": {"textDocument": open}});
        spellings.incoming(&mut message);
        assert_eq!(message["params"]["textDocument"]["uri"], "file:///a%20b.pol");
        let said =
            json!({"uri": "file:///a%20b.pol", "text": "\"file:///a%20b.pol\"", "other": "file:///a%20b.pol.pol"});
        let expected =
            json!({"uri": "file:///a b.pol", "text": "\"file:///a%20b.pol\"", "other": "file:///a%20b.pol.pol"});
        assert_eq!(spellings.outgoing(said.to_string()), expected.to_string());
        let call = json!({"tool": "open", "args": {"uri": "file:///a b.pol"}});
        let arguments = json!(["file:///a b.pol", call]);
        let mut message = json!({"method": "workspace/executeCommand", "params": {"arguments": arguments}});
        spellings.incoming(&mut message);
        assert_eq!(message["params"]["arguments"], json!(["file:///a%20b.pol", call]));
    }
}

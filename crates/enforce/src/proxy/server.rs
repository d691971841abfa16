//! What a server says.

use std::sync::Arc;

use policyc_core::json::{Json, Kind, Value};

use super::answer;
use super::list::{tools, without};
use super::message::{INTERNAL_ERROR, Id, MAX_MESSAGE, NO_METHOD, folded};
use super::{Effect, Open, Proxy, Refusable, locked};

/// What becomes of one message.
enum Fate {
    /// It passes as it is.
    Passes,
    /// This goes to the client in its place.
    Becomes(String),
    /// This goes back to the server.
    Returns(String),
    /// It does not pass.
    Dropped,
}

impl Proxy<'_> {
    /// Takes a line of the server, without its end. `now` is in seconds since 1970-01-01T00:00:00Z.
    pub fn from_server(&mut self, line: Vec<u8>, now: i64) -> Vec<Effect> {
        if line.trim_ascii().is_empty() {
            return Vec::new();
        }
        let (text, json) = match read(line) {
            Ok(read) => read,
            Err(why) => {
                return vec![Effect::Note(format!("a line of the server is no message and was dropped: {why}"))];
            }
        };
        let root = json.root();
        let mut effects = Vec::new();
        if root.kind() == Kind::Object {
            match self.one(&text, root, &mut effects, now) {
                Fate::Passes => effects.push(Effect::ToClient(on_one_line(&text))),
                Fate::Becomes(text) => effects.push(Effect::ToClient(on_one_line(&text))),
                Fate::Returns(text) => effects.push(Effect::ToServer(text)),
                Fate::Dropped => {}
            }
            return effects;
        }
        if root.kind() != Kind::Array {
            return vec![Effect::Note("a line of the server is no message and was dropped".to_owned())];
        }
        let (mut passing, mut all) = (Vec::new(), true);
        for message in root.items() {
            let (start, end) = message.span();
            let own = text.get(start as usize..end as usize).unwrap_or_default();
            match self.one_of(own, &mut effects, now) {
                Fate::Passes => passing.push(own.to_owned()),
                other => {
                    all = false;
                    match other {
                        Fate::Becomes(text) => passing.push(text),
                        Fate::Returns(text) => effects.push(Effect::ToServer(text)),
                        _ => {}
                    }
                }
            }
        }
        if all {
            effects.push(Effect::ToClient(on_one_line(&text)));
        } else if !passing.is_empty() {
            effects.push(Effect::ToClient(on_one_line(&format!("[{}]", passing.join(",")))));
        }
        effects
    }

    /// The server has ended: nobody else answers what is open.
    pub fn server_ended(&mut self) -> Vec<Effect> {
        let open = std::mem::take(&mut self.open);
        let ended = |id: &Id| Effect::ToClient(answer::error(&id.json(), INTERNAL_ERROR, "The server has ended."));
        open.keys().map(ended).collect()
    }

    /// A message of a batch, whose places are its own.
    fn one_of(&mut self, text: &str, effects: &mut Vec<Effect>, now: i64) -> Fate {
        match read(text.as_bytes().to_vec()) {
            Ok((text, json)) => self.one(&text, json.root(), effects, now),
            Err(_) => Fate::Dropped,
        }
    }

    fn one(&mut self, text: &str, message: Value<'_>, effects: &mut Vec<Effect>, now: i64) -> Fate {
        if has_twice(message) || message.kind() != Kind::Object {
            effects.push(Effect::Note("a message of the server has a member twice and was dropped".to_owned()));
            return Fate::Dropped;
        }
        match message.get("method").and_then(Value::as_str) {
            Some(method) => self.asked(method, message, effects),
            None => self.result(text, message, effects, now),
        }
    }

    /// A request or notification of the server.
    fn asked(&mut self, method: &str, message: Value<'_>, effects: &mut Vec<Effect>) -> Fate {
        let id = message.get("id").and_then(Id::read);
        if matches!(&id, Some(Id::Text(name)) if self.tickets.is_ours(name)) {
            effects.push(Effect::Note("a request of the server has an `id` of the proxy and was dropped".to_owned()));
            return Fate::Dropped;
        }
        if method == "sampling/createMessage" && self.refused.contains(&Refusable::Sampling) {
            let refused = |id: &Id| answer::error(&id.json(), NO_METHOD, "Sampling is refused by the proxy.");
            return id.as_ref().map_or(Fate::Dropped, |id| Fate::Returns(refused(id)));
        }
        if method == "notifications/tools/list_changed" {
            locked(&self.watch).outdated();
        }
        Fate::Passes
    }

    /// An answer of the server.
    fn result(&mut self, text: &str, message: Value<'_>, effects: &mut Vec<Effect>, now: i64) -> Fate {
        let id = message.get("id").and_then(Id::read);
        let open = id.as_ref().and_then(|id| self.open.get(id).copied());
        match (open, &id) {
            (Some(Open::Held), _) => return Fate::Dropped,
            (None, Some(Id::Text(name))) if self.tickets.is_ours(name) => {
                let result = message.get("result").filter(|result| !is_odd(*result));
                effects.extend(tools(result).and_then(|list| locked(&self.watch).see(list)).map(Effect::Note));
                effects.extend(self.looked(name, result, now));
                return Fate::Dropped;
            }
            _ => {}
        }
        if let Some(id) = &id {
            self.open.remove(id);
        }
        let result = message.get("result");
        if self.refused.contains(&Refusable::Sampling) && asks_for_sampling(result) {
            let id = id.as_ref().map_or("null".to_owned(), Id::json);
            return Fate::Becomes(answer::error(&id, INTERNAL_ERROR, "Sampling is refused by the proxy."));
        }
        // While a list is waited for, it may come as the answer to a request with another spelling of its identifier.
        let is_list = |open: &Open| matches!(open, Open::List | Open::Withdrawn);
        if open == Some(Open::Other) && !(tools(result).is_some() && self.open.values().any(is_list)) {
            return Fate::Passes;
        }
        let list = tools(result);
        if result.is_some_and(is_odd) {
            let id = id.as_ref().map_or("null".to_owned(), Id::json);
            let why = "The tools of the server cannot be read: a key stands twice.";
            effects.push(Effect::Note("the list of tools has a key twice and was not forwarded".to_owned()));
            return Fate::Becomes(answer::error(&id, INTERNAL_ERROR, why));
        }
        let Some(list) = list else { return Fate::Passes };
        effects.extend(locked(&self.watch).see(list).map(Effect::Note));
        if self.observe {
            return Fate::Passes;
        }
        let stays = |tool: Value<'_>| {
            let name = tool.get("name").and_then(Value::as_str);
            name.is_none_or(|name| !self.hides(name) && locked(&self.watch).refuses(name).is_none())
        };
        without(text, list, stays).map_or(Fate::Passes, Fate::Becomes)
    }
}

/// Reads the text of a line, and its JSON with the same places.
fn read(line: Vec<u8>) -> Result<(String, Json), String> {
    if line.len() > MAX_MESSAGE {
        return Err(format!("it is larger than {} MiB", MAX_MESSAGE >> 20));
    }
    let text = String::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.starts_with('\u{feff}') {
        return Err("it begins with a byte-order mark".to_owned());
    }
    let json = match Json::parse(&text) {
        Ok(json) => json,
        // JavaScript writes halves of characters, which this reader does not read. What has the same length takes their place.
        Err(first) => match Json::parse_shared(Arc::new(without_halves(&text))) {
            Ok(json) => json,
            Err(_) => return Err(format!("{} at byte {}", first.message, first.at)),
        },
    };
    Ok((text, json))
}

/// A text of JSON with escapes of lone surrogates replaced.
fn without_halves(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let unit = |from: usize| {
            let digits = escape.get(from..from + 6)?.strip_prefix("\\u")?;
            u32::from_str_radix(digits, 16).ok()
        };
        let length = match (unit(0), unit(6)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            _ => 2,
        };
        let (taken, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        out.push_str(taken);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Whether an object has a key twice, itself or in something within it. Of others the client decides what they mean.
fn has_twice(object: Value<'_>) -> bool {
    let mut keys: Vec<&str> = object.entries().filter_map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| matches!(pair, [left, right] if left == right))
}

/// Whether a list of tools may be read in two ways.
fn is_odd(result: Value<'_>) -> bool {
    let odd = |key: &str| key != "tools" && folded(key) == "tools";
    has_twice(result)
        || result.entries().filter_map(|(key, _)| key.as_str()).any(odd)
        || tools(Some(result)).is_some_and(|list| list.items().any(has_twice))
}

/// Whether a result, from the revision 2026-07-28 on, asks the client's model.
fn asks_for_sampling(result: Option<Value<'_>>) -> bool {
    let requests = result.and_then(|result| result.get("inputRequests"));
    let method = |request: Value<'_>| request.get("method").and_then(Value::as_str) == Some("sampling/createMessage");
    requests.is_some_and(|requests| requests.entries().any(|(_, request)| method(request)))
}

/// A text of JSON on one line for every reader.
fn on_one_line(text: &str) -> String {
    text.replace('\r', " ")
}

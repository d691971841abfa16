//! What a client says.

use policyc_core::diagnostics::quote;
use policyc_core::json::{Json, Kind, Value};

use super::answer;
use super::approval::Way;
use super::call::{accepts, called, elicits};
use super::message::{
    INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, Id, MOST_IN_BATCH, Message, NO_METHOD, Refused, bare, envelope,
    parse,
};
use super::{Effect, MOST_OPEN, Open, Proxy, Refusable};
use crate::gate::Outcome;
use crate::hook::MALFORMED;

/// What becomes of one message.
#[derive(Debug, Default)]
pub(super) struct Fate {
    /// Whether it goes to the server.
    pub(super) forwarded: bool,
    pub(super) answers: Vec<String>,
    pub(super) others: Vec<Effect>,
}

impl Fate {
    pub(super) fn forwarded() -> Self {
        Self { forwarded: true, ..Self::default() }
    }

    pub(super) fn answered(answer: String) -> Self {
        Self { answers: vec![answer], ..Self::default() }
    }

    fn refused(refused: &Refused) -> Self {
        Self { answers: answer::refusals(refused), ..Self::default() }
    }

    fn noted(note: String) -> Self {
        Self { others: vec![Effect::Note(note)], ..Self::default() }
    }
}

impl Proxy<'_> {
    /// Takes a line of the client, without its end. `now` is in seconds since 1970-01-01T00:00:00Z.
    pub fn from_client(&mut self, line: Vec<u8>, now: i64) -> Vec<Effect> {
        if line.trim_ascii().is_empty() {
            return Vec::new();
        }
        let json = match parse(line) {
            Ok(json) => json,
            Err(refused) => return answer::refusals(&refused).into_iter().map(Effect::ToClient).collect(),
        };
        let root = json.root();
        if root.kind() != Kind::Array {
            let Fate { forwarded, answers, mut others } = self.fate(root, now);
            if forwarded {
                others.push(Effect::ToServer(on_one_line(json.text())));
            }
            others.extend(answers.into_iter().map(Effect::ToClient));
            return others;
        }
        self.batch(&json, now)
    }

    /// Takes a batch: what passes of it goes to the server as a batch, and what does not is answered as one.
    fn batch(&mut self, json: &Json, now: i64) -> Vec<Effect> {
        let count = json.root().items().take(MOST_IN_BATCH + 1).count();
        if count == 0 || count > MOST_IN_BATCH {
            let text =
                if count == 0 { "is empty".to_owned() } else { format!("has more than {MOST_IN_BATCH} messages") };
            let refused = Refused::new(INVALID_REQUEST, format!("The batch {text}."), None);
            return answer::refusals(&refused).into_iter().map(Effect::ToClient).collect();
        }
        let (mut passing, mut answers, mut effects) = (Vec::new(), Vec::new(), Vec::new());
        for message in json.root().items() {
            let fate = self.fate(message, now);
            if fate.forwarded {
                passing.push(message.source());
            }
            answers.extend(fate.answers);
            effects.extend(fate.others);
        }
        if passing.len() == count {
            effects.push(Effect::ToServer(on_one_line(json.text())));
        } else if !passing.is_empty() {
            effects.push(Effect::ToServer(on_one_line(&format!("[{}]", passing.join(",")))));
        }
        if !answers.is_empty() {
            effects.push(Effect::ToClient(format!("[{}]", answers.join(","))));
        }
        effects
    }

    fn fate(&mut self, message: Value<'_>, now: i64) -> Fate {
        match envelope(message) {
            Err(refused) => Fate::refused(&refused),
            Ok(Message::Response { id, result }) => self.response(id.as_ref(), result, now),
            Ok(Message::Notification { method, params }) => self.notification(method, params, now),
            Ok(Message::Request { id, method, params }) => self.request(message, id, method, params, now),
        }
    }

    fn request(&mut self, message: Value<'_>, id: Id, method: &str, params: Option<Value<'_>>, now: i64) -> Fate {
        let refuse = |code, text: String| Fate::refused(&Refused::new(code, text, Some(id.clone())));
        if self.open.contains_key(&id) || matches!(&id, Id::Text(text) if self.tickets.is_ours(text)) {
            return refuse(INVALID_REQUEST, format!("The request {} has no answer yet; use another `id`.", id.json()));
        }
        if self.open.len() >= MOST_OPEN {
            return refuse(INTERNAL_ERROR, format!("More than {MOST_OPEN} requests have no answer yet."));
        }
        if let Some(text) = self.refuses(method) {
            return refuse(NO_METHOD, text);
        }
        match method {
            "tools/call" => match called(params) {
                Ok(called) => self.tool_call(message, id, &called, now),
                Err(text) => refuse(INVALID_PARAMS, text),
            },
            _ => {
                if method == "initialize" {
                    let capabilities = params.and_then(|params| params.get("capabilities"));
                    self.can_elicit = elicits(capabilities);
                }
                self.open.insert(id, if method == "tools/list" { Open::List } else { Open::Other });
                Fate::forwarded()
            }
        }
    }

    /// Why a method does not pass.
    fn refuses(&self, method: &str) -> Option<String> {
        let is_exact = matches!(method, "tools/call" | "tools/list");
        let bare = bare(method);
        if (!is_exact && bare.starts_with("tools")) || method.chars().any(char::is_control) {
            return Some(format!("There is no method {}.", quote(method)));
        }
        let is = |word: &str, refusable| bare.starts_with(word) && self.refused.contains(&refusable);
        if is("resources", Refusable::Resources) || is("prompts", Refusable::Prompts) {
            return Some(format!("The method {} is refused by the proxy.", quote(method)));
        }
        None
    }

    fn notification(&mut self, method: &str, params: Option<Value<'_>>, now: i64) -> Fate {
        if let Some(text) = self.refuses(method) {
            return Fate::noted(format!("a notification was not forwarded: {text}"));
        }
        match method {
            "tools/call" => {
                // Nobody waits for an answer, so what becomes of the call is only logged.
                let what = match called(params) {
                    Ok(called) => {
                        let arguments = called.arguments;
                        let reason = "A call is a request, with an `id`.".to_owned();
                        self.log(called.name, arguments, &Outcome::failed(MALFORMED, reason), now);
                        format!("of {}", quote(called.name))
                    }
                    Err(_) => "that cannot be read".to_owned(),
                };
                Fate::noted(format!("a call {what} without an `id` was not forwarded"))
            }
            "notifications/cancelled" => {
                let id = params.and_then(|params| params.get("requestId")).and_then(Id::read);
                match id.map(|id| (self.close(&id), id)) {
                    Some((Some(Open::Held), id)) => self.withdraw(&id),
                    _ => Fate::forwarded(),
                }
            }
            _ => Fate::forwarded(),
        }
    }

    /// Nobody waits for the answer to a request any more. What waits for a person is dropped.
    #[cfg(feature = "http-proxy")]
    pub(super) fn abandon(&mut self, id: &Id) {
        if self.close(id) == Some(Open::Held) {
            self.tickets.take_of(id);
        }
    }

    /// Waits no more for an answer to a request. Gives what it was.
    fn close(&mut self, id: &Id) -> Option<Open> {
        let open = self.open.get(id).copied()?;
        if matches!(open, Open::List | Open::Withdrawn) {
            self.open.insert(id.clone(), Open::Withdrawn);
        } else {
            self.open.remove(id);
        }
        Some(open)
    }

    /// Drops a call that waits for a person, because nobody wants it any more.
    fn withdraw(&mut self, id: &Id) -> Fate {
        let mut fate = Fate::default();
        if let Some((name, ticket)) = self.tickets.take_of(id)
            && ticket.way == Way::Elicitation
        {
            fate.answers.push(answer::cancelled(&name));
        }
        fate
    }

    /// An answer of the client: to the server, or to us.
    fn response(&mut self, id: Option<&Id>, result: Option<Value<'_>>, now: i64) -> Fate {
        let Some(Id::Text(name)) = id else { return Fate::forwarded() };
        if !self.tickets.is_ours(name) {
            return Fate::forwarded();
        }
        // One that comes too late is for nobody.
        let Some(ticket) = self.tickets.take(name, Way::Elicitation) else { return Fate::default() };
        Fate { others: self.settle(ticket, result.is_some_and(accepts), now), ..Fate::default() }
    }
}

/// A text of JSON on one line for every reader: a carriage return between its parts becomes a blank. In a string JSON has none, and
/// other line ends do not get here.
pub(super) fn on_one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

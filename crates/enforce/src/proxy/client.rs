//! What a client says.

use policyc_core::diagnostics::quote;
use policyc_core::eval::Verdict;
use policyc_core::json::{Json, Kind, Value};

use super::answer::{self, cut_to};
use super::approval::{LARGEST, Question, SHOWN, Ticket, Way, digest, object};
use super::judge::Asked;
use super::message::{
    INTERNAL_ERROR, INVALID_PARAMS, INVALID_REQUEST, Id, MOST_IN_BATCH, Message, NO_METHOD, Refused, bare, envelope,
    in_another_case, parse, twice_but_for_case,
};
use super::{Effect, MOST_OPEN, NOT_APPROVED, Open, Proxy, Refusable};
use crate::gate::Outcome;
use crate::hook::MALFORMED;

/// Where a request says, from the revision 2026-07-28 on, which revision it is of and what its client can do.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// The members of a call.
const OF_CALL: [&str; 2] = ["name", "arguments"];
/// Our part of an input request, and of its answer.
const KEY: &str = "policyc";

/// What becomes of one message.
#[derive(Debug, Default)]
struct Fate {
    /// Whether it goes to the server.
    forwarded: bool,
    answers: Vec<String>,
    others: Vec<Effect>,
}

impl Fate {
    fn forwarded() -> Self {
        Self { forwarded: true, ..Self::default() }
    }

    fn answered(answer: String) -> Self {
        Self { answers: vec![answer], ..Self::default() }
    }

    fn refused(refused: &Refused) -> Self {
        Self { answers: answer::refusals(refused), ..Self::default() }
    }

    fn noted(note: String) -> Self {
        Self { others: vec![Effect::Note(note)], ..Self::default() }
    }
}

/// A call as a message has it.
struct Called<'a> {
    name: &'a str,
    arguments: Option<Value<'a>>,
    params: Value<'a>,
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
                match id.map(|id| (self.open.remove(&id), id)) {
                    Some((Some(Open::Held), id)) => self.withdraw(&id),
                    _ => Fate::forwarded(),
                }
            }
            _ => Fate::forwarded(),
        }
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

    /// Takes the answer of the operator's command.
    pub fn answered(&mut self, ticket: &str, approves: bool, now: i64) -> Vec<Effect> {
        self.tickets.take(ticket, Way::Command).map(|ticket| self.settle(ticket, approves, now)).unwrap_or_default()
    }

    /// Refuses the calls that only the client could have approved: it says no more.
    pub fn client_ended(&mut self, now: i64) -> Vec<Effect> {
        let given_up = self.tickets.take_all(Way::Elicitation);
        given_up.into_iter().flat_map(|ticket| self.settle(ticket, false, now)).collect()
    }

    /// Refuses the calls that have waited for too long.
    pub fn expire(&mut self, now: i64) -> Vec<Effect> {
        let expired = self.tickets.expired(now);
        let mut effects = Vec::new();
        for (name, ticket) in expired {
            if ticket.way == Way::InputRequired {
                continue;
            }
            if ticket.way == Way::Elicitation {
                effects.push(Effect::ToClient(answer::cancelled(&name)));
            }
            effects.extend(self.settle(ticket, false, now));
        }
        effects
    }

    /// Refuses or executes a call about which a person has been asked.
    fn settle(&mut self, ticket: Ticket, approves: bool, now: i64) -> Vec<Effect> {
        self.open.remove(&ticket.id);
        // It has been read before.
        let Ok(json) = Json::parse(&ticket.text) else { return Vec::new() };
        let Ok(called) = called(json.root().get("params")) else { return Vec::new() };
        let fate = self.execute(json.root(), ticket.id, &called, Some((approves, ticket.expires)), now);
        let mut effects = fate.others;
        if fate.forwarded {
            effects.push(Effect::ToServer(ticket.text));
        }
        effects.extend(fate.answers.into_iter().map(Effect::ToClient));
        effects
    }

    fn tool_call(&mut self, message: Value<'_>, id: Id, called: &Called<'_>, now: i64) -> Fate {
        let state =
            called.params.get("requestState").and_then(Value::as_str).filter(|state| self.tickets.is_ours(state));
        let Some(state) = state else { return self.execute(message, id, called, None, now) };
        let ticket = self.tickets.take(state, Way::InputRequired);
        let arguments = called.arguments.unwrap_or(self.no_arguments.root());
        let digest = self.digest(called.name, arguments);
        let Some(ticket) = ticket.filter(|ticket| ticket.digest == digest) else {
            let reason = "The approval is of another call, or it is used up.".to_owned();
            return self.deny(&id, called, Outcome::failed(NOT_APPROVED, reason), now);
        };
        let response = called.params.get("inputResponses").and_then(|responses| responses.get(KEY));
        // The message of before is executed: it has what the server has said and was told, in place of what we have.
        let text = with_id(&ticket.text, &id);
        let approves = response.is_some_and(accepts);
        Fate { others: self.settle(Ticket { id, text, ..ticket }, approves, now), ..Fate::default() }
    }

    /// Decides a call, and forwards, holds or refuses it. `approval` says whether it was approved, and until when that counts.
    fn execute(
        &mut self,
        message: Value<'_>,
        id: Id,
        called: &Called<'_>,
        approval: Option<(bool, i64)>,
        now: i64,
    ) -> Fate {
        let no_arguments = self.no_arguments.clone();
        let arguments = called.arguments.unwrap_or(no_arguments.root());
        let refusal = match approval {
            Some((true, expires)) if now < expires => None,
            Some((true, _)) => Some("The approval came too late."),
            Some((false, _)) => Some("The call needs an approval, and nobody has approved it."),
            None => None,
        };
        if let Some(reason) = refusal {
            return self.deny(&id, called, Outcome::failed(NOT_APPROVED, reason.to_owned()), now);
        }
        let outcome = self.decide(Asked { tool: called.name, arguments, approved: approval.is_some(), now });
        let mut fate = match outcome.verdict {
            _ if self.observe => Fate::forwarded(),
            Verdict::Allow => Fate::forwarded(),
            Verdict::Approval => self.hold(message, &id, called, &outcome, now),
            Verdict::Deny => Fate::answered(self.denial(&id, called, &outcome)),
        };
        if fate.forwarded {
            self.open.insert(id, Open::Other);
        }
        if let Some(failure) = outcome.store_failure {
            fate.others.push(Effect::Note(failure));
        }
        fate
    }

    /// Asks a person, if there is a way.
    fn hold(&mut self, message: Value<'_>, id: &Id, called: &Called<'_>, outcome: &Outcome, now: i64) -> Fate {
        let is_new = called.params.get("_meta").and_then(|meta| meta.get(VERSION)).is_some();
        let capabilities = called.params.get("_meta").and_then(|meta| meta.get(CAPABILITIES));
        let way = match (is_new, self.can_elicit) {
            (true, _) if elicits(capabilities) => Way::InputRequired,
            (false, true) => Way::Elicitation,
            _ if self.has_command => Way::Command,
            _ => return Fate::answered(self.denial(id, called, outcome)),
        };
        let no_arguments = self.no_arguments.clone();
        let arguments = called.arguments.unwrap_or(no_arguments.root());
        let digest = self.digest(called.name, arguments);
        let expires = now.saturating_add(self.patience);
        let text = on_one_line(message.source());
        if text.len() > LARGEST {
            let reason = format!(
                "The call needs an approval, and only calls of at most {} MiB can wait for one.",
                LARGEST >> 20
            );
            return Fate::answered(self.denial(id, called, &Outcome::failed(NOT_APPROVED, reason)));
        }
        let ticket = Ticket { id: id.clone(), text, digest: digest.clone(), expires, way };
        let Some(name) = self.tickets.add(ticket) else {
            let reason = "The call needs an approval, and too many calls wait for one.".to_owned();
            return Fate::answered(self.denial(id, called, &Outcome::failed(NOT_APPROVED, reason)));
        };
        let server = self.judge.whose.server().unwrap_or_default().to_owned();
        let shown = cut_to(arguments.source(), SHOWN);
        let whose = if server.is_empty() { String::new() } else { format!(" of the server {}", quote(&server)) };
        let question = format!(
            "The tool {}{whose} is about to be called. {} Arguments (SHA-256 of the call {digest}): {shown}",
            quote(called.name),
            outcome.reason
        );
        let params = answer::elicitation(&question);
        if way == Way::InputRequired {
            return Fate::answered(answer::input_required(id, KEY, &params, &name));
        }
        self.open.insert(id.clone(), Open::Held);
        if way == Way::Elicitation {
            return Fate::answered(answer::request(&name, "elicitation/create", &params));
        }
        let members = [
            ("server", server.as_str()),
            ("tool", called.name),
            ("rule", outcome.rule.as_str()),
            ("reason", outcome.reason.as_str()),
            ("sha256", digest.as_str()),
            ("grant", self.judge.whose.grant.as_deref().unwrap_or_default()),
        ];
        let json = object(&members, arguments);
        Fate { others: vec![Effect::Ask(Question { ticket: name, json })], ..Fate::default() }
    }

    /// Refuses a call, and writes that down.
    fn deny(&mut self, id: &Id, called: &Called<'_>, outcome: Outcome, now: i64) -> Fate {
        let failed = self.log(called.name, called.arguments, &outcome, now);
        let mut fate = Fate::answered(self.denial(id, called, &outcome));
        fate.others.extend(failed.map(Effect::Note));
        fate
    }

    /// The answer to a call that does not pass. One of a tool that is hidden looks like one of a tool that does not exist.
    fn denial(&self, id: &Id, called: &Called<'_>, outcome: &Outcome) -> String {
        if self.hides(called.name) || !self.is_known(called.name) {
            return answer::unknown_tool(id, called.name);
        }
        let is_new = called.params.get("_meta").and_then(|meta| meta.get(VERSION)).is_some();
        let no_arguments = self.no_arguments.clone();
        let arguments = called.arguments.unwrap_or(no_arguments.root());
        let remedy = self.judge.remedy(Asked { tool: called.name, arguments, approved: false, now: 0 }, outcome);
        let mut texts = vec![answer::sentence(outcome)];
        texts.extend(remedy.iter().flat_map(|remedy| remedy.sentences(called.name)));
        answer::denial(id, outcome, remedy.as_ref(), &texts, is_new)
    }

    /// Writes down what the proxy decides itself. Gives why that is not possible.
    fn log(&mut self, tool: &str, arguments: Option<Value<'_>>, outcome: &Outcome, now: i64) -> Option<String> {
        let no_arguments = self.no_arguments.clone();
        let arguments = arguments.unwrap_or(no_arguments.root());
        let failed = self.judge.write(Asked { tool, arguments, approved: false, now }, outcome).err();
        failed.map(|why| format!("a denial cannot be logged: {why}"))
    }

    fn digest(&self, tool: &str, arguments: Value<'_>) -> String {
        digest(self.judge.whose.server(), tool, self.judge.whose.grant.as_deref(), arguments)
    }
}

/// Reads the parameters of a call. An error is a sentence.
fn called(params: Option<Value<'_>>) -> Result<Called<'_>, String> {
    let Some(params) = params.filter(|params| params.kind() == Kind::Object) else {
        return Err("A call needs `params`, an object.".to_owned());
    };
    if let Some(key) = in_another_case(params, &OF_CALL) {
        return Err(format!("The call has the member {}, which some programs read as another one.", quote(key)));
    }
    let Some(name) = params.get("name").and_then(Value::as_str) else {
        return Err("A call needs `name`, a string.".to_owned());
    };
    let arguments = params.get("arguments");
    if arguments.is_some_and(|arguments| arguments.kind() != Kind::Object) {
        return Err("The arguments of a call are an object.".to_owned());
    }
    match arguments.and_then(twice_but_for_case) {
        Some(key) => Err(format!("The arguments have the key {} a second time, in another case.", quote(key))),
        None => Ok(Called { name, arguments, params }),
    }
}

/// Whether a client can show a form to a person.
fn elicits(capabilities: Option<Value<'_>>) -> bool {
    let elicitation = capabilities.and_then(|capabilities| capabilities.get("elicitation"));
    elicitation.is_some_and(|able| {
        able.kind() == Kind::Object && (able.get("form").is_some() || able.entries().next().is_none())
    })
}

/// Whether an answer to a question of ours approves the call.
fn accepts(answer: Value<'_>) -> bool {
    let approve = answer.get("content").and_then(|content| content.get("approve"));
    answer.get("action").and_then(Value::as_str) == Some("accept") && approve.and_then(Value::as_bool) == Some(true)
}

/// A text of JSON on one line for every reader: a carriage return between its parts becomes a blank. In a string JSON has none, and
/// other line ends do not get here.
fn on_one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

/// A message with another identifier.
fn with_id(text: &str, id: &Id) -> String {
    let Ok(json) = Json::parse(text) else { return text.to_owned() };
    let Some((start, end)) = json.root().get("id").map(Value::span) else { return text.to_owned() };
    let (before, after) = (text.get(..start as usize), text.get(end as usize..));
    format!("{}{}{}", before.unwrap_or_default(), id.json(), after.unwrap_or_default())
}

//! Calls: decided, forwarded, held or refused.

use std::sync::atomic::Ordering;

use policyc_core::diagnostics::quote;
use policyc_core::eval::Verdict;
use policyc_core::json::{Json, Kind, Value, json_quote};

use super::answer::{self, DenialForm, cut_to};
use super::approval::{LARGEST, MOST, Question, SHOWN, Ticket, Way, digest, object};
use super::client::{Fate, on_one_line};
use super::judge::Asked;
use super::message::{Id, in_another_case, twice_but_for_case};
use super::{Effect, NO_LOG, NOT_APPROVED, Open, Proxy, locked};
use crate::gate::Outcome;

/// Where a request says, from the revision 2026-07-28 on, which revision it is of and what its client can do.
pub(super) const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// The members of a call.
const OF_CALL: [&str; 2] = ["name", "arguments"];
/// Our part of an input request, and of its answer.
const KEY: &str = "policyc";

/// How many pages of tools are asked for on behalf of a call.
const MOST_PAGES: u32 = 1_000;

/// What has been done about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum So {
    /// Nothing.
    New,
    /// The server was asked for its tools.
    Looked,
    /// A person was asked: whether they approve, and until when that counts.
    Answered(bool, i64),
}

/// A call as a message has it.
pub(crate) struct Called<'a> {
    pub(crate) name: &'a str,
    pub(crate) arguments: Option<Value<'a>>,
    params: Value<'a>,
}

impl Proxy<'_> {
    /// Takes the answer of the operator's command, which is there for each [`Effect::Ask`] once.
    pub fn answered(&mut self, ticket: &str, approves: bool, now: i64) -> Vec<Effect> {
        let _ = self.asking.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |asking| asking.checked_sub(1));
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
            if matches!(ticket.way, Way::List { .. }) {
                effects.extend(self.resume(ticket, So::Looked, now));
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
    pub(super) fn settle(&mut self, ticket: Ticket, approves: bool, now: i64) -> Vec<Effect> {
        let so = So::Answered(approves, ticket.expires);
        self.resume(ticket, so, now)
    }

    /// Goes on with a call that has waited.
    fn resume(&mut self, ticket: Ticket, so: So, now: i64) -> Vec<Effect> {
        self.open.remove(&ticket.id);
        // It has been read before.
        let Ok(json) = Json::parse(&ticket.text) else { return Vec::new() };
        let Ok(called) = called(json.root().get("params")) else { return Vec::new() };
        let fate = self.execute(json.root(), ticket.id, &called, so, now);
        let mut effects = fate.others;
        if fate.forwarded {
            effects.push(Effect::ToServer(ticket.text));
        }
        effects.extend(fate.answers.into_iter().map(Effect::ToClient));
        effects
    }

    pub(super) fn tool_call(&mut self, message: Value<'_>, id: Id, called: &Called<'_>, now: i64) -> Fate {
        let state =
            called.params.get("requestState").and_then(Value::as_str).filter(|state| self.tickets.is_ours(state));
        let Some(state) = state else { return self.execute(message, id, called, So::New, now) };
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

    /// Decides a call, and forwards, holds or refuses it.
    fn execute(&mut self, message: Value<'_>, id: Id, called: &Called<'_>, so: So, now: i64) -> Fate {
        let no_arguments = self.no_arguments.clone();
        let arguments = called.arguments.unwrap_or(no_arguments.root());
        let refusal = match so {
            So::Answered(true, expires) if now >= expires => Some("The approval came too late."),
            So::Answered(false, _) => Some("The call needs an approval, and nobody has approved it."),
            _ => None,
        };
        if let Some(reason) = refusal {
            return self.deny(&id, called, Outcome::failed(NOT_APPROVED, reason.to_owned()), now);
        }
        if so == So::New
            && !self.observe
            && locked(&self.watch).is_wanting(called.name)
            && let Some(fate) = self.look(message, &id, called, now)
        {
            return fate;
        }
        let approved = matches!(so, So::Answered(..));
        let outcome = self.decide(Asked { tool: called.name, arguments, approved, now });
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
        if self.observe && outcome.rule == NO_LOG {
            fate.others.push(Effect::Note(outcome.reason));
        }
        fate
    }

    /// Asks the server for its tools before a call of one that it has not listed yet. `None` if too many calls wait.
    fn look(&mut self, message: Value<'_>, id: &Id, called: &Called<'_>, now: i64) -> Option<Fate> {
        let text = on_one_line(message.source());
        if text.len() > LARGEST {
            return None;
        }
        // What the client says of itself in each request, from the revision 2026-07-28 on.
        let meta = called.params.get("_meta").into_iter().flat_map(Value::entries);
        let own = meta.filter(|(key, _)| key.as_str().is_some_and(|key| key.starts_with("io.modelcontextprotocol/")));
        let own: Vec<String> = own.map(|(key, value)| format!("{}:{}", key.source(), value.source())).collect();
        let meta = if own.is_empty() { String::new() } else { format!("\"_meta\":{{{}}}", own.join(",")) };
        let expires = now.saturating_add(self.patience);
        let way = Way::List { meta: on_one_line(&meta), pages: 0 };
        let name = self.tickets.add(Ticket {
            id: id.clone(),
            text,
            digest: String::new(),
            expires,
            way: way.clone(),
            place: None,
        })?;
        self.open.insert(id.clone(), Open::Held);
        let Way::List { meta, .. } = way else { return None };
        Some(Fate { others: vec![list_request(&name, &meta)], ..Fate::default() })
    }

    /// Takes the server's answer to such a question.
    pub(super) fn looked(&mut self, name: &str, result: Option<Value<'_>>, now: i64) -> Vec<Effect> {
        let Some(mut ticket) = self.tickets.take_list(name) else { return Vec::new() };
        let cursor = result.and_then(|result| result.get("nextCursor")).and_then(Value::as_str);
        let is_wanting = locked(&self.watch).is_wanting(&ticket.tool());
        if let (Some(cursor), Way::List { meta, pages }, true) = (cursor, &mut ticket.way, is_wanting)
            && *pages < MOST_PAGES
        {
            *pages += 1;
            let cursor = format!("\"cursor\":{}", json_quote(cursor));
            let params = if meta.is_empty() { cursor } else { format!("{cursor},{meta}") };
            // There is room for it: it was among those that wait.
            return self.tickets.add(ticket).map(|name| list_request(&name, &params)).into_iter().collect();
        }
        self.resume(ticket, So::Looked, now)
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
        let ticket = Ticket { id: id.clone(), text, digest: digest.clone(), expires, way: way.clone(), place: None };
        let is_crowded = way == Way::Command && self.asking.load(Ordering::Relaxed) >= MOST;
        let Some(name) = self.tickets.add(ticket).filter(|_| !is_crowded) else {
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
        self.asking.fetch_add(1, Ordering::Relaxed);
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
        let form = DenialForm {
            complete: called.params.get("_meta").and_then(|meta| meta.get(VERSION)).is_some(),
            any_structure: locked(&self.watch).takes_any_structure(called.name),
        };
        let no_arguments = self.no_arguments.clone();
        let arguments = called.arguments.unwrap_or(no_arguments.root());
        let remedy = self.judge.remedy(Asked { tool: called.name, arguments, approved: false, now: 0 }, outcome);
        let mut texts = vec![answer::sentence(outcome)];
        texts.extend(remedy.iter().flat_map(|remedy| remedy.sentences(called.name)));
        answer::denial(id, outcome, remedy.as_ref(), &texts, form)
    }

    /// Writes down what the proxy decides itself. Gives why that is not possible.
    pub(super) fn log(
        &mut self,
        tool: &str,
        arguments: Option<Value<'_>>,
        outcome: &Outcome,
        now: i64,
    ) -> Option<String> {
        let no_arguments = self.no_arguments.clone();
        let arguments = arguments.unwrap_or(no_arguments.root());
        let failed = self.judge.write(Asked { tool, arguments, approved: false, now }, outcome).err();
        failed.map(|why| format!("a denial cannot be logged: {why}"))
    }

    fn digest(&self, tool: &str, arguments: Value<'_>) -> String {
        digest(self.judge.whose.server(), tool, self.judge.whose.grant.as_deref(), arguments)
    }
}

/// A question of ours about the tools of the server.
fn list_request(name: &str, params: &str) -> Effect {
    Effect::ToServer(answer::request(name, "tools/list", &format!("{{{params}}}")))
}

/// Reads the parameters of a call. An error is a sentence.
pub(crate) fn called(params: Option<Value<'_>>) -> Result<Called<'_>, String> {
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
pub(super) fn elicits(capabilities: Option<Value<'_>>) -> bool {
    let elicitation = capabilities.and_then(|capabilities| capabilities.get("elicitation"));
    elicitation.is_some_and(|able| {
        able.kind() == Kind::Object && (able.get("form").is_some() || able.entries().next().is_none())
    })
}

/// Whether an answer to a question of ours approves the call.
pub(super) fn accepts(answer: Value<'_>) -> bool {
    let approve = answer.get("content").and_then(|content| content.get("approve"));
    answer.get("action").and_then(Value::as_str) == Some("accept") && approve.and_then(Value::as_bool) == Some(true)
}

/// A message with another identifier.
fn with_id(text: &str, id: &Id) -> String {
    let Ok(json) = Json::parse(text) else { return text.to_owned() };
    let Some((start, end)) = json.root().get("id").map(Value::span) else { return text.to_owned() };
    let (before, after) = (text.get(..start as usize), text.get(end as usize..));
    format!("{}{}{}", before.unwrap_or_default(), id.json(), after.unwrap_or_default())
}

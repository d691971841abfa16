//! Hooks: programs that a client runs before it calls a tool. One event comes over standard input, and one answer goes back.
//!
//! `shape` has the events of all clients as data, `event` reads them, `names` finds the tool, `answer` writes what the client
//! understands. A client that cannot ask a person gets a denial for a call that needs approval. Where it asks and does not come
//! back, the call counts already when the person is asked.
//!
//! Tools that no policy governs get no answer, so the rules of the client decide: its own tools, and those of other servers.

mod answer;
mod event;
mod names;
mod shape;

use policyc_core::eval::{Call, Verdict};
use policyc_core::json::{Json, Value};

use crate::counters::{Counting, Id, id};
use crate::gate::{Accounting, Gate, Outcome};
pub use answer::Answer;
use answer::Saying;
use event::Event;
pub use names::{Covered, Servers};
pub use shape::Client;
use shape::{Held, Turn};

/// The largest event that is read: 64 MiB.
pub const MAX_EVENT: usize = 64 << 20;

/// The longest sentence about what would pass instead, in bytes.
const LONGEST_REMEDY: usize = 4_096;

/// The rule, in outcomes, of events that cannot be read.
pub const MALFORMED: &str = "(malformed)";

/// On whose behalf calls are made, which no event says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caller<'a> {
    /// The grant.
    pub grant: Option<&'a str>,
    /// The claims: an object.
    pub claims: Option<Value<'a>>,
}

/// A call that was decided, for a log.
#[derive(Debug)]
pub struct Decided<'a> {
    /// The call, as the first policy that governs it was asked.
    pub call: Call<'a>,
    /// The session, as the client calls it.
    pub session: &'a str,
    /// What was decided.
    pub outcome: &'a Outcome,
}

/// What decides the events of a client.
pub struct Hook<'h, 'p> {
    /// The client.
    pub client: Client,
    /// The servers that the policies of the gate govern.
    pub servers: &'h Servers<'p>,
    /// What decides.
    pub gate: &'h mut Gate<'p>,
    /// On whose behalf.
    pub caller: Caller<'h>,
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// Whether everything passes, whatever is decided.
    pub observe: bool,
}

/// The answer that denies, to an event that may have been read or not.
#[must_use]
pub fn refusal(client: Client, input: &[u8], reason: &str) -> Answer {
    let json = std::str::from_utf8(input).ok().and_then(|text| Json::parse(text).ok());
    let shape = json.as_ref().and_then(|json| event::shape(client, json.root()));
    shape.map_or(client.otherwise, |shape| shape.form).answer(Saying::Deny(reason))
}

/// The answer that denies, to a client that is not known: all that clients read, at once.
#[must_use]
pub fn refusal_for_any(reason: &str) -> Answer {
    answer::Form::Any.answer(Saying::Deny(reason))
}

impl Hook<'_, '_> {
    /// Answers an event. `log` is given each call that was decided; if it fails, with a clause that says why, the call is denied.
    pub fn answer(&mut self, input: &[u8], log: &mut dyn FnMut(&Decided<'_>) -> Result<(), String>) -> Answer {
        match self.decide(input, log) {
            Ok(answer) => answer,
            Err(reason) if self.observe => passed(&reason),
            Err(reason) => refusal(self.client, input, &reason),
        }
    }

    fn decide(
        &mut self,
        input: &[u8],
        log: &mut dyn FnMut(&Decided<'_>) -> Result<(), String>,
    ) -> Result<Answer, String> {
        if input.len() > MAX_EVENT {
            return Err(format!("The event on standard input is larger than {} MiB.", MAX_EVENT >> 20));
        }
        let text = std::str::from_utf8(input).map_err(|_| "The event on standard input is not UTF-8.".to_owned())?;
        let json = Json::parse(text).map_err(|error| {
            format!("The event on standard input is not JSON: {} at byte {}.", error.message, error.at)
        })?;
        let event = Event::read(self.client, &json)?;
        let shape = event.shape;
        let Some(named) = event.named()? else { return Ok(shape.form.answer(Saying::Silence)) };
        let meant = self.servers.meant(&shape.naming, named)?;
        if meant.is_empty() {
            return Ok(shape.form.answer(Saying::Silence));
        }
        let arguments = event.arguments()?;
        let calls: Vec<(usize, Call<'_>)> = meant
            .iter()
            .map(|meant| {
                let call = Call {
                    server: meant.server.filter(|server| !server.is_empty()),
                    name: &meant.tool,
                    arguments: arguments.value(),
                    caller: self.caller.claims,
                    grant: self.caller.grant,
                    at: self.now,
                    approved: false,
                };
                (meant.policy, call)
            })
            .collect();
        let receipt = self.receipt(&event, named.name, arguments.value());
        let counting = match shape.turn {
            Turn::Only => Counting::Once,
            Turn::First => Counting::LeavingReceipt(&receipt),
            Turn::Second => Counting::WithReceipt(&receipt),
        };
        let outcome = self.gate.decide(&calls, Accounting { counting, held_counts: shape.held != Held::Denied });
        if let Some((_, call)) = calls.first() {
            log(&Decided { call: *call, session: event.session(), outcome: &outcome })
                .map_err(|why| format!("The decision cannot be logged: {why}."))?;
        }
        if self.observe {
            return Ok(outcome.store_failure.as_deref().map_or_else(|| shape.form.answer(Saying::Silence), passed));
        }
        let reason =
            [reason(&outcome)].into_iter().chain(self.remedies(&outcome, &calls)).collect::<Vec<_>>().join(" ");
        let mut answer = shape.form.answer(match (outcome.verdict, shape.held) {
            (Verdict::Allow, _) => Saying::Allow,
            (Verdict::Approval, Held::Asks) => Saying::Ask(&reason),
            (Verdict::Approval, Held::AsksAtSilence) => Saying::Silence,
            (Verdict::Approval | Verdict::Deny, _) => Saying::Deny(&reason),
        });
        if let (Some(failure), 0) = (&outcome.store_failure, answer.status) {
            // It was decided without limits, as the command line says.
            answer.error = passed(failure).error;
        }
        Ok(answer)
    }

    /// What would pass instead of a denied call, in sentences.
    fn remedies(&self, outcome: &Outcome, calls: &[(usize, Call<'_>)]) -> Vec<String> {
        let tool = calls.first().map_or("", |(_, call)| call.name);
        let mut sentences = self.gate.remedy(outcome, calls).map(|remedy| remedy.sentences(tool)).unwrap_or_default();
        // Clients drop answers that are too long.
        sentences.retain(|sentence| sentence.len() <= LONGEST_REMEDY);
        sentences
    }

    /// What two events about one call have in common, and others do not.
    fn receipt(&self, event: &Event<'_>, name: &str, arguments: Value<'_>) -> Id {
        id(&[self.client.name, event.session(), event.text("turn_id"), name, arguments.source()])
    }
}

/// The answer to what passes although something went wrong.
fn passed(reason: &str) -> Answer {
    let shown = policyc_core::diagnostics::visible(reason);
    Answer { output: String::new(), error: format!("policyc: {shown}\n"), status: 0 }
}

/// The reason with the rule behind it, if one decided.
fn reason(outcome: &Outcome) -> String {
    match outcome.rule.as_str() {
        "" => outcome.reason.clone(),
        rule if rule.starts_with('(') => outcome.reason.clone(),
        rule => format!("{} ({rule})", outcome.reason),
    }
}

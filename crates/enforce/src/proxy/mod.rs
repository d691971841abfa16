//! A proxy between one client and one MCP server, for the revisions up to 2025-11-25 and for 2026-07-28.
//!
//! [`Proxy`] is the part without streams, processes and clocks: a message of one side becomes [`Effect`]s. `message` reads what a client
//! says and refuses what two programs might read differently, `client` and `server` decide what becomes of a message, `call` of a call,
//! `judge` asks the policies, `list` leaves tools out of lists and compares them with the catalogue, `approval` keeps calls that wait,
//! `answer` writes what the proxy says itself. [`stdio`] carries the messages of a client to a program and back.
//!
//! A call is decided by the text that is forwarded, and that text is forwarded as it is, but for carriage returns between its parts. JSON
//! allows them there, and some servers take them for the end of a message: they become blanks.

pub(crate) mod answer;
mod approval;
pub(crate) mod call;
mod client;
#[cfg(feature = "http-proxy")]
pub mod http;
mod judge;
mod list;
pub(crate) mod message;
mod program;
mod server;
pub mod stdio;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use policyc_core::diagnostics::quote;
use policyc_core::ir::{Policy, Server, ServerId};
use policyc_core::json::Json;

pub use approval::Question;
use approval::Tickets;
use judge::{Asked, Judge, Whose};
use list::Watch;
pub use list::{CHANGED, NOT_LISTED};
pub use message::MAX_MESSAGE;
use message::{Id, folded};
pub use program::Program;

use crate::gate::{Gate, Outcome};
use crate::hook::{Decided, MALFORMED};

/// The rule, in outcomes, of a call that nobody has approved in time, or that somebody has refused.
pub const NOT_APPROVED: &str = "(not approved)";
/// The rule, in outcomes, of a call that could not be logged.
pub const NO_LOG: &str = "(no log)";

/// How many requests of a client may be without an answer at the same time.
const MOST_OPEN: usize = 10_000;

/// What a proxy does about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// This line goes to the server.
    ToServer(String),
    /// This line goes to the client.
    ToClient(String),
    /// The operator's command is asked about a call.
    Ask(Question),
    /// This is said to the operator: a sentence without a period.
    Note(String),
}

/// What a proxy does not let pass, besides calls of tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusable {
    /// The methods `resources/…`.
    Resources,
    /// The methods `prompts/…`.
    Prompts,
    /// That the server asks the client's model.
    Sampling,
}

/// Writes a decision down. An error is a clause that says why that is not possible.
pub type Write = Box<dyn FnMut(&Decided<'_>) -> Result<(), String> + Send>;

/// How a proxy works.
pub struct Options {
    /// The grant under which all calls are made.
    pub grant: Option<String>,
    /// The claims of the caller: an object.
    pub claims: Option<Json>,
    /// Whether calls pass whatever is decided.
    pub observe: bool,
    /// Whether a tool that is not as the catalogue has it is refused.
    pub locked: bool,
    /// What is not let pass.
    pub refused: BTreeSet<Refusable>,
    /// Whether the operator has a command that approves calls.
    pub has_command: bool,
    /// How long a call waits for an approval, in seconds.
    pub patience: i64,
    /// Where decisions are written down.
    pub log: Option<Write>,
}

/// A request of the client that has no answer yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `tools/list`
    List,
    /// A `tools/list` for whose answer nobody waits any more. It may come all the same, and its `id` stays taken until then.
    Withdrawn,
    /// Any other that was forwarded.
    Other,
    /// One that was not forwarded, because a person is asked.
    Held,
}

/// A proxy between a client and a server.
pub struct Proxy<'p> {
    judge: Judge<'p>,
    observe: bool,
    refused: BTreeSet<Refusable>,
    has_command: bool,
    /// How often the operator is being asked, in all conversations. A question goes on when its call is withdrawn.
    asking: Arc<AtomicUsize>,
    patience: i64,
    /// The tools of the policies, without case.
    known: Arc<BTreeMap<String, BTreeSet<String>>>,
    has_catalogue: bool,
    watch: Arc<Mutex<Watch>>,
    open: BTreeMap<Id, Open>,
    tickets: Tickets,
    /// Whether the client has said, at its beginning, that it can ask a person.
    can_elicit: bool,
    no_arguments: Json,
}

impl<'p> Proxy<'p> {
    /// A proxy for the server of that name, or the only one of each policy. `policies` are those of the gate, in its order.
    ///
    /// # Errors
    /// A clause for people: the policies do not fit.
    pub fn new(gate: Gate<'p>, policies: &[&Policy], server: Option<&str>, options: Options) -> Result<Self, String> {
        let mut governing = Vec::new();
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut servers = Vec::new();
        for (index, policy) in policies.iter().enumerate() {
            let (id, found) = governed(policy, server)?;
            governing.push((index, (!found.name.is_empty()).then(|| found.name.clone())));
            for tool in policy.tools.iter().filter(|tool| tool.server == id) {
                known.entry(folded(tool.name.trim())).or_default().insert(tool.name.to_string());
            }
            if options.locked && found.catalogue.is_none() {
                return Err(format!(
                    "`--locked` needs a catalogue, and the policy {} has none for the server",
                    quote(&policy.name)
                ));
            }
            servers.push(found.clone());
        }
        let has_catalogue = servers.iter().any(|server| server.catalogue.is_some());
        let watch = Watch::new(servers, options.locked);
        let no_arguments = Json::parse("{}").map_err(|error| error.message)?;
        let tickets = Tickets::new();
        let Options { grant, claims, observe, locked: _, refused, has_command, patience, log } = options;
        let whose = Whose { governing, grant, claims };
        Ok(Self {
            judge: Judge {
                gate: Arc::new(Mutex::new(gate)),
                whose,
                log: log.map(|log| Arc::new(Mutex::new(log))),
                session: tickets.run().to_owned(),
            },
            observe,
            refused,
            has_command,
            asking: Arc::default(),
            patience,
            known: Arc::new(known),
            has_catalogue,
            watch: Arc::new(Mutex::new(watch)),
            open: BTreeMap::new(),
            tickets,
            can_elicit: false,
            no_arguments,
        })
    }

    /// A proxy for another conversation with the same server, under the same policies, counters and log. `owner` names who has it:
    /// approvals that the same client may come back with in another conversation are good for the same owner only.
    #[must_use]
    pub fn another(&self, owner: &str, grant: Option<String>) -> Self {
        let tickets = self.tickets.another(owner);
        let whose = Whose { grant, ..self.judge.whose.clone() };
        Self {
            judge: Judge {
                gate: Arc::clone(&self.judge.gate),
                whose,
                log: self.judge.log.clone(),
                session: tickets.conversation(),
            },
            observe: self.observe,
            refused: self.refused.clone(),
            has_command: self.has_command,
            asking: Arc::clone(&self.asking),
            patience: self.patience,
            known: Arc::clone(&self.known),
            has_catalogue: self.has_catalogue,
            watch: Arc::clone(&self.watch),
            open: BTreeMap::new(),
            tickets,
            can_elicit: false,
            no_arguments: self.no_arguments.clone(),
        }
    }

    /// The grant under which calls are made.
    #[must_use]
    pub fn grant(&self) -> Option<&str> {
        self.judge.whose.grant.as_deref()
    }

    /// Whether a request has no answer yet.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.open.is_empty()
    }

    /// When the next approval expires, in seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn next_expiry(&self) -> Option<i64> {
        self.tickets.next_expiry()
    }

    /// Whether a tool is hidden.
    fn hides(&self, tool: &str) -> bool {
        self.judge.hides(tool, self.no_arguments.root())
    }

    /// Decides a call, counts it if it passes, and writes the decision down.
    fn decide(&mut self, asked: Asked<'_>) -> Outcome {
        let before = match self.odd_name(asked.tool) {
            Some(reason) => Some((MALFORMED, reason)),
            None => locked(&self.watch).refuses(asked.tool),
        };
        self.judge.decide(asked, before.map(|(rule, reason)| Outcome::failed(rule, reason)))
    }

    /// Why the name of a tool is refused: it is another spelling of one that is known.
    fn odd_name(&self, tool: &str) -> Option<String> {
        if tool.chars().any(char::is_control) {
            return Some(format!("The name {} has a control character.", quote(tool)));
        }
        let known = self.known.get(&folded(tool.trim()))?;
        if known.contains(tool) || locked(&self.watch).has_listed(tool) {
            return None;
        }
        let names: Vec<String> = known.iter().map(|name| quote(name)).collect();
        Some(format!("There is no tool {}; the policy knows {}.", quote(tool), names.join(", ")))
    }

    /// Whether a client can know the tool: it is in a catalogue or a list.
    fn is_known(&self, tool: &str) -> bool {
        let in_policy = || self.known.get(&folded(tool.trim())).is_some_and(|names| names.contains(tool));
        let watch = locked(&self.watch);
        watch.has_listed(tool) || in_policy() || !(self.has_catalogue || watch.is_listed())
    }
}

/// A lock is only held by code that does not panic; if it did, the state would still be one that decides.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The server of a policy.
fn governed<'a>(policy: &'a Policy, wanted: Option<&str>) -> Result<(ServerId, &'a Server), String> {
    let mut servers = (0..).map(ServerId).zip(policy.servers.iter());
    let name = quote(&policy.name);
    match wanted {
        Some(wanted) => servers
            .find(|(_, server)| server.name == wanted)
            .ok_or_else(|| format!("`--server` does not fit: the policy {name} has no server {}", quote(wanted))),
        None => match (servers.next(), servers.next()) {
            (Some(server), None) => Ok(server),
            _ => {
                let names: Vec<String> = policy.servers.iter().map(|server| quote(&server.name)).collect();
                let all = names.join(", ");
                Err(format!(
                    "the policy {name} has several servers ({all}); say which one this is with `--server NAME`"
                ))
            }
        },
    }
}

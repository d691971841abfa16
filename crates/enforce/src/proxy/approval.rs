//! Calls that wait until a person has approved them.
//!
//! A [`Ticket`] keeps the text of the one call that may then be forwarded. It is used up by the first answer, and expires. The approved
//! call is decided again when it is executed: a limit may have filled up in the meantime.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use policyc_core::catalogue::canonical_value;
use policyc_core::json::{Json, Value, json_quote};

use super::locked;
use super::message::Id;
use crate::counters::id;

/// How many calls may wait at the same time.
pub(super) const MOST: usize = 64;
/// How many calls of all owners may wait for a client that calls again, and how many of all conversations in another way.
const MOST_OF_ALL: usize = 256;
/// The largest message that waits, in bytes: 1 MiB.
pub(super) const LARGEST: usize = 1 << 20;
/// How long the arguments are that a person is shown, in bytes.
pub(super) const SHOWN: usize = 4_000;

/// What a call waits for: mostly how a person is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// By a request to the client.
    Elicitation,
    /// By a result that asks the client, which then calls again.
    InputRequired,
    /// By a command of the operator.
    Command,
    /// For the list of tools of the server.
    List {
        /// What each request for a page says besides the page: members of its parameters.
        meta: String,
        /// How many pages there were.
        pages: u32,
    },
}

/// A call that waits.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    /// The request that waits for its answer.
    pub(super) id: Id,
    /// The message that is forwarded once it is approved.
    pub(super) text: String,
    pub(super) digest: String,
    /// In seconds since 1970-01-01T00:00:00Z.
    pub(super) expires: i64,
    pub(super) way: Way,
    /// Its place among the calls of all conversations that wait, once it has one.
    pub(super) place: Option<Arc<()>>,
}

impl Ticket {
    /// The tool that is called.
    pub(super) fn tool(&self) -> String {
        let json = Json::parse(&self.text).ok();
        let name = json.as_ref().and_then(|json| json.root().get("params")?.get("name")?.as_str());
        name.unwrap_or_default().to_owned()
    }
}

/// What a command of the operator is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Names the call in the answer, [`Proxy::answered`](super::Proxy::answered).
    pub ticket: String,
    /// The call, for the standard input of the command: a JSON object.
    pub json: String,
}

/// What all conversations with a server have in common.
#[derive(Debug)]
struct Common {
    prefix: String,
    /// The calls that clients come back with, by the name of the ticket, each with its owner. They may come back in another conversation.
    states: Mutex<BTreeMap<String, (String, Ticket)>>,
    conversations: AtomicU64,
    /// Each call that waits for anything but a client that calls again has a clone of it.
    places: Arc<()>,
}

/// All calls that wait.
#[derive(Debug)]
pub(super) struct Tickets {
    open: BTreeMap<String, Ticket>,
    common: Arc<Common>,
    owner: String,
    /// Which conversation this is.
    number: u64,
    count: u64,
    random: RandomState,
}

impl Tickets {
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        let prefix = format!("policyc-{:016x}-", random.hash_one("prefix"));
        let common =
            Common { prefix, states: Mutex::default(), conversations: AtomicU64::new(0), places: Arc::default() };
        Self { open: BTreeMap::new(), common: Arc::new(common), owner: String::new(), number: 0, count: 0, random }
    }

    /// The calls of another conversation, which know of each other's only that they are ours.
    pub(super) fn another(&self, owner: &str) -> Self {
        Self {
            open: BTreeMap::new(),
            common: Arc::clone(&self.common),
            owner: owner.to_owned(),
            number: self.common.conversations.fetch_add(1, Ordering::Relaxed) + 1,
            count: 0,
            random: RandomState::new(),
        }
    }

    /// What names this conversation.
    pub(super) fn conversation(&self) -> String {
        format!("{}{}", self.common.prefix, self.number)
    }

    /// What names this run of the proxy, and is not known in advance.
    pub(super) fn run(&self) -> &str {
        self.common.prefix.trim_end_matches('-')
    }

    /// Whether an identifier is one of ours.
    pub(super) fn is_ours(&self, name: &str) -> bool {
        name.starts_with(&self.common.prefix)
    }

    /// Keeps a call; gives the name of its ticket. `None` if too many calls wait.
    pub(super) fn add(&mut self, mut ticket: Ticket) -> Option<String> {
        let number = if self.number == 0 { String::new() } else { format!("{}-", self.number) };
        let name =
            format!("{}{number}{}-{:016x}", self.common.prefix, self.count + 1, self.random.hash_one(self.count + 1));
        if ticket.way == Way::InputRequired {
            let mut states = locked(&self.common.states);
            let own = states.values().filter(|(owner, _)| *owner == self.owner).count();
            if own >= MOST || states.len() >= MOST_OF_ALL {
                return None;
            }
            states.insert(name.clone(), (self.owner.clone(), ticket));
        } else if self.open.len() < MOST && Arc::strong_count(&self.common.places) <= MOST_OF_ALL {
            ticket.place = Some(Arc::clone(&self.common.places));
            self.open.insert(name.clone(), ticket);
        } else {
            return None;
        }
        self.count += 1;
        Some(name)
    }

    /// Uses a ticket up, if people are asked about it in this way.
    pub(super) fn take(&mut self, name: &str, way: Way) -> Option<Ticket> {
        if way == Way::InputRequired {
            let mut states = locked(&self.common.states);
            states.get(name).filter(|(owner, _)| *owner == self.owner)?;
            return states.remove(name).map(|(_, ticket)| ticket);
        }
        self.open.get(name).filter(|ticket| ticket.way == way)?;
        self.open.remove(name)
    }

    /// Uses up the ticket of a call that waits for a list.
    pub(super) fn take_list(&mut self, name: &str) -> Option<Ticket> {
        self.open.get(name).filter(|ticket| matches!(ticket.way, Way::List { .. }))?;
        self.open.remove(name)
    }

    /// Uses up the ticket of a request.
    pub(super) fn take_of(&mut self, id: &Id) -> Option<(String, Ticket)> {
        let name = self.open.iter().find(|(_, ticket)| ticket.id == *id).map(|(name, _)| name.clone())?;
        self.open.remove_entry(&name)
    }

    /// Uses up all tickets about which people are asked in one way.
    pub(super) fn take_all(&mut self, way: Way) -> Vec<Ticket> {
        let (taken, left) = std::mem::take(&mut self.open).into_iter().partition(|(_, ticket)| ticket.way == way);
        self.open = left;
        let taken: BTreeMap<String, Ticket> = taken;
        taken.into_values().collect()
    }

    /// Uses up the tickets that have expired.
    pub(super) fn expired(&mut self, now: i64) -> Vec<(String, Ticket)> {
        // Nobody waits for these.
        locked(&self.common.states).retain(|_, (_, ticket)| ticket.expires > now);
        let names: Vec<String> =
            self.open.iter().filter(|(_, ticket)| ticket.expires <= now).map(|(name, _)| name.clone()).collect();
        names.into_iter().filter_map(|name| self.open.remove_entry(&name)).collect()
    }

    /// When the next one expires.
    pub(super) fn next_expiry(&self) -> Option<i64> {
        let of_states = locked(&self.common.states).values().map(|(_, ticket)| ticket.expires).min();
        self.open.values().map(|ticket| ticket.expires).chain(of_states).min()
    }
}

/// The SHA-256 of a call, in hexadecimal digits: of the server, the tool, the grant, and the arguments in their canonical form.
pub(super) fn digest(server: Option<&str>, tool: &str, grant: Option<&str>, arguments: Value<'_>) -> String {
    let texts = [server.unwrap_or_default(), tool, grant.unwrap_or_default(), &canonical_value(arguments)];
    id(&texts).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JSON object with these texts.
pub(super) fn object(members: &[(&str, &str)], arguments: Value<'_>) -> String {
    let mut written: Vec<String> =
        members.iter().map(|(key, value)| format!("{}:{}", json_quote(key), json_quote(value))).collect();
    written.push(format!("\"arguments\":{}", policyc_core::json::compact(arguments.source())));
    format!("{{{}}}", written.join(","))
}

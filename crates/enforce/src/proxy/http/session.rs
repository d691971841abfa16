//! Conversations with clients, and those that are kept as sessions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use hyper::header::{HeaderMap, HeaderValue};
use policyc_core::json::{Json, Kind, Value};
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::mpsc::UnboundedSender;

use super::super::message::Id;
use super::super::{Effect, Proxy, Question, locked};
use super::headers::{REVISION, SESSION};
use super::{Client, Server, hexadecimal};

/// How many sessions there may be.
const MOST: usize = 1_000;
/// How long a session is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(60 * 60);
/// How long one must have been without use to make room for others.
const SPARE: Duration = Duration::from_secs(60);
/// The longest name of a session.
const LONGEST: usize = 256;
/// How long the end of a session may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// What an exchange is to do.
#[derive(Debug)]
pub(super) enum Order {
    /// This goes to the client.
    Say(String),
    /// This goes to the server, and its answer to the client.
    Carry(String),
    /// The client does not want an answer to this any more.
    Forget(Id),
}

/// An exchange that is under way: a request of a client over HTTP.
#[derive(Clone)]
pub(super) struct Exchange {
    /// The requests in it.
    pub(super) ids: Arc<BTreeSet<Id>>,
    pub(super) orders: UnboundedSender<Order>,
}

/// A client that talks with a server: a session, or a single request from the revision 2026-07-28 on.
pub(super) struct Conversation {
    pub(super) proxy: Mutex<Proxy<'static>>,
    pub(super) owner: String,
    /// The session at the server, if it has one.
    pub(super) session: Mutex<Option<String>>,
    /// The exchange that waits for each answer.
    exchanges: Mutex<BTreeMap<Id, Exchange>>,
    use_: Mutex<Use>,
}

#[derive(Debug)]
struct Use {
    last: Instant,
    now: usize,
}

/// The sessions with a server.
#[derive(Default)]
pub(super) struct Sessions(Mutex<BTreeMap<String, Arc<Conversation>>>);

/// What a message is about, as far as it matters where it goes.
#[derive(Debug, Default)]
struct Names {
    /// Identifiers of requests.
    requests: Vec<Id>,
    /// Identifiers that are answered.
    answered: Vec<Id>,
    /// The request that is withdrawn.
    withdrawn: Option<Id>,
}

fn names(message: &str) -> Names {
    let mut names = Names::default();
    let Ok(json) = Json::parse(message) else { return names };
    let mut one = |message: Value<'_>| {
        let id = message.get("id").and_then(Id::read);
        match (message.get("method").and_then(Value::as_str), id) {
            (Some(_), Some(id)) => names.requests.push(id),
            (None, Some(id)) => names.answered.push(id),
            (Some("notifications/cancelled"), None) => {
                names.withdrawn = message.get("params").and_then(|params| params.get("requestId")).and_then(Id::read);
            }
            _ => {}
        }
    };
    if json.root().kind() == Kind::Array {
        json.root().items().for_each(one)
    } else {
        one(json.root())
    }
    names
}

/// The requests in a message.
pub(super) fn requests(message: &str) -> Vec<Id> {
    names(message).requests
}

/// The requests that a message answers.
pub(super) fn answered(message: &str) -> Vec<Id> {
    names(message).answered
}

impl Conversation {
    pub(super) fn new(proxy: Proxy<'static>, owner: String) -> Arc<Self> {
        Arc::new(Self {
            proxy: Mutex::new(proxy),
            owner,
            session: Mutex::default(),
            exchanges: Mutex::default(),
            use_: Mutex::new(Use { last: Instant::now(), now: 0 }),
        })
    }

    /// Asks the proxy about something, on this thread; calls that are late are refused first.
    pub(super) fn ask(
        self: &Arc<Self>,
        server: &Arc<Server>,
        context: Option<&Exchange>,
        question: impl FnOnce(&mut Proxy<'static>, i64) -> Vec<Effect>,
    ) -> Vec<Effect> {
        tokio::task::block_in_place(|| {
            let mut proxy = locked(&self.proxy);
            let now = (server.settings.clock)();
            let late =
                if proxy.next_expiry().is_some_and(|expiry| expiry <= now) { proxy.expire(now) } else { Vec::new() };
            let effects = question(&mut proxy, now);
            drop(proxy);
            self.send_all(server, late, context);
            effects
        })
    }

    /// Gives effects to the exchanges that they belong to; what belongs to none is sent to the server.
    pub(super) fn send_all(self: &Arc<Self>, server: &Arc<Server>, effects: Vec<Effect>, context: Option<&Exchange>) {
        for message in self.perform(server, effects, context) {
            let (server, conversation) = (Arc::clone(server), Arc::clone(self));
            // Nobody waits for what becomes of it.
            tokio::spawn(async move {
                let headers = conversation.headers(None);
                drop(server.upstream.send(Method::POST, Bytes::from(message), headers, None).await);
            });
        }
    }

    /// Gives effects to the exchanges that they belong to. Gives the messages for the server that belong to none.
    pub(super) fn perform(
        self: &Arc<Self>,
        server: &Arc<Server>,
        effects: Vec<Effect>,
        context: Option<&Exchange>,
    ) -> Vec<String> {
        let mut rest = Vec::new();
        for effect in effects {
            match effect {
                Effect::ToClient(text) => {
                    let names = names(&text);
                    let is_own = |exchange: &&Exchange| names.answered.iter().any(|id| exchange.ids.contains(id));
                    let other = || names.answered.first().or(names.withdrawn.as_ref()).and_then(|id| self.waiting(id));
                    let Some(exchange) = context.filter(is_own).cloned().or_else(other).or_else(|| context.cloned())
                    else {
                        continue;
                    };
                    for id in names.requests {
                        // A question of ours, whose end is for the same client.
                        self.wait(id, &exchange);
                    }
                    // One that has ended has no client any more.
                    let _ = exchange.orders.send(Order::Say(text));
                }
                Effect::ToServer(text) => {
                    let other = requests(&text).first().and_then(|id| self.waiting(id));
                    match other.or_else(|| context.cloned()) {
                        Some(exchange) => drop(exchange.orders.send(Order::Carry(text))),
                        None => rest.push(text),
                    }
                }
                Effect::Ask(question) => self.approve(server, question),
                Effect::Note(note) => (server.settings.note)(&note),
            }
        }
        rest
    }

    /// Asks the operator about a call.
    fn approve(self: &Arc<Self>, server: &Arc<Server>, question: Question) {
        let (server, conversation) = (Arc::clone(server), Arc::clone(self));
        tokio::spawn(async move {
            let settings = &server.settings;
            let answer = match &settings.approver {
                Some(approver) => approver.ask(&question.json, settings.patience).await,
                None => Err("nobody can be asked".to_owned()),
            };
            if let Err(why) = &answer {
                (settings.note)(&format!("an approval has failed: {why}"));
            }
            let effects =
                conversation.ask(&server, None, |proxy, now| proxy.answered(&question.ticket, answer == Ok(true), now));
            conversation.send_all(&server, effects, None);
        });
    }

    fn waiting(&self, id: &Id) -> Option<Exchange> {
        locked(&self.exchanges).get(id).cloned()
    }

    /// The answer to a request is for this exchange, unless another one waits for it.
    pub(super) fn wait(&self, id: Id, exchange: &Exchange) {
        locked(&self.exchanges).entry(id).or_insert_with(|| exchange.clone());
    }

    /// A client has withdrawn a request.
    pub(super) fn withdrawn(&self, id: &Id) {
        if let Some(exchange) = self.waiting(id) {
            let _ = exchange.orders.send(Order::Forget(id.clone()));
        }
    }

    pub(super) fn begin(&self) {
        locked(&self.use_).now += 1;
    }

    /// An exchange is over: nobody waits for what is open in it.
    pub(super) fn end(&self, exchange: &Exchange) {
        let mut own = Vec::new();
        locked(&self.exchanges).retain(|id, other| {
            let is_own = other.orders.same_channel(&exchange.orders);
            own.extend(is_own.then(|| id.clone()));
            !is_own
        });
        // Whoever has the proxy may wait for the counters.
        tokio::task::block_in_place(|| {
            let mut proxy = locked(&self.proxy);
            // What stands twice in the requests of a client is answered to the first of them.
            own.iter().for_each(|id| proxy.abandon(id));
        });
        let mut used = locked(&self.use_);
        used.now = used.now.saturating_sub(1);
        used.last = Instant::now();
    }

    /// How long nobody has used it.
    fn idle(&self) -> Duration {
        let used = locked(&self.use_);
        if used.now > 0 { Duration::ZERO } else { used.last.elapsed() }
    }

    /// The headers that each request of the session has.
    pub(super) fn headers(&self, revision: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let session = locked(&self.session).clone();
        for (name, value) in [(SESSION, session.as_deref()), (REVISION, revision)] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }
}

impl Server {
    /// A conversation with a client.
    pub(super) fn conversation(&self, client: &Client) -> Arc<Conversation> {
        let grant = self.grant(client);
        Conversation::new(locked(&self.proxy).another(&client.owner, grant), client.owner.clone())
    }

    /// The session of that name, if it is the client's.
    pub(super) fn session(&self, name: &str, client: &Client) -> Option<Arc<Conversation>> {
        let sessions = locked(&self.sessions.0);
        let found = sessions.get(name).filter(|session| session.owner == client.owner)?;
        locked(&found.use_).last = Instant::now();
        Some(Arc::clone(found))
    }

    /// Keeps a conversation as a session. `theirs` is the name that the server gives it. Gives the name for the client.
    ///
    /// # Errors
    /// A sentence: there are too many, or the name is taken.
    pub(super) fn keep(&self, conversation: &Arc<Conversation>, theirs: Option<String>) -> Result<String, String> {
        let is_good =
            |name: &str| !name.is_empty() && name.len() <= LONGEST && name.bytes().all(|byte| byte.is_ascii_graphic());
        if theirs.as_deref().is_some_and(|name| !is_good(name)) {
            return Err("The server names its session in a way that MCP does not allow.".to_owned());
        }
        let name = match theirs.clone() {
            Some(name) => name,
            None => {
                let mut bytes = [0; 16];
                SystemRandom::new().fill(&mut bytes).map_err(|_| "There are no random numbers.".to_owned())?;
                format!("policyc-{}", hexadecimal(&bytes))
            }
        };
        let mut sessions = locked(&self.sessions.0);
        sessions.retain(|_, session| session.idle() < IDLE);
        if sessions.contains_key(&name) {
            return Err("The server gives two sessions the same name.".to_owned());
        }
        if sessions.len() >= MOST {
            let longest = sessions.iter().map(|(name, session)| (session.idle(), name.clone())).max();
            match longest.filter(|(idle, _)| *idle >= SPARE) {
                Some((_, name)) => drop(sessions.remove(&name)),
                None => return Err(format!("There are already {MOST} sessions.")),
            }
        }
        *locked(&conversation.session) = theirs;
        sessions.insert(name.clone(), Arc::clone(conversation));
        Ok(name)
    }

    /// Forgets a session.
    pub(super) fn forget(&self, conversation: &Arc<Conversation>) {
        locked(&self.sessions.0).retain(|_, session| !Arc::ptr_eq(session, conversation));
    }

    /// Ends all sessions at the server, as far as it listens.
    pub(super) async fn close(&self) {
        let sessions = std::mem::take(&mut *locked(&self.sessions.0));
        let ended = async {
            for session in sessions.into_values() {
                let headers = session.headers(None);
                if headers.contains_key(SESSION) {
                    let _ = self.upstream.send(Method::DELETE, Bytes::new(), headers, None).await;
                }
            }
        };
        let _ = tokio::time::timeout(GOODBYE, ended).await;
    }
}

//! Carries the messages of one request over HTTP: to the server, and what it answers back to the client.
//!
//! One task does all of it. It ends when everything is answered, or when the client has gone: then so has the connection to the server.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use policyc_core::json::Json;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, channel};
use tokio::task::JoinSet;

use super::super::message::{INTERNAL_ERROR, Id};
use super::super::{Effect, answer, locked};
use super::events::{Event, event};
use super::headers::made;
use super::respond::Handle;
use super::session::{Conversation, Exchange, Order, answered, requests};
use super::upstream::{Answer, Answered, Stream};
use super::{Client, Server};

/// How often an exchange looks whether an approval is late.
const TICK: Duration = Duration::from_secs(1);
/// After how many of them a stream without events says that it is still there.
const QUIET_TICKS: u32 = 15;

/// A part of what a client gets.
#[derive(Debug)]
pub(super) enum Piece {
    /// The name of its session.
    Session(String),
    /// A message, and whether it is the last.
    Message(String, bool),
    /// Bytes of a stream of events.
    Events(Bytes),
    /// The request is refused as a whole.
    Refused(StatusCode, HeaderMap, String),
}

/// What carrying a message to the server has brought.
enum Found {
    Session(String),
    Message(String),
    /// Bytes of a stream, and the requests that a message in them answers.
    Events(Bytes, Vec<Id>),
    Refused(StatusCode, HeaderMap, String),
}

/// How carrying has ended.
enum End {
    /// The server has said all that it had to say.
    Said,
    /// It goes on in another stream.
    GoesOn,
    /// It failed, in a sentence.
    Failed(String),
}

/// A request of a client, and what goes along with it.
pub(super) struct Work {
    pub(super) server: Arc<Server>,
    pub(super) conversation: Arc<Conversation>,
    pub(super) exchange: Exchange,
    pub(super) client: Client,
    /// The revision of a request that does not say it itself.
    pub(super) revision: Option<String>,
    /// Whether it begins a session.
    pub(super) begins: bool,
    /// Whether it is of a revision without sessions.
    pub(super) is_modern: bool,
}

/// Ends an exchange, however its task ends.
pub(super) struct Ending(pub(super) Arc<Conversation>, pub(super) Exchange);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end(&self.1);
    }
}

impl Work {
    /// Begins to carry; what the client gets comes from the receiver. It ends with the handle.
    pub(super) fn start(self, orders: UnboundedReceiver<Order>) -> (Receiver<Piece>, Handle) {
        let (out, pieces) = channel(1);
        self.conversation.begin();
        let ending = Ending(Arc::clone(&self.conversation), self.exchange.clone());
        let handle = tokio::spawn(async move {
            let _ending = ending;
            Arc::new(self).run(orders, out).await;
        });
        (pieces, Handle(handle))
    }

    async fn run(self: Arc<Self>, mut orders: UnboundedReceiver<Order>, out: Sender<Piece>) {
        let mut pending: BTreeSet<Id> = self.exchange.ids.iter().cloned().collect();
        let (found, mut brought) = channel(1);
        let mut carried = JoinSet::new();
        let (mut has_said, mut quiet) = (false, 0);
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !pending.is_empty() {
            let piece = tokio::select! {
                biased;
                Some(order) = orders.recv() => match order {
                    Order::Carry(text) => {
                        let (work, found) = (Arc::clone(&self), found.clone());
                        carried.spawn(async move { work.carry(text, found).await });
                        continue;
                    }
                    Order::Forget(id) => {
                        pending.remove(&id);
                        continue;
                    }
                    Order::Say(text) => message(text, &mut pending),
                },
                Some(found) = brought.recv() => match found {
                    Found::Session(name) => Piece::Session(name),
                    Found::Message(text) => message(text, &mut pending),
                    Found::Events(bytes, ids) => {
                        pending.retain(|id| !ids.contains(id));
                        Piece::Events(bytes)
                    }
                    Found::Refused(status, headers, text) if !has_said => {
                        pending.clear();
                        Piece::Refused(status, headers, text)
                    }
                    Found::Refused(_, _, text) => message(text, &mut pending),
                },
                Some(ended) = carried.join_next(), if !carried.is_empty() => {
                    let (ids, end) = ended.unwrap_or_else(|_| (Vec::new(), End::Failed("policyc has failed, please report it.".to_owned())));
                    match end {
                        End::GoesOn => return,
                        End::Said => self.fail(&ids, &pending, "The server has ended its answer too early."),
                        End::Failed(why) => self.fail(&ids, &pending, &why),
                    }
                    continue;
                }
                _ = ticks.tick() => {
                    self.conversation.ask(&self.server, Some(&self.exchange), |_, _| Vec::new());
                    quiet += 1;
                    if !has_said || quiet < QUIET_TICKS {
                        continue;
                    }
                    Piece::Events(Bytes::from_static(b": still here\n\n"))
                }
            };
            quiet = 0;
            has_said |= !matches!(piece, Piece::Session(_));
            if out.send(piece).await.is_err() {
                return;
            }
        }
    }

    /// Answers, in the place of the server, the requests that it has not answered.
    fn fail(&self, ids: &[Id], pending: &BTreeSet<Id>, why: &str) {
        for id in ids.iter().filter(|id| pending.contains(id) || !self.exchange.ids.contains(id)) {
            let line = answer::error(&id.json(), INTERNAL_ERROR, why).into_bytes();
            let own = Some(&self.exchange);
            let effects = self.conversation.ask(&self.server, own, |proxy, now| proxy.from_server(line, now));
            self.conversation.send_all(&self.server, effects, own);
        }
    }

    /// Carries a message to the server. Gives the requests in it.
    async fn carry(self: Arc<Self>, text: String, found: Sender<Found>) -> (Vec<Id>, End) {
        let ids = tokio::task::block_in_place(|| requests(&text));
        let end = match self.send(text).await {
            Ok(answered) => self.bring(answered, &ids, &found).await,
            Err(why) => Err(why),
        };
        let end = end.unwrap_or_else(|why| {
            (self.server.settings.note)(&format!("the server does not answer: {why}"));
            End::Failed(format!("The server does not answer: {why}."))
        });
        (ids, end)
    }

    /// Sends a message to the server.
    pub(super) async fn send(&self, text: String) -> Result<Answered, String> {
        let more = tokio::task::block_in_place(|| {
            let json = Json::parse(&text).map_err(|error| error.message)?;
            Ok::<_, String>(made(json.root(), self.revision.as_deref(), &locked(&self.server.parameters)))
        })?;
        let mut headers = self.conversation.headers(None);
        headers.extend(more);
        headers.extend(credentials(&self.client));
        let silence = Some(self.server.upstream.patience());
        self.server.upstream.send(Method::POST, Bytes::from(text), headers, silence).await
    }

    /// Hands on what the server answers.
    async fn bring(&self, answered: Answered, ids: &[Id], found: &Sender<Found>) -> Result<End, String> {
        if self.begins && !matches!(answered.answer, Answer::Refused(..)) {
            match self.server.keep(&self.conversation, answered.session) {
                Ok(name) => hand_on(found, Found::Session(name)).await,
                Err(why) => return Ok(End::Failed(why)),
            }
        }
        match answered.answer {
            Answer::Accepted => Ok(End::Said),
            Answer::Json(bytes) => {
                for text in self.heard(bytes) {
                    hand_on(found, Found::Message(text)).await;
                }
                Ok(End::Said)
            }
            Answer::Events(stream) => self.events(stream, found).await,
            Answer::Refused(status, headers, body) => self.refused(status, headers, body, ids, found).await,
        }
    }

    async fn events(&self, mut stream: Stream, found: &Sender<Found>) -> Result<End, String> {
        loop {
            let next = match stream.next().await {
                Ok(next) => next,
                Err(_) if stream.is_resumable() && !self.is_modern => None,
                Err(why) => return Err(why),
            };
            let Some(event) = next else { break };
            for (bytes, ids) in self.passed(event) {
                hand_on(found, Found::Events(bytes, ids)).await;
            }
        }
        Ok(if stream.is_resumable() && !self.is_modern { End::GoesOn } else { End::Said })
    }

    /// What becomes of an event: bytes for the client, with the requests that they answer.
    pub(super) fn passed(&self, found: Event) -> Vec<(Bytes, Vec<Id>)> {
        let Some(data) = found.data.as_ref().filter(|data| !data.trim_ascii().is_empty()) else {
            return vec![(found.unchanged(), Vec::new())];
        };
        let text = String::from_utf8_lossy(data).into_owned();
        let mut texts = self.heard(data.clone());
        let Some(last) = texts.pop() else {
            return found.without_data().map(|bytes| (bytes, Vec::new())).into_iter().collect();
        };
        let ids = |text: &str| tokio::task::block_in_place(|| answered(text));
        let mut all: Vec<_> = texts.iter().map(|text| (event(text), ids(text))).collect();
        let answers = ids(&last);
        all.push((if last == text { found.unchanged() } else { found.with(&last) }, answers));
        all
    }

    /// What the client gets of a message of the server.
    fn heard(&self, message: Vec<u8>) -> Vec<String> {
        let own = Some(&self.exchange);
        let effects = self.conversation.ask(&self.server, own, |proxy, now| proxy.from_server(message, now));
        let (for_client, others): (Vec<_>, Vec<_>) =
            effects.into_iter().partition(|effect| matches!(effect, Effect::ToClient(_)));
        self.conversation.send_all(&self.server, others, own);
        let text = |effect| match effect {
            Effect::ToClient(text) => {
                locked(&self.server.parameters).see(&text);
                Some(text)
            }
            _ => None,
        };
        for_client.into_iter().filter_map(text).collect()
    }

    /// Hands on that the server refuses a request. What matters to the protocol keeps its status.
    async fn refused(
        &self,
        status: StatusCode,
        headers: HeaderMap,
        body: Vec<u8>,
        ids: &[Id],
        found: &Sender<Found>,
    ) -> Result<End, String> {
        let code = status.as_u16();
        if status == StatusCode::NOT_FOUND && !self.is_modern {
            self.server.forget(&self.conversation);
        }
        let is_about_access = matches!(code, 401 | 403);
        if is_about_access && self.client.credentials.is_none() {
            return Err(format!("it refuses access (HTTP {code}); its credentials are those of `--header`"));
        }
        let keeps = is_about_access || matches!(code, 400 | 404 | 405);
        let [id] = ids else { return Err(format!("it answers with HTTP {code}")) };
        if !keeps || !self.exchange.ids.contains(id) {
            return Err(format!("it answers with HTTP {code}"));
        }
        let is_error =
            Json::parse(&String::from_utf8_lossy(&body)).is_ok_and(|json| json.root().get("error").is_some());
        let own = || answer::error(&id.json(), INTERNAL_ERROR, &format!("The server answers with HTTP {code}."));
        let text = if is_error { self.heard(body).into_iter().next().unwrap_or_else(own) } else { own() };
        hand_on(found, Found::Refused(status, headers, text)).await;
        Ok(End::Said)
    }
}

/// The task that takes it may have ended, and with it the exchange.
async fn hand_on(found: &Sender<Found>, what: Found) {
    let _ = found.send(what).await;
}

/// The credentials of the client, for a server that gets them.
pub(super) fn credentials(client: &Client) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(value) = &client.credentials {
        headers.insert(hyper::header::AUTHORIZATION, value.clone());
    }
    headers
}

fn message(text: String, pending: &mut BTreeSet<Id>) -> Piece {
    for id in tokio::task::block_in_place(|| answered(&text)) {
        pending.remove(&id);
    }
    Piece::Message(text, pending.is_empty())
}

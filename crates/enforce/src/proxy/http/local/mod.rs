//! A client that starts programs, in front of a server that is reached over HTTP: lines on one side, requests on the other.
//!
//! The reader of the client waits for whoever takes what it has read, and so does whatever the server says: nothing is read that nobody
//! has room for.

mod resume;

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use policyc_core::json::{Json, Value};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::AbortHandle;

use super::super::stdio::{DRAIN, next_line, write_line};
use super::super::{Effect, Proxy, Question, answer, locked};
use super::Approver;
use super::headers::{Parameters, REVISION, SESSION, made, revision_of};
use super::session::{answered, requests};
use super::upstream::{Answer, Upstream};
use crate::listen::Stop;
use crate::proxy::message::{INTERNAL_ERROR, Id};

/// How often approvals and ends are looked at.
const TICK: Duration = Duration::from_millis(200);
/// How long the end of a session may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// The side of the client, and what else the world has to offer.
pub struct Local {
    /// What the client says.
    pub input: Box<dyn Read + Send>,
    /// What the client reads.
    pub output: Box<dyn Write + Send>,
    /// Says a sentence to the operator.
    pub note: Box<dyn Fn(&str) + Send + Sync>,
    /// The time in seconds since 1970-01-01T00:00:00Z.
    pub clock: fn() -> i64,
    /// Who approves calls if the client cannot ask a person.
    pub approver: Option<Approver>,
    /// How long they may take.
    pub patience: Duration,
}

struct Shared {
    proxy: Mutex<Proxy<'static>>,
    parameters: Mutex<Parameters>,
    upstream: Upstream,
    /// The session at the server, and the revision that was agreed on.
    session: Mutex<(Option<String>, Option<String>)>,
    /// The requests to the server that wait for an answer and end with the wish for it: of a revision without sessions.
    posts: Mutex<BTreeMap<Id, AbortHandle>>,
    to_client: Sender<String>,
    /// That the server has ended the session.
    over: Stop,
    note: Box<dyn Fn(&str) + Send + Sync>,
    clock: fn() -> i64,
    approver: Option<Approver>,
    patience: Duration,
}

/// Carries messages until the client ends, or `stop` says so. Must be called within a runtime of several threads.
///
/// # Errors
/// A clause for people: the server has ended the session.
pub async fn run(proxy: Proxy<'static>, upstream: Upstream, local: Local, stop: Stop) -> Result<(), String> {
    let Local { input, output, note, clock, approver, patience } = local;
    let (to_client, for_client) = channel(1);
    let (lines, mut said) = channel(1);
    let gone = Stop::default();
    start("client", move || read(input, &lines))?;
    let no_reader = gone.clone();
    start("answers", move || write(output, for_client, &no_reader))?;
    let shared = Arc::new(Shared {
        proxy: Mutex::new(proxy),
        parameters: Mutex::default(),
        upstream,
        session: Mutex::default(),
        posts: Mutex::default(),
        to_client,
        over: Stop::default(),
        note,
        clock,
        approver,
        patience,
    });
    let ended = tokio::select! {
        () = gone.stopped() => Ok(()),
        () = stop.stopped() => Ok(()),
        () = shared.over.stopped() => Err("the server has ended the session".to_owned()),
        () = shared.listen_to_client(&mut said) => Ok(()),
    };
    if ended.is_err() {
        let effects = locked(&shared.proxy).server_ended();
        let _ = tokio::time::timeout(GOODBYE, shared.perform(effects)).await;
    }
    let headers = shared.headers(true);
    if headers.contains_key(SESSION) && ended.is_ok() {
        let goodbye = shared.upstream.send(Method::DELETE, Bytes::new(), headers, None);
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    }
    // What has been said is still written.
    drop(shared);
    let _ = tokio::time::timeout(GOODBYE, gone.stopped()).await;
    ended
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    started.map(drop).map_err(|error| format!("no thread can be started: {error}"))
}

fn read(input: Box<dyn Read + Send>, lines: &Sender<Vec<u8>>) {
    let mut reader = BufReader::with_capacity(1 << 16, input);
    let mut line = Vec::new();
    while let Ok(true) = next_line(&mut reader, &mut line) {
        if lines.blocking_send(std::mem::take(&mut line)).is_err() {
            return;
        }
    }
}

fn write(mut output: Box<dyn Write + Send>, mut lines: Receiver<String>, gone: &Stop) {
    while let Some(line) = lines.blocking_recv() {
        if write_line(&mut *output, line).is_err() {
            break;
        }
    }
    gone.stop();
}

impl Shared {
    /// Takes what the client says, until it ends and has its answers.
    async fn listen_to_client(self: &Arc<Self>, said: &mut Receiver<Vec<u8>>) {
        let mut ticks = tokio::time::interval(TICK);
        let mut until: Option<Instant> = None;
        while until.is_none_or(|until| Instant::now() < until && locked(&self.proxy).waits()) {
            let effects = tokio::select! {
                line = said.recv(), if until.is_none() => match line {
                    Some(line) => self.ask(|proxy, now| proxy.from_client(line, now)),
                    None => {
                        until = Some(Instant::now() + DRAIN);
                        self.ask(Proxy::client_ended)
                    }
                },
                _ = ticks.tick() => self.ask(|_, _| Vec::new()),
            };
            self.perform(effects).await;
        }
    }

    fn ask(&self, question: impl FnOnce(&mut Proxy<'static>, i64) -> Vec<Effect>) -> Vec<Effect> {
        tokio::task::block_in_place(|| {
            let mut proxy = locked(&self.proxy);
            let now = (self.clock)();
            let mut effects =
                if proxy.next_expiry().is_some_and(|expiry| expiry <= now) { proxy.expire(now) } else { Vec::new() };
            effects.extend(question(&mut proxy, now));
            effects
        })
    }

    /// Does what is to be done. Requests to the server wait for their answers on their own.
    fn perform(self: &Arc<Self>, effects: Vec<Effect>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            for effect in effects {
                match effect {
                    // If nobody reads it, the end is near.
                    Effect::ToClient(line) => drop(self.to_client.send(line).await),
                    Effect::ToServer(text) => self.send(text).await,
                    Effect::Ask(question) => self.approve(question),
                    Effect::Note(note) => (self.note)(&note),
                }
            }
        })
    }

    async fn send(self: &Arc<Self>, text: String) {
        let (ids, withdrawn) = tokio::task::block_in_place(|| (requests(&text), withdrawn(&text)));
        let post = withdrawn.as_ref().and_then(|id| locked(&self.posts).remove(id));
        if let (Some(post), Some(id)) = (post, withdrawn) {
            // Without sessions, the end of the request says it.
            post.abort();
            locked(&self.proxy).abandon(&id);
        } else if ids.is_empty() || begins(&text) {
            // It arrives before what follows it.
            self.carry(text, &ids).await;
        } else {
            let (shared, all) = (Arc::clone(self), ids.clone());
            let is_modern = revision_of(&text).is_some();
            let (begin, begun) = tokio::sync::oneshot::channel::<()>();
            let post = tokio::spawn(async move {
                let _ = begun.await;
                shared.carry(text, &ids).await;
                ids.iter().for_each(|id| drop(locked(&shared.posts).remove(id)));
            });
            if is_modern {
                all.iter().for_each(|id| drop(locked(&self.posts).insert(id.clone(), post.abort_handle())));
            }
            let _ = begin.send(());
        }
    }

    fn approve(self: &Arc<Self>, question: Question) {
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let answer = match &shared.approver {
                Some(approver) => approver.ask(&question.json, shared.patience).await,
                None => Err("nobody can be asked".to_owned()),
            };
            if let Err(why) = &answer {
                (shared.note)(&format!("an approval has failed: {why}"));
            }
            let effects = shared.ask(|proxy, now| proxy.answered(&question.ticket, answer == Ok(true), now));
            shared.perform(effects).await;
        });
    }

    /// The headers of the session.
    fn headers(&self, with_revision: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let (session, revision) = locked(&self.session).clone();
        for (name, value) in [(SESSION, session), (REVISION, revision.filter(|_| with_revision))] {
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// Carries a message to the server, and what it answers to the client.
    async fn carry(self: &Arc<Self>, text: String, ids: &[Id]) {
        if let Err(why) = self.try_to_carry(text, ids).await {
            (self.note)(&format!("the server does not answer: {why}"));
            self.fail(ids, &format!("The server does not answer: {why}.")).await;
        }
    }

    /// Answers, in the place of the server, what it has not answered.
    async fn fail(self: &Arc<Self>, ids: &[Id], why: &str) {
        for id in ids {
            let line = answer::error(&id.json(), INTERNAL_ERROR, why).into_bytes();
            let effects = self.ask(|proxy, now| proxy.from_server(line, now));
            self.perform(effects).await;
        }
    }

    async fn try_to_carry(self: &Arc<Self>, text: String, ids: &[Id]) -> Result<(), String> {
        let (method, more, is_modern) = tokio::task::block_in_place(|| {
            let json = Json::parse(&text).map_err(|error| error.message)?;
            let method = json.root().get("method").and_then(Value::as_str).unwrap_or_default().to_owned();
            let said = locked(&self.session).1.clone();
            let headers = made(json.root(), said.as_deref(), &locked(&self.parameters));
            Ok::<_, String>((method, headers, revision_of(&text).is_some()))
        })?;
        let begins = begins(&text);
        let mut headers = if is_modern || begins { HeaderMap::new() } else { self.headers(false) };
        headers.extend(more);
        let silence = Some(self.upstream.patience());
        let sent = self.upstream.send(Method::POST, Bytes::from(text), headers, silence).await?;
        if begins {
            *locked(&self.session) = (sent.session.clone(), None);
        }
        let mut open: Vec<Id> = ids.to_vec();
        match sent.answer {
            Answer::Accepted => {}
            Answer::Json(bytes) => self.hear(bytes, begins, &mut open).await,
            Answer::Events(stream) => self.follow(stream, begins, is_modern, &mut open).await?,
            Answer::Refused(StatusCode::NOT_FOUND, ..) if locked(&self.session).0.is_some() && !is_modern => {
                self.over.stop();
            }
            Answer::Refused(status, _, body) => {
                let is_error =
                    Json::parse(&String::from_utf8_lossy(&body)).is_ok_and(|json| json.root().get("error").is_some());
                if is_error {
                    self.hear(body, false, &mut open).await;
                }
                if !open.is_empty() || ids.is_empty() {
                    return Err(format!("it answers with HTTP {}", status.as_u16()));
                }
            }
        }
        if method == "notifications/initialized" {
            let shared = Arc::clone(self);
            tokio::spawn(async move { shared.listen().await });
        }
        self.fail(&open, "The server has ended its answer too early.").await;
        Ok(())
    }

    /// Takes a message of the server. What it answers is no longer open.
    async fn hear(self: &Arc<Self>, message: Vec<u8>, begins: bool, open: &mut Vec<Id>) {
        let effects = tokio::task::block_in_place(|| {
            let text = String::from_utf8_lossy(&message);
            let ids = answered(&text);
            open.retain(|id| !ids.contains(id));
            if begins && let Ok(json) = Json::parse(&text) {
                let revision = json.root().get("result").and_then(|result| result.get("protocolVersion"));
                if let Some(revision) = revision.and_then(Value::as_str) {
                    locked(&self.session).1 = Some(revision.to_owned());
                }
            }
            locked(&self.parameters).see(&text);
            drop(text);
            self.ask(|proxy, now| proxy.from_server(message, now))
        });
        self.perform(effects).await;
    }
}

/// Whether a message begins a session.
fn begins(message: &str) -> bool {
    let json = message.contains("initialize").then(|| Json::parse(message).ok()).flatten();
    json.is_some_and(|json| json.root().get("method").and_then(Value::as_str) == Some("initialize"))
}

/// The request that a message withdraws.
fn withdrawn(message: &str) -> Option<Id> {
    if !message.contains("cancelled") {
        return None;
    }
    let json = Json::parse(message).ok()?;
    let root = json.root();
    (root.get("method")?.as_str()? == "notifications/cancelled").then_some(())?;
    Id::read(root.get("params")?.get("requestId")?)
}

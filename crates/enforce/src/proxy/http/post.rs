//! Requests of clients over HTTP.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, Response, StatusCode};
use policyc_core::json::{Kind, Value};
use tokio::sync::mpsc::{channel, unbounded_channel};
use tokio::sync::{AcquireError, OwnedSemaphorePermit};
use tokio::time::timeout;

use super::super::message::{INTERNAL_ERROR, INVALID_REQUEST, Id, MOST_IN_BATCH, Message, envelope, parse};
use super::super::{answer, locked};
use super::exchange::{Ending, Piece, Work, credentials};
use super::headers::{LAST_EVENT, Said, Wrong};
use super::respond::{Handle, respond, stream};
use super::session::{Conversation, Exchange};
use super::upstream::{Answer, Stream};
use super::{Accepts, Client, Server, json, refused};
use crate::listen::{Body, Unread, empty, read, text};

/// The size up to which bodies do not wait for room: 1 MiB.
const SMALL: u64 = 1 << 20;
/// How many times this may be held by larger ones at the same time.
pub(super) const ROOM: u32 = 256;

/// What is known of a body before it is decided about.
struct Reading {
    ids: BTreeSet<Id>,
    is_modern: bool,
    begins: bool,
    /// Requests that it withdraws.
    withdrawn: Vec<Id>,
}

impl Server {
    /// Answers a POST: messages of a client.
    pub(super) async fn post(self: Arc<Self>, request: Request<Incoming>, client: Client) -> Response<Body> {
        let (head, body) = request.into_parts();
        let accepts = Accepts::read(&head.headers);
        if let Some(refusal) = form(&head.headers, accepts) {
            return refusal;
        }
        let said = match Said::read(&head.headers) {
            Ok(said) => said,
            Err(wrong) => return refused(StatusCode::BAD_REQUEST, "null", &wrong),
        };
        let limits = &self.settings.limits;
        // What is too large by its head is not even read.
        if body.size_hint().lower() > limits.largest_body as u64 {
            return text(StatusCode::PAYLOAD_TOO_LARGE, &Unread::TooLarge.message(limits));
        }
        let Ok(Ok(_room)) = timeout(ROOM_PATIENCE, self.room(&body)).await else {
            return empty(StatusCode::SERVICE_UNAVAILABLE);
        };
        let body = match read(body, limits).await {
            Ok(body) => body,
            Err(unread) => return text(unread.status(), &unread.message(limits)),
        };
        let reading = match tokio::task::block_in_place(|| self.reading(&said, &body)) {
            Ok(reading) => reading,
            Err(refusal) => return *refusal,
        };
        let conversation = if reading.is_modern || reading.begins {
            self.conversation(&client)
        } else {
            match self.of_session(&said, &client) {
                Ok(conversation) => conversation,
                Err(refusal) => return *refusal,
            }
        };
        let (orders, ordered) = unbounded_channel();
        let exchange = Exchange { ids: Arc::new(reading.ids), orders };
        for id in exchange.ids.iter() {
            conversation.wait(id.clone(), &exchange);
        }
        let work = Work {
            server: Arc::clone(&self),
            conversation: Arc::clone(&conversation),
            exchange: exchange.clone(),
            client,
            revision: said.revision,
            begins: reading.begins,
            is_modern: reading.is_modern,
        };
        let context = (!exchange.ids.is_empty()).then_some(&exchange);
        let Some(context) = context else {
            return self.without_requests(work, body, reading.withdrawn).await;
        };
        // From here on the exchange is taken back however it ends.
        let (conversation, context) = (Arc::clone(&conversation), context.clone());
        let (pieces, handle) = work.start(ordered);
        let effects = conversation.ask(&self, Some(&context), |proxy, now| proxy.from_client(Vec::from(body), now));
        conversation.send_all(&self, effects, Some(&context));
        reading.withdrawn.iter().for_each(|id| conversation.withdrawn(id));
        respond(pieces, handle, accepts).await
    }

    /// Waits until there is room for a body, if it may be large.
    async fn room(&self, body: &Incoming) -> Result<Option<OwnedSemaphorePermit>, AcquireError> {
        let most = body.size_hint().upper().unwrap_or(self.settings.limits.largest_body as u64);
        if most <= SMALL {
            return Ok(None);
        }
        let parts = u32::try_from(most / SMALL).unwrap_or(u32::MAX).min(ROOM);
        Arc::clone(&self.room).acquire_many_owned(parts).await.map(Some)
    }

    /// Messages that are not answered: notifications, and answers to questions.
    async fn without_requests(self: Arc<Self>, work: Work, body: Bytes, withdrawn: Vec<Id>) -> Response<Body> {
        let conversation = Arc::clone(&work.conversation);
        let effects = conversation.ask(&self, None, |proxy, now| proxy.from_client(Vec::from(body), now));
        let for_server = conversation.perform(&self, effects, None);
        withdrawn.iter().for_each(|id| conversation.withdrawn(id));
        for message in for_server {
            match work.send(message).await.map(|answered| answered.answer) {
                Ok(Answer::Refused(StatusCode::NOT_FOUND, ..)) => {
                    self.forget(&conversation);
                    return no_session();
                }
                Ok(Answer::Refused(status, ..)) => {
                    let why = format!("The server answers with HTTP {}.", status.as_u16());
                    return refused(StatusCode::BAD_GATEWAY, "null", &Wrong(INTERNAL_ERROR, why));
                }
                Ok(_) => {}
                Err(why) => {
                    let why = format!("The server does not answer: {why}.");
                    return refused(StatusCode::BAD_GATEWAY, "null", &Wrong(INTERNAL_ERROR, why));
                }
            }
        }
        empty(StatusCode::ACCEPTED)
    }

    /// Reads a body, and compares it with the headers. What it says is decided by the proxy.
    fn reading(&self, said: &Said, body: &Bytes) -> Result<Reading, Box<Response<Body>>> {
        let json = match parse(body.to_vec()) {
            Ok(json) => json,
            Err(refused) => {
                // Clients wait for ever for what does not say which request it is about.
                let status = if refused.ids.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
                let refusals = answer::refusals(&refused);
                let text = if refusals.len() == 1 { refusals.concat() } else { format!("[{}]", refusals.join(",")) };
                return Err(Box::new(self::json(status, text)));
            }
        };
        let root = json.root();
        let agrees = said.agrees(root, &locked(&self.parameters));
        let is_modern = agrees.map_err(|wrong| {
            let id = root.get("id").filter(|_| root.kind() == Kind::Object).and_then(Id::read);
            let id = id.map_or_else(|| "null".to_owned(), |id| id.json());
            Box::new(refused(StatusCode::BAD_REQUEST, &id, &wrong))
        })?;
        let mut reading = Reading { ids: BTreeSet::new(), is_modern, begins: false, withdrawn: Vec::new() };
        let mut one = |message: Value<'_>| match envelope(message) {
            Ok(Message::Request { id, method, .. }) => {
                reading.begins |= method == "initialize" && !is_modern && root.kind() == Kind::Object;
                reading.ids.insert(id);
            }
            Ok(Message::Notification { method: "notifications/cancelled", params }) => {
                let id = params.and_then(|params| params.get("requestId")).and_then(Id::read);
                reading.withdrawn.extend(id);
            }
            // It is refused, under its identifier if it has one.
            Err(refused) => reading.ids.extend(refused.ids),
            Ok(_) => {}
        };
        if root.kind() == Kind::Array {
            root.items().for_each(&mut one)
        } else {
            one(root)
        }
        let wrong = match root.kind() {
            Kind::Array => {
                let count = root.items().take(MOST_IN_BATCH + 1).count();
                (count == 0 || count > MOST_IN_BATCH).then(|| format!("A batch has 1 to {MOST_IN_BATCH} messages."))
            }
            _ => envelope(root).err().filter(|refused| refused.ids.is_empty()).map(|refused| refused.message),
        };
        match wrong {
            Some(why) => Err(Box::new(refused(StatusCode::BAD_REQUEST, "null", &Wrong(INVALID_REQUEST, why)))),
            None => Ok(reading),
        }
    }

    /// The session that a request names.
    fn of_session(&self, said: &Said, client: &Client) -> Result<Arc<Conversation>, Box<Response<Body>>> {
        let Some(name) = &said.session else {
            let why = "The header `mcp-session-id` is missing; a session begins with `initialize`.".to_owned();
            return Err(Box::new(refused(StatusCode::BAD_REQUEST, "null", &Wrong(INVALID_REQUEST, why))));
        };
        self.session(name, client).ok_or_else(|| Box::new(no_session()))
    }

    /// Answers a GET: a stream of what the server says by itself, or the rest of another stream.
    pub(super) async fn get(self: Arc<Self>, request: Request<Incoming>, client: Client) -> Response<Body> {
        if !Accepts::read(request.headers()).events {
            return text(StatusCode::NOT_ACCEPTABLE, "A stream of events needs `Accept: text/event-stream`.");
        }
        let (said, conversation) = match self.of_request(&request, &client) {
            Ok(found) => found,
            Err(refusal) => return *refusal,
        };
        let mut headers = conversation.headers(said.revision.as_deref());
        headers.extend(credentials(&client));
        if let Some(last) = request.headers().get(LAST_EVENT) {
            headers.insert(LAST_EVENT, last.clone());
        }
        let answered = match self.upstream.send(Method::GET, Bytes::new(), headers, None).await {
            Ok(answered) => answered.answer,
            Err(why) => return text(StatusCode::BAD_GATEWAY, &format!("The server does not answer: {why}.")),
        };
        match answered {
            Answer::Events(found) => {
                let (orders, _) = unbounded_channel();
                let work = Work {
                    server: Arc::clone(&self),
                    conversation: Arc::clone(&conversation),
                    exchange: Exchange { ids: Arc::default(), orders },
                    client,
                    revision: said.revision,
                    begins: false,
                    is_modern: false,
                };
                listen(work, found)
            }
            Answer::Refused(status, ..) => self.gave_up(status, &conversation),
            _ => empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// Answers a DELETE: the end of a session.
    pub(super) async fn delete(self: Arc<Self>, request: Request<Incoming>, client: Client) -> Response<Body> {
        let (said, conversation) = match self.of_request(&request, &client) {
            Ok(found) => found,
            Err(refusal) => return *refusal,
        };
        if locked(&conversation.session).is_none() {
            // The server knows of no session.
            self.forget(&conversation);
            return empty(StatusCode::NO_CONTENT);
        }
        let mut headers = conversation.headers(said.revision.as_deref());
        headers.extend(credentials(&client));
        match self.upstream.send(Method::DELETE, Bytes::new(), headers, None).await.map(|answered| answered.answer) {
            Ok(Answer::Refused(status, ..)) => self.gave_up(status, &conversation),
            Ok(_) => {
                self.forget(&conversation);
                empty(StatusCode::NO_CONTENT)
            }
            Err(why) => text(StatusCode::BAD_GATEWAY, &format!("The server does not answer: {why}.")),
        }
    }

    /// The session of a request without a body.
    fn of_request(
        &self,
        request: &Request<Incoming>,
        client: &Client,
    ) -> Result<(Said, Arc<Conversation>), Box<Response<Body>>> {
        let said = Said::read(request.headers())
            .map_err(|wrong| Box::new(refused(StatusCode::BAD_REQUEST, "null", &wrong)))?;
        if said.is_modern() {
            return Err(Box::new(empty(StatusCode::METHOD_NOT_ALLOWED)));
        }
        let conversation = self.of_session(&said, client)?;
        Ok((said, conversation))
    }

    /// The answer to a request without a body that the server refuses.
    fn gave_up(&self, status: StatusCode, conversation: &Arc<Conversation>) -> Response<Body> {
        match status {
            StatusCode::NOT_FOUND => {
                self.forget(conversation);
                no_session()
            }
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::BAD_REQUEST | StatusCode::CONFLICT => empty(status),
            _ => text(StatusCode::BAD_GATEWAY, &format!("The server answers with HTTP {}.", status.as_u16())),
        }
    }
}

fn no_session() -> Response<Body> {
    let why = "There is no such session; begin another with `initialize`.".to_owned();
    refused(StatusCode::NOT_FOUND, "null", &Wrong(INVALID_REQUEST, why))
}

/// Why a request is refused before its body is read.
fn form(headers: &HeaderMap, accepts: Accepts) -> Option<Response<Body>> {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts.next() == Some("application/json") && kinds.next().is_none();
    let is_utf8 = parts
        .all(|part| !part.starts_with("charset=") || part.trim_start_matches("charset=").trim_matches('"') == "utf-8");
    if !is_json || !is_utf8 || headers.contains_key(CONTENT_ENCODING) {
        let why = "A message is sent as `Content-Type: application/json`, in UTF-8 and without compression.";
        return Some(text(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    }
    (!accepts.events).then(|| {
        text(
            StatusCode::NOT_ACCEPTABLE,
            "The answer may be a stream of events: `Accept: application/json, text/event-stream`.",
        )
    })
}

/// How long a large message waits for room. Others may be slow to send theirs.
const ROOM_PATIENCE: Duration = Duration::from_secs(30);

/// How often something is said in a stream of which nobody else says anything.
const STILL_HERE: Duration = Duration::from_secs(15);

/// A stream of what the server says by itself.
fn listen(work: Work, mut found: Stream) -> Response<Body> {
    let (out, pieces) = channel(1);
    work.conversation.begin();
    let ending = Ending(Arc::clone(&work.conversation), work.exchange.clone());
    let handle = tokio::spawn(async move {
        let _ending = ending;
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + STILL_HERE, STILL_HERE);
        loop {
            let pieces = tokio::select! {
                event = found.next() => match event {
                    Ok(Some(event)) => work.passed(event).into_iter().map(|(bytes, _)| bytes).collect(),
                    _ => return,
                },
                // A client that has gone without a word is noticed by what it does not take.
                _ = ticks.tick() => vec![Bytes::from_static(b": still here\n\n")],
            };
            for bytes in pieces {
                if out.send(Piece::Events(bytes)).await.is_err() {
                    return;
                }
            }
        }
    });
    stream(None, pieces, Handle(handle))
}

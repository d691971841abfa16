//! The proxy over streamable HTTP, up to the revision 2025-11-25 with sessions, and for 2026-07-28 without.
//!
//! [`Service`] answers clients: `post` reads a message of a client, `exchange` carries it to the server and what is answered back,
//! `respond` writes it, `session` has the conversations, each with a [`Proxy`] of its own. `headers` compares headers with the body,
//! `events` reads streams, `upstream` is the server. `local` is for a client that starts programs, and `approve` asks the operator.

mod approve;
mod events;
mod exchange;
mod headers;
mod local;
mod post;
mod respond;
mod session;
mod upstream;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::Semaphore;

pub use approve::Approver;
pub use local::{Local, run as run_local};
pub use upstream::Upstream;

use super::{Proxy, answer, locked};
use crate::counters::digest;
use crate::listen::{Access, Address, Body, Handler, Limits, Stop, empty, text, whole};
use headers::{Parameters, Wrong};
use session::Sessions;

/// How a service works.
pub struct Settings {
    /// Who may ask.
    pub access: Access,
    /// What requests may cost.
    pub limits: Limits,
    /// Whether the credentials of a client go to the server. They do not if they are tokens of this service.
    pub forwards_authorization: bool,
    /// Whether the name that belongs to a token is the grant of its calls.
    pub grant_by_token: bool,
    /// Says a sentence to the operator.
    pub note: Box<dyn Fn(&str) + Send + Sync>,
    /// The time in seconds since 1970-01-01T00:00:00Z.
    pub clock: fn() -> i64,
    /// Who approves calls for clients that cannot ask a person.
    pub approver: Option<Approver>,
    /// How long they may take.
    pub patience: Duration,
}

/// A server behind the service.
pub(super) struct Server {
    upstream: Upstream,
    /// What conversations are made from.
    proxy: Mutex<Proxy<'static>>,
    parameters: Mutex<Parameters>,
    sessions: Sessions,
    /// Room for large bodies, which all servers share.
    room: Arc<Semaphore>,
    settings: Arc<Settings>,
}

/// Answers the clients of servers.
pub struct Service {
    /// By the path at which clients find them.
    servers: BTreeMap<String, Arc<Server>>,
    settings: Arc<Settings>,
}

/// What stops when a signal asks this process to end.
///
/// # Errors
/// A clause for people: the system does not let signals be handled.
pub fn stop_when_asked() -> Result<Stop, String> {
    let stop = Stop::default();
    let asked = stop.clone();
    let handled = policyc_process::when_asked_to_end(move || asked.stop());
    handled.map(|()| stop).map_err(|error| format!("signals cannot be handled: {error}"))
}

/// Who asks, and what their requests take along.
#[derive(Debug, Clone)]
struct Client {
    /// What tells them from others.
    owner: String,
    /// The name that belongs to their token.
    name: Option<String>,
    /// What the server gets of their credentials.
    credentials: Option<HeaderValue>,
}

impl Service {
    /// A service in front of servers, each with the path at which clients find it, as in `/mcp`.
    #[must_use]
    pub fn new(servers: Vec<(String, Upstream, Proxy<'static>)>, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let room = Arc::new(Semaphore::new(post::ROOM as usize));
        let server = |upstream, proxy| {
            Arc::new(Server {
                upstream,
                proxy: Mutex::new(proxy),
                parameters: Mutex::default(),
                sessions: Sessions::default(),
                room: Arc::clone(&room),
                settings: Arc::clone(&settings),
            })
        };
        let servers = servers.into_iter().map(|(path, upstream, proxy)| (path, server(upstream, proxy))).collect();
        Self { servers, settings }
    }

    /// Ends the sessions at the servers.
    pub async fn close(&self) {
        for server in self.servers.values() {
            server.close().await;
        }
    }
}

impl Handler for Service {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, address: Arc<Address>) -> Response<Body> {
        let caller = match self.settings.access.check(request.headers(), &address) {
            Ok(caller) => caller,
            Err(denied) => return denied.answer(),
        };
        let Some(server) = self.servers.get(request.uri().path()).cloned() else {
            return text(StatusCode::NOT_FOUND, "There is no MCP server at this path.");
        };
        let credentials = request.headers().get_all(AUTHORIZATION).iter().collect::<Vec<_>>();
        if credentials.len() > 1 {
            return text(StatusCode::BAD_REQUEST, "The header `authorization` stands twice.");
        }
        let own = credentials.first().map(|value| digest(value.as_bytes()));
        let matters = caller.is_known || self.settings.forwards_authorization;
        let client = Client {
            owner: own.filter(|_| matters).map(|bytes| hexadecimal(&bytes)).unwrap_or_default(),
            name: caller.name.as_deref().map(str::to_owned),
            credentials: upstream::credentials(request.headers())
                .filter(|_| self.settings.forwards_authorization && !caller.is_known),
        };
        match *request.method() {
            Method::POST => server.post(request, client).await,
            Method::GET => server.get(request, client).await,
            Method::DELETE => server.delete(request, client).await,
            _ => {
                let mut answer = empty(StatusCode::METHOD_NOT_ALLOWED);
                answer.headers_mut().insert(hyper::header::ALLOW, HeaderValue::from_static("POST, GET, DELETE"));
                answer
            }
        }
    }
}

impl Server {
    /// The grant of a client's calls.
    fn grant(&self, client: &Client) -> Option<String> {
        let own = client.name.clone().filter(|_| self.settings.grant_by_token);
        own.or_else(|| locked(&self.proxy).grant().map(str::to_owned))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An answer with a message.
fn json(status: StatusCode, message: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(whole(message));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// An answer that refuses a request, by the JSON of its identifier.
fn refused(status: StatusCode, id: &str, wrong: &Wrong) -> Response<Body> {
    json(status, answer::error(id, wrong.0, &wrong.1))
}

/// Which kinds of answers a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Accepts {
    json: bool,
    events: bool,
}

impl Accepts {
    fn read(headers: &HeaderMap) -> Self {
        let values = headers.get_all(hyper::header::ACCEPT);
        let mut accepts = Self { json: false, events: false };
        let mut is_missing = true;
        for kind in values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')) {
            is_missing = false;
            let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            accepts.json |= matches!(kind.as_str(), "*/*" | "application/*" | "application/json");
            accepts.events |= matches!(kind.as_str(), "*/*" | "text/*" | "text/event-stream");
        }
        if is_missing { Self { json: true, events: true } } else { accepts }
    }
}

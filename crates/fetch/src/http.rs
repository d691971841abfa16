//! Streamable HTTP: each message is the body of a POST, and the answer is JSON or a stream of events.
//!
//! Requests run on threads of their own, because the HTTP client blocks; each ends with the time of the whole fetch. Redirects are
//! followed only on the same origin, since the headers are meant for it alone.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use policyc_core::json::Json;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::Instant;
use ureq::http::{HeaderMap, Response, StatusCode, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use crate::Failure;
use crate::server::{Url, is_loopback, origin};
use crate::sse::Events;
use crate::wire::{MOST_MESSAGE, Outgoing, Wire};

/// Redirects that are followed, at most.
const MOST_REDIRECTS: usize = 5;
/// Bytes that are read of the body of an error.
const ERROR_BODY: u64 = 64 << 10;
/// How long the end of a session may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// Headers that the protocol or HTTP itself sets.
const RESERVED: &[&str] = &[
    "accept",
    "connection",
    "content-length",
    "content-type",
    "host",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
    "transfer-encoding",
];

/// A server at an address.
pub(crate) struct Http {
    caller: Arc<Caller>,
    outgoing: UnboundedReceiver<Outgoing>,
}

struct Caller {
    agent: Agent,
    headers: Vec<(String, String)>,
    deadline: Instant,
    state: Mutex<State>,
}

struct State {
    url: Uri,
    session: Option<String>,
    version: Option<String>,
}

impl Http {
    /// Checks the address and the headers; nothing is sent.
    pub(crate) fn new(url: &Url, outgoing: UnboundedReceiver<Outgoing>, deadline: Instant) -> Result<Self, Failure> {
        let bad = |why: &str| Failure::new(format!("the URL is not one of a server: {why}"));
        let place: Uri = url.url.parse().map_err(|_| bad("it has a character that a URL must not have, or no host"))?;
        let scheme = place.scheme_str().unwrap_or_default();
        if scheme != "http" && scheme != "https" {
            return Err(bad("it begins with neither `https://` nor `http://`"));
        }
        let Some(host) = place.host() else { return Err(bad("it has no host")) };
        for (name, value) in &url.headers {
            let lower = name.to_ascii_lowercase();
            if RESERVED.contains(&lower.as_str()) {
                return Err(Failure::new(format!("the header `{lower}` is set by the protocol; leave it out")));
            }
            if header::HeaderName::from_bytes(name.as_bytes()).is_err() {
                return Err(Failure::new(
                    "a header has a name that HTTP does not allow; write `--header 'NAME: VALUE'`",
                ));
            }
            if header::HeaderValue::from_str(value).is_err() {
                return Err(Failure::new(format!(
                    "the value of the header `{lower}` has a character that HTTP does not allow"
                )));
            }
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("policyc/", env!("CARGO_PKG_VERSION")));
        if is_loopback(host) {
            // No proxy leads to this machine.
            config = config.proxy(None);
        }
        if scheme == "https" {
            config = config.tls_config(tls()?);
        }
        let state = Mutex::new(State { url: place, session: None, version: None });
        let caller = Caller { agent: config.build().new_agent(), headers: url.headers.clone(), deadline, state };
        Ok(Self { caller: Arc::new(caller), outgoing })
    }

    /// Carries messages until a request fails.
    pub(crate) async fn run(&mut self, wire: &Wire) -> Failure {
        let mut calls = JoinSet::new();
        loop {
            let done = tokio::select! {
                Some(message) = self.outgoing.recv() => {
                    let is_request = message.id.is_some();
                    let (caller, wire) = (Arc::clone(&self.caller), wire.clone());
                    let call = move || caller.post(&message, &wire);
                    if is_request {
                        calls.spawn_blocking(call);
                        continue;
                    }
                    // What is not answered must arrive before what follows it.
                    spawn_blocking(call).await
                }
                Some(done) = calls.join_next() => done,
            };
            match done {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => return failure,
                Err(_) => return Failure::new("a request ended without an answer"),
            }
        }
    }

    /// Ends the session, if there is one.
    pub(crate) async fn close(self) {
        let caller = self.caller;
        if caller.state().session.is_some() {
            // The server forgets the session in any case.
            let _ = tokio::time::timeout(GOODBYE, spawn_blocking(move || caller.delete())).await;
        }
    }
}

/// The certificates of the system, and ring for the rest.
fn tls() -> Result<TlsConfig, Failure> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        return Err(Failure::new(
            "the system has no certificates of authorities; `SSL_CERT_FILE` can name a file with some",
        ));
    }
    let certificates: Vec<Certificate<'static>> =
        found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = RootCerts::Specific(Arc::new(certificates));
    Ok(TlsConfig::builder().unversioned_rustls_crypto_provider(provider).root_certs(roots).build())
}

impl Caller {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a request may take. The fetch itself ends before, and knows better what it waits for.
    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()) + GOODBYE
    }

    /// Sends a message, and hands on what is answered.
    fn post(&self, message: &Outgoing, wire: &Wire) -> Result<(), Failure> {
        let mut response = self.send(message)?;
        let status = response.status();
        if status.is_success() {
            if message.method.as_deref() == Some("initialize")
                && let Some(session) = text_of(response.headers(), "mcp-session-id")
            {
                self.state().session = Some(session.to_owned());
            }
            let Some(id) = message.id else { return Ok(()) };
            let answered = self.answer(&mut response, id, wire);
            // Whatever a server says to a method that it does not know, it may know `initialize`.
            return match message.method.as_deref() {
                Some("server/discover") => answered.or_else(|why| wire.refused(id, &why.message)),
                _ => answered,
            };
        }
        if matches!(
            status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED
        ) {
            let hint = "pass a token that it accepts, as in `--header 'Authorization: Bearer ${TOKEN}'`";
            return Err(Failure::new(format!("it refuses access (HTTP {}); {hint}", status.as_u16())));
        }
        let mut body = Vec::new();
        // What can be read of it is enough for a message.
        let _ = response.body_mut().with_config().limit(ERROR_BODY).reader().read_to_end(&mut body);
        let body = String::from_utf8_lossy(&body).into_owned();
        if let (Some(id), Some(method)) = (message.id, &message.method) {
            let is_error = |json: &Json| json.root().get("error").is_some() && json.root().get("method").is_none();
            match Json::parse(&body).ok().filter(is_error) {
                // An error of the protocol, also one that names no request.
                Some(json) => {
                    let error = json.root().get("error").map_or("null", |error| error.source());
                    return wire.arrived(format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{error}}}"));
                }
                None if method == "server/discover" => return wire.refused(id, &format!("HTTP {}", status.as_u16())),
                None => {}
            }
        }
        let what = message.method.as_deref().unwrap_or("an answer");
        let said = if body.trim().is_empty() { String::new() } else { format!(": {}", wire.quoted(&body)) };
        Err(Failure::new(format!("it answered `{what}` with HTTP {}{said}", status.as_u16())))
    }

    /// The response to a message, after redirects.
    fn send(&self, message: &Outgoing) -> Result<Response<Body>, Failure> {
        for _ in 0..=MOST_REDIRECTS {
            let (url, session) = {
                let mut state = self.state();
                state.version.clone_from(&message.version);
                (state.url.clone(), state.session.clone())
            };
            let mut request = self
                .agent
                .post(&url)
                .header("Accept", "application/json, text/event-stream")
                .header("Content-Type", "application/json");
            for (name, value) in &self.headers {
                request = request.header(name, value);
            }
            if let Some(version) = &message.version {
                request = request.header("MCP-Protocol-Version", version);
            }
            if let Some(method) = &message.method {
                request = request.header("Mcp-Method", method);
            }
            if let Some(session) = session {
                request = request.header("Mcp-Session-Id", session);
            }
            let request = request.config().timeout_global(Some(self.left())).build();
            let response = request.send(message.text.as_bytes()).map_err(|error| failed(&error))?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let place = redirected(&url, &response)?;
            self.state().url = place;
        }
        Err(Failure::new(format!("it redirects more than {MOST_REDIRECTS} times")))
    }

    /// Hands on the messages of a response to a request.
    fn answer(&self, response: &mut Response<Body>, id: u64, wire: &Wire) -> Result<(), Failure> {
        let kind = text_of(response.headers(), "content-type").unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
        let mut reader = response.body_mut().with_config().limit(u64::MAX).reader();
        match kind.as_str() {
            "application/json" => {
                let mut body = Vec::new();
                let most = MOST_MESSAGE as u64 + 1;
                reader.take(most).read_to_end(&mut body).map_err(|error| broken(&error))?;
                if body.len() > MOST_MESSAGE {
                    return Err(too_long());
                }
                message(body, wire).map(|_| ())
            }
            "text/event-stream" => {
                let (mut events, mut buffer) = (Events::default(), vec![0; 16 << 10]);
                loop {
                    let length = reader.read(&mut buffer).map_err(|error| broken(&error))?;
                    if length == 0 {
                        return Err(Failure::new("it closed the stream of events before it answered"));
                    }
                    for event in events.feed(buffer.get(..length).unwrap_or_default()) {
                        if !event.trim_ascii().is_empty() && message(event, wire)? == Some(id) {
                            return Ok(());
                        }
                    }
                    if events.held() > MOST_MESSAGE {
                        return Err(too_long());
                    }
                }
            }
            "" => Err(Failure::new(
                "its answer has neither JSON nor a stream of events; is this the address of an MCP server?",
            )),
            other => {
                let other = wire.quoted(other);
                Err(Failure::new(format!(
                    "it answered with `{other}`, not with JSON or a stream of events; is this the address of an MCP server?"
                )))
            }
        }
    }

    /// Tells the server that the session is over.
    fn delete(&self) {
        let (url, session, version) = {
            let state = self.state();
            (state.url.clone(), state.session.clone(), state.version.clone())
        };
        let mut request = self.agent.delete(&url).header("Mcp-Session-Id", session.unwrap_or_default());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(version) = version {
            request = request.header("MCP-Protocol-Version", version);
        }
        // A server may refuse it.
        let _ = request.config().timeout_global(Some(GOODBYE)).build().call();
    }
}

/// Hands on a message; which request it answers.
fn message(bytes: Vec<u8>, wire: &Wire) -> Result<Option<u64>, Failure> {
    let text = String::from_utf8(bytes).map_err(|_| Failure::new("it answered with bytes that are not UTF-8"))?;
    let json = Json::parse(&text).map_err(|error| {
        Failure::new(format!("it answered with a message that is not JSON: {}: {}", error.message, wire.quoted(&text)))
    })?;
    let root = json.root();
    let id = root.get("id").filter(|_| root.get("method").is_none());
    let id = id.and_then(|id| id.as_str().unwrap_or(id.source()).parse().ok());
    wire.arrived(text).map(|()| id)
}

fn too_long() -> Failure {
    Failure::new(format!("it answered with a message of more than {} MiB", MOST_MESSAGE >> 20))
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Where a redirect leads, if that is the same origin and the message may be sent again.
fn redirected(from: &Uri, response: &Response<Body>) -> Result<Uri, Failure> {
    let status = response.status().as_u16();
    let Some(place) = text_of(response.headers(), "location") else {
        return Err(Failure::new(format!("it answered with HTTP {status} and without a place to go to")));
    };
    let here =
        format!("{}://{}", from.scheme_str().unwrap_or_default(), from.authority().map_or("", |host| host.as_str()));
    let there =
        if place.starts_with('/') && !place.starts_with("//") { format!("{here}{place}") } else { place.to_owned() };
    let (here, there_origin) = (origin(&here), origin(&there));
    if !here.eq_ignore_ascii_case(&there_origin) || !there.contains("://") {
        let there = policyc_core::diagnostics::shown(&there_origin, 200);
        return Err(Failure::new(format!(
            "it redirects to another host, {there}, which is not followed: the headers are not meant for it; if it is right, name it with `--url`"
        )));
    }
    if !matches!(status, 307 | 308) {
        return Err(Failure::new(format!(
            "it redirects with HTTP {status}, after which the message would not be sent again"
        )));
    }
    there.parse().map_err(|_| Failure::new("it redirects to a place that is no URL"))
}

/// Why there is no response. What the HTTP client says may hold the URL, so only its kind is shown.
fn failed(error: &ureq::Error) -> Failure {
    Failure::new(match error {
        ureq::Error::HostNotFound => "cannot reach it: there is no such host".to_owned(),
        ureq::Error::ConnectionFailed => "cannot reach it: the connection failed".to_owned(),
        ureq::Error::Timeout(_) => "it did not answer in time; `--timeout` allows more".to_owned(),
        ureq::Error::Io(error) => return broken(error),
        ureq::Error::Tls(why) => format!("cannot reach it: TLS: {why}"),
        ureq::Error::Rustls(why) => format!("cannot reach it: TLS: {why}"),
        ureq::Error::InvalidProxyUrl => "the proxy of the environment has a URL that cannot be read".to_owned(),
        ureq::Error::ConnectProxyFailed(_) => "cannot reach it: the proxy of the environment refuses".to_owned(),
        ureq::Error::Protocol(_) | ureq::Error::Http(_) => "it answered with something that is not HTTP".to_owned(),
        _ => "the request failed".to_owned(),
    })
}

fn broken(error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Failure::new("cannot reach it: nothing listens there"),
        std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => {
            Failure::new("it did not answer in time; `--timeout` allows more")
        }
        // The system's own resolver says no more of a host that it does not find.
        kind if kind.to_string() == "uncategorized error" => {
            Failure::new("cannot reach it: there is no such host, or no network")
        }
        kind => Failure::new(format!("the connection broke: {kind}")),
    }
}

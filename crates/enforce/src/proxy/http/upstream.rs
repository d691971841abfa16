//! The server behind the proxy, over HTTP.
//!
//! Redirects are not followed: the headers are meant for the one address that the operator has named. What a server says is bounded, and
//! so is how long it may say nothing.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use super::super::MAX_MESSAGE;
use super::events::{Event, Events};
use super::headers::SESSION;

/// Headers that the protocol or HTTP itself sets.
const RESERVED: &[&str] = &[
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "last-event-id",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// A server at an address.
#[derive(Debug, Clone)]
pub struct Upstream {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: Uri,
    headers: HeaderMap,
    patience: Duration,
}

/// What a server answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// It has taken a message that has no answer.
    Accepted,
    /// A message.
    Json(Vec<u8>),
    /// A stream of messages.
    Events(Stream),
    /// It refuses.
    Refused(StatusCode, HeaderMap, Vec<u8>),
}

/// An answer, and the session that it begins.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) answer: Answer,
    pub(super) status: StatusCode,
    pub(super) session: Option<String>,
}

impl Upstream {
    /// A server, with headers for each request. `patience` is how long it may say nothing.
    ///
    /// # Errors
    /// A clause for people: the address or a header is wrong, or the system has no certificates.
    pub fn new(url: &str, headers: &[(String, String)], patience: Duration) -> Result<Self, String> {
        let url: Uri = url.parse().map_err(|_| "the URL has a character that a URL must not have, or no host")?;
        let is_encrypted = match url.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("the URL begins with neither `https://` nor `http://`".to_owned()),
        };
        let authority = url.authority().ok_or("the URL has no host")?;
        if authority.as_str().contains('@') {
            return Err(
                "the URL has a name or a password before the host; use `--header 'Authorization: …'`".to_owned()
            );
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let lower = name.to_ascii_lowercase();
            if RESERVED.contains(&lower.as_str()) || lower.starts_with("mcp-") {
                return Err(format!("the header `{lower}` is set by the protocol; leave it out"));
            }
            let (Ok(name), Ok(mut value)) = (HeaderName::try_from(&lower), HeaderValue::from_str(value)) else {
                return Err("a header has a name or a value that HTTP does not allow; write `NAME: VALUE`".to_owned());
            };
            value.set_sensitive(true);
            map.append(name, value);
        }
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new();
        let connector = if is_encrypted {
            let provider = rustls::crypto::ring::default_provider();
            let connector = connector.with_provider_and_native_roots(provider);
            connector.map_err(
                |_| "the system has no certificates of authorities; `SSL_CERT_FILE` can name a file with some",
            )?
        } else {
            let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
            let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let config = versions.map_err(|error| error.to_string())?;
            connector
                .with_tls_config(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
        };
        let connector = connector.https_or_http().enable_http1().wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .build(connector);
        Ok(Self { client, url, headers: map, patience })
    }

    /// Whether headers go over a network without encryption.
    #[must_use]
    pub fn is_readable_on_the_way(&self) -> bool {
        let host = self.url.host().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<core::net::IpAddr>();
        let is_here = host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback());
        self.url.scheme_str() == Some("http") && !is_here
    }

    /// How long the server may say nothing.
    pub(super) const fn patience(&self) -> Duration {
        self.patience
    }

    /// Sends a request. A stream of events that it answers with may be silent for as long as `silence`.
    pub(super) async fn send(
        &self,
        method: Method,
        body: Bytes,
        more: HeaderMap,
        silence: Option<Duration>,
    ) -> Result<Answered, String> {
        let has_body = method == Method::POST;
        let mut request = Request::builder()
            .method(&method)
            .uri(self.url.clone())
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let headers = request.headers_mut();
        // What the caller brings comes first, and what the operator has said counts.
        headers.extend(more);
        for name in self.headers.keys() {
            headers.remove(name);
        }
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        let accept = if method == Method::GET { EVENTS } else { "application/json, text/event-stream" };
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        if has_body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        }
        if !headers.contains_key(USER_AGENT) {
            headers.insert(USER_AGENT, HeaderValue::from_static(concat!("policyc/", env!("CARGO_PKG_VERSION"))));
        }
        let sent = timeout(self.patience, self.client.request(request)).await.map_err(|_| self.silent())?;
        let response = sent.map_err(|error| {
            let why = match &error {
                error if names_certificate(error) => "this system does not trust its certificate",
                error if error.is_connect() => "it cannot be reached",
                _ => "the connection broke",
            };
            why.to_owned()
        })?;
        self.read(&method, response, silence).await
    }

    async fn read(
        &self,
        method: &Method,
        response: Response<Incoming>,
        silence: Option<Duration>,
    ) -> Result<Answered, String> {
        let (head, body) = response.into_parts();
        let text = |name: &HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let session = text(&SESSION);
        if text(&CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            return Err("it compresses its answers, which it was not asked to do".to_owned());
        }
        let kind = text(&CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
        let answer = match head.status {
            status if status.is_redirection() => {
                return Err("it redirects, and redirects are not followed; name the URL that it leads to".to_owned());
            }
            status if !status.is_success() => {
                let mut headers = HeaderMap::new();
                for name in [hyper::header::WWW_AUTHENTICATE, RETRY_AFTER] {
                    for value in head.headers.get_all(&name) {
                        headers.append(name.clone(), value.clone());
                    }
                }
                Answer::Refused(status, headers, self.whole(body).await?)
            }
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => Answer::Accepted,
            _ if kind == JSON => Answer::Json(self.whole(body).await?),
            _ if kind == EVENTS => Answer::Events(Stream {
                body,
                events: Events::default(),
                ready: std::collections::VecDeque::new(),
                silence,
                is_resumable: false,
            }),
            _ if method == Method::DELETE || kind.is_empty() => Answer::Accepted,
            _ => {
                return Err(
                    "it answers with neither JSON nor a stream of events, so this may not be the URL of an MCP server"
                        .to_owned(),
                );
            }
        };
        Ok(Answered { answer, status: head.status, session })
    }

    /// Reads a body as a whole.
    async fn whole(&self, mut body: Incoming) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        while let Some(frame) = timeout(self.patience, body.frame()).await.map_err(|_| self.silent())? {
            let frame = frame.map_err(|_| "the connection broke".to_owned())?;
            bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data));
            if bytes.len() > MAX_MESSAGE {
                return Err(too_large());
            }
        }
        Ok(bytes)
    }

    fn silent(&self) -> String {
        format!("it did not answer within {} seconds", self.patience.as_secs())
    }
}

/// Whether a certificate is what is wrong.
fn names_certificate(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(one) = error {
        let inner = one.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let inner = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if matches!(one.downcast_ref::<rustls::Error>().or(inner), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        error = one.source();
    }
    false
}

fn too_large() -> String {
    format!("its answer is larger than {} MiB", MAX_MESSAGE >> 20)
}

/// A stream of events.
#[derive(Debug)]
pub(super) struct Stream {
    body: Incoming,
    events: Events,
    ready: std::collections::VecDeque<Event>,
    silence: Option<Duration>,
    is_resumable: bool,
}

impl Stream {
    /// The next event; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, String> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.is_resumable |= event.has_id;
                return Ok(Some(event));
            }
            let frame = match self.silence {
                Some(silence) => timeout(silence, self.body.frame())
                    .await
                    .map_err(|_| format!("it said nothing for {} seconds", silence.as_secs()))?,
                None => self.body.frame().await,
            };
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|_| "the connection broke".to_owned())?;
            if let Some(data) = frame.data_ref() {
                self.ready.extend(self.events.feed(data));
            }
            if self.events.held() > MAX_MESSAGE {
                return Err(too_large());
            }
        }
    }

    /// Whether a client can go on with it in another stream.
    pub(super) const fn is_resumable(&self) -> bool {
        self.is_resumable
    }
}

/// The credentials of a client, for a server that wants them.
pub(super) fn credentials(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(AUTHORIZATION).cloned()
}

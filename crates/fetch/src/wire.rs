//! Between the SDK and the streams.
//!
//! The SDK's own transports carry typed messages, which lose what a catalogue needs: members of tools that it does not know,
//! digits of numbers, and with one odd tool the whole page. So the streams here carry texts. A [`Wire`] keeps the result of each
//! request as it came, and hands the SDK only what it needs to go on: that a page arrived, or the revisions that a server supports.
//! It numbers the requests itself, so that a second handshake on the same stream cannot be confused by late answers to the first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use policyc_core::json::{Json, Kind, Value};
use rmcp::RoleClient;
use rmcp::model::{ClientJsonRpcMessage, ProtocolVersion, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::json;
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc};
use tokio::time::Instant;

use crate::Failure;
use crate::failure::quoted;
use crate::secrets::Secrets;

/// All that a server may send in one fetch, in bytes.
const MOST_BYTES: usize = 64 << 20;
/// One message, in bytes.
pub(crate) const MOST_MESSAGE: usize = 16 << 20;
/// JSON-RPC: there is no such method. The SDK takes it for a server that knows `initialize` only.
const NO_SUCH_METHOD: i64 = -32601;
/// MCP: the revision is not supported; the error names those that are.
const UNSUPPORTED_VERSION: i64 = -32022;

/// A message to the server.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    /// JSON on one line.
    pub(crate) text: String,
    /// The method, of requests and notifications.
    pub(crate) method: Option<String>,
    /// The number of a request.
    pub(crate) id: Option<u64>,
    /// The revision that the message is of, once there is one.
    pub(crate) version: Option<String>,
}

/// What a server answered to a request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The `result`, as it came.
    pub(crate) result: Arc<Json>,
}

/// One fetch's messages.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    arrived: mpsc::UnboundedSender<String>,
    incoming: AsyncMutex<mpsc::UnboundedReceiver<String>>,
    late_discovery: Notify,
    secrets: Secrets,
}

#[derive(Default)]
struct State {
    requests: u64,
    sessions: u32,
    bytes: usize,
    pending: BTreeMap<u64, Pending>,
    /// Answers to `tools/list`, by the SDK's number.
    pages: BTreeMap<String, Answer>,
    /// The answer to the handshake.
    about: Option<Answer>,
    version: Option<String>,
    has_changed: bool,
    /// Whether `server/discover` was answered when nobody waited for it any more.
    is_late: bool,
    failure: Option<Failure>,
}

/// A request without an answer.
struct Pending {
    method: String,
    session: u32,
    /// The SDK's number.
    id: serde_json::Value,
}

impl Wire {
    /// A wire, and the messages that a stream has to carry to the server.
    pub(crate) fn new(secrets: Secrets) -> (Self, mpsc::UnboundedReceiver<Outgoing>) {
        let (outgoing, to_send) = mpsc::unbounded_channel();
        let (arrived, incoming) = mpsc::unbounded_channel();
        let shared = Shared {
            state: Mutex::default(),
            outgoing,
            arrived,
            incoming: AsyncMutex::new(incoming),
            late_discovery: Notify::new(),
            secrets,
        };
        (Self(Arc::new(shared)), to_send)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message of the server arrived.
    ///
    /// # Errors
    /// The server sends more than a fetch takes.
    pub(crate) fn arrived(&self, text: String) -> Result<(), Failure> {
        let mut state = self.state();
        state.bytes = state.bytes.saturating_add(text.len());
        if state.bytes > MOST_BYTES {
            return Err(Failure::new(format!("it sent more than {} MiB", MOST_BYTES >> 20)));
        }
        // The receiver lives as long as this.
        let _ = self.0.arrived.send(text);
        Ok(())
    }

    /// The server does not answer a request, as the stream knows.
    pub(crate) fn refused(&self, id: u64, why: &str) -> Result<(), Failure> {
        self.arrived(json!({"jsonrpc": "2.0", "id": id, "error": {"code": NO_SUCH_METHOD, "message": why}}).to_string())
    }

    /// The method of the last request that waits for its answer.
    pub(crate) fn waits_for(&self) -> Option<String> {
        self.state().pending.values().next_back().map(|pending| pending.method.clone())
    }

    /// Whether nothing was asked but `server/discover`, and that is not answered.
    pub(crate) fn has_only_probed(&self) -> bool {
        let state = self.state();
        state.requests == 1
            && state.pending.values().all(|pending| pending.method == "server/discover")
            && !state.pending.is_empty()
    }

    /// A text of the server, for a message.
    pub(crate) fn quoted(&self, text: &str) -> String {
        quoted(text, &self.0.secrets)
    }

    /// What the server answered to the `tools/list` with this number of the SDK.
    pub(crate) fn take_page(&self, id: &rmcp::model::RequestId) -> Option<Answer> {
        let key = serde_json::to_value(id).ok()?.to_string();
        self.state().pages.remove(&key)
    }

    /// What the server answered to the handshake.
    pub(crate) fn about(&self) -> Option<Answer> {
        self.state().about.clone()
    }

    /// Whether the server said since the last call that its list has changed.
    pub(crate) fn take_changed(&self) -> bool {
        std::mem::take(&mut self.state().has_changed)
    }

    /// Why the handshake must fail, if it must.
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        self.state().failure.take()
    }

    /// Waits until the server answers a `server/discover` that nobody waits for any more.
    pub(crate) async fn late_discovery(&self) {
        self.0.late_discovery.notified().await;
    }

    /// Whether that answer came.
    pub(crate) fn is_late(&self) -> bool {
        self.state().is_late
    }

    /// A connection for the SDK. `probe` is how long it waits for the answer to `server/discover`.
    pub(crate) fn session(&self, probe: Option<Duration>) -> Session {
        let mut state = self.state();
        state.sessions += 1;
        Session { wire: self.clone(), number: state.sessions, probe, probe_ends: None }
    }
}

/// The connection of the SDK, for one handshake and what follows.
pub(crate) struct Session {
    wire: Wire,
    number: u32,
    probe: Option<Duration>,
    probe_ends: Option<Instant>,
}

/// The stream has ended; why is known to who carries the messages.
#[derive(Debug)]
pub(crate) struct Ended;

impl std::fmt::Display for Ended {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the stream has ended")
    }
}

impl std::error::Error for Ended {}

impl Transport<RoleClient> for Session {
    type Error = Ended;

    fn send(&mut self, message: ClientJsonRpcMessage) -> impl Future<Output = Result<(), Ended>> + Send + 'static {
        std::future::ready(self.post(&message))
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        let wire = self.wire.clone();
        let mut incoming = wire.0.incoming.lock().await;
        loop {
            let text = match self.probe_ends {
                None => incoming.recv().await,
                Some(end) => match tokio::time::timeout_at(end, incoming.recv()).await {
                    Ok(text) => text,
                    Err(_) => {
                        self.probe_ends = None;
                        let Some(message) = self.give_up_discovery() else { continue };
                        return Some(message);
                    }
                },
            };
            if let Some(message) = self.take(text?) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> Result<(), Ended> {
        Ok(())
    }
}

impl Session {
    fn post(&mut self, message: &ClientJsonRpcMessage) -> Result<(), Ended> {
        let mut value = serde_json::to_value(message).map_err(|_| Ended)?;
        let method = value.get("method").and_then(|method| method.as_str()).map(str::to_owned);
        let mut state = self.wire.state();
        let of_message = value.pointer("/params/_meta/io.modelcontextprotocol~1protocolVersion");
        let version =
            of_message.and_then(|version| version.as_str()).map(str::to_owned).or_else(|| state.version.clone());
        let mut id = None;
        if let (Some(method), Some(place)) = (&method, value.get_mut("id")) {
            state.requests += 1;
            let own = std::mem::replace(place, state.requests.into());
            id = Some(state.requests);
            let pending = Pending { method: method.clone(), session: self.number, id: own };
            let number = state.requests;
            state.pending.insert(number, pending);
            if method == "server/discover" {
                self.probe_ends = self.probe.map(|probe| Instant::now() + probe);
            }
        }
        drop(state);
        self.wire.0.outgoing.send(Outgoing { text: value.to_string(), method, id, version }).map_err(|_| Ended)
    }

    /// What the SDK gets instead of the answer to `server/discover` that did not come.
    fn give_up_discovery(&self) -> Option<ServerJsonRpcMessage> {
        let state = self.wire.state();
        let waits = |pending: &&Pending| pending.session == self.number && pending.method == "server/discover";
        // The request stays pending: a late answer says more.
        let pending = state.pending.values().find(waits)?;
        error(&pending.id, NO_SUCH_METHOD, "no answer", None)
    }

    /// What the SDK gets of a message of the server, if anything.
    fn take(&mut self, text: String) -> Option<ServerJsonRpcMessage> {
        let json = Json::parse_shared(Arc::new(text)).ok()?;
        let root = json.root();
        if let Some(method) = root.get("method").and_then(Value::as_str) {
            if method == "notifications/tools/list_changed" {
                self.wire.state().has_changed = true;
            }
            // The SDK answers requests, and needs no notifications.
            return root.get("id").and_then(|_| serde_json::from_str(root.source()).ok());
        }
        let mut state = self.wire.state();
        let id = match root.get("id") {
            Some(id) if !id.is_null() => id.as_str().unwrap_or(id.source()).parse().ok()?,
            // A server that could not read which request it was.
            _ if state.pending.len() == 1 && root.get("error").is_some() => *state.pending.keys().next()?,
            _ => return None,
        };
        let pending = state.pending.remove(&id)?;
        let result = root.get("result");
        if pending.session != self.number || pending.method == "server/discover" && self.probe_ends.is_none() {
            if pending.method == "server/discover" && result.is_some_and(|result| supported(result).is_some()) {
                state.is_late = true;
                self.wire.0.late_discovery.notify_one();
            }
            return None;
        }
        let Some(result) = result else { return refusal(&pending, root.get("error")) };
        let answer = || Some(Answer { result: Arc::new(Json::parse(result.source()).ok()?) });
        let reply = |result: serde_json::Value| {
            let message = json!({"jsonrpc": "2.0", "id": pending.id, "result": result});
            serde_json::from_value(message).ok()
        };
        match pending.method.as_str() {
            "tools/list" => {
                let answer = answer()?;
                state.pages.insert(pending.id.to_string(), answer);
                reply(json!({}))
            }
            "server/discover" => {
                self.probe_ends = None;
                let versions = supported(result).unwrap_or_default();
                // A server that has only older revisions wants `initialize`.
                if !versions.contains(&ProtocolVersion::LATEST.as_str()) {
                    return error(&pending.id, NO_SUCH_METHOD, "no revision without `initialize`", None);
                }
                state.about = answer();
                reply(json!({
                    "resultType": "complete", "supportedVersions": versions, "capabilities": {}, "ttlMs": 0, "cacheScope": "private",
                }))
            }
            "initialize" => {
                let version = result.get("protocolVersion").and_then(Value::as_str);
                let Some(version) = version.filter(|version| is_known(version)) else {
                    state.failure = Some(unknown_version(version.map(|version| self.wire.quoted(version))));
                    return error(&pending.id, NO_SUCH_METHOD, "unknown revision", None);
                };
                state.version = Some(version.to_owned());
                state.about = answer();
                reply(
                    json!({"protocolVersion": version, "capabilities": {}, "serverInfo": {"name": "", "version": ""}}),
                )
            }
            _ => reply(json!({})),
        }
    }
}

/// The revisions in an answer to `server/discover`, or in the error about one.
fn supported(result: Value<'_>) -> Option<Vec<&str>> {
    let list = result.get("supportedVersions").or_else(|| result.get("supported"))?;
    (list.kind() == Kind::Array).then(|| list.items().filter_map(Value::as_str).collect())
}

fn is_known(version: &str) -> bool {
    ProtocolVersion::KNOWN_VERSIONS.iter().any(|known| known.as_str() == version)
}

/// The failure for a server of a revision that is not known here.
pub(crate) fn unknown_version(version: Option<String>) -> Failure {
    let known: Vec<&str> = ProtocolVersion::KNOWN_VERSIONS.iter().map(ProtocolVersion::as_str).collect();
    let (first, last) =
        (known.iter().min().copied().unwrap_or_default(), known.iter().max().copied().unwrap_or_default());
    let version =
        version.map_or_else(|| "no revision of MCP".to_owned(), |version| format!("revision `{version}` of MCP"));
    Failure::new(format!("it speaks {version}; known are those from {first} to {last}"))
}

/// The SDK's message for an error of the server.
fn refusal(pending: &Pending, found: Option<Value<'_>>) -> Option<ServerJsonRpcMessage> {
    let found = found.filter(|error| error.kind() == Kind::Object);
    let message = found.and_then(|error| error.get("message")?.as_str()).unwrap_or("an error without a message");
    let code = found.and_then(|error| error.get("code")?.source().parse().ok()).unwrap_or(-32603);
    if pending.method != "server/discover" {
        return error(&pending.id, code, message, None);
    }
    let versions = found.and_then(|error| supported(error.get("data")?)).unwrap_or_default();
    // No code says that a server knows `initialize` only, so all others say it, too.
    if code == UNSUPPORTED_VERSION && versions.contains(&ProtocolVersion::LATEST.as_str()) {
        return error(&pending.id, code, message, Some(json!({"supported": versions})));
    }
    error(&pending.id, NO_SUCH_METHOD, message, None)
}

fn error(
    id: &serde_json::Value,
    code: i64,
    message: &str,
    data: Option<serde_json::Value>,
) -> Option<ServerJsonRpcMessage> {
    let message = Cow::Borrowed(message);
    let error = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message, "data": data}});
    serde_json::from_value(error).ok()
}

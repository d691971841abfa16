//! The handshake, and the pages of the list.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use policyc_core::catalogue::canonical::milliseconds;
use policyc_core::json::{Json, Kind, Value};
use rmcp::model::{
    ClientCapabilities, ClientConfig, ClientRequest, Implementation, ListToolsRequest, PaginatedRequestParams,
    ProtocolVersion,
};
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, ClientServiceExt, Peer, PeerRequestOptions, RoleClient, ServiceError,
};

use crate::Failure;
use crate::listing::{Fetched, Page};
use crate::wire::{Wire, unknown_version};

/// Pages of a list, at most.
const MOST_PAGES: usize = 1_000;
/// Tools of a server, at most.
const MOST_TOOLS: usize = 100_000;
/// How often a list is read again that changes meanwhile.
const ROUNDS: usize = 3;
/// How long a server may take to answer `server/discover` before it is asked to `initialize`; the SDK waits no longer.
const PROBE: Duration = Duration::from_secs(9);

/// How a server is greeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// With `server/discover`, then with `initialize`.
    Probe,
    /// With `initialize` alone.
    Initialize,
}

/// Asks a server for its tools.
pub(crate) async fn list(
    wire: &Wire,
    start: Start,
    timeout: Duration,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Fetched, Failure> {
    let modern = vec![ProtocolVersion::LATEST];
    let old = Some(ProtocolVersion::LATEST_WITH_INITIALIZE);
    let auto = match start {
        Start::Probe => ClientLifecycleMode::Auto { preferred_versions: modern.clone(), legacy_version: old },
        Start::Initialize => ClientLifecycleMode::Initialize,
    };
    let probe = PROBE.min(timeout / 3);
    let probed = tokio::select! {
        biased;
        started = client().serve_with_lifecycle(wire.session(Some(probe)), auto) => Some(started),
        () = wire.late_discovery() => None,
    };
    let started = match probed {
        // A slow server that knows the newest revision: its answer came when nobody waited for it any more.
        None | Some(Err(_)) if wire.is_late() => {
            let mode = ClientLifecycleMode::Discover { preferred_versions: modern };
            client().serve_with_lifecycle(wire.session(Some(timeout)), mode).await
        }
        Some(started) => started,
        None => return Err(unknown_version(None)),
    };
    let mut running = started.map_err(|error| wire.take_failure().unwrap_or_else(|| refused(&error, wire)))?;
    let version = running.peer_info().map(|info| info.protocol_version.as_str().to_owned());
    let version = version.ok_or_else(|| unknown_version(None))?;
    let listed = pages(running.peer(), wire, progress).await;
    // It only stops to listen.
    let _ = running.close_with_timeout(Duration::from_secs(1)).await;
    let about = wire.about();
    let server = about.as_ref().and_then(|about| about_server(about.result.root()));
    Ok(Fetched::new(server, version, listed?))
}

fn client() -> ClientConfig {
    let name = Implementation::new("policyc", env!("CARGO_PKG_VERSION"));
    let mut client = ClientConfig::default();
    client.capabilities = ClientCapabilities::default();
    client.protocol_version = ProtocolVersion::LATEST_WITH_INITIALIZE;
    client.client_info = name;
    client
}

/// What a server says of itself: of `initialize` a member, of `server/discover` one of its `_meta`.
fn about_server(result: Value<'_>) -> Option<String> {
    let meta = || result.get("_meta")?.get("io.modelcontextprotocol/serverInfo");
    let info = result.get("serverInfo").or_else(meta).filter(|info| info.kind() == Kind::Object)?;
    Some(info.source().to_owned())
}

fn refused(error: &ClientInitializeError, wire: &Wire) -> Failure {
    match error {
        ClientInitializeError::JsonRpcError(error) => {
            Failure::new(format!("it refused the handshake: {}", wire.quoted(&error.message)))
        }
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => refused(fallback, wire),
        ClientInitializeError::NoCompatibleProtocolVersion { server_supported, .. } => {
            let versions: Vec<&str> = server_supported.iter().map(ProtocolVersion::as_str).collect();
            unknown_version(Some(wire.quoted(&versions.join(", "))))
        }
        _ => Failure::new("its handshake does not follow the protocol"),
    }
}

/// Reads the list, again if it changes meanwhile.
async fn pages(
    peer: &Peer<RoleClient>,
    wire: &Wire,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Page>, Failure> {
    let mut before: Option<Vec<Page>> = None;
    wire.take_changed();
    for _ in 0..ROUNDS {
        let pages = once(peer, wire, progress).await?;
        // A name on two pages: the tools moved between them, or the server lists the tool twice, which a second look shows.
        let is_doubtful = wire.take_changed() || is_repeated(&pages);
        let is_same = before.as_ref().is_some_and(|before| {
            before.iter().map(|page| page.json.text()).eq(pages.iter().map(|page| page.json.text()))
        });
        if !is_doubtful || is_same {
            return Ok(pages);
        }
        before = Some(pages);
    }
    Err(Failure::new(format!("its list of tools changed each of the {ROUNDS} times it was read")))
}

/// Whether a name stands on two pages.
fn is_repeated(pages: &[Page]) -> bool {
    let mut earlier = BTreeSet::new();
    for page in pages {
        let names: BTreeSet<&str> = page.tools().filter_map(|tool| tool.get("name")?.as_str()).collect();
        if names.iter().any(|name| earlier.contains(name)) {
            return true;
        }
        earlier.extend(names);
    }
    false
}

async fn once(
    peer: &Peer<RoleClient>,
    wire: &Wire,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Page>, Failure> {
    let mut cursors = BTreeSet::new();
    let mut cursor: Option<String> = None;
    let (mut pages, mut tools) = (Vec::new(), 0_usize);
    loop {
        let page = page(peer, wire, cursor.take()).await?;
        tools += page.tools().count();
        if tools > MOST_TOOLS {
            return Err(Failure::new(format!("it lists more than {MOST_TOOLS} tools")));
        }
        let next = page.json.root().get("nextCursor").filter(|next| !next.is_null());
        let next = match next.map(|next| (next, next.as_str())) {
            None => None,
            // An empty string is a cursor, too.
            Some((_, Some(text))) => Some(text.to_owned()),
            Some((value, None)) => {
                let kind = value.kind().with_article();
                return Err(Failure::new(format!(
                    "it answered `tools/list` with a `nextCursor` that is {kind}, not a string"
                )));
            }
        };
        pages.push(page);
        progress(pages.len(), tools);
        let Some(next) = next else { return Ok(pages) };
        if !cursors.insert(next.clone()) {
            let shown = wire.quoted(&next);
            return Err(Failure::new(format!("its list does not end: the cursor `{shown}` came twice")));
        }
        if pages.len() == MOST_PAGES {
            return Err(Failure::new(format!("its list does not end: it has more than {MOST_PAGES} pages")));
        }
        cursor = Some(next);
    }
}

/// One page of the list.
async fn page(peer: &Peer<RoleClient>, wire: &Wire, cursor: Option<String>) -> Result<Page, Failure> {
    let params = cursor.map(|cursor| PaginatedRequestParams::default().with_cursor(Some(cursor)));
    let request = ListToolsRequest { params, ..ListToolsRequest::default() };
    let request = ClientRequest::ListToolsRequest(request);
    let stuck = || Failure::new("the connection ended before `tools/list` was answered");
    let handle = peer.send_cancellable_request(request, PeerRequestOptions::no_options()).await.map_err(|_| stuck())?;
    let id = handle.id.clone();
    match handle.await_response().await {
        Err(ServiceError::McpError(error)) => {
            let why = wire.quoted(&error.message);
            return Err(Failure::new(format!("it refused `tools/list`: {why}")));
        }
        Err(ServiceError::TransportClosed) => return Err(stuck()),
        // Whether the SDK understands the answer does not matter: it came.
        Ok(_) | Err(_) => {}
    }
    let answer = wire.take_page(&id).ok_or_else(stuck)?;
    checked(answer.result, wire)
}

/// The page in an answer to `tools/list`.
fn checked(json: Arc<Json>, wire: &Wire) -> Result<Page, Failure> {
    let root = json.root();
    if let Some(kind) = root.get("resultType").and_then(Value::as_str).filter(|kind| *kind != "complete") {
        let kind = wire.quoted(kind);
        return Err(Failure::new(format!(
            "it answered `tools/list` with a result of the type `{kind}`, not `complete`"
        )));
    }
    if root.get("tools").is_none_or(|tools| tools.kind() != Kind::Array) {
        return Err(Failure::new("it answered `tools/list` without an array `tools`"));
    }
    if json.duplicate_key().is_some() {
        return Err(Failure::new(
            "its answer to `tools/list` has a key twice in one object, so it can be read in two ways",
        ));
    }
    let ttl = root.get("ttlMs").and_then(milliseconds);
    Ok(Page { json, ttl })
}

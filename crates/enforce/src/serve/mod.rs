//! A service that other programs ask about calls, over HTTP.
//!
//! `request` reads questions, `decide`, `opa`, `authzen` and `envoy` have the forms in which they are asked, `version` has the policies and the threads that
//! decide by them, `judge` is what such a thread does, `metrics` counts. Three forms answer a denial with the status 200 and a body;
//! for Envoy the status is the answer. So their paths have nothing in common, and a question of Envoy on a path of the others is refused.

mod ask;
mod authzen;
mod decide;
mod envoy;
mod judge;
mod metrics;
mod opa;
mod request;
mod status;
mod version;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use policyc_core::diagnostics::visible_json;
use policyc_core::json::Json;

use crate::listen::{Access, Address, Body, Caller, Handler, Limits, text, whole};
use ask::{Ask, Ruling, Until, Wanted, owned};
pub use judge::NO_ARGUMENTS;
use metrics::Metrics;
use request::{JSON, Wrong};
pub use status::Status;
use version::Unanswered;
pub use version::{Governing, MakeGate, Setting, Version};

/// Identifies a request for whoever asked it.
const REQUEST_ID: &str = "x-request-id";

/// The longest identifier of a request that is given back, in bytes.
const LONGEST_ID: usize = 200;

/// How a service works.
pub struct Options {
    /// The grant of calls that name none.
    pub grant: Option<String>,
    /// The claims of callers of which the request has none: an object.
    pub claims: Option<Json>,
    /// The server of calls that name none.
    pub server: Option<String>,
    /// Whether what a request says of its caller is believed although whoever asks has shown no token.
    pub trust: bool,
    /// Where the service is for others: the beginning of the addresses in the description for clients of AuthZEN.
    pub public_url: Option<String>,
    /// Whether metrics and readiness are asked for elsewhere.
    pub separate_status: bool,
    /// What requests may take.
    pub limits: Limits,
    /// The time, in seconds since 1970-01-01T00:00:00Z.
    pub clock: fn() -> i64,
}

/// A service that decides calls.
pub struct Service {
    options: Options,
    now: RwLock<(Arc<Version>, Arc<Access>)>,
    /// Why the files as they are now cannot be used.
    broken: Mutex<Option<String>>,
    metrics: Metrics,
    run: u64,
    count: AtomicU64,
}

/// What a request has come with.
struct Asked<'r> {
    parts: &'r Parts,
    caller: Caller,
    /// Whether what the request says of the grant and the claims is believed.
    is_trusted: bool,
    version: Arc<Version>,
    api: &'static str,
}

impl Service {
    /// A service with a first version of the policies.
    #[must_use]
    pub fn new(options: Options, version: Version, access: Access) -> Self {
        let metrics = Metrics::new();
        metrics.loaded(&version.policies, (options.clock)());
        Self {
            now: RwLock::new((Arc::new(version), Arc::new(access))),
            broken: Mutex::new(None),
            metrics,
            run: RandomState::new().hash_one("run"),
            count: AtomicU64::new(0),
            options,
        }
    }

    /// Goes on with another version, for requests that come from now on; or says why the files cannot be used, and goes on as before.
    pub fn reload(&self, loaded: Result<(Version, Access), String>) {
        let at = (self.options.clock)();
        match loaded {
            Ok((version, access)) => {
                self.metrics.reloaded(Some(&version.policies), at);
                *self.now.write().unwrap_or_else(PoisonError::into_inner) = (Arc::new(version), Arc::new(access));
                *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
            Err(why) => {
                self.metrics.reloaded(None, at);
                *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            }
        }
    }

    fn current(&self) -> (Arc<Version>, Arc<Access>) {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn new_id(&self) -> String {
        format!("{:016x}-{}", self.run, self.count.fetch_add(1, Ordering::Relaxed) + 1)
    }

    async fn route(&self, parts: &Parts, body: Incoming, address: &Address) -> (&'static str, Response<Body>) {
        let (version, access) = self.current();
        let path = parts.uri.path();
        let api = match path {
            "/health" | "/healthz" | "/readyz" | "/metrics" => "status",
            "/v1/decide" => "decide",
            _ if path == "/envoy" || path.starts_with("/envoy/") => "extauthz",
            _ if path.starts_with("/access/v1/") || path == authzen::DESCRIPTION => "authzen",
            _ if path == "/v1/data" || path.starts_with("/v1/data/") => "opa",
            _ => "none",
        };
        let checked = access.check(&parts.headers, address);
        if api == "status" {
            return (api, self.status(parts, checked, self.options.separate_status));
        }
        let caller = match checked {
            Ok(caller) => caller,
            Err(denied) => {
                self.metrics.failed("access");
                return (api, if api == "extauthz" { envoy::denied(denied) } else { denied.answer() });
            }
        };
        let is_local_user = matches!(address, Address::Unix(_));
        let is_trusted = caller.is_known || is_local_user || self.options.trust;
        let asked = Asked { parts, caller, is_trusted, version, api };
        let answer = match api {
            "decide" => self.decide(&asked, body).await,
            "opa" => self.opa(&asked, body).await,
            "authzen" => self.authzen(&asked, body).await,
            "extauthz" => self.envoy(&asked, body).await,
            _ => text(StatusCode::NOT_FOUND, "There is nothing at this path."),
        };
        (api, answer)
    }

    /// Decides calls. What the requests leave open comes from the options.
    async fn rule(
        &self,
        asked: &Asked<'_>,
        mut asks: Vec<Result<Ask, String>>,
        until: Until,
        wanted: Wanted,
    ) -> Result<Vec<Ruling>, Wrong> {
        for ask in asks.iter_mut().flatten() {
            let says_who = ask.grant.is_some() || ask.claims.is_some() || ask.approved;
            if (says_who || ask.what == ask::What::Dry) && !asked.is_trusted {
                let what = "what a request says of its caller, of approvals or of a dry run";
                let how = "ask with a token (`--token-file`), at a socket (`--listen unix:PATH`), or of a service with `--trust-callers`";
                return Err(Wrong::new(StatusCode::FORBIDDEN, format!("Nobody vouches for {what}: {how}.")));
            }
            ask.grant = ask.grant.take().or_else(|| self.options.grant.clone());
            ask.server = ask.server.take().or_else(|| self.options.server.clone());
            if ask.claims.is_none() {
                ask.claims = self.options.claims.as_ref().and_then(|claims| owned(claims.root()));
            }
        }
        let ids = asks.iter().map(|_| self.new_id()).collect();
        match asked.version.ask(asks, until, wanted, ids, asked.caller.name.clone()).await {
            Ok(rulings) => {
                rulings.iter().for_each(|ruling| self.metrics.decided(asked.api, ruling));
                Ok(rulings)
            }
            Err(Unanswered::Busy) => {
                self.metrics.failed("busy");
                Err(Wrong::new(StatusCode::SERVICE_UNAVAILABLE, "Too many requests wait for a decision."))
            }
            Err(Unanswered::Failed) => {
                self.metrics.failed("panic");
                Err(Wrong::new(StatusCode::INTERNAL_SERVER_ERROR, "policyc has failed, please report it."))
            }
        }
    }

    /// Decides one call.
    async fn rule_one(&self, asked: &Asked<'_>, ask: Ask, wanted: Wanted) -> Result<Ruling, Wrong> {
        let rulings = self.rule(asked, vec![Ok(ask)], Until::End, wanted).await?;
        rulings.into_iter().next().ok_or_else(|| Wrong::new(StatusCode::INTERNAL_SERVER_ERROR, "There is no decision."))
    }
}

impl Handler for Service {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, address: Arc<Address>) -> Response<Body> {
        let began = Instant::now();
        let (parts, body) = request.into_parts();
        let (api, mut answer) = self.route(&parts, body, &address).await;
        let headers = answer.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(id) = parts.headers.get(REQUEST_ID).filter(|id| id.len() <= LONGEST_ID) {
            headers.insert(REQUEST_ID, id.clone());
        }
        let decides = !matches!(api, "status" | "none");
        self.metrics.answered(api, answer.status().as_u16(), decides, began.elapsed());
        answer
    }
}

/// An answer that is JSON.
fn json(status: StatusCode, text: &str) -> Response<Body> {
    let mut answer = Response::new(whole(format!("{}\n", visible_json(text))));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    answer
}

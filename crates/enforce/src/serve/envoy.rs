//! The form of Envoy's filter `ext_authz` over HTTP: the request of a client comes in as it was, below a path of ours, and the status is
//! the answer. 200 lets it pass, everything else does not, and 403 is what the client reads. So nothing here answers with another
//! status below 400, nor with one from 500 on, for which a filter may have been told to let requests pass.
//!
//! Source of the format: `envoy/extensions/filters/http/ext_authz/v3` of Envoy, observed with 1.40.

use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{Method, Response, StatusCode};
use policyc_core::diagnostics::quote;
use policyc_core::json::{Json, Kind, Value};

use super::ask::{Ask, Ruling, Wanted, What, owned};
use super::request::{JSON, is_json, once_in_every_case, read};
use super::{Asked, Service, json};
use crate::counters::digest;
use crate::listen::{Body, Denied, empty, text};
use crate::proxy::answer::{error, sentence};
use crate::proxy::call::called;
use crate::proxy::message::{INVALID_REQUEST, Id, Message, bare, envelope};

/// Says whether the body is only a part of that of the client.
const PARTIAL: &str = "x-envoy-auth-partial-body";
/// What Envoy is to say of the call. It replaces what a client has sent under these names.
const SERVER: &str = "x-policyc-server";
const GRANT: &str = "x-policyc-grant";
const CALLER: &str = "x-policyc-caller";

/// What becomes of a request of a client.
enum Fate {
    Passes,
    /// A reason, and the request that it is about.
    Refused(String, Option<Id>),
    Asked(Box<Ask>, Id),
}

/// What is said to somebody who may not ask.
pub(super) fn denied(denied: Denied) -> Response<Body> {
    let why = match denied {
        Denied::Host => "the name in `Host` is not one of this service",
        Denied::Origin => "pages of this origin may not ask",
        Denied::Token => "the gateway has shown no token",
    };
    text(StatusCode::FORBIDDEN, &format!("The decision service refuses the gateway: {why}."))
}

impl Service {
    pub(super) async fn envoy(&self, asked: &Asked<'_>, body: Incoming) -> Response<Body> {
        match self.fate(asked, body).await {
            Fate::Passes => empty(StatusCode::OK),
            Fate::Refused(reason, id) => {
                self.metrics.failed("request");
                refused(&reason, id.as_ref())
            }
            Fate::Asked(ask, id) => match self.rule_one(asked, *ask, Wanted::default()).await {
                Ok(ruling) => answer(&ruling, &id),
                Err(wrong) => refused(&wrong.message, Some(&id)),
            },
        }
    }

    async fn fate(&self, asked: &Asked<'_>, body: Incoming) -> Fate {
        let headers = &asked.parts.headers;
        let refuse = |reason: &str| Fate::Refused(reason.to_owned(), None);
        if headers.get_all(PARTIAL).iter().any(|partial| partial != "false") {
            return refuse("The gateway has sent only a part of the body, which cannot be decided.");
        }
        let no_length = headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0");
        let is_empty = no_length && !headers.contains_key(TRANSFER_ENCODING);
        match asked.parts.method {
            Method::POST if is_empty => {
                return refuse("The gateway has sent no body, so the call is not known; see `with_request_body`.");
            }
            Method::POST => {}
            // They open and end streams and sessions, and call nothing.
            Method::GET | Method::DELETE | Method::HEAD | Method::OPTIONS if is_empty => return Fate::Passes,
            _ => return refuse("MCP has no such request."),
        }
        if let Err(wrong) = is_json(headers) {
            return Fate::Refused(wrong.message, None);
        }
        match read(body, &self.options.limits).await {
            Err(wrong) => Fate::Refused(wrong.message, None),
            Ok(json) => message(&json, headers),
        }
    }
}

/// What becomes of a message of a client.
fn message(json: &Json, headers: &HeaderMap) -> Fate {
    let root = json.root();
    if root.kind() == Kind::Array {
        return Fate::Refused("Batches are refused; send each message by itself.".to_owned(), None);
    }
    let (id, method, params) = match envelope(root) {
        Err(refused) => return Fate::Refused(refused.message, refused.ids.into_iter().next()),
        Ok(Message::Response { .. }) => (None, None, None),
        Ok(Message::Request { id, method, params }) => (Some(id), Some(method), params),
        Ok(Message::Notification { method, params }) => (None, Some(method), params),
    };
    let refuse = |reason: String| Fate::Refused(reason, id.clone());
    // The revision 2026-07-28 says the method, what it is about, and some arguments in headers, too, and a server may act on those.
    let differs = |header: &str, value: Option<&str>| {
        headers.get_all(header).iter().any(|given| Some(given.as_bytes()) != value.map(str::as_bytes))
    };
    if differs("mcp-method", method) {
        return refuse("The header `Mcp-Method` is not the method of the message.".to_owned());
    }
    let named = match method {
        Some("tools/call" | "prompts/get") => Some("name"),
        Some("resources/read" | "resources/subscribe" | "resources/unsubscribe") => Some("uri"),
        _ => None,
    };
    let name = named.and_then(|key| params?.get(key)).and_then(Value::as_str);
    if differs("mcp-name", name) {
        return refuse("The header `Mcp-Name` is not what the message names.".to_owned());
    }
    if let Some(header) = headers.keys().find(|header| header.as_str().starts_with("mcp-param-")) {
        return refuse(format!(
            "The header `{header}` cannot be compared with the arguments; a proxy in front of the server can."
        ));
    }
    // An answer of the client calls nothing.
    let Some(method) = method else { return Fate::Passes };
    let is_exact = matches!(method, "tools/call" | "tools/list");
    if (!is_exact && bare(method).starts_with("tools")) || method.chars().any(char::is_control) {
        return refuse(format!("There is no method {}.", quote(method)));
    }
    if method != "tools/call" {
        return Fate::Passes;
    }
    let Some(id) = id.clone() else { return refuse("A call is a request, with an `id`.".to_owned()) };
    let called = match called(params) {
        Ok(called) => called,
        Err(reason) => return refuse(reason),
    };
    match ask(called.name, called.arguments.map(once_in_every_case), headers) {
        Ok(ask) => Fate::Asked(Box::new(ask), id),
        Err(reason) => refuse(reason),
    }
}

fn ask(tool: &str, arguments: Option<Result<Option<Json>, String>>, headers: &HeaderMap) -> Result<Ask, String> {
    let text = |name: &'static str| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(format!("The header `{name}` is there twice.")),
            (Some(value), None) => match std::str::from_utf8(value.as_bytes()) {
                Ok(value) => Ok(Some(value.to_owned())),
                Err(_) => Err(format!("The header `{name}` is not UTF-8.")),
            },
        }
    };
    let claims = match text(CALLER)? {
        None => None,
        Some(claims) => match Json::parse(&claims) {
            Ok(json) if json.root().kind() == Kind::Object && json.duplicate_key().is_none() => owned(json.root()),
            _ => return Err(format!("The header `{CALLER}` is not an object of JSON.")),
        },
    };
    Ok(Ask {
        tool: tool.to_owned(),
        arguments: match arguments {
            Some(arguments) => arguments?,
            // A call without arguments has none.
            None => Json::parse("{}").ok(),
        },
        server: text(SERVER)?,
        grant: text(GRANT)?.map(without_secret),
        claims,
        approved: false,
        what: What::Call,
    })
}

/// A grant that is a credential, as its SHA-256: it tells callers apart as well, and gets into the log.
fn without_secret(grant: String) -> String {
    let scheme = grant.split(' ').next().unwrap_or_default();
    if !["basic", "bearer", "dpop"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return grant;
    }
    let digest: String = digest(grant.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digest}")
}

/// The answer to a call.
fn answer(ruling: &Ruling, id: &Id) -> Response<Body> {
    let mut answer = match ruling.passes() {
        true => empty(StatusCode::OK),
        false => refused(&sentence(&ruling.outcome), Some(id)),
    };
    let mut header = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    header("x-policyc-decision", ruling.outcome.verdict.name());
    header("x-policyc-decision-id", &ruling.id);
    answer
}

/// A refusal, which the client reads as an error of JSON-RPC.
fn refused(reason: &str, id: Option<&Id>) -> Response<Body> {
    let id = id.map_or_else(|| "null".to_owned(), Id::json);
    let mut answer = json(StatusCode::FORBIDDEN, &error(&id, INVALID_REQUEST, reason));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    answer
}

//! Reads requests, and refuses what two programs might read differently.

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use policyc_core::diagnostics::{quote, visible};
use policyc_core::json::{Json, Kind, Value};

use super::ask::{Ask, What, owned};
use crate::listen::{self, Body, Limits, text};
use crate::proxy::message;

/// How many calls a request may ask about.
pub(super) const MOST_CALLS: usize = 1_000;

/// The media type of all answers that are JSON.
pub(super) const JSON: &str = "application/json";

/// Why a request is not answered with a decision: the status, and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) status: StatusCode,
    pub(super) message: String,
}

impl Wrong {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// A request that is not as it should be.
    pub(super) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The answer, as a sentence.
    pub(super) fn answer(&self) -> Response<Body> {
        let mut answer = text(self.status, &visible(&self.message));
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        answer
    }
}

/// What Envoy adds to the questions of its filter `ext_authz`. That filter takes the status 200 for a yes, whatever the body says.
const OF_ENVOY: [&str; 2] = ["x-envoy-auth-partial-body", "x-envoy-expected-rq-timeout-ms"];

/// Reads the body of a question: one object of JSON.
pub(super) async fn object(parts: &Parts, body: Incoming, limits: &Limits) -> Result<Json, Wrong> {
    if let Some(name) = OF_ENVOY.iter().find(|name| parts.headers.contains_key(**name)) {
        let why = format!("The request has `{name}`: for `ext_authz` of Envoy, the path begins with `/envoy`.");
        return Err(Wrong::new(StatusCode::FORBIDDEN, why));
    }
    if parts.method != Method::POST {
        return Err(Wrong::new(StatusCode::METHOD_NOT_ALLOWED, "Questions are asked with POST."));
    }
    is_json(&parts.headers)?;
    let json = read(body, limits).await?;
    match json.root() {
        root if root.kind() != Kind::Object => {
            Err(Wrong::malformed(format!("The body is {}, not an object.", root.kind().with_article())))
        }
        root if root.get("jsonrpc").is_some() => {
            let why = "The body is a message of JSON-RPC; for a gateway that passes messages on, the path begins with `/envoy`.";
            Err(Wrong::new(StatusCode::FORBIDDEN, why))
        }
        _ => Ok(json),
    }
}

/// Reads a body as JSON.
pub(super) async fn read(body: Incoming, limits: &Limits) -> Result<Json, Wrong> {
    let bytes =
        listen::read(body, limits).await.map_err(|unread| Wrong::new(unread.status(), unread.message(limits)))?;
    message::parse(bytes.to_vec())
        .map_err(|refused| Wrong::malformed(refused.message.replacen("The message", "The body", 1)))
}

/// Checks that a body is JSON in UTF-8, not compressed.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), Wrong> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Wrong::malformed("The body has a `Content-Encoding`; send it as it is."));
    }
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let given = match (types.next(), types.next()) {
        (Some(given), None) => given.to_str().unwrap_or_default(),
        _ => "",
    };
    let mut parts = given.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(JSON));
    let is_utf8 = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        name.trim().eq_ignore_ascii_case("charset") && value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
    };
    match is_json && parts.all(is_utf8) {
        true => Ok(()),
        false => Err(Wrong::malformed(format!("The `Content-Type` of the body is `{JSON}`."))),
    }
}

/// A member of an object that has this kind, or is missing.
pub(super) fn member<'a>(object: Value<'a>, key: &str, kind: Kind) -> Result<Option<Value<'a>>, String> {
    match object.get(key) {
        Some(value) if value.kind() != kind => {
            Err(format!("{} is {}, not {}.", quote(key), value.kind().with_article(), kind.with_article()))
        }
        found => Ok(found),
    }
}

/// A member that is a text, or missing.
pub(super) fn string(object: Value<'_>, key: &str) -> Result<Option<String>, String> {
    member(object, key, Kind::String).map(|found| found.and_then(Value::as_str).map(str::to_owned))
}

/// A member that is true or false, or missing, which is false.
pub(super) fn flag(object: Value<'_>, key: &str) -> Result<bool, String> {
    member(object, key, Kind::Bool).map(|found| found.and_then(Value::as_bool).unwrap_or_default())
}

/// The members of a call, as `policyc eval` knows them; the time is always ours.
const OF_CALL: [&str; 6] = ["name", "arguments", "server", "grant", "caller", "approved"];

/// Reads a call as `policyc eval` has it, but without a time. `more` are other members that the object may have.
pub(super) fn call(object: Value<'_>, more: &[&str]) -> Result<Ask, String> {
    if object.kind() != Kind::Object {
        return Err(format!("A call is an object, not {}.", object.kind().with_article()));
    }
    let is_known = |key: &&str| OF_CALL.contains(key) || more.contains(key);
    if let Some(key) = object.entries().filter_map(|(key, _)| key.as_str()).find(|key| !is_known(key)) {
        let all: Vec<&str> = OF_CALL.iter().chain(more).copied().collect();
        return Err(format!("A call has no {}; its members are {}.", quote(key), all.join(", ")));
    }
    let arguments = match member(object, "arguments", Kind::Object)? {
        Some(arguments) => once_in_every_case(arguments)?,
        None => Json::parse("{}").ok(),
    };
    Ok(Ask {
        tool: string(object, "name")?.ok_or("A call needs \"name\".")?,
        arguments,
        server: string(object, "server")?,
        grant: string(object, "grant")?,
        claims: member(object, "caller", Kind::Object)?.and_then(owned),
        approved: flag(object, "approved")?,
        what: What::Call,
    })
}

/// Arguments, unless a server that ignores case would read others.
pub(super) fn once_in_every_case(arguments: Value<'_>) -> Result<Option<Json>, String> {
    match message::twice_but_for_case(arguments) {
        Some(key) => Err(format!("The arguments have the key {} a second time, in another case.", quote(key))),
        None => Ok(owned(arguments)),
    }
}

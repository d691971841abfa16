//! Headers that say what a body says, too: they must agree with it. What goes to the server is made from the body.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use policyc_core::diagnostics::quote;
use policyc_core::json::{Json, Kind, Value};

use super::super::call::VERSION;
use super::super::message::INVALID_REQUEST;

/// Headers and body do not agree, of the revision 2026-07-28.
const MISMATCH: i32 = -32_020;
/// The first revision without sessions, whose requests say their revision themselves.
const MODERN: &str = "2026-07-28";
/// How many tools with arguments in headers are kept.
const MOST_TOOLS: usize = 10_000;
/// How many arguments of a tool are in headers.
const MOST_PARAMETERS: usize = 100;

pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const REVISION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
const PARAMETER: &str = "mcp-param-";

/// Why a request is refused: a code of JSON-RPC and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong(pub(super) i32, pub(super) String);

/// The headers of a request that matter to MCP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) session: Option<String>,
    pub(super) revision: Option<String>,
    pub(super) last_event: Option<String>,
    method: Option<String>,
    name: Option<String>,
    /// By the name behind `mcp-param-`, in lower case.
    parameters: BTreeMap<String, String>,
}

impl Said {
    /// Reads the headers.
    ///
    /// # Errors
    /// One of them stands twice, or has a value that cannot be read.
    pub(super) fn read(headers: &HeaderMap) -> Result<Self, Wrong> {
        let once = |name: &HeaderName| -> Result<Option<String>, Wrong> {
            let mut values = headers.get_all(name).iter();
            let (first, second) = (values.next(), values.next());
            if second.is_some() {
                return Err(Wrong(INVALID_REQUEST, format!("The header `{name}` stands twice.")));
            }
            let text = first.map(|value| value.to_str().map(|text| text.trim().to_owned()));
            text.transpose().map_err(|_| Wrong(INVALID_REQUEST, format!("The header `{name}` cannot be read.")))
        };
        let mut parameters = BTreeMap::new();
        for name in headers.keys() {
            if let Some(parameter) = name.as_str().strip_prefix(PARAMETER) {
                parameters.insert(parameter.to_owned(), decoded(&once(name)?.unwrap_or_default())?);
            }
        }
        Ok(Self {
            session: once(&SESSION)?,
            revision: once(&REVISION)?,
            last_event: once(&LAST_EVENT)?,
            method: once(&METHOD)?.map(|value| decoded(&value)).transpose()?,
            name: once(&NAME)?.map(|value| decoded(&value)).transpose()?,
            parameters,
        })
    }

    /// Whether a request with these headers is of a revision without sessions.
    pub(super) fn is_modern(&self) -> bool {
        self.revision.as_deref().is_some_and(|revision| revision >= MODERN)
    }

    /// Compares with a body. Gives whether it is of a revision without sessions.
    ///
    /// # Errors
    /// They do not agree.
    pub(super) fn agrees(&self, body: Value<'_>, parameters: &Parameters) -> Result<bool, Wrong> {
        let fail = |text: String| Err(Wrong(MISMATCH, text));
        if body.kind() == Kind::Array {
            if self.is_modern() || body.items().any(|message| revision(message).is_some()) {
                return Err(Wrong(INVALID_REQUEST, format!("From the revision {MODERN} on there are no batches.")));
            }
            return match (&self.method, &self.name, self.parameters.first_key_value()) {
                (None, None, None) => Ok(false),
                _ => fail(
                    "The headers `mcp-method` and `mcp-name` are of a single message, and the body is a batch."
                        .to_owned(),
                ),
            };
        }
        let method = body.get("method").and_then(Value::as_str);
        let is_request = body.get("id").is_some() && method.is_some();
        let of_body = revision(body);
        match (&self.revision, of_body) {
            (Some(header), Some(of_body)) if header != of_body => {
                return fail(format!(
                    "The header `mcp-protocol-version` is {}, and the body says {}.",
                    quote(header),
                    quote(of_body)
                ));
            }
            (None, Some(_)) => return fail("The header `mcp-protocol-version` is missing.".to_owned()),
            (Some(header), None) if is_request && self.is_modern() => {
                return fail(format!(
                    "The header `mcp-protocol-version` is {}, and the body has no `{VERSION}` in `_meta`.",
                    quote(header)
                ));
            }
            _ => {}
        }
        let is_modern = of_body.is_some() || self.is_modern();
        match (&self.method, method) {
            (Some(header), method) if Some(header.as_str()) != method => {
                return fail(format!(
                    "The header `mcp-method` is {}, and the method of the body {}.",
                    quote(header),
                    method.map_or_else(|| "is missing".to_owned(), |method| format!("is {}", quote(method)))
                ));
            }
            (None, Some(_)) if is_modern => return fail("The header `mcp-method` is missing.".to_owned()),
            _ => {}
        }
        let name = name(body);
        match (&self.name, name) {
            (Some(header), name) if Some(header.as_str()) != name => {
                return fail(format!("The header `mcp-name` is {}, which the body does not say.", quote(header)));
            }
            (None, Some(_)) if is_modern && takes_name(method) => {
                return fail("The header `mcp-name` is missing.".to_owned());
            }
            _ => {}
        }
        self.parameters_agree(body, parameters, is_modern)?;
        Ok(is_modern)
    }

    fn parameters_agree(&self, body: Value<'_>, known: &Parameters, is_modern: bool) -> Result<(), Wrong> {
        let expected: BTreeMap<String, String> = known.of(body).into_iter().collect();
        for (name, said) in &self.parameters {
            let Some(value) = expected.get(name) else {
                return Err(Wrong(
                    MISMATCH,
                    format!("The header `{PARAMETER}{name}` is of no argument of the call; list the tools again."),
                ));
            };
            if value != said && !is_same_integer(value, said) {
                let text = format!("The header `{PARAMETER}{name}` is {}, and the argument differs.", quote(said));
                return Err(Wrong(MISMATCH, text));
            }
        }
        match expected.keys().find(|name| is_modern && !self.parameters.contains_key(*name)) {
            Some(name) => Err(Wrong(MISMATCH, format!("The header `{PARAMETER}{name}` is missing."))),
            None => Ok(()),
        }
    }
}

/// The revision that a message says itself.
fn revision(message: Value<'_>) -> Option<&str> {
    message.get("params")?.get("_meta")?.get(VERSION)?.as_str()
}

/// The revision that the text of a message says itself.
pub(super) fn revision_of(text: &str) -> Option<String> {
    if !text.contains(VERSION) {
        return None;
    }
    Json::parse(text).ok().and_then(|json| revision(json.root()).map(str::to_owned))
}

/// Whether the header `mcp-name` belongs to requests of a method.
fn takes_name(method: Option<&str>) -> bool {
    matches!(method, Some("tools/call" | "prompts/get" | "resources/read"))
}

/// What the header `mcp-name` says of a message.
fn name(message: Value<'_>) -> Option<&str> {
    let params = message.get("params")?;
    let member = match message.get("method")?.as_str()? {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        method if method.starts_with("tasks/") => "taskId",
        _ => return None,
    };
    params.get(member)?.as_str()
}

/// The headers for a message, from its text alone, but for the revision of one that does not say it.
pub(super) fn made(message: Value<'_>, said: Option<&str>, parameters: &Parameters) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let of_body = revision(message);
    if let Some(value) = of_body.is_none().then_some(said).flatten().and_then(|said| HeaderValue::from_str(said).ok()) {
        headers.insert(REVISION, value);
    }
    let Some(revision) = of_body.or(said).filter(|revision| *revision >= MODERN) else { return headers };
    let mut add = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(&encoded(value)) {
            headers.insert(name, value);
        }
    };
    add(REVISION, revision);
    if let Some(method) = message.get("method").and_then(Value::as_str) {
        add(METHOD, method);
    }
    if let Some(name) = name(message) {
        add(NAME, name);
    }
    for (name, value) in parameters.of(message) {
        if let Ok(name) = HeaderName::try_from(format!("{PARAMETER}{name}")) {
            add(name, &value);
        }
    }
    headers
}

/// Which arguments of which tools are in headers, as the lists of a server say (`x-mcp-header`).
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// The name behind `mcp-param-`, in lower case, and the path to the argument, by tool.
    tools: BTreeMap<String, Vec<(String, Vec<String>)>>,
}

impl Parameters {
    /// Takes note of a list of tools, if the message is one.
    pub(super) fn see(&mut self, message: &str) {
        if self.tools.is_empty() && !message.contains("x-mcp-header") {
            return;
        }
        let Ok(json) = Json::parse(message) else { return };
        let list = json.root().get("result").and_then(|result| result.get("tools"));
        for tool in list.into_iter().flat_map(Value::items) {
            let Some(name) = tool.get("name").and_then(Value::as_str) else { continue };
            let mut found = Vec::new();
            if let Some(schema) = tool.get("inputSchema") {
                annotated(schema, &mut Vec::new(), &mut found);
            }
            if found.is_empty() {
                self.tools.remove(name);
            } else if self.tools.len() < MOST_TOOLS || self.tools.contains_key(name) {
                self.tools.insert(name.to_owned(), found);
            }
        }
    }

    /// The headers for the arguments of a message: names behind `mcp-param-`, and values that are not encoded yet.
    fn of(&self, message: Value<'_>) -> Vec<(String, String)> {
        let find = || {
            (message.get("method")?.as_str()? == "tools/call").then_some(())?;
            let params = message.get("params")?;
            Some((self.tools.get(params.get("name")?.as_str()?)?, params.get("arguments")?))
        };
        let Some((tool, arguments)) = find() else { return Vec::new() };
        let value = |path: &[String]| {
            let value = path.iter().try_fold(arguments, |value, key| value.get(key))?;
            match value.kind() {
                Kind::String => value.as_str().map(str::to_owned),
                Kind::Number | Kind::Bool => Some(value.source().to_owned()),
                _ => None,
            }
        };
        tool.iter().filter_map(|(name, path)| Some((name.clone(), value(path)?))).collect()
    }
}

/// The properties of a schema that are in headers. The depth of a message has been checked by its reader.
fn annotated(schema: Value<'_>, path: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    for (key, property) in schema.get("properties").into_iter().flat_map(Value::entries) {
        let Some(key) = key.as_str() else { continue };
        if found.len() >= MOST_PARAMETERS {
            return;
        }
        path.push(key.to_owned());
        if let Some(name) = property.get("x-mcp-header").and_then(Value::as_str) {
            found.push((name.to_ascii_lowercase(), path.clone()));
        }
        annotated(property, path, found);
        path.pop();
    }
}

fn is_same_integer(left: &str, right: &str) -> bool {
    matches!((left.parse::<i64>(), right.parse::<i64>()), (Ok(left), Ok(right)) if left == right)
}

/// A value as a header has it: what is not plain is encoded.
fn encoded(value: &str) -> String {
    let is_plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_plain && value.trim() == value && !(value.starts_with("=?base64?") && value.ends_with("?=")) {
        return value.to_owned();
    }
    format!("=?base64?{}?=", STANDARD.encode(value))
}

/// The value that a header stands for.
fn decoded(value: &str) -> Result<String, Wrong> {
    let Some(inner) = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Ok(value.to_owned());
    };
    let text = STANDARD.decode(inner).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| Wrong(MISMATCH, format!("The header value {} cannot be decoded.", quote(value))))
}

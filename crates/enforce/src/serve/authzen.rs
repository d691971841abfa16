//! The Authorization API 1.0 of OpenID AuthZEN, with the default mapping of its binding for MCP (COAZ-MCP, draft 1).
//!
//! The subject is the caller: its `id` is the grant, its `properties` are the claims. The default mapping sends no arguments; whoever
//! wants rules about arguments to be decided sends them in one of [`PLACES`]. Mappings that a server declares itself lead to other shapes, which are refused:
//! they come from the server that is guarded.

use hyper::body::Incoming;
use hyper::{Method, Response, StatusCode};
use policyc_core::diagnostics::quote;
use policyc_core::eval::Verdict;
use policyc_core::json::{Json, Kind, Value, compact, json_quote};

use super::ask::{Ask, Ruling, Until, Wanted, What, owned};
use super::request::{MOST_CALLS, Wrong, flag, member, object, once_in_every_case, string};
use super::{Asked, Service, json};
use crate::listen::{Body, text};
use crate::proxy::answer::cut;

/// Where clients find out what the service offers.
pub(super) const DESCRIPTION: &str = "/.well-known/authzen-configuration";

/// Where arguments may be.
const PLACES: &str = "`resource.properties.args`, `action.properties.arguments` or `context.arguments`";

/// Methods that call no tool, and that the default mapping asks about. Policies say nothing of them.
const OTHER_METHODS: [&str; 13] = [
    "completion/complete",
    "initialize",
    "logging/setLevel",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "tasks/cancel",
    "tasks/get",
    "tasks/list",
    "tasks/result",
];

/// What a question is about.
enum Question {
    Call(Box<Ask>),
    /// A method that is no call.
    Other,
}

/// The parts of a question; those of the whole request hold where an entry has none.
#[derive(Clone, Copy, Default)]
struct Parts<'a> {
    subject: Option<Value<'a>>,
    action: Option<Value<'a>>,
    resource: Option<Value<'a>>,
    context: Option<Value<'a>>,
}

impl Service {
    pub(super) async fn authzen(&self, asked: &Asked<'_>, body: Incoming) -> Response<Body> {
        if asked.parts.uri.path() == DESCRIPTION {
            return self.description(asked);
        }
        self.try_authzen(asked, body).await.unwrap_or_else(|wrong| wrong.answer())
    }

    fn description(&self, asked: &Asked<'_>) -> Response<Body> {
        if !matches!(asked.parts.method, Method::GET | Method::HEAD) {
            return text(StatusCode::METHOD_NOT_ALLOWED, "The description is read with GET.");
        }
        let Some(url) = &self.options.public_url else {
            return text(StatusCode::NOT_FOUND, "The service does not know its address; see `--public-url`.");
        };
        let url = url.trim_end_matches('/');
        let of = |path: &str| json_quote(&format!("{url}{path}"));
        let endpoints = format!(
            "{{\"policy_decision_point\":{},\"access_evaluation_endpoint\":{},\"access_evaluations_endpoint\":{}}}",
            of(""),
            of("/access/v1/evaluation"),
            of("/access/v1/evaluations")
        );
        json(StatusCode::OK, &endpoints)
    }

    async fn try_authzen(&self, asked: &Asked<'_>, body: Incoming) -> Result<Response<Body>, Wrong> {
        let path = asked.parts.uri.path();
        if !matches!(path, "/access/v1/evaluation" | "/access/v1/evaluations") {
            return Err(Wrong::new(StatusCode::NOT_FOUND, "There is nothing at this path."));
        }
        let body = object(asked.parts, body, &self.options.limits).await?;
        let root = body.root();
        let whole = Parts::of(root).map_err(Wrong::malformed)?;
        let entries = match path {
            "/access/v1/evaluations" => member(root, "evaluations", Kind::Array).map_err(Wrong::malformed)?,
            _ => None,
        };
        let Some(entries) = entries.filter(|entries| entries.items().next().is_some()) else {
            let question = whole.question().map_err(Wrong::malformed)?;
            return Ok(match question {
                Question::Other => json(StatusCode::OK, "{\"decision\":true}"),
                Question::Call(ask) => {
                    json(StatusCode::OK, &decision(&self.rule_one(asked, *ask, Wanted::default()).await?))
                }
            });
        };
        let until = until(root).map_err(Wrong::malformed)?;
        if entries.items().take(MOST_CALLS + 1).count() > MOST_CALLS {
            return Err(Wrong::malformed(format!("A request has at most {MOST_CALLS} evaluations.")));
        }
        let asks = entries.items().map(|entry| match Parts::of(entry)?.or(whole).question()? {
            Question::Call(ask) => Ok(*ask),
            Question::Other => Err("Only calls of tools may be asked about together.".to_owned()),
        });
        let rulings = self.rule(asked, asks.collect(), until, Wanted::default()).await?;
        let answers: Vec<String> = rulings.iter().map(decision).collect();
        Ok(json(StatusCode::OK, &format!("{{\"evaluations\":[{}]}}", answers.join(","))))
    }
}

/// Which evaluations are wanted.
fn until(root: Value<'_>) -> Result<Until, String> {
    let options = member(root, "options", Kind::Object)?;
    let wanted = options.map(|options| string(options, "evaluations_semantic")).transpose()?.flatten();
    match wanted.as_deref() {
        None | Some("execute_all") => Ok(Until::End),
        Some("deny_on_first_deny") => Ok(Until::FirstDenied),
        Some("permit_on_first_permit") => Ok(Until::FirstAllowed),
        Some(other) => Err(format!(
            "There is no semantic {}; it is execute_all, deny_on_first_deny or permit_on_first_permit.",
            quote(other)
        )),
    }
}

impl<'a> Parts<'a> {
    fn of(object: Value<'a>) -> Result<Self, String> {
        if object.kind() != Kind::Object {
            return Err(format!("An evaluation is an object, not {}.", object.kind().with_article()));
        }
        let part = |key| member(object, key, Kind::Object);
        Ok(Self {
            subject: part("subject")?,
            action: part("action")?,
            resource: part("resource")?,
            context: part("context")?,
        })
    }

    /// These parts, and others for those that are missing. A part is replaced as a whole.
    fn or(self, others: Self) -> Self {
        Self {
            subject: self.subject.or(others.subject),
            action: self.action.or(others.action),
            resource: self.resource.or(others.resource),
            context: self.context.or(others.context),
        }
    }

    fn question(self) -> Result<Question, String> {
        let needs = |part: &str| format!("The request needs {part:?}.");
        let subject = self.subject.ok_or_else(|| needs("subject"))?;
        let action = self.action.ok_or_else(|| needs("action"))?;
        let resource = self.resource.ok_or_else(|| needs("resource"))?;
        let text = |part: Value<'_>, name: &str, key: &str| {
            string(part, key)?.filter(|text| !text.is_empty()).ok_or_else(|| needs(&format!("{name}.{key}")))
        };
        text(subject, "subject", "type")?;
        let (grant, action_name) = (text(subject, "subject", "id")?, text(action, "action", "name")?);
        let (kind, id) = (text(resource, "resource", "type")?, text(resource, "resource", "id")?);
        // A tool may have the name of such a method.
        if kind != "tool" && OTHER_METHODS.contains(&action_name.as_str())
            || kind == "mcp_server" && action_name == "tools/list"
        {
            return Ok(Question::Other);
        }
        if kind != "tool" {
            return Err(format!("The resource is {}, not a tool (\"type\": \"tool\").", quote(&kind)));
        }
        let dry = self.context.map(|context| flag(context, "policyc_dry_run")).transpose()?.unwrap_or_default();
        let what = match action_name.as_str() {
            "tools/list" => What::List,
            "tools/call" if dry => What::Dry,
            "tools/call" => What::Call,
            name if name == id => {
                if dry {
                    What::Dry
                } else {
                    What::Call
                }
            }
            name => return Err(format!("The action is {}: it is `tools/call`, or the name of the tool.", quote(name))),
        };
        Ok(Question::Call(Box::new(Ask {
            arguments: self.arguments(action, resource)?,
            server: self.server(resource)?,
            tool: id,
            grant: Some(grant),
            claims: member(subject, "properties", Kind::Object)?.and_then(owned),
            approved: false,
            what,
        })))
    }

    fn arguments(self, action: Value<'a>, resource: Value<'a>) -> Result<Option<Json>, String> {
        let inside = |part: Option<Value<'a>>, key| match part {
            Some(part) => member(part, key, Kind::Object),
            None => Ok(None),
        };
        let places = [
            inside(inside(Some(resource), "properties")?, "args")?,
            inside(inside(Some(action), "properties")?, "arguments")?,
            inside(self.context, "arguments")?,
        ];
        let mut given = places.into_iter().flatten();
        let Some(first) = given.next() else { return Ok(None) };
        if given.any(|other| compact(other.source()) != compact(first.source())) {
            return Err(format!("The arguments are in several places, and differ; send them in one of {PLACES}."));
        }
        once_in_every_case(first)
    }

    fn server(self, resource: Value<'a>) -> Result<Option<String>, String> {
        let properties = member(resource, "properties", Kind::Object)?;
        let in_resource = properties.map(|properties| string(properties, "server")).transpose()?.flatten();
        let in_context = self.context.map(|context| string(context, "server")).transpose()?.flatten();
        match (in_resource, in_context) {
            (Some(one), Some(other)) if one != other => {
                Err("`resource.properties.server` and `context.server` differ.".to_owned())
            }
            (one, other) => Ok(one.or(other)),
        }
    }
}

/// A decision. One that allows says no more: a client that does not understand more may refuse it.
fn decision(ruling: &Ruling) -> String {
    if ruling.passes() {
        return "{\"decision\":true}".to_owned();
    }
    let outcome = &ruling.outcome;
    let text = |value: &str| json_quote(&cut(value));
    let reason = if outcome.verdict == Verdict::Approval { "approval_required" } else { &outcome.rule };
    let mut context = format!("\"reason\":{},\"message\":{}", text(reason), text(&outcome.reason));
    if outcome.verdict == Verdict::Approval {
        context.push_str(&format!(",\"rule\":{}", text(&outcome.rule)));
    }
    if let Some(until) = outcome.full_until {
        let left = until.saturating_sub(ruling.at).max(0).saturating_mul(1_000);
        context.push_str(&format!(",\"retry_after_ms\":{left}"));
    }
    context.push_str(&format!(",\"evaluation_id\":{}", text(&ruling.id)));
    format!("{{\"decision\":false,\"context\":{{{context}}}}}")
}

//! The form of OPA's data API, as its clients use it: `{"input": …}` goes in, and `{"result": …}` comes out.
//!
//! Source of the format: the REST API of OPA 0.70. What OPA takes and programs read differently is refused: duplicate keys, bytes behind
//! the value, YAML, input in the address.

use hyper::body::Incoming;
use hyper::{Response, StatusCode};
use policyc_core::diagnostics::visible;
use policyc_core::eval::Verdict;
use policyc_core::json::{Kind, Value, json_quote};

use super::ask::{Ask, Ruling, Wanted, What, owned};
use super::request::{Wrong, call, member, object, once_in_every_case, string};
use super::{Asked, Service, json};
use crate::listen::Body;
use crate::proxy::answer::cut;

impl Service {
    pub(super) async fn opa(&self, asked: &Asked<'_>, body: Incoming) -> Response<Body> {
        match self.try_opa(asked, body).await {
            Ok(answer) => answer,
            // These are not for programs that ask for decisions.
            Err(wrong) if matches!(wrong.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::FORBIDDEN) => {
                wrong.answer()
            }
            Err(wrong) => {
                let code = if wrong.status.is_client_error() { "invalid_parameter" } else { "internal_error" };
                let message = json_quote(&visible(&wrong.message));
                json(wrong.status, &format!("{{\"code\":\"{code}\",\"message\":{message}}}"))
            }
        }
    }

    async fn try_opa(&self, asked: &Asked<'_>, body: Incoming) -> Result<Response<Body>, Wrong> {
        let body = object(asked.parts, body, &self.options.limits).await?;
        let document = asked.parts.uri.path().strip_prefix("/v1/data/").unwrap_or_default();
        if !matches!(document, "policyc/allow" | "policyc/verdict") {
            // As of every document that is not defined.
            return Ok(json(StatusCode::OK, &format!("{{\"decision_id\":{}}}", json_quote(&self.new_id()))));
        }
        let Some(input) = body.root().get("input") else {
            let warning = "{\"code\":\"api_usage_warning\",\"message\":\"'input' key missing from the request\"}";
            let result = match document {
                "policyc/allow" => "false".to_owned(),
                _ => "{\"decision\":\"deny\",\"rule\":\"(malformed)\",\"reason\":\"The request has no input.\"}"
                    .to_owned(),
            };
            return Ok(json(StatusCode::OK, &format!("{{\"result\":{result},\"warning\":{warning}}}")));
        };
        let ask = read(input).map_err(|why| Wrong::malformed(format!("The input is no call: {why}")))?;
        let ruling = self.rule_one(asked, ask, Wanted::default()).await?;
        let result = if document == "policyc/allow" { ruling.passes().to_string() } else { verdict(&ruling) };
        let id = json_quote(&ruling.id);
        Ok(json(StatusCode::OK, &format!("{{\"result\":{result},\"decision_id\":{id}}}")))
    }
}

fn verdict(ruling: &Ruling) -> String {
    let outcome = &ruling.outcome;
    if ruling.passes() {
        return "{\"decision\":\"allow\"}".to_owned();
    }
    let (rule, reason) = (json_quote(&cut(&outcome.rule)), json_quote(&cut(&outcome.reason)));
    let decision = if outcome.verdict == Verdict::Approval { "approval" } else { "deny" };
    format!("{{\"decision\":\"{decision}\",\"rule\":{rule},\"reason\":{reason}}}")
}

/// Reads the input: a call as the target `opa` has it, or as hosts with a form of their own send it.
fn read(input: Value<'_>) -> Result<Ask, String> {
    if input.kind() != Kind::Object {
        return Err(format!("It is {}, not an object.", input.kind().with_article()));
    }
    let forms = ["name", "payload", "tool"];
    let given: Vec<&str> = forms.into_iter().filter(|key| input.get(key).is_some()).collect();
    match given.as_slice() {
        ["name"] => call(input, &[]),
        // ContextForge.
        ["payload"] => {
            let payload = member(input, "payload", Kind::Object)?.unwrap_or(input);
            foreign(payload, payload.get("args"), None)
        }
        // The Agent Control Specification.
        ["tool"] => {
            let tool = member(input, "tool", Kind::Object)?.unwrap_or(input);
            let target = member(input, "policy_target", Kind::Object)?;
            let caller = member(input, "snapshot", Kind::Object)?.and_then(|snapshot| snapshot.get("caller"));
            foreign(tool, target.and_then(|target| target.get("value")), caller)
        }
        [] => Err("It has no \"name\".".to_owned()),
        several => Err(format!("It has more than one of {}.", several.join(", "))),
    }
}

/// A call of a host. Its arguments are known only if it has sent some.
fn foreign(named: Value<'_>, arguments: Option<Value<'_>>, caller: Option<Value<'_>>) -> Result<Ask, String> {
    let object = |what: &str, value: Option<Value<'_>>| match value {
        Some(value) if value.kind() != Kind::Object => {
            Err(format!("The {what} are {}, not an object.", value.kind().with_article()))
        }
        _ => Ok(()),
    };
    object("arguments", arguments)?;
    object("claims", caller)?;
    Ok(Ask {
        tool: string(named, "name")?.ok_or("It has no \"name\".")?,
        arguments: arguments.map(once_in_every_case).transpose()?.flatten(),
        server: None,
        grant: None,
        claims: caller.and_then(owned),
        approved: false,
        what: What::Call,
    })
}

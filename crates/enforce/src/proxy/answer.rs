//! What the proxy says itself, as messages of JSON-RPC.

use policyc_core::diagnostics::{visible, visible_json};
use policyc_core::json::{compact, json_quote};
use policyc_core::remedy::Remedy;
use policyc_core::report;

use super::message::{INVALID_PARAMS, Id, Refused};
use crate::gate::Outcome;

/// The longest reason that is given, in bytes.
const LONGEST: usize = 16_384;

/// The answers to what cannot be read: one for each request, else one for nobody.
pub(super) fn refusals(refused: &Refused) -> Vec<String> {
    if refused.ids.is_empty() {
        return vec![error("null", refused.code, &refused.message)];
    }
    refused.ids.iter().map(|id| error(&id.json(), refused.code, &refused.message)).collect()
}

/// An error, for the JSON of an identifier.
pub(crate) fn error(id: &str, code: i32, message: &str) -> String {
    let message = json_quote(&cut(message));
    shown(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":{code},\"message\":{message}}}}}"))
}

/// What servers say of a tool that does not exist.
pub(super) fn unknown_tool(id: &Id, tool: &str) -> String {
    error(&id.json(), INVALID_PARAMS, &format!("Unknown tool: {tool}"))
}

/// How a denial is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct DenialForm {
    /// The client speaks a revision from 2026-07-28 on, where results have a type.
    pub(super) complete: bool,
    /// Clients do not compare the structured part of a result with a schema. Otherwise what programs read is in `_meta`.
    pub(super) any_structure: bool,
}

/// The member of `_meta` with what programs read of a denial.
const DECISION: &str = "policyc/decision";

/// A denial: a result of the tool that the model reads. Each of `texts` is a part of it.
pub(super) fn denial(
    id: &Id,
    outcome: &Outcome,
    remedy: Option<&Remedy>,
    texts: &[String],
    form: DenialForm,
) -> String {
    let part = |text: &String| format!("{{\"type\":\"text\",\"text\":{}}}", json_quote(&cut(text)));
    let content = texts.iter().map(part).collect::<Vec<_>>().join(",");
    // It has all arguments, and those may be long.
    let remedy = remedy.map(|remedy| compact(&report::remedy::json(remedy))).filter(|json| json.len() <= LONGEST);
    let remedy = remedy.map_or_else(String::new, |json| format!(",\"remedy\":{json}"));
    let structured = format!(
        "{{\"decision\":{},\"rule\":{},\"reason\":{}{remedy}}}",
        json_quote(outcome.verdict.name()),
        json_quote(&outcome.rule),
        json_quote(&cut(&outcome.reason))
    );
    let kind = if form.complete { "\"resultType\":\"complete\"," } else { "" };
    let structured = match form.any_structure {
        true => format!("\"structuredContent\":{structured}"),
        false => format!("\"_meta\":{{\"{DECISION}\":{structured}}}"),
    };
    let result = format!("{{{kind}\"content\":[{content}],{structured},\"isError\":true}}");
    shown(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{result}}}", id.json()))
}

/// The text of a denial: the reason, with the rule behind it if one decided.
pub(crate) fn sentence(outcome: &Outcome) -> String {
    let reason = if outcome.reason.trim().is_empty() { "No reason is given." } else { &outcome.reason };
    match outcome.rule.as_str() {
        "" => format!("Denied by policy: {reason}"),
        rule if rule.starts_with('(') => format!("Denied by policy: {reason}"),
        rule => format!("Denied by policy: {reason} ({rule})"),
    }
}

/// The parameters of a request that asks the person at the client for an approval.
pub(super) fn elicitation(message: &str) -> String {
    let approve = "{\"type\":\"boolean\",\"title\":\"Approve this call\",\"default\":false}";
    let schema = format!("{{\"type\":\"object\",\"properties\":{{\"approve\":{approve}}},\"required\":[\"approve\"]}}");
    format!("{{\"mode\":\"form\",\"message\":{},\"requestedSchema\":{schema}}}", json_quote(message))
}

/// A request of the proxy to the client.
pub(super) fn request(id: &str, method: &str, params: &str) -> String {
    shown(&format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":{},\"params\":{params}}}",
        json_quote(id),
        json_quote(method)
    ))
}

/// A result that asks the client for an approval, from the revision 2026-07-28 on.
pub(super) fn input_required(id: &Id, key: &str, params: &str, state: &str) -> String {
    let request = format!("{{\"method\":\"elicitation/create\",\"params\":{params}}}");
    let requests = format!("{{{}:{request}}}", json_quote(key));
    let state = json_quote(state);
    let result = format!("{{\"resultType\":\"input_required\",\"inputRequests\":{requests},\"requestState\":{state}}}");
    shown(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{result}}}", id.json()))
}

/// A notification that a request is not wanted any more.
pub(super) fn cancelled(id: &str) -> String {
    let params = format!("{{\"requestId\":{}}}", json_quote(id));
    format!("{{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{params}}}")
}

/// What does not show is escaped, and no character ends the line.
fn shown(json: &str) -> String {
    visible_json(json).into_owned()
}

/// A text that is not too long, with everything visible.
pub(crate) fn cut(text: &str) -> String {
    cut_to(text, LONGEST)
}

/// A text of at most so many bytes, with everything visible.
pub(super) fn cut_to(text: &str, longest: usize) -> String {
    let shown = visible(text);
    let end = (0..=longest.min(shown.len())).rev().find(|end| shown.is_char_boundary(*end)).unwrap_or(0);
    match shown.get(..end) {
        Some(part) if end < shown.len() => format!("{part}…"),
        _ => shown.into_owned(),
    }
}

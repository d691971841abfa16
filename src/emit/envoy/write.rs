//! Writes the filters of a policy.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::permission::{Filter, Permission, Place, Text, Value};
use crate::emit::decision_list::{Bucket, Tools};
use crate::json::json_quote;

/// The key of the document: that of Envoy's connection manager.
pub(super) const FILTERS: &str = "http_filters";
/// The name of the policy for messages that call no tool.
pub(super) const PROTOCOL: &str = "protocol";
/// The filter whose metadata has the parts of a call.
pub(super) const MCP: &str = "envoy.filters.http.mcp";
/// The filter whose metadata has the claims of the caller.
pub(super) const JWT: &str = "envoy.filters.http.jwt_authn";
/// The filter whose buckets calls take from.
const LIMITER: &str = "envoy.filters.http.local_ratelimit";
/// The method of a call.
pub(super) const CALL: &str = "tools/call";

/// Columns of a line of the document.
const WIDTH: usize = 200;

/// Methods that call no tool. An unknown method might.
const METHODS: [&str; 19] = [
    "completion/complete",
    "initialize",
    "logging/setLevel",
    "ping",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/read",
    "resources/subscribe",
    "resources/templates/list",
    "resources/unsubscribe",
    "server/discover",
    "subscriptions/listen",
    "tasks/cancel",
    "tasks/get",
    "tasks/list",
    "tasks/result",
    "tasks/update",
    "tools/list",
];

/// A policy of the filter for access control.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RolePolicy {
    /// Its name, which Envoy's logs have.
    pub(super) name: String,
    /// The tools that it is about.
    pub(super) tools: Tools,
    /// What their calls must be.
    pub(super) permissions: Vec<Permission>,
}

/// The document.
pub(super) fn document(policies: &[RolePolicy], limits: &[Vec<Bucket>]) -> String {
    let mut all = Map::new();
    for policy in policies {
        all.insert(policy.name.clone(), of_policy(policy));
    }
    all.insert(PROTOCOL.to_owned(), protocol());
    let access = json!({
        "name": "envoy.filters.http.rbac",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
            "rules": {"action": "ALLOW", "policies": all},
        },
    });
    let mut out = String::new();
    let limiters = limits.iter().enumerate().map(|(rank, buckets)| limiter(rank, buckets));
    let filters: Vec<Json> = [parser(), access].into_iter().chain(limiters).collect();
    write(&mut out, &json!({FILTERS: filters}), 0, 0);
    out.push('\n');
    out
}

/// The filter that reads calls. Without `REJECT_NO_MCP` what it does not understand passes, in a
/// batch for example; arguments are in the metadata only because a rule names them.
pub(super) fn parser() -> Json {
    json!({
        "name": MCP,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.mcp.v3.Mcp",
            "traffic_mode": "REJECT_NO_MCP",
            "reject_duplicate_keys": true,
            "max_request_body_size": 1_048_576,
            "parser_config": {
                "methods": [
                    {"method": CALL, "extraction_rules": [{"path": "params.name"}, {"path": "params.arguments"}]},
                ],
            },
        },
    })
}

/// A filter with buckets, each of another tool. What takes from none of them is not limited.
pub(super) fn limiter(rank: usize, buckets: &[Bucket]) -> Json {
    const UNLIMITED: u32 = u32::MAX;
    let action = |key: &str, path: &[&str]| {
        let path: Vec<Json> = path.iter().map(|key| json!({"key": key})).collect();
        json!({"metadata": {"descriptor_key": key, "metadata_key": {"key": MCP, "path": path}}})
    };
    let descriptors = buckets.iter().map(|bucket| {
        let Bucket { tool, capacity, refill, interval, .. } = bucket;
        json!({
            "entries": [{"key": "method", "value": CALL}, {"key": "tool", "value": tool}],
            "token_bucket": {"max_tokens": capacity, "tokens_per_fill": refill, "fill_interval": format!("{interval}s")},
        })
    });
    json!({
        "name": LIMITER,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": format!("policyc_{}", rank + 1),
            "token_bucket": {"max_tokens": UNLIMITED, "tokens_per_fill": UNLIMITED, "fill_interval": "1s"},
            "filter_enabled": {"default_value": {"numerator": 100}},
            "filter_enforced": {"default_value": {"numerator": 100}},
            "rate_limits": [{"actions": [action("method", &["method"]), action("tool", &["params", "name"])]}],
            "descriptors": descriptors.collect::<Vec<_>>(),
        },
    })
}

/// Messages that call no tool, and requests for a stream of answers, which have no body.
pub(super) fn protocol() -> Json {
    let exact = METHODS.iter().map(|method| Value::Text(Text::Exact((*method).to_owned())));
    let notifications = Value::Text(Text::Prefix("notifications/".to_owned()));
    let methods = Value::OneOf(exact.chain([notifications]).collect());
    let header = |name: &str, test: &str, value: Json| json!({"header": {"name": name, test: value}});
    let absent = |name: &str| json!({"not_rule": header(name, "present_match", json!(true))});
    let stream = json!({"and_rules": {"rules": [
        header(":method", "string_match", json!({"exact": "GET"})),
        absent("content-length"),
        absent("transfer-encoding"),
    ]}});
    json!({"permissions": [metadata(&Place::method(), &methods), stream], "principals": [{"any": true}]})
}

fn of_policy(policy: &RolePolicy) -> Json {
    let is_tool = |wanted: &Value| metadata(&Place::tool(), wanted);
    let exact =
        |names: &[String]| Value::one_of(names.iter().map(|name| Value::Text(Text::Exact(name.clone()))).collect());
    let mut rules = vec![metadata(&Place::method(), &Value::Text(Text::Exact(CALL.to_owned())))];
    match &policy.tools {
        Tools::Named(names) => rules.extend(exact(names).map(|names| is_tool(&names))),
        Tools::AllBut(names) => {
            rules.push(is_tool(&Value::Text(Text::Any)));
            rules.extend(exact(names).map(|names| json!({"not_rule": is_tool(&names)})));
        }
    }
    rules.extend(policy.permissions.iter().map(permission));
    json!({"permissions": [{"and_rules": {"rules": rules}}], "principals": [{"any": true}]})
}

fn permission(of: &Permission) -> Json {
    let list = |parts: &[Permission]| json!({"rules": parts.iter().map(permission).collect::<Vec<_>>()});
    match of {
        Permission::Any => json!({"any": true}),
        Permission::All(parts) => json!({"and_rules": list(parts)}),
        Permission::OneOf(parts) => json!({"or_rules": list(parts)}),
        Permission::Not(inner) => json!({"not_rule": permission(inner)}),
        Permission::Has(place, wanted) => metadata(place, wanted),
    }
}

fn metadata(place: &Place, wanted: &Value) -> Json {
    let filter = match place.filter {
        Filter::Mcp => MCP,
        Filter::Jwt => JWT,
    };
    let path: Vec<Json> = place.keys.iter().map(|key| json!({"key": key})).collect();
    json!({"sourced_metadata": {"metadata_matcher": {"filter": filter, "path": path, "value": value(wanted)}}})
}

fn value(of: &Value) -> Json {
    match of {
        Value::Present => json!({"present_match": true}),
        Value::Null => json!({"null_match": {}}),
        Value::Bool(value) => json!({"bool_match": value}),
        Value::Number(exact) => json!({"double_match": {"exact": number(*exact)}}),
        Value::Range(start, end) => {
            json!({"double_match": {"range": {"start": number(*start), "end": number(*end)}}})
        }
        Value::Text(wanted) => json!({"string_match": text(wanted)}),
        Value::Element(wanted) => json!({"list_match": {"one_of": {"string_match": text(wanted)}}}),
        Value::OneOf(values) => {
            json!({"or_match": {"value_matchers": values.iter().map(value).collect::<Vec<_>>()}})
        }
    }
}

fn text(of: &Text) -> Json {
    let expression = |expression: String| json!({"safe_regex": {"regex": expression}});
    match of {
        Text::Any => expression(ANY.to_owned()),
        Text::Exact(text) => json!({"exact": text}),
        Text::Prefix(text) => json!({"prefix": text}),
        Text::Suffix(text) => json!({"suffix": text}),
        Text::Contains(text) => json!({"contains": text}),
        Text::Like(like) => expression(like.re2()),
        Text::Matches(regex) => expression(regex.clone()),
    }
}

/// The expression for any string.
pub(super) const ANY: &str = "(?s:.*)";

/// A double as JSON for Envoy has it; beyond all numbers in words.
fn number(value: f64) -> Json {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if value.is_infinite() {
        return Json::from(if value > 0.0 { "Infinity" } else { "-Infinity" });
    }
    if value.fract() == 0.0 && value.abs() < WHOLE {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        return Json::from(value as i64);
    }
    Json::from(value)
}

/// Writes a value: on one line where it fits, else its members on lines of their own.
fn write(out: &mut String, value: &Json, indent: usize, used: usize) {
    let start = out.len();
    if one_line(out, value, start + WIDTH.saturating_sub(indent + used)) {
        return;
    }
    out.truncate(start);
    let (open, close, members): (_, _, Vec<(String, &Json)>) = match value {
        Json::Array(items) => ('[', ']', items.iter().map(|item| (String::new(), item)).collect()),
        Json::Object(members) => {
            let members = members.iter().map(|(key, value)| (format!("{}: ", json_quote(key)), value));
            ('{', '}', members.collect())
        }
        _ => {
            one_line(out, value, usize::MAX);
            return;
        }
    };
    out.push(open);
    for (index, (key, member)) in members.iter().enumerate() {
        let _ = write!(out, "{}\n{:width$}{key}", if index > 0 { "," } else { "" }, "", width = indent + 2);
        write(out, member, indent + 2, key.len());
    }
    let _ = write!(out, "\n{:indent$}{close}", "");
}

/// Appends a value on one line, unless the text would become longer than `most`: then less of it.
fn one_line(out: &mut String, value: &Json, most: usize) -> bool {
    let separated = |out: &mut String, index: usize, key: Option<&String>, value: &Json| {
        out.push_str(if index > 0 { ", " } else { "" });
        if let Some(key) = key {
            out.push_str(&json_quote(key));
            out.push_str(": ");
        }
        one_line(out, value, most)
    };
    match value {
        Json::Array(items) => {
            out.push('[');
            if !items.iter().enumerate().all(|(index, item)| separated(out, index, None, item)) {
                return false;
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            let mut members = members.iter().enumerate();
            if !members.all(|(index, (key, value))| separated(out, index, Some(key), value)) {
                return false;
            }
            out.push('}');
        }
        Json::String(text) => out.push_str(&json_quote(text)),
        other => out.push_str(&other.to_string()),
    }
    out.len() <= most
}

//! Writes permits as statements, and the document around them.

use serde_json::json;

use super::gateway::Gateway;
use super::lower::Expression;
use super::names::Names;
use super::permits::{Permit, Permits};
use super::rates::Rates;
use crate::diagnostics::visible;
use crate::json::json_quote;

/// What stands between the name of a target and that of a tool of AgentCore.
pub(super) const SEPARATOR: &str = "___";

/// Characters that the name of a policy of AgentCore may have.
const LONGEST_NAME: usize = 48;

/// A document.
pub(super) fn document(
    gateway: Gateway,
    policy: &str,
    left: Option<String>,
    names: &Names,
    permits: &Permits,
    rates: &Rates,
) -> String {
    let statements = statements(gateway, names, permits);
    let left = left.map(|words| format!("{} {}\n", comment(gateway), visible(&words))).unwrap_or_default();
    let top = format!(
        "{} Written by policyc from the policy {}. Change the policy, not this file.\n{left}",
        comment(gateway),
        visible(&json_quote(policy)),
    );
    match gateway {
        Gateway::AgentCore => agent_core(policy, permits, &statements, rates.json(names)),
        Gateway::Docker => format!("{top}\n{}\n", statements.join("\n\n")),
        Gateway::ToolHive => {
            let mut out =
                format!("{top}version: \"1.0\"\ntype: cedarv1\ncedar:\n  entities_json: \"[]\"\n  policies:\n");
            for statement in statements {
                out.push_str("    - |\n");
                for line in statement.lines() {
                    out.push_str(&format!("      {line}\n"));
                }
            }
            out
        }
    }
}

const fn comment(gateway: Gateway) -> &'static str {
    if matches!(gateway, Gateway::ToolHive) { "#" } else { "//" }
}

/// The statements, one for each permit; where there is none, one that forbids everything.
pub(super) fn statements(gateway: Gateway, names: &Names, permits: &Permits) -> Vec<String> {
    if permits.permits.is_empty() {
        return vec![forbid(gateway, names)];
    }
    permits.permits.iter().map(|permit| statement(gateway, names, &permits.named, permit)).collect()
}

fn forbid(gateway: Gateway, names: &Names) -> String {
    let server = gateway.quoted(&names.server);
    match gateway {
        Gateway::AgentCore => {
            let arn = gateway.quoted(&names.gateway);
            format!(
                "forbid(\n  principal,\n  action in AgentCore::Action::{server},\n  resource == AgentCore::Gateway::{arn}\n);"
            )
        }
        Gateway::Docker => format!(
            "forbid (principal, action == MCP::Action::\"invokeTool\", resource)\nwhen {{\n  resource in MCP::Server::{server}\n}};"
        ),
        Gateway::ToolHive => "forbid(\n  principal,\n  action == Action::\"call_tool\",\n  resource\n);".to_owned(),
    }
}

fn statement(gateway: Gateway, names: &Names, named: &[String], permit: &Permit) -> String {
    let quoted = |text: &str| gateway.quoted(text);
    let listed = |prefix: &str| -> String {
        let each: Vec<String> =
            named.iter().map(|name| format!("{prefix}{}", quoted(&tool(gateway, names, name)))).collect();
        format!("[{}]", each.join(", "))
    };
    let mut lines = Vec::new();
    let head = match gateway {
        Gateway::AgentCore => {
            let principal = if permit.asks_caller { "principal is AgentCore::OAuthUser" } else { "principal" };
            let action = match &permit.tool {
                Some(name) => format!("== AgentCore::Action::{}", quoted(&tool(gateway, names, name))),
                None => format!("in AgentCore::Action::{}", quoted(&names.server)),
            };
            if permit.tool.is_none() && !named.is_empty() {
                lines.push(format!("!(action in {})", listed("AgentCore::Action::")));
            }
            let arn = quoted(&names.gateway);
            format!("permit(\n  {principal},\n  action {action},\n  resource == AgentCore::Gateway::{arn}\n)")
        }
        Gateway::Docker => {
            lines.push(format!("resource in MCP::Server::{}", quoted(&names.server)));
            match &permit.tool {
                Some(name) => lines.push(format!("resource.name == {}", quoted(name))),
                None if named.is_empty() => {}
                None => lines.push(format!("!({}.contains(resource.name))", listed(""))),
            }
            let ask = permit.ask.as_ref().map(|reason| format!("@requireApproval({})\n", quoted(reason)));
            let ask = ask.unwrap_or_default();
            format!("{ask}permit (principal, action == MCP::Action::\"invokeTool\", resource)")
        }
        Gateway::ToolHive => {
            let resource = permit.tool.as_ref().map(|name| format!(" == Tool::{}", quoted(name))).unwrap_or_default();
            if permit.tool.is_none() && !named.is_empty() {
                lines.push(format!("!({}.contains(resource))", listed("Tool::")));
            }
            format!("permit(\n  principal,\n  action == Action::\"call_tool\",\n  resource{resource}\n)")
        }
    };
    if permit.when != Expression::TRUE {
        lines.extend(permit.when.lines());
    }
    if lines.is_empty() { format!("{head};") } else { format!("{head}\nwhen {{\n  {}\n}};", lines.join(" &&\n  ")) }
}

/// The name of a tool as the gateway has it.
fn tool(gateway: Gateway, names: &Names, name: &str) -> String {
    if gateway == Gateway::AgentCore { format!("{}{SEPARATOR}{name}", names.server) } else { name.to_owned() }
}

/// The requests that create the policies, one for each statement.
fn agent_core(policy: &str, permits: &Permits, statements: &[String], rates: Option<serde_json::Value>) -> String {
    let mut used: Vec<String> = Vec::new();
    let tools = permits.permits.iter().map(|permit| permit.tool.as_deref().unwrap_or("others"));
    let mut tools = tools.chain(std::iter::repeat("all"));
    let policies: Vec<serde_json::Value> = statements
        .iter()
        .map(|statement| {
            let name = name(policy, tools.next().unwrap_or_default(), used.len());
            used.push(name.clone());
            json!({
                "name": name,
                "definition": { "cedar": { "statement": statement } },
                "validationMode": "FAIL_ON_ANY_FINDINGS",
                "enforcementMode": "ACTIVE",
            })
        })
        .collect();
    let mut document = json!({ "policies": policies });
    if let (Some(rates), Some(members)) = (rates, document.as_object_mut()) {
        members.insert("rateLimits".to_owned(), rates);
    }
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// A name for a policy of AgentCore: letters, digits and underscores, the first a letter. The
/// number tells apart what is cut.
fn name(policy: &str, tool: &str, number: usize) -> String {
    let plain = |text: &str| -> String {
        text.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect()
    };
    let start = plain(policy);
    let start = if start.starts_with(|char: char| char.is_ascii_alphabetic()) { start } else { format!("p_{start}") };
    let end = format!("_{}", number + 1);
    let mut name: String = format!("{start}_{}", plain(tool)).chars().take(LONGEST_NAME - end.len()).collect();
    name.push_str(&end);
    name
}

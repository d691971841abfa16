//! Writes the rules of a policy.

use std::collections::BTreeMap;

use super::rules::Rule;
use crate::diagnostics::visible;
use crate::emit::decision_list::Outcome;
use crate::json::json_quote;

/// The priority of rules that must come before others.
pub(super) const FIRST: i64 = 999;
/// The lowest priority that neither a click of a person nor a setting of a server reaches.
pub(super) const LAST: i64 = 951;

/// A string of TOML.
fn string(text: &str) -> String {
    // What JSON writes as it is and TOML does not.
    json_quote(text).replace('\u{7f}', "\\u007f")
}

/// The document for a server.
pub(super) fn document(
    policy: &str,
    left: Option<String>,
    server: &str,
    tools: &BTreeMap<String, Vec<Rule>>,
    others: &[Rule],
) -> String {
    let mut out = format!(
        "# Written by policyc from the policy {}. Change the policy, not this file.\n",
        visible(&json_quote(policy))
    );
    if let Some(words) = left {
        out.push_str(&format!("# {}\n", visible(&words)));
    }
    for (tool, rules) in tools {
        for rule in rules {
            out.push_str(&table(server, tool, FIRST, rule));
        }
    }
    for rule in others {
        let priority = if rule.pattern.is_some() { FIRST } else { LAST };
        out.push_str(&table(server, "*", priority, rule));
    }
    out
}

fn table(server: &str, tool: &str, priority: i64, rule: &Rule) -> String {
    let decision = match rule.outcome {
        Outcome::Allow => "allow",
        Outcome::Ask { .. } => "ask_user",
        Outcome::Deny | Outcome::Hide => "deny",
    };
    let mut out = format!("\n[[rule]]\nmcpName = {}\ntoolName = {}\n", string(server), string(tool));
    if let Some(pattern) = &rule.pattern {
        out.push_str(&format!("argsPattern = '{pattern}'\n"));
    }
    out.push_str(&format!("decision = \"{decision}\"\npriority = {priority}\n"));
    if decision == "deny" {
        out.push_str(&format!("denyMessage = {}\n", string(&rule.reason)));
    }
    out
}

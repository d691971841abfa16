//! Writes configurations.

use std::fmt::Write as _;

use super::OTHERS;
use crate::diagnostics::visible;
use crate::emit::decision_list::Tools;
use crate::emit::expression::CEL;
use crate::json::json_quote;

/// A rule that lets calls pass.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// The tools that it is about.
    pub(super) tools: Tools,
    /// What must be true of their calls, as a part of a conjunction.
    pub(super) expression: Option<String>,
}

impl Rule {
    /// Its expression.
    pub(super) fn text(&self, server: &str) -> String {
        let list = |names: &[String]| -> String {
            let names: Vec<String> = names.iter().map(|name| CEL.escapes.quoted(name)).collect();
            format!("mcp.tool.name in [{}]", names.join(", "))
        };
        let mut parts = vec![format!("mcp.tool.target == {}", CEL.escapes.quoted(server))];
        match &self.tools {
            Tools::Named(names) => parts.push(list(names)),
            Tools::AllBut(names) if names.is_empty() => {}
            Tools::AllBut(names) => parts.push(format!("!({})", list(names))),
        }
        parts.extend(self.expression.clone());
        parts.join(" && ")
    }
}

/// A configuration.
pub(super) struct Configuration<'a> {
    /// The policy that it comes from.
    pub(super) policy: &'a str,
    /// What it leaves out, in words.
    pub(super) left: Option<String>,
    /// The name of the target: of the server.
    pub(super) server: &'a str,
    /// Its address.
    pub(super) host: &'a str,
    /// Where the gateway listens.
    pub(super) port: &'a str,
    /// The rules.
    pub(super) rules: &'a [Rule],
}

impl Configuration<'_> {
    /// The document.
    pub(super) fn text(&self) -> String {
        let mut out = format!(
            "# Written by policyc from the policy {}. Change the policy, not this file.\n",
            visible(&json_quote(self.policy))
        );
        let Self { server, host, port, .. } = self;
        if let Some(left) = &self.left {
            line(&mut out, &format!("# {}", visible(left)));
        }
        line(&mut out, &format!("gateways:\n  default:\n    port: {port}"));
        let (name, host) = (json_quote(server), json_quote(host));
        line(&mut out, &format!("mcp:\n  targets:\n    - name: {name}\n      mcp:\n        host: {host}"));
        line(&mut out, "  policies:\n    mcpAuthorization:\n      rules:");
        let rules = self.rules.iter().map(|rule| rule.text(server));
        for text in std::iter::once(OTHERS.to_owned()).chain(rules) {
            line(&mut out, &format!("        - |-\n          {text}"));
        }
        out
    }
}

fn line(out: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}

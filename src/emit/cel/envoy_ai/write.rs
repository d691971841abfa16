//! Writes routes.

use std::fmt::Write as _;

use crate::diagnostics::visible;
use crate::json::json_quote;

/// The version of the object.
pub(super) const API: &str = "aigateway.envoyproxy.io/v1beta1";
/// The group of the objects that serve a route.
pub(super) const PARENTS: &str = "gateway.networking.k8s.io";
/// The group of the objects that a route leads to.
pub(super) const BACKENDS: &str = "gateway.envoyproxy.io";

/// A rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// What becomes of calls that it matches.
    pub(super) allows: bool,
    /// The tools whose calls it may match; all if empty.
    pub(super) tools: Vec<String>,
    /// What must be true of them.
    pub(super) expression: Option<String>,
}

/// Who issues tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issuer<'a> {
    /// The identity of the issuer.
    pub(super) issuer: &'a str,
    /// What tokens are for.
    pub(super) resource: &'a str,
}

/// A route.
pub(super) struct Route<'a> {
    /// The policy that it comes from.
    pub(super) policy: &'a str,
    /// What it leaves out, in words.
    pub(super) left: Option<String>,
    /// The backend, and the name of the route.
    pub(super) server: &'a str,
    /// The Gateway that serves it.
    pub(super) parent: &'a str,
    /// Where the objects are.
    pub(super) namespace: Option<&'a str>,
    /// Who issues the tokens of callers.
    pub(super) issuer: Option<Issuer<'a>>,
    /// Whether calls pass that no rule matches.
    pub(super) allows: bool,
    /// The rules in their order.
    pub(super) rules: &'a [Rule],
}

impl Route<'_> {
    /// The document.
    pub(super) fn text(&self) -> String {
        let mut out = format!(
            "# Written by policyc from the policy {}. Change the policy, not this file.\n",
            visible(&json_quote(self.policy))
        );
        if let Some(left) = &self.left {
            line(&mut out, &format!("# {}", visible(left)));
        }
        let server = json_quote(self.server);
        line(&mut out, &format!("apiVersion: {API}\nkind: MCPRoute\nmetadata:\n  name: {server}"));
        if let Some(namespace) = self.namespace {
            line(&mut out, &format!("  namespace: {}", json_quote(namespace)));
        }
        let parent = json_quote(self.parent);
        line(&mut out, &format!("spec:\n  parentRefs:\n    - {{ name: {parent}, kind: Gateway, group: {PARENTS} }}"));
        line(&mut out, &format!("  backendRefs:\n    - {{ name: {server}, kind: Backend, group: {BACKENDS} }}"));
        line(&mut out, "  securityPolicy:");
        if let Some(Issuer { issuer, resource }) = self.issuer {
            let resource = json_quote(resource);
            line(&mut out, &format!("    oauth:\n      issuer: {}\n      audiences: [{resource}]", json_quote(issuer)));
            line(&mut out, &format!("      protectedResourceMetadata:\n        resource: {resource}"));
        }
        line(&mut out, &format!("    authorization:\n      defaultAction: {}", action(self.allows)));
        line(&mut out, if self.rules.is_empty() { "      rules: []" } else { "      rules:" });
        for rule in self.rules {
            line(&mut out, &format!("        - action: {}", action(rule.allows)));
            if !rule.tools.is_empty() {
                line(&mut out, "          target:\n            tools:");
                for tool in &rule.tools {
                    line(&mut out, &format!("              - {{ backend: {server}, tool: {} }}", json_quote(tool)));
                }
            }
            if let Some(expression) = &rule.expression {
                line(&mut out, &format!("          cel: |-\n            {expression}"));
            }
        }
        out
    }
}

fn line(out: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{text}");
}

const fn action(allows: bool) -> &'static str {
    if allows { "Allow" } else { "Deny" }
}

//! Writes the plugins.
//!
//! The gateway reads the file as a template of Jinja before it reads it as YAML, comments as well. So no brace is written as
//! it is in a text, and the only template is one that stands for the address of Redis.

use super::UNITS;
use super::names::{self, INVOKE};
use crate::diagnostics::visible;
use crate::emit::decision_list::SlidingWindow;
use crate::ir::Scope;
use crate::json::json_quote;

/// The plugin that denies what no rule of it allows.
pub(super) const POINT: &str = "plugins.unified_pdp.unified_pdp.UnifiedPDPPlugin";
/// The plugin that limits.
pub(super) const LIMITER: &str = "cpex_rate_limiter.RateLimiterPlugin";
/// What the identifier of a rule that denies begins with.
pub(super) const DENY: &str = "deny:";
/// The hook before a call.
pub(super) const HOOK: &str = "tool_pre_invoke";
/// The only mode in which plugins can refuse, one after the other.
pub(super) const MODE: &str = "sequential";
/// What must become of a call when a plugin fails.
pub(super) const ON_ERROR: &str = "fail";
/// What begins a template, a statement of one, or a comment.
pub(super) const TEMPLATES: [&str; 3] = ["{{", "{%", "{#"];

/// What becomes of a tool.
pub(super) struct Access {
    /// Its name at its server.
    pub(super) tool: String,
    /// Why all its calls are denied; nothing for a tool whose calls pass.
    pub(super) denied: Option<String>,
}

/// What a document says.
pub(super) struct Document<'a> {
    /// The name of the policy.
    pub(super) policy: &'a str,
    /// What is left out, in words.
    pub(super) left: Option<String>,
    /// What names of tools begin with in the gateway.
    pub(super) prefix: String,
    /// The tools that it names, by name.
    pub(super) access: Vec<Access>,
    /// The limits.
    pub(super) windows: Vec<SlidingWindow>,
    /// Where Redis is.
    pub(super) redis: String,
}

impl Document<'_> {
    /// The document as a text.
    pub(super) fn text(&self) -> String {
        let mut out = format!(
            "# Written by policyc from the policy {}. Change the policy, not this file.\n",
            without_templates(&visible(&json_quote(self.policy)))
        );
        if let Some(left) = &self.left {
            out.push_str(&format!("# {}\n", without_templates(&visible(left))));
        }
        out.push_str(
            "# The gateway must run with PLUGINS_ENABLED=true and PLUGINS_FAIL_ON_PLUGIN_ERROR=true: otherwise it starts without a\n\
             # plugin that it cannot load, and calls pass.\nplugins:\n",
        );
        out.push_str(&plugin("policyc_tools", POINT, 0, "[]"));
        out.push_str("      engines:\n        - name: \"native\"\n          enabled: true\n          settings:\n            rules:");
        if self.access.is_empty() {
            out.push_str(" []");
        }
        out.push('\n');
        for Access { tool, denied } in &self.access {
            out.push_str(&format!("              - {}\n", rule(&self.prefix, tool, denied.as_deref())));
        }
        out.push_str(
            "      combination_mode: \"all_must_allow\"\n      default_decision: \"deny\"\n      cache: {\"enabled\": false}\n",
        );
        for (number, window) in (1..).zip(&self.windows) {
            out.push_str(&self.limiter(number, window));
        }
        out
    }

    fn limiter(&self, number: usize, window: &SlidingWindow) -> String {
        let names: Vec<String> = window.tools.iter().map(|tool| names::of_tool(&self.prefix, tool)).collect();
        let tools: Vec<String> = names.iter().map(|name| text(name)).collect();
        let unit = UNITS.iter().find(|(seconds, ..)| *seconds == window.seconds).map_or("", |(.., unit)| unit);
        let rate = format!("\"{}/{unit}\"", window.most);
        let by = match window.scope() {
            Scope::Server => format!("by_tool: {{{}: {rate}}}", tools.first().map_or("", String::as_str)),
            Scope::Grant | Scope::Caller(_) => format!("by_user: {rate}"),
        };
        format!(
            "{}      backend: \"redis\"\n      redis_url: \"{}\"\n      redis_key_prefix: {}\n      algorithm: \"sliding_window\"\n      {by}\n      \
             fail_mode: \"closed\"\n",
            plugin(
                &format!("policyc_limit_{number}"),
                LIMITER,
                number,
                &format!("[{{\"tools\": [{}]}}]", tools.join(", "))
            ),
            self.redis,
            text(&format!("policyc:{}", names.join("+"))),
        )
    }
}

/// A plugin up to what its kind configures. Those with a lower rank come first.
fn plugin(name: &str, kind: &str, rank: usize, conditions: &str) -> String {
    format!(
        "  - name: \"{name}\"\n    kind: \"{kind}\"\n    hooks: [\"{HOOK}\"]\n    mode: \"{MODE}\"\n    on_error: \"{ON_ERROR}\"\n    \
         priority: {}\n    conditions: {conditions}\n    config:\n",
        rank + 10
    )
}

/// A rule about a tool.
fn rule(prefix: &str, tool: &str, denied: Option<&str>) -> String {
    let name = names::of_tool(prefix, tool);
    let id = format!("{}{tool}", if denied.is_some() { DENY } else { "" });
    let reason = denied.map(|reason| format!(", \"reason\": {}", text(reason))).unwrap_or_default();
    format!(
        "{{\"id\": {}, \"roles\": [\"*\"], \"actions\": [{}], \"resource_types\": [\"tool\"], \"resource_ids\": [{}]{reason}}}",
        text(&id),
        text(&format!("{INVOKE}{name}")),
        text(&name),
    )
}

/// A string in double quotes, as JSON and YAML read it and no template.
fn text(text: &str) -> String {
    json_quote(text).replace('{', "\\u007b")
}

/// The same outside of strings.
fn without_templates(text: &str) -> String {
    TEMPLATES.iter().fold(text.to_owned(), |text, start| text.replace(start, "{ "))
}

/// Whether a text is the address of a Redis, or a template for one.
pub(super) fn is_redis_url(url: &str) -> bool {
    let address = url.strip_prefix("redis://").or_else(|| url.strip_prefix("rediss://"));
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    is_template(url) || address.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_kept))
}

/// Whether a text is a template that stands for a variable of the gateway.
pub(super) fn is_template(text: &str) -> bool {
    let name = text.strip_prefix("{{ env.").and_then(|rest| rest.strip_suffix(" }}"));
    let is_kept = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.is_some_and(|name| name.starts_with(|first: char| !first.is_ascii_digit()) && name.bytes().all(is_kept))
}

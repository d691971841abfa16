//! What in the settings of a client opens tools without the hook, or switches hooks off.

use policyc_core::diagnostics::quote;
use policyc_core::json::Value;
use policyc_core::pattern::glob_matches;

use super::json::{Document, span};
use super::{Mistake, Wanted};

/// All that is found, in no order.
pub(super) fn of(document: &Document, wanted: &Wanted<'_>) -> Vec<Mistake> {
    let root = document.root();
    let mut found = Vec::new();
    match wanted.client.name {
        "claude-code" => {
            is(root, &["disableAllHooks"], true, &mut found);
            mode(root, &mut found);
            allowed(root, wanted, &mut found);
        }
        "qwen-code" | "copilot" | "vscode" => is(root, &["disableAllHooks"], true, &mut found),
        "gemini-cli" => {
            is(root, &["hooksConfig", "enabled"], false, &mut found);
            let disabled = root.get("hooksConfig").and_then(|config| config.get("disabled"));
            for item in disabled.into_iter().flat_map(Value::items) {
                if item.as_str().is_some_and(|text| text == "policyc" || text == wanted.command) {
                    let message = "`hooksConfig.disabled` names the hook, so it does not run";
                    found.push(Mistake::new(span(item).0, message, "remove it from the list"));
                }
            }
        }
        "opencode" => opened(root, wanted, &mut found),
        _ => {}
    }
    found
}

/// A switch that turns hooks off.
fn is(root: Value<'_>, path: &[&str], off: bool, found: &mut Vec<Mistake>) {
    let value = path.iter().try_fold(root, |value, key| value.get(key));
    if let Some(value) = value.filter(|value| value.as_bool() == Some(off)) {
        let name = path.join(".");
        let message = format!("{} is `{off}`, so no hook runs", quote(&name));
        found.push(Mistake::new(span(value).0, message, format!("write `{}`, or remove it", !off)));
    }
}

/// A mode of Claude Code in which tools pass without asking.
fn mode(root: Value<'_>, found: &mut Vec<Mistake>) {
    let mode = root.get("permissions").and_then(|permissions| permissions.get("defaultMode"));
    if let Some(mode) = mode.filter(|mode| !mode.as_str().is_some_and(|mode| CLOSED_MODES.contains(&mode))) {
        let message =
            format!("`permissions.defaultMode` is {}, in which tools may pass without the hook", quote(mode.source()));
        found.push(Mistake::new(span(mode).0, message, "write `\"default\"`, or remove it"));
    }
}

/// The modes of Claude Code in which a tool of a server is asked for or refused.
const CLOSED_MODES: [&str; 3] = ["default", "dontAsk", "plan"];

/// The tools of the servers, known ones and any other one.
fn names<'w>(wanted: &'w Wanted<'_>) -> impl Iterator<Item = String> + 'w {
    wanted.servers.iter().flat_map(|server| {
        let unknown = format!("{}{}{}another_tool", server.before, server.written, server.between);
        server.tools.iter().cloned().chain([unknown])
    })
}

/// Rules of Claude Code that let a tool of the servers pass without asking.
fn allowed(root: Value<'_>, wanted: &Wanted<'_>, found: &mut Vec<Mistake>) {
    let rules = root.get("permissions").and_then(|permissions| permissions.get("allow"));
    for rule in rules.into_iter().flat_map(Value::items) {
        let Some(text) = rule.as_str() else { continue };
        let whole = wanted.servers.iter().any(|server| text == format!("{}{}", server.before, server.written));
        if whole || text.starts_with("mcp__") && names(wanted).any(|name| glob_matches(text, &name)) {
            let message = format!("{} is allowed without the hook: if that fails, the call passes", quote(text));
            let help = "remove it from `permissions.allow`: the hook allows what the policies allow";
            found.push(Mistake::new(span(rule).0, message, help));
        }
    }
}

/// Permissions of opencode by which a tool of the servers is not denied. The last one that matches counts.
fn opened(root: Value<'_>, wanted: &Wanted<'_>, found: &mut Vec<Mistake>) {
    let Some(permission) = root.get("permission") else { return };
    let mut places: Vec<(usize, String)> = Vec::new();
    for name in names(wanted) {
        let last =
            permission.entries().filter(|(key, _)| key.as_str().is_some_and(|glob| glob_matches(glob, &name))).last();
        if let Some((key, value)) = last
            && value.as_str() != Some("deny")
        {
            places.push((span(key).0, key.as_str().unwrap_or_default().to_owned()));
        }
    }
    places.sort();
    places.dedup();
    for (at, key) in places {
        let message =
            format!("{} opens a tool without the plugin: the last permission that matches counts", quote(&key));
        found.push(Mistake::new(at, message, "remove it, or write it in front of the one that denies"));
    }
}

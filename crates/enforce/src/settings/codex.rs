//! What in the settings of Codex is not as it must be.

use policyc_core::diagnostics::quote;
use toml_edit::{Document, Item, TableLike};

use super::toml::{EVENTS, MODE, groups, hook, is_same, located, no_server, own, server, tables, wrong_kind};
use super::{Mistake, Wanted, clients, clipped, whole};

pub(super) fn check(text: &str, wanted: &Wanted<'_>) -> Result<Vec<Mistake>, Mistake> {
    let document = located(text)?;
    let root = document.as_table();
    if let Some(mistake) = wrong_kind(root) {
        return Err(mistake);
    }
    let mut found = hazards_of(&document, wanted);
    for event in EVENTS {
        let name = format!("hooks.{event}");
        let owned = own(root, event, wanted);
        let all = groups(root, event);
        let Some((index, at, _)) = owned.first() else {
            let help = format!("install the hook, or write a group with `command = {:?}` there", wanted.command);
            found.push(Mistake::new(0, format!("{} has no hook for the policies", quote(&name)), help));
            continue;
        };
        let Some(group) = all.get(*index) else { continue };
        let hooks = tables(group.get("hooks"));
        let Some(own) = hooks.get(*at) else { continue };
        let place = own.get("command").and_then(Item::span).map_or(0, |span| span.start);
        if owned.len() > 1 {
            found.push(Mistake::new(
                place,
                format!("{} has two hooks for the same policies", quote(&name)),
                "remove one",
            ));
        }
        if let Some(item) = group.get("matcher") {
            let what = match item.as_str() {
                Some(matcher) => whole::uncovered(matcher, wanted),
                None => Some("`matcher` is no string".to_owned()),
            };
            let help = format!("write `matcher = \"{}\"`", clients::matcher(wanted.client.name, wanted.servers));
            found.extend(what.map(|what| Mistake::new(item.span().map_or(place, |span| span.start), what, help)));
        }
        for (key, wanted_value) in hook(wanted) {
            let help = format!("write `{key} = {}`", wanted_value.to_string().trim());
            match own.get(key) {
                Some(item) if is_same(item, &wanted_value) => {}
                Some(item) => {
                    let message = format!("{} is `{}`", quote(key), clipped(item.to_string().trim()));
                    found.push(Mistake::new(item.span().map_or(place, |span| span.start), message, help));
                }
                None => found.push(Mistake::new(place, format!("{} is missing", quote(key)), help)),
            }
        }
        for (key, item) in own.iter().filter(|(key, _)| !["type", "command", "timeout"].contains(key)) {
            let at = item.span().map_or(place, |span| span.start);
            found.push(Mistake::new(at, format!("{} may change what the hook does", quote(key)), "remove it"));
        }
    }
    for one in wanted.servers {
        let Some(table) = server(root, &one.called) else {
            found.push(no_server(&one.called));
            continue;
        };
        let name = format!("mcp_servers.{}.{}", one.called, MODE.0);
        let help = format!("write `{} = \"{}\"`", MODE.0, MODE.1);
        match table.get(MODE.0) {
            Some(item) if item.as_str() == Some(MODE.1) => {}
            Some(item) => {
                let message = format!("{} is `{}`", quote(&name), clipped(item.to_string().trim()));
                found.push(Mistake::new(item.span().map_or(0, |span| span.start), message, help));
            }
            None => found.push(Mistake::new(0, format!("{} is missing", quote(&name)), help)),
        }
    }
    Ok(found)
}

pub(super) fn hazards(text: &str, wanted: &Wanted<'_>) -> Result<Vec<Mistake>, Mistake> {
    Ok(hazards_of(&located(text)?, wanted))
}

pub(super) fn hazards_of(document: &Document<String>, wanted: &Wanted<'_>) -> Vec<Mistake> {
    let root = document.as_table();
    let mut found = Vec::new();
    let start = |item: &Item| item.span().map_or(0, |span| span.start);
    let switch = root.get("features").and_then(|features| features.get("hooks"));
    if let Some(item) = switch.filter(|item| item.as_bool() == Some(false)) {
        found.push(Mistake::new(
            start(item),
            "`features.hooks` is `false`, so no hook runs",
            "write `true`, or remove it",
        ));
    }
    for one in wanted.servers {
        let tools = server(root, &one.called).and_then(|server| server.get("tools")).and_then(Item::as_table_like);
        for (tool, item) in tools.into_iter().flat_map(TableLike::iter) {
            let mode = item.as_table_like().and_then(|tool| tool.get("approval_mode"));
            if let Some(mode) = mode.filter(|mode| mode.as_str() != Some(MODE.1)) {
                let name = format!("mcp_servers.{}.tools.{tool}.approval_mode", one.called);
                let message =
                    format!("{} is {}: where the hook fails, the call passes", quote(&name), mode.to_string().trim());
                found.push(Mistake::new(start(mode), message, "remove it: the hook allows what the policies allow"));
            }
        }
    }
    found
}

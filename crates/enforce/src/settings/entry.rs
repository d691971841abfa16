//! The entry of a hook in settings of JSON.

use policyc_core::diagnostics::quote;
use policyc_core::json::{Kind, Value};
use serde_json::Value as Json;

use super::json::{Document, span};
use super::text::{is_same, shown};
use super::{Made, Mistake, Setting, Wanted, clients, clipped, risks, whole};

/// An own hook in the list of hooks.
struct Own {
    /// The entry, as an index of the list.
    entry: usize,
    /// The hook in a group of hooks, and how many there are in it.
    inner: Option<(usize, usize)>,
}

fn keys(path: &[&str]) -> Vec<String> {
    path.iter().map(|&key| key.to_owned()).collect()
}

/// Where the list of hooks is.
fn list(wanted: &Wanted<'_>) -> Option<Vec<String>> {
    clients::list(wanted.client.name).map(|path| keys(&path))
}

fn parse(text: &str, wanted: &Wanted<'_>) -> Result<Document, Mistake> {
    Document::parse(text, clients::comments(wanted.client.name))
}

/// The command of a hook.
fn command(hook: Value<'_>) -> Option<&str> {
    ["command", "bash", "powershell"].iter().find_map(|key| hook.get(key)?.as_str())
}

/// The hooks of a list, each with its command.
fn hooks<'d>(entries: Value<'d>) -> impl Iterator<Item = (Own, &'d str)> {
    entries.items().enumerate().flat_map(|(entry, value)| {
        let group = value.get("hooks").filter(|hooks| hooks.kind() == Kind::Array);
        let inner: Vec<(Own, &str)> = match group {
            Some(hooks) => {
                let count = hooks.items().count();
                let of = |(index, hook)| Some((Own { entry, inner: Some((index, count)) }, command(hook)?));
                hooks.items().enumerate().filter_map(of).collect()
            }
            None => command(value).map(|command| (Own { entry, inner: None }, command)).into_iter().collect(),
        };
        inner
    })
}

fn own(document: &Document, wanted: &Wanted<'_>) -> Result<Vec<Own>, Mistake> {
    let Some(path) = list(wanted) else { return Ok(Vec::new()) };
    let Some(entries) = document.container(&path, Kind::Array)? else { return Ok(Vec::new()) };
    Ok(hooks(entries).filter(|(_, command)| (wanted.is_own)(command)).map(|(own, _)| own).collect())
}

pub(super) fn commands(text: &str, wanted: &Wanted<'_>) -> Result<Vec<String>, Mistake> {
    let document = parse(text, wanted)?;
    let Some(path) = list(wanted) else { return Ok(Vec::new()) };
    let Some(entries) = document.container(&path, Kind::Array)? else { return Ok(Vec::new()) };
    let own = hooks(entries).filter(|(_, command)| (wanted.is_own)(command));
    Ok(own.map(|(_, command)| command.to_owned()).collect())
}

pub(super) fn install(text: &str, wanted: &Wanted<'_>) -> Result<(String, Vec<Made>), Mistake> {
    let mut document = parse(text, wanted)?;
    let mut made = Vec::new();
    for setting in clients::settings(wanted) {
        if !document.get(&setting.path).is_some_and(|value| does(value, &setting)) {
            document = document.set(&setting.path, &setting.value, &mut made)?;
        }
    }
    if let Some(path) = list(wanted) {
        let entry = clients::entry(wanted);
        let found = own(&document, wanted)?;
        let fits = |own: &Own| differences(&document, &path, own, &entry, wanted).is_empty();
        // The one that stays, if it is right or alone in its entry.
        let kept = found.iter().position(fits);
        let replaced = found.iter().position(|own| own.inner.is_none_or(|(_, count)| count == 1));
        let stays = kept.or(replaced);
        for (index, own) in found.iter().enumerate().rev() {
            document = match stays {
                Some(stays) if stays == index && kept.is_some() => document,
                Some(stays) if stays == index => document.replace(&path, own.entry, &entry)?,
                _ => without(document, &path, own)?,
            };
        }
        if stays.is_none() {
            document = document.push(&path, &entry, &mut made)?;
        }
    } else if let Some(plugin) = wanted.plugin {
        let path = keys(&["plugin"]);
        let loaded = document.container(&path, Kind::Array)?;
        if !loaded.is_some_and(|list| list.items().any(|item| item.as_str() == Some(plugin))) {
            document = document.push(&path, &Json::String(plugin.to_owned()), &mut made)?;
        }
    }
    let new = document.into_text();
    // A blank text is read as an empty object.
    Ok((if made.is_empty() && text.trim().is_empty() { text.to_owned() } else { new }, made))
}

/// Whether a value does what a setting is for.
fn does(value: Value<'_>, setting: &Setting) -> bool {
    setting.is_any || is_same(value, &setting.value) || setting.also.contains(&value.source())
}

/// The settings without one hook.
fn without(document: Document, path: &[String], own: &Own) -> Result<Document, Mistake> {
    match own.inner {
        Some((index, count)) if count > 1 => document.remove_inner(path, own.entry, "hooks", index),
        _ => document.remove_at(path, own.entry),
    }
}

pub(super) fn uninstall(text: &str, wanted: &Wanted<'_>, made: &mut Vec<Made>) -> Result<String, Mistake> {
    let mut document = parse(text, wanted)?;
    if let Some(path) = list(wanted) {
        for own in own(&document, wanted)?.iter().rev() {
            document = without(document, &path, own)?;
        }
        // Of another hook of the same kind nothing that it rests on is taken away.
        let others = document.container(&path, Kind::Array)?.map(hooks);
        if others.is_some_and(|mut others| others.any(|(_, command)| whole::is_hook(command))) {
            return Ok(document.into_text());
        }
    } else if let Some(plugin) = wanted.plugin {
        let path = keys(&["plugin"]);
        let at = document
            .container(&path, Kind::Array)?
            .and_then(|list| list.items().position(|item| item.as_str() == Some(plugin)));
        if let Some(at) = at {
            document = document.remove_at(&path, at)?;
        }
    }
    Ok(document.unmake(made)?.into_text())
}

pub(super) fn check(text: &str, wanted: &Wanted<'_>) -> Result<Vec<Mistake>, Mistake> {
    let document = parse(text, wanted)?;
    let mut found = Vec::new();
    if let Some(path) = list(wanted) {
        let entry = clients::entry(wanted);
        let at = document.container(&path, Kind::Array)?.map_or(0, |list| span(list).0);
        let write = format!("write `{}` there, or install the hook again", shown(&entry));
        let owned = own(&document, wanted)?;
        match owned.as_slice() {
            [] => {
                found.push(Mistake::new(at, format!("{} has no hook for the policies", quote(&path.join("."))), write))
            }
            [one] => found.extend(differences(&document, &path, one, &entry, wanted)),
            [_, second, ..] => {
                let at = document.get(&path).and_then(|list| list.at(second.entry)).map_or(at, |entry| span(entry).0);
                found.push(Mistake::new(at, "a second hook for the same policies: calls count twice", "remove it"));
            }
        }
    } else if let Some(plugin) = wanted.plugin {
        let loaded = document.container(&keys(&["plugin"]), Kind::Array)?;
        if !loaded.is_some_and(|list| list.items().any(|item| item.as_str() == Some(plugin))) {
            let help = format!("write `{}` into the list `plugin`", shown(&Json::String(plugin.to_owned())));
            found.push(Mistake::new(loaded.map_or(0, |list| span(list).0), "the plugin is not loaded", help));
        }
    }
    for setting in clients::settings(wanted) {
        let name = quote(&setting.path.join("."));
        let help = format!("write `{}`", shown(&setting.value));
        match document.get(&setting.path) {
            None => found.push(Mistake::new(0, format!("{name} is missing"), help)),
            Some(value) if does(value, &setting) => {}
            Some(value) => {
                let message = format!("{name} is `{}`", clipped(value.source()));
                found.push(Mistake::new(span(value).0, message, help));
            }
        }
    }
    found.extend(risks::of(&document, wanted));
    Ok(found)
}

pub(super) fn hazards(text: &str, wanted: &Wanted<'_>) -> Result<Vec<Mistake>, Mistake> {
    Ok(risks::of(&parse(text, wanted)?, wanted))
}

/// How an own hook differs from the entry that is wanted.
fn differences(
    document: &Document,
    path: &[String],
    own: &Own,
    wanted_entry: &Json,
    wanted: &Wanted<'_>,
) -> Vec<Mistake> {
    let Some(entry) = document.get(path).and_then(|list| list.at(own.entry)) else { return Vec::new() };
    let mut found = members(entry, wanted_entry, wanted);
    let wanted_hook = wanted_entry.get("hooks").and_then(|hooks| hooks.get(0));
    match (own.inner, wanted_hook) {
        (Some((index, _)), Some(wanted_hook)) => {
            let hook = entry.get("hooks").and_then(|hooks| hooks.at(index));
            found.extend(hook.map(|hook| members(hook, wanted_hook, wanted)).unwrap_or_default());
        }
        (None, None) => {}
        _ => found.push(Mistake::new(
            span(entry).0,
            "the hook is not in the form that the client reads",
            format!("write `{}`", shown(wanted_entry)),
        )),
    }
    found
}

/// How the members of an object differ from those that are wanted.
fn members(object: Value<'_>, wanted_object: &Json, wanted: &Wanted<'_>) -> Vec<Mistake> {
    let mut found = Vec::new();
    let wanted_members = wanted_object.as_object().into_iter().flatten();
    for (key, wanted_value) in wanted_members.filter(|(key, _)| *key != "hooks") {
        let write = format!("write `{}: {}`", shown(&Json::String(key.clone())), shown(wanted_value));
        let value = object.get(key);
        if key == "matcher" {
            found.extend(not_covered(value, wanted).map(|(at, message)| Mistake::new(at, message, write)));
            continue;
        }
        match value {
            None => found.push(Mistake::new(span(object).0, format!("{} is missing", quote(key)), write)),
            Some(value) if is_same(value, wanted_value) => {}
            Some(value) => {
                let message = format!("{} is `{}`", quote(key), clipped(value.source()));
                found.push(Mistake::new(span(value).0, message, write));
            }
        }
    }
    for (key, _) in object.entries() {
        let name = key.as_str().unwrap_or_default();
        // A matcher is a matter of the client where none is wanted.
        if wanted_object.get(name).is_none() && name != "hooks" {
            found.push(Mistake::new(
                span(key).0,
                format!("{} may change what the hook does", quote(name)),
                "remove it",
            ));
        }
    }
    found
}

/// Which tools a matcher does not find.
fn not_covered(matcher: Option<Value<'_>>, wanted: &Wanted<'_>) -> Option<(usize, String)> {
    // Without one all tools are found.
    let matcher = matcher?;
    let at = span(matcher).0;
    let Some(text) = matcher.as_str() else {
        return Some((
            at,
            format!("`matcher` is {}: the client reads none of its settings", matcher.kind().with_article()),
        ));
    };
    whole::uncovered(text, wanted).map(|what| (at, what))
}

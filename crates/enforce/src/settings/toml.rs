//! The hooks of Codex, in settings of TOML.
//!
//! The text is changed by `toml_edit`, which keeps comments and layout. It ends each line in one way, so line ends are put aside
//! and come back.

use policyc_core::diagnostics::quote;
use toml_edit::{Array, ArrayOfTables, Document, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use super::{Made, Mistake, Wanted, Was, clients, codex, whole};

/// Codex sends two events about one call.
pub(super) const EVENTS: [&str; 2] = ["PreToolUse", "PermissionRequest"];
/// How a server's tools are approved, and the value by which a person or a hook is always asked.
pub(super) const MODE: (&str, &str) = ("default_tools_approval_mode", "prompt");
const TIMEOUT: i64 = 10;

/// How the lines of a text end, which `toml_edit` does not keep.
struct Ends {
    mark: bool,
    carriage: bool,
    last: bool,
}

impl Ends {
    fn of(text: &str) -> (Self, String) {
        let body = text.strip_prefix('\u{feff}');
        let (mark, body) = (body.is_some(), body.unwrap_or(text));
        let carriage = body.contains("\r\n") && body.matches("\r\n").count() == body.matches('\n').count();
        let last = body.is_empty() || body.ends_with('\n');
        let body = if carriage { body.replace("\r\n", "\n") } else { body.to_owned() };
        (Self { mark, carriage, last }, body)
    }

    fn back(&self, text: &str) -> String {
        let text = if self.carriage { text.replace('\n', "\r\n") } else { text.to_owned() };
        if self.mark { format!("\u{feff}{text}") } else { text }
    }
}

pub(super) fn located(text: &str) -> Result<Document<String>, Mistake> {
    text.parse::<Document<String>>().map_err(|error| {
        let message = error.message().lines().next().unwrap_or("it cannot be read").to_owned();
        let help = "correct the file first; nothing is changed in what cannot be read";
        Mistake::new(error.span().map_or(0, |span| span.start), format!("not TOML: {message}"), help)
    })
}

/// The text for changes. Where it would come back otherwise than it was, nothing is changed.
fn editable(text: &str) -> Result<(Ends, DocumentMut), Mistake> {
    located(text)?;
    let (ends, body) = Ends::of(text);
    let document = located(&body)?.into_mut();
    let whole = if ends.last { body.clone() } else { format!("{body}\n") };
    let kept = document.to_string();
    if kept == whole || kept == body {
        return Ok((ends, document));
    }
    let at = kept.bytes().zip(body.bytes()).position(|(one, other)| one != other).unwrap_or(0);
    let help = "end all lines in one way, or write the hook into the file by hand: docs/hook.md has the lines";
    Err(Mistake::new(at, "the layout of the file would not be kept", help))
}

/// The tables of an array, written in either way.
pub(super) fn tables(item: Option<&Item>) -> Vec<&dyn TableLike> {
    match item {
        Some(Item::ArrayOfTables(tables)) => tables.iter().map(|table| table as &dyn TableLike).collect(),
        Some(Item::Value(Value::Array(array))) => {
            array.iter().filter_map(Value::as_inline_table).map(|table| table as &dyn TableLike).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn groups<'d>(root: &'d Table, event: &str) -> Vec<&'d dyn TableLike> {
    tables(root.get("hooks").and_then(Item::as_table_like).and_then(|hooks| hooks.get(event)))
}

fn command(hook: &dyn TableLike) -> Option<&str> {
    hook.get("command").and_then(Item::as_str)
}

/// The groups of an event with an own hook: their indices, that of the hook, and how many hooks are in the group.
pub(super) fn own(root: &Table, event: &str, wanted: &Wanted<'_>) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    for (index, group) in groups(root, event).iter().enumerate() {
        let hooks = tables(group.get("hooks"));
        let is_own = |hook: &&dyn TableLike| command(*hook).is_some_and(|command| (wanted.is_own)(command));
        let own = hooks.iter().enumerate().filter(|(_, hook)| is_own(hook));
        found.extend(own.map(|(at, _)| (index, at, hooks.len())));
    }
    found
}

pub(super) fn commands(text: &str, wanted: &Wanted<'_>) -> Result<Vec<String>, Mistake> {
    let document = located(text)?;
    let all = EVENTS.iter().flat_map(|event| groups(document.as_table(), event));
    let hooks = all.flat_map(|group| tables(group.get("hooks")));
    let own = hooks.filter_map(command).filter(|command| (wanted.is_own)(command));
    Ok(own.map(str::to_owned).collect())
}

/// Where something other than a table or an array of tables is in the way.
pub(super) fn wrong_kind(root: &Table) -> Option<Mistake> {
    let at = |item: &Item| item.span().map_or(0, |span| span.start);
    let hooks = root.get("hooks")?;
    let Some(table) = hooks.as_table_like() else {
        return Some(Mistake::new(at(hooks), "`hooks` is no table", "write a table there"));
    };
    let is_list = |item: &Item| item.is_array_of_tables() || item.is_array();
    let event = EVENTS.iter().find_map(|event| Some((event, table.get(event).filter(|item| !is_list(item))?)));
    event.map(|(event, item)| {
        let name = format!("hooks.{event}");
        Mistake::new(at(item), format!("{} is no array of tables", quote(&name)), "write an array of tables there")
    })
}

/// The server of the settings, if it is there.
pub(super) fn server<'d>(root: &'d Table, name: &str) -> Option<&'d dyn TableLike> {
    root.get("mcp_servers")?.as_table_like()?.get(name)?.as_table_like()
}

pub(super) fn no_server(name: &str) -> Mistake {
    Mistake::new(
        0,
        format!(
            "the settings have no server {}, so nothing closes the client where the hook does not run",
            quote(name)
        ),
        format!(
            "install the hook into the settings that have `[mcp_servers.{name}]`, or say with `--server` how Codex calls the server"
        ),
    )
}

pub(super) fn hook(wanted: &Wanted<'_>) -> [(&'static str, Value); 3] {
    [("type", "command".into()), ("command", wanted.command.into()), ("timeout", TIMEOUT.into())]
}

pub(super) fn install(text: &str, wanted: &Wanted<'_>) -> Result<(String, Vec<Made>), Mistake> {
    let found = located(text)?;
    if let Some(mistake) = wrong_kind(found.as_table()) {
        return Err(mistake);
    }
    if let Some(missing) = wanted.servers.iter().find(|one| server(found.as_table(), &one.called).is_none()) {
        return Err(no_server(&missing.called));
    }
    if codex::check(text, wanted)?.iter().all(|mistake| codex::hazards_of(&found, wanted).contains(mistake)) {
        return Ok((text.to_owned(), Vec::new()));
    }
    let (ends, mut document) = editable(text)?;
    let mut made = Vec::new();
    let mut absent = |path: &[&str], was: Was, wrote: Option<String>| {
        made.push(Made { path: path.iter().map(|&key| key.to_owned()).collect(), was, wrote });
    };
    if !ends.last {
        absent(&[], Was::Absent, Some("\n".to_owned()));
    }
    let root = document.as_table_mut();
    for one in wanted.servers {
        let Some(table) = root.get_mut("mcp_servers").and_then(|servers| servers.get_mut(&one.called)) else {
            continue;
        };
        let Some(table) = table.as_table_like_mut() else { continue };
        let path = ["mcp_servers", one.called.as_str(), MODE.0];
        let wrote = Some(MODE.1.to_owned());
        match table.get_mut(MODE.0) {
            Some(item) if item.as_str() == Some(MODE.1) => {}
            Some(item) => {
                let old = item.as_str().unwrap_or_default().to_owned();
                let decor = item.as_value().map(|value| value.decor().clone());
                *item = value(MODE.1);
                if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
                    *new.decor_mut() = decor;
                }
                absent(&path, Was::Other(old), wrote);
            }
            None => {
                table.insert(MODE.0, value(MODE.1));
                absent(&path, Was::Absent, wrote);
            }
        }
    }
    if root.get("hooks").is_none() {
        let mut table = Table::new();
        table.set_implicit(true);
        root.insert("hooks", Item::Table(table));
        absent(&["hooks"], Was::Absent, None);
    }
    for event in EVENTS {
        let found = own(root, event, wanted);
        let Some(item) = root.get_mut("hooks") else { continue };
        let is_inline = item.is_inline_table();
        let Some(hooks) = item.as_table_like_mut() else { continue };
        // What is within a value is one, too, and no tables follow a list in another order.
        let is_inline = is_inline || hooks.iter().any(|(_, item)| item.is_value());
        if hooks.get(event).is_none() {
            let empty = if is_inline { value(Array::new()) } else { Item::ArrayOfTables(ArrayOfTables::new()) };
            hooks.insert(event, empty);
            absent(&["hooks", event], Was::Absent, None);
        }
        let Some(list) = hooks.get_mut(event) else { continue };
        let stays = found.iter().position(|(_, _, count)| *count == 1);
        for (index, (group, at, count)) in found.iter().enumerate().rev() {
            if stays == Some(index) {
                update(list, *group, wanted);
            } else {
                take(list, *group, *at, *count);
            }
        }
        if stays.is_none() {
            push(list, wanted);
        }
    }
    Ok((ends.back(&document.to_string()), made))
}

/// Adds a group with the hook.
fn push(list: &mut Item, wanted: &Wanted<'_>) {
    let matcher = clients::matcher(wanted.client.name, wanted.servers);
    match list {
        Item::ArrayOfTables(tables) => {
            let mut inner = Table::new();
            hook(wanted).into_iter().for_each(|(key, one)| drop(inner.insert(key, Item::Value(one))));
            let mut hooks = ArrayOfTables::new();
            hooks.push(inner);
            let mut group = Table::new();
            group.insert("matcher", value(matcher));
            group.insert("hooks", Item::ArrayOfTables(hooks));
            tables.push(group);
        }
        Item::Value(Value::Array(array)) => {
            let mut group = InlineTable::new();
            group.insert("matcher", matcher.into());
            group.insert("hooks", Value::Array(Array::from_iter([hook(wanted).into_iter().collect::<InlineTable>()])));
            array.push(group);
        }
        _ => {}
    }
}

/// The table of an array at an index.
fn table_at(list: &mut Item, index: usize) -> Option<&mut dyn TableLike> {
    match list {
        Item::ArrayOfTables(tables) => tables.get_mut(index).map(|table| table as &mut dyn TableLike),
        Item::Value(Value::Array(array)) => {
            array.get_mut(index).and_then(Value::as_inline_table_mut).map(|table| table as &mut dyn TableLike)
        }
        _ => None,
    }
}

/// Makes an own group, with one hook, what it must be. What is right already stays as it is written.
fn update(list: &mut Item, index: usize, wanted: &Wanted<'_>) {
    let Some(group) = table_at(list, index) else { return };
    let matcher = group.get("matcher").and_then(Item::as_str);
    let is_missing = group.get("matcher").is_none();
    if !is_missing && matcher.is_none_or(|matcher| whole::uncovered(matcher, wanted).is_some()) {
        group.insert("matcher", value(clients::matcher(wanted.client.name, wanted.servers)));
    }
    let Some(inner) = group.get_mut("hooks").and_then(|hooks| table_at(hooks, 0)) else { return };
    let wanted_members = hook(wanted);
    let extra: Vec<String> = inner.iter().map(|(key, _)| key.to_owned()).collect();
    for key in extra.iter().filter(|key| wanted_members.iter().all(|(wanted, _)| wanted != key)) {
        inner.remove(key);
    }
    for (key, wanted_value) in wanted_members {
        if !inner.get(key).is_some_and(|item| is_same(item, &wanted_value)) {
            inner.insert(key, Item::Value(wanted_value));
        }
    }
}

pub(super) fn is_same(item: &Item, wanted: &Value) -> bool {
    match wanted {
        Value::Integer(wanted) => item.as_integer() == Some(*wanted.value()),
        wanted => item.as_str().is_some() && item.as_str() == wanted.as_str(),
    }
}

/// Takes an own hook away, with its group if it is alone there.
fn take(list: &mut Item, group: usize, at: usize, count: usize) {
    if count > 1 {
        if let Some(hooks) = table_at(list, group).and_then(|group| group.get_mut("hooks")) {
            remove(hooks, at);
        }
    } else {
        remove(list, group);
    }
}

fn remove(list: &mut Item, index: usize) {
    match list {
        Item::ArrayOfTables(tables) => drop(tables.remove(index)),
        Item::Value(Value::Array(array)) => drop(array.remove(index)),
        _ => {}
    }
}

pub(super) fn uninstall(text: &str, wanted: &Wanted<'_>, made: &mut Vec<Made>) -> Result<String, Mistake> {
    let (ends, mut document) = editable(text)?;
    let root = document.as_table_mut();
    let mut others = false;
    for event in EVENTS {
        let found = own(root, event, wanted);
        let Some(list) = root.get_mut("hooks").and_then(|hooks| hooks.get_mut(event)) else { continue };
        for (group, at, count) in found.iter().rev() {
            take(list, *group, *at, *count);
        }
        let left = groups(root, event).into_iter().flat_map(|group| tables(group.get("hooks")));
        others |= left.filter_map(command).any(whole::is_hook);
    }
    let mut last = true;
    if !others {
        made.sort_by_key(|made| std::cmp::Reverse(made.path.len()));
        made.retain(|one| unmake(root, one, &mut last));
    }
    let text = ends.back(&document.to_string());
    let end = if ends.carriage { "\r\n" } else { "\n" };
    Ok(if last { text } else { text.strip_suffix(end).unwrap_or(&text).to_owned() })
}

/// Takes back what was made. Whether it has to stay.
fn unmake(root: &mut Table, made: &Made, last: &mut bool) -> bool {
    let Some((key, parents)) = made.path.split_last() else {
        *last = false;
        return false;
    };
    let parent =
        parents.iter().try_fold(root as &mut dyn TableLike, |table, key| table.get_mut(key)?.as_table_like_mut());
    let Some(parent) = parent else { return false };
    let Some(item) = parent.get_mut(key) else { return false };
    let is_empty = match &*item {
        Item::ArrayOfTables(tables) => tables.is_empty(),
        Item::Value(Value::Array(array)) => array.is_empty(),
        other => other.as_table_like().is_some_and(TableLike::is_empty),
    };
    let is_ours = made.wrote.as_deref().is_some_and(|wrote| item.as_str() == Some(wrote));
    match &made.was {
        Was::Absent if is_ours || is_empty => {
            parent.remove(key);
            false
        }
        Was::Other(old) if is_ours => {
            let decor = item.as_value().map(|value| value.decor().clone());
            *item = value(old.as_str());
            if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
                *new.decor_mut() = decor;
            }
            false
        }
        _ => made.wrote.is_none(),
    }
}

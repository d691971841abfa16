//! Completes selections: tools, sets, groups, servers, prefixes.

use std::collections::{BTreeMap, BTreeSet};

use super::selected::Selected;
use super::{Ask, Completion, CompletionKind, Form, Key, first_sentence, tool_count, tools_of};
use crate::catalogue::BuiltIn;
use crate::ir::{ServerId, ToolId};
use crate::syntax::ast::{SelectionItem, SelectionKind};
use crate::syntax::print;

/// How many tools must share a prefix for it to be offered.
const SHARED: usize = 3;
/// The most tools that are offered at once.
const MOST: usize = 100;
/// The most groups whose tools are counted.
const MOST_COUNTED: usize = 32;

/// Items of a selection.
pub(super) fn items(ask: &mut Ask<'_, '_>, server: Option<&str>, excepting: bool, total: bool) {
    let known_tools = ask.view.known_tools();
    let of = server.and_then(|name| known_tools.server(name));
    if server.is_some() && of.is_none() {
        return;
    }
    let typed = ask.cursor.typed();
    let quoted = ask.in_string();
    if !typed.starts_with('@') {
        tools(ask, of, excepting, quoted);
    }
    if quoted {
        return;
    }
    sets(ask, of);
    if typed.starts_with('@') {
        return;
    }
    prefixes(ask, of);
    if of.is_none() {
        servers(ask);
    }
    if total {
        let total = Completion::new("total", CompletionKind::Keyword, ask.replace);
        ask.push(total.detail(Some("one counter for all".to_owned())).key(Key::Word("total".to_owned())).place(2, 0));
    }
    if ask.facts.form != Form::Group && !excepting {
        let star = Completion::new("*", CompletionKind::Keyword, ask.replace);
        let detail = server.map_or("every tool".to_owned(), |server| format!("every tool of {server}"));
        ask.push(star.detail(Some(detail)).place(6, 0));
    }
}

/// Tools, those that no rule speaks of first.
pub(super) fn tools(ask: &mut Ask<'_, '_>, server: Option<ServerId>, excepting: bool, quoted: bool) {
    let view = ask.view;
    let known_tools = view.known_tools();
    let selected = Selected::new(view, ask.cursor.at);
    let several = known_tools.servers().len() > 1 && server.is_none();
    let taken = taken(if excepting { &ask.facts.except } else { &ask.facts.items });
    let mut offered = known_tools.all(server);
    if excepting {
        narrow(ask, &mut offered);
    }
    let rank = |id: ToolId| if selected.any(id) { 2 } else { 1 };
    if offered.len() > MOST {
        shorten(ask, &mut offered, rank);
    }
    let word = ask.cursor.word.map(|word| word.text(ask.cursor.text)).unwrap_or_default();
    for id in offered {
        let Some(tool) = known_tools.tool(id) else { continue };
        // Without a catalogue the tools are those that the policy names, the half of a name that is being typed among them.
        if taken.contains(tool.name.as_str()) || !known_tools.has_catalogue() && tool.name == word {
            continue;
        }
        let ambiguous = several && known_tools.named(&tool.name, None).len() > 1;
        let label = match known_tools.servers().get(tool.server.0 as usize) {
            Some(server) if ambiguous && !quoted => format!("{}::{}", server.name, print::tool(&tool.name)),
            _ if quoted => print::string(&tool.name),
            _ => print::tool(&tool.name),
        };
        let mut completion = describe(ask, id, label, &selected).rank(rank(id));
        if completion.label.starts_with('"') && !quoted {
            completion.filter = Some(tool.name.clone());
        }
        ask.found.push(completion);
    }
}

/// Of many tools leaves those that have the typed letters in their order, as editors choose, and of these the first: those that have
/// the letters together, and then those that no rule speaks of.
fn shorten(ask: &mut Ask<'_, '_>, offered: &mut Vec<ToolId>, rank: impl Fn(ToolId) -> u8) {
    let known_tools = ask.view.known_tools();
    let typed = ask.cursor.typed().trim_start_matches('"').to_lowercase();
    let mut found: Vec<(bool, u8, ToolId)> = Vec::with_capacity(offered.len());
    for id in offered.iter() {
        let name = known_tools.tool(*id).map_or_else(String::new, |tool| tool.name.to_lowercase());
        let mut rest = name.chars();
        if typed.chars().all(|letter| rest.any(|other| other == letter)) {
            found.push((!name.contains(&typed), rank(*id), *id));
        }
    }
    // Tools are in the order of their names.
    found.sort_unstable();
    found.truncate(MOST);
    *offered = found.into_iter().map(|(.., id)| id).collect();
    ask.is_incomplete = true;
}

/// A tool as it is listed.
fn describe(ask: &Ask<'_, '_>, id: ToolId, label: String, selected: &Selected) -> Completion {
    let view = ask.view;
    let entry = view.entry(id);
    let mut beside = view.known_tools().classes(id).map(|(classes, _)| classes.names()).unwrap_or_default();
    let listed = view.known_tools().tool(id).map_or(0, |tool| tool.entries.len());
    let notes =
        [(listed > 1).then(|| "listed twice".to_owned()), Some(selected.words(id)).filter(|words| !words.is_empty())];
    for note in notes.into_iter().flatten() {
        if !beside.is_empty() {
            beside.push_str(" · ");
        }
        beside.push_str(&note);
    }
    let mut completion = Completion::new(label, CompletionKind::Tool, ask.replace)
        .detail(entry.and_then(|entry| entry.description.as_deref().or(entry.title.as_deref())).map(first_sentence))
        .description(beside)
        .key(Key::Tool(view.known_tools().display(id)));
    completion.deprecated = selected.hidden(id);
    completion
}

/// The names that the list has already.
fn taken(items: &[SelectionItem]) -> BTreeSet<&str> {
    let names = items.iter().filter_map(|item| match &item.kind {
        SelectionKind::Name(name) | SelectionKind::Quoted(name) if item.server.is_none() => Some(name.as_str()),
        _ => None,
    });
    names.collect()
}

/// Behind `except` only what stands before it can be taken out.
fn narrow(ask: &Ask<'_, '_>, offered: &mut Vec<ToolId>) {
    let Some(mut selection) = ask.facts.selection() else { return };
    selection.except.clear();
    let selected = tools_of(ask.view, ask.cursor.at, &selection);
    if !selected.is_empty() {
        offered.retain(|tool| selected.binary_search(tool).is_ok());
    }
}

fn sets(ask: &mut Ask<'_, '_>, server: Option<ServerId>) {
    let view = ask.view;
    let at = ask.cursor.at;
    let mut found = Vec::new();
    if view.known_tools().has_catalogue() {
        let is_group = |name: &str| view.scope(at).find_group(name).is_some();
        let meant =
            BuiltIn::ALL.into_iter().filter(|set| BuiltIn::meant(set.name(), || is_group(set.name())).is_some());
        for (index, built_in) in meant.enumerate() {
            let count = view.known_tools().of_set(built_in, server).len();
            let label = format!("@{}", built_in.name());
            let detail = match built_in {
                BuiltIn::Class(class) => format!("severity {}", class.severity()),
                BuiltIn::Changes => "all but @read".to_owned(),
                BuiltIn::Tag(tag) => tag.meaning().to_owned(),
            };
            let set = Completion::new(label, CompletionKind::Set, ask.replace).detail(Some(detail));
            // An empty one may be meant for tools to come.
            let rank = if count == 0 { 5 } else { 4 };
            let set = set.description(tool_count(count)).key(Key::Set(built_in.name().to_owned(), at));
            found.push(set.place(rank, index));
        }
    }
    // A group holds tools of any server, so none of them stands behind `server::`.
    // The group that is being declared is not part of itself.
    let group = ask.facts.form == Form::Group;
    let declared = ask.cursor.before.get(1).filter(|_| group).map(|name| name.text(ask.cursor.text));
    for (index, (name, _, selection)) in view.scope(at).groups().enumerate() {
        if server.is_some() || declared == Some(name) {
            continue;
        }
        let count = (index < MOST_COUNTED).then(|| tool_count(tools_of(view, at, selection).len()));
        let group = Completion::new(format!("@{name}"), CompletionKind::Group, ask.replace);
        let group = group.detail(Some(print::selection(selection))).description(count.unwrap_or_default());
        found.push(group.key(Key::Set(name.to_owned(), at)).rank(3));
    }
    ask.found.extend(found);
}

/// Prefixes that several tools share, as globs.
fn prefixes(ask: &mut Ask<'_, '_>, server: Option<ServerId>) {
    let known_tools = ask.view.known_tools();
    if !known_tools.has_catalogue() {
        return;
    }
    let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
    for tool in known_tools.tools().iter().filter(|tool| server.is_none_or(|server| tool.server == server)) {
        if let Some(end) = tool.name.find(['_', '-', '.']) {
            *shared.entry(tool.name.get(..=end).unwrap_or_default()).or_default() += 1;
        }
    }
    for (prefix, count) in shared.into_iter().filter(|(_, count)| *count >= SHARED) {
        let glob = format!("{prefix}*");
        // A name with other characters has no glob.
        if !prefix.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_') || glob.contains(' ') {
            continue;
        }
        let found = Completion::new(glob, CompletionKind::Glob, ask.replace);
        ask.push(found.description(tool_count(count)).rank(5));
    }
}

/// Servers, to be followed by `::`.
pub(super) fn servers(ask: &mut Ask<'_, '_>) {
    let known_tools = ask.view.known_tools();
    if known_tools.servers().len() < 2 {
        return;
    }
    for server in known_tools.servers() {
        let found = Completion::new(format!("{}::", server.name), CompletionKind::Server, ask.replace);
        let count = server.catalogue.as_ref().map_or(0, |catalogue| catalogue.names().len());
        ask.push(found.description(tool_count(count)).key(Key::Server(server.name.clone())).rank(5));
    }
}

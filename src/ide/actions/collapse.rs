//! Replaces a list of names by the group, set or glob that selects exactly these tools.

use std::collections::BTreeSet;

use super::expand::is_name;
use super::site::Site;
use super::{Action, ActionKind, proof};
use crate::catalogue::BuiltIn;
use crate::diagnostics::Edit;
use crate::diff::Verdict;
use crate::ir::{ServerId, ToolId};
use crate::syntax::ast::{ItemKind, SelectionItem, SelectionKind};
use crate::syntax::print;

/// Shorter parts of names make globs that say nothing.
const LEAST: usize = 3;

/// Replaces the names in the list at the range; of several that are selected just these.
pub(super) fn offer(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let (Some(item), Some((_, list, _))) = (site.item, site.list()) else { return };
    let wanted: Vec<usize> = (0..list.len())
        .filter(|index| {
            list.get(*index).is_some_and(|part| is_name(part) && (site.is_cursor() || site.touches(part.span)))
        })
        .collect();
    let parts: Vec<&SelectionItem> = wanted.iter().filter_map(|index| list.get(*index)).collect();
    let (Some(first), Some(last)) = (list.first(), list.last()) else { return };
    let whole = first.span.to(last.span);
    if parts.len() < 2 || site.has_comment(whole) {
        return;
    }
    let scope = site.view.scope(item.span.start);
    let tools: BTreeSet<ToolId> = parts.iter().flat_map(|part| scope.tools(part)).collect();
    if tools.len() != parts.len() {
        return;
    }
    let mut found = Vec::new();
    // A group could be made of itself.
    if !matches!(item.kind, ItemKind::Group { .. }) {
        let same = |name: &str| {
            let used = SelectionItem { server: None, kind: SelectionKind::Set(name.to_owned()), span: whole };
            scope.tools(&used).into_iter().eq(tools.iter().copied())
        };
        found.extend(scope.groups().filter(|(name, ..)| same(name)).map(|(name, ..)| format!("@{name}")));
    }
    if site.view.known_tools().has_catalogue() {
        found.extend(by_catalogue(site, &tools, &parts));
    }
    for text in found {
        let kept =
            list.iter().enumerate().filter(|(index, _)| !wanted.contains(index) || wanted.first() == Some(index));
        let texts =
            kept.map(|(index, part)| if wanted.contains(&index) { text.as_str() } else { site.text(part.span) });
        let new = texts.collect::<Vec<_>>().join(", ");
        let title = format!("replace the {} names by `{text}`", parts.len());
        let action = site.rewrite(title, ActionKind::Rewrite, vec![Edit { span: whole, text: new }]);
        // A built-in set opens no tool that its name opens.
        let is_set = text.contains('@');
        if !is_set || proof::verdict(site.view, &action.change.edits) == Some(Verdict::Same) {
            out.push(action);
        }
    }
}

/// Built-in sets and globs that select just some tools.
fn by_catalogue(site: &Site<'_, '_>, tools: &BTreeSet<ToolId>, parts: &[&SelectionItem]) -> Vec<String> {
    let known_tools = site.view.known_tools();
    let servers: BTreeSet<ServerId> = tools.iter().filter_map(|id| Some(known_tools.tool(*id)?.server)).collect();
    // Of all servers, and of the one that all the tools are of.
    let mut reaches = vec![(String::new(), None)];
    if let (Some(server), 1) = (servers.first(), servers.len())
        && known_tools.servers().len() > 1
        && let Some(known) = known_tools.servers().get(server.0 as usize)
    {
        reaches.push((format!("{}::", known.name), Some(*server)));
    }
    let names: Vec<&str> = tools.iter().filter_map(|id| Some(known_tools.tool(*id)?.name.as_str())).collect();
    let globs = globs(&names);
    let same = |found: Vec<ToolId>| found.into_iter().eq(tools.iter().copied());
    let mut found = Vec::new();
    for (prefix, server) in reaches {
        let sets = parts.first().into_iter().flat_map(|_| BuiltIn::ALL);
        let set = sets.into_iter().find(|set| same(known_tools.of_set(*set, server)));
        found.extend(set.map(|set| format!("{prefix}@{}", set.name())));
        let glob = globs.iter().find(|glob| same(known_tools.matching(glob, server)));
        found.extend(glob.map(|glob| format!("{prefix}{glob}")));
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// Globs of whole words that match all the names.
fn globs(names: &[&str]) -> Vec<String> {
    let Some((first, rest)) = names.split_first() else { return Vec::new() };
    let common = |of: &dyn Fn(&str, &str) -> usize| rest.iter().map(|name| of(first, name)).min().unwrap_or_default();
    let same = |one: &str, other: &str| one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let same_end = |one: &str, other: &str| {
        one.bytes().rev().zip(other.bytes().rev()).take_while(|(one, other)| one == other).count()
    };
    let head = first.get(..common(&same)).unwrap_or_default();
    let tail = first.get(first.len() - common(&same_end)..).unwrap_or_default();
    let separators = ['_', '-', '.'];
    let head_word = head.rfind(separators).and_then(|at| head.get(..=at)).unwrap_or_default();
    let tail_word = tail.find(separators).and_then(|at| tail.get(at..)).unwrap_or_default();
    let glob = |head: &str, tail: &str| format!("{head}*{tail}");
    let mut found = vec![glob(head_word, ""), glob("", tail_word), glob(head_word, tail_word)];
    found.retain(|glob| glob.len() > LEAST && is_glob(glob));
    found
}

fn is_glob(text: &str) -> bool {
    use crate::syntax::token::{TokenKind, lex};
    matches!(lex(text).as_slice(), [token] if token.kind == TokenKind::Glob)
        && print::string(text).len() == text.len() + 2
}

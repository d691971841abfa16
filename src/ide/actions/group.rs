//! Extracts tools into a group, and replaces a group by its tools.

use super::site::{Site, is_star, reads_arguments};
use super::{Action, ActionKind, proof};
use crate::diagnostics::Edit;
use crate::ide::format::is_sound;
use crate::ide::mark::{MarkKind, selection};
use crate::lint::edit::remove_from;
use crate::source::{Span, offset};
use crate::syntax::ast::{Item, ItemKind, Selection, SelectionItem, SelectionKind};
use crate::syntax::print;

/// Gives the selected items of a list a name.
pub(super) fn extract(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let (Some(item), Some((_, list, _))) = (site.item, site.list()) else { return };
    if site.is_cursor() {
        return;
    }
    let wanted: Vec<&SelectionItem> = list.iter().filter(|part| site.touches(part.span)).collect();
    let [first, .., last] = wanted.as_slice() else { return };
    let span = first.span.to(last.span);
    if wanted.iter().any(|part| is_star(part)) || site.has_comment(span) {
        return;
    }
    let name = site.free_name(&common_word(&wanted).unwrap_or_else(|| "tools".to_owned()));
    let items: Vec<&str> = wanted.iter().map(|part| site.text(part.span)).collect();
    let statement = format!("group {name} = {};", items.join(", "));
    let title = format!("extract a group of {} items", wanted.len());
    let edits = vec![Edit { span, text: format!("@{name}") }];
    out.push(site.declare(item, title, &statement, offset("group ".len()), edits));
}

/// A word that begins or ends all the names.
fn common_word(items: &[&SelectionItem]) -> Option<String> {
    let names: Option<Vec<&str>> = items
        .iter()
        .map(|item| match &item.kind {
            SelectionKind::Name(name) | SelectionKind::Quoted(name) | SelectionKind::Glob(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let names = names?;
    let words = |name: &str| -> Vec<String> {
        name.split(['_', '-', '.', '*']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let all: Vec<Vec<String>> = names.iter().map(|name| words(name)).collect();
    let first = all.first()?;
    let same = |word: Option<&String>, of: &dyn Fn(&Vec<String>) -> Option<String>| {
        let word = word?.clone();
        all.iter().all(|words| of(words).as_ref() == Some(&word)).then_some(word)
    };
    let word = same(first.last(), &|words| words.last().cloned())
        .or_else(|| same(first.first(), &|words| words.first().cloned()))?;
    let word: String = word.chars().filter(|char| char.is_ascii_alphanumeric()).collect();
    let usable = word.len() > 2 && print::is_bare(&word);
    usable.then_some(word)
}

/// Puts what a group stands for in the place of its name: here, or everywhere.
pub(super) fn inline(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let view = site.view;
    let Some(mark) =
        view.marks().iter().find(|mark| site.touches(mark.span) && group_at(site, mark.span.start).is_some())
    else {
        return;
    };
    let Some((name, declared, tools)) = group_at(site, mark.span.start) else { return };
    let uses: Vec<(&Item, &SelectionItem)> = view
        .marks()
        .iter()
        .filter_map(|mark| match mark.kind {
            MarkKind::Selected(part) if part.kind == SelectionKind::Set(name.to_owned()) => {
                let found = group_at(site, mark.span.start).is_some_and(|(_, other, _)| other == declared);
                found.then_some((mark.item, part))
            }
            _ => None,
        })
        .collect();
    let edit = |item: &Item, part: &SelectionItem| in_place(site, item, part, tools);
    let is_valid = |action: &Action, items: &[&Item]| {
        let typed = items.iter().any(|item| reads_arguments(item) || matches!(item.kind, ItemKind::Group { .. }));
        !typed || proof::after(view, &action.change.edits).is_some()
    };
    let here = uses.iter().find(|(_, part)| site.touches(part.span));
    let own = declared.file == view.file();
    if let Some((item, part)) = here.filter(|_| uses.len() > 1 || !own)
        && let Some(edit) = edit(item, part)
    {
        let action = site.rewrite(format!("inline `@{name}` here"), ActionKind::Inline, vec![edit]);
        if is_valid(&action, &[item]) {
            out.push(action);
        }
    }
    let declaration =
        view.items().find(|item| matches!(&item.kind, ItemKind::Group { name, .. } if name.span == declared));
    let declaration = declaration.filter(|item| is_sound(view, item.span));
    let edits: Option<Vec<Edit>> = uses.iter().map(|(item, part)| edit(item, part)).collect();
    if let (Some(declaration), Some(mut edits), false) = (declaration, edits, uses.is_empty()) {
        let title = match uses.len() {
            1 => format!("inline `@{name}`"),
            count => format!("inline all {count} uses of `@{name}`"),
        };
        edits.push(remove_from(&view.analysis().sources, declaration.span));
        let action = site.rewrite(title, ActionKind::Inline, edits);
        let items: Vec<&Item> = uses.iter().map(|(item, _)| *item).collect();
        if is_valid(&action, &items) {
            out.push(action);
        }
    }
}

/// The group that is declared or used at a place: name, place of the name, what it stands for.
fn group_at<'a>(site: &Site<'_, 'a>, at: u32) -> Option<(&'a str, Span, &'a Selection)> {
    let mark = site.view.mark_at(at).filter(|mark| mark.span.start == at)?;
    let name = match mark.kind {
        MarkKind::GroupName(name) => name.text.as_str(),
        MarkKind::Selected(SelectionItem { kind: SelectionKind::Set(name), .. }) => name,
        _ => return None,
    };
    site.view.scope(at).groups().find(|(known, ..)| *known == name)
}

/// The items of a group in the place of one use of it; `None` where that would select something else.
fn in_place(site: &Site<'_, '_>, item: &Item, used: &SelectionItem, tools: &Selection) -> Option<Edit> {
    let broken = |part: &SelectionItem| part.kind == SelectionKind::Error;
    let is_broken = tools.items.iter().chain(&tools.except).any(broken) || !is_sound(site.view, item.span);
    if used.server.is_some() || site.has_comment(tools.span) || is_broken {
        return None;
    }
    let list = |items: &[SelectionItem]| items.iter().map(print::selection_item).collect::<Vec<_>>().join(", ");
    let items = list(&tools.items);
    if tools.except.is_empty() {
        return Some(Edit { span: used.span, text: items });
    }
    // What `except` takes out of the group must not be taken out of its neighbours.
    let host = selection(item)?;
    let alone = host.items.len() == 1 && host.items.first().is_some_and(|only| only.span == used.span);
    (alone && host.except.is_empty())
        .then(|| Edit { span: used.span, text: format!("{items} except {}", list(&tools.except)) })
}

//! Edits statements without changing their layout.

use crate::diagnostics::Edit;
use crate::ide::View;
use crate::ide::format::{changes, is_inside, statement};
use crate::line;
use crate::source::{Span, offset};
use crate::syntax::ast::{Item, ItemKind};

/// A text after edits, which are sorted and lie in it. `base` is the offset of its first byte.
pub(super) fn apply(text: &str, base: u32, edits: &[&Edit]) -> String {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let start = edit.span.start.saturating_sub(base) as usize;
        new.push_str(text.get(at..start).unwrap_or_default());
        new.push_str(&edit.text);
        at = edit.span.end.saturating_sub(base) as usize;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}

/// Edits such that statements that were laid out as the formatter does it are so afterwards. Other edits stay as they are.
pub(super) fn tidy(view: &View<'_>, mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.span);
    edits.iter_mut().for_each(|edit| keep_apart(view.text(), edit));
    let mut tidied = Vec::new();
    let mut rest = edits.as_slice();
    while let Some((first, _)) = rest.split_first() {
        let item = view.items().find(|item| holds(item, first));
        let count = item.map_or(1, |item| rest.iter().take_while(|edit| holds(item, edit)).count().max(1));
        let (group, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        rest = after;
        match item.and_then(|item| relaid(view, item, group)) {
            Some(new) => tidied.extend(new),
            None => tidied.extend(group.iter().cloned()),
        }
    }
    tidied
}

/// Puts a space where an edit would make one word of two: in `deny@mail, "a"when args.n == 5` nothing but punctuation keeps words
/// apart, and an edit may replace it.
fn keep_apart(text: &str, edit: &mut Edit) {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    // Of these names are made as well, so an edit may begin and end within one.
    let is_name = |char: char| is_word(char) || matches!(char, '*' | '-' | '.');
    let range = edit.span.range();
    let (Some(before), Some(old)) = (text.get(..range.start), text.get(range.clone())) else { return };
    let after = text.get(range.end..).unwrap_or_default();
    if old.is_empty() {
        return;
    }
    let was_apart_before = before.ends_with(is_word) && !old.starts_with(is_name);
    let was_apart_after = after.starts_with(is_word) && !old.ends_with(is_name);
    if edit.text.is_empty() {
        edit.text.push_str(if was_apart_before && was_apart_after { " " } else { "" });
        return;
    }
    if was_apart_before && edit.text.starts_with(is_word) {
        edit.text.insert(0, ' ');
    }
    if was_apart_after && edit.text.ends_with(is_word) {
        edit.text.push(' ');
    }
}

/// Whether an edit lies in a statement that is no block; what is put before a statement does not.
fn holds(item: &Item, edit: &Edit) -> bool {
    let inside = item.span.start <= edit.span.start && edit.span.end <= item.span.end;
    let is_before = edit.span.start == edit.span.end && edit.span.start == item.span.start;
    let is_whole = edit.span.start == item.span.start && edit.span.end == item.span.end;
    inside && !is_before && !is_whole && !matches!(item.kind, ItemKind::Policy { .. })
}

fn relaid(view: &View<'_>, item: &Item, edits: &[Edit]) -> Option<Vec<Edit>> {
    let written = view.slice(item.span);
    let end = line::end_of(view.text());
    let inside = is_inside(view, item);
    let formatted = |text: &str| statement(text, inside).map(|text| text.replace('\n', end));
    // The last statement of a file may lack its semicolon.
    let was = formatted(written)?;
    if was.trim_end_matches(';') != written.trim_end_matches(';') {
        return None;
    }
    let new = formatted(&apply(written, item.span.start, &edits.iter().collect::<Vec<_>>()))?;
    let new = if written.ends_with([';', '}']) { new.as_str() } else { new.trim_end_matches(';') };
    Some(changes(written, new, item.span.start, item.span.file))
}

/// A statement as the formatter writes it beside another.
pub(super) fn beside(view: &View<'_>, item: &Item, text: &str) -> String {
    let formatted = statement(text, is_inside(view, item)).unwrap_or_else(|| text.to_owned());
    formatted.replace('\n', line::end_of(view.text()))
}

/// The white space that a line begins with; `None` if something stands on the line before `at`.
pub(super) fn indent_at(text: &str, at: u32) -> Option<&str> {
    let before = text.get(..at as usize)?;
    let lead = before.get(line::last_start(before)..)?.trim_start_matches('\u{feff}');
    lead.trim().is_empty().then_some(lead)
}

/// Puts a statement before another and before the comments that belong to it.
pub(super) fn before(view: &View<'_>, item: &Item, text: &str) -> Edit {
    let source = view.text();
    let formatted = beside(view, item, text);
    match indent_at(source, item.span.start) {
        Some(indent) => {
            let at = attached(source, item.span.start, false);
            let text = format!("{formatted}{}{indent}", line::end_of(source));
            Edit { span: Span { start: at, end: at, ..item.span }, text }
        }
        None => Edit { span: item.span.at_start(), text: format!("{formatted} ") },
    }
}

/// How many bytes of an insertion stand before its statement.
pub(super) fn lead(edit: &Edit) -> u32 {
    offset(edit.text.len() - edit.text.trim_start().len())
}

/// Where the comments begin that stand directly above a statement, else where the statement does. With `documentation` only `///` counts;
/// without, the comments at the top of the file are taken to be about the file.
pub(super) fn attached(text: &str, start: u32, documentation: bool) -> u32 {
    let mut first = start as usize;
    let mut belongs = first;
    loop {
        let before = text.get(..first).unwrap_or_default();
        let line = line::last_start(before);
        if line == 0 || !before.get(line..).is_some_and(|lead| lead.trim().is_empty()) {
            break;
        }
        let above = line::without_end(text.get(..line).unwrap_or_default());
        let above_start = line::last_start(above);
        let comment = above.get(above_start..).unwrap_or_default().trim_start_matches('\u{feff}');
        let trimmed = comment.trim_start();
        if !trimmed.starts_with(if documentation { "///" } else { "//" }) {
            break;
        }
        first = above.len() - trimmed.len();
        if documentation || trimmed.starts_with("///") || is_suppression(trimmed) {
            belongs = first;
        }
        if above_start == 0 {
            return offset(belongs);
        }
    }
    offset(if documentation { belongs } else { first })
}

fn is_suppression(comment: &str) -> bool {
    comment.trim_start_matches('/').trim_start().starts_with("policyc: allow(")
}

//! The names of findings in suppressions; nothing in other comments.

use std::collections::BTreeSet;

use super::{Ask, Completion, CompletionKind, Key};
use crate::diagnostics::codes;
use crate::lint::Rule;
use crate::source::{Span, offset};
use crate::suppress::can_silence;
use crate::syntax::token::Token;

/// The beginning of a suppression.
const MARK: &str = "policyc:";
/// The letters of [`MARK`] from which on it is offered.
const LEAST: usize = 3;

/// What can be typed in a comment.
pub(super) fn complete(ask: &mut Ask<'_, '_>, comment: Token) {
    let typed = ask.cursor.text.get(comment.start as usize..ask.cursor.at as usize).unwrap_or_default();
    let said = typed.trim_start_matches('/').trim_start();
    let Some(rest) = said.strip_prefix(MARK) else {
        if said.len() >= LEAST && MARK.starts_with(said) {
            words(ask, said.len(), "policyc: ");
        }
        return;
    };
    let rest = rest.trim_start();
    match rest.split_once('(') {
        Some(("allow" | "allow-file", list)) if !list.contains(')') => names(ask, list),
        None if "allow-file".starts_with(rest) => words(ask, rest.len(), ""),
        _ => {}
    }
}

/// The part of the text before the cursor that is replaced.
fn typed(ask: &Ask<'_, '_>, length: usize) -> Span {
    Span::new(ask.cursor.file, ask.cursor.at.saturating_sub(offset(length)), ask.cursor.at)
}

fn words(ask: &mut Ask<'_, '_>, length: usize, before: &str) {
    let replace = typed(ask, length);
    let offers = [("allow", "on the next line"), ("allow-file", "in the whole file")];
    for (index, (word, detail)) in offers.into_iter().enumerate() {
        let found = Completion::new(format!("{before}{word}"), CompletionKind::Keyword, replace);
        let found = found.snippet(format!("{before}{word}($1) ${{2:reason}}"));
        ask.push(found.detail(Some(format!("silences findings {detail}"))).place(1, index));
    }
}

/// Names of findings that can be silenced; those that are reported in the file come first.
fn names(ask: &mut Ask<'_, '_>, list: &str) {
    let mut parts: Vec<&str> = list.split(',').map(str::trim).collect();
    let last = list.rsplit(',').next().unwrap_or_default().trim_start();
    parts.pop();
    let behind = ask.cursor.text.get(ask.cursor.at as usize..).unwrap_or_default();
    let word = behind.find(|char: char| !(char.is_ascii_alphanumeric() || char == '-')).unwrap_or(behind.len());
    let mut replace = typed(ask, last.len());
    replace.end += offset(word);
    let analysis = ask.view.analysis();
    let reported: BTreeSet<&str> = analysis.diagnostics.iter().map(|found| found.code.id).collect();
    let silenced = codes::ALL.iter().filter(|code| can_silence(code) && !parts.contains(&code.name));
    for code in silenced {
        let group = Rule::of(code).map(|rule| rule.group.name());
        let found = Completion::new(code.name, CompletionKind::Code, replace).detail(Some(code.id.to_owned()));
        let rank = if reported.contains(code.id) { 1 } else { 2 };
        ask.push(found.description(group.unwrap_or_default()).key(Key::Code(code.id.to_owned())).rank(rank));
    }
}

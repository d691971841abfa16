//! Silences findings: on their line, in the file, in the configuration.

use std::collections::BTreeMap;

use super::layout::{attached, indent_at};
use super::site::Site;
use super::{Action, ActionKind, Change, MOST_FINDINGS};
use crate::diagnostics::{Code, Diagnostic, Edit};
use crate::ide::View;
use crate::line;
use crate::lint::Level;
use crate::source::{Span, offset};
use crate::syntax::ast::ItemKind;
use crate::syntax::token::{Token, TokenKind};

/// Ways to silence the findings at the range. Errors cannot be silenced.
pub(super) fn offer(site: &Site<'_, '_>, findings: &[Diagnostic], out: &mut Vec<Action>) {
    // Those that one comment would silence are silenced together.
    let mut kinds: Vec<(&'static Code, Span, Vec<usize>)> = Vec::new();
    let mut known: BTreeMap<(&'static str, u32), usize> = BTreeMap::new();
    let mut left = MOST_FINDINGS;
    for (index, finding) in findings.iter().enumerate() {
        let place = finding.primary.span;
        let here = place.file == site.view.file() && place.start <= site.range.end && site.range.start <= place.end;
        if !here || finding.is_error() {
            continue;
        }
        if left == 0 {
            break;
        }
        left -= 1;
        let next = kinds.len();
        let kind = *known.entry((finding.code.id, covered_line(site.view, place))).or_insert(next);
        match kinds.get_mut(kind) {
            Some((_, _, indices)) => indices.push(index),
            None => kinds.push((finding.code, place, vec![index])),
        }
    }
    for (code, place, resolves) in kinds {
        let name = code.name;
        let mut push = |title: String, change: Change| {
            out.push(Action {
                title,
                kind: ActionKind::QuickFix,
                resolves: resolves.clone(),
                preferred: false,
                change,
            });
        };
        let edits = |edit: Edit| Change { edits: vec![edit], ..Change::default() };
        if let Some(edit) = here(site.view, place, name) {
            push(format!("allow `{name}` here"), edits(edit));
        }
        push(format!("allow `{name}` in this file"), edits(in_file(site.view, name)));
        let configure = Change { configure: Some((name, Level::Allow)), ..Change::default() };
        push(format!("allow `{name}` in policyc.toml"), configure);
    }
}

/// The start of the line above which a suppression of a place stands.
fn covered_line(view: &View<'_>, place: Span) -> u32 {
    let text = view.text();
    let line = |at: u32| text.get(..at as usize).map_or(0, |before| offset(line::last_start(before)));
    let statement = view.item_at(place.start).filter(|item| !matches!(item.kind, ItemKind::Policy { .. }));
    // A statement is silenced as a whole if it is the first of its line.
    let begins = statement.filter(|item| indent_at(text, item.span.start).is_some());
    line(begins.map_or(place.start, |item| item.span.start))
}

/// A suppression above the line of a place, or a name more in the one that is there.
fn here(view: &View<'_>, place: Span, name: &str) -> Option<Edit> {
    let text = view.text();
    // What is said of the file as a whole stands at its start, above any comment.
    if place.end == 0 {
        return None;
    }
    let line = covered_line(view, place);
    let tokens = view.tokens();
    let first = tokens.get(tokens.partition_point(|token| token.end <= line)..)?;
    let start = first.iter().find(|token| !token.kind.is_trivia()).map_or(line, |token| token.start);
    let before = tokens.get(..tokens.partition_point(|token| token.start < start))?;
    let above = before.iter().rev().take_while(|token| token.kind.is_trivia());
    let mut comments = above.filter(|token| token.kind == TokenKind::Comment);
    if let Some(edit) = comments.find_map(|comment| added(view, comment, "allow(", name)) {
        return Some(edit);
    }
    let indent = indent_at(text, start)?;
    let at = attached(text, start, true);
    let text = format!("// policyc: allow({name}){}{indent}", line::end_of(text));
    Some(Edit { span: Span::new(view.file(), at, at), text })
}

/// A name more in a suppression of the wanted reach.
fn added(view: &View<'_>, comment: &Token, reach: &str, name: &str) -> Option<Edit> {
    let text = comment.text(view.text());
    let rest = text.trim_start_matches('/').trim_start().strip_prefix("policyc:")?.trim_start().strip_prefix(reach)?;
    let names = rest.split_once(')')?.0;
    let at = comment.start + offset(text.len() - rest.len() + names.trim_end().len());
    let comma = if names.trim().is_empty() { "" } else { ", " };
    Some(Edit { span: Span::new(view.file(), at, at), text: format!("{comma}{name}") })
}

/// A suppression for the file after the comments that it begins with, or a name more in one of these.
fn in_file(view: &View<'_>, name: &str) -> Edit {
    let text = view.text();
    let end = line::end_of(text);
    let mut at = if text.starts_with('\u{feff}') { offset('\u{feff}'.len_utf8()) } else { 0 };
    let mut last = false;
    for token in view.tokens().iter().take_while(|token| token.kind.is_trivia()) {
        if token.kind != TokenKind::Comment {
            continue;
        }
        if let Some(edit) = added(view, token, "allow-file(", name) {
            return edit;
        }
        // What documents the first statement, or silences something in it, belongs to it.
        let comment = token.text(text);
        if comment.starts_with("///") || comment.trim_start_matches('/').trim_start().starts_with("policyc: allow(") {
            break;
        }
        at = token.end;
        last = true;
    }
    let comment = format!("// policyc: allow-file({name})");
    let text = if last { format!("{end}{comment}") } else { format!("{comment}{end}") };
    Edit { span: Span::new(view.file(), at, at), text }
}

//! Formatting for editors: of the whole file, of a range, while typing.
//!
//! The layout is that of [`fmt`](crate::fmt), which is asked for the whole file or for one statement at a time. The latter also works
//! while other statements are broken.

use std::ops::Range;

use super::View;
use crate::diagnostics::{Diagnostic, Edit};
use crate::fmt;
use crate::line;
use crate::source::{FileId, Span, offset};
use crate::syntax::ast::{Item, ItemKind};
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::{self};

/// Columns by which what stands in braces or brackets, or continues a statement, is indented.
const INDENT: usize = 2;

/// What makes the file formatted: edits of the lines that change. `None` if it has syntax errors.
#[must_use]
pub fn format(view: &View<'_>) -> Option<Vec<Edit>> {
    let text = view.text();
    let parse = view.parse()?;
    let formatted = fmt::format(text, parse).ok()?;
    Some(changes(text, &formatted, 0, view.file()))
}

/// What makes the statements formatted that a range touches; those with syntax errors are left out.
#[must_use]
pub fn format_range(view: &View<'_>, range: Span) -> Vec<Edit> {
    let touches = |item: &Item| item.span.start <= range.end && range.start <= item.span.end;
    let mut edits = Vec::new();
    let all = view.tree().map(|file| file.items.as_slice()).unwrap_or_default();
    for item in all.iter().filter(|item| touches(item)) {
        match &item.kind {
            // Of a block only what the range touches, unless it covers the whole.
            ItemKind::Policy { items, .. }
                if range.start > item.span.start || range.end < item.span.end || !is_sound(view, item.span) =>
            {
                let touched = items.iter().filter(|item| touches(item));
                edits.extend(touched.flat_map(|item| statement_edits(view, item, true)));
            }
            _ => edits.extend(statement_edits(view, item, false)),
        }
    }
    edits
}

/// What formats the text around a character that was just typed and stands before `at`: after `;` and `}` the statement that it ends,
/// after a line end the indentation of the new line.
#[must_use]
pub fn format_typed(view: &View<'_>, at: u32, typed: char) -> Vec<Edit> {
    match typed {
        ';' | '}' => {
            if let Some(item) = view.items().filter(|item| item.span.end == at).last() {
                return statement_edits(view, item, is_inside(view, item));
            }
            step_edits(view, at).unwrap_or_default()
        }
        '\n' => indentation(view, at).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Whether a statement has no syntax errors: none is said to lie in it, and it can be read on its own. What is wrong before a statement
/// may keep it from being read, too.
pub(super) fn is_sound(view: &View<'_>, statement: Span) -> bool {
    let errors = view.syntax_errors();
    let beside =
        |error: &Diagnostic| error.primary.span.end < statement.start || statement.end < error.primary.span.start;
    errors.is_empty()
        || errors.iter().all(beside) && syntax::parse(view.slice(statement), FileId::default()).errors.is_empty()
}

/// Whether a statement stands in a `policy` block.
pub(super) fn is_inside(view: &View<'_>, item: &Item) -> bool {
    view.tree().is_some_and(|file| {
        file.items.iter().any(|block| {
            matches!(&block.kind, ItemKind::Policy { items, .. } if items.iter().any(|inner| inner.span == item.span))
        })
    })
}

/// One statement as the formatter writes it, with `\n` as line ends and without the indentation of its first line. `inside` says that
/// it stands in a `policy` block.
pub(super) fn statement(text: &str, inside: bool) -> Option<String> {
    if inside { within("policy p {\n", text, "\n}\n", "}\n") } else { within("", text, "", "") }
}

/// As [`statement`], of a step of a test.
fn step(text: &str, inside: bool) -> Option<String> {
    match inside {
        true => within("policy p {\n  test \"t\" {\n", text, "\n  }\n}\n", "  }\n}\n"),
        false => within("test \"t\" {\n", text, "\n}\n", "}\n"),
    }
}

/// A text as the formatter writes it between two others, the latter of which it writes as `closed`.
fn within(head: &str, text: &str, tail: &str, closed: &str) -> Option<String> {
    let whole = format!("{head}{text}{tail}");
    let formatted = fmt::format(&whole, &syntax::parse(&whole, FileId::default())).ok()?;
    Some(formatted.strip_prefix(head)?.strip_suffix(closed)?.trim().to_owned())
}

fn statement_edits(view: &View<'_>, item: &Item, inside: bool) -> Vec<Edit> {
    let formatted = if is_sound(view, item.span) { statement(view.slice(item.span), inside) } else { None };
    formatted.map_or_else(Vec::new, |formatted| relaid(view, item.span, &formatted, usize::from(inside)))
}

/// What formats the step of a test that ends at an offset.
fn step_edits(view: &View<'_>, at: u32) -> Option<Vec<Edit>> {
    let item = view.item_at(at)?;
    let ItemKind::Test(test) = &item.kind else { return None };
    let ended = test.steps.iter().find(|step| step.span.end == at)?;
    let inside = is_inside(view, item);
    let formatted = step(view.slice(ended.span), inside)?;
    Some(relaid(view, ended.span, &formatted, 1 + usize::from(inside)))
}

/// What makes a part of the file look as it is formatted; one that begins its line begins it as deep as it stands.
fn relaid(view: &View<'_>, span: Span, formatted: &str, depth: usize) -> Vec<Edit> {
    let text = view.text();
    let formatted = formatted.replace('\n', line::end_of(text));
    let mut edits = Vec::new();
    let before = text.get(..span.start as usize).unwrap_or_default();
    let line = line::last_start(before);
    let lead = before.get(line..).unwrap_or_default();
    let mark = lead.len() - lead.trim_start_matches('\u{feff}').len();
    let lead = lead.get(mark..).unwrap_or_default();
    let wanted = " ".repeat(INDENT * depth);
    if lead.trim().is_empty() && lead != wanted {
        edits.push(Edit { span: Span { start: offset(line + mark), end: span.start, ..span }, text: wanted });
    }
    edits.extend(changes(view.slice(span), &formatted, span.start, view.file()));
    edits
}

/// The indentation of the line at an offset, if it has another one.
fn indentation(view: &View<'_>, at: u32) -> Option<Edit> {
    let text = view.text();
    let before = text.get(..at as usize)?;
    let line = line::last_start(before);
    let rest = text.get(line..)?;
    let lead = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let end = line + lead;
    let closes = text.get(end..)?.starts_with(['}', ']', ')']);
    let tokens = view.tokens();
    let known = tokens.get(..tokens.partition_point(|token| token.end <= offset(line)))?;
    let wanted = " ".repeat(INDENT * depth(known, closes));
    let now = text.get(line..end)?;
    let span = Span::new(view.file(), offset(line), offset(end));
    (now != wanted).then_some(Edit { span, text: wanted })
}

/// How deep a line stands after some tokens; `closes` says that it begins with what closes a block or list.
fn depth(before: &[Token], closes: bool) -> usize {
    let mut open = 0_usize;
    let mut last = None;
    for token in before.iter().filter(|token| !token.kind.is_trivia()) {
        match token.kind {
            TokenKind::LeftBrace | TokenKind::LeftBracket | TokenKind::LeftParen => open += 1,
            TokenKind::RightBrace | TokenKind::RightBracket | TokenKind::RightParen => open = open.saturating_sub(1),
            _ => {}
        }
        last = Some(token.kind);
    }
    use TokenKind as T;
    let ended =
        matches!(last, None | Some(T::Semicolon | T::LeftBrace | T::RightBrace | T::LeftBracket | T::LeftParen));
    match (closes, ended) {
        (true, _) => open.saturating_sub(1),
        (false, true) => open,
        // Within brackets a new element is no continuation.
        (false, false) if last == Some(T::Comma) && open > 0 => open.max(1),
        (false, false) => open + 1,
    }
}

/// Edits that make one text of another, which stands at `base`: whole lines are compared, and of those that differ only what does.
pub(super) fn changes(old: &str, new: &str, base: u32, file: FileId) -> Vec<Edit> {
    if old == new {
        return Vec::new();
    }
    let (old_starts, new_starts) = (starts(old), starts(new));
    let mut edits = Vec::new();
    let mut replace = |old_lines: Range<usize>, new_lines: Range<usize>| {
        let place = part(&old_starts, old_lines);
        let was = old.get(place.clone()).unwrap_or_default();
        let now = new.get(part(&new_starts, new_lines)).unwrap_or_default();
        let head = alike(was.chars(), now.chars());
        let (was, now) = (was.get(head..).unwrap_or_default(), now.get(head..).unwrap_or_default());
        let tail = alike(was.chars().rev(), now.chars().rev());
        let span = Span::new(file, base + offset(place.start + head), base + offset(place.end - tail));
        let text = now.get(..now.len() - tail).unwrap_or_default().to_owned();
        if span.start < span.end || !text.is_empty() {
            edits.push(Edit { span, text });
        }
    };
    for op in similar::TextDiff::from_lines(old, new).ops() {
        let (before, after) = (op.old_range(), op.new_range());
        match op.tag() {
            similar::DiffTag::Equal => {}
            // As many lines as before: most likely the same ones.
            _ if before.len() == after.len() => {
                before.zip(after).for_each(|(before, after)| replace(before..before + 1, after..after + 1));
            }
            _ => replace(before, after),
        }
    }
    edits
}

/// Where the lines of a text begin, and its end.
fn starts(text: &str) -> Vec<usize> {
    let ends = line::lines_with_ends(text).scan(0, |at, line| {
        *at += line.len();
        Some(*at)
    });
    std::iter::once(0).chain(ends).collect()
}

/// The bytes of some lines.
fn part(starts: &[usize], lines: Range<usize>) -> Range<usize> {
    let at = |line: usize| starts.get(line).copied().unwrap_or_default();
    at(lines.start)..at(lines.end)
}

/// How many bytes two texts begin with alike.
fn alike(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).map(|(char, _)| char.len_utf8()).sum()
}

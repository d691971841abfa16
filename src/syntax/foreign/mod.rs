//! Recognises phrases of other languages, and says how to write them here.
//!
//! The parser says what it expected. Where the statement is a phrase of SQL, Rego, Cedar, JavaScript, Python or plain English, that is no
//! help: what is to be written instead often stands elsewhere in the statement. So the statements that have errors are compared with a
//! table of such phrases ([`phrases`]); what a phrase says here is put in its place, and if the statement can then be read, one message
//! with the whole correction takes the place of the parser's. A text that is no policy at all ([`document`]) gets one message in all.

mod cut;
mod document;
mod pattern;
mod phrases;
mod render;

use std::ops::Range;

use super::ast::{Ident, ItemKind, LetValue, Selection, SelectionItem, SelectionKind};
use super::token::{Token, TokenKind, lex};
use crate::diagnostics::{Applicability, Diagnostic, codes};
use crate::source::{FileId, Span};
use cut::Cut;
use pattern::{MOST_STEPS, Match, Statement};
use phrases::Phrase;

pub(super) use document::recognise;
pub(super) use render::rooted;

/// The most statements of a text that are compared with the phrases.
const MOST_STATEMENTS: usize = 60;

/// The most tokens of a statement that is compared.
const MOST_TOKENS: usize = 150;

/// The longest statement that a fix shows as a whole.
const MOST_SHOWN: usize = 120;

/// The most changes that are made to one statement, one after the other.
const MOST_CHANGES: usize = 6;

/// A statement with a phrase of another language.
pub(super) struct Reread {
    /// The whole statement.
    pub(super) span: Span,
    /// What it declares, without its value: what uses the name is not wrong.
    pub(super) declares: Option<ItemKind>,
}

/// The errors of a text, with those of foreign phrases replaced by what is to be written, and the statements with such phrases, in
/// order.
pub(super) fn explain(
    text: &str,
    file: FileId,
    tokens: &[Token],
    mut errors: Vec<Diagnostic>,
) -> (Vec<Diagnostic>, Vec<Reread>) {
    let mut looked_at = 0;
    let mut reworded = Vec::new();
    for cut in cut::cut(text, tokens) {
        let of_cut = |error: &Diagnostic| {
            let at = error.primary.span.start;
            cut.start() <= at && at <= cut.end()
        };
        if cut.tokens.len() > MOST_TOKENS || !errors.iter().any(of_cut) || is_cut_off(text, &cut) {
            continue;
        }
        looked_at += 1;
        if looked_at > MOST_STATEMENTS {
            break;
        }
        errors.iter_mut().filter(|error| of_cut(error)).for_each(|error| behind_tool(text, &cut, error));
        let Some(found) = reword(text, file, &cut) else { continue };
        let place = found.error.primary.span;
        let mut kept_one = false;
        errors.retain(|error| {
            if !of_cut(error) {
                return true;
            }
            // What else is wrong with the statement is said if it can be told from what the phrase leads to: the first of it.
            let other = !found.is_whole && error.primary.span.start > place.end.max(found.end);
            other && !std::mem::replace(&mut kept_one, true)
        });
        errors.push(found.error);
        if found.is_hole {
            continue;
        }
        let span = Span::new(file, cut.start(), cut.end());
        reworded.push(Reread { span, declares: declared(&found.current, text, file, &cut) });
    }
    (errors, reworded)
}

/// Whether an address or a path with a star, without quotes, has made a comment of the rest of a statement.
fn is_cut_off(text: &str, cut: &Cut) -> bool {
    let is_scheme = |token: &&Token| {
        token.kind == TokenKind::Colon && text.get(token.end as usize..).is_some_and(|rest| rest.starts_with("//"))
    };
    let is_path = text.get(cut.end() as usize..).is_some_and(|rest| rest.starts_with("/*"));
    is_path || cut.has_comment && cut.tokens.iter().any(|token| is_scheme(&token))
}

/// Puts `args` in place of the tool in front of an argument, as in `deny pay when pay.amount > 5`.
fn behind_tool(text: &str, cut: &Cut, error: &mut Diagnostic) {
    let span = error.primary.span;
    let Some((tool, rest)) = text.get(span.range()).and_then(|path| path.split_once('.')) else { return };
    let is_tool = |token: &Token| token.kind == TokenKind::Name && token.text(text) == tool;
    if error.code != codes::BAD_PATH || error.fixes.is_empty() || !cut.tokens.iter().any(is_tool) {
        return;
    }
    let written = format!("args.{}", rest.strip_prefix("args.").unwrap_or(rest));
    error.fixes.clear();
    let fixed = error.clone().fix(Applicability::Unsafe, format!("write `{written}`"), span, written);
    *error = fixed;
}

/// What is said of a statement.
struct Reworded {
    error: Diagnostic,
    /// Whether the statement can be read with it.
    is_whole: bool,
    /// Whether something is missing in it, and nothing else is wrong.
    is_hole: bool,
    /// The end of the first phrase.
    end: u32,
    /// The statement with what is to be written.
    current: String,
}

/// What a statement declares, as far as its name says it.
fn declared(statement: &str, text: &str, file: FileId, cut: &Cut) -> Option<ItemKind> {
    let words = Statement::new(statement);
    let first = words.tokens.first()?.kind;
    let name = words.tokens.get(1).filter(|name| name.kind == TokenKind::Name)?.text(statement);
    let written = cut.tokens.iter().find(|token| token.text(text) == name)?;
    let span = Span::new(file, written.start, written.end);
    let name = Ident { text: name.to_owned(), span };
    match first {
        TokenKind::Let => Some(ItemKind::Let { name, value: LetValue::Error }),
        TokenKind::Group => {
            let item = SelectionItem { server: None, kind: SelectionKind::Error, span };
            Some(ItemKind::Group { name, selection: Selection { items: vec![item], except: Vec::new(), span } })
        }
        _ => None,
    }
}

/// A phrase that was found in a statement.
struct FoundPhrase {
    phrase: &'static Phrase,
    place: Match,
    /// What is to be written in its place.
    written: Option<String>,
    /// The statement with that.
    after: Option<String>,
}

impl FoundPhrase {
    /// Whether no error is left in what is written in place of the phrase.
    fn is_sound(&self, before: &str, after: &str, in_test: bool) -> bool {
        let range = Statement::new(before).range(&self.place);
        let Some((range, written)) = range.zip(self.written.as_ref()) else { return true };
        let offset = around(in_test).0.len();
        let (start, end) = (range.start + offset, range.start + offset + written.len());
        let is_inside = |error: &Diagnostic| {
            let at = error.primary.span.range();
            at.start < end && at.end > start
        };
        !errors_of(after, in_test).iter().any(is_inside)
    }
}

/// The phrases of a statement, one after the other, until it can be read.
fn reword(text: &str, file: FileId, cut: &Cut) -> Option<Reworded> {
    let written = text.get(cut.start() as usize..cut.end() as usize)?;
    let mut steps = MOST_STEPS;
    let start_text = written;
    let mut current = written.to_owned();
    let mut first: Option<FoundPhrase> = None;
    let mut others: Vec<&'static str> = Vec::new();
    // Whether what the first phrase wrote can be read, for all that is left around it.
    let mut is_sound = true;
    let mut changes = 0;
    let mut left = State::of(&current, cut.in_test);
    while changes < MOST_CHANGES && left != State::default() {
        let next = match next_phrase(&current, cut.in_test, &left, &mut steps) {
            // The parser knows what to write, and says it of the very place.
            Some(found) if first.is_none() && !found.phrase.is_absent() && is_fixed(&current, cut.in_test) => {
                return None;
            }
            Some(mut found) => {
                let after = found.after.take();
                if first.is_none() {
                    is_sound = after.as_ref().is_none_or(|after| found.is_sound(&current, after, cut.in_test));
                    first = Some(found);
                } else if !others.contains(&found.phrase.say) {
                    others.push(found.phrase.say);
                }
                after
            }
            // What the parser would put right by itself is in the way of reading the rest.
            None if first.is_some() => with_fixes(&current, cut.in_test),
            None => None,
        };
        let Some(next) = next.filter(|next| *next != current) else { break };
        current = next;
        changes += 1;
        left = State::of(&current, cut.in_test);
    }
    let FoundPhrase { phrase, place, written: replaced, .. } = first?;
    let tokens = cut.tokens.get(place.from..place.to).unwrap_or_default();
    let start = tokens.first().map_or(cut.start(), |token| token.start);
    let end = tokens.last().map_or(start, |token| token.end);
    let span = Span::new(file, start, end);
    let shown = replaced.as_ref().and_then(|replaced| changed(text, tokens, replaced)).unwrap_or(start..end);
    let is_read = changes > 0 && left == State::default();
    // A single phrase that leads to nothing that can be read was none.
    if !is_read && !is_sound && changes < 2 {
        return None;
    }
    let written = current.clone();
    let title = |written: &str| format!("write `{}`", written.trim_end_matches(';').trim_end());
    let whole = title(&current);
    let remedy = match (is_read, changes) {
        (true, 2..) => Some((whole, current, Span::new(file, cut.start(), cut.end()))),
        (true, _) if whole.len() <= MOST_SHOWN => replaced.map(|replaced| (whole, replaced, span)),
        _ if !is_read && !is_sound => None,
        _ => replaced.map(|replaced| (title(&replaced), replaced, span)),
    };
    let advice = phrase.help.map(|help| {
        // What stands in braces and was not captured is JSON.
        render::fill(help, &place, &Statement::new(start_text)).unwrap_or_else(|| help.to_owned())
    });
    let mut help: Vec<String> = advice.into_iter().collect();
    help.extend(others.iter().filter(|other| is_read && **other != phrase.say).map(|other| (*other).to_owned()));
    let mut error =
        Diagnostic::new(codes::FOREIGN_PHRASE, Span { start: shown.start, end: shown.end, ..span }, phrase.say);
    if let Some((title, mut remedy, place)) = remedy {
        let ends = cut.tokens.last().is_some_and(|last| last.kind == TokenKind::Semicolon);
        if place.end == cut.end() && !ends {
            remedy.push(';');
        }
        // A comment in the statement would be lost.
        if cut.has_comment {
            help.push(title);
        } else {
            error = error.fix(Applicability::Unsafe, title, place, remedy);
        }
    }
    if !help.is_empty() {
        error = error.help(help.join("; "));
    }
    Some(Reworded {
        error,
        is_whole: is_read || phrase.write.is_empty(),
        is_hole: phrase.is_hole,
        end,
        current: written,
    })
}

/// The phrase that is to be replaced next: what is not in the language, else the first of the table with which the statement can be
/// read, with which more of it can, or which says what cannot be read.
fn next_phrase(current: &str, in_test: bool, left: &State, steps: &mut u32) -> Option<FoundPhrase> {
    let statement = Statement::new(current);
    let mut best: Option<FoundPhrase> = None;
    for (phrase, pattern) in phrases::table(in_test) {
        let Some(place) = pattern.find(&statement, steps) else { continue };
        if phrase.write.is_empty() {
            let touches =
                statement.range(&place).is_some_and(|range| range.start <= left.last && left.first <= range.end);
            let found = FoundPhrase { phrase, place, written: None, after: None };
            if touches && phrase.is_absent() {
                return Some(found);
            }
            best = best.or(Some(found).filter(|_| touches));
            continue;
        }
        let Some(written) = render::fill(phrase.write, &place, &statement) else { continue };
        let Some(after) = statement.replace(&place, &written).filter(|after| after != current) else { continue };
        let state = State::of(&after, in_test);
        let found = FoundPhrase { phrase, place, written: Some(written), after: Some(after) };
        if state == State::default() {
            return Some(found);
        }
        best = best.or(Some(found).filter(|_| state.is_better_than(left)));
    }
    best
}

/// What is wrong with a statement; nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    /// How many errors there are.
    errors: usize,
    /// The first byte of the first.
    first: usize,
    /// The last byte of the last.
    last: usize,
    /// How many bytes are behind the beginning of the first.
    behind: usize,
}

impl State {
    fn of(statement: &str, in_test: bool) -> Self {
        let offset = around(in_test).0.len();
        let errors = errors_of(statement, in_test);
        let first = errors.iter().map(|error| error.primary.span.start as usize).min();
        let last = errors.iter().map(|error| error.primary.span.end as usize).max();
        let (Some(first), Some(last)) = (first, last) else { return Self::default() };
        let first = first.saturating_sub(offset);
        Self {
            errors: errors.len(),
            first,
            last: last.saturating_sub(offset),
            behind: statement.len().saturating_sub(first),
        }
    }

    /// Whether fewer errors are left, or as many, but further on.
    fn is_better_than(&self, other: &Self) -> bool {
        (self.errors, self.behind) < (other.errors, other.behind)
    }
}

/// What the parser says of a statement.
fn errors_of(statement: &str, in_test: bool) -> Vec<Diagnostic> {
    let (before, after) = around(in_test);
    super::read(&format!("{before}{statement}{after}"), FileId::default()).errors
}

/// The bytes of those tokens that are not the same in what is written in their place; `None` if all of them are.
fn changed(text: &str, tokens: &[Token], written: &str) -> Option<Range<u32>> {
    let other = Statement::new(written);
    let old = |token: &Token| token.text(text);
    let new = |token: &Token| token.text(written);
    let front = tokens.iter().zip(&other.tokens).take_while(|(one, two)| old(one) == new(two)).count();
    let most = tokens.len().min(other.tokens.len()) - front;
    let pairs = tokens.iter().rev().zip(other.tokens.iter().rev()).take(most);
    let back = pairs.take_while(|(one, two)| old(one) == new(two)).count();
    let changed = tokens.get(front..tokens.len() - back)?;
    Some(changed.first()?.start..changed.last()?.end)
}

/// Whether a statement can be read with the fixes that the parser offers.
fn is_fixed(statement: &str, in_test: bool) -> bool {
    with_fixes(statement, in_test).is_some_and(|fixed| errors_of(&fixed, in_test).is_empty())
}

/// The statement with the fixes that the parser offers; `None` if it offers none.
fn with_fixes(statement: &str, in_test: bool) -> Option<String> {
    let offset = around(in_test).0.len();
    let errors = errors_of(statement, in_test);
    let mut edits: Vec<_> = errors.iter().filter_map(|error| error.fixes.first()).flat_map(|fix| &fix.edits).collect();
    edits.sort_by_key(|edit| edit.span.start);
    let mut written = String::new();
    let mut at = 0;
    for edit in edits {
        let start = (edit.span.start as usize).checked_sub(offset)?;
        let end = (edit.span.end as usize).checked_sub(offset)?;
        if start < at {
            continue;
        }
        written.push_str(statement.get(at..start)?);
        written.push_str(&edit.text);
        at = end;
    }
    written.push_str(statement.get(at..)?);
    Some(written)
}

/// What stands around a statement that is read by itself.
const fn around(in_test: bool) -> (&'static str, &'static str) {
    if in_test { ("test \"\" {\n", "\n}") } else { ("", "") }
}

impl<'t> Statement<'t> {
    fn new(text: &'t str) -> Self {
        let solid = |token: &Token| !token.kind.is_trivia() && token.kind != TokenKind::ForeignComment;
        let mut tokens: Vec<Token> = lex(text).into_iter().filter(solid).collect();
        tokens.pop_if(|last| last.kind == TokenKind::Semicolon);
        Self { text, tokens }
    }

    /// The bytes of a match.
    fn range(&self, place: &Match) -> Option<Range<usize>> {
        let tokens = self.tokens.get(place.from..place.to)?;
        Some(tokens.first()?.start as usize..tokens.last()?.end as usize)
    }

    /// The statement with something else in place of a phrase.
    fn replace(&self, found: &Match, replaced: &str) -> Option<String> {
        let range = self.range(found)?;
        let before = self.text.get(..range.start)?;
        let after = self.text.get(range.end..)?;
        Some(format!("{before}{replaced}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLES: [(&str, bool); 4] = [
        (include_str!("../../../tests/fixtures/phrases/others.pol"), false),
        (include_str!("../../../tests/fixtures/phrases/conditions.pol"), false),
        (include_str!("../../../tests/fixtures/phrases/rules.pol"), false),
        (include_str!("../../../tests/fixtures/phrases/tests.pol"), true),
    ];

    /// The phrases that are found in a statement until it can be read.
    fn found(line: &str, in_test: bool) -> Vec<&'static Phrase> {
        let mut current = line.to_owned();
        let mut found = Vec::new();
        let mut steps = MOST_STEPS;
        for _ in 0..MOST_CHANGES {
            let left = State::of(&current, in_test);
            let Some(next) = next_phrase(&current, in_test, &left, &mut steps).filter(|_| left != State::default())
            else {
                break;
            };
            found.push(next.phrase);
            let Some(after) = next.after else { break };
            current = after;
        }
        found
    }

    #[test]
    fn every_phrase_has_an_example() {
        let mut found_at = Vec::new();
        for (lines, in_test) in EXAMPLES {
            found_at.extend(lines.lines().flat_map(|line| found(line, in_test)));
        }
        let all = [true, false].into_iter().flat_map(phrases::table).map(|(phrase, _)| *phrase);
        let missing: Vec<_> = all.filter(|phrase| !found_at.contains(phrase)).map(|phrase| phrase.find).collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn a_long_statement_is_given_up() {
        let words = "x or ".repeat(2_000);
        let text = format!("deny a when {words}between;");
        let parse = crate::syntax::parse(&text, FileId::default());
        assert!(!parse.errors.is_empty());
        let statement = Statement::new(&text);
        let mut steps = MOST_STEPS;
        for (_, pattern) in phrases::table(false) {
            pattern.find(&statement, &mut steps);
        }
        assert!(steps < MOST_STEPS);
    }
}

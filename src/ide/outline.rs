//! The structure of a file: symbols, folding ranges and selection ranges.

use super::View;
use super::mark;
use crate::diagnostics::count;
use crate::line;
use crate::source::Span;
use crate::syntax::ast::{Effect, Expr, ExprKind, Item, ItemKind, Rule, StepKind};
use crate::syntax::print;
use crate::syntax::token::TokenKind;

/// What a symbol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolKind {
    /// A server.
    Server,
    /// An import.
    Import,
    /// A `let`.
    Let,
    /// A group.
    Group,
    /// A policy.
    Policy,
    /// A rule.
    Rule,
    /// An assertion.
    Assertion,
    /// A test.
    Test,
}

/// Something that a file declares or says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its name: of a rule its effect and tools.
    pub name: String,
    /// More about it.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The whole statement.
    pub span: Span,
    /// Its name in the text.
    pub name_span: Span,
    /// What stands in it.
    pub inner: Vec<Symbol>,
}

/// The longest name of a symbol, in characters.
const MOST_CHARACTERS: usize = 60;

/// What the file declares and says, in order.
#[must_use]
pub fn symbols(view: &View<'_>) -> Vec<Symbol> {
    view.tree().map(|file| file.items.iter().filter_map(|item| symbol(view, item)).collect()).unwrap_or_default()
}

fn symbol(view: &View<'_>, item: &Item) -> Option<Symbol> {
    let of = |name: String, detail: String, kind: SymbolKind, name_span: Span| {
        Some(Symbol { name: cut(&name), detail: cut(&detail), kind, span: item.span, name_span, inner: Vec::new() })
    };
    match &item.kind {
        ItemKind::Server { name, path } => of(name.text.clone(), path.text.clone(), SymbolKind::Server, name.span),
        ItemKind::Import { path } => of(path.text.clone(), "import".to_owned(), SymbolKind::Import, path.span),
        ItemKind::Let { name, value } => of(name.text.clone(), print::let_value(value), SymbolKind::Let, name.span),
        ItemKind::Group { name, selection } => {
            of(format!("@{}", name.text), print::selection(selection), SymbolKind::Group, name.span)
        }
        ItemKind::Rule(rule) => {
            let name = format!("{} {}", rule.effect.name(), print::selection(&rule.selection));
            of(name, detail(rule), SymbolKind::Rule, rule.selection.span)
        }
        ItemKind::Policy { name, items } => Some(Symbol {
            inner: items.iter().filter_map(|item| symbol(view, item)).collect(),
            ..of(name.text.clone(), String::new(), SymbolKind::Policy, name.span)?
        }),
        ItemKind::Assert(assert) => {
            let words = view.slice(item.span).trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ");
            of(words, String::new(), SymbolKind::Assertion, assert.selection.span)
        }
        ItemKind::Test(test) => {
            let calls = test.steps.iter().filter(|step| matches!(step.kind, StepKind::Call(_))).count();
            let detail = count(calls, "call");
            of(test.name.text.clone(), detail, SymbolKind::Test, test.name.span)
        }
        ItemKind::Empty | ItemKind::Error => None,
    }
    // A name that was put in where something is missing is no name to show.
    .filter(|symbol| !symbol.name.trim().is_empty() && symbol.span.start < symbol.span.end)
}

/// The bound or the condition of a rule.
fn detail(rule: &Rule) -> String {
    let when = rule.clauses.when.as_ref().map(print::when);
    match &rule.effect {
        Effect::Limit { rate, .. } => print::rate(rate),
        Effect::Require(condition) => print::condition(condition),
        _ => when.unwrap_or_default(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What kind of text can be folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoldKind {
    /// A block or a statement of several lines.
    Region,
    /// Comments.
    Comment,
    /// Servers and imports at the top.
    Imports,
}

/// A text that can be folded; it begins and ends on different lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// Its place.
    pub span: Span,
    /// What it is.
    pub kind: FoldKind,
}

/// What can be folded: blocks, tests, statements of several lines, comments of several lines, servers and imports that follow one another.
#[must_use]
pub fn folds(view: &View<'_>) -> Vec<Fold> {
    let text = view.text();
    let lines = |span: Span| text.get(span.range()).is_some_and(line::is_broken);
    let mut folds: Vec<Fold> = view.items().map(|item| Fold { span: item.span, kind: FoldKind::Region }).collect();
    let mut run: Option<(Span, FoldKind)> = None;
    let mut close =
        |run: &mut Option<(Span, FoldKind)>| folds.extend(run.take().map(|(span, kind)| Fold { span, kind }));
    let mut line_ends = 0;
    for token in view.tokens() {
        let span = Span::new(view.file(), token.start, token.end);
        match token.kind {
            TokenKind::Space => line_ends += line::count(token.text(text)),
            TokenKind::Comment => {
                match &mut run {
                    // An empty line between comments ends the paragraph.
                    Some((whole, FoldKind::Comment)) if line_ends == 1 => *whole = whole.to(span),
                    _ => {
                        close(&mut run);
                        run = Some((span, FoldKind::Comment));
                    }
                }
                line_ends = 0;
            }
            _ => {
                close(&mut run);
                line_ends = 0;
            }
        }
    }
    close(&mut run);
    let top = view.tree().map(|file| file.items.as_slice()).unwrap_or_default();
    for item in top {
        match (&item.kind, &mut run) {
            (ItemKind::Server { .. } | ItemKind::Import { .. }, Some((whole, _))) => *whole = whole.to(item.span),
            (ItemKind::Server { .. } | ItemKind::Import { .. }, None) => run = Some((item.span, FoldKind::Imports)),
            _ => close(&mut run),
        }
    }
    close(&mut run);
    folds.retain(|fold| lines(fold.span));
    folds.sort_by_key(|fold| (fold.span.start, std::cmp::Reverse(fold.span.end)));
    folds.dedup_by_key(|fold| fold.span);
    folds
}

/// The places around an offset, from the innermost out: the token, the parts of the condition, the clause, the statement, the block, the file.
#[must_use]
pub fn around(view: &View<'_>, at: u32) -> Vec<Span> {
    let mut spans: Vec<Span> = vec![Span::new(view.file(), 0, crate::source::offset(view.text().len()))];
    for item in view.items() {
        spans.push(item.span);
        spans.extend(mark::selection(item).map(|selection| selection.span));
        match &item.kind {
            ItemKind::Rule(rule) => {
                if let Effect::Require(condition) = &rule.effect {
                    parts(condition, &mut spans);
                }
                if let Some(when) = &rule.clauses.when {
                    spans.push(when.span);
                    parts(&when.condition, &mut spans);
                }
            }
            ItemKind::Assert(assert) => {
                if let Some(when) = &assert.clauses.when {
                    spans.push(when.span);
                    parts(&when.condition, &mut spans);
                }
            }
            ItemKind::Test(test) => spans.extend(test.steps.iter().map(|step| step.span)),
            _ => {}
        }
    }
    spans.extend(view.marks().iter().map(|mark| mark.span));
    spans.extend(view.token_at(at).map(|token| Span::new(view.file(), token.start, token.end)));
    spans.retain(|span| span.start <= at && at <= span.end && span.start < span.end);
    spans.sort_by_key(|span| (span.end - span.start, span.start));
    spans.dedup();
    // Each has to hold the one before; what only touches it is left out.
    let mut nested: Vec<Span> = Vec::new();
    for span in spans {
        if nested.last().is_none_or(|last| span.start <= last.start && last.end <= span.end) {
            nested.push(span);
        }
    }
    nested
}

fn parts(condition: &Expr, spans: &mut Vec<Span>) {
    spans.push(condition.span);
    match &condition.kind {
        ExprKind::Or(inner) | ExprKind::And(inner) => inner.iter().for_each(|part| parts(part, spans)),
        ExprKind::Not(inner) => parts(inner, spans),
        ExprKind::Atom(atom) => spans.push(atom.path().span),
        ExprKind::Error => {}
    }
}

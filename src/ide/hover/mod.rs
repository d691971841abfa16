//! Hover: the documentation of a place in a policy.

mod calls;
mod limits;
mod statements;
mod tools;
mod values;

use super::View;
use super::mark::{self, Mark, MarkKind};
use crate::catalogue::Class;
use crate::describe::code;
use crate::diagnostics::count;
use crate::glossary::{self, Within, Word};
use crate::ir::ToolId;
use crate::source::{Span, offset};
use crate::syntax::ast::{ItemKind, StepKind};
use crate::syntax::token::{Token, TokenKind};

/// The most tools that a list names.
const MOST_TOOLS: usize = 30;

/// The most characters of a declaration that are repeated.
const MOST_WRITTEN: usize = 400;

/// What there is to read about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// The place that it is about.
    pub span: Span,
    /// The text, as Markdown.
    pub markdown: String,
}

/// What there is to read about what stands at an offset; `None` where nothing does, or nothing is to be said of it.
#[must_use]
pub fn hover(view: &View<'_>, at: u32) -> Option<Hover> {
    let at = at.min(offset(view.text().len()));
    let token = view.token_at(at);
    if let Some(comment) = token.filter(|token| token.kind == TokenKind::Comment && token.start < at) {
        return statements::comment(view, comment, at);
    }
    if let Some(mark) = view.mark_at(at)
        && let Some(markdown) = marked(view, mark, at)
    {
        return Some(Hover { span: mark.span, markdown });
    }
    let token = token?;
    let span = Span::new(view.file(), token.start, token.end);
    if token.kind == TokenKind::Comment {
        return statements::comment(view, token, at);
    }
    if token.kind == TokenKind::Str {
        let item = view.item_at(at)?;
        let markdown = match &item.kind {
            ItemKind::Test(test) => calls::key(view, test, token)?,
            _ => values::pattern(item, span)?,
        };
        return Some(Hover { span, markdown });
    }
    word(view, token)
}

/// What is to be said of a name.
fn marked(view: &View<'_>, mark: &Mark<'_>, at: u32) -> Option<String> {
    match mark.kind {
        MarkKind::ServerName(name) | MarkKind::Server(name) => statements::server(view, &name.text),
        MarkKind::Catalogue(_) => match &mark.item.kind {
            ItemKind::Server { name, .. } => statements::server(view, &name.text),
            _ => None,
        },
        MarkKind::Import(path) => Some(statements::import(view, path)),
        MarkKind::LetName(name) | MarkKind::Let(name) => values::constant(view, &name.text, at),
        MarkKind::GroupName(name) => tools::set(view, &name.text, None, at),
        MarkKind::PolicyName(name) => Some(statements::policy(view, name, mark.item)),
        MarkKind::Selected(item) => tools::selected(view, mark.item, item, at),
        MarkKind::Called { server, tool } => Some(tools::named(view, &tool.text, server, at)),
        MarkKind::Root(path) => values::root(path),
        MarkKind::Step(path, index) => values::step(view, mark.item, path, index),
        MarkKind::Rate => limits::rate(view, mark.item),
        MarkKind::Scope(scope) => Some(limits::scope(scope)),
        MarkKind::TestName(test) => Some(statements::test(view, test, mark.item)),
        MarkKind::Counter(name) => Some(limits::counter(view, &name.text, mark.item)),
    }
}

/// What a keyword or operator means; of the first word of a statement also what the statement says.
fn word(view: &View<'_>, token: &Token) -> Option<Hover> {
    let (word, span) = meaning(view, token)?;
    let mut parts = Vec::new();
    let item = view.item_at(token.start);
    if let Some(item) = item.filter(|item| item.span.start == token.start) {
        parts.extend(statements::documentation(view, item));
        parts.extend(statements::says(view, item));
        if !parts.is_empty() {
            parts.push("---".to_owned());
        }
    } else if let Some(item) = item.filter(|_| token.kind == TokenKind::Except)
        && mark::selection(item).is_some()
    {
        parts.push(format!("What remains: {}", listing(view, &view.selected(item))));
        parts.push("---".to_owned());
    }
    if let Some(ItemKind::Test(test)) = item.map(|item| &item.kind)
        && let Some(remedies) = calls::remedies(view, test, token)
    {
        parts.push(remedies);
        parts.push("---".to_owned());
    }
    parts.push(format!("**`{}`** {}", word.text, word.meaning));
    parts.push(format!("```pol\n{}\n```", word.example));
    Some(Hover { span, markdown: parts.join("\n\n") })
}

/// The meaning of a token and the place that has it.
fn meaning(view: &View<'_>, token: &Token) -> Option<(&'static Word, Span)> {
    let span = Span::new(view.file(), token.start, token.end);
    let tokens = view.tokens();
    let index = tokens.partition_point(|other| other.start < token.start);
    let solid = |token: &&Token| !token.kind.is_trivia();
    match token.kind {
        TokenKind::Not => {
            let next = tokens.get(index + 1..).unwrap_or_default().iter().find(solid);
            if let Some(next) = next.filter(|next| next.kind == TokenKind::In) {
                return Some((&glossary::NOT_IN, Span { end: next.end, ..span }));
            }
        }
        TokenKind::In => {
            let before = tokens.get(..index).unwrap_or_default().iter().rev().find(solid);
            if let Some(before) = before.filter(|before| before.kind == TokenKind::Not) {
                return Some((&glossary::NOT_IN, Span { start: before.start, ..span }));
            }
        }
        // Words that are reserved nowhere else.
        TokenKind::Name => {
            let before = tokens.get(..index).unwrap_or_default().iter().rev().find(solid);
            match token.text(view.text()) {
                "by" if before.is_some_and(|before| before.kind == TokenKind::Approval) => {
                    return Some((&glossary::BY, span));
                }
                "approved" if is_approved(view, span) => return Some((&glossary::APPROVED, span)),
                _ => {}
            }
        }
        _ => {}
    }
    let within = match view.item_at(token.start).filter(|item| item.span.start < token.start).map(|item| &item.kind) {
        Some(ItemKind::Assert(assert)) => {
            if let Some(valid) = assert.valid.filter(|valid| valid.start <= token.start && token.end <= valid.end) {
                return Some((&glossary::VALID, valid));
            }
            Within::Assertion
        }
        Some(ItemKind::Test(_)) => Within::Test,
        _ => Within::Any,
    };
    Some((glossary::of_token(token.kind, within)?, span))
}

/// Whether this is the word `approved` of a call in a test.
fn is_approved(view: &View<'_>, span: Span) -> bool {
    let item = view.item_at(span.start).map(|item| &item.kind);
    let Some(ItemKind::Test(test)) = item else { return false };
    test.steps.iter().any(|step| matches!(&step.kind, StepKind::Call(call) if call.approved == Some(span)))
}

/// Tools by class: how many, and the first of them.
pub(super) fn listing(view: &View<'_>, tools: &[ToolId]) -> String {
    list_some(view, tools, MOST_TOOLS)
}

/// As [`listing`], with at most so many names.
pub(super) fn list_some(view: &View<'_>, tools: &[ToolId], most: usize) -> String {
    let mut text = format!("**{}**", count(tools.len(), "tool"));
    if tools.is_empty() {
        return text;
    }
    let classes: Vec<Option<Class>> = tools.iter().map(|tool| view.class(*tool)).collect();
    let mut left = most;
    for class in Class::ALL.into_iter().map(Some).chain([None]) {
        let of_class = || classes.iter().zip(tools).filter(|(found, _)| **found == class).map(|(_, tool)| *tool);
        let number = of_class().count();
        if number == 0 {
            continue;
        }
        let shown: Vec<String> = of_class().take(left).map(|tool| code(&view.known_tools().display(tool))).collect();
        left -= shown.len();
        let title = class.map_or_else(String::new, |class| format!("{} ({number}): ", class.name()));
        let more = match number - shown.len() {
            0 => String::new(),
            _ if shown.is_empty() => "…".to_owned(),
            more => format!(" and {more} more"),
        };
        text.push_str(if text.contains('\n') { "\n" } else { "\n\n" });
        text.push_str(&format!("- {title}{}{more}", shown.join(", ")));
    }
    text
}

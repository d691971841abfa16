//! Hover on calls in tests.

use super::super::{View, card};
use crate::predicate::{Path, Step};
use crate::source::Span;
use crate::syntax::ast::{Call, StepKind, Test};
use crate::syntax::token::{Token, TokenKind};
use crate::testing::remedy_of;

/// What the schema says of the argument whose name stands at a token; `None` where no name of an argument does.
pub(super) fn key(view: &View<'_>, test: &Test, token: &Token) -> Option<String> {
    let inside = |span: Span| span.start <= token.start && token.end <= span.end;
    let call = test.steps.iter().find_map(|step| match &step.kind {
        StepKind::Call(call) if inside(step.span) => Some(call.as_ref()),
        _ => None,
    })?;
    let arguments = call.arguments.as_ref().filter(|arguments| inside(arguments.span))?;
    let steps = steps(view, arguments.span, token)?;
    card::argument(view, &tools(view, call), &steps, &Path::args(&steps).to_string())
}

/// What would pass instead of a call whose outcome stands at a token, if it is denied or held.
pub(super) fn remedies(view: &View<'_>, test: &Test, token: &Token) -> Option<String> {
    let call = test.steps.iter().find_map(|step| match &step.kind {
        StepKind::Call(call) if call.outcome.span.start == token.start => Some(call),
        _ => None,
    })?;
    let checked = view.analysis().checked.as_ref()?;
    let case = checked.tests().iter().find(|case| case.test.name.span == test.name.span)?;
    let policy = checked.policies().get(case.policy.unwrap_or(0))?;
    let remedy = remedy_of(test, call.outcome.span, policy)?;
    let lines = remedy.sentences(&call.tool.text).into_iter().map(|sentence| format!("- {sentence}\n"));
    Some(format!("What would pass:\n\n{}", lines.collect::<String>()))
}

fn tools(view: &View<'_>, call: &Call) -> Vec<crate::ir::ToolId> {
    let server = match &call.server {
        Some(server) => match view.known_tools().server(&server.text) {
            Some(server) => Some(server),
            None => return Vec::new(),
        },
        None => None,
    };
    view.known_tools().named(&call.tool.text, server)
}

/// The way to a key of a JSON text, the key included.
fn steps(view: &View<'_>, json: Span, key: &Token) -> Option<Vec<Step>> {
    let tokens = view.tokens();
    let from = tokens.partition_point(|token| token.start < json.start);
    let inside = tokens.get(from..)?.iter().take_while(|token| token.start < json.end);
    let mut solid = inside.filter(|token| !token.kind.is_trivia()).peekable();
    // For each array or object around: the current element or member, if that is known.
    let mut way: Vec<Option<Step>> = Vec::new();
    while let Some(token) = solid.next() {
        match token.kind {
            TokenKind::LeftBrace => way.push(None),
            TokenKind::LeftBracket => way.push(Some(Step::Index(0))),
            TokenKind::RightBrace | TokenKind::RightBracket => {
                way.pop();
            }
            TokenKind::Comma => {
                if let Some(Some(Step::Index(index))) = way.last_mut() {
                    *index = index.saturating_add(1);
                }
            }
            TokenKind::Str if solid.peek().is_some_and(|next| next.kind == TokenKind::Colon) => {
                let name: String = serde_json::from_str(token.text(view.text())).ok()?;
                *way.last_mut()? = Some(Step::Key(name));
                if token.start == key.start {
                    return way.into_iter().collect();
                }
            }
            _ => {}
        }
    }
    None
}

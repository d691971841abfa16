//! Calls in tests, and the JSON in them.

use super::super::ast::{Call, ExpectedOutcome, Ident, JsonText, Number, Str};
use super::super::token::TokenKind;
use super::{Context, MAX_DEPTH};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::json::json_quote;
use crate::source::Span;

/// The most calls that one step of a test makes.
const MAX_TIMES: u64 = 1_000_000;

/// What a call in a test may have between its arguments and its outcome.
#[derive(Debug)]
pub(crate) enum Modifier {
    /// `from JSON`
    From(JsonText),
    /// `as STRING`
    As(Str),
    /// `times N`
    Times(Number),
    /// `approved`
    Approved(Span),
}

/// JSON in a test, written out with canonical spacing.
#[derive(Debug)]
pub(crate) struct JsonTree {
    text: String,
    span: Span,
    depth: u16,
    kind: TokenKind,
}

impl Context<'_> {
    pub(crate) fn call(
        &mut self,
        (server, tool): (Option<Ident>, Ident),
        arguments: Option<JsonText>,
        modifiers: Vec<Modifier>,
        outcome: ExpectedOutcome,
    ) -> Call {
        let mut call = Call { server, tool, arguments, from: None, grant: None, approved: None, times: None, outcome };
        for modifier in modifiers {
            let (word, span, old) = match modifier {
                Modifier::From(claims) => ("from", claims.span, call.from.replace(claims).map(|old| old.span)),
                Modifier::Approved(span) => ("approved", span, call.approved.replace(span)),
                Modifier::As(grant) => ("as", grant.span, call.grant.replace(grant).map(|old| old.span)),
                Modifier::Times(times) => {
                    let allowed = times.value.to_u64().is_some_and(|count| (1..=MAX_TIMES).contains(&count));
                    if !allowed {
                        let message = "a call is made a whole number of times, at least 1 and at most 1,000,000";
                        self.report(Diagnostic::new(codes::BAD_NUMBER, times.span, message));
                    }
                    ("times", times.span, call.times.replace(times).map(|old| old.span))
                }
            };
            if let Some(first) = old {
                let error = Diagnostic::new(codes::MISPLACED_CLAUSE, span, format!("a second `{word}` in one call"));
                self.report(error.because(first, "the first is here").help("keep one of them"));
            }
        }
        call
    }

    /// `approved`, which is a word only here.
    pub(crate) fn approved(&mut self, word: &Ident) -> Modifier {
        if word.text != "approved" {
            let error = Diagnostic::new(
                codes::UNEXPECTED_TOKEN,
                word.span,
                format!("{} is not allowed in a call", quote(&word.text)),
            );
            let help =
                "a call has `from {claims}`, `as \"grant\"`, `approved` and `times N`, then `->` and the outcome";
            self.report(match nearest(&word.text, ["approved"]) {
                Some(near) => error.fix(Applicability::Unsafe, format!("write `{near}`"), word.span, near),
                None => error.help(help),
            });
        }
        Modifier::Approved(word.span)
    }

    pub(crate) fn claims(&mut self, claims: JsonTree) -> Modifier {
        Modifier::From(self.json_object(claims))
    }

    pub(crate) fn json_object(&mut self, tree: JsonTree) -> JsonText {
        if tree.kind == TokenKind::LeftBrace {
            if let Ok(json) = crate::json::Json::parse(&tree.text) {
                if json.duplicate_key().is_some() {
                    let error = Diagnostic::new(codes::BAD_JSON, tree.span, "an object has a duplicate key");
                    self.report(error.help("a gateway takes one of the two, and it is not known which"));
                }
            } else {
                self.report(Diagnostic::new(codes::BAD_JSON, tree.span, "this is not valid JSON"));
            }
            return JsonText { text: tree.text, span: tree.span };
        }
        let error = Diagnostic::new(codes::BAD_JSON, tree.span, "an object is expected here");
        self.report(error.help("write `{\"name\": value, ...}`"));
        JsonText { text: "{}".to_owned(), span: tree.span }
    }

    pub(crate) fn json_string(&mut self, start: u32, end: u32) -> JsonTree {
        let string = self.string(start, end);
        JsonTree { text: json_quote(&string.text), span: string.span, depth: 1, kind: TokenKind::Str }
    }

    pub(crate) fn json_number(&mut self, number: Number) -> JsonTree {
        let text = number.text.replace('_', "");
        JsonTree { text, span: number.span, depth: 1, kind: TokenKind::Number }
    }

    pub(crate) fn json_word(&self, start: u32, end: u32) -> JsonTree {
        let text = self.text(start, end).to_owned();
        JsonTree { text, span: self.span(start, end), depth: 1, kind: TokenKind::Null }
    }

    pub(crate) fn json_member(&mut self, start: u32, end: u32, value: JsonTree) -> JsonTree {
        let key = self.string(start, end);
        JsonTree { text: format!("{}: {}", json_quote(&key.text), value.text), span: key.span.to(value.span), ..value }
    }

    pub(crate) fn json_container(
        &mut self,
        open: &str,
        parts: Vec<JsonTree>,
        close: &str,
        start: u32,
        end: u32,
    ) -> JsonTree {
        let span = self.span(start, end);
        let kind = if open == "{" { TokenKind::LeftBrace } else { TokenKind::LeftBracket };
        let depth = parts.iter().map(|part| part.depth).max().unwrap_or(0) + 1;
        if depth > MAX_DEPTH {
            self.report_depth(span, "JSON value", "a test needs only the values that the policy reads");
            return JsonTree { text: format!("{open}{close}"), span, depth: 1, kind };
        }
        let inner: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
        JsonTree { text: format!("{open}{}{close}", inner.join(", ")), span, depth, kind }
    }
}

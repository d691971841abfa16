//! Comments in order, and where they stand between the other tokens.

use crate::line;
use crate::syntax::token::{Token, TokenKind};

/// A comment to be written.
#[derive(Debug, Clone)]
pub(super) struct Comment {
    /// Its text without white space at the end.
    pub(super) text: String,
    /// Whether it stands behind something on its line.
    pub(super) trailing: bool,
    /// Whether an empty line stands before it.
    pub(super) blank: bool,
}

/// Walks the comments of a text from first to last. What is before a place is given out once, so that comments
/// keep their order whatever is asked for.
pub(super) struct Comments<'a> {
    text: &'a str,
    tokens: &'a [Token],
    next: usize,
}

impl<'a> Comments<'a> {
    pub(super) const fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Self { text, tokens, next: 0 }
    }

    /// The comments before byte `at` that were not given out yet. `done` is the end of the last finished
    /// statement: what the formatter drops after it does not make a comment a trailing one.
    pub(super) fn before(&mut self, at: u32, done: u32) -> Vec<Comment> {
        let mut found = Vec::new();
        while let Some(token) = self.tokens.get(self.next).filter(|token| token.start < at) {
            if token.kind == TokenKind::Comment {
                let from = if token.start < done { self.end_before(token.start) } else { done };
                let between = self.text.get(from as usize..token.start as usize).unwrap_or_default();
                found.push(Comment {
                    text: token.text(self.text).trim_end().to_owned(),
                    trailing: !line::is_broken(between),
                    blank: self.blank_before(token.start, done),
                });
            }
            self.next += 1;
        }
        found
    }

    /// Whether a comment before byte `at` was not given out yet.
    pub(super) fn any_before(&self, at: u32) -> bool {
        let rest = self.tokens.get(self.next..).unwrap_or_default();
        rest.iter().take_while(|token| token.start < at).any(|token| token.kind == TokenKind::Comment)
    }

    /// Whether an empty line stands before byte `at`, with nothing between but `;` of empty statements, which are
    /// those after `done`.
    pub(super) fn blank_before(&self, at: u32, done: u32) -> bool {
        let before = self.tokens.get(..self.index(at)).unwrap_or_default();
        before
            .iter()
            .rev()
            .take_while(|token| {
                token.kind == TokenKind::Space || token.kind == TokenKind::Semicolon && token.start >= done
            })
            .any(|token| line::count(token.text(self.text)) > 1)
    }

    /// The end of the last token before `at` that is neither space nor comment.
    pub(super) fn end_before(&self, at: u32) -> u32 {
        self.significant_before(at).map_or(0, |token| token.end)
    }

    /// The start of the `kind` token that leads in what is at `at`, or `at` where there is none. Opening
    /// parentheses between them do not count.
    pub(super) fn lead(&self, at: u32, kind: TokenKind) -> u32 {
        let mut from = at;
        while let Some(token) = self.significant_before(from) {
            if token.kind == kind {
                return token.start;
            }
            if token.kind != TokenKind::LeftParen {
                break;
            }
            from = token.start;
        }
        at
    }

    /// The tokens within bytes `start..end` that are neither space nor comment.
    pub(super) fn significant(&self, start: u32, end: u32) -> impl Iterator<Item = Token> + use<'a> {
        let tokens = self.tokens.get(self.index(start)..).unwrap_or_default();
        tokens.iter().copied().take_while(move |token| token.start < end).filter(|token| !token.kind.is_trivia())
    }

    fn significant_before(&self, at: u32) -> Option<Token> {
        let before = self.tokens.get(..self.index(at)).unwrap_or_default();
        before.iter().rev().copied().find(|token| !token.kind.is_trivia())
    }

    /// The first token that starts at or after `at`.
    fn index(&self, at: u32) -> usize {
        self.tokens.partition_point(|token| token.start < at)
    }
}

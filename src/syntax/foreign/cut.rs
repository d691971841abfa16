//! Finds the statements of a text with errors, by its tokens alone.

use super::super::token::{Token, TokenKind};
use crate::line;

/// A statement of a broken text: its tokens, white space and comments left out.
#[derive(Debug)]
pub(super) struct Cut {
    /// The tokens, with the `;` at the end.
    pub(super) tokens: Vec<Token>,
    /// Whether it stands in the block of a test.
    pub(super) in_test: bool,
    /// Whether a comment stands in it.
    pub(super) has_comment: bool,
}

impl Cut {
    pub(super) fn start(&self) -> u32 {
        self.tokens.first().map_or(0, |first| first.start)
    }

    pub(super) fn end(&self) -> u32 {
        self.tokens.last().map_or(0, |last| last.end)
    }
}

/// Cuts the tokens of a text into statements: at `;`, at the braces of blocks, before a line that begins with the first word of a
/// statement, behind a brace that closes what a statement opened.
pub(super) fn cut(text: &str, tokens: &[Token]) -> Vec<Cut> {
    let mut cutter =
        Cutter { found: Vec::new(), current: Vec::new(), blocks: Vec::new(), depth: 0, has_comment: false };
    let bodies = bodies(text, tokens);
    let mut new_line = true;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Space => new_line |= line::is_broken(token.text(text)),
            TokenKind::Comment | TokenKind::ForeignComment => {
                cutter.has_comment |= !cutter.current.is_empty();
                new_line |= line::is_broken(token.text(text));
            }
            _ => {
                let in_body = bodies.binary_search(&index).is_ok();
                cutter.next(*token, new_line, in_body, || {
                    tokens.iter().skip(index + 1).find(|next| !next.kind.is_trivia()).map(|next| next.kind)
                });
                new_line = false;
            }
        }
    }
    cutter.end();
    cutter.found
}

/// The places of those `;` that end a line in a body of another language, like the one of `allow a { args.x == 1; args.y == 2 }`: the
/// braces are in a statement and hold neither braces nor the first word of another statement.
fn bodies(text: &str, tokens: &[Token]) -> Vec<usize> {
    use TokenKind as T;
    let mut found = Vec::new();
    // The `;` since the last brace, if it opens a body.
    let mut open: Option<Vec<usize>> = None;
    let mut first = None;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            kind if kind.is_trivia() => {}
            T::LeftBrace => {
                let opens = matches!(first, Some(T::Allow | T::Deny | T::Hide | T::Require | T::Limit | T::Group));
                open = opens.then(Vec::new);
                first = None;
            }
            T::RightBrace => {
                found.extend(open.take().unwrap_or_default());
                first = None;
            }
            T::Semicolon => {
                if let Some(places) = &mut open {
                    places.push(index);
                } else {
                    first = None;
                }
            }
            kind if kind.starts_statement() && !token.text(text).is_empty() => {
                if open.is_some() {
                    open = None;
                }
                first = first.or(Some(kind));
            }
            kind => first = first.or(Some(kind)),
        }
    }
    found
}

struct Cutter {
    found: Vec<Cut>,
    current: Vec<Token>,
    /// The first words of the blocks that are open.
    blocks: Vec<TokenKind>,
    /// How many delimiters the statement has open.
    depth: u32,
    has_comment: bool,
}

impl Cutter {
    fn next(&mut self, token: Token, new_line: bool, in_body: bool, following: impl FnOnce() -> Option<TokenKind>) {
        use TokenKind as T;
        let first = self.current.first().map(|first| first.kind);
        match token.kind {
            T::Semicolon => {
                self.current.push(token);
                // In a body of another language it ends a line of the body.
                if self.depth == 0 || !in_body && following() != Some(T::RightBrace) {
                    self.end();
                }
            }
            T::LeftBrace if self.depth == 0 && matches!(first, Some(T::Policy | T::Test)) => {
                self.blocks.extend(first);
                self.current.push(token);
                self.end();
            }
            T::LeftBrace | T::LeftBracket | T::LeftParen => {
                self.depth += 1;
                self.current.push(token);
            }
            T::RightBrace if self.depth == 0 && !self.blocks.is_empty() => {
                self.end();
                self.blocks.pop();
            }
            T::RightBrace | T::RightBracket | T::RightParen => {
                let closes = self.depth == 1;
                self.depth = self.depth.saturating_sub(1);
                self.current.push(token);
                let goes_on = || {
                    matches!(
                        following(),
                        Some(
                            T::Semicolon
                                | T::Arrow
                                | T::From
                                | T::As
                                | T::Times
                                | T::Name
                                | T::Because
                                | T::When
                                | T::For
                                | T::EqualEqual
                                | T::NotEqual
                                | T::In
                                | T::Like
                                | T::Contains
                                | T::Matches
                        ) | Some(T::ForeignOperator | T::Comma | T::Except | T::Per | T::Unless)
                    )
                };
                if closes && token.kind == T::RightBrace && first != Some(T::Call) && !goes_on() {
                    self.end();
                }
            }
            kind => {
                let goes_on = self.current.last().is_some_and(|last| {
                    matches!(last.kind, T::Assert | T::Arrow | T::Per | T::Comma | T::Except | T::ForeignOperator)
                });
                if kind.starts_statement() && new_line && self.depth == 0 && !goes_on {
                    self.end();
                }
                self.current.push(token);
            }
        }
    }

    fn end(&mut self) {
        let tokens = std::mem::take(&mut self.current);
        let has_comment = std::mem::take(&mut self.has_comment);
        self.depth = 0;
        if !tokens.is_empty() {
            let in_test = self.blocks.last() == Some(&TokenKind::Test);
            self.found.push(Cut { tokens, in_test, has_comment });
        }
    }
}

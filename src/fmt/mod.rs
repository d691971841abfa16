//! The formatter: one layout for every policy.
//!
//! Comments stay before the part, or behind the line, that they stand at; single empty lines between statements
//! stay; everything else about the layout is decided here. The language has no statement whose meaning depends on
//! layout, and the formatter proves for each text that it changed none: it reads its own output and refuses to give
//! it out unless the tree, the comments and a second formatting are the same.

mod comments;
mod layout;
mod parts;
mod printer;
mod shape;

use std::fmt;

use crate::line::{self, BYTE_ORDER_MARK};
use crate::source::FileId;
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::{Parse, parse};

/// Why a text was not formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatError {
    /// The text has syntax errors; they are in [`Parse::errors`].
    Syntax,
    /// The formatter would have changed more than the layout: a mistake of ours.
    Unsound(Unsound),
}

/// What the formatter would have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsound {
    /// The result does not read without errors.
    Unreadable,
    /// The result means something else.
    Meaning,
    /// The result has other comments, or in another order.
    Comments,
    /// Formatting the result changes it again.
    Unstable,
}

impl fmt::Display for FormatError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Syntax => return out.write_str("the policy has syntax errors and is left as it is"),
            Self::Unsound(Unsound::Unreadable) => "would make the policy unreadable",
            Self::Unsound(Unsound::Meaning) => "would change what the policy says",
            Self::Unsound(Unsound::Comments) => "would change comments",
            Self::Unsound(Unsound::Unstable) => "would not come to rest",
        };
        write!(out, "formatting {what}; the policy is left as it is, please report this mistake of the formatter")
    }
}

impl std::error::Error for FormatError {}

/// Formats `text`, of which `parse` is the reading.
///
/// # Errors
/// The text has syntax errors, or the formatter would have changed more than the layout.
pub fn format(text: &str, parse: &Parse) -> Result<String, FormatError> {
    if !parse.errors.is_empty() {
        return Err(FormatError::Syntax);
    }
    let formatted = write(text, parse);
    verify(text, parse, &formatted).map_err(FormatError::Unsound)?;
    Ok(formatted)
}

/// The text as it is formatted. The mark that some editors put in front stays, and so does the first kind of line end.
fn write(text: &str, parse: &Parse) -> String {
    let formatted = printer::Printer::new(text, &parse.tokens).file(&parse.file.items);
    let formatted = line::with_ends_of(&formatted, text);
    if text.starts_with(BYTE_ORDER_MARK) { format!("{BYTE_ORDER_MARK}{formatted}") } else { formatted }
}

fn verify(text: &str, before: &Parse, formatted: &str) -> Result<(), Unsound> {
    let after = parse(formatted, FileId::default());
    if !after.errors.is_empty() {
        return Err(Unsound::Unreadable);
    }
    if shape::shape(&before.file) != shape::shape(&after.file) {
        return Err(Unsound::Meaning);
    }
    if !comments(text, &before.tokens).eq(comments(formatted, &after.tokens)) {
        return Err(Unsound::Comments);
    }
    if write(formatted, &after) != formatted {
        return Err(Unsound::Unstable);
    }
    Ok(())
}

/// The comments of a text in order, without white space at their ends.
fn comments<'a>(text: &'a str, tokens: &'a [Token]) -> impl Iterator<Item = &'a str> {
    tokens.iter().filter(|token| token.kind == TokenKind::Comment).map(|token| token.text(text).trim_end())
}

#[cfg(test)]
mod tests;

//! From text to tree. Parsing is total: any text gives a [`Parse`].

mod again;
pub mod ast;
mod build;
mod errors;
pub(crate) mod places;
pub mod print;
mod structure;
mod text;
pub mod token;

use crate::diagnostics::{self, Diagnostic, codes};
use crate::source::FileId;

lalrpop_util::lalrpop_mod!(
    #[allow(
        clippy::all,
        clippy::pedantic,
        clippy::restriction,
        missing_docs,
        unreachable_pub,
        unused,
        reason = "generated code"
    )]
    grammar,
    "/policy.rs"
);

pub(crate) use build::is_plain_name;
pub(crate) use text::{json_quote, raw_offset, unescape};

/// A text, read.
#[derive(Debug)]
pub struct Parse {
    /// All tokens, white space and comments included; their texts put together are the text.
    pub tokens: Vec<token::Token>,
    /// The tree, with error nodes where the text was broken.
    pub file: ast::File,
    /// What is wrong with the text, in order; empty if and only if the tree has no error nodes.
    pub errors: Vec<Diagnostic>,
    /// The tokens that the parser was given.
    structured: Vec<token::Token>,
}

/// Reads a text. `file` is what spans are given.
#[must_use]
pub fn parse(text: &str, file: FileId) -> Parse {
    let tokens = token::lex(text);
    let structured = structure::structure(text, file, &tokens);
    let mut context = build::Context::new(text, file, structured.errors, structured.damaged);
    let tree = statements(&mut context, &structured.tokens).unwrap_or_else(|error| {
        context.syntax_error(error);
        ast::File::default()
    });
    Parse { tokens, file: tree, errors: in_order(context), structured: structured.tokens }
}

/// Reads a text that was made from another by edits, as [`parse`] would; but statements that are the same in both are taken from
/// what was read `before`, which must have the same `file`.
#[must_use]
pub fn parse_again(text: &str, file: FileId, before: &Parse, old_text: &str) -> Parse {
    // The first is said once, whichever statements it is true of; the others change what all that follows is part of.
    let spreads = |error: &Diagnostic| {
        [codes::NESTED_TOO_DEEP, codes::UNCLOSED_DELIMITER, codes::UNOPENED_DELIMITER].contains(&error.code)
    };
    if before.errors.iter().any(spreads) {
        return parse(text, file);
    }
    let tokens = token::lex(text);
    let structured = structure::structure(text, file, &tokens);
    if structured.errors.iter().any(spreads) {
        return parse(text, file);
    }
    let kept = again::kept(before, old_text, &structured.tokens, text);
    let mut context = build::Context::new(text, file, structured.errors, structured.damaged);
    let tree = statements(&mut context, kept.between(&structured.tokens)).ok().and_then(|between| kept.around(between));
    match tree {
        Some(tree) => Parse { tokens, file: tree, errors: in_order(context), structured: structured.tokens },
        // After a mistake the parser looked for a way on, which it may find behind what it was given.
        None => parse(text, file),
    }
}

fn statements<'t>(
    context: &mut build::Context<'_>,
    tokens: impl IntoIterator<Item = &'t token::Token>,
) -> Result<ast::File, errors::ParseError> {
    let stream = tokens.into_iter().map(|token| Ok((token.start, token.kind, token.end)));
    grammar::FileParser::new().parse(context, stream)
}

fn in_order(context: build::Context<'_>) -> Vec<Diagnostic> {
    let mut errors = context.into_errors();
    diagnostics::sort(&mut errors);
    errors
}

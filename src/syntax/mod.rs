//! From text to tree. Parsing is total: any text gives a [`Parse`].

pub mod ast;
mod build;
mod errors;
pub mod print;
mod structure;
mod text;
pub mod token;

use crate::diagnostics::{self, Diagnostic};
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
}

/// Reads a text. `file` is what spans are given.
#[must_use]
pub fn parse(text: &str, file: FileId) -> Parse {
    let tokens = token::lex(text);
    let structured = structure::structure(text, file, &tokens);
    let mut context = build::Context::new(text, file, structured.errors, structured.damaged);
    let stream = structured.tokens.iter().map(|token| Ok((token.start, token.kind, token.end)));
    let tree = match grammar::FileParser::new().parse(&mut context, stream) {
        Ok(tree) => tree,
        Err(error) => {
            context.syntax_error(error);
            ast::File::default()
        }
    };
    let mut errors = context.into_errors();
    diagnostics::sort(&mut errors);
    Parse { tokens, file: tree, errors }
}

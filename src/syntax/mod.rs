//! From text to tree. Parsing is total: any text gives a [`Parse`].

pub mod ast;
mod build;
mod capped;
mod errors;
mod foreign;
pub(crate) mod places;
pub mod print;
mod reparse;
mod structure;
mod text;
pub mod token;

use crate::diagnostics::{self, Diagnostic, codes};
use crate::source::{FileId, Span, offset};

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

pub use build::is_plain_name;
pub(crate) use build::seconds_of_unit;
pub(crate) use text::{raw_offset, unescape};

/// A text, read.
#[derive(Debug)]
pub struct Parse {
    /// All tokens, white space and comments included; their texts put together are the text.
    pub tokens: Vec<token::Token>,
    /// The tree, with error nodes where the text was broken.
    pub file: ast::File,
    /// What is wrong with the text, in order, at most ten of a kind; empty if and only if the tree has no error nodes.
    pub errors: Vec<Diagnostic>,
    /// The tokens that the parser was given.
    structured: Vec<token::Token>,
    /// Where the parser found mistakes.
    mistakes: Mistakes,
}

/// Where the parser found mistakes, whatever is said of them.
#[derive(Debug, Clone, Copy)]
struct Mistakes {
    /// The first byte of the first and the last byte of the last place that an error names.
    range: Option<(u32, u32)>,
    /// Whether one of them is about more than its own statement.
    spread: bool,
}

impl Mistakes {
    fn of(errors: &[Diagnostic]) -> Self {
        // The first is reported once, whichever statements it is true of; the others change what all that follows is part of.
        const SPREADING: [&diagnostics::Code; 3] =
            [codes::NESTED_TOO_DEEP, codes::UNCLOSED_DELIMITER, codes::UNOPENED_DELIMITER];
        let places = errors.iter().flat_map(|error| {
            std::iter::once(error.primary.span).chain(error.secondary.iter().map(|label| label.span))
        });
        let range = places.map(|span| (span.start, span.end));
        Self {
            range: range.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))),
            spread: errors.iter().any(|error| SPREADING.contains(&error.code)),
        }
    }
}

/// Reads a text. `file` is what spans are given.
#[must_use]
pub fn parse(text: &str, file: FileId) -> Parse {
    explained(read(text, file), text, file)
}

/// Reads a text; what is wrong is said as the parser sees it.
fn read(text: &str, file: FileId) -> Parse {
    let tokens = token::lex(text);
    let structured = structure::structure(text, file, &tokens);
    let mut context = build::Context::new(text, file, structured.errors, structured.damaged);
    let tree = statements(&mut context, &structured.tokens).unwrap_or_else(|error| {
        context.syntax_error(error);
        ast::File::default()
    });
    let errors = context.into_errors();
    let mistakes = Mistakes::of(&errors);
    Parse { tokens, file: tree, errors, structured: structured.tokens, mistakes }
}

/// Says what is wrong as the author would: phrases and whole texts of other languages are recognised, many errors of a kind are one.
fn explained(mut parse: Parse, text: &str, file: FileId) -> Parse {
    if parse.errors.is_empty() {
        return parse;
    }
    let span = Span::new(file, 0, offset(text.len()));
    if let Some((document, place)) = foreign::recognise(text) {
        let place = Span::new(file, place.start, place.end);
        let error = Diagnostic::new(codes::FOREIGN_DOCUMENT, place, format!("this is {}, not a policy", document.name));
        parse.errors = vec![error.help(document.help)];
        parse.file = ast::File { items: vec![ast::Item { kind: ast::ItemKind::Error, span }] };
        // No part of it is a statement that could be kept.
        parse.mistakes.spread = true;
        return parse;
    }
    let (mut errors, reworded) = foreign::explain(text, file, &parse.tokens, std::mem::take(&mut parse.errors));
    // What the parser made of such a statement is not what its author meant.
    let mut reworded = reworded;
    parse.file.items.iter_mut().for_each(|item| forget(item, &mut reworded));
    diagnostics::sort(&mut errors);
    parse.errors = capped::capped(errors);
    parse
}

/// Makes an error of a statement that is one of those that were reworded, which are in order; a name that it declares stays.
fn forget(item: &mut ast::Item, reworded: &mut [foreign::Reread]) {
    let meeting = |reworded: &[foreign::Reread], span: Span| {
        let next = reworded.partition_point(|reread| reread.span.end <= span.start);
        reworded.get(next).is_some_and(|reread| reread.span.start < span.end).then_some(next)
    };
    let Some(met) = meeting(reworded, item.span) else { return };
    match &mut item.kind {
        ast::ItemKind::Policy { items, .. } => items.iter_mut().for_each(|item| forget(item, reworded)),
        ast::ItemKind::Test(test) => {
            for step in test.steps.iter_mut().filter(|step| meeting(reworded, step.span).is_some()) {
                step.kind = ast::StepKind::Error;
            }
        }
        kind => {
            let declares = reworded.get_mut(met).and_then(|reread| reread.declares.take());
            *kind = declares.unwrap_or(ast::ItemKind::Error);
        }
    }
}

/// Reads a text that was made from another by edits, as [`parse`] would; but statements that are the same in both are taken from
/// what was read `before`, which must have the same `file`.
#[must_use]
pub fn parse_again(text: &str, file: FileId, before: &Parse, old_text: &str) -> Parse {
    if before.mistakes.spread {
        return parse(text, file);
    }
    let tokens = token::lex(text);
    let structured = structure::structure(text, file, &tokens);
    if Mistakes::of(&structured.errors).spread {
        return parse(text, file);
    }
    let kept = reparse::kept(before, old_text, &structured.tokens, text);
    let mut context = build::Context::new(text, file, structured.errors, structured.damaged);
    let tree = statements(&mut context, kept.between(&structured.tokens)).ok().and_then(|between| kept.around(between));
    match tree {
        Some(tree) => {
            let errors = context.into_errors();
            let mistakes = Mistakes::of(&errors);
            explained(Parse { tokens, file: tree, errors, structured: structured.tokens, mistakes }, text, file)
        }
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

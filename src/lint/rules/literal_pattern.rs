//! A pattern that covers one text only.
//!
//! ## What it does
//!
//! Reports `like` with a text that has no `*`, and `matches` with a regular expression that is a
//! plain text. Both speak of the whole value, so they cover that one text.
//!
//! ## Why it matters
//!
//! Either `==` was meant, or a part of a longer text, and then the rule covers much less than it
//! should.
//!
//! ## Example
//!
//! ```pol lint code=literal-pattern catalogue
//! allow *;
//! deny query_sales when args.sql matches "DROP";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! deny query_sales when args.sql contains "DROP";
//! ```

use super::helpers::atoms::{self, Single};
use super::helpers::{dialect, shape, texts};
use super::prelude::*;
use crate::diagnostics::quote;
use crate::syntax::ast::Operand;
use crate::syntax::print;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::LITERAL_PATTERN, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::all(context).into_iter().filter_map(|found| {
        let (word, source, text) = match atoms::single(&found.atom.test)? {
            // That is another rule's.
            Single::Like(like) if like.source().starts_with('^') && like.source().ends_with('$') => return None,
            Single::Like(like) if texts::is_sql(like.source()) || dialect::is_template(like.source()) => return None,
            Single::Like(like)
                if dialect::of(like.source(), texts::holds(&found.atom.path) == texts::Holds::Path).is_some() =>
            {
                return None;
            }
            Single::Like(like) => ("like", like.source().to_owned(), like.literal()?),
            Single::Regex(regex) => ("matches", regex.source().to_owned(), shape::literal(regex)?),
        };
        let operand = atoms::operand(found.written)?;
        let value = match operand {
            // The name goes on to stand for the same text.
            Operand::Name(name) if source == text => name.text.clone(),
            _ => print::string(&text),
        };
        let covers = if text.is_empty() { "the empty text".to_owned() } else { quote(&text) };
        let message = format!("`{word}` speaks of the whole value, so this covers only {covers}");
        let finding = Diagnostic::new(codes::LITERAL_PATTERN, operand.span(), message);
        let finding = finding.help(if text.is_empty() {
            "write `== \"\"`, or the pattern that was meant".to_owned()
        } else {
            format!("write `==`, or `contains {}` if a part of the value is meant", print::string(&text))
        });
        Some(match atoms::plain_test_span(context, found.written) {
            Some(span) => {
                finding.fix(Applicability::Safe, format!("write `== {value}`"), span, format!(" == {value}"))
            }
            None => finding,
        })
    });
    found.collect()
}

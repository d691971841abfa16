//! An invisible character.
//!
//! ## What it does
//!
//! Reports characters in strings and comments of the policy that are invisible or that change the
//! direction of the text around them: zero-width spaces, direction marks, line separators.
//!
//! ## Why it matters
//!
//! The policy that is reviewed is then not the policy that is enforced: a comparison with `main`
//! and a zero-width space matches no branch, and reversed text can make a rule look like part of a
//! comment.
//!
//! ## Example
//!
//! ```pol lint code=hidden-character catalogue
//! deny *;
//! allow send_dm_to_user when args.user_id == "4​2";
//! ```
//!
//! ## Use instead
//!
//! Remove it or, if it is intended, write it as an escape, which is the same string:
//!
//! ```pol lint catalogue
//! deny *;
//! allow send_dm_to_user when args.user_id == "4\u200b2";
//! ```

use super::prelude::*;
use crate::diagnostics::is_hidden;
use crate::source::{Span, offset};
use crate::syntax::token::TokenKind;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::HIDDEN_CHARACTER, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for token in file.tokens() {
        let in_string = token.kind == TokenKind::Str;
        if !in_string && token.kind != TokenKind::Comment {
            continue;
        }
        let whole = Span::new(file.main_id(), token.start, token.end);
        let text = file.text(whole);
        let hidden = text.char_indices().filter(|(_, char)| is_hidden(*char) && !matches!(char, '\t' | '\r'));
        let edits: Vec<_> = hidden
            .map(|(at, char)| {
                let start = token.start + offset(at);
                let span = Span::new(file.main_id(), start, start + offset(char.len_utf8()));
                edit::replace(span, if in_string { escaped(char) } else { String::new() })
            })
            .collect();
        let Some(first) = edits.first() else { continue };
        let char: String = file.text(first.span).chars().flat_map(char::escape_unicode).collect();
        let message = match edits.len() {
            1 => format!("an invisible character: `{char}`"),
            count => format!("{count} invisible characters, the first of them `{char}`"),
        };
        let finding = Diagnostic::new(codes::HIDDEN_CHARACTER, first.span, message);
        found.push(match in_string {
            true => {
                let finding = finding.help("remove it if it is not intended");
                finding.fix_all(Applicability::Safe, "write it as an escape", edits)
            }
            false => finding.fix_all(Applicability::Safe, "remove it", edits),
        });
    }
    found
}

/// A character as a JSON escape, in UTF-16.
fn escaped(char: char) -> String {
    let mut units = [0; 2];
    char.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

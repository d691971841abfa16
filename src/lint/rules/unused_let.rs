//! A value that is never used.
//!
//! ## What it does
//!
//! Reports a `let` of the file whose name occurs nowhere else. A file that contains only
//! declarations is there to be imported, and is not reported.
//!
//! ## Why it matters
//!
//! Usually a rule still contains the number that the name should replace, and a change of the value
//! then has no effect.
//!
//! ## Example
//!
//! ```pol lint code=unused-let catalogue
//! let most = 500;
//! deny *;
//! allow create_charge when args.amount <= 500;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! let most = 500;
//! deny *;
//! allow create_charge when args.amount <= most;
//! ```

use super::helpers::declared;
use super::prelude::*;
use crate::source::Span;
use crate::syntax::ast::ItemKind;
use crate::syntax::token::TokenKind;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::UNUSED_LET, Check::File(check)) };

/// How many texts are looked at for each name that is not used.
const MOST_TEXTS: usize = 100;

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    if declared::is_library(file) {
        return Vec::new();
    }
    let lets = file.items().into_iter().filter_map(|item| match &item.kind {
        ItemKind::Let { name, .. } => Some((item, name)),
        _ => None,
    });
    let uses = declared::Uses::of(file);
    // Only texts that may contain a placeholder are searched for each name.
    let texts: Vec<&str> = file
        .tokens()
        .iter()
        .filter(|token| token.kind == TokenKind::Str)
        .map(|token| file.text(Span::new(file.main_id(), token.start, token.end)))
        .filter(|text| text.contains(['$', '{']))
        .take(MOST_TEXTS)
        .collect();
    let unused = lets.filter(|(_, name)| !uses.is_let_used(name));
    let found = unused.map(|(item, name)| {
        let message = format!("nothing uses the value {}", quote(&name.text));
        let removed = edit::remove_statement(file, item.span);
        let put_in = [format!("{{{}}}", name.text), format!("${}", name.text)];
        let finding = Diagnostic::new(codes::UNUSED_LET, name.span, message);
        let finding = match put_in.iter().find(|written| texts.iter().any(|text| text.contains(written.as_str()))) {
            Some(written) => finding.help(format!(
                "nothing is substituted in a string: {} stands for itself there; write the whole string, or name the whole string",
                quote(written)
            )),
            None => finding.help("use it, or remove it"),
        };
        finding.fix_all(Applicability::Safe, "remove it", vec![removed])
    });
    found.collect()
}

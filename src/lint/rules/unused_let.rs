//! A value that is never used.
//!
//! ## What it does
//!
//! Reports a `let` of the file whose name occurs nowhere else. A file of declarations alone is there to
//! be imported, and not reported.
//!
//! ## Why it matters
//!
//! Mostly a rule still has the number that the name was to replace, and a change of the value then
//! changes nothing.
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
use crate::syntax::ast::ItemKind;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::UNUSED_LET, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    if declared::is_library(file) {
        return Vec::new();
    }
    let lets = file.items().into_iter().filter_map(|item| match &item.kind {
        ItemKind::Let { name, .. } => Some((item, name)),
        _ => None,
    });
    let uses = declared::Uses::of(file);
    let unused = lets.filter(|(_, name)| !uses.is_let_used(name));
    let found = unused.map(|(item, name)| {
        let message = format!("nothing uses the value {}", quote(&name.text));
        let removed = edit::remove_statement(file, item.span);
        let finding = Diagnostic::new(codes::UNUSED_LET, name.span, message).help("use it, or remove it");
        finding.fix_all(Applicability::Safe, "remove it", vec![removed])
    });
    found.collect()
}

//! `and` and `or` side by side without parentheses.
//!
//! ## What it does
//!
//! Reports an `or` with an operand that contains `and` and has no parentheses. The message says how
//! it is read, and the fix adds the parentheses.
//!
//! ## Why it matters
//!
//! `and` binds more tightly, so `a or b and c` is `a or (b and c)`. Someone who reads from left to
//! right takes it for `(a or b) and c`, which is true for other calls.
//!
//! ## Example
//!
//! ```pol lint code=mixed-and-or catalogue
//! allow *;
//! deny create_charge when args.currency == "EUR" or args.currency == "USD" and args.amount > 500;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! deny create_charge when args.currency in ["EUR", "USD"] and args.amount > 500;
//! ```

use super::prelude::*;
use crate::diagnostics::Edit;
use crate::lint::file::parts;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::print;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::MIXED_AND_OR, Check::File(check)) };

/// The longest reading that a message shows.
const MOST_SHOWN: usize = 120;

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let conditions = file.items().into_iter().filter_map(File::condition);
    conditions.flat_map(parts).filter_map(|part| finding(file, part)).collect()
}

fn finding(file: &File<'_>, expr: &Expr) -> Option<Diagnostic> {
    let ExprKind::Or(alternatives) = &expr.kind else { return None };
    let is_bare =
        |part: &&Expr| matches!(part.kind, ExprKind::And(_)) && !print::sets_apart(expr, part);
    let bare: Vec<Span> = alternatives.iter().filter(is_bare).map(|part| part.span).collect();
    let first = bare.first()?;
    let finding = Diagnostic::new(codes::MIXED_AND_OR, *first, "`and` binds tighter than the `or` next to it");
    let read: Vec<String> = alternatives
        .iter()
        .map(|part| {
            let text = file.text(part.span);
            if bare.contains(&part.span) { format!("({text})") } else { text.to_owned() }
        })
        .collect();
    let read = read.join(" or ");
    let finding = if read.len() <= MOST_SHOWN && !read.contains(['\n', '\r']) {
        finding.help(format!("this is read as {}", quote(&read)))
    } else {
        finding.help("each part joined by `and` is one alternative of the `or`")
    };
    let edits = bare.iter().flat_map(|span| {
        [Edit { span: span.at_start(), text: "(".to_owned() }, Edit { span: span.at_end(), text: ")".to_owned() }]
    });
    Some(finding.fix_all(Applicability::Safe, "add the parentheses", edits.collect()))
}

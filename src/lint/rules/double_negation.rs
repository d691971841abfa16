//! Two negations that cancel each other.
//!
//! ## What it does
//!
//! Reports `not not C` and `unless not C`. `not args.x != v` is not reported: it is true for a
//! missing value, and `args.x == v` is not.
//!
//! ## Why it matters
//!
//! It is hard to read, and usually one of the two was added without noticing the other.
//!
//! ## Example
//!
//! ```pol lint code=double-negation catalogue
//! deny *;
//! allow create_charge unless not args.amount <= 500;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.amount <= 500;
//! ```

use std::collections::BTreeMap;

use super::prelude::*;
use crate::lint::file::File;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, ItemKind, When};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::DOUBLE_NEGATION, Check::File(check)) };

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    // Starts and ends of what is reported; no two of these overlap.
    let mut told: BTreeMap<u32, u32> = BTreeMap::new();
    for item in file.items() {
        let when = match &item.kind {
            ItemKind::Rule(rule) => rule.clauses.when.as_ref(),
            ItemKind::Assert(assert) => assert.clauses.when.as_ref(),
            _ => None,
        };
        if let Some(When { unless: true, condition: Expr { kind: ExprKind::Not(inner), .. }, span }) = when {
            let title = "write `when` without the `not`";
            told.insert(span.start, span.end);
            found.push(finding(file, *span, inner, "`unless not` means `when`", title, "when "));
        }
        for part in File::condition(item).map(crate::lint::file::parts).unwrap_or_default() {
            let ExprKind::Not(outer) = &part.kind else { continue };
            let ExprKind::Not(inner) = &outer.kind else { continue };
            // A part inside another finding is reported once that one is fixed.
            let before = told.range(..=part.span.start).next_back();
            if before.is_none_or(|(_, end)| *end < part.span.end) {
                told.insert(part.span.start, part.span.end);
                found.push(finding(file, part.span, inner, "`not not` has no effect", "leave both out", ""));
            }
        }
    }
    found
}

fn finding(file: &File<'_>, span: Span, inner: &Expr, message: &str, title: &str, word: &str) -> Diagnostic {
    let finding = Diagnostic::new(codes::DOUBLE_NEGATION, span, message);
    let before = file.text(Span { end: inner.span.start, ..span });
    let after = file.text(Span { start: inner.span.end, ..span });
    if before.contains("//") || after.contains("//") {
        return finding.help(title);
    }
    // What is kept was below a `not`, so it is a test or stands in parentheses.
    finding.fix(Applicability::Safe, title, span, format!("{word}{}", file.text(inner.span)))
}

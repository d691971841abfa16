//! A list of one value.
//!
//! ## What it does
//!
//! Reports `in` and `not in` with a list of one value. `not in [null]` is not reported: it is never
//! true, while `!= null` can be.
//!
//! ## Why it matters
//!
//! `==` means the same and is shorter. A list that will grow may well stay.
//!
//! ## Example
//!
//! ```pol lint code=single-value-list catalogue
//! deny *;
//! allow create_charge when args.currency in ["EUR"];
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.currency == "EUR";
//! ```

use super::helpers::atoms;
use super::prelude::*;
use crate::lint::file::{File, parts};
use crate::source::Span;
use crate::syntax::ast::{ExprKind, List, LiteralExpr, LiteralValue, Operand, ValueTest};

pub(super) const RULE: Rule = Rule {
    group: Group::Pedantic,
    fix: Some(Applicability::Safe),
    ..Rule::new(codes::SINGLE_VALUE_LIST, Check::File(check))
};

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for part in file.items().into_iter().filter_map(File::condition).flat_map(parts) {
        let ExprKind::Atom(atom) = &part.kind else { continue };
        let Some(ValueTest::In { negated, list: List::Items(items, _) }) = atoms::value_test(atom) else { continue };
        let [value] = items.as_slice() else { continue };
        if *negated && may_be_null(value) {
            continue;
        }
        let Some(span) = atoms::test_span(atom) else { continue };
        let written = format!("{} {}", if *negated { "!=" } else { "==" }, file.text(value.span()));
        let around = [Span { end: value.span().start, ..span }, Span { start: value.span().end, ..span }];
        let message = format!("`{}` with a list of one value", if *negated { "not in" } else { "in" });
        let finding = Diagnostic::new(codes::SINGLE_VALUE_LIST, part.span, message);
        found.push(if around.iter().any(|around| file.text(*around).contains("//")) {
            finding.help(format!("write `{written}`"))
        } else {
            finding.fix(Applicability::Safe, format!("write `{written}`"), span, format!(" {written}"))
        });
    }
    found
}

/// Whether a value may be null. A name stands for a value that is declared elsewhere.
const fn may_be_null(value: &Operand) -> bool {
    !matches!(
        value,
        Operand::Literal(LiteralExpr { value: LiteralValue::Str(_) | LiteralValue::Number(..) | LiteralValue::Bool(_), .. })
    )
}

//! A value that occurs twice in a list.
//!
//! ## What it does
//!
//! Reports a value or pattern that occurs earlier in the list, in a condition or in a `let`.
//! Numbers are compared by value: `1` and `1.0` are the same.
//!
//! ## Why it matters
//!
//! Usually one of the two should be another value.
//!
//! ## Example
//!
//! ```pol lint code=repeated-value catalogue
//! deny *;
//! allow create_charge when args.currency in ["EUR", "GBP", "EUR"];
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.currency in ["EUR", "GBP"];
//! ```

use std::collections::BTreeMap;

use super::prelude::*;
use crate::decimal::Decimal;
use crate::diagnostics::{Edit, quote};
use crate::lint::file::{File, parts};
use crate::source::Span;
use crate::syntax::ast::{ExprKind, ItemKind, LetValue, List, LiteralExpr, LiteralValue, Operand, Patterns, ValueTest};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::REPEATED_VALUE, Check::File(check)) };

/// An element of a list: a value or the name of one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Element<'a> {
    Null,
    Bool(bool),
    Number(&'a Decimal),
    Text(&'a str),
    Name(&'a str),
}

impl<'a> Element<'a> {
    fn of(value: &'a LiteralValue) -> Self {
        match value {
            LiteralValue::Null => Self::Null,
            LiteralValue::Bool(value) => Self::Bool(*value),
            LiteralValue::Number(_, number) => Self::Number(number),
            LiteralValue::Str(text) => Self::Text(text),
        }
    }
}

fn check(file: &File<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in file.items() {
        if let ItemKind::Let { value: LetValue::List(items, _), .. } = &item.kind {
            look(file, items.iter().map(|item| (Element::of(&item.value), item.span)).collect(), &mut found);
        }
        for part in File::condition(item).map(parts).unwrap_or_default() {
            let ExprKind::Atom(atom) = &part.kind else { continue };
            let items = match super::helpers::atoms::value_test(atom) {
                Some(ValueTest::In { list: List::Items(items, _), .. }) => items,
                Some(ValueTest::Like(Patterns::Any(items, _)) | ValueTest::Matches(Patterns::Any(items, _))) => items,
                _ => continue,
            };
            let elements = items.iter().filter_map(|item| match item {
                Operand::Literal(LiteralExpr { value, span }) => Some((Element::of(value), *span)),
                Operand::Name(name) => Some((Element::Name(&name.text), name.span)),
                Operand::Error(_) => None,
            });
            look(file, elements.collect(), &mut found);
        }
    }
    found
}

fn look(file: &File<'_>, elements: Vec<(Element<'_>, Span)>, found: &mut Vec<Diagnostic>) {
    let spans: Vec<Span> = elements.iter().map(|(_, span)| *span).collect();
    let mut known: BTreeMap<Element<'_>, Span> = BTreeMap::new();
    for (index, (element, span)) in elements.into_iter().enumerate() {
        let Some(first) = known.get(&element).copied() else {
            known.insert(element, span);
            continue;
        };
        let message = format!("{} is in this list already", quote(file.text(span)));
        let finding = Diagnostic::new(codes::REPEATED_VALUE, span, message).because(first, "here");
        found.push(match edit::remove_element(&spans, index).filter(|edit| is_plain(file, edit)) {
            Some(edit) => finding.fix_all(Applicability::Safe, "remove it from the list", vec![edit]),
            None => finding.help("remove it from the list, or write the intended value"),
        });
    }
}

fn is_plain(file: &File<'_>, edit: &Edit) -> bool {
    !super::helpers::atoms::may_hold_comment(file.text(edit.span))
}

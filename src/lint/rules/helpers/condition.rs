//! Edits of conditions as they are written.

use crate::diagnostics::Edit;
use crate::lint::edit;
use crate::lint::file::{File, covers};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Item, ItemKind};

/// The edit that simplifies a condition as if one of its parts were `value`. `part` reaches from
/// the first atom of that part to the last. `None` if nothing would be left, or if more than the
/// part would be lost.
pub(in crate::lint::rules) fn without(file: &File<'_>, item: &Item, part: Span, value: bool) -> Option<Edit> {
    let Became::Gone(places, index) = inside(File::condition(item)?, part, value)? else { return None };
    let edit = edit::remove_element(&places, index)?;
    let own = places.get(index)?;
    let around = [Span { end: own.start, ..edit.span }, Span { start: own.end, ..edit.span }];
    // There is no edit if parentheses or comments around the part would be lost.
    let is_plain = around.iter().all(|around| matches!(file.text(*around).trim(), "" | "and" | "or"));
    (is_plain && !file.text(*own).contains("//")).then_some(edit)
}

/// The outermost part of the condition of a statement whose first and last atom are those of
/// `part`.
pub(in crate::lint::rules) fn written(item: &Item, part: Span) -> Option<Span> {
    let mut here = File::condition(item)?;
    loop {
        if atoms(here) == Some(part) {
            return Some(here.span);
        }
        here = match &here.kind {
            ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().find(|inner| covers(inner.span, part))?,
            ExprKind::Not(inner) => inner,
            ExprKind::Atom(_) | ExprKind::Error => return None,
        };
    }
}

/// The edit that removes the `when` or `unless` of a statement.
pub(in crate::lint::rules) fn without_clause(file: &File<'_>, item: &Item) -> Option<Edit> {
    let ItemKind::Rule(rule) = &item.kind else { return None };
    let clause = rule.clauses.when.as_ref()?.span;
    let before = file.text(Span { start: item.span.start, end: clause.start, ..clause });
    let blank = before.len() - before.trim_end().len();
    let edit = edit::replace(Span { start: clause.start - crate::source::offset(blank), ..clause }, "");
    (!file.text(edit.span).contains("//")).then_some(edit)
}

/// What becomes of a part of a condition.
enum Became {
    /// Of these operands of an `and` or `or`, the one with this index goes.
    Gone(Vec<Span>, usize),
    /// It is always true, or never.
    Value(bool),
}

/// Looks for the part below `outer`. The depth of the recursion is bounded by the parser.
fn inside(outer: &Expr, part: Span, value: bool) -> Option<Became> {
    let (parts, is_and) = match &outer.kind {
        ExprKind::And(parts) => (parts, true),
        ExprKind::Or(parts) => (parts, false),
        ExprKind::Not(inner) => {
            return match at_or_inside(inner, part, value)? {
                Became::Value(value) => Some(Became::Value(!value)),
                gone => Some(gone),
            };
        }
        ExprKind::Atom(_) | ExprKind::Error => return None,
    };
    let found = parts.iter().enumerate().find_map(|(index, inner)| Some((index, at_or_inside(inner, part, value)?)));
    match found? {
        (index, Became::Value(value)) if value == is_and => {
            Some(Became::Gone(parts.iter().map(|part| part.span).collect(), index))
        }
        (_, became) => Some(became),
    }
}

fn at_or_inside(here: &Expr, part: Span, value: bool) -> Option<Became> {
    if atoms(here) == Some(part) { Some(Became::Value(value)) } else { inside(here, part, value) }
}

/// From the first atom to the last.
fn atoms(part: &Expr) -> Option<Span> {
    match &part.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            let (first, last) = (parts.first().and_then(atoms)?, parts.last().and_then(atoms)?);
            Some(first.to(last))
        }
        ExprKind::Not(inner) => atoms(inner),
        ExprKind::Atom(_) => Some(part.span),
        ExprKind::Error => None,
    }
}

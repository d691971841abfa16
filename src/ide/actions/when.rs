//! Rewrites `unless C` as `when not (C)`, and back.

use super::site::{Site, clauses};
use super::{Action, ActionKind};
use crate::diagnostics::Edit;
use crate::source::{Span, offset};
use crate::syntax::ast::ExprKind;
use crate::syntax::print;

/// Writes the clause at the range with the other word, where that saves a `not` or the word `unless`.
pub(super) fn offer(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let Some(when) = site.item.and_then(clauses).and_then(|clauses| clauses.when.as_ref()) else { return };
    if !site.touches(when.span) || site.has_comment(when.span) {
        return;
    }
    let condition = &when.condition;
    let (word, text) = match (&condition.kind, when.unless) {
        (ExprKind::Error, _) => return,
        (ExprKind::Not(inner), true) => ("when", print::condition(inner)),
        (ExprKind::Not(inner), false) => ("unless", print::condition(inner)),
        (ExprKind::Atom(_), true) => ("when", format!("not {}", print::condition(condition))),
        (_, true) => ("when", format!("not ({})", print::condition(condition))),
        (_, false) => return,
    };
    let kept = offset(print::when_word(when).len());
    let clause = Span { end: when.span.end.max(condition.span.end), ..when.span };
    if site.text(Span { end: clause.start + kept, ..clause }) != print::when_word(when) {
        return;
    }
    let title = match text.starts_with("not ") && when.unless {
        true => "write `when not` in place of `unless`".to_owned(),
        false if when.unless => "write `when` in place of `unless not`".to_owned(),
        false => "write `unless` in place of `when not`".to_owned(),
    };
    let edit = Edit { span: clause, text: format!("{word} {text}") };
    out.push(site.rewrite(title, ActionKind::Rewrite, vec![edit]));
}

//! Extracts a value into a `let`, and replaces the name of a `let` by its value.

use super::site::{Site, conditions};
use super::{Action, ActionKind};
use crate::diagnostics::Edit;
use crate::ide::format::is_sound;
use crate::ide::mark::MarkKind;
use crate::lint::edit::remove_from;
use crate::source::{Span, offset};
use crate::syntax::ast::{
    Atom, Expr, ExprKind, ItemKind, LetValue, List, LiteralExpr, LiteralValue, Operand, Patterns, SegmentKind,
    ValueTest,
};
use crate::syntax::print;

/// A value in a condition: its place, how it is written, and a name for it.
struct Value {
    span: Span,
    text: String,
    name: String,
}

/// Gives the literal or list at the range a name, and uses it wherever the statement says the same.
pub(super) fn extract(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let Some(item) = site.item else { return };
    let mut values = Vec::new();
    for condition in conditions(item) {
        collect(condition, &mut values);
    }
    // The innermost value around the range.
    let around = |value: &&Value| value.span.start <= site.range.start && site.range.end <= value.span.end;
    let Some(chosen) = values.iter().filter(around).min_by_key(|value| value.span.end - value.span.start) else {
        return;
    };
    if site.has_comment(chosen.span) {
        return;
    }
    let name = site.free_name(&chosen.name);
    let same: Vec<&Value> = values.iter().filter(|value| value.text == chosen.text).collect();
    let edits = same.iter().map(|value| Edit { span: value.span, text: name.clone() }).collect();
    let title = match same.len() {
        1 => format!("extract {} into a `let`", shown(&chosen.text)),
        count => format!("extract {} into a `let` ({count} places)", shown(&chosen.text)),
    };
    let statement = format!("let {name} = {};", chosen.text);
    out.push(site.declare(item, title, &statement, offset("let ".len()), edits));
}

/// A value in a title: no longer than a glance.
fn shown(text: &str) -> String {
    crate::diagnostics::quote(&crate::diagnostics::shown(text, 30))
}

fn collect(condition: &Expr, values: &mut Vec<Value>) {
    match &condition.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().for_each(|part| collect(part, values)),
        ExprKind::Not(inner) => collect(inner, values),
        ExprKind::Atom(atom) => of_atom(atom, values),
        ExprKind::Error => {}
    }
}

fn of_atom(atom: &Atom, values: &mut Vec<Value>) {
    let key = atom.path().segments.iter().rev().find_map(|segment| match &segment.kind {
        SegmentKind::Key(key) => Some(word(key)),
        SegmentKind::Index(_) | SegmentKind::Each => None,
    });
    let key = key.filter(|key| !key.is_empty()).unwrap_or_else(|| "value".to_owned());
    let mut operand = |operand: &Operand, suffix: &str| {
        if let Operand::Literal(literal) = operand
            && matches!(literal.value, LiteralValue::Str(_) | LiteralValue::Number(..))
        {
            let value = Value { span: literal.span, text: print::literal(literal), name: format!("{key}{suffix}") };
            values.push(value);
        }
    };
    match atom {
        Atom::Has(_) => {}
        Atom::Length(_, _, value) => operand(value, "_length"),
        Atom::Test(_, test) | Atom::Every(_, test) | Atom::Some(_, test) => match test {
            ValueTest::Compare(comparison, value) => {
                operand(value, if comparison.is_ordering() { "_limit" } else { "_value" })
            }
            ValueTest::Contains(value) => operand(value, "_part"),
            ValueTest::Like(Patterns::One(value)) | ValueTest::Matches(Patterns::One(value)) => {
                operand(value, "_pattern")
            }
            ValueTest::In { list: List::Items(items, span), .. }
            | ValueTest::Like(Patterns::Any(items, span))
            | ValueTest::Matches(Patterns::Any(items, span)) => {
                let literals: Option<Vec<&LiteralExpr>> = items
                    .iter()
                    .map(|item| match item {
                        Operand::Literal(literal) => Some(literal),
                        _ => None,
                    })
                    .collect();
                if let Some(literals) = literals.filter(|literals| !literals.is_empty()) {
                    let texts: Vec<String> = literals.into_iter().map(print::literal).collect();
                    let text = format!("[{}]", texts.join(", "));
                    let suffix = if matches!(test, ValueTest::In { .. }) { "_values" } else { "_patterns" };
                    values.push(Value { span: *span, text, name: format!("{key}{suffix}") });
                }
            }
            ValueTest::In { list: List::Name(_), .. } => {}
        },
    }
}

/// A key as a part of a name: letters, digits and `_`.
fn word(key: &str) -> String {
    let kept: String = key.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' }).collect();
    let trimmed = kept.trim_matches('_');
    trimmed.trim_start_matches(|char: char| char.is_ascii_digit()).to_owned()
}

/// Puts the value of a `let` in the place of its name: here, or everywhere.
pub(super) fn inline(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let view = site.view;
    let named = |kind: &MarkKind<'_>| matches!(kind, MarkKind::Let(_) | MarkKind::LetName(_));
    let Some(mark) = view.marks().iter().find(|mark| named(&mark.kind) && site.touches(mark.span)) else { return };
    let declared_at = |at: u32, text: &str| view.scope(at).lets().find(|(name, ..)| *name == text);
    let text = view.slice(mark.span);
    let Some((name, declared, value)) = declared_at(mark.span.start, text) else { return };
    if matches!(value, LetValue::Error) {
        return;
    }
    let written = print::let_value(value);
    let edit = |span: Span| Edit { span, text: written.clone() };
    let is_use = |kind: &MarkKind<'_>, span: Span| {
        matches!(kind, MarkKind::Let(used) if used.text == name)
            && declared_at(span.start, name).is_some_and(|(_, other, _)| other == declared)
    };
    let all = || view.marks().iter().filter(|mark| is_use(&mark.kind, mark.span));
    if !all().all(|mark| is_sound(view, mark.item.span)) {
        return;
    }
    let uses: Vec<Span> = all().map(|mark| mark.span).collect();
    let own = declared.file == view.file();
    if matches!(mark.kind, MarkKind::Let(_)) && (uses.len() > 1 || !own) {
        out.push(site.rewrite(format!("inline `{name}` here"), ActionKind::Inline, vec![edit(mark.span)]));
    }
    let declaration =
        view.items().find(|item| matches!(&item.kind, ItemKind::Let { name, .. } if name.span == declared));
    let declaration = declaration.filter(|item| is_sound(view, item.span));
    if let (Some(declaration), false) = (declaration, uses.is_empty()) {
        let title = match uses.len() {
            1 => format!("inline `{name}`"),
            count => format!("inline all {count} uses of `{name}`"),
        };
        let mut edits: Vec<Edit> = uses.into_iter().map(edit).collect();
        edits.push(remove_from(&view.analysis().sources, declaration.span));
        out.push(site.rewrite(title, ActionKind::Inline, edits));
    }
}

//! The content of a tree without places and spelling, which the formatter must not change.

use std::sync::Arc;

use crate::source::Span;
use crate::syntax::ast::{Effect, Expr, ExprKind, File, Item, ItemKind, Selection, SelectionKind, StepKind, When};
use crate::syntax::places;
use crate::syntax::print::is_bare;

/// The tree with all places at zero, without empty statements, and with tools in quotes that need none as names.
pub(super) fn shape(file: &File) -> File {
    let mut file = file.clone();
    file.items.iter_mut().for_each(|item| places::each(item, &mut |span| *span = Span::default()));
    items(&mut file.items);
    file
}

fn items(list: &mut Vec<Item>) {
    list.retain(|item| item.kind != ItemKind::Empty);
    for item in list {
        let (tools, conditions) = match &mut item.kind {
            ItemKind::Group { selection, .. } => (selection, [None, None]),
            ItemKind::Rule(rule) => {
                let rule = Arc::make_mut(rule);
                let required = match &mut rule.effect {
                    Effect::Require(condition) => Some(condition),
                    _ => None,
                };
                (&mut rule.selection, [required, rule.clauses.when.as_mut().map(condition)])
            }
            ItemKind::Assert(assert) => (&mut assert.selection, [assert.clauses.when.as_mut().map(condition), None]),
            ItemKind::Policy { items: inner, .. } => {
                items(inner);
                continue;
            }
            ItemKind::Test(test) => {
                test.steps.retain(|step| step.kind != StepKind::Empty);
                continue;
            }
            _ => continue,
        };
        selection(tools);
        conditions.into_iter().flatten().for_each(expr);
    }
}

fn condition(when: &mut When) -> &mut Expr {
    &mut when.condition
}

fn selection(selection: &mut Selection) {
    for item in selection.items.iter_mut().chain(&mut selection.except) {
        if let SelectionKind::Quoted(name) = &mut item.kind
            && is_bare(name)
        {
            item.kind = SelectionKind::Name(std::mem::take(name));
        }
    }
}

/// Parentheses that say nothing leave no depth. Recurses as deep as the parser lets conditions be.
fn expr(condition: &mut Expr) {
    condition.depth = 0;
    match &mut condition.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter_mut().for_each(expr),
        ExprKind::Not(inner) => expr(inner),
        ExprKind::Atom(_) | ExprKind::Error => {}
    }
}

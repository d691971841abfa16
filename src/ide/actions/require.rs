//! Rewrites `deny T when C` as `require` of the opposite, and back.

use std::collections::BTreeSet;

use super::site::Site;
use super::{Action, ActionKind, proof};
use crate::diagnostics::{Edit, quote};
use crate::diff::Verdict;
use crate::predicate::Comparison;
use crate::source::{Span, offset};
use crate::syntax::ast::{Atom, Effect, Expr, ExprKind, ItemKind, LiteralValue, Operand, ValueTest};
use crate::syntax::print;

/// Rewrites the `deny` at the range. The opposite of a test is another test where there is one, which a missing value does not pass
/// either: so the requirement refuses more than the denial, which the title says. It is offered only if it is proved that it refuses
/// nothing less: a requirement also opens the tools that it names.
pub(super) fn offer(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let Some(item) = site.item else { return };
    let ItemKind::Rule(rule) = &item.kind else { return };
    let (Effect::Deny, Some(when)) = (&rule.effect, &rule.clauses.when) else { return };
    let clause = Span { start: rule.selection.span.end, ..when.span };
    let word = Span { end: item.span.start + offset("deny".len()), ..item.span };
    if site.has_comment(clause) || site.text(word) != "deny" {
        return;
    }
    let mut stricter = BTreeSet::new();
    let required = if when.unless { when.condition.clone() } else { opposite(&when.condition, &mut stricter) };
    let edits = vec![
        Edit { span: word, text: format!("require {} for", print::condition(&required)) },
        Edit { span: clause, text: String::new() },
    ];
    let action = site.rewrite(title(&stricter), ActionKind::Rewrite, edits);
    if matches!(proof::verdict(site.view, &action.change.edits), Some(Verdict::Same | Verdict::Tighter)) {
        out.push(action);
    }
}

/// Rewrites the `require` at the range as a `deny` of all other calls, if that is proved to change nothing: a `deny` opens no tool.
pub(super) fn back(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let Some(item) = site.item else { return };
    let ItemKind::Rule(rule) = &item.kind else { return };
    let Effect::Require(condition) = &rule.effect else { return };
    let head = Span { end: rule.selection.span.start, ..item.span };
    if site.has_comment(head) {
        return;
    }
    let clause = match &condition.kind {
        ExprKind::Not(inner) => format!(" when {}", print::condition(inner)),
        _ => format!(" unless {}", print::condition(condition)),
    };
    let edits =
        vec![Edit { span: head, text: "deny ".to_owned() }, Edit { span: rule.selection.span.at_end(), text: clause }];
    let action = site.rewrite("rewrite as `deny`", ActionKind::Rewrite, edits);
    if proof::verdict(site.view, &action.change.edits) == Some(Verdict::Same) {
        out.push(action);
    }
}

fn title(stricter: &BTreeSet<String>) -> String {
    let paths: Vec<String> = stricter.iter().map(|path| quote(path)).collect();
    match paths.as_slice() {
        [] => "rewrite as `require`".to_owned(),
        [path] => format!("rewrite as `require` (also denies calls without {path})"),
        [one, other] => format!("rewrite as `require` (also denies calls without {one} or {other})"),
        [one, ..] => format!("rewrite as `require` (also denies calls without {one} and others)"),
    }
}

/// A condition that holds only where another does not. `stricter` gets the paths without whose value neither holds.
fn opposite(condition: &Expr, stricter: &mut BTreeSet<String>) -> Expr {
    let mut all = |parts: &[Expr]| parts.iter().map(|part| opposite(part, stricter)).collect();
    let kind = match &condition.kind {
        ExprKind::Or(parts) => ExprKind::And(all(parts)),
        ExprKind::And(parts) => ExprKind::Or(all(parts)),
        ExprKind::Not(inner) => return inner.as_ref().clone(),
        ExprKind::Error => ExprKind::Error,
        ExprKind::Atom(atom) => match turned(atom) {
            Some(turned) => {
                stricter.insert(print::path(atom.path()));
                ExprKind::Atom(Box::new(turned))
            }
            None => ExprKind::Not(Box::new(condition.clone())),
        },
    };
    Expr { kind, ..condition.clone() }
}

/// The test with the opposite operator, which is false of missing values like the test itself.
fn turned(atom: &Atom) -> Option<Atom> {
    match atom {
        Atom::Test(path, ValueTest::Compare(comparison, value)) => {
            let is_null = matches!(value, Operand::Literal(literal) if literal.value == LiteralValue::Null);
            let test = ValueTest::Compare(turned_comparison(*comparison), value.clone());
            (!is_null).then(|| Atom::Test(path.clone(), test))
        }
        Atom::Test(path, ValueTest::In { negated, list }) => {
            Some(Atom::Test(path.clone(), ValueTest::In { negated: !negated, list: list.clone() }))
        }
        Atom::Length(path, comparison, value) => {
            Some(Atom::Length(path.clone(), turned_comparison(*comparison), value.clone()))
        }
        Atom::Has(_) | Atom::Test(..) | Atom::Every(..) | Atom::Some(..) => None,
    }
}

const fn turned_comparison(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::LessEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::GreaterEqual => Comparison::Less,
    }
}

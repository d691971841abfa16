//! The places of rules and their atoms in the source, and their text.

use std::collections::BTreeMap;

use crate::sema::Analysis;
use crate::source::Span;
use crate::syntax::ast::{Effect, Expr, ExprKind, Item, ItemKind, Rule};
use crate::syntax::print;

/// The rules of all files of a policy, by place.
pub(super) struct Places<'a> {
    rules: BTreeMap<Span, &'a Rule>,
}

impl<'a> Places<'a> {
    pub(super) fn new(analysis: &'a Analysis) -> Self {
        let mut rules = BTreeMap::new();
        let mut add = |item: &'a Item| {
            if let ItemKind::Rule(rule) = &item.kind {
                rules.insert(item.span, rule.as_ref());
            }
        };
        for item in analysis.units.iter().flat_map(|unit| &unit.parse.file.items) {
            match &item.kind {
                ItemKind::Policy { items, .. } => items.iter().for_each(&mut add),
                _ => add(item),
            }
        }
        Self { rules }
    }

    /// The rule that stands at a place.
    pub(super) fn rule(&self, span: Span) -> Option<&'a Rule> {
        self.rules.get(&span).copied()
    }
}

/// A rule on one line.
pub(super) fn text(rule: &Rule) -> String {
    let tools = print::selection(&rule.selection);
    let start = match &rule.effect {
        Effect::Limit { rate, .. } => format!("{} {tools} {}", rule.effect.name(), print::rate(rate)),
        Effect::Require(condition) => format!("require {} for {tools}", print::condition(condition)),
        Effect::Approval { .. } => format!("require approval for {tools}"),
        Effect::Allow | Effect::Deny | Effect::Hide => format!("{} {tools}", rule.effect.name()),
    };
    let clauses = print::clauses(&rule.clauses);
    let parts = [start.as_str(), clauses.trim()];
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// The atoms of a rule's condition from left to right: where each stands and how it reads.
pub(super) fn atoms(rule: &Rule) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    let condition = match &rule.effect {
        Effect::Require(condition) => Some(condition),
        _ => rule.clauses.when.as_ref().map(|when| &when.condition),
    };
    if let Some(condition) = condition {
        collect(condition, &mut found);
    }
    found
}

/// Depth is bounded by the parser, so recursion is too.
fn collect(expr: &Expr, found: &mut Vec<(Span, String)>) {
    match &expr.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().for_each(|part| collect(part, found)),
        ExprKind::Not(inner) => collect(inner, found),
        ExprKind::Atom(atom) => found.push((expr.span, print::atom(atom))),
        ExprKind::Error => {}
    }
}

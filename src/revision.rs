//! What revision 2 of the language means for policies that were written for revision 1.
//!
//! In revision 1 a `limit`, `require` or `require approval` opened the tools of a built-in set in its list. Now such a rule
//! only bounds what other rules open, so that tools which it alone opened are denied. A policy that may have relied on it is
//! told once, with the `allow` to add; `language = 2` in `policyc.toml` says that it did not.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::BuiltIn;
use crate::diagnostics::{Applicability, Diagnostic, Edit, codes, quote};
use crate::ir::{Effect, Policy, Rule, ToolId};
use crate::lint::edit;
use crate::sema::Analysis;
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, Item, ItemKind, Patterns, SegmentKind, Selection, SelectionKind, StepKind, ValueTest};
use crate::syntax::print;

/// How many tools the message names.
const MOST_NAMED: usize = 3;

/// Whether [`check`] may have something to say, as far as the text shows.
#[must_use]
pub fn may_matter(analysis: &Analysis) -> bool {
    items(analysis).any(narrows_sets) && !items(analysis).any(is_of_revision_2)
}

/// The one message about the main file of a policy, if some rule of it opened tools in revision 1.
#[must_use]
pub fn check(analysis: &Analysis, policies: &[&Policy]) -> Option<Diagnostic> {
    if !may_matter(analysis) {
        return None;
    }
    let narrowing: BTreeSet<Span> = items(analysis).filter(|item| narrows_sets(item)).map(|item| item.span).collect();
    // Of each rule what it opened in the first policy that has lost something by it.
    let mut lost: BTreeMap<Span, (&Policy, Vec<ToolId>)> = BTreeMap::new();
    for policy in policies {
        for (rule, tools) in lost_in(policy, &narrowing) {
            lost.entry(rule.origin.span).or_insert((policy, tools));
        }
    }
    let mut edits: Vec<Edit> = Vec::new();
    let mut first: Option<(Diagnostic, usize)> = None;
    for item in items(analysis) {
        let (Some((policy, tools)), ItemKind::Rule(rule)) = (lost.get(&item.span), &item.kind) else { continue };
        edits.push(edit::replace(item.span.at_start(), format!("{}\n", allow(rule))));
        match &mut first {
            Some((_, more)) => *more += 1,
            None => {
                let finding = Diagnostic::new(codes::SETS_OPEN_NOTHING, rule.selection.span, message(policy, tools));
                first = Some((finding, 0));
            }
        }
    }
    let (finding, more) = first?;
    let others = match more {
        0 => String::new(),
        1 => " (and for one more rule of this file)".to_owned(),
        more => format!(" (and for {more} more rules of this file)"),
    };
    let title = format!("add the `allow` that opens them{others}");
    let help = "a built-in set opens tools only in an `allow`; if they should stay closed, write `language = 2` in policyc.toml";
    Some(finding.help(help).fix_all(Applicability::Unsafe, title, edits))
}

fn message(policy: &Policy, lost: &[ToolId]) -> String {
    let named = lost.iter().take(MOST_NAMED);
    let named: Vec<String> = named.map(|tool| policy.tool(*tool).map_or("", |tool| &tool.name)).map(quote).collect();
    let more = match lost.len() - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("this bounds {}{more}, which no rule opens", named.join(", "))
}

/// The statements of the main file, those in blocks among them.
fn items(analysis: &Analysis) -> impl Iterator<Item = &Item> {
    let main: FileId = analysis.main;
    let units = analysis.units.iter().filter(move |unit| unit.file == main);
    units.flat_map(|unit| &unit.parse.file.items).flat_map(|item| match &item.kind {
        ItemKind::Policy { items, .. } => items.as_slice(),
        _ => std::slice::from_ref(item),
    })
}

/// Whether a rule is one that opened the tools of a built-in set in its list.
fn narrows_sets(item: &Item) -> bool {
    let ItemKind::Rule(rule) = &item.kind else { return false };
    let narrows =
        matches!(rule.effect, ast::Effect::Limit { .. } | ast::Effect::Require(_) | ast::Effect::Approval { .. });
    narrows && rule.selection.items.iter().any(|item| matches!(item.kind, SelectionKind::Set(_)))
}

/// The rules at some places that select tools by a set which nothing opens, and these tools. Every rule is looked at once.
fn lost_in<'p>(policy: &'p Policy, places: &BTreeSet<Span>) -> Vec<(&'p Rule, Vec<ToolId>)> {
    if policy.default.allow {
        return Vec::new();
    }
    let by_set = |rule: &'p Rule| {
        let named = rule.selection.named.iter().copied();
        let tools = named.filter(|tool| rule.selection.opens.binary_search(tool).is_err()).collect();
        (rule, tools)
    };
    let rules = policy.rules.iter().filter(|rule| places.contains(&rule.origin.span));
    let mut lost: Vec<(&Rule, Vec<ToolId>)> = rules.map(by_set).collect();
    let mut closed: BTreeSet<ToolId> = lost.iter().flat_map(|(_, tools)| tools).copied().collect();
    for rule in &policy.rules {
        let selection = &rule.selection;
        let narrows = rule.effect.opens_by_name();
        if matches!(rule.effect, Effect::Deny) && rule.guard.is_some() || closed.is_empty() {
            continue;
        }
        for tool in if narrows { &selection.opens } else { &selection.named } {
            closed.remove(tool);
        }
        if selection.star.is_some() && !narrows {
            closed.retain(|tool| policy.subject(*tool).is_some_and(|subject| selection.selects(subject).is_none()));
        }
    }
    lost.iter_mut().for_each(|(_, tools)| tools.retain(|tool| closed.contains(tool)));
    lost.retain(|(_, tools)| !tools.is_empty());
    lost
}

/// The `allow` that opens what the rule opened.
fn allow(rule: &ast::Rule) -> String {
    let sets = rule.selection.items.iter().filter(|item| matches!(item.kind, SelectionKind::Set(_)));
    let selection = Selection { items: sets.cloned().collect(), ..rule.selection.clone() };
    let when = rule.clauses.when.as_ref().map_or_else(String::new, |when| format!(" {}", print::when(when)));
    format!("allow {}{when};", print::selection(&selection))
}

/// Whether a statement has something that revision 1 did not know.
fn is_of_revision_2(item: &Item) -> bool {
    let in_selection = |selection: &Selection| {
        let mut items = selection.items.iter().chain(&selection.except);
        items.any(
            |item| matches!(&item.kind, SelectionKind::Set(name) if BuiltIn::parse(name) == Some(BuiltIn::Changes)),
        )
    };
    match &item.kind {
        ItemKind::Group { selection, .. } => in_selection(selection),
        ItemKind::Assert(assert) => {
            in_selection(&assert.selection)
                || assert.clauses.when.as_ref().is_some_and(|when| in_condition(&when.condition))
        }
        ItemKind::Rule(rule) => {
            let required = match &rule.effect {
                ast::Effect::Require(condition) => in_condition(condition),
                ast::Effect::Approval { by } => by.is_some(),
                _ => false,
            };
            required
                || in_selection(&rule.selection)
                || rule.clauses.when.as_ref().is_some_and(|when| in_condition(&when.condition))
        }
        ItemKind::Test(test) => {
            test.steps.iter().any(|step| matches!(&step.kind, StepKind::Call(call) if call.approved.is_some()))
        }
        _ => false,
    }
}

/// Recurses as deep as the parser lets conditions be.
fn in_condition(condition: &ast::Expr) -> bool {
    match &condition.kind {
        ast::ExprKind::Or(parts) | ast::ExprKind::And(parts) => parts.iter().any(in_condition),
        ast::ExprKind::Not(inner) => in_condition(inner),
        ast::ExprKind::Atom(atom) => {
            let each = atom.path().segments.iter().any(|segment| segment.kind == SegmentKind::Each);
            let list = match &**atom {
                ast::Atom::Test(_, test) | ast::Atom::Every(_, test) | ast::Atom::Some(_, test) => {
                    matches!(test, ValueTest::Like(Patterns::Any(..)) | ValueTest::Matches(Patterns::Any(..)))
                }
                ast::Atom::Has(_) | ast::Atom::Length(..) => false,
            };
            each || list
        }
        ast::ExprKind::Error => false,
    }
}

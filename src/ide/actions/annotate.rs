//! Adds a reason or a documentation comment to a rule.

use super::layout::{attached, indent_at};
use super::site::Site;
use super::{Action, ActionKind, Change};
use crate::describe;
use crate::diagnostics::{Diagnostic, Edit, codes};
use crate::ir::{Policy, Rule};
use crate::line;
use crate::source::Span;
use crate::syntax::ast::{Effect, Item, ItemKind};
use crate::syntax::print;

/// Adds a `because` to a rule that refuses or holds calls.
pub(super) fn because(site: &Site<'_, '_>, findings: &[Diagnostic], out: &mut Vec<Action>) {
    let Some(item) = site.item else { return };
    let ItemKind::Rule(rule) = &item.kind else { return };
    if rule.clauses.because.is_some() || matches!(rule.effect, Effect::Allow | Effect::Hide) {
        return;
    }
    let condition = |word: &str| match &rule.clauses.when {
        Some(when) => format!("{word} {}.", print::when(when)),
        None => format!("{word}."),
    };
    // What is said without a reason, as something to start from.
    let reason = match &rule.effect {
        Effect::Require(required) => format!("Requires {}.", print::condition(required)),
        Effect::Approval { .. } => "Requires human approval.".to_owned(),
        Effect::Limit { rate, .. } => format!("At most {}.", print::rate(rate)),
        _ if rule.clauses.when.is_none() => "Denied by policy.".to_owned(),
        _ => condition("Denied"),
    };
    let text = site.text(item.span);
    let end = item.span.end - u32::from(text.ends_with(';'));
    let edit =
        Edit { span: Span { start: end, end, ..item.span }, text: format!(" because {}", print::string(&reason)) };
    let mut action = site.rewrite("add a `because`", ActionKind::Rewrite, vec![edit]);
    let silent = |finding: &Diagnostic| finding.code.id == codes::SILENT_DENY.id && finding.primary.span == item.span;
    action.resolves = findings.iter().enumerate().filter(|(_, finding)| silent(finding)).map(|(at, _)| at).collect();
    if !action.resolves.is_empty() {
        action.kind = ActionKind::QuickFix;
    }
    out.push(action);
}

/// Adds a `///` comment that says what the statement does.
pub(super) fn comment(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let Some(item) = site.item else { return };
    let text = site.view.text();
    let documented = attached(text, item.span.start, true) != item.span.start;
    let declares = matches!(
        item.kind,
        ItemKind::Rule(_) | ItemKind::Group { .. } | ItemKind::Let { .. } | ItemKind::Policy { .. }
    );
    let (Some(indent), false, true) = (indent_at(text, item.span.start), documented, declares) else { return };
    let said = rules(site, item).next().map(|(policy, rule)| describe::rule(rule, policy));
    let said = said.map_or_else(String::new, |said| format!(" {}", said.replace('\n', " ")));
    let edit = Edit { span: item.span.at_start(), text: format!("///{said}{}{indent}", line::end_of(text)) };
    out.push(Action {
        title: "add a documentation comment".to_owned(),
        kind: ActionKind::Source,
        resolves: Vec::new(),
        preferred: false,
        change: Change { edits: vec![edit], ..Change::default() },
    });
}

/// What a statement is in each policy that has it, if the file has no errors.
pub(super) fn rules<'a>(site: &Site<'_, 'a>, item: &Item) -> impl Iterator<Item = (&'a Policy, &'a Rule)> {
    let span = item.span;
    let policies = site.view.analysis().policies();
    policies.filter_map(move |policy| Some((policy, policy.rules.iter().find(|rule| rule.origin.span == span)?)))
}

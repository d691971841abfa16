//! Excludes with `except` tools that a glob, set or `*` opens unintentionally.

use std::collections::BTreeSet;

use super::expand::name;
use super::site::Site;
use super::statements::siblings;
use super::{Action, ActionKind, proof};
use crate::catalogue::Class;
use crate::diagnostics::{Diagnostic, Edit, codes, quote, shown};
use crate::diff::Verdict;
use crate::ide::View;
use crate::ide::mark::MarkKind;
use crate::ir::ToolId;
use crate::syntax::ast::{Effect, ItemKind, Rule, Selection, SelectionItem, SelectionKind};

/// The most tools that are taken out at once.
const MOST: usize = 20;

/// For findings about risky tools that a rule opens without naming them.
pub(super) fn offer(site: &Site<'_, '_>, findings: &[Diagnostic], out: &mut Vec<Action>) {
    let Some(item) = site.item.filter(|item| matches!(item.kind, ItemKind::Rule(_))) else { return };
    let ItemKind::Rule(rule) = &item.kind else { return };
    let selection = &rule.selection;
    if is_default(rule) {
        return;
    }
    let risky =
        |id: &ToolId| matches!(site.view.class(*id), Some(Class::Destructive | Class::Execute | Class::Financial));
    // What the rule names itself stays in it, and so does a finding about that.
    let names_risk = selection.items.iter().flat_map(|part| tools_named(site.view, part)).any(|tool| risky(&tool));
    let about = |finding: &Diagnostic| {
        let id = finding.code.id;
        let known = id == codes::RISKY_GLOB.id || id == codes::UNGUARDED_RISK.id && !names_risk;
        let place = finding.primary.span;
        known && place.file == item.span.file && item.span.start <= place.start && place.end <= item.span.end
    };
    let resolves: Vec<usize> =
        findings.iter().enumerate().filter(|(_, finding)| about(finding)).map(|(index, _)| index).collect();
    if resolves.is_empty() {
        return;
    }
    let scope = site.view.scope(item.span.start);
    let out_already: BTreeSet<ToolId> = selection.except.iter().flat_map(|part| scope.tools(part)).collect();
    let named: BTreeSet<ToolId> = site
        .view
        .marks()
        .iter()
        .flat_map(|mark| match mark.kind {
            MarkKind::Selected(part) => tools_named(site.view, part),
            _ => Vec::new(),
        })
        .collect();
    let all: BTreeSet<ToolId> =
        selection.items.iter().filter(|part| is_wide(part)).flat_map(|part| scope.tools(part)).collect();
    let taken: Vec<ToolId> =
        all.iter().filter(|id| risky(id) && !named.contains(id) && !out_already.contains(id)).copied().collect();
    // Of a rule about risky tools only, nothing would be left.
    let remains = all.iter().any(|id| !taken.contains(id) && !out_already.contains(id));
    if taken.is_empty() || taken.len() > MOST || !remains {
        return;
    }
    let mut action = taking(site, selection, &taken, "");
    action.kind = ActionKind::QuickFix;
    action.resolves = resolves;
    out.push(action);
}

/// For tools that a glob, set or `*` of the rule selects and that another statement denies by name, whatever their arguments: it says
/// what is so anyway.
pub(super) fn denied(site: &Site<'_, '_>, out: &mut Vec<Action>) {
    let (Some(item), Some((selection, _, false))) = (site.item, site.list()) else { return };
    let ItemKind::Rule(rule) = &item.kind else { return };
    let opens =
        matches!(rule.effect, Effect::Allow | Effect::Limit { .. } | Effect::Require(_) | Effect::Approval { .. });
    if !opens || is_default(rule) || !selection.items.iter().any(|part| is_wide(part) && site.touches(part.span)) {
        return;
    }
    let scope = site.view.scope(item.span.start);
    let siblings = siblings(site.view, item).unwrap_or_default();
    let refused: BTreeSet<ToolId> = siblings
        .iter()
        .filter_map(|other| match &other.kind {
            ItemKind::Rule(rule) if is_refusal(rule) => Some(rule),
            _ => None,
        })
        .flat_map(|rule| rule.selection.items.iter().flat_map(|part| tools_named(site.view, part)))
        .collect();
    let out_already: BTreeSet<ToolId> = selection.except.iter().flat_map(|part| scope.tools(part)).collect();
    // What the rule names itself is no accident.
    let own = selection.items.iter().flat_map(|part| tools_named(site.view, part)).collect::<BTreeSet<ToolId>>();
    let wide: BTreeSet<ToolId> =
        selection.items.iter().filter(|part| is_wide(part)).flat_map(|part| scope.tools(part)).collect();
    let left: BTreeSet<ToolId> = wide.difference(&out_already).copied().collect();
    let taken: Vec<ToolId> = left.intersection(&refused).filter(|id| !own.contains(id)).copied().collect();
    if taken.is_empty() || taken.len() > MOST || taken.len() == left.len() {
        return;
    }
    let action = taking(site, selection, &taken, ", which another rule denies");
    if proof::verdict(site.view, &action.change.edits) == Some(Verdict::Same) {
        out.push(action);
    }
}

/// Whether a rule refuses all calls of the tools that it names.
fn is_refusal(rule: &Rule) -> bool {
    let always =
        matches!(rule.effect, Effect::Hide) || matches!(rule.effect, Effect::Deny) && rule.clauses.when.is_none();
    always && rule.selection.except.is_empty()
}

/// Whether a rule is `allow *`, which is the default and no rule once it has an `except`.
fn is_default(rule: &Rule) -> bool {
    matches!(rule.effect, Effect::Allow)
        && rule.clauses.when.is_none()
        && rule.selection.except.is_empty()
        && rule.selection.items.iter().all(|part| part.kind == SelectionKind::Everything && part.server.is_none())
}

fn is_wide(part: &SelectionItem) -> bool {
    matches!(part.kind, SelectionKind::Glob(_) | SelectionKind::Everything | SelectionKind::Set(_))
}

/// The tools that an item names.
fn tools_named(view: &View<'_>, part: &SelectionItem) -> Vec<ToolId> {
    let (SelectionKind::Name(name) | SelectionKind::Quoted(name)) = &part.kind else { return Vec::new() };
    let server = part.server.as_ref().map(|server| view.known_tools().server(&server.text));
    match server {
        Some(None) => Vec::new(),
        server => view.known_tools().named(name, server.flatten()),
    }
}

/// Adds tools to the `except` of a selection.
fn taking(site: &Site<'_, '_>, selection: &Selection, taken: &[ToolId], why: &str) -> Action {
    let names: Vec<String> = taken.iter().map(|id| name(site.view, *id, false)).collect();
    let (last, joint) = match selection.except.last() {
        Some(last) => (Some(last), ", "),
        None => (selection.items.last(), " except "),
    };
    let title = match names.as_slice() {
        [name] => format!("exclude {} with `except`{why}", quote(name)),
        [name, other] => format!("exclude {} and {} with `except`{why}", quote(name), quote(other)),
        names => format!("exclude {} tools with `except`: {}{why}", names.len(), shown(&names.join(", "), 60)),
    };
    let at = last.map_or(selection.span, |last| last.span).at_end();
    site.rewrite(title, ActionKind::Rewrite, vec![Edit { span: at, text: format!("{joint}{}", names.join(", ")) }])
}

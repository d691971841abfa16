//! Taking out with `except` what a glob, set or `*` opens and nobody meant.

use std::collections::BTreeSet;

use super::site::Site;
use super::{Action, ActionKind};
use crate::catalogue::Class;
use crate::diagnostics::{Diagnostic, Edit, codes, quote};
use crate::ide::mark::{MarkKind, selection};
use crate::ir::ToolId;
use crate::syntax::ast::{ItemKind, SelectionItem, SelectionKind};

use super::expand::name;

/// The most tools that are taken out at once.
const MOST: usize = 20;

/// For findings about risky tools that a rule opens without naming them.
pub(super) fn offer(site: &Site<'_, '_>, findings: &[Diagnostic], out: &mut Vec<Action>) {
    let Some(item) = site.item.filter(|item| matches!(item.kind, ItemKind::Rule(_))) else { return };
    let Some(selection) = selection(item) else { return };
    let about = |finding: &Diagnostic| {
        let known = [codes::RISKY_GLOB, codes::UNGUARDED_RISK].iter().any(|code| code.id == finding.code.id);
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
        .filter_map(|mark| match mark.kind {
            MarkKind::Selected(part) if super::expand::is_name(part) => Some(scope.tools(part)),
            _ => None,
        })
        .flatten()
        .collect();
    let wide = |part: &&SelectionItem| {
        matches!(part.kind, SelectionKind::Glob(_) | SelectionKind::Everything | SelectionKind::Set(_))
    };
    let all: BTreeSet<ToolId> = selection.items.iter().filter(wide).flat_map(|part| scope.tools(part)).collect();
    let risky = |id: &ToolId| matches!(site.view.class(*id), Some(Class::Destructive | Class::Execute | Class::Financial));
    let taken: Vec<ToolId> =
        all.iter().filter(|id| risky(id) && !named.contains(id) && !out_already.contains(id)).copied().collect();
    // Of a rule about risky tools only, nothing would be left.
    let remains = all.iter().any(|id| !taken.contains(id) && !out_already.contains(id));
    if taken.is_empty() || taken.len() > MOST || !remains {
        return;
    }
    let names: Vec<String> = taken.iter().map(|id| name(site.view, *id, false)).collect();
    let (Some(last), joint) = (match selection.except.last() {
        Some(last) => (Some(last), ", "),
        None => (selection.items.last(), " except "),
    }) else {
        return;
    };
    let title = match names.as_slice() {
        [name] => format!("take {} out with `except`", quote(name)),
        [name, other] => format!("take {} and {} out with `except`", quote(name), quote(other)),
        names => format!("take the {} risky tools that no rule names out with `except`", names.len()),
    };
    let edit = Edit { span: last.span.at_end(), text: format!("{joint}{}", names.join(", ")) };
    let mut action = site.rewrite(title, ActionKind::QuickFix, vec![edit]);
    action.resolves = resolves;
    out.push(action);
}

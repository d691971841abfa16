//! The fixes of findings.

use std::collections::BTreeMap;

use super::site::Site;
use super::{Action, ActionKind, Change, is_applicable, proof};
use crate::diagnostics::{Applicability, Diagnostic, Fix};
use crate::diff::Verdict;
use crate::ide::View;

/// The fixes of the findings at the range.
pub(super) fn offer(site: &Site<'_, '_>, findings: &[Diagnostic], out: &mut Vec<Action>) {
    let first = out.len();
    let mut fixable = false;
    for (index, finding) in findings.iter().enumerate() {
        let place = finding.primary.span;
        if place.file != site.view.file() || !(place.start <= site.range.end && site.range.start <= place.end) {
            continue;
        }
        let mut safe_seen = false;
        for fix in &finding.fixes {
            let safe = fix.applicability == Applicability::Safe;
            let title = match safe {
                true => fix.title.clone(),
                false => format!("{} (may change decisions)", fix.title),
            };
            let change = Change { edits: fix.edits.clone(), ..Change::default() };
            let preferred = safe && !safe_seen;
            safe_seen |= safe;
            fixable |= safe;
            // Several findings may ask for one and the same change.
            let offered = out.get_mut(first..).unwrap_or_default();
            match offered.iter_mut().find(|action| action.title == title && action.change == change) {
                Some(same) => same.resolves.push(index),
                None => {
                    out.push(Action { title, kind: ActionKind::QuickFix, resolves: vec![index], preferred, change })
                }
            }
        }
    }
    if fixable {
        out.extend(fix_all(site.view, findings).filter(|all| all.resolves.len() > 1));
    }
}

/// All safe fixes of a file that do not touch each other, in one change. Of fixes that are safe each for itself but not together
/// only as many are taken as are proved to change no decision.
#[must_use]
pub fn fix_all(view: &View<'_>, findings: &[Diagnostic]) -> Option<Action> {
    let mut taken: BTreeMap<u32, u32> = BTreeMap::new();
    let mut chosen: Vec<(usize, &Fix)> = Vec::new();
    for (index, finding) in findings.iter().enumerate() {
        let Some(fix) = finding.fixes.iter().find(|fix| fix.applicability == Applicability::Safe) else { continue };
        let change = Change { edits: fix.edits.clone(), ..Change::default() };
        let free = fix.edits.iter().all(|edit| {
            let before = taken.range(..=edit.span.end).next_back();
            before.is_none_or(|(_, end)| *end < edit.span.start)
        });
        if free && is_applicable(view, &change) {
            taken.extend(fix.edits.iter().map(|edit| (edit.span.start, edit.span.end)));
            chosen.push((index, fix));
        }
    }
    loop {
        let mut edits: Vec<_> = chosen.iter().flat_map(|(_, fix)| fix.edits.iter().cloned()).collect();
        if edits.is_empty() {
            return None;
        }
        edits.sort_by_key(|edit| edit.span);
        // One fix was proved by who offers it; a file with errors has no meaning that could change.
        let proved = match view.analysis().checked {
            Some(_) if chosen.len() > 1 => proof::verdict(view, &edits) == Some(Verdict::Same),
            _ => true,
        };
        if proved {
            return Some(Action {
                title: "apply all safe fixes of this file".to_owned(),
                kind: ActionKind::FixAll,
                resolves: chosen.into_iter().map(|(index, _)| index).collect(),
                preferred: false,
                change: Change { edits, ..Change::default() },
            });
        }
        chosen.truncate(chosen.len() / 2);
    }
}

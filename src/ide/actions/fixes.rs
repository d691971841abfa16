//! Offers the fixes of findings.

use std::collections::BTreeMap;

use super::site::Site;
use super::{Action, ActionKind, Change, MOST_FINDINGS, is_applicable, proof};
use crate::diagnostics::{Applicability, Diagnostic, Edit, Fix};
use crate::diff::Verdict;
use crate::ide::View;
use crate::source::Span;

/// The fixes of the findings at the range.
pub(super) fn offer(site: &Site<'_, '_>, findings: &[Diagnostic], stopped: &dyn Fn() -> bool, out: &mut Vec<Action>) {
    let first = out.len();
    let mut left = MOST_FINDINGS;
    let mut fixable = false;
    for (index, finding) in findings.iter().enumerate() {
        let place = finding.primary.span;
        if place.file != site.view.file() || !(place.start <= site.range.end && site.range.start <= place.end) {
            continue;
        }
        if left == 0 {
            break;
        }
        left -= 1;
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
            fixable |= fix.may_be_safe();
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
        // Nobody has asked for it yet, and what is asked after it waits.
        let most = (MOST_TEXT / site.view.text().len().max(1)).clamp(1, MOST_PROOFS);
        out.extend(together(site.view, findings, most, stopped).filter(|all| all.resolves.len() > 1));
    }
}

/// All safe fixes of a file that do not touch each other, in one change; of a long file also those that nobody has proved yet. Fixes that are safe each for itself may not be so together: they
/// are proved together to change no decision, and where that fails, each half of them with what is proved already. `None` if there is
/// nothing to fix, or `stopped` says on the way that nobody wants it any more.
#[must_use]
pub fn fix_all(view: &View<'_>, findings: &[Diagnostic], stopped: &dyn Fn() -> bool) -> Option<Action> {
    together(view, findings, MOST_PROOFS, stopped)
}

/// As [`fix_all`], with so many proofs at most.
fn together(view: &View<'_>, findings: &[Diagnostic], most: usize, stopped: &dyn Fn() -> bool) -> Option<Action> {
    let mut taken: BTreeMap<u32, u32> = BTreeMap::new();
    let mut chosen: Vec<(usize, &Fix)> = Vec::new();
    for (index, finding) in findings.iter().enumerate() {
        let Some(fix) = finding.fixes.iter().find(|fix| fix.may_be_safe()) else { continue };
        let change = Change { edits: fix.edits.clone(), ..Change::default() };
        if fix.edits.iter().all(|edit| is_free(&taken, edit)) && is_applicable(view, &change) {
            taken.extend(fix.edits.iter().map(|edit| (edit.span.start, edit.span.end)));
            chosen.push((index, fix));
        }
    }
    let mut kept: Vec<(usize, &Fix)> = Vec::new();
    let mut waiting = vec![chosen.as_slice()];
    let mut left = most;
    while let Some(batch) = waiting.pop() {
        if stopped() {
            return None;
        }
        let together: Vec<_> = kept.iter().chain(batch).copied().collect();
        // A file with errors has no meaning that could change.
        let needs_proof = view.analysis().checked.is_some();
        if needs_proof && left == 0 {
            break;
        }
        left -= usize::from(needs_proof);
        if !needs_proof || proof::verdict(view, &edits(&together)) == Some(Verdict::Same) {
            kept = together;
        } else if batch.len() > 1 {
            let (first, second) = batch.split_at(batch.len() / 2);
            waiting.extend([second, first]);
        }
    }
    kept.sort_by_key(|(index, _)| *index);
    let edits = edits(&kept);
    (!edits.is_empty()).then(|| Action {
        title: "apply all safe fixes of this file".to_owned(),
        kind: ActionKind::FixAll,
        resolves: kept.into_iter().map(|(index, _)| index).collect(),
        preferred: false,
        change: Change { edits, ..Change::default() },
    })
}

/// How many proofs are tried, each of which takes as long as an analysis of the file. One fix among thousands that does not go with the
/// others takes twice as many as the thousands have binary digits.
const MOST_PROOFS: usize = 40;

/// How much text is analysed to offer all safe fixes beside those of a place, in bytes. Of a longer file one proof is tried.
const MOST_TEXT: usize = 4 << 20;

/// The edits of fixes in order.
fn edits(fixes: &[(usize, &Fix)]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = fixes.iter().flat_map(|(_, fix)| fix.edits.iter().cloned()).collect();
    edits.sort_by_key(|edit| edit.span);
    edits
}

/// Whether an edit touches nothing that is changed already, by starts and ends of that. Of two that meet, both must take something away:
/// of two insertions at one place nobody could say which comes first.
fn is_free(taken: &BTreeMap<u32, u32>, edit: &Edit) -> bool {
    let Span { start, end, .. } = edit.span;
    taken.range(..=end).rev().take(2).all(|(from, to)| {
        let apart = *to < start || end < *from;
        let meet = *to == start || *from == end;
        apart || meet && from < to && start < end
    })
}

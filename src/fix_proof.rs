//! Proves that a fix that is called safe changes no decision and breaks no test.
//!
//! Lint rules offer a fix as safe because of what they know of the finding. Whoever shows it, as JSON, as SARIF or in an editor, shows
//! what comes of [`demote`]: a proof of each by itself.

use std::collections::BTreeMap;

use crate::analysis::ask::Domain;
use crate::decider::PolicyDecider;
use crate::diagnostics::{Applicability, Diagnostic, Edit, Fix};
use crate::diff::{self, Verdict};
use crate::sema::{Analysis, Checked};
use crate::testing;

/// How much text may be analysed for all proofs of one file, in bytes. What is not proved by then is offered as unsafe; applied
/// in one go (`policyc lint --fix`, all of a file in an editor), fixes are proved together, without this bound.
const MOST_TEXT: usize = 512 * 1024;

/// What a file in place of another comes to for all calls. `None` if its policies are others, or a test fails that passed.
#[must_use]
pub fn verdict(old: &Checked, new: &Checked) -> Option<Verdict> {
    let (left, right) = (old.policies(), new.policies());
    if left.len() != right.len() || left.iter().zip(right).any(|(left, right)| left.name != right.name) {
        return None;
    }
    let each = left.iter().zip(right).map(|(left, right)| {
        diff::compare(&PolicyDecider::new(left), &PolicyDecider::new(right), Domain::Any, false).verdict
    });
    let verdict = each.fold(Verdict::Same, Verdict::and);
    let failures = |checked: &Checked| testing::run(checked).iter().filter(|test| test.failure.is_some()).count();
    (failures(new) <= failures(old)).then_some(verdict)
}

/// Whether two files decide every call alike, and no test fails that passed.
#[must_use]
pub fn decide_alike(old: &Checked, new: &Checked) -> bool {
    verdict(old, new) == Some(Verdict::Same)
}

/// A text with edits applied, which do not overlap.
#[must_use]
pub fn applied<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        new.push_str(text.get(at..range.start).unwrap_or_default());
        new.push_str(&edit.text);
        at = range.end;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}

/// Turns safe fixes of a file into unsafe ones where the proof fails, or is too much work. Fixes of a file with errors are left as they
/// are: such a file decides nothing yet.
pub fn demote(found: &mut [Diagnostic], analysis: &Analysis, stopped: &dyn Fn() -> bool) {
    let (Some(checked), Some(source)) = (&analysis.checked, analysis.sources.get(analysis.main)) else { return };
    let text = source.text().as_str();
    let mut left = MOST_TEXT;
    let mut known: BTreeMap<Vec<(u32, u32, String)>, Option<bool>> = BTreeMap::new();
    let safe = found.iter_mut().flat_map(|finding| &mut finding.fixes);
    for fix in safe.filter(|fix| fix.applicability == Applicability::Safe) {
        let key = fix.edits.iter().map(|edit| (edit.span.start, edit.span.end, edit.text.clone())).collect();
        let proved = match known.get(&key) {
            Some(proved) => *proved,
            None if stopped() => return,
            None => {
                let proved = left.checked_sub(text.len()).map(|rest| {
                    left = rest;
                    is_proved(fix, text, checked, analysis)
                });
                known.insert(key, proved);
                proved
            }
        };
        if proved != Some(true) {
            fix.applicability = Applicability::Unsafe;
            fix.untried = proved.is_none();
        }
    }
}

fn is_proved(fix: &Fix, text: &str, old: &Checked, analysis: &Analysis) -> bool {
    if fix.edits.iter().any(|edit| edit.span.file != analysis.main) {
        return false;
    }
    let new = analysis.again(&applied(text, &fix.edits));
    new.and_then(|new| new.checked).is_some_and(|new| decide_alike(old, &new))
}

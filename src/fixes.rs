//! Applying fixes to a policy file until none is left.
//!
//! Fixes are applied in rounds: those of one round do not touch each other. Safe ones come first, and what they make of the
//! file is *proved* to decide every call as before ([`diff::compare`]) and to pass the tests that passed; a round
//! that cannot be proved is tried again with half of its fixes, and a fix that fails alone is left out. So two findings
//! each of which is true, but not of the file without the other, are both handled well. Unsafe fixes are applied one by
//! one. No fix may bring an error into a file.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::ask::Universe;
use crate::analysis::condition::Precision;
use crate::diagnostics::{Applicability, Diagnostic, Fix};
use crate::diff::{self, Side, Verdict};
use crate::sema::{Analysis, Checked};
use crate::testing;

/// The most rounds: more than any real file takes.
const ROUNDS: usize = 1_000;

/// A text and what was found in it.
#[derive(Debug)]
pub struct Looked {
    /// The analysis of the text.
    pub analysis: Analysis,
    /// The findings that are to be fixed, in order.
    pub found: Vec<Diagnostic>,
}

/// What came of fixing a file.
#[derive(Debug)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// How many findings of each name were fixed.
    pub applied: BTreeMap<&'static str, usize>,
    /// The names of findings whose fixes were left out, because they could not be proved to change no decision.
    pub refused: BTreeSet<&'static str>,
    /// The new text, looked at.
    pub looked: Looked,
}

/// A finding and the fix that is taken for it.
type Chosen<'d> = (&'d Diagnostic, &'d Fix);

/// Applies fixes to a text. `look` analyses a text and finds what is to be fixed.
#[must_use]
pub fn fix(text: &str, most: Applicability, look: &dyn Fn(&str) -> Looked) -> Fixed {
    let looked = look(text);
    let mut fixed = Fixed { text: text.to_owned(), applied: BTreeMap::new(), refused: BTreeSet::new(), looked };
    // What was tried and failed, by finding and fix.
    let mut failed: BTreeSet<(&'static str, String)> = BTreeSet::new();
    let mut seen: BTreeSet<String> = BTreeSet::from([text.to_owned()]);
    for _ in 0..ROUNDS {
        let Some((next, names)) = round(&fixed, most, look, &mut failed) else { break };
        if !seen.insert(next.0.clone()) {
            break;
        }
        // What could not be proved of the old text may be true of the new one.
        failed.clear();
        names.into_iter().for_each(|name| *fixed.applied.entry(name).or_default() += 1);
        (fixed.text, fixed.looked) = next;
    }
    fixed.refused = failed.into_iter().map(|(name, _)| name).collect();
    fixed
}

/// One round: the new text, and the names of what was fixed. `None` when there is nothing more to do.
fn round(
    now: &Fixed,
    most: Applicability,
    look: &dyn Fn(&str) -> Looked,
    failed: &mut BTreeSet<(&'static str, String)>,
) -> Option<((String, Looked), Vec<&'static str>)> {
    for applicability in [Applicability::Safe, Applicability::Unsafe] {
        if applicability > most {
            break;
        }
        let mut batch = choose(&now.looked, applicability, failed);
        if applicability == Applicability::Unsafe {
            batch.truncate(1);
        }
        while !batch.is_empty() {
            let text = apply(&now.text, &batch);
            let new = look(&text);
            if stands(&now.looked, &new, applicability) {
                let names = batch.iter().map(|(finding, _)| finding.code.name).collect();
                return Some(((text, new), names));
            }
            if let [chosen] = batch.as_slice() {
                failed.insert(key(chosen, &now.looked));
                batch = choose(&now.looked, applicability, failed);
                batch.truncate(1);
            } else {
                batch.truncate(batch.len() / 2);
            }
        }
    }
    None
}

/// What a fix is known by from one text to the next: what it is about, and the statement as it stands.
fn key((finding, fix): &Chosen<'_>, looked: &Looked) -> (&'static str, String) {
    let sources = &looked.analysis.sources;
    let edits: Vec<String> =
        fix.edits.iter().map(|edit| format!("{} -> {}", sources.slice(edit.span), edit.text)).collect();
    (finding.code.name, format!("{} {}", sources.slice(finding.primary.span), edits.join("; ")))
}

/// Fixes that lie in the file itself and do not touch each other.
fn choose<'l>(
    looked: &'l Looked,
    applicability: Applicability,
    failed: &BTreeSet<(&'static str, String)>,
) -> Vec<Chosen<'l>> {
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    // Ends and starts of what is changed already, by start.
    let mut taken: BTreeMap<u32, u32> = BTreeMap::new();
    for finding in &looked.found {
        let Some(fix) = finding.fixes.iter().find(|fix| fix.applicability == applicability) else { continue };
        let inside = !fix.edits.is_empty() && fix.edits.iter().all(|edit| edit.span.file == looked.analysis.main);
        let is_free = fix.edits.iter().all(|edit| {
            let before = taken.range(..=edit.span.end).next_back();
            before.is_none_or(|(_, end)| *end < edit.span.start)
        });
        if inside && is_free && !failed.contains(&key(&(finding, fix), looked)) {
            taken.extend(fix.edits.iter().map(|edit| (edit.span.start, edit.span.end)));
            chosen.push((finding, fix));
        }
    }
    chosen
}

fn apply(text: &str, batch: &[Chosen<'_>]) -> String {
    let mut edits: Vec<_> = batch.iter().flat_map(|(_, fix)| &fix.edits).collect();
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

/// Whether a new text may take the place of the old one.
fn stands(old: &Looked, new: &Looked, applicability: Applicability) -> bool {
    let errors = |looked: &Looked| looked.analysis.diagnostics.iter().filter(|finding| finding.is_error()).count();
    match (&old.analysis.checked, &new.analysis.checked) {
        (Some(old), Some(new)) => applicability == Applicability::Unsafe || same(old, new),
        (Some(_), None) => false,
        // The fix of a misspelt word may uncover what the mistake hid, but each takes one mistake away.
        (None, Some(_)) => true,
        (None, None) => errors(new) < errors(old) || applicability == Applicability::Safe && errors(new) == errors(old),
    }
}

/// Whether two files decide every call alike, and no test fails that passed.
fn same(old: &Checked, new: &Checked) -> bool {
    let (left, right) = (old.policies(), new.policies());
    let side = |policy| Side::policy(policy, Precision::Exact, false);
    let alike = left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| {
            let sides = (side(left), side(right));
            left.name == right.name && diff::compare(&sides.0, &sides.1, Universe::Any, false).verdict == Verdict::Same
        });
    alike && {
        let failures = |checked: &Checked| testing::run(checked).iter().filter(|test| test.failure.is_some()).count();
        failures(new) <= failures(old)
    }
}

//! Applying fixes to a policy file until none is left.
//!
//! Fixes are applied in rounds: those of one round do not touch each other. Safe ones come first, and what they make of the
//! file is *proved* to decide every call as before ([`fix_proof::decide_alike`]) and to pass the tests that passed; a round
//! that cannot be proved is tried again with half of its fixes, and a fix that fails alone is left out. So two findings
//! each of which is true, but not of the file without the other, are both handled well. Unsafe fixes are applied one by
//! one, and only those that were there before the first of them: what one of them makes of the policy is for its author to look at,
//! and not the reason to take out what is of no use any more. No fix may bring an error into a file.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Applicability, Diagnostic, Fix};
use crate::fix_proof;
use crate::sema::Analysis;

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
    let mut failed: BTreeSet<Key> = BTreeSet::new();
    let mut seen: BTreeSet<String> = BTreeSet::from([text.to_owned()]);
    // Once an unsafe fix is applied: what was offered before it.
    let mut offered: Option<BTreeSet<Key>> = None;
    for _ in 0..ROUNDS {
        let Some(Round { next, names, was_safe }) = round(&fixed, most, look, &mut failed, offered.as_ref()) else {
            break;
        };
        // A file with errors means nothing yet, so nothing of its meaning can be lost.
        if !was_safe && offered.is_none() && fixed.looked.analysis.checked.is_some() {
            offered = Some(all_keys(&fixed.looked));
        }
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

/// What a fix is known by from one text to the next.
type Key = (&'static str, String);

/// What was done in one round.
struct Round {
    /// The new text, looked at.
    next: (String, Looked),
    /// The names of what was fixed.
    names: Vec<&'static str>,
    was_safe: bool,
}

/// All fixes that are offered.
fn all_keys(looked: &Looked) -> BTreeSet<Key> {
    let all = looked.found.iter().flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)));
    all.map(|chosen| key(&chosen, looked)).collect()
}

/// One round, of the fixes that are among `offered`. `None` when there is nothing more to do.
fn round(
    now: &Fixed,
    most: Applicability,
    look: &dyn Fn(&str) -> Looked,
    failed: &mut BTreeSet<Key>,
    offered: Option<&BTreeSet<Key>>,
) -> Option<Round> {
    for applicability in [Applicability::Safe, Applicability::Unsafe] {
        if applicability > most {
            break;
        }
        let mut batch = choose(&now.looked, applicability, failed, offered);
        if applicability == Applicability::Unsafe {
            batch.truncate(1);
        }
        while !batch.is_empty() {
            let text = fix_proof::applied(&now.text, batch.iter().flat_map(|(_, fix)| &fix.edits));
            let new = look(&text);
            if stands(&now.looked, &new, applicability) {
                let names = batch.iter().map(|(finding, _)| finding.code.name).collect();
                return Some(Round { next: (text, new), names, was_safe: applicability == Applicability::Safe });
            }
            if let [chosen] = batch.as_slice() {
                failed.insert(key(chosen, &now.looked));
                batch = choose(&now.looked, applicability, failed, offered);
                batch.truncate(1);
            } else {
                batch.truncate(batch.len() / 2);
            }
        }
    }
    None
}

/// What a fix is known by from one text to the next: what it is about, and the statement as it stands.
fn key((finding, fix): &Chosen<'_>, looked: &Looked) -> Key {
    let sources = &looked.analysis.sources;
    let edits: Vec<String> =
        fix.edits.iter().map(|edit| format!("{} -> {}", sources.slice(edit.span), edit.text)).collect();
    (finding.code.name, format!("{} {}", sources.slice(finding.primary.span), edits.join("; ")))
}

/// Fixes that lie in the file itself and do not touch each other.
fn choose<'l>(
    looked: &'l Looked,
    applicability: Applicability,
    failed: &BTreeSet<Key>,
    offered: Option<&BTreeSet<Key>>,
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
        let wanted = |key: Key| !failed.contains(&key) && offered.is_none_or(|offered| offered.contains(&key));
        if inside && is_free && wanted(key(&(finding, fix), looked)) {
            taken.extend(fix.edits.iter().map(|edit| (edit.span.start, edit.span.end)));
            chosen.push((finding, fix));
        }
    }
    chosen
}

/// Whether a new text may take the place of the old one.
fn stands(old: &Looked, new: &Looked, applicability: Applicability) -> bool {
    let errors = |looked: &Looked| looked.analysis.diagnostics.iter().filter(|finding| finding.is_error()).count();
    match (&old.analysis.checked, &new.analysis.checked) {
        (Some(old), Some(new)) => applicability == Applicability::Unsafe || fix_proof::decide_alike(old, new),
        (Some(_), None) => false,
        // The fix of a misspelt word may uncover what the mistake hid, but each takes one mistake away.
        (None, Some(_)) => true,
        (None, None) => errors(new) < errors(old) || applicability == Applicability::Safe && errors(new) == errors(old),
    }
}

//! Finds out what a change does to a policy before it is offered.

use super::layout;
use crate::diagnostics::{Diagnostic, Edit};
use crate::diff::Verdict;
use crate::fix_proof;
use crate::ide::View;
use crate::sema::Analysis;

/// The file after edits of it, analysed, if they bring no new error.
pub(super) fn after(view: &View<'_>, edits: &[Edit]) -> Option<Analysis> {
    let text = layout::apply(view.text(), 0, &edits.iter().collect::<Vec<_>>());
    let new = view.analysis().again(&text)?;
    let errors = |analysis: &Analysis| analysis.diagnostics.iter().filter(|found| found.is_error()).count();
    let was: usize = view.analysis().diagnostics.iter().filter(|found: &&Diagnostic| found.is_error()).count();
    (errors(&new) <= was).then_some(new)
}

/// What edits come to for all calls; `None` if there are errors before or after them, or a test fails that passed.
pub(super) fn verdict(view: &View<'_>, edits: &[Edit]) -> Option<Verdict> {
    let old = view.analysis().checked.as_ref()?;
    let new = after(view, edits)?;
    fix_proof::verdict(old, new.checked.as_ref()?)
}

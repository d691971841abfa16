//! Code actions: fixes of findings, ways to silence them, and refactorings of the statement at the cursor.
//!
//! Each file offers one kind. An action is offered only where it applies, and what it makes of the text is a policy again; those that
//! could change what the policy means are proved not to, or say in their title what changes.

mod annotate;
mod collapse;
mod configure;
mod example;
mod except;
mod expand;
mod fixes;
mod group;
mod layout;
mod lets;
mod proof;
mod require;
mod site;
mod statements;
mod suppress;

mod when;

use super::View;
use crate::diagnostics::{Diagnostic, Edit};
use crate::lint::Level;
use crate::source::Span;

pub use configure::configure;
pub use fixes::fix_all;
use site::Site;

/// Something that an editor can do at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What it does, as an order.
    pub title: String,
    /// What sort of change it is.
    pub kind: ActionKind,
    /// Indices of the findings that it resolves.
    pub resolves: Vec<usize>,
    /// Whether it is what most people would choose.
    pub preferred: bool,
    /// The change.
    pub change: Change,
}

/// The sorts of actions, as editors tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// Resolves a finding.
    QuickFix,
    /// Applies all safe fixes of the file.
    FixAll,
    /// Gives a part a name.
    Extract,
    /// Puts what a name stands for in its place.
    Inline,
    /// Writes the same otherwise.
    Rewrite,
    /// Adds something to the file.
    Source,
}

/// What an action changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Edits of this file, sorted, disjoint.
    pub edits: Vec<Edit>,
    /// A change of the configuration: the name of a kind of finding and its level.
    pub configure: Option<(&'static str, Level)>,
    /// Where a new name stands in the text after the edits, for renaming it at once.
    pub rename_at: Option<u32>,
}

/// Of how many findings at a range the fixes are offered one by one. A range with more is the whole file, for which there is [`fix_all`].
const MOST_FINDINGS: usize = 100;

/// What can be done at a range of the file, of which these are the findings: what resolves findings first. Incomplete if `stopped` says
/// on the way that nobody wants it any more.
#[must_use]
pub fn actions(view: &View<'_>, range: Span, findings: &[Diagnostic], stopped: &dyn Fn() -> bool) -> Vec<Action> {
    let site = Site::new(view, range);
    let mut found = Vec::new();
    fixes::offer(&site, findings, stopped, &mut found);
    if stopped() {
        return found;
    }
    except::offer(&site, findings, &mut found);
    annotate::because(&site, findings, &mut found);
    suppress::offer(&site, findings, &mut found);
    group::extract(&site, &mut found);
    lets::extract(&site, &mut found);
    group::inline(&site, &mut found);
    lets::inline(&site, &mut found);
    expand::offer(&site, &mut found);
    except::denied(&site, &mut found);
    collapse::offer(&site, &mut found);
    require::offer(&site, &mut found);
    require::back(&site, &mut found);
    when::offer(&site, &mut found);
    statements::split(&site, &mut found);
    statements::join(&site, &mut found);
    example::offer(&site, &mut found);
    annotate::comment(&site, &mut found);
    found.retain(|action| is_applicable(view, &action.change));
    found.sort_by_key(|action| !matches!(action.kind, ActionKind::QuickFix | ActionKind::FixAll));
    found
}

/// Whether edits lie in the file in order, none over another, and change something.
fn is_applicable(view: &View<'_>, change: &Change) -> bool {
    let mut at = 0;
    let inside = change.edits.iter().all(|edit| {
        let range = edit.span.range();
        let fits = edit.span.file == view.file() && at <= edit.span.start && view.text().get(range).is_some();
        at = edit.span.end;
        fits
    });
    inside && (change.configure.is_some() || !change.edits.is_empty())
}

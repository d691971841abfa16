//! All that is said of a file: what its analysis found, assertions, lints, and what comments and configuration say of them.
//!
//! The command line and the language server both ask here, so that they say the same.

use crate::assertions;
use crate::diagnostics::{self, Code, Diagnostic, codes};
use crate::ir::Policy;
use crate::lint::{self, Levels, Rule, suppress};
use crate::sema::{Analysis, Survey};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What `policyc check` says.
    Check,
    /// What `policyc lint` says: also the lint rules.
    Lint,
}

impl Depth {
    /// Whether findings of a kind are looked for.
    #[must_use]
    pub fn has(self, code: &Code) -> bool {
        !is_compiled(code) && (self == Self::Lint || Rule::of(code).is_none())
    }
}

/// All that is said of a file and some of its policies, settled.
#[must_use]
pub fn of(analysis: &Analysis, policies: &[&Policy], levels: &Levels, depth: Depth) -> Vec<Diagnostic> {
    of_unless(analysis, policies, levels, depth, &|| false).unwrap_or_default()
}

/// As [`of`], given up between two rules when it is not wanted any more; then `None`.
#[must_use]
pub fn of_unless(
    analysis: &Analysis,
    policies: &[&Policy],
    levels: &Levels,
    depth: Depth,
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<Diagnostic>> {
    let mut found = analysis.diagnostics.clone();
    found.extend(policies.iter().flat_map(|policy| assertions::check(policy)));
    if depth == Depth::Lint {
        found.extend(lint::check_policies(analysis, policies, &|code| levels.wants(code) && !stopped()));
    }
    (!stopped()).then(|| settle(analysis, found, levels, &looked_for(analysis, levels, depth)))
}

/// What `policyc check` says of a file, found without its policies.
#[derive(Debug)]
pub struct Glance {
    /// All that is said, settled.
    pub found: Vec<Diagnostic>,
    /// Whether the file has no errors, so that there are policies.
    pub is_sound: bool,
}

/// What [`of`] says to [`Depth::Check`], sooner than the policies can be made. `None` where they are needed: what is asserted is
/// asserted of them.
#[must_use]
pub fn at_a_glance(survey: &Survey, levels: &Levels) -> Option<Glance> {
    if survey.has_assertions() {
        return None;
    }
    let analysis = survey.as_analysis();
    let found = survey.mistakes();
    let is_sound = !found.iter().any(Diagnostic::is_error);
    let ran = looked_for(analysis, levels, Depth::Check);
    Some(Glance { found: settle(analysis, found, levels, &ran), is_sound })
}

/// Which kinds of findings were looked for, so that a suppression of one can be unused.
pub fn looked_for<'a>(analysis: &'a Analysis, levels: &'a Levels, depth: Depth) -> impl Fn(&Code) -> bool + 'a {
    // Findings of a file with errors were not all looked for, so that a suppression may seem to be unused.
    move |code| {
        let lint = Rule::of(code).is_some();
        depth.has(code) && (!lint || analysis.checked.is_some()) && (depth == Depth::Check || levels.wants(code))
    }
}

/// Applies suppressions and levels to findings, and sorts them. `ran` says which kinds of finding were looked for.
#[must_use]
pub fn settle(
    analysis: &Analysis,
    mut found: Vec<Diagnostic>,
    levels: &Levels,
    ran: &dyn Fn(&Code) -> bool,
) -> Vec<Diagnostic> {
    suppress::apply(&mut found, &analysis.units, &analysis.sources, ran);
    levels.apply(&mut found);
    // Rules that several policies share are reported by each; equal findings are told once.
    diagnostics::sort(&mut found);
    found
}

/// Whether only compiling finds findings of a kind.
fn is_compiled(code: &Code) -> bool {
    [codes::STRICTER_ARTEFACT, codes::UNPROVED_ARTEFACT, codes::NOT_EXPRESSIBLE].contains(&code)
}

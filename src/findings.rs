//! All findings about a file: of analysis, assertions and lint rules, after suppressions and levels
//! have been applied.
//!
//! The command line and the language server both ask here, so that they say the same.

use std::collections::BTreeMap;

use crate::assertions;
use crate::diagnostics::{self, Code, Diagnostic, codes};
use crate::emit::{Request, Target, TargetSettings};
use crate::ir::{Policy, ServerId};
use crate::line::{self, BYTE_ORDER_MARK};
use crate::lint::{self, Levels, Rule};
use crate::sema::{Analysis, Survey};
use crate::source::{FileId, SourceMap, Span, offset};
use crate::{fix_proof, revision, suppress};

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

/// What is looked for, and the targets that shall hold the policies: what these refuse or hold more
/// strictly is reported as by `policyc compile`.
#[derive(Clone, Copy)]
pub struct Wanted<'t> {
    /// What is looked for.
    pub depth: Depth,
    /// The targets; mostly none.
    pub targets: &'t [&'static Target],
    /// What is said of them.
    pub settings: &'t TargetSettings,
}

impl From<Depth> for Wanted<'_> {
    fn from(depth: Depth) -> Self {
        Self { depth, targets: &[], settings: TargetSettings::NONE }
    }
}

impl Wanted<'_> {
    /// Whether findings of a kind are looked for.
    #[must_use]
    pub fn has(self, code: &Code) -> bool {
        self.depth.has(code) || !self.targets.is_empty() && is_compiled(code)
    }
}

/// All that is said of a file and some of its policies, settled.
#[must_use]
pub fn of<'t>(
    analysis: &Analysis,
    policies: &[&Policy],
    levels: &Levels,
    wanted: impl Into<Wanted<'t>>,
) -> Vec<Diagnostic> {
    of_unless(analysis, policies, levels, wanted, &|| false).unwrap_or_default()
}

/// As [`of`], given up between two rules when it is not wanted any more; then `None`.
#[must_use]
pub fn of_unless<'t>(
    analysis: &Analysis,
    policies: &[&Policy],
    levels: &Levels,
    wanted: impl Into<Wanted<'t>>,
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<Diagnostic>> {
    let mut found = with_offers(analysis, policies, levels, wanted, stopped)?;
    fix_proof::demote(&mut found, analysis, stopped);
    (!stopped()).then_some(found)
}

/// As [`of_unless`], with fixes as they are offered: whoever applies them proves them.
#[must_use]
pub fn with_offers<'t>(
    analysis: &Analysis,
    policies: &[&Policy],
    levels: &Levels,
    wanted: impl Into<Wanted<'t>>,
    stopped: &dyn Fn() -> bool,
) -> Option<Vec<Diagnostic>> {
    let wanted = wanted.into();
    let found = all(analysis, policies, levels, wanted, stopped);
    (!stopped()).then(|| settle_offers(analysis, found, levels, &looked_for(analysis, levels, wanted)))
}

fn all(
    analysis: &Analysis,
    policies: &[&Policy],
    levels: &Levels,
    wanted: Wanted<'_>,
    stopped: &dyn Fn() -> bool,
) -> Vec<Diagnostic> {
    let mut found = analysis.diagnostics.clone();
    found.extend(of_policies(analysis, policies));
    if wanted.depth == Depth::Lint {
        found.extend(lint::check_policies(analysis, policies, &|code| levels.wants(code) && !stopped()));
    }
    found.extend(of_targets(policies, wanted, stopped));
    found
}

/// What targets refuse of policies, or hold more strictly: for each server of each what compiling
/// it would report.
#[must_use]
pub fn of_targets(policies: &[&Policy], wanted: Wanted<'_>, stopped: &dyn Fn() -> bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for target in wanted.targets {
        let settings = wanted.settings.of(target);
        for policy in policies {
            let servers = (0..policy.servers.len()).map(|index| ServerId(offset(index)));
            for server in servers.filter(|_| !stopped()) {
                found.extend(target.make(&Request::new(policy, server, settings)).diagnostics);
            }
        }
    }
    found
}

/// What is checked of policies once there are no errors: assertions, and what a new revision of the
/// language means for them.
#[must_use]
pub fn of_policies(analysis: &Analysis, policies: &[&Policy]) -> Vec<Diagnostic> {
    let assertions = policies.iter().map(|policy| (*policy, assertions::check(policy))).collect();
    lint::told(analysis, assertions).into_iter().chain(revision::check(analysis, policies)).collect()
}

/// What `policyc check` says of a file, found without its policies.
#[derive(Debug)]
pub struct Glance {
    /// All that is said, settled.
    pub found: Vec<Diagnostic>,
    /// Whether the file has no errors, so that there are policies.
    pub is_sound: bool,
}

/// What [`of`] says to [`Depth::Check`], sooner than the policies can be made. `None` where they
/// are needed: what is asserted is asserted of them.
#[must_use]
pub fn at_a_glance(survey: &Survey, levels: &Levels) -> Option<Glance> {
    let analysis = survey.as_analysis();
    if survey.has_assertions() || revision::may_matter(analysis) {
        return None;
    }
    let found = survey.mistakes();
    let is_sound = !found.iter().any(Diagnostic::is_error);
    let ran = looked_for(analysis, levels, Depth::Check);
    Some(Glance { found: settle_offers(analysis, found, levels, &ran), is_sound })
}

/// Which kinds of findings were looked for, so that a suppression of one can be unused.
pub fn looked_for<'a>(
    analysis: &'a Analysis,
    levels: &'a Levels,
    wanted: impl Into<Wanted<'a>>,
) -> impl Fn(&Code) -> bool + 'a {
    let wanted = wanted.into();
    // Findings of a file with errors were not all looked for, so that a suppression may seem to be
    // unused.
    move |code| {
        let lint = Rule::of(code).is_some();
        wanted.has(code)
            && !levels.leaves(code)
            && (!lint || analysis.checked.is_some())
            && (wanted.depth == Depth::Check || levels.wants(code))
    }
}

/// Applies suppressions and levels to findings, sorts them, and proves which fixes are safe. `ran`
/// says which kinds of finding were looked for.
#[must_use]
pub fn settle(
    analysis: &Analysis,
    found: Vec<Diagnostic>,
    levels: &Levels,
    ran: &dyn Fn(&Code) -> bool,
) -> Vec<Diagnostic> {
    let mut found = settle_offers(analysis, found, levels, ran);
    fix_proof::demote(&mut found, analysis, &|| false);
    found
}

fn settle_offers(
    analysis: &Analysis,
    mut found: Vec<Diagnostic>,
    levels: &Levels,
    ran: &dyn Fn(&Code) -> bool,
) -> Vec<Diagnostic> {
    // Assertions are decided after the analysis has allowed its own errors.
    suppress::allow_errors(&mut found, analysis.files(), &analysis.sources);
    suppress::apply(&mut found, analysis.files(), &analysis.sources, analysis.main, ran);
    levels.apply(&mut found);
    fit_fixes(&mut found, &analysis.sources);
    // Rules that several policies share are reported by each; equal findings are told once.
    diagnostics::sort(&mut found);
    found
}

/// Writes what fixes put into a file with the line end of the file, and behind the mark that some
/// editors put in front.
fn fit_fixes(found: &mut [Diagnostic], sources: &SourceMap) {
    // In a text of one line the first line end is far away, so it is looked for once.
    let mut ends: BTreeMap<FileId, &str> = BTreeMap::new();
    for edit in found.iter_mut().flat_map(|finding| &mut finding.fixes).flat_map(|fix| &mut fix.edits) {
        let Some(source) = sources.get(edit.span.file) else { continue };
        // What is about line ends itself has none of the file's.
        if edit.text.contains('\n') && !line::is_broken(sources.slice(edit.span)) && !edit.text.contains('\r') {
            let end = *ends.entry(edit.span.file).or_insert_with(|| line::end_of(source.text()));
            edit.text = line::with_ends(&edit.text, end);
        }
        if edit.span.end == 0 && source.text().starts_with(BYTE_ORDER_MARK) {
            let behind = offset(BYTE_ORDER_MARK.len_utf8());
            edit.span = Span { start: behind, end: behind, ..edit.span };
        }
    }
}

/// Whether only compiling finds findings of a kind.
fn is_compiled(code: &Code) -> bool {
    [codes::STRICTER_ARTEFACT, codes::UNPROVED_ARTEFACT, codes::NOT_EXPRESSIBLE].contains(&code)
}

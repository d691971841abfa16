//! The linter: findings about policies that are valid but probably wrong or unsafe.
//!
//! A rule is a file in `rules` that begins with the page of the rule, and a line in the list there.
//! Rules look at a [`Context`] (one policy) or at a [`File`] (as it is written); questions about
//! all calls go to the exact analysis. Findings are silenced by [`suppress`](crate::suppress),
//! selected by [`Levels`] and compared with a [`baseline`]; these apply to findings of every kind,
//! including those of the checker.

pub mod baseline;
mod context;
pub mod edit;
mod file;
mod levels;
mod rule;
mod rules;
mod several_policies;

pub use context::{Context, Group as ToolGroup};
pub use file::File;
pub use levels::{Level, Levels, Named};
pub use rule::{Check, Confidence, Group, Imported, Rule, Shared, page};
pub use rules::RULES;
pub(crate) use rules::is_secret;
pub use several_policies::told;

use std::collections::BTreeSet;

use rules::Declarations;

use crate::diagnostics::{Code, Diagnostic};
use crate::ir::Policy;
use crate::sema::Analysis;
use crate::source::Span;

/// The findings of the wanted rules. A file with errors has none: the errors come first.
#[must_use]
pub fn check(analysis: &Analysis, wanted: &dyn Fn(&Code) -> bool) -> Vec<Diagnostic> {
    check_policies(analysis, &analysis.policies().collect::<Vec<_>>(), wanted)
}

/// Like [`check`], for some of the policies of the file.
#[must_use]
pub fn check_policies(analysis: &Analysis, policies: &[&Policy], wanted: &dyn Fn(&Code) -> bool) -> Vec<Diagnostic> {
    let Some(file) = File::new(analysis) else { return Vec::new() };
    let contexts: Vec<Context<'_>> = policies.iter().map(|policy| Context::new(&file, policy)).collect();
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| wanted(rule.code)) {
        let findings = match rule.check {
            Check::File(check) => check(&file),
            Check::Policy(check) => {
                let found: Vec<Vec<Diagnostic>> = contexts.iter().map(check).collect();
                let found = contexts.iter().map(Context::policy).zip(together(rule, &contexts, &found)).collect();
                told(analysis, found)
            }
        };
        found.extend(findings.into_iter().filter_map(|finding| placed(rule, &file, finding)));
    }
    if found.iter().any(|finding| !finding.fixes.is_empty()) {
        let declarations = Declarations::of(&file);
        let fixes = found.iter_mut().flat_map(|finding| &mut finding.fixes);
        fixes.for_each(|fix| declarations.without_unused(fix));
    }
    found
}

/// The findings about several policies of one file. About a statement that policies share, only
/// those findings remain that are true of all of these policies.
fn together(rule: &Rule, contexts: &[Context<'_>], found: &[Vec<Diagnostic>]) -> Vec<Vec<Diagnostic>> {
    // What is found about the only policy is true of all of them.
    if rule.shared != Shared::All || contexts.len() < 2 {
        return found.to_vec();
    }
    let statements_of = |context: &Context<'_>| context.policy().rules.iter().map(|rule| rule.origin.span).collect();
    let statements: Vec<BTreeSet<Span>> = contexts.iter().map(statements_of).collect();
    let places_of = |found: &Vec<Diagnostic>| found.iter().map(|finding| finding.primary.span).collect();
    let places: Vec<BTreeSet<Span>> = found.iter().map(places_of).collect();
    let stands = |finding: &Diagnostic| {
        let statement = contexts.first().and_then(|context| context.file().statement_around(finding.primary.span));
        let Some(statement) = statement else { return true };
        let mut each = statements.iter().zip(&places);
        each.all(|(statements, places)| !statements.contains(&statement.span) || places.contains(&finding.primary.span))
    };
    found.iter().map(|found| found.iter().filter(|finding| stands(finding)).cloned().collect()).collect()
}

/// Moves a finding about an imported file to the `import`, or drops it if the rule is silent about
/// imported statements. Other findings stay as they are.
fn placed(rule: &Rule, file: &File<'_>, mut finding: Diagnostic) -> Option<Diagnostic> {
    let Some(import) = file.import_of(finding.primary.span.file) else { return Some(finding) };
    if rule.imported == Imported::Silent {
        return None;
    }
    finding.secondary.insert(0, finding.primary.clone());
    finding.primary.span = import;
    finding.primary.text = "it comes from this import".to_owned();
    finding.fixes.clear();
    Some(finding)
}

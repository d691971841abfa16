//! A policy that allows what it does not mention.
//!
//! ## What it does
//!
//! Reports `allow *;`, the default that opens every tool that no rule closes, and an `allow` with
//! `*` in its list and no condition, like `allow * except @destructive;`: it also opens tools that
//! no catalogue has, and `except` with a class does not remove those.
//!
//! ## Why it matters
//!
//! A tool that the server adds tomorrow is open at once, and a `deny` for a name that the server
//! has changed denies nothing. A list of open tools does not grow by itself.
//!
//! ## Example
//!
//! ```pol lint code=default-allow catalogue
//! allow *;
//! deny @destructive;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow @read, create_order;
//! ```

use super::prelude::*;
use crate::eval::Verdict;
use crate::ir::{self, Effect, Subject};

pub(super) const RULE: Rule = Rule {
    fix: Some(Applicability::Unsafe),
    imported: Imported::AtImport,
    shared: Shared::Any,
    ..Rule::new(codes::DEFAULT_ALLOW, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = default(context);
    found.extend(context.rules().filter_map(|(index, rule)| opens_unknown(context, index, rule)));
    found
}

/// A finding about an `allow` that may let calls of tools pass that no catalogue has.
fn opens_unknown(context: &Context<'_>, index: usize, rule: &ir::Rule) -> Option<Diagnostic> {
    if !matches!(rule.effect, Effect::Allow) || rule.guard.is_some() || rule.selection.star.is_none() {
        return None;
    }
    let unknown = |subject: &&Subject| subject.tool.is_none();
    let mut groups = context.groups_of(index).map(|(group, _)| group);
    let passes = |subject: &Subject| {
        // What is not decided may pass.
        [Verdict::Allow, Verdict::Approval].into_iter().any(|verdict| context.can(*subject, verdict, &[]) != Some(false))
    };
    if !groups.any(|group| !group.case.is_closed() && group.subjects.iter().find(unknown).is_some_and(passes)) {
        return None;
    }
    let message = "this also opens tools that no catalogue has, including those that the server adds tomorrow";
    let finding = Diagnostic::new(codes::DEFAULT_ALLOW, rule.origin.span, message);
    Some(finding.help("allow the intended classes, like `@read`, or the tools by name: a class has only tools of a catalogue"))
}

fn default(context: &Context<'_>) -> Vec<Diagnostic> {
    let default = &context.policy().default;
    let Some(origin) = default.origin.as_ref().filter(|_| default.allow) else { return Vec::new() };
    let message = "every tool that no rule selects is open, including those that the server adds tomorrow";
    let finding = Diagnostic::new(codes::DEFAULT_ALLOW, origin.span, message);
    let finding = finding.help("write `deny *;` and allow the tools that are needed; `policyc describe` lists what is open now");
    let title = "write `deny *;`, which closes tools that no rule opens";
    vec![finding.fix(Applicability::Unsafe, title, origin.span, "deny *;")]
}

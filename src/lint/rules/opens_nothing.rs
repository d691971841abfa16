//! A policy that opens no tool.
//!
//! ## What it does
//!
//! Reports a policy under which no call of any tool can pass or be approved. This is proved for all
//! calls.
//!
//! ## Why it matters
//!
//! `limit *` and `require ... for *` narrow what other rules open, and open nothing themselves, so
//! a policy of such rules alone denies everything. In a file that others import this is as it
//! should be: silence the finding with `allow-file(opens-nothing)`.
//!
//! ## Example
//!
//! ```pol lint code=opens-nothing catalogue
//! deny *;
//! limit * 30/min;
//! ```
//!
//! ## Use instead
//!
//! Name the tools, or open them with an `allow`:
//!
//! ```pol lint catalogue
//! deny *;
//! limit get_*, search_* 30/min;
//! ```

use super::prelude::*;
use crate::eval::Verdict;
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule { group: Group::Strict, shared: Shared::Any, ..Rule::new(codes::OPENS_NOTHING, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let policy = context.policy();
    let passes = |verdict: Verdict| {
        context.groups().iter().filter(|group| !group.case.is_closed()).any(|group| {
            group.subjects.first().is_none_or(|subject| {
                // What is not decided may pass.
                context.can(*subject, verdict, &[]) != Some(false)
            })
        })
    };
    if policy.rules.is_empty() || passes(Verdict::Allow) || passes(Verdict::Approval) {
        return Vec::new();
    }
    let span = policy.rules.first().map_or(Span::new(context.file().main_id(), 0, 0), |rule| rule.origin.span);
    let finding = Diagnostic::new(codes::OPENS_NOTHING, span, "no call passes: the policy opens no tool");
    let finding = match &policy.default.origin {
        Some(origin) => finding.because(origin.span, "tools that no rule opens are denied"),
        None => finding,
    };
    vec![finding.help("name tools in an `allow` or a `limit`; `*` opens a tool only in an `allow`")]
}

//! A path that looks for an argument among the claims of the caller.
//!
//! ## What it does
//!
//! Reports a path like `caller.args.amount` or `caller.arguments.path`.
//!
//! ## Why it matters
//!
//! `caller.` reads the claims of the caller that the gateway has authenticated. Hardly any gateway
//! has a claim named `args`, so the test is false for every call: a `deny` stops nothing.
//!
//! ## Example
//!
//! ```pol lint code=claim-for-argument catalogue
//! allow *;
//! deny create_charge when caller.args.amount > 500;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! deny create_charge when args.amount > 500;
//! ```

use super::helpers::atoms::{self, RuleAtom};
use super::prelude::*;
use crate::predicate::{PathRoot, Step};
use crate::lint::rule::Confidence;
use crate::source::Span;

pub(super) const RULE: Rule = Rule {
    confidence: Confidence::Medium,
    fix: Some(Applicability::Unsafe),
    ..Rule::new(codes::CLAIM_FOR_ARGUMENT, Check::Policy(check))
};

/// What other languages call the arguments of a call.
const ARGUMENTS: [&str; 5] = ["args", "arguments", "params", "parameters", "input"];

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    atoms::all(context).iter().filter_map(finding).collect()
}

fn finding(found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let path = &found.atom.path;
    let [Step::Key(first), _, ..] = path.steps.as_slice() else { return None };
    if path.root != PathRoot::Caller || !ARGUMENTS.contains(&first.as_str()) {
        return None;
    }
    let written = found.written.path();
    let message = format!("{} is a claim of the caller, not an argument of the call", quote(&path.to_string()));
    let finding = Diagnostic::new(codes::CLAIM_FOR_ARGUMENT, written.span, message);
    let end = written.segments.first()?.span.end;
    let place = Span { end, ..written.span };
    let written = path.to_string();
    let rest = written.splitn(3, '.').nth(2).unwrap_or_default();
    Some(finding.fix(Applicability::Unsafe, format!("write `args.{rest}`, which is the argument"), place, "args"))
}

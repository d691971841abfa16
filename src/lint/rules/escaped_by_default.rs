//! A denial of a value that the server uses when the argument is missing.
//!
//! ## What it does
//!
//! Reports a test in a `deny` or `require approval` that is true for the `default` that the schema
//! gives for an argument, if calls without the argument are allowed.
//!
//! ## Why it matters
//!
//! A call without the argument does what the rule is there to prevent: the server uses the default
//! value, but for the policy there is no value.
//!
//! ## Example
//!
//! ```pol lint code=escaped-by-default catalogue
//! allow *;
//! deny search_products when args.max_results >= 20;
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! require args.max_results < 20 for search_products;
//! ```

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::defaults::{default_of, passes};
use super::helpers::passing;
use super::prelude::*;
use crate::analysis::ask::Domain;
use crate::diagnostics::{quote, shown};
use crate::ir::{Effect, Subject};
use crate::predicate::{Atom, PathRoot, Test};
use crate::json::Value;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::ESCAPED_BY_DEFAULT, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for found in &atoms::all(context) {
        let looked_at = matches!(found.rule.effect, Effect::Deny | Effect::Approval { .. })
            && !found.negated
            && found.atom.path.root == PathRoot::Args
            && !matches!(found.atom.test, Test::Has);
        let key = (found.index, &found.atom.path);
        // What a rule says about one argument is reported once.
        if looked_at && !seen.contains(&key) {
            seen.push(key);
            findings.extend(finding(context, found));
        }
    }
    findings
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let path = &found.atom.path;
    let missing = || passing::is_missing(path, found.atom);
    let default = |subject: Subject| {
        let schemas = passing::schemas(context, subject);
        schemas.iter().find_map(|schema| default_of(schema, path)).map(Value::source)
    };
    let subjects = passing::subjects_where(context, found, &|subject| default(subject).is_some());
    let (default, witness) = subjects.iter().take(8).find_map(|subject| {
        let default = default(*subject)?;
        let with_default = |atom: &Atom| (atom.path == *path).then(|| passes(atom, default));
        let demands = [passing::not(found.opens_where(&with_default)), missing()];
        Some((default, passing::one_call(context, *subject, &demands, Domain::Valid)?))
    })?;
    let place = passing::place(context, found, &witness.tool)?;
    let does = if matches!(found.rule.effect, Effect::Approval { .. }) { "passes without approval" } else { "is not denied" };
    let message = format!(
        "a call of {} without {} {does}, and the server then uses {}",
        quote(&witness.tool),
        quote(&path.to_string()),
        quote(&shown(default, 40)),
    );
    let without = format!("not has {path}");
    let finding = Diagnostic::new(codes::ESCAPED_BY_DEFAULT, found.atom.span, message).help(format!(
        "{place}add `or {without}`, or write a `require`; this call is allowed: {}",
        witness.json()
    ));
    let text = context.text(found.atom.span);
    // If the condition has another test of the argument, the addition belongs elsewhere.
    let only = atoms::count(found.guard, path) == 1;
    Some(match place.is_empty() && only {
        true => finding.fix(
            Applicability::Unsafe,
            format!("add `or {without}`, which also {} calls without it", refuses(&found.rule.effect)),
            found.atom.span,
            if found.is_whole() { format!("{text} or {without}") } else { format!("({text} or {without})") },
        ),
        false => finding,
    })
}

const fn refuses(effect: &Effect) -> &'static str {
    match effect {
        Effect::Approval { .. } => "holds",
        _ => "denies",
    }
}

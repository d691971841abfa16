//! A denial of a value that the server takes when the argument is left out.
//!
//! ## What it does
//!
//! Reports a test in a `deny` or `require approval` that is true of the `default` which the schema
//! gives for an argument, where calls without the argument are allowed.
//!
//! ## Why it matters
//!
//! A call that leaves the argument out does what the rule keeps others from doing: to the server it
//! has the value, and to the policy it has none.
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

use super::helpers::atoms::{self, Found};
use super::helpers::defaults::{default_of, passes};
use super::helpers::passing;
use super::prelude::*;
use crate::analysis::ask::Universe;
use crate::diagnostics::{quote, shown};
use crate::ir::{Effect, Test};
use crate::syntax::ast::PathRoot;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::ESCAPED_BY_DEFAULT, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::all(context).into_iter().filter(|found| {
        matches!(found.rule.effect, Effect::Deny | Effect::Approval)
            && !found.negated
            && found.atom.path.root == PathRoot::Args
            && !matches!(found.atom.test, Test::Has)
    });
    found.filter_map(|found| finding(context, &found)).collect()
}

fn finding(context: &Context<'_>, found: &Found<'_>) -> Option<Diagnostic> {
    let path = &found.atom.path;
    let mut default = None;
    let mut subjects = passing::subjects_with(context, found);
    subjects.retain(|subject| {
        let schemas = passing::schemas(context, *subject);
        let value = schemas.iter().find_map(|schema| {
            let value = default_of(schema, path)?;
            passes(found.atom, value.source()).then(|| value.source().to_owned())
        });
        default = default.take().or_else(|| value.clone());
        value.is_some()
    });
    let default = default?;
    let claims = [found.needs(false), passing::is_missing(path, found.atom)];
    let call = |subject: &_| passing::one_call(context, *subject, &claims, Universe::Valid);
    let witness = subjects.iter().take(8).find_map(call)?;
    let does = if matches!(found.rule.effect, Effect::Approval) { "passes without approval" } else { "is not denied" };
    let message = format!(
        "a call of {} without {} {does}, and its server then takes {}",
        quote(&witness.tool),
        quote(&path.text),
        quote(&shown(&default, 40)),
    );
    let text = context.text(found.atom.span);
    let missing = format!("not has {}", path.text);
    let finding = Diagnostic::new(codes::ESCAPED_BY_DEFAULT, found.atom.span, message).help(format!(
        "add `or {missing}`, or `require` what is wanted; this call is allowed: {}",
        witness.json()
    ));
    Some(finding.fix(
        Applicability::Unsafe,
        format!("add `or {missing}`, which also {} calls without it", refuses(&found.rule.effect)),
        found.atom.span,
        if found.is_whole() { format!("{text} or {missing}") } else { format!("({text} or {missing})") },
    ))
}

const fn refuses(effect: &Effect) -> &'static str {
    match effect {
        Effect::Approval => "holds",
        _ => "denies",
    }
}

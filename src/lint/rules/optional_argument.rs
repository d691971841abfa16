//! A denial that depends on an optional argument.
//!
//! ## What it does
//!
//! Reports a comparison in a `deny` or `require approval` with an argument that the schema does not
//! require, if calls without it are allowed and the schema gives no default. `== true` is not
//! reported, since a missing flag is off, nor are rules that test for the missing value themselves.
//!
//! ## Why it matters
//!
//! The server may fill in the very value that is denied: a branch that is not named is often the
//! main one.
//!
//! ## Example
//!
//! ```pol lint code=optional-argument catalogue
//! allow *;
//! deny search_products when args.category == "garden";
//! ```
//!
//! ## Use instead
//!
//! Include calls without the argument, or silence the finding if they should pass:
//!
//! ```pol lint catalogue
//! allow *;
//! deny search_products when args.category == "garden" or not has args.category;
//! ```

use std::collections::BTreeSet;

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::defaults::default_of;
use super::helpers::passing;
use super::prelude::*;
use crate::analysis::ask::Domain;
use crate::diagnostics::quote;
use crate::ir::Effect;
use crate::predicate::{Path, Atom, Comparison, PathRoot, ScalarValue, Test};

pub(super) const RULE: Rule =
    Rule { group: Group::Strict, ..Rule::new(codes::OPTIONAL_ARGUMENT, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::all(context).into_iter().filter(|found| {
        matches!(found.rule.effect, Effect::Deny | Effect::Approval { .. })
            && !found.negated
            && found.atom.path.root == PathRoot::Args
            && is_comparison(&found.atom.test)
            && !atoms::speaks_of_missing(found.guard, &found.atom.path)
    });
    // Each argument is reported once for a rule.
    let mut told: BTreeSet<(usize, &Path)> = BTreeSet::new();
    let mut findings = Vec::new();
    for found in found {
        let key = (found.index, &found.atom.path);
        if told.contains(&key) {
            continue;
        }
        if let Some(finding) = finding(context, &found) {
            told.insert(key);
            findings.push(finding);
        }
    }
    findings
}

const fn is_comparison(test: &Test) -> bool {
    match test {
        Test::Compare(Comparison::NotEqual, _) => false,
        Test::Compare(_, scalar) => !matches!(scalar.value, ScalarValue::Bool(true) | ScalarValue::Null),
        Test::In(_) => true,
        _ => false,
    }
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let path = &found.atom.path;
    let mut subjects = passing::subjects_with(context, found);
    subjects.retain(|subject| {
        let schemas = passing::schemas(context, *subject);
        !schemas.is_empty() && schemas.iter().all(|schema| default_of(schema, path).is_none())
    });
    // The rule would refuse if the argument had such a value.
    let with_value = |atom: &Atom| (atom.path == *path && is_comparison(&atom.test)).then_some(true);
    let demands = [passing::not(found.opens_where(&with_value)), passing::is_missing(path, found.atom)];
    let call = |subject: &_| passing::one_call(context, *subject, &demands, Domain::Valid);
    let witness = subjects.iter().take(8).find_map(call)?;
    let place = passing::place(context, found, &witness.tool)?;
    let does = if matches!(found.rule.effect, Effect::Approval { .. }) { "pass without approval" } else { "are not denied" };
    let message = format!("calls of {} may omit {}, and then {does}", quote(&witness.tool), quote(&path.to_string()));
    let help = format!(
        "{place}add `or not has {}` if the server then uses a value of its own; this call is allowed: {}",
        path,
        witness.json()
    );
    Some(Diagnostic::new(codes::OPTIONAL_ARGUMENT, found.atom.span, message).help(help))
}

//! A test of an argument without a declared type.
//!
//! ## What it does
//!
//! Reports a condition on an argument that the inputSchemas of all the rule's tools declare without
//! a type.
//!
//! ## Why it matters
//!
//! The test is correct only if the server reads the argument as the policy does: a number that
//! arrives as a string is not compared.
//!
//! ## Example
//!
//! ```pol lint code=untyped-argument
//! server trap from "catalogues/hidden.json";
//! deny *;
//! allow get_weather when args.days <= 7;
//! ```
//!
//! ## Use instead
//!
//! Find out which values the server accepts, and declare them in the catalogue; or test an argument
//! that has a type:
//!
//! ```pol lint
//! server trap from "catalogues/hidden.json";
//! deny *;
//! allow get_weather when args.city == "Oslo";
//! ```

use std::collections::BTreeSet;

use super::helpers::tools;
use super::prelude::*;
use crate::ir::ToolId;
use crate::predicate::{Path, PathRoot, Step};
use crate::probe;
use crate::schema::Kinds;

pub(super) const RULE: Rule = Rule { group: Group::Pedantic, ..Rule::new(codes::UNTYPED_ARGUMENT, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, rule) in context.rules() {
        let Some(guard) = &rule.guard else { continue };
        let mut seen = BTreeSet::new();
        for atom in probe::atoms(&guard.condition) {
            let untyped = |tool: &ToolId| is_untyped(context, *tool, &atom.path);
            let all = !rule.selection.named.is_empty() && rule.selection.named.iter().all(untyped);
            if !all || !seen.insert(&atom.path) {
                continue;
            }
            let names = tools::names(context, rule.selection.named.iter().copied());
            let message = format!("the schema gives no type for `{}` of {names}", atom.path);
            let finding = Diagnostic::new(codes::UNTYPED_ARGUMENT, atom.span, message);
            found.push(finding.help("check that the server reads it as the policy does"));
        }
    }
    found
}

/// Whether a tool declares a top-level argument that may have any value.
fn is_untyped(context: &Context<'_>, tool: ToolId, path: &Path) -> bool {
    let (PathRoot::Args, [Step::Key(key)]) = (path.root, path.steps.as_slice()) else { return false };
    let Some(known) = context.policy().tool(tool) else { return false };
    let catalogue = context.policy().server(known.server).and_then(|server| server.catalogue.as_ref());
    let mut schemas = known.entries.iter().filter_map(|entry| Some(catalogue?.schema(*entry)));
    schemas.any(|schema| {
        schema.arguments().iter().any(|argument| argument.name == *key) && schema.possible_kinds(path).contains(Kinds::VALUES)
    })
}

//! A folder test that a path with `..` can escape.
//!
//! ## What it does
//!
//! Reports a pattern by which calls pass, if it is a folder and anything below it, and a path with
//! `..` can lead out of the folder. The example is a call that the whole policy allows.
//!
//! ## Why it matters
//!
//! Conditions only compare characters: `/data/../etc/passwd` begins with `/data/`. The policy
//! cannot know whether the server resolves `..` before it opens the file.
//!
//! ## Example
//!
//! ```pol lint code=unnormalised-path
//! deny *;
//! allow read_file when args.path like "/data/*";
//! ```
//!
//! ## Use instead
//!
//! Symbolic links are still up to the server:
//!
//! ```pol lint
//! deny *;
//! allow read_file when args.path like "/data/*" and not args.path contains "..";
//! ```

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::{folders, passing, shape};
use super::prelude::*;
use crate::diagnostics::quote;
use crate::predicate::Test;
use crate::lint::rule::Confidence;

pub(super) const RULE: Rule = Rule {
    confidence: Confidence::Medium,
    fix: Some(Applicability::Unsafe),
    ..Rule::new(codes::UNNORMALISED_PATH, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::all(context).into_iter().filter(RuleAtom::lets_pass);
    // One finding about a path is enough, however many patterns it is tested against.
    found.filter_map(|found| atoms::each(found).find_map(|found| finding(context, &found))).collect()
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let shape = shape::pattern(found)?;
    let text = folders::outside(&shape, &found.atom.path)?;
    let witness = passing::with_text(context, found, &text)?;
    let operand = atoms::operand(found)?;
    if shape.parts.iter().any(|part| part.split(['/', '\\']).any(|part| part == "..")) {
        let message = format!("this folder is written with `..`, and the server may resolve it to another: {} matches", quote(&text));
        let finding = Diagnostic::new(codes::UNNORMALISED_PATH, operand.span(), message);
        return Some(finding.help(format!("write the folder without `..`; this call is allowed: {}", witness.json())));
    }
    let demand = folders::demand(context, found);
    let element = if matches!(found.atom.test, Test::Every(_) | Test::Some(_)) { "an element" } else { "a path" };
    let message = format!("this also matches {}: {element} with `..` leads out of the folder", quote(&text));
    let finding = Diagnostic::new(codes::UNNORMALISED_PATH, operand.span(), message)
        .help(format!("add `and {demand}`; this call is allowed: {}", witness.json()));
    let written = atoms::with_demand(found, context.text(found.atom.span), &demand);
    let title = format!("add `and {demand}`, which denies all paths that contain `..`");
    Some(finding.fix(Applicability::Unsafe, title, found.atom.span, written))
}

//! A folder that a path can leave again.
//!
//! ## What it does
//!
//! Reports a pattern by which calls pass, that is a folder and anything below it, where a path with
//! `..` leads out of the folder. The example is a call that the whole policy allows.
//!
//! ## Why it matters
//!
//! Conditions look at letters: `/data/../etc/passwd` begins with `/data/`. Whether the server
//! resolves `..` before it opens the file, the policy cannot know.
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
//! Links in the file system are still the server's business:
//!
//! ```pol lint
//! deny *;
//! allow read_file when args.path like "/data/*" and not args.path contains "..";
//! ```

use super::helpers::atoms::{self, Found};
use super::helpers::texts::{self, Holds};
use super::helpers::{passing, shape};
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
    let found = atoms::all(context).into_iter().filter(Found::lets_pass);
    // What a path needs it needs once, whatever the patterns are.
    found.filter_map(|found| atoms::each(found).find_map(|found| finding(context, &found))).collect()
}

fn finding(context: &Context<'_>, found: &Found<'_>) -> Option<Diagnostic> {
    let shape = shape::pattern(found)?;
    let prefix = shape.parts.first().filter(|_| !shape.open_start && (shape.open_end || shape.parts.len() > 1))?;
    let text = outside(prefix, &shape.parts, texts::holds(&found.atom.path))?;
    let witness = passing::with_text(context, found, &text)?;
    let operand = atoms::operand(found)?;
    if shape.parts.iter().any(|part| part.split(['/', '\\']).any(|part| part == "..")) {
        let message = format!("this folder is written with `..`, and the server may resolve it to another: {} is covered", quote(&text));
        let finding = Diagnostic::new(codes::UNNORMALISED_PATH, operand.span(), message);
        return Some(finding.help(format!("write the folder without `..`; this call is allowed: {}", witness.json())));
    }
    let path = context.text(found.written.path().span);
    let (demand, quantified) = match found.atom.test {
        Test::Every(_) | Test::Some(_) => (format!("not some {path} like \"*..*\""), true),
        _ => (format!("not {path} contains \"..\""), false),
    };
    let element = if quantified { "an element" } else { "a path" };
    let message = format!("this also covers {}: {element} with `..` leads out of the folder", quote(&text));
    let finding = Diagnostic::new(codes::UNNORMALISED_PATH, operand.span(), message)
        .help(format!("add `and {demand}`; this call is allowed: {}", witness.json()));
    let written = format!("{} and {demand}", context.text(found.atom.span));
    let written = if atoms::needs_parentheses(found) { format!("({written})") } else { written };
    let title = format!("add `and {demand}`, which denies all that have `..` in them");
    Some(finding.fix(Applicability::Unsafe, title, found.atom.span, written))
}

/// A path that begins with the folder and ends outside of it.
fn outside(prefix: &str, parts: &[String], holds: Holds) -> Option<String> {
    if !matches!(holds, Holds::Path | Holds::Other) || !prefix.ends_with(['/', '\\']) {
        return None;
    }
    let absolute = texts::is_absolute(prefix);
    let relative = holds == Holds::Path && !prefix.contains([':', ' ']);
    if !absolute && !relative {
        return None;
    }
    let separator = if prefix.ends_with('\\') { '\\' } else { '/' };
    // The root itself has no outside, and no more has a drive.
    let folders = prefix.split(separator).filter(|part| !part.is_empty() && !part.ends_with(':') && *part != "~").count();
    if folders == 0 {
        return None;
    }
    let up: String = std::iter::repeat_n(format!("..{separator}"), folders).collect();
    let rest = parts.get(1..).unwrap_or_default();
    let end = match (rest.is_empty(), absolute && separator == '/') {
        (true, true) => "etc/passwd".to_owned(),
        (true, false) => "other".to_owned(),
        (false, _) => format!("other{}", rest.concat()),
    };
    Some(format!("{prefix}{up}{end}"))
}

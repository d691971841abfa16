//! A host name that is tested in one case only.
//!
//! ## What it does
//!
//! Reports a test with a host name by which calls are denied or held, if the same host in capital
//! letters escapes it; and a test by which calls pass, if its host name has capital letters, which
//! clients hardly ever send. The example is a call that the whole policy allows.
//!
//! ## Why it matters
//!
//! Strings are compared character by character, but `EVIL.COM` is the same host as `evil.com`.
//!
//! ## Example
//!
//! ```pol lint code=case-sensitive-host
//! allow *;
//! deny fetch when args.url like "https://evil.com/*";
//! ```
//!
//! ## Use instead
//!
//! `(?i)` covers both cases. A list of what is allowed is safer than a list of what is not:
//!
//! ```pol lint
//! deny *;
//! allow fetch when args.url like "https://acme.com/*";
//! ```

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::shape::{Shape, shapes};
use super::helpers::texts::{self, Holds, host_in};
use super::helpers::passing;
use super::prelude::*;
use crate::analysis::ask::Witness;
use crate::diagnostics::quote;
use crate::predicate::Test;
use crate::lint::rule::Confidence;
use crate::pattern::{Regex, regex_literal};
use crate::syntax::print;

pub(super) const RULE: Rule = Rule {
    group: Group::Strict,
    confidence: Confidence::Medium,
    fix: Some(Applicability::Unsafe),
    ..Rule::new(codes::CASE_SENSITIVE_HOST, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::all(context).into_iter().filter(|found| texts::holds(&found.atom.path) != Holds::Prose);
    found.filter_map(|found| finding(context, &found)).collect()
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let shapes = shapes(&found.atom.test);
    let span = atoms::operand(found).map_or(found.atom.span, crate::syntax::ast::Operand::span);
    if found.refuses() {
        let (shape, text, witness) = shapes.iter().find_map(|shape| escape(context, found, shape))?;
        let message = format!("{} names the same host, and is not covered", quote(&text));
        let finding = Diagnostic::new(codes::CASE_SENSITIVE_HOST, span, message)
            .help(format!("write `matches` with `(?i)`; this call is allowed: {}", witness.json()));
        return Some(fixed(context, found, shape, &text, finding));
    }
    let has_capitals = |shape: &Shape| {
        shape.parts.iter().find_map(|part| {
            let host = part.get(host_in(part)?)?;
            host.contains(|char: char| char.is_ascii_uppercase()).then(|| host.to_owned())
        })
    };
    let host = shapes.iter().filter(|_| found.lets_pass()).find_map(has_capitals)?;
    let message = format!("{} has capital letters, but clients mostly send hosts in lower case", quote(&host));
    let help = format!("write {}", quote(&host.to_ascii_lowercase()));
    Some(Diagnostic::new(codes::CASE_SENSITIVE_HOST, span, message).help(help))
}

/// A text of a shape with its host in capital letters, and a call with it that the policy allows.
fn escape<'s>(context: &Context<'_>, found: &RuleAtom<'_>, shape: &'s Shape) -> Option<(&'s Shape, String, Witness)> {
    let mut parts = shape.parts.clone();
    let mut changed = false;
    for part in &mut parts {
        if let Some(host) = host_in(part) {
            let capitals = part.get(host.clone())?.to_ascii_uppercase();
            part.replace_range(host, &capitals);
            changed = true;
        }
    }
    let is_url = texts::holds(&found.atom.path) == Holds::Url;
    let start = match parts.first().map(String::as_str) {
        Some(first) if is_url && first.contains("://") => "",
        Some(first) if first.starts_with(['.', '@']) => if is_url { "https://x" } else { "x" },
        _ if is_url => "https://",
        _ => "",
    };
    let text = shape.sample(&parts, start, if is_url { "/" } else { "" });
    if !changed || parts == shape.parts {
        return None;
    }
    let subjects = passing::subjects_with(context, found);
    let demands = vec![passing::is_text(found, &text), found.needs(false)];
    let witness = passing::call(context, &subjects, demands).filter(|witness| witness.valid != Some(false))?;
    Some((shape, text, witness))
}

/// The finding with a fix that writes a pattern for both cases, if that pattern matches the text.
fn fixed(context: &Context<'_>, found: &RuleAtom<'_>, shape: &Shape, text: &str, finding: Diagnostic) -> Diagnostic {
    let source = pattern(shape);
    let covers = Regex::new(&source).is_ok_and(|regex| regex.is_match(text));
    // One pattern in the place of several would cover less.
    let test = &found.atom.test;
    let is_list = matches!(atoms::inner(test).0, Test::In(_)) || atoms::is_list_of_patterns(test);
    let span = atoms::plain_test_span(context, found).filter(|_| covers && !is_list);
    match span {
        Some(span) => {
            let written = format!("matches {}", print::string(&source));
            let title = format!("write {}, which covers both cases", quote(&written));
            finding.fix(Applicability::Unsafe, title, span, format!(" {written}"))
        }
        None => finding,
    }
}

/// A regular expression for texts of the shape in upper and lower case.
fn pattern(shape: &Shape) -> String {
    let parts: Vec<String> = shape.parts.iter().map(|part| regex_literal(part)).collect();
    let gap = |open: bool| if open { ".*" } else { "" };
    format!("(?is){}{}{}", gap(shape.open_start), parts.join(".*"), gap(shape.open_end))
}


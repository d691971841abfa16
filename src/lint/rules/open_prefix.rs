//! A prefix that does not end where the host or folder does.
//!
//! ## What it does
//!
//! Reports a pattern by which calls pass, if it begins with a host or a folder and continues with
//! anything: `like "https://acme.com*"`, `like "/work*"`. The example is a call that the whole
//! policy allows.
//!
//! ## Why it matters
//!
//! `https://acme.com.evil.io` begins with `https://acme.com`, and `/workspace2` begins with
//! `/work`.
//!
//! ## Example
//!
//! ```pol lint code=open-prefix
//! deny *;
//! allow fetch when args.url like "https://acme.com*";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint
//! deny *;
//! allow fetch when args.url like "https://acme.com/*";
//! ```

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::texts::{self, Holds};
use super::helpers::shape::{self, Shape};
use super::helpers::{folders, passing};
use super::prelude::*;
use crate::diagnostics::quote;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::OPEN_PREFIX, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::patterns(context).filter(RuleAtom::lets_pass);
    found.filter_map(|found| finding(context, &found)).collect()
}

/// What a prefix leaves open.
enum Open {
    Host,
    Folder,
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let shape = shape::pattern(found)?;
    let prefix = shape.prefix()?;
    let open = open(prefix, texts::holds(&found.atom.path))?;
    let text = match open {
        Open::Host if is_after_port(prefix) => format!("{prefix}@evil.io"),
        Open::Host if prefix.ends_with('.') => format!("{prefix}evil.io"),
        Open::Host => format!("{prefix}.evil.io"),
        Open::Folder => format!("{prefix}2"),
    };
    let witness = passing::with_text(context, found, &text)?;
    let (other, advice) = match open {
        Open::Host if prefix.ends_with(':') => ("at another host", "write the port, or a `matches` with `[0-9]+/`"),
        Open::Host if prefix.ends_with('.') => ("at another host", "write the whole host, and `/`"),
        Open::Host => ("at another host", "end the host with `/`"),
        Open::Folder => ("another folder", "end the folder with `/`"),
    };
    let operand = atoms::operand(found)?;
    let message = format!("this also matches {}, {other}", quote(&text));
    let help = format!("{advice}; this call is allowed: {}", witness.json());
    let finding = Diagnostic::new(codes::OPEN_PREFIX, operand.span(), message).help(help);
    if prefix.ends_with(['.', ':']) {
        return Some(finding);
    }
    Some(match texts::before_last_gap(found, "/") {
        Some((span, text)) => {
            let folder = Shape { parts: vec![format!("{prefix}/")], ..shape.clone() };
            let written = quote(&text);
            let edit = folders::kept_inside(context, found, (span, text), Some(&folder));
            let title = format!("write {written}{}, which also denies {} itself", edit.more, quote(prefix));
            finding.fix(Applicability::Unsafe, title, edit.span, edit.text)
        }
        None => finding,
    })
}

fn open(prefix: &str, holds: Holds) -> Option<Open> {
    if let Some((scheme, rest)) = texts::url(prefix).filter(|(scheme, _)| *scheme != "file") {
        let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | ':' | '_');
        let host = !scheme.is_empty() && rest.contains(|char: char| char.is_ascii_alphanumeric()) && rest.chars().all(plain);
        return host.then_some(Open::Host);
    }
    // A prefix that does not end with a letter or digit, like `/tmp/build-`, is the beginning of a
    // name on purpose.
    let in_word = prefix.ends_with(|char: char| char.is_ascii_alphanumeric());
    (holds == Holds::Path && texts::is_absolute(prefix) && in_word).then_some(Open::Folder)
}

/// Whether what follows may be read as what stands before an `@`: a name and a password.
fn is_after_port(prefix: &str) -> bool {
    texts::url(prefix).is_some_and(|(_, rest)| rest.contains(':'))
}

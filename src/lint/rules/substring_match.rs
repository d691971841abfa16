//! A test for a host, address or folder anywhere in a string.
//!
//! ## What it does
//!
//! Reports `contains`, `like "*...*"` and `matches ".*....*"` by which calls pass, if they test for
//! a host, the end of a mail address, a URL or a folder; and a URL with a star before the host,
//! as in `like "https://*.acme.com/*"`. The example is a call that the whole policy allows.
//!
//! ## Why it matters
//!
//! `x@acme.com.evil.io` contains `@acme.com`, and `https://evil.io/?acme.com` contains `acme.com`.
//! A star also matches slashes, so `https://evil.io/.acme.com/` matches the pattern above.
//!
//! ## Example
//!
//! ```pol lint code=substring-match catalogue
//! deny *;
//! allow send_mail when every args.to contains "@acme.com";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow send_mail when every args.to like "*@acme.com";
//! ```

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::shape::Shape;
use super::helpers::texts::{self, Holds};
use super::helpers::{passing, shape};
use super::prelude::*;
use crate::diagnostics::quote;
use crate::syntax::print;

pub(super) const RULE: Rule = Rule::new(codes::SUBSTRING_MATCH, Check::Policy(check));

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::patterns(context).filter(RuleAtom::lets_pass);
    found.filter_map(|found| finding(context, &found)).collect()
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let shape = shape::pattern(found)?;
    let holds = texts::holds(&found.atom.path);
    let covered = shape.middle().map_or_else(|| below(&shape), |part| covered(part, holds));
    let (text, what, instead) = covered?;
    let witness = passing::with_text(context, found, &text)?;
    let operand = atoms::operand(found)?;
    let message = format!("this also matches {}, {what}", quote(&text));
    let help = format!("write how the string begins and ends: {instead}; this call is allowed: {}", witness.json());
    Some(Diagnostic::new(codes::SUBSTRING_MATCH, operand.span(), message).help(help))
}

/// The same as [`covered`], for a URL with a gap before the host, as in `https://*.acme.com/*`:
/// what stands in the gap may end the host.
fn below(shape: &Shape) -> Option<(String, &'static str, String)> {
    let [scheme, part] = shape.parts.as_slice() else { return None };
    let (_, rest) = texts::url(scheme)?;
    let host = part.split(['/', ':', '?']).next()?.strip_prefix('.')?;
    if shape.open_start || !rest.is_empty() || !texts::is_domain(host) {
        return None;
    }
    let pattern = format!("{scheme}([a-z0-9-]+\\.)*{}/.*", host.replace('.', "\\."));
    let text = format!("{scheme}evil.io/{part}");
    Some((text, "at another host", format!("`matches {}`", print::string(&pattern))))
}

/// A text that contains the part and is hardly intended, what it is, and what to write instead.
fn covered(part: &str, holds: Holds) -> Option<(String, &'static str, String)> {
    if holds == Holds::Prose {
        return None;
    }
    if let Some((_, rest)) = texts::url(part) {
        let host = rest.split('/').next().unwrap_or_default();
        let other = (format!("https://evil.io/?{part}"), "at another host", format!("`like \"{}/*\"`", url(part, host)));
        return (!host.is_empty()).then_some(other);
    }
    if texts::is_absolute(part) {
        let folder = part.trim_end_matches('/');
        let other = (format!("/elsewhere{part}"), "another folder", format!("`like \"{folder}/*\"`"));
        return (holds == Holds::Path && folder.len() > 1).then_some(other);
    }
    let host = texts::host_at_end(part)?;
    Some(match (holds, part.contains('@')) {
        (Holds::Url, _) => {
            (format!("https://evil.io/?{part}"), "at another host", format!("`like \"https://{host}/*\"`"))
        }
        (Holds::Path, _) => return None,
        (Holds::Mail, _) | (_, true) => {
            let name = match part.find('@') {
                Some(0) => "x",
                Some(_) => "",
                None if part.starts_with('.') => "x@mail",
                None => "x@",
            };
            (format!("{name}{part}.evil.io"), "at another host", format!("`like \"*@{host}\"`"))
        }
        _ => {
            let label = if part.starts_with('.') { "www" } else { "" };
            let instead = format!("`== \"{host}\"` or `like \"*.{host}\"`");
            (format!("{label}{part}.evil.io"), "another host", instead)
        }
    })
}

fn url<'t>(part: &'t str, host: &str) -> &'t str {
    let end = part.find(host).map_or(part.len(), |at| at + host.len());
    part.get(..end).unwrap_or(part)
}

//! A suffix that does not begin where the host does.
//!
//! ## What it does
//!
//! Reports a pattern by which calls pass, if it is a host name preceded by anything: `like
//! "*acme.com"`. For an argument that is a URL by its name, `like "*.acme.com"` is reported as
//! well. The example is a call that the whole policy allows.
//!
//! ## Why it matters
//!
//! `evilacme.com` ends with `acme.com`, and anybody can register it. A URL can end with anything.
//!
//! ## Example
//!
//! ```pol lint code=open-suffix catalogue
//! deny *;
//! allow send_mail when every args.to like "*acme.com";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow send_mail when every args.to like "*@acme.com";
//! ```

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::texts::{self, Holds};
use super::helpers::{passing, shape};
use super::prelude::*;
use crate::diagnostics::quote;
use crate::syntax::print;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::OPEN_SUFFIX, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::patterns(context).filter(RuleAtom::lets_pass);
    found.filter_map(|found| finding(context, &found)).collect()
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let shape = shape::pattern(found)?;
    let suffix = shape.suffix()?;
    let host = suffix.strip_prefix('.').unwrap_or(suffix);
    let closed = host.len() < suffix.len();
    if !texts::is_domain(host) {
        return None;
    }
    let holds = texts::holds(&found.atom.path);
    let text = match holds {
        Holds::Url => format!("https://evil.io/{suffix}"),
        Holds::Prose | Holds::Path => return None,
        _ if closed => return None,
        Holds::Mail => format!("x@evil{suffix}"),
        Holds::Host | Holds::Other => format!("evil{suffix}"),
    };
    let witness = passing::with_text(context, found, &text)?;
    let operand = atoms::operand(found)?;
    let message = format!("this also matches {}, {}", quote(&text), if matches!(holds, Holds::Url | Holds::Mail) { "at another host" } else { "another host" });
    let finding = Diagnostic::new(codes::OPEN_SUFFIX, operand.span(), message);
    let allowed = format!("this call is allowed: {}", witness.json());
    let (added, help) = match holds {
        Holds::Url => ("", format!("write where the host begins and ends: `matches {}`", print::string(&below(host)))),
        Holds::Mail => ("@", format!("write `*@{host}`")),
        _ => (".", format!("write `*.{host}`, and `{host}` for itself")),
    };
    let finding = finding.help(format!("{help}; {allowed}"));
    let edit = if added.is_empty() { None } else { texts::after_first_gap(found, added_to(found, added)) };
    let too = match holds {
        Holds::Mail => format!("addresses at hosts below {}", quote(host)),
        _ => format!("{} itself", quote(host)),
    };
    Some(match edit {
        Some((span, text)) => {
            let title = format!("write {}, which also denies {too}", quote(&text));
            finding.fix(Applicability::Unsafe, title, span, text)
        }
        None => finding,
    })
}

/// URLs of the host and of those below it.
fn below(host: &str) -> String {
    format!("https://([a-z0-9-]+\\.)*{}/.*", host.replace('.', "\\."))
}

/// What is added, with a dot escaped if the pattern is a regular expression.
fn added_to<'t>(found: &RuleAtom<'_>, added: &'t str) -> &'t str {
    match (atoms::inner(&found.atom.test).0, added.as_bytes()) {
        (crate::predicate::Test::Matches(_), b".") => "\\.",
        _ => added,
    }
}

//! A pattern of one kind in the words of the other.
//!
//! ## What it does
//!
//! Reports a `like` that is written as a regular expression (`like "^main$"`, `like
//! ".*@acme.com"`), one with the `%` of SQL (`like "/etc/%"`), and a `matches` whose `/*` repeats the
//! slash where `like` would take it for anything below a folder. Also a `like` with the signs of a
//! shell (`"/srv/{a,b}/*"`, `"/etc/[a-z]*"`, `"/srv/**/x"`, `?` in the name of a file), with a `^` in
//! front or with `(?i)`, and one in which a value is to be put (`"*@${domain}"`).
//!
//! ## Why it matters
//!
//! All are valid, and cover other texts than they seem to: `like ".*@acme.com"` those that begin
//! with a dot, `like "/etc/%"` only a file of the name `%`, and `matches "/data/*"` the folder itself
//! with any number of slashes. Braces, brackets, `?` and `${...}` stand for themselves.
//!
//! ## Example
//!
//! ```pol lint code=wrong-pattern-language catalogue
//! deny *;
//! allow get_comments when args.post_id like "draft-.*";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! deny *;
//! allow get_comments when args.post_id like "draft-*";
//! ```

use super::helpers::atoms::{self, Found, Single};
use super::helpers::dialect;
use super::helpers::texts::{self, Holds};
use super::prelude::*;
use crate::lint::rule::Confidence;
use crate::pattern::{Like, Regex};
use crate::syntax::ast::Operand;
use crate::syntax::print;

pub(super) const RULE: Rule = Rule {
    confidence: Confidence::Medium,
    fix: Some(Applicability::Unsafe),
    ..Rule::new(codes::WRONG_PATTERN_LANGUAGE, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::patterns(context).filter_map(|found| {
        let (message, other, works) = match atoms::single(&found)? {
            Single::Like(like) if texts::is_sql(like.source()) => return sql(&found, like.source()),
            Single::Like(like) if dialect::is_template(like.source()) => {
                let operand = atoms::operand(&found)?;
                let message = "nothing is put into a text: what stands in braces is taken as it is";
                let finding = Diagnostic::new(codes::WRONG_PATTERN_LANGUAGE, operand.span(), message);
                return Some(finding.help("write the whole text, or give the whole text a name with `let`"));
            }
            Single::Like(like) if is_dialect(like.source(), &found) => return other(context, &found, like.source()),
            Single::Like(like) if is_regular(like.source(), texts::holds(&found.atom.path)) => {
                let message = "this is written as a regular expression, and `like` knows only `*`";
                (message, "matches", Regex::new(like.source()).is_ok())
            }
            Single::Regex(regex) if is_glob(regex.source()) => {
                let message = "in a regular expression `/*` is any number of slashes, not anything behind one";
                (message, "like", Like::new(regex.source()).is_ok())
            }
            _ => return None,
        };
        let operand = atoms::operand(&found)?;
        let finding = Diagnostic::new(codes::WRONG_PATTERN_LANGUAGE, operand.span(), message);
        let written = context.text(operand.span());
        Some(match atoms::plain_test_span(context, &found).filter(|_| works) {
            Some(span) => {
                let title = format!("write `{other}`, which reads it so");
                finding.fix(Applicability::Unsafe, title, span, format!(" {other} {written}"))
            }
            None => finding.help(format!("write it as `{other}` has it")),
        })
    });
    found.collect()
}

fn is_dialect(source: &str, found: &Found<'_>) -> bool {
    dialect::of(source, texts::holds(&found.atom.path) == Holds::Path).is_some()
}

/// A pattern of a shell, or with a sign of regular expressions.
fn other(context: &Context<'_>, found: &Found<'_>, source: &str) -> Option<Diagnostic> {
    let operand = atoms::operand(found)?;
    let dialect = dialect::of(source, texts::holds(&found.atom.path) == Holds::Path)?;
    let finding = Diagnostic::new(codes::WRONG_PATTERN_LANGUAGE, operand.span(), dialect.message);
    let title = format!("write `{}`", dialect.meant);
    Some(match atoms::plain_test_span(context, found) {
        Some(span) => finding.fix(Applicability::Unsafe, title, span, format!(" {}", dialect.meant)),
        None => finding.help(title),
    })
}

/// A pattern with `%` for anything.
fn sql(found: &Found<'_>, source: &str) -> Option<Diagnostic> {
    let operand = atoms::operand(found)?;
    let message = "`%` stands for itself here; in `like` it is `*` that stands for any text";
    let finding = Diagnostic::new(codes::WRONG_PATTERN_LANGUAGE, operand.span(), message);
    let meant = print::string(&source.replace('%', "*"));
    Some(match operand {
        Operand::Name(_) => finding.help(format!("write {meant}, if that is meant")),
        _ => finding.fix(Applicability::Unsafe, format!("write `{meant}`"), operand.span(), meant),
    })
}

/// Whether a text is written as a regular expression: `.*`, or anchors at both ends.
fn is_regular(source: &str, holds: Holds) -> bool {
    // `..*` is more likely a path, and `*.*` any name with a dot.
    let gap = source.match_indices(".*").any(|(at, _)| {
        let before = source.get(..at).and_then(|before| before.chars().next_back());
        let after = source.get(at + 2..).and_then(|after| after.chars().next());
        // Names of hidden files begin with a dot.
        let hidden = holds == Holds::Path && matches!(before, None | Some('/' | '\\'));
        !hidden && !matches!(before, Some('.' | '*')) && (before.is_none() || after.is_none()) && !matches!(after, Some('.'))
    });
    gap && !is_file(source) || source.starts_with('^') && source.ends_with('$')
}

/// Whether a text is the name of a file with any ending: `report.*`, `/etc/app.*`; `draft-.*` is none.
fn is_file(source: &str) -> bool {
    source.strip_suffix(".*").is_some_and(|stem| {
        stem.ends_with(|char: char| char.is_alphanumeric() || matches!(char, '*' | '_')) && !stem.contains(['[', '(', '+'])
    })
}

/// Whether a text ends as a folder with anything below it, and has no sign of a regular expression before.
fn is_glob(source: &str) -> bool {
    source.strip_suffix("/*").is_some_and(|folder| {
        !folder.is_empty() && !folder.contains(['[', '(', '{', '|', '*', '+', '?', '^', '$', '\\', ']', ')'])
    })
}

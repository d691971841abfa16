//! A pattern of one kind in the words of the other.
//!
//! ## What it does
//!
//! Reports a `like` that is written as a regular expression (`like "^main$"`, `like
//! ".*@acme.com"`), one with the `%` of SQL (`like "/etc/%"`), and a `matches` whose `/*` repeats the
//! slash where `like` would take it for anything below a folder. Also a `like` with the signs of a
//! shell (`"/srv/{a,b}/*"`, `"/etc/[a-z]*"`, `"/srv/**/x"`, `?` in the name of a file), with a `^` in
//! front or with `(?i)`, and one in which a value is to be put (`"*@${domain}"`); and a `matches`
//! that is anchored at one end only and closed at the other (`"^(rm|sudo) "`, `"\.(pem|key)$"`),
//! one that lists words to be refused in a command, query or text (`"rm|sudo"`), and one in slashes.
//!
//! ## Why it matters
//!
//! All are valid, and cover other texts than they seem to: `like ".*@acme.com"` those that begin
//! with a dot, `like "/etc/%"` only a file of the name `%`, and `matches "/data/*"` the folder itself
//! with any number of slashes. Braces, brackets, `?` and `${...}` stand for themselves. `matches` is
//! about the whole value, so `^` alone leaves nothing open behind.
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
use super::helpers::{anchored, dialect};
use super::helpers::texts::{self, Holds};
use super::prelude::*;
use crate::lint::rule::Confidence;
use crate::predicate::Step;
use crate::pattern::Like;
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
                return regular(context, &found, like.source());
            }
            Single::Regex(regex) if anchored::open(regex.source()).is_some() => {
                let (place, meant) = anchored::open(regex.source())?;
                let message = format!("`matches` is about the whole value: nothing may stand {place} this");
                return said(context, &found, &message, &meant);
            }
            Single::Regex(regex) if anchored::slashed(regex.source()).is_some() => {
                let meant = anchored::slashed(regex.source())?;
                return said(context, &found, "the slashes around a regular expression are a part of it here", &meant);
            }
            Single::Regex(regex) if is_part_of_prose(&found) && anchored::part(regex.source()).is_some() => {
                let meant = anchored::part(regex.source())?;
                return said(context, &found, "`matches` is about the whole value: nothing may stand around this", &meant);
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

/// A regular expression behind `like`: as a pattern if it can be one.
fn regular(context: &Context<'_>, found: &Found<'_>, source: &str) -> Option<Diagnostic> {
    let message = "this is written as a regular expression, and `like` knows only `*`";
    if let Some(meant) = anchored::pattern(source).or_else(|| anchored::regular(source)) {
        return said(context, found, message, &meant);
    }
    let finding = Diagnostic::new(codes::WRONG_PATTERN_LANGUAGE, atoms::operand(found)?.span(), message);
    Some(finding.help("write it as `matches` has it"))
}

/// Whether a test refuses what is in a text that is long as a rule: a command, a query, words for people.
fn is_part_of_prose(found: &Found<'_>) -> bool {
    let is_code = found.atom.path.steps.last().is_some_and(|step| {
        matches!(step, Step::Key(key) if ["command", "cmd", "code", "script", "sql", "query"].contains(&key.as_str()))
    });
    found.refuses() && (is_code || texts::holds(&found.atom.path) == Holds::Prose)
}

/// A message with the test that was meant.
fn said(context: &Context<'_>, found: &Found<'_>, message: &str, meant: &str) -> Option<Diagnostic> {
    let finding = Diagnostic::new(codes::WRONG_PATTERN_LANGUAGE, atoms::operand(found)?.span(), message);
    let title = format!("write `{meant}`");
    Some(match atoms::plain_test_span(context, found) {
        Some(span) => finding.fix(Applicability::Unsafe, title, span, format!(" {meant}")),
        None => finding.help(title),
    })
}

fn is_dialect(source: &str, found: &Found<'_>) -> bool {
    dialect::of(source, texts::holds(&found.atom.path) == Holds::Path).is_some()
}

/// A pattern of a shell, or with a sign of regular expressions.
fn other(context: &Context<'_>, found: &Found<'_>, source: &str) -> Option<Diagnostic> {
    let dialect = dialect::of(source, texts::holds(&found.atom.path) == Holds::Path)?;
    said(context, found, dialect.message, &dialect.meant)
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
        let hidden = holds == Holds::Path && matches!(before, None | Some('/' | '\\')) && is_of_hidden_files(source);
        !hidden && !matches!(before, Some('.' | '*')) && (before.is_none() || after.is_none()) && !matches!(after, Some('.'))
    });
    gap && !is_file(source) || source.starts_with('^') && source.ends_with('$')
}

/// Whether a pattern can be one for hidden files: `/home/ann/.*` and `*/.*`, but hardly `/var/log/.*`.
fn is_of_hidden_files(source: &str) -> bool {
    let Some(folder) = source.strip_suffix("/.*") else { return source != ".*" };
    let home = ["/home", "/root", "/Users", "~", "$HOME", "."].iter().any(|home| folder.starts_with(home));
    home || folder.is_empty() || folder.contains('*') || !folder.starts_with('/')
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

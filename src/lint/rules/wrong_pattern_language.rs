//! A pattern written in another pattern language.
//!
//! ## What it does
//!
//! Reports a `like` that is written as a regular expression (`like "^main$"`, `like
//! ".*@acme.com"`), one with the `%` of SQL (`like "/etc/%"`), and a `matches` whose `/*` repeats
//! the slash where `like` would match anything below a folder. Also reports a `like` with shell
//! syntax (`"/srv/{a,b}/*"`, `"/etc/[a-z]*"`, `"/srv/**/x"`, `?` in the name of a file), with `^`
//! in front or with `(?i)`, and one with a placeholder for a value (`"*@${domain}"`); and a
//! `matches` that is anchored at one end only and closed at the other (`"^(rm|sudo) "`,
//! `"\.(pem|key)$"`), one that lists forbidden words in a command, query or text (`"rm|sudo"`), and
//! one in slashes.
//!
//! ## Why it matters
//!
//! All are valid, but match other strings than they seem to: `like ".*@acme.com"` those that begin
//! with a dot, `like "/etc/%"` only a file named `%`, and `matches "/data/*"` the folder itself
//! with any number of slashes. Braces, brackets, `?` and `${...}` stand for themselves. `matches`
//! tests the whole value, so `^` alone does not leave the end open.
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

use super::helpers::atoms::{self, RuleAtom, Single};
use super::helpers::shape::{self, Shape};
use super::helpers::texts::{self, Holds};
use super::helpers::{anchored, dialect, folders};
use super::prelude::*;
use super::unescaped_dot;
use crate::lint::rule::Confidence;
use crate::pattern::{Like, Regex};
use crate::predicate::Step;
use crate::source::Span;
use crate::syntax::ast::Operand;
use crate::syntax::print;

pub(super) const RULE: Rule = Rule {
    confidence: Confidence::Medium,
    fix: Some(Applicability::Unsafe),
    ..Rule::new(codes::WRONG_PATTERN_LANGUAGE, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    atoms::patterns(context).filter_map(|found| finding(context, &found)).collect()
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let operand = atoms::operand(found)?;
    let holds = texts::holds(&found.atom.path);
    let new = |message: &str| Diagnostic::new(codes::WRONG_PATTERN_LANGUAGE, operand.span(), message);
    match atoms::single(found)? {
        Single::Like(like) if texts::is_sql(like.source()) => {
            let finding = new("`%` stands for itself here; in `like`, `*` stands for any run of characters");
            let source = like.source().replace('%', "*");
            let meant = print::string(&source);
            Some(match operand {
                Operand::Name(_) => finding.help(format!("write {meant}, if that is intended")),
                _ => offer(context, found, finding, (operand.span(), meant.clone()), &quote(&meant), liked(&source).as_ref()),
            })
        }
        Single::Like(like) if dialect::is_template(like.source()) => {
            let finding = new("nothing is substituted in a string: the text in braces stands for itself");
            Some(finding.help("write the whole string, or name the whole string with `let`"))
        }
        Single::Like(like) if is_dialect(like.source(), found) => {
            let dialect = dialect::of(like.source(), holds == Holds::Path)?;
            Some(whole(context, found, new(dialect.message), &dialect.meant, liked_in(&dialect.meant).as_ref()))
        }
        Single::Like(like) if is_regular(like.source(), holds) => {
            let finding = new("this is written as a regular expression, but `like` has only `*`");
            let meant = dialect::of_regular(like.source());
            if found.pattern.is_some() {
                return Some(one_of_several(context, found, finding, operand, meant));
            }
            // Without anchors, which change nothing for `matches`.
            let (_, regular, _) = anchored::without_anchors(like.source());
            let expression = || Regex::new(regular).ok().map(|_| print::string(&unescaped_dot::escaped(regular)));
            Some(match meant {
                Some(pattern) => {
                    let sign = if pattern.contains('*') { "like" } else { "==" };
                    let written = format!("{sign} {}", print::string(&pattern));
                    whole(context, found, finding, &written, liked(&pattern).as_ref())
                }
                None => match expression() {
                    Some(expression) => whole(context, found, finding, &format!("matches {expression}"), None),
                    None => finding.help("write it as a pattern of `matches`"),
                },
            })
        }
        Single::Regex(regex) if anchored::open(regex.source()).is_some() => {
            let (place, meant) = anchored::open(regex.source())?;
            let message = format!("`matches` tests the whole value: nothing may be {place} this");
            Some(whole(context, found, new(&message), &meant, liked_in(&meant).as_ref()))
        }
        Single::Regex(regex) if anchored::slashed(regex.source()).is_some() => {
            let meant = anchored::slashed(regex.source())?;
            let finding = new("the slashes around a regular expression are part of it here");
            Some(whole(context, found, finding, &meant, liked_in(&meant).as_ref()))
        }
        Single::Regex(regex) if is_part_of_prose(found) && anchored::part(regex.source()).is_some() => {
            let meant = anchored::part(regex.source())?;
            let finding = new("`matches` tests the whole value: nothing may be before or after this");
            Some(whole(context, found, finding, &meant, liked_in(&meant).as_ref()))
        }
        Single::Regex(regex) if is_glob(regex.source()) => {
            let finding = new("in a regular expression, `/*` is any number of slashes, not anything after one");
            let place = atoms::plain_test_span(context, found).filter(|_| Like::new(regex.source()).is_ok());
            Some(match place {
                Some(place) => {
                    let edit = (place, format!(" like {}", context.text(operand.span())));
                    let edit = folders::kept_inside(context, found, edit, liked(regex.source()).as_ref());
                    let title = format!("write `like`, which reads it that way{}", edit.more);
                    finding.fix(Applicability::Unsafe, title, edit.span, edit.text)
                }
                None => finding.help("write it as a pattern of `like`"),
            })
        }
        _ => None,
    }
}

/// A finding with a fix that replaces the whole test, if nothing is lost by that.
fn whole(context: &Context<'_>, found: &RuleAtom<'_>, finding: Diagnostic, test: &str, now: Option<&Shape>) -> Diagnostic {
    match atoms::plain_test_span(context, found) {
        Some(span) => offer(context, found, finding, (span, format!(" {test}")), &quote(test), now),
        None => finding.help(format!("write {}", quote(test))),
    }
}

/// A finding with a fix that writes a text at a place.
fn offer(
    context: &Context<'_>,
    found: &RuleAtom<'_>,
    finding: Diagnostic,
    edit: (Span, String),
    written: &str,
    now: Option<&Shape>,
) -> Diagnostic {
    let edit = folders::kept_inside(context, found, edit, now);
    finding.fix(Applicability::Unsafe, format!("write {written}{}", edit.more), edit.span, edit.text)
}

/// A finding about one pattern of a list, with a fix that replaces it by a pattern of `like`, if
/// there is one with that meaning.
fn one_of_several(
    context: &Context<'_>,
    found: &RuleAtom<'_>,
    finding: Diagnostic,
    operand: &Operand,
    meant: Option<String>,
) -> Diagnostic {
    match (meant, operand) {
        (Some(pattern), Operand::Literal(_)) => {
            let written = print::string(&pattern);
            offer(context, found, finding, (operand.span(), written.clone()), &quote(&written), liked(&pattern).as_ref())
        }
        (Some(pattern), Operand::Name(_)) => finding.help(format!("write {}, if that is intended", print::string(&pattern))),
        _ => finding.help("write it as a pattern of `matches`"),
    }
}

/// The shape of a pattern of `like`.
fn liked(source: &str) -> Option<Shape> {
    shape::liked(&Like::new(source).ok()?)
}

/// The shape of the only or the first pattern in a test as it is written.
fn liked_in(test: &str) -> Option<Shape> {
    let patterns = test.strip_prefix("like ")?;
    let first = patterns.trim_start_matches('[');
    let mut values = serde_json::Deserializer::from_str(first).into_iter::<String>();
    liked(&values.next()?.ok()?)
}

/// Whether a test refuses calls by a part of a text that is usually long: a command, a query, words
/// for people.
fn is_part_of_prose(found: &RuleAtom<'_>) -> bool {
    let is_code = found.atom.path.steps.last().is_some_and(|step| {
        matches!(step, Step::Key(key) if ["command", "cmd", "code", "script", "sql", "query"].contains(&key.as_str()))
    });
    found.refuses() && (is_code || texts::holds(&found.atom.path) == Holds::Prose)
}

fn is_dialect(source: &str, found: &RuleAtom<'_>) -> bool {
    dialect::of(source, texts::holds(&found.atom.path) == Holds::Path).is_some()
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

/// Whether a pattern can be one for hidden files: `/home/ann/.*` and `*/.*`, but hardly
/// `/var/log/.*`.
fn is_of_hidden_files(source: &str) -> bool {
    let Some(folder) = source.strip_suffix("/.*") else { return source != ".*" };
    let home = ["/home", "/root", "/Users", "~", "$HOME", "."].iter().any(|home| folder.starts_with(home));
    home || folder.is_empty() || folder.contains('*') || !folder.starts_with('/')
}

/// Whether a text is the name of a file with any ending: `report.*` or `/etc/app.*`, but not
/// `draft-.*`.
fn is_file(source: &str) -> bool {
    source.strip_suffix(".*").is_some_and(|stem| {
        stem.ends_with(|char: char| char.is_alphanumeric() || matches!(char, '*' | '_')) && !stem.contains(['[', '(', '+'])
    })
}

/// Whether a text ends as a folder with anything below it, and has no sign of a regular expression
/// before that.
fn is_glob(source: &str) -> bool {
    source.strip_suffix("/*").is_some_and(|folder| {
        !folder.is_empty() && !folder.contains(['[', '(', '{', '|', '*', '+', '?', '^', '$', '\\', ']', ')'])
    })
}

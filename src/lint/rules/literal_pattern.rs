//! A pattern that matches only one string.
//!
//! ## What it does
//!
//! Reports `like` with a string that has no `*`, and `matches` with a regular expression without
//! operators. Both test the whole value, so they match only that one string. A list is reported if
//! none of its patterns matches more. A string with an escaped star is not reported: with `==` it
//! would seem to have a wildcard.
//!
//! ## Why it matters
//!
//! Either `==` was intended, or a test for a substring, and then the rule covers much less than it
//! should.
//!
//! ## Example
//!
//! ```pol lint code=literal-pattern catalogue
//! allow *;
//! deny query_sales when args.sql matches "DROP";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! deny query_sales when args.sql contains "DROP";
//! ```

use super::helpers::atoms::{self, RuleAtom, Single};
use super::helpers::{anchored, dialect, shape};
use super::helpers::texts::{self, Holds};
use super::prelude::*;
use crate::diagnostics::quote;
use crate::predicate::Test;
use crate::syntax::ast::{Operand, Patterns, ValueTest};
use crate::syntax::print;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::LITERAL_PATTERN, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all = atoms::all(context).into_iter();
    all.filter_map(|found| if atoms::is_list_of_patterns(&found.atom.test) { list(context, &found) } else { one(context, &found) }).collect()
}

/// The only text that a pattern matches, with its keyword and its source.
fn literal<'p>(pattern: &Single<'p>, holds: Holds) -> Option<(&'static str, &'p str, String)> {
    let found = match pattern {
        Single::Like(like) => {
            let source = like.source();
            let other = texts::is_sql(source)
                || dialect::is_template(source)
                || dialect::of(source, holds == Holds::Path).is_some();
            // Another rule reports that.
            let other = other || source.starts_with('^') && source.ends_with('$');
            (!other).then_some(("like", source, like.literal()?))
        }
        // An anchor at one end only is reported by another rule, too.
        Single::Regex(regex) => {
            let source = regex.source();
            anchored::open(source).is_none().then_some(("matches", source, shape::literal(regex)?))
        }
    };
    // After `==`, a star looks like a wildcard; in a pattern, its escape shows that it is none.
    found.filter(|(_, _, text)| !text.contains('*'))
}

fn one(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let (word, source, text) = literal(&atoms::single(found)?, texts::holds(&found.atom.path))?;
    let operand = atoms::operand(found)?;
    let value = match operand {
        // The name still stands for the same text.
        Operand::Name(name) if source == text => name.text.clone(),
        _ => print::string(&text),
    };
    let covers = if text.is_empty() { "the empty text".to_owned() } else { quote(&text) };
    let message = format!("`{word}` tests the whole value, so this matches only {covers}");
    let finding = Diagnostic::new(codes::LITERAL_PATTERN, operand.span(), message);
    let finding = finding.help(if text.is_empty() {
        "write `== \"\"`, or the intended pattern".to_owned()
    } else {
        format!("write `==`, or `contains {}` to test a part of the value", print::string(&text))
    });
    Some(match atoms::plain_test_span(context, found) {
        Some(span) => finding.fix(Applicability::Safe, format!("write `== {value}`"), span, format!(" == {value}")),
        None => finding,
    })
}

/// A finding about a list of patterns that are all plain texts. A plain text among other patterns
/// is in its place.
fn list(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let holds = texts::holds(&found.atom.path);
    let literals: Option<Vec<_>> = match atoms::inner(&found.atom.test).0 {
        Test::Like(patterns) => patterns.iter().map(|like| literal(&Single::Like(like), holds)).collect(),
        Test::Matches(patterns) => patterns.iter().map(|regex| literal(&Single::Regex(regex), holds)).collect(),
        _ => None,
    };
    let literals = literals?;
    let (word, ..) = literals.first()?;
    let span = atoms::value_test(found.written).and_then(|test| match test {
        ValueTest::Like(patterns) | ValueTest::Matches(patterns) => Some((patterns, patterns.span())),
        _ => None,
    });
    let (patterns, written) = span?;
    let message = format!("`{word}` tests the whole value, so each of these matches only one string");
    let finding = Diagnostic::new(codes::LITERAL_PATTERN, written, message);
    let values = match patterns {
        Patterns::One(Operand::Name(name)) => {
            let same = literals.iter().all(|(_, source, text)| source == text);
            same.then(|| name.text.clone())
        }
        _ => {
            let texts: Vec<String> = literals.iter().map(|(_, _, text)| print::string(text)).collect();
            (texts.len() == patterns.operands().len()).then(|| format!("[{}]", texts.join(", ")))
        }
    };
    let place = values.zip(atoms::plain_test_span(context, found));
    Some(match place {
        Some((values, span)) => {
            finding.fix(Applicability::Safe, format!("write `in {values}`"), span, format!(" in {values}"))
        }
        None => finding.help("write `in`, or the intended patterns"),
    })
}

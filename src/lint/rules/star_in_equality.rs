//! A star in a string that is compared literally.
//!
//! ## What it does
//!
//! Reports `==`, `!=`, `in`, `not in` and `contains` with a string that begins or ends with `*`, as
//! patterns of `like` do. For these tests a star is a character like any other.
//!
//! ## Why it matters
//!
//! `args.branch == "feat/*"` is true for no branch, and `args.path contains "*.pem"` for no path.
//! With such a test an `allow` lets nothing pass, and a `deny` stops nothing.
//!
//! ## Example
//!
//! ```pol lint code=star-in-equality catalogue
//! allow *;
//! deny get_comments when args.post_id == "draft-*";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! deny get_comments when args.post_id like "draft-*";
//! ```

use super::helpers::accepted;
use super::helpers::atoms::{self, RuleAtom};
use super::helpers::folders;
use super::helpers::passing;
use super::helpers::shape;
use super::prelude::*;
use crate::predicate::{Comparison, Scalar, ScalarValue, Test};
use crate::lint::rule::Confidence;
use crate::pattern::Like;
use crate::source::Span;
use crate::syntax::ast::Atom;

pub(super) const RULE: Rule = Rule {
    confidence: Confidence::Medium,
    fix: Some(Applicability::Unsafe),
    ..Rule::new(codes::STAR_IN_EQUALITY, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::all(context).into_iter().filter_map(|found| {
        let (values, word): (&[Scalar], _) = match atoms::inner(&found.atom.test).0 {
            Test::Compare(Comparison::Equal, scalar) => (std::slice::from_ref(scalar), "=="),
            Test::Compare(Comparison::NotEqual, scalar) => (std::slice::from_ref(scalar), "!="),
            Test::In(list) => (list, "in"),
            Test::NotIn(list) => (list, "not in"),
            Test::Contains(scalar) => (std::slice::from_ref(scalar), "contains"),
            _ => return None,
        };
        let text = values.iter().find_map(|scalar| match &scalar.value {
            ScalarValue::Str(text) if is_pattern(text) => Some(text),
            _ => None,
        })?;
        let span = atoms::operand(&found).map_or(found.atom.span, crate::syntax::ast::Operand::span);
        let message = format!("`{word}` takes the `*` in {} literally", quote(text));
        let finding = Diagnostic::new(codes::STAR_IN_EQUALITY, span, message);
        let can = matches!(word, "==" | "contains") && matches!(found.written, Atom::Test(..) | Atom::Every(..) | Atom::Some(..));
        let place = atoms::plain_test_span(context, &found).filter(|_| can && Like::new(text).is_ok());
        Some(match place {
            // In an array, `contains` compares whole elements, so a pattern for elements takes its
            // place.
            Some(place) if word == "contains" && is_array(context, &found, text) => {
                let path = found.written.path().span;
                let operand = format!("some {} like {}", context.text(path), context.text(span));
                let title = "write `some ... like`, which matches elements of this form";
                finding.fix(Applicability::Unsafe, title, Span { start: path.start, ..place }, operand)
            }
            Some(place) => {
                let shape = Like::new(text).ok().as_ref().and_then(shape::liked);
                let written = format!(" like {}", context.text(span));
                let edit = folders::kept_inside(context, &found, (place, written), shape.as_ref());
                let title = format!("write `like`, which matches strings of this form{}", edit.more);
                finding.fix(Applicability::Unsafe, title, edit.span, edit.text)
            }
            None => finding.help("write `like` for strings of this form, and `not ... like` for all others"),
        })
    });
    found.collect()
}

/// Whether the value is an array as far as is known: its schema admits no string here.
fn is_array(context: &Context<'_>, found: &RuleAtom<'_>, text: &str) -> bool {
    let Ok(like) = Like::new(text) else { return false };
    let mut atom = found.atom.clone();
    atom.test = Test::Like(vec![like]);
    let subjects = accepted::subjects(context, found.index).unwrap_or_default();
    let mut schemas = subjects.iter().flat_map(|subject| passing::schemas(context, *subject));
    matches!(found.written, Atom::Test(..)) && schemas.any(|schema| schema.check("", &atom).is_some())
}

/// Whether a text reads as a pattern of `like`: a star at one end, and more than stars.
fn is_pattern(text: &str) -> bool {
    let rest = text.trim_matches('*');
    rest.len() < text.len() && rest.contains(|char: char| char.is_alphanumeric()) && !rest.contains(['*', ' ', '\n'])
}

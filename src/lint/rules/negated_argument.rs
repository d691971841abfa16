//! A call that passes because of a value of an unexpected type.
//!
//! ## What it does
//!
//! Reports a test below `not` or `unless` in an `allow` or `require` that lets a call pass because a
//! value is of another type than the test is about. Gateways do not look at the schema, so such a call
//! reaches the server, which may read `"500"` as a number, or an array with one text as that text.
//!
//! ## Why it matters
//!
//! The condition is meant to take some values out, and a client can write them in a way that it does not
//! see.
//!
//! ## Example
//!
//! ```pol lint code=negated-argument catalogue
//! deny *;
//! allow create_charge unless args.amount > 500;
//! ```
//!
//! ## Use instead
//!
//! Say what may pass:
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.amount <= 500;
//! ```

use super::helpers::atoms::{self, Found};
use super::helpers::passing;
use super::prelude::*;
use crate::diagnostics::{Edit, quote};
use crate::ir::{Effect, ScalarValue, Test};
use crate::lint::file::parts;
use crate::lint::rule::Confidence;
use crate::source::Span;
use crate::syntax::ast::{Comparison, ExprKind, ItemKind, PathRoot, ValueTest};

pub(super) const RULE: Rule = Rule {
    group: Group::Strict,
    confidence: Confidence::Medium,
    fix: Some(Applicability::Unsafe),
    ..Rule::new(codes::NEGATED_ARGUMENT, Check::Policy(check))
};

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::all(context).into_iter().filter(|found| {
        matches!(found.rule.effect, Effect::Allow | Effect::Require)
            && found.negated
            && found.atom.path.root == PathRoot::Args
            && is_about_a_type(&found.atom.test)
    });
    found.filter_map(|found| finding(context, &found)).collect()
}

/// Flags and `null` are not looked at: what is not exactly `true` is mostly meant to pass.
const fn is_about_a_type(test: &Test) -> bool {
    match test {
        Test::Has => false,
        Test::Compare(_, scalar) => !matches!(scalar.value, ScalarValue::Bool(_) | ScalarValue::Null),
        _ => true,
    }
}

fn finding(context: &Context<'_>, found: &Found<'_>) -> Option<Diagnostic> {
    let path = &found.atom.path;
    let kinds = passing::kinds(&found.atom.test);
    let has = passing::test(path, Test::Has, found.atom);
    let claims = vec![found.needs(false), has, passing::not(passing::is_of(path, kinds, found.atom)?)];
    let witness = passing::call(context, &passing::subjects_with(context, found), claims)?;
    let message = format!("a call passes because {} is of another type than this test is about", quote(&path.text));
    let finding = Diagnostic::new(codes::NEGATED_ARGUMENT, found.atom.span, message);
    let example = format!("this call is allowed: {}", witness.json());
    if let Some((positive, edit)) = fix(context, found) {
        let title = format!("write `{positive}`, which also denies calls without {}", quote(&path.text));
        return Some(finding.help(example).fix_all(Applicability::Unsafe, title, vec![edit]));
    }
    let test = match &found.atom.test {
        Test::Every(_) | Test::Some(_) => format!("every {} like \"*\"", path.text),
        Test::Contains(_) | Test::Length(_) => {
            format!("{0} like \"*\"` or `every {0} like \"*\"", path.text)
        }
        Test::Like(_) | Test::Matches(_) => format!("{} like \"*\"", path.text),
        _ => return Some(finding.help(format!("say what may pass; {example}"))),
    };
    Some(finding.help(format!("demand the type with `and {test}`; {example}")))
}

/// The comparison that is the opposite one of a value of the same type, where the test stands directly below the `not` or
/// `unless`.
fn fix(context: &Context<'_>, found: &Found<'_>) -> Option<(String, Edit)> {
    let path = context.text(found.written.path().span);
    let crate::syntax::ast::Atom::Test(_, test) = found.written else { return None };
    let positive = match test {
        ValueTest::Compare(comparison, operand) => {
            format!("{path} {} {}", opposite(*comparison).symbol(), context.text(operand.span()))
        }
        ValueTest::In { negated, .. } => {
            let span = atoms::test_span(found.written)?;
            let list = context.text(span).split_once("in").map(|(_, list)| list.trim())?;
            format!("{path} {}in {list}", if *negated { "" } else { "not " })
        }
        _ => return None,
    };
    let ItemKind::Rule(rule) = &found.item.kind else { return None };
    let when = rule.clauses.when.as_ref();
    let span = match when.filter(|when| when.unless && when.condition.span == found.atom.span) {
        Some(when) => when.span,
        None => {
            let whole = crate::lint::file::File::condition(found.item)?;
            let is_it = |inner: &crate::syntax::ast::Expr| inner.span == found.atom.span;
            let parts = parts(whole);
            let not = parts.iter().find(|part| matches!(&part.kind, ExprKind::Not(inner) if is_it(inner)))?;
            // Parentheses around the `not` may belong to more than it.
            Span { end: found.atom.span.end, ..not.span }
        }
    };
    let is_unless = when.is_some_and(|when| when.span == span);
    let text = if is_unless { format!("when {positive}") } else { positive.clone() };
    (!context.text(span).contains("//") && (is_unless || context.text(span).starts_with("not")))
        .then(|| (positive, edit::replace(span, text)))
}

const fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::LessEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::GreaterEqual => Comparison::Less,
    }
}

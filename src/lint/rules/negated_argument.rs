//! A call that passes because of a value of an unexpected type.
//!
//! ## What it does
//!
//! Reports a test under `not` or `unless` in an `allow` or `require` that lets a call pass because
//! a value has another type than the test expects. Gateways do not check the schema, so such a call
//! reaches the server, which may read `"500"` as a number, or an array with one string as that
//! string.
//!
//! ## Why it matters
//!
//! The condition should exclude some values, but a client can write them in a form that it does not
//! recognise.
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
//! Say which values may pass:
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_charge when args.amount <= 500;
//! ```

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::passing;
use super::prelude::*;
use crate::diagnostics::quote;
use crate::ir::Effect;
use crate::predicate::{Comparison, PathRoot, ScalarValue, Test};
use crate::lint::file::{File, parts};
use crate::lint::rule::Confidence;
use crate::source::Span;
use crate::syntax::ast::{Atom, Expr, ExprKind, ItemKind, List, ValueTest};

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

/// Flags and `null` are not looked at: what is not exactly `true` is usually meant to pass.
const fn is_about_a_type(test: &Test) -> bool {
    match test {
        Test::Has => false,
        Test::Compare(_, scalar) => !matches!(scalar.value, ScalarValue::Bool(_) | ScalarValue::Null),
        _ => true,
    }
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Diagnostic> {
    let path = &found.atom.path;
    let kinds = passing::kinds(&found.atom.test);
    let has = passing::test(path, Test::Has, found.atom);
    let demands = vec![found.needs(false), has, passing::not(passing::is_of(path, kinds, found.atom)?)];
    let witness = passing::call(context, &passing::subjects_with(context, found), demands)?;
    let place = passing::place(context, found, &witness.tool)?;
    let message = format!("a call passes because {} has another type than this test expects", quote(&path.to_string()));
    let finding = Diagnostic::new(codes::NEGATED_ARGUMENT, found.atom.span, message);
    let allowed = format!("this call is allowed: {}", witness.json());
    let positive = positive(context, found.written);
    if let (Some(positive), Some(span), true) = (&positive, negation(context, found), place.is_empty()) {
        let is_clause = context.text(span).starts_with("unless");
        let text = if is_clause { format!("when {positive}") } else { positive.clone() };
        let title = format!("write `{positive}`, which also denies calls without {}", quote(&path.to_string()));
        return Some(finding.help(allowed).fix(Applicability::Unsafe, title, span, text));
    }
    let text = path;
    let advice = match (&found.atom.test, positive) {
        (_, Some(positive)) => format!("write `{positive}`, without a negation"),
        (Test::Every(_) | Test::Some(_), _) => format!("require an array with `and every {text} like \"*\"`"),
        (Test::Contains(_) | Test::Length(_), _) => {
            format!("require the type with `and ({text} like \"*\" or every {text} like \"*\")`")
        }
        _ => format!("require a string with `and {text} like \"*\"`"),
    };
    Some(finding.help(format!("{place}{advice}; {allowed}")))
}

/// The opposite comparison, for values of the type that the test expects.
fn positive(context: &Context<'_>, written: &Atom) -> Option<String> {
    let Atom::Test(path, test) = written else { return None };
    let path = context.text(path.span);
    match test {
        ValueTest::Compare(comparison, operand) => {
            Some(format!("{path} {} {}", opposite(*comparison).symbol(), context.text(operand.span())))
        }
        ValueTest::In { negated, list } => {
            let list = match list {
                List::Items(_, span) => *span,
                List::Name(name) => name.span,
            };
            Some(format!("{path} {}in {}", if *negated { "" } else { "not " }, context.text(list)))
        }
        _ => None,
    }
}

/// The `not` with its test, or the `unless` with nothing else, if the test stands directly below
/// it.
fn negation(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<Span> {
    let ItemKind::Rule(rule) = &found.item.kind else { return None };
    let is_it = |inner: &Expr| inner.span == found.atom.span;
    let clause = rule.clauses.when.as_ref().filter(|when| when.unless && is_it(&when.condition));
    let span = clause.map(|when| when.span).or_else(|| {
        let parts = parts(File::condition(found.item)?);
        let not = parts.into_iter().find(|part| matches!(&part.kind, ExprKind::Not(inner) if is_it(inner)))?;
        Some(not.span)
    })?;
    let text = context.text(span);
    // Parentheses around the `not` may belong to more than it.
    let is_plain = text.starts_with("unless") || text.starts_with("not");
    (is_plain && !atoms::may_hold_comment(text)).then_some(span)
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

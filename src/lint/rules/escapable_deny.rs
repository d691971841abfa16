//! A denial of all values but one that a call without a value escapes.
//!
//! ## What it does
//!
//! Reports a `deny`, or a `require approval`, whose condition says `!=` or `not in` of a value that a
//! call can leave out, or give in another type. Every test is false of such a value, those with `!=`
//! too, so the rule does not apply. The example is a call that the whole policy allows.
//!
//! ## Why it matters
//!
//! The rule reads as "only this value". It says "no other value of this type", and a call with none is
//! not kept out.
//!
//! ## Example
//!
//! ```pol lint code=escapable-deny catalogue
//! allow *;
//! deny cancel_order when args.reason != "customer" because "Only customers cancel.";
//! ```
//!
//! ## Use instead
//!
//! ```pol lint catalogue
//! allow *;
//! require args.reason == "customer" for cancel_order because "Only customers cancel.";
//! ```

use super::helpers::atoms::{self, Found};
use super::helpers::passing;
use super::prelude::*;
use crate::diagnostics::{Edit, quote};
use crate::ir::{Effect, Test};
use crate::source::Span;
use crate::syntax::ast::{self, Comparison, ItemKind, List, ValueTest};
use crate::syntax::print;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::ESCAPABLE_DENY, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let found = atoms::all(context).into_iter().filter(|found| {
        matches!(found.rule.effect, Effect::Deny | Effect::Approval)
            && !found.negated
            && matches!(found.atom.test, Test::Compare(Comparison::NotEqual, _) | Test::NotIn(_))
    });
    found.filter_map(|found| finding(context, &found)).collect()
}

fn finding(context: &Context<'_>, found: &Found<'_>) -> Option<Diagnostic> {
    let path = &found.atom.path;
    // The rule would refuse if the test were true, and the value is none of which it can be.
    let of_kind = passing::is_of(path, passing::kinds(&found.atom.test), found.atom)?;
    let claims = vec![found.needs(false), passing::not(of_kind)];
    let witness = passing::call(context, &passing::subjects_with(context, found), claims)?;
    if witness.valid == Some(false) {
        return None;
    }
    let missing = witness.with(|call| crate::eval::holds(&passing::is_missing(path, found.atom), call))?;
    let how = if missing { "without" } else { "with another type of" };
    let (does, held) = match found.rule.effect {
        Effect::Approval => ("passes without approval", "holds"),
        _ => ("is not denied", "denies"),
    };
    let message = format!("a call {how} {} {does}: this test is false of it", quote(&path.text));
    let finding = Diagnostic::new(codes::ESCAPABLE_DENY, found.atom.span, message)
        .help(format!("this call is allowed: {}", witness.json()));
    let (title, edit) = fix(context, found)?;
    let title = format!("{title}, which also {held} calls without {}", quote(&path.text));
    Some(finding.fix_all(Applicability::Unsafe, title, vec![edit]))
}

/// The rule as a requirement where nothing else changes by it, else the test as the opposite of the positive one.
fn fix(context: &Context<'_>, found: &Found<'_>) -> Option<(String, Edit)> {
    let positive = positive(context, found.written)?;
    let requirement = || {
        let ItemKind::Rule(rule) = &found.item.kind else { return None };
        let unless = rule.clauses.when.as_ref()?.unless;
        let text = context.text(found.item.span);
        let can = matches!(found.rule.effect, Effect::Deny) && found.is_whole() && !unless;
        if !can || text.contains("//") || !is_opened_anyway(context, found) {
            return None;
        }
        let mut rule_text = format!("require {positive} for {}", context.text(rule.selection.span));
        if let Some(because) = &rule.clauses.because {
            rule_text.push_str(&format!(" because {}", context.text(because.span)));
        }
        if text.ends_with(';') {
            rule_text.push(';');
        }
        Some((format!("write `require {positive}`"), edit::replace(found.item.span, rule_text)))
    };
    requirement().or_else(|| {
        let span = Span { end: atoms::test_span(found.written)?.end, ..found.written.path().span };
        Some((format!("write `not {positive}`"), edit::replace(span, format!("not {positive}"))))
    })
}

/// Whether a requirement that names the tools opens none of their calls.
fn is_opened_anyway(context: &Context<'_>, found: &Found<'_>) -> bool {
    let policy = context.policy();
    let mut groups = context.groups().iter().filter(|group| group.rules.iter().any(|(index, _)| *index == found.index));
    groups.all(|group| {
        let mut rules = group.rules.iter().filter_map(|(index, _)| policy.rules.get(*index));
        policy.default.allow || rules.any(|rule| matches!(rule.effect, Effect::Allow))
    })
}

/// `==` for `!=`, and `in` for `not in`.
fn positive(context: &Context<'_>, written: &ast::Atom) -> Option<String> {
    let path = print::path(written.path());
    match atoms::value_test(written)? {
        ValueTest::Compare(Comparison::NotEqual, operand) => {
            Some(format!("{path} == {}", context.text(operand.span())))
        }
        ValueTest::In { negated: true, list } => {
            let span = match list {
                List::Items(_, span) => *span,
                List::Name(name) => name.span,
            };
            Some(format!("{path} in {}", context.text(span)))
        }
        _ => None,
    }
}

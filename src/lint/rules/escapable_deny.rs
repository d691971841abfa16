//! A denial of all values but one that a call without the value escapes.
//!
//! ## What it does
//!
//! Reports a `deny`, or a `require approval`, whose condition applies `!=` or `not in` to a value
//! that a call can omit, or give in another type. Every test is false for such a value, including
//! `!=`, so the rule does not apply. The example is a call that the whole policy allows.
//!
//! ## Why it matters
//!
//! The rule reads as "only this value". It means "no other value of this type", and does not stop a
//! call without a value.
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

use std::collections::BTreeMap;

use super::helpers::atoms::{self, RuleAtom};
use super::helpers::passing;
use super::prelude::*;
use crate::diagnostics::{Edit, quote};
use crate::ir::Effect;
use crate::predicate::{Path, Comparison, Test};
use crate::schema::Kinds;
use crate::source::Span;
use crate::syntax::ast::{self, ItemKind, List, ValueTest};
use crate::syntax::print;

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Unsafe), ..Rule::new(codes::ESCAPABLE_DENY, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let all: Vec<RuleAtom<'_>> = atoms::all(context).into_iter().filter(is_negative).collect();
    // What a rule says about one value is reported once.
    let mut together: Vec<Vec<&RuleAtom<'_>>> = Vec::new();
    let mut known: BTreeMap<(usize, &Path), usize> = BTreeMap::new();
    for found in &all {
        let at = *known.entry((found.index, &found.atom.path)).or_insert(together.len());
        match together.get_mut(at) {
            Some(same) => same.push(found),
            None => together.push(vec![found]),
        }
    }
    together.iter().filter_map(|same| finding(context, same.first()?, same)).collect()
}

fn is_negative(found: &RuleAtom<'_>) -> bool {
    matches!(found.rule.effect, Effect::Deny | Effect::Approval { .. })
        && !found.negated
        && matches!(found.atom.test, Test::Compare(Comparison::NotEqual, _) | Test::NotIn(_))
}

fn finding(context: &Context<'_>, found: &RuleAtom<'_>, all: &[&RuleAtom<'_>]) -> Option<Diagnostic> {
    let path = &found.atom.path;
    // The rule would refuse the call if these tests were true, and the value has a type for which
    // none of them can be.
    let refuses = passing::not(found.opens_where(&|atom| all.iter().any(|one| one.atom.span == atom.span).then_some(true)));
    let kinds = all.iter().fold(Kinds::NONE, |kinds, one| kinds.union(passing::kinds(&one.atom.test)));
    let demands = vec![refuses, passing::not(passing::is_of(path, kinds, found.atom)?)];
    let witness = passing::call(context, &passing::subjects_with(context, found), demands)?;
    if witness.valid == Some(false) {
        return None;
    }
    let place = passing::place(context, found, &witness.tool)?;
    let missing = witness.with(|call| crate::eval::holds(&passing::is_missing(path, found.atom), call))?;
    let how = if missing { "without" } else { "with another type of" };
    let (does, refuses) = match found.rule.effect {
        Effect::Approval { .. } => ("passes without approval", "holds"),
        _ => ("is not denied", "denies"),
    };
    let message = format!("a call {how} {} {does}: this test is false for it", quote(&path.to_string()));
    let finding = Diagnostic::new(codes::ESCAPABLE_DENY, found.atom.span, message);
    let allowed = format!("this call is allowed: {}", witness.json());
    if !place.is_empty() {
        return Some(finding.help(format!("{place}write `not {}`; {allowed}", positive(context, found.written)?)));
    }
    let Some((title, edits)) = requirement(context, found).or_else(|| negations(context, all)) else {
        return Some(finding.help(format!("write `not {}`; {allowed}", positive(context, found.written)?)));
    };
    let title = format!("{title}, which also {refuses} calls without {}", quote(&path.to_string()));
    Some(finding.help(allowed).fix_all(Applicability::Unsafe, title, edits))
}

/// The rule as a requirement, if that changes nothing else.
fn requirement(context: &Context<'_>, found: &RuleAtom<'_>) -> Option<(String, Vec<Edit>)> {
    let positive = positive(context, found.written)?;
    let ItemKind::Rule(rule) = &found.item.kind else { return None };
    let text = context.text(found.item.span);
    let is_plain = !rule.clauses.when.as_ref()?.unless && !text.contains("//");
    let is_deny = matches!(found.rule.effect, Effect::Deny) && found.is_whole();
    if !is_deny || !is_plain || !is_opened_anyway(context, found) {
        return None;
    }
    let reason = rule.clauses.because.as_ref().map(|because| format!(" because {}", context.text(because.span)));
    let end = if text.ends_with(';') { ";" } else { "" };
    let tools = context.text(rule.selection.span);
    let written = format!("require {positive} for {tools}{}{end}", reason.unwrap_or_default());
    Some((format!("write `require {positive}`"), vec![edit::replace(found.item.span, written)]))
}

/// The tests, written as negations of positive ones.
fn negations(context: &Context<'_>, all: &[&RuleAtom<'_>]) -> Option<(String, Vec<Edit>)> {
    let mut edits = Vec::new();
    for one in all {
        let span = Span { end: atoms::test_span(one.written)?.end, ..one.written.path().span };
        if atoms::may_hold_comment(context.text(span)) {
            return None;
        }
        edits.push(edit::replace(span, format!("not {}", positive(context, one.written)?)));
    }
    let title = format!("write `{}`", edits.iter().map(|edit| edit.text.as_str()).collect::<Vec<_>>().join("` and `"));
    Some((title, edits))
}

/// Whether a requirement that names the tools would open none of their calls.
fn is_opened_anyway(context: &Context<'_>, found: &RuleAtom<'_>) -> bool {
    let policy = context.policy();
    context.groups_of(found.index).all(|(group, _)| {
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

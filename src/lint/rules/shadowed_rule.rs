//! A rule that other rules make redundant.
//!
//! ## What it does
//!
//! Reports a rule without which every call would be decided alike, because rules of the same kind
//! already have its effect, or other rules refuse the remaining calls. It points at a smallest set
//! of rules that make it redundant. This is proved for all calls that a client could send.
//!
//! For an `allow` with a condition, the finding says that the condition restricts nothing: one
//! `allow` whose condition is true is enough, so with `allow kubectl_*;` an `allow kubectl_scale
//! when args.replicas <= 10;` lets every call of `kubectl_scale` through. Usually the tool should
//! be excluded from the wider rule, which is what the fix does.
//!
//! ## Why it matters
//!
//! Someone who changes the shadowed rule thinks that the policy has changed, but nothing has.
//!
//! ## Example
//!
//! ```pol lint code=shadowed-rule catalogue
//! allow *;
//! deny create_charge when args.amount > 100;
//! deny create_charge when args.amount > 500;
//! ```
//!
//! ## Use instead
//!
//! Keep only the wider rule:
//!
//! ```pol lint catalogue
//! allow *;
//! deny create_charge when args.amount > 100;
//! ```
//!
//! Or make the condition of the `allow` effective:
//!
//! ```pol lint catalogue
//! deny *;
//! allow create_* except create_charge;
//! allow create_charge when args.amount <= 500;
//! limit create_charge 100_000/day of args.amount;
//! ```

use super::helpers::{dead, selection};
use super::prelude::*;
use crate::dead::{Cause, Dead, alike};
use crate::diagnostics::Edit;
use crate::ir::{self, Effect};
use crate::syntax::ast::{ItemKind, SelectionItem, SelectionKind};

pub(super) const RULE: Rule =
    Rule { fix: Some(Applicability::Safe), ..Rule::new(codes::SHADOWED_RULE, Check::Policy(check)) };

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let shadowed = dead::dead(context, &[Cause::Shadowed, Cause::Several]);
    // Two rules that are written alike have a finding of their own.
    let shadowed = shadowed.filter(|(dead, rule)| !dead::by(context, dead).any(|by| alike(by, rule)));
    shadowed.map(|(dead, rule)| finding(context, dead, rule)).collect()
}

fn finding(context: &Context<'_>, dead: &Dead, rule: &ir::Rule) -> Diagnostic {
    let name = dead::name(&rule.effect);
    let allows = !dead.by.is_empty() && dead::by(context, dead).all(|by| matches!(by.effect, Effect::Allow));
    if matches!(rule.effect, Effect::Allow) && rule.guard.is_some() && dead.cause == Cause::Shadowed && allows {
        return unrestricted(context, dead, rule);
    }
    let (message, applicability) = match dead.cause {
        Cause::Shadowed => (format!("this {name} changes nothing: another one already covers it"), Applicability::Safe),
        _ => (format!("this {name} changes nothing: with the others alone, all its calls are decided alike"), Applicability::Unsafe),
    };
    let finding = dead::finding(context, (dead, rule), codes::SHADOWED_RULE, message, applicability);
    let alone = finding.fixes.is_empty();
    finding.help(match dead::is_said_by(rule, dead::by(context, dead)) {
        _ if alone => "correct the condition, or remove the rule together with the one that refuses its calls",
        true => "remove it, or correct the condition",
        false => "remove it, or narrow the other one: callers and approvers see the text of the first one",
    })
}

/// A finding about an `allow` whose condition was meant to restrict something, although others open
/// all its calls.
fn unrestricted(context: &Context<'_>, dead: &Dead, rule: &ir::Rule) -> Diagnostic {
    let lines: Vec<&str> = dead::by(context, dead).map(|by| by.origin.line.as_str()).collect();
    let (lines, open) = match lines.as_slice() {
        [line] => (format!("line {line}"), "opens"),
        lines => (format!("lines {}", lines.join(" and ")), "open"),
    };
    let message = format!("this condition restricts nothing: {lines} {open} all calls that this `allow` opens");
    let mut finding = Diagnostic::new(codes::SHADOWED_RULE, rule.origin.span, message);
    for by in dead::by(context, dead).take(dead::MOST_RELATED) {
        finding = finding.because(by.origin.span, "one `allow` whose condition is true is enough");
    }
    match excepted(context, dead, rule) {
        Some((title, edit)) => {
            let finding = finding.help("exclude the tool from the wider rule, or remove this one");
            finding.fix_all(Applicability::Unsafe, title, vec![edit])
        }
        None => finding.help("narrow the wider rule, or remove this one"),
    }
}

/// The edit that excludes the tools of a rule from the only rule that opens more.
fn excepted(context: &Context<'_>, dead: &Dead, rule: &ir::Rule) -> Option<(String, Edit)> {
    let [wider] = dead::by(context, dead).collect::<Vec<_>>().try_into().ok()?;
    let file = context.file();
    let written = |rule: &ir::Rule| match &file.statement(rule.origin.span)?.kind {
        ItemKind::Rule(rule) if rule.selection.span.file == file.main_id() => Some(&rule.selection),
        _ => None,
    };
    let (own, wide) = (written(rule)?, written(wider)?);
    let tools = file.words(own.span);
    let is_wide = |item: &SelectionItem| matches!(item.kind, SelectionKind::Glob(_) | SelectionKind::Everything | SelectionKind::Set(_));
    let names = |item: &SelectionItem| own.items.iter().any(|own| selection::key(own) == selection::key(item));
    // There is no edit if the wider rule has the tools by their names, or selects no other tools.
    let more = wider.selection.star.is_some() || wider.selection.named.iter().any(|tool| !rule.selection.named.contains(tool));
    if !own.except.is_empty() || own.items.iter().any(selection::is_star) || wide.items.iter().any(names) || !more {
        return None;
    }
    let (joint, last) = match wide.except.last() {
        Some(last) => (", ", last),
        None => (" except ", wide.items.last()?),
    };
    wide.items.iter().any(is_wide).then_some(())?;
    let edit = edit::replace(last.span.at_end(), format!("{joint}{tools}"));
    Some((format!("write `except {tools}` in line {}", wider.origin.line), edit))
}

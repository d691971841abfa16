//! A limit that never refuses a call.
//!
//! ## What it does
//!
//! Reports a limit that other limits, which apply to the same calls, make redundant: they let no
//! more calls, and no larger sum, pass in its window than it does. This is computed exactly, over
//! windows of different lengths and over the conditions of the limits. A limit on a sum also
//! refuses calls whose amount is missing, not a number or negative: it is not reported unless other
//! rules refuse all of these, too.
//!
//! ## Why it matters
//!
//! Someone who lowers this limit thinks that the policy is now stricter, but nothing has changed.
//!
//! ## Example
//!
//! ```pol lint code=limit-never-binds catalogue
//! deny *;
//! limit create_order 10/min;
//! limit create_order 50_000/day;
//! ```
//!
//! ## Use instead
//!
//! Choose a number that the shorter window alone does not enforce:
//!
//! ```pol lint catalogue
//! deny *;
//! limit create_order 10/min;
//! limit create_order 500/day;
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::prelude::*;
use crate::analysis::case::{Case, Limited};

use crate::bounds::{self, Model, Never, Proofs};
use crate::decider::PolicyDecider;
use crate::decimal::Decimal;
use crate::describe::number;
use crate::ir::{self, Effect, Subject};
use crate::lint::ToolGroup;
use crate::probe;

pub(super) const RULE: Rule = Rule::new(codes::LIMIT_NEVER_BINDS, Check::Policy(check));

/// Limits of a tool that more rules than this select are not looked at.
const MOST_RULES: usize = 200;

fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    let policy = context.policy();
    let candidates: Vec<usize> = context.rules().map(|(index, _)| index).filter(|rule| may_be(context, *rule)).collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    // The kinds of calls take long to find, so they are looked for only where they are needed.
    let rules: Vec<&ir::Rule> = candidates.iter().filter_map(|rule| policy.rules.get(*rule)).collect();
    let decider = PolicyDecider::new(policy);
    let model = Model::new(&decider);
    let kinds = bounds::kinds_of(&model, &|subject| rules.iter().any(|rule| rule.selection.selects(subject).is_some()));
    let never = bounds::never(&model, &kinds.kinds);
    let mut proofs = Proofs::new(&model);
    let mut never_of: BTreeMap<usize, Vec<&Never>> = BTreeMap::new();
    never.iter().for_each(|never| never_of.entry(never.rule).or_default().push(never));
    let mut subjects_of: BTreeMap<usize, BTreeSet<Subject>> = BTreeMap::new();
    for kind in &kinds.kinds {
        for limit in &kind.limits {
            subjects_of.entry(*limit).or_default().insert(kind.subject);
        }
    }
    let candidates: BTreeSet<usize> = candidates.into_iter().collect();
    let found = context.rules().filter_map(|(index, rule)| {
        let Effect::Limit(limit) = &rule.effect else { return None };
        if !candidates.contains(&index) {
            return None;
        }
        let needless = never_of.get(&index)?;
        let first = needless.first()?;
        let of = subjects_of.get(&index).cloned().unwrap_or_default();
        // If it binds for one tool, it is needed; if that is not decided, it may be.
        let everywhere = needless.iter().any(|never| never.subject.is_none()) || needless.len() >= of.len();
        let undecided = kinds.undecided.iter().any(|subject| rule.selection.selects(*subject).is_some());
        // It may refuse all calls of a tool, and then no kind of call shows that.
        let mut needless_alone = || {
            let alone = BTreeSet::from([index]);
            context.groups_of(index).all(|(group, _)| group.subjects.first().is_none_or(|first| proofs.are_needless_at_first(*first, &alone)))
        };
        (everywhere && !undecided && needless_alone()).then(|| finding(context, rule, limit, first))
    });
    found.collect()
}

/// Whether other limits may make one redundant, by their numbers alone: each tool that it bounds
/// has another limit on the number of calls which lets no more pass in its window than it does, or,
/// for a limit on a sum, a limit on the number of calls or on the same sum.
fn may_be(context: &Context<'_>, rule: usize) -> bool {
    let Some(Effect::Limit(limit)) = context.policy().rules.get(rule).map(|rule| &rule.effect) else { return false };
    let mut groups = context.groups_of(rule).map(|(group, _)| group).filter(|group| !group.case.is_closed());
    let rivals = |other: &Limited| {
        let other = &other.limit;
        match (&limit.sum_of, &other.sum_of) {
            (None, None) if limit.total => !other.total || least(other, limit.window) <= limit.max,
            (None, None) => least(other, limit.window) <= limit.max,
            (Some(own), Some(path)) => path == own,
            (Some(_), None) => true,
            // It is rare that amounts have a least value and so bound the number of calls.
            (None, Some(_)) => false,
        }
    };
    let rivalled = |case: &Case| case.limits.iter().any(|other| other.rule != rule && rivals(other));
    groups.all(|group| group.rules.len() <= MOST_RULES && rivalled(&group.case) && !is_free(context, group, rule, limit))
}

/// Whether the sum of a limit can be reached, as far as that is obvious: no other rule tests the
/// amount, and two calls may pass.
fn is_free(context: &Context<'_>, group: &ToolGroup, rule: usize, limit: &ir::Limit) -> bool {
    let Some(path) = &limit.sum_of else { return false };
    let rules = group.rules.iter().filter_map(|(index, _)| Some((*index, context.policy().rules.get(*index)?)));
    rules.into_iter().all(|(index, other)| {
        let guard = other.guard.as_ref().map(|guard| probe::atoms(&guard.condition)).unwrap_or_default();
        let apart = guard.iter().all(|atom| atom.path.root != path.root || atom.path.steps.first() != path.steps.first());
        let two = match &other.effect {
            Effect::Limit(other) if index != rule => other.sum_of.is_none() && other.max > Decimal::ONE,
            _ => true,
        };
        apart && two
    })
}

/// A lower bound on the most calls that a limit alone lets pass in an aligned window of some
/// length.
fn least(limit: &ir::Limit, window: u64) -> Decimal {
    let whole = window / limit.window;
    let windows = if whole == 0 { 1 } else { whole };
    Decimal::from(limit.max.to_u64().unwrap_or(0).saturating_mul(windows))
}

fn finding(context: &Context<'_>, rule: &ir::Rule, limit: &ir::Limit, never: &Never) -> Diagnostic {
    let window = ir::window_words(limit.window);
    let (max, most) = (number(&limit.max), number(&never.most));
    let message = match &limit.sum_of {
        None => format!("this limit never refuses a call: other limits let at most {most} pass in {window}, and it lets {max} pass"),
        Some(_) => format!("this limit never refuses a call: other limits bound the sum in {window} to {most}, and it lets {max} pass"),
    };
    let mut finding = Diagnostic::new(codes::LIMIT_NEVER_BINDS, rule.origin.span, message);
    for by in never.by.iter().take(3).filter_map(|by| context.policy().rules.get(*by)) {
        finding = finding.because(by.origin.span, "because of this limit");
    }
    finding.help("lower its number, or remove it")
}

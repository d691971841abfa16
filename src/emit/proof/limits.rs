//! Proves that a document bounds what the limits of its source bound, at least as tightly.
//!
//! Each limit of the policy has to be served by one limit of the document: for all calls that the document lets through and the
//! limit counts, in the same or a wider scope, over the same tools or more, with a maximum and a window that let no more pass.
//! A limit that counts no call that the document lets through needs none.

use crate::analysis::ask::STEPS;
use crate::analysis::case::{Case, Limited};

use crate::analysis::limits::within;
use crate::emit::confirm::Pair;
use crate::solver::formula::Formula;
use crate::solver::space::{Feasible, Space};
use crate::solver::{Budget, Exhausted};

/// The index of a rule whose limit no limit of the document serves.
///
/// # Errors
/// It was too much work to find out whether the document lets any call through that the limit counts.
pub(super) fn unserved(pair: &Pair<'_>, source: &Case, document: &Case) -> Result<Option<usize>, Exhausted> {
    for limited in &source.limits {
        if document.limits.iter().any(|bound| serves(pair, bound, limited)) {
            continue;
        }
        let mut space = Space::new(source.formulas().chain(document.formulas()));
        let (allowed, counted) = (document.verdicts(&mut space).allowed, space.holds(&limited.applies));
        if space.feasible(&[allowed, counted], &mut Budget::new(STEPS))? == Feasible::Yes {
            return Ok(Some(limited.rule));
        }
    }
    Ok(None)
}

fn serves(pair: &Pair<'_>, bound: &Limited, limited: &Limited) -> bool {
    let all = *bound.applies == Formula::TRUE || bound.applies == limited.applies;
    // A document counts the calls of one server, and in one count those of one tool or of all its tools.
    let spans = !limited.limit.total
        || stays_here(pair, limited.rule) && (bound.limit.total || is_of_one_tool(pair, limited.rule));
    all && spans && within(bound, limited) == Some(true)
}

/// Whether a rule selects one tool, whose count is then the count of all its tools.
fn is_of_one_tool(pair: &Pair<'_>, rule: usize) -> bool {
    pair.policy.rules.get(rule).is_some_and(|rule| rule.selection.star.is_none() && rule.selection.named.len() == 1)
}

/// Whether a rule selects tools of the one server only.
fn stays_here(pair: &Pair<'_>, rule: usize) -> bool {
    let Some(rule) = pair.policy.rules.get(rule) else { return false };
    let named = &rule.selection.named;
    let here = named.iter().filter_map(|tool| pair.policy.tool(*tool)).all(|tool| tool.server == pair.server);
    let star = rule.selection.star.as_ref();
    let star_here = star.and_then(|star| star.servers.as_ref()).is_some_and(|servers| *servers == [pair.server]);
    here && (star.is_none() || pair.policy.servers.len() == 1 || star_here)
}

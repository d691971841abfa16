//! Differences between two sides that neither refuse nor bound more or less, as far as is known.
//!
//! They are never ignored: a comparison that says "same" has compared everything.

use std::collections::BTreeSet;

use super::compare::Asking;
use crate::analysis::ask::STEPS;
use crate::analysis::case::Case;
use crate::describe::code;
use crate::solver::Budget;
use crate::solver::space::{Feasible, Space, Truth};

/// Sentences about what differs for a pair of tools. With `limits`, the limits of the two sides differ too.
pub(super) fn between(asking: &Asking<'_, '_>, limits: bool) -> Vec<String> {
    let [old, new] = asking.cases;
    let mut out = Vec::new();
    let reads_all = old.unread.is_empty() && new.unread.is_empty();
    if !reads_all && (old.unread != new.unread || limits) && !old.is_closed() && !new.is_closed() {
        out.push(
            "undecided: one side counts calls in a way that cannot be compared, such as a condition on a count that \
             another rule keeps"
                .to_owned(),
        );
    }
    out.extend(approvers(asking));
    out
}

/// Whether other people must approve a call that both sides hold.
fn approvers(asking: &Asking<'_, '_>) -> Option<String> {
    let named = |case: &Case| -> BTreeSet<String> { case.approvers.iter().flatten().cloned().collect() };
    let [old, new] = asking.cases.map(named);
    let mut space = Space::new(asking.formulas());
    let verdicts = asking.verdicts(&mut space).map(|verdicts| verdicts.held);
    let differs = |name: &String, space: &mut Space| {
        let asks = asking.cases.map(|case| {
            let rules = case.held.iter().zip(&case.approvers);
            let rules = rules.filter(|(_, by)| by.as_ref() == Some(name));
            let truths: Vec<Truth> = rules.map(|(held, _)| space.holds(&held.formula)).collect();
            space.any(truths)
        });
        let [was, is] = asks;
        [[was, !is], [!was, is]].iter().any(|pair| {
            let demands: Vec<Truth> = verdicts.iter().chain(pair).copied().collect();
            !matches!(space.feasible(&demands, &mut Budget::new(STEPS)), Ok(Feasible::No(_)))
        })
    };
    let changed = old.union(&new).any(|name| differs(name, &mut space));
    changed.then(|| {
        let list = |names: &BTreeSet<String>| match names.is_empty() {
            true => "anybody".to_owned(),
            false => names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", "),
        };
        let (old, new) = (list(&old), list(&new));
        match old == new {
            true => format!("undecided: calls for which {new} must approve change"),
            false => format!("undecided: who must approve was {old} and is {new}"),
        }
    })
}

//! Whether every call is decided alike without some limits, as long as nothing has been counted.
//!
//! The kinds of calls describe only calls that pass. But a limit also refuses what it cannot count:
//! an amount that is missing, of another type, negative or too large. And it may be what opens a
//! tool.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Model;
use crate::analysis::case::Case;
use crate::ir::Subject;
use crate::solver::Budget;
use crate::solver::space::{Feasible, Space};

/// The work that all proofs of one decider may cost, in steps of the solver, and the rules that may
/// be looked at for them.
const STEPS: u64 = 20_000_000;
const MOST_RULES: usize = 200_000;

/// A case, by its address, and the rules that are left out.
type Key = (usize, BTreeSet<usize>);

/// Proofs about one decider.
pub struct Proofs<'m> {
    model: &'m Model<'m>,
    known: BTreeMap<Key, bool>,
    budget: Budget,
    rules_left: usize,
}

impl<'m> Proofs<'m> {
    /// No proofs yet, and the whole budget.
    #[must_use]
    pub fn new(model: &'m Model<'m>) -> Self {
        Self { model, known: BTreeMap::new(), budget: Budget::new(STEPS), rules_left: MOST_RULES }
    }

    /// Whether it is proved that every first call of a tool passes, is held or is denied without
    /// the rules `gone` just as with them. What is too much work counts as not proved.
    pub fn are_needless_at_first(&mut self, subject: Subject, gone: &BTreeSet<usize>) -> bool {
        let case = self.model.case(subject);
        // The decider keeps the case, so no address is used twice.
        let key = (Arc::as_ptr(&case).addr(), gone.clone());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let proved = self.prove(&case, gone);
        self.known.insert(key, proved);
        proved
    }

    fn prove(&mut self, case: &Case, gone: &BTreeSet<usize>) -> bool {
        let Some(left) = self.rules_left.checked_sub(case.count_rules()) else { return false };
        self.rules_left = left;
        let rest = case.without(gone);
        let mut space = Space::new(case.formulas());
        let [with, without] = [case, &rest].map(|case| case.verdicts(&mut space));
        let differ = [space.differ(with.allowed, without.allowed), space.differ(with.held, without.held)];
        let differ = space.any(differ);
        matches!(space.feasible(&[differ], &mut self.budget), Ok(Feasible::No(_)))
    }
}

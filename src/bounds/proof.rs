//! Whether every call is decided alike without some limits, as long as nothing has been counted.
//!
//! What the kinds of calls say is about calls that pass. A limit also refuses what it cannot count: an amount that is missing, of
//! another type, negative or too large. And it may be what opens a tool.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::case::Formulas;
use crate::analysis::condition::NumberDomain;
use crate::ir::{Policy, Selecting, Subject};
use crate::solver::Budget;
use crate::solver::space::{Feasible, Space};

/// The work that all proofs of one policy may cost, in steps of the solver, and the rules that may be looked at for them.
const STEPS: u64 = 20_000_000;
const MOST_RULES: usize = 200_000;

/// Tools that the same rules select, and some of these rules.
type Key = (Vec<Selecting>, BTreeSet<usize>);

/// Proofs about one policy.
pub struct Proofs<'p> {
    formulas: Formulas<'p>,
    known: BTreeMap<Key, bool>,
    budget: Budget,
    rules_left: usize,
}

impl<'p> Proofs<'p> {
    /// Nothing is proved yet.
    #[must_use]
    pub fn new(policy: &'p Policy) -> Self {
        let formulas = Formulas::new(policy, NumberDomain::Exact);
        Self { formulas, known: BTreeMap::new(), budget: Budget::new(STEPS), rules_left: MOST_RULES }
    }

    /// Whether it is proved that each call of a tool that comes first passes, is held or is denied without the rules `gone` as it is
    /// with them. What is too much work is not proved.
    pub fn are_needless_at_first(&mut self, subject: Subject, gone: &BTreeSet<usize>) -> bool {
        let rules = self.formulas.rules(subject);
        let key = (rules, gone.clone());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let proved = self.prove(&key);
        self.known.insert(key, proved);
        proved
    }

    fn prove(&mut self, (rules, gone): &Key) -> bool {
        let Some(left) = self.rules_left.checked_sub(rules.len()) else { return false };
        self.rules_left = left;
        let others: Vec<_> =
            rules.iter().copied().filter(|selecting| !gone.contains(&(selecting.rule as usize))).collect();
        let cases = [self.formulas.case(rules), self.formulas.case(&others)];
        let mut space = Space::new(cases.iter().flat_map(|case| case.formulas()));
        let [with, without] = cases.map(|case| case.verdicts(&mut space));
        let differ = [space.differ(with.allowed, without.allowed), space.differ(with.held, without.held)];
        let differ = space.any(differ);
        matches!(space.feasible(&[differ], &mut self.budget), Ok(Feasible::No(_)))
    }
}

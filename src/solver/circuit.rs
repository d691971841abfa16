//! Gates over the literals of the SAT solver, each distinct gate once.

use std::collections::HashMap;

use super::sat::{Lit, Sat};

/// The SAT solver, with a literal for each combination of literals (Tseitin's transformation,
/// 1968).
pub(super) struct Circuit {
    pub(super) sat: Sat,
    truth: Lit,
    gates: HashMap<Vec<Lit>, Lit>,
    /// By variable: the inputs of the gate; empty if the variable is not a gate.
    inputs: Vec<Vec<Lit>>,
}

impl Circuit {
    pub(super) fn new() -> Self {
        let mut sat = Sat::default();
        let truth = sat.variable();
        sat.add(&[truth]);
        Self { sat, truth, gates: HashMap::new(), inputs: vec![Vec::new()] }
    }

    /// The literal that is always true.
    pub(super) const fn truth(&self) -> Lit {
        self.truth
    }

    /// A constant.
    pub(super) fn constant(&self, value: bool) -> Lit {
        if value { self.truth } else { !self.truth }
    }

    /// A new variable, about which nothing is known.
    pub(super) fn variable(&mut self) -> Lit {
        self.inputs.push(Vec::new());
        self.sat.variable()
    }

    /// True if all of the literals are.
    pub(super) fn and(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        let mut lits: Vec<Lit> = lits.into_iter().filter(|lit| *lit != self.truth).collect();
        lits.sort_unstable();
        lits.dedup();
        // A literal and its negation stand side by side once they are sorted.
        let contradictory = lits.iter().zip(lits.iter().skip(1)).any(|(left, right)| *left == !*right);
        if contradictory || lits.contains(&!self.truth) {
            return !self.truth;
        }
        match lits.as_slice() {
            [] => return self.truth,
            [only] => return *only,
            _ => {}
        }
        if let Some(known) = self.gates.get(&lits) {
            return *known;
        }
        let gate = self.variable();
        for lit in &lits {
            self.sat.add(&[!gate, *lit]);
        }
        let clause: Vec<Lit> = lits.iter().map(|lit| !*lit).chain([gate]).collect();
        self.sat.add(&clause);
        if let Some(inputs) = self.inputs.get_mut(gate.var()) {
            inputs.clone_from(&lits);
        }
        self.gates.insert(lits, gate);
        gate
    }

    /// True if at least one of the literals is.
    pub(super) fn or(&mut self, lits: impl IntoIterator<Item = Lit>) -> Lit {
        !self.and(lits.into_iter().map(|lit| !lit))
    }

    /// `then` where `condition` holds, else `otherwise`.
    pub(super) fn choose(&mut self, condition: Lit, then: Lit, otherwise: Lit) -> Lit {
        if then == otherwise {
            return then;
        }
        let left = self.and([condition, then]);
        let right = self.and([!condition, otherwise]);
        self.or([left, right])
    }

    /// How many variables there are.
    pub(super) const fn variables(&self) -> usize {
        self.inputs.len()
    }

    /// The inputs of a gate; empty if the variable is not a gate.
    pub(super) fn inputs(&self, var: usize) -> &[Lit] {
        self.inputs.get(var).map(Vec::as_slice).unwrap_or_default()
    }
}

//! A solver for propositional formulas in clauses.
//!
//! Conflict-driven clause learning (Marques-Silva and Sakallah, GRASP, 1996) with two watched
//! literals per clause (Moskewicz et al., Chaff, 2001), first unique implication point, phase
//! saving, and assumptions with cores (Eén and Sörensson, MiniSat, 2003). Clauses may be added
//! between questions, and what was learnt stays.
//!
//! Only the variables in focus are decided. It has to be harmless that the others may stay
//! unassigned: whatever the assigned values, the clauses that they leave open must be satisfiable.

use std::collections::BinaryHeap;

use super::budget::{Budget, Exhausted};

/// A variable or its negation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Lit(u32);

impl Lit {
    /// The variable, as an index.
    pub(super) const fn var(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether it is the variable and not its negation.
    pub(super) const fn is_positive(self) -> bool {
        self.0 & 1 == 0
    }

    const fn index(self) -> usize {
        self.0 as usize
    }
}

impl std::ops::Not for Lit {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Solved {
    /// There is an assignment; [`Sat::value`] gives its values.
    Satisfiable,
    /// There is no assignment under these assumptions, which are an unsatisfiable core of those of
    /// the question. If the core is empty, there is no assignment at all.
    Unsatisfiable(Vec<Lit>),
}

/// A clause that is visited when one of its two watched literals becomes false.
#[derive(Clone, Copy)]
struct Watch {
    clause: u32,
    /// Another literal of the clause: if it is true, the clause need not be looked at.
    other: Lit,
}

/// The position of a variable in the queue of those to decide: the one that took part in a conflict
/// last comes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    stamp: u64,
    /// Among equal stamps, the first variable comes first.
    order: std::cmp::Reverse<u32>,
}

/// Stands for no clause: the reason of decisions and of facts.
const NO_REASON: u32 = u32::MAX;
/// The number of conflicts before the first restart, and the unit in which later intervals are
/// measured.
const RESTART: u64 = 128;

/// The clauses and the state of the search.
#[derive(Default)]
pub(super) struct Sat {
    /// The clauses one after the other, each with its length in front.
    arena: Vec<u32>,
    watches: Vec<Vec<Watch>>,
    /// By literal: whether it is true, or false, or neither.
    values: Vec<Option<bool>>,
    levels: Vec<u32>,
    reasons: Vec<u32>,
    phases: Vec<bool>,
    stamps: Vec<u64>,
    seen: Vec<bool>,
    /// Whether the variable is in focus, so that questions decide it.
    decided: Vec<bool>,
    /// Whether the variable is in `turns` with its current stamp.
    queued: Vec<bool>,
    trail: Vec<Lit>,
    /// Where each decision level starts in the trail.
    starts: Vec<usize>,
    next: usize,
    turns: BinaryHeap<Turn>,
    clock: u64,
    contradiction: bool,
}

impl Sat {
    /// A new variable.
    pub(super) fn variable(&mut self) -> Lit {
        let var = u32::try_from(self.levels.len()).unwrap_or(u32::MAX >> 1);
        self.watches.extend([Vec::new(), Vec::new()]);
        self.values.extend([None, None]);
        self.levels.push(0);
        self.reasons.push(NO_REASON);
        self.phases.push(false);
        self.stamps.push(0);
        self.seen.push(false);
        self.decided.push(false);
        self.queued.push(false);
        Lit(var << 1)
    }

    /// The value of a literal in the assignment that was found last.
    pub(super) fn value(&self, lit: Lit) -> Option<bool> {
        self.values.get(lit.index()).copied().flatten()
    }

    /// The number of decisions so far.
    fn level(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// Adds a clause: at least one of the literals holds. Undoes the assignment.
    pub(super) fn add(&mut self, clause: &[Lit]) {
        self.back_to(0);
        let mut lits: Vec<Lit> = Vec::with_capacity(clause.len());
        for &lit in clause {
            // What is true at level 0 is true for good.
            if self.value(lit) == Some(true) || lits.contains(&!lit) {
                return;
            }
            if self.value(lit).is_none() && !lits.contains(&lit) {
                lits.push(lit);
            }
        }
        match lits.as_slice() {
            [] => self.contradiction = true,
            [only] => {
                self.assign(*only, NO_REASON);
                self.contradiction |=
                    self.propagate(&mut Budget::new(u64::MAX)).is_ok_and(|conflict| conflict.is_some());
            }
            _ => {
                self.store(&lits);
            }
        }
    }

    /// Stores a clause of at least two literals, of which the first two are watched.
    fn store(&mut self, lits: &[Lit]) -> u32 {
        let at = u32::try_from(self.arena.len()).unwrap_or(NO_REASON);
        self.arena.push(u32::try_from(lits.len()).unwrap_or(0));
        self.arena.extend(lits.iter().map(|lit| lit.0));
        if let [first, second, ..] = lits {
            for (watched, other) in [(first, second), (second, first)] {
                if let Some(watches) = self.watches.get_mut((!*watched).index()) {
                    watches.push(Watch { clause: at, other: *other });
                }
            }
        }
        at
    }

    /// The literals of the clause at a position of the arena.
    fn clause(&self, at: u32) -> &[u32] {
        let at = at as usize;
        let length = self.arena.get(at).copied().unwrap_or(0) as usize;
        self.arena.get(at + 1..at + 1 + length).unwrap_or_default()
    }

    /// Makes a literal true at the current level. `reason` is the clause that implies it.
    fn assign(&mut self, lit: Lit, reason: u32) {
        let level = self.level();
        for (lit, value) in [(lit, true), (!lit, false)] {
            if let Some(slot) = self.values.get_mut(lit.index()) {
                *slot = Some(value);
            }
        }
        let var = lit.var();
        if let (Some(of), Some(why)) = (self.levels.get_mut(var), self.reasons.get_mut(var)) {
            (*of, *why) = (level, reason);
        }
        self.trail.push(lit);
    }

    /// Propagates unit clauses until nothing more follows. Returns a clause whose literals are all
    /// false, if there is one.
    fn propagate(&mut self, budget: &mut Budget) -> Result<Option<u32>, Exhausted> {
        while let Some(&lit) = self.trail.get(self.next) {
            self.next += 1;
            let Some(slot) = self.watches.get_mut(lit.index()) else { continue };
            let mut watches = std::mem::take(slot);
            let spent = budget.spend(1 + watches.len() as u64);
            let mut conflict = None;
            let mut kept = 0;
            let mut at = 0;
            while let Some(&watch) = watches.get(at) {
                at += 1;
                let keep = match conflict {
                    Some(_) => Some(watch),
                    None => self.visit(!lit, watch, &mut conflict),
                };
                if let (Some(keep), Some(slot)) = (keep, watches.get_mut(kept)) {
                    *slot = keep;
                    kept += 1;
                }
            }
            watches.truncate(kept);
            // No watch can have been added to this list meanwhile: its literal is false now.
            if let Some(slot) = self.watches.get_mut(lit.index()) {
                *slot = watches;
            }
            spent?;
            if conflict.is_some() {
                return Ok(conflict);
            }
        }
        Ok(None)
    }

    /// Visits a clause of which a watched literal became false. Returns the watch if it stays in
    /// its list.
    fn visit(&mut self, lost: Lit, watch: Watch, conflict: &mut Option<u32>) -> Option<Watch> {
        if self.value(watch.other) == Some(true) {
            return Some(watch);
        }
        let at = watch.clause as usize;
        let length = self.arena.get(at).copied().unwrap_or(0) as usize;
        let values = &self.values;
        let lits = self.arena.get_mut(at + 1..at + 1 + length)?;
        let [first, second, rest @ ..] = lits else { return Some(watch) };
        if *first == lost.0 {
            std::mem::swap(first, second);
        }
        let head = Lit(*first);
        if head != watch.other && values.get(head.index()).copied().flatten() == Some(true) {
            return Some(Watch { other: head, ..watch });
        }
        let free = rest.iter_mut().find(|lit| values.get(**lit as usize).copied().flatten() != Some(false));
        if let Some(free) = free {
            std::mem::swap(second, free);
            let now = !Lit(*second);
            if let Some(watches) = self.watches.get_mut(now.index()) {
                watches.push(Watch { clause: watch.clause, other: head });
            }
            return None;
        }
        match self.value(head) {
            Some(false) => *conflict = Some(watch.clause),
            _ => self.assign(head, watch.clause),
        }
        Some(Watch { other: head, ..watch })
    }

    /// Undoes all assignments above a level.
    fn back_to(&mut self, level: u32) {
        let Some(&start) = self.starts.get(level as usize) else { return };
        while self.trail.len() > start {
            let Some(lit) = self.trail.pop() else { break };
            for lit in [lit, !lit] {
                if let Some(slot) = self.values.get_mut(lit.index()) {
                    *slot = None;
                }
            }
            let var = lit.var();
            if let Some(phase) = self.phases.get_mut(var) {
                *phase = lit.is_positive();
            }
            self.enqueue(var);
        }
        self.starts.truncate(level as usize);
        self.next = start;
    }

    /// Puts a variable into the queue of those to decide.
    fn enqueue(&mut self, var: usize) {
        if let (Some(true), Some(queued @ false)) = (self.decided.get(var), self.queued.get_mut(var)) {
            *queued = true;
            let stamp = self.stamps.get(var).copied().unwrap_or(0);
            let order = std::cmp::Reverse(u32::try_from(var).unwrap_or(u32::MAX));
            self.turns.push(Turn { stamp, order });
        }
    }

    /// Moves a variable to the front of the queue.
    fn bump(&mut self, var: usize) {
        self.clock += 1;
        if let (Some(stamp), Some(queued)) = (self.stamps.get_mut(var), self.queued.get_mut(var)) {
            // The entry with the older stamp is skipped when its turn comes.
            (*stamp, *queued) = (self.clock, false);
        }
        self.enqueue(var);
    }

    /// Sets which variables questions decide from now on.
    pub(super) fn focus(&mut self, decide: &[usize]) {
        self.back_to(0);
        self.turns.clear();
        self.decided.fill(false);
        self.queued.fill(false);
        for &var in decide {
            if let Some(slot) = self.decided.get_mut(var) {
                *slot = true;
            }
        }
        for &var in decide {
            self.enqueue(var);
        }
    }

    /// Derives a clause from a conflict. Returns it with the asserting literal first, and the level
    /// to backtrack to.
    fn analyze(&mut self, conflict: u32) -> (Vec<Lit>, u32) {
        let here = self.level();
        let mut learnt = vec![Lit(0)];
        let mut open = 0_usize;
        let mut reason = conflict;
        let mut resolved = None;
        let mut at = self.trail.len();
        let mut touched = Vec::new();
        loop {
            let lits: Vec<Lit> = self.clause(reason).iter().map(|lit| Lit(*lit)).collect();
            for lit in lits.into_iter().filter(|lit| Some(*lit) != resolved) {
                let var = lit.var();
                let level = self.levels.get(var).copied().unwrap_or(0);
                if level == 0 || self.seen.get(var) == Some(&true) {
                    continue;
                }
                self.mark(var, true);
                touched.push(var);
                if level == here {
                    open += 1;
                } else {
                    learnt.push(lit);
                }
            }
            // The last assignment that takes part in the conflict.
            let last = loop {
                at = at.saturating_sub(1);
                let Some(&lit) = self.trail.get(at) else { break None };
                if self.seen.get(lit.var()) == Some(&true) || at == 0 {
                    break Some(lit);
                }
            };
            let Some(last) = last else { break };
            open = open.saturating_sub(1);
            if open == 0 {
                if let Some(first) = learnt.first_mut() {
                    *first = !last;
                }
                break;
            }
            self.mark(last.var(), false);
            resolved = Some(last);
            reason = self.reasons.get(last.var()).copied().unwrap_or(NO_REASON);
        }
        self.shorten(&mut learnt);
        for &var in &touched {
            self.mark(var, false);
            self.bump(var);
        }
        let level_of = |lit: &Lit| self.levels.get(lit.var()).copied().unwrap_or(0);
        let deepest = (1..learnt.len()).max_by_key(|index| learnt.get(*index).map_or(0, level_of));
        let level = deepest.and_then(|index| learnt.get(index)).map_or(0, level_of);
        if let Some(deepest) = deepest {
            learnt.swap(1, deepest);
        }
        (learnt, level)
    }

    /// Removes the literals that are redundant beside the others of the clause.
    fn shorten(&self, learnt: &mut Vec<Lit>) {
        let first = learnt.first().copied();
        learnt.retain(|lit| {
            let reason = self.reasons.get(lit.var()).copied().unwrap_or(NO_REASON);
            let follows = |other: &u32| {
                let var = Lit(*other).var();
                var == lit.var() || self.seen.get(var) == Some(&true) || self.levels.get(var) == Some(&0)
            };
            Some(*lit) == first || reason == NO_REASON || !self.clause(reason).iter().all(follows)
        });
    }

    fn mark(&mut self, var: usize, seen: bool) {
        if let Some(slot) = self.seen.get_mut(var) {
            *slot = seen;
        }
    }

    /// The assumption that failed, and those that make it false.
    fn core(&mut self, failed: Lit) -> Vec<Lit> {
        let mut core = vec![failed];
        if self.levels.get(failed.var()) == Some(&0) {
            return core;
        }
        let bottom = self.starts.first().copied().unwrap_or(0);
        self.mark(failed.var(), true);
        for at in (bottom..self.trail.len()).rev() {
            let Some(&lit) = self.trail.get(at) else { continue };
            if self.seen.get(lit.var()) != Some(&true) {
                continue;
            }
            self.mark(lit.var(), false);
            match self.reasons.get(lit.var()).copied().unwrap_or(NO_REASON) {
                NO_REASON => core.push(lit),
                reason => {
                    let vars: Vec<usize> = self.clause(reason).iter().map(|lit| Lit(*lit).var()).collect();
                    for var in vars {
                        if var != lit.var() && self.levels.get(var).is_some_and(|level| *level > 0) {
                            self.mark(var, true);
                        }
                    }
                }
            }
        }
        core
    }

    /// Looks for an assignment of the variables in [focus](Sat::focus) under which all assumptions
    /// hold.
    ///
    /// # Errors
    /// The budget is used up.
    pub(super) fn solve(&mut self, assumptions: &[Lit], budget: &mut Budget) -> Result<Solved, Exhausted> {
        self.back_to(0);
        if self.contradiction {
            return Ok(Solved::Unsatisfiable(Vec::new()));
        }
        let mut conflicts = 0;
        let mut round = 1;
        let mut until = RESTART * luby(round);
        loop {
            if let Some(conflict) = self.propagate(budget)? {
                if self.starts.is_empty() {
                    self.contradiction = true;
                    return Ok(Solved::Unsatisfiable(Vec::new()));
                }
                conflicts += 1;
                let (learnt, level) = self.analyze(conflict);
                budget.spend(learnt.len() as u64)?;
                self.back_to(level);
                let Some(&first) = learnt.first() else { continue };
                let reason = if learnt.len() > 1 { self.store(&learnt) } else { NO_REASON };
                self.assign(first, reason);
                continue;
            }
            if conflicts >= until {
                (conflicts, round) = (0, round + 1);
                until = RESTART * luby(round);
                self.back_to(0);
                continue;
            }
            match assumptions.get(self.starts.len()) {
                Some(&assumed) => match self.value(assumed) {
                    Some(false) => return Ok(Solved::Unsatisfiable(self.core(assumed))),
                    // An empty level keeps the numbers of assumptions and levels equal.
                    Some(true) => self.starts.push(self.trail.len()),
                    None => self.decide(assumed),
                },
                None => match self.turn() {
                    Some(lit) => self.decide(lit),
                    None => return Ok(Solved::Satisfiable),
                },
            }
        }
    }

    /// Opens a new level with a decision.
    fn decide(&mut self, lit: Lit) {
        self.starts.push(self.trail.len());
        self.assign(lit, NO_REASON);
    }

    /// The next variable to decide, with the value that it had last.
    fn turn(&mut self) -> Option<Lit> {
        loop {
            let turn = self.turns.pop()?;
            let lit = Lit(turn.order.0 << 1);
            if self.stamps.get(lit.var()) != Some(&turn.stamp) {
                continue;
            }
            if let Some(queued) = self.queued.get_mut(lit.var()) {
                *queued = false;
            }
            if self.value(lit).is_none() {
                return Some(if self.phases.get(lit.var()) == Some(&true) { lit } else { !lit });
            }
        }
    }

    /// Forgets the last values of all variables, so that each is tried as false first, as in the
    /// beginning.
    pub(super) fn forget_phases(&mut self) {
        self.back_to(0);
        self.phases.fill(false);
    }
}

/// The sequence 1, 1, 2, 1, 1, 2, 4, ... (Luby, Sinclair and Zuckerman, 1993), from 1.
fn luby(index: u64) -> u64 {
    let mut index = index.max(1);
    loop {
        let bits = u64::from(64 - index.leading_zeros());
        if index == (1 << bits) - 1 {
            return 1 << (bits - 1);
        }
        index -= (1 << (bits - 1)) - 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Budget, Lit, Sat, Solved};

    fn lit(number: i8) -> Lit {
        let var = Lit((u32::from(number.unsigned_abs()) - 1) << 1);
        if number > 0 { var } else { !var }
    }

    fn holds(clauses: &[Vec<i8>], assignment: u32) -> bool {
        let is = |number: &i8| (assignment >> (number.unsigned_abs() - 1) & 1 == 1) == (*number > 0);
        clauses.iter().all(|clause| clause.iter().any(is))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn agrees_with_trying_everything(
            clauses in prop::collection::vec(prop::collection::vec((1i8..9).prop_flat_map(|var| prop_oneof![Just(var), Just(-var)]), 0..4), 0..40),
            questions in prop::collection::vec(prop::collection::vec((1i8..9).prop_flat_map(|var| prop_oneof![Just(var), Just(-var)]), 0..5), 1..5),
        ) {
            let mut sat = Sat::default();
            for _ in 0..8 {
                sat.variable();
            }
            sat.focus(&(0..8).collect::<Vec<_>>());
            let mut known = Vec::new();
            let chunk = clauses.len() / questions.len() + 1;
            for (question, more) in questions.iter().zip(clauses.chunks(chunk).chain(std::iter::repeat(&[][..]))) {
                for clause in more {
                    known.push(clause.clone());
                    sat.add(&clause.iter().map(|number| lit(*number)).collect::<Vec<_>>());
                }
                let assumed: Vec<Lit> = question.iter().map(|number| lit(*number)).collect();
                let units = question.iter().map(|number| vec![*number]);
                let with: Vec<Vec<i8>> = known.iter().cloned().chain(units).collect();
                let expected = (0..256).any(|assignment| holds(&with, assignment));
                match sat.solve(&assumed, &mut Budget::new(1_000_000)).unwrap() {
                    Solved::Satisfiable => {
                        let found = (1..9).fold(0, |found, var| found | u32::from(sat.value(lit(var)) == Some(true)) << (var - 1));
                        prop_assert!(holds(&with, found));
                    }
                    Solved::Unsatisfiable(core) => {
                        prop_assert!(!expected);
                        prop_assert!(core.iter().all(|lit| assumed.contains(lit)));
                        let numbers: Vec<i8> = (1..9).flat_map(|var| [var, -var]).filter(|number| core.contains(&lit(*number))).collect();
                        let with: Vec<Vec<i8>> = known.iter().cloned().chain(numbers.iter().map(|number| vec![*number])).collect();
                        prop_assert!(!(0..256).any(|assignment| holds(&with, assignment)), "the core is too small");
                    }
                }
            }
        }
    }

    #[test]
    fn work_is_bounded() {
        // Ten pigeons in nine holes.
        let mut sat = Sat::default();
        let holes: Vec<Vec<Lit>> = (0..10).map(|_| (0..9).map(|_| sat.variable()).collect()).collect();
        for pigeon in &holes {
            sat.add(pigeon);
        }
        for (first, one) in holes.iter().enumerate() {
            for other in holes.iter().skip(first + 1) {
                for (left, right) in one.iter().zip(other) {
                    sat.add(&[!*left, !*right]);
                }
            }
        }
        sat.focus(&(0..90).collect::<Vec<_>>());
        assert!(sat.solve(&[], &mut Budget::new(100_000)).is_err());
    }
}

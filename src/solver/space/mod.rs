//! The values of a call that formulas mention, and questions about all calls.
//!
//! A space is built from all formulas that will be asked about. It holds a tree of the values that
//! they mention. Each value has a kind (three bits) and, depending on the kind, a number, a string
//! or a length, each divided into the cells that the formulas can tell apart: `numbers`, `texts`
//! and `lengths` say how. Clauses tie a value to the one around it: a member needs an object, an
//! element an array that is long enough.
//!
//! Arrays need a bound. If paths lead only to elements of an array before index `i`, and there are
//! `q` tests of all or some of its elements, the first `i + q` elements are values of their own; a
//! longer array repeats the last of them. Nothing is lost by that: from any array, keep the
//! elements that paths lead to and, for each test, one element that decides it; an element that
//! repeats another passes the same tests. So each question has finitely many cases, and the answer
//! is exact.

mod build;
mod example;
mod kinds;
mod lengths;
mod numbers;
#[cfg(test)]
mod tests;
mod texts;
mod value;

use super::budget::{Budget, Exhausted};
use super::circuit::Circuit;
use super::formula::{Check, Formula, Place, Root};
use super::sat::{Lit, Solved};
use crate::predicate::Step;
use crate::schema::Kinds;
use kinds::Kind;

use texts::Looked;
use value::Value;

pub use example::Example;
pub(crate) use numbers::is_multiple;

/// The most elements of one array that are values of their own. A space that needs more leaves
/// every question undecided.
const MOST_SLOTS: usize = 256;
/// The most values of one space. A space that needs more leaves every question undecided.
const MOST_VALUES: usize = 20_000;

/// Whether a formula holds, as a literal of its space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Truth(Lit);

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// Whether there is a call for which all demands hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feasible {
    /// There is one.
    Yes,
    /// There is none: the demands with these indices cannot hold together. If there are no indices,
    /// there is no call at all.
    No(Vec<usize>),
}

/// All values of a call that some formulas mention.
pub struct Space {
    circuit: Circuit,
    values: Vec<Value>,
    /// By variable of the solver: the value that it is about.
    owners: Vec<Option<usize>>,
    /// By variable of the solver: whether questions decide it. A question about other variables
    /// changes the focus.
    focus: Vec<bool>,
    /// The values that the variables in focus are about.
    values_in_focus: Vec<usize>,
    /// Whether all values have found a place and all formulas were known. If not, every question is
    /// undecided.
    complete: bool,
}

const ARGUMENTS: usize = 0;
const CALLER: usize = 1;

impl Space {
    /// The space of these formulas and all combinations of them.
    pub fn new<'a>(formulas: impl IntoIterator<Item = &'a Formula>) -> Self {
        let circuit = Circuit::new();
        let unset = circuit.truth();
        let mut space = Self {
            circuit,
            values: Vec::new(),
            owners: Vec::new(),
            focus: Vec::new(),
            values_in_focus: Vec::new(),
            complete: true,
        };
        for _ in [ARGUMENTS, CALLER] {
            space.values.push(Value::new(None, 0, [unset; 3]));
        }
        for formula in formulas {
            space.collect(formula, ARGUMENTS);
        }
        space.unroll();
        space.build();
        space
    }

    /// Whether a formula holds. It must be a combination of those that the space was built from;
    /// after any other, the space leaves every question undecided.
    pub fn holds(&mut self, formula: &Formula) -> Truth {
        Truth(self.lit(formula, ARGUMENTS))
    }

    /// True if all of these are.
    pub fn all(&mut self, truths: impl IntoIterator<Item = Truth>) -> Truth {
        Truth(self.circuit.and(truths.into_iter().map(|truth| truth.0)))
    }

    /// True if at least one of these is.
    pub fn any(&mut self, truths: impl IntoIterator<Item = Truth>) -> Truth {
        Truth(self.circuit.or(truths.into_iter().map(|truth| truth.0)))
    }

    /// True if exactly one of these is.
    pub fn differ(&mut self, left: Truth, right: Truth) -> Truth {
        Truth(self.circuit.choose(left.0, !right.0, right.0))
    }

    /// A constant.
    #[must_use]
    pub fn constant(&self, value: bool) -> Truth {
        Truth(self.circuit.constant(value))
    }

    fn lit(&mut self, formula: &Formula, element: usize) -> Lit {
        match formula {
            Formula::And(parts) => {
                let lits: Vec<Lit> = parts.iter().map(|part| self.lit(part, element)).collect();
                self.circuit.and(lits)
            }
            Formula::Or(parts) => {
                let lits: Vec<Lit> = parts.iter().map(|part| self.lit(part, element)).collect();
                self.circuit.or(lits)
            }
            Formula::Not(inner) => !self.lit(inner, element),
            Formula::Is(place, kinds) => {
                let bits = self.find(place, element).map(|value| value.bits);
                match bits {
                    Some(bits) => kinds::within(&mut self.circuit, bits, *kinds),
                    None => self.unknown(),
                }
            }
            Formula::Test(place, check @ Check::Only(names)) => {
                let closed = self.check(place, check, element);
                let others = self.find(place, element).into_iter().flat_map(|value| &value.members);
                let others: Vec<usize> = others.filter(|(name, _)| !names.contains(*name)).map(|(_, at)| *at).collect();
                let mut lits = vec![closed];
                for at in others {
                    let Some(bits) = self.values.get(at).map(|value| value.bits) else { return self.unknown() };
                    lits.push(kinds::within(&mut self.circuit, bits, Kinds::MISSING));
                }
                self.circuit.and(lits)
            }
            Formula::Test(place, check) => self.check(place, check, element),
            Formula::Every(place, inner) | Formula::Some(place, inner) => {
                let every = matches!(formula, Formula::Every(..));
                let found = self.find(place, element).and_then(|value| {
                    let test = value.tests.iter().find(|test| test.every == every && test.formula == *inner)?;
                    Some((value.bits, test.lit?))
                });
                let Some((bits, lit)) = found else { return self.unknown() };
                let array = kinds::one_of(&mut self.circuit, bits, |kind| kind == Kind::Array);
                self.circuit.and([array, lit])
            }
        }
    }

    fn check(&mut self, place: &Place, check: &Check, element: usize) -> Lit {
        let at = self.find_index(place, element);
        let Self { circuit, values, .. } = self;
        let lit = at.and_then(|at| values.get(at)).and_then(|value| value.check(circuit, check));
        lit.unwrap_or_else(|| self.unknown())
    }

    /// A literal that stands for a formula that the space was not built from.
    fn unknown(&mut self) -> Lit {
        self.complete = false;
        self.circuit.variable()
    }

    fn find_index(&self, place: &Place, element: usize) -> Option<usize> {
        let start = match place.root {
            Root::Args => ARGUMENTS,
            Root::Caller => CALLER,
            Root::Element => element,
        };
        place.steps.iter().try_fold(start, |at, step| {
            let value = self.values.get(at)?;
            match step {
                Step::Key(key) => value.members.get(key).copied(),
                Step::Index(index) => value.slots.get(*index as usize).copied(),
            }
        })
    }

    fn find(&self, place: &Place, element: usize) -> Option<&Value> {
        self.find_index(place, element).and_then(|at| self.values.get(at))
    }

    /// Whether all demands hold for some call.
    ///
    /// # Errors
    /// The budget is used up, the space is too large, or one of its demands is about a formula that
    /// it was not built from.
    pub fn feasible(&mut self, demands: &[Truth], budget: &mut Budget) -> Result<Feasible, Exhausted> {
        let lits: Vec<Lit> = demands.iter().map(|demand| demand.0).collect();
        Ok(match self.solve(&lits, budget)? {
            Solved::Satisfiable => Feasible::Yes,
            Solved::Unsatisfiable(core) => Feasible::No(
                (0..lits.len()).filter(|index| lits.get(*index).is_some_and(|lit| core.contains(lit))).collect(),
            ),
        })
    }

    /// Whether a demand holds in the last assignment; `None` if that was left open.
    #[must_use]
    pub fn held(&self, demand: Truth) -> Option<bool> {
        self.circuit.sat.value(demand.0)
    }

    /// Prepares for many questions about these truths and their parts.
    pub fn focus(&mut self, truths: impl IntoIterator<Item = Truth>) {
        let lits: Vec<Lit> = truths.into_iter().map(|truth| truth.0).collect();
        self.focus_on(&lits);
    }

    fn focus_on(&mut self, lits: &[Lit]) {
        let (variables, values) = self.cone(lits);
        self.focus.fill(false);
        for var in &variables {
            if self.focus.len() <= *var {
                self.focus.resize(var + 1, false);
            }
            if let Some(focus) = self.focus.get_mut(*var) {
                *focus = true;
            }
        }
        self.circuit.sat.focus(&variables);
        self.values_in_focus = values;
    }

    fn solve(&mut self, demands: &[Lit], budget: &mut Budget) -> Result<Solved, Exhausted> {
        if !self.complete {
            return Err(Exhausted);
        }
        if demands.iter().any(|demand| self.focus.get(demand.var()) != Some(&true)) {
            self.focus_on(demands);
        }
        loop {
            let solved = self.circuit.sat.solve(demands, budget)?;
            if solved != Solved::Satisfiable {
                return Ok(solved);
            }
            let clauses = self.look(budget)?;
            if clauses.is_empty() {
                return Ok(solved);
            }
            for clause in clauses {
                self.circuit.sat.add(&clause);
            }
        }
    }

    /// The variables that some literals depend on, and the values that these variables are about,
    /// each in ascending order.
    fn cone(&self, lits: &[Lit]) -> (Vec<usize>, Vec<usize>) {
        let mut seen = vec![false; self.circuit.variables()];
        let mut values_seen = vec![false; self.values.len()];
        let first =
            |seen: &mut Vec<bool>, at: usize| seen.get_mut(at).is_some_and(|seen| !std::mem::replace(seen, true));
        let mut work: Vec<usize> = lits.iter().map(|lit| lit.var()).collect();
        while let Some(var) = work.pop() {
            if !first(&mut seen, var) {
                continue;
            }
            work.extend(self.circuit.inputs(var).iter().map(|lit| lit.var()));
            let mut owner = self.owners.get(var).copied().flatten();
            while let Some(at) = owner.filter(|at| first(&mut values_seen, *at)) {
                let Some(value) = self.values.get(at) else { break };
                work.extend(value.variables());
                owner = value.around.as_ref().map(|(around, _)| *around);
            }
        }
        let all = |seen: Vec<bool>| seen.into_iter().enumerate().filter(|(_, seen)| *seen).map(|(at, _)| at).collect();
        (all(seen), all(values_seen))
    }

    /// Checks that the numbers and strings of the last assignment exist. Returns clauses that rule
    /// out those that do not.
    fn look(&mut self, budget: &mut Budget) -> Result<Vec<Vec<Lit>>, Exhausted> {
        let mut clauses = Vec::new();
        for at in &self.values_in_focus {
            let Some(value) = self.values.get_mut(*at) else { continue };
            match kinds::found(&self.circuit, value.bits) {
                Kind::Number => {
                    let cell = value.numbers.cell(&self.circuit);
                    if cell.number(budget)?.is_none() {
                        clauses.push(cell.reasons().into_iter().map(|lit| !lit).collect());
                    }
                }
                Kind::String => {
                    if let Looked::Clauses(more) = value.texts.look(&self.circuit, budget)? {
                        clauses.extend(more);
                    }
                }
                _ => {}
            }
        }
        Ok(clauses)
    }
}

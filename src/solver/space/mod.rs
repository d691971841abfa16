//! The values of a call that formulas speak of, and questions about all calls.
//!
//! A space is made of all formulas that will be asked about. It holds a tree of the values they
//! mention. Each value has a kind (three bits), and by kind a number, a string or a length, each
//! divided into the cells that the formulas can tell apart: `numbers`, `texts` and `lengths` say
//! how. Clauses tie a value to the one around it: a member needs an object, an element an array
//! that is long enough.
//!
//! Elements of arrays. For an array with paths to elements before `i` and `q` tests of all or some
//! elements, the first `i + q` elements are values of their own; a longer array repeats the last of
//! them. Nothing is lost by that: of any array keep the elements that paths lead to and, for each
//! test, one element that decides it; a repeated element decides no test otherwise than the one it
//! repeats. So each question has finitely many cases, and the answer is exact.

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
use super::formula::{Formula, Place, Root};
use super::sat::{Lit, Solved};
use crate::predicate::Step;
use kinds::Kind;

use texts::Looked;
use value::Value;

pub use example::Example;

/// Elements of one array that are values of their own. A space with more answers nothing.
const MOST_SLOTS: usize = 256;
/// Values of one space. A space with more answers nothing.
const MOST_VALUES: usize = 20_000;

/// Whether a formula holds: a name for it in its space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Truth(Lit);

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// Whether there is a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feasible {
    /// There is one.
    Yes,
    /// There is none: these of the claims, by index, cannot hold together. Without any, no claim
    /// holds for any call.
    No(Vec<usize>),
}

/// All values of a call that some formulas speak of.
pub struct Space {
    circuit: Circuit,
    values: Vec<Value>,
    /// By variable of the solver: the value that it is about.
    owners: Vec<Option<usize>>,
    /// By variable of the solver: whether questions decide it. Claims about other variables change
    /// that.
    focus: Vec<bool>,
    /// The values that the variables in focus are about.
    values_in_focus: Vec<usize>,
    /// Whether everything that was asked for has found a place.
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

    /// Whether a formula holds. It must be a combination of those that the space was made of; of
    /// another one nothing is known, and the space answers nothing from then on.
    pub fn holds(&mut self, formula: &Formula) -> Truth {
        Truth(self.lit(formula, ARGUMENTS))
    }

    /// All of these.
    pub fn all(&mut self, truths: impl IntoIterator<Item = Truth>) -> Truth {
        Truth(self.circuit.and(truths.into_iter().map(|truth| truth.0)))
    }

    /// At least one of these.
    pub fn any(&mut self, truths: impl IntoIterator<Item = Truth>) -> Truth {
        Truth(self.circuit.or(truths.into_iter().map(|truth| truth.0)))
    }

    /// One of these, but not both.
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
            Formula::Test(place, check) => {
                let at = self.find_index(place, element);
                let Self { circuit, values, .. } = self;
                let lit = at.and_then(|at| values.get(at)).and_then(|value| value.check(circuit, check));
                lit.unwrap_or_else(|| self.unknown())
            }
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

    /// A literal for what the space was not made for.
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

    /// Whether all claims hold for some call.
    ///
    /// # Errors
    /// The budget is used up, or the space is too large.
    pub fn feasible(&mut self, claims: &[Truth], budget: &mut Budget) -> Result<Feasible, Exhausted> {
        let lits: Vec<Lit> = claims.iter().map(|claim| claim.0).collect();
        Ok(match self.solve(&lits, budget)? {
            Solved::Satisfiable => Feasible::Yes,
            Solved::Unsatisfiable(core) => Feasible::No(
                (0..lits.len()).filter(|index| lits.get(*index).is_some_and(|lit| core.contains(lit))).collect(),
            ),
        })
    }

    /// Whether a claim held in the call that was found last; `None` where that was left open.
    #[must_use]
    pub fn held(&self, claim: Truth) -> Option<bool> {
        self.circuit.sat.value(claim.0)
    }

    /// Prepares for many questions about these truths and what they are made of.
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

    fn solve(&mut self, claims: &[Lit], budget: &mut Budget) -> Result<Solved, Exhausted> {
        if !self.complete {
            return Err(Exhausted);
        }
        if claims.iter().any(|claim| self.focus.get(claim.var()) != Some(&true)) {
            self.focus_on(claims);
        }
        loop {
            let solved = self.circuit.sat.solve(claims, budget)?;
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

    /// The variables that some literals depend on, and the values these are about, each in
    /// ascending order.
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

    /// Looks whether the values of an assignment exist; if not, gives clauses that say so.
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

//! The values of a call that formulas speak of, and questions about all calls.
//!
//! A space is made of all formulas that will be asked about. It holds a tree of the values they mention. Each value has a
//! kind (three bits), and by kind a number, a string or a length, each divided into the cells that the formulas can tell apart:
//! `numbers`, `texts` and `lengths` say how. Clauses tie a value to the one around it: a member needs an object, an
//! element an array that is long enough.
//!
//! Elements of arrays. For an array with paths to elements before `i` and `q` tests of all or some elements, the
//! first `i + q` elements are values of their own; a longer array repeats the last of them. Nothing is lost by that: of any array
//! keep the elements that paths lead to and, for each test, one element that decides it; a repeated element decides no test
//! otherwise than the one it repeats. So each question has finitely many cases, and the answer is exact.

mod example;
mod kinds;
mod lengths;
mod numbers;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::budget::{Budget, Exhausted};
use super::circuit::Circuit;
use super::formula::{Check, Formula, Place, Root};
use super::sat::{Lit, Solved};
use crate::decimal::Decimal;
use crate::ir::Step;
use crate::schema::Kinds;
use crate::syntax::ast::Comparison;
use kinds::{Bits, Kind};
use lengths::Lengths;
use numbers::Numbers;
use texts::{Looked, Texts};

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
    /// There is none: these of the claims, by index, cannot hold together. Without any, no claim holds for any call.
    No(Vec<usize>),
}

/// All values of a call that some formulas speak of.
pub struct Space {
    circuit: Circuit,
    values: Vec<Value>,
    /// By variable of the solver: the value that it is about.
    owners: Vec<Option<usize>>,
    /// By variable of the solver: whether questions decide it. Claims about other variables change that.
    focus: Vec<bool>,
    /// The values that the variables in focus are about.
    values_in_focus: Vec<usize>,
    /// Whether everything that was asked for has found a place.
    complete: bool,
}

/// One value, or that there is none.
struct Value {
    around: Option<(usize, Step)>,
    depth: usize,
    members: BTreeMap<String, usize>,
    /// The first elements.
    slots: Vec<usize>,
    /// How many elements paths lead to.
    indexed: usize,
    /// Tests of elements: for all or for some, and which.
    tests: Vec<Test>,
    bits: Bits,
    numbers: Numbers,
    texts: Texts,
    lengths: Lengths,
    closed: Option<Lit>,
    minus_zero: Option<Lit>,
    opaque: Vec<(Arc<str>, Lit)>,
}

struct Test {
    every: bool,
    formula: Arc<Formula>,
    lit: Option<Lit>,
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

    /// Takes up the values that a formula mentions. Its depth is bounded by the parser's, and by that of schemas.
    fn collect(&mut self, formula: &Formula, element: usize) {
        match formula {
            Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|part| self.collect(part, element)),
            Formula::Not(inner) => self.collect(inner, element),
            Formula::Is(place, _) => {
                self.place(place, element);
            }
            Formula::Test(place, check) => {
                let at = self.place(place, element);
                let Self { circuit, values, .. } = self;
                if let Some(value) = values.get_mut(at) {
                    value.take_up(circuit, check);
                }
            }
            Formula::Every(place, inner) | Formula::Some(place, inner) => {
                let every = matches!(formula, Formula::Every(..));
                let at = self.place(place, element);
                let Some(value) = self.values.get_mut(at) else { return };
                if !value.tests.iter().any(|test| test.every == every && test.formula == *inner) {
                    value.tests.push(Test { every, formula: inner.clone(), lit: None });
                }
            }
        }
    }

    /// The value at a place, made if there is none yet.
    fn place(&mut self, place: &Place, element: usize) -> usize {
        let start = match place.root {
            Root::Args => ARGUMENTS,
            Root::Caller => CALLER,
            Root::Element => element,
        };
        place.steps.iter().fold(start, |at, step| self.step(at, step))
    }

    fn step(&mut self, at: usize, step: &Step) -> usize {
        let next = self.values.len();
        if next > MOST_VALUES {
            self.complete = false;
            return at;
        }
        let unset = self.circuit.truth();
        let Some(value) = self.values.get_mut(at) else { return at };
        let depth = value.depth + 1;
        match step {
            Step::Key(key) => {
                if let Some(member) = value.members.get(key) {
                    return *member;
                }
                value.members.insert(key.clone(), next);
                self.values.push(Value::new(Some((at, step.clone())), depth, [unset; 3]));
                next
            }
            Step::Index(index) => {
                let index = *index as usize;
                value.indexed = value.indexed.max(index.saturating_add(1));
                self.slot(at, index)
            }
        }
    }

    /// The element of an array, with those before it.
    fn slot(&mut self, at: usize, index: usize) -> usize {
        let unset = self.circuit.truth();
        loop {
            let next = self.values.len();
            let Some(value) = self.values.get_mut(at) else { return at };
            if let Some(slot) = value.slots.get(index) {
                return *slot;
            }
            if value.slots.len() >= MOST_SLOTS || next > MOST_VALUES {
                self.complete = false;
                return at;
            }
            let (depth, step) = (value.depth + 1, Step::Index(crate::source::offset(value.slots.len())));
            value.slots.push(next);
            self.values.push(Value::new(Some((at, step)), depth, [unset; 3]));
        }
    }

    /// Makes the elements that tests of all or some elements need, from the outside in: what is asked of an array is
    /// known once all arrays further out are done.
    fn unroll(&mut self) {
        let mut done = vec![false; self.values.len()];
        loop {
            done.resize(self.values.len(), false);
            let open =
                self.values.iter().enumerate().filter(|(at, value)| {
                    done.get(*at) == Some(&false) && (!value.tests.is_empty() || value.indexed > 0)
                });
            let Some(at) = open.min_by_key(|(_, value)| value.depth).map(|(at, _)| at) else { return };
            if let Some(done) = done.get_mut(at) {
                *done = true;
            }
            let Some(value) = self.values.get(at) else { return };
            let tests: Vec<Arc<Formula>> = value.tests.iter().map(|test| test.formula.clone()).collect();
            for index in 0..value.indexed + tests.len() {
                let slot = self.slot(at, index);
                for formula in &tests {
                    self.collect(formula, slot);
                }
            }
        }
    }

    fn build(&mut self) {
        for at in 0..self.values.len() {
            let bits = [self.circuit.variable(), self.circuit.variable(), self.circuit.variable()];
            let Self { circuit, values, .. } = self;
            let Some(value) = values.get_mut(at) else { continue };
            value.bits = bits;
            value.numbers.build(circuit);
            value.texts.build(circuit);
            for index in 0..value.slots.len() {
                value.lengths.add_at_least(index as u64 + 1);
            }
            value.lengths.build(circuit);
            self.own(at);
            self.tie(at);
        }
        // From the inside out: a test of elements may hold a test of their elements.
        for at in (0..self.values.len()).rev() {
            let tests = self.values.get(at).map_or(0, |value| value.tests.len());
            for index in 0..tests {
                self.test(at, index);
            }
        }
    }

    fn own(&mut self, at: usize) {
        let Some(value) = self.values.get(at) else { return };
        let languages = value.texts.languages();
        let marks = value.closed.into_iter().chain(value.minus_zero).map(Lit::var);
        let all: Vec<usize> = value.variables().chain(languages).chain(marks).collect();
        let opaque = value.opaque.iter().map(|(_, lit)| lit.var());
        let all: Vec<usize> = all.into_iter().chain(opaque).collect();
        for var in all {
            if self.owners.len() <= var {
                self.owners.resize(var + 1, None);
            }
            if let Some(owner) = self.owners.get_mut(var) {
                *owner = Some(at);
            }
        }
    }

    /// Ties a value to the one around it.
    fn tie(&mut self, at: usize) {
        let Some(value) = self.values.get(at) else { return };
        let bits = value.bits;
        let [high, middle, low] = bits;
        let circuit = &mut self.circuit;
        match &value.around {
            None if at == ARGUMENTS => {
                for bit in [high, middle, !low] {
                    circuit.sat.add(&[bit]);
                }
            }
            None => {
                let kind = kinds::within(circuit, bits, Kinds::OBJECT.union(Kinds::MISSING));
                circuit.sat.add(&[kind]);
            }
            Some((around, step)) => {
                let Some(outer) = self.values.get(*around) else { return };
                match step {
                    Step::Key(_) => {
                        let object = kinds::one_of(circuit, outer.bits, |kind| kind == Kind::Object);
                        for bit in bits {
                            circuit.sat.add(&[!bit, object]);
                        }
                    }
                    Step::Index(index) => {
                        let Some(exists) = outer.exists(circuit, *index as usize) else { return };
                        for bit in bits {
                            circuit.sat.add(&[!bit, exists]);
                        }
                        circuit.sat.add(&[!exists, high, middle, low]);
                    }
                }
            }
        }
    }

    /// Makes the literal of a test of all or some elements.
    fn test(&mut self, at: usize, index: usize) {
        let Some(value) = self.values.get(at) else { return };
        let Some(Test { every, formula, .. }) = value.tests.get(index) else { return };
        let (every, formula, slots) = (*every, formula.clone(), value.slots.clone());
        let mut parts = Vec::with_capacity(slots.len());
        for (index, slot) in slots.into_iter().enumerate() {
            let holds = self.lit(&formula, slot);
            let Some(value) = self.values.get(at) else { return };
            let Some(exists) = value.exists(&mut self.circuit, index) else { continue };
            parts.push(if every { self.circuit.or([!exists, holds]) } else { self.circuit.and([exists, holds]) });
        }
        let all = if every { self.circuit.and(parts) } else { self.circuit.or(parts) };
        let test = self.values.get_mut(at).and_then(|value| value.tests.get_mut(index));
        if let Some(test) = test {
            test.lit = Some(all);
        }
    }

    /// Whether a formula holds. It must be a combination of those that the space was made of; of another one nothing is
    /// known, and the space answers nothing from then on.
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

    /// The variables that some literals depend on, and the values these are about, each in ascending order.
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

impl Value {
    fn new(around: Option<(usize, Step)>, depth: usize, bits: Bits) -> Self {
        Self {
            around,
            depth,
            members: BTreeMap::new(),
            slots: Vec::new(),
            indexed: 0,
            tests: Vec::new(),
            bits,
            numbers: Numbers::default(),
            texts: Texts::default(),
            lengths: Lengths::default(),
            closed: None,
            minus_zero: None,
            opaque: Vec::new(),
        }
    }

    fn take_up(&mut self, circuit: &mut Circuit, check: &Check) {
        match check {
            Check::Bool(_) => {}
            Check::Number(_, number) => self.numbers.add_point(number),
            Check::Numbers(numbers) => numbers.iter().for_each(|number| self.numbers.add_point(number)),
            Check::Multiple(step) => self.numbers.add_multiple(step),
            Check::Texts(texts) => texts.iter().for_each(|text| self.texts.add_literal(text)),
            Check::Language(language) => self.texts.add_language(circuit, language),
            Check::TextLength(_, number) => self.texts.lengths.add(number),
            Check::ArrayLength(_, number) => self.lengths.add(number),
            Check::MinusZero => {
                self.numbers.add_point(&Decimal::ZERO);
                self.minus_zero.get_or_insert_with(|| circuit.variable());
            }
            Check::Closed => {
                self.closed.get_or_insert_with(|| circuit.variable());
            }
            Check::Opaque(name) => {
                if !self.opaque.iter().any(|(known, _)| known == name) {
                    self.opaque.push((name.clone(), circuit.variable()));
                }
            }
        }
    }

    /// Whether the array has an element at an index.
    fn exists(&self, circuit: &mut Circuit, index: usize) -> Option<Lit> {
        let long_enough = self.lengths.at_least(circuit, index as u64 + 1)?;
        let array = kinds::one_of(circuit, self.bits, |kind| kind == Kind::Array);
        Some(circuit.and([array, long_enough]))
    }

    /// Whether the value passes a test; `None` when it was not taken up.
    fn check(&self, circuit: &mut Circuit, check: &Check) -> Option<Lit> {
        let (kind, holds) = match check {
            Check::Opaque(name) => {
                let (_, holds) = self.opaque.iter().find(|(known, _)| known == name)?;
                let nested = kinds::one_of(circuit, self.bits, |kind| matches!(kind, Kind::Array | Kind::Object));
                return Some(circuit.and([nested, *holds]));
            }
            Check::Bool(true) => (Kind::True, circuit.truth()),
            Check::Bool(false) => (Kind::False, circuit.truth()),
            Check::Number(comparison, number) => (Kind::Number, self.numbers.compare(circuit, *comparison, number)?),
            Check::Numbers(numbers) => {
                let equal = |number| self.numbers.compare(circuit, Comparison::Equal, number);
                let equal: Vec<Lit> = numbers.iter().map(equal).collect::<Option<_>>()?;
                (Kind::Number, circuit.or(equal))
            }
            Check::Multiple(step) => (Kind::Number, self.numbers.multiple(step)?),
            Check::MinusZero => {
                let zero = self.numbers.compare(circuit, Comparison::Equal, &Decimal::ZERO)?;
                (Kind::Number, circuit.and([zero, self.minus_zero?]))
            }
            Check::Texts(texts) => (Kind::String, self.texts.one_of(circuit, texts)?),
            Check::Language(language) => (Kind::String, self.texts.language(language)?),
            Check::TextLength(comparison, number) => {
                (Kind::String, self.texts.lengths.compare(circuit, *comparison, number)?)
            }
            Check::ArrayLength(comparison, number) => {
                (Kind::Array, self.lengths.compare(circuit, *comparison, number)?)
            }
            Check::Closed => (Kind::Object, self.closed?),
        };
        let is = kinds::one_of(circuit, self.bits, |found| found == kind);
        Some(circuit.and([is, holds]))
    }

    /// The variables that have to be decided when the value matters.
    fn variables(&self) -> impl Iterator<Item = usize> {
        let bits = self.bits.into_iter().map(Lit::var);
        bits.chain(self.numbers.variables()).chain(self.texts.variables()).chain(self.lengths.variables())
    }
}

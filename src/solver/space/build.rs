//! Builds the values that formulas mention, and the clauses that tie them together.

use std::sync::Arc;

use super::kinds::{self, Kind};
use super::value::{Test, Value};
use super::{ARGUMENTS, CALLER, MOST_SLOTS, MOST_VALUES, Space};
use crate::predicate::Step;
use crate::schema::Kinds;
use crate::solver::formula::{Formula, Place, Root};
use crate::solver::sat::Lit;

impl Space {
    /// Adds the values that a formula mentions. The depth of the recursion is bounded by the parser
    /// and by the depth of schemas.
    pub(super) fn collect(&mut self, formula: &Formula, element: usize) {
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

    /// The index of the value at a place, which is added if it is new.
    fn place(&mut self, place: &Place, element: usize) -> usize {
        let start = match place.root {
            Root::Args => ARGUMENTS,
            Root::Caller => CALLER,
            Root::Element => element,
        };
        place.steps.iter().fold(start, |at, step| self.step(at, step))
    }

    /// The index of the value one step further, which is added if it is new.
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

    /// The index of an element of an array, which is added with those before it if it is new.
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

    /// Adds the elements that tests of all or some elements need, from the outside in: the tests of
    /// an array are known only once all arrays further out are done.
    pub(super) fn unroll(&mut self) {
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

    /// Makes all literals, and the clauses that tie values together.
    pub(super) fn build(&mut self) {
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
        // From the inside out: a test of elements may contain a test of their elements.
        for at in (0..self.values.len()).rev() {
            let tests = self.values.get(at).map_or(0, |value| value.tests.len());
            for index in 0..tests {
                self.test(at, index);
            }
        }
    }

    /// Records which value each of its variables is about.
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

    /// Builds the literal of a test of all or some elements.
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
}

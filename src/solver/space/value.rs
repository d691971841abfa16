//! One value of a call, with the tests on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::kinds::{self, Bits, Kind};
use super::lengths::Lengths;
use super::numbers::Numbers;
use super::texts::Texts;
use crate::decimal::Decimal;
use crate::predicate::{Comparison, Step};
use crate::solver::circuit::Circuit;
use crate::solver::formula::{Check, Formula};
use crate::solver::sat::Lit;

/// One value, which may be missing.
pub(super) struct Value {
    pub(super) around: Option<(usize, Step)>,
    pub(super) depth: usize,
    pub(super) members: BTreeMap<String, usize>,
    /// The first elements.
    pub(super) slots: Vec<usize>,
    /// One more than the highest index that a path has here; 0 if there is none.
    pub(super) indexed: usize,
    /// Tests of elements: for all or for some, and which.
    pub(super) tests: Vec<Test>,
    pub(super) bits: Bits,
    pub(super) numbers: Numbers,
    pub(super) texts: Texts,
    pub(super) lengths: Lengths,
    pub(super) closed: Option<Lit>,
    pub(super) minus_zero: Option<Lit>,
    pub(super) opaque: Vec<(Arc<str>, Lit)>,
}

/// A test of all or some elements of an array.
pub(super) struct Test {
    pub(super) every: bool,
    pub(super) formula: Arc<Formula>,
    pub(super) lit: Option<Lit>,
}

impl Value {
    pub(super) fn new(around: Option<(usize, Step)>, depth: usize, bits: Bits) -> Self {
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

    /// Adds what a test needs. All tests are taken up before the values are built.
    pub(super) fn take_up(&mut self, circuit: &mut Circuit, check: &Check) {
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
            Check::Closed | Check::Only(_) => {
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
    pub(super) fn exists(&self, circuit: &mut Circuit, index: usize) -> Option<Lit> {
        let long_enough = self.lengths.at_least(circuit, index as u64 + 1)?;
        let array = kinds::one_of(circuit, self.bits, |kind| kind == Kind::Array);
        Some(circuit.and([array, long_enough]))
    }

    /// Whether the value passes a test; `None` if the test was not taken up.
    pub(super) fn check(&self, circuit: &mut Circuit, check: &Check) -> Option<Lit> {
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
            // Which members there are, the space knows.
            Check::Closed | Check::Only(_) => (Kind::Object, self.closed?),
        };
        let is = kinds::one_of(circuit, self.bits, |found| found == kind);
        Some(circuit.and([is, holds]))
    }

    /// The variables that have to be decided when the value matters.
    pub(super) fn variables(&self) -> impl Iterator<Item = usize> {
        let bits = self.bits.into_iter().map(Lit::var);
        bits.chain(self.numbers.variables()).chain(self.texts.variables()).chain(self.lengths.variables())
    }
}

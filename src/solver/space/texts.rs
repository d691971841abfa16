//! Strings: the literals that they are compared with, the languages that they may be in, and their
//! lengths.
//!
//! Each literal has a variable of the solver, "this one or one before it", in the order of the
//! texts. So a string equals at most one literal without a clause for each pair. Which languages
//! overlap is not worked out beforehand: a search looks for a string for each assignment and, if
//! there is none, a clause forbids the assignment.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::decimal::Decimal;
use crate::predicate::Comparison;
use crate::solver::budget::{Budget, Exhausted};
use crate::solver::circuit::Circuit;
use crate::solver::sat::Lit;
use crate::solver::strings::{Language, StringAnswer, Wanted, find};

use super::lengths::{Lengths, Threshold};

/// The most clauses that are added beforehand to say which literals are in which languages. If
/// there would be more, they are added when a question needs them.
const MOST_KNOWN: usize = 4_096;

/// What one string is tested against.
#[derive(Default)]
pub(super) struct Texts {
    /// The literals that it is compared with.
    literals: BTreeSet<Arc<str>>,
    languages: Vec<(Language, Lit)>,
    /// The literals in order, each with its variable "this one or one before it".
    codes: Vec<(Arc<str>, Lit)>,
    pub(super) lengths: Lengths,
    /// By literal: whether the clauses of [`Texts::pin`] are there.
    pinned: Vec<bool>,
    /// Answers of the search so far.
    known: HashMap<Vec<Lit>, Option<Arc<str>>>,
}

/// The result of [`Texts::look`].
pub(super) enum Looked {
    /// There is such a string.
    Text(Arc<str>),
    /// There is none, and these clauses say why.
    Clauses(Vec<Vec<Lit>>),
}

impl Texts {
    pub(super) fn add_literal(&mut self, text: &Arc<str>) {
        self.literals.insert(text.clone());
    }

    pub(super) fn add_language(&mut self, circuit: &mut Circuit, language: &Language) {
        if self.language(language).is_none() {
            self.languages.push((language.clone(), circuit.variable()));
        }
    }

    /// Makes the literals and the clauses between them.
    pub(super) fn build(&mut self, circuit: &mut Circuit) {
        self.lengths.build(circuit);
        for text in &self.literals {
            let lit = circuit.variable();
            if let Some((_, last)) = self.codes.last() {
                circuit.sat.add(&[!*last, lit]);
            }
            self.codes.push((text.clone(), lit));
        }
        self.pinned = vec![false; self.codes.len()];
        if self.codes.len() * (self.languages.len() + self.lengths.variables().count()) <= MOST_KNOWN {
            for index in 0..self.codes.len() {
                for clause in self.pin(index) {
                    circuit.sat.add(&clause);
                }
            }
        }
    }

    /// Clauses that say which languages a literal is in, and how long it is.
    fn pin(&mut self, index: usize) -> Vec<Vec<Lit>> {
        let Some((text, code)) = self.codes.get(index) else { return Vec::new() };
        if let Some(pinned) = self.pinned.get_mut(index) {
            *pinned = true;
        }
        let length = text.chars().count() as u64;
        let before = index.checked_sub(1).and_then(|index| self.codes.get(index)).map(|(_, lit)| *lit);
        let of = self.languages.iter().map(|(language, lit)| (language.has(text), *lit));
        let long = self.lengths.thresholds().map(|(least, lit)| (length >= least, lit));
        let known = of.chain(long).map(|(holds, lit)| if holds { lit } else { !lit });
        known.map(|known| [!*code, known].into_iter().chain(before).collect()).collect()
    }

    /// The solver's literal for "is one of these texts", each of which was added.
    pub(super) fn one_of(&self, circuit: &mut Circuit, texts: &BTreeSet<Arc<str>>) -> Option<Lit> {
        let mut found = Vec::with_capacity(texts.len());
        for text in texts {
            let index = self.codes.binary_search_by(|(code, _)| code.cmp(text)).ok()?;
            let (_, code) = self.codes.get(index)?;
            let before = index.checked_sub(1).and_then(|index| self.codes.get(index)).map(|(_, lit)| !*lit);
            found.push(circuit.and([*code].into_iter().chain(before)));
        }
        Some(circuit.or(found))
    }

    /// The solver's literal for "is in this language".
    pub(super) fn language(&self, language: &Language) -> Option<Lit> {
        self.languages.iter().find(|(known, _)| known == language).map(|(_, lit)| *lit)
    }

    /// The variables that have to be decided when the string matters. Those of languages are
    /// decided only if a question contains them.
    pub(super) fn variables(&self) -> impl Iterator<Item = usize> {
        self.codes.iter().map(|(_, lit)| lit.var()).chain(self.lengths.variables())
    }

    /// The variables of the languages.
    pub(super) fn languages(&self) -> impl Iterator<Item = usize> {
        self.languages.iter().map(|(_, lit)| lit.var())
    }

    /// The index of the literal that the string equals in the last assignment.
    fn literal(&self, circuit: &Circuit) -> Option<usize> {
        self.codes.iter().position(|(_, lit)| circuit.sat.value(*lit) == Some(true))
    }

    /// Looks for a string that the last assignment describes.
    ///
    /// # Errors
    /// The budget is used up.
    pub(super) fn look(&mut self, circuit: &Circuit, budget: &mut Budget) -> Result<Looked, Exhausted> {
        if let Some(index) = self.literal(circuit) {
            if self.pinned.get(index) != Some(&true) {
                let clauses = self.pin(index);
                let broken = |clause: &Vec<Lit>| clause.iter().all(|lit| circuit.sat.value(*lit) == Some(false));
                if clauses.iter().any(broken) {
                    return Ok(Looked::Clauses(clauses));
                }
                if let Some(pinned) = self.pinned.get_mut(index) {
                    *pinned = false;
                }
            }
            let text = self.codes.get(index).map(|(text, _)| text.clone()).unwrap_or_default();
            return Ok(Looked::Text(text));
        }
        let none = self.codes.last().map(|(_, lit)| !*lit);
        let (low, high) = self.lengths.range(circuit);
        let of = self.languages.iter().filter_map(|(_, lit)| match circuit.sat.value(*lit)? {
            true => Some(*lit),
            false => Some(!*lit),
        });
        let all: Vec<Lit> = of.chain(low.map(|(_, lit)| lit)).chain(high.map(|(_, lit)| lit)).chain(none).collect();
        // Usually few of many demands matter, so one is added only if the string that was found for
        // the others violates it. A string that is shortest for some of the demands and meets all of
        // them is shortest for all.
        let mut demands: Vec<Lit> = Vec::new();
        while let Some(text) = self.search(&demands, circuit, budget)? {
            budget.spend(all.len() as u64)?;
            let broken = |demand: &&Lit| self.breaks(&text, **demand, [low, high]);
            let positive = all.iter().filter(|demand| demand.is_positive()).find(broken);
            let Some(broken) = positive.or_else(|| all.iter().find(broken)).copied() else {
                return Ok(Looked::Text(text));
            };
            if demands.contains(&broken) {
                // The search and the test of a string disagree.
                return Err(Exhausted);
            }
            demands.push(broken);
            demands.sort_unstable();
        }
        // The fewer demands a clause forbids together, the more it rules out. Usually few of many
        // are to blame, so large chunks are left out first and single demands last.
        let mut chunk = demands.len().div_ceil(2);
        while chunk > 0 {
            let mut at = 0;
            while at < demands.len() {
                let end = demands.len().min(at + chunk);
                let fewer: Vec<Lit> = demands.iter().take(at).chain(demands.iter().skip(end)).copied().collect();
                match self.search(&fewer, circuit, budget)? {
                    None => demands = fewer,
                    Some(_) => at = end,
                }
            }
            chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
        }
        Ok(Looked::Clauses(vec![demands.iter().map(|lit| !*lit).collect()]))
    }

    /// Whether a string violates a demand.
    fn breaks(&self, text: &str, demand: Lit, bounds: [Option<Threshold>; 2]) -> bool {
        if let Some((language, lit)) = self.languages.iter().find(|(_, lit)| lit.var() == demand.var()) {
            return language.has(text) != (demand == *lit);
        }
        if self.codes.last().is_some_and(|(_, lit)| demand == !*lit) {
            return self.literals.contains(text);
        }
        let length = text.chars().count() as u64;
        let [low, high] = bounds;
        low.is_some_and(|(least, lit)| demand == lit && length < least)
            || high.is_some_and(|(most, lit)| demand == lit && length > most)
    }

    /// A string for which all demands hold.
    fn search(
        &mut self,
        demands: &[Lit],
        circuit: &Circuit,
        budget: &mut Budget,
    ) -> Result<Option<Arc<str>>, Exhausted> {
        if let Some(known) = self.known.get(demands) {
            return Ok(known.clone());
        }
        let nothing = BTreeSet::new();
        let none = self.codes.last().map(|(_, lit)| !*lit);
        let except = if none.is_some_and(|none| demands.contains(&none)) { &self.literals } else { &nothing };
        let with = |wanted: fn(Lit) -> Lit| {
            let of = self.languages.iter().filter(move |(_, lit)| demands.contains(&wanted(*lit)));
            of.map(|(language, _)| language).collect::<Vec<_>>()
        };
        let mut lengths = Vec::new();
        let (low, high) = self.lengths.range(circuit);
        if let Some((low, _)) = low.filter(|(_, lit)| demands.contains(lit)) {
            lengths.push((Comparison::GreaterEqual, Decimal::from(low)));
        }
        if let Some((high, _)) = high.filter(|(_, lit)| demands.contains(lit)) {
            lengths.push((Comparison::LessEqual, Decimal::from(high)));
        }
        let wanted = Wanted { within: with(|lit| lit), outside: with(|lit| !lit), except, lengths };
        let found = match find(&wanted, budget)? {
            StringAnswer::Text(text) => Some(Arc::from(text)),
            StringAnswer::Nothing => None,
        };
        self.known.insert(demands.to_vec(), found.clone());
        Ok(found)
    }
}

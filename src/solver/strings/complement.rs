//! The complement of a language as a regular expression, for gateways that have patterns and no opposite of one.
//!
//! The deterministic automaton with what it accepts turned round is made into an expression by eliminating its states, one
//! after the other (Brzozowski and McCluskey, 1963): the paths through a state become an expression between its neighbours.

use std::collections::BTreeMap;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Repetition};

use super::automaton::{Automaton, DEAD, FULL};
use super::{Budget, Language};
use crate::pattern::Regex;

/// The most states of an automaton that are eliminated.
const MOST_STATES: usize = 200;
/// The most steps that finding its states takes.
const MOST_STEPS: u64 = 1 << 20;

/// An expression between two states, and how long it is: the number of its characters, about.
type Edge = (Hir, usize);

impl Language {
    /// An expression of about `longest` characters at most that matches the strings which are not in the set. `None` if there
    /// are no such strings, or no expression that short is found.
    #[must_use]
    pub fn complement(&self, longest: usize) -> Option<Regex> {
        let mut edges = self.opposite_edges()?;
        // Whatever has few neighbours and short expressions goes first, which keeps the others short.
        while let Some(state) = edges.cheapest() {
            edges.eliminate(state);
            if edges.size() > longest.saturating_mul(4) {
                return None;
            }
        }
        // Without a path every string is in the set.
        let (hir, _) = edges.of.remove(&(START, END))?;
        let regex = Regex::of_tree(&hir)?;
        (regex.source().len() <= longest).then_some(regex)
    }

    /// The automaton of the complement: state 0 of it is reached from [`START`], and from its accepting states one comes to
    /// [`END`].
    fn opposite_edges(&self) -> Option<Edges> {
        let program = self.program()?;
        let mut automaton = Automaton::new(program);
        automaton.ask();
        let mut budget = Budget::new(MOST_STEPS);
        let mut numbers: BTreeMap<u32, usize> = BTreeMap::from([(automaton.start(), FIRST)]);
        let mut open = vec![automaton.start()];
        let mut edges = Edges::default();
        edges.add(START, FIRST, (Hir::empty(), 0));
        while let Some(state) = open.pop() {
            if numbers.len() > MOST_STATES {
                return None;
            }
            let from = *numbers.get(&state)?;
            if !automaton.accepts(state) {
                edges.add(from, END, (Hir::empty(), 0));
            }
            // From this state no string is in the set, so every one is in the complement.
            if state == DEAD {
                edges.add(from, from, one_of([('\0', char::MAX)]));
                continue;
            }
            automaton.expand(program, state, &mut budget).ok()?;
            let mut leads: BTreeMap<u32, Vec<(char, char)>> = BTreeMap::new();
            for (class, next) in (0..).zip(automaton.row(state)) {
                if *next != FULL {
                    leads.entry(*next).or_default().extend(program.alphabet.ranges(class));
                }
            }
            for (next, ranges) in leads {
                let fresh = FIRST + numbers.len();
                let to = *numbers.entry(next).or_insert_with(|| {
                    open.push(next);
                    fresh
                });
                edges.add(from, to, one_of(ranges));
            }
        }
        Some(edges)
    }
}

/// Where strings begin.
const START: usize = 0;
/// Where strings of the complement end.
const END: usize = 1;
/// The first state of the automaton.
const FIRST: usize = 2;

/// An automaton whose transitions are expressions.
#[derive(Default)]
struct Edges {
    of: BTreeMap<(usize, usize), Edge>,
}

impl Edges {
    fn add(&mut self, from: usize, to: usize, (hir, size): Edge) {
        let joined = match self.of.remove(&(from, to)) {
            None => (hir, size),
            Some((known, _)) if known == hir => (hir, size),
            Some((known, known_size)) => (either(known, hir), known_size + size + 1),
        };
        self.of.insert((from, to), joined);
    }

    fn size(&self) -> usize {
        self.of.values().map(|(_, size)| size).sum()
    }

    /// The state whose elimination adds least.
    fn cheapest(&self) -> Option<usize> {
        let mut costs: BTreeMap<usize, [usize; 3]> = BTreeMap::new();
        for ((from, to), (_, size)) in &self.of {
            for (state, place) in [(*from, 0), (*to, 1)] {
                if let Some(cost) = costs.entry(state).or_default().get_mut(place) {
                    *cost += usize::from(from != to);
                }
                if let Some(cost) = costs.entry(state).or_default().get_mut(2) {
                    *cost += size;
                }
            }
        }
        let inner = costs.into_iter().filter(|(state, _)| *state >= FIRST);
        inner.min_by_key(|(state, [out, into, size])| (out * into * (size + 1), *state)).map(|(state, _)| state)
    }

    fn eliminate(&mut self, state: usize) {
        let around = self.of.remove(&(state, state));
        let (mut into, mut out) = (Vec::new(), Vec::new());
        let own: Vec<(usize, usize)> =
            self.of.keys().filter(|(from, to)| *from == state || *to == state).copied().collect();
        for (from, to) in own {
            let Some(edge) = self.of.remove(&(from, to)) else { continue };
            if from == state { out.push((to, edge)) } else { into.push((from, edge)) }
        }
        let (again, again_size) = around.map_or((Hir::empty(), 0), |(hir, size)| (star(hir), size + 1));
        for (from, (first, first_size)) in &into {
            for (to, (last, last_size)) in &out {
                let path = Hir::concat(vec![first.clone(), again.clone(), last.clone()]);
                self.add(*from, *to, (path, first_size + again_size + last_size));
            }
        }
    }
}

/// One character of these ranges.
fn one_of(ranges: impl IntoIterator<Item = (char, char)>) -> Edge {
    let ranges: Vec<_> = ranges.into_iter().map(|(low, high)| ClassUnicodeRange::new(low, high)).collect();
    let class = ClassUnicode::new(ranges);
    let size = class.ranges().len() * 3;
    (Hir::class(Class::Unicode(class)), size)
}

fn star(hir: Hir) -> Hir {
    Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub: Box::new(hir) })
}

/// What one of two expressions matches. That nothing may stand there is written as `?`.
fn either(left: Hir, right: Hir) -> Hir {
    let is_empty = |hir: &Hir| matches!(hir.kind(), HirKind::Empty);
    let (some, other) = if is_empty(&left) { (right, left) } else { (left, right) };
    if is_empty(&other) {
        return Hir::repetition(Repetition { min: 0, max: Some(1), greedy: true, sub: Box::new(some) });
    }
    Hir::alternation(vec![some, other])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::pattern::Like;
    use crate::solver::strings::{StringAnswer, Wanted, find};

    /// No string is in both, and none in neither.
    fn is_opposite(language: &Language, opposite: &Regex) {
        let opposite = Language::regex(opposite);
        for (within, outside) in [(vec![language, &opposite], vec![]), (vec![], vec![language, &opposite])] {
            let wanted = Wanted { within, outside, except: &BTreeSet::new(), lengths: Vec::new() };
            let found = find(&wanted, &mut Budget::new(10_000_000)).unwrap();
            assert_eq!(found, StringAnswer::Nothing, "{language:?} {opposite:?}");
        }
    }

    #[test]
    fn complements_are_exact() {
        for pattern in ["", "a", "x*", "*x", "*x*", "*/.git/*", "*.env", "a*b*c", "*aba*", "*é*", "/srv/*"] {
            let language = Language::like(&Like::new(pattern).unwrap());
            is_opposite(&language, &language.complement(2000).unwrap());
        }
        for pattern in [
            "",
            "[a-z]+",
            "(?i)(secrets?|sa)(\\..*)?(/.*)?",
            ".*",
            "a{2,5}",
            "[^/]*/[^/]*",
            "(?i)k+",
            "\\S+@acme\\.com",
            "(ab|cd)*e?",
            ".*\\b(pin|card)\\b.*",
            "^a$|^b",
        ] {
            let language = Language::regex(&Regex::new(pattern).unwrap());
            is_opposite(&language, &language.complement(20_000).unwrap());
        }
    }

    #[test]
    fn short_ones_are_read_easily() {
        let of = |pattern: &str| {
            Language::like(&Like::new(pattern).unwrap()).complement(200).map(|regex| regex.source().to_owned())
        };
        insta::assert_snapshot!(
            ["*x*", "x*", "*x", "ab", "*/.env*"]
                .map(|pattern| format!("{pattern}  {}", of(pattern).unwrap_or_default()))
                .join("\n")
        );
    }

    #[test]
    fn long_ones_are_given_up() {
        let language = Language::regex(&Regex::new("(.*a.{12})|(.*b.{11})").unwrap());
        assert_eq!(language.complement(2000), None);
    }
}

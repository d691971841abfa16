//! The deterministic automaton of a program, built on demand.
//!
//! A state is a set of nodes (Rabin and Scott's subset construction), together with the kind of the
//! character before if an assertion in the set depends on it.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use regex_syntax::hir::Look;

use super::super::{Budget, Exhausted};
use super::program::{ALL, NEVER, Node, Program};

/// The state from which nothing is accepted.
pub(super) const DEAD: u32 = 0;
/// The state from which everything is.
pub(super) const FULL: u32 = 1;
/// What a state costs in steps, apart from its row: about the memory that it takes.
const STATE: u64 = 16;

/// What stands on one side of a position in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    /// Nothing.
    Edge,
    /// A line feed.
    Line,
    /// An ASCII word character.
    Word,
    /// Another character.
    Other,
}

impl Side {
    const CHARS: [Self; 3] = [Self::Line, Self::Word, Self::Other];

    const fn of(char: char) -> Self {
        match char {
            '\n' => Self::Line,
            '0'..='9' | 'A'..='Z' | '_' | 'a'..='z' => Self::Word,
            _ => Self::Other,
        }
    }
}

/// Whether an assertion holds between two neighbours.
fn holds(look: Look, before: Side, after: Side) -> bool {
    match look {
        Look::Start => before == Side::Edge,
        Look::End => after == Side::Edge,
        Look::StartLF => matches!(before, Side::Edge | Side::Line),
        Look::EndLF => matches!(after, Side::Edge | Side::Line),
        Look::WordAscii => (before == Side::Word) != (after == Side::Word),
        Look::WordAsciiNegate => (before == Side::Word) == (after == Side::Word),
        // No program contains other assertions.
        _ => false,
    }
}

#[derive(Debug)]
struct State {
    nodes: Box<[u32]>,
    /// What stands before, or `Other` if no assertion depends on it.
    before: Side,
    /// Whether an assertion is among the nodes.
    looks: bool,
    accepts: bool,
    /// The least number of characters that still have to be read.
    distance: u32,
    /// The next state for each class; empty before [`Automaton::expand`].
    row: Box<[u32]>,
    /// How many steps it took to build the row.
    cost: u64,
    /// The question that paid for the row last.
    paid: u32,
}

/// The states found so far.
#[derive(Debug)]
pub(super) struct Automaton {
    states: Vec<State>,
    table: HashTable<u32>,
    start: u32,
    question: u32,
    /// How many steps all rows took together.
    size: u64,
    close: Closure,
}

/// Buffers for following nodes that read no character.
#[derive(Debug, Default)]
struct Closure {
    /// The round in which a node was seen last.
    seen: Vec<u32>,
    round: u32,
    open: Vec<u32>,
    found: Vec<u32>,
    /// How many nodes were looked at in the last round.
    work: usize,
}

impl Closure {
    /// Puts the nodes that can be reached without reading a character into `found`: those that
    /// read, accept or assert. If both sides are known, assertions that hold are followed, and no
    /// assertion is put into `found`.
    fn run(&mut self, program: &Program, from: &[u32], sides: Option<(Side, Side)>) {
        self.seen.resize(program.nodes.len(), 0);
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.seen.fill(0);
            self.round = 1;
        }
        self.work = 0;
        self.found.clear();
        self.open.clear();
        self.open.extend_from_slice(from);
        while let Some(index) = self.open.pop() {
            let Some(seen) = self.seen.get_mut(index as usize) else { continue };
            if std::mem::replace(seen, self.round) == self.round {
                continue;
            }
            self.work += 1;
            match program.node(index).node {
                Node::Fail => {}
                Node::Split(left, right) => self.open.extend([left, right]),
                Node::Look(look, next) => match sides {
                    None => self.found.push(index),
                    Some((before, after)) if holds(look, before, after) => self.open.push(next),
                    Some(_) => {}
                },
                Node::Accept | Node::All | Node::Chars { .. } => self.found.push(index),
            }
        }
    }
}

/// A hash of small numbers, in the manner of FxHash.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        // The table uses the top bits and the bottom bits.
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(value)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl BuildHasher for Mix {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self::default()
    }
}

/// The hash of numbers.
pub(super) fn hash(numbers: &[u32]) -> u64 {
    let mut mix = Mix::default();
    for number in numbers {
        mix.write_u32(*number);
    }
    mix.finish()
}

impl Automaton {
    /// The automaton with only its initial states.
    pub(super) fn new(program: &Program) -> Self {
        let mut automaton = Self {
            states: Vec::new(),
            table: HashTable::new(),
            start: DEAD,
            question: 0,
            size: 0,
            close: Closure::default(),
        };
        // These two lead nowhere else, so they never need a row.
        automaton.state(program, &[], Side::Other);
        automaton.state(program, &[ALL], Side::Other);
        automaton.start = automaton.state(program, &[program.start], Side::Edge);
        automaton
    }

    /// Begins a new question. What was built for earlier ones stays but costs as much as if it had
    /// to be built again, so that no answer depends on earlier questions.
    pub(super) fn ask(&mut self) {
        self.question = self.question.wrapping_add(1);
        if self.question == 0 {
            for state in &mut self.states {
                state.paid = 0;
            }
            self.question = 1;
        }
    }

    /// The state of the empty string.
    pub(super) const fn start(&self) -> u32 {
        self.start
    }

    /// How many steps building took so far.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Whether a string that leads here is in the language.
    pub(super) fn accepts(&self, state: u32) -> bool {
        self.states.get(state as usize).is_some_and(|state| state.accepts)
    }

    /// The least number of characters that must follow for the string to be in the language.
    pub(super) fn distance(&self, state: u32) -> u32 {
        self.states.get(state as usize).map_or(NEVER, |state| state.distance)
    }

    /// The next state for each class, after [`Automaton::expand`]. Empty for [`DEAD`] and [`FULL`],
    /// which lead only to themselves.
    pub(super) fn row(&self, state: u32) -> &[u32] {
        self.states.get(state as usize).map_or(&[], |state| &state.row)
    }

    /// Finds the next states of a state. Each question pays for this once.
    pub(super) fn expand(&mut self, program: &Program, state: u32, budget: &mut Budget) -> Result<(), Exhausted> {
        if state == DEAD || state == FULL {
            return Ok(());
        }
        let Some(found) = self.states.get_mut(state as usize) else { return Ok(()) };
        if found.paid == self.question {
            return Ok(());
        }
        if !found.row.is_empty() {
            found.paid = self.question;
            return budget.spend(found.cost);
        }
        let (row, cost) = self.make_row(program, state, budget)?;
        self.size += cost;
        if let Some(found) = self.states.get_mut(state as usize) {
            (found.row, found.cost, found.paid) = (row, cost, self.question);
        }
        Ok(())
    }

    /// The next states of a state, and what they cost in steps.
    fn make_row(&mut self, program: &Program, state: u32, budget: &mut Budget) -> Result<(Box<[u32]>, u64), Exhausted> {
        let samples = program.alphabet.samples();
        let Some(found) = self.states.get(state as usize) else { return Ok((Box::default(), 0)) };
        let mut cost = STATE + samples.len() as u64;
        budget.spend(cost)?;
        let mut pay = |steps: usize| {
            cost += steps as u64;
            budget.spend(steps as u64)
        };
        let (before, looks) = (found.before, found.looks);
        let from = found.nodes.clone();
        let mut row = vec![DEAD; samples.len()];
        // Without assertions nothing depends on what comes after.
        let sides: &[Side] = if looks { &Side::CHARS } else { &[Side::Other] };
        for side in sides {
            let mut nodes = from.to_vec();
            self.close.work = 0;
            if looks {
                self.close.run(program, &from, Some((before, *side)));
                nodes.clone_from(&self.close.found);
            }
            pay(nodes.len().max(self.close.work))?;
            // Where the nodes lead with every class, and where with each single class.
            let mut always = Vec::new();
            let mut leads = vec![Vec::new(); samples.len()];
            for node in nodes {
                let (set, next) = match program.node(node).node {
                    Node::Chars { set, next } => (set, next),
                    Node::All => {
                        always.push(ALL);
                        continue;
                    }
                    _ => continue,
                };
                let Some(set) = program.set(set) else { continue };
                if set.full {
                    always.push(next);
                    continue;
                }
                pay(set.classes.len())?;
                for class in &set.classes {
                    if let Some(leads) = leads.get_mut(*class as usize) {
                        leads.push(next);
                    }
                }
            }
            // Most classes lead to the same state as the class before.
            let mut last: Option<(Side, Vec<u32>, u32)> = None;
            for ((lead, sample), next) in leads.into_iter().zip(samples).zip(&mut row) {
                let own = Side::of(*sample);
                if looks && own != *side {
                    continue;
                }
                if let Some((side, leads, state)) = &last
                    && *side == own
                    && *leads == lead
                {
                    *next = *state;
                    continue;
                }
                let mut seeds = lead.clone();
                seeds.extend_from_slice(&always);
                *next = self.state(program, &seeds, own);
                pay(self.close.work + 4)?;
                last = Some((own, lead, *next));
            }
        }
        Ok((row.into(), cost))
    }

    /// The state for the nodes that these lead to without reading a character, added if it is new.
    fn state(&mut self, program: &Program, from: &[u32], before: Side) -> u32 {
        self.close.run(program, from, None);
        let mut nodes = self.close.found.clone();
        if nodes.contains(&ALL) {
            nodes = vec![ALL];
        }
        drop_covered(program, &mut nodes);
        nodes.retain(|node| program.node(*node).distance != NEVER);
        nodes.sort_unstable();
        let looks = nodes.iter().any(|node| matches!(program.node(*node).node, Node::Look(..)));
        let before = if looks { before } else { Side::Other };
        let same = |states: &[State], index: u32| {
            states.get(index as usize).is_some_and(|state| state.before == before && *state.nodes == *nodes)
        };
        let hashed = hash(&nodes);
        if let Some(index) = self.table.find(hashed, |index| same(&self.states, *index)) {
            return *index;
        }
        let accepts =
            |nodes: &[u32]| nodes.iter().any(|node| matches!(program.node(*node).node, Node::Accept | Node::All));
        let mut accepting = accepts(&nodes);
        if looks && !accepting {
            self.close.run(program, &nodes, Some((before, Side::Edge)));
            accepting = accepts(&self.close.found);
        }
        let distance = nodes.iter().map(|node| program.node(*node).distance).min().unwrap_or(NEVER);
        let index = u32::try_from(self.states.len()).unwrap_or(DEAD);
        self.states.push(State {
            nodes: nodes.into(),
            before,
            looks,
            accepts: accepting,
            distance,
            row: Box::default(),
            cost: 0,
            paid: 0,
        });
        let states = &self.states;
        self.table
            .insert_unique(hashed, index, |index| states.get(*index as usize).map_or(0, |state| hash(&state.nodes)));
        index
    }
}

/// Removes the nodes that are redundant beside a loop, as [`Placed`](super::program::Placed)
/// explains.
fn drop_covered(program: &Program, nodes: &mut Vec<u32>) {
    let loops: Vec<(u32, u32)> = nodes
        .iter()
        .map(|node| program.node(*node))
        .filter(|placed| placed.covers > placed.level)
        .map(|placed| (placed.level, placed.covers))
        .collect();
    if !loops.is_empty() {
        nodes.retain(|node| {
            let level = program.node(*node).level;
            !loops.iter().any(|(above, upto)| level > *above && level <= *upto)
        });
    }
}

//! Search through the product of automata.

use std::collections::{BTreeMap, HashMap};

use hashbrown::HashTable;

use super::super::{Budget, Exhausted};
use super::alphabet::{Joint, join};
use super::automaton::{Automaton, DEAD, FULL, hash};
use super::lengths::Lengths;
use super::program::Program;

/// The longest text that is written out, in characters.
const LONGEST: u64 = 100_000;
/// What a state of the product costs in steps, apart from its edges: about the memory that it
/// takes.
const STATE: u64 = 8;

/// One of the languages and its automaton.
pub(super) struct Part<'a> {
    pub(super) program: &'a Program,
    pub(super) automaton: Box<Automaton>,
    /// Whether the string is to be in the language.
    pub(super) inside: bool,
}

/// A transition from one state of the product to another.
#[derive(Debug, Clone, Copy)]
struct Edge {
    to: u32,
    char: char,
    cost: u8,
}

/// Characters that cost no more than this are equally readable: all printable ones of ASCII.
const PLAIN: u8 = 3;

/// How a state was reached.
#[derive(Debug, Clone, Copy)]
struct Visit {
    state: u32,
    /// The state before, and the character that led from there.
    from: u32,
    char: char,
    /// How badly the text that leads here reads.
    cost: u32,
}

/// How a state was reached in the search for a shortest text.
#[derive(Debug, Clone, Copy)]
struct Step {
    state: u32,
    /// The state before, and the character that led from there.
    from: u32,
    char: char,
    /// How many characters led here.
    length: u32,
    /// How badly they read together.
    cost: u32,
}

/// The product of the automata, whose states are tuples of theirs.
pub(super) struct Product<'p, 'a> {
    parts: &'p mut [Part<'a>],
    joints: Vec<Joint>,
    /// The tuples, one after another.
    tuples: Vec<u32>,
    table: HashTable<u32>,
    /// For each state its edges, once they are known: only the most readable one to each next
    /// state.
    edges: Vec<Option<Box<[Edge]>>>,
    accepts: Vec<bool>,
    /// By state: the least number of characters that still have to be read.
    distances: Vec<u32>,
    /// By state: the state whose edges led to it last, plus one.
    reached: Vec<u32>,
    /// A buffer for the tuples that one state leads to.
    next: Vec<u32>,
}

impl<'p, 'a> Product<'p, 'a> {
    /// The product of these automata, for a new question.
    pub(super) fn new(parts: &'p mut [Part<'a>], budget: &mut Budget) -> Result<Self, Exhausted> {
        for part in parts.iter_mut() {
            budget.spend(part.program.size())?;
            part.automaton.ask();
        }
        let alphabets: Vec<_> = parts.iter().map(|part| &part.program.alphabet).collect();
        let joints = join(&alphabets);
        budget.spend((joints.len() * parts.len()) as u64)?;
        Ok(Self {
            parts,
            joints,
            tuples: Vec::new(),
            table: HashTable::new(),
            edges: Vec::new(),
            accepts: Vec::new(),
            distances: Vec::new(),
            reached: Vec::new(),
            next: Vec::new(),
        })
    }

    /// The state of the empty string; `None` if no string can be wanted.
    fn start(&mut self, budget: &mut Budget) -> Result<Option<u32>, Exhausted> {
        let tuple: Vec<u32> = self.parts.iter().map(|part| part.automaton.start()).collect();
        if self.parts.iter().zip(&tuple).any(|(part, state)| hopeless(part.inside, *state)) {
            return Ok(None);
        }
        self.state(&tuple, budget).map(Some)
    }

    /// The index of a tuple of states, which is added if it is new.
    fn state(&mut self, tuple: &[u32], budget: &mut Budget) -> Result<u32, Exhausted> {
        let width = tuple.len();
        let tuples = &self.tuples;
        let at = |index: u32| tuples.get(index as usize * width..(index as usize + 1) * width).unwrap_or_default();
        let hashed = hash(tuple);
        if let Some(index) = self.table.find(hashed, |index| at(*index) == tuple) {
            return Ok(*index);
        }
        budget.spend(STATE + width as u64)?;
        let index = u32::try_from(self.accepts.len()).map_err(|_| Exhausted)?;
        self.table.insert_unique(hashed, index, |index| hash(at(*index)));
        self.tuples.extend_from_slice(tuple);
        self.edges.push(None);
        self.reached.push(0);
        let wanted = self.parts.iter().zip(tuple).all(|(part, state)| part.automaton.accepts(*state) == part.inside);
        self.accepts.push(wanted);
        let distances = self.parts.iter().zip(tuple).filter(|(part, _)| part.inside);
        let distance = distances.map(|(part, state)| part.automaton.distance(*state)).max().unwrap_or(0);
        self.distances.push(distance);
        Ok(index)
    }

    fn accepts(&self, state: u32) -> bool {
        self.accepts.get(state as usize).copied().unwrap_or_default()
    }

    fn distance(&self, state: u32) -> u32 {
        self.distances.get(state as usize).copied().unwrap_or_default()
    }

    /// The edges of a state, found when they are first needed.
    fn edges(&mut self, state: u32, budget: &mut Budget) -> Result<&[Edge], Exhausted> {
        let index = state as usize;
        if self.edges.get(index).is_some_and(Option::is_none) {
            let edges = self.expand(state, budget)?;
            if let Some(place) = self.edges.get_mut(index) {
                *place = Some(edges);
            }
        }
        Ok(self.edges.get(index).and_then(Option::as_deref).unwrap_or_default())
    }

    fn expand(&mut self, state: u32, budget: &mut Budget) -> Result<Box<[Edge]>, Exhausted> {
        let width = self.parts.len();
        let first = state as usize * width;
        let tuple = self.tuples.get(first..first + width).unwrap_or_default();
        for (part, state) in self.parts.iter_mut().zip(tuple) {
            part.automaton.expand(part.program, *state, budget)?;
        }
        budget.spend(self.joints.len() as u64)?;

        // The tuples that the characters lead to, one after another, and the characters.
        let mut tuples = std::mem::take(&mut self.next);
        tuples.clear();
        let mut edges = Vec::new();
        let rows: Vec<_> =
            self.parts.iter().zip(tuple).map(|(part, state)| (part.automaton.row(*state), part)).collect();
        for joint in &self.joints {
            let before = tuples.len();
            let hopeful = rows.iter().zip(tuple).zip(&joint.parts).all(|(((row, part), from), class)| {
                // Without a row a state leads to itself.
                let to = row.get(*class as usize).unwrap_or(from);
                tuples.push(*to);
                !hopeless(part.inside, *to)
            });
            if hopeful {
                edges.push(Edge { to: 0, char: joint.sample, cost: joint.cost });
            } else {
                tuples.truncate(before);
            }
        }

        let mut at = 0;
        let mut failed = None;
        edges.retain_mut(|edge| {
            let next = tuples.get(at..at + width).unwrap_or_default();
            at += width;
            match self.state(next, budget) {
                Ok(to) => edge.to = to,
                Err(exhausted) => failed = Some(exhausted),
            }
            // The most readable characters come first.
            let reached = self.reached.get_mut(edge.to as usize);
            reached.is_some_and(|reached| std::mem::replace(reached, state + 1) != state + 1)
        });
        self.next = tuples;
        failed.map_or(Ok(edges.into()), Err)
    }

    /// A shortest text, or the proof that there is none.
    ///
    /// This is A* (Hart, Nilsson and Raphael, 1968). The estimate is the largest number of
    /// characters that one of the languages still needs; it never shrinks by more than one from
    /// state to state, so each state is expanded only once. Among the states with equally short and
    /// readable texts, the last one found is expanded first, so that the search runs straight to
    /// the end of a text if nothing is in its way.
    pub(super) fn shortest(&mut self, budget: &mut Budget) -> Result<Option<String>, Exhausted> {
        let Some(start) = self.start(budget)? else { return Ok(None) };
        // The states to expand, by the least length of a text through them, and by how badly the
        // text reads so far.
        let first = Step { state: start, from: start, char: '\0', length: 0, cost: 0 };
        let mut open = BTreeMap::from([((self.distance(start), 0), vec![first])]);
        // How the expanded states were reached, and the length and cost at which the others were
        // seen.
        let mut taken: Vec<Option<Step>> = Vec::new();
        let mut seen: Vec<(u32, u32)> = Vec::new();
        while let Some(mut stack) = open.first_entry() {
            let Some(step) = stack.get_mut().pop() else {
                stack.remove();
                continue;
            };
            taken.resize(self.accepts.len().max(taken.len()), None);
            let Some(place) = taken.get_mut(step.state as usize) else { continue };
            if place.is_some() {
                continue;
            }
            *place = Some(step);
            if self.accepts(step.state) {
                return write(step, &taken).map(Some);
            }
            let length = step.length.checked_add(1).ok_or(Exhausted)?;
            self.edges(step.state, budget)?;
            seen.resize(self.accepts.len(), (u32::MAX, 0));
            // The most readable edge must end up on top of the stack.
            for edge in self.edges.get(step.state as usize).and_then(Option::as_deref).unwrap_or_default().iter().rev()
            {
                let Some(seen) = seen.get_mut(edge.to as usize) else { continue };
                let cost = step.cost.saturating_add(u32::from(edge.cost.saturating_sub(PLAIN)));
                // A text that is as good as the one seen before replaces it, since it lies above it
                // on the stack.
                if *seen < (length, cost) || taken.get(edge.to as usize).is_some_and(Option::is_some) {
                    continue;
                }
                *seen = (length, cost);
                let total = length.checked_add(self.distance(edge.to)).ok_or(Exhausted)?;
                let next = Step { state: edge.to, from: step.state, char: edge.char, length, cost };
                open.entry((total, cost)).or_default().push(next);
            }
        }
        Ok(None)
    }

    /// A shortest text of a wanted length, or the proof that there is none.
    ///
    /// The states that texts of one length lead to follow from those of the length before. When
    /// they repeat, all further lengths are known.
    pub(super) fn of_length(&mut self, lengths: &Lengths, budget: &mut Budget) -> Result<Option<String>, Exhausted> {
        let (Some(longest), Some(start)) = (lengths.longest(), self.start(budget)?) else { return Ok(None) };
        let mut layers = Layers { layers: Vec::new() };
        let mut known: HashMap<Vec<u32>, u64> = HashMap::new();
        let mut layer = vec![Visit { state: start, from: start, char: '\0', cost: 0 }];
        for length in 0..=longest {
            if layer.is_empty() {
                return Ok(None);
            }
            let states: Vec<u32> = layer.iter().map(|visit| visit.state).collect();
            layers.layers.push(layer);
            if lengths.has(length)
                && let Some(end) = layers.accepting(length, self)
            {
                return layers.text(length, end, 1).map(Some);
            }
            budget.spend(states.len() as u64)?;
            if let Some(first) = known.insert(states, length) {
                return layers.later(first, length, lengths, self);
            }
            layer = self.next_layer(layers.layers.last().map_or(&[][..], Vec::as_slice), budget)?;
        }
        Ok(None)
    }

    /// The states one character further, in the order of their indices.
    fn next_layer(&mut self, layer: &[Visit], budget: &mut Budget) -> Result<Vec<Visit>, Exhausted> {
        let mut next: Vec<Visit> = Vec::new();
        let mut place: HashMap<u32, usize> = HashMap::new();
        for visit in layer {
            let edges = self.edges(visit.state, budget)?;
            budget.spend(2 * edges.len() as u64 + 1)?;
            for edge in edges {
                let reached = visit.then(edge);
                match place.get(&edge.to).and_then(|place| next.get_mut(*place)) {
                    Some(known) if reached.cost < known.cost => *known = reached,
                    Some(_) => {}
                    None => {
                        place.insert(edge.to, next.len());
                        next.push(reached);
                    }
                }
            }
        }
        next.sort_unstable_by_key(|visit| visit.state);
        Ok(next)
    }
}

/// The text of the steps that lead to the last one.
fn write(last: Step, taken: &[Option<Step>]) -> Result<String, Exhausted> {
    let mut text = Vec::new();
    let mut step = last;
    while step.length > 0 {
        text.push(step.char);
        step = taken.get(step.from as usize).copied().flatten().ok_or(Exhausted)?;
    }
    Ok(text.into_iter().rev().collect())
}

/// Whether no continuation of a string that leads here is wanted.
const fn hopeless(inside: bool, state: u32) -> bool {
    if inside { state == DEAD } else { state == FULL }
}

impl Visit {
    const fn then(&self, edge: &Edge) -> Self {
        let cost = self.cost.saturating_add(edge.cost as u32);
        Self { state: edge.to, from: self.state, char: edge.char, cost }
    }
}

/// The states that are reached by the texts of each length from 0 on.
struct Layers {
    layers: Vec<Vec<Visit>>,
}

impl Layers {
    /// The wanted state of a layer whose text reads best, if the layer has one.
    fn accepting(&self, layer: u64, product: &Product<'_, '_>) -> Option<Visit> {
        let layer = self.layers.get(usize::try_from(layer).ok()?)?;
        layer.iter().filter(|visit| product.accepts(visit.state)).min_by_key(|visit| visit.cost).copied()
    }

    /// A shortest text that is longer than the last layer, whose states are those of the layer
    /// `first`.
    fn later(
        &self,
        first: u64,
        last: u64,
        lengths: &Lengths,
        product: &Product<'_, '_>,
    ) -> Result<Option<String>, Exhausted> {
        let period = last - first;
        let found = (first + 1..=last)
            .filter_map(|layer| {
                let end = self.accepting(layer, product)?;
                Some((lengths.next(layer.checked_add(period)?, period)?, end))
            })
            .min_by_key(|(length, _)| *length);
        match found {
            None => Ok(None),
            Some((length, end)) => self.text(length, end, period).map(Some),
        }
    }

    /// The text of a length that leads to `end`. After the last layer, the layers of one period
    /// repeat.
    fn text(&self, length: u64, end: Visit, period: u64) -> Result<String, Exhausted> {
        if length > LONGEST {
            return Err(Exhausted);
        }
        let last = (self.layers.len() as u64).saturating_sub(1);
        let mut text = Vec::new();
        let mut visit = end;
        for length in (0..length).rev() {
            text.push(visit.char);
            // The layer `last` has the states of the layer a period before it.
            let layer = if length > last { last - (period - 1) + (length - last - 1) % period } else { length };
            let layer = usize::try_from(layer).ok().and_then(|layer| self.layers.get(layer)).ok_or(Exhausted)?;
            let at = layer.binary_search_by_key(&visit.from, |visit| visit.state).map_err(|_| Exhausted)?;
            visit = *layer.get(at).ok_or(Exhausted)?;
        }
        Ok(text.into_iter().rev().collect())
    }
}

//! The string that is nearest to another among those that are wanted.

use std::collections::{HashMap, VecDeque};

use super::super::{Budget, Exhausted};
use super::alphabet::{Joint, join};
use super::search::Part;
use super::{Language, distinct};

/// The longest string to which others are compared, in characters.
const LONGEST: usize = 4_096;
/// What a point of the search costs in steps: about the memory that it takes.
const POINT: u64 = 4;

/// A point of the search: a state of each automaton after what was written, and how many characters of the given
/// string have been passed.
#[derive(Debug, Clone, Copy)]
struct Point {
    state: u32,
    passed: u32,
    /// The point before, and what was written on the way from there.
    from: u32,
    written: Option<char>,
    edits: u32,
    /// Whether the search has left it.
    left: bool,
}

/// One of the strings that are wanted and to which the fewest edits lead from the given one, always the same; `None`
/// if none is wanted. An edit puts in, takes out or replaces one Unicode scalar value (Levenshtein, 1966). `wanted`
/// decides by whether the string is in each of the languages, which are distinct.
///
/// The search goes through the product of the automata and the positions of the given string, by number of edits.
///
/// # Errors
/// The budget does not suffice, the given string is longer than 4,096 characters, or one of the patterns has no
/// automaton.
pub fn nearest(
    languages: &[Language],
    wanted: &dyn Fn(&[bool]) -> bool,
    text: &str,
    budget: &mut Budget,
) -> Result<Option<String>, Exhausted> {
    let text: Vec<char> = text.chars().collect();
    if text.len() > LONGEST {
        return Err(Exhausted);
    }
    debug_assert_eq!(distinct(&languages.iter().collect::<Vec<_>>()).len(), languages.len(), "languages are distinct");
    // A language that is used at the same time by another search is built again for this one.
    let mut parts = languages.iter().map(|language| language.part(true)).collect::<Result<Vec<_>, _>>()?;
    let found = Search::new(&mut parts, &text, budget).and_then(|mut search| search.run(wanted, budget));
    for (language, part) in languages.iter().zip(parts) {
        language.keep(part.automaton);
    }
    found
}

struct Search<'s, 'a> {
    parts: &'s mut [Part<'a>],
    text: &'s [char],
    joints: Vec<Joint>,
    /// The states of the product.
    tuples: Vec<Box<[u32]>>,
    numbers: HashMap<Box<[u32]>, u32>,
    /// For each state, once it is known, the states that characters lead to, each with the one that reads best.
    edges: Vec<Option<Vec<(u32, char)>>>,
    points: Vec<Point>,
    /// The point of each state and position.
    known: HashMap<(u32, u32), u32>,
    /// Points to go on from, those with fewer edits first.
    open: VecDeque<u32>,
}

impl<'s, 'a> Search<'s, 'a> {
    fn new(parts: &'s mut [Part<'a>], text: &'s [char], budget: &mut Budget) -> Result<Self, Exhausted> {
        for part in parts.iter_mut() {
            budget.spend(part.program.size())?;
            part.automaton.ask();
        }
        let alphabets: Vec<_> = parts.iter().map(|part| &part.program.alphabet).collect();
        let joints = join(&alphabets);
        budget.spend((joints.len() * parts.len() + text.len()) as u64)?;
        Ok(Self {
            parts,
            text,
            joints,
            tuples: Vec::new(),
            numbers: HashMap::new(),
            edges: Vec::new(),
            points: Vec::new(),
            known: HashMap::new(),
            open: VecDeque::new(),
        })
    }

    fn run(&mut self, wanted: &dyn Fn(&[bool]) -> bool, budget: &mut Budget) -> Result<Option<String>, Exhausted> {
        let start: Box<[u32]> = self.parts.iter().map(|part| part.automaton.start()).collect();
        let start = self.state(start, budget)?;
        self.reach(start, 0, 0, None, 0, budget)?;
        while let Some(index) = self.open.pop_front() {
            let Some(point) = self.points.get_mut(index as usize) else { continue };
            if std::mem::replace(&mut point.left, true) {
                continue;
            }
            let point = *point;
            let next = self.text.get(point.passed as usize).copied();
            if next.is_none() && wanted(&self.accepting(point.state)) {
                return Ok(Some(self.written(index)));
            }
            if let Some(next) = next {
                let to = self.follow(point.state, next, budget)?;
                self.reach(to, point.passed + 1, index, Some(next), point.edits, budget)?;
                self.reach(point.state, point.passed + 1, index, None, point.edits + 1, budget)?;
            }
            for (to, char) in self.edges(point.state, budget)? {
                if next.is_some() {
                    self.reach(to, point.passed + 1, index, Some(char), point.edits + 1, budget)?;
                }
                self.reach(to, point.passed, index, Some(char), point.edits + 1, budget)?;
            }
        }
        Ok(None)
    }

    /// Notes that a point can be reached so, if no better way is known.
    fn reach(
        &mut self,
        state: u32,
        passed: u32,
        from: u32,
        written: Option<char>,
        edits: u32,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        budget.spend(1)?;
        let new = Point { state, passed, from, written, edits, left: false };
        let index = match self.known.get(&(state, passed)) {
            Some(index) => {
                let Some(point) = self.points.get_mut(*index as usize) else { return Ok(()) };
                if point.edits <= edits {
                    return Ok(());
                }
                *point = new;
                *index
            }
            None => {
                budget.spend(POINT)?;
                let index = u32::try_from(self.points.len()).map_err(|_| Exhausted)?;
                self.points.push(new);
                self.known.insert((state, passed), index);
                index
            }
        };
        // What takes no edit comes first.
        let costs = self.points.get(from as usize).is_some_and(|from| from.edits < edits);
        if costs {
            self.open.push_back(index)
        } else {
            self.open.push_front(index)
        }
        Ok(())
    }

    fn state(&mut self, tuple: Box<[u32]>, budget: &mut Budget) -> Result<u32, Exhausted> {
        if let Some(state) = self.numbers.get(&tuple) {
            return Ok(*state);
        }
        budget.spend(POINT + 2 * tuple.len() as u64)?;
        let state = u32::try_from(self.tuples.len()).map_err(|_| Exhausted)?;
        self.tuples.push(tuple.clone());
        self.edges.push(None);
        self.numbers.insert(tuple, state);
        Ok(state)
    }

    /// Which languages have the string that leads to a state.
    fn accepting(&self, state: u32) -> Vec<bool> {
        let tuple = self.tuples.get(state as usize).map_or(&[][..], |tuple| tuple);
        self.parts.iter().zip(tuple).map(|(part, state)| part.automaton.accepts(*state)).collect()
    }

    /// The state that a character leads to.
    fn follow(&mut self, state: u32, char: char, budget: &mut Budget) -> Result<u32, Exhausted> {
        self.expand(state, budget)?;
        let classes: Vec<u32> = self.parts.iter().map(|part| part.program.alphabet.class_of(char)).collect();
        let to = self.next(state, &classes);
        self.state(to, budget)
    }

    fn edges(&mut self, state: u32, budget: &mut Budget) -> Result<Vec<(u32, char)>, Exhausted> {
        if let Some(Some(edges)) = self.edges.get(state as usize) {
            budget.spend(edges.len() as u64)?;
            return Ok(edges.clone());
        }
        self.expand(state, budget)?;
        let joints = std::mem::take(&mut self.joints);
        let found = self.lead(state, &joints, budget);
        self.joints = joints;
        let edges = found?;
        if let Some(place) = self.edges.get_mut(state as usize) {
            *place = Some(edges.clone());
        }
        Ok(edges)
    }

    fn lead(&mut self, state: u32, joints: &[Joint], budget: &mut Budget) -> Result<Vec<(u32, char)>, Exhausted> {
        let mut edges: Vec<(u32, char)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        budget.spend(joints.len() as u64)?;
        // The characters that read best come first.
        for joint in joints {
            let to = self.next(state, &joint.parts);
            let to = self.state(to, budget)?;
            if seen.insert(to) {
                edges.push((to, joint.sample));
            }
        }
        Ok(edges)
    }

    fn expand(&mut self, state: u32, budget: &mut Budget) -> Result<(), Exhausted> {
        let Some(tuple) = self.tuples.get(state as usize) else { return Ok(()) };
        for (part, state) in self.parts.iter_mut().zip(tuple.iter()) {
            part.automaton.expand(part.program, *state, budget)?;
        }
        Ok(())
    }

    /// The states that characters of these classes lead to.
    fn next(&self, state: u32, classes: &[u32]) -> Box<[u32]> {
        let tuple = self.tuples.get(state as usize).map_or(&[][..], |tuple| tuple);
        let parts = self.parts.iter().zip(tuple).zip(classes);
        // Without a row a state leads to itself.
        parts.map(|((part, from), class)| *part.automaton.row(*from).get(*class as usize).unwrap_or(from)).collect()
    }

    /// What was written on the way to a point.
    fn written(&self, index: u32) -> String {
        let mut text = Vec::new();
        let mut at = index;
        while let Some(point) = self.points.get(at as usize) {
            text.extend(point.written);
            if point.from == at {
                break;
            }
            at = point.from;
        }
        text.into_iter().rev().collect()
    }
}

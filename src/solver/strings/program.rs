//! Languages as nondeterministic automata over characters.
//!
//! The construction is Thompson's (Regular expression search algorithm, CACM 11(6), 1968), from the
//! end to the front, so that each node knows what follows it. Assertions are nodes that the
//! determinisation resolves.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look};

use super::alphabet::{Alphabet, Ranges};
use crate::pattern::{Like, Regex};

/// The node that is reached at the end of a string of the language.
const ACCEPT: u32 = 0;
/// The node from which every string is accepted.
pub(super) const ALL: u32 = 1;
/// The node from which no string is accepted.
const FAIL: u32 = 2;
/// The distance of a node from which no string is accepted.
pub(super) const NEVER: u32 = u32::MAX;
/// How many loops are watched at a time for the nodes that they make redundant.
const LOOPS: usize = 16;

/// A node of the automaton.
#[derive(Debug, Clone, Copy)]
pub(super) enum Node {
    /// The end of a string.
    Accept,
    /// Any rest of a string.
    All,
    /// Nothing.
    Fail,
    /// A character of the set with this index.
    Chars { set: u32, next: u32 },
    /// Either.
    Split(u32, u32),
    /// No character, but an assertion about the characters around the position.
    Look(Look, u32),
}

/// A node, and what helps to keep sets of nodes small.
///
/// If a set contains the loop of `C*` in the pattern `x C* y`, nodes of `x` in that set are
/// redundant as long as all that `x` reads is in `C`: whatever `x` would still read, the loop reads
/// as well. So the pattern of a `like` has about as many sets as characters, and their number does
/// not multiply with each star.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) node: Node,
    /// Which top-level part of the pattern it belongs to, counted from the end.
    pub(super) level: u32,
    /// Nodes of the levels above its own, up to and including this level, are redundant beside it.
    pub(super) covers: u32,
    /// The least number of characters that still have to be read; [`NEVER`] if no string can be
    /// accepted any more.
    pub(super) distance: u32,
}

impl Placed {
    const fn new(node: Node, level: u32) -> Self {
        Self { node, level, covers: 0, distance: NEVER }
    }
}

/// A set of characters.
#[derive(Debug)]
pub(super) struct Set {
    /// Its classes.
    pub(super) classes: Vec<u32>,
    /// Whether it holds all characters.
    pub(super) full: bool,
}

/// A nondeterministic automaton.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) nodes: Vec<Placed>,
    pub(super) sets: Vec<Set>,
    pub(super) alphabet: Alphabet,
    /// The node at which it starts.
    pub(super) start: u32,
}

/// A top-level part of a pattern.
enum Item<'a> {
    /// Any characters.
    Any,
    /// These characters.
    Text(&'a str),
    /// What an expression matches.
    Hir(&'a Hir),
}

impl Program {
    /// The strings that the pattern matches.
    pub(super) fn like(like: &Like) -> Option<Self> {
        let mut items = vec![Item::Text(like.prefix())];
        if like.literal().is_none() {
            for text in like.middle() {
                items.extend([Item::Any, Item::Text(text)]);
            }
            items.extend([Item::Any, Item::Text(like.suffix())]);
        }
        Builder::default().program(&items)
    }

    /// The strings that the expression matches. `None` if it contains an assertion that no policy
    /// can write.
    pub(super) fn regex(regex: &Regex) -> Option<Self> {
        let (hir, whole) = regex.tree();
        let mut items: Vec<_> = match hir.kind() {
            HirKind::Concat(parts) => parts.iter().map(Item::Hir).collect(),
            _ => vec![Item::Hir(hir)],
        };
        if !whole {
            items.insert(0, Item::Any);
            items.push(Item::Any);
        }
        Builder::default().program(&items)
    }

    /// The strings that contain the text.
    pub(super) fn containing(text: &str) -> Option<Self> {
        Builder::default().program(&[Item::Any, Item::Text(text), Item::Any])
    }

    /// Exactly these strings.
    pub(super) fn texts(texts: &[&Arc<str>]) -> Option<Self> {
        let mut builder = Builder::default();
        let mut start = FAIL;
        for text in texts {
            let one = builder.text(text, ACCEPT);
            start = builder.add(Node::Split(one, start));
        }
        Some(builder.finish(start, &[]))
    }

    /// A node by its index.
    pub(super) fn node(&self, index: u32) -> Placed {
        self.nodes.get(index as usize).copied().unwrap_or(Placed::new(Node::Fail, 0))
    }

    /// A set by its index.
    pub(super) fn set(&self, index: u32) -> Option<&Set> {
        self.sets.get(index as usize)
    }

    /// The number of its nodes and of the segments of its alphabet.
    pub(super) fn size(&self) -> u64 {
        (self.nodes.len() + self.alphabet.size()) as u64
    }
}

/// Adds the nodes of a program from its end to its start.
struct Builder {
    nodes: Vec<Placed>,
    level: u32,
    sets: Vec<Ranges>,
    /// The sets of single characters.
    chars: BTreeMap<char, u32>,
    /// The sets of character classes, by the address of the part of the expression: a counted
    /// repetition visits the same part often.
    classes: BTreeMap<usize, u32>,
    /// Whether assertions depend on word characters, and on line feeds.
    words: bool,
    lines: bool,
}

impl Default for Builder {
    fn default() -> Self {
        let fixed = [Node::Accept, Node::All, Node::Fail];
        Self {
            nodes: fixed.into_iter().map(|node| Placed::new(node, 0)).collect(),
            level: 0,
            sets: Vec::new(),
            chars: BTreeMap::new(),
            classes: BTreeMap::new(),
            words: false,
            lines: false,
        }
    }
}

/// A top-level part and its nodes.
struct Built {
    first: usize,
    end: usize,
    /// The node of the loop, if the part is a loop of one set.
    looping: Option<u32>,
}

impl Builder {
    fn program(mut self, items: &[Item<'_>]) -> Option<Program> {
        let mut next = ACCEPT;
        let mut built = Vec::with_capacity(items.len());
        for (level, item) in items.iter().rev().enumerate() {
            self.level = u32::try_from(level).ok()?;
            let first = self.nodes.len();
            next = match item {
                Item::Any if next == ACCEPT => ALL,
                Item::Any => self.any(next),
                Item::Text(text) => self.text(text, next),
                Item::Hir(hir) if next == ACCEPT && is_any(hir) => ALL,
                Item::Hir(hir) => self.hir(hir, next)?,
            };
            let looping = match item {
                Item::Any => true,
                Item::Text(_) => false,
                Item::Hir(hir) => is_loop(hir),
            };
            let end = self.nodes.len();
            // The only node of such a part that reads a character and comes back.
            let looping = if looping { (first..end).rev().find_map(|index| self.loop_at(index)) } else { None };
            built.push(Built { first, end, looping });
        }
        Some(self.finish(next, &built))
    }

    /// The index, if this node reads a character and leads back to itself.
    fn loop_at(&self, index: usize) -> Option<u32> {
        let Node::Chars { next, .. } = self.nodes.get(index)?.node else { return None };
        let index = u32::try_from(index).ok()?;
        match self.nodes.get(next as usize)?.node {
            Node::Split(body, _) if body == index => Some(index),
            _ => None,
        }
    }

    fn finish(mut self, start: u32, items: &[Built]) -> Program {
        let used = self.sets.len();
        if self.lines {
            self.sets.push(vec![('\n', '\n')]);
        }
        if self.words {
            self.sets.push(vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]);
        }
        let (alphabet, mut classes) = Alphabet::of(&self.sets);
        classes.truncate(used);
        let count = alphabet.samples().len();
        let sets = classes.into_iter().map(|classes| Set { full: classes.len() == count, classes }).collect();
        let mut program = Program { nodes: self.nodes, sets, alphabet, start };
        program.watch_loops(items);
        program.measure();
        program
    }

    fn add(&mut self, node: Node) -> u32 {
        // The parser bounds expressions far below that many nodes, and texts have as many nodes as
        // characters.
        let index = u32::try_from(self.nodes.len()).unwrap_or(FAIL);
        self.nodes.push(Placed::new(node, self.level));
        index
    }

    fn set(&mut self, ranges: Ranges) -> u32 {
        let index = u32::try_from(self.sets.len()).unwrap_or(0);
        self.sets.push(ranges);
        index
    }

    /// Adds a node for each character of a text, and returns the first.
    fn text(&mut self, text: &str, mut next: u32) -> u32 {
        for char in text.chars().rev() {
            let set = match self.chars.get(&char) {
                Some(set) => *set,
                None => {
                    let set = self.set(vec![(char, char)]);
                    self.chars.insert(char, set);
                    set
                }
            };
            next = self.add(Node::Chars { set, next });
        }
        next
    }

    /// Adds a loop over all characters, and returns its first node.
    fn any(&mut self, next: u32) -> u32 {
        // No part of an expression has the address 0, so it stands for all characters.
        let set = match self.classes.get(&0) {
            Some(set) => *set,
            None => {
                let set = self.set(vec![('\0', char::MAX)]);
                self.classes.insert(0, set);
                set
            }
        };
        let split = self.add(Node::Fail);
        let body = self.add(Node::Chars { set, next: split });
        self.become_split(split, body, next)
    }

    /// Turns a node that was reserved for a loop into the split of that loop.
    fn become_split(&mut self, index: u32, left: u32, right: u32) -> u32 {
        if let Some(placed) = self.nodes.get_mut(index as usize) {
            placed.node = Node::Split(left, right);
        }
        index
    }

    /// Adds the nodes of an expression that is followed by `next`, and returns the first. The depth
    /// of an expression is bounded by its parser.
    fn hir(&mut self, hir: &Hir, next: u32) -> Option<u32> {
        match hir.kind() {
            HirKind::Empty => Some(next),
            HirKind::Literal(literal) => Some(self.text(std::str::from_utf8(&literal.0).ok()?, next)),
            HirKind::Class(class) => {
                let set = self.class(std::ptr::from_ref(hir).addr(), class)?;
                Some(self.add(Node::Chars { set, next }))
            }
            HirKind::Look(look) => {
                match look {
                    Look::Start | Look::End => {}
                    Look::StartLF | Look::EndLF => self.lines = true,
                    Look::WordAscii | Look::WordAsciiNegate => self.words = true,
                    _ => return None,
                }
                Some(self.add(Node::Look(*look, next)))
            }
            HirKind::Repetition(repetition) => {
                let mut before = match repetition.max {
                    None => {
                        let split = self.add(Node::Fail);
                        let body = self.hir(&repetition.sub, split)?;
                        self.become_split(split, body, next);
                        // The last of the required copies is the body of the loop.
                        if repetition.min == 0 { split } else { body }
                    }
                    Some(max) => {
                        let mut before = next;
                        for _ in repetition.min..max {
                            let body = self.hir(&repetition.sub, before)?;
                            before = self.add(Node::Split(body, next));
                        }
                        before
                    }
                };
                let copies = if repetition.max.is_none() { repetition.min.saturating_sub(1) } else { repetition.min };
                for _ in 0..copies {
                    before = self.hir(&repetition.sub, before)?;
                }
                Some(before)
            }
            HirKind::Capture(capture) => self.hir(&capture.sub, next),
            HirKind::Concat(parts) => parts.iter().rev().try_fold(next, |next, part| self.hir(part, next)),
            HirKind::Alternation(parts) => parts.iter().rev().try_fold(FAIL, |rest, part| {
                let start = self.hir(part, next)?;
                Some(self.add(Node::Split(start, rest)))
            }),
        }
    }

    /// The index of the set of a character class.
    fn class(&mut self, address: usize, class: &Class) -> Option<u32> {
        if let Some(set) = self.classes.get(&address) {
            return Some(*set);
        }
        let ranges = match class {
            Class::Unicode(class) => ranges(class),
            Class::Bytes(class) => ranges(&class.to_unicode_class()?),
        };
        let set = self.set(ranges);
        self.classes.insert(address, set);
        Some(set)
    }
}

fn ranges(class: &ClassUnicode) -> Ranges {
    class.iter().map(|range| (range.start(), range.end())).collect()
}

/// Whether the expression is a loop of one set: `C*`, `C+`, `C{3,}`.
fn is_loop(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) if repetition.max.is_none() => match repetition.sub.kind() {
            HirKind::Class(_) => true,
            HirKind::Literal(literal) => std::str::from_utf8(&literal.0).is_ok_and(|text| text.chars().count() == 1),
            _ => false,
        },
        _ => false,
    }
}

/// Whether the expression matches every string.
fn is_any(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Repetition(repetition) if repetition.min == 0 && repetition.max.is_none() => {
            matches!(repetition.sub.kind(), HirKind::Class(Class::Unicode(class))
                if matches!(class.ranges(), [all] if all.start() == '\0' && all.end() == char::MAX))
        }
        _ => false,
    }
}

impl Program {
    /// Computes the distance of each node from the end.
    fn measure(&mut self) {
        // What follows a node was added before it, except in a loop, and the way around a loop is
        // never shorter.
        for index in 0..self.nodes.len() {
            let distance = |index: u32| self.nodes.get(index as usize).map_or(NEVER, |placed| placed.distance);
            let Some(placed) = self.nodes.get(index) else { continue };
            let distance = match placed.node {
                Node::Accept | Node::All => 0,
                Node::Fail => NEVER,
                Node::Chars { set, .. } if self.set(set).is_none_or(|set| set.classes.is_empty()) => NEVER,
                Node::Chars { next, .. } => distance(next).saturating_add(1),
                Node::Split(left, right) => distance(left).min(distance(right)),
                Node::Look(_, next) => distance(next),
            };
            if let Some(placed) = self.nodes.get_mut(index) {
                placed.distance = distance;
            }
        }
    }

    /// Computes which levels each loop covers.
    fn watch_loops(&mut self, items: &[Built]) {
        let words = self.alphabet.samples().len() / 64 + 1;
        let union = |nodes: &[Placed], sets: &[Set]| {
            let mut union = vec![0_u64; words];
            for placed in nodes {
                let Node::Chars { set, .. } = placed.node else { continue };
                for class in sets.get(set as usize).map_or(&[][..], |set| &set.classes) {
                    if let Some(word) = union.get_mut(*class as usize / 64) {
                        *word |= 1 << (class % 64);
                    }
                }
            }
            union
        };
        let mut watched: Vec<(u32, Vec<u64>)> = Vec::new();
        for (level, item) in (0_u32..).zip(items) {
            let nodes = self.nodes.get(item.first..item.end).unwrap_or_default();
            let read = union(nodes, &self.sets);
            watched.retain(|(node, set)| {
                let covered = read.iter().zip(set).all(|(read, set)| read & !set == 0);
                if covered && let Some(placed) = self.nodes.get_mut(*node as usize) {
                    placed.covers = level;
                }
                covered
            });
            if let Some(node) = item.looping {
                if watched.len() == LOOPS {
                    watched.remove(0);
                }
                watched.push((node, read));
            }
        }
    }
}

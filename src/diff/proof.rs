//! Whether one side lets pass what the other does not: the half of a comparison that a document
//! must pass before it is written.
//!
//! This is the [comparison](super::compare) itself, in one direction. It is quick if the sides are
//! nearly alike, because what needs no solving comes first: demands of the old side that the new
//! one makes too, and limits that a limit of the new side serves for all calls.

use super::compare::{Asking, Sides};
use super::demands::Implied;
use super::limits::{Cover, Limits};
use super::signature::Interner;
use crate::analysis::ask::{Domain, Witness};
use crate::analysis::case::{Case, Limited};
use crate::analysis::limits::within;
use crate::decider::Decider;
use crate::solver::formula::Formula;
use crate::solver::space::Space;

/// How many tools may stay undecided before no more questions are solved.
const MOST_OPEN: usize = 4;

/// The result of the proof.
#[derive(Debug, Default)]
pub struct Proof {
    /// A call that the new side lets pass, or asks a person about, and the old one does not.
    pub weaker: Option<Witness>,
    /// A limit of the old side that the new one does not keep, or of which it is not known whether
    /// it does.
    pub looser: Option<LooserLimit>,
    /// Tools for which this is not decided; `None` stands for tools that neither side knows.
    pub undecided: Vec<Option<String>>,
}

/// A limit that lets pass more on the new side.
#[derive(Debug, PartialEq, Eq)]
pub struct LooserLimit {
    /// The name of a tool whose calls it bounds; `None` for tools that neither side knows.
    pub tool: Option<String>,
    /// The index of its rule on the old side.
    pub rule: usize,
}

/// Looks for what the new side lets pass and the old one does not, in all calls of all tools.
#[must_use]
pub fn prove(old: &dyn Decider, new: &dyn Decider) -> Proof {
    let (sides, _) = Sides::new(old, new, Domain::Any, false);
    let mut proof = Proof::default();
    let mut implied = Implied::default();
    let mut interner = Interner::default();
    for (index, pair) in sides.pairs.iter().enumerate() {
        let cases = [sides.case(pair, 0), sides.case(pair, 1)];
        let [wanted, given] = cases;
        if given.is_closed() {
            continue;
        }
        let Some(asking) = sides.asking(index) else { continue };
        let may_solve = proof.undecided.len() < MOST_OPEN;
        let mut is_decided = true;
        let passes = implied.passes(wanted, given, may_solve);
        match passes.map(|passes| passes && given.held.is_empty()) {
            Some(true) => {}
            Some(false) if may_solve => match weaker(&asking) {
                Weaker::No => {}
                Weaker::Yes(witness) => {
                    proof.weaker = Some(witness);
                    return proof;
                }
                Weaker::Undecided => is_decided = false,
            },
            Some(false) | None => is_decided = false,
        }
        if let Some(rule) = looser(&asking, &mut interner) {
            proof.looser = Some(LooserLimit { tool: pair.tool().map(str::to_owned), rule });
            return proof;
        }
        is_decided &= wanted.unread.is_empty() || wanted.unread == given.unread;
        if !is_decided {
            proof.undecided.push(pair.tool().map(str::to_owned));
        }
    }
    proof
}

/// Whether some call has a less restrictive outcome on the new side.
enum Weaker {
    No,
    Yes(Witness),
    Undecided,
}

/// Looks for a call that the new side refuses less.
fn weaker(asking: &Asking<'_, '_>) -> Weaker {
    let mut space = Space::new(asking.formulas());
    let moves = asking.moves(&mut space, &|from, to| to < from);
    let is_open = moves.iter().any(|step| step.example.is_none());
    match moves.into_iter().find_map(|step| step.example) {
        Some(example) => Weaker::Yes(example.call),
        None if is_open => Weaker::Undecided,
        None => Weaker::No,
    }
}

/// The rule of a limit that lets more pass on the new side, or of which it is not known that it does not.
fn looser(asking: &Asking<'_, '_>, interner: &mut Interner) -> Option<usize> {
    let [old, new] = asking.cases;
    if !new.unread.is_empty() && old.unread != new.unread {
        // Counts that are not understood may make room.
        return old.limits.first().map(|limited| limited.rule);
    }
    let mut unserved = old.limits.iter().filter(|limited| !is_served(asking, limited, new)).peekable();
    unserved.peek()?;
    let mut space = Space::new(asking.formulas());
    let mut limits = Limits { asking, space: &mut space, interner };
    let mut is_kept = |limited: &Limited| matches!(limits.cover(0, limited), Cover::Kept | Cover::Nothing);
    unserved.find(|limited| !is_kept(limited)).map(|limited| limited.rule)
}

/// Whether a limit of the other side serves this one, as far as that is plain without solving.
fn is_served(asking: &Asking<'_, '_>, limited: &Limited, other: &Case) -> bool {
    other.limits.iter().any(|bound| {
        let counts_all = *bound.applies == Formula::TRUE || bound.applies == limited.applies;
        counts_all && !bound.whole && within(bound, limited) == Some(true) && asking.spans((1, bound), (0, limited))
    })
}

//! A schema at one place as a formula for each kind of value.

use super::fold::{and, implies_kind, or};
use crate::schema::Kinds;
use crate::solver::formula::{Formula, Place};

/// The kinds in the order of the parts.
const KINDS: [Kinds; 6] = [Kinds::NULL, Kinds::BOOL, Kinds::NUMBER, Kinds::STRING, Kinds::ARRAY, Kinds::OBJECT];

/// For each kind, a formula about values of that kind. Since a value has exactly one kind, formulas
/// can be combined kind by kind, and most of what a union of types says simplifies at once.
#[derive(Debug, Clone)]
pub(super) struct ByKind {
    parts: [Formula; 6],
}

impl ByKind {
    /// `formula` for values of these kinds, `rest` for all others.
    fn of(kinds: Kinds, formula: &Formula, rest: &Formula) -> Self {
        Self { parts: KINDS.map(|kind| if kinds.contains(kind) { formula.clone() } else { rest.clone() }) }
    }

    /// All values of these kinds, and no others.
    pub(super) fn kinds(kinds: Kinds) -> Self {
        Self::of(kinds, &Formula::TRUE, &Formula::FALSE)
    }

    /// Any value.
    pub(super) fn everything() -> Self {
        Self::kinds(Kinds::VALUES)
    }

    /// No value.
    pub(super) fn nothing() -> Self {
        Self::kinds(Kinds::NONE)
    }

    /// Values of these kinds pass the formula; the others are free.
    pub(super) fn where_of(kinds: Kinds, formula: &Formula) -> Self {
        Self::of(kinds, formula, &Formula::TRUE)
    }

    /// Only values of these kinds, and they pass the formula.
    pub(super) fn only(kinds: Kinds, formula: &Formula) -> Self {
        Self::of(kinds, formula, &Formula::FALSE)
    }

    /// Both hold.
    pub(super) fn and(self, other: Self) -> Self {
        self.zip(other, |left, right| and([left, right]))
    }

    /// At least one holds.
    pub(super) fn or(self, other: Self) -> Self {
        self.zip(other, |left, right| or([left, right]))
    }

    fn zip(self, other: Self, mut join: impl FnMut(Formula, Formula) -> Formula) -> Self {
        let mut others = other.parts.into_iter();
        Self { parts: self.parts.map(|part| join(part, others.next().unwrap_or(Formula::FALSE))) }
    }

    /// Does not hold.
    pub(super) fn negated(self) -> Self {
        Self { parts: self.parts.map(Formula::negated) }
    }

    /// That exactly one of several branches holds, and whether that could be said for values of
    /// these kinds.
    ///
    /// `above` holds wherever the branches do. Of a branch that holds, `holding` is said, and of
    /// the others the negation of `failing`. Without `failing`, it is said only where it is obvious
    /// that no second branch holds.
    pub(super) fn one_of(above: &[Self], holding: &[Self], failing: Option<&[Self]>, kinds: Kinds) -> (Self, bool) {
        let mut said = Self::nothing();
        let mut complete = true;
        for (index, (kind, part)) in KINDS.into_iter().zip(&mut said.parts).enumerate() {
            let of_kind = |branches: &[Self]| -> Vec<Formula> {
                branches.iter().filter_map(|branch| branch.parts.get(index)).cloned().collect()
            };
            let mut holding = of_kind(holding);
            if !apart(&of_kind(above)) {
                match failing.map(of_kind) {
                    Some(failing) => {
                        for (at, one) in holding.iter_mut().enumerate() {
                            let others = failing.iter().enumerate().filter(|(other, _)| *other != at);
                            let fail = others.map(|(_, other)| other.clone().negated());
                            *one = and(std::iter::once(one.clone()).chain(fail));
                        }
                    }
                    None => complete &= !kinds.intersects(kind),
                }
            }
            *part = or(holding);
        }
        (said, complete)
    }

    /// Whether all values are admitted.
    pub(super) fn is_everything(&self) -> bool {
        self.parts.iter().all(|part| *part == Formula::TRUE)
    }

    /// What is said about objects.
    pub(super) fn of_objects(self) -> Formula {
        let [.., object] = self.parts;
        object
    }

    /// The formula for the value at a place; `optional` if it may also be missing.
    pub(super) fn at(self, place: &Place, optional: bool) -> Formula {
        let mut free = if optional { Kinds::MISSING } else { Kinds::NONE };
        let mut others = Vec::new();
        for (kind, part) in KINDS.into_iter().zip(self.parts) {
            if part == Formula::TRUE {
                free = free.union(kind);
            } else if part != Formula::FALSE {
                let known = implies_kind(&part, place, kind);
                others.push(if known { part } else { and([Formula::Is(place.clone(), kind), part]) });
            }
        }
        // A root is never missing.
        if free.contains(Kinds::VALUES) && (optional || place.steps.is_empty()) {
            return Formula::TRUE;
        }
        let free = (!free.is_empty()).then(|| Formula::Is(place.clone(), free));
        or(free.into_iter().chain(others))
    }
}

/// Whether it is obvious that no two of these hold together.
fn apart(branches: &[Formula]) -> bool {
    branches.iter().enumerate().all(|(index, one)| {
        let mut before = branches.iter().take(index).filter(|other| **other != Formula::FALSE);
        *one == Formula::FALSE || before.all(|other| and([one.clone(), other.clone()]) == Formula::FALSE)
    })
}

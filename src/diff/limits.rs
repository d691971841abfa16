//! Comparing limits by what they let pass.
//!
//! Calls that wait for approval count once they are approved, so they are calls that both sides may allow.
//!
//! An old limit is *kept* if one new limit bounds all that it bounded: the new limit counts every
//! call that both sides allow and the old one counted, in the same or a wider scope, over the same
//! or more tools, and its maximum in its window is at most as large. `n` in a window `w` is within
//! `N` in `W` if `W` divides `w` and `n <= N`, or if `w` divides `W` and `n * (W / w) <= N`; where
//! windows slide or begin at any moment, one more of them may be touched. It has to be one limit:
//! two that share the calls between them let twice as much pass. What a limit does to calls that
//! only one side allows is reported with those calls.
//!
//! Sums are compared only with sums of the same argument. A gateway may cut amounts to whole numbers and let negative ones
//! lower the sum: such a sum keeps another one of its kind in the same window, and is kept by a sum of the language, which
//! adds exactly and refuses negative amounts. The other way round, and in other windows, it is undecided.
//!
//! An old limit that is not kept is looser now. A new limit that the old side did not keep in this sense is tighter.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Verdict;
use super::compare::Asking;
use super::signature::{Interner, LimitSignature};
use crate::analysis::ask::{STEPS, Witness};
use crate::analysis::case::Limited;
use crate::analysis::limits::{WindowModel, within};
use crate::eval::Call;
use crate::ir::{Limit, Scope, window_name};
use crate::solver::Budget;
use crate::solver::formula::Formula;
use crate::solver::space::{Feasible, Space, Truth};

/// How a limit changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// It lets more pass.
    Looser,
    /// It lets more pass in some ways and less in others, or the limits cannot be compared: this
    /// counts as both.
    NotComparable,
    /// It was too much work to find out.
    Undecided,
    /// It lets less pass.
    Tighter,
    /// It lets the same pass; what changes is the name of the counter.
    Same,
    /// It counts only calls that were not allowed before.
    OfNewCalls,
}

impl Relation {
    /// `looser`, `not comparable`, `undecided`, `tighter`, `same` or `of new calls`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Looser => "looser",
            Self::NotComparable => "not comparable",
            Self::Undecided => "undecided",
            Self::Tighter => "tighter",
            Self::Same => "same",
            Self::OfNewCalls => "of new calls",
        }
    }

    /// The verdict on the change.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Looser => Verdict::Looser,
            Self::NotComparable => Verdict::Both,
            Self::Undecided => Verdict::Undecided,
            Self::Tighter => Verdict::Tighter,
            Self::Same | Self::OfNewCalls => Verdict::Same,
        }
    }
}

/// A limit in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitText {
    /// As a policy writes it: `30/minute per grant when has args.x`.
    pub text: String,
    /// The name of its counter.
    pub counter: String,
}

/// A limit that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitChange {
    /// How it changes.
    pub relation: Relation,
    /// What it was; `None` for a limit that is new.
    pub old: Option<LimitText>,
    /// What it is; `None` for a limit that is gone.
    pub new: Option<LimitText>,
    /// A call that both sides allow and only one of the limits counts, if that makes the
    /// difference.
    pub example: Option<Witness>,
}

/// What the other side does with the calls that a limit counts.
pub(super) enum Cover {
    /// One of its limits bounds them as much.
    Kept,
    /// It counts no call that both sides allow.
    Nothing,
    /// None of its limits does. The call, if there is one, is one that the best of them does not
    /// count.
    Gap(Option<Witness>),
    /// It was too much work to find out.
    Undecided,
}

/// The limits of a pair of tools.
pub(super) struct Limits<'l, 'a, 'c> {
    pub(super) asking: &'l Asking<'a, 'c>,
    pub(super) space: &'l mut Space,
    pub(super) interner: &'l mut Interner,
}

impl Limits<'_, '_, '_> {
    /// What changes.
    pub(super) fn compare(mut self) -> Vec<LimitChange> {
        let [old, new] = self.asking.cases;
        let mut old: Vec<(&Limited, LimitSignature)> =
            old.limits.iter().map(|limited| (limited, self.signature(0, limited))).collect();
        let mut new: Vec<(&Limited, LimitSignature)> =
            new.limits.iter().map(|limited| (limited, self.signature(1, limited))).collect();
        let mut changes = Vec::new();
        // Limits that are the same on both sides, except perhaps for the name of the counter.
        for same_name in [true, false] {
            old.retain(|(limited, signature)| {
                let twin = new.iter().position(|(_, other)| match same_name {
                    true => other == signature,
                    false => other.is_alike(signature),
                });
                let Some((twin, _)) = twin.map(|at| new.remove(at)) else { return true };
                let [was, is] = [self.text(0, limited), self.text(1, twin)];
                // A counter without a name of its own may still have the name that the other is
                // given.
                if !same_name && was.counter != is.counter {
                    changes.push(LimitChange {
                        relation: Relation::Same,
                        old: Some(was),
                        new: Some(is),
                        example: None,
                    });
                }
                false
            });
        }
        let mut rest: Vec<&Limited> = new.into_iter().map(|(limited, _)| limited).collect();
        for (limited, _) in old {
            let best = rest
                .iter()
                .enumerate()
                .map(|(at, other)| (likeness(limited, other), at))
                .filter(|(like, _)| *like > 0)
                .max_by_key(|(like, at)| (*like, std::cmp::Reverse(*at)))
                .map(|(_, at)| at);
            let now = best.map(|at| rest.remove(at));
            changes.extend(self.change(Some(limited), now));
        }
        for limited in rest {
            changes.extend(self.change(None, Some(limited)));
        }
        changes.sort_by_key(|change| change.relation);
        changes
    }

    fn signature(&mut self, at: usize, limited: &Limited) -> LimitSignature {
        self.interner.limit(limited, self.asking.sides.sharing(at, self.asking.pair, limited))
    }

    fn text(&self, at: usize, limited: &Limited) -> LimitText {
        let side = self.asking.sides.sides.get(at);
        let condition = side.and_then(|side| side.condition(limited.rule));
        let when = condition.map_or_else(String::new, |condition| format!(" when {condition}"));
        let counter = limited.limit.counter_name(&self.asking.asked.name);
        let whole = if limited.whole { ", cut to whole numbers" } else { "" };
        let windows = match limited.windows {
            WindowModel::Aligned => "",
            WindowModel::Sliding => ", in a sliding window",
            WindowModel::Unaligned => ", in windows that begin at any moment",
            WindowModel::Bucket => ", from a bucket",
        };
        let apart = if limited.is_apart { ", for each process" } else { "" };
        LimitText { text: format!("{}{whole}{windows}{apart}{when}", text(&limited.limit)), counter }
    }

    /// How a limit changes; a missing one is new or gone. `None` if another limit bounds as much
    /// all that it bounds.
    fn change(&mut self, old: Option<&Limited>, new: Option<&Limited>) -> Option<LimitChange> {
        let kept = old.map(|old| self.cover(0, old));
        let foreseen = new.map(|new| self.cover(1, new));
        let mut example = None;
        let mut gap = |cover: Option<Cover>| match cover {
            None | Some(Cover::Kept | Cover::Nothing) => (false, false),
            Some(Cover::Undecided) => (true, true),
            Some(Cover::Gap(witness)) => {
                example = example.take().or(witness);
                (true, false)
            }
        };
        let of_new = matches!((&kept, &foreseen), (None | Some(Cover::Nothing), Some(Cover::Nothing)));
        let (looser, unsure) = gap(kept);
        let (tighter, unsure_too) = gap(foreseen);
        let relation = match (looser, tighter) {
            _ if unsure || unsure_too => Relation::Undecided,
            (true, true) => Relation::NotComparable,
            (true, false) => Relation::Looser,
            (false, true) => Relation::Tighter,
            (false, false) if of_new && self.matters(new?) => Relation::OfNewCalls,
            // What it bounds is bounded as much by another limit.
            (false, false) => return None,
        };
        let old = old.map(|old| self.text(0, old));
        let new = new.map(|new| self.text(1, new));
        Some(LimitChange { relation, old, new, example })
    }

    /// Whether a limit of the new side counts any call.
    fn matters(&mut self, limited: &Limited) -> bool {
        let [_, new] = self.asking.passing(self.space);
        let applies = self.space.holds(&limited.applies);
        !matches!(self.space.feasible(&[new, applies], &mut Budget::new(STEPS)), Ok(Feasible::No(_)))
    }

    /// What the other side does with the calls that a limit counts.
    pub(super) fn cover(&mut self, at: usize, limited: &Limited) -> Cover {
        let other = 1 - at;
        let cases = self.asking.cases;
        let Some(other_case) = cases.get(other) else { return Cover::Undecided };
        let passing = self.asking.passing(self.space);
        let counts = |space: &mut Space| space.holds(&limited.applies);
        let mut counted: Vec<Truth> = passing.to_vec();
        counted.push(counts(self.space));
        match self.space.feasible(&counted, &mut Budget::new(STEPS)) {
            Ok(Feasible::No(_)) => return Cover::Nothing,
            Ok(Feasible::Yes) => {}
            Err(_) => return Cover::Undecided,
        }
        let mut gap = None;
        let mut undecided = false;
        for bound in &other_case.limits {
            if !self.asking.spans((other, bound), (at, limited)) {
                continue;
            }
            if bound.whole && self.shared(other, bound) != self.shared(at, limited) {
                // A negative amount of one tool makes room for another.
                undecided = true;
                continue;
            }
            match within(bound, limited) {
                Some(true) => {}
                Some(false) => continue,
                None => {
                    undecided = true;
                    continue;
                }
            }
            let misses = !self.space.holds(&bound.applies);
            let demands: Vec<Truth> = counted.iter().copied().chain([misses]).collect();
            match self.space.feasible(&demands, &mut Budget::new(STEPS)) {
                Ok(Feasible::No(_)) => return Cover::Kept,
                Err(_) => undecided = true,
                Ok(Feasible::Yes) => match self.missed((at, limited), (other, bound)) {
                    None => undecided = true,
                    Some(None) => return Cover::Kept,
                    Some(Some(witness)) => gap = gap.or(Some(witness)),
                },
            }
        }
        if undecided { Cover::Undecided } else { Cover::Gap(gap) }
    }

    /// A call that both sides allow, counted by one limit and not by the other: `Some(None)` if
    /// there is none, `None` if that is too much work to find out.
    fn missed(&self, counts: (usize, &Limited), bound: (usize, &Limited)) -> Option<Option<Witness>> {
        let applies = |limited: &Limited| -> Arc<Formula> { limited.applies.clone() };
        let (yes, no) = (applies(counts.1), applies(bound.1));
        let demands = |space: &mut Space| {
            let [old, new] = self.asking.passing(space);
            vec![old, new, space.holds(&yes), !space.holds(&no)]
        };
        let Asking { sides, pair, .. } = self.asking;
        let confirm = |call: &Call<'_>| {
            let passes = [0, 1].into_iter().all(|at| !sides.outcome(pair, at, call).is_refusal());
            passes
                && sides.applies(pair, counts.0, counts.1.rule, call)
                && !sides.applies(pair, bound.0, bound.1.rule, call)
        };
        self.asking.witness(&demands, &confirm)
    }

    /// The pairs that share the counter of a limit.
    fn shared(&self, at: usize, limited: &Limited) -> BTreeSet<usize> {
        match self.asking.sides.sharing(at, self.asking.pair, limited) {
            Some(together) => together.clone(),
            None => BTreeSet::from([self.asking.index]),
        }
    }
}

/// How well two limits pair up for a reader; 0 for not at all.
fn likeness(old: &Limited, new: &Limited) -> u32 {
    let (left, right) = (&old.limit, &new.limit);
    let steps = |limit: &Limit| limit.sum_of.as_ref().map(|path| path.steps.clone());
    if left.sum_of.is_some() != right.sum_of.is_some() {
        return 0;
    }
    let points = [
        (left.counter.is_some() && left.counter == right.counter, 32),
        (steps(left) == steps(right), 16),
        (left.total == right.total, 8),
        (left.scope == right.scope, 4),
        (old.applies == new.applies, 2),
        (left.window == right.window, 1),
    ];
    1 + points.into_iter().filter(|(like, _)| *like).map(|(_, points)| points).sum::<u32>()
}

/// A limit without its condition, as a policy writes it.
pub(super) fn text(limit: &Limit) -> String {
    let total = if limit.total { "total " } else { "" };
    let of = limit.sum_of.as_ref().map_or_else(String::new, |path| format!(" of {path}"));
    let scope = match &limit.scope {
        Scope::Grant => "grant".to_owned(),
        Scope::Server => "server".to_owned(),
        Scope::Caller(claim) => format!("caller.{claim}"),
    };
    format!("{total}{}/{}{of} per {scope}", limit.max, window_name(limit.window))
}

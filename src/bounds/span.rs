//! The most that passes within a stretch of time, under bounds on aligned windows.
//!
//! Let x(t) be what passes in second t. Each bound says that the sum of x over a window, from a
//! multiple of its length to the next, is at most a given number. Every window is an interval, so
//! the matrix of these inequalities has consecutive ones and is totally unimodular (Fulkerson and
//! Gross, "Incidence matrices and interval graphs", 1965): the greatest whole sum over a stretch
//! equals the least cost of a cover of the stretch by windows. The cover is a shortest path over
//! the edges of windows ([`cover`]), and the sum is reached by filling greedily ([`Ledger`]).
//!
//! If a stretch may lie anywhere, it is enough to try those that begin in the last second of some
//! window: moving a stretch to the right loses a window only when it leaves that second. If of any
//! two windows one divides the other, it is even enough to try stretches around the beginning of a
//! longest window, because anywhere else the two sides have more windows in common; the cover of
//! one side is then computed level by level ([`prefix`]).

use std::collections::BTreeMap;

/// A bound on each window of some length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cap {
    /// The length in seconds, at least 1. Windows begin at its multiples.
    pub(super) window: u64,
    /// The most that passes in each window.
    pub(super) most: u128,
    /// The rule that sets the bound.
    pub(super) rule: usize,
}

/// The most that passes, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peak {
    /// No more passes in any stretch.
    pub(super) bound: u128,
    /// What passes in the stretch that begins at `start`: the same as `bound` unless the search was
    /// cut short.
    pub(super) reached: u128,
    /// Seconds since 1970.
    pub(super) start: u64,
    /// A moment inside the stretch at which every window ends, if there is one.
    pub(super) pivot: Option<u64>,
}

/// How many edges of windows are looked at for one question before the answer becomes a bound.
const MOST_STEPS: u64 = 1_000_000;

/// The beginnings of the parts into which the edges of windows cut a stretch; the first is `start`.
/// `None` if there are too many.
pub(super) fn edges(windows: impl Iterator<Item = u64> + Clone, start: u64, length: u64) -> Option<Vec<u64>> {
    let end = start.checked_add(length)?;
    let count = windows.clone().try_fold(1_u64, |sum, window| sum.checked_add(length / window.max(1) + 1))?;
    if count > MOST_STEPS {
        return None;
    }
    let mut found = vec![start];
    for window in windows {
        let window = window.max(1);
        let first = (start / window + 1).saturating_mul(window);
        found.extend(
            (0..).map_while(|index: u64| first.checked_add(index.checked_mul(window)?).filter(|edge| *edge < end)),
        );
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// The least cost of a cover of the stretch by windows, and the rules of the windows in it. `None`
/// if there is no bound, or there are too many edges.
pub(super) fn cover(caps: &[Cap], start: u64, length: u64) -> Option<(u128, Vec<usize>)> {
    if caps.is_empty() {
        return None;
    }
    if length == 0 {
        return Some((0, Vec::new()));
    }
    let end = start.checked_add(length)?;
    let mut nodes = edges(caps.iter().map(|cap| cap.window), start, length)?;
    nodes.push(end);
    // For each node, the least cost of covering all before it, and the previous node and the rule
    // of the last window in that cover.
    let mut best: Vec<Option<(u128, usize, usize)>> = vec![None; nodes.len()];
    if let Some(first) = best.first_mut() {
        *first = Some((0, 0, 0));
    }
    for (index, node) in nodes.iter().enumerate() {
        let Some(Some((cost, ..))) = best.get(index).copied() else { continue };
        for cap in caps.iter().filter(|_| *node < end) {
            let next = (node / cap.window + 1).saturating_mul(cap.window).min(end);
            let Ok(place) = nodes.binary_search(&next) else { continue };
            let cost = cost.saturating_add(cap.most);
            if let Some(known) = best.get_mut(place)
                && known.is_none_or(|(least, ..)| cost < least)
            {
                *known = Some((cost, index, cap.rule));
            }
        }
    }
    let mut rules = Vec::new();
    let mut at = nodes.len() - 1;
    let (cost, ..) = best.last().copied().flatten()?;
    while let Some(Some((_, before, rule))) = best.get(at).copied()
        && at > 0
    {
        rules.push(rule);
        at = before;
    }
    rules.sort_unstable();
    rules.dedup();
    Some((cost, rules))
}

/// What has passed in each window so far.
#[derive(Debug, Clone)]
pub(super) struct Ledger<'a> {
    caps: &'a [Cap],
    used: BTreeMap<(usize, u64), u128>,
}

impl<'a> Ledger<'a> {
    pub(super) const fn new(caps: &'a [Cap]) -> Self {
        Self { caps, used: BTreeMap::new() }
    }

    /// What is left of a bound at a moment.
    pub(super) fn left(&self, cap: usize, at: u64) -> u128 {
        let Some(bound) = self.caps.get(cap) else { return 0 };
        bound.most.saturating_sub(self.used.get(&(cap, at / bound.window)).copied().unwrap_or(0))
    }

    /// How many calls pass at a moment if each uses the given amounts of these bounds. `None` if
    /// nothing bounds them.
    pub(super) fn room(&self, uses: &[(usize, u128)], at: u64) -> Option<u128> {
        uses.iter().filter(|(_, each)| *each > 0).map(|(cap, each)| self.left(*cap, at) / each).min()
    }

    pub(super) fn take(&mut self, uses: &[(usize, u128)], at: u64, calls: u128) {
        for (cap, each) in uses {
            if let Some(bound) = self.caps.get(*cap) {
                *self.used.entry((*cap, at / bound.window)).or_insert(0) += each.saturating_mul(calls);
            }
        }
    }
}

/// One length of window of a chain, in which each length divides the next.
#[derive(Debug, Clone)]
struct Level {
    window: u64,
    most: u128,
    /// What passes in a whole window under this bound and those of shorter windows.
    full: u128,
}

/// The levels of a chain that matter, shortest windows first; `None` if the windows do not form a
/// chain.
fn chain(caps: &[Cap]) -> Option<Vec<Level>> {
    let mut sorted: Vec<(u64, u128)> = caps.iter().map(|cap| (cap.window, cap.most)).collect();
    sorted.sort_unstable();
    sorted.dedup_by_key(|(window, _)| *window);
    let mut levels: Vec<Level> = Vec::new();
    for (window, most) in sorted {
        let below = match levels.last() {
            None => u128::MAX,
            Some(last) if window.is_multiple_of(last.window) => last.full.saturating_mul((window / last.window).into()),
            Some(_) => return None,
        };
        // A bound that a whole window cannot reach does not bound a part of it either.
        if most < below {
            levels.push(Level { window, most, full: most });
        }
    }
    Some(levels)
}

/// The most that passes within `seconds` seconds after (or before) the beginning of a longest
/// window. Each window is at least twice as long as the one below it, so the recursion is shallow.
fn prefix(levels: &[Level], seconds: u64) -> u128 {
    let Some((level, below)) = levels.split_last() else { return u128::MAX };
    let part = match seconds % level.window {
        0 => 0,
        rest => level.most.min(prefix(below, rest)),
    };
    level.full.saturating_mul((seconds / level.window).into()).saturating_add(part)
}

fn chain_any(levels: &[Level], length: u64) -> Option<Peak> {
    let (shortest, longest) = (levels.first()?.window, levels.last()?.window);
    let (before, pivot) = places(shortest, longest, length)?;
    let most = before.map(|before| (prefix(levels, before).saturating_add(prefix(levels, length - before)), before));
    let (reached, before) = most.max_by_key(|(most, before)| (*most, pleasant(*before, shortest, longest, length)))?;
    Some(Peak { bound: reached, reached, start: pivot - before, pivot: Some(pivot).filter(|_| before < length) })
}

/// Ranks equally good stretches for display. The best one begins with a window and lies evenly
/// around the pivot, so that the calls follow each other quickly; if it is longer than every
/// window, it begins shortly before the pivot.
pub(super) fn pleasant(before: u64, shortest: u64, longest: u64, length: u64) -> impl Ord {
    let distance = if length > longest { before } else { before.abs_diff(length - before) };
    (before.is_multiple_of(shortest), std::cmp::Reverse(distance))
}

/// How many seconds of a stretch may lie before the beginning of a longest window of a chain, and
/// such a beginning.
pub(super) fn places(shortest: u64, longest: u64, length: u64) -> Option<(impl Iterator<Item = u64> + Clone, u64)> {
    let last = longest.min(length);
    if length == 0 || last / shortest > MOST_STEPS {
        return None;
    }
    let pivot = length.div_ceil(longest).checked_mul(longest)?;
    // Stretches that begin in the last second of a shortest window, and stretches that begin with a
    // window, which are never better but often as good.
    let steps = (0..=last / shortest).flat_map(move |index| [index * shortest, index * shortest + 1]);
    Some((steps.filter(move |before| (1..=last).contains(before)), pivot))
}

/// Whether one divides the other.
pub(super) const fn fits(left: u64, right: u64) -> bool {
    left.is_multiple_of(right) || right.is_multiple_of(left)
}

fn gcd(mut left: u64, mut right: u64) -> u64 {
    while right > 0 {
        (left, right) = (right, left % right);
    }
    left
}

/// The least common multiple; `None` if it is too large.
fn period(windows: impl Iterator<Item = u64>) -> Option<u64> {
    windows.into_iter().try_fold(1_u64, |all, window| (all / gcd(all, window)).checked_mul(window))
}

/// The best of some beginnings, and whether all could be tried.
fn best(caps: &[Cap], length: u64, starts: impl Iterator<Item = u64>) -> (Option<(u128, u64)>, bool) {
    let each = caps.iter().fold(1_u64, |sum, cap| sum.saturating_add(length / cap.window + 1));
    let mut best: Option<(u128, u64)> = None;
    for (tried, start) in (0_u64..).zip(starts) {
        if tried.saturating_mul(each) > MOST_STEPS {
            return (best, false);
        }
        let Some((cost, _)) = cover(caps, start, length) else { return (best, false) };
        if best.is_none_or(|(most, _)| cost > most) {
            best = Some((cost, start));
        }
    }
    (best, true)
}

/// The most that passes in any stretch of `length` seconds; `None` if nothing bounds it.
pub(super) fn any(caps: &[Cap], length: u64) -> Option<Peak> {
    if caps.is_empty() {
        return None;
    }
    if let Some(found) = chain(caps).and_then(|levels| chain_any(&levels, length)) {
        return Some(found);
    }
    let all = period(caps.iter().map(|cap| cap.window));
    let starts = |cap: &Cap| {
        let (window, end) = (cap.window, all.unwrap_or(u64::MAX));
        (1_u64..).map_while(move |index| index.checked_mul(window).filter(|edge| *edge <= end)).map(|edge| edge - 1)
    };
    // Longer windows first: they have fewer beginnings, and matter more.
    let mut sorted: Vec<&Cap> = caps.iter().collect();
    sorted.sort_by_key(|cap| std::cmp::Reverse(cap.window));
    let (found, complete) = best(caps, length, sorted.into_iter().flat_map(starts));
    finish(caps, found, complete && all.is_some(), |chain| chain_any(chain, length).map(|found| found.bound))
}

/// The most that passes in a stretch of `length` seconds from a multiple of that length to the
/// next; `None` if nothing bounds it.
pub(super) fn by_the_clock(caps: &[Cap], length: u64) -> Option<Peak> {
    if caps.is_empty() || length == 0 {
        return None;
    }
    if let Some(bound) = chain_clock(caps, length) {
        return Some(Peak { bound, reached: bound, start: 0, pivot: None });
    }
    let all = period(caps.iter().map(|cap| cap.window).chain([length]));
    let starts =
        (0_u64..).map_while(|index| index.checked_mul(length).filter(|start| all.is_none_or(|all| *start < all)));
    let (found, complete) = best(caps, length, starts);
    finish(caps, found, complete && all.is_some(), |levels| chain_any(levels, length).map(|found| found.bound))
}

/// The same, if the windows and the stretch form a chain.
fn chain_clock(caps: &[Cap], length: u64) -> Option<u128> {
    let levels = chain(caps)?;
    if !levels.iter().all(|level| fits(level.window, length)) {
        return None;
    }
    let shorter: Vec<Level> = levels.iter().filter(|level| level.window <= length).cloned().collect();
    let longer = levels.iter().filter(|level| level.window > length).map(|level| level.most).min();
    Some(prefix(&shorter, length).min(longer.unwrap_or(u128::MAX)))
}

/// Combines the best that was found with a bound that is proved: fewer limits let no less pass, so
/// each chain among them gives such a bound.
fn finish(
    caps: &[Cap],
    found: Option<(u128, u64)>,
    complete: bool,
    bound: impl Fn(&[Level]) -> Option<u128>,
) -> Option<Peak> {
    let (reached, start) = found.unwrap_or((0, 0));
    if complete {
        return Some(Peak { bound: reached, reached, start, pivot: None });
    }
    let mut sorted = caps.to_vec();
    sorted.sort_by_key(|cap| cap.window);
    let chains = sorted.iter().map(|anchor| {
        let mut kept: Vec<Cap> = Vec::new();
        for cap in sorted.iter().filter(|cap| fits(cap.window, anchor.window)) {
            if kept.iter().chain([anchor]).all(|other| fits(cap.window, other.window)) {
                kept.push(cap.clone());
            }
        }
        kept
    });
    let bounds = chains.filter_map(|mut kept| {
        while !kept.is_empty() {
            if let Some(bound) = chain(&kept).and_then(|levels| bound(&levels)) {
                return Some(bound);
            }
            // Too many places to try: the shortest windows are left out.
            kept.remove(0);
        }
        None
    });
    bounds.min().map(|bound| Peak { bound, reached, start, pivot: None })
}

//! The largest sum of amounts that passes within a stretch of time, if the amount of one call is
//! bounded, and windows bound the number of calls, their sum, or both.
//!
//! If of any two windows one divides the other, this is exact. Let F(k) be the largest sum that k
//! calls can have within a window. Without bounds, F has equal steps. The F of a window made of
//! parts is their max-plus convolution, which merges the steps, the largest first. A bound on calls
//! cuts off steps, and a bound on the sum cuts F off at a height. All of these keep F concave, so
//! it is a short list of steps ([`Steps`]).
//!
//! Otherwise a bound on calls, times the largest amount, is taken as a bound on the sum, and
//! [`span`](super::span) gives a bound that is proved, though perhaps not reached.

use super::span::{Cap, Ledger, Peak, any, by_the_clock, fits, places, pleasant};

/// A bound on each window of one length, in units that make all amounts whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SumCap {
    pub(super) window: u64,
    pub(super) rule: usize,
    pub(super) bound: On,
}

/// What is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Calls(u128),
    Sum(u128),
}

/// The steps of a concave function, the largest first, each with the number of calls that take it.
type Steps = Vec<(u128, u128)>;

/// The windows of one length, with the least bound on calls and on the sum.
struct Level {
    window: u64,
    calls: u128,
    sum: u128,
    full: Steps,
}

/// What remains of the steps of a window under the bounds of a level.
fn cut(steps: &Steps, level: &Level) -> Steps {
    let (mut calls, mut sum) = (level.calls, level.sum);
    let mut kept = Steps::new();
    for &(step, count) in steps {
        if step == 0 || calls == 0 || sum == 0 {
            break;
        }
        let whole = count.min(calls).min(sum / step);
        if whole > 0 {
            kept.push((step, whole));
        }
        calls -= whole;
        sum -= step * whole;
        if whole < count {
            // Either no call is left, or less than this step of the sum. One call can take what is
            // left; smaller steps cannot add to a sum that is used up.
            if calls > 0 && sum > 0 {
                kept.push((sum, 1));
            }
            break;
        }
    }
    kept
}

fn times(steps: &Steps, factor: u64) -> Steps {
    steps.iter().filter(|_| factor > 0).map(|(step, count)| (*step, count.saturating_mul(factor.into()))).collect()
}

fn merge(left: Steps, right: Steps) -> Steps {
    let mut all = left;
    all.extend(right);
    all.sort_unstable_by_key(|(step, _)| std::cmp::Reverse(*step));
    all
}

fn total(steps: &Steps) -> u128 {
    steps.iter().fold(0, |sum, (step, count)| sum.saturating_add(step.saturating_mul(*count)))
}

/// The levels of a chain; `None` if the windows do not form one.
fn chain(caps: &[SumCap], largest: u128) -> Option<Vec<Level>> {
    let mut windows: Vec<u64> = caps.iter().map(|cap| cap.window).collect();
    windows.sort_unstable();
    windows.dedup();
    let mut levels: Vec<Level> = Vec::new();
    for window in windows {
        let inside = match levels.last() {
            None => vec![(largest, u128::MAX)],
            Some(last) if window.is_multiple_of(last.window) => times(&last.full, window / last.window),
            Some(_) => return None,
        };
        let here = || caps.iter().filter(|cap| cap.window == window);
        let calls = here().filter_map(|cap| if let On::Calls(most) = cap.bound { Some(most) } else { None }).min();
        let sum = here().filter_map(|cap| if let On::Sum(most) = cap.bound { Some(most) } else { None }).min();
        let mut level =
            Level { window, calls: calls.unwrap_or(u128::MAX), sum: sum.unwrap_or(u128::MAX), full: Steps::new() };
        level.full = cut(&inside, &level);
        // A bound that a whole window cannot reach does not bound a part of it either.
        if level.full != inside {
            levels.push(level);
        }
    }
    Some(levels)
}

/// The steps of `seconds` seconds after or before the beginning of a longest window. Each window is
/// at least twice as long as the one below it, so the recursion is shallow.
fn prefix(levels: &[Level], largest: u128, seconds: u64) -> Steps {
    let Some((level, below)) = levels.split_last() else { return vec![(largest, u128::MAX)] };
    let part = match seconds % level.window {
        0 => Steps::new(),
        rest => cut(&prefix(below, largest, rest), level),
    };
    merge(times(&level.full, seconds / level.window), part)
}

/// All bounds as bounds on the sum: those on calls times the largest amount.
fn as_sums(caps: &[SumCap], largest: u128) -> Vec<Cap> {
    let most = |cap: &SumCap| match cap.bound {
        On::Calls(most) => most.saturating_mul(largest),
        On::Sum(most) => most,
    };
    caps.iter().map(|cap| Cap { window: cap.window, most: most(cap), rule: cap.rule }).collect()
}

/// The largest sum of amounts of at most `largest` in any stretch of `length` seconds; `None` if
/// there is no bound. The caller has to try whether `reached` can be reached.
pub(super) fn any_sum(caps: &[SumCap], largest: u128, length: u64) -> Option<Peak> {
    let relaxed = any(&as_sums(caps, largest), length)?;
    Some(chain_any(caps, largest, length).unwrap_or(relaxed))
}

fn chain_any(caps: &[SumCap], largest: u128, length: u64) -> Option<Peak> {
    let levels = chain(caps, largest)?;
    let (shortest, longest) = (levels.first()?.window, levels.last()?.window);
    let (before, pivot) = places(shortest, longest, length)?;
    let side = |seconds: u64| total(&prefix(&levels, largest, seconds));
    let most = before.map(|before| (side(before).saturating_add(side(length - before)), before));
    let (reached, before) = most.max_by_key(|(most, before)| (*most, pleasant(*before, shortest, longest, length)))?;
    Some(Peak { bound: reached, reached, start: pivot - before, pivot: Some(pivot).filter(|_| before < length) })
}

/// The largest sum in a stretch of `length` seconds from a multiple of that length to the next.
pub(super) fn clock_sum(caps: &[SumCap], largest: u128, length: u64) -> Option<Peak> {
    let relaxed = by_the_clock(&as_sums(caps, largest), length)?;
    let levels = chain(caps, largest).filter(|levels| levels.iter().all(|level| fits(level.window, length)));
    let exact = levels.map(|levels| {
        let split = levels.partition_point(|level| level.window <= length);
        let (shorter, longer) = levels.split_at_checked(split).unwrap_or((&levels, &[]));
        // Only this stretch of a longer window has calls here, so all that the window lets pass may
        // be in it.
        total(&longer.iter().fold(prefix(shorter, largest, length), |steps, level| cut(&steps, level)))
    });
    Some(exact.map_or(relaxed, |bound| Peak { bound, reached: bound, start: 0, pivot: None }))
}

/// The rules that bound the sum in a stretch, read off the cover by windows.
pub(super) fn bounding(caps: &[SumCap], largest: u128, start: u64, length: u64) -> Vec<usize> {
    super::span::cover(&as_sums(caps, largest), start, length).map(|(_, rules)| rules).unwrap_or_default()
}

/// The most passes over the moments to place amounts that are left over.
const MOST_PASSES: usize = 64;

/// Calls at the given moments whose sum is large, as `(moment, amount, how many)`. At each moment
/// there are as many of the largest amount as there is room for, then what is left, the largest
/// first.
pub(super) fn place(caps: &[SumCap], largest: u128, moments: &[u64]) -> Vec<(u64, u128, u128)> {
    let bounds: Vec<Cap> = caps
        .iter()
        .map(|cap| {
            let (On::Calls(most) | On::Sum(most)) = cap.bound;
            Cap { window: cap.window, most, rule: cap.rule }
        })
        .collect();
    let uses = |amount: u128| -> Vec<(usize, u128)> {
        let each = |cap: &SumCap| if matches!(cap.bound, On::Calls(_)) { 1 } else { amount };
        caps.iter().map(each).enumerate().collect()
    };
    let mut ledger = Ledger::new(&bounds);
    let mut placed = Vec::new();
    let mut amount = largest;
    for _ in 0..MOST_PASSES {
        if amount == 0 {
            break;
        }
        let each = uses(amount);
        for moment in moments {
            let room = ledger.room(&each, *moment).unwrap_or(0);
            if room > 0 {
                ledger.take(&each, *moment, room);
                placed.push((*moment, amount, room));
            }
        }
        // The largest amount for which some moment still has room.
        let rest = moments.iter().map(|moment| {
            let left = |calls: bool| {
                let kind = caps.iter().enumerate().filter(move |(_, cap)| matches!(cap.bound, On::Calls(_)) == calls);
                kind.map(|(index, _)| ledger.left(index, *moment)).min()
            };
            if left(true) == Some(0) { 0 } else { left(false).unwrap_or(0) }
        });
        amount = rest.max().unwrap_or(0).min(largest);
    }
    placed.sort_unstable_by_key(|(moment, amount, _)| (*moment, std::cmp::Reverse(*amount)));
    placed
}

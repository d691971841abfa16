//! The largest sum of an argument over the calls of a tool that pass within a stretch of time.

use std::collections::BTreeSet;

use super::calls::moments;
use super::convolution::{On, SumCap, any_sum, bounding, clock_sum, place};
use super::kinds::with_amount;
use super::problem::{Kind, Problem, decimal, units};
use super::span::{Cap, Peak};
use super::trials::Trials;
use super::{Bound, Burst, Sequence};
use crate::decimal::Decimal;
use crate::predicate::Path;

/// What one kind can add to a sum.
struct Part {
    caps: Vec<SumCap>,
    /// The largest amount of one call, in units; `None` if it is unbounded.
    largest: Option<u128>,
}

impl Problem<'_> {
    /// The largest sum in a stretch of `length` seconds, and calls that reach it.
    pub(super) fn largest_sum(&self, path: &Path, length: u64, clock: bool, trials: &mut Trials) -> Bound {
        let unbounded = Bound { most: None, exact: true, by: Vec::new(), sequence: None };
        let parts: Vec<(usize, Part)> =
            self.kinds.iter().enumerate().filter_map(|(index, kind)| Some((index, self.part(kind, path)?))).collect();
        let mut proved: u128 = 0;
        let mut by = BTreeSet::new();
        let mut best: Option<(usize, &Part, Peak)> = None;
        for (index, part) in &parts {
            if self.is_dominated(*index, part, &parts) {
                continue;
            }
            let largest = match part.largest {
                _ if part.caps.iter().any(|cap| cap.bound == On::Calls(0)) => 0,
                None => return unbounded,
                Some(largest) => largest,
            };
            let found =
                if clock { clock_sum(&part.caps, largest, length) } else { any_sum(&part.caps, largest, length) };
            let found = match found {
                Some(found) => found,
                // Nothing bounds the calls, but none of them adds to the sum.
                None if largest == 0 => Peak { bound: 0, reached: 0, start: 0, pivot: None },
                None => return unbounded,
            };
            proved = proved.saturating_add(found.bound);
            by.extend(bounding(&part.caps, largest, found.start, length));
            if best.as_ref().is_none_or(|(_, _, known)| found.bound > known.bound) {
                best = Some((*index, part, found));
            }
        }
        let most = decimal(proved, self.scale);
        let sequence =
            best.and_then(|(index, part, found)| self.sum_sequence(index, part, path, &found, length, trials));
        let exact = proved == 0 || sequence.as_ref().is_some_and(|sequence| sequence.total == most);
        Bound { most: Some(most), exact, by: by.into_iter().collect(), sequence }
    }

    /// What a kind can add to the sum at a path; `None` if its calls never have an amount there.
    fn part(&self, kind: &Kind<'_>, path: &Path) -> Option<Part> {
        let amount = kind.amount(path)?;
        let caps = kind.limits.iter().filter_map(|applied| {
            let bound = match &applied.limit.sum_of {
                None => On::Calls(applied.most),
                Some(summed) if summed == path => On::Sum(applied.most),
                Some(other) => match kind.least(other, self.scale) {
                    0 => return None,
                    least => On::Calls(applied.most / least),
                },
            };
            Some(SumCap { window: applied.limit.window, rule: applied.rule, bound })
        });
        let caps: Vec<SumCap> = caps.collect();
        // A number that is too long to compute with is treated as absent.
        let own = amount.largest.as_ref().and_then(|largest| units(&largest.value, self.scale));
        let sums = caps.iter().filter_map(|cap| if let On::Sum(most) = cap.bound { Some(most) } else { None });
        let largest = sums.chain(own).min();
        Some(Part { caps, largest })
    }

    /// Whether each call of a kind could as well be one of another kind, with at least its amount.
    fn is_dominated(&self, index: usize, part: &Part, parts: &[(usize, Part)]) -> bool {
        let Some(own) = self.kinds.get(index) else { return false };
        let freer = |(place, other): &(usize, Part), than: (&Kind<'_>, &Part)| {
            let Some(kind) = self.kinds.get(*place) else { return false };
            let larger = match (other.largest, than.1.largest) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(largest), Some(own)) => largest >= own,
            };
            let plain = kind.limits.iter().filter(|applied| applied.limit.sum_of.is_some()).count()
                == other.caps.iter().filter(|cap| matches!(cap.bound, On::Sum(_))).count();
            // If their limits are equal, either kind stands for both, provided that both have
            // amounts between the ends.
            larger && plain && kind.is_freer_than(than.0)
        };
        parts.iter().any(|entry| {
            let (place, other) = entry;
            let back = || {
                self.kinds
                    .get(*place)
                    .is_some_and(|kind| parts.iter().any(|own| own.0 == index && freer(own, (kind, other))))
            };
            *place != index && freer(entry, (own, part)) && (*place < index || !back())
        })
    }

    fn sum_sequence(
        &self,
        index: usize,
        part: &Part,
        path: &Path,
        found: &Peak,
        length: u64,
        trials: &mut Trials,
    ) -> Option<Sequence> {
        let kind = self.kinds.get(index)?;
        let amount = kind.amount(path)?;
        let edges: Vec<Cap> = part.caps.iter().map(|cap| Cap { window: cap.window, most: 0, rule: cap.rule }).collect();
        let moments = moments(&edges, found.start, found.pivot, length)?;
        let mut placed = place(&part.caps, part.largest?, &moments);
        if let Some(least) = units(&amount.least.value, self.scale) {
            placed = at_least(placed, least);
        }
        let total = placed.iter().fold(0_u128, |sum, (_, each, calls)| sum.saturating_add(each.saturating_mul(*calls)));
        let bursts = placed.iter().map(|(moment, each, calls)| {
            let each = decimal(*each, self.scale);
            Some(Burst {
                at: i64::try_from(*moment).ok()?,
                calls: u64::try_from(*calls).ok()?,
                arguments: with_amount(&amount.template, path, &each)?,
                caller: kind.kind.caller.clone(),
                amount: Some(each),
            })
        });
        let bursts: Vec<Burst> = bursts.collect::<Option<_>>()?;
        // The bound already says that no more fits. It is not tried, because a call with an amount
        // of zero may always fit.
        (trials.confirm(self.model, self.subject, &bursts, &[], &[]) == Some(true)).then_some(())?;
        let total: Decimal = decimal(total, self.scale);
        Some(Sequence { start: i64::try_from(found.start).ok()?, total, bursts })
    }
}

/// The same sums without amounts below the least: what is left over in a second borrows from a
/// larger amount in that second.
fn at_least(placed: Vec<(u64, u128, u128)>, least: u128) -> Vec<(u64, u128, u128)> {
    let mut kept: Vec<(u64, u128, u128)> = Vec::new();
    for (moment, each, calls) in placed {
        let lender = kept.last_mut().filter(|(at, larger, lent)| {
            // Amounts of one second stand together, the largest first.
            *at == moment && each < least && *lent >= calls && *larger >= 2 * least - each
        });
        match lender {
            Some((_, larger, lent)) => {
                let lowered = *larger - (least - each);
                *lent -= calls;
                kept.push((moment, lowered, calls));
                kept.push((moment, least, calls));
            }
            None => kept.push((moment, each, calls)),
        }
    }
    kept.retain(|(_, _, calls)| *calls > 0);
    kept
}

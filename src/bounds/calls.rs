//! The most calls of a tool that pass within a stretch of time.

use std::collections::BTreeSet;

use super::kinds::number;
use super::problem::{Kind, Problem, units};
use super::span::{Cap, Ledger, Peak, any, by_the_clock, cover, edges};
use super::trials::Trials;
use super::{Bound, Burst, Sequence};
use crate::decimal::Decimal;
use crate::json::Json;

/// One call that can be repeated, and what it takes of the limits.
struct Repeated<'p> {
    kind: usize,
    arguments: &'p str,
    caller: Option<&'p str>,
    /// For each limit that applies, its index among all limits and what each call uses of it.
    uses: Vec<(usize, u128)>,
}

/// The best that was found: how many calls, which, and when.
struct Best {
    total: u128,
    calls: Vec<usize>,
    start: u64,
    pivot: Option<u64>,
}

impl Problem<'_> {
    /// The most calls in a stretch of `length` seconds: by the clock, or beginning at any second.
    /// With `trials`, calls that reach it are sought and tried.
    pub(super) fn most_calls(&self, length: u64, clock: bool, trials: Option<&mut Trials>) -> Bound {
        let solve = |caps: &[Cap]| if clock { by_the_clock(caps, length) } else { any(caps, length) };
        if self.kinds.is_empty() {
            return Bound { most: Some(Decimal::ZERO), exact: true, by: Vec::new(), sequence: None };
        }
        let all = self.all_caps();
        let repeated = self.repeated(&all);
        // If all limits of one kind apply to another kind too, the first passes wherever the second
        // does.
        let kept = self.freest();
        let mut proved: Option<u128> = Some(0);
        let mut by = BTreeSet::new();
        let mut best: Option<Best> = None;
        let mut starts = Vec::new();
        for index in &kept {
            let Some(kind) = self.kinds.get(*index) else { continue };
            let caps = self.caps(kind);
            let Some(found) = solve(&caps) else {
                return Bound { most: None, exact: true, by: Vec::new(), sequence: None };
            };
            proved = proved.and_then(|sum| sum.checked_add(found.bound));
            by.extend(cover(&caps, found.start, length).map(|(_, rules)| rules).unwrap_or_default());
            for (place, call) in repeated.iter().enumerate().filter(|(_, call)| call.kind == *index) {
                // A call that is repeated uses the same amount of each limit every time.
                let own = own_caps(&all, call);
                let Some(Peak { reached, start, pivot, .. }) =
                    (if own == caps { Some(found.clone()) } else { solve(&own) })
                else {
                    continue;
                };
                starts.push((start, pivot));
                if best.as_ref().is_none_or(|best| reached > best.total) {
                    best = Some(Best { total: reached, calls: vec![place], start, pivot });
                }
            }
        }
        if kept.len() > 1 {
            let (common, rules) = self.common(&kept);
            if let Some(found) = solve(&common)
                && proved.is_none_or(|sum| found.bound < sum)
            {
                proved = Some(found.bound);
                by = cover(&common, found.start, length).map(|(_, rules)| rules).unwrap_or(rules).into_iter().collect();
                starts.push((found.start, found.pivot));
            }
            let everything: Vec<usize> = (0..repeated.len()).collect();
            for (start, pivot) in starts {
                let Some(filled) = self.fill(&all, &repeated, &everything, (start, pivot), length) else { continue };
                let total = filled.iter().fold(0, |sum: u128, (_, _, calls)| sum.saturating_add(*calls));
                if best.as_ref().is_none_or(|best| total > best.total) {
                    best = Some(Best { total, calls: everything.clone(), start, pivot });
                }
            }
        }
        let bound = proved.unwrap_or(u128::MAX);
        let mut exact = best.as_ref().is_some_and(|best| best.total == bound);
        let mut sequence = None;
        if let (Some(best), Some(trials)) = (&best, trials) {
            match self.sequence(&all, &repeated, best, length, trials) {
                Tried::Allowed(found) => sequence = Some(found),
                Tried::Refused => exact = false,
                Tried::TooLong => {}
            }
        }
        let most = Decimal::parse(&bound.to_string()).unwrap_or(Decimal::ZERO);
        Bound { most: Some(most), exact, by: by.into_iter().collect(), sequence }
    }

    /// All limits, each once.
    fn all_caps(&self) -> Vec<Cap> {
        let mut all: Vec<Cap> = self
            .kinds
            .iter()
            .flat_map(|kind| &kind.limits)
            .map(|applied| Cap { window: applied.limit.window, most: applied.most, rule: applied.rule })
            .collect();
        all.sort_by_key(|cap| cap.rule);
        all.dedup();
        all
    }

    /// Calls of each kind that can be repeated: the example, and those with the least amounts.
    fn repeated(&self, all: &[Cap]) -> Vec<Repeated<'_>> {
        let mut found: Vec<Repeated<'_>> = Vec::new();
        for (index, kind) in self.kinds.iter().enumerate() {
            let least = kind.kind.amounts.iter().map(|amount| amount.template.as_str());
            for arguments in least.chain([kind.kind.example.as_str()]) {
                let Some(uses) = self.uses(kind, arguments, all) else { continue };
                if !found.iter().any(|known| known.kind == index && known.uses == uses) {
                    found.push(Repeated { kind: index, arguments, caller: kind.kind.caller.as_deref(), uses });
                }
            }
        }
        found
    }

    /// What a call uses of each limit; `None` if a number is too long to compute with.
    fn uses(&self, kind: &Kind<'_>, arguments: &str, all: &[Cap]) -> Option<Vec<(usize, u128)>> {
        let json = Json::parse(arguments).ok()?;
        let uses = kind.limits.iter().map(|applied| {
            let each = match &applied.limit.sum_of {
                None => 1,
                Some(path) => units(&number(path, json.root())?.as_number()?, self.scale)?,
            };
            Some((all.iter().position(|cap| cap.rule == applied.rule)?, each))
        });
        uses.collect()
    }

    /// The kinds that are not dominated by a freer one.
    fn freest(&self) -> Vec<usize> {
        let frees = |own: &Kind<'_>, other: &Kind<'_>| {
            own.is_freer_than(other)
                && own
                    .limits
                    .iter()
                    .filter_map(|applied| applied.limit.sum_of.as_ref())
                    .all(|path| own.least(path, self.scale) <= other.least(path, self.scale))
        };
        let kept =
            self.kinds.iter().enumerate().filter(|(index, kind)| {
                !self.kinds.iter().enumerate().any(|(place, other)| {
                    place != *index && frees(other, kind) && (!frees(kind, other) || place < *index)
                })
            });
        kept.map(|(index, _)| index).collect()
    }

    /// Caps on the calls of several kinds together: the limits that apply to all of them.
    fn common(&self, kept: &[usize]) -> (Vec<Cap>, Vec<usize>) {
        let kinds: Vec<&Kind<'_>> = kept.iter().filter_map(|index| self.kinds.get(*index)).collect();
        let each: Vec<Vec<Cap>> = kinds.iter().map(|kind| self.caps(kind)).collect();
        let Some((first, others)) = each.split_first() else { return (Vec::new(), Vec::new()) };
        let common = first.iter().filter_map(|cap| {
            let most = others.iter().map(|caps| caps.iter().find(|other| other.rule == cap.rule).map(|cap| cap.most));
            let most = most.collect::<Option<Vec<u128>>>()?.into_iter().chain([cap.most]).max()?;
            Some(Cap { most, ..cap.clone() })
        });
        let common: Vec<Cap> = common.collect();
        let rules = common.iter().map(|cap| cap.rule).collect();
        (common, rules)
    }

    /// As many calls as pass, as `(moment, which, how many)` in order of time. Around a pivot,
    /// calls come as late as possible before it and as early as possible after it, so that they
    /// follow each other quickly.
    fn fill(
        &self,
        all: &[Cap],
        repeated: &[Repeated<'_>],
        which: &[usize],
        (start, pivot): (u64, Option<u64>),
        length: u64,
    ) -> Option<Vec<(u64, usize, u128)>> {
        let moments = moments(all, start, pivot, length)?;
        let mut ledger = Ledger::new(all);
        let mut filled = Vec::new();
        for moment in moments {
            for place in which {
                let call = repeated.get(*place)?;
                let room = ledger.room(&call.uses, moment)?;
                if room > 0 {
                    ledger.take(&call.uses, moment, room);
                    filled.push((moment, *place, room));
                }
            }
        }
        filled.sort_unstable();
        Some(filled)
    }

    /// The calls that reach the best total, if the decider allows them and no more.
    fn sequence(&self, all: &[Cap], repeated: &[Repeated<'_>], best: &Best, length: u64, trials: &mut Trials) -> Tried {
        let sought = [best.pivot, None].into_iter().find_map(|pivot| {
            let filled = self.fill(all, repeated, &best.calls, (best.start, pivot), length)?;
            let total = filled.iter().fold(0, |sum: u128, (_, _, calls)| sum.saturating_add(*calls));
            (total == best.total).then_some(filled)
        });
        let Some(filled) = sought else { return Tried::TooLong };
        let bursts = filled.iter().map(|(moment, place, calls)| {
            let call = repeated.get(*place)?;
            Some(Burst {
                at: i64::try_from(*moment).ok()?,
                calls: u64::try_from(*calls).ok()?,
                arguments: call.arguments.to_owned(),
                caller: call.caller.map(str::to_owned),
                amount: None,
            })
        });
        let (Some(bursts), Some(moments), Ok(start)) =
            (bursts.collect::<Option<Vec<Burst>>>(), moments(all, best.start, None, length), i64::try_from(best.start))
        else {
            return Tried::TooLong;
        };
        let more: Vec<(&str, Option<&str>)> = best
            .calls
            .iter()
            .filter_map(|place| repeated.get(*place))
            .map(|call| (call.arguments, call.caller))
            .collect();
        match trials.confirm(self.model, self.subject, &bursts, &moments, &more) {
            Some(true) => {
                let total = Decimal::parse(&best.total.to_string()).unwrap_or(Decimal::ZERO);
                Tried::Allowed(Sequence { start, total, bursts })
            }
            Some(false) => Tried::Refused,
            None => Tried::TooLong,
        }
    }
}

/// The result of trying a sequence.
enum Tried {
    Allowed(Sequence),
    Refused,
    TooLong,
}

/// The moments at which calls are worth trying: one in each part between edges of windows. Those
/// before the pivot come first, the latest of them at the front.
pub(super) fn moments(caps: &[Cap], start: u64, pivot: Option<u64>, length: u64) -> Option<Vec<u64>> {
    let mut moments = edges(caps.iter().map(|cap| cap.window), start, length)?;
    if let Some(pivot) = pivot {
        let before = moments.partition_point(|moment| *moment < pivot);
        if let Some(before) = moments.get_mut(..before) {
            before.reverse();
        }
    }
    Some(moments)
}

/// The limits on a call that is repeated, as numbers of such calls.
fn own_caps(all: &[Cap], call: &Repeated<'_>) -> Vec<Cap> {
    let caps = call.uses.iter().filter(|(_, each)| *each > 0);
    caps.filter_map(|(place, each)| all.get(*place).map(|cap| Cap { most: cap.most / each, ..cap.clone() })).collect()
}

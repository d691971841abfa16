//! Limits that never refuse a call.
//!
//! A limit never refuses a call if the other limits alone let no more than its maximum pass in its
//! window. Only those limits count here that apply to every call to which it applies, and that
//! count at least the calls that it counts. Limits are examined from the last rule to the first,
//! and those already found useless are left out, so that of two equal limits the second is named,
//! and removing all named limits changes nothing. This is also proved for the calls that a limit
//! refuses before it has counted any, and for what it opens.

use std::collections::{BTreeMap, BTreeSet};

use super::convolution::{On, SumCap, bounding, clock_sum};
use super::problem::{decimal, units};
use super::proof::Proofs;
use super::span::{Cap, by_the_clock, cover};
use super::{CallKind, Model, Never};
use crate::decimal::Decimal;
use crate::ir::{Limit, Scope, Subject};
use crate::predicate::Path;

/// Numbers with more digits after the point are not used.
const MAX_SCALE: u64 = 18;

/// Tools with more limits are skipped, because each limit is compared with every other limit of the
/// tool.
const MOST_LIMITS: usize = 200;

/// The search for limits that never refuse a call.
struct Search<'p, 'k> {
    model: &'p Model<'p>,
    kinds: &'k BTreeMap<Subject, Vec<&'k CallKind>>,
    /// The tools to which each limit applies in some kind of call.
    applied: BTreeMap<usize, BTreeSet<Subject>>,
    /// The tools that each limit selects, including those of which no call passes.
    selected: BTreeMap<usize, Vec<Subject>>,
    /// Whether some tool has more limits than are compared.
    has_too_many: bool,
    useless: BTreeSet<(usize, Option<Subject>)>,
    proofs: Proofs<'p>,
}

/// The limits that never refuse a call, in the order of the source.
pub(super) fn never(model: &Model<'_>, kinds: &BTreeMap<Subject, Vec<&CallKind>>) -> Vec<Never> {
    let mut search = Search::new(model, kinds);
    let mut found: Vec<Never> = Vec::new();
    for (index, subjects) in search.applied.clone().into_iter().rev() {
        let Some(limit) = model.limit(index) else { continue };
        let before = found.len();
        if limit.total {
            let never = search.total(index, limit, &subjects);
            found.extend(never.filter(|_| search.is_proved_total(index)));
        } else {
            for subject in subjects.into_iter().rev() {
                let never = search.of_tool(index, limit, subject);
                found.extend(never.filter(|_| search.is_proved(index, subject)));
            }
        }
        search.useless.extend(found.iter().skip(before).map(|never| (never.rule, never.subject)));
    }
    found.reverse();
    found
}

impl<'p, 'k> Search<'p, 'k> {
    fn new(model: &'p Model<'p>, kinds: &'k BTreeMap<Subject, Vec<&'k CallKind>>) -> Self {
        let mut applied: BTreeMap<usize, BTreeSet<Subject>> = BTreeMap::new();
        for (subject, kind) in kinds.iter().flat_map(|(subject, kinds)| kinds.iter().map(move |kind| (subject, kind))) {
            for rule in &kind.limits {
                applied.entry(*rule).or_default().insert(*subject);
            }
        }
        let mut selected: BTreeMap<usize, Vec<Subject>> = BTreeMap::new();
        // Only limits on a total need this.
        if applied.keys().any(|rule| model.limit(*rule).is_some_and(|limit| limit.total)) {
            for subject in model.subjects() {
                for limited in model.case(subject).limits.iter().filter(|limited| limited.limit.total) {
                    selected.entry(limited.rule).or_default().push(subject);
                }
            }
        }
        let has_too_many = kinds.values().flatten().any(|kind| kind.limits.len() > MOST_LIMITS);
        Self { model, kinds, applied, selected, has_too_many, useless: BTreeSet::new(), proofs: Proofs::new(model) }
    }

    /// Whether it is proved that a limit, together with those found useless so far, changes nothing
    /// for the first call of a tool.
    fn is_proved(&mut self, index: usize, subject: Subject) -> bool {
        let case = self.model.case(subject);
        let is_useless = |rule: &usize| [None, Some(subject)].iter().any(|of| self.useless.contains(&(*rule, *of)));
        let useless = case.limits.iter().map(|limited| limited.rule).filter(is_useless);
        let gone = useless.chain([index]).collect();
        self.proofs.are_needless_at_first(subject, &gone)
    }

    /// Like [`Search::is_proved`], for all tools that a limit on a total selects, including those
    /// of which no call passes.
    fn is_proved_total(&mut self, index: usize) -> bool {
        let selected = self.selected.get(&index).cloned().unwrap_or_default();
        selected.into_iter().all(|subject| self.is_proved(index, subject))
    }

    /// The kinds of a tool to which a limit applies.
    fn subject_kinds(&self, index: usize, subject: Subject) -> Vec<&CallKind> {
        let kinds = self.kinds.get(&subject).map(Vec::as_slice).unwrap_or_default();
        if kinds.iter().any(|kind| kind.limits.len() > MOST_LIMITS) {
            return Vec::new();
        }
        kinds.iter().copied().filter(|kind| kind.limits.binary_search(&index).is_ok()).collect()
    }

    /// The limits other than `own` that apply to all of the given kinds and count at least as
    /// widely.
    fn others(&self, index: usize, own: &Limit, subject: Subject, kinds: &[&CallKind]) -> Vec<(usize, &Limit)> {
        let Some((first, rest)) = kinds.split_first() else { return Vec::new() };
        let wide = |limit: &Limit| limit.scope == own.scope || limit.scope == Scope::Server;
        let used = |rule: usize, limit: &Limit| {
            let subject = (!limit.total).then_some(subject);
            rule != index && !self.useless.contains(&(rule, subject))
        };
        first
            .limits
            .iter()
            .filter(|rule| rest.iter().all(|kind| kind.limits.binary_search(rule).is_ok()))
            .filter_map(|rule| Some((*rule, self.model.limit(*rule)?)))
            .filter(|(rule, limit)| used(*rule, limit) && wide(limit))
            .collect()
    }

    /// How much of what a limit counts the `others` let pass in its window, and which of them
    /// matter.
    fn most(&self, own: &Limit, kinds: &[&CallKind], others: &[(usize, &Limit)]) -> Option<(Decimal, Vec<usize>)> {
        let digits = others.iter().map(|(_, limit)| limit.max.fraction_digits());
        let amounts = kinds.iter().flat_map(|kind| &kind.amounts).flat_map(|amount| {
            let largest = amount.largest.as_ref().map_or(0, |extreme| extreme.value.fraction_digits());
            [largest, amount.least.value.fraction_digits()]
        });
        let scale = digits.chain(amounts).filter(|digits| *digits <= MAX_SCALE).max().unwrap_or(0);
        // The least amount at a path over all kinds, rounded down: each call takes at least so
        // much.
        let least = |path: &Path| {
            let each = kinds.iter().map(|kind| {
                let amount = kind.amounts.iter().find(|amount| amount.path == *path)?;
                units(&amount.least.value, scale)
            });
            each.map(Option::unwrap_or_default).min().unwrap_or(0)
        };
        let calls = |limit: &Limit| match &limit.sum_of {
            None => units(&limit.max, 0),
            Some(path) => units(&limit.max, scale)?.checked_div(least(path)),
        };
        let Some(path) = &own.sum_of else {
            let caps = others
                .iter()
                .filter_map(|(rule, limit)| Some(Cap { window: limit.window, most: calls(limit)?, rule: *rule }));
            let caps: Vec<Cap> = caps.collect();
            let found = by_the_clock(&caps, own.window)?;
            let rules = cover(&caps, found.start, own.window).map(|(_, rules)| rules).unwrap_or_default();
            return Some((decimal(found.bound, 0), rules));
        };
        let caps = others.iter().filter_map(|(rule, limit)| {
            let bound = match &limit.sum_of {
                Some(summed) if summed == path => On::Sum(units(&limit.max, scale)?),
                _ => On::Calls(calls(limit)?),
            };
            Some(SumCap { window: limit.window, rule: *rule, bound })
        });
        let caps: Vec<SumCap> = caps.collect();
        let by_sums = caps.iter().filter_map(|cap| if let On::Sum(most) = cap.bound { Some(most) } else { None }).min();
        let by_amounts = kinds.iter().map(|kind| {
            let amount = kind.amounts.iter().find(|amount| amount.path == *path)?;
            units(&amount.largest.as_ref()?.value, scale)
        });
        let by_amounts = by_amounts.collect::<Option<Vec<u128>>>().and_then(|all| all.into_iter().max());
        let largest = by_sums.into_iter().chain(by_amounts).min()?;
        let found = clock_sum(&caps, largest, own.window)?;
        Some((decimal(found.bound, scale), bounding(&caps, largest, found.start, own.window)))
    }

    fn of_tool(&self, index: usize, own: &Limit, subject: Subject) -> Option<Never> {
        let kinds = self.subject_kinds(index, subject);
        let others = self.others(index, own, subject, &kinds);
        let (most, by) = self.most(own, &kinds, &others)?;
        (most <= own.max).then_some(Never { rule: index, subject: Some(subject), most, by })
    }

    /// A total is out of reach if what its tools let through, each by its own limits, comes to no
    /// more, or if limits on a total that count all its calls let no more through.
    fn total(&self, index: usize, own: &Limit, subjects: &BTreeSet<Subject>) -> Option<Never> {
        if self.has_too_many {
            return None;
        }
        let subjects: Vec<(Subject, Vec<&CallKind>)> =
            subjects.iter().map(|subject| (*subject, self.subject_kinds(index, *subject))).collect();
        let separate = || {
            let mut sum = Decimal::ZERO;
            let mut by = BTreeSet::new();
            for (subject, kinds) in &subjects {
                // There may be any number of tools that the policy does not know.
                subject.tool?;
                let (most, rules) = self.most(own, kinds, &self.others(index, own, *subject, kinds))?;
                sum = sum.checked_add(&most, 60)?;
                by.extend(rules);
            }
            Some((sum, by.into_iter().collect()))
        };
        let together = || {
            let (first, _) = subjects.first()?;
            let kinds: Vec<&CallKind> = subjects.iter().flat_map(|(_, kinds)| kinds.iter().copied()).collect();
            let mut others = self.others(index, own, *first, &kinds);
            others.retain(|(_, limit)| limit.total);
            self.most(own, &kinds, &others)
        };
        let found: [Option<(Decimal, Vec<usize>)>; 2] = [separate(), together()];
        let (most, by) = found.into_iter().flatten().min_by(|left, right| left.0.cmp(&right.0))?;
        (most <= own.max).then_some(Never { rule: index, subject: None, most, by })
    }
}

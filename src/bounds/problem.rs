//! The limits of a tool as whole numbers.

use super::span::Cap;
use super::{Amount, CallKind, Model};
use crate::decimal::Decimal;
use crate::ir::{Limit, Scope, Subject};
use crate::predicate::Path;

/// Numbers with more digits after the point, or with more digits in all, are not used.
const MAX_SCALE: u64 = 18;
const MAX_DIGITS: u64 = 36;

/// Whose calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those of one grant with one caller: every limit counts them in one count.
    Caller,
    /// Those of one grant with any callers.
    Grant,
    /// Those of all grants.
    All,
}

impl Reach {
    /// Whether all these calls share one count of a limit.
    pub(super) const fn shares(self, scope: &Scope) -> bool {
        match self {
            Self::Caller => true,
            Self::Grant => matches!(scope, Scope::Grant | Scope::Server),
            Self::All => matches!(scope, Scope::Server),
        }
    }
}

/// One limit, with amounts in units of the problem.
pub(super) struct Applied<'p> {
    pub(super) rule: usize,
    pub(super) limit: &'p Limit,
    pub(super) most: u128,
}

/// The limits and kinds of one tool.
pub(super) struct Problem<'p> {
    pub(super) model: &'p Model<'p>,
    pub(super) subject: Subject,
    pub(super) kinds: Vec<Kind<'p>>,
    /// How many digits after the point a unit of an amount has.
    pub(super) scale: u64,
}

/// A kind and the limits that apply to it.
pub(super) struct Kind<'p> {
    pub(super) kind: &'p CallKind,
    pub(super) limits: Vec<Applied<'p>>,
}

/// A number in units of `10^-scale`.
pub(super) fn units(number: &Decimal, scale: u64) -> Option<u128> {
    number.scaled(scale, MAX_DIGITS).and_then(|number| u128::try_from(number).ok())
}

/// The number that this many units of `10^-scale` are.
pub(super) fn decimal(units: u128, scale: u64) -> Decimal {
    Decimal::parse(&format!("{units}e-{scale}")).unwrap_or(Decimal::ZERO)
}

impl<'p> Problem<'p> {
    pub(super) fn new(model: &'p Model<'p>, subject: Subject, kinds: &[&'p CallKind], reach: Reach) -> Self {
        let limits_of = |kind: &'p CallKind| {
            let rules = kind.limits.iter().filter_map(|rule| Some((*rule, model.limit(*rule)?)));
            // If no grant and no caller may make a call, all of them together cannot make one.
            let counts = |limit: &Limit| reach.shares(&limit.scope) || limit.sum_of.is_none() && limit.max.is_zero();
            rules.filter(|(_, limit)| counts(limit)).collect::<Vec<_>>()
        };
        let maxima = kinds.iter().flat_map(|kind| limits_of(kind)).map(|(_, limit)| limit.max.fraction_digits());
        let amounts = kinds.iter().flat_map(|kind| &kind.amounts).flat_map(|amount| {
            let largest = amount.largest.as_ref().map_or(0, |extreme| extreme.value.fraction_digits());
            [amount.least.value.fraction_digits(), largest]
        });
        let scale = maxima.chain(amounts).filter(|digits| *digits <= MAX_SCALE).max().unwrap_or(0);
        let kinds = kinds.iter().map(|kind| {
            // A limit with a number too long to compute with is left out: what remains is still a
            // bound.
            let limits = limits_of(kind).into_iter().filter_map(|(rule, limit)| {
                let most = units(&limit.max, if limit.sum_of.is_some() { scale } else { 0 })?;
                Some(Applied { rule, limit, most })
            });
            Kind { kind, limits: limits.collect() }
        });
        Self { model, subject, kinds: kinds.collect(), scale }
    }

    /// The caps on the number of calls of a kind, each of which has at least the least amounts.
    pub(super) fn caps(&self, kind: &Kind<'_>) -> Vec<Cap> {
        let cap = |applied: &Applied<'_>| {
            let most = match &applied.limit.sum_of {
                None => applied.most,
                Some(path) => match kind.least(path, self.scale) {
                    0 => return None,
                    least => applied.most / least,
                },
            };
            Some(Cap { window: applied.limit.window, most, rule: applied.rule })
        };
        kind.limits.iter().filter_map(cap).collect()
    }
}

impl Kind<'_> {
    pub(super) fn amount(&self, path: &Path) -> Option<&Amount> {
        self.kind.amounts.iter().find(|amount| amount.path == *path)
    }

    /// The least amount at a path in units, rounded down.
    pub(super) fn least(&self, path: &Path, scale: u64) -> u128 {
        self.amount(path).and_then(|amount| units(&amount.least.value, scale)).unwrap_or(0)
    }

    /// Whether every limit that applies to this kind applies to another, too.
    pub(super) fn is_freer_than(&self, other: &Self) -> bool {
        self.limits.iter().all(|own| other.limits.iter().any(|applied| applied.rule == own.rule))
    }
}

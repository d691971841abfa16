//! Which calls of a tool may pass, by the limits that apply to them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Amount, CallKind, Extreme, Subject};
use crate::decimal::Decimal;
use crate::eval::{Call, Evaluator, Verdict, holds};
use crate::ir::{Effect, Path, Policy, Rule, ScalarValue, Step, Test};
use crate::json::{Json, Value};
use crate::probe::{Probe, atoms, probes};
use crate::syntax::ast::PathRoot;

/// How many calls are tried for one tool.
const MOST_CALLS: usize = 2_000;
/// How many numbers are tried as the amount of a call.
const MOST_NUMBERS: usize = 64;
/// Numbers with more digits are not stepped beside.
const MAX_DIGITS: u64 = 400;

/// The kinds of calls to a tool that may pass, limits aside.
///
/// They are found by trying calls, so some may be missing: everything in this file will be replaced by the exact analysis, and
/// nothing outside it depends on how kinds are found.
#[must_use]
pub fn kinds(policy: &Policy, subject: Subject) -> Vec<CallKind> {
    let evaluator = Evaluator::new(policy);
    let Some(finder) = Finder::new(policy, subject, &evaluator) else { return Vec::new() };
    let mut groups: BTreeMap<Vec<usize>, Vec<Probe>> = BTreeMap::new();
    for probe in finder.probes() {
        if let Some(limits) = finder.limits_of(&probe) {
            groups.entry(limits).or_default().push(probe);
        }
    }
    groups.into_iter().filter_map(|(limits, probes)| finder.kind(limits, probes)).collect()
}

struct Finder<'p> {
    policy: &'p Policy,
    subject: Subject,
    evaluator: &'p Evaluator<'p>,
    rules: Vec<(usize, &'p Rule)>,
    summed: Vec<&'p Path>,
}

impl<'p> Finder<'p> {
    fn new(policy: &'p Policy, subject: Subject, evaluator: &'p Evaluator<'p>) -> Option<Self> {
        policy.server(subject.server)?;
        let rules: Vec<(usize, &Rule)> =
            policy.rules.iter().enumerate().filter(|(_, rule)| subject.is_selected_by(rule)).collect();
        let mut summed: Vec<&Path> = Vec::new();
        for (_, rule) in &rules {
            if let Effect::Limit(limit) = &rule.effect
                && let Some(path) = &limit.sum_of
                && !summed.iter().any(|known| known.text == path.text)
            {
                summed.push(path);
            }
        }
        Some(Self { policy, subject, evaluator, rules, summed })
    }

    fn probes(&self) -> Vec<Probe> {
        let conditions = self.rules.iter().filter_map(|(_, rule)| Some(&rule.guard.as_ref()?.condition));
        probes(conditions, self.summed.iter().copied(), MOST_CALLS, &|_| Vec::new())
    }

    /// The limits that apply to a call that passes while they have room; `None` for a call that never passes.
    fn limits_of(&self, probe: &Probe) -> Option<Vec<usize>> {
        let arguments = Json::parse(&probe.arguments).ok()?;
        let caller = probe.caller.as_deref().map(Json::parse).transpose().ok()?;
        let call = self.subject.call(self.policy, arguments.root(), caller.as_ref().map(Json::root), 0);
        let applies = |rule: &Rule| rule.guard.as_ref().is_none_or(|guard| holds(&guard.condition, &call));
        let mut limits = Vec::new();
        for (index, rule) in &self.rules {
            let Effect::Limit(limit) = &rule.effect else { continue };
            if !applies(rule) {
                continue;
            }
            if let Some(path) = &limit.sum_of {
                amount(path, &call)?;
            }
            limits.push(*index);
        }
        let decision = self.evaluator.decide(&call);
        let by = decision.decided_by.and_then(|index| self.policy.rules.get(index));
        let by_limit = by.is_some_and(|rule| matches!(rule.effect, Effect::Limit(_)));
        let held = || self.rules.iter().any(|(_, rule)| matches!(rule.effect, Effect::Approval) && applies(rule));
        match decision.verdict {
            Verdict::Allow => Some(limits),
            Verdict::Deny if by_limit && !held() => Some(limits),
            Verdict::Deny | Verdict::Approval => None,
        }
    }

    fn kind(&self, limits: Vec<usize>, mut probes: Vec<Probe>) -> Option<CallKind> {
        probes.sort_by_key(|probe| (probe.caller.as_ref().map_or(0, String::len), probe.arguments.len()));
        let amounts = self.summed.iter().filter_map(|path| self.amount(&limits, &probes, path)).collect();
        let shortest = probes.into_iter().next()?;
        Some(CallKind { subject: self.subject, limits, example: shortest.arguments, caller: shortest.caller, amounts })
    }

    /// The least and the largest amount that keeps a call of its kind.
    fn amount(&self, limits: &[usize], probes: &[Probe], path: &Path) -> Option<Amount> {
        let with_number = probes.iter().find(|probe| {
            Json::parse(&probe.arguments).is_ok_and(|json| {
                number(path, json.root()).and_then(Value::as_number).is_some_and(|number| !number.is_negative())
            })
        })?;
        let stays = |number: &Decimal| {
            let arguments = with_amount(&with_number.arguments, path, number)?;
            let probe = Probe { arguments, caller: with_number.caller.clone() };
            (self.limits_of(&probe).as_deref() == Some(limits)).then_some(probe.arguments)
        };
        let mut tried = BTreeMap::new();
        let step = Decimal::parse("0.000000001")?;
        for literal in self.literals(path) {
            let beside = [literal.checked_add(&step.negated(), MAX_DIGITS), literal.checked_add(&step, MAX_DIGITS)];
            for number in beside.into_iter().flatten() {
                tried.entry(number).or_insert_with(|| Some(literal.clone()));
            }
            tried.insert(literal, None);
        }
        let passing: Vec<(Decimal, Extreme)> = tried
            .into_iter()
            .filter_map(|(number, beside)| {
                let arguments = stays(&number)?;
                Some(match beside {
                    Some(value) => (number, Extreme { value, arguments: None }),
                    None => (number.clone(), Extreme { value: number, arguments: Some(arguments) }),
                })
            })
            .collect();
        let huge = Decimal::parse("1e60")?;
        let least = passing.first().map(|(_, extreme)| extreme.clone())?;
        let largest = match stays(&huge) {
            Some(_) => None,
            None => passing.last().map(|(_, extreme)| extreme.clone()),
        };
        Some(Amount { path: path.clone(), template: with_number.arguments.clone(), least, largest })
    }

    /// The numbers that conditions compare the amount with, and zero.
    fn literals(&self, path: &Path) -> BTreeSet<Decimal> {
        let mut found = BTreeSet::from([Decimal::ZERO, Decimal::ONE]);
        for atom in
            self.rules.iter().filter_map(|(_, rule)| rule.guard.as_ref()).flat_map(|guard| atoms(&guard.condition))
        {
            if atom.path.text != path.text {
                continue;
            }
            let scalars = match &atom.test {
                Test::Compare(_, scalar) => std::slice::from_ref(scalar),
                Test::In(list) | Test::NotIn(list) => list.as_slice(),
                _ => &[],
            };
            let numbers = scalars.iter().filter_map(|scalar| match &scalar.value {
                ScalarValue::Number(number) if !number.is_negative() => Some(number.clone()),
                _ => None,
            });
            found.extend(numbers.take(MOST_NUMBERS));
        }
        found
    }
}

/// The value at a path of the arguments.
pub(super) fn number<'a>(path: &Path, arguments: Value<'a>) -> Option<Value<'a>> {
    if path.root != PathRoot::Args {
        return None;
    }
    path.steps.iter().try_fold(arguments, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.at(*index as usize),
    })
}

/// What a call adds to a sum: a number that is not negative.
pub(super) fn amount(path: &Path, call: &Call<'_>) -> Option<Decimal> {
    number(path, call.arguments)?.as_number().filter(|number| !number.is_negative())
}

/// Arguments with another number at a path that has one.
pub(super) fn with_amount(arguments: &str, path: &Path, amount: &Decimal) -> Option<String> {
    let json = Json::parse(arguments).ok()?;
    let (start, end) = number(path, json.root())?.span();
    let before = arguments.get(..start as usize)?;
    let after = arguments.get(end as usize..)?;
    Some(format!("{before}{amount}{after}"))
}

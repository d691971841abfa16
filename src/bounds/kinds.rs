//! The kinds of calls of a tool that may pass, distinguished by the limits that apply to them and
//! found by the exact analysis.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Amount, CallKind, Extreme, Model};
use crate::analysis::case::{Case, Limited};
use crate::analysis::condition::place;
use crate::analysis::limits::WindowModel;
use crate::decimal::Decimal;
use crate::eval::{Call, Verdict};
use crate::ir::Subject;
use crate::json::{Json, Value};
use crate::predicate::{Comparison, Path, PathRoot, Step};
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula, Place};
use crate::solver::space::{Example, Space, Truth};
use crate::solver::{Budget, Exhausted};

/// The most kinds that calls of one tool may have.
const MOST_KINDS: usize = 64;
/// The work that the kinds of one tool may cost, in steps of the solver.
const STEPS: u64 = 10_000_000;

/// The kinds of calls that may pass.
#[derive(Debug, Clone, Default)]
pub struct CallKinds {
    /// The kinds, tool by tool.
    pub kinds: Vec<CallKind>,
    /// Tools whose kinds are too many, or too much work to find: nothing is known about them.
    pub undecided: Vec<Subject>,
}

/// All kinds of calls that may pass, limits aside. Held calls are taken as approved, since they
/// count then. Tools with the same case are examined once.
#[must_use]
pub fn kinds(model: &Model<'_>) -> CallKinds {
    kinds_of(model, &|_| true)
}

/// Like [`kinds`], for the wanted tools only.
#[must_use]
pub fn kinds_of(model: &Model<'_>, wanted: &dyn Fn(Subject) -> bool) -> CallKinds {
    let mut found = CallKinds::default();
    for (case, subjects) in model.groups(wanted) {
        let Some(first) = subjects.first() else { continue };
        let finder = Finder { model, subject: *first, case: &case, summed: summed(&case) };
        match finder.kinds(&mut Budget::new(STEPS)) {
            Ok(kinds) => {
                for subject in subjects {
                    found.kinds.extend(kinds.iter().map(|kind| CallKind { subject, ..kind.clone() }));
                }
            }
            Err(Exhausted) => found.undecided.extend(subjects),
        }
    }
    found
}

/// The paths that limits of a tool sum, each once.
fn summed(case: &Case) -> Vec<Path> {
    let mut summed: Vec<Path> = Vec::new();
    for path in case.limits.iter().filter_map(|limit| limit.limit.sum_of.as_ref()) {
        if !summed.contains(path) {
            summed.push(path.clone());
        }
    }
    summed
}

/// Finds the kinds of calls of one tool.
struct Finder<'p> {
    model: &'p Model<'p>,
    subject: Subject,
    case: &'p Case,
    summed: Vec<Path>,
}

/// Zero, and the numbers with which formulas compare the value at a path. Between two neighbours
/// all amounts are equivalent.
struct Line {
    path: Path,
    place: Place,
    points: BTreeSet<Decimal>,
}

impl Line {
    fn test(&self, comparison: Comparison, at: &Decimal) -> Formula {
        Formula::Test(self.place.clone(), Check::Number(comparison, at.clone()))
    }

    /// That there is an amount: a number that is not negative.
    fn amount(&self) -> Formula {
        self.test(Comparison::GreaterEqual, &Decimal::ZERO)
    }
}

/// The questions about one tool.
struct Asked {
    space: Space,
    /// That a call passes while all limits have room.
    passes: Truth,
    /// That no limit refuses a call before anything has been counted.
    fits: Truth,
    /// The limits, by index of the rule, with whether each applies.
    applies: Vec<(usize, Truth)>,
    lines: Vec<Line>,
}

impl Finder<'_> {
    fn kinds(&self, budget: &mut Budget) -> Result<Vec<CallKind>, Exhausted> {
        if self.case.is_closed() {
            return Ok(Vec::new());
        }
        // Counters that are like no limit of the language, which only gateways have.
        let Case { quotas, unread, limits, .. } = self.case;
        let is_other = |limited: &Limited| limited.whole || limited.is_apart || limited.windows != WindowModel::Aligned;
        if !quotas.is_empty() || !unread.is_empty() || limits.iter().any(is_other) {
            return Err(Exhausted);
        }
        let mut asked = self.ask();
        let mut found = Vec::new();
        let mut demands = vec![asked.passes];
        while let Some(example) = asked.space.any_example(&demands, budget)? {
            if found.len() >= MOST_KINDS {
                return Err(Exhausted);
            }
            let limits = self.limits_of(&example).ok_or(Exhausted)?;
            let is = |(rule, applies): &(usize, Truth)| if limits.contains(rule) { *applies } else { !*applies };
            let exactly: Vec<Truth> = asked.applies.iter().map(is).collect();
            let mut of_kind = exactly.clone();
            of_kind.push(asked.passes);
            found.push(self.kind(&mut asked, limits, &of_kind, budget)?);
            let other = asked.space.any(exactly.into_iter().map(|truth| !truth));
            demands.push(other);
        }
        found.sort_by(|left, right| left.limits.cmp(&right.limits));
        Ok(found)
    }

    fn ask(&self) -> Asked {
        let lines: Vec<Line> = self
            .summed
            .iter()
            .filter(|path| path.root == PathRoot::Args)
            .map(|path| {
                let place = place(path);
                let mut points = BTreeSet::from([Decimal::ZERO]);
                self.case.formulas().for_each(|formula| constants(formula, &place, &mut points));
                Line { path: path.clone(), place, points }
            })
            .collect();
        let more: Vec<Formula> = lines
            .iter()
            .flat_map(|line| line.points.iter().map(|point| line.test(Comparison::Equal, point)))
            .chain(lines.iter().map(|line| Formula::Is(line.place.clone(), Kinds::NUMBER)))
            .collect();
        let mut space = Space::new(self.case.formulas().chain(&more));
        let mut all = |list: &mut dyn Iterator<Item = &Arc<Formula>>| -> Vec<Truth> {
            list.map(|formula| space.holds(formula)).collect()
        };
        let denied = all(&mut self.case.denied.iter().map(|held| &held.formula));
        let opened = all(&mut self.case.opened.iter().map(|(_, formula)| formula));
        let required = all(&mut self.case.required.iter().map(|held| &held.formula));
        let applies = all(&mut self.case.limits.iter().map(|limit| &limit.applies));
        let mut demands: Vec<Truth> = denied.into_iter().map(|truth| !truth).chain(required).collect();
        demands.push(space.any(opened));
        // A limit that sums has no room for a call without an amount, however much is left.
        for (limit, applies) in self.case.limits.iter().zip(&applies) {
            let Some(path) = &limit.limit.sum_of else { continue };
            let amount = match lines.iter().find(|line| line.path == *path) {
                Some(line) => space.holds(&line.amount()),
                None => space.constant(false),
            };
            demands.push(space.any([!*applies, amount]));
        }
        let passes = space.all(demands);
        let refuses: Vec<Truth> = self.case.limits.iter().map(|limit| space.holds(&limit.refuses)).collect();
        let fits = !space.any(refuses);
        let applies = self.case.limits.iter().map(|limit| limit.rule).zip(applies).collect();
        Asked { space, passes, fits, applies, lines }
    }

    /// The kind of calls to which exactly these limits apply.
    fn kind(
        &self,
        asked: &mut Asked,
        limits: Vec<usize>,
        of_kind: &[Truth],
        budget: &mut Budget,
    ) -> Result<CallKind, Exhausted> {
        let Asked { space, lines, fits, .. } = asked;
        // A call that passes at once is the better example.
        let fitting: Vec<Truth> = of_kind.iter().copied().chain([*fits]).collect();
        let example = match space.example(&fitting, budget)? {
            Some(example) => example,
            None => space.example(of_kind, budget)?.ok_or(Exhausted)?,
        };
        if self.limits_of(&example).as_ref() != Some(&limits) {
            return Err(Exhausted);
        }
        let mut amounts = Vec::new();
        for line in lines {
            amounts.extend(self.amount(space, line, &limits, of_kind, budget)?);
        }
        Ok(CallKind { subject: self.subject, limits, example: example.arguments, caller: example.caller, amounts })
    }

    /// The least and the largest amount of calls of a kind; `None` if they have none.
    fn amount(
        &self,
        space: &mut Space,
        line: &Line,
        limits: &[usize],
        of_kind: &[Truth],
        budget: &mut Budget,
    ) -> Result<Option<Amount>, Exhausted> {
        let mut find = |tests: &[Formula]| -> Result<Option<String>, Exhausted> {
            let tests: Vec<Truth> = tests.iter().map(|test| space.holds(test)).collect();
            let demands: Vec<Truth> = of_kind.iter().copied().chain(tests).collect();
            let Some(example) = space.example(&demands, budget)? else { return Ok(None) };
            if self.limits_of(&example).as_deref() != Some(limits) {
                return Err(Exhausted);
            }
            Ok(Some(example.arguments))
        };
        let points: Vec<&Decimal> = line.points.iter().filter(|point| !point.is_negative()).collect();
        // The cells from zero on: each point, and what lies above it up to the next.
        let mut ends: Vec<(Extreme, Option<Extreme>)> = Vec::new();
        // A call of the lowest cell, so that it has about the least amount.
        let mut template = None;
        for (index, point) in points.iter().enumerate() {
            let next = points.get(index + 1).map(|next| (*next).clone());
            if let Some(arguments) = find(&[line.test(Comparison::Equal, point)])? {
                template.get_or_insert_with(|| arguments.clone());
                let at = Extreme { value: (*point).clone(), arguments: Some(arguments) };
                ends.push((at.clone(), Some(at)));
            }
            let mut gap = vec![line.test(Comparison::Greater, point)];
            gap.extend(next.as_ref().map(|next| line.test(Comparison::Less, next)));
            if let Some(arguments) = find(&gap)? {
                template.get_or_insert(arguments);
                let from = Extreme { value: (*point).clone(), arguments: None };
                ends.push((from, next.map(|value| Extreme { value, arguments: None })));
            }
        }
        let (Some((least, _)), Some((_, largest)), Some(template)) = (ends.first(), ends.last(), template) else {
            return Ok(None);
        };
        Ok(Some(Amount { path: line.path.clone(), template, least: least.clone(), largest: largest.clone() }))
    }

    /// The limits that apply to a call that passes while they have room, as the evaluator sees it;
    /// `None` for a call that never passes.
    fn limits_of(&self, example: &Example) -> Option<Vec<usize>> {
        let arguments = Json::parse(&example.arguments).ok()?;
        let caller = example.caller.as_deref().map(Json::parse).transpose().ok()?;
        let (model, subject) = (self.model, self.subject);
        let name = model.name_in_call(subject);
        let call = model.call(subject, &name, arguments.root(), caller.as_ref().map(Json::root), 0);
        let mut limits = Vec::new();
        for limit in self.case.limits.iter().filter(|limit| model.decider().applies(limit.rule, &call)) {
            if let Some(path) = &limit.limit.sum_of {
                amount(path, &call)?;
            }
            limits.push(limit.rule);
        }
        let ruling = model.decider().decide(&call);
        (ruling.verdict == Verdict::Allow || ruling.by_limit).then_some(limits)
    }
}

/// Adds the numbers with which a formula compares the value at a place.
fn constants(formula: &Formula, place: &Place, found: &mut BTreeSet<Decimal>) {
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|part| constants(part, place, found)),
        Formula::Not(inner) => constants(inner, place, found),
        Formula::Test(at, Check::Number(_, number)) if at == place => {
            found.insert(number.clone());
        }
        Formula::Test(at, Check::Numbers(numbers)) if at == place => found.extend(numbers.iter().cloned()),
        Formula::Is(..) | Formula::Test(..) | Formula::Every(..) | Formula::Some(..) => {}
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

/// The arguments with another number in place of the one at a path; `None` if there is none.
pub(super) fn with_amount(arguments: &str, path: &Path, amount: &Decimal) -> Option<String> {
    let json = Json::parse(arguments).ok()?;
    let (start, end) = number(path, json.root())?.span();
    let before = arguments.get(..start as usize)?;
    let after = arguments.get(end as usize..)?;
    Some(format!("{before}{amount}{after}"))
}

//! What a case demands of a call that passes, as a list. Most of what one side demands, the other
//! demands too, and that can be seen without solving.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::analysis::ask::{Question, STEPS};
use crate::analysis::case::Case;
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;
use crate::solver::Budget;
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::solver::space::{Space, Truth};

/// How many of the last answers are reused: the same statement over many tools gives the same
/// question each time.
const KEPT: usize = 64;

/// Which demands imply which, as far as that was asked.
#[derive(Default)]
pub(super) struct Implied(Vec<Known>);

impl Implied {
    /// Whether every call that passes under `given` passes under `wanted`, judged demand by demand.
    /// "Yes" is a proof, "no" may be wrong; `None` if that would take solving and `solve` is false,
    /// or if it is too much work.
    pub(super) fn passes(&mut self, wanted: &Case, given: &Case, solve: bool) -> Option<bool> {
        let (opens, given_opens) = (opening(wanted), opening(given));
        let given = demands(given, given_opens.as_deref());
        let wanted = demands(wanted, opens.as_deref());
        for missing in wanted.iter().filter(|wanted| !given.iter().any(|given| same(**wanted, *given))) {
            match implied(*missing, &given, &mut self.0, solve) {
                Some(true) => {}
                other => return other,
            }
        }
        Some(true)
    }
}

/// A formula that must hold, or must not.
#[derive(Clone, Copy)]
struct Demand<'a> {
    formula: &'a Formula,
    holds: bool,
}

/// A demand, followed by those that were given, and whether these imply it.
type Known = (Vec<(Formula, bool)>, bool);

/// Whether a demand holds for every call that meets others. `None` if that is not decided.
fn implied(missing: Demand<'_>, given: &[Demand<'_>], known: &mut Vec<Known>, ask: bool) -> Option<bool> {
    // Demands on other arguments matter only if no call can meet them; leaving them out can only
    // make the answer "no".
    let mut about = BTreeSet::new();
    arguments(missing.formula, &mut about);
    let mut question = vec![missing];
    question.extend(given.iter().copied().filter(|given| {
        let mut touched = BTreeSet::new();
        arguments(given.formula, &mut touched);
        about.is_empty() || !touched.is_disjoint(&about)
    }));
    let alike = |(kept, _): &&Known| {
        kept.len() == question.len()
            && kept
                .iter()
                .zip(&question)
                .all(|((formula, holds), demand)| same(Demand { formula, holds: *holds }, *demand))
    };
    if let Some((_, answer)) = known.iter().rev().take(KEPT).find(alike) {
        return Some(*answer);
    }
    if !ask {
        return None;
    }
    let demands = |space: &mut Space| -> Vec<Truth> {
        let truths = question.iter().enumerate().map(|(index, demand)| {
            let holds = space.holds(demand.formula);
            if demand.holds == (index > 0) { holds } else { !holds }
        });
        truths.collect()
    };
    let formulas = question.iter().map(|demand| demand.formula).collect();
    let possible =
        Question { formulas, demands: &demands, confirm: &|_| false }.possible(&mut Budget::new(STEPS)).ok()?;
    known.push((question.iter().map(|demand| (demand.formula.clone(), demand.holds)).collect(), !possible));
    Some(!possible)
}

/// What must hold for the tool to be opened; `None` if nothing more is needed for that.
fn opening(case: &Case) -> Option<Cow<'_, Formula>> {
    match case.opened.as_slice() {
        _ if case.opened.iter().any(|(_, formula)| **formula == Formula::TRUE) => None,
        [(_, only)] => Some(Cow::Borrowed(&**only)),
        several => Some(Cow::Owned(Formula::Or(several.iter().map(|(_, formula)| (**formula).clone()).collect()))),
    }
}

/// `FALSE`, to be borrowed.
static NEVER: Formula = Formula::FALSE;

/// All that a case demands of an allowed call.
fn demands<'a>(case: &'a Case, opening: Option<&'a Formula>) -> Vec<Demand<'a>> {
    let mut out = Vec::new();
    if case.hidden.is_some() {
        out.push(Demand { formula: &NEVER, holds: true });
    }
    let denied = case.denied.iter().chain(&case.quotas).chain(&case.held).map(|held| (&*held.formula, false));
    let refused = case.limits.iter().map(|limit| (&*limit.refuses, false));
    let required = case.required.iter().map(|held| (&*held.formula, true));
    for (formula, holds) in
        opening.map(|formula| (formula, true)).into_iter().chain(required).chain(denied).chain(refused)
    {
        flatten(Demand { formula, holds }, &mut out);
    }
    out
}

/// Takes conjunctions apart. The depth of formulas is bounded by the parser.
fn flatten<'a>(demand: Demand<'a>, out: &mut Vec<Demand<'a>>) {
    let demand = plain(demand);
    match (demand.formula, demand.holds) {
        (Formula::And(parts), true) | (Formula::Or(parts), false) => {
            parts.iter().for_each(|formula| flatten(Demand { formula, ..demand }, out));
        }
        _ => out.push(demand),
    }
}

/// The demand without `not` and without lists of one formula.
fn plain(mut demand: Demand<'_>) -> Demand<'_> {
    loop {
        match demand.formula {
            Formula::Not(inner) => demand = Demand { formula: inner, holds: !demand.holds },
            Formula::And(parts) | Formula::Or(parts) => match parts.as_slice() {
                [only] => demand.formula = only,
                _ => return demand,
            },
            _ => return demand,
        }
    }
}

/// Whether two demands are written alike, apart from the order of their parts.
fn same(left: Demand<'_>, right: Demand<'_>) -> bool {
    let (left, right) = (plain(left), plain(right));
    let alike = left.holds == right.holds;
    let lists = |parts: &[Formula], others: &[Formula]| {
        let has = |part: &Formula, list: &[Formula]| {
            let wanted = Demand { formula: part, holds: left.holds };
            list.iter().any(|other| same(wanted, Demand { formula: other, holds: right.holds }))
        };
        parts.len() == others.len()
            && parts.iter().all(|part| has(part, others))
            && others.iter().all(|other| {
                let wanted = Demand { formula: other, holds: right.holds };
                parts.iter().any(|part| same(wanted, Demand { formula: part, holds: left.holds }))
            })
    };
    match (left.formula, right.formula) {
        (Formula::And(parts), Formula::And(others)) | (Formula::Or(parts), Formula::Or(others)) => {
            alike && lists(parts, others)
        }
        (Formula::And(parts), Formula::Or(others)) | (Formula::Or(parts), Formula::And(others)) => {
            !alike && lists(parts, others)
        }
        (Formula::Is(place, kinds), Formula::Is(other, others)) => {
            let others = if alike { *others } else { Kinds::ALL.without(*others) };
            place == other && *kinds == others
        }
        (
            Formula::Test(place, Check::Number(Comparison::Equal, number)),
            Formula::Test(other, Check::Numbers(numbers)),
        )
        | (
            Formula::Test(other, Check::Numbers(numbers)),
            Formula::Test(place, Check::Number(Comparison::Equal, number)),
        ) => alike && place == other && numbers.len() == 1 && numbers.contains(number),
        (left, right) => alike && left == right,
    }
}

/// Adds the arguments that a formula is about, by the first step of their paths.
fn arguments<'f>(formula: &'f Formula, out: &mut BTreeSet<(Root, Option<&'f Step>)>) {
    let mut add = |place: &'f Place| {
        out.insert((place.root, place.steps.first()));
    };
    match formula {
        Formula::And(parts) | Formula::Or(parts) => parts.iter().for_each(|part| arguments(part, out)),
        Formula::Not(inner) => arguments(inner, out),
        Formula::Is(place, _) | Formula::Test(place, _) | Formula::Every(place, _) | Formula::Some(place, _) => {
            add(place)
        }
    }
}

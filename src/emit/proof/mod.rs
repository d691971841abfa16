//! Proves for all calls that a document allows none that its source refuses, and that its limits let no more pass.
//!
//! What a policy and a document demand of the calls of a tool are two lists of formulas. A demand of the policy that the
//! document makes too, which is nearly every one, needs no more than a look. For each other one the solver says whether
//! some call meets all demands of the document and not this one.

mod limits;
#[cfg(test)]
mod looser;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::cases::Names;
use super::confirm::Pair;
use crate::analysis::ask::{Answer, Asked, Question, STEPS, Universe};
use crate::analysis::case::Case;
use crate::ir::{Subject, ToolId};
use crate::predicate::{Comparison, Step};
use crate::schema::Kinds;
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::solver::space::{Space, Truth};
use crate::solver::{Budget, Exhausted};

/// Questions that may stay open before the rest is not asked.
const MOST_OPEN: usize = 4;
/// Answers that are kept: the same statement over many tools gives the same question each time.
const KEPT: usize = 64;

/// What came of the proof.
#[derive(Debug, Default)]
pub(crate) struct Proved {
    /// A call that the document allows and the policy does not, as JSON, and the name of its tool.
    pub(crate) weaker: Option<Weaker>,
    /// A limit of the policy that no limit of the document is as tight as.
    pub(crate) looser: Option<Looser>,
    /// Tools about which it is not decided whether there is one.
    pub(crate) open: Vec<ToolId>,
    /// Whether it is not decided for tools that are not known.
    pub(crate) open_for_others: bool,
}

/// A call that a document allows and its source does not.
#[derive(Debug)]
pub(crate) struct Weaker {
    /// The name of the tool.
    pub(crate) tool: String,
    /// The call, as JSON.
    pub(crate) call: String,
    /// The index of the rule that would have refused it; `None` for the default.
    pub(crate) rule: Option<usize>,
}

/// A limit that a document does not hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Looser {
    /// The name of a tool whose calls it bounds; `None` for tools that are not known.
    pub(crate) tool: Option<String>,
    /// The index of the rule.
    pub(crate) rule: usize,
}

/// A formula that must hold, or must not.
#[derive(Clone, Copy)]
struct Demand<'a> {
    formula: &'a Formula,
    holds: bool,
}

/// A demand and those that were given beside it, and whether they imply it.
type Known = (Vec<(Formula, bool)>, bool);

/// Proves it for every tool of the server, those that are not known among them.
pub(crate) fn prove(pair: &Pair<'_>) -> Proved {
    let mut proved = Proved::default();
    let mut known: Vec<Known> = Vec::new();
    let mut open = 0;
    let formulas = pair.formulas();
    let own = pair.policy.subjects().filter(|subject| subject.server == pair.server);
    let own = own
        .map(|subject| (subject, subject.tool.and_then(|tool| pair.policy.tool(tool)).map(|tool| tool.name.as_str())));
    // What the document says of a tool that the policy does not know, the policy says of all such tools.
    let unknown = pair.listed.iter().filter(|name| pair.policy.find_tool(pair.server, name).is_none());
    let unknown = unknown.map(|name| (Subject { server: pair.server, tool: None }, Some(*name)));
    for (subject, name) in own.chain(unknown) {
        let source = formulas.case(&formulas.rules(subject));
        let opens = opening(&source);
        let wanted = demands(&source, opens.as_deref());
        if wanted.is_empty() && source.limits.is_empty() {
            continue;
        }
        let document = (pair.case)(name, &mut Names::Counted(0));
        if document.is_closed() {
            continue;
        }
        let given_opening = opening(&document);
        let given = demands(&document, given_opening.as_deref());
        let mut undecided = false;
        for missing in wanted.iter().filter(|wanted| !given.iter().any(|given| same(**wanted, *given))) {
            match implied(*missing, &given, &mut known, open < MOST_OPEN) {
                Some(true) => continue,
                // What is open for many tools is asked for a few.
                Some(false) if open < MOST_OPEN => match find(pair, (subject, name), &source, &document) {
                    Answer::No => continue,
                    Answer::Yes(witness) => {
                        let rule = witness.with(|call| pair.evaluator.decide(call).decided_by).flatten();
                        proved.weaker = Some(Weaker { call: witness.json(), tool: witness.tool, rule });
                        return proved;
                    }
                    Answer::Undecided => {}
                },
                Some(false) | None => {}
            }
            open += 1;
            undecided = true;
            break;
        }
        match limits::unserved(pair, &source, &document) {
            Ok(None) => {}
            Ok(Some(rule)) => {
                proved.looser = Some(Looser { tool: name.map(str::to_owned), rule });
                return proved;
            }
            Err(Exhausted) => undecided = true,
        }
        match subject.tool {
            _ if !undecided => {}
            Some(tool) => proved.open.push(tool),
            None => proved.open_for_others = true,
        }
    }
    proved
}

/// A call that the document allows and the policy does not.
fn find(pair: &Pair<'_>, (subject, name): (Subject, Option<&str>), source: &Case, document: &Case) -> Answer {
    let claims = |space: &mut Space| -> Vec<Truth> {
        let (wanted, given) = (source.verdicts(space), document.verdicts(space));
        vec![!wanted.allowed, given.allowed]
    };
    let confirm = |call: &crate::eval::Call<'_>| !pair.source_allows(call) && pair.document_allows(call);
    let question = Question {
        formulas: source.formulas().chain(document.formulas()).collect(),
        claims: &claims,
        confirm: &confirm,
    };
    let mut asked = Asked::of(pair.policy, subject);
    if let Some(name) = name {
        name.clone_into(&mut asked.name);
    }
    question.answer_about(&asked, Universe::Any, &mut Budget::new(STEPS))
}

/// Whether a demand holds for every call that meets others. `None` when it is not decided.
fn implied(missing: Demand<'_>, given: &[Demand<'_>], known: &mut Vec<Known>, ask: bool) -> Option<bool> {
    // What is said of other arguments matters only if it cannot be met at all, and then no call is found.
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
    let claims = |space: &mut Space| -> Vec<Truth> {
        let truths = question.iter().enumerate().map(|(index, demand)| {
            let holds = space.holds(demand.formula);
            if demand.holds == (index > 0) { holds } else { !holds }
        });
        truths.collect()
    };
    let formulas = question.iter().map(|demand| demand.formula).collect();
    let possible =
        Question { formulas, claims: &claims, confirm: &|_| false }.possible(&mut Budget::new(STEPS)).ok()?;
    known.push((question.iter().map(|demand| (demand.formula.clone(), demand.holds)).collect(), !possible));
    Some(!possible)
}

/// What opens a tool; `None` where nothing more is demanded for that.
fn opening(case: &Case) -> Option<Cow<'_, Formula>> {
    match case.opened.as_slice() {
        _ if case.opened.iter().any(|(_, formula)| **formula == Formula::TRUE) => None,
        [(_, only)] => Some(Cow::Borrowed(&**only)),
        several => Some(Cow::Owned(Formula::Or(several.iter().map(|(_, formula)| (**formula).clone()).collect()))),
    }
}

/// Says `FALSE` as a reference.
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

/// Without what changes nothing: `not`, and lists of one.
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

/// Whether two demands are the same as they are written, order aside.
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

/// The arguments that a formula is about, by the first step of their paths.
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

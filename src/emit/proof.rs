//! Proves for all calls that a document allows none that its source refuses.
//!
//! What a policy and a document demand of the calls of a tool are two lists of formulas. A demand of the policy that the
//! document makes too, which is nearly every one, needs no more than a look. For each other one the solver says whether
//! some call meets all demands of the document and not this one.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::cases::Names;
use super::confirm::Pair;
use crate::analysis::ask::{Answer, Asked, Question, STEPS, Universe};
use crate::analysis::case::{Case, Formulas, Subject};
use crate::ir::{Step, ToolId};
use crate::schema::Kinds;
use crate::solver::Budget;
use crate::solver::formula::{Check, Formula, Place, Root};
use crate::solver::space::{Space, Truth};
use crate::syntax::ast::Comparison;

/// Questions that may stay open before the rest is not asked.
const MOST_OPEN: usize = 4;
/// Answers that are kept: the same statement over many tools gives the same question each time.
const KEPT: usize = 64;

/// What came of the proof.
#[derive(Debug, Default)]
pub(crate) struct Proved {
    /// A call that the document allows and the policy does not, as JSON, and the name of its tool.
    pub(crate) weaker: Option<Weaker>,
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
    for subject in formulas.subjects().filter(|subject| subject.server == pair.server) {
        let name = subject.tool.and_then(|tool| pair.policy.tool(tool)).map(|tool| tool.name.as_str());
        let source = formulas.case(&formulas.rules(subject));
        let opens = opening(&source);
        let wanted = demands(&source, opens.as_deref());
        if wanted.is_empty() {
            continue;
        }
        let document = (pair.case)(name, &mut Names::Counted(0));
        if document.is_closed() {
            continue;
        }
        let given_opening = opening(&document);
        let given = demands(&document, given_opening.as_deref());
        for missing in wanted.iter().filter(|wanted| !given.iter().any(|given| same(**wanted, *given))) {
            match implied(*missing, &given, &mut known, open < MOST_OPEN) {
                Some(true) => continue,
                // What is open for many tools is asked for a few.
                Some(false) if open < MOST_OPEN => match find(pair, formulas, subject, &source, &document) {
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
            match subject.tool {
                Some(tool) => proved.open.push(tool),
                None => proved.open_for_others = true,
            }
            break;
        }
    }
    proved
}

/// A call that the document allows and the policy does not.
fn find(pair: &Pair<'_>, formulas: &Formulas<'_>, subject: Subject, source: &Case, document: &Case) -> Answer {
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
    question.answer_about(&Asked::of(formulas.parts(), subject), Universe::Any, &mut Budget::new(STEPS))
}

/// Whether a demand holds for every call that meets others. `None` when it is not decided.
fn implied(missing: Demand<'_>, given: &[Demand<'_>], known: &mut Vec<Known>, ask: bool) -> Option<bool> {
    // What is said of other arguments matters only if it cannot be met at all, and then a call is looked for in vain.
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::Path;

    use super::*;
    use crate::emit::formulas::Translator;
    use crate::emit::policylayer::document::Document;
    use crate::emit::{Gateway, find as target};
    use crate::ir::ServerId;
    use crate::sema::{NoFiles, Options, analyze};

    /// A policy, what `tools` of a hosted document holds for the tool `t`, and the call by which it is weaker.
    const CASES: &[(&str, &str, Option<&str>)] = &[
        // The same, however it is guarded and in which order.
        ("deny *; allow t when args.n <= 5", r#"{"require": [["n lte 5"]]}"#, None),
        ("deny *; allow t when args.n == 5", r#"{"require": [["n eq 5", "n gte -1.7976931348623157e308"]]}"#, None),
        (
            "deny *; allow t when args.s == \"x\" and has args.n",
            r#"{"require": [["n exists true"], ["s eq \"x\""]]}"#,
            None,
        ),
        (
            "allow *; deny t when args.n > 5 or args.s contains \"x\"",
            r#"{"deny_if": [["s contains \"x\""], ["n gt 5"]]}"#,
            None,
        ),
        ("allow *; require approval for t when args.n > 5", r#"{"deny_if": [["n gt 5"]]}"#, None),
        // Stricter.
        ("deny *; allow t when args.n <= 5", r#"{"require": [["n lte 4", "n gt 0"]]}"#, None),
        (
            "allow *; deny t when args.n > 5 and args.n < 7",
            r#"{"deny_if": [["n gt 1", "n lte 6"], ["n gte 6"]]}"#,
            None,
        ),
        ("deny *; allow t when args.s like \"a*\"", r#"{"require": [["s regex \"^ab\""]]}"#, None),
        ("deny *; limit t 0/min", r#"{"deny_if": [[]]}"#, None),
        // Weaker: by a bound, by a value that looks like another, by a missing one, by a whole statement.
        ("deny *; allow t when args.n < 5", r#"{"require": [["n lte 5"]]}"#, Some(r#"{"n": 5}"#)),
        ("deny *; allow t when args.n == 5", r#"{"require": [["n eq 5"]]}"#, Some(r#"{"n": "5"}"#)),
        // Zero prints without its sign, minus zero with it.
        ("deny *; allow t when args.n == \"0\"", r#"{"require": [["n eq \"0\""]]}"#, Some(r#"{"n": 0}"#)),
        ("deny *; allow t when args.n == \"-0\"", r#"{"require": [["n eq \"-0\""]]}"#, Some(r#"{"n": -0}"#)),
        ("deny *; allow t when args.b == true", r#"{"require": [["b eq true"]]}"#, Some(r#"{"b": "true"}"#)),
        ("allow *; deny t when not has args.n", r#"{"deny_if": [["n eq 0"]]}"#, Some("{}")),
        ("allow *; deny t when not (args.n <= 5)", r#"{"deny_if": [["n gt 5"]]}"#, Some("{}")),
        ("deny *; allow t when args.s matches \"a[0-9]\"", r#"{"require": [["s regex \"^a[0-9]\""]]}"#, Some("longer")),
        (
            "allow *; deny t when args.n > 5; deny t when args.s == \"x\"",
            r#"{"deny_if": [["n gt 5"]]}"#,
            Some(r#"{"s": "x"}"#),
        ),
        ("deny *; deny t; allow t", "{}", Some("{}")),
        ("deny *; hide t", "{}", Some("{}")),
        ("deny *; require approval for t", "{}", Some("{}")),
        ("deny *; limit t 0/min", "{}", Some("{}")),
    ];

    fn document(tool: &str) -> String {
        let mut tool: serde_json::Value = serde_json::from_str(tool).unwrap();
        for predicates in tool.as_object_mut().unwrap().values_mut() {
            for predicate in predicates.as_array_mut().unwrap() {
                let conditions = predicate.as_array().unwrap().iter().map(|condition| {
                    let mut words = condition.as_str().unwrap().splitn(3, ' ');
                    let (path, operator) = (words.next().unwrap(), words.next().unwrap());
                    let value: serde_json::Value = serde_json::from_str(words.next().unwrap()).unwrap();
                    serde_json::json!({ "path": format!("args.{path}"), "op": operator, "value": value })
                });
                *predicate = serde_json::json!({ "conditions": conditions.collect::<Vec<_>>(), "on_deny": "No." });
            }
        }
        serde_json::json!({ "version": "1", "default": "deny", "tools": { "t": tool } }).to_string()
    }

    #[test]
    fn what_is_weaker_is_found_and_nothing_else() {
        for (policy, tool, expected) in CASES {
            let analysis = analyze("p.pol", Path::new("p.pol"), policy, &Options::default(), &NoFiles);
            let checked = analysis.checked.unwrap();
            let text = document(tool);
            let document = Document::read(&text).unwrap();
            let translator = RefCell::new(Translator::default());
            let case = |tool: Option<&str>, names: &mut Names| document.case(tool, &mut translator.borrow_mut(), names);
            let read = || -> Result<Box<dyn Gateway>, String> { target("policylayer").unwrap().read(&text) };
            let proved = prove(&Pair::new(&checked.policies()[0], ServerId(0), "it", &case, &read));
            let call = proved.weaker.map(|weaker| weaker.call);
            assert!(proved.open.is_empty() && !proved.open_for_others, "{policy}: {tool}");
            match expected {
                // Which string comes first is not the point.
                Some("longer") => assert!(call.is_some(), "{policy}: {tool}"),
                expected => {
                    let expected = expected.map(|arguments| format!("{{\"name\": \"t\", \"arguments\": {arguments}}}"));
                    assert_eq!(call, expected, "{policy}: {tool}");
                }
            }
        }
    }

    #[test]
    fn tools_that_are_not_known_are_compared_too() {
        let analysis = analyze("p.pol", Path::new("p.pol"), "deny *; allow t", &Options::default(), &NoFiles);
        let checked = analysis.checked.unwrap();
        let text = r#"{"version": "1", "default": "allow"}"#;
        let document = Document::read(text).unwrap();
        let case = |tool: Option<&str>, names: &mut Names| document.case(tool, &mut Translator::default(), names);
        let read = || target("policylayer").unwrap().read(text);
        let proved = prove(&Pair::new(&checked.policies()[0], ServerId(0), "it", &case, &read));
        assert_eq!(proved.weaker.map(|weaker| weaker.tool).as_deref(), Some("some_other_tool"));
    }
}

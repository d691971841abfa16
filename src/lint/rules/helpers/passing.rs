//! Calls that pass although a rule was meant to keep them out.

use super::atoms::RuleAtom;
use crate::analysis::ask::{Answer, Domain, Witness};
use crate::analysis::condition::{NumberDomain, formula};
use crate::eval::{Verdict, holds};
use crate::ir::{Selected, Subject};
use crate::json::json_quote;
use crate::lint::context::Context;
use crate::pattern::Like;
use crate::predicate::{Atom, Comparison, Condition, Elements, Path, PathRoot, Scalar, ScalarValue, Test};
use crate::schema::{Kinds, Schema};
use crate::solver::formula::Formula;

/// How many tools of a rule are asked about.
const MOST_TOOLS: usize = 6;

/// A call that the policy allows and for which all demands hold. A call that satisfies the
/// inputSchema is preferred.
pub(in crate::lint::rules) fn call(
    context: &Context<'_>,
    subjects: &[Subject],
    demands: Vec<Condition>,
) -> Option<Witness> {
    let mut refused = None;
    for subject in subjects.iter().take(MOST_TOOLS) {
        match one_call(context, *subject, &demands, Domain::Any) {
            Some(witness) if witness.valid != Some(false) => return Some(witness),
            Some(witness) => refused = refused.or(Some(witness)),
            None => {}
        }
    }
    refused
}

/// A call of one tool that the policy allows and for which all demands hold.
pub(in crate::lint::rules) fn one_call(
    context: &Context<'_>,
    subject: Subject,
    demands: &[Condition],
    domain: Domain,
) -> Option<Witness> {
    let formulas: Vec<Formula> = demands.iter().map(|demand| formula(demand, NumberDomain::Exact)).collect();
    let formulas: Vec<&Formula> = formulas.iter().collect();
    let confirm = |call: &crate::eval::Call<'_>| demands.iter().all(|demand| holds(demand, call));
    match context.ask(subject, Verdict::Allow, &formulas, &confirm, domain) {
        Answer::Yes(witness) => Some(witness),
        Answer::No | Answer::Undecided => None,
    }
}

/// The tools of a rule that have the value which a test is about, as far as their schemas say. If a
/// rule is about all tools, those without a schema are left out: nobody knows whether they have the
/// value.
pub(in crate::lint::rules) fn subjects_with(context: &Context<'_>, found: &RuleAtom<'_>) -> Vec<Subject> {
    subjects_where(context, found, &|_| true)
}

/// Like [`subjects_with`], for the wanted tools only.
pub(in crate::lint::rules) fn subjects_where(
    context: &Context<'_>,
    found: &RuleAtom<'_>,
    wanted: &dyn Fn(Subject) -> bool,
) -> Vec<Subject> {
    let mut subjects = Vec::new();
    for (group, by) in context.groups_of(found.index) {
        let wanted = group.subjects.iter().filter(|subject| wanted(**subject));
        subjects.extend(wanted.filter(|subject| has_path(context, **subject, &found.atom.path, by)));
    }
    subjects.sort_unstable();
    subjects
}

/// Words in front of advice that would be wrong for other tools of a rule, which lack the value: in
/// which rule to follow it. Empty if all tools of the rule have the value; `None` if the rule
/// selects tools by `*` or a set.
pub(in crate::lint::rules) fn place(context: &Context<'_>, found: &RuleAtom<'_>, tool: &str) -> Option<String> {
    let path = &found.atom.path;
    if path.root == PathRoot::Caller {
        return Some(String::new());
    }
    let mut all = true;
    for (group, by) in context.groups_of(found.index) {
        if by == Selected::BySet {
            return None;
        }
        all &= group.subjects.iter().all(|subject| has_path(context, *subject, path, by));
    }
    Some(if all { String::new() } else { format!("in a rule for {} alone: ", crate::diagnostics::quote(tool)) })
}

/// The schemas of a tool.
pub(in crate::lint::rules) fn schemas<'a>(context: &Context<'a>, subject: Subject) -> Vec<Schema<'a>> {
    let policy = context.policy();
    let Some(tool) = subject.tool.and_then(|tool| policy.tool(tool)) else { return Vec::new() };
    let catalogue = policy.server(tool.server).and_then(|server| server.catalogue.as_ref());
    let schemas = catalogue.map(|catalogue| tool.entries.iter().map(|entry| catalogue.schema(*entry)).collect());
    schemas.unwrap_or_default()
}

fn has_path(context: &Context<'_>, subject: Subject, path: &Path, by: Selected) -> bool {
    if path.root == PathRoot::Caller {
        return subject.tool.is_some() || by == Selected::BySet;
    }
    let schemas = schemas(context, subject);
    if schemas.is_empty() {
        return subject.tool.is_some() && by == Selected::ByName;
    }
    schemas.iter().any(|schema| schema.possible_kinds(path).intersects(Kinds::VALUES))
}

/// The kinds of value for which a test can be true.
pub(in crate::lint::rules) fn kinds(test: &Test) -> Kinds {
    match test {
        Test::Has => Kinds::VALUES.without(Kinds::NULL),
        Test::Compare(_, scalar) => Kinds::of(scalar.value.kind()),
        Test::In(list) | Test::NotIn(list) => {
            list.iter().fold(Kinds::NONE, |kinds, scalar| kinds.union(Kinds::of(scalar.value.kind())))
        }
        Test::Contains(Scalar { value: ScalarValue::Str(_), .. }) | Test::Length(_) => {
            Kinds::STRING.union(Kinds::ARRAY)
        }
        Test::Like(_) | Test::Matches(_) => Kinds::STRING,
        Test::Contains(_) | Test::Every(_) | Test::Some(_) => Kinds::ARRAY,
    }
}

/// The condition that there is no value.
pub(in crate::lint::rules) fn is_missing(path: &Path, at: &Atom) -> Condition {
    let null = Scalar { value: ScalarValue::Null, text: "null".to_owned() };
    not(Condition::Or(vec![test(path, Test::Has, at), test(path, Test::Compare(Comparison::Equal, null), at)]))
}

/// The condition that there is a value of one of these kinds.
pub(in crate::lint::rules) fn is_of(path: &Path, kinds: Kinds, at: &Atom) -> Option<Condition> {
    let all = |kind: Kinds| -> Option<Vec<Test>> {
        let scalar = |value, text: &str| Scalar { value, text: text.to_owned() };
        Some(if kind == Kinds::STRING {
            vec![Test::Like(vec![Like::new("*").ok()?])]
        } else if kind == Kinds::NUMBER {
            let zero = || scalar(ScalarValue::Number(crate::decimal::Decimal::ZERO), "0");
            vec![Test::Compare(Comparison::LessEqual, zero()), Test::Compare(Comparison::Greater, zero())]
        } else if kind == Kinds::BOOL {
            let values = [(true, "true"), (false, "false")];
            vec![Test::In(values.map(|(value, text)| scalar(ScalarValue::Bool(value), text)).to_vec())]
        } else if kind == Kinds::ARRAY {
            vec![
                Test::Every(Box::new(Elements::themselves(Test::Has))),
                Test::Some(Box::new(Elements::themselves(Test::Compare(
                    Comparison::Equal,
                    scalar(ScalarValue::Null, "null"),
                )))),
            ]
        } else if kind == Kinds::NULL {
            vec![Test::Compare(Comparison::Equal, scalar(ScalarValue::Null, "null"))]
        } else {
            return None;
        })
    };
    let each = [Kinds::STRING, Kinds::NUMBER, Kinds::BOOL, Kinds::ARRAY, Kinds::NULL];
    let mut tests = Vec::new();
    for kind in each.into_iter().filter(|kind| kinds.contains(*kind)) {
        tests.extend(all(kind)?);
    }
    Some(Condition::Or(tests.into_iter().map(|one| test(path, one, at)).collect()))
}

/// The condition that the tested value, or an element of it, is the text.
pub(in crate::lint::rules) fn is_text(found: &RuleAtom<'_>, text: &str) -> Condition {
    let scalar = Scalar { value: ScalarValue::Str(text.into()), text: json_quote(text) };
    let equal = Test::Compare(Comparison::Equal, scalar);
    test(&found.atom.path, some_value(&found.atom.test, equal), found.atom)
}

/// A test that is true if at least one of the values that a test reaches passes another test.
/// Recurses once for each `[*]`.
fn some_value(test: &Test, wanted: Test) -> Test {
    match test {
        Test::Every(elements) | Test::Some(elements) => {
            Test::Some(Box::new(Elements { test: some_value(&elements.test, wanted), ..(**elements).clone() }))
        }
        _ => wanted,
    }
}

/// A test of the value at a path, by itself.
pub(in crate::lint::rules) fn test(path: &Path, test: Test, at: &Atom) -> Condition {
    Condition::Atom(Atom { path: path.clone(), test, span: at.span })
}

/// The negation.
pub(in crate::lint::rules) fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

/// A call with this text that the policy allows because the test is true for it, and that no schema
/// refuses.
pub(in crate::lint::rules) fn with_text(context: &Context<'_>, found: &RuleAtom<'_>, text: &str) -> Option<Witness> {
    let mut subjects = subjects_with(context, found);
    if subjects.is_empty() {
        // Without a catalogue, a rule for all tools is about some unknown tool.
        subjects = context
            .groups_of(found.index)
            .flat_map(|(group, _)| group.subjects.iter().copied())
            .filter(|subject| schemas(context, *subject).is_empty())
            .collect();
    }
    let witness = call(context, &subjects, vec![is_text(found, text), found.needs(true)])?;
    (witness.valid != Some(false)).then_some(witness)
}

//! Whether some value that a schema admits can pass a test.
//!
//! A test is right if at least one branch of the schema has a value that passes it. A literal that is compared
//! for equality must be one that some branch admits, for `!=` and `not in` too: outside the enumeration it is
//! misspelt, and so is each pattern of a list. `every` is asked as if the array had an element.

use std::cmp::Ordering;

use super::ProblemAt;
use super::constraint::{self, Reason};
use super::expand::{Branch, Expander, Unknown};
use super::kinds::Kinds;
use super::walk;
use crate::decimal::Decimal;
use crate::diagnostics::quote;
use crate::json::json_quote;
use crate::json::{Kind, Value};
use crate::pattern::{Like, Regex};
use crate::predicate::{Comparison, LengthTest, Scalar, ScalarValue, Test};

/// Why no branch has a value that passes.
pub(super) struct Judgement<'a, 't> {
    /// Which part of the atom is meant.
    pub at: ProblemAt,
    /// The reasons of the branches, with the branches.
    pub failures: Vec<(Reason<'a>, Branch<'a>)>,
    /// What follows, to stand after "so".
    pub so: String,
    /// Whether it is about the elements of the array at the path.
    pub element: bool,
    /// The literal that is not admitted.
    pub literal: Option<&'t Scalar>,
}

/// The values of the elements that a test of all or some of them asks about; why there is none.
pub(super) fn elements_of<'a, 't>(
    expander: &mut Expander<'a>,
    branches: &[Branch<'a>],
    word: &str,
) -> Result<Result<Vec<Branch<'a>>, Judgement<'a, 't>>, Unknown> {
    if let Some(failures) = all_fail(branches, |branch| of_kind(branch, Kinds::ARRAY)) {
        let so = format!("{} never holds", quote(word));
        return Ok(Err(Judgement { at: ProblemAt::Test, failures, so, element: false, literal: None }));
    }
    elements(expander, branches).map(Ok)
}

/// Whether some branch can pass a test of the value itself; `None` when one can, or one of the values that servers take by `default`.
pub(super) fn judge<'a, 't>(
    expander: &mut Expander<'a>,
    branches: &[Branch<'a>],
    given: &[(Value<'a>, Value<'a>)],
    test: &'t Test,
) -> Result<Option<Judgement<'a, 't>>, Unknown> {
    let found = judge_all(expander, branches, test)?;
    if found.is_none() || given.is_empty() {
        return Ok(found);
    }
    expander.spend(given.len())?;
    let given = given.iter().map(|(keyword, value)| Branch::of_default(*keyword, *value));
    let all: Vec<Branch<'a>> = branches.iter().cloned().chain(given).collect();
    // Another literal of a list may be wrong all the same. What is said of it is what the schema says.
    Ok(judge_all(expander, &all, test)?.map(|mut verdict| {
        verdict.failures.retain(|(_, branch)| branch.only.is_none());
        verdict
    }))
}

fn judge_all<'a, 't>(
    expander: &mut Expander<'a>,
    branches: &[Branch<'a>],
    test: &'t Test,
) -> Result<Option<Judgement<'a, 't>>, Unknown> {
    Ok(match test {
        Test::Compare(Comparison::Equal | Comparison::NotEqual, literal) => literals(branches, [literal]),
        Test::In(list) | Test::NotIn(list) => literals(branches, list),
        Test::Compare(comparison, literal) => {
            let so = || format!("{} never holds", quote(&format!("{} {}", comparison.symbol(), literal.text)));
            let failures = all_fail(branches, |branch| ordering(branch, *comparison, &literal.value));
            failures.map(|failures| verdict(failures, so()))
        }
        Test::Contains(literal) => return contains(expander, branches, literal),
        Test::Like(patterns) => text(branches, "like", patterns, Like::source, Like::is_match),
        Test::Matches(patterns) => text(branches, "matches", patterns, Regex::source, Regex::is_match),
        Test::Length(length) => {
            let test = || format!("length {} {}", length.comparison.symbol(), length.number);
            let failures = all_fail(branches, |branch| of_length(branch, length));
            failures.map(|failures| verdict(failures, format!("{} never holds", quote(&test()))))
        }
        Test::Has | Test::Every(_) | Test::Some(_) => None,
    })
}

/// A verdict about the test as a whole when its type is wrong, else about its value.
fn verdict<'a, 't>(failures: Vec<(Reason<'a>, Branch<'a>)>, so: String) -> Judgement<'a, 't> {
    let typed = failures.iter().all(|(reason, _)| matches!(reason, Reason::Kind));
    let at = if typed { ProblemAt::Test } else { ProblemAt::Value(0) };
    Judgement { at, failures, so, element: false, literal: None }
}

/// The reasons of all branches, or `None` if one of them passes.
fn all_fail<'a>(
    branches: &[Branch<'a>],
    passes: impl Fn(&Branch<'a>) -> Result<(), Reason<'a>>,
) -> Option<Vec<(Reason<'a>, Branch<'a>)>> {
    branches.iter().map(|branch| passes(branch).err().map(|reason| (reason, branch.clone()))).collect()
}

fn of_kind<'a>(branch: &Branch<'a>, kinds: Kinds) -> Result<(), Reason<'a>> {
    if branch.kinds.intersects(kinds) { Ok(()) } else { Err(Reason::Kind) }
}

fn literals<'a, 't>(branches: &[Branch<'a>], list: impl IntoIterator<Item = &'t Scalar>) -> Option<Judgement<'a, 't>> {
    list.into_iter().enumerate().find_map(|(index, literal)| {
        let failures = all_fail(branches, |branch| constraint::admits(branch, &literal.value))?;
        let so = format!("it is never {}", quote(&literal.text));
        Some(Judgement { at: ProblemAt::Value(index), failures, so, element: false, literal: Some(literal) })
    })
}

/// Checks the values that enumerations leave; `None` when there is no enumeration.
fn listed<'a>(branch: &Branch<'a>, passes: impl Fn(Value<'a>) -> bool) -> Option<Result<(), Reason<'a>>> {
    let listings = constraint::listings(branch);
    let candidates = constraint::candidates(branch, &listings)?;
    Some(if candidates.into_iter().any(passes) { Ok(()) } else { Err(Reason::NotListed(listings)) })
}

fn ordering<'a>(branch: &Branch<'a>, comparison: Comparison, literal: &ScalarValue) -> Result<(), Reason<'a>> {
    of_kind(branch, Kinds::NUMBER)?;
    // The parser refuses orderings with anything else.
    let ScalarValue::Number(number) = literal else { return Ok(()) };
    let holds = |value: Value<'a>| value.as_number().is_some_and(|value| compares(value.cmp(number), comparison));
    if let Some(result) = listed(branch, holds) {
        return result;
    }
    let bounds = constraint::bounds(branch);
    let bound = bounds.iter().find(|bound| bound.rules_out(comparison, number));
    bound.map_or(Ok(()), |bound| Err(bound.reason()))
}

fn compares(order: Ordering, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterEqual => order.is_ge(),
    }
}

/// Each of the patterns must be right: one that nothing matches is misspelt.
fn text<'a, 't, P>(
    branches: &[Branch<'a>],
    word: &str,
    patterns: &[P],
    source: impl Fn(&P) -> &str,
    matches: impl Fn(&P, &str) -> bool,
) -> Option<Judgement<'a, 't>> {
    patterns.iter().enumerate().find_map(|(index, pattern)| {
        let failures = all_fail(branches, |branch| {
            of_kind(branch, Kinds::STRING)?;
            let passes = |value: Value<'a>| value.as_str().is_some_and(|text| matches(pattern, text));
            listed(branch, passes).unwrap_or(Ok(()))
        })?;
        let found =
            verdict(failures, format!("{} never holds", quote(&format!("{word} {}", json_quote(source(pattern))))));
        let at = if matches!(found.at, ProblemAt::Value(_)) { ProblemAt::Value(index) } else { found.at };
        Some(Judgement { at, ..found })
    })
}

fn contains<'a, 't>(
    expander: &mut Expander<'a>,
    branches: &[Branch<'a>],
    literal: &'t Scalar,
) -> Result<Option<Judgement<'a, 't>>, Unknown> {
    let in_string = |branch: &Branch<'a>| {
        of_kind(branch, Kinds::STRING)?;
        let ScalarValue::Str(part) = &literal.value else { return Err(Reason::Kind) };
        if let Some(result) = listed(branch, |value| value.as_str().is_some_and(|text| text.contains(part.as_ref()))) {
            return result;
        }
        let length = Decimal::from(u64::try_from(part.chars().count()).unwrap_or(u64::MAX));
        let lengths = constraint::lengths(branch, Kind::String);
        let short = lengths.iter().find(|bound| bound.rules_out(Comparison::GreaterEqual, &length));
        short.map_or(Ok(()), |bound| Err(bound.length_reason(Kind::String)))
    };
    let Some(failures) = all_fail(branches, in_string) else { return Ok(None) };
    if branches.iter().any(|branch| branch.kinds.intersects(Kinds::ARRAY)) {
        let elements = elements(expander, branches)?;
        let verdict = if elements.is_empty() { None } else { literals(&elements, [literal]) };
        return Ok(verdict.map(|verdict| Judgement { element: true, ..verdict }));
    }
    let so = format!("it never contains {}", quote(&literal.text));
    let found = verdict(failures, so);
    let strings = branches.iter().any(|branch| branch.kinds.intersects(Kinds::STRING));
    let at = if strings { ProblemAt::Value(0) } else { ProblemAt::Test };
    Ok(Some(Judgement { at, ..found }))
}

fn of_length<'a>(branch: &Branch<'a>, test: &LengthTest) -> Result<(), Reason<'a>> {
    of_kind(branch, Kinds::STRING.union(Kinds::ARRAY))?;
    let holds = |value: Value<'a>| {
        let length = match value.kind() {
            Kind::String => value.as_str().map_or(0, |text| text.chars().count()),
            Kind::Array => value.items().count(),
            _ => return false,
        };
        compares(Decimal::from(u64::try_from(length).unwrap_or(u64::MAX)).cmp(&test.number), test.comparison)
    };
    if let Some(result) = listed(branch, holds) {
        return result;
    }
    let mut reason = Ok(());
    for (kinds, kind) in [(Kinds::STRING, Kind::String), (Kinds::ARRAY, Kind::Array)] {
        if !branch.kinds.intersects(kinds) {
            continue;
        }
        let lengths = constraint::lengths(branch, kind);
        match lengths.iter().find(|bound| bound.rules_out(test.comparison, &test.number)) {
            None => return Ok(()),
            Some(bound) => reason = Err(bound.length_reason(kind)),
        }
    }
    reason
}

fn elements<'a>(expander: &mut Expander<'a>, branches: &[Branch<'a>]) -> Result<Vec<Branch<'a>>, Unknown> {
    let mut found = Vec::new();
    for branch in branches.iter().filter(|branch| branch.kinds.intersects(Kinds::ARRAY)) {
        found.extend(walk::elements(expander, branch)?);
    }
    Ok(found)
}

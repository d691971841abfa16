//! Conditions as rules of Intercept, which say what must hold and nothing else.
//!
//! A rule that evaluates is a conjunction of conditions that look at one path each, so a clause
//! must be about one path, and its values must be such that conditions hold for them together.
//! Where the opposite of a test is asked for, the conditions hold for fewer values: every operator
//! but `exists` fails when the argument is missing.

use crate::emit::operators::clauses::{Form, expand};
use crate::emit::operators::literal::DocumentValue;
use crate::emit::operators::lower::{Builder, dotted, exceptions};
use crate::emit::operators::values::Values;
use crate::emit::operators::{Condition, Operator};
use crate::emit::refusal::Refusal;
use crate::predicate::{Condition as Source, Path};

/// What becomes of one statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Lowered {
    /// All must hold. Without any, nothing is asked.
    pub(super) conditions: Vec<Condition>,
    /// Whether no call passes.
    pub(super) never: bool,
    /// Whether some call is denied that the statement lets pass.
    pub(super) stricter: bool,
}

/// Conditions for the calls for which a condition holds, or does not hold if not `positive`.
///
/// # Errors
/// There are none.
pub(super) fn conditions(condition: &Source, positive: bool) -> Result<Lowered, Refusal> {
    let mut out = Lowered::default();
    for clause in expand(condition, positive, Form::AllOfAny)? {
        let mut joined: Vec<(&Path, Values)> = Vec::new();
        for literal in &clause {
            let path = &literal.atom.path;
            let here = |refusal: Refusal| refusal.of_part(Some(literal.atom.span), "test");
            dotted(path).map_err(here)?;
            let values = Values::of(literal).map_err(here)?;
            match joined.iter_mut().find(|(known, _)| *known == path) {
                Some((_, known)) => *known = known.union(&values).ok_or_else(alternatives)?,
                None => joined.push((path, values)),
            }
        }
        if joined.iter().any(|(_, values)| values.is_all()) {
            continue;
        }
        match joined.as_slice() {
            [] => out.never = true,
            [(path, values)] => {
                let path = dotted(path)?;
                let builder = Builder::new(&path);
                let test = if let [only] = clause.as_slice() { Some(only.atom.span) } else { None };
                let refusal = || builder.refusal(values).of_part(test, "test");
                let (conditions, exact) = together(&builder, values).ok_or_else(refusal)?;
                out.stricter |= !exact;
                for condition in conditions {
                    if !out.conditions.contains(&condition) {
                        out.conditions.push(condition);
                    }
                }
            }
            _ => return Err(alternatives()),
        }
    }
    Ok(out)
}

fn alternatives() -> Refusal {
    Refusal::new(
        "its rules hold only if all their conditions do, so it has no alternatives",
        "join tests with `and`, one for each argument: `require args.n <= 50` also denies a call without `n`",
    )
}

/// Conditions that hold together for values of the set only, and whether for all of them.
fn together(builder: &Builder<'_>, set: &Values) -> Option<(Vec<Condition>, bool)> {
    let only = |part: Values| *set == part;
    if only(Values { numbers: set.numbers.clone(), ..Values::NONE }) {
        return Some((builder.numbers_together(&set.numbers)?, true));
    }
    if only(Values { strings: set.strings.clone(), ..Values::NONE }) {
        return Some((builder.strings_together(&set.strings)?, true));
    }
    if only(Values::present()) {
        return Some((vec![builder.exists(true)], true));
    }
    let absent = Values { missing: true, null: true, ..Values::NONE };
    if *set == absent {
        return Some((vec![builder.exists(false)], true));
    }
    if only(Values { null: true, ..Values::NONE }) {
        return Some((vec![builder.exists(false), builder.condition(Operator::Eq, DocumentValue::Null)], true));
    }
    if let Some((condition, true)) = builder.containing(set)
        && only(Values { strings: set.strings.clone(), arrays: set.arrays.clone(), ..Values::NONE })
        && set.is_containing()
    {
        return Some((vec![condition], true));
    }
    narrower(builder, set)
}

/// Conditions for most of a set that has values of all kinds.
fn narrower(builder: &Builder<'_>, set: &Values) -> Option<(Vec<Condition>, bool)> {
    if let Some(exceptions) = exceptions(set) {
        if exceptions.operands.is_empty() {
            // All but null, or all but the missing value.
            return Some((vec![builder.exists(true)], false));
        }
        // Telling by text may take more values for excepted ones than there are, never fewer. Null
        // passes `neq`, so it is shut out where the set lacks it; the missing value always is.
        let guard = (!set.null).then(|| builder.exists(true));
        let test = builder.listed(Operator::Neq, Operator::NotIn, exceptions.operands);
        return Some((guard.into_iter().chain([test]).collect(), exceptions.exact && !set.missing));
    }
    // All but some numbers: the other numbers. All but some strings: the other strings.
    let lacking = set.complement();
    if lacking == (Values { numbers: lacking.numbers.clone(), ..Values::NONE }) && !set.numbers.is_empty() {
        return Some((builder.numbers_together(&set.numbers)?, false));
    }
    if lacking == (Values { strings: lacking.strings.clone(), ..Values::NONE }) && !set.strings.is_empty() {
        return Some((builder.strings_together(&set.strings)?, false));
    }
    None
}

//! Comparing conditions with the schemas of the tools that they are about.

use super::passing::schemas;
use crate::analysis::ask::{Answer, Asked, Domain, Question};
use crate::analysis::condition::{NumberDomain, formula};
use crate::eval::holds;
use crate::ir::{Rule, Subject};
use crate::lint::context::Context;
use crate::predicate::Condition;
use crate::solver::Budget;
use crate::solver::space::Space;

/// The most tools of a rule that are looked at. Nothing is said about a rule with more.
const MOST_TOOLS: usize = 12;

/// The tools of a rule, if all have schemas and there are not too many.
pub(in crate::lint::rules) fn subjects(context: &Context<'_>, index: usize) -> Option<Vec<Subject>> {
    let mut subjects = Vec::new();
    for (group, _) in context.groups_of(index) {
        subjects.extend(group.subjects.iter().copied());
        if subjects.len() > MOST_TOOLS {
            return None;
        }
    }
    let known = subjects.iter().all(|subject| !schemas(context, *subject).is_empty());
    (known && !subjects.is_empty()).then_some(subjects)
}

/// Whether it is proved that some call meets a condition, but no call of these tools that satisfies
/// the schema.
pub(in crate::lint::rules) fn is_only_met_by_invalid_calls(
    context: &Context<'_>,
    subjects: &[Subject],
    condition: &Condition,
) -> bool {
    let formula = formula(condition, NumberDomain::Exact);
    let demands = |space: &mut Space| vec![space.holds(&formula)];
    let confirm = |call: &crate::eval::Call<'_>| holds(condition, call);
    let question = Question { formulas: vec![&formula], demands: &demands, confirm: &confirm };
    let is_possible = || question.possible(&mut Budget::new(crate::analysis::ask::STEPS)).unwrap_or(false);
    let none = |subject: &Subject| question.answer(&Asked::of(context.policy(), *subject), Domain::Valid) == Answer::No;
    is_possible() && subjects.iter().all(none)
}

/// The tools of a rule in words: up to three names, and how many more there are.
pub(in crate::lint::rules) fn names(context: &Context<'_>, subjects: &[Subject]) -> String {
    let names = subjects.iter().filter_map(|subject| context.policy().tool(subject.tool?));
    let mut names: Vec<String> = names.map(|tool| crate::diagnostics::quote(&tool.name)).collect();
    let more = names.len().saturating_sub(3);
    names.truncate(3);
    let names = names.join(", ");
    if more > 0 { format!("{names} and {more} more") } else { names }
}

/// The rules of the linted file with a condition.
pub(in crate::lint::rules) fn guarded<'a>(
    context: &Context<'a>,
) -> impl Iterator<Item = (usize, &'a Rule, &'a crate::ir::Guard)> + use<'a> {
    let main = context.file().main_id();
    let rules = context.rules().filter(move |(_, rule)| rule.origin.span.file == main);
    rules.filter_map(|(index, rule)| Some((index, rule, rule.guard.as_ref()?)))
}

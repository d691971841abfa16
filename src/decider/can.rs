//! Whether some call comes out in a certain way.

use super::selected::{SelectedTool, selected};
use super::{Decider, Servers};
use crate::analysis::ask::{Answer, Domain, Question};
use crate::analysis::case::Case;
use crate::analysis::condition::{self, NumberDomain};
use crate::eval::{Call, Verdict, holds};
use crate::ir::{Guard, Parts, Selection};
use crate::json::Json;
use crate::solver::formula::Formula;
use crate::solver::space::{Space, Truth};

/// The answer for some tools that are decided alike.
#[derive(Debug, Clone)]
pub struct GroupAnswer<'a> {
    /// The tools, in order. A call that answers the question is of the first.
    pub tools: Vec<SelectedTool<'a>>,
    /// Whether there is such a call.
    pub answer: Answer,
}

/// Which calls are asked about, and what should become of one of them.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'q> {
    /// The tools.
    pub selection: &'q Selection,
    /// What holds for the call.
    pub guard: Option<&'q Guard>,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Among which calls it is looked for.
    pub domain: Domain,
}

/// Whether a call of some tools, for which a condition holds, comes out as wanted, when it comes
/// before anything has been counted: for each group of tools that are decided alike, for valid
/// calls for each tool. The question is written for the tools of `parts`.
#[must_use]
pub fn can<'a>(
    decider: &'a dyn Decider,
    parts: &'a Parts,
    servers: &Servers,
    wanted: &Wanted<'_>,
) -> Vec<GroupAnswer<'a>> {
    let about = wanted.guard.map_or(Formula::TRUE, |guard| condition::formula(&guard.condition, decider.numbers()));
    let mut found = Vec::new();
    for group in selected(decider, parts, servers, wanted.selection) {
        let together: Vec<Vec<SelectedTool<'a>>> = match wanted.domain {
            Domain::Any => vec![group.tools],
            Domain::Valid => group.tools.into_iter().map(|tool| vec![tool]).collect(),
        };
        for tools in together {
            let Some(first) = tools.first() else { continue };
            let answer = ask(decider, &about, wanted, &group.case, first);
            found.push(GroupAnswer { tools, answer });
        }
    }
    found
}

fn ask(decider: &dyn Decider, about: &Formula, wanted: &Wanted<'_>, case: &Case, tool: &SelectedTool<'_>) -> Answer {
    if wanted.verdict != Verdict::Deny && case.is_closed() {
        return Answer::No;
    }
    let demands = |space: &mut Space| -> Vec<Truth> {
        let verdicts = case.verdicts(space);
        let comes_out = match wanted.verdict {
            Verdict::Allow => verdicts.allowed,
            Verdict::Approval => verdicts.held,
            Verdict::Deny => verdicts.denied,
        };
        vec![space.holds(about), comes_out]
    };
    let confirm =
        |call: &Call<'_>| is_about(decider, wanted.guard, call) && decider.decide(call).verdict == wanted.verdict;
    let formulas = case.formulas().chain([about]).collect();
    let question = Question { formulas, demands: &demands, confirm: &confirm };
    question.answer_for(decider.numbers(), &tool.asked, wanted.domain)
}

/// Whether a condition holds for a call with its numbers as a decider reads them.
pub(crate) fn is_about(decider: &dyn Decider, guard: Option<&Guard>, call: &Call<'_>) -> bool {
    let Some(guard) = guard else { return true };
    match decider.numbers() {
        NumberDomain::Exact => holds(&guard.condition, call),
        // A number between two doubles shows nothing about a gateway that never sees it.
        NumberDomain::Double => Json::parse(&call.arguments.with_doubles())
            .is_ok_and(|rounded| holds(&guard.condition, &Call { arguments: rounded.root(), ..*call })),
    }
}

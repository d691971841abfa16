//! What a new catalogue does to a policy that stays as it is.
//!
//! Rules gain and lose tools, conditions meet other types, and calls become valid or are valid no
//! longer. A call is valid if the inputSchema admits it; examples of calls that are valid on one
//! side only are checked against both schemas.

use std::collections::BTreeSet;

use super::catalogue::{self, ArgumentChange, ArgumentFacts};
use super::compare::sort;
use super::schema_pair::SchemaPair;
use super::{Change, Diff, Example, ExplainedOutcome, Move, Outcome, ToolName, Verdict};
use crate::analysis::ask::Witness;
use crate::analysis::condition::{self, NumberDomain};
use crate::decider::{Decider as _, PolicyDecider};
use crate::describe::code;
use crate::eval::{Call, holds};
use crate::ir::{Effect, Guard, Policy, Rule, ServerId, Subject, ToolId};
use crate::predicate::{Atom, Condition, Path, PathRoot, Step};
use crate::schema::{Kinds, Schema};
use crate::solver::Exhausted;
use crate::solver::formula::{Formula, Place, Root};
use crate::solver::space::Space;
use crate::source::{SourceMap, offset};

/// The most characters of a statement that are shown.
const MOST_CHARS: usize = 120;

/// A rule that selects other tools than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectionChange {
    /// Where the rule stands.
    pub line: String,
    /// The statement, on one line, cut when it is long.
    pub statement: String,
    /// Tools that it selects by a name, glob or set, and did not before.
    pub gains: Vec<ToolName>,
    /// Tools that it selected in this way, and no longer does.
    pub loses: Vec<ToolName>,
}

/// A condition on arguments whose schema changes.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionChange {
    /// The tool.
    pub tool: ToolName,
    /// Where the rule stands.
    pub line: String,
    /// The condition as it is written.
    pub condition: String,
    /// What changes, each a clause: "`amount` was integer and is string".
    pub what: Vec<String>,
    /// A call that was not valid and is valid now, and whether the condition holds for it.
    pub example: Option<(Witness, bool)>,
}

/// The rules that gain or lose tools. The policy is the same, so its rules have the same numbers.
#[must_use]
pub fn selections(old: &Policy, new: &Policy, sources: &SourceMap) -> Vec<SelectionChange> {
    let named = |policy: &Policy, rule: &Rule| -> BTreeSet<ToolName> {
        rule.selection.named.iter().filter_map(|tool| tool_name(policy, *tool)).collect()
    };
    let rules = old.rules.iter().zip(&new.rules);
    let changes = rules.map(|(before, after)| {
        let (left, right) = (named(old, before), named(new, after));
        SelectionChange {
            line: after.origin.line.clone(),
            statement: statement(sources, after),
            gains: right.difference(&left).cloned().collect(),
            loses: left.difference(&right).cloned().collect(),
        }
    });
    changes.filter(|change| !change.gains.is_empty() || !change.loses.is_empty()).collect()
}

/// The statement of a rule on one line, cut if it is long.
fn statement(sources: &SourceMap, rule: &Rule) -> String {
    let text = sources.slice(rule.origin.span).split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MOST_CHARS).and_then(|(end, _)| text.get(..end)) {
        Some(start) => format!("{start}…"),
        None => text,
    }
}

fn tool_name(policy: &Policy, tool: ToolId) -> Option<ToolName> {
    let tool = policy.tool(tool)?;
    let server = policy.server(tool.server).filter(|_| policy.servers.len() > 1);
    Some(ToolName { server: server.map(|server| server.name.clone()), tool: Some(tool.name.clone()) })
}

/// A tool that both catalogues have, with different schemas.
struct Changed<'p> {
    pair: SchemaPair<'p>,
    server: ServerId,
    policies: [&'p Policy; 2],
    tools: [ToolId; 2],
}

/// The tools of both catalogues whose schemas differ.
fn changed<'p>(old: &'p Policy, new: &'p Policy) -> Vec<Changed<'p>> {
    let mut all = Vec::new();
    let schemas = |policy: &'p Policy, tool: ToolId| -> Vec<Schema<'p>> {
        let Some(tool) = policy.tool(tool) else { return Vec::new() };
        let catalogue = policy.server(tool.server).and_then(|server| server.catalogue.as_ref());
        catalogue.map(|found| tool.entries.iter().map(|entry| found.schema(*entry)).collect()).unwrap_or_default()
    };
    for server in (0..new.servers.len()).map(|index| ServerId(offset(index))) {
        let Some(before) = same_server(old, new, server) else { continue };
        for (after, tool) in new.tools_of(server) {
            let Some(found) = old.find_tool(before, &tool.name) else { continue };
            let [left, right] = [schemas(old, found), schemas(new, after)];
            let texts = |schemas: &[Schema<'_>]| schemas.iter().map(catalogue::schema_text).collect::<Vec<_>>();
            let Some(name) = tool_name(new, after).filter(|_| texts(&left) != texts(&right)) else { continue };
            let pair = SchemaPair { name, schemas: [left, right] };
            all.push(Changed { pair, server, policies: [old, new], tools: [found, after] });
        }
    }
    all
}

/// The server of the old policy that corresponds to one of the new policy.
fn same_server(old: &Policy, new: &Policy, server: ServerId) -> Option<ServerId> {
    if old.servers.len() == 1 && new.servers.len() == 1 {
        return Some(ServerId(0));
    }
    old.find_server(&new.server(server)?.name)
}

/// The conditions of rules on arguments whose schema changes.
#[must_use]
pub fn conditions(old: &Policy, new: &Policy) -> Vec<ConditionChange> {
    let mut changes = Vec::new();
    for changed in changed(old, new) {
        let [before, after] = &changed.pair.schemas;
        let (Some(before), Some(after)) = (before.first(), after.first()) else { continue };
        let arguments = catalogue::arguments(before, after);
        let [_, tool] = changed.tools;
        for rule in
            new.rules.iter().filter(|rule| rule.selection.selects(Subject::known(changed.server, tool)).is_some())
        {
            let Some(guard) = &rule.guard else { continue };
            let what = meets(&guard.condition, &arguments, [before, after], &changed.pair.name);
            if what.is_empty() {
                continue;
            }
            changes.push(ConditionChange {
                tool: changed.pair.name.clone(),
                line: rule.origin.line.clone(),
                condition: guard.text.clone(),
                what,
                example: condition_example(&changed, rule, guard),
            });
        }
    }
    changes
}

/// Adds the atoms of a condition. The depth of the recursion is bounded by the parser.
fn atoms<'c>(condition: &'c Condition, found: &mut Vec<&'c Atom>) {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().for_each(|part| atoms(part, found)),
        Condition::Not(inner) => atoms(inner, found),
        Condition::Atom(atom) => found.push(atom),
    }
}

/// What changes for the paths of a condition, as clauses.
fn meets(condition: &Condition, changes: &[ArgumentChange], schemas: [&Schema<'_>; 2], tool: &ToolName) -> Vec<String> {
    let mut all = Vec::new();
    atoms(condition, &mut all);
    let mut what: Vec<String> = Vec::new();
    for atom in all.into_iter().filter(|atom| atom.path.root == PathRoot::Args) {
        let Some(Step::Key(name)) = atom.path.steps.first() else { continue };
        let change = changes
            .iter()
            .filter(|change| change.name == *name && change.matters())
            .map(|change| clause(change, code))
            .next();
        let [before, after] = schemas;
        let name = tool.tool.as_deref().unwrap_or_default();
        let problem = after.check(name, atom).filter(|_| before.check(name, atom).is_none());
        let better = before.check(name, atom).is_some() && after.check(name, atom).is_none();
        let deeper = (atom.path.steps.len() > 1
            && before.possible_kinds(&atom.path) != after.possible_kinds(&atom.path))
        .then(|| format!("{} can lead to values of other kinds", code(&atom.path.to_string())));
        let better = better.then(|| format!("the test of {} can hold now", code(&atom.path.to_string())));
        let clauses = [change, deeper, problem.map(|problem| problem.message), better];
        for clause in clauses.into_iter().flatten() {
            if !what.contains(&clause) {
                what.push(clause);
            }
        }
    }
    what
}

/// How an argument differs, as a clause.
pub(crate) fn clause(change: &ArgumentChange, mark: fn(&str) -> String) -> String {
    let name = mark(&change.name);
    let required = |said: &ArgumentFacts| if said.required { "required" } else { "optional" };
    let whole = |said: &ArgumentFacts| format!("{} ({})", mark(&said.type_text), required(said));
    match &change.said {
        [None, Some(said)] => format!("{name} is new: {}", whole(said)),
        [Some(said), None] => format!("{name} is gone; it was {}", whole(said)),
        [Some(old), Some(new)] if (&old.type_text, old.required) == (&new.type_text, new.required) => {
            let [old, new] = [old, new].map(|said| said.description.as_deref().map_or("empty".to_owned(), mark));
            format!("{name}: the description, which models read, was {old} and is {new}")
        }
        [Some(old), Some(new)] if old.type_text == new.type_text => {
            format!("{name} was {} and is {}", required(old), required(new))
        }
        [Some(old), Some(new)] if old.required == new.required => {
            let [old, new] = [old, new].map(|said| mark(&said.type_text));
            format!("{name} was {old} and is {new}")
        }
        [Some(old), Some(new)] => format!("{name} was {} and is {}", whole(old), whole(new)),
        [None, None] => name,
    }
}

/// A call that is valid now and was not, and whether the condition holds for it. A call for which
/// the rule does less is looked for first.
///
/// The call should show what changes for the condition, so other arguments are left out, or are of kinds that were valid.
fn condition_example(changed: &Changed<'_>, rule: &Rule, guard: &Guard) -> Option<(Witness, bool)> {
    let formula = condition::formula(&guard.condition, NumberDomain::Exact);
    let mut all = Vec::new();
    atoms(&guard.condition, &mut all);
    let named: BTreeSet<&Step> = all.iter().filter_map(|atom| atom.path.steps.first()).collect();
    let mut others = Vec::new();
    let [before, after] = &changed.pair.schemas;
    for argument in after.first()?.arguments() {
        let step = Step::Key(argument.name.clone());
        if named.contains(&step) {
            continue;
        }
        let path = Path::args(std::slice::from_ref(&step));
        let were = before.first()?.possible_kinds(&path);
        let kinds = if argument.required { were } else { Kinds::MISSING };
        others.push(Formula::Is(Place::root(Root::Args).then(step), kinds));
    }
    let others = Formula::And(others);
    let slips = !matches!(rule.effect, Effect::Allow | Effect::Require);
    [!slips, slips].into_iter().find_map(|wanted| {
        let demands = |space: &mut Space| {
            let truth = space.holds(&formula);
            vec![if wanted { truth } else { !truth }, space.holds(&others)]
        };
        let confirm = |call: &Call<'_>| holds(&guard.condition, call) == wanted;
        changed.pair.only_on(1, &[&formula, &others], &demands, &confirm).ok()?.map(|witness| (witness, wanted))
    })
}

/// Adds to a comparison the calls that pass and are valid on one side only.
pub fn schemas(diff: &mut Diff, sides: [&PolicyDecider<'_>; 2]) {
    let [old, new] = sides.map(PolicyDecider::policy);
    let formulas = sides.map(PolicyDecider::formulas);
    let mut found = Vec::new();
    for changed in changed(old, new) {
        let cases = [0, 1].map(|side| {
            let formulas = formulas.get(side)?;
            let (tool, policy) = (changed.tools.get(side)?, changed.policies.get(side)?);
            let subject = Subject { server: policy.tool(*tool)?.server, tool: Some(*tool) };
            Some(formulas.case(&formulas.rules(subject)))
        });
        let [Some(before), Some(after)] = &cases else { continue };
        let all: Vec<&Formula> = before.formulas().chain(after.formulas()).collect();
        let mut moves = Vec::new();
        for (side, case) in [(1, after), (0, before)] {
            if case.is_closed() {
                continue;
            }
            let Some(decides) = sides.get(side) else { continue };
            for passes in [Outcome::Allowed, Outcome::Approval] {
                let demands = |space: &mut Space| {
                    let verdicts = case.verdicts(space);
                    vec![if passes == Outcome::Allowed { verdicts.allowed } else { verdicts.held }]
                };
                let confirm = |call: &Call<'_>| Outcome::of(&decides.decide(call)) == passes;
                let [from, to] = if side == 1 { [Outcome::Invalid, passes] } else { [passes, Outcome::Invalid] };
                let example = match changed.pair.newly_valid(side, &all, &demands, &confirm) {
                    Ok(Some(call)) => {
                        call.with(|call| sides.map(|side| ExplainedOutcome::by(side, call))).map(|told| (call, told))
                    }
                    Ok(None) => continue,
                    Err(Exhausted) => None,
                };
                let example = example.map(|(call, [was, now])| {
                    let invalid = ExplainedOutcome::nothing(Outcome::Invalid);
                    let [was, now] = if side == 1 { [invalid, now] } else { [was, invalid] };
                    Example { call, was, now }
                });
                moves.push(Move { from, to, certain: example.is_some(), example });
            }
        }
        if moves.is_empty() {
            continue;
        }
        let verdict = moves.iter().map(Move::verdict).fold(Verdict::Same, Verdict::and);
        found.push(Change {
            tools: vec![changed.pair.name.clone()],
            verdict,
            moves,
            limits: Vec::new(),
            undecided: Vec::new(),
        });
    }
    diff.verdict = found.iter().map(|change| change.verdict).fold(diff.verdict, Verdict::and);
    diff.changes.extend(found);
    sort(&mut diff.changes);
}

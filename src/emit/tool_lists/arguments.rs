//! Lists of the arguments that a tool takes: a call with any other is refused, whatever the values are.
//!
//! Such a list holds conditions that ask whether arguments are there, and nothing else. It is stricter: it also refuses null under the
//! names that are left out, and names that no catalogue has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::ListDecider;
use crate::analysis::ask::Asked;
use crate::analysis::case::{Case, RuleFormula};
use crate::analysis::condition::NumberDomain;
use crate::decider::{Decider, Explanation, Ruling, Run};
use crate::emit::decision_list::{Entry, Outcome};
use crate::emit::document::explain;
use crate::emit::origins::Traced;
use crate::emit::target::Request;
use crate::eval::{Call, Verdict};
use crate::ir::Subject;
use crate::predicate::{Condition, PathRoot, Step, Test};
use crate::schema::ArgumentInfo;
use crate::solver::formula::{Check, Formula, Place, Root};

/// With more asked-for arguments than this, none of them is listed.
const MOST_ASKED: usize = 8;

/// The arguments that a tool may have so that every such call passes; `None` if no list holds the conditions of its rules, or
/// if no catalogue has the arguments.
pub(super) fn listed(request: &Request<'_>, tool: &str, list: &[Traced<Entry>]) -> Option<BTreeSet<String>> {
    let mut asked = BTreeSet::new();
    let conditions = list.iter().filter_map(|traced| traced.part.when.as_deref());
    if !conditions.into_iter().all(|condition| asks_for(condition, &mut asked)) || asked.is_empty() {
        return None;
    }
    let passes = |present: &BTreeSet<&String>| {
        let applies = |traced: &&Traced<Entry>| {
            traced.part.when.as_deref().is_none_or(|condition| holds_with(condition, present))
        };
        list.iter().find(applies).is_some_and(|traced| traced.part.outcome == Outcome::Allow)
    };
    let known = request.policy.find_tool(request.server, tool)?;
    let schemas = Asked::of(request.policy, Subject::known(request.server, known)).schemas;
    let arguments: Vec<ArgumentInfo> = schemas.iter().flat_map(|schema| schema.arguments()).collect();
    if arguments.is_empty() || !passes(&BTreeSet::new()) {
        return None;
    }
    // Of those that conditions ask for, as many as may be there in any combination, required ones first.
    let required = |name: &&String| arguments.iter().any(|argument| argument.name == **name && argument.required);
    let (first, last): (Vec<&String>, Vec<&String>) = asked.iter().partition(required);
    let mut kept: Vec<&String> = Vec::new();
    for name in first.into_iter().chain(last).filter(|_| asked.len() <= MOST_ASKED) {
        let with_it = |chosen: usize| {
            let others = kept.iter().enumerate().filter(|(index, _)| chosen & (1 << index) != 0);
            others.map(|(_, name)| *name).chain([name]).collect()
        };
        if (0..1 << kept.len()).all(|chosen| passes(&with_it(chosen))) {
            kept.push(name);
        }
    }
    let names = arguments.into_iter().map(|argument| argument.name.to_owned());
    Some(names.filter(|name| !asked.contains(name) || kept.contains(&name)).collect())
}

/// Whether a condition asks for nothing but whether arguments are there, which are added to `asked`.
fn asks_for(condition: &Condition, asked: &mut BTreeSet<String>) -> bool {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => parts.iter().all(|part| asks_for(part, asked)),
        Condition::Not(inner) => asks_for(inner, asked),
        Condition::Atom(atom) => match (atom.path.root, atom.path.steps.as_slice(), &atom.test) {
            (PathRoot::Args, [Step::Key(name)], Test::Has) => {
                asked.insert(name.clone());
                true
            }
            _ => false,
        },
    }
}

/// Whether such a condition holds for a call that has these arguments.
fn holds_with(condition: &Condition, present: &BTreeSet<&String>) -> bool {
    match condition {
        Condition::And(parts) => parts.iter().all(|part| holds_with(part, present)),
        Condition::Or(parts) => parts.iter().any(|part| holds_with(part, present)),
        Condition::Not(inner) => !holds_with(inner, present),
        Condition::Atom(atom) => match atom.path.steps.as_slice() {
            [Step::Key(name)] => present.contains(name),
            _ => false,
        },
    }
}

/// Lists of tools, and of the arguments that some of them take.
pub(super) struct Narrowed {
    tools: ListDecider,
    /// By tool: its arguments, and the number of the rule.
    arguments: BTreeMap<String, (BTreeSet<String>, usize)>,
    /// How a log names the rules.
    rule: &'static str,
    /// What becomes of the calls of each of these tools.
    cases: BTreeMap<String, Arc<Case>>,
}

impl Narrowed {
    /// Narrows lists. The rules are numbered after those of the lists.
    pub(super) fn new(tools: ListDecider, lists: BTreeMap<String, BTreeSet<String>>, rule: &'static str) -> Self {
        let first = tools.rules();
        let numbered = lists.into_iter().zip(first..).map(|((tool, names), number)| (tool, (names, number)));
        let arguments: BTreeMap<String, (BTreeSet<String>, usize)> = numbered.collect();
        let case = |(tool, (names, number)): (&String, &(BTreeSet<String>, usize))| {
            let mut case = tools.case(0, Some(tool)).map(|case| (*case).clone()).unwrap_or_default();
            let formula = Formula::Test(Place::root(Root::Args), Check::Only(names.clone()));
            case.required.push(RuleFormula { rule: *number, formula: Arc::new(formula) });
            (tool.clone(), Arc::new(case))
        };
        let cases = arguments.iter().map(case).collect();
        Self { tools, arguments, rule, cases }
    }

    /// The arguments of a call that are not listed.
    fn unlisted<'a>(&self, call: &Call<'a>) -> Option<(&'a str, usize)> {
        let (names, number) = self.arguments.get(call.name)?;
        let mut keys = call.arguments.entries().filter_map(|(key, _)| key.as_str());
        keys.find(|key| !names.contains(*key)).map(|key| (key, *number))
    }
}

impl Decider for Narrowed {
    fn numbers(&self) -> NumberDomain {
        self.tools.numbers()
    }

    fn tools(&self, server: usize) -> Vec<&str> {
        let names: BTreeSet<&str> =
            self.tools.tools(server).into_iter().chain(self.arguments.keys().map(String::as_str)).collect();
        names.into_iter().collect()
    }

    fn case(&self, server: usize, tool: Option<&str>) -> Option<Arc<Case>> {
        let own = tool.and_then(|tool| self.cases.get(tool).cloned());
        own.or_else(|| self.tools.case(server, tool))
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        let ruling = self.tools.decide(call);
        match self.unlisted(call) {
            Some((key, number)) if ruling.verdict != Verdict::Deny => {
                Ruling::deny(Some(number), self.rule, format!("The argument {key} is not listed for this tool."))
            }
            _ => ruling,
        }
    }

    fn run(&self) -> Box<dyn Run + '_> {
        Box::new(Stateless(self))
    }

    fn explain(&self, call: &Call<'_>) -> Explanation {
        let is_listed = self.arguments.contains_key(call.name);
        let rules: Vec<String> = is_listed.then(|| self.rule.to_owned()).into_iter().collect();
        explain(self, call, is_listed || self.tools.tools(0).contains(&call.name), &rules)
    }

    fn applies(&self, rule: usize, call: &Call<'_>) -> bool {
        match self.arguments.get(call.name).filter(|(_, number)| *number == rule) {
            Some(_) => self.unlisted(call).is_none(),
            None => self.tools.applies(rule, call),
        }
    }

    fn rule_name(&self, rule: usize) -> String {
        if rule < self.tools.rules() { self.tools.rule_name(rule) } else { self.rule.to_owned() }
    }
}

/// Nothing is counted, so each call is like the first.
struct Stateless<'d>(&'d Narrowed);

impl Run for Stateless<'_> {
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a> {
        self.0.decide(call)
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        self.0.decide(call)
    }
}

//! A policy as something that decides calls.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::{Decider, Explanation, GroupAnswer, Ruling, Run, Servers, Text, Wanted, can};
use crate::analysis::case::{Case, Formulas};
use crate::analysis::condition::NumberDomain;
use crate::eval::trace::Opening;
use crate::eval::{Call, Decision, Evaluator, Verdict, holds, reason, words};
use crate::ir::{Effect, Limit, Origin, Policy, Rule, Selecting, Server, ServerId, Star, Subject, ToolId};
use crate::schema::Schema;
use crate::source::offset;

/// A policy that decides calls. What it needs is computed when somebody asks.
pub struct PolicyDecider<'p> {
    policy: &'p Policy,
    numbers: NumberDomain,
    servers: Vec<ServerId>,
    closed: bool,
    formulas: OnceCell<Formulas<'p>>,
    evaluator: OnceCell<Evaluator<'p>>,
    /// Limits that count calls, too, of servers that are left out.
    wider: OnceCell<BTreeSet<usize>>,
    /// What becomes of the calls of tools that the same rules select in the same way.
    cases: RefCell<HashMap<Vec<Selecting>, Arc<Case>>>,
}

impl<'p> PolicyDecider<'p> {
    /// A policy with its servers, numbers read exactly.
    #[must_use]
    pub fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            numbers: NumberDomain::Exact,
            servers: (0..policy.servers.len()).map(|index| ServerId(offset(index))).collect(),
            closed: false,
            formulas: OnceCell::new(),
            evaluator: OnceCell::new(),
            wider: OnceCell::new(),
            cases: RefCell::default(),
        }
    }

    /// The same with no tools but those of its catalogues.
    #[must_use]
    pub fn closed(self) -> Self {
        Self { closed: true, ..self }
    }

    /// One server of it only, as the gateway of that server would decide: numbers are read in
    /// another way.
    #[must_use]
    pub fn of_server(self, server: ServerId, numbers: NumberDomain) -> Self {
        Self { servers: vec![server], numbers, ..self }
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &'p Policy {
        self.policy
    }

    /// Its rules as formulas.
    #[must_use]
    pub fn formulas(&self) -> &Formulas<'p> {
        self.formulas.get_or_init(|| Formulas::new(self.policy, self.numbers))
    }

    /// Its evaluator, in which nothing has been counted.
    #[must_use]
    pub fn evaluator(&self) -> &Evaluator<'p> {
        self.evaluator.get_or_init(|| Evaluator::new(self.policy))
    }

    /// Whether some call comes out as wanted; the question is written for the tools of the policy.
    #[must_use]
    pub fn can(&self, wanted: &Wanted<'_>) -> Vec<GroupAnswer<'_>> {
        can(self, self.policy, &Servers::matching(self, self.policy), wanted)
    }

    /// The number that a server has here.
    #[must_use]
    pub fn number_of(&self, server: ServerId) -> Option<usize> {
        self.servers.iter().position(|own| *own == server)
    }

    /// The server with a number.
    #[must_use]
    pub fn server(&self, number: usize) -> Option<ServerId> {
        self.servers.get(number).copied()
    }

    /// The rules that select tools, too, of servers that are left out.
    fn wider(&self) -> &BTreeSet<usize> {
        self.wider.get_or_init(|| {
            if self.servers.len() == self.policy.servers.len() {
                return BTreeSet::new();
            }
            let is_left_out = |server: ServerId| !self.servers.contains(&server);
            let of_star = |star: &Star| {
                star.servers.as_ref().is_none_or(|servers| servers.iter().any(|server| is_left_out(*server)))
            };
            let of_named = |tool: &ToolId| self.policy.tool(*tool).is_some_and(|tool| is_left_out(tool.server));
            let is_wider = |rule: &Rule| {
                rule.selection.star.as_ref().is_some_and(of_star) || rule.selection.named.iter().any(of_named)
            };
            let rules = self.policy.rules.iter().enumerate();
            rules.filter(|(_, rule)| is_wider(rule)).map(|(number, _)| number).collect()
        })
    }

    fn server_of(&self, number: usize) -> Option<(ServerId, &'p Server)> {
        let id = self.server(number)?;
        Some((id, self.policy.server(id)?))
    }
}

/// A decision as a ruling.
fn ruling<'a>(policy: &Policy, decision: Decision<'a>) -> Ruling<'a> {
    let rule = decision.decided_by.and_then(|index| policy.rules.get(index));
    let is = |wanted: fn(&Effect) -> bool| rule.is_some_and(|rule| wanted(&rule.effect));
    Ruling {
        verdict: decision.verdict,
        hidden: decision.verdict == Verdict::Deny && is(|effect| matches!(effect, Effect::Hide)),
        by_limit: decision.verdict == Verdict::Deny && is(|effect| matches!(effect, Effect::Limit(_))),
        decided_by: decision.decided_by,
        text: Text::Decision(decision),
    }
}

impl Decider for PolicyDecider<'_> {
    fn numbers(&self) -> NumberDomain {
        self.numbers
    }

    fn servers(&self) -> Vec<&str> {
        let servers = self.servers.iter().filter_map(|id| self.policy.server(*id));
        servers.map(|server| server.name.as_str()).collect()
    }

    fn tools(&self, server: usize) -> Vec<&str> {
        let tools = self.server(server).into_iter().flat_map(|server| self.policy.tools_of(server));
        tools.map(|(_, tool)| tool.name.as_str()).collect()
    }

    fn case(&self, server: usize, tool: Option<&str>) -> Option<Arc<Case>> {
        let (id, server) = self.server_of(server)?;
        let subject = match tool.and_then(|tool| self.policy.find_tool(id, tool)) {
            Some(tool) => Subject::known(id, tool),
            None if self.closed && !server.name.is_empty() => return None,
            None => Subject::others(id),
        };
        let formulas = self.formulas();
        let rules = formulas.rules(subject);
        let mut cases = self.cases.borrow_mut();
        let case = cases.entry(rules).or_insert_with_key(|rules| {
            let mut case = formulas.case(rules);
            for limited in case.limits.iter_mut().filter(|limited| limited.limit.total) {
                limited.is_wider = self.wider().contains(&limited.rule);
            }
            Arc::new(case)
        });
        Some(case.clone())
    }

    fn schemas(&self, server: usize, tool: &str) -> Vec<Schema<'_>> {
        let Some((id, server)) = self.server_of(server) else { return Vec::new() };
        let tool = self.policy.find_tool(id, tool).and_then(|tool| self.policy.tool(tool));
        match (&server.catalogue, tool) {
            (Some(catalogue), Some(tool)) => tool.entries.iter().map(|entry| catalogue.schema(*entry)).collect(),
            _ => Vec::new(),
        }
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        ruling(self.policy, self.evaluator().decide(call))
    }

    fn run(&self) -> Box<dyn Run + '_> {
        Box::new(Counting(Evaluator::new(self.policy)))
    }

    fn admits(&self, call: &Call<'_>) -> String {
        let trace = self.evaluator().trace(call);
        let opening = trace.decides.and_then(|index| trace.tools.get(index)).map(|tool| tool.opening);
        match (opening, &self.policy.default.origin) {
            (Some(Opening::Rule(index)), _) => {
                self.policy.rules.get(index).map_or_else(String::new, |rule| format!("line {}", rule.origin.line))
            }
            (_, Some(origin)) => format!("the default, line {}", origin.line),
            (_, None) => "the default".to_owned(),
        }
    }

    fn explain(&self, call: &Call<'_>) -> Explanation {
        let trace = self.evaluator().trace(call);
        let Some(tool) = trace.decides.and_then(|index| trace.tools.get(index)) else {
            return Explanation::default();
        };
        let sentence = |said: &crate::eval::trace::RuleTrace| {
            Some((said.index, words::sentence(said, self.policy.rules.get(said.index)?)))
        };
        Explanation {
            conclusion: words::conclusion(tool, self.policy),
            rules: tool.rules.iter().filter_map(sentence).collect(),
        }
    }

    fn applies(&self, rule: usize, call: &Call<'_>) -> bool {
        let rule = self.policy.rules.get(rule);
        rule.is_some_and(|rule| rule.guard.as_ref().is_none_or(|guard| holds(&guard.condition, call)))
    }

    fn condition(&self, rule: usize) -> Option<&str> {
        Some(self.policy.rules.get(rule)?.guard.as_ref()?.text.as_str())
    }

    fn origin(&self, rule: usize) -> Option<&Origin> {
        Some(&self.policy.rules.get(rule)?.origin)
    }

    fn rule_name(&self, rule: usize) -> String {
        self.policy.rules.get(rule).map_or_else(String::new, reason::name)
    }

    fn limit(&self, rule: usize) -> Option<&Limit> {
        match &self.policy.rules.get(rule)?.effect {
            Effect::Limit(limit) => Some(limit),
            _ => None,
        }
    }
}

/// A policy with counters.
struct Counting<'p>(Evaluator<'p>);

impl Run for Counting<'_> {
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a> {
        let policy = self.0.policy();
        ruling(policy, self.0.call(call))
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        ruling(self.0.policy(), self.0.decide(call))
    }
}

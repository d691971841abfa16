//! One side of a comparison: what becomes of calls, as formulas and by deciding them.

use std::collections::{BTreeMap, BTreeSet};

use super::Outcome;
use crate::analysis::case::{Case, Formulas};
use crate::analysis::condition::Precision;
use crate::emit::{Cases, Gateway, GatewayCall, Ruling};
use crate::eval::trace::Opening;
use crate::eval::{Call, Evaluator, Verdict, holds};
use crate::ir::{Effect, Policy, ServerId, Subject};
use crate::schema::Schema;
use crate::source::offset;

/// What a side says of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What becomes of it.
    pub outcome: Outcome,
    /// What decided: `deny@3`, the name of a counter, `line 4` for what let the call in.
    pub rule: String,
    /// Why, for a person; empty for a call that passes.
    pub reason: String,
}

/// Something that decides calls, each as the first of all.
pub trait Decider {
    /// What becomes of a call.
    fn outcome(&self, call: &Call<'_>) -> Outcome;

    /// What is said of a call.
    fn told(&self, call: &Call<'_>) -> Told;

    /// Whether the rule with an index applies to a call; `None` where only formulas know.
    fn applies(&self, rule: usize, call: &Call<'_>) -> Option<bool>;

    /// The condition of the rule with an index, as it is written.
    fn condition(&self, rule: usize) -> Option<String>;
}

/// A tool of a side.
#[derive(Debug, Clone)]
pub struct SideTool<'s> {
    /// Which of the cases is its.
    pub case: usize,
    /// What its listings say of arguments.
    pub schemas: Vec<Schema<'s>>,
}

/// A server of a side.
#[derive(Debug, Clone)]
pub struct SideServer<'s> {
    /// Its name; empty for the one server of a side that names none.
    pub name: String,
    /// The tools that are known, by name.
    pub tools: BTreeMap<String, SideTool<'s>>,
    /// Which of the cases is that of all other tools; `None` where other tools do not exist.
    pub other: Option<usize>,
}

/// One side of a comparison.
pub struct Side<'s> {
    /// Its servers; at least one.
    pub(super) servers: Vec<SideServer<'s>>,
    /// What becomes of calls; tools with the same rules share one.
    pub(super) cases: Vec<Case>,
    pub(super) decider: Box<dyn Decider + 's>,
    /// Whether formulas and decider read numbers alike.
    pub(super) exact: bool,
}

impl<'s> Side<'s> {
    /// A document of a gateway. It is for one server, which it does not name, and takes numbers as their nearest doubles.
    #[must_use]
    pub fn document(gateway: Box<dyn Gateway>) -> Self {
        let Cases { tools, other, .. } = gateway.cases();
        let hidden = tools.iter().filter(|(_, case)| case.hidden.is_some()).map(|(name, _)| name.clone()).collect();
        let hides_others = other.hidden.is_some();
        let mut cases = vec![other];
        let mut listed = BTreeMap::new();
        for (name, case) in tools {
            listed.insert(name, SideTool { case: cases.len(), schemas: Vec::new() });
            cases.push(case);
        }
        share(&mut cases);
        let server = SideServer { name: String::new(), tools: listed, other: Some(0) };
        let decider = OfDocument { gateway, hidden, hides_others };
        Self { servers: vec![server], cases, decider: Box::new(decider), exact: false }
    }

    /// A policy. With `closed`, there are no tools but those of its catalogues.
    #[must_use]
    pub fn policy(policy: &'s Policy, precision: Precision, closed: bool) -> Self {
        let formulas = Formulas::new(policy, precision);
        let server =
            |server: &crate::ir::Server| SideServer { name: server.name.clone(), tools: BTreeMap::new(), other: None };
        let mut servers: Vec<SideServer<'s>> = policy.servers.iter().map(server).collect();
        let mut cases = Vec::new();
        for (rules, subjects) in formulas.groups(formulas.parts().subjects()) {
            let case = cases.len();
            cases.push(formulas.case(&rules));
            for subject in subjects {
                let Some(server) = servers.get_mut(subject.server.0 as usize) else { continue };
                match subject.tool.and_then(|tool| policy.tool(tool)) {
                    Some(tool) => {
                        let schemas = schemas(policy, subject);
                        server.tools.insert(tool.name.clone(), SideTool { case, schemas });
                    }
                    None if closed && !server.name.is_empty() => {}
                    None => server.other = Some(case),
                }
            }
        }
        let decider = OfPolicy { policy, evaluator: Evaluator::new(policy) };
        Self { servers, cases, decider: Box::new(decider), exact: precision == Precision::Exact }
    }

    /// Keeps one server only, which a gateway of one server is compared with.
    pub fn keep(&mut self, server: ServerId) {
        let index = server.0 as usize;
        self.servers =
            self.servers.drain(..).enumerate().filter(|(at, _)| *at == index).map(|(_, kept)| kept).collect();
    }

    /// What becomes of calls of a tool of a server; `None` if there is no such tool.
    pub(super) fn case(&self, server: usize, tool: Option<&str>) -> Option<usize> {
        let server = self.servers.get(server)?;
        tool.and_then(|tool| server.tools.get(tool)).map(|tool| tool.case).or(server.other)
    }

    pub(super) fn schemas(&self, server: usize, tool: &str) -> &[Schema<'s>] {
        let tool = self.servers.get(server).and_then(|server| server.tools.get(tool));
        tool.map(|tool| tool.schemas.as_slice()).unwrap_or_default()
    }

    /// Whether it has one server without a name, which stands for any server.
    pub(super) fn is_unnamed(&self) -> bool {
        matches!(self.servers.as_slice(), [server] if server.name.is_empty())
    }
}

fn schemas(policy: &Policy, subject: Subject) -> Vec<Schema<'_>> {
    let catalogue = policy.server(subject.server).and_then(|server| server.catalogue.as_ref());
    let tool = subject.tool.and_then(|tool| policy.tool(tool));
    match (catalogue, tool) {
        (Some(catalogue), Some(tool)) => tool.entries.iter().map(|entry| catalogue.schema(*entry)).collect(),
        _ => Vec::new(),
    }
}

struct OfPolicy<'p> {
    policy: &'p Policy,
    evaluator: Evaluator<'p>,
}

impl OfPolicy<'_> {
    fn is_hidden(&self, decided_by: Option<usize>) -> bool {
        let rule = decided_by.and_then(|index| self.policy.rules.get(index));
        rule.is_some_and(|rule| matches!(rule.effect, Effect::Hide))
    }
}

impl Decider for OfPolicy<'_> {
    fn outcome(&self, call: &Call<'_>) -> Outcome {
        let decision = self.evaluator.decide(call);
        match decision.verdict {
            Verdict::Allow => Outcome::Allowed,
            Verdict::Approval => Outcome::Approval,
            Verdict::Deny if self.is_hidden(decision.decided_by) => Outcome::Hidden,
            Verdict::Deny => Outcome::Denied,
        }
    }

    fn told(&self, call: &Call<'_>) -> Told {
        let outcome = self.outcome(call);
        let trace = self.evaluator.trace(call);
        let opening = trace.decides.and_then(|index| trace.tools.get(index)).map(|tool| tool.opening);
        let rule = match (outcome, opening) {
            (Outcome::Allowed, Some(Opening::Rule(index))) => {
                self.policy.rules.get(index).map_or_else(String::new, |rule| format!("line {}", rule.origin.line))
            }
            (Outcome::Allowed, _) => match &self.policy.default.origin {
                Some(origin) => format!("the default, line {}", origin.line),
                None => "the default".to_owned(),
            },
            _ => trace.answer.rule,
        };
        Told { outcome, rule, reason: trace.answer.reason }
    }

    fn applies(&self, rule: usize, call: &Call<'_>) -> Option<bool> {
        let rule = self.policy.rules.get(rule)?;
        Some(rule.guard.as_ref().is_none_or(|guard| holds(&guard.condition, call)))
    }

    fn condition(&self, rule: usize) -> Option<String> {
        Some(self.policy.rules.get(rule)?.guard.as_ref()?.text.clone())
    }
}

struct OfDocument {
    gateway: Box<dyn Gateway>,
    hidden: BTreeSet<String>,
    hides_others: bool,
}

impl OfDocument {
    fn ruling(&self, call: &Call<'_>) -> Ruling {
        let call = GatewayCall { name: call.name, arguments: call.arguments, grant: "", at: call.at };
        // A copy, in which nothing has been counted.
        self.gateway.fresh().decide(&call)
    }
}

impl Decider for OfDocument {
    fn outcome(&self, call: &Call<'_>) -> Outcome {
        match self.ruling(call).allow {
            true => Outcome::Allowed,
            false if self.hides_others || self.hidden.contains(call.name) => Outcome::Hidden,
            false => Outcome::Denied,
        }
    }

    fn told(&self, call: &Call<'_>) -> Told {
        let Ruling { rule, message, .. } = self.ruling(call);
        Told { outcome: self.outcome(call), rule, reason: message }
    }

    fn applies(&self, _: usize, _: &Call<'_>) -> Option<bool> {
        None
    }

    fn condition(&self, _: usize) -> Option<String> {
        // The limits that documents have in common with policies have no conditions.
        None
    }
}

/// Gives the limits of several tools that have one counter the number of the first. A document states such a limit once,
/// and it is reported again for each tool.
fn share(cases: &mut [Case]) {
    let mut first: BTreeMap<(Option<String>, u64), usize> = BTreeMap::new();
    for limited in cases.iter_mut().flat_map(|case| &mut case.limits).filter(|limited| limited.limit.total) {
        let key = (limited.limit.counter.clone(), limited.limit.window);
        limited.rule = *first.entry(key).or_insert(limited.rule);
    }
}

/// The servers of a policy by number.
pub(super) fn server_ids(policy: &Policy) -> impl Iterator<Item = ServerId> + use<> {
    (0..policy.servers.len()).map(|index| ServerId(offset(index)))
}

//! Watches what the calls of tests reach in one policy.

use crate::eval::{Call, Decision, Evaluator, Verdict, holds};
use crate::ir::{DecisionStep, Effect, Policy, RulesByTool, Selected, Selecting, ServerId, Subject, ToolId};
use crate::predicate::Condition;
use crate::source::offset;

/// What tests exercised in one policy.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Index of the policy in [`Checked::policies`](crate::sema::Checked::policies).
    pub(super) policy: usize,
    /// For each rule of the policy.
    pub(super) rules: Vec<Hits>,
    /// For each known tool, how many calls were about it.
    pub(super) tools: Vec<u64>,
}

impl Watched {
    /// The index of the policy among those of its file.
    #[must_use]
    pub const fn policy(&self) -> usize {
        self.policy
    }

    /// How often the rule with an index was exercised.
    #[must_use]
    pub fn exercised(&self, rule: usize) -> u64 {
        self.rules.get(rule).map_or(0, |hits| hits.exercised)
    }
}

/// How often a rule was exercised, and its atoms seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Hits {
    pub(super) exercised: u64,
    /// For each atom of the guard, from left to right: how often true, how often false.
    pub(super) atoms: Vec<[u64; 2]>,
}

pub(super) struct Watch<'p> {
    policy: &'p Policy,
    by_tool: RulesByTool,
    /// For each rule the atoms of its guard, from left to right.
    atoms: Vec<Vec<&'p Condition>>,
    rules: Vec<Hits>,
    tools: Vec<u64>,
}

impl<'p> Watch<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        let mut atoms = Vec::new();
        for rule in &policy.rules {
            let mut inside = Vec::new();
            if let Some(guard) = &rule.guard {
                collect(&guard.condition, &mut inside);
            }
            atoms.push(inside);
        }
        let hits = |atoms: &Vec<_>| Hits { exercised: 0, atoms: vec![[0; 2]; atoms.len()] };
        let rules = atoms.iter().map(hits).collect();
        Self { policy, by_tool: RulesByTool::new(policy), atoms, rules, tools: vec![0; policy.tools.len()] }
    }

    pub(super) fn finish(self, policy: usize) -> Watched {
        Watched { policy, rules: self.rules, tools: self.tools }
    }

    /// Notes a call that was just decided and is not counted yet.
    pub(super) fn call(&mut self, evaluator: &Evaluator<'_>, call: &Call<'_>, decision: &Decision) {
        let targets = self.targets(call);
        let only = targets.len() == 1;
        for (server, tool) in targets {
            if only {
                self.target(server, tool, call, decision);
                continue;
            }
            // The decision is the most refusing one of several; this asks for that of one server.
            let name = self.policy.server(server).map(|server| server.name.as_str());
            let decision = evaluator.decide(&Call { server: name, ..*call });
            self.target(server, tool, call, &decision);
        }
    }

    /// The tools that a call may mean, as the evaluator takes it.
    fn targets(&self, call: &Call<'_>) -> Vec<(ServerId, Option<ToolId>)> {
        let servers = &self.policy.servers;
        let target = |server| (server, self.policy.find_tool(server, call.name));
        let unnamed = servers.iter().all(|server| server.name.is_empty());
        if let (Some(name), false) = (call.server, unnamed) {
            return self.policy.find_server(name).into_iter().map(target).collect();
        }
        let all: Vec<_> = (0..servers.len()).map(|index| target(ServerId(offset(index)))).collect();
        let known: Vec<_> = all.iter().filter(|(_, tool)| tool.is_some()).copied().collect();
        if known.is_empty() { all } else { known }
    }

    fn target(&mut self, server: ServerId, tool: Option<ToolId>, call: &Call<'_>, decision: &Decision) {
        if let Some(calls) = tool.and_then(|tool| self.tools.get_mut(tool.0 as usize)) {
            *calls += 1;
        }
        let selecting = self.by_tool.selecting(self.policy, Subject { server, tool });
        let last = last_step(self.policy, decision);
        let rule = |selecting: &Selecting| self.policy.rules.get(selecting.rule as usize);
        let allows = selecting.iter().filter_map(rule).any(|rule| matches!(rule.effect, Effect::Allow));
        for Selecting { rule: index, how } in selecting {
            let index = index as usize;
            let Some(rule) = self.policy.rules.get(index) else { continue };
            let reached = rule.effect.step() <= last;
            // A limit or an approval is asked whether it opens the tool already where it selects it by name.
            let opens = matches!(rule.effect, Effect::Limit(_) | Effect::Approval { .. });
            let asked = reached || (opens && how == Selected::ByName && !allows && last >= DecisionStep::Open);
            let (Some(hits), Some(atoms)) = (self.rules.get_mut(index), self.atoms.get(index)) else { continue };
            if asked {
                for (atom, [yes, no]) in atoms.iter().zip(&mut hits.atoms) {
                    *(if holds(atom, call) { yes } else { no }) += 1;
                }
            }
            // A requirement has its say either way; the others where their condition is true.
            let acts = matches!(rule.effect, Effect::Require)
                || rule.guard.as_ref().is_none_or(|guard| holds(&guard.condition, call));
            if reached && acts {
                hits.exercised += 1;
            }
        }
    }
}

/// The last step that a decision took.
fn last_step(policy: &Policy, decision: &Decision) -> DecisionStep {
    if decision.verdict == Verdict::Allow {
        return DecisionStep::Approve;
    }
    // What no rule decides is decided where nothing opens the tool.
    decision.decided_by.and_then(|index| policy.rules.get(index)).map_or(DecisionStep::Open, |rule| rule.effect.step())
}

/// The atoms of a condition from left to right. Depth is bounded by the parser, so recursion is too.
fn collect<'p>(condition: &'p Condition, atoms: &mut Vec<&'p Condition>) {
    match condition {
        Condition::Or(parts) | Condition::And(parts) => parts.iter().for_each(|part| collect(part, atoms)),
        Condition::Not(inner) => collect(inner, atoms),
        Condition::Atom(_) => atoms.push(condition),
    }
}

//! Watching what the calls of tests reach in one policy.

use crate::eval::{Call, Decision, Evaluator, Verdict, holds};
use crate::ir::{Effect, Policy, Rule, Selected, ServerId, ToolId};
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
    /// For each known tool the rules that select it by name.
    named: Vec<Vec<u32>>,
    /// The rules with `*` or `server::*`.
    stars: Vec<u32>,
    /// For each rule the atoms of its guard, from left to right.
    atoms: Vec<Vec<&'p Condition>>,
    rules: Vec<Hits>,
    tools: Vec<u64>,
}

impl<'p> Watch<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        let mut named = vec![Vec::new(); policy.tools.len()];
        let mut stars = Vec::new();
        let mut atoms = Vec::new();
        for (index, rule) in policy.rules.iter().enumerate() {
            for tool in &rule.selection.named {
                if let Some(rules) = named.get_mut(tool.0 as usize) {
                    rules.push(offset(index));
                }
            }
            if rule.selection.star.is_some() {
                stars.push(offset(index));
            }
            let mut inside = Vec::new();
            if let Some(guard) = &rule.guard {
                collect(&guard.condition, &mut inside);
            }
            atoms.push(inside);
        }
        let hits = |atoms: &Vec<_>| Hits { exercised: 0, atoms: vec![[0; 2]; atoms.len()] };
        let rules = atoms.iter().map(hits).collect();
        Self { policy, named, stars, atoms, rules, tools: vec![0; policy.tools.len()] }
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
        let selected = self.selected(server, tool);
        let last = last_step(self.policy, decision);
        let allows = selected.iter().any(|(_, rule, _)| matches!(rule.effect, Effect::Allow));
        for (index, rule, how) in selected {
            let reached = step(&rule.effect) <= last;
            // A limit or an approval is asked at step 3 already where it may open the tool.
            let opens = matches!(rule.effect, Effect::Limit(_) | Effect::Approval { .. });
            let asked = reached || (opens && how == Selected::ByName && !allows && last >= OPENING);
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

    /// The rules that select a tool.
    fn selected(&self, server: ServerId, tool: Option<ToolId>) -> Vec<(usize, &'p Rule, Selected)> {
        let named = tool.and_then(|tool| self.named.get(tool.0 as usize)).map(Vec::as_slice).unwrap_or_default();
        let mut indices: Vec<u32> = named.iter().chain(&self.stars).copied().collect();
        indices.sort_unstable();
        indices.dedup();
        let rules = indices.into_iter().filter_map(|index| {
            let rule = self.policy.rules.get(index as usize)?;
            let selected = match tool {
                Some(tool) => rule.selection.selects(tool, server),
                None => rule.selection.selects_other(server).then_some(Selected::BySet),
            };
            Some((index as usize, rule, selected?))
        });
        rules.collect()
    }
}

/// The step of the meaning that asks whether the tool is opened.
const OPENING: u8 = 3;

/// The step of the meaning at which a rule is asked.
const fn step(effect: &Effect) -> u8 {
    match effect {
        Effect::Hide => 1,
        Effect::Deny => 2,
        Effect::Allow => OPENING,
        Effect::Require => 4,
        Effect::Limit(_) => 5,
        Effect::Approval { .. } => 6,
    }
}

/// The last step that a decision took.
fn last_step(policy: &Policy, decision: &Decision) -> u8 {
    if decision.verdict == Verdict::Allow {
        return 7;
    }
    // What no rule decides is decided where nothing opens the tool.
    decision.decided_by.and_then(|index| policy.rules.get(index)).map_or(OPENING, |rule| step(&rule.effect))
}

/// The atoms of a condition from left to right. Depth is bounded by the parser, so recursion is too.
fn collect<'p>(condition: &'p Condition, atoms: &mut Vec<&'p Condition>) {
    match condition {
        Condition::Or(parts) | Condition::And(parts) => parts.iter().for_each(|part| collect(part, atoms)),
        Condition::Not(inner) => collect(inner, atoms),
        Condition::Atom(_) => atoms.push(condition),
    }
}

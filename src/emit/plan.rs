//! What a policy means for each tool of one server: section 3 of the language reference, done ahead
//! of any call.

use std::collections::BTreeMap;

use super::refusal::Refusal;
use crate::diagnostics::Diagnostic;
use crate::eval::reason;
use crate::ir::{
    Deciding, Effect, Guard, Limit, Opened, Policy, Rule, RulesByTool, ServerId, Steps, Subject, Tool, ToolId,
};
use crate::predicate::Condition;
use crate::source::Span;

/// What a policy means for one server.
pub(crate) struct Plan<'p> {
    /// The known tools in order of the bytes of their names.
    pub(crate) tools: Vec<ToolPlan<'p>>,
    /// What happens to tools that are not known.
    pub(crate) others: Others<'p>,
    /// Whether every tool of the server is hidden.
    pub(crate) hides_all: bool,
    /// `limit total` rules that select tools of this server, except those over a single tool: these
    /// are limits of it.
    pub(crate) totals: Vec<&'p Rule>,
}

/// What happens to a known tool.
pub(crate) struct ToolPlan<'p> {
    /// Its index.
    pub(crate) id: ToolId,
    /// The tool.
    pub(crate) tool: &'p Tool,
    /// What happens.
    pub(crate) fate: Fate<'p>,
}

/// What happens to the calls of a tool.
pub(crate) enum Fate<'p> {
    /// All are denied, and the tool is not listed.
    Hidden(&'p Rule),
    /// All are denied by these rules: `deny` without condition, or else `require approval` without
    /// condition.
    Denied(Vec<&'p Rule>),
    /// All are denied, for nothing opens the tool.
    Unopened,
    /// Some may pass.
    Open(Rules<'p>),
}

/// The rules of a tool of which calls may pass, each kind in the order of the source.
pub(crate) struct Rules<'p> {
    /// Rules one of whose conditions must hold; empty when the tool is open for all calls.
    pub(crate) openers: Vec<&'p Rule>,
    /// Denials, all with a condition.
    pub(crate) denies: Vec<&'p Rule>,
    /// Requirements.
    pub(crate) requires: Vec<&'p Rule>,
    /// Limits of this tool alone.
    pub(crate) limits: Vec<(&'p Rule, &'p Limit)>,
    /// Approvals, all with a condition.
    pub(crate) approvals: Vec<&'p Rule>,
}

/// What opens a tool.
pub(crate) struct Opening<'p> {
    /// The first of the rules that do.
    pub(crate) first: &'p Rule,
    /// The places of all of them, which name the condition.
    pub(crate) places: Vec<Span>,
    /// The condition of one of them must hold.
    pub(crate) condition: Condition,
    /// What the caller reads if none does.
    pub(crate) text: String,
}

impl<'p> Rules<'p> {
    /// What opens the tool; `None` when it is open for all calls.
    pub(crate) fn opening(&self) -> Option<Opening<'p>> {
        // Sorted, because the order of the statements must leave no trace in a document.
        let mut guards: Vec<&Guard> = self.openers.iter().filter_map(|rule| rule.guard.as_ref()).collect();
        guards.sort_by_key(|guard| &guard.text);
        guards.dedup_by_key(|guard| &guard.text);
        let condition = match guards.as_slice() {
            [only] => only.condition.clone(),
            several => Condition::Or(several.iter().map(|guard| guard.condition.clone()).collect()),
        };
        let places = self.openers.iter().map(|rule| rule.origin.span).collect();
        Some(Opening { first: self.openers.first()?, places, condition, text: reason::requires(&guards) })
    }

    /// A rule that speaks of the tool, for messages.
    pub(crate) fn first(&self) -> Option<&'p Rule> {
        let conditional = self.openers.iter().chain(&self.requires).chain(&self.denies).chain(&self.approvals);
        conditional.copied().chain(self.limits.iter().map(|(rule, _)| *rule)).next()
    }
}

/// What the caller reads when a rule denies.
pub(crate) fn denial(rule: &Rule) -> String {
    match rule.effect {
        Effect::Approval { .. } => reason::approval(rule),
        Effect::Require => reason::unmet(rule),
        _ => reason::denied(rule),
    }
}

/// What happens to tools that are not known.
pub(crate) enum Others<'p> {
    /// Denied and not listed, by this rule.
    Hidden(&'p Rule),
    /// All calls are denied.
    Denied,
    /// All calls are allowed.
    Allowed,
    /// It depends on the call, because of this rule.
    Depends(&'p Rule),
}

/// The numbers of the rules of a policy.
pub(crate) struct RuleNumbers(BTreeMap<Span, usize>);

impl RuleNumbers {
    /// The numbers of the rules of a policy.
    pub(crate) fn new(policy: &Policy) -> Self {
        Self(policy.rules.iter().enumerate().map(|(number, rule)| (rule.origin.span, number)).collect())
    }

    /// The number of a rule of the policy.
    pub(crate) fn of(&self, rule: &Rule) -> usize {
        self.0.get(&rule.origin.span).copied().unwrap_or_default()
    }
}

impl<'p> Plan<'p> {
    /// The plan for a server of the policy.
    pub(crate) fn new(policy: &'p Policy, server: ServerId) -> Self {
        let by_tool = RulesByTool::new(policy);
        let steps = |subject| Steps::new(policy, &by_tool.selecting(policy, subject));
        let tools = policy.tools_of(server);
        let tools: Vec<ToolPlan<'p>> =
            tools.map(|(id, tool)| ToolPlan { id, tool, fate: fate(&steps(Subject::known(server, id))) }).collect();
        let others = others(&steps(Subject::others(server)));
        let hides_all =
            matches!(others, Others::Hidden(_)) && tools.iter().all(|tool| matches!(tool.fate, Fate::Hidden(_)));
        let totals = policy.rules.iter().filter(|rule| {
            let selects = |id: &ToolId| policy.tool(*id).is_some_and(|tool| tool.server == server);
            matches!(&rule.effect, Effect::Limit(limit) if limit.total)
                && !is_of_one_tool(rule)
                && (rule.selection.selects(Subject::others(server)).is_some()
                    || rule.selection.named.iter().any(selects))
        });
        Self { tools, others, hides_all, totals: totals.collect() }
    }

    /// Whether tools that are not known are allowed, for a target that says so with one word and
    /// hides all tools or those that it names; and what such a target cannot hold.
    pub(crate) fn default_allow(&self, policy: &Policy, document: &str) -> (bool, Option<Diagnostic>) {
        match self.others {
            Others::Hidden(_) if self.hides_all => (policy.default.allow, None),
            Others::Hidden(rule) => (false, Some(Refusal::hides_unnamed().of_rule(rule, document))),
            Others::Denied => (false, None),
            Others::Allowed => (true, None),
            Others::Depends(rule) => (false, Some(Refusal::open_ended().of_rule(rule, document))),
        }
    }
}

fn fate<'p>(steps: &Steps<'p>) -> Fate<'p> {
    let of = |rules: &[Deciding<'p>], guarded: bool| -> Vec<&'p Rule> {
        rules.iter().map(|deciding| deciding.rule).filter(|rule| rule.guard.is_some() == guarded).collect()
    };
    if let Some(hidden) = steps.hidden {
        return Fate::Hidden(hidden.rule);
    }
    let denials = of(&steps.denied, false);
    if !denials.is_empty() {
        return Fate::Denied(denials);
    }
    let openers = match &steps.opened {
        Opened::ByName(rules) if rules.is_empty() => return Fate::Unopened,
        opened if opened.is_always() => Vec::new(),
        opened => opened.rules().iter().map(|opener| opener.rule).collect(),
    };
    let held = of(&steps.approvals, false);
    if !held.is_empty() {
        return Fate::Denied(held);
    }
    let limits = steps.limits.iter().map(|(deciding, limit)| (deciding.rule, *limit));
    Fate::Open(Rules {
        openers,
        denies: of(&steps.denied, true),
        requires: steps.required.iter().map(|deciding| deciding.rule).collect(),
        limits: limits.filter(|(rule, limit)| !limit.total || is_of_one_tool(rule)).collect(),
        approvals: of(&steps.approvals, true),
    })
}

/// Whether a rule selects one known tool and nothing else, so that a `limit total` counts what a
/// limit of it counts.
fn is_of_one_tool(rule: &Rule) -> bool {
    rule.selection.star.is_none() && rule.selection.named.len() == 1
}

fn others<'p>(steps: &Steps<'p>) -> Others<'p> {
    if let Some(hidden) = steps.hidden {
        return Others::Hidden(hidden.rule);
    }
    let refusing = || steps.denied.iter().chain(&steps.approvals);
    if refusing().any(|deciding| deciding.rule.guard.is_none()) {
        return Others::Denied;
    }
    if !steps.opened.is_always() {
        return steps.opened.rules().first().map_or(Others::Denied, |first| Others::Depends(first.rule));
    }
    let limits = steps.limits.iter().filter(|(_, limit)| !limit.total).map(|(deciding, _)| deciding);
    let narrows = refusing().chain(&steps.required).chain(limits).min_by_key(|deciding| deciding.index);
    narrows.map_or(Others::Allowed, |deciding| Others::Depends(deciding.rule))
}

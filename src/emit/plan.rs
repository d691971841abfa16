//! What a policy means for each tool of one server: section 3 of the language reference, done ahead of any call.

use crate::eval::reason;
use crate::ir::{Effect, Guard, Limit, Policy, Rule, Selected, ServerId, Tool, ToolId};
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
    /// `limit total` rules that select tools of this server, except those over a single tool: these are limits of it.
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
    /// All are denied by these rules: `deny` without condition, or else `require approval` without condition.
    Denied(Vec<&'p Rule>),
    /// All are denied, for nothing opens the tool.
    Unopened,
    /// Some may pass.
    Open(Rules<'p>),
}

/// The rules of a tool of which calls may pass, each kind in the order of the source.
#[derive(Default)]
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

impl<'p> Plan<'p> {
    /// The plan for a server of the policy.
    pub(crate) fn new(policy: &'p Policy, server: ServerId) -> Self {
        // Only the rules that name a tool, and the few with a star, are looked at for it.
        let mut naming: Vec<Vec<usize>> = vec![Vec::new(); policy.tools.len()];
        let mut starred = Vec::new();
        for (index, rule) in policy.rules.iter().enumerate() {
            if rule.selection.star.is_some() {
                starred.push(index);
                continue;
            }
            for id in &rule.selection.named {
                if let Some(list) = naming.get_mut(id.0 as usize) {
                    list.push(index);
                }
            }
        }
        let mut tools = Vec::new();
        for (id, tool) in policy.tools_of(server) {
            let named = naming.get(id.0 as usize).map(Vec::as_slice).unwrap_or_default();
            let mut indices = [named, starred.as_slice()].concat();
            indices.sort_unstable();
            let rules = indices.into_iter().filter_map(|index| policy.rules.get(index));
            let selecting = rules.filter_map(|rule| Some((rule, rule.selection.selects(id, server)?)));
            tools.push(ToolPlan { id, tool, fate: fate(policy.default.allow, selecting) });
        }
        let others = others(policy, server);
        let hides_all =
            matches!(others, Others::Hidden(_)) && tools.iter().all(|tool| matches!(tool.fate, Fate::Hidden(_)));
        let totals = policy.rules.iter().filter(|rule| {
            let selects = |id: &ToolId| policy.tool(*id).is_some_and(|tool| tool.server == server);
            matches!(&rule.effect, Effect::Limit(limit) if limit.total)
                && !is_of_one_tool(rule)
                && (rule.selection.selects_other(server) || rule.selection.named.iter().any(selects))
        });
        Self { tools, others, hides_all, totals: totals.collect() }
    }

    /// Whether tools that are not known are allowed, for a target that says so with one word.
    ///
    /// # Errors
    /// The rule that makes it depend on the call.
    pub(crate) fn default_allow(&self, policy: &Policy) -> Result<bool, &'p Rule> {
        match self.others {
            Others::Hidden(_) => Ok(policy.default.allow && self.hides_all),
            Others::Denied => Ok(false),
            Others::Allowed => Ok(true),
            Others::Depends(rule) => Err(rule),
        }
    }
}

fn fate<'p>(default_allow: bool, selecting: impl Iterator<Item = (&'p Rule, Selected)>) -> Fate<'p> {
    let mut rules = Rules::default();
    let mut denials = Vec::new();
    let mut held = Vec::new();
    let mut hidden = None;
    let mut allows = Vec::new();
    let mut named = Vec::new();
    for (rule, selected) in selecting {
        match &rule.effect {
            Effect::Hide => hidden = hidden.or(Some(rule)),
            Effect::Deny if rule.guard.is_none() => denials.push(rule),
            Effect::Deny => rules.denies.push(rule),
            Effect::Allow => allows.push(rule),
            Effect::Require => rules.requires.push(rule),
            Effect::Limit(limit) if limit.total && !is_of_one_tool(rule) => {}
            Effect::Limit(limit) => rules.limits.push((rule, limit)),
            Effect::Approval { .. } if rule.guard.is_none() => held.push(rule),
            Effect::Approval { .. } => rules.approvals.push(rule),
        }
        let opens = matches!(rule.effect, Effect::Limit(_) | Effect::Require | Effect::Approval { .. });
        if opens && selected == Selected::ByName {
            named.push(rule);
        }
    }
    if let Some(rule) = hidden {
        return Fate::Hidden(rule);
    }
    if !denials.is_empty() {
        return Fate::Denied(denials);
    }
    // The condition of a requirement says what must hold, not which calls it speaks of.
    let unconditional = |rule: &Rule| rule.guard.is_none() || matches!(rule.effect, Effect::Require);
    if !allows.is_empty() {
        rules.openers = allows;
    } else if default_allow {
        // A rule that opens some calls takes nothing from a default that allows all.
        rules.openers.clear();
    } else if named.is_empty() {
        return Fate::Unopened;
    } else {
        rules.openers = named;
    }
    if rules.openers.iter().any(|rule| unconditional(rule)) {
        rules.openers.clear();
    }
    if held.is_empty() { Fate::Open(rules) } else { Fate::Denied(held) }
}

/// Whether a rule selects one known tool and nothing else, so that a `limit total` counts what a limit of it counts.
fn is_of_one_tool(rule: &Rule) -> bool {
    rule.selection.star.is_none() && rule.selection.named.len() == 1
}

fn others(policy: &Policy, server: ServerId) -> Others<'_> {
    let selecting = || policy.rules.iter().filter(move |rule| rule.selection.selects_other(server));
    let mut allows = selecting().filter(|rule| matches!(rule.effect, Effect::Allow)).peekable();
    if let Some(rule) = selecting().find(|rule| matches!(rule.effect, Effect::Hide)) {
        return Others::Hidden(rule);
    }
    let refuses = |rule: &&Rule| matches!(rule.effect, Effect::Deny | Effect::Approval { .. }) && rule.guard.is_none();
    if selecting().any(|rule| refuses(&rule)) {
        return Others::Denied;
    }
    if allows.peek().is_none() {
        if !policy.default.allow {
            return Others::Denied;
        }
    } else {
        let first = allows.peek().copied();
        if allows.all(|rule| rule.guard.is_some())
            && let Some(rule) = first
        {
            return Others::Depends(rule);
        }
    }
    let narrows = |rule: &&Rule| match &rule.effect {
        Effect::Deny | Effect::Require | Effect::Approval { .. } => true,
        Effect::Limit(limit) => !limit.total,
        Effect::Allow | Effect::Hide => false,
    };
    selecting().find(narrows).map_or(Others::Allowed, Others::Depends)
}

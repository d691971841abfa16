//! The decision lists of a policy: section 3 of the language reference, a rule for each step.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Counted, Entry, Limits, Lists, Outcome};
use crate::analysis::limits::WindowModel;
use crate::emit::origins::Traced;
use crate::eval::{self, reason};
use crate::ir::{Deciding, Effect, Guard, Limit, Opened, Policy, Rule, RulesByTool, ServerId, Steps, Subject};
use crate::predicate::Condition;

/// What a policy says of one server, as lists; and what lists do not hold.
pub(crate) struct Built<'p> {
    /// The lists. A tool about which they say what they say of all others is left out.
    pub(crate) lists: Lists<Traced<Entry>>,
    /// Limits that calls of the server could meet, in the order of the source.
    pub(crate) limits: Vec<&'p Rule>,
    /// The same for gateways that hold them: the limits of each tool of which a call may pass, in the order of the source.
    pub(crate) counted: Limits<Traced<Counted>>,
}

/// How counters of tools that a policy does not name are called in place of their tool.
const ANY_TOOL: &str = "*";

/// Makes the lists of a server of a policy. Takes time linear in what the rules select.
pub(crate) fn build(policy: &Policy, server: ServerId) -> Built<'_> {
    let by_tool = RulesByTool::new(policy);
    let mut builder = Builder { conditions: BTreeMap::new(), limits: BTreeMap::new() };
    let default = policy.default.reason.clone().unwrap_or_else(|| "No rule allows this tool.".to_owned());
    let others = by_tool.selecting(policy, Subject::others(server));
    let mut tools = BTreeMap::new();
    let mut counted = Limits::default();
    for (id, tool) in policy.tools_of(server) {
        let selecting = by_tool.selecting(policy, Subject::known(server, id));
        // What is said of all others is said of it, too, unless a rule makes a difference.
        if selecting != others {
            let steps = Steps::new(policy, &selecting);
            let list = builder.list(&steps, &tool.name, &default);
            let own = builder.counted(&steps, &list, &tool.name);
            if !own.is_empty() {
                counted.tools.insert(tool.name.clone(), own);
            }
            tools.insert(tool.name.clone(), list);
        }
    }
    let steps = Steps::new(policy, &others);
    let others = builder.list(&steps, "", &default);
    counted.others = builder.counted(&steps, &others, "");
    // What comes to the default needs no list of its own.
    if others.is_empty() {
        tools.retain(|_, list| !list.is_empty());
    }
    let limits = builder.limits.into_values().collect();
    Built { lists: Lists { tools, others, default_reason: default }, limits, counted }
}

struct Builder<'p> {
    /// By the index of a rule and whether its condition is turned round.
    conditions: BTreeMap<(Vec<usize>, bool), Arc<Condition>>,
    /// By their index.
    limits: BTreeMap<usize, &'p Rule>,
}

impl<'p> Builder<'p> {
    /// The list of a tool; empty where every call is denied by default.
    fn list(&mut self, steps: &Steps<'p>, tool: &str, default: &str) -> Vec<Traced<Entry>> {
        let mut list = Vec::new();
        self.fill(&mut list, steps, tool, default);
        // A rule after one for all calls decides nothing.
        if let Some(last) = list.iter().position(|traced| traced.part.when.is_none()) {
            list.truncate(last + 1);
        }
        if let [Traced { part: Entry { outcome: Outcome::Deny, rule, .. }, .. }] = list.as_slice()
            && rule == eval::DEFAULT_DENY
        {
            list.clear();
        }
        list
    }

    /// The limits of a tool; none where its list lets no call pass.
    fn counted(&mut self, steps: &Steps<'p>, list: &[Traced<Entry>], tool: &str) -> Vec<Traced<Counted>> {
        if !list.iter().any(|traced| matches!(traced.part.outcome, Outcome::Allow | Outcome::Ask { .. })) {
            return Vec::new();
        }
        let (name, called) = match tool {
            "" => (ANY_TOOL, "each tool that the policy does not name"),
            tool => (tool, tool),
        };
        let limits = steps.limits.iter().map(|(deciding, limit)| {
            let own = &deciding.rule.reason;
            let no_amount = || limit.sum_of.is_some().then(|| reason::no_amount(limit));
            let counted = Counted {
                when: self.condition(&[*deciding], false),
                limit: Arc::new(Limit { counter: Some(limit.counter_name(name)), ..(*limit).clone() }),
                windows: WindowModel::Aligned,
                reason: own.clone().unwrap_or_else(|| reason::full(limit, called)),
                no_amount: if own.is_some() { None } else { no_amount() },
            };
            Traced::new(counted, [deciding.index])
        });
        limits.collect()
    }

    fn fill(&mut self, list: &mut Vec<Traced<Entry>>, steps: &Steps<'p>, tool: &str, default: &str) {
        if let Some(hidden) = &steps.hidden {
            let reason = if tool.is_empty() { "This tool is hidden.".to_owned() } else { reason::hidden(tool) };
            let entry = Entry { when: None, outcome: Outcome::Hide, rule: eval::HIDDEN.to_owned(), reason };
            list.push(Traced::new(entry, [hidden.index]));
            return;
        }
        for deciding in &steps.denied {
            let when = self.condition(&[*deciding], false);
            list.push(traced(deciding, when, Outcome::Deny, reason::denied(deciding.rule)));
        }
        match &steps.opened {
            opened if opened.is_always() => {}
            Opened::ByName(rules) if rules.is_empty() => {
                let rule = eval::DEFAULT_DENY.to_owned();
                list.push(Traced::new(
                    Entry { when: None, outcome: Outcome::Deny, rule, reason: default.to_owned() },
                    [],
                ));
                return;
            }
            opened => {
                let rules = opened.rules();
                let guards: Vec<&Guard> = rules.iter().filter_map(Deciding::opens_when).collect();
                let entry = Entry {
                    when: self.condition(rules, true),
                    outcome: Outcome::Deny,
                    rule: eval::NOT_ALLOWED.to_owned(),
                    reason: reason::requires(&guards),
                };
                list.push(Traced::new(entry, rules.iter().map(|rule| rule.index).collect::<Vec<_>>()));
            }
        }
        for deciding in &steps.required {
            let when = self.condition(&[*deciding], true);
            list.push(traced(deciding, when, Outcome::Deny, reason::unmet(deciding.rule)));
        }
        self.limits.extend(steps.limits.iter().map(|(deciding, _)| (deciding.index, deciding.rule)));
        for deciding in &steps.approvals {
            let by = match &deciding.rule.effect {
                Effect::Approval { by } => by.clone(),
                _ => None,
            };
            let when = self.condition(&[*deciding], false);
            list.push(traced(deciding, when, Outcome::Ask { by }, reason::approval_by(deciding.rule)));
        }
        list.push(Traced::new(Entry::ALLOW, []));
    }

    /// The calls for which the condition of one of some rules holds, or with `turned` of none; `None` for all calls.
    fn condition(&mut self, rules: &[Deciding<'p>], turned: bool) -> Option<Arc<Condition>> {
        let key = (rules.iter().map(|rule| rule.index).collect(), turned);
        if let Some(known) = self.conditions.get(&key) {
            return Some(known.clone());
        }
        let mut guards: Vec<&Guard> = rules.iter().filter_map(|rule| rule.rule.guard.as_ref()).collect();
        guards.dedup_by_key(|guard| &guard.text);
        let condition = match guards.as_slice() {
            [] => return None,
            [only] => only.condition.clone(),
            several => Condition::Or(several.iter().map(|guard| guard.condition.clone()).collect()),
        };
        let condition = Arc::new(if turned { condition.negated() } else { condition });
        self.conditions.insert(key, condition.clone());
        Some(condition)
    }
}

fn traced(deciding: &Deciding<'_>, when: Option<Arc<Condition>>, outcome: Outcome, reason: String) -> Traced<Entry> {
    let rule = deciding.rule.effect.name().to_owned();
    Traced::new(Entry { when, outcome, rule, reason }, [deciding.index])
}

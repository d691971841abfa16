//! The rules of a policy, indexed by tool and step.
//!
//! A decision looks up what it needs: the tool by its name and, for each step, the rules that
//! select the tool, in source order. Building the index takes time and memory linear in the number
//! of tools that the rules select by name, glob or set; rules with `*` are stored once for all
//! tools.

use std::collections::HashMap;

use crate::ir::{DecisionStep, Policy, Rule, Selected, ServerId, Subject, ToolId};
use crate::source::offset;

use super::Call;

const STEPS: usize = DecisionStep::ALL.len();

/// The tool of a call, as the policy knows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CalledTool<'a> {
    /// Its server.
    pub(crate) server: ServerId,
    /// `None` for a tool that the policy does not know.
    pub(crate) tool: Option<ToolId>,
    /// Its name.
    pub(crate) name: &'a str,
}

impl CalledTool<'_> {
    pub(super) const fn subject(self) -> Subject {
        Subject { server: self.server, tool: self.tool }
    }
}

/// A rule that selects a tool by name, glob or set.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Slot {
    rule: u32,
    how: bool,
}

impl Slot {
    /// The index of the rule.
    pub(super) const fn index(self) -> usize {
        self.rule as usize
    }

    /// How it selects the tool.
    pub(super) const fn selected(self) -> Selected {
        if self.how { Selected::ByName } else { Selected::BySet }
    }
}

/// The index of a policy.
#[derive(Debug, Clone)]
pub(super) struct RuleIndex<'p> {
    policy: &'p Policy,
    servers: HashMap<&'p str, ServerId>,
    /// Whether no server has a name, so that a call cannot name one.
    unnamed: bool,
    /// For each tool name, the range of `known` that holds the tools of that name.
    names: HashMap<&'p str, (u32, u32)>,
    /// The known tools by name, then by server.
    known: Vec<ToolId>,
    /// The rules that select by name, glob or set, grouped by tool and then by step.
    named: Vec<Slot>,
    /// Where in `named` each group begins; the last entry is the end of `named`.
    bounds: Vec<u32>,
    /// For each step, the rules with `*` or `server::*`.
    stars: [Vec<u32>; STEPS],
}

impl<'p> RuleIndex<'p> {
    pub(super) fn new(policy: &'p Policy) -> Self {
        let mut servers = HashMap::new();
        for (index, server) in policy.servers.iter().enumerate() {
            servers.entry(server.name.as_str()).or_insert(ServerId(offset(index)));
        }
        let (names, known) = by_name(policy);
        let mut stars: [Vec<u32>; STEPS] = Default::default();
        let mut bounds = vec![0_u32; policy.tools.len() * STEPS + 1];
        let slots = |rule: &'p Rule| {
            let step = rule.effect.step() as usize;
            let mut opens = rule.selection.opens.iter().peekable();
            rule.selection.named.iter().map(move |tool| {
                let how = opens.next_if_eq(&tool).is_some();
                (tool.0 as usize * STEPS + step, how)
            })
        };
        // A counting sort, so that the rules of a group stay in order: first the size of each
        // group, ...
        for (index, rule) in policy.rules.iter().enumerate() {
            slots(rule).for_each(|(slot, _)| add(&mut bounds, slot + 1, 1));
            if let (Some(_), Some(list)) = (&rule.selection.star, stars.get_mut(rule.effect.step() as usize)) {
                list.push(offset(index));
            }
        }
        // ... then where each begins, ...
        let mut sum = 0;
        for bound in &mut bounds {
            sum += *bound;
            *bound = sum;
        }
        // ... and last the rules themselves.
        let mut next = bounds.clone();
        let mut named = vec![Slot::default(); sum as usize];
        for (index, rule) in policy.rules.iter().enumerate() {
            for (slot, how) in slots(rule) {
                let place = next.get(slot).and_then(|place| named.get_mut(*place as usize));
                if let Some(place) = place {
                    *place = Slot { rule: offset(index), how };
                }
                add(&mut next, slot, 1);
            }
        }
        let unnamed = policy.servers.iter().all(|server| server.name.is_empty());
        Self { policy, servers, unnamed, names, known, named, bounds, stars }
    }

    pub(super) const fn policy(&self) -> &'p Policy {
        self.policy
    }

    /// The tools that a call may mean; `None` when it names a server that the policy does not know.
    pub(super) fn targets<'a>(&self, call: &Call<'a>) -> Option<Targets<'_, 'a>> {
        let named = self.names.get(call.name).and_then(|(start, end)| self.known.get(*start as usize..*end as usize));
        let named = named.unwrap_or_default();
        let of = match call.server {
            Some(server) if !self.unnamed => {
                let server = *self.servers.get(server)?;
                let tool = |tool: &ToolId| self.policy.tool(*tool).is_some_and(|tool| tool.server == server);
                Of::One(Some((server, named.iter().copied().find(tool))))
            }
            _ if named.is_empty() => Of::Servers(0..offset(self.policy.servers.len())),
            _ => Of::Known(named.iter()),
        };
        Some(Targets { policy: self.policy, name: call.name, of })
    }

    /// The rules of a step that select a tool by its name, a glob or a set, in order.
    pub(super) fn named(&self, target: CalledTool<'_>, step: DecisionStep) -> &[Slot] {
        let Some(tool) = target.tool else { return &[] };
        let slot = tool.0 as usize * STEPS + step as usize;
        match self.bounds.get(slot..slot + 2) {
            Some([start, end]) => self.named.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The rules of a step that select a tool, in order.
    pub(super) fn rules(&self, target: CalledTool<'_>, step: DecisionStep) -> Rules<'_, 'p> {
        let stars = self.stars.get(step as usize).map(Vec::as_slice).unwrap_or_default();
        Rules { policy: self.policy, subject: target.subject(), named: self.named(target, step), stars }
    }
}

fn add(counts: &mut [u32], at: usize, amount: u32) {
    if let Some(count) = counts.get_mut(at) {
        *count += amount;
    }
}

/// The tools by name and then by server; and for each name, the range of its tools in that list.
fn by_name(policy: &Policy) -> (HashMap<&str, (u32, u32)>, Vec<ToolId>) {
    let mut sorted: Vec<(&str, ServerId, ToolId)> = policy
        .tools
        .iter()
        .enumerate()
        .map(|(index, tool)| (tool.name.as_str(), tool.server, ToolId(offset(index))))
        .collect();
    sorted.sort_unstable();
    let mut names: HashMap<&str, (u32, u32)> = HashMap::with_capacity(sorted.len());
    for (index, (name, _, _)) in sorted.iter().enumerate() {
        names.entry(name).or_insert((offset(index), 0)).1 = offset(index + 1);
    }
    (names, sorted.into_iter().map(|(_, _, tool)| tool).collect())
}

/// The tools that a call may mean: at least one.
pub(super) struct Targets<'s, 'a> {
    policy: &'s Policy,
    name: &'a str,
    of: Of<'s>,
}

/// Which tools [`Targets`] yields.
enum Of<'s> {
    /// The tool of the server that the call names.
    One(Option<(ServerId, Option<ToolId>)>),
    /// The tools of that name.
    Known(std::slice::Iter<'s, ToolId>),
    /// No server is known to have the tool, so any may have it.
    Servers(std::ops::Range<u32>),
}

impl<'a> Iterator for Targets<'_, 'a> {
    type Item = CalledTool<'a>;

    fn next(&mut self) -> Option<CalledTool<'a>> {
        let (server, tool) = match &mut self.of {
            Of::One(one) => one.take()?,
            Of::Known(tools) => {
                let tool = *tools.next()?;
                (self.policy.tool(tool)?.server, Some(tool))
            }
            Of::Servers(servers) => (ServerId(servers.next()?), None),
        };
        Some(CalledTool { server, tool, name: self.name })
    }
}

/// Rules in the order of the source, each with its index and how it selects the tool.
#[derive(Clone)]
pub(super) struct Rules<'s, 'p> {
    policy: &'p Policy,
    subject: Subject,
    named: &'s [Slot],
    stars: &'s [u32],
}

impl<'p> Iterator for Rules<'_, 'p> {
    type Item = (usize, &'p Rule, Selected);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (named, star) = (self.named.split_first(), self.stars.split_first());
            // A rule that selects the tool in both ways is yielded once, as one that selects it by
            // name, glob or set.
            let named_first = match (named, star) {
                (None, None) => return None,
                (Some((slot, _)), Some((star, _))) => slot.rule <= *star,
                (slot, _) => slot.is_some(),
            };
            let (index, by) = match (named, star) {
                (Some((slot, rest)), _) if named_first => {
                    self.named = rest;
                    if let Some((_, others)) = star.filter(|(star, _)| **star == slot.rule) {
                        self.stars = others;
                    }
                    (slot.rule, Some(slot.selected()))
                }
                (_, Some((star, others))) => {
                    self.stars = others;
                    (*star, None)
                }
                _ => return None,
            };
            let rule = self.policy.rules.get(index as usize)?;
            if let Some(how) = by.or_else(|| rule.selection.selects(self.subject)) {
                return Some((index as usize, rule, how));
            }
        }
    }
}

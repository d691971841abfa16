//! Limits of documents: beside the list of a tool the limits of its calls. They count as those of the language do, or in windows that
//! begin with a call.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ListDecider;
use crate::analysis::limits::WindowModel;
use crate::decider::{Ruling, Run};
use crate::decimal::Decimal;
use crate::emit::origins::{Origins, Traced};
use crate::eval::{Applied, Call, CalledTool, Counters, Room, Verdict, holds};
use crate::ir::{Limit, ServerId};
use crate::predicate::Condition;

/// A limit of the calls of one tool. It is asked about calls that the list of the tool does not deny.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    /// The calls that it counts; `None` for all.
    pub(crate) when: Option<Arc<Condition>>,
    /// What it bounds, with the name of the counter. A total with the same name at several tools is one counter.
    pub(crate) limit: Arc<Limit>,
    /// When its windows begin: as those of the language do, or, where a limit counts calls of all callers, with the first call.
    pub(crate) windows: WindowModel,
    /// What the caller reads if there is no room.
    pub(crate) reason: String,
    /// What the caller reads if the amount cannot be summed, where that is another text.
    pub(crate) no_amount: Option<String>,
}

impl Counted {
    /// The name of the counter.
    pub(crate) fn name(&self) -> &str {
        self.limit.counter.as_deref().unwrap_or_default()
    }

    fn reason(&self, room: Room) -> &str {
        match (room, &self.no_amount) {
            (Room::NoAmount, Some(reason)) => reason,
            _ => &self.reason,
        }
    }
}

/// The limits of the tools of one server.
#[derive(Debug, Clone)]
pub(crate) struct Limits<C> {
    /// Of the tools that it names.
    pub(crate) tools: BTreeMap<String, Vec<C>>,
    /// Of all others.
    pub(crate) others: Vec<C>,
}

impl<C> Default for Limits<C> {
    fn default() -> Self {
        Self { tools: BTreeMap::new(), others: Vec::new() }
    }
}

impl<C> Limits<C> {
    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.others.is_empty() && self.tools.values().all(Vec::is_empty)
    }
}

impl Limits<Traced<Counted>> {
    /// The limits without their statements, which are added to those of the rules of the lists.
    pub(crate) fn finish(self, origins: &mut Origins) -> Limits<Counted> {
        let tools = self.tools.into_iter().map(|(name, own)| (name, origins.number(own))).collect();
        let others = origins.number(self.others);
        Limits { tools, others }
    }
}

/// The limits of a decider by their numbers, which follow those of all other rules.
#[derive(Debug, Default)]
pub(super) struct Numbered {
    rules: Vec<Counted>,
    /// Where the limits of a tool begin and end.
    tools: BTreeMap<String, (usize, usize)>,
    others: usize,
    /// For each limit the first that has the same counter.
    firsts: Vec<usize>,
}

impl Numbered {
    pub(super) fn new(limits: Limits<Counted>) -> Self {
        let mut numbered = Self::default();
        for (tool, own) in limits.tools {
            let start = numbered.rules.len();
            numbered.rules.extend(own);
            numbered.tools.insert(tool, (start, numbered.rules.len()));
        }
        numbered.others = numbered.rules.len();
        numbered.rules.extend(limits.others);
        let mut totals: BTreeMap<String, usize> = BTreeMap::new();
        for (index, counted) in numbered.rules.iter().enumerate() {
            let first = match counted.limit.total {
                true => *totals.entry(counted.name().to_owned()).or_insert(index),
                false => index,
            };
            numbered.firsts.push(first);
        }
        numbered
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&Counted> {
        self.rules.get(index)
    }

    /// The limits of a tool, each with the index of the first that has the same counter. `is_named` is whether the lists name it.
    pub(super) fn of(&self, tool: Option<&str>, is_named: bool) -> impl Iterator<Item = (usize, &Counted)> {
        let own = tool.and_then(|tool| self.tools.get(tool)).copied();
        let (start, end) = match own {
            Some(own) => own,
            None if is_named => (0, 0),
            None => (self.others, self.rules.len()),
        };
        let rules = self.rules.get(start..end).unwrap_or_default();
        self.firsts.get(start..end).unwrap_or_default().iter().copied().zip(rules)
    }
}

/// A sequence of calls that are counted.
pub(super) struct Counting<'d> {
    decider: &'d ListDecider,
    counts: Counts,
}

/// What has been counted.
#[derive(Default)]
pub(super) struct Counts {
    /// In windows of the clock.
    counters: Counters,
    /// By the number of a limit whose windows begin with a call: when the last began, and how many calls it has.
    begun: BTreeMap<usize, (i64, u64)>,
}

impl Counts {
    /// The window of a limit that a call falls into, if it is not one of the clock, and how many calls it has.
    fn begun(&self, number: usize, limit: &Limit, at: i64) -> (i64, u64) {
        let length = i64::try_from(limit.window).unwrap_or(i64::MAX);
        let last = self.begun.get(&number).filter(|(start, _)| at < start.saturating_add(length));
        last.copied().unwrap_or((at, 0))
    }

    fn room(&self, number: usize, counted: &Counted, call: &Call<'_>) -> Room {
        if counted.windows == WindowModel::Aligned {
            return self.counters.room(applied(number, counted, call), call);
        }
        let (_, calls) = self.begun(number, &counted.limit, call.at);
        if Decimal::from(calls) < counted.limit.max { Room::Free } else { Room::Full }
    }

    fn count(&mut self, number: usize, counted: &Counted, call: &Call<'_>) {
        if counted.windows == WindowModel::Aligned {
            self.counters.count(applied(number, counted, call), call);
            return;
        }
        let (start, calls) = self.begun(number, &counted.limit, call.at);
        self.begun.insert(number, (start, calls.saturating_add(1)));
    }
}

impl<'d> Counting<'d> {
    /// Nothing has been counted.
    pub(super) fn new(decider: &'d ListDecider) -> Self {
        Self { decider, counts: Counts::default() }
    }
}

impl Run for Counting<'_> {
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a> {
        if self.decide(call).verdict == Verdict::Allow {
            for (number, counted) in self.decider.counting(call) {
                self.counts.count(number, counted, call);
            }
            return Ruling::ALLOW;
        }
        self.decide(call)
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        self.decider.counted(call, &self.counts)
    }
}

fn applied<'a>(index: usize, counted: &'a Counted, call: &Call<'a>) -> Applied<'a> {
    Applied { index, limit: &counted.limit, target: CalledTool { server: ServerId(0), tool: None, name: call.name } }
}

impl ListDecider {
    /// The limits that count a call, each with the number of the rule of its counter.
    pub(super) fn counting(&self, call: &Call<'_>) -> Vec<(usize, &Counted)> {
        let own = self.limits_of(Some(call.name));
        own.filter(|(_, counted)| counted.when.as_ref().is_none_or(|when| holds(when, call))).collect()
    }

    /// Decides a call when so much has been counted.
    pub(super) fn counted<'a>(&'a self, call: &Call<'a>, counts: &Counts) -> Ruling<'a> {
        let ruling = self.ruling(call);
        if ruling.verdict == Verdict::Deny {
            return ruling;
        }
        for (number, counted) in self.counting(call) {
            let room = counts.room(number, counted, call);
            if room != Room::Free {
                return Ruling::deny(Some(number), counted.name(), counted.reason(room)).limit();
            }
        }
        ruling
    }
}

//! Decides recorded calls again under one policy or document, or under two to show where they differ.
//!
//! A log is read line by line and never held. What is kept does not grow with its length, apart from the counters
//! of the policy's limits (one for each grant or caller): rows for tools are bounded, and so are the malformed lines
//! that are described. Limits count from call to call, for each policy those calls that it allowed itself.

mod log;
mod rows;

use std::borrow::Cow;

use crate::decider::{Decider, Ruling, Run};
use crate::eval::{Call, Message, OwnedCall, Verdict};

pub use log::{Line, Lines, MAX_LINE};
pub use rows::{Cause, Change, Changes, ExplainedRuling, Rows, Tally, Tool};

pub(crate) use log::Decided;
use log::Entry;

/// How many malformed lines are described; others are only counted.
pub const MOST_DESCRIBED: usize = 20;

/// What was read from a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intake {
    /// Calls that were decided, malformed lines among them: those are denied.
    pub calls: u64,
    /// JSON-RPC messages that call no tool.
    pub skipped: u64,
    /// Decisions of live calls that were written down without the arguments, so that they cannot be decided again.
    pub decided: u64,
    /// Calls without a time of their own, taken to come at the time of the one before.
    pub untimed: u64,
    /// Lines that are neither.
    pub malformed: u64,
    /// The first of these: the number of the line, and why it is no call.
    pub described: Vec<(u64, String)>,
    /// The time of the last call.
    now: i64,
}

impl Intake {
    /// The calls on a line, each with its text. `decided` gets a decision that stands there without the arguments of its call.
    pub(crate) fn take<'a>(
        &mut self,
        line: &Line<'a>,
        mut decided: impl FnMut(Decided),
    ) -> Vec<(OwnedCall, Cow<'a, str>)> {
        let mut calls = Vec::new();
        match log::read(line) {
            Entry::Blank => {}
            Entry::Decided(found) => {
                self.calls += 1;
                self.decided += 1;
                decided(found);
            }
            Entry::Malformed(reason) => self.malformed(line, reason),
            Entry::Messages(messages) => {
                for message in messages {
                    match message {
                        Message::Other => self.skipped += 1,
                        Message::Malformed(reason) => self.malformed(line, reason),
                        Message::Call(call, text) => {
                            self.calls += 1;
                            self.untimed += u64::from(!call.is_timed());
                            calls.push((call, text));
                        }
                    }
                }
            }
        }
        calls
    }

    fn malformed(&mut self, line: &Line<'_>, reason: String) {
        self.calls += 1;
        self.malformed += 1;
        if self.described.len() < MOST_DESCRIBED {
            self.described.push((line.number, reason));
        }
    }

    /// A call at its time.
    pub(crate) fn timed<'c>(&mut self, call: &'c OwnedCall) -> Call<'c> {
        let call = call.at(self.now);
        self.now = call.at;
        call
    }
}

/// What one policy makes of a log.
pub struct Replay<'d> {
    run: Box<dyn Run + 'd>,
    /// What was read.
    pub intake: Intake,
    /// What came of it, for each tool.
    pub tools: Rows<Tally>,
    /// Calls that a limit refused.
    pub limited: u64,
    with_server: bool,
}

impl<'d> Replay<'d> {
    /// A replay that has read nothing yet.
    #[must_use]
    pub fn new(decider: &'d dyn Decider) -> Self {
        Self {
            run: decider.run(),
            intake: Intake::default(),
            tools: Rows::default(),
            limited: 0,
            with_server: decider.servers().len() > 1,
        }
    }

    /// Decides what stands on the next line. What was decided before and cannot be decided again is summed up as it was.
    pub fn line(&mut self, line: &Line<'_>) {
        let (tools, with_server) = (&mut self.tools, self.with_server);
        let calls = self.intake.take(line, |Decided { server, tool, verdict, rule, reason }| {
            let ruling = match verdict {
                Verdict::Allow => Ruling::ALLOW,
                Verdict::Deny => Ruling::deny(None, rule, reason),
                Verdict::Approval => Ruling::hold(None, rule, reason),
            };
            tools.row(server.as_deref(), &tool, with_server).add(&ruling, line.number);
        });
        for (owned, _) in calls {
            let call = self.intake.timed(&owned);
            let ruling = self.run.call(&call);
            self.limited += u64::from(ruling.by_limit);
            self.tools.row(call.server, call.name, self.with_server).add(&ruling, line.number);
        }
    }

    /// How many calls got a verdict. Malformed lines are denied.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> u64 {
        let malformed = if verdict == Verdict::Deny { self.intake.malformed } else { 0 };
        self.tools.iter().map(|(_, tally)| tally.count(verdict)).sum::<u64>() + malformed
    }
}

/// What two policies decide differently in a log.
pub struct Comparison<'d> {
    from: Box<dyn Run + 'd>,
    to: Box<dyn Run + 'd>,
    /// What was read.
    pub intake: Intake,
    /// The changes of verdict, for each tool.
    pub tools: Rows<Changes>,
    /// Calls that a limit of one of them refused.
    pub limited: u64,
    with_server: bool,
}

impl<'d> Comparison<'d> {
    /// A comparison that has read nothing yet.
    #[must_use]
    pub fn new(from: &'d dyn Decider, to: &'d dyn Decider) -> Self {
        Self {
            from: from.run(),
            to: to.run(),
            intake: Intake::default(),
            tools: Rows::default(),
            limited: 0,
            with_server: from.servers().len() > 1 || to.servers().len() > 1,
        }
    }

    /// Decides what stands on the next line. Both deny a malformed one. A decision without arguments is left out.
    pub fn line(&mut self, line: &Line<'_>) {
        for (owned, text) in self.intake.take(line, |_| {}) {
            let call = self.intake.timed(&owned);
            let (from, to) = (self.from.call(&call), self.to.call(&call));
            self.limited += u64::from(from.by_limit || to.by_limit);
            if from.verdict != to.verdict {
                self.tools.row(call.server, call.name, self.with_server).add(&from, &to, line.number, &text);
            }
        }
    }

    /// How many calls are decided otherwise.
    #[must_use]
    pub fn changed(&self) -> u64 {
        self.tools.iter().flat_map(|(_, changes)| changes.iter()).map(|change| change.count).sum()
    }
}

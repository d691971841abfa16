//! What was recorded of a tool, and what a policy makes of it.

use super::arguments::{self, Argument};
use super::form::{Bounds, ENOUGH};
use super::intake::Log;
use super::means::{Conditions, Means};
use super::peaks::{Peak, Peaks, WINDOWS};
use super::values::Place;
use crate::eval::Call;
use crate::starter::part::Part;

/// In how many windows there must be calls, so that a limit for windows of this length is learnt.
const ENOUGH_WINDOWS: u64 = 3;

/// What was recorded of a tool.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) calls: u64,
    pub(super) first: Place,
    /// The times of the first and last call.
    pub(super) span: (i64, i64),
    arguments: Vec<Argument>,
    peaks: Peaks,
}

impl Recorded {
    pub(super) fn new(arguments: Vec<Argument>, call: &Call<'_>, place: Place) -> Self {
        Self { calls: 0, first: place, span: (call.at, call.at), arguments, peaks: Peaks::default() }
    }

    pub(super) fn add(&mut self, call: &Call<'_>, place: Place) {
        self.calls += 1;
        self.span.1 = self.span.1.max(call.at);
        arguments::add(&mut self.arguments, call.arguments, place);
        self.peaks.add(call.grant, call.at, place);
    }

    /// What a policy can say of it.
    pub(super) fn learnt(&self, part: Part, name: String, bare: String, log: &Log) -> LearntTool {
        let few = self.calls < ENOUGH && !self.arguments.is_empty();
        let bounds = if self.calls < ENOUGH { Bounds::default() } else { Bounds::of(&self.arguments, self.calls) };
        let (calls, first, span) = (self.calls, self.first, self.span);
        let limits = limits(self.peaks.peaks(), log);
        LearntTool { part, name, bare, calls, first, span, few, bounds, limits, conditions: Conditions::All }
    }
}

/// A limit on the number of calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct LearntLimit {
    /// The length of the window in seconds, and how a limit writes it.
    pub(super) window: (i64, &'static str),
    pub(super) peak: Peak,
}

/// The limits in windows of which the log has several, without those that others make redundant.
fn limits(peaks: [Peak; 3], log: &Log) -> Vec<LearntLimit> {
    let mut kept: Vec<LearntLimit> = Vec::new();
    for ((window, peak), (_, windows)) in WINDOWS.into_iter().zip(peaks).zip(log.windows) {
        let (length, unit) = window;
        if unit != "min" && windows < ENOUGH_WINDOWS {
            continue;
        }
        let most = peak.limit();
        // A long window lets pass at least what fills the short ones in it.
        let covered = kept.iter().any(|short| {
            let times = u64::try_from(length / short.window.0).unwrap_or(u64::MAX);
            most >= short.peak.limit().saturating_mul(times)
        });
        if !covered {
            kept.retain(|short| short.peak.limit() < most);
            kept.push(LearntLimit { window, peak });
        }
    }
    kept
}

/// A tool that a policy opens, or that only approval could.
#[derive(Debug)]
pub(super) struct LearntTool {
    pub(super) part: Part,
    /// As a selection names it.
    pub(super) name: String,
    /// As a selection names it where there is one server.
    pub(super) bare: String,
    pub(super) calls: u64,
    pub(super) first: Place,
    pub(super) span: (i64, i64),
    /// Whether there are too few calls to say anything of its arguments.
    pub(super) few: bool,
    pub(super) bounds: Bounds,
    pub(super) limits: Vec<LearntLimit>,
    /// The conditions that the targets can hold for it.
    pub(super) conditions: Conditions,
}

/// Why a tool, or some of its calls, need approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// Its class or a tag, or what its description says.
    Risk,
    /// It was called too seldom.
    Few,
    /// It runs what the agent writes, and that has nothing in common.
    Unbounded,
    /// The target cannot hold all conditions or limits.
    Target,
}

/// A statement without its selection: what stands before that, and after it.
pub(super) type Statement = (String, String);

/// What a policy says of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Treatment {
    /// Why each call needs approval.
    pub(super) approval: Option<Why>,
    /// The statements; none if the tool stays closed.
    pub(super) statements: Vec<Statement>,
}

impl LearntTool {
    /// Whether it is risky, so that a person approves each call, recorded or not.
    fn is_risky(&self) -> bool {
        !matches!(self.part, Part::Reads | Part::Changes | Part::Executions)
    }

    /// What becomes of it with some means.
    pub(super) fn treatment(&self, means: Means) -> Treatment {
        let holds = |simple: bool| self.conditions.hold(simple);
        let said = self.bounds.bounds.iter().filter(|bound| holds(bound.simple));
        let mut conditions: Vec<String> = said.map(|bound| bound.text.clone()).collect();
        let lacks = conditions.len() < self.bounds.bounds.len()
            || (!self.bounds.held.is_empty() && !holds(true))
            || (!means.limits && self.part != Part::Reads);
        let approval = if self.is_risky() {
            Some(Why::Risk)
        } else if self.few {
            Some(Why::Few)
        } else if self.part == Part::Executions && !self.bounds.free.is_empty() {
            Some(Why::Unbounded)
        } else {
            lacks.then_some(Why::Target)
        };
        let mut statements: Vec<Statement> = Vec::new();
        if approval.is_some() && !means.approval {
            return Treatment { approval, statements };
        }
        if !means.approval {
            conditions.extend(self.bounds.held.iter().map(|path| format!("not has {path}")));
        }
        if means.limits {
            for LearntLimit { window: (_, unit), peak } in &self.limits {
                statements.push(("limit ".to_owned(), format!(" {}/{unit};", peak.limit())));
            }
        } else if approval.is_none() {
            statements.push(("allow ".to_owned(), ";".to_owned()));
        }
        if !conditions.is_empty() {
            let before = format!("require {} for ", conditions.join(" and "));
            statements.push((before, " because \"Its arguments are not like those that were recorded.\";".to_owned()));
        }
        if approval.is_some() {
            statements.push(("require approval for ".to_owned(), ";".to_owned()));
        } else if means.approval && !self.bounds.held.is_empty() {
            let given: Vec<String> = self.bounds.held.iter().map(|path| format!("has {path}")).collect();
            statements.push(("require approval for ".to_owned(), format!(" when {};", given.join(" or "))));
        }
        Treatment { approval, statements }
    }
}

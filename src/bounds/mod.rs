//! How much the limits of a policy or a document let pass: in any hour, in any day, in every
//! window; and which limits never matter.
//!
//! Limits count within aligned windows, so more than the number in the rule can pass in a stretch
//! of time that crosses the edge of a window, and several limits together let less pass than each
//! alone. [`bounds`] computes both, for one grant with one caller, from the kinds of calls that may
//! pass ([`CallKind`]). Within the given kinds, every number is either reached, by a sequence of
//! calls that the decider has allowed, or marked as a bound that is only proved. The modules `span`
//! (calls) and `sum` (amounts) say how.

mod calls;
mod coarse;
mod convolution;
mod kinds;
mod model;
mod never;
mod problem;
mod proof;
mod span;
mod sum;
mod trials;

use std::collections::{BTreeMap, BTreeSet};

use crate::decimal::Decimal;
use crate::ir::Subject;
use crate::predicate::Path;

pub use coarse::coarse;
pub use kinds::{CallKinds, kinds, kinds_of};
pub use model::Model;
use problem::{Problem, Reach};
pub use proof::Proofs;
use trials::Trials;

/// Seconds of an hour.
pub const HOUR: u64 = 3_600;
/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// One kind of call to a tool: calls that pass, at once or when approved, while limits have room,
/// and to which the same limits apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallKind {
    /// The tool that is called.
    pub subject: Subject,
    /// The limits that apply: indices of rules, ascending.
    pub limits: Vec<usize>,
    /// The arguments of one such call, as JSON.
    pub example: String,
    /// The caller's claims of that call, as JSON.
    pub caller: Option<String>,
    /// The amounts of such calls at each path that some limit of the tool sums. A path where they
    /// never have a number is left out.
    pub amounts: Vec<Amount>,
}

/// The amounts that calls of a kind may have at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// The path that is summed.
    pub path: Path,
    /// Arguments with a number at the path that is close to the least; another number can be put in
    /// its place.
    pub template: String,
    /// The least amount.
    pub least: Extreme,
    /// The largest amount; `None` if there is none.
    pub largest: Option<Extreme>,
}

/// The least or the largest amount of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extreme {
    /// The bound: no amount lies beyond it.
    pub value: Decimal,
    /// The arguments of a call that has this amount; `None` if it is only approached.
    pub arguments: Option<String>,
}

/// The bounds of a decider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// For each tool, in the order they were asked for.
    pub tools: Vec<ToolBounds>,
    /// Limits that never refuse a call, because others refuse it before.
    pub never: Vec<Never>,
}

/// What passes of the calls of one tool, for one grant with one caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolBounds {
    /// The tool.
    pub subject: Subject,
    /// How many kinds of calls may pass; if 0, no call passes.
    pub kinds: usize,
    /// Calls: for each length of window of a limit and each length that was asked for, the shortest
    /// first.
    pub calls: Vec<Stretch>,
    /// Sums, for each path that a limit sums.
    pub sums: Vec<Sum>,
    /// Calls of one grant with any number of callers: for each length that was asked for, in that
    /// order, the most in any stretch; `None` is unbounded.
    pub any_caller: Vec<Option<Decimal>>,
    /// The same for the calls of all grants together.
    pub all_grants: Vec<Option<Decimal>>,
}

/// Sums of one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The argument.
    pub path: Path,
    /// As in [`ToolBounds::calls`].
    pub stretches: Vec<Stretch>,
}

/// The most within stretches of one length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The length in seconds.
    pub seconds: u64,
    /// From a multiple of the length since 1970-01-01T00:00:00Z to the next.
    pub by_the_clock: Bound,
    /// Beginning at any second.
    pub any: Bound,
}

/// The most that passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// The most that passes; `None` if nothing bounds it.
    pub most: Option<Decimal>,
    /// Whether that much does pass; otherwise it may be less.
    pub exact: bool,
    /// The rules whose windows, laid side by side, give the bound: indices, ascending.
    pub by: Vec<usize>,
    /// Calls that the decider allowed one after another, and that come to [`Sequence::total`].
    pub sequence: Option<Sequence>,
}

/// Calls in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// When the stretch begins: seconds since 1970-01-01T00:00:00Z.
    pub start: i64,
    /// The number of calls or the sum.
    pub total: Decimal,
    /// The calls.
    pub bursts: Vec<Burst>,
}

/// Equal calls in one second.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// How many.
    pub calls: u64,
    /// The arguments, as JSON.
    pub arguments: String,
    /// The caller's claims, as JSON.
    pub caller: Option<String>,
    /// The amount of each call, if a sum is asked for.
    pub amount: Option<Decimal>,
}

/// A limit that never refuses a call of a tool, as long as the others stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Never {
    /// The limit: the index of its rule.
    pub rule: usize,
    /// The tool; `None` for a limit on a total.
    pub subject: Option<Subject>,
    /// The most that the others let pass in its window.
    pub most: Decimal,
    /// The others.
    pub by: Vec<usize>,
}

/// The bounds of a decider for the tools of the given kinds, in the order of `subjects`: for the
/// windows of its limits and for stretches of the given lengths in seconds.
///
/// Exact if the kinds are all there are. Work is bounded by counting steps; an answer that would
/// take more is a bound that is only proved.
#[must_use]
pub fn bounds(model: &Model<'_>, subjects: &[Subject], kinds: &[CallKind], lengths: &[u64]) -> Report {
    let mut of: BTreeMap<Subject, Vec<&CallKind>> = BTreeMap::new();
    for kind in kinds {
        of.entry(kind.subject).or_default().push(kind);
    }
    let mut trials = Trials::new();
    // Tools whose calls are of the same kinds have the same bounds.
    let mut known: BTreeMap<String, ToolBounds> = BTreeMap::new();
    let tools = subjects.iter().map(|subject| {
        let kinds = of.get(subject).map(Vec::as_slice).unwrap_or_default();
        let likeness = likeness(kinds);
        let found = known.get(&likeness).cloned().unwrap_or_else(|| tool(model, *subject, kinds, lengths, &mut trials));
        known.insert(likeness, found.clone());
        ToolBounds { subject: *subject, ..found }
    });
    Report { tools: tools.collect(), never: never::never(model, &of) }
}

/// The limits that never refuse a call, as long as the others stand: see [`Report::never`].
#[must_use]
pub fn never(model: &Model<'_>, kinds: &[CallKind]) -> Vec<Never> {
    let mut of: BTreeMap<Subject, Vec<&CallKind>> = BTreeMap::new();
    for kind in kinds {
        of.entry(kind.subject).or_default().push(kind);
    }
    never::never(model, &of)
}

/// A text that is equal for kinds that differ only in the tool.
fn likeness(kinds: &[&CallKind]) -> String {
    kinds
        .iter()
        .map(|kind| format!("{:?}{:?}{:?}{:?};", kind.limits, kind.example, kind.caller, kind.amounts))
        .collect()
}

fn tool(model: &Model<'_>, subject: Subject, kinds: &[&CallKind], asked: &[u64], trials: &mut Trials) -> ToolBounds {
    let applied: BTreeSet<usize> = kinds.iter().flat_map(|kind| kind.limits.iter().copied()).collect();
    let limits = || applied.iter().filter_map(|rule| model.limit(*rule));
    let lengths: BTreeSet<u64> = limits().map(|limit| limit.window).chain(asked.iter().copied()).collect();
    let mut paths: Vec<&Path> = Vec::new();
    for path in limits().filter_map(|limit| limit.sum_of.as_ref()) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let problem = |reach| Problem::new(model, subject, kinds, reach);
    let own = problem(Reach::Caller);
    let calls = lengths.iter().map(|length| Stretch {
        seconds: *length,
        by_the_clock: own.most_calls(*length, true, None),
        any: own.most_calls(*length, false, Some(&mut *trials)),
    });
    let calls: Vec<Stretch> = calls.collect();
    let sums = paths.into_iter().map(|path| {
        let stretches = lengths.iter().map(|length| Stretch {
            seconds: *length,
            by_the_clock: own.largest_sum(path, *length, true, trials),
            any: own.largest_sum(path, *length, false, trials),
        });
        Sum { path: path.clone(), stretches: stretches.collect() }
    });
    let sums = sums.collect();
    let wide = |reach: Reach| -> Vec<Option<Decimal>> {
        if limits().all(|limit| reach.shares(&limit.scope)) {
            let known = |length: &u64| calls.iter().find(|stretch| stretch.seconds == *length);
            return asked.iter().map(|length| known(length).and_then(|stretch| stretch.any.most.clone())).collect();
        }
        let problem = problem(reach);
        asked.iter().map(|length| problem.most_calls(*length, false, None).most).collect()
    };
    let (any_caller, all_grants) = (wide(Reach::Grant), wide(Reach::All));
    ToolBounds { subject, kinds: kinds.len(), calls, sums, any_caller, all_grants }
}

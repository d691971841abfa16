//! Learns a policy from recorded calls: the narrowest of a stated form that lets all of them pass.
//!
//! The form is described in `docs/learning.md`. A [`Learner`] reads the log once, in memory that is bounded for each tool but for the grants
//! that call within a day. Its [`Draft`] is proved by a [`Check`], which reads the log again: every call passes, and each part of the policy
//! is needed by a recorded call, which is named.

mod arguments;
mod check;
mod form;
mod intake;
mod means;
mod peaks;
mod text;
mod tool;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use super::part::{Named, Part as PolicyPart, Tools};
use super::{NotWritten, Refused, Wanted, analyze, finished, policy_of, refusal, text as starter_text};
use crate::diagnostics::Diagnostic;
use crate::emit::Target;
use crate::ir::{Guard, Policy, Rule, ToolId};
use crate::replay::Line;
use crate::sema::{Analysis, Loader};
use crate::source::Span;
use crate::testing::WrittenTest;
use arguments::Argument;
use check::{Part, tightened};
use means::{Conditions, Means};
use tool::{LearntTool, Recorded};
use values::Place;

pub use check::Check;
pub use intake::Log;

/// Learns from the calls of a log.
pub struct Learner<'w> {
    wanted: &'w Wanted<'w>,
    servers: String,
    bare: Analysis,
    log: Log,
    tools: BTreeMap<ToolId, Recorded>,
}

/// Why no policy was learnt.
#[derive(Debug)]
pub enum NotLearnt {
    /// Nothing in the log could be learnt from.
    NoCalls(Box<Log>),
    /// The log could not be read again, for this reason.
    Unreadable(String),
    /// The log was another one when it was read again.
    Changed,
    /// The proof failed: what was not proved.
    Unproved(String),
    /// A catalogue cannot be used, or a target refuses even a policy that opens next to nothing.
    NotWritten(NotWritten),
}

/// A part of a learnt policy, and the recorded call for which it is needed: tightened by one step, it would refuse it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The tool, as the policy selects it.
    pub tool: String,
    /// The part.
    pub says: String,
    /// The line of the call.
    pub line: u64,
    /// The call, shortened, without characters that do not show.
    pub call: String,
}

/// A learnt policy.
#[derive(Debug)]
pub struct Learnt {
    /// The policy, formatted, without errors, with tests that pass.
    pub text: String,
    /// What was proved.
    pub needs: Vec<Need>,
    /// How many recorded calls it refuses because of what a target refused.
    pub denied: u64,
}

/// A policy that is not proved yet.
#[derive(Debug)]
pub struct Draft {
    text: String,
    bare: Analysis,
    analysis: Analysis,
    /// What was read.
    pub log: Log,
    parts: Vec<Part>,
    tightened: Analysis,
    /// What a target refused of the policy as it was learnt.
    pub refused: Option<Refused>,
    /// A target that cannot ask a person, so that what would need approval is denied.
    pub asks_nobody: Option<&'static Target>,
}

impl<'w> Learner<'w> {
    /// A learner that has read nothing yet.
    ///
    /// # Errors
    /// A catalogue is unusable or empty.
    pub fn new(wanted: &'w Wanted<'w>, loader: &dyn Loader) -> Result<Self, NotWritten> {
        let servers = starter_text::servers(wanted.servers);
        let bare = analyze(wanted, &format!("{servers}deny *;\n"), loader);
        match policy_of(&bare) {
            None => Err(NotWritten::Unusable(Box::new(bare))),
            Some(policy) if policy.known_tools().next().is_none() => Err(NotWritten::NoTools),
            Some(policy) => {
                let suspicious = Tools::of(policy).in_part(PolicyPart::Suspicious).map(|tool| tool.id).collect();
                Ok(Self { wanted, servers, log: Log::new(suspicious), tools: BTreeMap::new(), bare })
            }
        }
    }

    /// Learns from the calls on the next line.
    pub fn line(&mut self, line: &Line<'_>) {
        let Self { bare, log, tools, .. } = self;
        let Some(policy) = policy_of(bare) else { return };
        log.line(policy, line, &mut |call, id, number| {
            let place = Place { call: number, line: line.number };
            tools.entry(id).or_insert_with(|| Recorded::new(declared(policy, id), call, place)).add(call, place);
        });
    }

    /// The policy that was learnt. With targets, the one of those they can hold that says most.
    ///
    /// # Errors
    /// There was nothing to learn from, or a target refuses every such policy.
    pub fn draft(self, loader: &dyn Loader) -> Result<Draft, NotLearnt> {
        let Self { wanted, servers, bare, log, tools: recorded } = self;
        if log.learnt == 0 {
            return Err(NotLearnt::NoCalls(Box::new(log)));
        }
        let failed = |analysis: Analysis| NotLearnt::NotWritten(NotWritten::Unusable(Box::new(analysis)));
        let Some(policy) = policy_of(&bare) else { return Err(failed(bare)) };
        let tools = Tools::of(policy);
        let learnt: Vec<(ToolId, LearntTool)> = tools
            .all()
            .filter_map(|Named { id, part, name, .. }| {
                let bare = crate::syntax::print::tool(&policy.tool(*id)?.name);
                Some((*id, recorded.get(id)?.learnt(*part, name.clone(), bare, &log)))
            })
            .collect();
        let (ids, mut learnt): (Vec<ToolId>, Vec<LearntTool>) = learnt.into_iter().unzip();
        let mut tried: BTreeSet<String> = BTreeSet::new();
        let (mut first, mut last) = (None, None);
        for means in means::in_order(wanted.targets) {
            learnt.iter_mut().for_each(|tool| tool.conditions = Conditions::All);
            loop {
                let text = format!("{servers}{}", text::body(&tools, &learnt, &log, means));
                if !tried.insert(text.clone()) {
                    break;
                }
                let analysis = analyze(wanted, &text, loader);
                let Some(policy) = policy_of(&analysis) else { return Err(failed(analysis)) };
                let Some((target, diagnostics)) = refusal(wanted, &analysis) else {
                    let parts = parts(&ids, &learnt, means);
                    let tightened = tightened(&parts);
                    let asks_nobody = wanted.targets.iter().find(|target| !target.asks && !means.approval).copied();
                    return Ok(Draft { text, bare, analysis, log, parts, tightened, refused: first, asks_nobody });
                };
                let fewer = with_fewer_conditions(policy, &diagnostics, &ids, &mut learnt);
                let refused = Refused { target, diagnostics, analysis: Box::new(analysis) };
                if first.is_none() {
                    first = Some(refused)
                } else {
                    last = Some(refused)
                }
                if !fewer {
                    break;
                }
            }
        }
        let refused = last.or(first).map_or(NotWritten::NoTools, NotWritten::Refused);
        Err(NotLearnt::NotWritten(refused))
    }
}

impl Draft {
    /// The policy, without the tests that are written with it.
    #[must_use]
    pub fn policy(&self) -> Option<&Policy> {
        policy_of(&self.analysis)
    }

    /// A check that is given the log again.
    ///
    /// # Errors
    /// A tightened policy could not be made, which would be a mistake of this program.
    pub fn check(&self) -> Result<Check<'_>, NotLearnt> {
        // Without parts there are no blocks, and the file is a policy of its own.
        let tightened = self.tightened.checked.as_ref().filter(|_| !self.parts.is_empty());
        let tightened = tightened.map_or(&[][..], |checked| checked.policies());
        let (Some(bare), Some(policy)) = (policy_of(&self.bare), policy_of(&self.analysis)) else {
            return Err(NotLearnt::Unproved("it has errors".to_owned()));
        };
        if tightened.len() != self.parts.len() {
            let found = self.tightened.diagnostics.iter().find(|found| found.is_error());
            let reason = found.map(|found| found.message.clone()).unwrap_or_default();
            return Err(NotLearnt::Unproved(format!("a part cannot be tightened: {reason}")));
        }
        Ok(Check::new(self, bare, policy, tightened))
    }

    /// The policy, if the check has read the log and proves it.
    ///
    /// # Errors
    /// See [`NotLearnt`].
    pub fn proved(&self, check: Check<'_>) -> Result<Learnt, NotLearnt> {
        let denied = check.denied;
        let needs = check.proved()?;
        Ok(Learnt { text: finished(&self.text, &self.analysis, self.at_ends()), needs, denied })
    }

    /// For each range a test with a call near each of its ends, beyond the recorded value that is next to it. The values of other
    /// arguments are made up: what was recorded of them need not be for the readers of the policy.
    fn at_ends(&self) -> Vec<WrittenTest> {
        let tightened = self.tightened.checked.as_ref().map_or(&[][..], |checked| checked.policies());
        let mut ranges: BTreeMap<(ToolId, &str), Vec<&Guard>> = BTreeMap::new();
        for (part, policy) in self.parts.iter().zip(tightened) {
            let guard = policy.rules.first().and_then(|rule| rule.guard.as_ref());
            if let Some((end_of, guard)) = part.end_of.as_deref().zip(guard) {
                ranges.entry((part.id, end_of)).or_default().push(guard);
            }
        }
        let (Some(bare), Some(policy)) = (policy_of(&self.bare), policy_of(&self.analysis)) else { return Vec::new() };
        let tests = ranges.into_iter().filter_map(|((id, subject), guards)| {
            let tool = bare.tool(id)?;
            let name = format!("{} near the ends of the range of {subject}", tool.name);
            WrittenTest::outside(policy, policy.find_tool(tool.server, &tool.name)?, &name, &guards)
        });
        tests.collect()
    }
}

/// Gives up conditions of the tools of refused rules; `false` if there are none to give up.
fn with_fewer_conditions(policy: &Policy, refused: &[Diagnostic], ids: &[ToolId], learnt: &mut [LearntTool]) -> bool {
    let spans: Vec<Span> = refused.iter().filter(|found| found.is_error()).map(|found| found.primary.span).collect();
    let is_refused = |rule: &Rule| {
        let Span { file, start, end } = rule.origin.span;
        rule.guard.is_some() && spans.iter().any(|span| span.file == file && start <= span.start && span.end <= end)
    };
    let of: BTreeSet<ToolId> =
        policy.rules.iter().filter(|rule| is_refused(rule)).flat_map(|rule| rule.selection.named.clone()).collect();
    let mut fewer = false;
    for (_, tool) in ids.iter().zip(learnt).filter(|(id, _)| of.contains(id)) {
        // Only what leaves something out is worth a try.
        let simple = |simple: bool| tool.bounds.bounds.iter().any(|bound| bound.simple == simple);
        tool.conditions = match tool.conditions {
            Conditions::None => continue,
            Conditions::All if simple(true) && simple(false) => Conditions::Simple,
            Conditions::All | Conditions::Simple => Conditions::None,
        };
        fewer = true;
    }
    fewer
}

/// The arguments that the catalogue declares for a tool; each once, if it is listed twice.
fn declared(policy: &Policy, id: ToolId) -> Vec<Argument> {
    let tool = policy.tool(id);
    let catalogue = tool.and_then(|tool| policy.server(tool.server)?.catalogue.as_ref());
    let Some((tool, catalogue)) = tool.zip(catalogue) else { return Vec::new() };
    let mut arguments: BTreeMap<String, Argument> = BTreeMap::new();
    for entry in &tool.entries {
        for argument in Argument::declared(&catalogue.schema(*entry)) {
            arguments.entry(argument.path.clone()).or_insert(argument);
        }
    }
    arguments.into_values().collect()
}

/// What could be tighter in a policy with some means.
fn parts(ids: &[ToolId], learnt: &[LearntTool], means: Means) -> Vec<Part> {
    let mut parts = Vec::new();
    for (id, tool) in ids.iter().zip(learnt) {
        if tool.treatment(means).statements.is_empty() {
            continue;
        }
        let part = |says: String, place: Place, statement: String| {
            let (call, line, tool, id) = (place.call, place.line, tool.name.clone(), *id);
            Part { tool, id, says, call, line, statement, end_of: None, is_limit: false }
        };
        parts.push(part("open".to_owned(), tool.first, String::new()));
        for limit in tool.limits.iter().filter(|_| means.limits) {
            let Some((place, _)) = limit.peak.reached else { continue };
            let (unit, peak) = (limit.window.1, limit.peak.calls);
            let statement = format!("limit {} {}/{unit};", tool.bare, peak.saturating_sub(1));
            let says = format!("a peak of {peak}/{unit}, for the limit of {}/{unit}", limit.peak.limit());
            parts.push(Part { is_limit: true, ..part(says, place, statement) });
        }
        for bound in &tool.bounds.bounds {
            for need in bound.needs.iter().filter(|_| tool.conditions.hold(bound.simple)) {
                let statement = format!("allow {} when {};", tool.bare, need.tightened);
                let end_of = need.end_of.clone();
                parts.push(Part { end_of, ..part(need.says.clone(), need.place, statement) });
            }
        }
    }
    parts
}

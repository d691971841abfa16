//! Proves of a learnt policy that it lets every recorded call pass, and that nothing in it could be tighter.
//!
//! The log is read a second time. The policy decides each call that it was learnt from, in the order of the log. And for every part of it
//! there is a policy in which this part is tightened by one step: the recorded call that needs the part has to be refused by that one.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::intake::Log;
use super::{Draft, Need, NotLearnt};
use crate::diagnostics::shown;
use crate::eval::{Call, Evaluator, Verdict};
use crate::ir::{Policy, ToolId};
use crate::replay::Line;
use crate::sema::{self, Analysis, NoFiles, Options};
use crate::syntax::print;

/// How many characters of a call are shown.
const SHOWN: usize = 200;

/// A part of the policy, with the policy in which it is tightened.
#[derive(Debug)]
pub(super) struct Part {
    /// The tool, as the policy selects it, and what the call is needed for.
    pub(super) tool: String,
    pub(super) id: ToolId,
    pub(super) says: String,
    /// The number of the call that needs it, and its line.
    pub(super) call: u64,
    pub(super) line: u64,
    /// The tightened statement.
    pub(super) statement: String,
    /// What has a range of which it is an end.
    pub(super) end_of: Option<String>,
    /// Whether it is a limit, which counts the calls of the tool.
    pub(super) is_limit: bool,
}

/// The policies in which one part is tightened, one for each part, without catalogues: they are about single tools.
pub(super) fn tightened(parts: &[Part]) -> Analysis {
    let mut text = "deny *;\n".to_owned();
    for (index, part) in parts.iter().enumerate() {
        text.push_str(&format!("policy part-{index} {{ {} }}\n", part.statement));
    }
    sema::analyze("tightened.pol", Path::new("tightened.pol"), &text, &Options::default(), &NoFiles)
}

/// A check of a draft that has read a part of the log.
pub struct Check<'d> {
    draft: &'d Draft,
    bare: &'d Policy,
    log: Log,
    whole: Evaluator<'d>,
    /// The parts that a call is needed for, and the parts whose tightened limits count the calls of a tool.
    by_call: HashMap<u64, Vec<usize>>,
    by_tool: BTreeMap<ToolId, Vec<usize>>,
    tightened: Vec<Evaluator<'d>>,
    /// For each part the first call that its tightened policy refused, of those that it was asked about.
    refused: Vec<Option<u64>>,
    needs: Vec<Option<Need>>,
    /// How many calls the policy refuses, and the first.
    pub(super) denied: u64,
    first_denied: Option<(u64, String)>,
}

impl<'d> Check<'d> {
    pub(super) fn new(draft: &'d Draft, bare: &'d Policy, policy: &'d Policy, tightened: &'d [Policy]) -> Self {
        let mut by_call: HashMap<u64, Vec<usize>> = HashMap::new();
        let mut by_tool: BTreeMap<ToolId, Vec<usize>> = BTreeMap::new();
        for (index, part) in draft.parts.iter().enumerate() {
            by_call.entry(part.call).or_default().push(index);
            if part.is_limit {
                by_tool.entry(part.id).or_default().push(index);
            }
        }
        Self {
            draft,
            bare,
            log: draft.log.again(),
            whole: Evaluator::new(policy),
            by_call,
            by_tool,
            tightened: tightened.iter().map(Evaluator::new).collect(),
            refused: vec![None; draft.parts.len()],
            needs: vec![None; draft.parts.len()],
            denied: 0,
            first_denied: None,
        }
    }

    /// Checks the calls on the next line.
    pub fn line(&mut self, line: &Line<'_>) {
        let Self { draft, bare, log, whole, by_call, by_tool, tightened, refused, needs, denied, first_denied } = self;
        // Calls that were added to the log in the meantime are none of those that were learnt from.
        if log.learnt >= draft.log.learnt {
            return;
        }
        log.line(bare, line, &mut |call, tool, number| {
            // As if all held calls had been approved, which is when limits count most.
            let approved = Call { approved: true, ..*call };
            let decision = whole.call(&approved);
            if decision.verdict != Verdict::Allow {
                *denied += 1;
                first_denied.get_or_insert_with(|| (line.number, decision.reason().into_owned()));
            }
            // The tightened policies have no servers.
            let alone = Call { server: None, ..approved };
            for index in by_tool.get(&tool).into_iter().flatten() {
                let Some(evaluator) = tightened.get_mut(*index) else { continue };
                if evaluator.call(&alone).verdict == Verdict::Deny
                    && let Some(refused) = refused.get_mut(*index)
                {
                    refused.get_or_insert(number);
                }
            }
            for index in by_call.get(&number).into_iter().flatten() {
                let (Some(part), Some(evaluator)) = (draft.parts.get(*index), tightened.get(*index)) else { continue };
                if !part.is_limit
                    && evaluator.decide(&alone).verdict == Verdict::Deny
                    && let Some(refused) = refused.get_mut(*index)
                {
                    *refused = Some(number);
                }
                let (tool, says) = (part.tool.clone(), part.says.clone());
                let call = shown(&format!("{} {}", print::tool(call.name), call.arguments.source()), SHOWN);
                if let Some(need) = needs.get_mut(*index) {
                    *need = Some(Need { tool, says, line: line.number, call });
                }
            }
        });
    }

    /// What was proved: for each part of the policy the call that needs it.
    ///
    /// # Errors
    /// The log is another one than the first time, or the proof failed, which would be a mistake of this program.
    pub(super) fn proved(self) -> Result<Vec<Need>, NotLearnt> {
        if self.log.learnt != self.draft.log.learnt {
            return Err(NotLearnt::Changed);
        }
        if let Some((line, reason)) =
            self.first_denied.filter(|_| self.draft.refused.is_none() && self.draft.asks_nobody.is_none())
        {
            return Err(NotLearnt::Unproved(format!("it refuses the call in line {line}: {reason}")));
        }
        let mut needs = Vec::new();
        for ((part, refused), need) in self.draft.parts.iter().zip(self.refused).zip(self.needs) {
            match need {
                Some(need) if refused == Some(part.call) => needs.push(need),
                _ => {
                    let (tool, says, line) = (&part.tool, &part.says, part.line);
                    return Err(NotLearnt::Unproved(format!(
                        "of {tool}, `{says}` could be tighter: line {line} does not need it"
                    )));
                }
            }
        }
        Ok(needs)
    }
}

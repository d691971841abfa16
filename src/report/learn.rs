//! What is said of a policy that was learnt from a log.

use std::fmt::Write as _;

use super::words::count;
use crate::diagnostics::visible;
use crate::emit::Target;
use crate::replay::MOST_DESCRIBED;
use crate::starter::learn::{Log, Need};

/// What was not learnt from, line by line, in a log of some name; empty if there is nothing to say.
#[must_use]
pub fn left_out(log: &Log, name: &str) -> String {
    let mut out = String::new();
    let mut lines: Vec<&(u64, String)> = log.intake.described.iter().chain(&log.described).collect();
    lines.sort();
    for (line, reason) in lines.iter().take(MOST_DESCRIBED) {
        let _ = writeln!(out, "policyc: {name}:{line}: {}", visible(reason));
    }
    let unused = log.refused.saturating_add(log.intake.malformed);
    let left = unused.saturating_sub(MOST_DESCRIBED as u64);
    if left > 0 {
        let _ = writeln!(out, "policyc: {name}: {left} more such calls");
    }
    if unused > 0 {
        let _ = writeln!(out, "learnt from {}; {unused} left out, as shown above", count(log.learnt, "call"));
    }
    if log.learnt > 0 && log.intake.untimed > 0 {
        let _ = writeln!(
            out,
            "{} without a time (`at`), taken to come at the time of the one before: limits are as wide as if all these came at once",
            count(log.intake.untimed, "call"),
        );
    }
    out
}

/// How many recorded calls a policy denies because of its target, which perhaps cannot ask a person.
#[must_use]
pub fn denied(calls: u64, asks_nobody: Option<&Target>) -> String {
    let mut out = String::new();
    if let Some(target) = asks_nobody {
        let _ = writeln!(out, "{} cannot ask a person, so what would need approval is denied", target.name);
    }
    if calls > 0 {
        let _ = writeln!(out, "the policy denies {}", count(calls, "recorded call"));
    }
    out
}

/// For each part of a policy the call that needs it, by tool.
#[must_use]
pub fn needs(needs: &[Need], name: &str) -> String {
    let mut out =
        String::from("each part is needed by a recorded call, which a policy tighter by one step would refuse:\n");
    let mut tool = None;
    for need in needs {
        if tool != Some(&need.tool) {
            let _ = writeln!(out, "{}", visible(&need.tool));
            tool = Some(&need.tool);
        }
        let _ = writeln!(out, "  {}\n    {name}:{}: {}", visible(&need.says), need.line, need.call);
    }
    out
}

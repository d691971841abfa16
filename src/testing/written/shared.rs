//! Tests of a counter that several tools share.

use super::{FILLED, Step, WrittenTest, call};
use crate::analysis::ask::Witness;
use crate::diagnostics::shown;
use crate::eval::Verdict;
use crate::ir::{Effect, Limit, Policy, Rule, Selection, ToolId};

/// So many tools are called at most to fill a counter.
const TOOLS: usize = 24;

/// A test that fills the counter, and makes one more call.
pub(super) fn shared(policy: &Policy, rule: &Rule, limit: &Limit) -> Option<WrittenTest> {
    let most = limit.max.to_u64().filter(|most| limit.sum_of.is_none() && (1..=FILLED).contains(most))?;
    let tools = || rule.selection.named.iter().copied();
    by_turns(policy, rule, limit, most)
        .filter(|test| test.passes(policy))
        .or_else(|| tools().find_map(|tool| minute_by_minute(policy, rule, limit, most, tool)))
}

fn name(counter: &str) -> String {
    shown(&format!("{counter} is one count for all its tools"), 100)
}

/// The limits of a tool but for one rule.
fn own<'p>(policy: &'p Policy, rule: &'p Rule, tool: ToolId) -> impl Iterator<Item = &'p Limit> {
    let others =
        policy.rules.iter().filter(move |other| other.origin != rule.origin && other.selection.named.contains(&tool));
    others.filter_map(|other| match &other.effect {
        Effect::Limit(limit) => Some(limit),
        _ => None,
    })
}

/// Fills it by as many calls of each tool as the limits of that tool alone let pass at once.
fn by_turns(policy: &Policy, rule: &Rule, limit: &Limit, most: u64) -> Option<WrittenTest> {
    let step = |call: &Witness, approved, times, verdict, because| Step {
        call: call.clone(),
        approved,
        times,
        wait: 0,
        verdict,
        because,
    };
    let mut steps = Vec::new();
    let mut left = most;
    for tool in rule.selection.named.iter().copied().take(TOOLS) {
        let limits = || own(policy, rule, tool);
        if limits().any(|own| own.sum_of.is_some()) {
            continue;
        }
        let selection = Selection { named: vec![tool], opens: vec![tool], star: None };
        let find = |verdict| call(policy, &selection, None, verdict);
        let Some((call, approved)) =
            find(Verdict::Allow).map(|call| (call, false)).or_else(|| find(Verdict::Approval).map(|call| (call, true)))
        else {
            continue;
        };
        let mut room = limits().filter_map(|own| own.max.to_u64()).min().unwrap_or(most);
        if left > 0 {
            let times = left.min(room);
            (left, room) = (left - times, room - times);
            if times > 0 {
                steps.push(step(&call, approved, times, Verdict::Allow, None));
            }
        }
        if left == 0 && room > 0 {
            let counter = limit.counter_name(&call.tool);
            steps.push(step(&call, approved, 1, Verdict::Deny, Some(counter.clone())));
            return Some(WrittenTest { name: name(&counter), steps });
        }
    }
    None
}

/// Fills a counter that several tools share by calls of one of them, minute by minute, so that a limit of that tool alone is kept.
fn minute_by_minute(policy: &Policy, rule: &Rule, limit: &Limit, most: u64, tool: ToolId) -> Option<WrittenTest> {
    const MINUTE: u64 = 60;
    let selection = Selection { named: vec![tool], opens: vec![tool], star: None };
    let call = call(policy, &selection, None, Verdict::Allow)?;
    let mut a_minute = most;
    for own in own(policy, rule, tool) {
        // One in longer windows would refuse before the shared one does.
        if own.window != MINUTE || own.sum_of.is_some() {
            return None;
        }
        a_minute = a_minute.min(own.max.to_u64()?);
    }
    if a_minute == 0 || most.div_ceil(a_minute) * MINUTE >= limit.window {
        return None;
    }
    let step =
        |times, wait, verdict, because| Step { call: call.clone(), approved: false, times, wait, verdict, because };
    let mut steps = Vec::new();
    let mut left = most;
    while left > 0 {
        let times = left.min(a_minute);
        steps.push(step(times, u64::from(!steps.is_empty()), Verdict::Allow, None));
        left -= times;
    }
    let counter = limit.counter_name(&call.tool);
    steps.push(step(1, 1, Verdict::Deny, Some(counter.clone())));
    Some(WrittenTest { name: name(&counter), steps })
}

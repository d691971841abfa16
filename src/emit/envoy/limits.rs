//! Limits as buckets of Envoy's filter for local rate limits.
//!
//! N calls in a window are served by a bucket that holds half of them and gets the other half back once
//! in a window: in any time as long as the window no more than N pass. Each Envoy process has buckets of
//! its own, so they are divided among the processes, of which `policyc.toml` says how many there are.
//! A filter has one bucket for a tool, so a second limit of a tool stands in a second filter.

use std::collections::{BTreeMap, BTreeSet};

use super::TARGET;
use crate::diagnostics::{Diagnostic, codes};
use crate::emit::decision_list::Bucket;
use crate::emit::operators::limits::{conditional, count};
use crate::emit::options::TargetOption;
use crate::emit::refusal::Refusal;
use crate::emit::target::Request;
use crate::ir::{Deciding, Limit, Rule, RulesByTool, Steps, Subject, window_words};

/// The most tokens of a bucket.
const MOST: u64 = 4_294_967_295;

/// The limits of a server, as far as they can be held.
#[derive(Default)]
pub(super) struct Limits {
    /// The buckets of each filter, each of another tool.
    pub(super) filters: Vec<Vec<Bucket>>,
    /// What cannot be held, and what is held more strictly.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The limits of the tools that are written, and of those that the policy does not name.
pub(super) fn limits(request: &Request<'_>, tools: &[&String], are_others_open: bool) -> Limits {
    let Request { policy, server, settings, .. } = *request;
    let by_tool = RulesByTool::new(policy);
    let processes = settings.get(&TargetOption::PROCESSES).and_then(|count| count.parse().ok());
    let mut found = Limits::default();
    let mut told: BTreeSet<usize> = BTreeSet::new();
    let mut tell = |deciding: &Deciding<'_>, diagnostic: Diagnostic, found: &mut Limits| {
        if told.insert(deciding.index) {
            found.diagnostics.push(diagnostic);
        }
    };
    if are_others_open {
        let steps = Steps::new(policy, &by_tool.selecting(policy, Subject::others(server)));
        for (deciding, _) in &steps.limits {
            let refusal = Refusal::new("it counts the calls of tools that it names", "limit the tools by name");
            tell(deciding, refusal.of_rule(deciding.rule, TARGET.document), &mut found);
        }
    }
    let mut of_rules: BTreeMap<usize, Result<Sizes, Refusal>> = BTreeMap::new();
    for name in tools {
        let Some(id) = policy.find_tool(server, name) else { continue };
        let steps = Steps::new(policy, &by_tool.selecting(policy, Subject::known(server, id)));
        let mut rank = 0;
        for (deciding, limit) in &steps.limits {
            let sizes = of_rules.entry(deciding.index).or_insert_with(|| sizes(deciding.rule, limit, processes));
            match sizes {
                Err(refusal) => {
                    let refused = refusal.clone().of_rule(deciding.rule, TARGET.document);
                    tell(deciding, refused, &mut found);
                }
                Ok(sizes) => {
                    tell(deciding, stricter(deciding.rule, limit, *sizes), &mut found);
                    if found.filters.len() <= rank {
                        found.filters.push(Vec::new());
                    }
                    let bucket = Bucket::new((*name).clone(), sizes.capacity, sizes.refill, limit.window);
                    found.filters.iter_mut().skip(rank).take(1).for_each(|filter| filter.push(bucket.clone()));
                    rank += 1;
                }
            }
        }
    }
    found
}

/// The sizes of a bucket.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    capacity: u64,
    refill: u64,
}

fn sizes(rule: &Rule, limit: &Limit, processes: Option<u64>) -> Result<Sizes, Refusal> {
    let rate = limit.spans.map(|spans| spans.rate);
    let is_of_one = rule.selection.star.is_none() && rule.selection.named.len() == 1;
    if limit.total && !is_of_one {
        return Err(Refusal::new(
            "a bucket is of one tool",
            "write a `limit` for each tool, whose counts together are no higher",
        ));
    }
    if rule.guard.is_some() {
        return Err(conditional());
    }
    let most = count(limit)?;
    let Some(processes) = processes.filter(|count| *count > 0) else {
        return Err(Refusal::new(
            "each Envoy process counts for itself, and it is not said how many there are",
            "write `processes = 1` in the table `[targets.envoy]` of policyc.toml, or how many there are",
        ));
    };
    let share = most / processes;
    let (capacity, refill) = (share - share / 2, share / 2);
    if refill == 0 {
        let reason = if processes == 1 {
            "a bucket lets two calls or more pass in a window".to_owned()
        } else {
            format!(
                "divided among {processes} processes less than two calls in a window are left, which no bucket lets pass"
            )
        };
        let help = "write a longer window with a higher count, or `deny` for none";
        return Err(Refusal::new(reason, help).of_part(rate, "count"));
    }
    if capacity > MOST {
        let help = "write a lower limit, or none";
        return Err(Refusal::new("a bucket has less than 2^32 tokens", help).of_part(rate, "count"));
    }
    Ok(Sizes { capacity, refill })
}

/// Says how a bucket is stricter than a limit.
fn stricter(rule: &Rule, limit: &Limit, sizes: Sizes) -> Diagnostic {
    let Sizes { capacity, refill } = sizes;
    let window = window_words(limit.window);
    let message = format!(
        "{} holds this limit more strictly: all callers share a bucket of {capacity} calls, which gets {refill} back in {window}",
        TARGET.document
    );
    let help = format!("for example, call {} in a row is denied", capacity + 1);
    Diagnostic::new(codes::STRICTER_ARTEFACT, rule.origin.span, message).help(help)
}

//! Limits as windows of the gateway's limiter.
//!
//! A limiter with `by_user` counts for each user of each team; one for several tools counts them together. With `by_tool` it has a count
//! for all users of a team. The window reaches back from each call in whole seconds, so no more pass in a window of the
//! clock. In the memory of the gateway counts are kept apart for each tool and process, and forgotten every thirty
//! seconds, so they are kept in Redis.

use std::collections::BTreeMap;

use super::{MOST, TARGET, UNITS, is_count};
use crate::diagnostics::{Diagnostic, codes};
use crate::emit::decision_list::SlidingWindow;
use crate::emit::operators::limits::{count, is_of_server, tighter};
use crate::emit::options::TargetOption;
use crate::emit::refusal::Refusal;
use crate::emit::target::Request;
use crate::ir::{Deciding, Limit, Rule, RulesByTool, Scope, Steps, Subject, window_name, window_words};

/// The limits of a server, as far as they can be held.
#[derive(Default)]
pub(super) struct Limits {
    /// The windows, the shortest first.
    pub(super) windows: Vec<SlidingWindow>,
    /// Where Redis is; empty without limits.
    pub(super) redis: String,
    /// What cannot be held, and what is held more strictly.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The tools whose calls a window counts, its length, and who shares a count.
type Counted = (u64, Vec<String>, Scope);

/// The limits of the tools that pass.
pub(super) fn limits(request: &Request<'_>, passing: &[&String]) -> Limits {
    let Request { policy, server, settings, .. } = *request;
    let by_tool = RulesByTool::new(policy);
    let teams = settings.get(&TargetOption::TEAMS).and_then(|count| count.parse().ok());
    let redis = settings.get(&TargetOption::REDIS);
    let mut diagnostics = Vec::new();
    let mut of_rules: BTreeMap<usize, Option<u64>> = BTreeMap::new();
    let mut totals: BTreeMap<usize, (&Limit, u64, Vec<String>)> = BTreeMap::new();
    let mut windows: BTreeMap<Counted, u64> = BTreeMap::new();
    let mut add = |counted: Counted, most: u64| {
        let known = windows.entry(counted).or_insert(most);
        *known = most.min(*known);
    };
    for name in passing {
        let Some(id) = policy.find_tool(server, name) else { continue };
        let steps = Steps::new(policy, &by_tool.selecting(policy, Subject::known(server, id)));
        for (Deciding { index, rule, .. }, limit) in &steps.limits {
            let most = of_rules.entry(*index).or_insert_with(|| {
                let found = is_redis(redis).and_then(|()| is_of_server(policy, server, rule));
                match found.and_then(|()| most(rule, limit, teams)) {
                    Ok(most) => {
                        diagnostics.push(stricter(rule, limit, most));
                        Some(most)
                    }
                    Err(refusal) => {
                        diagnostics.push(refusal.of_rule(rule, TARGET.document));
                        None
                    }
                }
            });
            let Some(most) = *most else { continue };
            if limit.total {
                totals.entry(*index).or_insert_with(|| (limit, most, Vec::new())).2.push((*name).clone());
            } else {
                add((limit.window, vec![(*name).clone()], limit.scope.clone()), most);
            }
        }
    }
    for (limit, most, tools) in totals.into_values() {
        add((limit.window, tools, limit.scope.clone()), most);
    }
    let redis = if windows.is_empty() { String::new() } else { redis.unwrap_or_default().to_owned() };
    let windows = windows.into_iter();
    let windows = windows.map(|((seconds, tools, scope), most)| SlidingWindow::new(tools, most, seconds, scope));
    Limits { windows: windows.collect(), redis, diagnostics }
}

/// What is written for a limit, so that no more pass.
fn most(rule: &Rule, limit: &Limit, teams: Option<u64>) -> Result<u64, Refusal> {
    let spans = limit.spans;
    let rate = spans.map(|spans| spans.rate);
    if rule.guard.is_some() {
        return Err(Refusal::new("its limits count every call of a tool", "leave out the `when`, which is tighter"));
    }
    let is_of_one = rule.selection.star.is_none() && rule.selection.named.len() == 1;
    let is_shared = limit.total && !is_of_one;
    match &limit.scope {
        Scope::Caller(_) => {
            let reason = "it counts for each user or for all, not for a claim";
            let refusal = Refusal::new(reason, "write `per server`, which is tighter");
            return Err(refusal.of_part(spans.and_then(|spans| spans.scope), "scope"));
        }
        Scope::Server if is_shared => {
            let help = "write a `limit` for each tool, whose counts together are no higher, or count `per grant`";
            return Err(Refusal::new("a count that all callers share is of one tool", help));
        }
        Scope::Server | Scope::Grant => {}
    }
    if !UNITS.iter().any(|(seconds, ..)| *seconds == limit.window) {
        let reason = format!("its windows are second, minute and hour, not `{}`", window_name(limit.window));
        let units = UNITS.map(|(seconds, name, _)| (seconds, name));
        let help = tighter(limit, &units, "give the limit for a second, a minute or an hour");
        return Err(Refusal::new(reason, help).of_part(rate, "window"));
    }
    let wanted = count(limit)?;
    if !is_count(&limit.max) {
        let (reason, help) = if wanted == 0 {
            ("its limits let at least one call pass".to_owned(), "write `deny` for none".to_owned())
        } else {
            (format!("its limits let at most {MOST} calls pass"), "write a lower limit, or none".to_owned())
        };
        return Err(Refusal::new(reason, help).of_part(rate, "count"));
    }
    // A token is of one team, and so is a tool; only what several share is counted in several places.
    if limit.scope == Scope::Grant && !is_shared {
        return Ok(wanted);
    }
    let Some(teams) = teams.filter(|count| *count > 0) else {
        let help = "write `teams = 1` in the table `[targets.contextforge]` of policyc.toml, or how many there are";
        return Err(Refusal::new("it counts apart for each team, and it is not said how many there are", help));
    };
    match wanted / teams {
        0 => {
            let reason = format!("divided among {teams} teams less than one call in a window is left");
            let help = "write a longer window with a higher count, or `deny` for none";
            Err(Refusal::new(reason, help).of_part(rate, "count"))
        }
        share => Ok(share),
    }
}

/// Whether it is said where Redis is.
///
/// # Errors
/// It is not, or not in a way that the gateway reads as it is written.
fn is_redis(url: Option<&str>) -> Result<(), Refusal> {
    let help = "write `redis_url = \"redis://HOST:6379/0\"` in the table `[targets.contextforge]` of policyc.toml, or \
                `\"{{ env.NAME }}\"` for what a variable of the gateway says";
    match url {
        Some(url) if super::write::is_redis_url(url) => Ok(()),
        Some(_) => Err(Refusal::new("what `redis_url` says is no address of Redis", help)),
        None => Err(Refusal::new("it forgets counts that are not in Redis, and it is not said where that is", help)),
    }
}

/// Says how a window is stricter than a limit.
fn stricter(rule: &Rule, limit: &Limit, most: u64) -> Diagnostic {
    let window = window_words(limit.window);
    let unit = window.split_once(' ').map_or(window.as_str(), |(_, unit)| unit);
    let who = match limit.scope {
        Scope::Server => "all callers share",
        Scope::Grant | Scope::Caller(_) => "all grants of a user share",
    };
    let message = format!(
        "{} holds this limit more strictly: {who} {most} calls in any {unit}, not in each {unit} of the clock",
        TARGET.document
    );
    let help = format!("for example, {most} calls at the end of one {unit} leave none for the beginning of the next");
    Diagnostic::new(codes::STRICTER_ARTEFACT, rule.origin.span, message).help(help)
}

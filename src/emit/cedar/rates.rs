//! Limits as a rate limit of an AgentCore gateway: the body of `BatchPutGatewayRateLimits`, as botocore's model of the service
//! `bedrock-agentcore-control` has it.
//!
//! The gateway counts requests within one second or one minute, and does not say when that begins. So half of a limit is
//! written: two windows lie in one of the clock at most. A gateway has one rate limit for a list of dimensions, and one rate
//! in it for a value of them. Only the name of the tool is a dimension here, for what cannot be found, such as a claim of a
//! caller who has none, is not limited.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::gateway::Gateway;
use super::names::Names;
use super::write::SEPARATOR;
use crate::analysis::limits::WindowModel;
use crate::decimal::Decimal;
use crate::diagnostics::{Diagnostic, codes};
use crate::emit::decision_list::{Counted, Limits};
use crate::emit::operators::limits::{conditional, count};
use crate::emit::origins::{Origins, Traced};
use crate::emit::refusal::Refusal;
use crate::ir::{Limit, Policy, Rule, Scope, window_words};
use crate::located::{Content, Mistakes, Node};

/// The only dimension: a target with one of its tools.
const DIMENSION: &str = "toolName";
/// The most rates of a rate limit.
const MOST_ENTRIES: usize = 1_000;
/// The highest rate.
const MOST: u64 = 10_000_000;
/// Characters that the value of a dimension may have.
const LONGEST: usize = 256;
/// The periods, with their seconds.
const PERIODS: [(&str, u64); 2] = [("second", 1), ("minute", 60)];
/// What the caller reads.
const DENIED: &str = "The rate limit of the gateway is reached.";

/// The periods in seconds, the shortest first.
pub(super) const SECONDS: &[u64] = &[1, 60];

/// The rates of a document.
#[derive(Default)]
pub(super) struct Rates {
    /// By the name of the tool: how many requests, and the period.
    entries: BTreeMap<String, (u64, &'static str)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The rates of the limits of each tool.
pub(super) fn rates(policy: &Policy, names: &Names, limits: &Limits<Traced<Counted>>, origins: &mut Origins) -> Rates {
    let document = Gateway::AgentCore.document();
    let mut found = Rates::default();
    let mut told: BTreeSet<usize> = BTreeSet::new();
    let mut tell = |rule: Option<usize>, diagnostic: &dyn Fn(&Rule) -> Diagnostic| {
        let rule = rule.filter(|rule| told.insert(*rule)).and_then(|rule| policy.rules.get(rule));
        rule.map(diagnostic)
    };
    for traced in &limits.others {
        let refusal = Refusal::new("its rates are for tools that it names", "limit the tools by name");
        found.diagnostics.extend(tell(traced.from.first().copied(), &|rule| refusal.clone().of_rule(rule, document)));
    }
    for (tool, own) in &limits.tools {
        for (at, Traced { part, from }) in own.iter().enumerate() {
            let rule = from.first().and_then(|rule| policy.rules.get(*rule));
            let made = match rule {
                _ if at > 0 => Err(Refusal::new(
                    "a tool has one rate",
                    "write the tighter of its limits, and leave the other to a part that counts",
                )),
                Some(rule) => rate(rule, &part.limit, names, tool, found.entries.len()),
                None => continue,
            };
            match made {
                Ok((rate, period)) => {
                    found.entries.insert(tool.clone(), (rate, period));
                    origins.push(from.clone());
                    let note = |rule: &Rule| stricter(rule, &part.limit, rate);
                    found.diagnostics.extend(tell(from.first().copied(), &note));
                }
                Err(refusal) => {
                    let refused = |rule: &Rule| refusal.clone().of_rule(rule, document);
                    found.diagnostics.extend(tell(from.first().copied(), &refused));
                }
            }
        }
    }
    found
}

fn rate(rule: &Rule, limit: &Limit, names: &Names, tool: &str, known: usize) -> Result<(u64, &'static str), Refusal> {
    let spans = limit.spans.map(|spans| spans.rate);
    let is_of_one = rule.selection.star.is_none() && rule.selection.named.len() == 1;
    if limit.total && !is_of_one {
        return Err(Refusal::new(
            "a rate is of one tool",
            "write a `limit` for each tool, whose counts together are no higher",
        ));
    }
    if rule.guard.is_some() {
        return Err(conditional());
    }
    let most = count(limit)?;
    let Some((period, _)) = PERIODS.iter().find(|(_, seconds)| *seconds == limit.window) else {
        let reason = format!("its rates are for one second or one minute, not for {}", window_words(limit.window));
        let help = "give the limit for a minute, or leave it to a part that counts and write `--leave limits` here";
        return Err(Refusal::new(reason, help).of_part(spans, "window"));
    };
    let rate = WindowModel::Unaligned.serving(most);
    if most == 0 {
        let reason = "a rate of 0 lets calls pass while the gateway cannot count";
        return Err(Refusal::new(reason, "write `deny`, which holds always").of_part(spans, "count"));
    }
    if rate == 0 {
        let reason = "half of the limit is written, because it is not known when the windows of the gateway begin, and that is no call";
        return Err(Refusal::new(reason, "write a limit of 2 or more, or `deny` for none").of_part(spans, "count"));
    }
    if rate > MOST {
        let help = "write a lower limit, or none";
        return Err(Refusal::new("its rates are at most 10,000,000", help).of_part(spans, "count"));
    }
    if full_name(names, tool).chars().count() > LONGEST || known >= MOST_ENTRIES {
        let reason = format!("it has at most {MOST_ENTRIES} rates, for names of at most {LONGEST} characters");
        return Err(Refusal::new(reason, "leave the limit to a part that counts, and write `--leave limits` here"));
    }
    Ok((rate, period))
}

/// Says how a rate is stricter than a limit.
fn stricter(rule: &Rule, limit: &Limit, rate: u64) -> Diagnostic {
    let message = format!(
        "{} holds this limit more strictly: all callers share {rate} calls in {}",
        Gateway::AgentCore.document(),
        window_words(limit.window)
    );
    let help = format!("for example, call {} in a row is denied", rate + 1);
    Diagnostic::new(codes::STRICTER_ARTEFACT, rule.origin.span, message).help(help)
}

fn full_name(names: &Names, tool: &str) -> String {
    format!("{}{SEPARATOR}{tool}", names.server)
}

impl Rates {
    /// The rate limits of a gateway; none where nothing is limited.
    pub(super) fn json(&self, names: &Names) -> Option<Value> {
        let entries = self.entries.iter().map(|(tool, (rate, period))| {
            json!({
                "dimensions": { DIMENSION: full_name(names, tool) },
                "requests": [{ "rate": rate, "period": period }],
            })
        });
        let entries: Vec<Value> = entries.collect();
        (!entries.is_empty()).then(|| json!([{ "dimensionKeys": [DIMENSION], "entries": entries }]))
    }
}

/// Reads the rate limits of a gateway of the form that is written here, for the tools of a target.
pub(super) fn read(node: &Node<'_>, server: &str, mistakes: &mut Mistakes) -> Option<Limits<Counted>> {
    let only = |list: &Node<'_>, what: &str, mistakes: &mut Mistakes| match &list.content {
        Content::List(items) if items.len() == 1 => true,
        _ => {
            list.is_wrong(format!("{what} must have one element here"), "compile the policy again", mistakes);
            false
        }
    };
    let mut limits = Limits::default();
    if !only(node, "`rateLimits`", mistakes) {
        return None;
    }
    for limit in node.as_list("`rateLimits`", mistakes)? {
        let limit = limit.as_object("a rate limit", &["dimensionKeys", "entries"], mistakes)?;
        let keys = limit.required("dimensionKeys", mistakes)?;
        if !only(keys, "`dimensionKeys`", mistakes) {
            return None;
        }
        keys.as_list("`dimensionKeys`", mistakes)?.first()?.as_word("a dimension", &[(DIMENSION, ())], mistakes)?;
        for entry in limit.required("entries", mistakes)?.as_list("`entries`", mistakes)? {
            let entry = entry.as_object("an entry", &["dimensions", "requests"], mistakes)?;
            let of = entry.required("dimensions", mistakes)?;
            let name = of.as_object("`dimensions`", &[DIMENSION], mistakes)?.required(DIMENSION, mistakes)?;
            let tool = name.as_text("the name of a tool", mistakes)?.strip_prefix(server);
            let tool = tool.and_then(|rest| rest.strip_prefix(SEPARATOR));
            let requests = entry.required("requests", mistakes)?;
            if !only(requests, "`requests`", mistakes) {
                return None;
            }
            let request = requests.as_list("`requests`", mistakes)?.first()?;
            let request = request.as_object("a rate", &["rate", "period"], mistakes)?;
            let rate = request.required("rate", mistakes)?;
            let window = request.required("period", mistakes)?.as_word("`period`", &PERIODS, mistakes)?;
            let most = match &rate.content {
                Content::Number(number) => number.text().parse::<u64>().ok().filter(|rate| *rate <= MOST),
                _ => None,
            };
            let Some(most) = most else {
                rate.is_wrong("`rate` must be a whole number up to 10,000,000", "compile the policy again", mistakes);
                return None;
            };
            let own = tool.map(|tool| limits.tools.entry(tool.to_owned()).or_insert_with(Vec::new));
            match own {
                Some(own) if own.is_empty() => own.push(counted(tool.unwrap_or_default(), most, window)),
                _ => {
                    let message = "each entry must be of another tool of the target that the policies are about";
                    name.is_wrong(message, "compile the policy again", mistakes);
                    return None;
                }
            }
        }
    }
    Some(limits)
}

fn counted(tool: &str, most: u64, window: u64) -> Counted {
    let limit = Limit {
        max: Decimal::from(most),
        window,
        scope: Scope::Server,
        sum_of: None,
        total: false,
        counter: Some(format!("rate {tool}")),
        spans: None,
    };
    let windows = WindowModel::Unaligned;
    Counted { when: None, limit: Arc::new(limit), windows, reason: DENIED.to_owned(), no_amount: None }
}

//! Gemini CLI: rules of its policy engine, in TOML.
//!
//! The rule with the highest priority that applies decides, of several the first in the file. A
//! rule may ask for a regular expression in the arguments, printed as JSON with sorted names and a
//! mark around each: a [decision list](super::decision_list) for each tool can therefore be held as
//! far as its tests are regular. `text` and `numbers` write expressions, `members` those for sets of
//! values of arguments, `rules` gets along without negation; `read`, `decode` and `strings` read
//! what is written.

mod ambiguity;
mod decode;
mod members;
mod numbers;
mod read;
mod rules;
mod set;
mod strings;
#[cfg(test)]
mod tests;
mod text;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use super::confirm::Suspect;
use super::decision_list::{Entry, List, Lists, Outcome, build as build_lists};
use super::origins::{Origins, Traced};
use super::refusal::Refusal;
use super::target::{Counting, Draft, Request, Target};
use super::tool_lists::names::{self, Allowed, is_plain};
use super::tool_lists::{OPTIONS, Program};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, quote};
use crate::eval;
use crate::ir::{Rule as Statement, Subject};
use rules::{Blocked, Rule};

const PREFIX: &str = "mcp_";
/// Characters of a tool as the program names it. Longer names are shortened in the middle.
const LONGEST_NAME: usize = 63;

const GEMINI: Program = Program {
    document: "the Gemini CLI policy",
    asks: true,
    hides_unnamed: true,
    lists_arguments: false,
    counts: false,
    server: Allowed {
        is: |name| is_plain(name) && !name.starts_with(PREFIX),
        words: "ASCII letters, digits, hyphens and underscores that do not begin with `mcp_`",
    },
    tool: Allowed {
        is: |name| !name.is_empty() && !name.starts_with(PREFIX) && cleaned(name) == name,
        words: "ASCII letters, digits, underscores, dots, colons and hyphens that do not begin with `mcp_`",
    },
    longest: Some((LONGEST_NAME, |server, tool| full_name(server, tool).len())),
};

/// The target.
pub(super) static TARGET: Target = Target {
    name: "gemini-cli",
    title: "Gemini CLI policy (TOML)",
    document: GEMINI.document,
    extension: "toml",
    is_json: false,
    main_file: None,
    page: include_str!("../../../docs/targets/gemini-cli.md"),
    counting: Counting::NONE,
    numbers: NumberDomain::Double,
    asks: true,
    knows_caller: false,
    options: OPTIONS,
    look_alikes: |_| Vec::new(),
    recognises: |text| text.lines().any(|line| line.trim_start().starts_with("[[rule")),
    build,
    parse: read::document,
};

/// A name with what the program puts in the place of characters that it does not keep.
fn cleaned(name: &str) -> String {
    let is_kept = |char: char| char.is_ascii_alphanumeric() || "_-.:".contains(char);
    // It replaces units of UTF-16, of which a character may have two.
    let shown = |char: char| if is_kept(char) { char.to_string() } else { "_".repeat(char.len_utf16()) };
    name.chars().map(shown).collect()
}

fn full_name(server: &str, tool: &str) -> String {
    format!("{PREFIX}{server}_{tool}")
}

/// The name by which the program calls a tool. Nothing else tells it from others.
fn called(server: &str, tool: &str) -> String {
    let name = cleaned(&full_name(server, tool));
    match (name.get(..30), name.len().checked_sub(30).and_then(|end| name.get(end..))) {
        (Some(start), Some(end)) if name.len() > LONGEST_NAME => format!("{start}...{end}"),
        _ => name,
    }
}

fn build(request: &Request<'_>) -> Draft {
    let Request { policy, server, .. } = *request;
    let built = build_lists(policy, server);
    let limit = |rule: &Statement| Refusal::of_limit("the program keeps no counts").of_rule(rule, GEMINI.document);
    let mut found: Vec<Diagnostic> = built.limits.into_iter().map(limit).collect();
    let name = names::server(&GEMINI, request).map_err(|diagnostic| found.push(*diagnostic)).unwrap_or_default();
    let Lists { tools, others, default_reason } = built.lists;
    found.extend(unusable_names(request, &name, &tools));
    let mut lowering =
        Lowering { request, default_reason, blocked: BTreeMap::new(), asking: BTreeSet::new(), stricter: Vec::new() };
    let mut written: BTreeMap<String, Vec<Traced<Rule>>> = BTreeMap::new();
    for (tool, list) in tools {
        let subject = policy.find_tool(server, &tool);
        let rules = lowering.rules(list, subject.map(|tool| Subject::known(server, tool)));
        written.insert(tool, rules);
    }
    let others = lowering.rules(others, None);
    found.extend(lowering.refusals());
    let mut origins = Origins::default();
    let named: BTreeMap<String, Vec<Rule>> =
        written.into_iter().map(|(tool, rules)| (tool, origins.number(rules))).collect();
    let others = origins.number(others);
    let text = write::document(&policy.name, request.left_words(), &name, &named, &others);
    Draft { text, beside: Vec::new(), diagnostics: found, origins, stricter: lowering.stricter }
}

/// Refuses names that the program changes, and those that it gives to two tools.
fn unusable_names(
    request: &Request<'_>,
    server: &str,
    tools: &BTreeMap<String, List<Traced<Entry>>>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for tool in tools.keys() {
        if !(GEMINI.tool.is)(tool) {
            found.push(names::unwritable(&GEMINI, request, tool));
        } else if full_name(server, tool).len() > LONGEST_NAME {
            found.push(names::too_long(&GEMINI, request, tool, LONGEST_NAME));
        }
    }
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for (_, tool) in request.policy.tools_of(request.server) {
        if let Some(other) = seen.insert(called(server, &tool.name), &tool.name)
            && [other, &tool.name].iter().any(|name| tools.contains_key(*name))
        {
            found.push(names::confused(&GEMINI, request, [other, &tool.name]));
        }
    }
    found
}

/// Makes rules of lists, and keeps what stands in the way.
struct Lowering<'r> {
    request: &'r Request<'r>,
    default_reason: String,
    /// The first refusal of each statement.
    blocked: BTreeMap<usize, Refusal>,
    /// Statements that ask somebody in particular.
    asking: BTreeSet<usize>,
    stricter: Vec<Suspect>,
}

impl Lowering<'_> {
    fn rules(&mut self, mut list: List<Traced<Entry>>, subject: Option<Subject>) -> Vec<Traced<Rule>> {
        if list.last().is_none_or(|last| last.part.when.is_some()) {
            let rule = eval::DEFAULT_DENY.to_owned();
            let reason = self.default_reason.clone();
            list.push(Traced::new(Entry { when: None, outcome: Outcome::Deny, rule, reason }, []));
        }
        for traced in list.iter().filter(|traced| matches!(traced.part.outcome, Outcome::Ask { by: Some(_) })) {
            self.asking.extend(traced.from.iter().copied());
        }
        match rules::rules(&list) {
            Ok(rules) => {
                let tool = subject.and_then(|subject| subject.tool);
                self.stricter.extend(rules.stricter.iter().map(|rule| Suspect { tool, rule: *rule }));
                rules.rules
            }
            Err(Blocked { refusal, from }) => {
                let first = from.first().copied().unwrap_or_default();
                self.blocked.entry(first).or_insert(refusal);
                Vec::new()
            }
        }
    }

    fn refusals(&self) -> Vec<Diagnostic> {
        let rule = |number: &usize| self.request.policy.rules.get(*number);
        let blocked = self
            .blocked
            .iter()
            .filter_map(|(number, refusal)| Some(refusal.clone().of_condition(rule(number)?, GEMINI.document)));
        let asking = self.asking.iter().filter_map(|number| {
            let statement = rule(number)?;
            let by = match &statement.effect {
                crate::ir::Effect::Approval { by: Some(by) } => quote(by),
                _ => String::new(),
            };
            let help = "leave out `by` if that person may approve it, or choose a target that knows who approves";
            let refusal = Refusal::new(format!("the program asks whoever uses it, not {by}"), help);
            Some(refusal.of_rule(statement, GEMINI.document))
        });
        blocked.chain(asking).collect()
    }
}

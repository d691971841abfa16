//! The text of a learnt policy.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::form::ENOUGH;
use super::intake::Log;
use super::means::Means;
use super::tool::{LearntTool, Statement, Treatment, Why};
use crate::catalogue::{BuiltIn, Class, Tag};
use crate::diagnostics::count;
use crate::starter::part::{Part, Tools};

/// How many names of tools or arguments a comment has on a line.
const ON_A_LINE: usize = 6;

/// Everything after the servers, but for the tests.
pub(super) fn body(tools: &Tools, learnt: &[LearntTool], log: &Log, means: Means) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "// Learnt from {} of {}{}.\n\
         // A tool is open if it was called, for arguments like the recorded ones. A limit is the peak of one grant and half as many again.\n\
         // See what should stay, and what was recorded only by chance or should not have happened.\n\n\
         deny *;\n",
        count(log.learnt, "recorded call"),
        count(learnt.len() as u64, "tool"),
        log.span.map(|(first, last)| format!(", {} to {}", time(first), time(last))).unwrap_or_default(),
    );
    let mut closed: Vec<&LearntTool> = Vec::new();
    for part in Part::ALL {
        let mut groups: BTreeMap<(Option<Why>, Vec<Statement>), Vec<&LearntTool>> = BTreeMap::new();
        for tool in learnt.iter().filter(|tool| tool.part == part) {
            let Treatment { approval, statements } = tool.treatment(means);
            if statements.is_empty() {
                closed.push(tool);
            } else {
                groups.entry((approval, statements)).or_default().push(tool);
            }
        }
        if groups.is_empty() {
            continue;
        }
        let _ = writeln!(out, "// ---- {}.\n", what(part));
        // In the order of their first tools, which is the order of names.
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by(|(_, one), (_, other)| {
            one.first().map(|tool| &tool.name).cmp(&other.first().map(|tool| &tool.name))
        });
        for ((approval, statements), tools) in &groups {
            group(*approval, statements, tools, &mut out);
        }
    }
    let suspicious: Vec<&String> = tools.in_part(Part::Suspicious).map(|tool| &tool.name).collect();
    if !suspicious.is_empty() && means.hiding {
        let list: Vec<&str> = suspicious.iter().map(|name| name.as_str()).collect();
        let _ = writeln!(
            out,
            "// Their descriptions seem to give orders to the model, so read them: the agent is not offered them, and nothing is learnt of \
             their calls.\nhide {};\n",
            list.join(", ")
        );
    }
    names(
        "Closed although they were called, for lack of means to hold them",
        closed.iter().map(|tool| &tool.name),
        &mut out,
    );
    let called: std::collections::BTreeSet<&String> = learnt.iter().map(|tool| &tool.name).collect();
    names(
        "Nothing is learnt of these, so they stay closed",
        tools
            .all()
            .filter(|tool| tool.part != Part::Suspicious || !means.hiding)
            .map(|tool| &tool.name)
            .filter(|name| !called.contains(name)),
        &mut out,
    );
    promises(tools, learnt, means, &mut out);
    out
}

const fn what(part: Part) -> &'static str {
    match part {
        Part::Reads => "Tools that only read",
        Part::Changes => "Tools that add or change something",
        Part::Executions => "Tools that run code, commands, queries, jobs or agents",
        Part::Merges => "Tools that bring code to where others use it: a person approves each call, recorded or not",
        Part::Messages => "Tools that reach people: a person approves each call, recorded or not",
        Part::Secrets => {
            "Tools that read or change passwords, keys or tokens: a person approves each call, recorded or not"
        }
        Part::Permissions => "Tools that change who may do what: a person approves each call, recorded or not",
        Part::Removals => "What these take away may not come back: a person approves each call, recorded or not",
        Part::Payments => "These move money, or commit to it: a person approves each call, recorded or not",
        // Nothing is learnt of them.
        Part::Suspicious => "Tools whose descriptions seem to give orders to the model",
    }
}

/// Tools of which the same is said.
fn group(approval: Option<Why>, statements: &[Statement], tools: &[&LearntTool], out: &mut String) {
    for tool in tools {
        evidence(tool, out);
    }
    let _ = match approval {
        Some(Why::Few) => {
            writeln!(out, "// Below {ENOUGH} calls nothing is learnt of arguments, so a person approves each call.")
        }
        Some(Why::Unbounded) => {
            writeln!(out, "// What they run has nothing in common, so a person approves each call.")
        }
        Some(Why::Target) => {
            writeln!(out, "// The target cannot hold all that was learnt, so a person approves each call.")
        }
        Some(Why::Risk) | None => Ok(()),
    };
    let selection: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    for (before, after) in statements {
        let _ = writeln!(out, "{before}{}{after}", selection.join(", "));
    }
    out.push('\n');
}

/// What the statements about a tool rest on.
fn evidence(tool: &LearntTool, out: &mut String) {
    let (first, last) = tool.span;
    let _ = writeln!(out, "// {}: {}, {} to {}.", tool.name, count(tool.calls, "call"), time(first), time(last));
    for limit in &tool.limits {
        if let Some((place, began)) = limit.peak.reached {
            let (calls, began) = (count(limit.peak.calls, "call"), time(began));
            let unit = if limit.window.1 == "min" { "minute" } else { limit.window.1 };
            let _ = writeln!(out, "//   At most {calls} in one {unit}, that of {began} (line {}).", place.line);
        }
    }
    for (what, paths) in [
        ("Not bounded, having nothing in common", &tool.bounds.free),
        ("Held where given, for too little evidence", &tool.bounds.held),
    ] {
        for paths in paths.chunks(ON_A_LINE) {
            let _ = writeln!(out, "//   {what}: {}.", paths.join(", "));
        }
    }
}

fn names<'n>(what: &str, names: impl Iterator<Item = &'n String>, out: &mut String) {
    let names: Vec<&str> = names.map(String::as_str).collect();
    if names.is_empty() {
        return;
    }
    let _ = writeln!(out, "// {what}:");
    for line in names.chunks(ON_A_LINE) {
        let _ = writeln!(out, "//   {}", line.join(", "));
    }
    out.push('\n');
}

/// What the policy promises of risky tools: it also holds for what a later catalogue lists.
fn promises(tools: &Tools, learnt: &[LearntTool], means: Means, out: &mut String) {
    let sets = [
        BuiltIn::Tag(Tag::Sends),
        BuiltIn::Tag(Tag::Secrets),
        BuiltIn::Tag(Tag::Permissions),
        BuiltIn::Class(Class::Destructive),
        BuiltIn::Class(Class::Financial),
    ];
    for set in sets.into_iter().filter(|set| tools.have(*set)) {
        let opened = means.approval
            && tools
                .all()
                .filter(|tool| tool.is_in(set))
                .any(|tool| learnt.iter().any(|called| called.name == tool.name));
        let _ = if opened {
            writeln!(out, "assert approval for @{};", set.name())
        } else {
            writeln!(out, "assert deny @{};", set.name())
        };
    }
}

/// A time as RFC 3339 writes it.
pub(super) fn time(at: i64) -> String {
    jiff::Timestamp::from_second(at).map_or_else(|_| at.to_string(), |time| time.to_string())
}

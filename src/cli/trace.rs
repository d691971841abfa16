//! How a decision comes about, in words and as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::eval::one_line;
use crate::eval::Verdict;
use crate::eval::trace::{AtomTrace, GuardTrace, Opening, RoomTrace, RuleTrace, Says, ToolTrace, Trace};
use crate::ir::{Effect, Parts, Rule, Selected};
use crate::json::Kind;
use crate::source::SourceMap;

/// How many characters of a statement are shown.
const STATEMENT: usize = 160;

/// Writes a trace for a reader who does not know the language, indented below the answer.
pub(super) fn write(trace: &Trace, policy: &Parts, sources: &SourceMap, out: &mut dyn Write) -> io::Result<()> {
    for (index, tool) in trace.tools.iter().enumerate() {
        // With one server there is nothing to tell apart.
        let of = match policy.server(tool.server) {
            Some(server) if policy.servers.len() > 1 => format!(" of the server `{}`", server.name),
            _ => String::new(),
        };
        let known = if tool.known { "" } else { ", which the policy does not know" };
        let rules = match tool.rules.len() {
            0 => "no rule speaks of it.".to_owned(),
            1 => "one rule speaks of it:".to_owned(),
            count => format!("{count} rules speak of it:"),
        };
        writeln!(out, "  The tool `{}`{of}{known}; {rules}", one_line(&tool.name))?;
        for rule in &tool.rules {
            let Some(stands) = policy.rules.get(rule.index) else { continue };
            writeln!(out, "    {:<9}{}", line(stands), statement(stands, sources))?;
            writeln!(out, "             {} {}", if rule.decides { ">" } else { "-" }, sentence(rule, stands))?;
        }
        writeln!(out, "  {}", conclusion(tool, policy))?;
        if trace.tools.len() > 1 && trace.decides == Some(index) {
            writeln!(out, "  Of all servers that may be meant, this one refuses most, so its answer is given.")?;
        }
    }
    if trace.tools.is_empty() {
        writeln!(out, "  The call was not compared with any rule.")?;
    }
    Ok(())
}

fn line(rule: &Rule) -> String {
    format!("line {}", rule.origin.line)
}

/// The statement on one line.
fn statement(rule: &Rule, sources: &SourceMap) -> String {
    let text = sources.slice(rule.origin.span);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let text = text.trim_end_matches(';');
    match text.char_indices().nth(STATEMENT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What a rule says of the call.
fn sentence(rule: &RuleTrace, stands: &Rule) -> String {
    let why = rule.guard.as_ref().map_or_else(String::new, |guard| format!(": {}", because(guard)));
    match (&stands.effect, rule.says) {
        (_, Says::Nothing) => format!("does not apply{why}"),
        (Effect::Hide, _) => "hides the tool: every call of it is denied".to_owned(),
        (Effect::Deny, _) => format!("denies the call{why}"),
        (Effect::Allow, _) => format!("allows the call, unless another rule refuses it{why}"),
        (Effect::Require, Says::Deny) => format!("asks for something that the call does not have{why}"),
        (Effect::Require, _) => format!("asks for something that the call has{why}"),
        (Effect::Approval, _) => format!("holds the call until someone approves{why}"),
        (Effect::Limit(_), says) => {
            let room = rule.room.as_ref().map_or_else(String::new, |room| room_text(room, says == Says::Pass));
            if why.is_empty() { room } else { format!("{room}; it applies{why}") }
        }
    }
}

fn room_text(room: &RoomTrace, free: bool) -> String {
    let RoomTrace { counter, max, used, adds, left, sum_of, window, .. } = room;
    let ends = time(room.ends).map_or_else(String::new, |ends| format!(", which ends at {ends}"));
    let Some(adds) = adds else {
        let path = sum_of.as_deref().unwrap_or_default();
        return format!("denies the call: it adds up `{path}`, which has to be a number that is not negative");
    };
    let Some(used) = used else {
        return format!("denies the call: its {window} lies too far back to be remembered (counter `{counter}`)");
    };
    let what = match sum_of {
        Some(path) => format!("a sum of {max} over `{path}`"),
        None => format!("{max} {}", if max.to_u64() == Some(1) { "call" } else { "calls" }),
    };
    let this = match sum_of {
        Some(_) => format!(", the call adds {adds}"),
        None => String::new(),
    };
    let says = if free { "has room" } else { "has no room and denies the call" };
    format!("{says}: of {what} in this {window}{ends}, {used} used and {left} left{this} (counter `{counter}`)")
}

/// Why a condition holds or fails.
fn because(guard: &GuardTrace) -> String {
    let atoms: Vec<String> = guard.because.iter().map(atom_text).collect();
    one_line(&atoms.join("; ")).into_owned()
}

fn atom_text(atom: &AtomTrace) -> String {
    let AtomTrace { text, holds, path, found, length, other_type } = atom;
    let truth = if *holds { "is true" } else { "is not true" };
    let Some(found) = found else { return format!("`{text}` {truth}, the call has no `{path}`") };
    let more = match (length, other_type) {
        (Some(length), _) => format!(", of length {length}"),
        (None, Some(Kind::Null)) | (None, None) => String::new(),
        (None, Some(kind @ (Kind::Array | Kind::Object))) => format!(", which is an {}", kind.name()),
        (None, Some(kind)) => format!(", which is a {}", kind.name()),
    };
    format!("`{text}` {truth}, `{path}` is {found}{more}")
}

/// What comes of the call for one tool, and why.
fn conclusion(tool: &ToolTrace, policy: &Parts) -> String {
    let answer = &tool.answer;
    let decides = answer.decided_by.and_then(|index| policy.rules.get(index)).map(line);
    match (answer.verdict, decides, tool.opening) {
        (Verdict::Deny, Some(line), _) => format!("Denied by {line}: {}", one_line(&answer.reason)),
        (Verdict::Deny, None, Opening::NotAllowed) => {
            "Denied: the policy says when this tool may be called, and none of those rules applies.".to_owned()
        }
        (Verdict::Deny, None, _) => {
            let origin = policy.default.origin.as_ref();
            let written = origin.map_or_else(String::new, |origin| format!(" (line {} says so)", origin.line));
            format!("Denied: what no rule allows is denied{written}. {}", one_line(&answer.reason))
        }
        (Verdict::Approval, Some(line), _) => format!("Held for approval by {line}: {}", one_line(&answer.reason)),
        (_, _, Opening::Rule(index)) => {
            let line = policy.rules.get(index).map(line).unwrap_or_default();
            format!("Allowed: {line} opens the tool, and no rule refuses the call.")
        }
        _ => "Allowed: what no rule refuses is allowed, and no rule refuses the call.".to_owned(),
    }
}

/// A trace as JSON. Numbers of limits are strings, because they may have more digits than JSON readers keep.
pub(super) fn json(trace: &Trace, policy: &Parts, sources: &SourceMap) -> Value {
    let tools: Vec<Value> = trace.tools.iter().map(|tool| tool_json(tool, policy, sources)).collect();
    json!({ "tools": tools, "decides": trace.decides })
}

fn tool_json(tool: &ToolTrace, policy: &Parts, sources: &SourceMap) -> Value {
    let name = |index: usize| tool.rules.iter().find(|rule| rule.index == index).map(|rule| rule.name.clone());
    json!({
        "server": policy.server(tool.server).map(|server| server.name.as_str()).unwrap_or_default(),
        "name": tool.name,
        "known": tool.known,
        "decision": tool.answer.verdict.name(),
        "rule": tool.answer.rule,
        "reason": tool.answer.reason,
        "opened": match tool.opening {
            Opening::Rule(index) => name(index),
            Opening::Default => Some("(default allow)".to_owned()),
            Opening::NotAllowed | Opening::DefaultDeny => None,
        },
        "rules": tool.rules.iter().filter_map(|rule| {
            let stands = policy.rules.get(rule.index)?;
            Some(json!({
                "rule": rule.name,
                "statement": statement(stands, sources),
                "selected": match rule.selected {
                    Selected::ByName => "name",
                    Selected::ByStar => "star",
                },
                "says": match rule.says {
                    Says::Nothing => "nothing",
                    Says::Pass => "pass",
                    Says::Hold => "approval",
                    Says::Deny => "deny",
                },
                "decides": rule.decides,
                "condition": rule.guard.as_ref().map(guard_json),
                "limit": rule.room.as_ref().map(room_json),
            }))
        }).collect::<Vec<Value>>(),
    })
}

fn guard_json(guard: &GuardTrace) -> Value {
    let because = guard.because.iter().map(|atom| {
        json!({
            "atom": atom.text,
            "holds": atom.holds,
            "path": atom.path,
            "found": atom.found,
            "length": atom.length,
            "other_type": atom.other_type.map(Kind::name),
        })
    });
    json!({ "text": guard.text, "holds": guard.holds, "because": because.collect::<Vec<Value>>() })
}

fn room_json(room: &RoomTrace) -> Value {
    json!({
        "counter": room.counter,
        "max": room.max.to_string(),
        "used": room.used.as_ref().map(ToString::to_string),
        "adds": room.adds.as_ref().map(ToString::to_string),
        "left": room.left.to_string(),
        "sum_of": room.sum_of,
        "window": room.window,
        "ends": time(room.ends),
        "meaning": room.meaning,
    })
}

/// A time as RFC 3339 writes it, if it can.
fn time(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|time| time.to_string())
}

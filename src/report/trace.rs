//! How a decision comes about, in words and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::eval::trace::{GuardTrace, Opening, RoomTrace, Says, ToolTrace, Trace};
use crate::eval::words::{conclusion, line, one_line, sentence, time};
use crate::ir::{Parts, Rule, Selected};
use crate::json::Kind;
use crate::source::SourceMap;

use super::words::cut;

/// How many characters of a statement are shown.
const STATEMENT: usize = 160;

/// A trace for a reader who does not know the language, indented below the answer.
#[must_use]
pub fn text(trace: &Trace, policy: &Parts, sources: &SourceMap) -> String {
    let mut out = String::new();
    for (index, tool) in trace.tools.iter().enumerate() {
        // With one server there is nothing to tell apart.
        let of = match policy.server(tool.server) {
            Some(server) if policy.servers.len() > 1 => format!(" of the server `{}`", one_line(&server.name)),
            _ => String::new(),
        };
        let known = if tool.known { "" } else { ", which the policy does not know" };
        let rules = match tool.rules.len() {
            0 => "no rule speaks of it.".to_owned(),
            1 => "one rule speaks of it:".to_owned(),
            count => format!("{count} rules speak of it:"),
        };
        let _ = writeln!(out, "  The tool `{}`{of}{known}; {rules}", one_line(&tool.name));
        for rule in &tool.rules {
            let Some(stands) = policy.rules.get(rule.index) else { continue };
            let _ = writeln!(out, "    {:<9}{}", line(stands), one_line(&statement(stands, sources)));
            let _ = writeln!(
                out,
                "             {} {}",
                if rule.decides { ">" } else { "-" },
                one_line(&sentence(rule, stands))
            );
        }
        let _ = writeln!(out, "  {}", one_line(&conclusion(tool, policy)));
        if trace.tools.len() > 1 && trace.decides == Some(index) {
            let _ = writeln!(out, "  Of all servers that may be meant, this one refuses most, so its answer is given.");
        }
    }
    if trace.tools.is_empty() {
        let _ = writeln!(out, "  The call was not compared with any rule.");
    }
    out
}

/// The statement on one line.
fn statement(rule: &Rule, sources: &SourceMap) -> String {
    let text = sources.slice(rule.origin.span);
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let text = text.trim_end_matches(';');
    cut(text, STATEMENT)
}

/// A trace as JSON. Numbers of limits are strings, because they may have more digits than JSON readers keep.
#[must_use]
pub fn json(trace: &Trace, policy: &Parts, sources: &SourceMap) -> Value {
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
                    Selected::BySet => "star",
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

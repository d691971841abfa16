//! What becomes of the calls of a log: under one policy or document, or under two.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::About;
use super::words::{add, count, cut};
use crate::diagnostics::visible;
use crate::eval::Verdict;
use crate::replay::{Change, Comparison, ExplainedRuling, Intake, Replay, Tally, Tool};

/// How many characters of a call people are shown; other programs get all.
const SHOWN: usize = 400;

const VERDICTS: [Verdict; 3] = [Verdict::Allow, Verdict::Deny, Verdict::Approval];

/// That limits may have refused more than they would have, where calls have no time.
#[must_use]
pub fn untimed(limited: u64, intake: &Intake) -> Option<String> {
    (limited > 0 && intake.untimed > 0).then(|| {
        format!(
            "Limits refused {}, and {} no time (`at`): such a call is taken to come at the time of the one before, so \
             limits may refuse more here than they would have.",
            count(limited, "call"),
            if intake.untimed == 1 { "1 call has".to_owned() } else { format!("{} calls have", intake.untimed) },
        )
    })
}

/// That decisions were written down without arguments, and what becomes of them; `compared` says that two policies decide the log.
#[must_use]
pub fn without_arguments(intake: &Intake, compared: bool) -> Option<String> {
    let many = intake.decided > 1;
    let fate = match (compared, many) {
        (false, false) => "is summed up as it was decided then",
        (false, true) => "are summed up as they were decided then",
        (true, false) => "is not compared",
        (true, true) => "are not compared",
    };
    (intake.decided > 0).then(|| {
        let were = if many { "were" } else { "was" };
        format!(
            "{} {were} logged without arguments and {fate}; `--log-arguments` logs them.",
            count(intake.decided, "call")
        )
    })
}

/// What was wrong with a log of some name, line by line.
#[must_use]
pub fn malformed(intake: &Intake, name: &str) -> Vec<String> {
    let mut lines: Vec<String> =
        intake.described.iter().map(|(line, reason)| format!("{name}:{line}: {}", visible(reason))).collect();
    let left = intake.malformed.saturating_sub(intake.described.len() as u64);
    if left > 0 {
        lines.push(format!("{name}: {left} more such lines"));
    }
    lines
}

fn title(tool: Option<&Tool>) -> String {
    match tool {
        None => "(other tools)".to_owned(),
        Some(Tool { server: Some(server), name }) => visible(&format!("{server}::{name}")).into_owned(),
        Some(Tool { server: None, name }) => visible(name).into_owned(),
    }
}

/// The beginning of a call.
fn shown(call: &str) -> String {
    cut(&visible(call), SHOWN)
}

/// The line about what was read.
fn intake_line(intake: &Intake) -> String {
    let mut text = count(intake.calls, "call");
    if intake.malformed > 0 {
        text.push_str(&format!(" ({} malformed, denied)", count(intake.malformed, "line")));
    }
    if intake.skipped > 0 {
        text.push_str(&format!(", {} skipped", count(intake.skipped, "other message")));
    }
    text
}

/// What becomes of the calls of a log, tool by tool.
#[must_use]
pub fn text(replay: &Replay<'_>) -> String {
    let mut out = String::new();
    let rows: Vec<(String, [u64; 3], Option<&Tally>)> = replay
        .tools
        .iter()
        .map(|(tool, tally)| (title(tool), VERDICTS.map(|verdict| tally.count(verdict)), Some(tally)))
        .chain((replay.intake.malformed > 0).then(|| ("(malformed)".to_owned(), [0, replay.intake.malformed, 0], None)))
        .collect();
    let names = rows.iter().flat_map(|(name, _, tally)| {
        let causes = tally.iter().flat_map(|tally| tally.causes());
        causes.map(|(_, rule, _)| rule.chars().count() + 2).chain([name.chars().count()])
    });
    let wide = names.max().unwrap_or(0).clamp(5, 40);
    let total = VERDICTS.map(|verdict| replay.count(verdict));
    let line = |name: &str, cells: [String; 3]| {
        let [allowed, denied, held] = cells;
        format!("{name:wide$}  {allowed:>9}  {denied:>9}  {held:>9}").trim_end().to_owned()
    };
    let numbers = |counts: [u64; 3]| counts.map(|count| if count == 0 { "-".to_owned() } else { count.to_string() });
    let _ = writeln!(out, "{}", line("tool", ["allowed", "denied", "approval"].map(str::to_owned)));
    for (name, counts, tally) in &rows {
        let _ = writeln!(out, "{}", line(name, numbers(*counts)));
        for (verdict, rule, cause) in tally.iter().flat_map(|tally| tally.causes()) {
            let cells = VERDICTS.map(|column| if column == verdict { cause.count.to_string() } else { String::new() });
            let [allowed, denied, held] = cells;
            let rule = format!("  {}", visible(rule));
            let reason = visible(&cause.reason);
            let _ = writeln!(out, "{rule:wide$}  {allowed:>9}  {denied:>9}  {held:>9}  {reason}");
        }
    }
    if rows.len() > 1 {
        let _ = writeln!(out, "{}", line("total", numbers(total)));
    }
    let _ = writeln!(out, "\n{}", intake_line(&replay.intake));
    out
}

/// What becomes of the calls of a log, as JSON.
#[must_use]
pub fn json(replay: &Replay<'_>, about: About<'_>) -> Value {
    let tools = replay.tools.iter().map(|(tool, tally)| {
        let causes = tally.causes().map(|(verdict, rule, cause)| {
            json!({
                "decision": verdict.name(),
                "rule": rule,
                "reason": cause.reason,
                "count": cause.count,
                "first_line": cause.first_line,
            })
        });
        let mut row = tool_json(tool);
        add(&mut row, VERDICTS.map(|verdict| (verdict.name(), json!(tally.count(verdict)))));
        add(&mut row, [("rules", causes.collect())]);
        row
    });
    let mut document = intake_json(&replay.intake);
    add(&mut document, [(about.key(), json!(about.name()))]);
    add(&mut document, VERDICTS.map(|verdict| (verdict.name(), json!(replay.count(verdict)))));
    add(&mut document, [("tools", tools.collect())]);
    document
}

fn intake_json(intake: &Intake) -> Value {
    let lines = intake.described.iter().map(|(line, reason)| json!({ "line": line, "reason": reason }));
    json!({
        "version": 1,
        "calls": intake.calls,
        "skipped": intake.skipped,
        "untimed": intake.untimed,
        "withoutArguments": intake.decided,
        "malformed": { "count": intake.malformed, "first": lines.collect::<Vec<_>>() },
    })
}

/// `tool` is null for tools without a row of their own.
fn tool_json(tool: Option<&Tool>) -> Value {
    match tool {
        Some(Tool { server: Some(server), name }) => json!({ "server": server, "tool": name }),
        Some(Tool { server: None, name }) => json!({ "tool": name }),
        None => json!({ "tool": null }),
    }
}

/// The calls of a log that two policies decide differently. `from` and `to` are their files.
#[must_use]
pub fn changes(comparison: &Comparison<'_>, from: &str, to: &str) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "from {from} to {to}");
    for (tool, changes) in comparison.tools.iter() {
        let _ = writeln!(out, "\n{}", title(tool));
        for change in changes.iter() {
            let Change { count: number, first_line, call, from, to } = change;
            let first = if *number == 1 { "line" } else { "first in line" };
            let verdicts = format!("{} -> {}", from.verdict.name(), to.verdict.name());
            let _ = writeln!(out, "  {verdicts:20} {}, {first} {first_line}", count(*number, "call"));
            let _ = writeln!(out, "    {}", call.as_deref().map_or("(a very long call)".to_owned(), shown));
            for (when, decision) in [("before", from), ("after", to)] {
                if decision.verdict != Verdict::Allow {
                    let (rule, reason) = (visible(&decision.rule), visible(&decision.reason));
                    let _ = writeln!(out, "    {when} {rule}: {reason}");
                }
            }
        }
    }
    let changed = comparison.changed();
    let what = if changed == 0 { "nothing changes".to_owned() } else { format!("{changed} decided otherwise") };
    let _ = writeln!(out, "\n{}; {what}", intake_line(&comparison.intake));
    out
}

/// The calls of a log that two policies of some names decide differently, as JSON.
#[must_use]
pub fn changes_json(comparison: &Comparison<'_>, from: &str, to: &str) -> Value {
    let side = |decision: &ExplainedRuling| {
        let mut side = json!({ "decision": decision.verdict.name() });
        if decision.verdict != Verdict::Allow {
            add(&mut side, [("rule", json!(decision.rule)), ("reason", json!(decision.reason))]);
        }
        side
    };
    let tools = comparison.tools.iter().map(|(tool, changes)| {
        let changes = changes.iter().map(|change| {
            json!({
                "count": change.count,
                "first_line": change.first_line,
                "call": change.call,
                "from": side(&change.from),
                "to": side(&change.to),
            })
        });
        let mut row = tool_json(tool);
        add(&mut row, [("changes", changes.collect())]);
        row
    });
    let mut document = intake_json(&comparison.intake);
    let members = [
        ("from", json!(from)),
        ("to", json!(to)),
        ("changed", json!(comparison.changed())),
        ("tools", tools.collect()),
    ];
    add(&mut document, members);
    document
}

//! A comparison as Markdown, for a comment on a pull request.
//!
//! Names and texts from policies and catalogues stand between backticks with what does not show escaped, or inside fenced
//! JSON on a single line; so none of them can end the part that it stands in.

use std::fmt::Write as _;

use super::words;
use crate::describe::{code, markdown as escaped};
use crate::diff::{Change, PolicyDiff, Report, Verdict};
use crate::report::words::{Mark, count};

/// The most changes that are written; a comment has room for some 65,000 characters.
const MOST_CHANGES: usize = 60;
/// Lists with more lines are folded away.
const MOST_LINES: usize = 8;
/// The most lines of one list.
const MOST_LISTED: usize = 100;

/// The longest call that is written.
const MOST_CALL: usize = 2_000;

const MARK: Mark = code;

/// The comparison as Markdown.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let verdict = report.verdict();
    let sign = match verdict {
        Verdict::Same => "✅",
        Verdict::Tighter => "🔒",
        Verdict::Looser | Verdict::Both | Verdict::Undecided => "⚠️",
    };
    let mut out = format!(
        "## {sign} Policy change: {}\n\n{} → {}. {}\n",
        verdict.name(),
        code(&report.old),
        code(&report.new),
        words::meaning(verdict)
    );
    if report.valid_only {
        out.push_str("Only calls that the inputSchema admits were asked about.\n");
    }
    for line in words::alone(report, MARK) {
        let _ = writeln!(out, "\n{line}");
    }
    let found: Vec<String> = report
        .findings
        .iter()
        .map(|finding| {
            format!(
                "{} {} {}: {}",
                code(&finding.place),
                finding.severity,
                code(&finding.code),
                escaped(&line(&finding.message))
            )
        })
        .collect();
    list("Findings on the new side only", &found, &mut out);
    for change in &report.catalogues {
        let lines = words::catalogue(change, MARK);
        let of = if change.server.is_empty() { String::new() } else { format!(" of {}", code(&change.server)) };
        let title = format!("Catalogue{of}: {} before, {} now", count(change.before, "tool"), change.after);
        list(&title, &lines, &mut out);
    }
    for policy in &report.policies {
        if report.policies.len() + report.added.len() + report.removed.len() > 1 {
            let _ = writeln!(out, "\n### {}: {}", words::policy(policy, MARK), policy.diff.verdict.name());
        }
        of_policy(policy, &mut out);
    }
    out
}

/// A text on one line, with what does not show made visible.
fn line(text: &str) -> String {
    crate::diagnostics::shown(text, MOST_CALL)
}

/// A list under a title, folded away when it is long. Nothing without lines.
fn list(title: &str, lines: &[String], out: &mut String) {
    if lines.is_empty() {
        return;
    }
    let folded = lines.len() > MOST_LINES;
    match folded {
        // Markdown is not read within the line of a summary.
        true => {
            let _ = write!(out, "\n**{title}**\n\n<details><summary>{}</summary>\n\n", count(lines.len(), "line"));
        }
        false => {
            let _ = write!(out, "\n**{title}**\n\n");
        }
    }
    for line in lines.iter().take(MOST_LISTED) {
        let _ = writeln!(out, "- {line}");
    }
    if lines.len() > MOST_LISTED {
        let _ = writeln!(out, "- and {} more", lines.len() - MOST_LISTED);
    }
    if folded {
        out.push_str("\n</details>\n");
    }
}

fn of_policy(policy: &PolicyDiff, out: &mut String) {
    if let Some(opened) = words::opened(policy, MARK) {
        let _ = writeln!(out, "\n**Attention:** {opened}.");
    }
    for note in &policy.diff.notes {
        let _ = writeln!(out, "\n{}", escaped(note));
    }
    let selections: Vec<String> = policy.selections.iter().map(|change| words::selection(change, MARK)).collect();
    list("Rules that select other tools", &selections, out);
    let conditions: Vec<String> = policy
        .conditions
        .iter()
        .map(|change| {
            let what: Vec<String> = change.what.iter().map(|what| escaped(&line(what))).collect();
            let example = change.example.as_ref().map_or_else(String::new, |(call, holds)| {
                format!(
                    "; newly valid, and the condition {}: {}",
                    words::holds(*holds),
                    code(&words::call(&call.json()))
                )
            });
            format!(
                "{}, line {}, {}: {}{example}",
                words::tool(&change.tool, MARK),
                words::mark_line(&change.line, MARK),
                code(&change.condition),
                what.join("; ")
            )
        })
        .collect();
    list("Conditions that meet another inputSchema", &conditions, out);
    let changes = &policy.diff.changes;
    if !changes.is_empty() {
        out.push_str("\n| tools | change |\n|---|---|\n");
        for change in changes.iter().take(MOST_CHANGES) {
            let _ = writeln!(out, "| {} | {} |", cell(&words::tools(&change.tools, MARK)), change.verdict.name());
        }
    }
    for change in changes.iter().take(MOST_CHANGES) {
        tools(change, out);
    }
    if changes.len() > MOST_CHANGES {
        let more = count(changes.len() - MOST_CHANGES, "more change");
        let _ = writeln!(out, "\n{more}; `--format json` has all.");
    }
    let _ = writeln!(out, "\n<sub>{} compared for all calls.</sub>", count(policy.diff.compared, "tool"));
}

/// In a table, a bar ends the cell even between backticks.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn tools(change: &Change, out: &mut String) {
    let Some((first, others)) = change.tools.split_first() else { return };
    // What is tighter is of less interest to whoever has to agree.
    let folded = change.verdict == Verdict::Tighter || change.verdict == Verdict::Same;
    let more = if others.is_empty() { String::new() } else { format!(" and {}", count(others.len(), "other tool")) };
    let _ = writeln!(out, "\n#### {}{more}: {}\n", words::tool(first, MARK), change.verdict.name());
    if folded {
        let changes = count(change.moves.len() + change.limits.len(), "change");
        let _ = writeln!(out, "<details><summary>{changes}</summary>\n");
    }
    for step in &change.moves {
        let _ = writeln!(out, "- {}", words::step(step));
        if let Some(example) = &step.example {
            fence(&example.call.json(), out);
            let _ = writeln!(out, "  was {}; now {}", words::told(&example.was, MARK), words::told(&example.now, MARK));
            if example.call.valid == Some(false) {
                let _ = writeln!(out, "  ({})", words::ONLY_INVALID);
            }
        }
    }
    for limit in &change.limits {
        let _ = writeln!(out, "- {}", words::limit(limit, MARK));
        if let Some(call) = &limit.example {
            let _ = writeln!(out, "  {}", words::counted(limit.relation));
            fence(&call.json(), out);
        }
    }
    for sentence in &change.undecided {
        let _ = writeln!(out, "- {sentence}");
    }
    if !others.is_empty() {
        let _ = writeln!(out, "\nThe others: {}", words::tools(others, MARK));
    }
    if folded {
        out.push_str("\n</details>\n");
    }
}

/// A call on one line of its own, within an item of a list.
fn fence(call: &str, out: &mut String) {
    let call = words::call(call);
    match call.chars().nth(MOST_CALL) {
        None => {
            let _ = writeln!(out, "\n  ```json\n  {call}\n  ```\n");
        }
        Some(_) => {
            let _ = writeln!(out, "\n  (the call is long; `--format json` has it)\n");
        }
    }
}

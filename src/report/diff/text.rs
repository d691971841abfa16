//! A comparison for people at a terminal.

use std::fmt::Write as _;

use super::words;
use crate::diagnostics;
use crate::diff::{Change, Finding, PolicyDiff, Report, Verdict};
use crate::report::words::{Mark, count};

/// The most characters of one text.
const MOST_CHARS: usize = 200;

fn mark(text: &str) -> String {
    diagnostics::shown(text, MOST_CHARS)
}

const MARK: Mark = mark;

/// The comparison as text.
#[must_use]
pub fn text(report: &Report) -> String {
    let verdict = report.verdict();
    let mut out =
        format!("{} -> {}: {}\n{}\n", mark(&report.old), mark(&report.new), verdict.name(), words::meaning(verdict));
    if report.valid_only {
        out.push_str("Only calls that the inputSchema admits were asked about.\n");
    }
    for line in words::alone(report, MARK) {
        let _ = writeln!(out, "{line}");
    }
    findings(&report.findings, &mut out);
    for change in &report.catalogues {
        let lines = words::catalogue(change, MARK);
        if lines.is_empty() {
            continue;
        }
        let of = if change.server.is_empty() { String::new() } else { format!(" of {}", mark(&change.server)) };
        let _ = writeln!(out, "\nCatalogue{of}: {} before, {} now", count(change.before, "tool"), change.after);
        lines.iter().for_each(|line| {
            let _ = writeln!(out, "  {line}");
        });
    }
    let several = report.policies.len() + report.added.len() + report.removed.len() > 1;
    for policy in &report.policies {
        if several {
            let _ = writeln!(out, "\n{}: {}", words::policy(policy, MARK), policy.diff.verdict.name());
        }
        of_policy(policy, &mut out);
    }
    out
}

fn findings(findings: &[Finding], out: &mut String) {
    if findings.is_empty() {
        return;
    }
    out.push_str("\nFindings on the new side only\n");
    for finding in findings {
        let Finding { severity, code, place, message, help } = finding;
        let _ = writeln!(out, "  {}: {severity}[{code}]: {}", mark(place), diagnostics::shown(message, usize::MAX));
        for line in help.iter().flat_map(|help| help.lines()) {
            let _ = writeln!(out, "    help: {}", diagnostics::shown(line, usize::MAX));
        }
    }
}

fn of_policy(policy: &PolicyDiff, out: &mut String) {
    if let Some(opened) = words::opened(policy, MARK) {
        let _ = writeln!(out, "\nATTENTION: {opened}.");
    }
    for note in &policy.diff.notes {
        let _ = writeln!(out, "\n{note}");
    }
    if !policy.selections.is_empty() {
        out.push_str("\nRules that select other tools\n");
        for change in &policy.selections {
            let _ = writeln!(out, "  {}", words::selection(change, MARK));
        }
    }
    if !policy.conditions.is_empty() {
        out.push_str("\nConditions that meet another inputSchema\n");
        for change in &policy.conditions {
            let line = words::mark_line(&change.line, MARK);
            let tool = words::tool(&change.tool, MARK);
            let _ = writeln!(out, "  {tool}, line {line}: {}", mark(&change.condition));
            for what in &change.what {
                let _ = writeln!(out, "    {what}");
            }
            if let Some((call, holds)) = &change.example {
                let _ = writeln!(out, "    newly valid, and the condition {}:", words::holds(*holds));
                let _ = writeln!(out, "      {}", words::call(&call.json()));
            }
        }
    }
    for change in &policy.diff.changes {
        out.push('\n');
        tools(change, out);
    }
    let compared = count(policy.diff.compared, "tool");
    let same = policy.diff.verdict == Verdict::Same;
    let _ = match same {
        true => writeln!(out, "\n{compared} compared, all that are unknown as one: no call is decided otherwise."),
        false => writeln!(out, "\n{compared} compared, all that are unknown as one."),
    };
}

fn tools(change: &Change, out: &mut String) {
    let Some((first, others)) = change.tools.split_first() else { return };
    let _ = writeln!(out, "{}: {}", words::tool(first, MARK), change.verdict.name());
    for step in &change.moves {
        let _ = writeln!(out, "  {}", words::step(step));
        if let Some(example) = &step.example {
            let _ = writeln!(out, "      {}", words::call(&example.call.json()));
            let _ =
                writeln!(out, "    was {}; now {}", words::told(&example.was, MARK), words::told(&example.now, MARK));
            if example.call.valid == Some(false) {
                let _ = writeln!(out, "    {}", words::ONLY_INVALID);
            }
        }
    }
    for limit in &change.limits {
        let _ = writeln!(out, "  {}", words::limit(limit, MARK));
        if let Some(call) = &limit.example {
            let _ = writeln!(out, "    {}", words::counted(limit.relation));
            let _ = writeln!(out, "      {}", words::call(&call.json()));
        }
    }
    for sentence in &change.undecided {
        let _ = writeln!(out, "  {sentence}");
    }
    if !others.is_empty() {
        let _ = writeln!(out, "  and {}: {}", count(others.len(), "other tool"), words::tools(others, MARK));
    }
}

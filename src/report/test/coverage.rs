//! What tests exercise: as text and as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::diagnostics::visible;
use crate::report::words::cut;
use crate::syntax::print;
use crate::testing::{Branch, Coverage, Ratio, RuleCoverage, ToolCoverage};

/// How many lines of a kind people are shown; other programs get all.
const SHOWN: usize = 50;
/// How much of a rule people are shown, in characters; its line says where the rest is.
const TEXT: usize = 80;

/// How much is covered, and what is not.
#[must_use]
pub fn text(coverage: &Coverage) -> String {
    let parts = [
        part(coverage.of_rules(), "rules"),
        part(coverage.of_branches(), "branches"),
        part(coverage.of_tools(), "tools"),
    ];
    let mut out = format!("coverage: {}\n", parts.join(", "));
    let rules = coverage.rules().filter(|rule| rule.exercised == 0);
    section(&mut out, "rules that no test exercises", rules.map(|rule| place(rule, rule.line, &rule.text)));
    let atoms = coverage.rules().flat_map(|rule| rule.atoms.iter().map(move |atom| (rule, atom)));
    let atoms = atoms.filter_map(|(rule, atom)| {
        let missing = missing(atom)?;
        Some(format!("{} ({missing})", place(rule, atom.line, &atom.text)))
    });
    section(&mut out, "conditions that no test sees both ways", atoms);
    let several = coverage.tools().any(|tool| Some(&tool.server) != coverage.tools().next().map(|first| &first.server));
    let tools = coverage.tools().filter(|tool| tool.calls == 0);
    section(&mut out, "tools that no test calls", tools.map(|tool| tool_name(tool, several)));
    out
}

/// The same as JSON, complete.
#[must_use]
pub fn json(coverage: &Coverage) -> Value {
    let rules: Vec<Value> = coverage
        .rules()
        .map(|rule| {
            let atoms = rule.atoms.iter();
            let atoms: Vec<Value> = atoms
                .map(|atom| json!({ "line": atom.line, "text": atom.text, "true": atom.yes, "false": atom.no }))
                .collect();
            json!({
                "file": rule.file,
                "line": rule.line,
                "text": rule.text,
                "exercised": rule.exercised,
                "conditions": atoms,
            })
        })
        .collect();
    let tools: Vec<Value> =
        coverage.tools().map(|tool| json!({ "server": tool.server, "name": tool.name, "calls": tool.calls })).collect();
    let [of_rules, of_branches, of_tools] = [coverage.of_rules(), coverage.of_branches(), coverage.of_tools()];
    json!({
        "rules": { "covered": of_rules.covered, "total": of_rules.total, "list": rules },
        "branches": { "covered": of_branches.covered, "total": of_branches.total },
        "tools": { "covered": of_tools.covered, "total": of_tools.total, "list": tools },
    })
}

fn part(ratio: Ratio, what: &str) -> String {
    match ratio.total {
        0 => format!("no {what}"),
        total => format!("{} of {total} {what} ({ratio})", ratio.covered),
    }
}

fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut count = 0_usize;
    for line in lines {
        count += 1;
        // Writing to a string cannot fail.
        if count == 1 {
            let _ = writeln!(out, "{title}:");
        }
        if count <= SHOWN {
            let _ = writeln!(out, "  {line}");
        }
    }
    if count > SHOWN {
        let _ = writeln!(out, "  ... and {} more; `--format json` prints all", count - SHOWN);
    }
}

fn place(rule: &RuleCoverage, line: u32, text: &str) -> String {
    format!("{}:{line}: {}", visible(&rule.file), visible(&cut(text, TEXT)))
}

fn missing(atom: &Branch) -> Option<&'static str> {
    match (atom.yes, atom.no) {
        (0, 0) => Some("never asked"),
        (0, _) => Some("never true"),
        (_, 0) => Some("never false"),
        _ => None,
    }
}

fn tool_name(tool: &ToolCoverage, several: bool) -> String {
    let name = print::tool(&tool.name);
    let name = visible(&name);
    if several { format!("{}::{name}", visible(&tool.server)) } else { name.into_owned() }
}

//! Findings as a code quality report of GitLab.
//!
//! An array of objects with the fields that GitLab's documentation, "Code Quality report format", asks for. GitLab takes
//! findings with one fingerprint for one finding, so a second one of the same gets a number.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::file::{FileReport, message, path};
use crate::diagnostics::{Diagnostic, Severity, visible};
use crate::report::line;

/// The whole report, on one line.
#[must_use]
pub fn gitlab(reports: &[FileReport<'_>]) -> String {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut all: Vec<Value> = Vec::new();
    for report in reports {
        for (finding, fingerprint) in report.marked() {
            let count = seen.entry(fingerprint).or_default();
            *count += 1;
            let fingerprint = match *count {
                1 => fingerprint.to_owned(),
                count => format!("{fingerprint}-{count}"),
            };
            all.push(entry(report, finding, &fingerprint));
        }
    }
    line(&Value::Array(all))
}

fn entry(report: &FileReport<'_>, finding: &Diagnostic, fingerprint: &str) -> Value {
    // GitLab's own are `info`, `minor`, `major`, `critical` and `blocker`. A policy with errors cannot be used.
    let severity = match finding.severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Info => "info",
    };
    let [(_, start), (_, end)] = report.sources.bounds(finding.primary.span);
    json!({
        // GitLab shows it as one line.
        "description": message(finding).replacen("\nhelp: ", "; ", 1).replace('\n', " "),
        "check_name": finding.code.name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {
            "path": visible(&path(report.place(finding))),
            "lines": { "begin": start.line, "end": end.line },
        },
    })
}

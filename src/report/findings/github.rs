//! Findings as annotations of GitHub Actions.
//!
//! A line of the log that begins with `::error`, `::warning` or `::notice` becomes an annotation of a file. The form is
//! that of GitHub's documentation, "Workflow commands for GitHub Actions"; what has a meaning in it is escaped as the
//! runner unescapes it: `%` and line ends everywhere, `:` and `,` in properties too. The runner leaves columns out
//! where a place runs over several lines, so they are not written there.

use std::fmt::Write as _;

use super::file::{FileReport, is_file, message, path};
use crate::diagnostics::{Diagnostic, Severity, visible};

/// One line for each finding.
#[must_use]
pub fn github(reports: &[FileReport<'_>]) -> String {
    let mut out = String::new();
    for report in reports {
        for finding in report.findings {
            line(&mut out, report, finding);
        }
    }
    out
}

fn line(out: &mut String, report: &FileReport<'_>, finding: &Diagnostic) {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let file = report.place(finding);
    let [(_, start), (_, end)] = report.sources.bounds(finding.primary.span);
    let _ = write!(out, "::{level} ");
    // What is in no file of the repository belongs to the whole run; its place is only text.
    let mut before = String::new();
    if is_file(file) {
        let _ = write!(out, "file={},line={}", property(&path(file)), start.line);
        if start.line == end.line {
            let _ = write!(out, ",col={},endLine={},endColumn={}", start.column, end.line, end.column);
        } else {
            let _ = write!(out, ",endLine={}", end.line);
        }
        out.push(',');
    } else {
        before = format!("{}:{}:{}: ", visible(file), start.line, start.column);
    }
    let title = format!("{} {}", finding.code.id, finding.code.name);
    let _ = writeln!(out, "title={}::{}", property(&title), data(&format!("{before}{}", message(finding))));
}

/// A message, escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, escaped.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

//! Results of tests: as text, as JSON, and as suites of JUnit.

pub mod coverage;
pub mod junit;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::words::add;
use super::{Draw, findings, trace};
use crate::diagnostics::visible;
use crate::sema::Checked;
use crate::source::SourceMap;
use crate::testing::{Coverage, TestResult};

/// The tests of a file, then its failures, each with how the decision came about.
#[must_use]
pub fn text(results: &[TestResult], checked: &Checked, sources: &SourceMap, draw: Draw<'_>) -> String {
    let mut out = String::new();
    let blocks = checked.policies().len() > 1;
    for result in results {
        let mark = if result.failure.is_none() { "ok    " } else { "FAILED" };
        let _ = writeln!(out, "{mark} {}", title(result, blocks));
    }
    for result in results {
        let Some(failure) = &result.failure else { continue };
        let _ = write!(out, "\n{}", draw(failure, sources));
        let policy = checked.policies().iter().find(|policy| policy.name == result.policy);
        if let (Some(trace), Some(policy)) = (&result.trace, policy) {
            out.push_str("  how the decision came about:\n");
            out.push_str(&trace::text(trace, policy, sources));
        }
    }
    out
}

/// The last line about some tests.
#[must_use]
pub fn summary(passed: usize, failed: usize, left_out: usize) -> String {
    let left_out = match left_out {
        0 => String::new(),
        count => format!(", {count} left out"),
    };
    format!("{passed} passed, {failed} failed{left_out}\n")
}

/// That tests exercise less than so many percent of the rules, if they do.
#[must_use]
pub fn shortfall(coverage: &Coverage, least: u8) -> Option<String> {
    let rules = coverage.of_rules();
    rules.is_below(least).then(|| format!("tests exercise {rules} of the rules, less than {least}%"))
}

/// One result as JSON.
#[must_use]
pub fn json(result: &TestResult, sources: &SourceMap) -> Value {
    json!({
        "file": sources.name(result.span.file),
        "line": sources.line(result.span),
        "policy": result.policy,
        "name": result.name,
        "passed": result.failure.is_none(),
        "diagnostics": findings::each_json(result.failure.as_slice(), sources),
    })
}

/// The document of results and of what is wrong with files whose tests could not run, version 1.
#[must_use]
pub fn document(tests: &[Value], diagnostics: &[Value], coverage: Option<&Coverage>) -> Value {
    let mut document = json!({ "version": 1, "tests": tests, "diagnostics": diagnostics });
    if let Some(coverage) = coverage {
        add(&mut document, [("coverage", coverage::json(coverage))]);
    }
    document
}

fn title(result: &TestResult, blocks: bool) -> String {
    let name = visible(&result.name);
    if blocks { format!("{name} ({})", visible(&result.policy)) } else { name.into_owned() }
}

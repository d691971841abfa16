//! Results of tests as the suites of a JUnit report.

use super::title;
use crate::diagnostics::{Diagnostic, visible};
use crate::render::{JunitCase, JunitProblem, JunitSuite};
use crate::source::SourceMap;
use crate::testing::TestResult;

/// The tests of a file.
pub(super) fn suite(name: &str, results: &[TestResult], blocks: bool, sources: &SourceMap) -> JunitSuite {
    let case = |result: &TestResult| JunitCase {
        name: title(result, blocks),
        class: visible(&result.policy).into_owned(),
        file: name.to_owned(),
        line: sources.line(result.span),
        problem: result.failure.as_ref().map(|found| JunitProblem::of("failure", found, sources)),
    };
    JunitSuite { name: name.to_owned(), cases: results.iter().map(case).collect() }
}

/// A file with errors, whose tests could not run.
pub(super) fn broken(name: &str, found: &[Diagnostic], sources: &SourceMap) -> JunitSuite {
    let case = |found: &Diagnostic| JunitCase {
        name: visible(&found.message).into_owned(),
        class: name.to_owned(),
        file: name.to_owned(),
        line: sources.line(found.primary.span),
        problem: Some(JunitProblem::of("error", found, sources)),
    };
    JunitSuite { name: name.to_owned(), cases: found.iter().map(case).collect() }
}

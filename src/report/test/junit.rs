//! Results of tests as the suites of a JUnit report.

use super::title;
use crate::diagnostics::{Diagnostic, visible};
use crate::report::Draw;
use crate::report::findings::junit::{Case, Problem, Suite};
use crate::source::SourceMap;
use crate::testing::TestResult;

/// The tests of a file; `blocks` if it has several policies.
#[must_use]
pub fn suite(name: &str, results: &[TestResult], blocks: bool, sources: &SourceMap, draw: Draw<'_>) -> Suite {
    let case = |result: &TestResult| Case {
        name: title(result, blocks),
        class: visible(&result.policy).into_owned(),
        file: name.to_owned(),
        line: sources.line(result.span),
        problem: result.failure.as_ref().map(|found| Problem::of("failure", found, sources, draw)),
    };
    Suite { name: name.to_owned(), cases: results.iter().map(case).collect() }
}

/// A file with errors, whose tests could not run.
#[must_use]
pub fn broken(name: &str, found: &[Diagnostic], sources: &SourceMap, draw: Draw<'_>) -> Suite {
    let case = |found: &Diagnostic| Case {
        name: visible(&found.message).into_owned(),
        class: name.to_owned(),
        file: name.to_owned(),
        line: sources.line(found.primary.span),
        problem: Some(Problem::of("error", found, sources, draw)),
    };
    Suite { name: name.to_owned(), cases: found.iter().map(case).collect() }
}

//! Results of tests as the suites of a JUnit report.

use super::title;
use crate::human;
use policyc_core::diagnostics::{Diagnostic, visible};
use policyc_core::render::junit::{Case, Problem, Suite};
use policyc_core::source::SourceMap;
use policyc_core::testing::TestResult;

/// The tests of a file.
pub(super) fn suite(name: &str, results: &[TestResult], blocks: bool, sources: &SourceMap) -> Suite {
    let case = |result: &TestResult| Case {
        name: title(result, blocks),
        class: visible(&result.policy).into_owned(),
        file: name.to_owned(),
        line: sources.line(result.span),
        problem: result.failure.as_ref().map(|found| Problem::of("failure", found, sources, &human::plain)),
    };
    Suite { name: name.to_owned(), cases: results.iter().map(case).collect() }
}

/// A file with errors, whose tests could not run.
pub(super) fn broken(name: &str, found: &[Diagnostic], sources: &SourceMap) -> Suite {
    let case = |found: &Diagnostic| Case {
        name: visible(&found.message).into_owned(),
        class: name.to_owned(),
        file: name.to_owned(),
        line: sources.line(found.primary.span),
        problem: Some(Problem::of("error", found, sources, &human::plain)),
    };
    Suite { name: name.to_owned(), cases: found.iter().map(case).collect() }
}

//! Results as JUnit XML.
//!
//! There is no standard, but one form that all readers take: suites, a suite for each file, cases with `name`,
//! `classname`, and where they failed `failure`, or `error` if they could not run. `file` and `line` are what pytest
//! added and GitLab and others show. Times are left out, so that the same results give the same text.

use std::io::Result;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{title, visible};
use crate::diagnostics::{Diagnostic, is_hidden};
use crate::render;
use crate::source::SourceMap;
use crate::testing::TestResult;

/// The results of one file.
pub(super) struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    class: String,
    line: u32,
    problem: Option<Problem>,
}

struct Problem {
    /// Whether the test failed, or could not run.
    element: &'static str,
    kind: String,
    message: String,
    text: String,
}

impl Suite {
    /// The tests of a file.
    pub(super) fn of(name: &str, results: &[TestResult], blocks: bool, sources: &SourceMap) -> Self {
        let case = |result: &TestResult| Case {
            name: title(result, blocks),
            class: visible(&result.policy),
            line: sources.line(result.span),
            problem: result.failure.as_ref().map(|found| problem("failure", found, sources)),
        };
        Self { name: name.to_owned(), cases: results.iter().map(case).collect() }
    }

    /// A file with errors, whose tests could not run.
    pub(super) fn broken(name: &str, found: &[Diagnostic], sources: &SourceMap) -> Self {
        let case = |found: &Diagnostic| Case {
            name: visible(&found.message),
            class: name.to_owned(),
            line: sources.line(found.primary.span),
            problem: Some(problem("error", found, sources)),
        };
        Self { name: name.to_owned(), cases: found.iter().map(case).collect() }
    }

    fn count(&self, element: &str) -> usize {
        self.cases.iter().filter(|case| case.problem.as_ref().is_some_and(|problem| problem.element == element)).count()
    }
}

fn problem(element: &'static str, found: &Diagnostic, sources: &SourceMap) -> Problem {
    Problem {
        element,
        kind: format!("{} {}", found.code.id, found.code.name),
        message: visible(&found.message),
        text: render::human(std::slice::from_ref(found), sources, render::Options::default()),
    }
}

/// The whole document.
pub(super) fn document(suites: &[Suite]) -> Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let total = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>().to_string();
    let (tests, failures, errors) =
        (total(|suite| suite.cases.len()), total(|suite| suite.count("failure")), total(|suite| suite.count("error")));
    let all = writer.create_element("testsuites").with_attributes([
        ("name", "policyc"),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("errors", errors.as_str()),
    ]);
    all.write_inner_content(|writer| suites.iter().try_for_each(|suite| write_suite(writer, suite)))?;
    let mut document = writer.into_inner();
    document.push(b'\n');
    Ok(document)
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &Suite) -> Result<()> {
    let (tests, failures, errors) =
        (suite.cases.len().to_string(), suite.count("failure").to_string(), suite.count("error").to_string());
    let name = text(&suite.name);
    let element = writer.create_element("testsuite").with_attributes([
        ("name", name.as_str()),
        ("tests", tests.as_str()),
        ("failures", failures.as_str()),
        ("errors", errors.as_str()),
    ]);
    element.write_inner_content(|writer| suite.cases.iter().try_for_each(|case| write_case(writer, case, &name)))?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case, file: &str) -> Result<()> {
    let (name, class) = (text(&case.name), text(&case.class));
    let line = case.line.to_string();
    let element = writer.create_element("testcase").with_attributes([
        ("name", name.as_str()),
        ("classname", class.as_str()),
        ("file", file),
        ("line", line.as_str()),
    ]);
    let Some(problem) = &case.problem else {
        element.write_empty()?;
        return Ok(());
    };
    element.write_inner_content(|writer| {
        let (kind, message, body) = (text(&problem.kind), text(&problem.message), text(&problem.text));
        let attributes = [("type", kind.as_str()), ("message", message.as_str())];
        let element = writer.create_element(problem.element).with_attributes(attributes);
        element.write_text_content(BytesText::new(&body))?;
        Ok(())
    })?;
    Ok(())
}

/// A text with what XML 1.0 cannot hold (its production 2, `Char`) as `\u{..}`.
fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        if char != '\n' && is_hidden(char) || matches!(char, '\u{fffe}' | '\u{ffff}') {
            shown.extend(char.escape_unicode());
        } else {
            shown.push(char);
        }
    }
    shown
}

//! Findings and results of tests as JUnit XML.
//!
//! There is no standard, but one form that all readers take: suites, a suite for each file, cases with `name`,
//! `classname`, and where they failed `failure`, or `error` if they could not run. `file` and `line` are what pytest
//! added and GitLab and others show. Times are left out, so that the same results give the same text.

use std::collections::BTreeMap;
use std::io::Result;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::file::{FileReport, path};
use crate::diagnostics::{Diagnostic, is_hidden, visible};
use crate::report::Draw;
use crate::source::SourceMap;

/// The results about one file.
#[derive(Debug)]
pub struct Suite {
    /// The file.
    pub name: String,
    /// The results, in the order of the file.
    pub cases: Vec<Case>,
}

/// One result.
#[derive(Debug)]
pub struct Case {
    /// What was tried.
    pub name: String,
    /// What it belongs to: a policy, or the file.
    pub class: String,
    /// The file it is about.
    pub file: String,
    /// The line there, from 1.
    pub line: u32,
    /// What is wrong, unless it passed.
    pub problem: Option<Problem>,
}

/// What is wrong in a case.
#[derive(Debug)]
pub struct Problem {
    /// `failure`, or `error` for what could not run.
    element: &'static str,
    kind: String,
    message: String,
    text: String,
}

impl Problem {
    /// A finding, as it is shown to people. The element is `failure`, or `error` for what could not run.
    #[must_use]
    pub fn of(element: &'static str, found: &Diagnostic, sources: &SourceMap, draw: Draw<'_>) -> Self {
        Self {
            element,
            kind: format!("{} {}", found.code.id, found.code.name),
            message: visible(&found.message).into_owned(),
            text: draw(found, sources),
        }
    }
}

impl Suite {
    fn count(&self, element: &str) -> usize {
        self.cases.iter().filter(|case| case.problem.as_ref().is_some_and(|problem| problem.element == element)).count()
    }

    /// A case for each finding, or one that passes.
    fn of(report: &FileReport<'_>, draw: Draw<'_>) -> Self {
        let file = path(report.file).into_owned();
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        let mut cases: Vec<Case> = report
            .findings
            .iter()
            .map(|found| {
                // Readers know a case again by its name, so it has no line in it, and is there once.
                let mut name = format!("{}: {}", found.code.name, visible(&found.message));
                let count = seen.entry(name.clone()).or_default();
                *count += 1;
                if *count > 1 {
                    name.push_str(&format!(" ({count})"));
                }
                Case {
                    name,
                    class: file.clone(),
                    file: path(report.place(found)).into_owned(),
                    line: report.sources.line(found.primary.span).max(1),
                    problem: Some(Problem::of("failure", found, report.sources, draw)),
                }
            })
            .collect();
        if cases.is_empty() {
            let name = "nothing found".to_owned();
            cases.push(Case { name, class: file.clone(), file: file.clone(), line: 1, problem: None });
        }
        Self { name: file, cases }
    }
}

/// A suite for each file, in it a failed case for each finding. A file without findings has one case, which passes.
#[must_use]
pub fn junit(reports: &[FileReport<'_>], draw: Draw<'_>) -> String {
    let suites: Vec<Suite> = reports.iter().map(|report| Suite::of(report, draw)).collect();
    document(&suites)
}

/// The whole document.
#[must_use]
pub fn document(suites: &[Suite]) -> String {
    // Writing to memory cannot fail, and what is written is UTF-8.
    let document = write_suites(suites).unwrap_or_default();
    String::from_utf8(document).unwrap_or_default()
}

fn write_suites(suites: &[Suite]) -> Result<Vec<u8>> {
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
    element.write_inner_content(|writer| suite.cases.iter().try_for_each(|case| write_case(writer, case)))?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case) -> Result<()> {
    let (name, class, file) = (text(&case.name), text(&case.class), text(&case.file));
    let line = case.line.to_string();
    let element = writer.create_element("testcase").with_attributes([
        ("name", name.as_str()),
        ("classname", class.as_str()),
        ("file", file.as_str()),
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

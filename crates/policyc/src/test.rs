//! `policyc test`

mod select;

use std::path::PathBuf;

use serde_json::Value;

use super::args::{Format, TestArgs, TestFormat};
use super::files::Disk;
use super::policy::{self, Loaded};
use super::printing::print_findings;
use super::{CommandResult, Exit, Streams, files, human, print, written};
use policyc_core::diagnostics::{Diagnostic, visible};
use policyc_core::findings::Depth;
use policyc_core::report;
use policyc_core::report::findings::junit::Suite;
use policyc_core::sema::Loader;
use policyc_core::source::{SourceMap, Span};
use policyc_core::testing::{self, Coverage, TestRun, Wanted};
use select::{Entry, Why};

/// The files that the tests of some files and folders are in; none where they cannot be found.
pub(super) fn files(given: &[PathBuf]) -> Vec<PathBuf> {
    select::entries(given).unwrap_or_default().into_iter().map(|entry| entry.path).collect()
}

/// What is known after the tests of some files.
#[derive(Default)]
struct Report {
    passed: usize,
    failed: usize,
    left_out: usize,
    /// Files with errors.
    broken: usize,
    /// Files that have a wanted policy.
    files: usize,
    tests: Vec<Value>,
    diagnostics: Vec<Value>,
    suites: Vec<Suite>,
    coverage: Option<Coverage>,
}

pub(super) fn run(arguments: &TestArgs, streams: &mut Streams<'_>) -> CommandResult {
    let entries = select::entries(&arguments.files)?;
    let shown = arguments.coverage || arguments.min_coverage.is_some();
    let watched = shown || arguments.lcov.is_some();
    let mut report = Report { coverage: watched.then(Coverage::default), ..Report::default() };
    for entry in &entries {
        let loaded = policy::load(&entry.path, &arguments.source, streams)?;
        report.file(entry, &loaded, arguments, entries.len() > 1, streams)?;
    }
    if let (Some(name), 0, 0) = (&arguments.source.policy, report.files, report.broken) {
        return Err(format!("no file has a policy `{}`", visible(name)));
    }
    if let (Some(part), 0, 0, 1..) = (&arguments.filter, report.passed + report.failed, report.broken, report.left_out)
    {
        return Err(format!("no test has `{}` in its name", visible(part)));
    }
    if let (Some(path), Some(coverage)) = (&arguments.lcov, &report.coverage) {
        files::write(path, testing::lcov(coverage).as_bytes())?;
    }
    let shortfall = report.finish(arguments, shown, streams)?;
    let fine = report.failed == 0 && report.broken == 0 && !shortfall;
    Ok(if fine { Exit::Fine } else { Exit::Findings })
}

impl Report {
    fn file(
        &mut self,
        entry: &Entry,
        loaded: &Loaded,
        arguments: &TestArgs,
        several: bool,
        streams: &mut Streams<'_>,
    ) -> Result<(), String> {
        let analysis = &loaded.analysis;
        let sources = &analysis.sources;
        let name = visible(sources.name(analysis.main));
        let policy = arguments.source.policy.as_deref();
        let mut found = analysis.diagnostics.clone();
        if let Some(checked) = &analysis.checked {
            match policy::chosen(checked, policy, Span::new(analysis.main, 0, 0)) {
                // What was not named itself need not have the policy.
                Err(_) if entry.why != Why::Named => return Ok(()),
                Err(error) => found.push(*error),
                Ok(_) => {}
            }
        }
        let mut found = loaded.settle(found, &loaded.levels(None), &|code| Depth::Check.has(code));
        found.retain(Diagnostic::is_error);
        if !found.is_empty() {
            self.broken += 1;
            print_findings(&found, sources, Format::Human, streams)?;
            self.suites.push(report::test::junit::broken(&name, &found, sources, &human::plain));
            self.diagnostics.extend(report::findings::each_json(&found, sources));
            return Ok(());
        }
        let Some(checked) = &analysis.checked else { return Ok(()) };
        self.files += 1;
        let wanted = Wanted { policy, name: arguments.filter.as_deref(), watched: self.coverage.is_some() };
        let TestRun { results, left_out, watched } = testing::run_wanted(checked, wanted);
        if let Some(coverage) = &mut self.coverage {
            coverage.add(analysis, &watched, entry.why != Why::Tests, &|path| Disk::default().identity(path));
        }
        self.left_out += left_out;
        self.failed += results.iter().filter(|result| result.failure.is_some()).count();
        self.passed += results.iter().filter(|result| result.failure.is_none()).count();
        let blocks = checked.policies().len() > 1;
        match arguments.format {
            TestFormat::Human => {
                if several && !results.is_empty() {
                    written(writeln!(streams.output, "{name}"))?;
                }
                let options = human::Options { colour: streams.colour_output, width: streams.width };
                let draw = |found: &Diagnostic, sources: &SourceMap| {
                    human::draw(std::slice::from_ref(found), sources, options)
                };
                print(streams.output, &report::test::text(&results, checked, sources, &draw))?;
                if several && results.iter().any(|result| result.failure.is_some()) {
                    written(writeln!(streams.output))?;
                }
            }
            TestFormat::Json => self.tests.extend(results.iter().map(|result| report::test::json(result, sources))),
            TestFormat::Junit => {
                self.suites.push(report::test::junit::suite(&name, &results, blocks, sources, &human::plain))
            }
        }
        Ok(())
    }

    /// Prints what comes after all tests. Gives whether too few rules are covered.
    fn finish(&self, arguments: &TestArgs, shown: bool, streams: &mut Streams<'_>) -> Result<bool, String> {
        let coverage = self.coverage.as_ref().filter(|_| shown);
        let shortfall =
            coverage.zip(arguments.min_coverage).and_then(|(coverage, least)| report::test::shortfall(coverage, least));
        match arguments.format {
            TestFormat::Human => {
                if let Some(coverage) = coverage {
                    print(streams.output, &format!("\n{}\n", report::test::coverage::text(coverage)))?;
                }
                print(streams.output, &report::test::summary(self.passed, self.failed, self.left_out))?;
            }
            TestFormat::Json => {
                let document = report::test::document(&self.tests, &self.diagnostics, coverage);
                print(streams.output, &report::document(&document))?;
            }
            TestFormat::Junit => {
                print(streams.output, &report::findings::junit::document(&self.suites))?;
                if let Some(coverage) = coverage {
                    print(streams.error, &report::test::coverage::text(coverage))?;
                }
            }
        }
        if let Some(shortfall) = &shortfall {
            let human = arguments.format == TestFormat::Human;
            let stream = if human { &mut streams.output } else { &mut streams.error };
            written(writeln!(stream, "{shortfall}"))?;
        }
        Ok(shortfall.is_some())
    }
}

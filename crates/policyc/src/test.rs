//! `policyc test`

mod coverage;
mod junit;
mod select;

use serde_json::{Value, json};

use super::args::{Format, TestArgs, TestFormat};
use super::files::Disk;
use super::policy::{self, Loaded};
use super::report::{self, To};
use super::{CommandResult, Exit, Streams, files, print_json, written};
use policyc_core::diagnostics::{Diagnostic, visible};
use policyc_core::findings::Depth;
use policyc_core::render;
use policyc_core::sema::{Checked, Loader};
use policyc_core::source::{SourceMap, Span};
use policyc_core::testing::{self, Coverage, Outcome, TestResult, Wanted};
use select::{Entry, Why};

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
    suites: Vec<render::junit::Suite>,
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
            report::print(&found, sources, Format::Human, To::Error, streams)?;
            self.suites.push(junit::broken(&name, &found, sources));
            self.diagnostics.extend(diagnostics(&found, sources));
            return Ok(());
        }
        let Some(checked) = &analysis.checked else { return Ok(()) };
        self.files += 1;
        let wanted = Wanted { policy, name: arguments.filter.as_deref(), watched: self.coverage.is_some() };
        let Outcome { results, left_out, watched } = testing::run_wanted(checked, wanted);
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
                let failures = human(&results, checked, sources, streams)?;
                if several && failures {
                    written(writeln!(streams.output))?;
                }
            }
            TestFormat::Json => self.tests.extend(results.iter().map(|result| test_json(result, sources))),
            TestFormat::Junit => self.suites.push(junit::suite(&name, &results, blocks, sources)),
        }
        Ok(())
    }

    /// Prints what comes after all tests. Gives whether too few rules are covered.
    fn finish(&self, arguments: &TestArgs, shown: bool, streams: &mut Streams<'_>) -> Result<bool, String> {
        let coverage = self.coverage.as_ref().filter(|_| shown);
        let shortfall =
            coverage.zip(arguments.min_coverage).filter(|(coverage, least)| coverage.of_rules().is_below(*least)).map(
                |(coverage, least)| format!("tests exercise {} of the rules, less than {least}%", coverage.of_rules()),
            );
        match arguments.format {
            TestFormat::Human => {
                if let Some(coverage) = coverage {
                    written(write!(streams.output, "\n{}\n", coverage::human(coverage)))?;
                }
                let left_out = match self.left_out {
                    0 => String::new(),
                    count => format!(", {count} left out"),
                };
                written(writeln!(streams.output, "{} passed, {} failed{left_out}", self.passed, self.failed))?;
            }
            TestFormat::Json => {
                let mut document = json!({ "version": 1, "tests": self.tests, "diagnostics": self.diagnostics });
                if let (Some(coverage), Some(object)) = (coverage, document.as_object_mut()) {
                    object.insert("coverage".to_owned(), coverage::json(coverage));
                }
                print_json(streams.output, &document)?;
            }
            TestFormat::Junit => {
                let document = render::junit::document(&self.suites);
                written(streams.output.write_all(document.as_bytes()))?;
                if let Some(coverage) = coverage {
                    written(write!(streams.error, "{}", coverage::human(coverage)))?;
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

/// Prints the tests of a file, then its failures, each with how the decision came about. Gives whether there were any.
fn human(
    results: &[TestResult],
    checked: &Checked,
    sources: &SourceMap,
    streams: &mut Streams<'_>,
) -> Result<bool, String> {
    let blocks = checked.policies().len() > 1;
    for result in results {
        let mark = if result.failure.is_none() { "ok    " } else { "FAILED" };
        written(writeln!(streams.output, "{mark} {}", title(result, blocks)))?;
    }
    let mut failures = false;
    for result in results {
        let Some(failure) = &result.failure else { continue };
        failures = true;
        written(writeln!(streams.output))?;
        report::print(std::slice::from_ref(failure), sources, Format::Human, To::Output, streams)?;
        let policy = checked.policies().iter().find(|policy| policy.name == result.policy);
        if let (Some(trace), Some(policy)) = (&result.trace, policy) {
            written(writeln!(streams.output, "  how the decision came about:"))?;
            written(render::trace::write(trace, policy, sources, streams.output))?;
        }
    }
    Ok(failures)
}

fn test_json(result: &TestResult, sources: &SourceMap) -> Value {
    json!({
        "file": sources.name(result.span.file),
        "line": sources.line(result.span),
        "policy": result.policy,
        "name": result.name,
        "passed": result.failure.is_none(),
        "diagnostics": result.failure.as_ref().map_or_else(Vec::new, |found| diagnostics(std::slice::from_ref(found), sources)),
    })
}

/// Findings as `check` gives them.
fn diagnostics(found: &[Diagnostic], sources: &SourceMap) -> Vec<Value> {
    match render::json_value(found, sources).get_mut("diagnostics").map(Value::take) {
        Some(Value::Array(found)) => found,
        _ => Vec::new(),
    }
}

fn title(result: &TestResult, blocks: bool) -> String {
    let name = visible(&result.name);
    if blocks { format!("{name} ({})", visible(&result.policy)) } else { name.into_owned() }
}

//! `policyc test`

use serde_json::json;

use super::args::{Format, TestArgs, TestFormat};
use super::policy;
use super::report::{self, To};
use super::{CommandResult, Exit, Streams, written};
use crate::diagnostics::Diagnostic;
use crate::render;
use crate::source::Span;
use crate::testing::{self, TestResult};

pub(super) fn run(arguments: &TestArgs, streams: &mut Streams<'_>) -> CommandResult {
    let mut exit = Exit::Fine;
    let mut passed = 0_usize;
    let mut failed = 0_usize;
    let mut reports = Vec::new();
    for file in &arguments.files {
        let loaded = policy::load(file, &arguments.source, streams)?;
        let sources = &loaded.analysis.sources;
        let mut found = loaded.analysis.diagnostics.clone();
        let wanted = arguments.source.policy.as_deref();
        let checked = loaded.analysis.checked.as_ref();
        if let Some(Err(error)) =
            checked.map(|checked| policy::chosen(checked, wanted, Span::new(loaded.analysis.main, 0, 0)))
        {
            found.push(*error);
        }
        let mut found = loaded.settle(found, None, &super::check::ran);
        found.retain(Diagnostic::is_error);
        if !found.is_empty() {
            report::print(&found, sources, Format::Human, To::Error, streams)?;
            exit = Exit::Findings;
            continue;
        }
        let mut results = checked.map(testing::run).unwrap_or_default();
        results.retain(|result| wanted.is_none_or(|wanted| result.policy == wanted));
        let several = checked.is_some_and(|checked| checked.policies().len() > 1);
        for result in &results {
            match result.failure {
                None => passed += 1,
                Some(_) => failed += 1,
            }
        }
        match arguments.format {
            TestFormat::Human => {
                for result in &results {
                    let mark = if result.failure.is_none() { "ok    " } else { "FAILED" };
                    written(writeln!(streams.output, "{mark} {}", title(result, several)))?;
                }
                let failures: Vec<Diagnostic> = results.into_iter().filter_map(|result| result.failure).collect();
                if !failures.is_empty() {
                    written(writeln!(streams.output))?;
                    report::print(&failures, sources, Format::Human, To::Output, streams)?;
                }
            }
            TestFormat::Json => reports.extend(results.iter().map(|result| {
                let failure = result.failure.as_ref();
                let found = failure.map(|failure| render::json_value(std::slice::from_ref(failure), sources));
                json!({
                    "file": sources.name(result.span.file),
                    "policy": result.policy,
                    "name": result.name,
                    "passed": failure.is_none(),
                    "diagnostics": found.and_then(|found| found.get("diagnostics").cloned()).unwrap_or_else(|| json!([])),
                })
            })),
        }
    }
    match arguments.format {
        TestFormat::Json => {
            let document = json!({ "version": 1, "tests": reports });
            written(writeln!(streams.output, "{document:#}"))?;
        }
        TestFormat::Human => {
            let summary = format!("{passed} passed, {failed} failed");
            written(writeln!(streams.output, "{summary}"))?;
        }
    }
    Ok(if failed > 0 { Exit::Findings } else { exit })
}

fn title(result: &TestResult, several: bool) -> String {
    if several { format!("{} ({})", result.name, result.policy) } else { result.name.clone() }
}

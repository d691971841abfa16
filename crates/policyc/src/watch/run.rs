//! One run: what is printed before, by, and after it.

use serde_json::{Value, json};

use super::files::{Change, Watched};
use crate::args::{CheckArgs, Deny, Format, LintArgs, LintFormat, TestArgs, TestFormat, WatchArgs};
use crate::catalogue::now;
use crate::many::Look;
use crate::reads::Reads;
use crate::{CommandResult, Exit, READER_GONE, Streams, check, lint, print, test, written};
use policyc_core::diagnostics::visible_json;

/// How many changed files are named.
const NAMED: usize = 5;

/// How the parts of a run ended.
struct Ended {
    checked: Exit,
    /// `None` if there were no tests to run, or errors.
    tested: Option<Exit>,
}

/// Checks everything once, and prints what comes of it.
pub(super) fn one(
    arguments: &WatchArgs,
    reads: &Reads,
    watched: &Watched,
    number: u64,
    changes: &[Change],
    streams: &mut Streams<'_>,
) -> Result<(), String> {
    let at = now();
    if arguments.options.format == Format::Json {
        return one_json(arguments, reads, number, &at, changes, streams);
    }
    print(streams.output, &format!("{at}: {}\n", told(changes)))?;
    let checked = goes_on(check_or_lint(arguments, reads, streams), streams)?;
    let mut ended = Ended { checked, tested: None };
    if arguments.test && checked == Exit::Fine {
        ended.tested = Some(goes_on(tests(arguments, reads, TestFormat::Human, streams), streams)?);
    }
    let files = match watched.count() {
        1 => "1 file".to_owned(),
        count => format!("{count} files"),
    };
    print(streams.output, &format!("{}: {files}: {}; waiting for changes\n", now(), ended.state(arguments)))
}

/// The same as one line of JSON.
fn one_json(
    arguments: &WatchArgs,
    reads: &Reads,
    number: u64,
    at: &str,
    changes: &[Change],
    streams: &mut Streams<'_>,
) -> Result<(), String> {
    let look = Look::of(streams);
    let (output, mut messages, checked) =
        look.capture(&[], |streams| check_or_lint(arguments, reads, streams)).into_parts();
    let mut ended = Ended { checked, tested: None };
    let mut results = Value::Null;
    if arguments.test && checked == Exit::Fine {
        let run = look.capture(&[], |streams| tests(arguments, reads, TestFormat::Json, streams));
        let (output, more, tested) = run.into_parts();
        ended.tested = Some(tested);
        messages.push_str(&more);
        results = serde_json::from_str(&output).unwrap_or_default();
    }
    let mut document: Value = serde_json::from_str(&output).unwrap_or_default();
    let diagnostics = document.get_mut("diagnostics").map_or_else(|| json!([]), Value::take);
    let changes: Vec<Value> =
        changes.iter().map(|change| json!({ "file": change.name, "what": change.what.name() })).collect();
    let line = json!({
        "version": 1,
        "run": number,
        "at": at,
        "changes": changes,
        "state": ended.state(arguments),
        "diagnostics": diagnostics,
        "tests": results,
        "messages": messages.lines().collect::<Vec<_>>(),
    });
    print(streams.output, &format!("{}\n", visible_json(&line.to_string())))
}

/// What has changed, on a line.
fn told(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "first run".to_owned();
    }
    let named = changes.iter().take(NAMED).map(|change| format!("{} {}", change.what.name(), change.name));
    let named = named.collect::<Vec<_>>().join(", ");
    match changes.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}, and {more} more"),
    }
}

impl Ended {
    fn state(&self, arguments: &WatchArgs) -> &'static str {
        match (self.checked, self.tested) {
            (Exit::Failure, _) => "could not check everything",
            (Exit::Findings, _) if arguments.test => "errors, no tests run",
            (Exit::Findings, _) => "errors",
            (Exit::Fine, None) => "no errors",
            (Exit::Fine, Some(Exit::Fine)) => "no errors, tests pass",
            (Exit::Fine, Some(Exit::Findings)) => "tests fail",
            (Exit::Fine, Some(Exit::Failure)) => "could not run the tests",
        }
    }
}

/// Prints why a command could not do its work, and goes on, unless nobody reads the output any more.
fn goes_on(result: CommandResult, streams: &mut Streams<'_>) -> CommandResult {
    match result {
        Err(message) if message != READER_GONE => {
            written(writeln!(streams.error, "policyc: {message}"))?;
            Ok(Exit::Failure)
        }
        other => other,
    }
}

fn check_or_lint(arguments: &WatchArgs, reads: &Reads, streams: &mut Streams<'_>) -> CommandResult {
    let mut options = arguments.options.clone();
    options.source.reads = reads.clone();
    if let Some(file) = &options.assertions {
        reads.note(file);
    }
    let files = arguments.files.clone();
    if !arguments.lint {
        return check::run(&CheckArgs { files, options }, streams);
    }
    let format = match options.format {
        Format::Human => LintFormat::Human,
        Format::Short => LintFormat::Short,
        Format::Json => LintFormat::Json,
    };
    let deny = match options.deny {
        Some(Deny::Warnings) => vec!["warnings".to_owned()],
        None => Vec::new(),
    };
    lint::run(&LintArgs::showing(files, options.source, options.target, deny, format), streams)
}

fn tests(arguments: &WatchArgs, reads: &Reads, format: TestFormat, streams: &mut Streams<'_>) -> CommandResult {
    let mut source = arguments.options.source.clone();
    source.reads = reads.clone();
    let arguments = TestArgs {
        files: arguments.files.clone(),
        source,
        filter: None,
        format,
        coverage: false,
        lcov: None,
        min_coverage: None,
    };
    test::run(&arguments, streams)
}

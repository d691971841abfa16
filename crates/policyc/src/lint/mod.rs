//! `policyc lint`

mod baseline;
mod change;
mod select;
mod work;

use std::path::PathBuf;

use super::args::{LintArgs, LintFormat};
use super::dead_everywhere::{self, FileFindings};
use super::files::{is_stdin, read_input};
use super::parts::Parts;
use super::printing::{To, print_findings};
use super::{CommandResult, Exit, Streams, human, print, written};
use baseline::Known;
use policyc_core::diagnostics::{Applicability, Diagnostic};
use policyc_core::lint::Named;
use policyc_core::report::findings::{self, FileReport, RuleInfo, closing};
use policyc_core::sema::MAX_POLICY;
use work::{Input, Linted, Wish};

pub(super) fn run(arguments: &LintArgs, streams: &mut Streams<'_>) -> CommandResult {
    let wish = wish(arguments)?;
    let mut known = Known::load(arguments)?;
    let mut inputs = Vec::new();
    let mut exit = Exit::Fine;
    let paths = select::policies(&arguments.files)?;
    let parts = Parts::of(paths.iter().map(PathBuf::as_path).filter(|_| paths.len() > 1));
    for path in paths {
        // Only this thread has the streams; other files are read where they are linted.
        let bytes = if is_stdin(&path) { Some(read_input(&path, MAX_POLICY, streams)?) } else { None };
        inputs.push(Input { is_part: parts.has(&path), path, bytes });
    }
    let mut linted = Vec::new();
    for result in work::lint(inputs, &arguments.source, &wish)? {
        match result {
            Ok(file) => linted.push(file),
            // The other files are worth linting all the same.
            Err(message) => {
                written(writeln!(streams.error, "policyc: {message}"))?;
                exit = Exit::Failure;
            }
        }
    }
    let mut said: Vec<FileFindings<'_>> = linted
        .iter_mut()
        .map(|Linted { name, is_policy, sources, found, .. }| FileFindings {
            name,
            is_policy: *is_policy,
            sources,
            found,
        })
        .collect();
    dead_everywhere::dead_in_all(&mut said, wish.deny_warnings);
    if arguments.diff {
        return Ok(exit.max(change::print(&linted, streams)?));
    }
    if arguments.fix {
        change::write(&linted, streams)?;
    }
    if let Some(message) = known.write(&linted)? {
        written(writeln!(streams.error, "{message}"))?;
        return Ok(exit);
    }
    let hidden = known.hide(&mut linted);
    if linted.iter().any(|file| file.found.iter().any(Diagnostic::is_error)) {
        exit = exit.max(Exit::Findings);
    }
    show(&linted, arguments.format, streams)?;
    if arguments.format == LintFormat::Human {
        let names: Vec<&str> = linted.iter().map(|file| file.name.as_str()).collect();
        let found: Vec<&Diagnostic> = linted.iter().flat_map(|file| &file.found).collect();
        print(streams.output, &closing(&names, &found, hidden, arguments.fix))?;
    }
    if let Some(message) = known.gone(&linted) {
        written(writeln!(streams.error, "policyc: {message}"))?;
    }
    super::keep(linted);
    Ok(exit)
}

/// What the command line asks for, its names understood.
fn wish(arguments: &LintArgs) -> Result<Wish, String> {
    let names = |option: &str, names: &[String]| -> Result<Vec<Named>, String> {
        names.iter().map(|name| Named::parse(name).map_err(|error| format!("{option}: {error}"))).collect()
    };
    let (warnings, deny): (Vec<String>, Vec<String>) =
        arguments.deny.iter().cloned().partition(|name| name == "warnings");
    let fix = (arguments.fix || arguments.diff).then_some(match arguments.unsafe_fixes {
        true => Applicability::Unsafe,
        false => Applicability::Safe,
    });
    if arguments.unsafe_fixes && fix.is_none() {
        return Err("`--unsafe-fixes` says which fixes are applied; add `--fix` or `--diff`".to_owned());
    }
    if arguments.fix && arguments.files.iter().any(|path| is_stdin(path)) {
        return Err("standard input cannot be fixed in place; write `--diff`".to_owned());
    }
    Ok(Wish {
        select: (!arguments.select.is_empty()).then(|| names("--select", &arguments.select)).transpose()?,
        ignore: names("--ignore", &arguments.ignore)?,
        deny: names("--deny", &deny)?,
        deny_warnings: !warnings.is_empty(),
        fix,
        prints: arguments.format.has_fingerprints(),
        baseline: arguments.baseline.clone().or_else(|| arguments.write_baseline.clone()),
        targets: arguments.target.clone(),
    })
}

fn show(linted: &[Linted], format: LintFormat, streams: &mut Streams<'_>) -> Result<(), String> {
    let plain = match format {
        LintFormat::Human => Some(super::args::Format::Human),
        LintFormat::Short => Some(super::args::Format::Short),
        _ => None,
    };
    if let Some(format) = plain {
        for file in linted {
            print_findings(&file.found, &file.sources, format, To::Output, streams)?;
        }
        return Ok(());
    }
    let text = match format {
        LintFormat::Json => {
            let document = |file: &Linted| findings::json_value(&file.found, &file.sources);
            findings::join_json(linted.iter().map(document).collect())
        }
        format => reports(linted, format),
    };
    print(streams.output, &text)
}

/// A report for another service.
fn reports(linted: &[Linted], format: LintFormat) -> String {
    let reports: Vec<FileReport<'_>> = linted
        .iter()
        .map(|file| FileReport {
            file: &file.name,
            findings: &file.found,
            sources: &file.sources,
            fingerprints: &file.prints,
        })
        .collect();
    match format {
        LintFormat::Github => findings::github(&reports),
        LintFormat::Junit => findings::junit::junit(&reports, &human::plain),
        LintFormat::Gitlab => findings::gitlab(&reports),
        // Only what was found is described: all pages together would be many times as long as most reports.
        _ => findings::sarif(&reports, &RuleInfo::of_findings(linted.iter().flat_map(|file| &file.found))),
    }
}

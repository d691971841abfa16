//! `policyc lint`

mod baseline;
mod change;
mod work;

use std::path::PathBuf;

use super::args::{Format, LintArgs, LintFormat};
use super::dead_everywhere::{FileFindings, Importers};
use super::files::{is_stdin, read_input};
use super::parts::Parts;
use super::printing::Pieces;
use super::{CommandResult, Exit, Streams, human, print, select, written};
use baseline::Known;
use policyc_core::diagnostics::Applicability;
use policyc_core::lint::Named;
use policyc_core::report::findings::{self, FileReport, RuleInfo, Summary};
use policyc_core::sema::MAX_POLICY;
use work::{Input, Linted, Wish};

pub(super) fn run(arguments: &LintArgs, streams: &mut Streams<'_>) -> CommandResult {
    let mut wish = wish(arguments)?;
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
    let mut pieces = plain(arguments.format).map(|format| Pieces::new(format, streams));
    wish.pieces = pieces.filter(|_| wish.fix.is_none() && wish.baseline.is_none());
    let (mut linted, mut summary, mut importers) = (Vec::new(), Summary::default(), Importers::default());
    work::lint(inputs, &arguments.source, &wish, |result| match result {
        Ok(mut file) => {
            importers.add(&file.imports);
            // Another file may change what is said of it, or of one before it.
            match (&mut pieces, file.drawn.take_if(|_| linted.is_empty())) {
                (Some(pieces), Some((text, own))) => {
                    summary.join(own);
                    pieces.print(&text, streams)
                }
                _ => {
                    linted.push(file);
                    Ok(())
                }
            }
        }
        // The other files are worth linting all the same.
        Err(message) => {
            exit = Exit::Failure;
            written(writeln!(streams.error, "policyc: {message}"))
        }
    })?;
    let mut said: Vec<FileFindings<'_>> = linted
        .iter_mut()
        .map(|Linted { is_policy, sources, found, .. }| FileFindings { is_policy: *is_policy, sources, found })
        .collect();
    importers.dead_in_all(&mut said, wish.deny_warnings);
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
    for file in &linted {
        match &file.drawn {
            Some((_, own)) => summary.join(own.clone()),
            None => summary.add(&file.name, &file.found),
        }
    }
    match pieces {
        Some(pieces) => show(&linted, pieces, streams)?,
        None => print(streams.output, &reports(&linted, arguments.format))?,
    }
    if arguments.format == LintFormat::Human {
        print(streams.output, &summary.closing(hidden, arguments.fix))?;
    }
    if let Some(message) = known.gone(&linted) {
        written(writeln!(streams.error, "policyc: {message}"))?;
    }
    super::keep(linted);
    Ok(if summary.has_errors() { exit.max(Exit::Findings) } else { exit })
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
        pieces: None,
    })
}

/// The formats that need nothing but the findings about one file at a time.
const fn plain(format: LintFormat) -> Option<Format> {
    match format {
        LintFormat::Human => Some(Format::Human),
        LintFormat::Short => Some(Format::Short),
        LintFormat::Json => Some(Format::Json),
        _ => None,
    }
}

/// Prints the findings that have not been printed yet.
fn show(linted: &[Linted], mut pieces: Pieces, streams: &mut Streams<'_>) -> Result<(), String> {
    for file in linted {
        match &file.drawn {
            Some((text, _)) => pieces.print(text, streams)?,
            None => pieces.print(&pieces.of(&file.found, &file.sources), streams)?,
        }
    }
    pieces.end(streams)
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

//! `policyc check`

mod baseline;
mod work;

use std::path::{Path, PathBuf};

use super::args::{CheckArgs, Deny};
use super::dead_everywhere::{self, FileFindings, Importers};
use super::files::{Disk, is_stdin, read_input};
use super::parts::Parts;
use super::policy;
use super::printing::Pieces;
use super::{CommandResult, Exit, Streams, many, select, written};
use baseline::Baseline;
use policyc_core::sema::{Loader, MAX_POLICY};
use work::{Checked, Done, Input, Worker};

pub(super) fn run(arguments: &CheckArgs, streams: &mut Streams<'_>) -> CommandResult {
    let options = &arguments.options;
    let assertions = options.assertions.as_deref();
    let files = select::in_order(&arguments.files, "pol")?;
    let several = files.len() > 1 || assertions.is_some();
    let parts = Parts::of(files.iter().map(PathBuf::as_path).chain(assertions).filter(|_| several));
    let baseline = match assertions {
        Some(file) => Some(Baseline::load(file, &options.source, streams)?),
        None => None,
    };
    let usable = baseline.as_ref().is_none_or(Baseline::is_usable);
    // What is said of the baseline comes at the end, and it need not hold of itself.
    let is_baseline = |file: &Path| assertions.is_some_and(|baseline| is_same(baseline, file));
    let alone = files.len() == 1;
    let mut inputs = Vec::new();
    for path in files.into_iter().filter(|file| usable && !is_baseline(file)) {
        // Only this thread has the streams; other files are read where they are checked.
        let bytes = is_stdin(&path).then(|| read_input(&path, MAX_POLICY, streams));
        inputs.push(Input { is_part: parts.has(&path), path, bytes });
    }
    let mut pieces = Pieces::new(options.format, streams);
    let worker = Worker { options, baseline: baseline.as_ref(), pieces, disk: policy::disk(&options.source)?, alone };
    let mut exit = Exit::Fine;
    let (mut importers, mut waiting, mut count, mut more) = (Importers::default(), Vec::new(), 0, Vec::new());
    many::in_order(
        inputs,
        |input| worker.one(input),
        |done| {
            let Done { checked, asserted, error } = done;
            more.extend(asserted);
            if let Some(message) = error {
                // The other files are worth checking all the same.
                written(writeln!(streams.error, "policyc: {message}"))?;
                exit = Exit::Failure;
            }
            let Some(checked) = checked else { return Ok(()) };
            count += 1;
            importers.add(&checked.imports);
            match &checked.drawn {
                Some(drawn) if waiting.is_empty() => {
                    exit = exit.max(drawn.exit);
                    pieces.print(&drawn.text, streams)
                }
                // Another file may change it yet, or one before it.
                _ => {
                    waiting.push(checked);
                    Ok(())
                }
            }
        },
    )?;
    let denied = options.deny == Some(Deny::Warnings);
    let mut said: Vec<FileFindings<'_>> = waiting.iter_mut().map(Checked::said).collect();
    importers.dead_in_all(&mut said, denied);
    let own = baseline.map(|Baseline { loaded, mut found }| {
        found.extend(more);
        let mut own = work::settle(&loaded, found, false, &[], options.deny);
        if count > 1 {
            // It is resolved once for all of them.
            let nothing = own.found.iter_mut().filter(|finding| finding.selects_nothing());
            nothing.for_each(|finding| dead_everywhere::warn(finding, denied));
        }
        own
    });
    for checked in waiting.into_iter().chain(own) {
        let drawn = checked.draw(pieces);
        exit = exit.max(drawn.exit);
        pieces.print(&drawn.text, streams)?;
    }
    pieces.end(streams)?;
    Ok(exit)
}

/// Whether two paths lead to the same file. Standard input is read once and is none.
fn is_same(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| Disk::default().identity(path);
    !is_stdin(one) && !is_stdin(other) && identity(one) == identity(other)
}

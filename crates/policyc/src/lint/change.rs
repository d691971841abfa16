//! What fixes change: shown, or written.

use similar::TextDiff;

use super::work::{Change, Linted};
use crate::{Exit, Streams, files, written};
use policyc_core::diagnostics::visible;
use policyc_core::report::findings::applied;

/// Prints the changes of all files as unified diffs.
pub(super) fn print(linted: &[Linted], streams: &mut Streams<'_>) -> Result<Exit, String> {
    let mut exit = Exit::Fine;
    for (file, change) in changes(linted) {
        let name = visible(&file.name);
        let name = name.as_ref();
        let diff = TextDiff::from_lines(&change.old, &change.new);
        let text = diff.unified_diff().header(name, name).to_string();
        written(streams.output.write_all(text.as_bytes()))?;
        exit = Exit::Findings;
    }
    summarize(linted, "would be ", streams)?;
    Ok(exit)
}

/// Writes all changed files.
pub(super) fn write(linted: &[Linted], streams: &mut Streams<'_>) -> Result<(), String> {
    for (file, change) in changes(linted) {
        files::write(&file.path, change.new.as_bytes())?;
    }
    summarize(linted, "", streams)
}

fn changes(linted: &[Linted]) -> impl Iterator<Item = (&Linted, &Change)> {
    linted.iter().filter_map(|file| Some((file, file.change.as_ref().filter(|change| change.old != change.new)?)))
}

/// Says on standard error how many findings of each kind were fixed, and what was left alone.
fn summarize(linted: &[Linted], would: &str, streams: &mut Streams<'_>) -> Result<(), String> {
    for file in linted {
        let Some(change) = &file.change else { continue };
        written(streams.error.write_all(applied(&file.name, would, &change.applied, &change.refused).as_bytes()))?;
    }
    Ok(())
}

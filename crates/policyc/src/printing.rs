//! Printing reports and findings.

use std::io::Write;

use super::args::Format;
use super::{Streams, human};
use policyc_core::diagnostics::Diagnostic;
use policyc_core::report::findings;
use policyc_core::source::SourceMap;

/// How many findings people are shown; other programs get all.
const SHOWN: usize = 100;

/// Where findings go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Output,
    Error,
}

/// Prints findings in a format.
pub(super) fn print_findings(
    found: &[Diagnostic],
    sources: &SourceMap,
    format: Format,
    to: To,
    streams: &mut Streams<'_>,
) -> Result<(), String> {
    let colour = match to {
        To::Output => streams.colour_output,
        To::Error => streams.colour_error,
    };
    let text = match format {
        Format::Human => {
            let shown = found.get(..SHOWN).unwrap_or(found);
            let mut text = human::draw(shown, sources, human::Options { colour, width: streams.width });
            if found.len() > shown.len() {
                text.push_str(&format!("\n... and {} more; `--format short` prints all\n", found.len() - shown.len()));
            }
            text
        }
        Format::Short => findings::short(found, sources),
        Format::Json => findings::json(found, sources),
    };
    let stream: &mut dyn Write = match to {
        To::Output => streams.output,
        To::Error => streams.error,
    };
    print(stream, &text)
}

/// Prints a report.
pub(super) fn print(output: &mut dyn Write, text: &str) -> Result<(), String> {
    written(output.write_all(text.as_bytes()))
}

/// Turns a failure to write into a message.
pub(super) fn written(result: std::io::Result<()>) -> Result<(), String> {
    result.map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => READER_GONE.to_owned(),
        _ => format!("cannot write the output: {error}"),
    })
}

/// The message for a closed pipe, which nobody is shown.
pub(super) const READER_GONE: &str = "the reader of the output has gone";

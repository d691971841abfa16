//! Printing reports and findings.

use std::io::Write;

use super::args::Format;
use super::{Streams, human};
use policyc_core::diagnostics::Diagnostic;
use policyc_core::report::findings;
use policyc_core::source::SourceMap;

/// How many findings people are shown; other programs get all.
const SHOWN: usize = 100;

/// Prints findings in a format to standard error; reports of them are [`Pieces`].
pub(super) fn print_findings(
    found: &[Diagnostic],
    sources: &SourceMap,
    format: Format,
    streams: &mut Streams<'_>,
) -> Result<(), String> {
    let text = match format {
        Format::Human => draw(found, sources, human::Options { colour: streams.colour_error, width: streams.width }),
        Format::Short => findings::short(found, sources),
        Format::Json => findings::json(found, sources),
    };
    print(streams.error, &text)
}

/// Findings for people, not too many of them.
fn draw(found: &[Diagnostic], sources: &SourceMap, options: human::Options) -> String {
    let shown = found.get(..SHOWN).unwrap_or(found);
    let mut text = human::draw(shown, sources, options);
    if found.len() > shown.len() {
        text.push_str(&format!("\n... and {} more; `--format short` prints all\n", found.len() - shown.len()));
    }
    text
}

/// How findings about many files are printed to standard output, file by file.
#[derive(Clone, Copy)]
pub(super) struct Pieces {
    pub(super) format: Format,
    colour: bool,
    width: usize,
    /// Whether the beginning was printed.
    begun: bool,
    /// Whether findings were printed.
    any: bool,
}

impl Pieces {
    pub(super) fn new(format: Format, streams: &Streams<'_>) -> Self {
        Self { format, colour: streams.colour_output, width: streams.width, begun: false, any: false }
    }

    /// The findings about one file, as [`Pieces::print`] takes them; any thread may ask.
    pub(super) fn of(&self, found: &[Diagnostic], sources: &SourceMap) -> String {
        match self.format {
            Format::Human => draw(found, sources, human::Options { colour: self.colour, width: self.width }),
            Format::Short => findings::short(found, sources),
            Format::Json => findings::json_items(found, sources),
        }
    }

    /// Prints the findings about the next file.
    pub(super) fn print(&mut self, piece: &str, streams: &mut Streams<'_>) -> Result<(), String> {
        if piece.is_empty() {
            return Ok(());
        }
        self.begin(streams)?;
        if self.any && self.format == Format::Json {
            print(streams.output, ",")?;
        }
        self.any = true;
        print(streams.output, piece)
    }

    /// Prints what stands before all findings, once.
    fn begin(&mut self, streams: &mut Streams<'_>) -> Result<(), String> {
        if self.format == Format::Json && !self.begun {
            print(streams.output, findings::JSON_BEGINS)?;
        }
        self.begun = true;
        Ok(())
    }

    /// Prints what stands after all findings.
    pub(super) fn end(mut self, streams: &mut Streams<'_>) -> Result<(), String> {
        self.begin(streams)?;
        if self.format == Format::Json { print(streams.output, findings::JSON_ENDS) } else { Ok(()) }
    }
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

//! Printing findings.

use std::io::Write;

use super::args::Format;
use super::{Streams, written};
use crate::diagnostics::{Diagnostic, Severity};
use crate::render;
use crate::source::SourceMap;

/// Where findings go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    Output,
    Error,
}

/// Prints findings in a format.
pub(super) fn print(
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
        Format::Human => render::human(found, sources, render::Options { colour, width: streams.width }),
        Format::Short => render::short(found, sources),
        Format::Json => render::json(found, sources),
    };
    let stream: &mut dyn Write = match to {
        To::Output => streams.output,
        To::Error => streams.error,
    };
    written(stream.write_all(text.as_bytes()))
}

/// `2 errors and 1 warning`
pub(super) fn summary(found: &[Diagnostic]) -> String {
    let count = |severity| found.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "no problems".to_owned(),
        (0, warnings) => plural(warnings, "warning"),
        (errors, 0) => plural(errors, "error"),
        (errors, warnings) => format!("{} and {}", plural(errors, "error"), plural(warnings, "warning")),
    }
}

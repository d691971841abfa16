//! Printing findings.

use std::io::Write;

use super::args::Format;
use super::{Streams, human, written};
use policyc_core::diagnostics::{Diagnostic, Severity};
use policyc_core::render;
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
        Format::Human => {
            let shown = found.get(..SHOWN).unwrap_or(found);
            let mut text = human::draw(shown, sources, human::Options { colour, width: streams.width });
            if found.len() > shown.len() {
                text.push_str(&format!("\n... and {} more; `--format short` prints all\n", found.len() - shown.len()));
            }
            text
        }
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
pub(super) fn summary<'d>(found: impl Iterator<Item = &'d Diagnostic> + Clone) -> String {
    let count = |severity| found.clone().filter(|diagnostic| diagnostic.severity == severity).count();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "no problems".to_owned(),
        (0, warnings) => plural(warnings, "warning"),
        (errors, 0) => plural(errors, "error"),
        (errors, warnings) => format!("{} and {}", plural(errors, "error"), plural(warnings, "warning")),
    }
}

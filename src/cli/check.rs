//! `policyc check`

use super::args::{CheckArgs, Format};
use super::policy::{self, chosen};
use super::report::{self, To};
use super::{CommandResult, Exit, Streams, written};
use crate::diagnostics::Diagnostic;
use crate::source::Span;

pub(super) fn run(arguments: &CheckArgs, streams: &mut Streams<'_>) -> CommandResult {
    let mut exit = Exit::Fine;
    let mut documents = Vec::new();
    for file in &arguments.files {
        let loaded = match policy::load(file, &arguments.source, streams) {
            Ok(loaded) => loaded,
            Err(message) => {
                // The other files are worth checking all the same.
                written(writeln!(streams.error, "policyc: {message}"))?;
                exit = Exit::Failure;
                continue;
            }
        };
        let mut found = loaded.analysis.diagnostics.clone();
        if let Some(checked) = &loaded.analysis.checked {
            match chosen(checked, arguments.source.policy.as_deref(), Span::new(loaded.analysis.main, 0, 0)) {
                Ok(policies) => found.extend(policies.into_iter().flat_map(crate::assertions::check)),
                Err(error) => found.push(*error),
            }
        }
        let found = loaded.settle(found, arguments.deny, &ran);
        if found.iter().any(Diagnostic::is_error) {
            exit = exit.max(Exit::Findings);
        }
        match arguments.format {
            Format::Json => documents.push(crate::render::json_value(&found, &loaded.analysis.sources)),
            format => {
                report::print(&found, &loaded.analysis.sources, format, To::Output, streams)?;
                if format == Format::Human {
                    let name = loaded.analysis.sources.name(loaded.analysis.main);
                    let line = format!("{name}: {}\n", report::summary(&found));
                    written(streams.output.write_all(line.as_bytes()))?;
                }
            }
        }
    }
    if arguments.format == Format::Json {
        let document = crate::render::join_json(documents);
        written(streams.output.write_all(document.as_bytes()))?;
    }
    Ok(exit)
}

/// Whether this command looks for findings of a name.
pub(super) fn ran(name: &str) -> bool {
    !matches!(name, "stricter-artefact" | "unproved-artefact" | "not-expressible")
}

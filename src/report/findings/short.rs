//! One line for each finding.

use crate::diagnostics::{Diagnostic, visible};
use crate::source::SourceMap;

/// Writes `file:line:column: severity[P201 unknown-tool]: message` for each finding.
#[must_use]
pub fn short(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let span = diagnostic.primary.span;
        let position = sources.position(span.file, span.start);
        let name = sources.name(span.file);
        out.push_str(&visible(name));
        out.push_str(&format!(
            ":{}:{}: {}[{} {}]: ",
            position.line,
            position.column,
            diagnostic.severity.name(),
            diagnostic.code.id,
            diagnostic.code.name
        ));
        out.push_str(&visible(&diagnostic.message));
        out.push('\n');
    }
    out
}

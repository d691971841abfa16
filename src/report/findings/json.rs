//! Findings as JSON, for other programs.
//!
//! Lines and columns count from 1, columns in Unicode scalar values; offsets count bytes from 0; ends are
//! exclusive. `help` is left out where there is none, `related` and `fixes` are always there.

use serde_json::{Value, json};

use crate::diagnostics::{Diagnostic, Fix, Label, visible_json};
use crate::report::line;
use crate::source::{Position, SourceMap, Span};

/// The findings as one line of JSON.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    line(&json_value(diagnostics, sources))
}

/// The findings as a JSON value, for a caller that adds to it.
#[must_use]
pub fn json_value(diagnostics: &[Diagnostic], sources: &SourceMap) -> Value {
    json!({ "version": 1, "diagnostics": each_json(diagnostics, sources) })
}

/// Each of the findings as a JSON value.
#[must_use]
pub fn each_json(diagnostics: &[Diagnostic], sources: &SourceMap) -> Vec<Value> {
    diagnostics.iter().map(|diagnostic| finding(diagnostic, sources)).collect()
}

/// The document of [`json()`] in pieces, for the findings about many files: its beginning.
pub const JSON_BEGINS: &str = "{\"version\":1,\"diagnostics\":[";
/// Its end.
pub const JSON_ENDS: &str = "]}\n";

/// Findings as they stand between [`JSON_BEGINS`] and [`JSON_ENDS`]; a comma goes between the findings of two files, unless one has none.
#[must_use]
pub fn json_items(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let items = diagnostics.iter().map(|diagnostic| finding(diagnostic, sources).to_string());
    visible_json(&items.collect::<Vec<_>>().join(",")).into_owned()
}

fn finding(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let mut value = json!({
        "code": diagnostic.code.id,
        "rule": diagnostic.code.name,
        "severity": diagnostic.severity.name(),
        "message": diagnostic.message,
        "file": sources.name(diagnostic.primary.span.file),
        "span": span(diagnostic.primary.span, sources),
    });
    if let Value::Object(fields) = &mut value {
        if let Some(help) = &diagnostic.help {
            fields.insert("help".to_owned(), json!(help));
        }
        let labels: Vec<Value> = diagnostic.secondary.iter().map(|label| related(label, sources)).collect();
        fields.insert("related".to_owned(), labels.into());
        let fixes: Vec<Value> = diagnostic.fixes.iter().map(|change| fix(change, sources)).collect();
        fields.insert("fixes".to_owned(), fixes.into());
    }
    value
}

fn related(label: &Label, sources: &SourceMap) -> Value {
    json!({
        "message": label.text,
        "file": sources.name(label.span.file),
        "span": span(label.span, sources),
    })
}

fn fix(fix: &Fix, sources: &SourceMap) -> Value {
    let edits: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| {
            let [start, end] = sources.bounds(edit.span);
            json!({ "start": place(start), "end": place(end), "text": edit.text })
        })
        .collect();
    json!({ "title": fix.title, "applicability": fix.applicability.name(), "edits": edits })
}

fn span(span: Span, sources: &SourceMap) -> Value {
    let [start, end] = sources.bounds(span);
    json!({ "start": place(start), "end": place(end) })
}

fn place((offset, position): (u32, Position)) -> Value {
    json!({ "line": position.line, "column": position.column, "offset": offset })
}

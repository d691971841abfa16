//! Edits that fixes are made of.

use super::file::File;
use crate::diagnostics::Edit;
use crate::line;
use crate::source::{SourceMap, Span};

/// Removes a statement with its `///` comments, and with its lines if nothing else stands on them.
#[must_use]
pub fn remove_statement(file: &File<'_>, statement: Span) -> Edit {
    remove_from(&file.analysis().sources, statement)
}

/// Like [`remove_statement`], for a file that may have errors.
#[must_use]
pub fn remove_from(sources: &SourceMap, statement: Span) -> Edit {
    let Some(source) = sources.get(statement.file) else { return replace(statement, "") };
    let text = source.text().as_str();
    let start = with_comments(text, statement.start as usize);
    let end = statement.end as usize;
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    // A file may be one long line, so only the blanks are looked at.
    let behind = after.trim_start_matches([' ', '\t']);
    let blank = after.len() - behind.len();
    let ended = |text: &str| text.ends_with(line::ENDS);
    let alone_before = before.len() == indent || before.get(..before.len() - indent).is_some_and(ended);
    let (start, end) = match (alone_before, behind.is_empty() || behind.starts_with(line::ENDS)) {
        // The whole lines, with the end of the last.
        (true, true) => {
            let whole = line::lines_with_ends(after).next().unwrap_or_default();
            (start - indent, end + whole.len())
        }
        // Something follows on the line: it moves up.
        (true, false) => (start, end + blank),
        (false, _) => (start - indent, end),
    };
    replace(Span::new(statement.file, crate::source::offset(start), crate::source::offset(end)), "")
}

/// Where the `///` comments directly above a statement begin, or where the statement begins if it
/// has none.
fn with_comments(text: &str, start: usize) -> usize {
    let mut first = start;
    loop {
        let before = text.get(..first).unwrap_or_default();
        let indented = before.trim_end_matches([' ', '\t']);
        if !indented.ends_with(line::ENDS) {
            return first;
        }
        let line_start = line::last_start(before);
        if !before.get(line_start..).is_some_and(|indent| indent.trim().is_empty()) || line_start == 0 {
            return first;
        }
        let above = line::without_end(text.get(..line_start).unwrap_or_default());
        let above_start = line::last_start(above);
        let line = above.get(above_start..).unwrap_or_default();
        if !line.trim_start().starts_with("///") {
            return first;
        }
        first = above_start + (line.len() - line.trim_start().len());
    }
}

/// Replaces the text at a span.
#[must_use]
pub fn replace(span: Span, text: impl Into<String>) -> Edit {
    Edit { span, text: text.into() }
}

/// Removes an element of a list together with the separator that goes with it. `index` is the index
/// of the element in `elements`, which are all elements in order. `None` if it is the only element.
#[must_use]
pub fn remove_element(elements: &[Span], index: usize) -> Option<Edit> {
    let element = elements.get(index)?;
    let span = match (index.checked_sub(1).and_then(|before| elements.get(before)), elements.get(index + 1)) {
        (Some(before), _) => Span { start: before.end, ..*element },
        (None, Some(after)) => Span { end: after.start, ..*element },
        (None, None) => return None,
    };
    Some(replace(span, ""))
}

//! Lines and columns of many places.

use crate::source::{FileId, Position, SourceMap, Span, offset};

/// Translates offsets and remembers the last one, so that many findings on one long line cost one walk along it
/// as long as they come in order.
pub(super) struct Places<'a> {
    sources: &'a SourceMap,
    last: Option<Last>,
}

#[derive(Clone, Copy)]
struct Last {
    file: FileId,
    at: u32,
    position: Position,
}

impl<'a> Places<'a> {
    pub(super) const fn new(sources: &'a SourceMap) -> Self {
        Self { sources, last: None }
    }

    /// The position of byte `at` of a file. An offset past the end counts as the end, one inside a character as
    /// its start; in an unknown file every offset is at the beginning.
    pub(super) fn position(&mut self, file: FileId, at: u32) -> Position {
        let Some(source) = self.sources.get(file) else { return Position { line: 1, column: 1 } };
        let at = floor(source.text(), at);
        let line = source.lines().line(at);
        let (from, column) = match self.last {
            Some(last) if last.file == file && last.position.line == line + 1 && last.at <= at => {
                (last.at, last.position.column)
            }
            _ => (source.lines().start(line).unwrap_or(0), 1),
        };
        let between = source.text().get(from as usize..at as usize).unwrap_or_default();
        let position = Position { line: line + 1, column: column + offset(between.chars().count()) };
        self.last = Some(Last { file, at, position });
        position
    }

    /// Where a span starts and ends, as bytes and as people count.
    pub(super) fn bounds(&mut self, span: Span) -> [(u32, Position); 2] {
        [span.start, span.end].map(|at| (at, self.position(span.file, at)))
    }

    pub(super) const fn sources(&self) -> &'a SourceMap {
        self.sources
    }
}

/// The nearest start of a character at or before `at`, within the text.
pub(super) fn floor(text: &str, at: u32) -> u32 {
    let mut at = at.min(offset(text.len()));
    while !text.is_char_boundary(at as usize) {
        at -= 1;
    }
    at
}

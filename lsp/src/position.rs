//! Positions of the protocol and byte offsets.
//!
//! A position is a line, from 0, and a number of units within it: bytes, UTF-16 units or Unicode
//! scalar values, as client and server have agreed. A line ends with `\n`, `\r\n` or `\r`. What
//! lies outside of the text counts as the nearest place inside.

use std::sync::Arc;

use policyc_core::source::{LineIndex, Units, offset};
use tower_lsp_server::ls_types::{Position, PositionEncodingKind, Range};

/// What the units of a position are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 units: what clients that say nothing use.
    #[default]
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Encoding {
    /// The encoding for a client that offers these: UTF-8, which costs nothing, else the first that
    /// is known.
    #[must_use]
    pub(crate) fn negotiate(offered: Option<&[PositionEncodingKind]>) -> Self {
        let offered = offered.unwrap_or_default();
        let known = |kind: &PositionEncodingKind| {
            [Self::Utf8, Self::Utf16, Self::Utf32].into_iter().find(|one| one.kind() == *kind)
        };
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else {
            offered.iter().find_map(known).unwrap_or_default()
        }
    }

    /// The name that the protocol has for it.
    #[must_use]
    pub(crate) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    const fn units(self) -> Units {
        match self {
            Self::Utf8 => Units::Utf8,
            Self::Utf16 => Units::Utf16,
            Self::Utf32 => Units::Utf32,
        }
    }
}

/// Where the lines of a text begin, and how to count in them.
#[derive(Debug, Clone)]
pub(crate) struct Lines(Arc<LineIndex>);

impl Lines {
    /// The lines of a text.
    #[must_use]
    pub(crate) fn new(text: &str) -> Self {
        Self(Arc::new(LineIndex::new(text)))
    }

    /// The byte offset of a position.
    #[must_use]
    pub(crate) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        offset_in(&self.0, text, position, encoding) as usize
    }

    /// The position of a byte offset.
    #[must_use]
    pub(crate) fn position(&self, text: &str, at: usize, encoding: Encoding) -> Position {
        position_in(&self.0, text, offset(at), encoding)
    }

    /// The range of two byte offsets.
    #[must_use]
    pub(crate) fn range(&self, text: &str, start: usize, end: usize, encoding: Encoding) -> Range {
        Range { start: self.position(text, start, encoding), end: self.position(text, end, encoding) }
    }

    /// The byte offsets of a range; one that is turned around is turned back.
    #[must_use]
    pub(crate) fn offsets(&self, text: &str, range: Range, encoding: Encoding) -> (usize, usize) {
        let (start, end) = (self.offset(text, range.start, encoding), self.offset(text, range.end, encoding));
        (start.min(end), start.max(end))
    }
}

/// The position of a byte offset in an indexed text.
#[must_use]
pub(crate) fn position_in(index: &LineIndex, text: &str, at: u32, encoding: Encoding) -> Position {
    let (line, character) = index.place(text, at, encoding.units());
    Position { line, character }
}

/// The byte offset of a position in an indexed text.
#[must_use]
pub(crate) fn offset_in(index: &LineIndex, text: &str, position: Position, encoding: Encoding) -> u32 {
    index.offset(text, position.line, position.character, encoding.units())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_each_encoding() {
        let text = "a\r\né😀b\rc\n";
        let lines = Lines::new(text);
        let at = text.find('b').unwrap_or_default();
        for (encoding, character) in [(Encoding::Utf8, 6), (Encoding::Utf16, 3), (Encoding::Utf32, 2)] {
            let position = Position { line: 1, character };
            assert_eq!(lines.position(text, at, encoding), position);
            assert_eq!(lines.offset(text, position, encoding), at);
        }
        // Within the smiley, past the end of a line, past the end of the text.
        let inside = Position { line: 1, character: 2 };
        assert_eq!(lines.offset(text, inside, Encoding::Utf16), 5);
        assert_eq!(lines.offset(text, Position { line: 0, character: 9 }, Encoding::Utf16), 1);
        assert_eq!(lines.offset(text, Position { line: 9, character: 0 }, Encoding::Utf16), text.len());
        assert_eq!(lines.position(text, text.len(), Encoding::Utf16), Position { line: 3, character: 0 });
    }
}

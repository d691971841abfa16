//! Positions of the protocol and byte offsets.
//!
//! A position is a line, from 0, and a number of units within it: bytes, UTF-16 units or Unicode scalar values, as client and
//! server have agreed. A line ends with `\n`, `\r\n` or `\r`. What lies outside of the text counts as the nearest place inside.

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
    /// The encoding for a client that offers these: UTF-8, which costs nothing, else the first that is known.
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

    fn units(self, char: char) -> usize {
        match self {
            Self::Utf8 => char.len_utf8(),
            Self::Utf16 => char.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// Where the lines of a text begin.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// The lines of a text.
    #[must_use]
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Self { starts }
    }

    /// The text of a line, from 0, without its end, and where it begins.
    fn line<'a>(&self, text: &'a str, line: usize) -> Option<(usize, &'a str)> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let whole = text.get(start..end)?;
        let inner = whole.strip_suffix('\n').unwrap_or(whole);
        Some((start, inner.strip_suffix('\r').unwrap_or(inner)))
    }

    /// The byte offset of a position.
    #[must_use]
    pub(crate) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let Some((start, line)) = self.line(text, position.line as usize) else { return text.len() };
        let mut left = position.character as usize;
        if encoding == Encoding::Utf8 {
            // A position within a character counts as its beginning.
            let mut at = left.min(line.len());
            while !line.is_char_boundary(at) {
                at -= 1;
            }
            return start + at;
        }
        for (at, char) in line.char_indices() {
            let units = encoding.units(char);
            if left < units {
                return start + at;
            }
            left -= units;
        }
        start + line.len()
    }

    /// The position of a byte offset.
    #[must_use]
    pub(crate) fn position(&self, text: &str, at: usize, encoding: Encoding) -> Position {
        let at = at.min(text.len());
        let line = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = text.get(start..at).unwrap_or_default();
        let units = match encoding {
            Encoding::Utf8 => before.len(),
            _ => before.chars().map(|char| encoding.units(char)).sum(),
        };
        Position { line: small(line), character: small(units) }
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

fn small(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
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

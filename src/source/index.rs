//! Converts byte offsets to lines and columns and back, at a cost that does not depend on the
//! length of lines.
//!
//! A catalogue as servers send it is one line of megabytes, with thousands of reported places on it. So the characters of a text are
//! counted once, with a note every [`STRIDE`] bytes; a column is the difference of two notes and of two short walks.

use super::offset;

/// Bytes from one note to the next.
const STRIDE: usize = 256;

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// Bytes.
    Utf8,
    /// UTF-16 units.
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Units {
    /// How many of them a character takes.
    #[must_use]
    pub const fn of(self, char: char) -> usize {
        match self {
            Self::Utf8 => char.len_utf8(),
            Self::Utf16 => char.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// Where the lines of a text start, and how many characters are before which byte.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Characters before every [`STRIDE`]th byte; empty for a text of ASCII, where they are the bytes.
    notes: Vec<Note>,
}

/// How much of a text begins before a byte.
#[derive(Debug, Clone, Copy, Default)]
struct Note {
    scalars: u32,
    /// Scalar values that take two units in UTF-16.
    wide: u32,
}

impl Note {
    /// Goes over some bytes. A character counts where its first byte is.
    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.scalars += u32::from(byte & 0xc0 != 0x80);
            self.wide += u32::from(*byte >= 0xf0);
        }
    }

    const fn count(self, units: Units) -> usize {
        match units {
            Units::Utf16 => self.scalars as usize + self.wide as usize,
            _ => self.scalars as usize,
        }
    }
}

impl LineIndex {
    /// Indexes `text`; a line ends after LF, CR LF or a lone CR.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let is_end = |at: usize, byte: u8| byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            if is_end(at, *byte) {
                starts.push(offset(at + 1));
            }
        }
        let mut notes = Vec::new();
        if !text.is_ascii() {
            let mut note = Note::default();
            for chunk in bytes.chunks(STRIDE) {
                notes.push(note);
                note.pass(chunk);
            }
            notes.push(note);
        }
        Self { starts, notes }
    }

    /// The line that holds `at`, counted from 0.
    #[must_use]
    pub fn line(&self, at: u32) -> u32 {
        offset(self.starts.partition_point(|&start| start <= at).saturating_sub(1))
    }

    /// The first byte of `line`, counted from 0, if the text has it.
    #[must_use]
    pub fn start(&self, line: u32) -> Option<u32> {
        self.starts.get(line as usize).copied()
    }

    /// The number of lines; at least 1.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no line, which never is the case.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Line and column of a byte offset, both counted from 0. `text` is the indexed one. An offset past its end counts as the end, one
    /// inside a character as its start.
    #[must_use]
    pub fn place(&self, text: &str, at: u32, units: Units) -> (u32, u32) {
        let at = floor(text, at);
        let line = self.line(at);
        let start = self.start(line).unwrap_or(0);
        (line, offset(self.before(text, at, units) - self.before(text, start, units)))
    }

    /// The byte offset of a line and column, both counted from 0. A column past the end of the line counts as its end, one inside a
    /// character as its start; a line that there is not counts as the end of the text.
    #[must_use]
    pub fn offset(&self, text: &str, line: u32, column: u32, units: Units) -> u32 {
        let Some(start) = self.start(line) else { return offset(text.len()) };
        let next = self.start(line + 1).map_or(text.len(), |next| next as usize);
        let whole = text.get(start as usize..next).unwrap_or_default();
        let end = start + offset(crate::line::without_end(whole).len());
        if units == Units::Utf8 || self.notes.is_empty() {
            return floor(text, start.saturating_add(column).min(end));
        }
        let wanted = self.before(text, start, units) + column as usize;
        // The last note that is not past what is wanted, but not before the line.
        let note = self.notes.partition_point(|note| note.count(units) <= wanted).saturating_sub(1);
        let mut from = floor(text, offset(note * STRIDE).clamp(start, end));
        let mut passed = self.before(text, from, units);
        for char in text.get(from as usize..end as usize).unwrap_or_default().chars() {
            passed += units.of(char);
            if passed > wanted {
                break;
            }
            from += offset(char.len_utf8());
        }
        from
    }

    /// The units before a byte at which a character starts.
    fn before(&self, text: &str, at: u32, units: Units) -> usize {
        let at = at as usize;
        if units == Units::Utf8 || self.notes.is_empty() {
            return at;
        }
        let mut note = self.notes.get(at / STRIDE).copied().unwrap_or_default();
        note.pass(text.as_bytes().get(at / STRIDE * STRIDE..at).unwrap_or_default());
        note.count(units)
    }
}

/// The nearest start of a character at or before `at`, within the text.
#[must_use]
pub fn floor(text: &str, at: u32) -> u32 {
    let mut at = at.min(offset(text.len()));
    while !text.is_char_boundary(at as usize) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Units; 3] = [Units::Utf8, Units::Utf16, Units::Utf32];

    /// What a walk from the start of the line counts.
    fn walked(text: &str, at: usize, units: Units) -> usize {
        let start = crate::line::last_start(text.get(..at).unwrap());
        // Between CR and LF there is no start of a line.
        let start = if text.get(..at).unwrap().ends_with('\r') && text.get(at..).unwrap().starts_with('\n') {
            crate::line::last_start(text.get(..at - 1).unwrap())
        } else {
            start
        };
        text.get(start..at).unwrap().chars().map(|char| units.of(char)).sum()
    }

    proptest! {
        #[test]
        fn columns_are_those_of_a_walk(
            parts in prop::collection::vec(prop::sample::select(vec!["a", "é", "€", "😀", "\n", "\r\n", "\r", "abcdefgh"]), 0..60),
            times in prop::sample::select(vec![1, 8]),
        ) {
            let text = parts.concat().repeat(times);
            let index = LineIndex::new(&text);
            for (at, _) in text.char_indices().chain([(text.len(), 'x')]) {
                for units in ALL {
                    let (line, column) = index.place(&text, offset(at), units);
                    prop_assert_eq!(column as usize, walked(&text, at, units));
                    let back = index.offset(&text, line, column, units) as usize;
                    // A place inside a line end counts as the end of the line.
                    let inside = text.get(at..).unwrap().starts_with('\n') && text.get(..at).unwrap().ends_with('\r');
                    prop_assert_eq!(back, if inside { at - 1 } else { at });
                }
            }
        }
    }

    #[test]
    fn places_that_there_are_not() {
        let text = "a😀\r\nb";
        let index = LineIndex::new(text);
        for units in ALL {
            assert_eq!(index.place(text, 3, units), (0, 1));
            assert_eq!(index.place(text, 99, units), (1, 1));
            assert_eq!(index.offset(text, 0, 99, units), 5);
            assert_eq!(index.offset(text, 0, u32::MAX, units), 5);
            assert_eq!(index.offset(text, 9, 0, units), 8);
        }
        assert_eq!(index.offset(text, 0, 2, Units::Utf16), 1);
        assert_eq!(index.offset(text, 0, 3, Units::Utf8), 1);
        assert_eq!(LineIndex::new("").place("", 0, Units::Utf16), (0, 0));
    }
}

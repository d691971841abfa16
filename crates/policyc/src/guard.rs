//! The last place that text passes on its way to a terminal, a pipe or a log.
//!
//! Names, descriptions, arguments and file names come from servers, callers and other people; an escape sequence in them could draw over
//! what we say or change the terminal. Whoever prints such a text makes it visible first ([`policyc_core::diagnostics::visible`]), which also keeps
//! it on its line. What was forgotten stops here: line ends and tabs pass, and colours where there are any; nothing else that does not
//! show. Documents that other programs read byte for byte pass as they are.

use std::io::{self, Write};

use policyc_core::diagnostics::is_hidden;

/// What may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passes {
    /// Every byte.
    Exactly,
    /// Text; colours if they are wanted.
    Text {
        /// Whether sequences that set colours pass.
        colours: bool,
    },
}

/// A stream that shows what does not show.
pub(super) struct Guard<'a> {
    out: &'a mut dyn Write,
    passes: Passes,
    /// The beginning of a character, a line end or a sequence, whose rest has not come yet.
    held: Vec<u8>,
    /// What happens when whoever reads the stream has gone.
    gone: Gone,
}

/// What happens when whoever reads a stream has gone, as `head` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    /// Writing fails: the command may have an input without end, and stops.
    Stops,
    /// They have seen what they wanted; the command ends as it would have.
    Ignored,
    /// The reader has gone, and nothing more is written.
    Is,
}

impl<'a> Guard<'a> {
    pub(super) const fn new(out: &'a mut dyn Write, passes: Passes, gone: Gone) -> Self {
        Self { out, passes, held: Vec::new(), gone }
    }

    /// Takes a broken pipe for a success where that is asked for.
    fn unless_gone(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && self.gone != Gone::Stops => {
                self.gone = Gone::Is;
                Ok(())
            }
            other => other,
        }
    }

    /// Writes what is held, or at the end all of it.
    fn pass(&mut self, colours: bool, at_end: bool) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.held);
        let (text, mut kept) = decode(&bytes, at_end);
        let mut shown = String::with_capacity(text.len() + 8);
        let mut rest = text.as_str();
        while let Some(char) = rest.chars().next() {
            let length = match char {
                '\n' | '\t' => 1,
                '\r' if rest.starts_with("\r\n") => 2,
                '\r' if rest.len() == 1 && !at_end => break,
                '\u{1b}' if colours => match colour(rest) {
                    Colour::Is(length) => length,
                    Colour::Begins if !at_end => break,
                    _ => 0,
                },
                char if is_hidden(char) => 0,
                char => char.len_utf8(),
            };
            match length {
                0 => shown.extend(char.escape_unicode()),
                length => shown.push_str(rest.get(..length).unwrap_or_default()),
            }
            rest = rest.get(length.max(char.len_utf8())..).unwrap_or_default();
        }
        self.held.extend_from_slice(rest.as_bytes());
        self.held.append(&mut kept);
        let written = self.out.write_all(shown.as_bytes());
        self.unless_gone(written)
    }
}

impl Write for Guard<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.gone == Gone::Is {
            return Ok(bytes.len());
        }
        let plain = |byte: &u8| matches!(byte, b'\n' | b'\t' | b' '..=b'~');
        let colours = match self.passes {
            Passes::Text { colours } if !self.held.is_empty() || !bytes.iter().all(plain) => colours,
            _ => {
                let written = self.out.write_all(bytes);
                return self.unless_gone(written).map(|()| bytes.len());
            }
        };
        self.held.extend_from_slice(bytes);
        self.pass(colours, false)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let (Passes::Text { colours }, false) = (self.passes, self.held.is_empty()) {
            self.pass(colours, true)?;
        }
        let flushed = if self.gone == Gone::Is { Ok(()) } else { self.out.flush() };
        self.unless_gone(flushed)
    }
}

/// The text of some bytes, and those at the end that may be the beginning of a character.
fn decode(bytes: &[u8], at_end: bool) -> (String, Vec<u8>) {
    let mut text = String::new();
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                text.push_str(valid);
                return (text, Vec::new());
            }
            Err(error) => {
                let (valid, after) = rest.split_at_checked(error.valid_up_to()).unwrap_or((rest, &[]));
                text.push_str(std::str::from_utf8(valid).unwrap_or_default());
                match error.error_len() {
                    None if !at_end => return (text, after.to_vec()),
                    wrong => {
                        text.push('\u{fffd}');
                        rest = after.get(wrong.unwrap_or(after.len())..).unwrap_or_default();
                    }
                }
            }
        }
    }
}

enum Colour {
    /// A whole sequence of so many bytes.
    Is(usize),
    /// Perhaps the beginning of one.
    Begins,
    /// Something else.
    No,
}

/// Whether a text begins with the sequence that sets colours, `ESC [ 1 ; 31 m`.
fn colour(text: &str) -> Colour {
    let Some(inner) = text.strip_prefix("\u{1b}[") else {
        return if text.len() == 1 { Colour::Begins } else { Colour::No };
    };
    match inner.find(|char: char| !char.is_ascii_digit() && char != ';') {
        Some(end) if inner.get(end..).is_some_and(|rest| rest.starts_with('m')) => Colour::Is(end + 3),
        Some(_) => Colour::No,
        None => Colour::Begins,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn through(pieces: &[&[u8]], passes: Passes) -> String {
        let mut out = Vec::new();
        let mut guard = Guard::new(&mut out, passes, Gone::Stops);
        for piece in pieces {
            guard.write_all(piece).unwrap();
        }
        guard.flush().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_passes() {
        let text = "a\tb\r\nc\rd\u{1b}[1;31mred\u{1b}[0m\u{1b}[2J\u{9b}31m\u{202e}é😀\u{1b}";
        assert_eq!(
            through(&[text.as_bytes()], Passes::Text { colours: true }),
            "a\tb\r\nc\\u{d}d\u{1b}[1;31mred\u{1b}[0m\\u{1b}[2J\\u{9b}31m\\u{202e}é😀\\u{1b}"
        );
        assert_eq!(
            through(&[text.as_bytes()], Passes::Text { colours: false }),
            "a\tb\r\nc\\u{d}d\\u{1b}[1;31mred\\u{1b}[0m\\u{1b}[2J\\u{9b}31m\\u{202e}é😀\\u{1b}"
        );
        assert_eq!(through(&[text.as_bytes()], Passes::Exactly), text);
        assert_eq!(through(&[b"a\xffb\xe2\x82"], Passes::Text { colours: false }), "a\u{fffd}b\u{fffd}");
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            parts in prop::collection::vec(
                prop::sample::select(vec!["a", "\r", "\n", "\u{1b}", "[", "31", ";", "m", "é", "😀", "\u{202e}", "\u{9b}"]), 0..30),
            cuts in prop::collection::vec(0_usize..60, 0..6),
            colours: bool,
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            let passes = Passes::Text { colours };
            prop_assert_eq!(through(&pieces, passes), through(&[bytes], passes));
        }
    }
}

//! Where the lines of a policy end: at LF, CR LF or a lone CR, everywhere the same.

/// The characters that end a line. CR LF is one end, not two.
pub(crate) const ENDS: [char; 2] = ['\n', '\r'];

/// What some editors put in front of a text in UTF-8.
pub(crate) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Whether a text has a line end.
pub(crate) fn is_broken(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, b'\n' | b'\r'))
}

/// The number of line ends of a text.
pub(crate) fn count(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate();
    ends.filter(|(at, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    })
    .count()
}

/// Where the last line of a text begins: after its last line end.
pub(crate) fn last_start(text: &str) -> usize {
    text.rfind(ENDS).map_or(0, |end| end + 1)
}

/// A text without the one line end that it ends with, if it does.
pub(crate) fn without_end(text: &str) -> &str {
    let stripped = text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text));
    stripped.or_else(|| text.strip_suffix('\r')).unwrap_or(text)
}

/// The lines of a text, each with the end that it has.
pub(crate) fn lines_with_ends(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let length = match rest.find(ENDS) {
            Some(end) if rest.get(end..).is_some_and(|rest| rest.starts_with("\r\n")) => end + 2,
            Some(end) => end + 1,
            None => rest.len(),
        };
        let (line, after) = rest.split_at_checked(length).filter(|(line, _)| !line.is_empty())?;
        rest = after;
        Some(line)
    })
}

/// The first line end of a text, which is written for all that are put into it; LF where there is none.
pub(crate) fn end_of(text: &str) -> &'static str {
    match text.find(ENDS).and_then(|end| text.get(end..)) {
        Some(rest) if rest.starts_with("\r\n") => "\r\n",
        Some(rest) if rest.starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// A text that we wrote, with LF, with another line end.
pub(crate) fn with_ends(text: &str, end: &str) -> String {
    if end == "\n" { text.to_owned() } else { text.replace('\n', end) }
}

/// A text that we wrote, with LF, as it goes into `into`.
pub(crate) fn with_ends_of(text: &str, into: &str) -> String {
    with_ends(text, end_of(into))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_end_is_one() {
        let text = "a\nb\r\nc\rd\r\r\n";
        assert_eq!(count(text), 5);
        assert_eq!(lines_with_ends(text).collect::<Vec<_>>(), ["a\n", "b\r\n", "c\r", "d\r", "\r\n"]);
        assert_eq!(lines_with_ends(text).map(without_end).collect::<Vec<_>>(), ["a", "b", "c", "d", ""]);
        assert_eq!((last_start("a\rbc"), last_start("a")), (2, 0));
        assert_eq!(["a", "a\n\r", "a\r\n\n", "a\rb\n"].map(end_of), ["\n", "\n", "\r\n", "\r"]);
        assert_eq!(with_ends_of("x\ny\n", "a\r\n"), "x\r\ny\r\n");
        assert!(is_broken("a\r") && !is_broken("a"));
    }
}

//! JSON with comments and trailing commas, as editors write it.

/// The text with comments and trailing commas replaced by spaces, so that places stay.
pub(super) fn without_comments(text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().peekable();
    // Where a comma stands in `out` that nothing has followed yet.
    let mut comma = None;
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'"', _) => {
                comma = None;
                out.push(byte);
                let mut is_escaped = false;
                for inner in bytes.by_ref() {
                    out.push(inner);
                    if inner == b'"' && !is_escaped {
                        break;
                    }
                    is_escaped = inner == b'\\' && !is_escaped;
                }
            }
            (b'/', Some(b'/')) => {
                out.push(b' ');
                while bytes.peek().is_some_and(|next| *next != b'\n') {
                    bytes.next();
                    out.push(b' ');
                }
            }
            (b'/', Some(b'*')) => {
                bytes.next();
                out.extend(b"  ");
                let mut before = b' ';
                for inner in bytes.by_ref() {
                    out.push(if inner == b'\n' { b'\n' } else { b' ' });
                    if before == b'*' && inner == b'/' {
                        break;
                    }
                    before = inner;
                }
            }
            (b',', _) => {
                comma = Some(out.len());
                out.push(byte);
            }
            (b'}' | b']', _) => {
                if let Some(place) = comma.take().and_then(|place: usize| out.get_mut(place)) {
                    *place = b' ';
                }
                out.push(byte);
            }
            _ => {
                if !byte.is_ascii_whitespace() {
                    comma = None;
                }
                out.push(byte);
            }
        }
    }
    // Only whole characters were replaced.
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_stay_and_the_rest_becomes_spaces() {
        for (text, expected) in [
            ("{\"a\": 1, // é\n}", "{\"a\": 1       \n}"),
            ("[1, /* \n, */ 2,]", "[1,    \n     2 ]"),
            ("{\"a//b\": \"\\\"/*\",}", "{\"a//b\": \"\\\"/*\" }"),
            ("[\"é\", \"]\", ]", "[\"é\", \"]\"  ]"),
            ("/", "/"),
            ("\"", "\""),
        ] {
            assert_eq!(without_comments(text), expected);
        }
    }
}

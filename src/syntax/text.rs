//! Strings of the language: JSON strings, read and written.

use std::ops::Range;

/// Why a string cannot be read, with the part that could.
#[derive(Debug)]
pub(crate) struct StringError {
    pub(crate) message: String,
    pub(crate) help: &'static str,
    /// Whether one more backslash in front makes it right.
    pub(crate) double: bool,
    /// The offending bytes, counted from the opening quote.
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
}

/// Reads a string with its opening quote, whatever that is; the closing one may be missing.
pub(crate) fn unescape(raw: &str) -> Result<String, StringError> {
    let mut chars = raw.char_indices().peekable();
    let Some((_, open)) = chars.next() else { return Ok(String::new()) };
    let close = match open {
        '"' | '\'' | '`' => open,
        _ => '\0',
    };
    let mut text = String::with_capacity(raw.len());
    let mut problem: Option<(String, &'static str, Range<usize>)> = None;
    while let Some((at, char)) = chars.next() {
        let last = chars.peek().is_none();
        if char == close || (last && open != '"' && matches!(char, '”' | '“' | '’' | '‘' | '»' | '"' | '\'')) {
            break;
        }
        if char != '\\' || open == '`' {
            if char.is_control() && problem.is_none() && (char as u32) < 0x20 {
                let help = "write it as an escape: `\\t`, `\\n`, `\\u0000`";
                problem = Some((format!("a control character (U+{:04X}) in a string", char as u32), help, at..at + 1));
            }
            text.push(char);
            continue;
        }
        let (range, read) = escape(raw, at);
        match read {
            Ok(char) => text.push(char),
            Err(message) => {
                // What stands there is what was probably meant.
                text.push_str(raw.get(range.clone()).unwrap_or_default());
                problem.get_or_insert((
                    message,
                    "the escapes are those of JSON: `\\\"`, `\\\\`, `\\n`, `\\t`, `\\u00e9`; a backslash is `\\\\`",
                    range.clone(),
                ));
            }
        }
        while chars.peek().is_some_and(|(next, _)| *next < range.end) {
            chars.next();
        }
    }
    match problem {
        None => Ok(text),
        Some((message, help, range)) => {
            let double = message.ends_with(NO_ESCAPE);
            Err(StringError { message, help, double, range, text })
        }
    }
}

const NO_ESCAPE: &str = " is not an escape";

/// Reads the escape at `at`; gives the bytes it takes.
fn escape(raw: &str, at: usize) -> (Range<usize>, Result<char, String>) {
    let rest = raw.get(at + 1..).unwrap_or_default();
    let Some(letter) = rest.chars().next() else {
        return (at..at + 1, Err("a lone backslash at the end of a string".to_owned()));
    };
    let short = |char| (at..at + 1 + letter.len_utf8(), Ok(char));
    match letter {
        '"' | '\\' | '/' => short(letter),
        '\'' if raw.starts_with('\'') => short(letter),
        'b' => short('\u{8}'),
        'f' => short('\u{c}'),
        'n' => short('\n'),
        'r' => short('\r'),
        't' => short('\t'),
        'u' => {
            let unit = |from: usize| {
                let digits = raw.get(from..from + 4)?;
                digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
            };
            let Some(first) = unit(at + 2) else {
                return (at..at + 2, Err("`\\u` takes four hexadecimal digits".to_owned()));
            };
            if let Some(char) = char::from_u32(first) {
                return (at..at + 6, Ok(char));
            }
            let second = raw.get(at + 6..at + 8).filter(|text| *text == "\\u").and_then(|_| unit(at + 8));
            let pair = second.filter(|second| (0xdc00..0xe000).contains(second) && first < 0xdc00);
            match pair.and_then(|second| char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))) {
                Some(char) => (at..at + 12, Ok(char)),
                None => (at..at + 6, Err("half of a surrogate pair is no character".to_owned())),
            }
        }
        other => (at..at + 1 + other.len_utf8(), Err(format!("`\\{}`{NO_ESCAPE}", other.escape_default()))),
    }
}

/// Where byte `index` of a string's text stands in the string as it is written, counted from its opening quote.
pub(crate) fn raw_offset(raw: &str, index: usize) -> usize {
    let mut read = 0;
    let mut at = raw.chars().next().map_or(0, char::len_utf8);
    while read < index {
        let Some(char) = raw.get(at..).and_then(|rest| rest.chars().next()) else { break };
        if char == '\\' {
            let (range, escaped) = escape(raw, at);
            read += escaped.map_or(0, char::len_utf8);
            at = range.end;
        } else {
            read += char.len_utf8();
            at += char.len_utf8();
        }
    }
    at
}

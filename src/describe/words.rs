//! Words, lists and quotations for sentences.

use crate::decimal::Decimal;
use crate::diagnostics::{self, join};
use crate::json::Kind;
use crate::json::json_quote;

/// The most characters of one text of the policy that a sentence repeats, and the most entries of a list.
const MOST_CHARS: usize = 200;
const MOST_ENTRIES: usize = 12;

/// Digits from which on a number is written in groups of three.
const GROUPED: usize = 5;

fn shown(text: &str) -> String {
    diagnostics::shown(text, MOST_CHARS)
}

/// A text of the policy as Markdown writes code: between more backticks than stand together in it. What does not show
/// is escaped, and a very long text is cut.
#[must_use]
pub fn code(text: &str) -> String {
    let shown = shown(text);
    let (mut longest, mut run) = (0, 0);
    for char in shown.chars() {
        run = if char == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    if longest > 0 || shown.is_empty() || shown.trim().is_empty() {
        return format!("{fence} {shown} {fence}");
    }
    format!("{fence}{shown}{fence}")
}

/// The reason that a policy gives, as the end of a sentence; it must stand last, because a backtick in it would
/// pair with one after it.
pub(super) fn because(reason: Option<&String>) -> String {
    reason.map_or_else(String::new, |reason| format!(" Reason given: {}", shown_quote(reason)))
}

fn shown_quote(text: &str) -> String {
    diagnostics::visible(&json_quote(text)).into_owned()
}

/// `a`, `a and b`, `a, b and c`; of a long list the first and how many more there are.
pub(super) fn list(entries: &[String], word: &str, more: &str) -> String {
    let shown = entries.get(..MOST_ENTRIES).unwrap_or(entries);
    let left = entries.len() - shown.len();
    let counted = (left > 0).then(|| format!("{left} more {more}"));
    join(&shown.iter().chain(&counted).cloned().collect::<Vec<_>>(), word)
}

/// Alternatives of a sentence: `V`, `either V or W`, `either V, or W, or X`.
pub(super) fn either(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first, second] => format!("either {first} or {second}"),
        several => format!("either {}", several.join(", or ")),
    }
}

/// A number, whole digits in groups of three from five digits on.
#[must_use]
pub fn number(number: &Decimal) -> String {
    let text = number.to_string();
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = unsigned.split_at_checked(digits).unwrap_or((unsigned, ""));
    if digits < GROUPED {
        return text;
    }
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (digits - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// A kind of value with its article.
pub(super) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a text",
        Kind::Array => "a list",
        Kind::Object => "an object",
    }
}

/// `not a number`, `neither a text nor a list`
pub(super) fn none_of(nouns: &[String]) -> String {
    match nouns {
        [] => "anything".to_owned(),
        [one] => format!("not {one}"),
        several => format!("neither {}", several.join(" nor ")),
    }
}

/// A sentence of this module as Markdown: what stands between backticks stays, all else is escaped where Markdown
/// would take it for more than text.
#[must_use]
pub fn markdown(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some(char) = rest.chars().next() {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        if ticks == 0 {
            if matches!(char, '\\' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '|' | '~' | '&' | '!') {
                out.push('\\');
            }
            out.push(char);
            rest = rest.get(char.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (fence, after) = rest.split_at_checked(ticks).unwrap_or((rest, ""));
        match closing(after, ticks) {
            Some(end) => {
                out.push_str(fence);
                let (inside, after) = after.split_at_checked(end).unwrap_or((after, ""));
                out.push_str(inside);
                rest = after;
            }
            None => {
                out.push_str(&"\\`".repeat(ticks));
                rest = after;
            }
        }
    }
    out
}

/// Where the first run of exactly so many backticks ends.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let mut run = 0;
    for (at, byte) in text.bytes().chain(std::iter::once(b'\n')).enumerate() {
        if byte == b'`' {
            run += 1;
        } else if run == ticks {
            return Some(at);
        } else {
            run = 0;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_policies_stay_texts() {
        let cases = [
            ("main", "`main`"),
            ("a`b", "`` a`b ``"),
            ("``", "``` `` ```"),
            ("\u{202e}x\n", "`\\u{202e}x\\u{a}`"),
            (" ", "`   `"),
        ];
        for (text, wanted) in cases {
            assert_eq!(code(text), wanted);
        }
        let escaped = [
            ("a `x*y` *b* <c>", "a `x*y` \\*b\\* \\<c\\>"),
            ("``a`b`` `", "``a`b`` \\`"),
            ("`open *x*", "\\`open \\*x\\*"),
            ("`a``b` _", "`a``b` \\_"),
        ];
        for (text, wanted) in escaped {
            assert_eq!(markdown(text), wanted);
        }
    }

    #[test]
    fn numbers_and_lists_read_well() {
        for (text, wanted) in [
            ("999", "999"),
            ("1800", "1800"),
            ("43_200", "43,200"),
            ("-1234567.25", "-1,234,567.25"),
            ("0.00001", "0.00001"),
            ("1e60", "1e60"),
        ] {
            assert_eq!(number(&Decimal::parse(text).unwrap()), wanted);
        }
        let names: Vec<String> = (0..20).map(|index| index.to_string()).collect();
        assert_eq!(list(&names[..1], "and", "tools"), "0");
        assert_eq!(list(&names[..3], "or", "tools"), "0, 1 or 2");
        assert!(list(&names, "and", "tools").ends_with(", 11 and 8 more tools"));
    }
}

//! Counts and lists in words.

use std::fmt::Display;

/// `0 tools`, `1 tool`, `5 tools`
pub(crate) fn count(number: impl Display + PartialEq + From<u8>, noun: &str) -> String {
    let plural = if number == 1.into() { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `a`, `a and b`, `a, b and c`
pub(crate) fn join(entries: &[String], word: &str) -> String {
    match entries {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// `a, b and c`, or of a longer list `a, b and 4 more`: the first `most` entries, and how many more there are.
pub(crate) fn join_some(mut entries: Vec<String>, most: usize) -> String {
    let more = entries.len().saturating_sub(most);
    if more > 0 {
        entries.truncate(most);
        entries.push(format!("{more} more"));
    }
    join(&entries, "and")
}

/// The text with a capital at its beginning.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The first `most` characters of a text, with `…` if there are more.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

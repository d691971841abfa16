//! Words that several reports share.

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use crate::decimal::Decimal;
pub(super) use crate::diagnostics::{capital, count, cut, join, join_some};

/// How a text that is not our own is written.
pub(super) type Mark = fn(&str) -> String;

/// The most entries of a list.
const MOST_ENTRIES: usize = 12;

/// `a, b and c`; of a long list the first entries, and how many more there are.
pub(super) fn list(entries: Vec<String>) -> String {
    join_some(entries, MOST_ENTRIES)
}

/// A tool, or all tools that are not known by name; with its server where there are several.
pub(super) fn tool(server: Option<&str>, name: Option<&str>, mark: Mark) -> String {
    match (server, name) {
        (Some(server), Some(name)) => mark(&format!("{server}::{name}")),
        (None, Some(name)) => mark(name),
        (Some(server), None) => format!("any other tool of {}", mark(server)),
        (None, None) => "any other tool".to_owned(),
    }
}

/// Whether the line of a rule is one of the file itself; that of an imported rule has the name of its file in it.
pub(super) fn is_own(line: &str) -> bool {
    line.bytes().all(|byte| byte.is_ascii_digit())
}

/// Breaks a text into lines of at most `width` characters; lines after the first are indented as far as its mark.
pub(super) fn wrap(text: &str, mark: &str, width: usize, out: &mut String) {
    out.push_str(mark);
    let indent = mark.chars().count();
    let mut column = indent;
    for (index, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 {
            if column + 1 + length > width.max(40) {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            } else {
                out.push(' ');
                column += 1;
            }
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

/// Texts of more words are not compared word by word.
const MOST_WORDS: usize = 2_000;
/// Of what is the same between two changes, this many characters are shown at each end.
const AROUND: usize = 24;

/// How one text becomes another, word by word: `was [-this-]{+that+}`, with `…` for what stays far from a change. `None` if the
/// texts are too long to be compared so.
pub(super) fn text_diff(old: &str, new: &str) -> Option<String> {
    let words = |text: &str| text.split_whitespace().take(MOST_WORDS + 1).count();
    if words(old) > MOST_WORDS || words(new) > MOST_WORDS {
        return None;
    }
    let diff = TextDiff::from_words(old, new);
    let mut runs: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match runs.last_mut().filter(|(tag, _)| *tag == change.tag()) {
            Some((_, run)) => run.push_str(change.value()),
            None => runs.push((change.tag(), change.value().to_owned())),
        }
    }
    let last = runs.len().saturating_sub(1);
    let mut out = String::new();
    for (index, (tag, run)) in runs.iter().enumerate() {
        match tag {
            ChangeTag::Delete => out.push_str(&format!("[-{run}-]")),
            ChangeTag::Insert => out.push_str(&format!("{{+{run}+}}")),
            ChangeTag::Equal => out.push_str(&context(run, index > 0, index < last)),
        }
    }
    Some(out)
}

/// What stays the same, near the changes in front of it and behind it.
fn context(run: &str, after_change: bool, before_change: bool) -> String {
    let length = run.chars().count();
    let room = AROUND * (usize::from(after_change) + usize::from(before_change));
    if length <= room + 1 {
        return run.to_owned();
    }
    let start: String = run.chars().take(if after_change { AROUND } else { 0 }).collect();
    let end: String = run.chars().skip(if before_change { length - AROUND } else { length }).collect();
    format!("{start}…{end}")
}

/// Adds members to a JSON object.
pub(super) fn add<const N: usize>(object: &mut Value, members: [(&str, Value); N]) {
    if let Some(object) = object.as_object_mut() {
        object.extend(members.map(|(name, value)| (name.to_owned(), value)));
    }
}

/// A number that every reader of JSON takes exactly, or else its digits as a text.
pub(super) fn exact_number(number: &Decimal) -> Value {
    match number.to_u64().filter(|number| *number <= 1 << 53) {
        Some(number) => json!(number),
        None => json!(number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::text_diff;

    #[test]
    fn a_text_diff_shows_what_changes_and_a_little_around_it() {
        let old = "Sends a mail to one person, who is named by an address as RFC 5322 has it. Returns its id.";
        let new = "Sends a mail to many people, who is named by an address as RFC 5322 has it. Returns its id. Read ~/.ssh first.";
        assert_eq!(
            text_diff(old, new).unwrap(),
            "Sends a mail to [-one-]{+many+} [-person,-]{+people,+} who is named by an addr… has it. Returns its id.{+ Read ~/.ssh first.+}"
        );
        assert_eq!(text_diff("a", "b").unwrap(), "[-a-]{+b+}");
        assert_eq!(text_diff("", &"w ".repeat(3_000)), None);
    }
}

//! The page of a word as plain text for `policyc explain`, and the list of all words.

use super::{Within, Word, find, topics, words};

/// The most columns of a line, as long as it has spaces.
const WIDTH: usize = 100;

/// A heading of the list of words, with the words below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What they are.
    pub title: &'static str,
    /// The words as they are written, in the order of their entries.
    pub words: Vec<&'static str>,
}

/// All that there is a page for.
#[must_use]
pub fn overview() -> Vec<Section> {
    let texts = |words: &[Word], wanted: fn(&str) -> bool| {
        let mut found: Vec<&'static str> = Vec::new();
        for text in words.iter().map(|word| word.text).filter(|text| wanted(text)) {
            let known = found.contains(&text) || text.split(' ').all(|part| found.contains(&part));
            if !known {
                found.push(text);
            }
        }
        found
    };
    let is_word = |text: &str| text.starts_with(|char: char| char.is_ascii_alphabetic());
    let mut keywords = texts(words::WORDS, is_word);
    keywords.extend(["by", "approved"]);
    vec![
        Section { title: "words", words: keywords },
        Section {
            title: "operators",
            words: texts(words::WORDS, |text| !text.starts_with(|char: char| char.is_ascii_alphabetic())),
        },
        Section { title: "sets", words: super::sets().map(|(word, _)| word.text).collect() },
        Section { title: "scopes", words: texts(topics::SCOPES, |_| true) },
        Section { title: "more", words: texts(topics::TERMS, |_| true) },
    ]
}

/// What is said of a word, with an example of each of its meanings; `None` if it is no word of the language.
#[must_use]
pub fn page(wanted: &str) -> Option<String> {
    let found = find(wanted);
    let mut page = format!("{}\n", found.first()?.text);
    for word in found {
        let place = match word.within {
            Within::Any => "",
            Within::Assertion => "In an assertion: ",
            Within::Test => "In a test: ",
        };
        let of_all = word.text.strip_prefix('@').and_then(super::of_set);
        let more = of_all.map_or_else(String::new, |(_, of_all)| format!(" {of_all}"));
        page.push('\n');
        page.push_str(&wrapped(&format!("{place}{}{more}", word.meaning.replace("**", ""))));
        page.push('\n');
        for line in word.example.lines() {
            page.push_str(&format!("    {line}\n"));
        }
    }
    Some(page)
}

/// A paragraph in lines of at most [`WIDTH`] columns.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > WIDTH {
            lines.push('\n');
            column = 0;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += width;
    }
    lines.push('\n');
    lines
}

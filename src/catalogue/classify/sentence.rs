//! The words of the sentence of a description that says what its tool does.

use std::borrow::Cow;

use super::Class;
use super::description::form_in_text;
use super::nouns::Noun;
use super::verbs::Form;

/// Longer descriptions are read to here, so that the work is bounded.
const LONGEST: usize = 600;

/// No more words of a sentence are read.
const MOST_WORDS: usize = 40;

/// No verb is longer.
pub(super) const LONGEST_WORD: usize = 24;

/// How many words may stand before the first verb: "Use this tool when you need to".
const OPENING: usize = 12;

/// Words before the first verb that say nothing.
const FILLER: &[&str] = &[
    "a", "able", "agent", "agents", "allow", "allows", "an", "and", "api", "can", "enable", "enables", "endpoint",
    "function", "help", "helps", "if", "it", "let", "lets", "need", "permits", "provides", "simple", "that", "the",
    "this", "to", "tool", "tools", "use", "used", "useful", "user", "users", "using", "utility", "want", "when",
    "which", "will", "you", "your", "mcp", "ability", "for", "by",
];

/// A word of the description in lower case, and whether a sign that joins verbs stands before it.
pub(super) struct Token<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) joined: bool,
    pub(super) ends: bool,
}

/// What of a description is read.
pub(super) fn beginning(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// The words of a description from the first verb on, in lower case; none if it does not begin with one.
pub(super) fn lead(text: &str) -> Vec<String> {
    let Some((tokens, start)) = sentence(text) else { return Vec::new() };
    let mut words = tokens.into_iter().skip(start);
    let verb = words.next();
    verb.into_iter().chain(words.take_while(|token| !token.ends)).map(|token| token.text.into_owned()).collect()
}

/// The first sentence that says what the tool does, and where its verb stands. A sentence like "This is the API of Acme" is skipped.
pub(super) fn sentence(text: &str) -> Option<(Vec<Token<'_>>, usize)> {
    let mut rest = without_label(beginning(text));
    for _ in 0..2 {
        let tokens = first_sentence(rest);
        let word = |at: usize| tokens.get(at).map_or("", |token| &*token.text);
        let names = (0..OPENING).any(|at| word(at) == "this" && matches!(word(at + 1), "is"));
        if !names {
            return opening(&tokens).map(|start| (tokens, start));
        }
        rest = rest.split_once(". ").map_or("", |(_, rest)| rest);
    }
    None
}

/// The text without a label at its beginning: "[BETA] ..", "Notion | Search by title".
fn without_label(text: &str) -> &str {
    const LONGEST_LABEL: usize = 40;
    let text = text.trim_start();
    let end = text.char_indices().take(LONGEST_LABEL).find(|(_, char)| matches!(char, '|' | ']' | '\n' | '.'));
    if let Some((tag, rest)) = text.strip_prefix('<').and_then(|text| text.split_once('>'))
        && tag.len() < LONGEST_LABEL
    {
        return without_label(rest);
    }
    match end {
        Some((at, '|')) => text.get(at + 1..).unwrap_or_default(),
        Some((at, ']')) if text.starts_with('[') => text.get(at + 1..).unwrap_or_default(),
        _ => text,
    }
}

/// The words of the first sentence.
fn first_sentence(text: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut joined = false;
    let mut ends = false;
    for part in text.split_inclusive(|char: char| !char.is_alphabetic() && char != '\'') {
        let word = part.trim_end_matches(|char: char| !char.is_alphabetic());
        if !word.is_empty() && word.len() <= LONGEST_WORD {
            let is_lower = word.bytes().all(|byte| byte.is_ascii_lowercase());
            let text = if is_lower { Cow::Borrowed(word) } else { Cow::Owned(word.to_lowercase()) };
            tokens.push(Token { text, joined, ends });
            (joined, ends) = (false, false);
        }
        match part.chars().next_back() {
            Some('.' | '!' | '?' | '\n') if !tokens.is_empty() => break,
            Some(',' | '/' | '&') => joined = true,
            Some(';' | ':' | '(') => ends = true,
            _ => {}
        }
        if tokens.len() > MOST_WORDS {
            break;
        }
    }
    tokens
}

/// Where the first verb stands, if the sentence begins with one.
fn opening(tokens: &[Token<'_>]) -> Option<usize> {
    let first = tokens.iter().take(OPENING).position(|token| {
        let says_nothing = FILLER.contains(&&*token.text) || token.text.ends_with("ly");
        !says_nothing
    })?;
    let token = tokens.get(first)?;
    let (verb, form) = form_in_text(&token.text)?;
    // "Run details", "Message history": the first word is a noun.
    let next = tokens.get(first + 1).map(|token| &*token.text).unwrap_or_default();
    let noun = verb.noun && form == Form::Base && Noun::Told.has(next) && verb.class != Class::Read;
    (!noun).then_some(first)
}

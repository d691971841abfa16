//! The words of a name.

use super::super::Class;
use super::super::verbs::verb;

/// Phrases of two words that are one verb.
const PHRASES: [([&str; 2], &str); 20] = [
    (["back", "up"], "backup"),
    (["check", "in"], "checkin"),
    (["check", "out"], "checkout"),
    (["clean", "up"], "cleanup"),
    (["hang", "up"], "hangup"),
    (["kick", "off"], "trigger"),
    (["log", "in"], "login"),
    (["log", "out"], "logout"),
    (["look", "up"], "lookup"),
    (["power", "off"], "poweroff"),
    (["roll", "back"], "rollback"),
    (["set", "up"], "setup"),
    (["shut", "down"], "shutdown"),
    (["sign", "in"], "login"),
    (["sign", "up"], "register"),
    (["spin", "up"], "launch"),
    (["take", "down"], "takedown"),
    (["tear", "down"], "teardown"),
    (["top", "up"], "topup"),
    (["wipe", "out"], "wipe"),
];

/// Verbs that stand before their object without a space in some names: `createorupdate`, `getguidance`.
const GLUED: [&str; 12] = [
    "create", "delete", "describe", "execute", "fetch", "get", "list", "remove", "retrieve", "search", "send", "update",
];
/// Shorter words are not taken apart.
const SHORTEST_GLUED: usize = 9;

/// The words of a name in lower case: split at everything but letters, and before a capital that begins a word.
pub(in super::super) fn split(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut begin = 0;
    let mut before = ' ';
    let mut chars = name.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let is_upper = char.is_uppercase();
        let mut ends_capitals =
            || is_upper && before.is_uppercase() && chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        if !char.is_alphabetic() || is_upper && before.is_lowercase() || ends_capitals() {
            words.extend(name.get(begin..at));
            begin = if char.is_alphabetic() { at } else { at + char.len_utf8() };
        }
        before = char;
    }
    words.extend(name.get(begin..));
    words.into_iter().filter(|word| !word.is_empty()).map(in_lower_case).collect()
}

/// A word in lower case. Nearly all have only letters of ASCII.
fn in_lower_case(word: &str) -> String {
    if word.is_ascii() { word.to_ascii_lowercase() } else { word.to_lowercase() }
}

/// The words of a name that say what is done, as a person would write them.
pub(super) fn words(name: &str) -> Vec<String> {
    join_phrases(words_of_operation(name).into_iter().flat_map(unglue))
}

/// The words of the part of a name that says what is done: `mcp__github__get_me` and `drive.files.delete` have more.
fn words_of_operation(name: &str) -> Vec<String> {
    let whole = || {
        let mut words = split(name);
        let prefix = words.iter().take_while(|word| matches!(word.as_str(), "api" | "mcp" | "v")).count();
        if prefix < words.len() {
            words.drain(..prefix);
        }
        words
    };
    // The verb alone is one word: `drive.files.delete`.
    if !name.contains(['/', '.', ':']) && !name.contains("--") && !name.contains("__") {
        return whole();
    }
    let cut = name.replace("--", "/").replace("__", "/");
    let mut parts = cut.rsplit(['/', '.', ':']).filter(|part| part.chars().any(char::is_alphabetic)).map(split);
    let Some(last) = parts.next() else { return whole() };
    // Without a verb, and after a part that begins with a grave one, the end of a name is not enough.
    let grave = |word: &String| verb(word).is_some_and(|verb| verb.class > Class::Write);
    let before = parts.next();
    let is_grave = before.iter().cloned().chain(parts).any(|part| part.first().is_some_and(grave));
    match before {
        _ if is_grave || last.iter().all(|word| verb(word).is_none()) => whole(),
        Some(mut before) if last.len() == 1 => {
            before.extend(last);
            before
        }
        _ => last,
    }
}

/// The words that are written as one: `getguidance`.
fn unglue(word: String) -> impl Iterator<Item = String> {
    let (word, rest) = parts(word);
    std::iter::once(word).chain(rest)
}

fn parts(word: String) -> (String, Option<String>) {
    if word.len() >= SHORTEST_GLUED && verb(&word).is_none() {
        for glued in GLUED {
            let Some(rest) = word.strip_prefix(glued) else { continue };
            let inflected =
                ["d", "r", "s", "ing", "able", "ion"].iter().any(|end| rest.starts_with(end)) && glued != "get";
            if rest.len() > 2 && !inflected {
                return (glued.to_owned(), Some(rest.to_owned()));
            }
        }
    }
    (word, None)
}

fn join_phrases(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        let may_end_one = matches!(word.as_str(), "back" | "down" | "in" | "off" | "out" | "up");
        let phrase = joined.last().filter(|_| may_end_one).and_then(|last| {
            let found = PHRASES.iter().find(|([first, second], _)| first == last && *second == word);
            found.map(|(_, verb)| *verb)
        });
        match (phrase, joined.last_mut()) {
            (Some(phrase), Some(last)) => phrase.clone_into(last),
            _ => joined.push(word),
        }
    }
    joined
}

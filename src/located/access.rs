//! What a reader asks of a value: to be of a kind, to have keys. What is otherwise is reported, and
//! the reader goes on.

use super::{Content, Entry, Format, Mistakes, Node};
use crate::diagnostics::quote;
use crate::diagnostics::suggest::{longer_or_shorter, nearest};

/// A mapping that has only known keys, or whose unknown ones have been reported.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// What it is, for messages.
    what: &'a str,
    node: &'a Node<'a>,
    entries: &'a [Entry<'a>],
}

impl<'t> Node<'t> {
    /// What it is, with an article, as its format calls it.
    #[must_use]
    pub fn with_article(&self, format: Format) -> &'static str {
        match &self.content {
            Content::Null => "null",
            Content::Bool(_) => "a boolean",
            Content::Number(_) => "a number",
            Content::Text(_) => "a string",
            Content::List(_) => "a list",
            Content::Mapping(_) => format.mapping(),
            Content::Unreadable => "what cannot be read",
        }
    }

    /// The value under a key, if it is a mapping that has it. Nothing is reported.
    #[must_use]
    pub fn member(&self, key: &str) -> Option<&Node<'t>> {
        let Content::Mapping(entries) = &self.content else { return None };
        entries.iter().find(|entry| entry.key.name == key).map(|entry| &entry.value)
    }

    /// Says that it is not what it must be.
    pub fn must_be(&self, what: &str, expected: &str, help: &str, mistakes: &mut Mistakes) {
        let message = format!("{what} must be {expected}, not {}", self.with_article(mistakes.format()));
        self.is_wrong(message, help, mistakes);
    }

    /// Says that something is wrong with it, unless that has been said.
    pub fn is_wrong(&self, message: impl Into<String>, help: impl Into<String>, mistakes: &mut Mistakes) {
        if self.content != Content::Unreadable {
            mistakes.report(self.head(), message, help);
        }
    }

    /// The value as a mapping of keys of which these are known. `what` says what it is: "a
    /// condition".
    pub fn as_object<'a>(&'a self, what: &'a str, known: &[&str], mistakes: &mut Mistakes) -> Option<Object<'a>> {
        let entries = self.as_entries(what, mistakes)?;
        for Entry { key, .. } in entries.iter().filter(|entry| !known.contains(&&*entry.key.name)) {
            let meant = || nearest(&key.name, known.iter().copied());
            let meant = meant().or_else(|| longer_or_shorter(&key.name, known.iter().copied()));
            let help = match meant {
                Some(meant) => format!("did you mean {}?", quote(meant)),
                None => format!("remove it; {what} has {}", list_of(known)),
            };
            let message = match mistakes.of_unknown_key() {
                Some(who) => format!("{what} has the key {}, which {who} ignores", quote(&key.name)),
                None => format!("{what} has the unknown key {}", quote(&key.name)),
            };
            mistakes.report(key.span, message, help);
        }
        Some(Object { what, node: self, entries })
    }

    /// The value as a mapping of any keys.
    pub fn as_entries(&self, what: &str, mistakes: &mut Mistakes) -> Option<&[Entry<'t>]> {
        let Content::Mapping(entries) = &self.content else {
            let help = match mistakes.format() {
                Format::Json => "write keys and their values in braces: `{\"key\": ..}`",
                Format::Yaml => "write keys and their values: `key: ..`",
                Format::Toml => "write keys and their values below a header in brackets, or in braces: `{ key = .. }`",
            };
            self.must_be(what, mistakes.format().mapping(), help, mistakes);
            return None;
        };
        Some(entries)
    }

    /// The value as a list.
    pub fn as_list(&self, what: &str, mistakes: &mut Mistakes) -> Option<&[Node<'t>]> {
        let Content::List(items) = &self.content else {
            self.must_be(what, "a list", "write its elements in brackets, with commas: `[.., ..]`", mistakes);
            return None;
        };
        Some(items)
    }

    /// The value as a string.
    pub fn as_text(&self, what: &str, mistakes: &mut Mistakes) -> Option<&str> {
        let Content::Text(text) = &self.content else {
            self.must_be(what, "a string", "write a text in double quotes", mistakes);
            return None;
        };
        Some(text)
    }

    /// The value as a boolean.
    pub fn as_bool(&self, what: &str, mistakes: &mut Mistakes) -> Option<bool> {
        let Content::Bool(value) = &self.content else {
            self.must_be(what, "a boolean", "write `true` or `false`, without quotes", mistakes);
            return None;
        };
        Some(*value)
    }

    /// The value as one of some words.
    pub fn as_word<T: Copy>(&self, what: &str, words: &[(&str, T)], mistakes: &mut Mistakes) -> Option<T> {
        let names = || -> Vec<&str> { words.iter().map(|(name, _)| *name).collect() };
        let text = match &self.content {
            Content::Text(text) => &**text,
            _ => {
                self.must_be(what, "a string", &format!("write {} in double quotes", one_of(&names())), mistakes);
                return None;
            }
        };
        let found = words.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            let names = names();
            let help = match nearest(text, names.iter().copied()) {
                Some(meant) => format!("did you mean {}?", quote(meant)),
                None => format!("write {}", one_of(&names)),
            };
            mistakes.report(self.span, format!("{what} must be {}, not {}", one_of(&names), quote(text)), help);
        }
        found.map(|(_, value)| *value)
    }
}

impl<'a> Object<'a> {
    /// The value under a key that may be left out.
    #[must_use]
    pub fn optional(&self, key: &str) -> Option<&'a Node<'a>> {
        self.entries.iter().find(|entry| entry.key.name == key).map(|entry| &entry.value)
    }

    /// The value under a key for which `null` says as much as nothing.
    #[must_use]
    pub fn unless_null(&self, key: &str) -> Option<&'a Node<'a>> {
        self.optional(key).filter(|value| !value.is_null())
    }

    /// The value under a key that must be there.
    pub fn required(&self, key: &str, mistakes: &mut Mistakes) -> Option<&'a Node<'a>> {
        let found = self.optional(key);
        if found.is_none() {
            self.lacks(key, mistakes);
        }
        found
    }

    /// The value under a key that must be there, and not be `null`.
    pub fn required_unless_null(&self, key: &str, mistakes: &mut Mistakes) -> Option<&'a Node<'a>> {
        let found = self.unless_null(key);
        if found.is_none() {
            self.lacks(key, mistakes);
        }
        found
    }

    /// Says that a key is not there and must be.
    fn lacks(&self, key: &str, mistakes: &mut Mistakes) {
        let help = format!("add the key {}", quote(key));
        mistakes.report(self.node.head(), format!("{} has no {}", self.what, quote(key)), help);
    }

    /// The mapping itself.
    #[must_use]
    pub fn node(&self) -> &'a Node<'a> {
        self.node
    }
}

/// Names in backticks, one of which is to be written.
fn one_of(names: &[&str]) -> String {
    joined(names, "or")
}

/// Names of keys in backticks.
fn list_of(names: &[&str]) -> String {
    let word = if names.len() == 1 { "the key" } else { "the keys" };
    format!("{word} {}", joined(names, "and"))
}

fn joined(names: &[&str], word: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
    match names.as_slice() {
        [] => String::new(),
        [name] => name.clone(),
        [names @ .., last] => format!("{} {word} {last}", names.join(", ")),
    }
}

//! The table of phrases.

mod absent;
mod assertions;
mod blocks;
mod conditions;
mod declarations;
mod elements;
mod limits;
mod programs;
mod rules;
mod systems;
mod tests;

use std::sync::LazyLock;

use super::pattern::Pattern;

/// A phrase of another language.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    /// How it is written there: patterns, see [`Pattern`].
    pub(super) find: &'static [&'static str],
    /// What is written here: a template, see [`fill`](super::render::fill). Empty where only the author can say it.
    pub(super) write: &'static str,
    /// What is wrong with it.
    pub(super) say: &'static str,
    /// What to do, where the template does not say it.
    pub(super) help: Option<&'static str>,
    /// Whether it only lacks something, so that what the parser made of the rest is what was meant.
    pub(super) is_hole: bool,
}

impl Phrase {
    /// Whether what it says is not in the language.
    pub(super) fn is_absent(&self) -> bool {
        absent::PHRASES.contains(self)
    }
}

/// A phrase that has a place in the language.
const fn phrase(find: &'static [&'static str], write: &'static str, say: &'static str) -> Phrase {
    Phrase { find, write, say, help: None, is_hole: false }
}

/// A phrase that has none, and what to do instead.
const fn advice(find: &'static [&'static str], say: &'static str, help: &'static str) -> Phrase {
    Phrase { find, write: "", say, help: Some(help), is_hole: false }
}

/// A statement in which something is missing, and what to write.
const fn hole(find: &'static [&'static str], say: &'static str, help: &'static str) -> Phrase {
    Phrase { is_hole: true, ..advice(find, say, help) }
}

/// A phrase with one of its patterns.
pub(super) type Entry = (&'static Phrase, Pattern);

/// The phrases that are looked for in the step of a test, or in another statement, in order.
pub(super) fn table(in_test: bool) -> &'static [Entry] {
    static TESTS: LazyLock<Vec<Entry>> = LazyLock::new(|| read(&[tests::PHRASES]));
    static OTHERS: LazyLock<Vec<Entry>> = LazyLock::new(|| {
        read(&[
            elements::PHRASES,
            absent::PHRASES,
            assertions::PHRASES,
            blocks::PHRASES,
            programs::PHRASES,
            systems::PHRASES,
            blocks::LAST,
            rules::PHRASES,
            limits::PHRASES,
            declarations::PHRASES,
            conditions::PHRASES,
            systems::LAST,
            programs::LAST,
        ])
    });
    if in_test { &TESTS } else { &OTHERS }
}

fn read(tables: &[&'static [Phrase]]) -> Vec<Entry> {
    let patterns = |phrase: &'static Phrase| phrase.find.iter().map(move |find| (phrase, Pattern::new(find)));
    tables.iter().flat_map(|table| table.iter()).flat_map(patterns).collect()
}

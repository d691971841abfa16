//! What the name of a tool says: its verb, and what the verb is about.

mod classes;
mod clause;
mod pairs;
mod words;

pub(super) use classes::classes;
pub(super) use clause::Clause;
pub(super) use words::split;

use super::Class;

/// A name, taken apart.
pub(super) struct Name {
    pub(super) clauses: Vec<Clause>,
}

impl Name {
    pub(super) fn read(name: &str) -> Self {
        let words = words::words(name);
        let conjunction = |word: &String| matches!(word.as_str(), "and" | "or" | "then");
        let parts = words.split(conjunction).filter(|part| !part.is_empty());
        Self { clauses: parts.map(|part| clause::clause(part.to_vec())).collect() }
    }

    /// The most severe class that a verb of the name stands for.
    pub(super) fn verb_class(&self) -> Option<Class> {
        let classes = self.clauses.iter().filter_map(|clause| {
            let (_, verb) = clause.head?;
            Some(if clause.takes_picture() { Class::Read } else { verb.class })
        });
        classes.max()
    }

    /// Whether all that its verb makes may be the answer.
    pub(super) fn produces(&self) -> bool {
        self.clauses.iter().all(|clause| clause.head.is_some_and(|(_, verb)| verb.produces))
    }

    /// Whether it only lets a connection or a session of the caller go, or moves in the window that the caller sees.
    pub(super) fn is_local(&self) -> bool {
        self.clauses.iter().all(Clause::is_local)
    }

    /// Whether it makes or changes what is kept, and calls nothing: `create_request`.
    pub(super) fn keeps(&self) -> bool {
        const KEEPS: [&str; 10] =
            ["add", "create", "duplicate", "edit", "insert", "patch", "register", "save", "set", "update"];
        self.clauses.iter().all(|clause| KEEPS.contains(&clause.verb_text()))
    }

    /// Whether no word of it is the verb.
    pub(super) fn has_no_verb(&self) -> bool {
        self.clauses.iter().all(|clause| clause.head.is_none())
    }

    /// Whether its verb may be a noun, and a reading description would say so.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.clauses.iter().all(|clause| clause.ambiguous || clause.head.is_none())
    }

    /// All words.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.clauses.iter().flat_map(|clause| clause.words.iter().map(String::as_str))
    }
}

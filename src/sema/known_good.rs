//! Statements in which nothing was wrong.
//!
//! While a policy is typed, nearly all of it stays as it is. What is found in a statement depends on its own text, on the names that
//! are declared, and on the catalogues; so a statement that was right once is right as long as those are the same.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::names::Names;
use crate::source::SourceMap;
use crate::syntax::ast::LetValue;

/// When so many bytes of text are known, all is forgotten.
const MAX_KNOWN: usize = 16 << 20;

/// The texts of right statements, by the declared names that they were looked at with.
#[derive(Debug, Default)]
pub(super) struct KnownGood {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// What is declared outside of blocks, numbered. No number is given twice, also not after all was forgotten.
    outside: HashMap<String, u64>,
    numbers: u64,
    texts: HashMap<Key, Arc<Texts>>,
    /// Bytes of all that is kept.
    size: usize,
}

/// Declared names: what is declared outside of blocks by its number, and what is declared in the block as one text. A file may have
/// many blocks and many names outside of them, so that these are read once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    outside: u64,
    here: String,
}

/// The texts of right statements.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    texts: HashSet<Box<str>>,
}

impl Texts {
    pub(super) fn holds(&self, text: &str) -> bool {
        self.texts.contains(text)
    }
}

impl KnownGood {
    fn lock(&self) -> MutexGuard<'_, Known> {
        // A thread that panicked leaves whole maps.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of what is outside of all blocks, where `names` are declared.
    pub(super) fn outside(&self, names: String) -> Key {
        let mut known = self.lock();
        let number = match known.outside.get(&names) {
            Some(number) => *number,
            None => {
                known.make_room(names.len());
                known.numbers += 1;
                let number = known.numbers;
                known.outside.insert(names, number);
                number
            }
        };
        Key { outside: number, here: String::new() }
    }

    /// What is known now.
    pub(super) fn known(&self, key: &Key) -> Arc<Texts> {
        self.lock().texts.get(key).cloned().unwrap_or_default()
    }

    /// Adds what was found right.
    pub(super) fn add(&self, key: &Key, found: &[&str]) {
        if found.is_empty() {
            return;
        }
        let mut known = self.lock();
        known.make_room(key.here.len() + found.iter().map(|text| text.len()).sum::<usize>());
        let texts = Arc::make_mut(known.texts.entry(key.clone()).or_default());
        texts.texts.extend(found.iter().map(|text| Box::from(*text)));
    }
}

impl Known {
    /// Counts bytes that will be kept, and forgets all others if that were too many.
    fn make_room(&mut self, size: usize) {
        if self.size + size > MAX_KNOWN {
            self.outside.clear();
            self.texts.clear();
            self.size = 0;
        }
        self.size += size;
    }
}

impl Key {
    /// The key of a block, in which `names` are declared.
    pub(super) fn block(&self, names: String) -> Self {
        Self { outside: self.outside, here: names }
    }
}

/// All that names declared here say, as one text.
pub(super) fn text(names: &Names<'_>, sources: &SourceMap) -> String {
    let mut key = String::new();
    let mut add = |kind: char, name: &str, value: &str| {
        // With its length no part can be taken for the beginning of another.
        let _ = write!(key, "{kind}{name}={}:{value}", value.len());
    };
    for (name, declared) in names.lets.here() {
        let value = match declared.value {
            LetValue::Literal(literal) => sources.slice(literal.span),
            LetValue::List(_, span) => sources.slice(*span),
            LetValue::Error => "",
        };
        add('$', name, value);
    }
    for (name, group) in names.groups.here() {
        add('@', name, sources.slice(group.selection.span));
    }
    key
}

//! Statements in which nothing was wrong.
//!
//! While a policy is typed, nearly all of it stays as it is. What is found in a statement depends on its own text, on the names that
//! are declared, and on the catalogues; so a statement that was right once is right as long as those are the same.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use super::assemble::Names;
use crate::source::SourceMap;
use crate::syntax::ast::LetValue;

/// When so many bytes of text are known, all is forgotten.
const MAX_KNOWN: usize = 16 << 20;

/// The texts of right statements, by the declared names that they were looked at with.
#[derive(Debug, Default)]
pub(super) struct Right {
    known: Mutex<HashMap<String, Texts>>,
}

/// The texts of right statements.
#[derive(Debug, Default)]
pub(super) struct Texts {
    texts: HashSet<Box<str>>,
    size: usize,
}

impl Texts {
    pub(super) fn holds(&self, text: &str) -> bool {
        self.texts.contains(text)
    }

    pub(super) fn add(&mut self, text: &str) {
        self.size += text.len();
        self.texts.insert(text.into());
    }
}

impl Right {
    /// Takes out what is known. Whoever comes meanwhile knows nothing, which costs time only.
    pub(super) fn take(&self, names: &str) -> Texts {
        // A thread that panicked leaves a whole map.
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(names).unwrap_or_default()
    }

    /// Puts back what is known.
    pub(super) fn put(&self, names: String, texts: Texts) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.values().map(|texts| texts.size).sum::<usize>() + texts.size > MAX_KNOWN {
            known.clear();
        }
        known.insert(names, texts);
    }
}

/// All that declared names say, as one text.
pub(super) fn key(names: &Names<'_>, sources: &SourceMap) -> String {
    let mut key = String::new();
    let mut add = |kind: char, name: &str, value: &str| {
        // With its length no part can be taken for the beginning of another.
        let _ = write!(key, "{kind}{name}={}:{value}", value.len());
    };
    for (name, declared) in &names.lets {
        let value = match declared.value {
            LetValue::Literal(literal) => sources.slice(literal.span),
            LetValue::List(_, span) => sources.slice(*span),
            LetValue::Error => "",
        };
        add('$', name, value);
    }
    for (name, group) in &names.groups {
        add('@', name, sources.slice(group.selection.span));
    }
    key
}

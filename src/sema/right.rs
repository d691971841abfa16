//! Statements in which nothing was wrong.
//!
//! While a policy is typed, nearly all of it stays as it is. What is found in a statement depends on its own text, on the names that
//! are declared, and on the catalogues; so a statement that was right once is right as long as those are the same.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use super::names::Names;
use crate::source::SourceMap;
use crate::syntax::ast::LetValue;

/// When so many bytes of text are known, all is forgotten.
const MAX_KNOWN: usize = 16 << 20;

/// The texts of right statements, by the declared names that they were looked at with.
#[derive(Debug, Default)]
pub(super) struct Right {
    known: Mutex<HashMap<String, Arc<Texts>>>,
}

/// The texts of right statements.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    texts: HashSet<Box<str>>,
    size: usize,
}

impl Texts {
    pub(super) fn holds(&self, text: &str) -> bool {
        self.texts.contains(text)
    }
}

impl Right {
    /// What is known now.
    pub(super) fn known(&self, names: &str) -> Arc<Texts> {
        // A thread that panicked leaves a whole map.
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(names).cloned().unwrap_or_default()
    }

    /// Adds what was found right.
    pub(super) fn add(&self, names: String, found: &[&str]) {
        if found.is_empty() {
            return;
        }
        let size: usize = found.iter().map(|text| text.len()).sum();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.values().map(|texts| texts.size).sum::<usize>() + size > MAX_KNOWN {
            known.clear();
        }
        let texts = Arc::make_mut(known.entry(names).or_default());
        texts.texts.extend(found.iter().map(|text| Box::from(*text)));
        texts.size += size;
    }
}

/// All that declared names say, as one text.
pub(super) fn key(names: &Names<'_>, sources: &SourceMap) -> String {
    let mut key = String::new();
    let mut add = |kind: char, name: &str, value: &str| {
        // With its length no part can be taken for the beginning of another.
        let _ = write!(key, "{kind}{name}={}:{value}", value.len());
    };
    for (name, declared) in names.lets.iter() {
        let value = match declared.value {
            LetValue::Literal(literal) => sources.slice(literal.span),
            LetValue::List(_, span) => sources.slice(*span),
            LetValue::Error => "",
        };
        add('$', name, value);
    }
    for (name, group) in names.groups.iter() {
        add('@', name, sources.slice(group.selection.span));
    }
    key
}

//! The names that statements declare, of a file and within it of each `policy` block.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::assemble::{Placed, declared_twice};
use super::condition::Let;
use super::select::{Group, is_reserved};
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::syntax::ast::{self, ItemKind};

/// The names that conditions and selections may use.
#[derive(Clone, Default)]
pub(super) struct Names<'a> {
    pub(super) lets: Declared<'a, Let<'a>>,
    pub(super) groups: Declared<'a, Group<'a>>,
}

/// What is declared by name. Blocks share what is declared outside of them: a file may have many of both.
#[derive(Debug, Clone)]
pub(super) struct Declared<'a, T> {
    outside: Arc<BTreeMap<&'a str, T>>,
    here: BTreeMap<&'a str, T>,
}

impl<T> Default for Declared<'_, T> {
    fn default() -> Self {
        Self { outside: Arc::default(), here: BTreeMap::new() }
    }
}

impl<'a, T> Declared<'a, T> {
    /// What a name stands for.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.get_key_value(name).map(|(_, found)| found)
    }

    /// What a name stands for, and the name where it is declared.
    pub(super) fn get_key_value(&self, name: &str) -> Option<(&'a str, &T)> {
        let found = self.here.get_key_value(name).or_else(|| self.outside.get_key_value(name));
        found.map(|(name, found)| (*name, found))
    }

    /// Whether a name is declared.
    pub(super) fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Those that are declared here and not outside, by name.
    pub(super) fn here(&self) -> impl Iterator<Item = (&'a str, &T)> {
        self.here.iter().map(|(name, found)| (*name, found))
    }

    /// All of them by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &T)> {
        let all: BTreeMap<&'a str, &T> =
            self.outside.iter().chain(&self.here).map(|(name, found)| (*name, found)).collect();
        all.into_iter()
    }

    /// All names in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.iter().map(|(name, _)| name)
    }
}

impl<'a> Names<'a> {
    /// The names of a file for the blocks in it: to copy them costs nothing.
    pub(super) fn outside(self) -> Self {
        fn shared<T>(declared: Declared<'_, T>) -> Declared<'_, T> {
            Declared { outside: Arc::new(declared.here), here: BTreeMap::new() }
        }
        Self { lets: shared(self.lets), groups: shared(self.groups) }
    }

    /// Adds the names that statements declare. A block cannot declare a name that is declared outside.
    pub(super) fn declare(&mut self, items: &[Placed<'a>], diagnostics: &mut Vec<Diagnostic>) {
        for placed in items {
            match &placed.item.kind {
                ItemKind::Let { name, value } => {
                    if let Some(first) = self.lets.get(name.text.as_str()) {
                        diagnostics.push(declared_twice("`let`", &name.text, name.span, first.name));
                        continue;
                    }
                    if let ast::LetValue::List(items, span) = value
                        && items.is_empty()
                    {
                        let error = Diagnostic::new(codes::BAD_LIST, *span, "an empty list");
                        diagnostics.push(error.help("list at least one value"));
                    }
                    self.lets.here.insert(&name.text, Let { name: name.span, value });
                }
                ItemKind::Group { name, selection } => {
                    if is_reserved(&name.text) {
                        let message = format!("{} is the name of a built-in set", quote(&format!("@{}", name.text)));
                        let error = Diagnostic::new(codes::RESERVED_NAME, name.span, message);
                        diagnostics.push(error.help("give the group another name"));
                        self.groups.here.insert(&name.text, Group { name: name.span, selection });
                    } else if let Some(first) = self.groups.get(name.text.as_str()) {
                        diagnostics.push(declared_twice("group", &name.text, name.span, first.name));
                    } else {
                        self.groups.here.insert(&name.text, Group { name: name.span, selection });
                    }
                }
                _ => {}
            }
        }
    }
}

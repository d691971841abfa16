//! What a file declares, and whether it is used.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::file::File;
use crate::sema::Unit;
use crate::source::Span;
use crate::syntax::ast::{Ident, Item, ItemKind, SelectionKind};
use crate::syntax::token::TokenKind;

use super::selection;

/// Whether a file only declares, for others to import.
pub(in crate::lint::rules) fn is_library(file: &File<'_>) -> bool {
    let decides = |item: &&Item| {
        matches!(item.kind, ItemKind::Rule(_) | ItemKind::Assert(_) | ItemKind::Test(_) | ItemKind::Policy { .. })
    };
    !file.items().iter().any(decides)
}

/// Which names are used.
pub(in crate::lint::rules) struct Uses<'a> {
    /// Where names stand first, and whether they stand anywhere else.
    names: BTreeMap<&'a str, (Span, bool)>,
    groups: BTreeSet<&'a str>,
}

impl<'a> Uses<'a> {
    /// The names that stand in a file and what it imports.
    pub(in crate::lint::rules) fn of(file: &File<'a>) -> Self {
        let mut names: BTreeMap<&str, (Span, bool)> = BTreeMap::new();
        for unit in &file.analysis().units {
            for token in unit.parse.tokens.iter().filter(|token| token.kind == TokenKind::Name) {
                let place = Span::new(unit.file, token.start, token.end);
                names.entry(file.text(place)).and_modify(|(_, again)| *again = true).or_insert((place, false));
            }
        }
        let items =
            file.statements().filter_map(selection::of).flat_map(|found| found.items.iter().chain(&found.except));
        let groups = items.filter_map(|item| match &item.kind {
            SelectionKind::Set(set) => Some(set.as_str()),
            _ => None,
        });
        Self { names, groups: groups.collect() }
    }

    /// Whether the name of a `let` stands anywhere but where it is declared. A tool of the same name counts as a use: better
    /// silent than wrong.
    pub(in crate::lint::rules) fn is_let_used(&self, declared: &Ident) -> bool {
        self.names.get(declared.text.as_str()).is_some_and(|(first, again)| *again || *first != declared.span)
    }

    /// Whether some selection names a group.
    pub(in crate::lint::rules) fn is_group_used(&self, name: &str) -> bool {
        self.groups.contains(name)
    }

    /// Whether something of an imported file matters to the file that imports it: it holds more than lets and groups, or one
    /// of these is used.
    pub(in crate::lint::rules) fn is_needed(&self, unit: &Unit) -> bool {
        unit.parse.file.items.iter().any(|item| match &item.kind {
            ItemKind::Let { name, .. } => self.is_let_used(name),
            ItemKind::Group { name, .. } => self.is_group_used(&name.text),
            // Tests do not come with an import.
            ItemKind::Import { .. } | ItemKind::Test(_) | ItemKind::Empty => false,
            _ => true,
        })
    }
}

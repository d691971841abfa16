//! What a file declares, and whether it is used.

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

/// Whether the name of a `let` stands anywhere but where it is declared. A tool of the same name counts as a use: better silent
/// than wrong.
pub(in crate::lint::rules) fn is_let_used(file: &File<'_>, declared: &Ident) -> bool {
    file.analysis().units.iter().any(|unit| {
        let names = unit.parse.tokens.iter().filter(|token| token.kind == TokenKind::Name);
        let mut places = names.map(|token| Span::new(unit.file, token.start, token.end));
        places.any(|place| place != declared.span && file.text(place) == declared.text)
    })
}

/// Whether some selection names a group.
pub(in crate::lint::rules) fn is_group_used(file: &File<'_>, name: &str) -> bool {
    file.statements().filter_map(selection::of).any(|selection| {
        let items = selection.items.iter().chain(&selection.except);
        items.into_iter().any(|item| matches!(&item.kind, SelectionKind::Set(set) if set == name))
    })
}

/// Whether something of an imported file matters to the file that imports it: it holds more than lets and groups, or one
/// of these is used.
pub(in crate::lint::rules) fn is_needed(file: &File<'_>, unit: &Unit) -> bool {
    unit.parse.file.items.iter().any(|item| match &item.kind {
        ItemKind::Let { name, .. } => is_let_used(file, name),
        ItemKind::Group { name, .. } => is_group_used(file, &name.text),
        // Tests do not come with an import.
        ItemKind::Import { .. } | ItemKind::Test(_) | ItemKind::Empty => false,
        _ => true,
    })
}

//! What a file declares, and whether it is used.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Fix, quote};
use crate::lint::edit;
use crate::lint::file::File;
use crate::sema::Unit;
use crate::source::Span;
use crate::syntax::ast::{Ident, Item, ItemKind, SelectionKind};
use crate::syntax::token::{TokenKind, lex};

use super::selection;

/// Whether a file contains only declarations, for other files to import.
pub(in crate::lint::rules) fn is_library(file: &File<'_>) -> bool {
    let decides = |item: &&Item| {
        matches!(item.kind, ItemKind::Rule(_) | ItemKind::Assert(_) | ItemKind::Test(_) | ItemKind::Policy { .. })
    };
    !file.items().iter().any(decides)
}

/// Which names are used.
pub(in crate::lint::rules) struct Uses<'a> {
    /// Where each name occurs first, and whether it occurs again.
    names: BTreeMap<&'a str, (Span, bool)>,
    groups: BTreeSet<&'a str>,
}

impl<'a> Uses<'a> {
    /// The names that occur in a file and in what it imports.
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

    /// Whether the name of a `let` occurs anywhere but in its declaration. A tool of the same name
    /// counts as a use: better no finding than a wrong one.
    pub(in crate::lint::rules) fn is_let_used(&self, declared: &Ident) -> bool {
        self.names.get(declared.text.as_str()).is_some_and(|(first, again)| *again || *first != declared.span)
    }

    /// Whether some selection names a group.
    pub(in crate::lint::rules) fn is_group_used(&self, name: &str) -> bool {
        self.groups.contains(name)
    }

    /// Whether an imported file matters to the file that imports it: it contains more than lets and
    /// groups, or one of these is used.
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

/// Declarations that fixes leave without a use.
pub(in crate::lint) struct Declarations<'f, 'a> {
    file: &'f File<'a>,
    /// How often each name and each `@name` occurs in the file and in what it imports, apart from
    /// declarations of groups.
    names: BTreeMap<&'a str, usize>,
    /// The statements of the linted file that declare a `let` or a group, by the name as it is
    /// used.
    declared: BTreeMap<String, &'a Item>,
}

impl<'f, 'a> Declarations<'f, 'a> {
    /// The declarations of a file.
    pub(in crate::lint) fn of(file: &'f File<'a>) -> Self {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for unit in &file.analysis().units {
            for token in unit.parse.tokens.iter().filter(|token| is_name(token.kind)) {
                *names.entry(file.text(Span::new(unit.file, token.start, token.end))).or_default() += 1;
            }
        }
        let mut declared = BTreeMap::new();
        // Files that import a file of declarations may use them.
        let items = if is_library(file) { Vec::new() } else { file.items() };
        for item in items {
            match &item.kind {
                ItemKind::Let { name, .. } => drop(declared.insert(name.text.clone(), item)),
                ItemKind::Group { name, .. } => drop(declared.insert(format!("@{}", name.text), item)),
                _ => {}
            }
        }
        Self { file, names, declared }
    }

    /// Extends a fix to remove the declarations, too, whose last use it removes.
    pub(in crate::lint) fn without_unused(&self, fix: &mut Fix) {
        if self.declared.is_empty() || fix.edits.iter().any(|edit| edit.span.file != self.file.main_id()) {
            return;
        }
        let mut gone: BTreeMap<String, usize> = BTreeMap::new();
        let mut added: BTreeMap<String, usize> = BTreeMap::new();
        for edit in &fix.edits {
            count(self.file.text(edit.span), &mut gone);
            count(&edit.text, &mut added);
        }
        let mut waiting: Vec<String> = gone.keys().rev().cloned().collect();
        let mut places: BTreeMap<u32, u32> = fix.edits.iter().map(|edit| (edit.span.start, edit.span.end)).collect();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            let Some(item) = self.declared.get(&name).filter(|_| !taken.contains(&name)) else { continue };
            // The declaration of a `let` contains the same word as its uses.
            let own = usize::from(!name.starts_with('@'));
            let counted = |names: &BTreeMap<String, usize>| names.get(&name).copied().unwrap_or_default();
            let all = self.names.get(name.as_str()).copied().unwrap_or_default();
            if all + counted(&added) != counted(&gone) + own {
                continue;
            }
            let is_free = |span: Span| places.range(..span.end).next_back().is_none_or(|(_, end)| *end <= span.start);
            let edits = [edit::remove_statement(self.file, item.span), edit::replace(item.span, "")];
            let Some(edit) = edits.into_iter().find(|edit| is_free(edit.span)) else { continue };
            places.insert(edit.span.start, edit.span.end);
            fix.edits.push(edit);
            let mut inside = BTreeMap::new();
            count(self.file.text(item.span), &mut inside);
            for (other, times) in inside {
                *gone.entry(other.clone()).or_default() += times;
                waiting.push(other);
            }
            taken.insert(name);
        }
        if taken.is_empty() {
            return;
        }
        fix.edits.sort_by_key(|edit| edit.span);
        let names = match taken.len() {
            ..=MOST_NAMED => taken.iter().map(|name| quote(name)).collect::<Vec<_>>().join(" and "),
            more => format!("{more} declarations"),
        };
        fix.title.push_str(&format!(", and {names}, which nothing else uses"));
    }
}

/// How many declarations the title of a fix names.
const MOST_NAMED: usize = 3;

fn is_name(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Name | TokenKind::Set)
}

/// Counts the names in a piece of text.
fn count(text: &str, names: &mut BTreeMap<String, usize>) {
    for token in lex(text).into_iter().filter(|token| is_name(token.kind)) {
        *names.entry(token.text(text).to_owned()).or_default() += 1;
    }
}

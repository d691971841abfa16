//! The place in a file at which actions are requested.

use std::collections::BTreeSet;

use super::{Action, ActionKind, Change, layout};
use crate::diagnostics::Edit;
use crate::ide::View;
use crate::ide::format::is_sound;
use crate::source::{Span, offset};
use crate::syntax::ast::{Clauses, Effect, Expr, Item, ItemKind, Selection, SelectionItem, SelectionKind};
use crate::syntax::print;
use crate::syntax::token::TokenKind;

/// A range of a file with the statement around it.
pub(super) struct Site<'v, 'a> {
    pub(super) view: &'v View<'a>,
    /// The range without white space at its ends.
    pub(super) range: Span,
    /// The innermost statement around the range, if it has no syntax errors.
    pub(super) item: Option<&'a Item>,
}

impl<'v, 'a> Site<'v, 'a> {
    pub(super) fn new(view: &'v View<'a>, range: Span) -> Self {
        let text = view.text().get(range.range()).unwrap_or_default();
        let range = match text.trim() {
            "" => Span { end: range.start, ..range },
            trimmed => {
                let start = range.start + offset(text.len() - text.trim_start().len());
                Span { start, end: start + offset(trimmed.len()), ..range }
            }
        };
        let item = view.item_at(range.start).filter(|item| range.end <= item.span.end && is_sound(view, item.span));
        let item = item.filter(|item| !matches!(item.kind, ItemKind::Error | ItemKind::Empty));
        Self { view, range, item }
    }

    /// Whether a place has something of the range; a cursor touches what it is next to.
    pub(super) const fn touches(&self, span: Span) -> bool {
        if self.range.start == self.range.end {
            span.start <= self.range.start && self.range.start <= span.end
        } else {
            span.start < self.range.end && self.range.start < span.end
        }
    }

    pub(super) const fn is_cursor(&self) -> bool {
        self.range.start == self.range.end
    }

    /// The text at a place.
    pub(super) fn text(&self, span: Span) -> &'a str {
        self.view.slice(span)
    }

    /// The selection of the statement, with the list (items, or those after `except`) that the range lies in.
    pub(super) fn list(&self) -> Option<(&'a Selection, &'a [SelectionItem], bool)> {
        let selection = crate::ide::mark::selection(self.item?)?;
        let lists = [(selection.items.as_slice(), false), (selection.except.as_slice(), true)];
        lists.into_iter().find_map(|(list, excepted)| {
            let whole = list.first()?.span.to(list.last()?.span);
            self.touches(whole).then_some((selection, list, excepted))
        })
    }

    /// Whether a comment stands in a place, which rewriting it would lose.
    pub(super) fn has_comment(&self, span: Span) -> bool {
        let tokens = self.view.tokens();
        let from = tokens.partition_point(|token| token.start < span.start);
        let rest = tokens.get(from..).unwrap_or_default();
        rest.iter().take_while(|token| token.start < span.end).any(|token| token.kind == TokenKind::Comment)
    }

    /// An action that edits statements: what was laid out as the formatter does is so afterwards.
    pub(super) fn rewrite(&self, title: impl Into<String>, kind: ActionKind, edits: Vec<Edit>) -> Action {
        let change = Change { edits: layout::tidy(self.view, edits), ..Change::default() };
        Action { title: title.into(), kind, resolves: Vec::new(), preferred: false, change }
    }

    /// As [`rewrite`](Self::rewrite), with a new statement before the current one. `name` is the offset of a new name in it.
    pub(super) fn declare(&self, item: &Item, title: String, statement: &str, name: u32, edits: Vec<Edit>) -> Action {
        let insertion = layout::before(self.view, item, statement);
        let rename_at = Some(insertion.span.start + layout::lead(&insertion) + name);
        let mut action = self.rewrite(title, ActionKind::Extract, edits);
        action.change.edits.insert(0, insertion);
        action.change.rename_at = rename_at;
        action
    }

    /// A name for a `let` or group that nothing in the file has.
    pub(super) fn free_name(&self, wanted: &str) -> String {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for item in self.view.items() {
            match &item.kind {
                ItemKind::Let { name, .. } | ItemKind::Group { name, .. } => taken.insert(&name.text),
                _ => false,
            };
        }
        let scope = self.view.scope(self.range.start);
        taken.extend(scope.lets().map(|(name, ..)| name));
        taken.extend(scope.groups().map(|(name, ..)| name));
        taken.extend(["read", "write", "destructive", "execute", "financial", "args", "caller"]);
        let free = |name: &str| print::is_bare(name) && !taken.contains(name);
        let numbered = (2_u32..).map(|number| format!("{wanted}_{number}"));
        std::iter::once(wanted.to_owned()).chain(numbered).find(|name| free(name)).unwrap_or_default()
    }
}

/// The clauses of a statement.
pub(super) fn clauses(item: &Item) -> Option<&Clauses> {
    match &item.kind {
        ItemKind::Rule(rule) => Some(&rule.clauses),
        ItemKind::Assert(assert) => Some(&assert.clauses),
        _ => None,
    }
}

/// The conditions of a statement.
pub(super) fn conditions(item: &Item) -> impl Iterator<Item = &Expr> {
    let required = match &item.kind {
        ItemKind::Rule(rule) => match &rule.effect {
            Effect::Require(condition) => Some(condition),
            _ => None,
        },
        _ => None,
    };
    let when = clauses(item).and_then(|clauses| clauses.when.as_ref()).map(|when| &when.condition);
    required.into_iter().chain(when)
}

/// Whether arguments of the selected tools are spoken of, so that it matters for their types which tools are named.
pub(super) fn reads_arguments(item: &Item) -> bool {
    conditions(item).next().is_some() || clauses(item).is_some_and(|clauses| clauses.of.is_some())
}

/// Whether an item is `*` or `server::*`.
pub(super) fn is_star(item: &SelectionItem) -> bool {
    item.kind == SelectionKind::Everything
}

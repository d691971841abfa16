//! The file that lint rules check, as it is written.

use std::collections::BTreeMap;

use crate::sema::{Analysis, Checked, Unit};
use crate::source::{FileId, Span};
use crate::syntax::ast::{Effect, Expr, ExprKind, Item, ItemKind};
use crate::syntax::token::{Token, lex};

/// A file without errors, with what it imports.
pub struct File<'a> {
    analysis: &'a Analysis,
    checked: &'a Checked,
    /// The statements of all files, by place, including those in blocks.
    statements: BTreeMap<Span, &'a Item>,
    /// The `server` statements of the linted file.
    servers: Vec<&'a Item>,
}

impl<'a> File<'a> {
    /// A file as it was analysed; `None` if it has errors.
    #[must_use]
    pub fn new(analysis: &'a Analysis) -> Option<Self> {
        let checked = analysis.checked.as_ref()?;
        let mut statements = BTreeMap::new();
        for unit in &analysis.units {
            collect(&unit.parse.file.items, &mut statements);
        }
        let mut file = Self { analysis, checked, statements, servers: Vec::new() };
        file.servers = file.items().into_iter().filter(|item| matches!(item.kind, ItemKind::Server { .. })).collect();
        Some(file)
    }

    /// The whole analysis.
    #[must_use]
    pub const fn analysis(&self) -> &'a Analysis {
        self.analysis
    }

    /// The policies and tests.
    #[must_use]
    pub const fn checked(&self) -> &'a Checked {
        self.checked
    }

    /// The linted file itself.
    #[must_use]
    pub fn main(&self) -> Option<&'a Unit> {
        self.analysis.units.iter().find(|unit| unit.file == self.analysis.main)
    }

    /// The id of the linted file.
    #[must_use]
    pub const fn main_id(&self) -> FileId {
        self.analysis.main
    }

    /// The tokens of the linted file.
    #[must_use]
    pub fn tokens(&self) -> &'a [Token] {
        self.main().map(|unit| unit.parse.tokens.as_slice()).unwrap_or_default()
    }

    /// The statements of the linted file in order, those in blocks each after its block.
    #[must_use]
    pub fn items(&self) -> Vec<&'a Item> {
        let all = self.main().map(|unit| unit.parse.file.items.as_slice()).unwrap_or_default();
        all.iter().flat_map(|item| std::iter::once(item).chain(inside(item))).collect()
    }

    /// The `server` statements of the linted file in order.
    #[must_use]
    pub fn servers(&self) -> &[&'a Item] {
        &self.servers
    }

    /// The text at a place, of any file.
    #[must_use]
    pub fn text(&self, span: Span) -> &'a str {
        self.analysis.sources.slice(span)
    }

    /// The words at a place, one blank between any two, comments left out.
    #[must_use]
    pub fn words(&self, span: Span) -> String {
        words(self.text(span))
    }

    /// The statement at exactly this place, such as an [`Origin::span`](crate::ir::Origin::span).
    #[must_use]
    pub fn statement(&self, span: Span) -> Option<&'a Item> {
        self.statements.get(&span).copied()
    }

    /// The statements of all files, including those in blocks.
    pub fn statements(&self) -> impl Iterator<Item = &'a Item> {
        self.statements.values().copied()
    }

    /// The innermost statement around a place.
    #[must_use]
    pub fn statement_around(&self, span: Span) -> Option<&'a Item> {
        let before = self.statements.range(..=Span { end: u32::MAX, ..span }).rev();
        before.map(|(_, item)| *item).find(|item| item.span.file == span.file && covers(item.span, span))
    }

    /// The condition of a statement, if it has one: what stands after `when`, `unless` or
    /// `require`.
    #[must_use]
    pub fn condition(item: &'a Item) -> Option<&'a Expr> {
        match &item.kind {
            ItemKind::Rule(rule) => match &rule.effect {
                Effect::Require(condition) => Some(condition),
                _ => rule.clauses.when.as_ref().map(|when| &when.condition),
            },
            ItemKind::Assert(assert) => assert.clauses.when.as_ref().map(|when| &when.condition),
            _ => None,
        }
    }

    /// The path in the `import` of the linted file by which another policy file came.
    #[must_use]
    pub fn import_of(&self, file: FileId) -> Option<Span> {
        self.analysis.units.iter().find(|unit| unit.file == file)?.import
    }
}

/// Whether `outer` contains all of `inner`, in the same file.
#[must_use]
pub(super) fn covers(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
}

fn inside(item: &Item) -> &[Item] {
    match &item.kind {
        ItemKind::Policy { items, .. } => items,
        _ => &[],
    }
}

fn collect<'a>(items: &'a [Item], found: &mut BTreeMap<Span, &'a Item>) {
    for item in items {
        found.insert(item.span, item);
        collect(inside(item), found);
    }
}

/// The words of a text, one blank between any two, comments left out.
pub(super) fn words(text: &str) -> String {
    let words = lex(text).into_iter().filter(|token| !token.kind.is_trivia()).map(|token| token.text(text));
    words.collect::<Vec<_>>().join(" ")
}

/// All parts of a condition, from outside in, the whole first.
pub(super) fn parts(condition: &Expr) -> Vec<&Expr> {
    let mut found = vec![condition];
    let mut at = 0;
    while let Some(part) = found.get(at).copied() {
        match &part.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) => found.extend(parts),
            ExprKind::Not(inner) => found.push(inner),
            ExprKind::Atom(_) | ExprKind::Error => {}
        }
        at += 1;
    }
    found
}

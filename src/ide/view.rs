//! An analysed file as an editor looks at it.

use std::cell::OnceCell;

use super::mark::{self, Mark};
use crate::catalogue::{Class, ToolEntry};
use crate::diagnostics::Diagnostic;
use crate::ir::{Policy, ToolId};
use crate::schema::Schema;
use crate::sema::{Analysis, KnownTools, Scope, Scopes, Unit};
use crate::source::{FileId, Span};
use crate::syntax::Parse;
use crate::syntax::ast::{File, Item, ItemKind};
use crate::syntax::token::{Token, TokenKind};

/// An analysed file with what is often asked of it, each computed when it is first asked for.
pub struct View<'a> {
    analysis: &'a Analysis,
    /// The same file when it last had no errors.
    sound: Option<&'a Analysis>,
    scopes: OnceCell<Scopes<'a>>,
    marks: OnceCell<Vec<Mark<'a>>>,
}

impl<'a> View<'a> {
    /// A view of a file. `sound` is the analysis of its last text without errors, if the text has some now.
    #[must_use]
    pub fn new(analysis: &'a Analysis, sound: Option<&'a Analysis>) -> Self {
        Self { analysis, sound, scopes: OnceCell::new(), marks: OnceCell::new() }
    }

    /// The analysis of the text as it is.
    #[must_use]
    pub const fn analysis(&self) -> &'a Analysis {
        self.analysis
    }

    /// The id of the file.
    #[must_use]
    pub const fn file(&self) -> FileId {
        self.analysis.main
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.analysis.sources.get(self.analysis.main).map_or("", |source| source.text().as_str())
    }

    /// The text at a place of any file.
    #[must_use]
    pub fn slice(&self, span: Span) -> &'a str {
        self.analysis.sources.slice(span)
    }

    fn unit(&self) -> Option<&'a Unit> {
        self.analysis.units.iter().find(|unit| unit.file == self.analysis.main)
    }

    /// The tokens of the file, white space and comments included.
    #[must_use]
    pub fn tokens(&self) -> &'a [Token] {
        self.unit().map(|unit| unit.parse.tokens.as_slice()).unwrap_or_default()
    }

    /// The text, read.
    #[must_use]
    pub fn parse(&self) -> Option<&'a Parse> {
        self.unit().map(|unit| unit.parse.as_ref())
    }

    /// What is wrong with the text of the file as text.
    #[must_use]
    pub fn syntax_errors(&self) -> &'a [Diagnostic] {
        self.unit().map(|unit| unit.parse.errors.as_slice()).unwrap_or_default()
    }

    /// The tree of the file.
    #[must_use]
    pub fn tree(&self) -> Option<&'a File> {
        self.unit().map(|unit| &unit.parse.file)
    }

    /// The statements of the file in order, those in blocks each after its block.
    pub fn items(&self) -> impl Iterator<Item = &'a Item> {
        let all = self.tree().map(|file| file.items.as_slice()).unwrap_or_default();
        all.iter().flat_map(|item| {
            let inner = match &item.kind {
                ItemKind::Policy { items, .. } => items.as_slice(),
                _ => &[],
            };
            std::iter::once(item).chain(inner)
        })
    }

    /// The innermost statement around an offset; one that ends there counts.
    #[must_use]
    pub fn item_at(&self, at: u32) -> Option<&'a Item> {
        let around = |items: &'a [Item]| {
            let after = items.partition_point(|item| item.span.start <= at);
            items.get(..after)?.iter().rev().take(2).find(|item| at <= item.span.end)
        };
        let outer = around(&self.tree()?.items)?;
        match &outer.kind {
            ItemKind::Policy { items, .. } => around(items).or(Some(outer)),
            _ => Some(outer),
        }
    }

    /// The servers and tools that are known.
    #[must_use]
    pub fn known_tools(&self) -> &'a KnownTools {
        &self.analysis.known_tools
    }

    /// The names that can be used at an offset.
    pub fn scope(&self, at: u32) -> &Scope<'a> {
        self.scopes().at(Span::new(self.file(), at, at))
    }

    /// The names that can be used anywhere.
    pub fn scopes(&self) -> &Scopes<'a> {
        self.scopes.get_or_init(|| Scopes::new(self.analysis))
    }

    /// All names of the file and what they stand for, in order.
    pub fn marks(&self) -> &[Mark<'a>] {
        self.marks.get_or_init(|| self.tree().map(mark::of).unwrap_or_default())
    }

    /// The name at an offset; of two that touch there the one that begins.
    pub fn mark_at(&self, at: u32) -> Option<&Mark<'a>> {
        let marks = self.marks();
        let after = marks.partition_point(|mark| mark.span.start <= at);
        marks.get(..after)?.iter().rev().take(2).find(|mark| at <= mark.span.end)
    }

    /// The token at an offset, white space left out; of two that touch there the one that begins, unless it is punctuation.
    #[must_use]
    pub fn token_at(&self, at: u32) -> Option<&'a Token> {
        let tokens = self.tokens();
        let after = tokens.partition_point(|token| token.start <= at);
        let (last, before) = tokens.get(..after)?.split_last()?;
        let text = last.text(self.text());
        let weak = last.kind == TokenKind::Space
            || !text.starts_with(|char: char| char.is_alphanumeric() || "_\"@*/".contains(char));
        match before.last() {
            Some(previous) if weak && last.start == at && previous.kind != TokenKind::Space => Some(previous),
            _ => (last.kind != TokenKind::Space).then_some(last),
        }
    }

    /// The policies as they are, or as they were when the file last had no errors.
    pub fn policies(&self) -> impl Iterator<Item = &'a Policy> {
        let last = if self.analysis.checked.is_some() { Some(self.analysis) } else { self.sound };
        last.into_iter().flat_map(Analysis::policies)
    }

    /// Whether [`View::policies`] are of an earlier text.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        self.analysis.checked.is_none()
    }

    /// The entry of a tool in its catalogue; the first of one that is listed twice.
    #[must_use]
    pub fn entry(&self, tool: ToolId) -> Option<&'a ToolEntry> {
        let (catalogue, entry) = self.known_tools().entries(tool).next()?;
        catalogue.tool(entry)
    }

    /// The most severe class of a tool.
    #[must_use]
    pub fn class(&self, tool: ToolId) -> Option<Class> {
        self.known_tools().classes(tool).map(|(classes, _)| classes.most_severe())
    }

    /// The schemas of a tool's arguments: one for each entry.
    pub fn schemas(&self, tool: ToolId) -> impl Iterator<Item = Schema<'a>> {
        self.known_tools().entries(tool).map(|(catalogue, entry)| catalogue.schema(entry))
    }

    /// The known tools that a statement selects; none for a statement without a selection.
    #[must_use]
    pub fn selected(&self, item: &Item) -> Vec<ToolId> {
        let Some(selection) = mark::selection(item) else { return Vec::new() };
        self.scope(item.span.start).selected(selection)
    }
}

//! Resolves selections, each only once for everything that is shown of a file.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::View;
use crate::ir::{Selection, Subject, ToolId};
use crate::source::{FileId, Span, offset};
use crate::syntax::ast::{self, ItemKind, SelectionItem};

/// A resolved selection.
pub(super) struct Picked {
    /// As the model has it.
    pub(super) selection: Selection,
    /// The known tools among it.
    pub(super) tools: Vec<ToolId>,
}

/// Where a text means the same: the file and, within it, the block.
pub(super) type BlockKey = (FileId, Option<u32>);

/// Resolves selections, and keeps what they come to: policies repeat themselves.
pub(super) struct Picker<'v, 'a> {
    view: &'v View<'a>,
    blocks: Vec<Span>,
    known: BTreeMap<(BlockKey, &'a str), Rc<Picked>>,
}

impl<'v, 'a> Picker<'v, 'a> {
    pub(super) fn new(view: &'v View<'a>) -> Self {
        let blocks = view.items().filter(|item| matches!(item.kind, ItemKind::Policy { .. })).map(|item| item.span);
        Self { view, blocks: blocks.collect(), known: BTreeMap::new() }
    }

    /// The block around a place.
    pub(super) fn place(&self, span: Span) -> BlockKey {
        let around = |block: &&Span| block.file == span.file && block.start <= span.start && span.end <= block.end;
        (span.file, self.blocks.iter().find(around).map(|block| block.start))
    }

    /// What a selection selects.
    pub(super) fn selection(&mut self, selection: &'a ast::Selection) -> Rc<Picked> {
        self.get(selection.span, selection)
    }

    /// What one item of a selection selects.
    pub(super) fn item(&mut self, item: &'a SelectionItem) -> Rc<Picked> {
        let key = (self.place(item.span), self.view.slice(item.span));
        if let Some(known) = self.known.get(&key) {
            return Rc::clone(known);
        }
        let alone = ast::Selection { items: vec![item.clone()], except: Vec::new(), span: item.span };
        self.get(item.span, &alone)
    }

    fn get(&mut self, span: Span, selection: &ast::Selection) -> Rc<Picked> {
        let key = (self.place(span), self.view.slice(span));
        if let Some(known) = self.known.get(&key) {
            return Rc::clone(known);
        }
        let selection = self.view.scopes().at(span).select(selection);
        let tools = match &selection.star {
            None => selection.named.clone(),
            Some(_) => {
                let all = self.view.known_tools().tools().iter().enumerate();
                let all = all.map(|(index, tool)| (ToolId(offset(index)), tool.server));
                all.filter(|(id, server)| selection.selects(Subject::known(*server, *id)).is_some())
                    .map(|(id, _)| id)
                    .collect()
            }
        };
        let picked = Rc::new(Picked { selection, tools });
        self.known.insert(key, Rc::clone(&picked));
        picked
    }
}

/// A place as people name it: "line 12", and with its file if that is another one.
pub(super) fn line(view: &View<'_>, span: Span) -> String {
    let sources = &view.analysis().sources;
    let line = sources.line(span);
    if span.file == view.file() {
        return format!("line {line}");
    }
    let name = sources.name(span.file);
    format!("{}:{line}", name.rsplit(['/', '\\']).next().unwrap_or(name))
}

//! The declared names that are visible at a place of a file, also in a file with errors.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::assemble::{Placed, statements};
use super::condition::Let;
use super::names::Names;
use super::select::{Group, Selector};
use super::unmatched::Use;
use super::{Analysis, KnownTools};
use crate::ir::{Selection, Subject, ToolId};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, LetValue, SelectionItem};

/// The scopes of a policy: the file with what it imports, and each of its `policy` blocks.
pub struct Scopes<'a> {
    outer: Scope<'a>,
    /// By file and start.
    blocks: BTreeMap<(FileId, u32), (Span, Scope<'a>)>,
}

/// The names that can be used in a file or block.
pub struct Scope<'a> {
    names: Names<'a>,
    selector: RefCell<Selector<'a>>,
}

impl<'a> Scopes<'a> {
    /// The scopes of an analysed file.
    #[must_use]
    pub fn new(analysis: &'a Analysis) -> Self {
        let (outer, blocks) = statements(&analysis.units, &analysis.order);
        let mut found = Vec::new();
        let mut names = Names::default();
        names.declare(&outer, &mut found);
        let names = names.outside();
        let scope = |names: Names<'a>| {
            let selector = Selector::new(&analysis.known_tools, names.groups.clone());
            Scope { names, selector: RefCell::new(selector) }
        };
        let inner = |items: &[Placed<'a>]| {
            let mut names = names.clone();
            names.declare(items, &mut Vec::new());
            scope(names)
        };
        let key = |span: Span| (span.file, span.start);
        let blocks = blocks.iter().map(|block| (key(block.span), (block.span, inner(&block.items)))).collect();
        Self { blocks, outer: scope(names) }
    }

    /// The scope of a place.
    #[must_use]
    pub fn at(&self, place: Span) -> &Scope<'a> {
        let before = self.blocks.range(..=(place.file, place.start)).next_back();
        let block = before.filter(|(_, (span, _))| span.file == place.file && place.start <= span.end);
        block.map_or(&self.outer, |(_, (_, scope))| scope)
    }
}

impl<'a> Scope<'a> {
    /// The tools of a selection; what is wrong in it is left out.
    #[must_use]
    pub fn select(&self, selection: &ast::Selection) -> Selection {
        let Ok(mut selector) = self.selector.try_borrow_mut() else { return Selection::default() };
        selector.resolve(selection, [Use::Opens; 2], &mut Vec::new()).selection
    }

    /// The known tools that one item of a selection speaks of: for `*` and `server::*` all of them.
    #[must_use]
    pub fn tools(&self, item: &SelectionItem) -> Vec<ToolId> {
        let Ok(mut selector) = self.selector.try_borrow_mut() else { return Vec::new() };
        let known_tools = selector.known_tools;
        let selection = ast::Selection { items: vec![item.clone()], except: Vec::new(), span: item.span };
        let found = selector.resolve(&selection, [Use::Opens; 2], &mut Vec::new()).selection;
        known(known_tools, found)
    }

    /// The known tools that a selection speaks of, those of `*` and `server::*` among them, in order.
    #[must_use]
    pub fn selected(&self, selection: &ast::Selection) -> Vec<ToolId> {
        let Ok(mut selector) = self.selector.try_borrow_mut() else { return Vec::new() };
        let found = selector.resolve(selection, [Use::Opens; 2], &mut Vec::new()).selection;
        known(selector.known_tools, found)
    }

    /// The declared `let` names: name, place of the name, value.
    pub fn lets(&self) -> impl Iterator<Item = (&'a str, Span, &'a LetValue)> {
        self.names.lets.iter().map(|(name, Let { name: span, value })| (name, *span, *value))
    }

    /// The place of the name of a declared `let`.
    #[must_use]
    pub fn find_let(&self, name: &str) -> Option<Span> {
        self.names.lets.get(name).map(|found| found.name)
    }

    /// The place of the name of a declared group.
    #[must_use]
    pub fn find_group(&self, name: &str) -> Option<Span> {
        self.names.groups.get(name).map(|found| found.name)
    }

    /// The declared groups: name, place of the name, what they stand for.
    pub fn groups(&self) -> impl Iterator<Item = (&'a str, Span, &'a ast::Selection)> {
        self.names.groups.iter().map(|(name, Group { name: span, selection })| (name, *span, *selection))
    }
}

/// The known tools of a selection in order.
fn known(known_tools: &KnownTools, mut selection: Selection) -> Vec<ToolId> {
    if selection.star.is_none() {
        selection.named.sort_unstable();
        selection.named.dedup();
        return selection.named;
    }
    let all = known_tools.tools().iter().enumerate().map(|(index, tool)| (ToolId(crate::source::offset(index)), tool));
    all.filter(|(id, tool)| selection.selects(Subject::known(tool.server, *id)).is_some()).map(|(id, _)| id).collect()
}

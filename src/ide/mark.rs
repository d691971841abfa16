//! The names in a file and what they refer to.

use crate::source::Span;
use crate::syntax::ast::{
    Atom, Effect, Expr, ExprKind, File, Ident, Item, ItemKind, List, Operand, Path, Scope, Selection, SelectionItem,
    SelectionKind, StepKind, Str, Test, ValueTest,
};

/// A name in a file with what it stands for.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// Its place.
    pub span: Span,
    /// What it stands for.
    pub kind: MarkKind<'a>,
    /// The statement it stands in.
    pub item: &'a Item,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub enum MarkKind<'a> {
    /// A server, where it is declared.
    ServerName(&'a Ident),
    /// A server in front of `::`.
    Server(&'a Ident),
    /// The path of a catalogue.
    Catalogue(&'a Str),
    /// The path of an imported file.
    Import(&'a Str),
    /// A `let`, where it is declared.
    LetName(&'a Ident),
    /// A `let` in a condition.
    Let(&'a Ident),
    /// A group, where it is declared; the name without `@`.
    GroupName(&'a Ident),
    /// A policy, where it is declared.
    PolicyName(&'a Ident),
    /// A tool, glob, set or `*` of a selection; the place is without `server::`.
    Selected(&'a SelectionItem),
    /// A tool that a test calls.
    Called {
        /// The server in front of `::`.
        server: Option<&'a Ident>,
        /// The tool.
        tool: &'a Ident,
    },
    /// `args` or `caller` at the start of a path.
    Root(&'a Path),
    /// A step of a path, by its number.
    Step(&'a Path, usize),
    /// Number and window of a limit.
    Rate,
    /// The scope of a limit.
    Scope(&'a Scope),
    /// The name of a test.
    TestName(&'a Test),
    /// The name of a counter.
    Counter(&'a Str),
}

/// The names of a file in order.
pub(super) fn of(file: &File) -> Vec<Mark<'_>> {
    let mut marks = Vec::new();
    for item in &file.items {
        statement(item, &mut marks);
    }
    marks
}

/// The selection of a statement, if it has one.
pub(super) fn selection(item: &Item) -> Option<&Selection> {
    match &item.kind {
        ItemKind::Group { selection, .. } => Some(selection),
        ItemKind::Rule(rule) => Some(&rule.selection),
        ItemKind::Assert(assert) => Some(&assert.selection),
        _ => None,
    }
}

fn statement<'a>(item: &'a Item, marks: &mut Vec<Mark<'a>>) {
    let first = marks.len();
    let mut names = Names { item, marks };
    match &item.kind {
        ItemKind::Server { name, path } => {
            names.add(name.span, MarkKind::ServerName(name));
            names.add(path.span, MarkKind::Catalogue(path));
        }
        ItemKind::Import { path } => names.add(path.span, MarkKind::Import(path)),
        ItemKind::Let { name, .. } => names.add(name.span, MarkKind::LetName(name)),
        ItemKind::Group { name, selection } => {
            names.add(name.span, MarkKind::GroupName(name));
            names.selection(selection);
        }
        ItemKind::Rule(rule) => {
            match &rule.effect {
                Effect::Limit { rate, .. } => names.add(rate.span, MarkKind::Rate),
                Effect::Require(condition) => names.condition(condition),
                Effect::Allow | Effect::Deny | Effect::Hide | Effect::Approval { .. } => {}
            }
            names.selection(&rule.selection);
            names.clauses(&rule.clauses);
        }
        ItemKind::Policy { name, items } => {
            names.add(name.span, MarkKind::PolicyName(name));
            items.iter().for_each(|item| statement(item, marks));
        }
        ItemKind::Assert(assert) => {
            if let crate::syntax::ast::Demand::Limit(rate) = &assert.demand {
                names.add(rate.span, MarkKind::Rate);
            }
            names.selection(&assert.selection);
            names.clauses(&assert.clauses);
        }
        ItemKind::Test(test) => {
            names.add(test.name.span, MarkKind::TestName(test));
            for step in &test.steps {
                if let StepKind::Call(call) = &step.kind {
                    if let Some(server) = &call.server {
                        names.add(server.span, MarkKind::Server(server));
                    }
                    names.add(call.tool.span, MarkKind::Called { server: call.server.as_ref(), tool: &call.tool });
                }
            }
        }
        ItemKind::Empty | ItemKind::Error => {}
    }
    // Statements follow each other as they stand in the file, and only within one the tree has another order.
    if !matches!(item.kind, ItemKind::Policy { .. }) {
        marks.get_mut(first..).unwrap_or_default().sort_by_key(|mark| mark.span);
    }
}

struct Names<'a, 'm> {
    item: &'a Item,
    marks: &'m mut Vec<Mark<'a>>,
}

impl<'a> Names<'a, '_> {
    fn add(&mut self, span: Span, kind: MarkKind<'a>) {
        // What was put in where something is missing has no width, and no name.
        if span.start < span.end {
            self.marks.push(Mark { span, kind, item: self.item });
        }
    }

    fn selection(&mut self, selection: &'a Selection) {
        for item in selection.items.iter().chain(&selection.except) {
            let mut span = item.span;
            if let Some(server) = &item.server {
                self.add(server.span, MarkKind::Server(server));
                span.start = span.end.min(server.span.end + 2);
            }
            if item.kind != SelectionKind::Error {
                self.add(span, MarkKind::Selected(item));
            }
        }
    }

    fn clauses(&mut self, clauses: &'a crate::syntax::ast::Clauses) {
        if let Some(path) = &clauses.of {
            self.path(path);
        }
        if let Some(scope) = &clauses.per {
            self.add(scope.span, MarkKind::Scope(scope));
        }
        if let Some(when) = &clauses.when {
            self.condition(&when.condition);
        }
        if let Some(counter) = &clauses.counter {
            self.add(counter.span, MarkKind::Counter(counter));
        }
    }

    fn condition(&mut self, condition: &'a Expr) {
        match &condition.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().for_each(|part| self.condition(part)),
            ExprKind::Not(inner) => self.condition(inner),
            ExprKind::Atom(atom) => self.atom(atom),
            ExprKind::Error => {}
        }
    }

    fn atom(&mut self, atom: &'a Atom) {
        self.path(atom.path());
        match atom {
            Atom::Has(_) => {}
            Atom::Length(_, _, operand) => self.operand(operand),
            Atom::Test(_, test) | Atom::Every(_, test) | Atom::Some(_, test) => match test {
                ValueTest::Compare(_, operand) | ValueTest::Contains(operand) => self.operand(operand),
                ValueTest::Like(patterns) | ValueTest::Matches(patterns) => {
                    patterns.operands().iter().for_each(|operand| self.operand(operand));
                }
                ValueTest::In { list: List::Name(name), .. } => self.add(name.span, MarkKind::Let(name)),
                ValueTest::In { list: List::Items(items, _), .. } => items.iter().for_each(|item| self.operand(item)),
            },
        }
    }

    fn operand(&mut self, operand: &'a Operand) {
        if let Operand::Name(name) = operand {
            self.add(name.span, MarkKind::Let(name));
        }
    }

    fn path(&mut self, path: &'a Path) {
        let root = path.segments.first().map_or(path.span.end, |first| first.span.start.saturating_sub(1));
        self.add(Span { end: root.max(path.span.start), ..path.span }, MarkKind::Root(path));
        for (index, segment) in path.segments.iter().enumerate() {
            self.add(segment.span, MarkKind::Step(path, index));
        }
    }
}

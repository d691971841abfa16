//! Statements, blocks and steps.
//!
//! The printer walks the tree and writes its own spelling of everything, except that before each part it gives out
//! the comments that stand before that part in the text. A comment therefore stays before the same part, and the
//! next run finds it where this one put it. Statements keep their order.

use super::comments::Comments;
use super::layout::{Op, Writer};
use crate::source::Span;
use crate::syntax::ast::{Assert, Call, Clauses, Demand, Effect, Item, ItemKind, Rule, Step, StepKind};
use crate::syntax::print;
use crate::syntax::token::{Token, TokenKind};

/// Columns by which a block, and a clause on its own line, is indented.
pub(super) const INDENT: usize = 2;

/// Writes a file.
pub(super) struct Printer<'a> {
    pub(super) text: &'a str,
    pub(super) comments: Comments<'a>,
    /// The steps of the current statement.
    pub(super) ops: Vec<Op>,
    writer: Writer,
    /// Columns by which the current block is indented.
    indent: usize,
    /// The end of the last finished statement, or of the `{` of a block.
    done: u32,
    /// Whether nothing was written yet in the current block.
    first: bool,
}

impl<'a> Printer<'a> {
    pub(super) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        let comments = Comments::new(text, tokens);
        let writer = Writer::default();
        Self { text, comments, ops: Vec::new(), writer, indent: 0, done: 0, first: true }
    }

    /// The file, formatted.
    pub(super) fn file(mut self, items: &[Item]) -> String {
        self.items(items);
        self.comments_before(u32::MAX);
        self.writer.finish()
    }

    // Lines

    /// Writes the comments between the last statement and byte `at`.
    fn comments_before(&mut self, at: u32) {
        for comment in self.comments.before(at, self.done) {
            if !comment.trailing || self.first && self.done == 0 {
                self.writer.end_line(comment.blank && !self.first);
                self.first = false;
            }
            self.writer.comment(&comment, self.indent);
        }
    }

    /// Begins the line of the statement at `span`.
    fn begin(&mut self, span: Span) {
        self.comments_before(span.start);
        self.writer.end_line(self.comments.blank_before(span.start, self.done) && !self.first);
        self.first = false;
    }

    /// Writes the collected steps and takes everything up to the end of `span` as done.
    fn finish(&mut self, span: Span) {
        let ops = std::mem::take(&mut self.ops);
        self.writer.write(&ops, self.indent);
        self.done = self.comments.end_before(span.end);
    }

    /// Writes the head that was collected, and a block. `empty` says that nothing will stand in it.
    fn block(&mut self, span: Span, name: Span, empty: bool, inside: impl FnOnce(&mut Self)) {
        let brace = self.comments.significant(name.end, span.end).next().map_or(name.end, |token| token.end);
        self.space();
        if empty && !self.comments.any_before(span.end) {
            self.push("{}");
            self.finish(span);
            return;
        }
        self.push("{");
        self.finish(Span { end: brace, ..span });
        self.indent += INDENT;
        self.first = true;
        inside(self);
        self.comments_before(span.end);
        self.indent -= INDENT;
        self.first = false;
        self.writer.end_line(false);
        self.push("}");
        self.finish(span);
    }

    // Steps of a statement

    pub(super) fn push(&mut self, text: impl Into<String>) {
        self.ops.push(Op::Text(text.into()));
    }

    pub(super) fn space(&mut self) {
        self.ops.push(Op::Space);
    }

    pub(super) fn line(&mut self) {
        self.ops.push(Op::Line);
    }

    /// What `inside` adds is a group, indented by `indent` where it breaks.
    pub(super) fn group(&mut self, indent: usize, inside: impl FnOnce(&mut Self)) {
        self.ops.push(Op::Open { group: true, indent });
        inside(self);
        self.ops.push(Op::Close);
    }

    /// What `inside` adds is indented by `indent` on lines of its own.
    pub(super) fn nest(&mut self, indent: usize, inside: impl FnOnce(&mut Self)) {
        self.ops.push(Op::Open { group: false, indent });
        inside(self);
        self.ops.push(Op::Close);
    }

    /// Adds the comments before byte `at`.
    pub(super) fn flush(&mut self, at: u32) {
        self.ops.extend(self.comments.before(at, self.done.max(at)).into_iter().map(Op::Comment));
    }

    /// A word that leads in what is at `at`, on a line of its own if the statement breaks.
    pub(super) fn lead(&mut self, word: &str, kind: TokenKind, at: u32) {
        self.flush(self.comments.lead(at, kind));
        self.line();
        self.push(word);
    }

    /// ` TEXT`, with the comments before its place.
    fn word(&mut self, at: u32, text: impl Into<String>) {
        self.flush(at);
        self.space();
        self.push(text);
    }

    // Statements

    fn items(&mut self, items: &[Item]) {
        for item in items.iter().filter(|item| !matches!(item.kind, ItemKind::Empty | ItemKind::Error)) {
            self.begin(item.span);
            match &item.kind {
                ItemKind::Policy { name, items } => {
                    self.push("policy");
                    self.word(name.span.start, name.text.as_str());
                    let empty = items.iter().all(|item| matches!(item.kind, ItemKind::Empty));
                    self.block(item.span, name.span, empty, |printer| printer.items(items));
                }
                ItemKind::Test(test) => {
                    self.push("test");
                    self.word(test.name.span.start, print::string(&test.name.text));
                    let empty = test.steps.iter().all(|step| matches!(step.kind, StepKind::Empty));
                    self.block(item.span, test.name.span, empty, |printer| printer.steps(&test.steps));
                }
                kind => {
                    self.group(0, |printer| printer.statement(kind));
                    self.push(";");
                    self.finish(item.span);
                }
            }
        }
    }

    fn statement(&mut self, kind: &ItemKind) {
        match kind {
            ItemKind::Server { name, path } => {
                self.push("server");
                self.nest(INDENT, |printer| {
                    printer.word(name.span.start, name.text.as_str());
                    printer.word(printer.comments.lead(path.span.start, TokenKind::From), "from");
                    printer.word(path.span.start, print::string(&path.text));
                });
            }
            ItemKind::Import { path } => {
                self.push("import");
                self.nest(INDENT, |printer| printer.word(path.span.start, print::string(&path.text)));
            }
            ItemKind::Let { name, value } => {
                self.push("let");
                self.nest(INDENT, |printer| printer.word(name.span.start, name.text.as_str()));
                self.space();
                self.push("=");
                self.let_value(value);
            }
            ItemKind::Group { name, selection } => {
                self.push("group");
                self.nest(INDENT, |printer| printer.word(name.span.start, name.text.as_str()));
                self.space();
                self.push("=");
                self.selection(selection, None);
            }
            ItemKind::Rule(rule) => self.rule(rule),
            ItemKind::Assert(assert) => self.assert(assert),
            ItemKind::Policy { .. } | ItemKind::Test(_) | ItemKind::Empty | ItemKind::Error => {}
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let Rule { effect, selection, clauses } = rule;
        match effect {
            Effect::Require(condition) => {
                self.push("require");
                self.space();
                self.nest(INDENT, |printer| printer.condition(condition));
                self.nest(INDENT, |printer| {
                    printer.lead("for", TokenKind::For, selection.span.start);
                    printer.selection(selection, None);
                });
            }
            Effect::Approval { by } => {
                let Some(who) = by else {
                    self.push("require approval for");
                    self.selection(selection, None);
                    return self.nest(INDENT, |printer| printer.clauses(clauses));
                };
                self.push("require approval");
                self.nest(INDENT, |printer| {
                    printer.word(printer.comments.lead(who.span.start, TokenKind::Name), "by");
                    printer.word(who.span.start, print::string(&who.text));
                    printer.lead("for", TokenKind::For, selection.span.start);
                    printer.selection(selection, None);
                });
            }
            Effect::Limit { total, rate } => {
                self.push("limit");
                if let Some(total) = total {
                    self.nest(INDENT, |printer| printer.word(total.start, "total"));
                }
                self.selection(selection, Some(rate));
            }
            Effect::Allow | Effect::Deny | Effect::Hide => {
                self.push(effect.name());
                self.selection(selection, None);
            }
        }
        self.nest(INDENT, |printer| printer.clauses(clauses));
    }

    fn assert(&mut self, assert: &Assert) {
        let Assert { demand, selection, clauses, valid } = assert;
        let (words, rate) = match demand {
            Demand::Deny => ("assert deny", None),
            Demand::Allow => ("assert allow", None),
            Demand::Limit(rate) => ("assert limit", Some(rate)),
            Demand::Approval => ("assert approval for", None),
        };
        self.push(words);
        self.selection(selection, rate);
        self.nest(INDENT, |printer| {
            printer.clauses(clauses);
            if let Some(valid) = valid {
                printer.lead("for valid calls", TokenKind::For, valid.start);
            }
        });
    }

    fn clauses(&mut self, clauses: &Clauses) {
        let Clauses { of, per, when, counter, because } = clauses;
        if let Some(of) = of {
            self.lead("of", TokenKind::Of, of.span.start);
            self.word(of.span.start, print::path(of));
        }
        if let Some(per) = per {
            self.lead("per", TokenKind::Per, per.span.start);
            self.word(per.span.start, print::scope(per));
        }
        if let Some(when) = when {
            self.flush(when.span.start);
            self.line();
            self.push(print::when_word(when));
            self.space();
            self.condition(&when.condition);
        }
        if let Some(counter) = counter {
            self.lead("as", TokenKind::As, counter.span.start);
            self.word(counter.span.start, print::string(&counter.text));
        }
        if let Some(because) = because {
            self.lead("because", TokenKind::Because, because.span.start);
            self.word(because.span.start, print::string(&because.text));
        }
    }

    // Tests

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            match &step.kind {
                StepKind::Call(call) => {
                    self.begin(step.span);
                    self.group(0, |printer| printer.call(call));
                }
                StepKind::Wait(duration) => {
                    self.begin(step.span);
                    self.push("wait");
                    self.nest(INDENT, |printer| printer.word(duration.span.start, print::duration(duration)));
                }
                StepKind::Empty | StepKind::Error => continue,
            }
            self.push(";");
            self.finish(step.span);
        }
    }

    /// Each part after the arguments goes to a line of its own only if it does not fit any more.
    fn call(&mut self, call: &Call) {
        let Call { server, tool, arguments, from, grant, approved, times, outcome } = call;
        self.push("call");
        let start = server.as_ref().map_or(tool.span.start, |server| server.span.start);
        let name = print::tool(&tool.text);
        let name = server.as_ref().map_or_else(|| name.clone(), |server| format!("{}::{name}", server.text));
        self.nest(INDENT, |printer| printer.word(start, name));
        if let Some(arguments) = arguments {
            self.flush(arguments.span.start);
            self.space();
            self.json(arguments);
        }
        self.nest(INDENT, |printer| {
            if let Some(from) = from {
                printer.group(0, |printer| {
                    printer.lead("from", TokenKind::From, from.span.start);
                    printer.space();
                    printer.json(from);
                });
            }
            if let Some(grant) = grant {
                printer.group(0, |printer| {
                    printer.lead("as", TokenKind::As, grant.span.start);
                    printer.word(grant.span.start, print::string(&grant.text));
                });
            }
            if let Some(approved) = approved {
                printer.group(0, |printer| printer.word(approved.start, "approved"));
            }
            if let Some(times) = times {
                printer.group(0, |printer| {
                    printer.lead("times", TokenKind::Times, times.span.start);
                    printer.word(times.span.start, times.text.as_str());
                });
            }
            printer.group(0, |printer| {
                printer.lead("->", TokenKind::Arrow, outcome.span.start);
                printer.word(outcome.span.start, print::outcome(outcome));
            });
        });
    }
}

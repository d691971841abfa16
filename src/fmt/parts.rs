//! Selections, conditions, lists and JSON: the parts of a statement that can be long.

use super::layout::Op;
use super::printer::{INDENT, Printer};
use crate::syntax::ast::{
    Atom, Expr, ExprKind, JsonText, LetValue, List, Patterns, Rate, Selection, SelectionItem, ValueTest,
};
use crate::syntax::print;
use crate::syntax::token::TokenKind;

/// A list whose elements are all this short is filled line by line; otherwise each has its own line.
const SHORT: usize = 10;

impl Printer<'_> {
    /// ` a, b except c 5/min`: on one line, or each tool on its own line, deeper than the clauses after them.
    pub(super) fn selection(&mut self, selection: &Selection, rate: Option<&Rate>) {
        self.group(0, |printer| {
            printer.nest(2 * INDENT, |printer| printer.selection_items(&selection.items));
            if let Some(first) = selection.except.first() {
                printer.nest(INDENT, |printer| {
                    printer.lead("except", TokenKind::Except, first.span.start);
                    printer.group(INDENT, |printer| printer.selection_items(&selection.except));
                });
            }
            if let Some(rate) = rate {
                printer.nest(INDENT, |printer| {
                    printer.flush(rate.span.start);
                    printer.line();
                    printer.push(print::rate(rate));
                });
            }
        });
    }

    fn selection_items(&mut self, items: &[SelectionItem]) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.push(",");
            }
            self.flush(item.span.start);
            self.line();
            self.push(print::selection_item(item));
        }
    }

    /// A condition: on one line, or a new line before each `and` or `or` of a level that does not fit.
    pub(super) fn condition(&mut self, expr: &Expr) {
        let (parts, word, kind) = match &expr.kind {
            ExprKind::Or(parts) => (parts, "or", TokenKind::Or),
            ExprKind::And(parts) => (parts, "and", TokenKind::And),
            ExprKind::Not(inner) => {
                self.flush(expr.span.start);
                self.push("not");
                self.space();
                return self.condition_in(expr, inner);
            }
            ExprKind::Atom(atom) => {
                self.flush(expr.span.start);
                return self.atom(atom);
            }
            ExprKind::Error => return,
        };
        self.group(INDENT, |printer| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    printer.lead(word, kind, part.span.start);
                    printer.space();
                }
                printer.condition_in(expr, part);
            }
        });
    }

    fn condition_in(&mut self, outer: &Expr, inner: &Expr) {
        if print::needs_parentheses(outer, inner) || print::sets_apart(outer, inner) {
            self.flush(inner.span.start);
            self.push("(");
            self.condition(inner);
            self.push(")");
        } else {
            self.condition(inner);
        }
    }

    fn atom(&mut self, atom: &Atom) {
        let (Atom::Test(_, test) | Atom::Every(_, test) | Atom::Some(_, test)) = atom else {
            return self.push(print::atom(atom));
        };
        let (word, items, span) = match test {
            ValueTest::In { negated, list: List::Items(items, span) } => (print::in_word(*negated), items, span),
            ValueTest::Like(Patterns::Any(items, span)) => ("like", items, span),
            ValueTest::Matches(Patterns::Any(items, span)) => ("matches", items, span),
            _ => return self.push(print::atom(atom)),
        };
        self.push(print::atom_subject(atom));
        self.space();
        self.push(word);
        let items = items.iter().map(|item| (item.span().start, print::value(item))).collect();
        self.list(items, span.start, span.end);
    }

    /// ` VALUE`
    pub(super) fn let_value(&mut self, value: &LetValue) {
        match value {
            LetValue::Literal(literal) => self.nest(INDENT, |printer| {
                printer.flush(literal.span.start);
                printer.space();
                printer.push(print::literal(literal));
            }),
            LetValue::List(items, span) => {
                let items = items.iter().map(|item| (item.span.start, print::literal(item))).collect();
                self.list(items, span.start, span.end);
            }
            LetValue::Error => {}
        }
    }

    /// ` [a, b]`, the elements with their places, between the brackets at `start` and `end`.
    fn list(&mut self, items: Vec<(u32, String)>, start: u32, end: u32) {
        let fill = items.iter().all(|(_, item)| item.chars().count() <= SHORT);
        self.flush(start);
        self.space();
        self.group(0, |printer| {
            printer.push("[");
            let empty = items.is_empty();
            printer.nest(INDENT, |printer| {
                for (index, (at, item)) in items.into_iter().enumerate() {
                    if index == 0 {
                        printer.flush(at);
                        printer.ops.push(Op::Soft);
                        printer.push(item);
                        continue;
                    }
                    printer.push(",");
                    let element = |printer: &mut Self| {
                        printer.flush(at);
                        printer.line();
                        printer.push(item);
                    };
                    if fill { printer.group(0, element) } else { element(printer) }
                }
                printer.flush(end.saturating_sub(1));
            });
            if !empty {
                printer.ops.push(Op::Soft);
            }
            printer.push("]");
        });
    }

    /// JSON, token by token: each object and array on one line, or each of its parts on its own.
    pub(super) fn json(&mut self, json: &JsonText) {
        let mut separator = None;
        for token in self.comments.significant(json.span.start, json.span.end) {
            match token.kind {
                TokenKind::Comma => {
                    self.push(",");
                    separator = Some(Op::Line);
                }
                TokenKind::Colon => {
                    self.push(":");
                    separator = Some(Op::Space);
                }
                TokenKind::LeftBrace | TokenKind::LeftBracket => {
                    self.flush(token.start);
                    self.ops.extend(separator.take());
                    self.ops.push(Op::Open { group: true, indent: 0 });
                    self.push(token.text(self.text));
                    self.ops.push(Op::Open { group: false, indent: INDENT });
                    separator = Some(Op::Soft);
                }
                TokenKind::RightBrace | TokenKind::RightBracket => {
                    self.flush(token.start);
                    self.ops.push(Op::Close);
                    // Between the brackets of an empty object or array no line ends.
                    if separator.take().is_none() {
                        self.ops.push(Op::Soft);
                    }
                    self.push(token.text(self.text));
                    self.ops.push(Op::Close);
                }
                kind => {
                    self.flush(token.start);
                    self.ops.extend(separator.take());
                    let text = token.text(self.text);
                    match kind {
                        TokenKind::Str => self.push(print::requote(text)),
                        TokenKind::Number => self.push(text.replace('_', "")),
                        _ => self.push(text),
                    }
                }
            }
        }
    }
}

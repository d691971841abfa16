//! Conditions and the paths in them.

use super::super::ast::{Expr, ExprKind, Ident, LiteralExpr, Number, Operand, Path, Segment, SegmentKind};
use super::super::foreign;
use super::{Context, MAX_DEPTH};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Diagnostic, codes, quote};
use crate::predicate::PathRoot;
use crate::source::{Span, offset};

/// The most `[*]` in one path.
const MAX_EACH: usize = 3;

impl Context<'_> {
    pub(crate) fn or(&mut self, first: Expr, rest: Vec<Expr>, start: u32, end: u32) -> Expr {
        self.join(first, rest, start, end, ExprKind::Or)
    }

    pub(crate) fn and(&mut self, first: Expr, rest: Vec<Expr>, start: u32, end: u32) -> Expr {
        self.join(first, rest, start, end, ExprKind::And)
    }

    /// Joins parts with one operator; parts that are joined with the same one become parts of the whole.
    fn join(&mut self, first: Expr, rest: Vec<Expr>, start: u32, end: u32, wrap: fn(Vec<Expr>) -> ExprKind) -> Expr {
        if rest.is_empty() {
            return first;
        }
        let is_or = matches!(wrap(Vec::new()), ExprKind::Or(_));
        let mut parts = Vec::with_capacity(rest.len() + 1);
        for part in std::iter::once(first).chain(rest) {
            let (span, depth) = (part.span, part.depth);
            match part.kind {
                ExprKind::Or(inner) if is_or => parts.extend(inner),
                ExprKind::And(inner) if !is_or => parts.extend(inner),
                kind => parts.push(Expr { kind, span, depth }),
            }
        }
        let depth = parts.iter().map(|part| part.depth).max().unwrap_or(0) + 1;
        self.bounded(Expr { kind: wrap(parts), span: self.span(start, end), depth })
    }

    pub(crate) fn not(&mut self, inner: Expr, start: u32, end: u32) -> Expr {
        let depth = inner.depth + 1;
        self.bounded(Expr { kind: ExprKind::Not(Box::new(inner)), span: self.span(start, end), depth })
    }

    fn bounded(&mut self, expr: Expr) -> Expr {
        if expr.depth <= MAX_DEPTH {
            return expr;
        }
        self.report_depth(expr.span, "condition", "split it into several statements");
        Expr { kind: ExprKind::Error, span: expr.span, depth: 1 }
    }

    pub(super) fn report_depth(&mut self, span: Span, what: &str, help: &str) {
        if !std::mem::replace(&mut self.too_deep, true) {
            let message = format!("a {what} is nested deeper than {MAX_DEPTH} levels");
            self.report(Diagnostic::new(codes::NESTED_TOO_DEEP, span, message).help(help));
        }
    }

    /// A string that cannot be read is no operand: what a pattern lacks because of it is no news.
    pub(crate) fn literal(&self, literal: LiteralExpr) -> Operand {
        if self.bad_strings.contains(&literal.span.start) {
            return Operand::Error(literal.span);
        }
        Operand::Literal(literal)
    }

    pub(crate) fn operand(&mut self, name: Ident) -> Operand {
        if name.text.starts_with("args.") || name.text.starts_with("caller.") {
            let error = Diagnostic::new(codes::BAD_PATH, name.span, "two paths cannot be compared");
            let help = if name.text.starts_with("caller.") {
                let other = quote(&format!("args.NAME == \"ann\" and {} == \"ann\"", name.text));
                format!("write a rule for each value, and compare both paths with it: {other}")
            } else {
                let last = name.text.rsplit('.').next().unwrap_or_default();
                format!(
                    "compare with a literal, or with the name of a `let`, without a prefix: {}; write a string in double quotes",
                    quote(last)
                )
            };
            self.report(error.help(help));
            return Operand::Error(name.span);
        }
        Operand::Name(name)
    }

    /// Cuts a name at its dots.
    pub(crate) fn split(&self, name: &Ident) -> Vec<Segment> {
        let mut start = name.span.start;
        let segments = name.text.split('.').map(|part| {
            let span = Span { start, end: start + offset(part.len()), ..name.span };
            start = span.end + 1;
            Segment { kind: SegmentKind::Key(part.to_owned()), span }
        });
        segments.collect()
    }

    pub(crate) fn index(&mut self, index: Number, start: u32, end: u32) -> Vec<Segment> {
        let span = self.span(start, end);
        let value = index.value.to_u64().and_then(|index| u32::try_from(index).ok());
        let kind = SegmentKind::Index(value.unwrap_or_else(|| {
            let error = Diagnostic::new(codes::BAD_PATH, index.span, "an index is a whole number from 0");
            self.report(error.help("`[0]` is the first element; use `some` or `every` to test all of them"));
            0
        }));
        vec![Segment { kind, span }]
    }

    /// A path to one value: `[*]` leads to many.
    pub(crate) fn value_path(&mut self, path: Path) -> Path {
        let Some(each) = path.segments.iter().find(|segment| segment.kind == SegmentKind::Each) else { return path };
        let written = self.text(path.span.start, path.span.end).to_owned();
        let error = Diagnostic::new(codes::BAD_PATH, each.span, "`[*]` is only allowed under `every` and `some`");
        self.report(
            error.help(format!("write `every {written} ...` for all elements, `some {written} ...` for at least one")),
        );
        Path { root: None, segments: Vec::new(), span: path.span }
    }

    /// A path under `every` or `some`.
    pub(crate) fn elements(&mut self, path: Path) -> Path {
        let mut each = path.segments.iter().filter(|segment| segment.kind == SegmentKind::Each);
        let Some(surplus) = each.nth(MAX_EACH) else { return path };
        let message = format!("more than {MAX_EACH} `[*]` in one path");
        let error = Diagnostic::new(codes::BAD_PATH, surplus.span, message);
        self.report(error.help("test the outer elements by index, or move a part of the path into a separate rule"));
        Path { root: None, segments: Vec::new(), span: path.span }
    }

    pub(crate) fn path(&mut self, head: Ident, tail: Vec<Vec<Segment>>, start: u32, end: u32) -> Path {
        let span = self.span(start, end);
        let mut segments = self.split(&head);
        let first = segments.remove(0);
        segments.extend(tail.into_iter().flatten());
        let root = match first.kind {
            SegmentKind::Key(ref name) if name == "args" => Some(PathRoot::Args),
            SegmentKind::Key(ref name) if name == "caller" => Some(PathRoot::Caller),
            _ => {
                let written = self.text(start, end);
                let message = format!("a path starts with `args.` or `caller.`, not {}", quote(&head.text));
                let error = Diagnostic::new(codes::BAD_PATH, span, message)
                    .help("`args.` reads an argument of the call, `caller.` a claim of the caller");
                if let Some(help) =
                    outside(head.text.split('.').next().unwrap_or_default()).filter(|_| !segments.is_empty())
                {
                    self.report(Diagnostic { help: Some(help.to_owned()), ..error });
                    return Path { root: None, segments: Vec::new(), span };
                }
                let root = nearest(head.text.split('.').next().unwrap_or_default(), ["args", "caller"]);
                self.report(match root.filter(|_| !segments.is_empty()) {
                    Some(root) => error.fix(Applicability::Unsafe, format!("write `{root}`"), first.span, root),
                    None => {
                        let right = foreign::rooted(written);
                        error.fix(Applicability::Unsafe, format!("write `{right}`"), span, right)
                    }
                });
                return Path { root: None, segments: Vec::new(), span };
            }
        };
        let empty = segments.iter().find(|segment| {
            // A quoted empty key is a key; an empty piece between dots is a slip.
            segment.kind == SegmentKind::Key(String::new()) && segment.span.start == segment.span.end
        });
        let error = if let Some(each) = segments.first().filter(|first| first.kind == SegmentKind::Each) {
            let message = format!("{} is an object, but `[*]` stands for the elements of an array", quote(&head.text));
            Some(Diagnostic::new(codes::BAD_PATH, each.span, message))
        } else if let Some(empty) = empty {
            Some(Diagnostic::new(codes::BAD_PATH, empty.span.to(span.at_end()), "a path has an empty step"))
        } else if segments.is_empty() {
            let message = format!("{} alone is not a path", quote(&head.text));
            Some(Diagnostic::new(codes::BAD_PATH, span, message))
        } else {
            None
        };
        match error {
            None => Path { root, segments, span },
            Some(error) => {
                self.report(
                    error.help("name the value to read: `args.amount`, `args.items[0].sku`, `args.\"odd key\"`"),
                );
                Path { root: None, segments: Vec::new(), span }
            }
        }
    }
}

/// Why a value that other policies read is not to be had here, by the root that it has there.
fn outside(root: &str) -> Option<&'static str> {
    Some(match root {
        "headers" | "header" | "cookies" | "cookie" | "http" | "session" | "connection" => {
            "a policy does not see the HTTP request: the gateway's claims of the caller are `caller.CLAIM`"
        }
        "env" | "environment" | "process" | "os" | "environ" | "secrets" => {
            "a policy cannot read the environment: name a value with `let stage = \"prod\";`, and write `stage`"
        }
        "response" | "result" | "output" | "results" | "res" => {
            "a policy decides before the tool runs, and does not see its answer"
        }
        _ => return None,
    })
}

//! From the conditions of the tree to those of the model: `let` names get their values, patterns are compiled.
//!
//! Literals are checked here, with or without a catalogue. A condition with a mistake in it gives `None`, and
//! the mistake is reported.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::decimal::Decimal;
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Code, Diagnostic, codes, quote};
use crate::ir::{self, Condition, LengthTest, Scalar, ScalarValue, Step, Test};
use crate::pattern::{Like, PatternError, Regex};
use crate::source::{Span, offset};
use crate::syntax::ast::{
    Atom, Comparison, Expr, ExprKind, Ident, LetValue, List, Literal, LiteralValue, Operand, Path, PathRoot,
    SegmentKind, ValueTest,
};
use crate::syntax::{json_quote, print, raw_offset};

/// A declared `let`.
#[derive(Debug, Clone)]
pub(super) struct Let<'a> {
    pub(super) name: Span,
    pub(super) value: &'a LetValue,
}

/// An atom of a condition with the places of its parts, for the type check.
pub(super) struct PlacedAtom<'a> {
    pub(super) atom: ir::Atom,
    pub(super) path: &'a Path,
    /// The whole atom.
    pub(super) span: Span,
    /// The values it compares with, in order.
    pub(super) values: Vec<Span>,
}

/// Lowers conditions against one set of `let` names.
pub(super) struct Lowering<'a, 'd> {
    pub(super) lets: &'d BTreeMap<&'a str, Let<'a>>,
    pub(super) text: &'d dyn Fn(Span) -> &'d str,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
    pub(super) atoms: Vec<PlacedAtom<'a>>,
}

impl<'a> Lowering<'a, '_> {
    /// The text of a condition, `let` names replaced by their values.
    pub(super) fn text_of(&self, expr: &Expr) -> String {
        print::condition_with(expr, &|name| {
            let value = self.lets.get(name)?.value;
            match value {
                LetValue::Literal(literal) => Some(print::literal(literal)),
                LetValue::List(items, _) => {
                    let items: Vec<String> = items.iter().map(print::literal).collect();
                    Some(format!("[{}]", items.join(", ")))
                }
                LetValue::Error => None,
            }
        })
    }

    pub(super) fn condition(&mut self, expr: &'a Expr) -> Option<Condition> {
        match &expr.kind {
            ExprKind::Or(parts) => self.all(parts).map(Condition::Or),
            ExprKind::And(parts) => self.all(parts).map(Condition::And),
            ExprKind::Not(inner) => Some(Condition::Not(Box::new(self.condition(inner)?))),
            ExprKind::Atom(atom) => self.atom(atom, expr.span).map(Condition::Atom),
            ExprKind::Error => None,
        }
    }

    /// Lowers all parts even when one is wrong, so that each mistake is reported.
    fn all(&mut self, parts: &'a [Expr]) -> Option<Vec<Condition>> {
        let lowered: Vec<Option<Condition>> = parts.iter().map(|part| self.condition(part)).collect();
        lowered.into_iter().collect()
    }

    fn atom(&mut self, atom: &'a Atom, span: Span) -> Option<ir::Atom> {
        let mut values = Vec::new();
        let test = match atom {
            Atom::Has(_) => Some(Test::Has),
            Atom::Test(_, test) => self.test(test, &mut values),
            Atom::Every(_, test) => self.test(test, &mut values).map(|test| Test::Every(Box::new(test))),
            Atom::Some(_, test) => self.test(test, &mut values).map(|test| Test::Some(Box::new(test))),
            Atom::Length(_, comparison, operand) => {
                values.push(operand.span());
                match self.scalar(operand)?.value {
                    ScalarValue::Number(number) => Some(Test::Length(LengthTest { comparison: *comparison, number })),
                    other => {
                        let help = number_help(&other).unwrap_or_else(|| help_of(&other));
                        self.wrong(codes::WRONG_TYPE, operand.span(), "a length is a number", &help);
                        None
                    }
                }
            }
        };
        let path = lower_path(atom.path())?;
        let atom_ir = ir::Atom { path, test: test?, span };
        self.atoms.push(PlacedAtom { atom: atom_ir.clone(), path: atom.path(), span, values });
        Some(atom_ir)
    }

    fn test(&mut self, test: &'a ValueTest, values: &mut Vec<Span>) -> Option<Test> {
        match test {
            ValueTest::Compare(comparison, operand) => {
                values.push(operand.span());
                let scalar = self.scalar(operand)?;
                if comparison.is_ordering() && !matches!(scalar.value, ScalarValue::Number(_)) {
                    let message = format!("`{}` orders numbers, not {}", comparison.symbol(), plural(&scalar.value));
                    let help = number_help(&scalar.value)
                        .unwrap_or_else(|| "compare with a number, or use `==`, `in`, `like` or `matches`".to_owned());
                    self.wrong(codes::WRONG_TYPE, operand.span(), &message, &help);
                    return None;
                }
                if *comparison == Comparison::NotEqual && scalar.value == ScalarValue::Null {
                    return Some(Test::Has);
                }
                Some(Test::Compare(*comparison, scalar))
            }
            ValueTest::In { negated, list } => {
                let items = self.list(list, values)?;
                Some(if *negated { Test::NotIn(items) } else { Test::In(items) })
            }
            ValueTest::Contains(operand) => {
                values.push(operand.span());
                Some(Test::Contains(self.scalar(operand)?))
            }
            ValueTest::Like(operand) => {
                values.push(operand.span());
                let (text, span) = self.pattern_text(operand, "like")?;
                match Like::new(&text) {
                    Ok(like) => Some(Test::Like(like)),
                    Err(error) => self.bad_pattern(operand, span, &error),
                }
            }
            ValueTest::Matches(operand) => {
                values.push(operand.span());
                let (text, span) = self.pattern_text(operand, "matches")?;
                match Regex::new(&text) {
                    Ok(regex) => Some(Test::Matches(regex)),
                    Err(error) => self.bad_pattern(operand, span, &error),
                }
            }
        }
    }

    fn wrong(&mut self, code: &'static Code, span: Span, message: &str, help: &str) {
        self.diagnostics.push(Diagnostic::new(code, span, message).help(help));
    }

    fn declared(&mut self, name: &Ident) -> Option<Let<'a>> {
        if let Some(found) = self.lets.get(name.text.as_str()) {
            return Some(found.clone());
        }
        let message = format!("no `let` is named {}", quote(&name.text));
        let error = Diagnostic::new(codes::UNKNOWN_LET, name.span, message);
        let quoted = json_quote(&name.text);
        self.diagnostics.push(match nearest(&name.text, self.lets.keys().copied()) {
            Some(near) => error.help("a string stands in double quotes").fix(
                Applicability::Unsafe,
                format!("write `{near}`"),
                name.span,
                near,
            ),
            None => error.help("a string stands in double quotes").fix(
                Applicability::Unsafe,
                format!("write `{quoted}`"),
                name.span,
                quoted,
            ),
        });
        None
    }

    fn scalar(&mut self, operand: &'a Operand) -> Option<Scalar> {
        match operand {
            Operand::Literal(literal) => Some(lower_literal(literal)),
            Operand::Error(_) => None,
            Operand::Name(name) => match self.declared(name)?.value {
                LetValue::Literal(literal) => Some(lower_literal(literal)),
                LetValue::Error => None,
                LetValue::List(_, span) => {
                    let message = format!("{} is a list, and one value is compared here", quote(&name.text));
                    let error = Diagnostic::new(codes::BAD_LIST, name.span, message).because(*span, "its value");
                    self.diagnostics.push(error.help(format!("write `in {}`", name.text)));
                    None
                }
            },
        }
    }

    fn list(&mut self, list: &'a List, values: &mut Vec<Span>) -> Option<Vec<Scalar>> {
        let (items, span) = match list {
            List::Items(items, span) => {
                let lowered: Vec<Option<Scalar>> = items
                    .iter()
                    .map(|item| {
                        values.push(item.span());
                        self.scalar(item)
                    })
                    .collect();
                (lowered.into_iter().collect::<Option<Vec<_>>>()?, *span)
            }
            List::Name(name) => match self.declared(name)?.value {
                LetValue::List(items, _) => {
                    values.extend(items.iter().map(|_| name.span));
                    (items.iter().map(lower_literal).collect(), name.span)
                }
                LetValue::Error => return None,
                LetValue::Literal(literal) => {
                    let message = format!("{} is one value, and `in` takes a list", quote(&name.text));
                    let error = Diagnostic::new(codes::BAD_LIST, name.span, message).because(literal.span, "its value");
                    let fixed = format!("[{}]", name.text);
                    let title = format!("write `{fixed}`");
                    self.diagnostics.push(error.fix(Applicability::Safe, title, name.span, fixed));
                    return None;
                }
            },
        };
        if items.is_empty() {
            let help = "nothing is in an empty list, and `not in` is false for it too; list at least one value";
            self.wrong(codes::BAD_LIST, span, "an empty list", help);
            return None;
        }
        Some(items)
    }

    fn pattern_text(&mut self, operand: &'a Operand, word: &str) -> Option<(Arc<str>, Span)> {
        match self.scalar(operand)?.value {
            ScalarValue::Str(text) => Some((text, operand.span())),
            other => {
                let message = format!("`{word}` takes a string");
                let help = format!("{}; compare it with `==`", help_of(&other));
                self.wrong(codes::WRONG_TYPE, operand.span(), &message, &help);
                None
            }
        }
    }

    fn bad_pattern(&mut self, operand: &Operand, span: Span, error: &PatternError) -> Option<Test> {
        // A part of the pattern is a part of the source only where the string itself stands.
        let place = if matches!(operand, Operand::Literal(_)) {
            let at = |index| (span.start + offset(raw_offset((self.text)(span), index))).min(span.end);
            Span { start: at(error.range.start), end: at(error.range.end), ..span }
        } else {
            span
        };
        let mut diagnostic = Diagnostic::new(codes::BAD_PATTERN, place, error.message.clone());
        if let Some(help) = &error.help {
            diagnostic = diagnostic.help(help.clone());
        }
        self.diagnostics.push(diagnostic);
        None
    }
}

/// A path of the tree as a path of the model; `None` for one that could not be read.
pub(super) fn lower_path(path: &Path) -> Option<ir::Path> {
    if path.root == PathRoot::Error || path.segments.is_empty() {
        return None;
    }
    let steps = path.segments.iter().map(|segment| match &segment.kind {
        SegmentKind::Key(key) => Step::Key(key.clone()),
        SegmentKind::Index(index) => Step::Index(*index),
    });
    Some(ir::Path { root: path.root, steps: steps.collect(), text: print::path(path) })
}

fn lower_literal(literal: &Literal) -> Scalar {
    let value = match &literal.value {
        LiteralValue::Null => ScalarValue::Null,
        LiteralValue::Bool(value) => ScalarValue::Bool(*value),
        LiteralValue::Number(_, value) => ScalarValue::Number(value.clone()),
        LiteralValue::Str(text) => ScalarValue::Str(text.as_str().into()),
    };
    Scalar { value, text: print::literal(literal) }
}

fn plural(value: &ScalarValue) -> &'static str {
    match value {
        ScalarValue::Null => "null",
        ScalarValue::Bool(_) => "booleans",
        ScalarValue::Number(_) => "numbers",
        ScalarValue::Str(_) => "strings",
    }
}

/// What to write for a number that stands in quotes.
fn number_help(value: &ScalarValue) -> Option<String> {
    match value {
        ScalarValue::Str(text) => Decimal::parse(text).map(|_| format!("without quotes it is a number: `{text}`")),
        _ => None,
    }
}

fn help_of(value: &ScalarValue) -> String {
    format!(
        "this is {}",
        match value {
            ScalarValue::Null => "null",
            ScalarValue::Bool(_) => "a boolean",
            ScalarValue::Number(_) => "a number",
            ScalarValue::Str(_) => "a string",
        }
    )
}

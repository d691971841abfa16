//! Converts conditions of the tree to conditions of the model: `let` names are replaced by their
//! values, patterns are compiled.
//!
//! Literals are checked here, with or without a catalogue. A condition with a mistake in it gives `None`, and
//! the mistake is reported.

use super::names::Declared;

use crate::decimal::Decimal;
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Code, Diagnostic, codes, quote};
use crate::json::json_quote;
use crate::pattern::{Like, PatternError, Regex};
use crate::predicate::{self, Comparison, Condition, Elements, LengthTest, Scalar, ScalarValue, Step, Test};
use crate::source::{Span, offset};
use crate::syntax::ast::{
    Atom, Expr, ExprKind, Ident, LetValue, List, LiteralExpr, LiteralValue, Operand, Path, Patterns, Segment,
    SegmentKind, ValueTest,
};
use crate::syntax::{print, raw_offset};

/// A declared `let`.
#[derive(Debug, Clone)]
pub(super) struct Let<'a> {
    pub(super) name: Span,
    pub(super) value: &'a LetValue,
}

/// An atom of a condition with the places of its parts, for the type check.
pub(super) struct PlacedAtom<'a> {
    pub(super) atom: predicate::Atom,
    pub(super) path: &'a Path,
    /// The whole atom.
    pub(super) span: Span,
    /// The values it compares with, in order.
    pub(super) values: Vec<Span>,
}

/// Lowers conditions against one set of `let` names.
pub(super) struct Lowering<'a, 'd> {
    pub(super) lets: &'d Declared<'a, Let<'a>>,
    pub(super) text: &'d dyn Fn(Span) -> &'d str,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
    pub(super) atoms: Vec<PlacedAtom<'a>>,
    /// The path of the test that is lowered, if it is one of a single value.
    pub(super) tested: Option<String>,
    /// Whether a number is compared with: a text is no way out.
    pub(super) is_ordered: bool,
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

    fn atom(&mut self, atom: &'a Atom, span: Span) -> Option<predicate::Atom> {
        let mut values = Vec::new();
        let test = match atom {
            Atom::Has(_) => Some(Test::Has),
            Atom::Test(
                path,
                ValueTest::Compare(comparison @ (Comparison::Equal | Comparison::NotEqual), Operand::Name(name)),
            ) if is_nothing(&name.text) && !self.lets.contains_key(name.text.as_str()) => {
                self.missing(path, *comparison, name, span);
                None
            }
            Atom::Test(path, test) => {
                self.tested = Some(print::path(path));
                let lowered = self.test(test, &mut values);
                self.tested = None;
                lowered
            }
            Atom::Every(path, test) => {
                let test = self.test(test, &mut values);
                return self.elements(path, test, span, values, Test::Every);
            }
            Atom::Some(path, test) => {
                let test = self.test(test, &mut values);
                return self.elements(path, test, span, values, Test::Some);
            }
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
        self.place(predicate::Atom { path, test: test?, span }, atom.path(), values)
    }

    fn place(&mut self, atom: predicate::Atom, path: &'a Path, values: Vec<Span>) -> Option<predicate::Atom> {
        self.atoms.push(PlacedAtom { atom: atom.clone(), path, span: atom.span, values });
        Some(atom)
    }

    fn elements(
        &mut self,
        path: &'a Path,
        test: Option<Test>,
        span: Span,
        values: Vec<Span>,
        quantify: fn(Box<Elements>) -> Test,
    ) -> Option<predicate::Atom> {
        let (lowered, test) = quantified(path, test?, quantify)?;
        self.place(predicate::Atom { path: lowered, test, span }, path, values)
    }

    fn test(&mut self, test: &'a ValueTest, values: &mut Vec<Span>) -> Option<Test> {
        match test {
            ValueTest::Compare(comparison, operand) => {
                values.push(operand.span());
                self.is_ordered = comparison.is_ordering();
                let scalar = self.scalar(operand);
                self.is_ordered = false;
                let scalar = scalar?;
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
            ValueTest::Like(patterns) => {
                self.patterns(patterns, values, "like", &|text| Like::new(text)).map(Test::Like)
            }
            ValueTest::Matches(patterns) => {
                self.patterns(patterns, values, "matches", &|text| Regex::new(text)).map(Test::Matches)
            }
        }
    }

    /// The patterns of `like` or `matches`: one, or a list, written there or behind a `let` name.
    fn patterns<P>(
        &mut self,
        patterns: &'a Patterns,
        values: &mut Vec<Span>,
        word: &str,
        read: &dyn Fn(&str) -> Result<P, PatternError>,
    ) -> Option<Vec<P>> {
        let operands = match patterns {
            Patterns::One(item @ Operand::Literal(_)) => {
                values.push(item.span());
                let scalar = self.scalar(item)?;
                return Some(vec![self.pattern(scalar, item.span(), true, word, read)?]);
            }
            Patterns::One(Operand::Name(name)) => match self.declared(name)?.value {
                LetValue::Literal(literal) => vec![(lower_literal(literal), name.span, false)],
                LetValue::List(items, _) => items.iter().map(|item| (lower_literal(item), name.span, false)).collect(),
                LetValue::Error => return None,
            },
            _ => {
                let lowered: Vec<_> = patterns
                    .operands()
                    .iter()
                    .map(|item| Some((self.scalar(item)?, item.span(), matches!(item, Operand::Literal(_)))))
                    .collect();
                values.extend(patterns.operands().iter().map(Operand::span));
                lowered.into_iter().collect::<Option<Vec<_>>>()?
            }
        };
        if let Patterns::One(Operand::Name(name)) = patterns {
            values.extend(operands.iter().map(|_| name.span));
        }
        if operands.is_empty() {
            let help = "nothing matches an empty list; list at least one pattern";
            self.wrong(codes::BAD_LIST, patterns.span(), "an empty list", help);
            return None;
        }
        let read: Vec<Option<P>> = operands
            .into_iter()
            .map(|(scalar, span, is_written)| self.pattern(scalar, span, is_written, word, read))
            .collect();
        read.into_iter().collect()
    }

    /// One pattern; `is_written` says that the string is written at `span`.
    fn pattern<P>(
        &mut self,
        scalar: Scalar,
        span: Span,
        is_written: bool,
        word: &str,
        read: &dyn Fn(&str) -> Result<P, PatternError>,
    ) -> Option<P> {
        match scalar.value {
            ScalarValue::Str(text) => match read(&text) {
                Ok(pattern) => Some(pattern),
                Err(mut error) => {
                    let help = self.tested.as_ref().and_then(|path| without_look_around(&text, path));
                    if let Some(help) = help.filter(|_| word == "matches") {
                        error.help = Some(help);
                    } else if word == "like" && Regex::new(&text).is_ok() {
                        let written = json_quote(&text);
                        error.help = Some(format!(
                            "`like` knows only `*`, `\\*` and `\\\\`; a regular expression is tested with {}",
                            quote(&format!("matches {written}"))
                        ));
                    }
                    self.bad_pattern(span, is_written, &error)
                }
            },
            other => {
                let help = format!("{}; compare it with `==`", help_of(&other));
                self.wrong(codes::WRONG_TYPE, span, &format!("`{word}` takes a string"), &help);
                None
            }
        }
    }

    fn wrong(&mut self, code: &'static Code, span: Span, message: &str, help: &str) {
        self.diagnostics.push(Diagnostic::new(code, span, message).help(help));
    }

    /// A word of another language for a value that is not there.
    fn missing(&mut self, path: &Path, comparison: Comparison, name: &Ident, span: Span) {
        let message = format!("no `let` is named {}", quote(&name.text));
        let has = format!("has {}", print::path(path));
        let error = Diagnostic::new(codes::UNKNOWN_LET, name.span, message)
            .help("`has args.NAME` tests whether a value is present and not null");
        let written = match comparison {
            Comparison::Equal => format!("not {has}"),
            _ => has,
        };
        self.diagnostics.push(error.fix(Applicability::Unsafe, format!("write `{written}`"), span, written));
    }

    fn declared(&mut self, name: &Ident) -> Option<Let<'a>> {
        if let Some(found) = self.lets.get(name.text.as_str()) {
            return Some(found.clone());
        }
        let message = format!("no `let` is named {}", quote(&name.text));
        let error = Diagnostic::new(codes::UNKNOWN_LET, name.span, message);
        let literal = match name.text.as_str() {
            "None" | "nil" | "NULL" | "Null" | "undefined" | "none" => Some("null"),
            "True" | "TRUE" | "yes" | "on" => Some("true"),
            "False" | "FALSE" | "no" | "off" => Some("false"),
            _ => None,
        };
        if let Some(literal) = literal {
            let help = if literal == "null" {
                "`has args.NAME` tests whether a value is present and not null"
            } else {
                "a boolean is `true` or `false`"
            };
            let title = format!("write `{literal}`");
            self.diagnostics.push(error.help(help).fix(Applicability::Unsafe, title, name.span, literal));
            return None;
        }
        // Other languages have a prefix for what is named.
        let bare = name.text.rsplit_once('.').map(|(_, bare)| bare).filter(|bare| self.lets.contains_key(bare));
        if let Some(bare) = bare {
            let error = error.help("the name of a `let` is written without a prefix");
            self.diagnostics.push(error.fix(
                Applicability::Unsafe,
                format!("write `{bare}`"),
                name.span,
                bare.to_owned(),
            ));
            return None;
        }
        const PREFIXES: [&str; 9] = ["var", "vars", "local", "locals", "const", "config", "env", "data", "param"];
        if let Some((prefix, bare)) = name.text.split_once('.').filter(|(prefix, _)| PREFIXES.contains(prefix)) {
            let help = format!("name a value with `let {bare} = ...;`, and write {}, without `{prefix}.`", quote(bare));
            self.diagnostics.push(error.help(help));
            return None;
        }
        let quoted = json_quote(&name.text);
        self.diagnostics.push(match nearest(&name.text, self.lets.keys()) {
            Some(near) => error.help("a string is written in double quotes").fix(
                Applicability::Unsafe,
                format!("write `{near}`"),
                name.span,
                near,
            ),
            None if self.is_ordered => error
                .help(format!("write a number, or give it a name: {}", quote(&format!("let {} = 100;", name.text)))),
            None => error.help("a string is written in double quotes").fix(
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
                    let message = format!("{} is a list, but this test compares with one value", quote(&name.text));
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
                    let message = format!("{} is one value, but `in` takes a list", quote(&name.text));
                    let error = Diagnostic::new(codes::BAD_LIST, name.span, message).because(literal.span, "its value");
                    let fixed = format!("[{}]", name.text);
                    let title = format!("write `{fixed}`");
                    self.diagnostics.push(error.fix(Applicability::Safe, title, name.span, fixed));
                    return None;
                }
            },
        };
        if items.is_empty() {
            let help = "no value is in an empty list, and `not in` is false for it too; list at least one value";
            self.wrong(codes::BAD_LIST, span, "an empty list", help);
            return None;
        }
        Some(items)
    }

    /// Reports a pattern that cannot be read. A part of it is a part of the source only where the string itself is written.
    fn bad_pattern<P>(&mut self, span: Span, is_written: bool, error: &PatternError) -> Option<P> {
        let place = if is_written {
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

/// A test that says without look-around what a regular expression says with it, if that stands at one of its ends.
fn without_look_around(source: &str, path: &str) -> Option<String> {
    let source = source.strip_prefix('^').unwrap_or(source);
    let source = source.strip_suffix('$').unwrap_or(source);
    let mut tests: Vec<String> = Vec::new();
    let mut rest = source;
    let test = |is_not: bool, pattern: &str| {
        Regex::new(pattern).ok()?;
        Some(format!("{}{path} matches {}", if is_not { "not " } else { "" }, json_quote(pattern)))
    };
    while let Some((is_not, inside)) =
        rest.strip_prefix("(?!").map(|inside| (true, inside)).or_else(|| Some((false, rest.strip_prefix("(?=")?)))
    {
        let (ahead, behind) = inside.split_at_checked(group_end(inside)?)?;
        let whole = match ahead.strip_suffix('$') {
            Some(whole) => whole.to_owned(),
            None if ahead.ends_with(".*") => ahead.to_owned(),
            // A `|` reaches to both ends.
            None if ahead.contains('|') => format!("(?:{ahead}).*"),
            None => format!("{ahead}.*"),
        };
        // What must not be there must not hide behind a line end.
        tests.push(test(is_not, &if is_not { format!("(?s){whole}") } else { whole })?);
        rest = behind.get(1..)?;
    }
    if let Some(at) = rest.find("(?<!").filter(|_| rest.ends_with(')')) {
        let (before, inside) = (rest.get(..at)?, rest.get(at + 4..)?);
        let end = group_end(inside)?;
        if end + 1 == inside.len() {
            tests.push(test(true, &format!("(?s).*(?:{})", inside.get(..end)?))?);
            rest = before;
        }
    }
    if tests.is_empty() {
        return None;
    }
    if !matches!(rest, "" | ".*") {
        tests.insert(0, test(false, rest)?);
    } else if tests.iter().all(|test| test.starts_with("not ")) {
        tests.insert(0, format!("has {path}"));
    }
    let joined = tests.join(" and ");
    Some(format!("write {}", quote(&if tests.len() > 1 { format!("({joined})") } else { joined })))
}

/// Where the parenthesis that closes a group is, in bytes of what follows the one that opens it.
fn group_end(inside: &str) -> Option<usize> {
    let (mut depth, mut in_class, mut is_escaped) = (0_u32, false, false);
    for (at, char) in inside.char_indices() {
        match char {
            _ if std::mem::take(&mut is_escaped) => {}
            '\\' => is_escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(at),
            },
            _ => {}
        }
    }
    None
}

/// A path of the tree as a path of the model; `None` for one that could not be read.
pub(super) fn lower_path(path: &Path) -> Option<predicate::Path> {
    let root = path.root.filter(|_| !path.segments.is_empty())?;
    Some(predicate::Path { root, steps: path.segments.iter().filter_map(lower_step).collect() })
}

/// A test of all or some elements: the path is cut at each `[*]`, and one without has one at its end. `None` for a path that could
/// not be read.
pub(crate) fn quantified(
    path: &Path,
    test: Test,
    quantify: fn(Box<Elements>) -> Test,
) -> Option<(predicate::Path, Test)> {
    // The part of the path that ends before the next `[*]`, and where it ends.
    let mut end = 0;
    let mut parts = path.segments.split(|segment| segment.kind == SegmentKind::Each).map(|part| {
        let steps: Vec<Step> = part.iter().filter_map(lower_step).collect();
        end += part.len();
        let until = end;
        end += 1;
        (steps, until)
    });
    let (steps, _) = parts.next()?;
    let root = path.root.filter(|_| !steps.is_empty())?;
    let mut parts: Vec<(Vec<Step>, usize)> = parts.collect();
    if parts.is_empty() {
        parts.push((Vec::new(), path.segments.len()));
    }
    let within = |test, (steps, until): (Vec<Step>, usize)| {
        let segments = path.segments.get(..until).unwrap_or_default().to_vec();
        let text = print::path(&Path { segments, ..*path });
        quantify(Box::new(Elements { steps, test, text }))
    };
    let test = parts.into_iter().rev().fold(test, within);
    Some((predicate::Path { root, steps }, test))
}

/// A step of a path; `[*]`, which stands only under `every` and `some`, is none.
fn lower_step(segment: &Segment) -> Option<Step> {
    match &segment.kind {
        SegmentKind::Key(key) => Some(Step::Key(key.clone())),
        SegmentKind::Index(index) => Some(Step::Index(*index)),
        SegmentKind::Each => None,
    }
}

fn lower_literal(literal: &LiteralExpr) -> Scalar {
    let value = match &literal.value {
        LiteralValue::Null => ScalarValue::Null,
        LiteralValue::Bool(value) => ScalarValue::Bool(*value),
        LiteralValue::Number(_, value) => ScalarValue::Number(value.clone()),
        LiteralValue::Str(text) => ScalarValue::Str(text.as_str().into()),
    };
    Scalar { value, text: print::literal(literal) }
}

/// Whether a word of another language stands for a value that is not there.
fn is_nothing(word: &str) -> bool {
    matches!(word, "undefined" | "None" | "nil")
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

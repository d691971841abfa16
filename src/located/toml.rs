//! TOML as a tree.
//!
//! The library finds the parts of a text; which tables they are, is here: so both places of what
//! stands twice are known.

use std::borrow::Cow;
use std::collections::BTreeMap;

use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{Expected, ParseError, Source};

use super::core::in_base;
use super::{Content, DEEPEST, Entry, Key, MOST_DIGITS, Mistakes, Node, Number};
use crate::diagnostics::quote;
use crate::source::Span;

/// Reads a TOML text. Byte-order marks in front are skipped.
///
/// `None` where nothing can be said of what is in it; duplicate keys are reported, and the first
/// counts.
pub fn toml<'t>(text: &'t str, mistakes: &mut Mistakes) -> Option<Node<'t>> {
    let body = text.trim_start_matches('\u{feff}');
    let shift = text.len() - body.len();
    let source = Source::new(body);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::with_capacity(tokens.len());
    let mut errors: Vec<ParseError> = Vec::new();
    let mut checked = ValidateWhitespace::new(&mut events, source);
    let mut receiver = RecursionGuard::new(&mut checked, u32::try_from(DEEPEST).unwrap_or(u32::MAX));
    parse_document(&tokens, &mut receiver, &mut errors);
    let whole = mistakes.span(shift, text.len());
    let mut reader = Reader {
        source,
        shift,
        mistakes,
        errors,
        tables: vec![Draft::table(whole, State::Header)],
        current: 0,
        keys: Vec::new(),
        header: None,
        open: Vec::new(),
        is_too_deep: false,
    };
    events.into_iter().for_each(|event| reader.event(event));
    if reader.has_errors(body) || reader.is_too_deep {
        return None;
    }
    reader.node(0)
}

/// A value that is being read.
struct Draft<'t> {
    span: Span,
    content: Part<'t>,
}

enum Part<'t> {
    Scalar(Content<'t>),
    /// A list, and whether it is one of tables with headers.
    List(Vec<usize>, bool),
    Table(Vec<(Key<'t>, usize)>, BTreeMap<Cow<'t, str>, usize>, State),
}

/// How a table came to be, which says how it may go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// As a part of the name of another in a header.
    Implicit,
    /// By its header.
    Header,
    /// As a part of a key.
    Dotted,
    /// In braces: it is complete.
    Inline,
}

impl Draft<'_> {
    fn table(span: Span, state: State) -> Self {
        Self { span, content: Part::Table(Vec::new(), BTreeMap::new(), state) }
    }
}

struct Reader<'t, 'm> {
    source: Source<'t>,
    /// Bytes in front of the text that is read.
    shift: usize,
    mistakes: &'m mut Mistakes,
    errors: Vec<ParseError>,
    /// All values, the outermost table first.
    tables: Vec<Draft<'t>>,
    /// The table in which keys are defined.
    current: usize,
    /// The parts of the key that is being read.
    keys: Vec<Key<'t>>,
    /// Where the header began that is being read.
    header: Option<usize>,
    /// Lists, and tables in braces, that have begun.
    open: Vec<usize>,
    is_too_deep: bool,
}

impl<'t> Reader<'t, '_> {
    fn event(&mut self, event: Event) {
        let (start, end) = (event.span().start(), event.span().end());
        let span = self.mistakes.span(start + self.shift, end + self.shift);
        match event.kind() {
            EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                self.keys.clear();
                self.open.clear();
                self.header = Some(start);
            }
            EventKind::StdTableClose | EventKind::ArrayTableClose => {
                let start = self.header.take().unwrap_or(start);
                let span = self.mistakes.span(start + self.shift, end + self.shift);
                self.section(span, event.kind() == EventKind::ArrayTableClose);
            }
            EventKind::SimpleKey => {
                let mut name = Cow::Borrowed("");
                if let Some(raw) = self.source.get(event) {
                    raw.decode_key(&mut name, &mut self.errors);
                }
                self.keys.push(Key { span, name });
            }
            EventKind::Scalar => {
                let content = self.scalar(event, span);
                self.value(Draft { span, content: Part::Scalar(content) });
            }
            EventKind::ArrayOpen => {
                let list = self.value(Draft { span, content: Part::List(Vec::new(), false) });
                self.open.push(list);
            }
            EventKind::InlineTableOpen => {
                let table = self.value(Draft::table(span, State::Inline));
                self.open.push(table);
            }
            EventKind::ArrayClose | EventKind::InlineTableClose => {
                self.keys.clear();
                if let Some(draft) = self.open.pop().and_then(|open| self.tables.get_mut(open)) {
                    draft.span = draft.span.to(span);
                }
            }
            EventKind::ValueSep
            | EventKind::KeySep
            | EventKind::KeyValSep
            | EventKind::Whitespace
            | EventKind::Comment
            | EventKind::Newline
            | EventKind::Error => {}
        }
    }

    fn push(&mut self, draft: Draft<'t>) -> usize {
        self.tables.push(draft);
        self.tables.len() - 1
    }

    /// Takes a value: an element of the list that is open, or the value of the key in front of it.
    fn value(&mut self, draft: Draft<'t>) -> usize {
        let value = self.push(draft);
        let table = match self.open.last().and_then(|open| Some((*open, self.tables.get_mut(*open)?))) {
            Some((_, Draft { content: Part::List(items, _), .. })) => {
                items.push(value);
                return value;
            }
            Some((open, _)) => open,
            None => self.current,
        };
        let mut path = std::mem::take(&mut self.keys);
        if let Some(last) = path.pop()
            && let Some(table) = self.descend(table, path, true)
        {
            self.insert(table, last, value);
        }
        value
    }

    /// Begins the part of the text below a header.
    fn section(&mut self, span: Span, is_list: bool) {
        let mut path = std::mem::take(&mut self.keys);
        let Some(last) = path.pop() else { return };
        // What follows a header that is wrong still has its keys checked, in a table of its own.
        let lost = self.push(Draft::table(span, State::Header));
        self.current = lost;
        let Some(parent) = self.descend(0, path, false) else { return };
        let existing = self.find(parent, &last.name);
        if is_list {
            let list = match existing {
                None => {
                    let list = self.push(Draft { span, content: Part::List(Vec::new(), true) });
                    self.insert(parent, last, list);
                    list
                }
                Some((_, list))
                    if matches!(self.tables.get(list), Some(Draft { content: Part::List(_, true), .. })) =>
                {
                    list
                }
                Some((first, _)) => return self.mistakes.duplicate(&last.name, first, last.span),
            };
            if let Some(Draft { content: Part::List(items, _), .. }) = self.tables.get_mut(list) {
                items.push(lost);
            }
            return;
        }
        match existing {
            None => self.insert(parent, last, lost),
            Some((first, table)) => match self.tables.get_mut(table) {
                Some(Draft { span: place, content: Part::Table(_, _, state @ State::Implicit) }) => {
                    *state = State::Header;
                    *place = span;
                    self.current = table;
                }
                _ => self.mistakes.duplicate(&last.name, first, last.span),
            },
        }
    }

    /// Where a table has a key, and its value.
    fn find(&self, table: usize, name: &str) -> Option<(Span, usize)> {
        let Some(Draft { content: Part::Table(entries, index, _), .. }) = self.tables.get(table) else { return None };
        let (key, value) = entries.get(*index.get(name)?)?;
        Some((key.span, *value))
    }

    /// Puts a value under a key of a table, unless the key is there.
    fn insert(&mut self, table: usize, key: Key<'t>, value: usize) {
        if let Some((first, _)) = self.find(table, &key.name) {
            return self.mistakes.duplicate(&key.name, first, key.span);
        }
        if let Some(Draft { content: Part::Table(entries, index, _), .. }) = self.tables.get_mut(table) {
            index.insert(key.name.clone(), entries.len());
            entries.push((key, value));
        }
    }

    /// The table to which the first parts of a key, or of the name in a header, lead. It is made if
    /// it is not there.
    fn descend(&mut self, from: usize, path: Vec<Key<'t>>, is_key: bool) -> Option<usize> {
        let mut table = from;
        if let Some(key) = path.get(DEEPEST) {
            self.mistakes.too_deep(key.span);
            self.is_too_deep = true;
            return None;
        }
        for key in path {
            let Some((first, value)) = self.find(table, &key.name) else {
                let state = if is_key { State::Dotted } else { State::Implicit };
                let made = self.push(Draft::table(key.span, state));
                self.insert(table, key, made);
                table = made;
                continue;
            };
            // A list of tables with headers goes on in its last one.
            let value = match self.tables.get(value).map(|draft| &draft.content) {
                Some(Part::List(items, true)) if !is_key => items.last().copied().unwrap_or(value),
                _ => value,
            };
            match self.tables.get_mut(value).map(|draft| &mut draft.content) {
                Some(Part::Table(_, _, state @ (State::Implicit | State::Dotted))) if is_key => *state = State::Dotted,
                Some(Part::Table(_, _, State::Implicit | State::Dotted | State::Header)) if !is_key => {}
                _ => {
                    let message =
                        format!("{} cannot be added to: it is complete where it is first written", quote(&key.name));
                    let help = "write all its keys in one place";
                    self.mistakes.report_because(key.span, message, (first, "first here"), help);
                    return None;
                }
            }
            table = value;
        }
        Some(table)
    }

    fn scalar(&mut self, event: Event, span: Span) -> Content<'t> {
        let Some(raw) = self.source.get(event) else { return Content::Unreadable };
        let mut text = Cow::Borrowed("");
        let kind = raw.decode_scalar(&mut text, &mut self.errors);
        if matches!(kind, ScalarKind::Integer(_) | ScalarKind::Float) && text.len() > MOST_DIGITS {
            self.mistakes.too_long(span);
            return Content::Unreadable;
        }
        match kind {
            ScalarKind::String => Content::Text(text),
            ScalarKind::Boolean(value) => Content::Bool(value),
            ScalarKind::DateTime => {
                let message = format!("{} is a date or a time, of which there are none here", quote(&text));
                self.mistakes.report(span, message, "write it in double quotes");
                Content::Unreadable
            }
            ScalarKind::Float => match text.trim_start_matches(['+', '-']) {
                "inf" if text.starts_with('-') => Content::Number(Number::special(f64::NEG_INFINITY)),
                "inf" => Content::Number(Number::special(f64::INFINITY)),
                "nan" => Content::Number(Number::special(f64::NAN)),
                _ => Content::Number(Number::float(&text)),
            },
            ScalarKind::Integer(radix) if radix.value() == 10 => Content::Number(Number::integer(&text)),
            // Of what is no number the library has said so.
            ScalarKind::Integer(radix) => in_base(&text, radix.value()).map_or(Content::Unreadable, Content::Number),
        }
    }

    /// Reports that the text is not TOML, once for a line: what follows on it is mostly no mistake
    /// of its own.
    fn has_errors(&mut self, body: &str) -> bool {
        let mut errors = std::mem::take(&mut self.errors);
        let place = |error: &ParseError| error.unexpected().or(error.context());
        let start = |error: &ParseError| place(error).map_or(0, |place| place.start());
        errors.sort_by_key(start);
        let mut line_end = None;
        for error in &errors {
            let start = start(error).min(body.len());
            if line_end.is_some_and(|end| start <= end) {
                continue;
            }
            let end = place(error).map_or(start, |place| place.end()).min(body.len());
            line_end =
                Some(body.get(start..).and_then(|rest| rest.find('\n')).map_or(body.len(), |length| start + length));
            let end = end.min(line_end.unwrap_or(end)).max(start);
            let span = self.mistakes.span(start + self.shift, end + self.shift);
            if error.description().contains("recurse") {
                self.mistakes.too_deep(span);
                continue;
            }
            let written = body.get(start..end).unwrap_or_default();
            if written.starts_with(char::is_alphabetic) && error.expected().is_some() {
                let message = format!("not TOML: {} is no value", quote(written));
                self.mistakes.report(span, message, "write a text in double quotes");
                continue;
            }
            let description = error.description().lines().next().unwrap_or_default();
            self.mistakes.report(span, format!("not TOML: {description}"), help(error));
        }
        !errors.is_empty()
    }

    /// A value with all that is in it. What was made by keys and headers is no deeper than their
    /// parts.
    fn node(&mut self, at: usize) -> Option<Node<'t>> {
        self.nested(at, 0)
    }

    fn nested(&mut self, at: usize, level: usize) -> Option<Node<'t>> {
        let draft = self.tables.get_mut(at)?;
        let span = draft.span;
        let content = std::mem::replace(&mut draft.content, Part::Scalar(Content::Null));
        if level >= DEEPEST && !matches!(content, Part::Scalar(_)) {
            self.mistakes.too_deep(span.at_start());
            return None;
        }
        let content = match content {
            Part::Scalar(content) => content,
            Part::List(items, _) => {
                Content::List(items.into_iter().map(|item| self.nested(item, level + 1)).collect::<Option<_>>()?)
            }
            Part::Table(entries, ..) => {
                let entries =
                    entries.into_iter().map(|(key, value)| Some(Entry { key, value: self.nested(value, level + 1)? }));
                Content::Mapping(entries.collect::<Option<_>>()?)
            }
        };
        Some(Node { span, content })
    }
}

/// What to write where the library expected something else.
fn help(error: &ParseError) -> String {
    let expected: Vec<String> = error
        .expected()
        .unwrap_or_default()
        .iter()
        .map(|expected| match expected {
            Expected::Literal("\n") => "a line break".to_owned(),
            Expected::Literal(text) => quote(text),
            Expected::Description(text) => format!("a {text}"),
            _ => "something else".to_owned(),
        })
        .collect();
    if expected.is_empty() {
        return "write `key = value`, with texts in double quotes and lists in brackets".to_owned();
    }
    format!("write {} here", expected.join(" or "))
}

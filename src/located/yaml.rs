//! YAML as a tree.
//!
//! The library gives events one by one, so that nothing recurses however deep a text is, and
//! reading ends where it is too deep.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as Place, Tag};

use super::{Content, DEEPEST, Entry, Key, MOST_DIGITS, MOST_FROM_ALIASES, Mistakes, Node};
use crate::diagnostics::quote;
use crate::source::Span;

/// Reads a scalar without quotes and without a tag, the way a schema or a library does.
///
/// The error is what is wrong, and what to write instead.
pub type PlainScalars = fn(&str) -> Result<Content<'_>, (String, String)>;

/// Reads a YAML text of one document. Byte-order marks in front are skipped, and a text without a
/// document is `null`.
///
/// `None` where nothing can be said of what is in it; duplicate keys are reported, and the first
/// counts.
pub fn yaml<'t>(text: &'t str, plain: PlainScalars, mistakes: &mut Mistakes) -> Option<Node<'t>> {
    let body = text.trim_start_matches('\u{feff}');
    let mut reader = Reader {
        offsets: Offsets::new(body, text.len() - body.len()),
        body,
        plain,
        mistakes,
        open: Vec::new(),
        anchors: BTreeMap::new(),
        from_aliases: 0,
        root: None,
    };
    reader.read()
}

/// From characters to bytes.
struct Offsets {
    /// Bytes in front of the text.
    shift: usize,
    /// The byte at which each character begins; none for a text of ASCII.
    starts: Vec<u32>,
    length: usize,
}

impl Offsets {
    fn new(body: &str, shift: usize) -> Self {
        let starts = body.char_indices().map(|(at, _)| crate::source::offset(at));
        let starts = if body.is_ascii() { Vec::new() } else { starts.collect() };
        Self { shift, starts, length: body.len() }
    }

    /// The byte at which a character begins, within the text that is read.
    fn inside(&self, index: usize) -> usize {
        let at =
            if self.starts.is_empty() { index } else { self.starts.get(index).map_or(self.length, |at| *at as usize) };
        at.min(self.length)
    }
}

/// A list or mapping that has begun.
struct Open<'t> {
    /// Where it begins, and where it ends as far as it is read, within the text that is read.
    start: usize,
    end: usize,
    /// Whether it is in brackets or braces.
    is_flow: bool,
    anchor: usize,
    parts: Parts<'t>,
}

enum Parts<'t> {
    List(Vec<Node<'t>>),
    /// With the key whose value comes next; of a key that is wrong only that there is one.
    Mapping(Vec<Entry<'t>>, Option<Option<Key<'t>>>),
}

struct Reader<'t, 'm> {
    body: &'t str,
    offsets: Offsets,
    plain: PlainScalars,
    mistakes: &'m mut Mistakes,
    open: Vec<Open<'t>>,
    anchors: BTreeMap<usize, Node<'t>>,
    from_aliases: usize,
    root: Option<Node<'t>>,
}

/// Reading cannot go on; why has been reported.
struct Stop;

impl<'t> Reader<'t, '_> {
    fn read(&mut self) -> Option<Node<'t>> {
        let mut parser = Parser::new_from_str(self.body);
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, place) = match event {
                Ok(event) => event,
                Err(error) => {
                    self.refused(error.marker().index(), error.info());
                    return None;
                }
            };
            if matches!(event, Event::DocumentStart(_)) {
                documents += 1;
                if documents > 1 {
                    let help = "write it into a file of its own";
                    let message = "only the first YAML document of a file is read, and this begins another";
                    self.mistakes.report(self.span(place), message, help);
                    return None;
                }
            }
            self.event(event, place).ok()?;
        }
        let end = self.place(0, 0);
        Some(self.root.take().unwrap_or(Node { span: end, content: Content::Null }))
    }

    /// Says that the text is not YAML.
    fn refused(&mut self, index: usize, message: &str) {
        let at = self.offsets.inside(index);
        let length = self.body.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let message = message.lines().next().unwrap_or_default();
        // The library bounds how deep brackets may be.
        if message.contains("recursion limit") {
            return self.mistakes.too_deep(self.place(at, at + length));
        }
        if message.contains("unknown anchor") {
            let help = "write out what is meant, or name it with `&NAME` above";
            return self.mistakes.report(self.place(at, at + length), "an alias names nothing above it", help);
        }
        let help = "look at the indentation, and at brackets and quotes that are not closed; a text with `: ` or ` #` in it, or that \
                    begins with a sign, needs double quotes";
        self.mistakes.report(self.place(at, at + length), format!("not YAML: {message}"), help);
    }

    /// A place from bytes of the text that is read.
    fn place(&self, start: usize, end: usize) -> Span {
        self.mistakes.span(start + self.offsets.shift, end + self.offsets.shift)
    }

    fn span(&self, place: Place) -> Span {
        self.place(self.offsets.inside(place.start.index()), self.offsets.inside(place.end.index()))
    }

    fn event(&mut self, event: Event<'t>, place: Place) -> Result<(), Stop> {
        let start = self.offsets.inside(place.start.index());
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
            Event::SequenceStart(anchor, tag) => {
                self.begin(start, place, anchor, tag.as_deref(), Parts::List(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.begin(start, place, anchor, tag.as_deref(), Parts::Mapping(Vec::new(), None))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                // A block ends with its last part, and not where the next thing begins; a bracket
                // is one byte.
                let end = if open.is_flow { self.end_of_flow(start) } else { open.end };
                let content = match open.parts {
                    Parts::List(items) => Content::List(items),
                    Parts::Mapping(entries, _) => self.mistakes.mapping(entries),
                };
                let node = Node { span: self.place(open.start, end), content };
                self.add(node, end, open.anchor, false)?;
            }
            Event::Scalar(text, style, anchor, tag) => {
                let end = self.end_of_scalar(&text, style, place);
                let span = self.place(start, end);
                if let Some(Open { parts: Parts::Mapping(_, key @ None), .. }) = self.open.last_mut()
                    && style == ScalarStyle::Plain
                    && text == "<<"
                {
                    *key = Some(None);
                    let help = "write the entries of the other mapping out; as an ordinary key it needs double quotes";
                    self.mistakes.report(span, "the key `<<`, which merges another mapping, is not supported", help);
                    return Ok(());
                }
                let content = self.scalar(text, style, tag.as_deref(), span);
                self.add(Node { span, content }, end, anchor, false)?;
            }
            Event::Alias(anchor) => {
                let span = self.span(place);
                let end = self.offsets.inside(place.end.index());
                let Some(node) = self.anchors.get(&anchor).cloned() else {
                    let message = "an alias stands inside of what it names";
                    self.mistakes.report(span, message, "write out what is meant");
                    return Err(Stop);
                };
                self.from_aliases = self.from_aliases.saturating_add(node.size());
                if self.from_aliases > MOST_FROM_ALIASES {
                    let message = format!("the aliases stand for more than {MOST_FROM_ALIASES} values");
                    self.mistakes.report(span, message, "use fewer aliases of aliases");
                    return Err(Stop);
                }
                if self.open.len() + node.depth() > DEEPEST {
                    self.mistakes.too_deep(span);
                    return Err(Stop);
                }
                self.add(node, end, 0, true)?;
            }
        }
        Ok(())
    }

    /// Begins a list or mapping.
    fn begin(
        &mut self,
        start: usize,
        place: Place,
        anchor: usize,
        tag: Option<&Tag>,
        parts: Parts<'t>,
    ) -> Result<(), Stop> {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            self.tagged(tag, self.span(place));
        }
        if self.open.len() == DEEPEST {
            self.mistakes.too_deep(self.span(place));
            return Err(Stop);
        }
        let end = self.offsets.inside(place.end.index());
        let is_flow = self.body.get(start..end).is_some_and(begins_with_bracket);
        let start = if is_flow { start } else { self.start_of_block(start) };
        self.open.push(Open { start, end: start, is_flow, anchor, parts });
        Ok(())
    }

    /// Where a block begins: the library says of a list that is indented no further than its key
    /// where its first element begins.
    fn start_of_block(&self, start: usize) -> usize {
        let Some(Open { end: key, parts: Parts::Mapping(_, Some(_)), .. }) = self.open.last() else { return start };
        let mut at = *key;
        for line in self.body.get(*key..start).unwrap_or_default().split_inclusive('\n') {
            let text = line.trim_start();
            if text.strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])) {
                return at + line.len() - text.len();
            }
            at += line.len();
        }
        start
    }

    /// Where a list in brackets or a mapping in braces ends, whose bracket stands at a place. If
    /// there is a comma in front of it, that may be the place that the library gives.
    fn end_of_flow(&self, at: usize) -> usize {
        let mut is_comment = false;
        let closes = self.body.get(at..).unwrap_or_default().find(|char| {
            is_comment = char == '#' || is_comment && char != '\n';
            !is_comment && matches!(char, ']' | '}')
        });
        closes.map_or(at, |length| at + length + 1)
    }

    /// Where a scalar ends: what follows it on its line, or the line breaks behind a block, are no
    /// part of it.
    fn end_of_scalar(&self, text: &str, style: ScalarStyle, place: Place) -> usize {
        let (start, end) = (self.offsets.inside(place.start.index()), self.offsets.inside(place.end.index()));
        match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => end,
            _ if text.is_empty() && style == ScalarStyle::Plain => start,
            _ => start + self.body.get(start..end).map_or(0, |text| text.trim_end().len()),
        }
    }

    /// Puts a value where it belongs.
    fn add(&mut self, node: Node<'t>, end: usize, anchor: usize, is_alias: bool) -> Result<(), Stop> {
        if anchor > 0 && !is_alias {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.end = open.end.max(end);
        match &mut open.parts {
            Parts::List(items) => items.push(node),
            Parts::Mapping(entries, key @ Some(_)) => {
                if let Some(Some(key)) = key.take() {
                    entries.push(Entry { key, value: node });
                }
            }
            Parts::Mapping(_, slot) => {
                let span = node.span;
                let Content::Text(name) = node.content else {
                    *slot = Some(None);
                    node.must_be("a key", "a string", "write the key in double quotes", self.mistakes);
                    return Ok(());
                };
                *slot = Some(Some(Key { span, name }));
            }
        }
        Ok(())
    }

    /// The value of a scalar.
    fn scalar(&mut self, text: Cow<'t, str>, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Content<'t> {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            self.tagged(tag, span);
            return Content::Unreadable;
        }
        if style != ScalarStyle::Plain {
            return Content::Text(text);
        }
        let is_number = |byte: u8| byte.is_ascii_hexdigit() || b"+-._xXoObB".contains(&byte);
        if text.len() > MOST_DIGITS && text.bytes().all(is_number) {
            self.mistakes.too_long(span);
            return Content::Unreadable;
        }
        let fits = match tag.map(|tag| tag.suffix.as_str()) {
            None => None,
            Some("str") => return Content::Text(text),
            Some("null") => matches!(&*text, "~" | "null").then_some(Content::Null),
            Some("bool") => text.parse().ok().map(Content::Bool),
            Some("int" | "float") => match self.plain(&text) {
                Ok(number @ Content::Number(_)) => Some(number),
                _ => None,
            },
            Some(_) => None,
        };
        match (tag, fits) {
            (_, Some(content)) => content,
            (Some(tag), None) => {
                let message = format!("{} does not fit its tag {}", quote(&text), quote(&format!("!!{}", tag.suffix)));
                self.mistakes.report(span, message, "take the tag out");
                Content::Unreadable
            }
            (None, None) => match self.plain(&text) {
                Ok(content) => content,
                Err((message, help)) => {
                    self.mistakes.report(span, message, help);
                    Content::Unreadable
                }
            },
        }
    }

    /// The value of a scalar without quotes and without a tag.
    fn plain(&self, text: &Cow<'t, str>) -> Result<Content<'t>, (String, String)> {
        match text {
            Cow::Borrowed(text) => (self.plain)(text),
            Cow::Owned(text) => Ok(match (self.plain)(text)? {
                Content::Text(_) => Content::Text(Cow::Owned(text.clone())),
                Content::Number(number) => Content::Number(number.into_owned()),
                Content::Bool(value) => Content::Bool(value),
                _ => Content::Null,
            }),
        }
    }

    /// Says that there is a tag.
    fn tagged(&mut self, tag: &Tag, span: Span) {
        let name = if tag.is_yaml_core_schema() { format!("!!{}", tag.suffix) } else { tag.to_string() };
        self.mistakes.report(span, format!("the tag {} is not supported", quote(&name)), "take the tag out");
    }
}

/// Whether a bracket or brace follows the anchor, the tag and the comments at the start of a text.
fn begins_with_bracket(text: &str) -> bool {
    let mut rest = text.trim_start();
    loop {
        let length = match rest.chars().next() {
            Some('#') => rest.find('\n'),
            Some('&' | '!') => rest.find(|char: char| char.is_whitespace() || "[]{},".contains(char)),
            first => return matches!(first, Some('[' | '{')),
        };
        rest = length.and_then(|length| rest.get(length..)).unwrap_or_default().trim_start();
    }
}

//! Reading a catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use super::{Annotations, BadClasses, Catalogue, Class, Classes, ServerInfo, Tag, Tags, ToolEntry};
use crate::diagnostics::codes::{BAD_CATALOGUE, BAD_SCHEMA, DUPLICATE_TOOL};
use crate::diagnostics::suggest::nearest;
use crate::diagnostics::{Applicability, Diagnostic, Severity, quote};
use crate::json::{Json, Kind, Value};
use crate::schema::refs::{self, ReferenceTarget};
use crate::source::{FileId, Span, offset};

const FORMS: &str = "a catalogue is a server's answer to `tools/list`, as JSON: `{\"tools\": [...]}`";

impl Catalogue {
    /// Reads the `tools/list` result of a server: `{"tools": [...]}`, possibly with `"server"`, a bare array of
    /// tools, or a JSON-RPC response.
    ///
    /// There is no catalogue when the text is not JSON or has no list of tools. Lesser errors come with what
    /// could be read, so that one mistake in the file does not make every tool of it unknown.
    #[must_use]
    pub fn load(text: &str, file: FileId) -> (Option<Self>, Vec<Diagnostic>) {
        Self::load_shared(Arc::new(text.to_owned()), file)
    }

    /// Reads like [`Catalogue::load`], and keeps the text without a copy.
    #[must_use]
    pub fn load_shared(text: Arc<String>, file: FileId) -> (Option<Self>, Vec<Diagnostic>) {
        let json = match Json::parse_shared(Arc::clone(&text)) {
            Ok(json) => json,
            Err(error) => {
                let end = offset(text.len());
                let (message, span) = if offset(text.trim_end().len()) <= error.at {
                    ("the catalogue is cut off: its JSON does not end".to_owned(), Span::new(file, end, end))
                } else {
                    let at = Span::new(file, error.at, end.min(error.at.saturating_add(1)));
                    (format!("the catalogue is not JSON: {}", error.message), at)
                };
                return (None, vec![Diagnostic::new(BAD_CATALOGUE, span, message).help(FORMS)]);
            }
        };
        let mut reader = Reader { file, diagnostics: Vec::new() };
        let read = reader.document(&json);
        let Reader { diagnostics, .. } = reader;
        (read.map(|(server, tools)| Self::new(json, file, server, tools)), diagnostics)
    }
}

struct Reader {
    file: FileId,
    diagnostics: Vec<Diagnostic>,
}

impl Reader {
    fn span(&self, value: Value<'_>) -> Span {
        let (start, end) = value.span();
        Span::new(self.file, start, end)
    }

    /// The place of a value, or only of its first character when the value is long.
    fn head(&self, value: Value<'_>) -> Span {
        match value.kind() {
            Kind::Array | Kind::Object => {
                let (start, _) = value.span();
                Span::new(self.file, start, start + 1)
            }
            _ => self.span(value),
        }
    }

    fn error(&mut self, place: Value<'_>, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::new(BAD_CATALOGUE, self.head(place), message));
    }

    fn document(&mut self, json: &Json) -> Option<(Option<ServerInfo>, Vec<ToolEntry>)> {
        let root = json.root();
        if let Some(at) = json.duplicate_key() {
            let rest = json.text().get(at as usize..).unwrap_or_default();
            let key = rest.get(..string_length(rest)).unwrap_or_default();
            let span = Span::new(self.file, at, at + offset(key.len()));
            let message = format!("{} is a duplicate key in one object", quote(key));
            self.diagnostics.push(Diagnostic::new(BAD_CATALOGUE, span, message).help("keep one of the two"));
        }
        let body = if root.get("tools").is_none() { root.get("result").unwrap_or(root) } else { root };
        let is_message = |item: Value<'_>| item.get("jsonrpc").is_some();
        if body.kind() == Kind::Array && body.items().next().is_some_and(is_message) {
            let error = Diagnostic::new(BAD_CATALOGUE, self.head(root), "this is a batch of JSON-RPC messages");
            self.diagnostics.push(error.help("use only the response to `tools/list` in it"));
            return None;
        }
        let list = if body.kind() == Kind::Array { Some(body) } else { body.get("tools") };
        let Some(list) = list.filter(|list| list.kind() == Kind::Array) else {
            self.no_tools(root);
            return None;
        };
        if let Some(cursor) = body.get("nextCursor").filter(|cursor| !cursor.is_null() && cursor.as_str() != Some("")) {
            let message = "the list of tools is incomplete: it is one page of several";
            let mut page = Diagnostic::new(BAD_CATALOGUE, self.head(cursor), message)
                .help("put the tools of all pages into one file, as `policyc catalogue fetch` does");
            page.severity = Severity::Warning;
            self.diagnostics.push(page);
        }
        let tools: Vec<ToolEntry> = list.items().filter_map(|tool| self.tool(tool)).collect();
        self.report_duplicates(&tools);
        Some((server_info(root).or_else(|| server_info(body)), tools))
    }

    fn no_tools(&mut self, root: Value<'_>) {
        let refusal = root.get("error").and_then(|error| error.get("message"));
        let message = match refusal.and_then(Value::as_str) {
            Some(text) => format!("the server answered with an error: {}", quote(text)),
            None => "the catalogue has no array `tools`".to_owned(),
        };
        self.diagnostics.push(Diagnostic::new(BAD_CATALOGUE, self.head(root), message).help(FORMS));
    }

    fn tool(&mut self, tool: Value<'_>) -> Option<ToolEntry> {
        if tool.kind() != Kind::Object {
            self.error(tool, format!("a tool is an object, not {}", tool.kind().with_article()));
            return None;
        }
        let mut fields = Fields::default();
        for (key, value) in tool.entries() {
            match key.as_str() {
                Some("name") => fields.name = Some(value),
                Some("title") => fields.title = value.as_str(),
                Some("description") => fields.description = value.as_str(),
                Some("annotations") => fields.annotations = Some(value),
                Some("inputSchema") => fields.schema = Some(value),
                Some("x-policyc") => fields.explicit = Some(value),
                _ => {}
            }
        }
        let Some((place, name)) = fields.name.and_then(|value| Some((value, value.as_str()?))) else {
            self.error(fields.name.unwrap_or(tool), "a tool has no name that is a string");
            return None;
        };
        let annotations = fields.annotations.map(annotations).unwrap_or_default();
        let given_classes = fields.explicit.and_then(|value| self.given_classes(value));
        let given_tags = fields.explicit.and_then(|value| self.given_tags(value));
        let schema = fields.schema.filter(|schema| self.schema(name, *schema));
        Some(ToolEntry {
            name: name.to_owned(),
            span: self.span(place),
            title: fields.title.or_else(|| fields.annotations?.get("title")?.as_str()).map(str::to_owned),
            description: fields.description.map(str::to_owned),
            annotations,
            given_classes,
            given_tags,
            inferred: OnceLock::new(),
            inferred_classes: OnceLock::new(),
            schema: schema.map(Value::id),
            node: tool.id(),
        })
    }

    /// The classes that `x-policyc` gives: a class, or a list of them.
    fn given_classes(&mut self, value: Value<'_>) -> Option<Classes> {
        let Some(class) = value.get("class") else {
            // Other keys of `x-policyc` are left to later versions; without `class` it says nothing of classes.
            if value.kind() != Kind::Object {
                self.error(value, "`x-policyc` is an object: `{\"class\": \"read\"}`");
            }
            return None;
        };
        let Some(written) = strings(class) else {
            self.error(class, "a class is a string, and several are a list of strings");
            return None;
        };
        let bad = match Classes::parse(written.iter().map(|(_, name)| *name)) {
            Ok(classes) => return Some(classes),
            Err(bad) => bad,
        };
        let (message, help) = (bad.message(), bad.help());
        match bad {
            BadClasses::Unknown(unknown) => {
                self.unknown(class, &written, unknown, &Class::ALL.map(Class::name), (message, help));
            }
            BadClasses::Empty | BadClasses::Beside(_) => {
                self.diagnostics.push(Diagnostic::new(BAD_CATALOGUE, self.head(class), message).help(help));
            }
        }
        None
    }

    /// The tags that `x-policyc` gives: a tag, or a list of them, which may be empty.
    fn given_tags(&mut self, value: Value<'_>) -> Option<Tags> {
        let tags = value.get("tags")?;
        let Some(written) = strings(tags) else {
            self.error(tags, "tags are a list of strings");
            return None;
        };
        match Tags::parse(written.iter().map(|(_, name)| *name)) {
            Ok(tags) => Some(tags),
            Err(bad) => {
                self.unknown(tags, &written, bad.0, &Tag::ALL.map(Tag::name), (bad.message(), bad.help()));
                None
            }
        }
    }

    /// Reports a name in a list of `x-policyc` that nothing has, and offers the nearest one.
    fn unknown(
        &mut self,
        list: Value<'_>,
        written: &[(Value<'_>, &str)],
        unknown: &str,
        known: &[&str],
        (message, help): (String, String),
    ) {
        let at = written.iter().find(|(_, name)| *name == unknown).map_or(list, |(value, _)| *value);
        let span = self.head(at);
        let mut wrong = Diagnostic::new(BAD_CATALOGUE, span, message).help(help);
        if let Some(near) = nearest(unknown, known.iter().copied()) {
            wrong = wrong.fix(Applicability::Unsafe, format!("write {}", quote(near)), span, format!("\"{near}\""));
        }
        self.diagnostics.push(wrong);
    }

    /// Whether the value can be read as a schema; says what is wrong with its references.
    fn schema(&mut self, tool: &str, schema: Value<'_>) -> bool {
        if !matches!(schema.kind(), Kind::Object | Kind::Bool) {
            let message =
                format!("the `inputSchema` of {} is {}, not an object", quote(tool), schema.kind().with_article());
            let span = self.head(schema);
            self.diagnostics.push(Diagnostic::new(BAD_SCHEMA, span, message).help("its arguments are not checked"));
            return false;
        }
        // Most schemas have no reference, and looking for the word is much cheaper than walking through them.
        if !schema.source().contains("\"$ref\"") {
            return true;
        }
        let mut seen = BTreeSet::new();
        for reference in refs::references(schema) {
            let text = reference.as_str().unwrap_or_default();
            if !seen.insert(text) {
                continue;
            }
            let why = match refs::resolve(schema, text) {
                ReferenceTarget::Found(_) => continue,
                ReferenceTarget::Nowhere => "leads nowhere",
                ReferenceTarget::Elsewhere => "leads out of the schema, and nothing is fetched",
            };
            let message = format!("{} in the `inputSchema` of {} {why}", quote(text), quote(tool));
            let warning = Diagnostic::new(BAD_SCHEMA, self.span(reference), message);
            self.diagnostics.push(warning.help("conditions on it are not checked"));
        }
        true
    }

    fn report_duplicates(&mut self, tools: &[ToolEntry]) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for tool in tools {
            if let Some(before) = first.get(tool.name.as_str()) {
                let message = format!("{} is listed twice", quote(&tool.name));
                let warning = Diagnostic::new(DUPLICATE_TOOL, tool.span, message)
                    .because(*before, "first listed here")
                    .help("a rule about it is checked against every listing");
                self.diagnostics.push(warning);
            } else {
                first.insert(&tool.name, tool.span);
            }
        }
    }
}

#[derive(Default)]
struct Fields<'a> {
    name: Option<Value<'a>>,
    title: Option<&'a str>,
    description: Option<&'a str>,
    annotations: Option<Value<'a>>,
    schema: Option<Value<'a>>,
    explicit: Option<Value<'a>>,
}

/// A string, or a list of strings, each with its place; `None` for anything else.
fn strings(value: Value<'_>) -> Option<Vec<(Value<'_>, &str)>> {
    let single = (value.kind() == Kind::String).then_some(value);
    if single.is_none() && value.kind() != Kind::Array {
        return None;
    }
    single.into_iter().chain(value.items()).map(|item| Some((item, item.as_str()?))).collect()
}

fn annotations(value: Value<'_>) -> Annotations {
    let hint = |name| value.get(name).and_then(Value::as_bool);
    Annotations {
        read_only: hint("readOnlyHint"),
        destructive: hint("destructiveHint"),
        idempotent: hint("idempotentHint"),
        open_world: hint("openWorldHint"),
    }
}

fn server_info(value: Value<'_>) -> Option<ServerInfo> {
    let server = value.get("server").or_else(|| value.get("serverInfo"))?;
    let text = |name| server.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(ServerInfo { name: text("name"), version: text("version") })
}

/// The length in bytes of the JSON string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().enumerate().skip(1).find(|&(_, byte)| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

//! Sample values that a schema admits.

use super::{escape, members};
use crate::ide::View;
use crate::ir::ToolId;
use crate::json::Json;
use crate::predicate::Step;
use crate::schema::{Kinds, ValueInfo};

/// How deep required members of required objects are written out.
const MOST_DEPTH: usize = 3;
/// The most members that are written out.
const MOST_MEMBERS: usize = 24;

/// An example of a text of a format.
pub(super) fn format(name: &str) -> Option<&'static str> {
    Some(match name {
        "email" | "idn-email" => "name@example.com",
        "uri" | "url" | "iri" | "uri-reference" => "https://example.com/",
        "date" => "2026-01-31",
        "date-time" => "2026-01-31T12:00:00Z",
        "time" => "12:00:00Z",
        "duration" => "P1D",
        "uuid" => "123e4567-e89b-12d3-a456-426614174000",
        "ipv4" => "192.0.2.1",
        "ipv6" => "2001:db8::1",
        "hostname" | "idn-hostname" => "example.com",
        _ => return None,
    })
}

/// An example of a pattern for texts of a format.
pub(super) fn like(name: &str) -> Option<&'static str> {
    Some(match name {
        "email" | "idn-email" => "*@example.com",
        "uri" | "url" | "iri" => "https://example.com/*",
        "hostname" | "idn-hostname" => "*.example.com",
        "date" | "date-time" => "2026-*",
        _ => return None,
    })
}

/// The value of a keyword that narrows a value; of a string its text.
pub(super) fn bound(info: &ValueInfo, keyword: &str) -> Option<String> {
    let said = info.bounds.iter().find_map(|bound| bound.strip_prefix(keyword)?.strip_prefix(' '))?;
    match Json::parse(said).ok().and_then(|json| json.root().as_str().map(str::to_owned)) {
        Some(text) => Some(text),
        None => Some(said.to_owned()),
    }
}

/// Writes values into a snippet, each with a place of its own.
pub(super) struct Samples<'v, 'a> {
    view: &'v View<'a>,
    tool: ToolId,
    next: u32,
    left: usize,
}

impl<'v, 'a> Samples<'v, 'a> {
    /// For the arguments of a tool.
    pub(super) const fn new(view: &'v View<'a>, tool: ToolId) -> Self {
        Self { view, tool, next: 1, left: MOST_MEMBERS }
    }

    fn place(&mut self, text: &str) -> String {
        let place = self.next;
        self.next += 1;
        if text.is_empty() { format!("${place}") } else { format!("${{{place}:{}}}", escape(text)) }
    }

    /// The required members below a path: `"a": ${1:0}, "b": "$2"`.
    pub(super) fn required(&mut self, steps: &[Step]) -> String {
        let mut written = Vec::new();
        for member in members::sorted(self.view, self.tool, steps).into_iter().filter(|member| member.required) {
            let Some(left) = self.left.checked_sub(1) else { break };
            self.left = left;
            let mut below = steps.to_vec();
            below.push(Step::Key(member.name.clone()));
            let value = self.value(&below);
            written.push(format!("{}: {value}", super::arguments::key_snippet(&member.name)));
        }
        written.join(", ")
    }

    /// The value at a path.
    pub(super) fn value(&mut self, steps: &[Step]) -> String {
        let info = self.view.schemas(self.tool).find_map(|schema| schema.info(steps));
        let Some(info) = info else { return self.place("") };
        if let Some(value) = info.values.first().or(info.default.as_ref()) {
            // A text keeps its quotes outside of the place, so that typing does not remove them.
            return match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
                Some(inner) => format!("\"{}\"", self.place(inner)),
                None => self.place(value),
            };
        }
        let kinds = info.kinds.without(Kinds::NULL);
        if kinds.intersects(Kinds::STRING) {
            let example = bound(&info, "format").as_deref().and_then(format).unwrap_or_default();
            return format!("\"{}\"", self.place(example));
        }
        if kinds.intersects(Kinds::NUMBER) {
            let least = bound(&info, "minimum").filter(|least| least.parse::<i64>().is_ok());
            return self.place(&least.unwrap_or_else(|| "1".to_owned()));
        }
        if kinds.intersects(Kinds::BOOL) {
            return self.place("true");
        }
        let deep = steps.len() >= MOST_DEPTH * 2;
        if kinds.intersects(Kinds::ARRAY) {
            let mut element = steps.to_vec();
            element.push(Step::Index(0));
            let inner = if deep || info.element_kinds.is_empty() { self.place("") } else { self.value(&element) };
            return format!("[{inner}]");
        }
        if kinds.intersects(Kinds::OBJECT) {
            let inner = if deep { String::new() } else { self.required(steps) };
            let inner = if inner.is_empty() { self.place("") } else { inner };
            return format!("{{{inner}}}");
        }
        self.place("")
    }
}

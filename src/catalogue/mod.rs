//! Catalogues: what a server answers to `tools/list`.
//!
//! A catalogue keeps the JSON document as it was read and refers into it, so that schemas are looked into
//! only when a policy asks about them, and every message can point into the file.

pub mod canonical;
mod class;
mod load;
mod set;
#[cfg(test)]
mod tests;
mod words;

use std::sync::OnceLock;

pub use class::Class;
pub use set::{BadClasses, BuiltIn, ClassSettings, Classes, RESERVED_SETS};

use crate::json::Json;
use crate::schema::Schema;
use crate::source::{FileId, Span, offset};

/// The tools of one server.
#[derive(Debug)]
pub struct Catalogue {
    json: Json,
    file: FileId,
    server: Option<ServerInfo>,
    tools: Vec<ToolEntry>,
    /// Indices into `tools`, sorted by name, then by index.
    by_name: Vec<u32>,
    /// The names, each once, sorted by bytes.
    names: Vec<Box<str>>,
}

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerInfo {
    /// Its name, if the file has one.
    pub name: Option<String>,
    /// Its version, if the file has one.
    pub version: Option<String>,
}

/// One entry of the list. A tool that is listed twice has two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolEntry {
    /// The exact name.
    pub name: String,
    /// The place of the name in the catalogue file.
    pub span: Span,
    /// The name for people.
    pub title: Option<String>,
    /// What the server says the tool does.
    pub description: Option<String>,
    /// The server's own claims.
    pub annotations: Annotations,
    /// The risk classes and why; inferred when they are first asked for, unless the catalogue gives them.
    classes: OnceLock<(Classes, String)>,
    /// The value of `inputSchema` in the document.
    schema: Option<u32>,
}

/// The hints of a tool, as MCP's `ToolAnnotations` names them. They are claims: nothing checks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Annotations {
    /// `readOnlyHint`: the tool does not change anything.
    pub read_only: Option<bool>,
    /// `destructiveHint`: what it changes may be lost.
    pub destructive: Option<bool>,
    /// `idempotentHint`: calling it again changes nothing more.
    pub idempotent: Option<bool>,
    /// `openWorldHint`: it deals with things outside the server.
    pub open_world: Option<bool>,
}

impl ToolEntry {
    fn classified(&self) -> &(Classes, String) {
        self.classes.get_or_init(|| class::infer(&self.name, self.description.as_deref(), self.annotations))
    }

    /// The risk classes that the catalogue gives or that were inferred from this entry. Settings may say otherwise: what
    /// counts for a policy is [`Server::classes`](crate::ir::Server::classes).
    #[must_use]
    pub fn classes(&self) -> Classes {
        self.classified().0
    }

    /// Why it has these classes, as a clause without capital or period: "its name has `delete`".
    #[must_use]
    pub fn classes_reason(&self) -> &str {
        &self.classified().1
    }
}

impl Catalogue {
    /// The entries in the order of the file.
    #[must_use]
    pub fn tools(&self) -> &[ToolEntry] {
        &self.tools
    }

    /// The entry with an index; `None` for an index of another catalogue.
    #[must_use]
    pub fn tool(&self, entry: u32) -> Option<&ToolEntry> {
        self.tools.get(entry as usize)
    }

    /// The indices of the entries with this exact name, in the order of the file; empty for an unknown name.
    #[must_use]
    pub fn entries(&self, name: &str) -> &[u32] {
        let name_at = |&index: &u32| self.tool(index).map_or("", |tool| tool.name.as_str());
        let first = self.by_name.partition_point(|index| name_at(index) < name);
        let rest = self.by_name.get(first..).unwrap_or_default();
        let count = rest.partition_point(|index| name_at(index) == name);
        rest.get(..count).unwrap_or_default()
    }

    /// The names, each once, sorted by bytes.
    #[must_use]
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// The names that begin with `prefix`, sorted by bytes: where a glob with a literal start has to look.
    #[must_use]
    pub fn with_prefix(&self, prefix: &str) -> &[Box<str>] {
        let first = self.names.partition_point(|name| name.as_ref() < prefix);
        let rest = self.names.get(first..).unwrap_or_default();
        let count = rest.partition_point(|name| name.starts_with(prefix));
        rest.get(..count).unwrap_or_default()
    }

    /// The schema of the arguments of an entry. Of one that has none, everything is unknown.
    #[must_use]
    pub fn schema(&self, entry: u32) -> Schema<'_> {
        let root = self.tool(entry).and_then(|tool| tool.schema).map(|id| self.json.value(id));
        Schema::new(root, self.file)
    }

    /// The file that the catalogue was read from.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.file
    }

    /// What the server says of itself, if the file has it.
    #[must_use]
    pub fn server(&self) -> Option<&ServerInfo> {
        self.server.as_ref()
    }

    fn new(json: Json, file: FileId, server: Option<ServerInfo>, tools: Vec<ToolEntry>) -> Self {
        let mut order: Vec<(&str, u32)> =
            tools.iter().enumerate().map(|(index, tool)| (tool.name.as_str(), offset(index))).collect();
        order.sort_unstable();
        let by_name = order.iter().map(|(_, index)| *index).collect();
        order.dedup_by_key(|(name, _)| *name);
        let names = order.into_iter().map(|(name, _)| name.into()).collect();
        Self { json, file, server, tools, by_name, names }
    }
}

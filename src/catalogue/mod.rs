//! Catalogues: what a server answers to `tools/list`.
//!
//! A catalogue keeps the JSON document as it was read and refers into it, so that schemas are looked into
//! only when a policy asks about them, and every message can point into the file.

pub mod canonical;
mod class;
mod classify;
mod digest;
pub mod flags;
mod load;
mod set;
mod settings;
mod tag;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

pub use class::Class;
pub use classify::{Classification, Evidence, Sign, Source, Weight, merges_code};
pub use digest::{Digest, Part, ToolDigests, canonical_value};
pub use set::{BadClasses, BuiltIn, Classes};
pub use settings::ToolSettings;
pub use tag::{BadTag, Tag, Tags, ToolSets};

use crate::json::{Json, Value};
use crate::schema::Schema;
use crate::source::{FileId, Span, offset};
use classify::Facts;

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
    /// By index into `names`; made when they are first asked for.
    digests: OnceLock<Vec<ToolDigests>>,
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
    /// The classes that `x-policyc` gives it.
    given_classes: Option<Classes>,
    /// The tags that `x-policyc` gives it.
    given_tags: Option<Tags>,
    /// What it seems to do; inferred when it is first asked for.
    inferred: OnceLock<Box<Classification>>,
    /// The classes of that, where nobody has asked for more yet.
    inferred_classes: OnceLock<Classes>,
    /// The value of `inputSchema` in the document.
    schema: Option<u32>,
    /// The whole entry in the document.
    node: u32,
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

/// Why a tool has the classes that `x-policyc` gives it.
const GIVEN: &str = "`x-policyc` says so";

/// Why a tool has the classes that the lock has for it.
const LOCKED: &str = "policyc.lock says so";

impl ToolEntry {
    /// The classes that `x-policyc` gives it in the catalogue.
    #[must_use]
    pub fn given_classes(&self) -> Option<Classes> {
        self.given_classes
    }

    /// The tags that `x-policyc` gives it in the catalogue.
    #[must_use]
    pub fn given_tags(&self) -> Option<Tags> {
        self.given_tags
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

    /// What an entry seems to do and why, whatever the catalogue or settings say of it; `None` for an index of another
    /// catalogue.
    #[must_use]
    pub fn inferred(&self, entry: u32) -> Option<&Classification> {
        let tool = self.tool(entry)?;
        Some(tool.inferred.get_or_init(|| Box::new(classify::classify(&self.facts(tool)))))
    }

    fn facts<'a>(&'a self, tool: &'a ToolEntry) -> Facts<'a> {
        let (description, schema) = (tool.description.as_deref(), tool.schema.map(|id| self.json.value(id)));
        Facts { name: &tool.name, description, annotations: tool.annotations, schema }
    }

    /// The classes of [`inferred`](Self::inferred), without what else is inferred.
    fn inferred_classes(&self, tool: &ToolEntry) -> Classes {
        match tool.inferred.get() {
            Some(inferred) => inferred.classes,
            None => *tool.inferred_classes.get_or_init(|| classify::classes(&self.facts(tool))),
        }
    }

    /// The risk classes that the catalogue gives to an entry or that were inferred from it, and why, as a clause without
    /// capital or period: "its name has `delete`". Settings may say otherwise: what counts for a policy is
    /// [`Server::classes`](crate::ir::Server::classes).
    #[must_use]
    pub fn classes(&self, entry: u32) -> Option<(Classes, &str)> {
        if let Some(given) = self.tool(entry)?.given_classes {
            return Some((given, GIVEN));
        }
        self.inferred(entry).map(|inferred| (inferred.classes, inferred.reason.as_str()))
    }

    /// The tags that the catalogue gives to an entry or that were inferred from it. Settings may say otherwise: what counts
    /// for a policy is [`Server::tags`](crate::ir::Server::tags).
    #[must_use]
    pub fn tags(&self, entry: u32) -> Option<Tags> {
        self.tool(entry)?.given_tags.or_else(|| self.inferred(entry).map(|inferred| inferred.tags))
    }

    /// The classes of a tool with some entries, and why; `None` without entries. An entry that says nothing of classes has those
    /// that are locked for its tool, if some are, else what its text is evidence for. A tool that is listed twice has the classes
    /// of both listings.
    #[must_use]
    pub fn classes_of(&self, entries: &[u32], locked: Option<Classes>) -> Option<(Classes, &str)> {
        let of_entry =
            |entry: &u32| match locked.filter(|_| self.tool(*entry).is_some_and(|tool| tool.given_classes.is_none())) {
                Some(classes) => Some((classes, LOCKED)),
                None => self.classes(*entry),
            };
        entries.iter().filter_map(of_entry).reduce(|first, second| {
            let all = first.0.with(second.0);
            (all, if all == first.0 { first.1 } else { second.1 })
        })
    }

    /// The classes of [`classes_of`](Self::classes_of), for whoever does not ask why: they are found sooner.
    #[must_use]
    pub fn only_classes_of(&self, entries: &[u32], locked: Option<Classes>) -> Option<Classes> {
        let of_entry = |entry: &u32| {
            let tool = self.tool(*entry)?;
            Some(tool.given_classes.or(locked).unwrap_or_else(|| self.inferred_classes(tool)))
        };
        entries.iter().filter_map(of_entry).reduce(Classes::with)
    }

    /// The tags of a tool with some entries, as [`classes_of`](Self::classes_of).
    #[must_use]
    pub fn tags_of(&self, entries: &[u32], locked: Option<Tags>) -> Option<Tags> {
        let of_entry = |entry: &u32| self.tool(*entry)?.given_tags.or(locked).or_else(|| self.tags(*entry));
        entries.iter().filter_map(of_entry).reduce(Tags::with)
    }

    /// The digests of a tool; `None` for an unknown name.
    #[must_use]
    pub fn digests(&self, name: &str) -> Option<&ToolDigests> {
        let all = self.digests.get_or_init(|| {
            self.names.iter().map(|name| digest::of_entries(self, &self.json, self.entries(name))).collect()
        });
        let index = self.names.binary_search_by(|known| known.as_ref().cmp(name)).ok()?;
        all.get(index)
    }

    /// An entry as it is written.
    #[must_use]
    pub fn value(&self, entry: u32) -> Option<Value<'_>> {
        self.tool(entry).map(|tool| self.json.value(tool.node))
    }

    /// `ttlMs`: how long the list may be kept, in milliseconds, if the server says so.
    #[must_use]
    pub fn ttl_ms(&self) -> Option<u64> {
        let root = self.json.root();
        let said = root.get("ttlMs").or_else(|| root.get("result")?.get("ttlMs"))?;
        said.source().parse().ok()
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
        Self { json, file, server, tools, by_name, names, digests: OnceLock::new() }
    }
}

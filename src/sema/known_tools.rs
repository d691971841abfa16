//! The servers and tools that a policy can speak of.

use std::collections::HashMap;
use std::sync::Arc;

use super::known_good::KnownGood;

use crate::catalogue::{BuiltIn, Catalogue, Class, Classes, Tags};
use crate::diagnostics::Confidence;
use crate::diagnostics::suggest::{nearest, of_the_same_words};
use crate::ir::{Server, ServerId, Tool, ToolId};
use crate::pattern::glob_matches;
use crate::source::offset;

/// Servers and known tools, with what is needed to find them.
#[derive(Debug, Default)]
pub struct KnownTools {
    servers: Arc<[Server]>,
    /// Sorted by server and name.
    tools: Arc<[Tool]>,
    /// The tools of a name, in order of their servers.
    by_name: HashMap<String, Vec<ToolId>>,
    /// The tools of each server: a range of `tools`.
    ranges: Vec<std::ops::Range<usize>>,
    /// Whether a catalogue was named but could not be read: unknown names are then no news.
    broken: bool,
    /// Statements that were found right.
    known_good: KnownGood,
}

impl KnownTools {
    /// Statements that were found right.
    pub(super) const fn known_good(&self) -> &KnownGood {
        &self.known_good
    }

    /// From the catalogues of the servers. `broken` says that one more could not be read.
    pub(super) fn of_catalogues(servers: Vec<Server>, broken: bool) -> Self {
        let mut tools = Vec::new();
        for (index, server) in servers.iter().enumerate() {
            let Some(catalogue) = &server.catalogue else { continue };
            let server = ServerId(offset(index));
            tools.extend(catalogue.names().iter().map(|name| Tool {
                server,
                name: name.to_string(),
                entries: catalogue.entries(name).to_vec(),
            }));
        }
        Self::new(servers, tools, broken)
    }

    /// Without a catalogue: the tools are those that the policy names, sorted, each once.
    pub(super) fn of_names(names: std::collections::BTreeSet<String>, broken: bool) -> Self {
        let server = Server { name: String::new(), catalogue: None, settings: Arc::default(), locked: Arc::default() };
        let tools = names.into_iter().map(|name| Tool { server: ServerId(0), name, entries: Vec::new() }).collect();
        Self::new(vec![server], tools, broken)
    }

    /// Whether it is what [`KnownTools::of_catalogues`] would give.
    pub(super) fn is_of(&self, servers: &[Server], broken: bool) -> bool {
        let same = |one: &Option<Arc<Catalogue>>, other: &Option<Arc<Catalogue>>| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        self.broken == broken
            && self.servers.len() == servers.len()
            && self.servers.iter().zip(servers).all(|(known, server)| {
                known.name == server.name
                    && same(&known.catalogue, &server.catalogue)
                    && known.settings == server.settings
                    && known.locked == server.locked
            })
    }

    fn new(servers: Vec<Server>, tools: Vec<Tool>, broken: bool) -> Self {
        let mut by_name: HashMap<String, Vec<ToolId>> = HashMap::with_capacity(tools.len());
        for (index, tool) in tools.iter().enumerate() {
            by_name.entry(tool.name.clone()).or_default().push(ToolId(offset(index)));
        }
        let ranges = (0..servers.len()).map(|index| {
            let server = ServerId(offset(index));
            tools.partition_point(|tool| tool.server < server)..tools.partition_point(|tool| tool.server <= server)
        });
        let ranges = ranges.collect();
        Self { servers: servers.into(), tools: tools.into(), by_name, ranges, broken, known_good: KnownGood::default() }
    }

    /// The servers in order of declaration; at least one.
    #[must_use]
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// The known tools, sorted by server, then by bytes of the name.
    #[must_use]
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// The servers, for the policies that speak of them: a file may have many.
    pub(super) fn shared_servers(&self) -> Arc<[Server]> {
        Arc::clone(&self.servers)
    }

    /// The known tools, for the policies that speak of them.
    pub(super) fn shared_tools(&self) -> Arc<[Tool]> {
        Arc::clone(&self.tools)
    }

    /// Whether a catalogue was named but could not be read: unknown names are then no news.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// The entries of a tool in its server's catalogue, with the catalogue; several for a tool listed twice.
    pub fn entries(&self, id: ToolId) -> impl Iterator<Item = (&Catalogue, u32)> {
        let tool = self.tool(id);
        let catalogue = tool.and_then(|tool| self.servers.get(tool.server.0 as usize)?.catalogue.as_deref());
        let entries = tool.map(|tool| tool.entries.as_slice()).unwrap_or_default();
        entries.iter().filter_map(move |entry| Some((catalogue?, *entry)))
    }

    /// Whether names can be checked.
    #[must_use]
    pub fn has_catalogue(&self) -> bool {
        self.servers.iter().any(|server| server.catalogue.is_some())
    }

    /// The known tools of a name; of one server only, if one is given.
    #[must_use]
    pub fn named(&self, name: &str, server: Option<ServerId>) -> Vec<ToolId> {
        let all = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let fits =
            |tool: &&ToolId| server.is_none_or(|server| self.tool(**tool).is_some_and(|found| found.server == server));
        all.iter().filter(fits).copied().collect()
    }

    /// The tool with an index; `None` for an index that belongs to other known tools.
    #[must_use]
    pub fn tool(&self, id: ToolId) -> Option<&Tool> {
        self.tools.get(id.0 as usize)
    }

    /// Finds a server by name.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<ServerId> {
        self.servers.iter().position(|server| server.name == name).map(|index| ServerId(offset(index)))
    }

    fn ranges(&self, server: Option<ServerId>) -> &[std::ops::Range<usize>] {
        match server {
            None => &self.ranges,
            Some(server) => self.ranges.get(server.0 as usize).map(std::slice::from_ref).unwrap_or_default(),
        }
    }

    /// All known tools, or those of one server.
    #[must_use]
    pub fn all(&self, server: Option<ServerId>) -> Vec<ToolId> {
        self.ranges(server).iter().flat_map(Clone::clone).map(|index| ToolId(offset(index))).collect()
    }

    /// The known tools that a glob matches. Costs little more than the tools that begin as the glob does.
    #[must_use]
    pub fn matching(&self, glob: &str, server: Option<ServerId>) -> Vec<ToolId> {
        let prefix = glob.split('*').next().unwrap_or_default();
        let mut found = Vec::new();
        for range in self.ranges(server) {
            let tools = self.tools.get(range.clone()).unwrap_or_default();
            let from = tools.partition_point(|tool| tool.name.as_str() < prefix);
            let candidates = tools.iter().enumerate().skip(from);
            let candidates = candidates.take_while(|(_, tool)| tool.name.starts_with(prefix));
            let matches = candidates.filter(|(_, tool)| glob_matches(glob, &tool.name));
            found.extend(matches.map(|(index, _)| ToolId(offset(range.start + index))));
        }
        found
    }

    /// The known tools of a built-in set.
    #[must_use]
    pub fn of_set(&self, set: BuiltIn, server: Option<ServerId>) -> Vec<ToolId> {
        let mut all = self.all(server);
        all.retain(|id| self.is_in(*id, set));
        all
    }

    /// Whether a tool is in a built-in set; none is without a catalogue.
    fn is_in(&self, id: ToolId, set: BuiltIn) -> bool {
        match set {
            BuiltIn::Tag(tag) => self.tags(id).is_some_and(|tags| tags.has(tag)),
            BuiltIn::Class(class) => self.only_classes(id).is_some_and(|classes| classes.has(class)),
            BuiltIn::Changes => self.only_classes(id).is_some_and(|classes| !classes.has(Class::Read)),
        }
    }

    fn only_classes(&self, id: ToolId) -> Option<Classes> {
        let tool = self.tool(id)?;
        self.servers.get(tool.server.0 as usize)?.only_classes(tool)
    }

    /// How sure the classes of a tool are: of several listings, the least. `None` if they are given, or without a catalogue.
    #[must_use]
    pub fn confidence(&self, id: ToolId) -> Option<Confidence> {
        let tool = self.tool(id)?;
        let server = self.servers.get(tool.server.0 as usize)?;
        if server.settings.classes(&tool.name).is_some() {
            return None;
        }
        let inferred = self
            .entries(id)
            .filter(|(catalogue, entry)| catalogue.tool(*entry).is_some_and(|entry| entry.given_classes().is_none()));
        inferred.filter_map(|(catalogue, entry)| Some(catalogue.inferred(entry)?.confidence)).min()
    }

    /// The tags of a tool; `None` without a catalogue.
    #[must_use]
    pub fn tags(&self, id: ToolId) -> Option<Tags> {
        let tool = self.tool(id)?;
        self.servers.get(tool.server.0 as usize)?.tags(tool)
    }

    /// The risk classes of a tool and why it has them; `None` without a catalogue.
    #[must_use]
    pub fn classes(&self, id: ToolId) -> Option<(Classes, &str)> {
        let tool = self.tool(id)?;
        self.servers.get(tool.server.0 as usize)?.classes(tool)
    }

    /// The tool name nearest to one that is not known.
    #[must_use]
    pub fn nearest_tool(&self, name: &str, server: Option<ServerId>) -> Option<&str> {
        let ranges = self.ranges(server).iter();
        let tools = ranges.flat_map(|range| self.tools.get(range.clone()).unwrap_or_default());
        nearest(name, tools.map(|tool| tool.name.as_str()))
    }

    /// The tools that have most words in common with a name.
    pub(super) fn tools_of_the_same_words(&self, name: &str, server: Option<ServerId>) -> Vec<&str> {
        let ranges = self.ranges(server).iter();
        let tools = ranges.flat_map(|range| self.tools.get(range.clone()).unwrap_or_default());
        of_the_same_words(name, tools.map(|tool| tool.name.as_str()))
    }

    /// A tool as messages name it: with its server where there are several.
    #[must_use]
    pub fn display(&self, id: ToolId) -> String {
        let Some(tool) = self.tool(id) else { return String::new() };
        match self.servers.get(tool.server.0 as usize) {
            Some(server) if self.servers.len() > 1 => format!("{}::{}", server.name, tool.name),
            _ => tool.name.clone(),
        }
    }
}

//! The subjects of questions about a policy: known tools, and all unknown tools of a server.

use super::{Parts, Selected, Selection, ServerId, ToolId};
use crate::source::offset;

/// A tool that questions are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Its server.
    pub server: ServerId,
    /// `None` stands for every tool of the server that the policy does not know.
    pub tool: Option<ToolId>,
}

impl Subject {
    /// A known tool of a server.
    #[must_use]
    pub const fn known(server: ServerId, tool: ToolId) -> Self {
        Self { server, tool: Some(tool) }
    }

    /// The tools of a server that the policy does not know.
    #[must_use]
    pub const fn others(server: ServerId) -> Self {
        Self { server, tool: None }
    }

    /// Its name; `None` for tools that the policy does not know.
    #[must_use]
    pub fn name(self, parts: &Parts) -> Option<&str> {
        Some(parts.tool(self.tool?)?.name.as_str())
    }
}

impl Parts {
    /// A known tool as a subject; `None` for an index of another policy.
    #[must_use]
    pub fn subject(&self, tool: ToolId) -> Option<Subject> {
        Some(Subject::known(self.tool(tool)?.server, tool))
    }

    /// How questions name a tool that nobody knows.
    pub const UNKNOWN_TOOL: &'static str = "some_other_tool";

    /// A name that stands for the tools of a server that the policy does not know: no known tool of the server has it.
    #[must_use]
    pub fn unknown_name(&self, server: ServerId) -> String {
        let mut name = Self::UNKNOWN_TOOL.to_owned();
        while self.find_tool(server, &name).is_some() {
            name.push('_');
        }
        name
    }

    /// All that the policy can be asked about: its tools in order, then for each server the tools that it does not know.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> + use<'_> {
        let tools = self.tools.iter().enumerate();
        let known = tools.map(|(index, tool)| Subject::known(tool.server, ToolId(offset(index))));
        known.chain((0..self.servers.len()).map(|index| Subject::others(ServerId(offset(index)))))
    }
}

impl Selection {
    /// Whether and how a subject is selected.
    #[must_use]
    pub fn selects(&self, subject: Subject) -> Option<Selected> {
        let by_star = self.star.as_ref().is_some_and(|star| star.selects(subject));
        let Some(tool) = subject.tool else { return by_star.then_some(Selected::BySet) };
        if self.opens.binary_search(&tool).is_ok() {
            return Some(Selected::ByName);
        }
        (by_star || self.named.binary_search(&tool).is_ok()).then_some(Selected::BySet)
    }
}

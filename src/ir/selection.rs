//! Resolved selections of tools.

use super::{ServerId, ToolId};

/// The tools that a rule selects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Known tools selected by a name, glob or set, excepted ones taken out; sorted.
    pub named: Vec<ToolId>,
    /// Those of `named` that a name, string or glob selects, here or in a group; sorted.
    pub opens: Vec<ToolId>,
    /// `*` and `server::*`, if the selection has one.
    pub star: Option<Star>,
}

/// `*` or `server::*`, without what `except` takes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Star {
    /// The servers whose tools are selected, sorted; `None` for all servers, undeclared ones included.
    pub servers: Option<Vec<ServerId>>,
    /// Known tools that `except` takes out, sorted.
    pub except: Vec<ToolId>,
    /// Servers all of whose tools `except` takes out, sorted.
    pub except_servers: Vec<ServerId>,
}

/// How a selection selects a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Selected {
    /// By a name, string or glob, also in a group. A limit, requirement or approval that selects so opens the tool.
    ByName,
    /// Only by a built-in set, `*` or `server::*`.
    BySet,
}

impl Star {
    fn has_server(&self, server: ServerId) -> bool {
        self.servers.as_ref().is_none_or(|servers| servers.binary_search(&server).is_ok())
            && self.except_servers.binary_search(&server).is_err()
    }
}

impl Selection {
    /// Whether and how a known tool of a server is selected.
    #[must_use]
    pub fn selects(&self, tool: ToolId, server: ServerId) -> Option<Selected> {
        if self.opens.binary_search(&tool).is_ok() {
            return Some(Selected::ByName);
        }
        let by_star = |star: &Star| star.has_server(server) && star.except.binary_search(&tool).is_err();
        let by_set = self.named.binary_search(&tool).is_ok() || self.star.as_ref().is_some_and(by_star);
        by_set.then_some(Selected::BySet)
    }

    /// Whether nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.star.is_none()
    }

    /// Whether a tool of a server that is not known is selected.
    #[must_use]
    pub fn selects_other(&self, server: ServerId) -> bool {
        self.star.as_ref().is_some_and(|star| star.has_server(server))
    }
}

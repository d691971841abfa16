//! Resolved selections of tools.

use super::{ServerId, Subject, ToolId};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selected {
    /// By a name, string or glob, also in a group. A limit, requirement or approval that selects so opens the tool.
    ByName,
    /// Only by a built-in set, `*` or `server::*`.
    BySet,
}

impl Star {
    /// Whether a subject is selected.
    #[must_use]
    pub fn selects(&self, subject: Subject) -> bool {
        self.servers.as_ref().is_none_or(|servers| servers.binary_search(&subject.server).is_ok())
            && self.except_servers.binary_search(&subject.server).is_err()
            && subject.tool.is_none_or(|tool| self.except.binary_search(&tool).is_err())
    }
}

impl Selection {
    /// Whether nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.star.is_none()
    }
}

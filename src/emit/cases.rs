//! What a document says of the calls of each tool, as formulas.

use std::collections::BTreeMap;

use crate::analysis::case::Case;

/// What becomes of the calls of every tool under a document, numbers taken as their nearest doubles.
///
/// Rules in a [`Case`] are indices of [`names`](Cases::names). Nothing is held for approval. What a document says of the
/// caller, it says of nobody: gateways that are known so far have no identity.
#[derive(Debug, Clone, Default)]
pub struct Cases {
    /// The tools that the document names.
    pub tools: BTreeMap<String, Case>,
    /// All other tools.
    pub other: Case,
    /// The rules as the gateway's log names them.
    pub names: Vec<String>,
}

impl Cases {
    /// What becomes of the calls of a tool.
    #[must_use]
    pub fn of(&self, tool: &str) -> &Case {
        self.tools.get(tool).unwrap_or(&self.other)
    }

    /// The name of a rule.
    #[must_use]
    pub fn name(&self, rule: usize) -> &str {
        self.names.get(rule).map(String::as_str).unwrap_or_default()
    }
}

/// Numbers rules, and keeps what somebody will ask for.
pub(crate) enum Names {
    /// Their names.
    Kept(Vec<String>),
    /// What the caller reads when they deny; empty for limits.
    Messages(Vec<String>),
    /// There is only their number.
    Counted(usize),
}

impl Names {
    /// The number of a rule of this name, which tells this.
    pub(crate) fn add(&mut self, message: &str, name: impl FnOnce() -> String) -> usize {
        match self {
            Self::Kept(names) => {
                names.push(name());
                names.len() - 1
            }
            Self::Messages(messages) => {
                messages.push(message.to_owned());
                messages.len() - 1
            }
            Self::Counted(count) => {
                *count += 1;
                *count - 1
            }
        }
    }

    /// What was kept.
    pub(crate) fn into_list(self) -> Vec<String> {
        match self {
            Self::Kept(list) | Self::Messages(list) => list,
            Self::Counted(_) => Vec::new(),
        }
    }
}

//! What differs between the gateways that decide by Cedar.

use super::places::Root;
use crate::emit::expression::CEDAR;

/// A gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gateway {
    /// Amazon Bedrock AgentCore Gateway: types come from the schemas of the tools, and a request
    /// that does not fit them is refused.
    AgentCore,
    /// Docker's MCP gateway: values have the types that they have in the call. Arguments that Cedar
    /// does not know may be missing, and the arguments of remote servers are.
    Docker,
    /// Stacklok ToolHive: every number is a decimal with four places, cut off, and missing if it is
    /// too large. Arrays and objects are not to be seen.
    ToolHive,
}

impl Gateway {
    /// What its documents are called in messages.
    pub(super) const fn document(self) -> &'static str {
        match self {
            Self::AgentCore => "the AgentCore document",
            Self::Docker => "the Docker MCP policy",
            Self::ToolHive => "the ToolHive configuration",
        }
    }

    /// What begins every expression about an argument or a claim, the path to it below that, and
    /// the prefix of the first key.
    pub(super) const fn root(self, root: Root) -> (&'static str, &'static str) {
        match (self, root) {
            (Self::AgentCore, Root::Arguments) => ("context.input", ""),
            (Self::Docker, Root::Arguments) => ("context.args", ""),
            (Self::ToolHive, Root::Arguments) => ("context", "arg_"),
            (_, Root::Claims) => ("context", "claim_"),
        }
    }

    /// What has to be asked before the arguments are.
    pub(super) const fn guard(self, root: Root) -> Option<&'static str> {
        match (self, root) {
            (Self::Docker, Root::Arguments) => Some("context has args"),
            _ => None,
        }
    }

    /// Whether numbers are decimals where nothing else is known of a value.
    pub(super) const fn has_decimals(self) -> bool {
        matches!(self, Self::ToolHive)
    }

    /// Whether each permit that errs is passed over, so that several permits hold more than one
    /// with `||`.
    pub(super) const fn passes_over_errors(self) -> bool {
        matches!(self, Self::Docker)
    }

    /// A string of Cedar.
    pub(super) fn quoted(self, text: &str) -> String {
        CEDAR.escapes.quoted(text)
    }
}

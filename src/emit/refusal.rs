//! Why something cannot be carried over.

use crate::diagnostics::{Diagnostic, codes};
use crate::ir::Rule;
use crate::source::Span;

/// A reason and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The reason: a clause that can follow "because".
    pub(crate) reason: String,
    /// The alternative, as an order.
    pub(crate) help: String,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason: reason.into(), help: help.into() }
    }

    /// What happens to the tools that the policy does not name depends on the call.
    pub(crate) fn open_ended() -> Self {
        Self::new(
            "of tools that it does not name it says only whether all calls are allowed",
            "write `deny *;` and allow the tools by name, or name the tools in this statement",
        )
    }

    /// Tools are hidden that the policy does not name, but not all tools.
    pub(crate) fn hides_unnamed() -> Self {
        Self::new("it hides all tools of a server or those that it names", "write `deny *;` and hide the tools by name")
    }

    /// The finding about the condition of a rule, or about the rule when it has none.
    pub(crate) fn of_condition(self, rule: &Rule, target: &str) -> Diagnostic {
        let Some(guard) = &rule.guard else { return self.of_rule(rule, target) };
        let diagnostic = self.at(guard.span, "condition", target);
        diagnostic.because(rule.origin.span, "in this statement")
    }

    /// The finding about a rule.
    pub(crate) fn of_rule(self, rule: &Rule, target: &str) -> Diagnostic {
        self.at(rule.origin.span, "statement", target)
    }

    /// The finding at a place.
    pub(crate) fn at(self, span: Span, what: &str, target: &str) -> Diagnostic {
        let message = format!("{target} cannot hold this {what}: {}", self.reason);
        Diagnostic::new(codes::NOT_EXPRESSIBLE, span, message).help(self.help)
    }
}

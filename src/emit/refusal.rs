//! Why something cannot be held.

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
    /// The part of the statement that it is about, and what that is; `None` for all of it.
    part: Option<(Span, &'static str)>,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason: reason.into(), help: help.into(), part: None }
    }

    /// The refusal of a part, if it is known where that is written.
    pub(crate) fn of_part(self, span: Option<Span>, what: &'static str) -> Self {
        Self { part: span.map(|span| (span, what)).or(self.part), ..self }
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

    /// The gateway does not count calls, or not as limits do.
    pub(crate) fn of_limit(reason: impl Into<String>) -> Self {
        let help =
            "leave the limit to a part that counts, and write `--leave limits` here; `policyc targets` shows which can";
        Self::new(reason, help)
    }

    /// The same with another way out in front.
    pub(crate) fn or_rather(self, help: &str) -> Self {
        let help = format!("{help}; or {}", self.help);
        Self { help, ..self }
    }

    /// The finding about the condition of a rule, or about the rule when it has none.
    pub(crate) fn of_condition(self, rule: &Rule, target: &str) -> Diagnostic {
        let Some(guard) = &rule.guard else { return self.of_rule(rule, target) };
        let (span, what) = self.part.unwrap_or((guard.span, "condition"));
        self.within(span, what, rule, target)
    }

    /// The finding about a rule.
    pub(crate) fn of_rule(self, rule: &Rule, target: &str) -> Diagnostic {
        match self.part {
            Some((span, what)) => self.within(span, what, rule, target),
            None => self.at(rule.origin.span, "statement", target),
        }
    }

    fn within(self, span: Span, what: &str, rule: &Rule, target: &str) -> Diagnostic {
        let statement = rule.origin.span;
        let diagnostic = self.at(span, what, target);
        // What several statements open is lowered as one condition, so the part may be of another
        // statement.
        if statement.file == span.file && statement.start <= span.start && span.end <= statement.end {
            diagnostic.because(statement, "in this statement")
        } else {
            diagnostic
        }
    }

    /// The finding at a place.
    pub(crate) fn at(self, span: Span, what: &str, target: &str) -> Diagnostic {
        let message = format!("{target} cannot hold this {what}: {}", self.reason);
        Diagnostic::new(codes::NOT_EXPRESSIBLE, span, message).help(self.help)
    }
}

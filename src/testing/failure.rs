//! The report of a failed test.

use crate::diagnostics::{Diagnostic, codes, quote};
use crate::eval::{Call, Decision, Evaluator, Verdict};
use crate::syntax::ast::{self, OutcomeKind};

/// A call that came out otherwise than the test says.
pub(super) struct Surprise<'a, 'p> {
    /// The step of the test.
    pub(super) step: &'a ast::Call,
    /// Which of how many times the call was made.
    pub(super) count: (u64, u64),
    /// The call.
    pub(super) call: &'a Call<'a>,
    /// What decided, with the counters as they were. All that it can tell about the way to its answer is known here.
    pub(super) evaluator: &'a Evaluator<'p>,
    /// What came of it.
    pub(super) decision: &'a Decision<'p>,
}

impl Surprise<'_, '_> {
    /// The finding, at the expected outcome.
    pub(super) fn diagnostic(&self) -> Diagnostic {
        let Self { step, decision, .. } = self;
        let mut diagnostic = Diagnostic::new(codes::TEST_FAILS, step.outcome.span, self.message());
        if !decision.reason().is_empty() {
            diagnostic = diagnostic.label(format!("{}: {}", decision.rule(), decision.reason()));
        }
        let rule = decision.decided_by.and_then(|index| self.evaluator.policy().rules.get(index));
        if let Some(rule) = rule {
            diagnostic = diagnostic.because(rule.origin.span, "this rule decides");
        }
        diagnostic
    }

    fn message(&self) -> String {
        let Self { step, decision, count: (count, times), .. } = self;
        let which = if *times > 1 { format!("call {count} of {times}: ") } else { String::new() };
        let tool = quote(self.call.name);
        let wanted = match step.outcome.kind {
            OutcomeKind::Allow => "allowed",
            OutcomeKind::Deny => "denied",
            OutcomeKind::Approval => "held for approval",
        };
        let got = match decision.verdict {
            Verdict::Allow => "it is allowed".to_owned(),
            Verdict::Approval => format!("it is held for approval by {}", quote(&decision.rule())),
            Verdict::Deny => format!("it is denied by {}", quote(&decision.rule())),
        };
        match (&step.outcome.text, decision.verdict) {
            (Some(text), Verdict::Deny) => {
                format!("{which}{tool} is denied, but no rule that denies it says {}", quote(&text.text))
            }
            _ => format!("{which}{tool} should be {wanted}, but {got}"),
        }
    }
}

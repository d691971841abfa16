//! Documents that leave statements out, where their author says that something else holds them.

use std::collections::BTreeSet;

use super::Emission;
use super::target::{Request, Target};
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Effect, Policy, Rule};

/// Statements that may be left out of a document that cannot hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leave {
    /// `limit`
    Limits,
    /// `require approval`
    Approval,
}

impl Leave {
    /// Whether a rule is such a statement.
    #[must_use]
    pub const fn is(self, rule: &Rule) -> bool {
        match self {
            Self::Limits => matches!(rule.effect, Effect::Limit(_)),
            Self::Approval => matches!(rule.effect, Effect::Approval { .. }),
        }
    }
}

impl Target {
    /// Makes an artefact of a policy without those statements of some kinds that the target cannot hold. It allows no call
    /// that the policy without them refuses. Each is named by a warning and, where the format has comments, at the top.
    #[must_use]
    pub fn make_leaving(&self, request: &Request<'_>, leave: &[Leave]) -> Emission {
        let mut gone: BTreeSet<usize> = BTreeSet::new();
        loop {
            let left: Vec<&Rule> = gone.iter().filter_map(|index| request.policy.rules.get(*index)).collect();
            let without;
            let policy = if gone.is_empty() {
                request.policy
            } else {
                without = request.policy.without(&gone);
                &without
            };
            let mut emission = self.make(&Request { policy, left: &left, ..*request });
            let blocked =
                if emission.artefact.is_some() { BTreeSet::new() } else { blocked(&emission, request.policy, leave) };
            // A statement that is out cannot be in the way any more, so this ends.
            if blocked.is_subset(&gone) {
                emission.diagnostics.extend(left.iter().map(|rule| self.left_out(rule)));
                crate::diagnostics::sort(&mut emission.diagnostics);
                return emission;
            }
            gone.extend(blocked);
        }
    }

    fn left_out(&self, rule: &Rule) -> Diagnostic {
        let message = format!("{} leaves this statement out", self.document);
        let help = match rule.effect {
            Effect::Limit(_) => "something else must count these calls: a gateway that holds limits, or the server",
            _ => "something else must ask before these calls: this document allows them without",
        };
        Diagnostic::new(codes::LEFT_OUT, rule.origin.span, message).help(help)
    }
}

/// The statements of some kinds at which something is refused.
fn blocked(emission: &Emission, policy: &Policy, leave: &[Leave]) -> BTreeSet<usize> {
    let refused: Vec<&Diagnostic> =
        emission.diagnostics.iter().filter(|found| found.code == codes::NOT_EXPRESSIBLE).collect();
    let is_refused = |rule: &Rule| {
        let statement = rule.origin.span;
        let is_within = |found: &&Diagnostic| {
            let span = found.primary.span;
            span.file == statement.file && statement.start <= span.start && span.end <= statement.end
        };
        refused.iter().any(is_within)
    };
    let rules = policy.rules.iter().enumerate();
    let blocked = rules.filter(|(_, rule)| leave.iter().any(|kind| kind.is(rule)) && is_refused(rule));
    blocked.map(|(index, _)| index).collect()
}

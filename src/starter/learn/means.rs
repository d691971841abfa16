//! How a learnt policy confines calls to the recorded ones, and what is given up for a target that lacks it.

use crate::emit::Target;

/// The conditions that a policy may use for a tool, most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conditions {
    /// All of the form.
    All,
    /// Those without patterns and arrays.
    Simple,
    /// None.
    None,
}

impl Conditions {
    /// Whether a condition is one of them.
    pub(super) const fn hold(self, simple: bool) -> bool {
        match self {
            Self::All => true,
            Self::Simple => simple,
            Self::None => false,
        }
    }
}

/// What a learnt policy may use for all tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Means {
    pub(super) limits: bool,
    pub(super) approval: bool,
    /// Leaving tools out of what the agent is offered.
    pub(super) hiding: bool,
}

/// All combinations, those that say most first. Approval is used only if all targets can ask a person.
pub(super) fn in_order(targets: &[&'static Target]) -> Vec<Means> {
    let asks = targets.iter().all(|target| target.asks);
    let mut all = Vec::new();
    for limits in [true, false] {
        for approval in [true, false].into_iter().filter(|approval| asks || !approval) {
            all.extend([true, false].map(|hiding| Means { limits, approval, hiding }));
        }
    }
    all
}

//! By what a learnt policy holds calls to the recorded ones, and what is given up for a target that lacks it.

use crate::emit::Target;

/// The conditions that a policy may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conditions {
    /// All of the form.
    All,
    /// Those without patterns and arrays.
    Simple,
    /// None.
    None,
}

/// What a learnt policy may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Means {
    pub(super) limits: bool,
    pub(super) approval: bool,
    pub(super) conditions: Conditions,
}


/// All combinations, those that say most first. Approval is used only if all targets can ask a person.
pub(super) fn in_order(targets: &[&'static Target]) -> Vec<Means> {
    let asks = targets.iter().all(|target| target.asks);
    let mut all = Vec::new();
    for limits in [true, false] {
        for approval in [true, false].into_iter().filter(|approval| asks || !approval) {
            for conditions in [Conditions::All, Conditions::Simple, Conditions::None] {
                all.push(Means { limits, approval, conditions });
            }
        }
    }
    all
}

//! How a first policy restrains risky tools, and what is given up for a target that lacks it.

use crate::emit::Target;

/// What a first policy may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Means {
    /// Limits on the number of calls.
    pub(super) limits: bool,
    /// One limit for all changes together.
    pub(super) total: bool,
    /// Approval by a person.
    pub(super) approval: bool,
    /// Conditions with the bounds of schemas.
    pub(super) bounds: bool,
    /// Leaving tools out of what the agent is offered.
    pub(super) hiding: bool,
}

/// All combinations, the ones that hold back most exactly first: for a policy without target just the first is tried, and of the others
/// the first that the targets can hold is taken. Approval is used only if all targets can ask a person.
pub(super) fn in_order(targets: &[&'static Target]) -> Vec<Means> {
    const BOTH: [bool; 2] = [true, false];
    let asks = targets.iter().all(|target| target.asks);
    let mut all = Vec::new();
    for limits in BOTH {
        for approval in BOTH.into_iter().filter(|approval| asks || !approval) {
            for bounds in BOTH {
                for total in BOTH.into_iter().filter(|total| limits || !total) {
                    all.extend(BOTH.map(|hiding| Means { limits, total, approval, bounds, hiding }));
                }
            }
        }
    }
    all
}

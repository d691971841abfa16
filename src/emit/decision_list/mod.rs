//! Documents that decide a call by the first of some rules that applies to it: a decision list for each tool.
//!
//! Every gateway whose rules have Boolean conditions comes to this, whatever its order of precedence: `build` makes the lists
//! of a policy, a target writes them in the language of its gateway, its reader makes them again, and `decider` decides
//! with them. `groups` is for gateways that have one list for several tools. Conditions are those of the policy language, in which every test is true or false. A dialect therefore writes
//! each test so that it has no third result, an error or an undefined value, at which a gateway might pass over a denial.

mod buckets;
mod build;
mod counted;
mod counters;
mod decider;
mod groups;
mod windows;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use buckets::Bucket;
pub(crate) use build::build;
pub(crate) use counted::{Counted, Limits};
pub(crate) use counters::Counter;
pub(crate) use decider::ListDecider;
pub(crate) use groups::{Allowance, Group, Tools, Wanted, groups, lists};
pub(crate) use windows::SlidingWindow;

use super::origins::Traced;
use crate::predicate::Condition;

/// What a rule does with the calls it applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// They pass.
    Allow,
    /// They are denied.
    Deny,
    /// They are denied, and the tool is not listed. Such a rule applies to all calls.
    Hide,
    /// They wait until someone approves them.
    Ask {
        /// Who must say yes.
        by: Option<String>,
    },
}

/// A rule of a list.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The calls it applies to; `None` for all. Rules of several tools share a condition.
    pub(crate) when: Option<Arc<Condition>>,
    /// What becomes of them.
    pub(crate) outcome: Outcome,
    /// How a log names the rule; empty for one that allows.
    pub(crate) rule: String,
    /// What the caller reads; empty for a rule that allows.
    pub(crate) reason: String,
}

impl Entry {
    /// All calls pass.
    pub(crate) const ALLOW: Self =
        Self { when: None, outcome: Outcome::Allow, rule: String::new(), reason: String::new() };
}

/// The rules that decide the calls of a tool, in their order. A call to which none applies is denied by default.
pub(crate) type List<E> = Vec<E>;

/// What a document says of the tools of one server.
#[derive(Debug, Clone)]
pub(crate) struct Lists<E> {
    /// Of the tools that it names.
    pub(crate) tools: BTreeMap<String, List<E>>,
    /// Of all others.
    pub(crate) others: List<E>,
    /// What the caller reads of a call to which no rule applies.
    pub(crate) default_reason: String,
}

impl Lists<Traced<Entry>> {
    /// The lists without their statements, and the statements of each rule by the number that [`ListDecider`] gives it.
    pub(crate) fn finish(self) -> (Lists<Entry>, super::origins::Origins) {
        let mut origins = super::origins::Origins::default();
        let tools = self.tools.into_iter().map(|(name, list)| (name, origins.number(list))).collect();
        let others = origins.number(self.others);
        (Lists { tools, others, default_reason: self.default_reason }, origins)
    }
}

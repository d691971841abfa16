//! What changes for all calls between two policies, or for one policy between two catalogues.
//!
//! Each side is a [`Decider`]. [`compare`] asks the [solver](crate::solver), for each tool and each
//! pair of outcomes, whether some call moves from the one to the other. "None" is a proof for all
//! calls; a call that is found is confirmed by both sides before it is reported. Tools about which
//! both sides say the same need no solving, and tools with the same rules on both sides are asked
//! about once. [`proof`] answers only whether the new side is looser, and is quick if the two are
//! nearly alike.
//!
//! Limits are compared by what they let pass: see [`limits`].

pub mod catalogue;
pub mod catalogues;
mod compare;
mod demands;
mod differing;
pub mod drift;
pub mod impact;
pub mod limits;
pub mod moved;
pub mod proof;
mod schema_pair;
mod signature;
mod undecided;

pub use compare::compare;

use crate::analysis::ask::Witness;
use crate::decider::{Decider, Ruling};
use crate::eval::{Call, Verdict as Decided};
use catalogue::CatalogueChange;
use impact::{ConditionChange, SelectionChange};
use limits::LimitChange;

/// What a side says about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedOutcome {
    /// What becomes of it.
    pub outcome: Outcome,
    /// What decided: `deny@3`, the name of a counter, or `line 4` for the rule that let the call
    /// in.
    pub rule: String,
    /// The reason, for a person to read; empty for a call that passes.
    pub reason: String,
}

impl ExplainedOutcome {
    /// What a decider says about a call that comes first.
    pub(crate) fn by(decider: &dyn Decider, call: &Call<'_>) -> Self {
        let ruling = decider.decide(call);
        let outcome = Outcome::of(&ruling);
        let rule = if outcome == Outcome::Allowed { decider.admits(call) } else { ruling.rule().into_owned() };
        Self { outcome, rule, reason: ruling.reason().into_owned() }
    }

    /// An outcome for which there is no rule.
    pub(crate) const fn nothing(outcome: Outcome) -> Self {
        Self { outcome, rule: String::new(), reason: String::new() }
    }
}

/// What becomes of a call, from the least to the most restrictive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It passes.
    Allowed,
    /// It waits until someone approves.
    Approval,
    /// It is refused.
    Denied,
    /// It is refused, and tools/list leaves its tool out.
    Hidden,
    /// The inputSchema does not admit it: only where catalogues are compared.
    Invalid,
    /// There is no such tool: only where catalogues are compared.
    Absent,
}

impl Outcome {
    /// The outcome of a ruling.
    pub(crate) const fn of(ruling: &Ruling<'_>) -> Self {
        match ruling.verdict {
            Decided::Allow => Self::Allowed,
            Decided::Approval => Self::Approval,
            Decided::Deny if ruling.hidden => Self::Hidden,
            Decided::Deny => Self::Denied,
        }
    }

    /// `allowed`, `approval`, `denied`, `hidden`, `invalid` or `absent`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Approval => "approval",
            Self::Denied => "denied",
            Self::Hidden => "hidden",
            Self::Invalid => "invalid",
            Self::Absent => "absent",
        }
    }

    /// Whether the call cannot pass, not even with approval.
    const fn is_refusal(self) -> bool {
        !matches!(self, Self::Allowed | Self::Approval)
    }
}

/// How two sides, or what they say about some calls, compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing changes for any call.
    Same,
    /// The new side refuses or bounds more, and nothing less.
    Tighter,
    /// The new side refuses or bounds less, and nothing more.
    Looser,
    /// It refuses or bounds less in some ways and more in others, or some things cannot be compared
    /// or were not decided.
    Both,
    /// Nothing looser was found, but not all could be decided.
    Undecided,
}

impl Verdict {
    /// `same`, `tighter`, `looser`, `both` or `undecided`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Tighter => "tighter",
            Self::Looser => "looser",
            Self::Both => "both",
            Self::Undecided => "undecided",
        }
    }

    /// The verdict on two changes together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, verdict) | (verdict, Self::Same) => verdict,
            (Self::Both, _) | (_, Self::Both) => Self::Both,
            (Self::Tighter, Self::Tighter) => Self::Tighter,
            (Self::Looser, Self::Looser) => Self::Looser,
            // It is not known whether something is refused that was not refused before.
            (Self::Looser, Self::Undecided) | (Self::Undecided, Self::Looser) => Self::Both,
            (Self::Undecided, _) | (_, Self::Undecided) => Self::Undecided,
            (Self::Tighter, Self::Looser) | (Self::Looser, Self::Tighter) => Self::Both,
        }
    }

    /// Whether the new side may let pass what the old one did not.
    #[must_use]
    pub const fn may_be_looser(self) -> bool {
        matches!(self, Self::Looser | Self::Both | Self::Undecided)
    }

    /// Whether the new side may refuse what the old one did not.
    #[must_use]
    pub const fn may_be_tighter(self) -> bool {
        matches!(self, Self::Tighter | Self::Both | Self::Undecided)
    }
}

/// A tool, or all tools that neither side knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToolName {
    /// Its server, if servers have to be told apart.
    pub server: Option<String>,
    /// Its name; `None` for all tools that neither side knows.
    pub tool: Option<String>,
}

/// Calls that move from one outcome to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// What became of them on the old side.
    pub from: Outcome,
    /// What becomes of them on the new side.
    pub to: Outcome,
    /// Whether it is certain that there are such calls. If not, it was too much work to find out.
    pub certain: bool,
    /// The smallest such call that was found, which both sides have confirmed.
    pub example: Option<Example>,
}

impl Move {
    /// The verdict on the move.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.certain, self.to < self.from) {
            (false, _) => Verdict::Undecided,
            (true, true) => Verdict::Looser,
            (true, false) => Verdict::Tighter,
        }
    }
}

/// A call, and what each side says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The call.
    pub call: Witness,
    /// What the old side says.
    pub was: ExplainedOutcome,
    /// What the new side says.
    pub now: ExplainedOutcome,
}

/// What changes for some tools in the same way.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The tools, in order; at least one. Examples are calls of the first.
    pub tools: Vec<ToolName>,
    /// The verdict on the change.
    pub verdict: Verdict,
    /// Which calls move, the looser moves first.
    pub moves: Vec<Move>,
    /// Which limits change.
    pub limits: Vec<LimitChange>,
    /// What else differs and cannot be called looser or tighter, as sentences: each makes the change undecided.
    pub undecided: Vec<String>,
}

/// What changes between two sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// The verdict on all changes.
    pub verdict: Verdict,
    /// What changes, tool by tool.
    pub changes: Vec<Change>,
    /// How many tools were compared; all that neither side knows count as one.
    pub compared: usize,
    /// What else is worth knowing, as sentences.
    pub notes: Vec<String>,
}

/// What changes for one policy of the files that are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyDiff {
    /// Its name on the old side.
    pub old: String,
    /// Its name on the new side.
    pub new: String,
    /// What changes for its calls.
    pub diff: Diff,
    /// Rules that gain or lose tools, if catalogues are compared.
    pub selections: Vec<SelectionChange>,
    /// Conditions that mean something else, if catalogues are compared.
    pub conditions: Vec<ConditionChange>,
}

/// Something that is wrong with the policy on the new side only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `error`, `warning` or `info`.
    pub severity: &'static str,
    /// The code and its name: `P201 unknown-tool`.
    pub code: String,
    /// `FILE:LINE`
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// The results of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The old side: a file, or the catalogues.
    pub old: String,
    /// The new side.
    pub new: String,
    /// Whether only calls that satisfy the inputSchema were asked about.
    pub valid_only: bool,
    /// The policies that are on both sides.
    pub policies: Vec<PolicyDiff>,
    /// Policies that are only on the new side.
    pub added: Vec<String>,
    /// Policies that are only on the old side.
    pub removed: Vec<String>,
    /// How catalogues differ, server by server.
    pub catalogues: Vec<CatalogueChange>,
    /// What is wrong with the policy on the new side only.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The verdict on all changes. A policy that only one side has cannot be compared, which counts
    /// as both; a policy that has errors on the new side was not compared, which counts as
    /// undecided.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let alone = if self.added.is_empty() && self.removed.is_empty() { Verdict::Same } else { Verdict::Both };
        let broken = self.findings.iter().any(|finding| finding.severity == "error");
        let broken = if broken { Verdict::Undecided } else { Verdict::Same };
        self.policies.iter().map(|policy| policy.diff.verdict).fold(alone.and(broken), Verdict::and)
    }
}

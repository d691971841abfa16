//! Questions about calls, and what is decided.

use policyc_core::eval::{Call, Verdict};
use policyc_core::json::{Json, Value};

use crate::gate::Outcome;

/// A question about one call. It has a copy of what it needs, because another thread decides it.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    pub(super) tool: String,
    /// `None` if it is not known which they are, which is something else than none.
    pub(super) arguments: Option<Json>,
    pub(super) server: Option<String>,
    pub(super) grant: Option<String>,
    pub(super) claims: Option<Json>,
    /// Whether a person has approved it.
    pub(super) approved: bool,
    pub(super) what: What,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// May it be called now? If it may, it counts.
    Call,
    /// Might it be called? Nothing counts.
    Dry,
    /// May it be seen in the list of tools?
    List,
}

/// What else is wanted of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) trace: bool,
    pub(super) remedy: bool,
}

/// Which questions of several are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// All.
    End,
    /// Those up to the first that is not allowed.
    FirstDenied,
    /// Those up to the first that is allowed.
    FirstAllowed,
}

impl Until {
    pub(super) const fn ends(self, allowed: bool) -> bool {
        match self {
            Self::End => false,
            Self::FirstDenied => !allowed,
            Self::FirstAllowed => allowed,
        }
    }
}

/// What was decided.
#[derive(Debug, Clone)]
pub(super) struct Ruling {
    /// Names this decision, in the answer and in the log.
    pub(super) id: String,
    pub(super) outcome: Outcome,
    /// The policy that decided, or the first that governs the call.
    pub(super) policy: String,
    /// The server and the tool if they are known, else `other`.
    pub(super) server: String,
    pub(super) tool: String,
    /// For each policy how it decided, as JSON.
    pub(super) trace: Option<String>,
    /// What would pass instead, as JSON.
    pub(super) remedy: Option<String>,
    /// Whether it passes all the same, because nothing is enforced.
    pub(super) observed: bool,
    /// In seconds since 1970-01-01T00:00:00Z.
    pub(super) at: i64,
}

impl Ruling {
    /// Whether the call passes.
    pub(super) fn passes(&self) -> bool {
        self.observed || self.outcome.verdict == Verdict::Allow
    }
}

impl Ask {
    /// The call for a policy that knows the server by this name.
    pub(super) fn call<'a>(&'a self, server: Option<&'a str>, nothing: Value<'a>, at: i64) -> Call<'a> {
        Call {
            server,
            name: &self.tool,
            arguments: self.arguments.as_ref().map_or(nothing, Json::root),
            caller: self.claims.as_ref().map(Json::root),
            grant: self.grant.as_deref(),
            at,
            approved: self.approved,
        }
    }
}

/// A part of a document as one of its own.
pub(super) fn owned(value: Value<'_>) -> Option<Json> {
    Json::parse(value.source()).ok()
}

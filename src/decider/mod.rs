//! Whatever decides calls: a policy, or a document under the rules of its gateway.
//!
//! A [`Decider`] answers the same questions whatever it is: which tools it knows, what becomes of
//! all calls of a tool as formulas, what becomes of one call, and what becomes of a sequence of
//! calls. Comparisons, assertions, `policyc can`, `policyc limits`, `policyc replay` and the proof
//! of what is compiled ask one or two deciders and know nothing else of policies and gateways.

mod can;
mod policy;
mod selected;

use std::borrow::Cow;
use std::sync::Arc;

use crate::analysis::case::Case;
use crate::analysis::condition::NumberDomain;
use crate::eval::{Call, Decision, HIDDEN, Verdict};
use crate::ir::{Limit, Origin};
use crate::schema::Schema;

pub(crate) use can::is_about;
pub use can::{GroupAnswer, Wanted, can};
pub use policy::PolicyDecider;
pub use selected::{Group, SelectedTool, Servers, selected};

/// Something that decides calls. What has a default is so for a document of a gateway: it is for
/// one server that it does not name, and knows neither schemas nor places in a source.
///
/// Its servers are numbered from 0, and so are its rules. Numbers of rules are those in its
/// [cases](Self::case) and [rulings](Self::decide).
pub trait Decider {
    /// How it reads the numbers of a call.
    fn numbers(&self) -> NumberDomain;

    /// The names of its servers. The only server of a decider that names none is called the empty
    /// text, and stands for any.
    fn servers(&self) -> Vec<&str> {
        vec![""]
    }

    /// The tools of a server about which it says something by name, sorted.
    fn tools(&self, server: usize) -> Vec<&str>;

    /// What becomes of the calls of a tool; with `None`, of any tool that is not among
    /// [`tools`](Self::tools). There is no answer where such a tool does not exist. Asked again,
    /// the answer is the same object.
    fn case(&self, server: usize, tool: Option<&str>) -> Option<Arc<Case>>;

    /// What listings say of the arguments of a tool.
    fn schemas(&self, _server: usize, _tool: &str) -> Vec<Schema<'_>> {
        Vec::new()
    }

    /// Decides a call before which nothing has been counted.
    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a>;

    /// Decides calls one after the other, and counts those that pass. Nothing has been counted at
    /// the start.
    fn run(&self) -> Box<dyn Run + '_>;

    /// What let a call in that passes, in words; empty where nothing can be named.
    fn admits(&self, _call: &Call<'_>) -> String {
        String::new()
    }

    /// Why a call comes out as it does.
    fn explain(&self, call: &Call<'_>) -> Explanation;

    /// Whether the condition of a rule holds for a call.
    fn applies(&self, rule: usize, call: &Call<'_>) -> bool;

    /// The condition of a rule as it is written; `None` for a rule without one, and where there is
    /// no such text.
    fn condition(&self, _rule: usize) -> Option<&str> {
        None
    }

    /// Where a rule stands in the source; `None` where there is no source.
    fn origin(&self, _rule: usize) -> Option<&Origin> {
        None
    }

    /// How a rule is named in a log, where there is no source.
    fn rule_name(&self, rule: usize) -> String;

    /// The limit that a rule sets; `None` for other rules, and for a counter that is like no limit
    /// of the language.
    fn limit(&self, _rule: usize) -> Option<&Limit> {
        None
    }
}

/// A sequence of calls under a decider.
pub trait Run {
    /// Decides a call and, if it passes, counts it. Calls come in the order of their time.
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a>;

    /// Decides a call as it would be decided now. Nothing is counted.
    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a>;
}

/// What a decider does with a call.
#[derive(Debug, Clone)]
pub struct Ruling<'a> {
    /// What becomes of the call.
    pub verdict: Verdict,
    /// Whether it is denied because its tool is hidden.
    pub hidden: bool,
    /// Whether it is denied by a limit.
    pub by_limit: bool,
    /// The number of the rule that decided, if one did.
    pub decided_by: Option<usize>,
    text: Text<'a>,
}

/// The texts of a ruling, made when they are asked for.
#[derive(Debug, Clone)]
enum Text<'a> {
    Decision(Decision<'a>),
    Written { rule: Cow<'a, str>, reason: Cow<'a, str> },
}

impl<'a> Ruling<'a> {
    /// The call passes.
    pub const ALLOW: Self = Self {
        verdict: Verdict::Allow,
        hidden: false,
        by_limit: false,
        decided_by: None,
        text: Text::Written { rule: Cow::Borrowed(""), reason: Cow::Borrowed("") },
    };

    /// The call is denied: the rule as a log names it, and what the caller reads.
    #[must_use]
    pub fn deny(decided_by: Option<usize>, rule: impl Into<Cow<'a, str>>, reason: impl Into<Cow<'a, str>>) -> Self {
        let text = Text::Written { rule: rule.into(), reason: reason.into() };
        Self { verdict: Verdict::Deny, decided_by, text, ..Self::ALLOW }
    }

    /// The call waits until someone approves it.
    #[must_use]
    pub fn hold(decided_by: Option<usize>, rule: impl Into<Cow<'a, str>>, reason: impl Into<Cow<'a, str>>) -> Self {
        Self { verdict: Verdict::Approval, ..Self::deny(decided_by, rule, reason) }
    }

    /// The call is denied because the tool is hidden.
    #[must_use]
    pub fn hide(decided_by: Option<usize>, reason: impl Into<Cow<'a, str>>) -> Self {
        Self { hidden: true, ..Self::deny(decided_by, HIDDEN, reason) }
    }

    /// A denial, because a limit has no room.
    #[must_use]
    pub fn limit(self) -> Self {
        Self { by_limit: true, ..self }
    }

    /// What decided as a log names it: `deny@3`, the name of a counter; empty for a call that
    /// passes.
    #[must_use]
    pub fn rule(&self) -> Cow<'_, str> {
        match &self.text {
            Text::Decision(decision) => decision.rule(),
            Text::Written { rule, .. } => Cow::Borrowed(rule),
        }
    }

    /// Why, for a person; empty for a call that passes.
    #[must_use]
    pub fn reason(&self) -> Cow<'_, str> {
        match &self.text {
            Text::Decision(decision) => decision.reason(),
            Text::Written { reason, .. } => Cow::Borrowed(reason),
        }
    }
}

/// Why a call comes out as it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The answer in one sentence; empty where there is nothing to say.
    pub conclusion: String,
    /// What single rules say, by number.
    pub rules: Vec<(usize, String)>,
}

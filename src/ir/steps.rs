//! What a policy means for one tool: which rules decide its calls, step by step, as section 3 of the language has it.
//!
//! Whatever asks what becomes of the calls of a tool asks here. Only `eval` keeps the rules in a layout of its own, for speed,
//! and a test holds the two equal.

use super::{Effect, Guard, Limit, Parts, Rule, Selected, Subject};
use crate::source::offset;

/// The steps in which a call is decided, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionStep {
    /// A tool that is hidden is denied.
    Hide,
    /// A call that a `deny` applies to is denied.
    Deny,
    /// A call of a tool that nothing opens is denied.
    Open,
    /// A call that does not meet a requirement is denied.
    Require,
    /// A call that a limit has no room for is denied.
    Limit,
    /// A call that needs approval is held.
    Approve,
}

impl DecisionStep {
    /// All, in their order.
    pub const ALL: [Self; 6] = [Self::Hide, Self::Deny, Self::Open, Self::Require, Self::Limit, Self::Approve];
}

impl Effect {
    /// How decisions and documents name it: `deny`, `approval`, ...
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Hide => "hide",
            Self::Limit(_) => "limit",
            Self::Require => "require",
            Self::Approval { .. } => "approval",
        }
    }

    /// The step at which a rule of this effect is asked.
    #[must_use]
    pub const fn step(&self) -> DecisionStep {
        match self {
            Self::Hide => DecisionStep::Hide,
            Self::Deny => DecisionStep::Deny,
            Self::Allow => DecisionStep::Open,
            Self::Require => DecisionStep::Require,
            Self::Limit(_) => DecisionStep::Limit,
            Self::Approval { .. } => DecisionStep::Approve,
        }
    }

    /// Whether a rule of this effect that selects a tool by name opens it, where no `allow` selects it.
    #[must_use]
    pub const fn opens_by_name(&self) -> bool {
        matches!(self, Self::Limit(_) | Self::Require | Self::Approval { .. })
    }
}

/// A rule that selects a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selecting {
    /// Its index in the policy.
    pub rule: u32,
    /// How it selects the tool.
    pub how: Selected,
}

/// The rules of a policy, found by the tools that they select.
#[derive(Debug, Clone)]
pub struct RulesByTool {
    /// By tool: the rules that select it by a name, a glob or a set.
    named: Vec<Vec<u32>>,
    /// The rules with `*` or `server::*`.
    stars: Vec<u32>,
}

impl RulesByTool {
    /// The rules of a policy. Takes time and memory linear in what they select.
    #[must_use]
    pub fn new(parts: &Parts) -> Self {
        let mut named = vec![Vec::new(); parts.tools.len()];
        let mut stars = Vec::new();
        for (index, rule) in parts.rules.iter().enumerate() {
            for tool in &rule.selection.named {
                if let Some(rules) = named.get_mut(tool.0 as usize) {
                    rules.push(offset(index));
                }
            }
            if rule.selection.star.is_some() {
                stars.push(offset(index));
            }
        }
        Self { named, stars }
    }

    /// The rules that select a subject of the same policy, in the order of the source.
    #[must_use]
    pub fn selecting(&self, parts: &Parts, subject: Subject) -> Vec<Selecting> {
        let named = subject.tool.and_then(|tool| self.named.get(tool.0 as usize)).map_or(&[][..], Vec::as_slice);
        let mut selecting = Vec::with_capacity(named.len() + self.stars.len());
        selecting.extend(merged(named, &self.stars).filter_map(|rule| {
            let how = parts.rules.get(rule as usize)?.selection.selects(subject)?;
            Some(Selecting { rule, how })
        }));
        selecting
    }
}

/// The numbers in two ascending lists, in order, each once.
fn merged<'l>(mut left: &'l [u32], mut right: &'l [u32]) -> impl Iterator<Item = u32> + 'l {
    std::iter::from_fn(move || {
        let least = left.first().into_iter().chain(right.first()).min().copied()?;
        for list in [&mut left, &mut right] {
            if let Some((first, rest)) = list.split_first()
                && *first == least
            {
                *list = rest;
            }
        }
        Some(least)
    })
}

/// A rule that decides.
#[derive(Debug, Clone, Copy)]
pub struct Deciding<'p> {
    /// Its index in the policy.
    pub index: usize,
    /// The rule.
    pub rule: &'p Rule,
}

impl<'p> Deciding<'p> {
    /// Which calls the rule opens; `None` for all. The condition of a requirement says what must hold, not which calls it is about.
    #[must_use]
    pub fn opens_when(&self) -> Option<&'p Guard> {
        if matches!(self.rule.effect, Effect::Require) { None } else { self.rule.guard.as_ref() }
    }
}

/// The rules that decide the calls of one tool, those of each step in the order of the source.
#[derive(Debug, Clone)]
pub struct Steps<'p> {
    /// The first that hides it.
    pub hidden: Option<Deciding<'p>>,
    /// `deny` rules.
    pub denied: Vec<Deciding<'p>>,
    /// What opens it.
    pub opened: Opened<'p>,
    /// `require` rules.
    pub required: Vec<Deciding<'p>>,
    /// Limits.
    pub limits: Vec<(Deciding<'p>, &'p Limit)>,
    /// `require approval` rules.
    pub approvals: Vec<Deciding<'p>>,
}

/// What opens a tool.
#[derive(Debug, Clone)]
pub enum Opened<'p> {
    /// `allow` rules, at least one of them: only the calls that one of them is about.
    ByAllows(Vec<Deciding<'p>>),
    /// The default, which allows: all calls.
    ByDefault,
    /// Limits, requirements and approvals that select it by name: the calls that one of them is about. Without any nothing
    /// opens it.
    ByName(Vec<Deciding<'p>>),
}

impl<'p> Opened<'p> {
    /// The rules that open it; none where the default does.
    #[must_use]
    pub fn rules(&self) -> &[Deciding<'p>] {
        match self {
            Self::ByAllows(rules) | Self::ByName(rules) => rules,
            Self::ByDefault => &[],
        }
    }

    /// Whether every call is opened, whatever its arguments, without looking at any condition.
    #[must_use]
    pub fn is_always(&self) -> bool {
        matches!(self, Self::ByDefault) || self.rules().iter().any(|opener| opener.opens_when().is_none())
    }
}

impl<'p> Steps<'p> {
    /// What the rules that select a tool come to.
    #[must_use]
    pub fn new(parts: &'p Parts, selecting: &[Selecting]) -> Self {
        let mut steps = Self {
            hidden: None,
            denied: Vec::new(),
            opened: Opened::ByDefault,
            required: Vec::new(),
            limits: Vec::new(),
            approvals: Vec::new(),
        };
        let (mut allows, mut openers) = (Vec::new(), Vec::new());
        for selecting in selecting {
            let index = selecting.rule as usize;
            let Some(rule) = parts.rules.get(index) else { continue };
            let deciding = Deciding { index, rule };
            match &rule.effect {
                Effect::Hide => steps.hidden = steps.hidden.or(Some(deciding)),
                Effect::Deny => steps.denied.push(deciding),
                Effect::Allow => allows.push(deciding),
                Effect::Require => steps.required.push(deciding),
                Effect::Limit(limit) => steps.limits.push((deciding, limit)),
                Effect::Approval { .. } => steps.approvals.push(deciding),
            }
            if selecting.how == Selected::ByName && rule.effect.opens_by_name() {
                openers.push(deciding);
            }
        }
        steps.opened = match (allows.is_empty(), parts.default.allow) {
            (false, _) => Opened::ByAllows(allows),
            (true, true) => Opened::ByDefault,
            (true, false) => Opened::ByName(openers),
        };
        steps
    }
}

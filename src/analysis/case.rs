//! What a policy says of the calls of one tool, as formulas.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::decimal::Decimal;
use crate::ir::{Effect, Limit, Parts, Rule, Selected, ServerId, ToolId};
use crate::predicate::Comparison;
use crate::solver::formula::{Check, Formula};
use crate::solver::space::{Space, Truth};
use crate::source::offset;

use super::condition::{self, Precision};

/// A tool that questions are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Its server.
    pub server: ServerId,
    /// `None` stands for every tool of the server that the policy does not know.
    pub tool: Option<ToolId>,
}

/// A rule and when it holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// The index of the rule in its policy.
    pub rule: usize,
    /// The calls it is about.
    pub formula: Arc<Formula>,
}

/// A limit of a call.
#[derive(Debug, Clone)]
pub struct Limited {
    /// The index of the rule in its policy.
    pub rule: usize,
    /// What it bounds.
    pub limit: Arc<Limit>,
    /// The calls to which the limit applies.
    pub applies: Arc<Formula>,
    /// The calls that the limit refuses although nothing has been counted: an amount that is too large or none, or a limit
    /// that lets nothing through.
    pub refuses: Arc<Formula>,
    /// Of a sum: whether each amount is cut to a whole number, toward zero, and a negative one lowers the sum. Only gateways
    /// do that; a limit of the language adds exactly, and refuses negative amounts.
    pub whole: bool,
}

/// What becomes of the calls of a tool: hidden, else denied by one of `denied`, else denied unless one of `opened` holds, else
/// denied unless all of `required` hold, else denied by one of `limits` or `quotas`, else held by one of `held`, else allowed.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The rule that hides the tool.
    pub hidden: Option<usize>,
    /// `deny` rules.
    pub denied: Vec<Held>,
    /// What opens the tool; the rule is missing where the default does.
    pub opened: Vec<(Option<usize>, Arc<Formula>)>,
    /// `require` rules.
    pub required: Vec<Held>,
    /// Limits.
    pub limits: Vec<Limited>,
    /// Counters of a gateway that are like no limit of the language: the calls that each refuses although nothing has
    /// been counted. They are refused as by a limit.
    pub quotas: Vec<Held>,
    /// `require approval` rules.
    pub held: Vec<Held>,
    /// Of each rule in `held` who must say yes, where the policy names them.
    pub approvers: Vec<Option<String>>,
    /// What a document says of later calls that no other field holds, such as a condition on a count. Only equal texts are
    /// known to mean the same.
    pub unread: Vec<String>,
}

/// What becomes of a call that comes first, before anything has been counted. Exactly one holds.
#[derive(Debug, Clone, Copy)]
pub struct Verdicts {
    /// It passes.
    pub allowed: Truth,
    /// It waits for approval.
    pub held: Truth,
    /// It is refused, by whatever rule.
    pub denied: Truth,
    /// It is refused by a limit only.
    pub limited: Truth,
}

/// The rules that select a tool, by index and in order, each with how it selects the tool.
pub type Selecting = Vec<(u32, Selected)>;

/// The rules of a policy as formulas, each once, and found by tool.
pub struct Formulas<'p> {
    parts: &'p Parts,
    guards: Vec<Arc<Formula>>,
    /// Of limits what they are, and what they refuse at once.
    limits: Vec<Option<(Arc<Limit>, Arc<Formula>)>>,
    /// By tool: the rules that select it by name.
    named: Vec<Vec<u32>>,
    /// The rules with `*` or `server::*`.
    stars: Vec<u32>,
    always: Arc<Formula>,
}

impl<'p> Formulas<'p> {
    /// The formulas of the rules of a policy.
    #[must_use]
    pub fn new(parts: &'p Parts, precision: Precision) -> Self {
        let always = Arc::new(Formula::TRUE);
        let guard = |rule: &Rule| match &rule.guard {
            None => always.clone(),
            Some(guard) => Arc::new(condition::formula(&guard.condition, precision)),
        };
        let guards: Vec<Arc<Formula>> = parts.rules.iter().map(guard).collect();
        let limit = |(rule, guard): (&Rule, &Arc<Formula>)| match &rule.effect {
            Effect::Limit(limit) => Some((Arc::new(limit.clone()), Arc::new(refuses(limit, guard, precision)))),
            _ => None,
        };
        let limits = parts.rules.iter().zip(&guards).map(limit).collect();
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
        Self { parts, guards, limits, named, stars, always }
    }

    /// The policy.
    #[must_use]
    pub const fn parts(&self) -> &'p Parts {
        self.parts
    }

    /// The calls that the rule is about: those for which its condition holds.
    #[must_use]
    pub fn guard(&self, rule: usize) -> &Arc<Formula> {
        self.guards.get(rule).unwrap_or(&self.always)
    }

    /// The rules that select a tool, in order, each with how.
    #[must_use]
    pub fn rules(&self, subject: Subject) -> Selecting {
        let named = subject.tool.and_then(|tool| self.named.get(tool.0 as usize)).map(Vec::as_slice);
        let mut rules: Vec<u32> = named.unwrap_or_default().iter().chain(&self.stars).copied().collect();
        rules.sort_unstable();
        rules.dedup();
        let selecting = rules.into_iter().filter_map(|index| {
            let selection = &self.parts.rules.get(index as usize)?.selection;
            let selected = match subject.tool {
                Some(tool) => selection.selects(tool, subject.server)?,
                None => selection.selects_other(subject.server).then_some(Selected::BySet)?,
            };
            Some((index, selected))
        });
        selecting.collect()
    }

    /// All tools that can be told apart, those that no catalogue has among them, by server.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> + use<'p> {
        let parts = self.parts;
        let known = parts
            .tools
            .iter()
            .enumerate()
            .map(|(index, tool)| Subject { server: tool.server, tool: Some(ToolId(offset(index))) });
        let others = (0..parts.servers.len()).map(|index| Subject { server: ServerId(offset(index)), tool: None });
        known.chain(others)
    }

    /// Tools for which the same rules hold in the same way, in order of the first of each group.
    #[must_use]
    pub fn groups(&self, subjects: impl IntoIterator<Item = Subject>) -> Vec<(Selecting, Vec<Subject>)> {
        let mut groups: Vec<(Selecting, Vec<Subject>)> = Vec::new();
        let mut found: BTreeMap<Vec<(u32, bool)>, usize> = BTreeMap::new();
        for subject in subjects {
            let rules = self.rules(subject);
            let key = rules.iter().map(|(index, by)| (*index, *by == Selected::ByName)).collect();
            let at = *found.entry(key).or_insert(groups.len());
            match groups.get_mut(at) {
                Some((_, subjects)) => subjects.push(subject),
                None => groups.push((rules, vec![subject])),
            }
        }
        groups
    }

    /// What the policy says of a tool that these rules select.
    #[must_use]
    pub fn case(&self, rules: &[(u32, Selected)]) -> Case {
        let mut case = Case::default();
        let mut allows = Vec::new();
        let mut opens = Vec::new();
        for &(index, by) in rules {
            let index = index as usize;
            let (Some(rule), Some(guard)) = (self.parts.rules.get(index), self.guards.get(index)) else { continue };
            let held = || Held { rule: index, formula: guard.clone() };
            match &rule.effect {
                Effect::Hide => case.hidden = case.hidden.or(Some(index)),
                Effect::Deny => case.denied.push(held()),
                Effect::Allow => allows.push((Some(index), guard.clone())),
                Effect::Require => case.required.push(held()),
                Effect::Limit(_) => {
                    if let Some(Some((limit, refuses))) = self.limits.get(index) {
                        let (limit, refuses) = (limit.clone(), refuses.clone());
                        let applies = guard.clone();
                        case.limits.push(Limited { rule: index, limit, applies, refuses, whole: false });
                    }
                }
                Effect::Approval { by } => {
                    case.held.push(held());
                    case.approvers.push(by.clone());
                }
            }
            match rule.effect {
                Effect::Require if by == Selected::ByName => opens.push((Some(index), self.always.clone())),
                Effect::Limit(_) | Effect::Approval { .. } if by == Selected::ByName => {
                    opens.push((Some(index), guard.clone()))
                }
                _ => {}
            }
        }
        case.opened = match (allows.is_empty(), self.parts.default.allow) {
            (false, _) => allows,
            (true, true) => vec![(None, self.always.clone())],
            (true, false) => opens,
        };
        case
    }
}

/// What a limit refuses when nothing has been counted.
fn refuses(limit: &Limit, applies: &Arc<Formula>, precision: Precision) -> Formula {
    let Some(path) = &limit.sum_of else {
        return if limit.max < Decimal::ONE { (**applies).clone() } else { Formula::FALSE };
    };
    let Some(place) = condition::place(path) else { return (**applies).clone() };
    let compare = |comparison, number| Formula::Test(place.clone(), Check::Number(comparison, number));
    let fits = Formula::And(vec![
        compare(Comparison::GreaterEqual, Decimal::ZERO),
        compare(Comparison::LessEqual, precision.of(&limit.max)),
    ]);
    Formula::And(vec![(**applies).clone(), fits.negated()])
}

impl Case {
    /// All formulas, for a space in which the case can be asked about.
    pub fn formulas(&self) -> impl Iterator<Item = &Formula> {
        let held = self.denied.iter().chain(&self.required).chain(&self.quotas).chain(&self.held);
        let held = held.map(|held| &*held.formula);
        let opened = self.opened.iter().map(|(_, formula)| &**formula);
        held.chain(opened).chain(self.limits.iter().flat_map(|limit| [&*limit.applies, &*limit.refuses]))
    }

    /// Whether no call is allowed or held, whatever its arguments, without looking at any condition.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.hidden.is_some()
            || self.opened.is_empty()
            || self.denied.iter().any(|denied| *denied.formula == Formula::TRUE)
    }

    /// What becomes of a call, in a space that was made with the formulas of the case.
    pub fn verdicts(&self, space: &mut Space) -> Verdicts {
        let denied: Vec<Truth> = self.denied.iter().map(|held| space.holds(&held.formula)).collect();
        let opened: Vec<Truth> = self.opened.iter().map(|(_, formula)| space.holds(formula)).collect();
        let required: Vec<Truth> = self.required.iter().map(|held| space.holds(&held.formula)).collect();
        let refusals = self.limits.iter().map(|limit| &limit.refuses);
        let refusals = refusals.chain(self.quotas.iter().map(|quota| &quota.formula));
        let refused: Vec<Truth> = refusals.map(|formula| space.holds(formula)).collect();
        let held: Vec<Truth> = self.held.iter().map(|held| space.holds(&held.formula)).collect();
        let shown = space.constant(self.hidden.is_none());
        let opened = space.any(opened);
        let passes = space.all(denied.into_iter().map(|truth| !truth).chain(required).chain([shown, opened]));
        let full = space.any(refused);
        let held = space.any(held);
        let counted = space.all([passes, !full]);
        Verdicts {
            allowed: space.all([counted, !held]),
            held: space.all([counted, held]),
            denied: !counted,
            limited: space.all([passes, full]),
        }
    }
}

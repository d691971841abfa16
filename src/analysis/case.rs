//! What a policy says about the calls of one tool, as formulas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::decimal::Decimal;
use crate::ir::{Deciding, Effect, Limit, Opened, Parts, Rule, RulesByTool, Selecting, Steps, Subject};
use crate::predicate::Comparison;
use crate::solver::formula::{Check, Formula};
use crate::solver::space::{Space, Truth};

use super::condition::{self, NumberDomain};
use super::limits::WindowModel;

/// A rule and its condition.
#[derive(Debug, Clone)]
pub struct RuleFormula {
    /// The index of the rule in its policy.
    pub rule: usize,
    /// Holds for the calls for which the condition of the rule is true.
    pub formula: Arc<Formula>,
}

/// A limit that selects a tool.
#[derive(Debug, Clone)]
pub struct Limited {
    /// The index of the rule in its policy.
    pub rule: usize,
    /// What it bounds.
    pub limit: Arc<Limit>,
    /// The calls to which the limit applies.
    pub applies: Arc<Formula>,
    /// The calls that the limit refuses even if nothing has been counted: those whose amount is too
    /// large or missing, or all calls if the limit lets nothing pass.
    pub refuses: Arc<Formula>,
    /// For a sum, whether each amount is cut to a whole number, toward zero, and a negative one
    /// lowers the sum. Only gateways do that; a limit of the language adds exactly, and refuses
    /// negative amounts.
    pub whole: bool,
    /// When its windows begin.
    pub windows: WindowModel,
    /// For a bucket, what each interval adds; the rest of the maximum is what it holds at first.
    pub refill: Option<Decimal>,
    /// Whether each process of the gateway keeps its own count.
    pub is_apart: bool,
    /// For a limit over several tools, whether it also counts calls of servers that are left out
    /// here.
    pub is_wider: bool,
}

/// What becomes of the calls of a tool: hidden, else denied by one of `denied`, else denied unless one of `opened` holds, else
/// denied unless all of `required` hold, else denied by one of `limits` or `quotas`, else held by one of `held`, else allowed.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The rule that hides the tool.
    pub hidden: Option<usize>,
    /// `deny` rules.
    pub denied: Vec<RuleFormula>,
    /// What opens the tool; `None` stands for the default.
    pub opened: Vec<(Option<usize>, Arc<Formula>)>,
    /// `require` rules.
    pub required: Vec<RuleFormula>,
    /// Limits.
    pub limits: Vec<Limited>,
    /// Counters of a gateway that are like no limit of the language: for each, the calls that it
    /// refuses even if nothing has been counted. Such a call is refused as if by a limit.
    pub quotas: Vec<RuleFormula>,
    /// `require approval` rules.
    pub held: Vec<RuleFormula>,
    /// For each rule in `held`, who must approve, if the policy says so.
    pub approvers: Vec<Option<String>>,
    /// What a document says about later calls that no other field can express, such as a condition
    /// on a count. Only equal texts are known to have the same meaning.
    pub unread: Vec<String>,
}

/// What becomes of a call that comes first, before anything has been counted. Exactly one of
/// `allowed`, `held` and `denied` is true.
#[derive(Debug, Clone, Copy)]
pub struct Verdicts {
    /// It passes.
    pub allowed: Truth,
    /// It waits for approval.
    pub held: Truth,
    /// It is refused, by whatever rule.
    pub denied: Truth,
    /// It is refused by a limit only. `denied` is true as well.
    pub limited: Truth,
}

/// The rules of a policy as formulas, each built once, and indexed by tool.
pub struct Formulas<'p> {
    parts: &'p Parts,
    guards: Vec<Arc<Formula>>,
    /// By rule: if it is a limit, the limit and the calls that it refuses even if nothing has been
    /// counted.
    limits: Vec<Option<(Arc<Limit>, Arc<Formula>)>>,
    by_tool: RulesByTool,
    always: Arc<Formula>,
}

impl<'p> Formulas<'p> {
    /// The formulas of the rules of a policy.
    #[must_use]
    pub fn new(parts: &'p Parts, numbers: NumberDomain) -> Self {
        let always = Arc::new(Formula::TRUE);
        let guard = |rule: &Rule| match &rule.guard {
            None => always.clone(),
            Some(guard) => Arc::new(condition::formula(&guard.condition, numbers)),
        };
        let guards: Vec<Arc<Formula>> = parts.rules.iter().map(guard).collect();
        let limit = |(rule, guard): (&Rule, &Arc<Formula>)| match &rule.effect {
            Effect::Limit(limit) => Some((Arc::new(limit.clone()), Arc::new(refuses(limit, guard, numbers)))),
            _ => None,
        };
        let limits = parts.rules.iter().zip(&guards).map(limit).collect();
        Self { parts, guards, limits, by_tool: RulesByTool::new(parts), always }
    }

    /// The policy.
    #[must_use]
    pub const fn parts(&self) -> &'p Parts {
        self.parts
    }

    /// The calls that the rule is about: those for which its condition is true.
    #[must_use]
    pub fn guard(&self, rule: usize) -> &Arc<Formula> {
        self.guards.get(rule).unwrap_or(&self.always)
    }

    /// The rules that select a tool, in source order, each with how it selects the tool.
    #[must_use]
    pub fn rules(&self, subject: Subject) -> Vec<Selecting> {
        self.by_tool.selecting(self.parts, subject)
    }

    /// Groups of tools that the same rules select in the same way, in the order of the first tool
    /// of each group.
    #[must_use]
    pub fn groups(&self, subjects: impl IntoIterator<Item = Subject>) -> Vec<(Vec<Selecting>, Vec<Subject>)> {
        let mut groups: Vec<(Vec<Selecting>, Vec<Subject>)> = Vec::new();
        let mut found: BTreeMap<Vec<Selecting>, usize> = BTreeMap::new();
        for subject in subjects {
            let rules = self.rules(subject);
            let at = *found.entry(rules.clone()).or_insert(groups.len());
            match groups.get_mut(at) {
                Some((_, subjects)) => subjects.push(subject),
                None => groups.push((rules, vec![subject])),
            }
        }
        groups
    }

    /// What the policy says about a tool that these rules select.
    #[must_use]
    pub fn case(&self, rules: &[Selecting]) -> Case {
        let steps = Steps::new(self.parts, rules);
        let held =
            |deciding: &Deciding<'_>| RuleFormula { rule: deciding.index, formula: self.guard(deciding.index).clone() };
        let approver = |deciding: &Deciding<'_>| match &deciding.rule.effect {
            Effect::Approval { by } => by.clone(),
            _ => None,
        };
        let limited = |(deciding, _): &(Deciding<'_>, &Limit)| {
            let (limit, refuses) = self.limits.get(deciding.index)?.clone()?;
            let applies = self.guard(deciding.index).clone();
            Some(Limited {
                rule: deciding.index,
                limit,
                applies,
                refuses,
                whole: false,
                windows: WindowModel::Aligned,
                refill: None,
                is_apart: false,
                is_wider: false,
            })
        };
        let opener = |deciding: &Deciding<'_>| {
            let opens = deciding.opens_when().map_or(&self.always, |_| self.guard(deciding.index));
            (Some(deciding.index), opens.clone())
        };
        Case {
            hidden: steps.hidden.map(|deciding| deciding.index),
            denied: steps.denied.iter().map(held).collect(),
            opened: match &steps.opened {
                Opened::ByDefault => vec![(None, self.always.clone())],
                Opened::ByAllows(rules) | Opened::ByName(rules) => rules.iter().map(opener).collect(),
            },
            required: steps.required.iter().map(held).collect(),
            limits: steps.limits.iter().filter_map(limited).collect(),
            quotas: Vec::new(),
            held: steps.approvals.iter().map(held).collect(),
            approvers: steps.approvals.iter().map(approver).collect(),
            unread: Vec::new(),
        }
    }
}

/// What a limit refuses even if nothing has been counted.
pub(crate) fn refuses(limit: &Limit, applies: &Arc<Formula>, numbers: NumberDomain) -> Formula {
    let Some(path) = &limit.sum_of else {
        return if limit.max < Decimal::ONE { (**applies).clone() } else { Formula::FALSE };
    };
    let place = condition::place(path);
    let compare = |comparison, number| Formula::Test(place.clone(), Check::Number(comparison, number));
    let fits = Formula::And(vec![
        compare(Comparison::GreaterEqual, Decimal::ZERO),
        compare(Comparison::LessEqual, numbers.of(&limit.max)),
    ]);
    Formula::And(vec![(**applies).clone(), fits.negated()])
}

impl Case {
    /// All formulas of the case, from which to build a space for questions about it.
    pub fn formulas(&self) -> impl Iterator<Item = &Formula> {
        let held = self.denied.iter().chain(&self.required).chain(&self.quotas).chain(&self.held);
        let held = held.map(|held| &*held.formula);
        let opened = self.opened.iter().map(|(_, formula)| &**formula);
        held.chain(opened).chain(self.limits.iter().flat_map(|limit| [&*limit.applies, &*limit.refuses]))
    }

    /// The case without some rules.
    #[must_use]
    pub fn without(&self, gone: &BTreeSet<usize>) -> Self {
        let mut left = self.clone();
        let stays = |rule: usize| !gone.contains(&rule);
        left.hidden = left.hidden.filter(|rule| stays(*rule));
        for held in [&mut left.denied, &mut left.required, &mut left.quotas] {
            held.retain(|held| stays(held.rule));
        }
        left.opened.retain(|(rule, _)| rule.is_none_or(stays));
        left.limits.retain(|limited| stays(limited.rule));
        let mut approvers = left.held.iter().map(|held| stays(held.rule));
        left.approvers.retain(|_| approvers.next().unwrap_or(true));
        left.held.retain(|held| stays(held.rule));
        left
    }

    /// How many rules it has.
    #[must_use]
    pub fn count_rules(&self) -> usize {
        let held = [&self.denied, &self.required, &self.quotas, &self.held].map(Vec::len).iter().sum::<usize>();
        held + self.opened.len() + self.limits.len()
    }

    /// Whether it is plain, without solving any formula, that no call is allowed or held.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.hidden.is_some()
            || self.opened.is_empty()
            || self.denied.iter().any(|denied| *denied.formula == Formula::TRUE)
    }

    /// What becomes of a call, in a space that was built from the formulas of the case.
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

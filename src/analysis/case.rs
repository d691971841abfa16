//! What a policy says of the calls of one tool, as formulas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::decimal::Decimal;
use crate::ir::{Deciding, Effect, Limit, Opened, Parts, Rule, RulesByTool, Selecting, Steps, Subject};
use crate::predicate::Comparison;
use crate::solver::formula::{Check, Formula};
use crate::solver::space::{Space, Truth};

use super::condition::{self, NumberDomain};
use super::limits::WindowModel;

/// A rule and when it holds.
#[derive(Debug, Clone)]
pub struct RuleFormula {
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
    /// When its windows begin.
    pub windows: WindowModel,
    /// Whether each process of the gateway counts for itself.
    pub is_apart: bool,
    /// Of a limit over several tools: whether it counts calls, too, of servers that are left out here.
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
    /// What opens the tool; the rule is missing where the default does.
    pub opened: Vec<(Option<usize>, Arc<Formula>)>,
    /// `require` rules.
    pub required: Vec<RuleFormula>,
    /// Limits.
    pub limits: Vec<Limited>,
    /// Counters of a gateway that are like no limit of the language: the calls that each refuses although nothing has
    /// been counted. They are refused as by a limit.
    pub quotas: Vec<RuleFormula>,
    /// `require approval` rules.
    pub held: Vec<RuleFormula>,
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

/// The rules of a policy as formulas, each once, and found by tool.
pub struct Formulas<'p> {
    parts: &'p Parts,
    guards: Vec<Arc<Formula>>,
    /// Of limits what they are, and what they refuse at once.
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

    /// The calls that the rule is about: those for which its condition holds.
    #[must_use]
    pub fn guard(&self, rule: usize) -> &Arc<Formula> {
        self.guards.get(rule).unwrap_or(&self.always)
    }

    /// The rules that select a tool, in order, each with how.
    #[must_use]
    pub fn rules(&self, subject: Subject) -> Vec<Selecting> {
        self.by_tool.selecting(self.parts, subject)
    }

    /// Tools for which the same rules hold in the same way, in order of the first of each group.
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

    /// What the policy says of a tool that these rules select.
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

/// What a limit refuses when nothing has been counted.
fn refuses(limit: &Limit, applies: &Arc<Formula>, numbers: NumberDomain) -> Formula {
    let Some(path) = &limit.sum_of else {
        return if limit.max < Decimal::ONE { (**applies).clone() } else { Formula::FALSE };
    };
    let Some(place) = condition::place(path) else { return (**applies).clone() };
    let compare = |comparison, number| Formula::Test(place.clone(), Check::Number(comparison, number));
    let fits = Formula::And(vec![
        compare(Comparison::GreaterEqual, Decimal::ZERO),
        compare(Comparison::LessEqual, numbers.of(&limit.max)),
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

    /// What is left without some rules.
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

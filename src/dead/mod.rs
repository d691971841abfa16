//! Rules that change nothing, exactly.
//!
//! A rule is dead at a tool when the policy without it decides every call of the tool alike: which calls pass, which wait
//! for approval, which are denied, and which are counted by which limit. Reasons given to the caller may differ. For each dead rule
//! there is a smallest set of other rules that make it so, taken from the proof. Each can be taken out by itself; of two that say
//! the same the later is called dead. Inside conditions, a part is needless when
//! it could be replaced by `true` or by `false`.
//!
//! Everything here is about all calls that a client could send. What is too much work to decide is left out, and
//! counted.

mod condition;
mod of_tool;
mod proof;
mod trial;

use std::collections::BTreeMap;

use crate::analysis::case::Formulas;
use crate::analysis::condition::NumberDomain;
use crate::ir::{Effect, Policy, Rule, Subject, ToolId};
use crate::solver::Budget;
use of_tool::OfTool;

pub use condition::{Needless, Worth};

/// The work that all questions about one policy may cost, in steps of the solver.
const STEPS: u64 = 400_000_000;

/// How many rules may be looked at to find out of each rule of a tool whether it matters among the others of the tool, over all tools.
const MOST_LOOKED_AT: u64 = 300_000;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Whether rules are dead at all tools that they select.
    Rules,
    /// Also at which tools a rule is dead that matters at others.
    Tools,
}

/// A rule that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// The index of the rule.
    pub rule: usize,
    /// Why.
    pub cause: Cause,
    /// The other rules that make it so, by index, in the order of the source.
    pub by: Vec<usize>,
    /// The tools at which it is dead, if it is not dead everywhere.
    pub only_at: Option<Vec<Subject>>,
}

/// Why a rule changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Its condition holds for no call. Of a requirement: it holds for every call.
    Condition,
    /// It selects no tool.
    NoTool,
    /// Rules of the same kind say all that it says.
    Shadowed,
    /// All calls that it speaks of are refused by other rules.
    Overridden,
    /// The calls that it speaks of are denied because nothing opens the tool for them.
    NotOpened,
    /// Of an `allow`: limits, requirements or approvals that name the tool open it for the same calls.
    Opened,
    /// The default says the same.
    Default,
    /// Some of the above together: at one tool or for some calls this, elsewhere that.
    Several,
}

/// Tools that are decided alike, and whether a rule is dead there.
type DeadAt = (Vec<Subject>, Option<Dead>);

/// What was found about a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rules that change nothing, in the order of the source.
    pub dead: Vec<Dead>,
    /// Conditions, and parts of conditions, that change nothing.
    pub needless: Vec<Needless>,
    /// Rules of which something could not be decided, by index.
    pub undecided: Vec<usize>,
}

/// Looks for rules, and parts of rules, that change nothing.
#[must_use]
pub fn check(policy: &Policy, detail: Detail) -> Report {
    let mut budget = Budget::new(STEPS);
    let formulas = Formulas::new(policy, NumberDomain::Exact);
    let mut report = Report::default();
    let judged = condition::judge(policy, &mut budget, &mut report);
    let mut found: BTreeMap<usize, Vec<DeadAt>> = BTreeMap::new();
    let mut looks = Budget::new(MOST_LOOKED_AT);
    let twins = twins(policy);
    for (rules, subjects) in formulas.groups(formulas.parts().subjects()) {
        let mut rules_of_tool = OfTool::new(&formulas, &rules);
        for selecting in &rules {
            let rule = selecting.rule as usize;
            let places = found.entry(rule).or_default();
            // One tool at which the rule matters is enough, unless all are wanted.
            if detail == Detail::Rules && places.iter().any(|(_, dead)| dead.is_none()) {
                continue;
            }
            // What is written twice needs no proof.
            let is_constant = judged.get(rule).is_none_or(|judged| judged.worth.is_some());
            if let Some(first) = twins.get(&rule).copied().filter(|_| !is_constant) {
                places.push((
                    subjects.clone(),
                    Some(Dead { rule, cause: Cause::Shadowed, by: vec![first], only_at: None }),
                ));
                continue;
            }
            let looked = looks.spend(u64::try_from(rules.len()).unwrap_or(u64::MAX));
            match looked.and_then(|()| rules_of_tool.look(rule, judged.get(rule), &mut budget)) {
                Ok(dead) => places.push((subjects.clone(), dead)),
                Err(_) => {
                    report.undecided.push(rule);
                    places.push((subjects.clone(), None));
                }
            }
        }
    }
    for (index, rule) in policy.rules.iter().enumerate() {
        let places = found.remove(&index).unwrap_or_default();
        if places.is_empty() {
            if rule.selection.named.is_empty() {
                report.dead.push(Dead { rule: index, cause: Cause::NoTool, by: Vec::new(), only_at: None });
            }
            continue;
        }
        let everywhere = places.iter().all(|(_, dead)| dead.is_some());
        let at = || places.iter().filter(|(_, dead)| dead.is_some()).flat_map(|(subjects, _)| subjects.iter().copied());
        let only_at = (!everywhere).then(|| at().collect());
        let mut dead = places.iter().filter_map(|(_, dead)| dead.clone());
        if let Some(mut first) = dead.next() {
            for other in dead {
                first.cause = if first.cause == other.cause { first.cause } else { Cause::Several };
                first.by.extend(other.by);
            }
            first.by.sort_unstable();
            first.by.dedup();
            report.dead.push(Dead { only_at, ..first });
        }
    }
    name_the_first(policy, &mut report.dead);
    keep_the_first(&mut report.dead);
    report.undecided.sort_unstable();
    report.undecided.dedup();
    report
}

/// Whether two rules say the same of the same tools and calls, but perhaps for other reasons.
#[must_use]
pub fn alike(one: &Rule, other: &Rule) -> bool {
    let effect = match (&one.effect, &other.effect) {
        (Effect::Limit(one), Effect::Limit(other)) => one == other,
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    };
    let text = |rule: &Rule| rule.guard.as_ref().map(|guard| guard.text.clone());
    effect && one.selection == other.selection && text(one) == text(other)
}

/// The kind of a rule, its condition and its tools.
type Alike<'p> = (u8, Option<&'p str>, &'p [ToolId]);

/// The rules before which another one stands that says the same of the same tools and calls, each with the first such. Limits that are
/// alike count apart.
fn twins(policy: &Policy) -> BTreeMap<usize, usize> {
    let mut first: BTreeMap<Alike<'_>, Vec<usize>> = BTreeMap::new();
    let mut twins = BTreeMap::new();
    for (index, rule) in policy.rules.iter().enumerate() {
        let kind = match rule.effect {
            Effect::Allow => 0,
            Effect::Deny => 1,
            Effect::Hide => 2,
            Effect::Require => 3,
            Effect::Approval { .. } => 4,
            Effect::Limit(_) => continue,
        };
        let text = rule.guard.as_ref().map(|guard| guard.text.as_str());
        let known = first.entry((kind, text, rule.selection.named.as_slice())).or_default();
        // Few differ in their `*` only.
        let twin = known
            .iter()
            .take(8)
            .copied()
            .find(|index| policy.rules.get(*index).is_some_and(|other| alike(other, rule)));
        match twin {
            Some(twin) => {
                twins.insert(index, twin);
            }
            None => known.push(index),
        }
    }
    twins
}

/// Of several rules that are alike, all but the first are dead because of the first, and not of one another.
fn name_the_first(policy: &Policy, dead: &mut [Dead]) {
    let mut first: BTreeMap<(Vec<ToolId>, Option<&str>), Vec<usize>> = BTreeMap::new();
    for dead in dead.iter_mut().filter(|dead| dead.cause == Cause::Shadowed && dead.only_at.is_none()) {
        let Some(rule) = policy.rules.get(dead.rule) else { continue };
        let text = rule.guard.as_ref().map(|guard| guard.text.as_str());
        let known = first.entry((rule.selection.named.clone(), text)).or_default();
        let like = |index: &usize| policy.rules.get(*index).is_some_and(|other| alike(other, rule));
        match known.iter().copied().find(like) {
            Some(index) => dead.by = vec![index],
            // The first may itself be alive: then it is among those that make this one dead.
            None => match dead.by.iter().copied().find(|by| *by < dead.rule && like(by)) {
                Some(index) => {
                    dead.by = vec![index];
                    known.push(index);
                }
                None => known.push(dead.rule),
            },
        }
    }
}

/// Of two rules each of which makes the other needless, the first is kept: it is not reported.
fn keep_the_first(dead: &mut Vec<Dead>) {
    let by: BTreeMap<usize, Vec<usize>> =
        dead.iter().filter(|dead| dead.only_at.is_none()).map(|dead| (dead.rule, dead.by.clone())).collect();
    dead.retain(|dead| {
        let later_one = |other: &usize| *other > dead.rule && by.get(other).is_some_and(|by| by.contains(&dead.rule));
        dead.only_at.is_some() || !dead.by.iter().any(later_one)
    });
}

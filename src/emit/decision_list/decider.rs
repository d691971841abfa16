//! Decides calls by decision lists, as a gateway with these lists does.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::counted::{Counting, Counts, Numbered};
use super::counters::Taking;
use super::{Counted, Counter, Entry, Limits, Lists, Outcome};
use crate::analysis::case::{Case, Limited, RuleFormula, refuses};
use crate::analysis::condition::{self, NumberDomain};
use crate::decider::{Decider, Explanation, Ruling, Run};
use crate::emit::document::{Cases, explain};
use crate::eval::{self, Call, holds};
use crate::ir::Limit;
use crate::json::Json;
use crate::predicate::Condition;
use crate::solver::formula::Formula;

/// A document of decision lists that has been read. Its rules are numbered tool by tool in the order of the names, those of
/// all other tools after them, then counters of the gateway, then limits that are counted as those of the language are.
pub(crate) struct ListDecider {
    lists: Lists<Entry>,
    numbers: NumberDomain,
    /// The number of the first rule of each tool.
    first: BTreeMap<String, usize>,
    /// The number of the first rule of all other tools.
    first_of_others: usize,
    /// What the gateway counts or takes from by itself.
    counters: Vec<Counter>,
    /// Which of the counters are about a tool, in their order.
    counters_of: BTreeMap<String, Vec<usize>>,
    limits: Numbered,
    cases: Cases,
    /// Conditions as formulas, by their address: rules of several tools share a condition.
    formulas: RefCell<BTreeMap<*const Condition, Arc<Formula>>>,
}

impl ListDecider {
    /// A document for a gateway that reads numbers in such a way. With [`NumberDomain::Double`] the literals of its conditions
    /// must be the shortest decimals of their doubles.
    pub(crate) fn new(lists: Lists<Entry>, numbers: NumberDomain) -> Self {
        let mut next = 0;
        let mut first = BTreeMap::new();
        for (name, list) in &lists.tools {
            first.insert(name.clone(), next);
            next += list.len();
        }
        let (cases, formulas) = (Cases::default(), RefCell::default());
        let (counters, counters_of, limits) = (Vec::new(), BTreeMap::new(), Numbered::default());
        Self { lists, numbers, first, first_of_others: next, counters, counters_of, limits, cases, formulas }
    }

    /// The same where calls that pass are limited, too, by each counter that is about their tool, in this order.
    pub(crate) fn with_counters(mut self, counters: Vec<Counter>) -> Self {
        for (index, counter) in counters.iter().enumerate() {
            for tool in counter.tools() {
                self.counters_of.entry(tool.clone()).or_default().push(index);
            }
        }
        self.counters = counters;
        self
    }

    /// The same where calls that are not denied are counted, too.
    pub(crate) fn with_limits(mut self, limits: Limits<Counted>) -> Self {
        self.limits = Numbered::new(limits);
        self
    }

    /// How many rules it has, counters and limits included.
    pub(crate) fn rules(&self) -> usize {
        self.first_limit() + self.limits.len()
    }

    /// The number of the rule of the first counter.
    fn first_counter(&self) -> usize {
        self.first_of_others + self.lists.others.len()
    }

    /// The counter that a rule is.
    pub(super) fn counter(&self, rule: usize) -> Option<&Counter> {
        self.counters.get(rule.checked_sub(self.first_counter())?)
    }

    /// The counters of the calls of a tool, each with the number of its rule.
    pub(super) fn counters_of(&self, tool: &str) -> impl Iterator<Item = (usize, &Counter)> {
        let own = self.counters_of.get(tool).into_iter().flatten();
        own.filter_map(|index| Some((self.first_counter() + index, self.counters.get(*index)?)))
    }

    /// The number of the rule of the first limit that is counted.
    fn first_limit(&self) -> usize {
        self.first_counter() + self.counters.len()
    }

    fn limit_of(&self, rule: usize) -> Option<&Counted> {
        self.limits.get(rule.checked_sub(self.first_limit())?)
    }

    /// The limits that count calls of a tool, each with the number of the first rule that has the same counter.
    pub(super) fn limits_of(&self, tool: Option<&str>) -> impl Iterator<Item = (usize, &Counted)> {
        let first = self.first_limit();
        let is_named = tool.is_some_and(|tool| self.lists.tools.contains_key(tool));
        self.limits.of(tool, is_named).map(move |(index, counted)| (first + index, counted))
    }

    /// The rules of a tool and the number of the first of them.
    fn list(&self, tool: Option<&str>) -> (usize, &[Entry]) {
        let named = tool.and_then(|tool| Some((*self.first.get(tool)?, self.lists.tools.get(tool)?.as_slice())));
        named.unwrap_or((self.first_of_others, &self.lists.others))
    }

    fn entry(&self, rule: usize) -> Option<&Entry> {
        if let Some(index) = rule.checked_sub(self.first_of_others) {
            return self.lists.others.get(index);
        }
        // Of several tools that begin at this number, all but the last have no rules.
        let (tool, first) = self.first.iter().rfind(|(_, first)| **first <= rule)?;
        self.lists.tools.get(tool)?.get(rule - first)
    }

    fn formula(&self, condition: &Arc<Condition>) -> Arc<Formula> {
        let mut known = self.formulas.borrow_mut();
        let make = || Arc::new(condition::formula(condition, self.numbers));
        known.entry(Arc::as_ptr(condition)).or_insert_with(make).clone()
    }

    /// The list of a tool as a case: denials count only for calls that no earlier rule lets pass.
    fn case_of(&self, tool: Option<&str>) -> Case {
        let mut case = Case::default();
        let always = Arc::new(Formula::TRUE);
        // What earlier rules let pass, and what they let pass or hold.
        let (mut allowed, mut passed): (Vec<Arc<Formula>>, Vec<Arc<Formula>>) = (Vec::new(), Vec::new());
        let but = |formula: &Arc<Formula>, earlier: &[Arc<Formula>]| {
            if earlier.is_empty() {
                return formula.clone();
            }
            let others = earlier.iter().map(|formula| (**formula).clone().negated());
            Arc::new(Formula::And(std::iter::once((**formula).clone()).chain(others).collect()))
        };
        let (first, entries) = self.list(tool);
        for (rule, entry) in (first..).zip(entries) {
            let formula = entry.when.as_ref().map_or_else(|| always.clone(), |when| self.formula(when));
            match &entry.outcome {
                Outcome::Hide => case.hidden = case.hidden.or(Some(rule)),
                Outcome::Deny => match entry.when.as_deref() {
                    // As the policy says it: a requirement, or what opens the tool.
                    Some(Condition::Not(_)) if passed.is_empty() => {
                        let formula = Arc::new((*formula).clone().negated());
                        case.required.push(RuleFormula { rule, formula });
                    }
                    _ => case.denied.push(RuleFormula { rule, formula: but(&formula, &passed) }),
                },
                Outcome::Ask { by } => {
                    case.held.push(RuleFormula { rule, formula: but(&formula, &allowed) });
                    case.approvers.push(by.clone());
                    case.opened.push((Some(rule), formula.clone()));
                    passed.push(formula);
                }
                Outcome::Allow => {
                    case.opened.push((Some(rule), formula.clone()));
                    allowed.push(formula.clone());
                    passed.push(formula);
                }
            }
        }
        let own = tool.into_iter().flat_map(|tool| self.counters_of(tool));
        case.limits.extend(own.map(|(rule, counter)| counter.limited(rule)));
        for (rule, counted) in self.limits_of(tool) {
            let applies = counted.when.as_ref().map_or_else(|| always.clone(), |when| self.formula(when));
            let refuses = Arc::new(refuses(&counted.limit, &applies, self.numbers));
            case.limits.push(Limited {
                rule,
                limit: counted.limit.clone(),
                applies,
                refuses,
                whole: false,
                windows: counted.windows,
                refill: None,
                is_apart: false,
                is_wider: false,
            });
        }
        case
    }

    /// Decides a call by the lists alone.
    pub(super) fn ruling<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        let doubles =
            (self.numbers == NumberDomain::Double).then(|| Json::parse(&call.arguments.with_doubles()).ok()).flatten();
        let read = Call { arguments: doubles.as_ref().map_or(call.arguments, Json::root), ..*call };
        let (first, entries) = self.list(Some(call.name));
        for (number, entry) in (first..).zip(entries) {
            if !entry.when.as_ref().is_none_or(|when| holds(when, &read)) {
                continue;
            }
            let (rule, reason) = (entry.rule.as_str(), entry.reason.as_str());
            match &entry.outcome {
                Outcome::Allow => return Ruling::ALLOW,
                Outcome::Deny => return Ruling::deny(Some(number), rule, reason),
                Outcome::Hide => return Ruling::hide(Some(number), reason),
                // What has been approved is decided without the rules that ask.
                Outcome::Ask { .. } if call.approved => {}
                Outcome::Ask { .. } => return Ruling::hold(Some(number), rule, reason),
            }
        }
        Ruling::deny(None, eval::DEFAULT_DENY, self.lists.default_reason.as_str())
    }
}

impl Decider for ListDecider {
    fn numbers(&self) -> NumberDomain {
        self.numbers
    }

    fn tools(&self, _: usize) -> Vec<&str> {
        self.lists.tools.keys().map(String::as_str).collect()
    }

    fn case(&self, _: usize, tool: Option<&str>) -> Option<Arc<Case>> {
        let tool = tool.filter(|tool| self.lists.tools.contains_key(*tool));
        Some(self.cases.get(tool, || self.case_of(tool)))
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        if self.limits.is_empty() { self.ruling(call) } else { self.counted(call, &Counts::default()) }
    }

    fn run(&self) -> Box<dyn Run + '_> {
        match (self.counters.is_empty(), self.limits.is_empty()) {
            (true, true) => Box::new(Stateless(self)),
            (false, _) => Box::new(Taking::new(self)),
            (true, false) => Box::new(Counting::new(self)),
        }
    }

    fn explain(&self, call: &Call<'_>) -> Explanation {
        let is_named = self.lists.tools.contains_key(call.name);
        let (_, entries) = self.list(Some(call.name));
        let refusing = entries.iter().filter(|entry| entry.outcome != Outcome::Allow);
        let counters = self.limits_of(Some(call.name)).map(|(_, counted)| counted.name().to_owned());
        let names: Vec<String> = refusing.map(|entry| entry.rule.clone()).chain(counters).collect();
        explain(self, call, is_named, &names)
    }

    fn applies(&self, rule: usize, call: &Call<'_>) -> bool {
        if let Some(counter) = self.counter(rule) {
            return counter.tools().iter().any(|tool| tool == call.name);
        }
        if self.limit_of(rule).is_some() {
            return self.counting(call).iter().any(|(number, _)| *number == rule);
        }
        self.entry(rule).is_some_and(|entry| entry.when.as_ref().is_none_or(|when| holds(when, call)))
    }

    fn rule_name(&self, rule: usize) -> String {
        match (self.counter(rule), self.limit_of(rule)) {
            (Some(counter), _) => counter.name(),
            (None, Some(counted)) => counted.name().to_owned(),
            (None, None) => self.entry(rule).map(|entry| entry.rule.clone()).unwrap_or_default(),
        }
    }

    fn limit(&self, rule: usize) -> Option<&Limit> {
        self.counter(rule).map(|counter| &**counter.limit()).or_else(|| Some(&*self.limit_of(rule)?.limit))
    }
}

/// Nothing is counted, so each call is like the first.
struct Stateless<'d>(&'d ListDecider);

impl Run for Stateless<'_> {
    fn call<'a>(&'a mut self, call: &Call<'a>) -> Ruling<'a> {
        self.0.decide(call)
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        self.0.decide(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::Decimal;
    use crate::eval::Verdict;
    use crate::predicate::Comparison;
    use crate::solver::formula::Check;

    /// Whether a formula about `args.n` alone holds.
    fn holds_for(formula: &Formula, n: u64) -> bool {
        let n_is = Decimal::from(n);
        match formula {
            Formula::And(parts) => parts.iter().all(|part| holds_for(part, n)),
            Formula::Or(parts) => parts.iter().any(|part| holds_for(part, n)),
            Formula::Not(inner) => !holds_for(inner, n),
            Formula::Test(_, Check::Number(Comparison::LessEqual, bound)) => n_is <= *bound,
            Formula::Test(_, Check::Number(Comparison::GreaterEqual, bound)) => n_is >= *bound,
            Formula::Test(_, Check::Numbers(numbers)) => numbers.contains(&n_is),
            other => panic!("{other:?}"),
        }
    }

    /// A list of a tool as it is written in the tests below: `+` allows, `-` denies, `?` asks; a number is the bound of `args.n`.
    fn decider(rules: &[(&str, Option<&str>)]) -> ListDecider {
        let entries = rules.iter().map(|(outcome, when)| {
            let when = when.map(|condition| {
                let text = format!("deny *; allow t when {condition};");
                let checked = crate::emit::tests::planted::checked(&text);
                Arc::new(checked.policies()[0].rules[0].guard.clone().unwrap().condition)
            });
            let outcome = match *outcome {
                "+" => Outcome::Allow,
                "-" => Outcome::Deny,
                _ => Outcome::Ask { by: None },
            };
            Entry { when, outcome, rule: "r".to_owned(), reason: "R.".to_owned() }
        });
        let tools = BTreeMap::from([("t".to_owned(), entries.collect())]);
        ListDecider::new(Lists { tools, others: Vec::new(), default_reason: String::new() }, NumberDomain::Exact)
    }

    /// The formulas of a list say what its rules do in their order.
    #[test]
    fn cases_are_decided_like_calls() {
        let small = Some("args.n <= 2");
        let large = Some("args.n >= 2");
        let not_small = Some("not (args.n <= 2)");
        let even = Some("args.n in [0, 2, 4]");
        for first in [("+", small), ("-", small), ("?", small), ("-", not_small), ("+", None)] {
            for second in [("+", even), ("-", even), ("?", even), ("-", not_small)] {
                for third in [("+", large), ("-", large), ("?", large), ("-", None), ("?", None)] {
                    let decider = decider(&[first, second, third, ("+", None)]);
                    let case = decider.case(0, Some("t")).unwrap();
                    for n in 0..5 {
                        let arguments = Json::parse(&format!("{{\"n\": {n}}}")).unwrap();
                        let call = Call {
                            server: None,
                            name: "t",
                            arguments: arguments.root(),
                            caller: None,
                            grant: None,
                            at: 0,
                            approved: false,
                        };
                        let is = |formula: &Formula| holds_for(formula, n);
                        let verdict = if case.hidden.is_some()
                            || case.denied.iter().any(|denied| is(&denied.formula))
                            || !case.opened.iter().any(|(_, opens)| is(opens))
                            || !case.required.iter().all(|required| is(&required.formula))
                        {
                            Verdict::Deny
                        } else if case.held.iter().any(|held| is(&held.formula)) {
                            Verdict::Approval
                        } else {
                            Verdict::Allow
                        };
                        assert_eq!(decider.decide(&call).verdict, verdict, "{first:?} {second:?} {third:?} {n}");
                    }
                }
            }
        }
    }
}

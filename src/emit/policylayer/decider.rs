//! Decides calls as the hosted gateway does: docs/targets/policylayer.md, with the operators
//! of Intercept.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cases::HIDDEN;
use super::document::{Document, Limit, Predicate};
use crate::analysis::case::Case;
use crate::analysis::condition::NumberDomain;
use crate::decider::{Decider, Explanation, Ruling, Run};
use crate::emit::document::{Cases, explain};
use crate::emit::operators::counters::{Counters, Counting, Counts, Reservation};
use crate::emit::operators::formulas::Translator;
use crate::emit::operators::{Condition, Test, walk};
use crate::eval::{self, Call};
use crate::ir;
use crate::solver::formula::Formula;

/// A document that decides calls.
///
/// Its rules are numbered: first the one that hides tools, then those of each tool in order, last
/// those of all tools.
#[derive(Debug)]
pub(super) struct Enforced {
    document: Document,
    tools: BTreeMap<String, Rules>,
    first_shared: usize,
    translator: RefCell<Translator>,
    cases: Cases,
}

#[derive(Debug)]
struct Rules {
    /// The number of the first rule.
    first: usize,
    /// Prepared when a call is decided: a proof about all calls looks at the document only.
    prepared: OnceCell<Predicates>,
}

#[derive(Debug)]
struct Predicates {
    require: Vec<Prepared>,
    deny_if: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    /// The path without `args.`, and the test. `None` if an operand does not fit its operator,
    /// which reading a document refuses.
    tests: Option<Vec<(String, Test)>>,
    /// The last part of the rule's name in the log.
    name: String,
    on_deny: String,
}

impl Prepared {
    fn new(index: usize, predicate: &Predicate) -> Self {
        let tests = predicate.conditions.iter().map(|condition| {
            let path = condition.path.strip_prefix("args.").unwrap_or(&condition.path);
            Some((path.to_owned(), Test::new(condition.operator, &condition.value).ok()?))
        });
        Self { tests: tests.collect(), name: predicate.log_name(index), on_deny: predicate.on_deny.clone() }
    }

    fn all(predicates: &[Predicate]) -> Vec<Self> {
        predicates.iter().enumerate().map(|(index, predicate)| Self::new(index, predicate)).collect()
    }

    /// Whether it holds for a call; `None` where that cannot be said.
    fn holds(&self, call: &Call<'_>) -> Option<bool> {
        let tests = self.tests.as_ref()?;
        Some(tests.iter().all(|(path, test)| test.holds(walk(call.arguments, path))))
    }
}

impl Enforced {
    /// Numbers the rules of a document.
    pub(super) fn new(document: Document) -> Self {
        let mut next = HIDDEN + 1;
        let numbered = document.tools.iter().map(|(name, tool)| {
            let first = next;
            next += tool.require.len() + tool.deny_if.len() + tool.limits.len();
            (name.clone(), Rules { first, prepared: OnceCell::new() })
        });
        let tools = numbered.collect();
        let (translator, cases) = (RefCell::default(), Cases::default());
        Self { document, tools, first_shared: next, translator, cases }
    }

    pub(super) const fn document(&self) -> &Document {
        &self.document
    }

    /// The number of the first rule of a tool.
    pub(super) fn first_of(&self, tool: &str) -> Option<usize> {
        Some(self.tools.get(tool)?.first)
    }

    /// The number of the first limit of all tools.
    pub(super) const fn first_shared(&self) -> usize {
        self.first_shared
    }

    /// Conditions that hold together as a formula.
    pub(super) fn translate(&self, conditions: &[Condition]) -> Formula {
        self.translator.borrow_mut().all(conditions)
    }

    /// The rules of a tool that are no limits, with the number of the first.
    fn predicates(&self, tool: &str) -> Option<(usize, &Predicates)> {
        let (written, rules) = self.document.tools.get(tool).zip(self.tools.get(tool))?;
        let prepare =
            || Predicates { require: Prepared::all(&written.require), deny_if: Prepared::all(&written.deny_if) };
        Some((rules.first, rules.prepared.get_or_init(prepare)))
    }

    /// The limits of a tool, each with its number and its name in the log.
    fn limits(&self, tool: &str) -> Vec<(usize, String, &Limit)> {
        let own = self.document.tools.get(tool).zip(self.tools.get(tool));
        let own = own.into_iter().flat_map(|(own, rules)| {
            let first = rules.first + own.require.len() + own.deny_if.len();
            own.limits.iter().enumerate().map(move |(index, limit)| (first + index, limit))
        });
        let own = own.map(|(number, limit)| (number, format!("/tools/{tool}/limits/{}", limit.counter), limit));
        let shared =
            self.document.all_limits.iter().enumerate().map(|(index, limit)| {
                (self.first_shared + index, format!("/all_tools/limits/{}", limit.counter), limit)
            });
        own.chain(shared).collect()
    }

    /// The names in the log of the rules of a tool.
    fn names(&self, tool: &str) -> Vec<String> {
        let predicates = self.predicates(tool).into_iter().flat_map(|(_, rules)| {
            let require = rules.require.iter().map(|rule| format!("/tools/{tool}/require/{}", rule.name));
            require.chain(rules.deny_if.iter().map(|rule| format!("/tools/{tool}/deny_if/{}", rule.name)))
        });
        predicates.chain(self.limits(tool).into_iter().map(|(_, name, _)| name)).collect()
    }

    /// The denial of a call for which no count matters.
    fn refuses<'a>(&'a self, call: &Call<'a>) -> Option<Ruling<'a>> {
        let name = call.name;
        if self.document.hide.contains("*") || self.document.hide.contains(name) {
            return Some(Ruling::hide(Some(HIDDEN), format!("Tool \"{name}\" is hidden by policy")));
        }
        let Some((first, rules)) = self.predicates(name) else {
            let denial =
                || Ruling::deny(None, eval::DEFAULT_DENY, format!("Tool \"{name}\" is not permitted by policy"));
            return (!self.document.default_allow).then(denial);
        };
        if let Some((index, failed)) = rules.require.iter().enumerate().find(|(_, rule)| rule.holds(call) != Some(true))
        {
            let rule = format!("/tools/{name}/require/{}", failed.name);
            return Some(Ruling::deny(Some(first + index), rule, &failed.on_deny));
        }
        let (index, hit) = rules.deny_if.iter().enumerate().find(|(_, rule)| rule.holds(call) != Some(false))?;
        let number = first + rules.require.len() + index;
        Some(Ruling::deny(Some(number), format!("/tools/{name}/deny_if/{}", hit.name), &hit.on_deny))
    }
}

impl Decider for Enforced {
    fn numbers(&self) -> NumberDomain {
        NumberDomain::Double
    }

    fn tools(&self, _: usize) -> Vec<&str> {
        // Hiding `*` hides all tools; rules for `*` are those of a tool of that name.
        let hidden = self.document.hide.iter().filter(|name| *name != "*");
        let names: BTreeSet<&str> = self.document.tools.keys().chain(hidden).map(String::as_str).collect();
        names.into_iter().collect()
    }

    fn case(&self, _: usize, tool: Option<&str>) -> Option<Arc<Case>> {
        let is_named =
            |name: &&str| self.document.tools.contains_key(*name) || *name != "*" && self.document.hide.contains(*name);
        let tool = tool.filter(is_named);
        Some(self.cases.get(tool, || self.case_of(tool)))
    }

    fn decide<'a>(&'a self, call: &Call<'a>) -> Ruling<'a> {
        self.count(call, &mut Counters::default())
    }

    fn run(&self) -> Box<dyn Run + '_> {
        Box::new(Counting::new(self))
    }

    fn explain(&self, call: &Call<'_>) -> Explanation {
        explain(self, call, self.tools.contains_key(call.name), &self.names(call.name))
    }

    fn applies(&self, rule: usize, call: &Call<'_>) -> bool {
        let Some((first, rules)) = self.predicates(call.name) else { return rule >= self.first_shared };
        let Some(index) = rule.checked_sub(first) else { return false };
        let mut predicates = rules.require.iter().chain(&rules.deny_if);
        predicates.nth(index).is_none_or(|predicate| predicate.holds(call) != Some(false))
    }

    fn rule_name(&self, rule: usize) -> String {
        if rule == HIDDEN {
            return eval::HIDDEN.to_owned();
        }
        if let Some(limit) = rule.checked_sub(self.first_shared).and_then(|index| self.document.all_limits.get(index)) {
            return format!("/all_tools/limits/{}", limit.counter);
        }
        // The last tool whose rules begin at this number or before; one without rules begins where
        // the next one does.
        let owner = self.tools.iter().rfind(|(_, rules)| rules.first <= rule);
        let name = owner.and_then(|(tool, rules)| self.names(tool).into_iter().nth(rule - rules.first));
        name.unwrap_or_default()
    }

    fn limit(&self, rule: usize) -> Option<&ir::Limit> {
        self.cases.limit(self, rule)
    }
}

impl Counts for Enforced {
    fn count<'a>(&'a self, call: &Call<'a>, counters: &mut Counters) -> Ruling<'a> {
        self.refuses(call).unwrap_or_else(|| reserve(self, counters, call))
    }
}

/// Takes room in all counters of a call, or none.
fn reserve<'a>(enforced: &Enforced, counters: &mut Counters, call: &Call<'_>) -> Ruling<'a> {
    let limits = enforced.limits(call.name);
    let wanted: Vec<Reservation> = limits
        .iter()
        .map(|(_, rule, limit)| Reservation {
            key: rule.clone(),
            group: call.grant.unwrap_or_default().to_owned(),
            window: limit.window.seconds(),
            max: i64::try_from(limit.max).unwrap_or(i64::MAX),
            amount: 1,
        })
        .collect();
    match counters.reserve(call.at, &wanted) {
        Ok(()) => Ruling::ALLOW,
        Err(index) => {
            let (number, rule) = limits.get(index).map(|(number, rule, _)| (*number, rule.clone())).unzip();
            let rule = rule.unwrap_or_default();
            let reason = format!("Rate limit exceeded for {rule}");
            Ruling::deny(number, rule, reason).limit()
        }
    }
}

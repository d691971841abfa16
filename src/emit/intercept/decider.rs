//! Decides calls as Intercept does.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cases::HIDDEN;
use super::document::{Document, Rule, State};
use crate::analysis::case::Case;
use crate::analysis::condition::NumberDomain;
use crate::decider::{Decider, Explanation, Ruling, Run};
use crate::emit::document::{Cases, explain};
use crate::emit::operators::counters::{Counters, Counting, Counts, Reservation};
use crate::emit::operators::formulas::Translator;
use crate::emit::operators::literal::as_f64;
use crate::emit::operators::{Condition, Operator, Test, walk};
use crate::eval::{self, Call};
use crate::ir;
use crate::json::Json;
use crate::solver::formula::Formula;

/// A document that decides calls.
///
/// Its rules are numbered: first the one that hides tools, then those of each key under `tools` in
/// order.
#[derive(Debug)]
pub(super) struct Enforced {
    document: Document,
    /// The rules of each tool; those of `*` stand under that name.
    tools: BTreeMap<String, Rules>,
    translator: RefCell<Translator>,
    cases: Cases,
}

#[derive(Debug)]
struct Rules {
    /// The number of the first rule.
    first: usize,
    /// Prepared when a call is decided: a proof about all calls looks at the document only.
    prepared: OnceCell<Vec<Prepared>>,
}

#[derive(Debug)]
struct Prepared {
    name: String,
    /// `None` denies every call. So it would be where an operand does not fit its operator, which
    /// reading a document refuses.
    tests: Option<Vec<(ValueSource, Test)>>,
    message: String,
    counter: Option<Counter>,
}

/// Where a condition looks.
#[derive(Debug)]
enum ValueSource {
    /// At an argument: the path without `args.`.
    Argument(String),
    /// At the count of the rule's tool with this key and window.
    Count(String, u64),
    /// At a count that nobody keeps.
    Nowhere,
}

#[derive(Debug)]
struct Counter {
    key: String,
    window: u64,
    max: i64,
    increment: i64,
    /// The path without `args.`.
    increment_from: Option<String>,
}

impl Enforced {
    /// Numbers the rules of a document.
    pub(super) fn new(document: Document) -> Self {
        let mut next = HIDDEN + 1;
        let numbered = document.tools.iter().map(|(name, rules)| {
            let first = next;
            next += rules.len();
            (name.clone(), Rules { first, prepared: OnceCell::new() })
        });
        let tools = numbered.collect();
        Self { document, tools, translator: RefCell::default(), cases: Cases::default() }
    }

    pub(super) const fn document(&self) -> &Document {
        &self.document
    }

    /// The number of the first rule under a key of `tools`.
    pub(super) fn first_of(&self, key: &str) -> Option<usize> {
        Some(self.tools.get(key)?.first)
    }

    /// Conditions that hold together as a formula.
    pub(super) fn translate<'c>(&self, conditions: impl IntoIterator<Item = &'c Condition>) -> Formula {
        self.translator.borrow_mut().all(conditions)
    }

    /// The rules under a key of `tools`, with the number of the first.
    fn prepared(&self, key: &str) -> Option<(usize, &[Prepared])> {
        let (written, rules) = self.document.tools.get(key).zip(self.tools.get(key))?;
        let prepared = rules.prepared.get_or_init(|| {
            let states: Vec<&State> = written.iter().filter_map(|rule| rule.state.as_ref()).collect();
            let owner = if key == "*" { "_global" } else { key };
            written.iter().map(|rule| prepare(owner, &states, rule)).collect()
        });
        Some((rules.first, prepared))
    }

    /// The rules for the calls of a tool, each with its number: its own, then those of all tools.
    fn rules<'a>(&'a self, tool: &str) -> impl Iterator<Item = (usize, &'a Prepared)> + use<'a> {
        let shared = if tool == "*" { None } else { self.prepared("*") };
        let lists = self.prepared(tool).into_iter().chain(shared);
        lists.flat_map(|(first, list)| list.iter().enumerate().map(move |(index, rule)| (first + index, rule)))
    }
}

impl Prepared {
    fn refuses(&self, call: &Call<'_>, counters: &Counters) -> bool {
        let Some(tests) = &self.tests else { return true };
        !tests.iter().all(|(place, test)| match place {
            ValueSource::Argument(path) => test.holds(walk(call.arguments, path)),
            ValueSource::Count(key, window) => holds_for(test, counters.spent(call.at, key, "", *window)),
            ValueSource::Nowhere => holds_for(test, 0),
        })
    }

    /// Whether it looks at a count.
    fn counts(&self) -> bool {
        let tests = self.tests.iter().flatten();
        tests.into_iter().any(|(place, _)| !matches!(place, ValueSource::Argument(_)))
    }
}

/// The counter that a rule raises, and the most it may count.
pub(super) struct Bound<'r> {
    pub(super) state: &'r State,
    pub(super) max: i64,
    /// The condition that says so.
    pub(super) condition: &'r Condition,
}

/// What a rule counts. A counter without an upper bound in its own rule is never raised.
pub(super) fn bound<'r>(owner: &str, rule: &'r Rule) -> Option<Bound<'r>> {
    let state = rule.state.as_ref()?;
    let path = format!("state.{owner}.{}", state.counter);
    let mut own = rule.conditions.as_deref()?.iter().filter(|condition| condition.path == path);
    let (bound, condition) = own.find_map(|condition| {
        let value = condition.value.as_f64()?;
        match condition.operator {
            Operator::Lte => Some((value, condition)),
            Operator::Lt => Some((value - 1.0, condition)),
            _ => None,
        }
    })?;
    Some(Bound { state, max: truncated(bound), condition })
}

/// Whether a condition on a count holds when nothing has been counted.
pub(super) fn holds_for_none(condition: &Condition) -> bool {
    Test::new(condition.operator, &condition.value).is_ok_and(|test| holds_for(&test, 0))
}

fn holds_for(test: &Test, count: i64) -> bool {
    Json::parse(&count.to_string()).is_ok_and(|json| test.holds(Some(json.root())))
}

fn prepare(owner: &str, states: &[&State], rule: &Rule) -> Prepared {
    let place = |path: &str| match path.strip_prefix("args.") {
        Some(path) => ValueSource::Argument(path.to_owned()),
        None => {
            let state = states.iter().find(|state| path == format!("state.{owner}.{}", state.counter));
            state.map_or(ValueSource::Nowhere, |state| ValueSource::Count(key(owner, state), state.window.seconds()))
        }
    };
    let conditions = rule.conditions.as_deref();
    let tests = conditions.and_then(|conditions| {
        let tests = conditions
            .iter()
            .map(|condition| Some((place(&condition.path), Test::new(condition.operator, &condition.value).ok()?)));
        tests.collect::<Option<Vec<_>>>()
    });
    let counter = bound(owner, rule).map(|Bound { state, max, .. }| Counter {
        key: key(owner, state),
        window: state.window.seconds(),
        max,
        increment: state.increment,
        increment_from: state.increment_from.as_ref().map(|path| path.strip_prefix("args.").unwrap_or(path).to_owned()),
    });
    let message = rule.on_deny.clone().unwrap_or_else(|| format!("Denied by rule \"{}\"", rule.name));
    Prepared { name: rule.name.clone(), tests, message, counter }
}

fn key(owner: &str, state: &State) -> String {
    format!("{owner}.{}", state.counter)
}

/// A double as Go converts it to an integer on amd64: toward zero, and to the lowest integer when
/// it does not fit.
fn truncated(value: f64) -> i64 {
    const FIRST_TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
    if value.abs() < FIRST_TOO_LARGE {
        #[expect(clippy::cast_possible_truncation, reason = "within the bounds, and cut on purpose")]
        return value as i64;
    }
    i64::MIN
}

impl Decider for Enforced {
    fn numbers(&self) -> NumberDomain {
        NumberDomain::Double
    }

    fn tools(&self, _: usize) -> Vec<&str> {
        // The key `*` holds rules for all tools and lists none.
        let names: BTreeSet<&str> = self.document.tools.keys().chain(&self.document.hide).map(String::as_str).collect();
        names.into_iter().filter(|name| *name != "*").collect()
    }

    fn case(&self, _: usize, tool: Option<&str>) -> Option<Arc<Case>> {
        let is_named = |name: &&str| {
            *name != "*" && (self.document.tools.contains_key(*name) || self.document.hide.contains(*name))
        };
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
        let names: Vec<String> = self.rules(call.name).map(|(_, rule)| rule.name.clone()).collect();
        explain(self, call, self.tools.contains_key(call.name), &names)
    }

    fn applies(&self, rule: usize, call: &Call<'_>) -> bool {
        // A rule that counts does so for every call that its other conditions let through.
        let mut rules = self.rules(call.name);
        rules
            .find(|(number, _)| *number == rule)
            .is_some_and(|(_, rule)| rule.counter.is_some() || !rule.refuses(call, &Counters::default()))
    }

    fn rule_name(&self, rule: usize) -> String {
        if rule == HIDDEN {
            return eval::HIDDEN.to_owned();
        }
        let owner = self.tools.iter().rfind(|(_, rules)| rules.first <= rule);
        let found = owner.and_then(|(tool, rules)| self.document.tools.get(tool)?.get(rule - rules.first));
        found.map_or_else(String::new, |rule| rule.name.clone())
    }

    fn limit(&self, rule: usize) -> Option<&ir::Limit> {
        self.cases.limit(self, rule)
    }
}

impl Counts for Enforced {
    fn count<'a>(&'a self, call: &Call<'a>, counters: &mut Counters) -> Ruling<'a> {
        let Self { document, .. } = self;
        let name = call.name;
        if document.hide.contains("*") || document.hide.contains(name) {
            return Ruling::hide(Some(HIDDEN), format!("Tool \"{name}\" is hidden by policy"));
        }
        // The key `*` holds rules for all tools and lists none, not even one of that name.
        let listed = name != "*" && document.tools.contains_key(name);
        if !document.default_allow && !listed {
            return Ruling::deny(None, eval::DEFAULT_DENY, format!("Tool \"{name}\" is not permitted by policy"));
        }
        let denial = |number: usize, rule: &'a Prepared| Ruling::deny(Some(number), &rule.name, &rule.message);
        let mut wanted = Vec::new();
        for (number, rule) in self.rules(name) {
            if rule.refuses(call, counters) {
                let ruling = denial(number, rule);
                return if rule.counter.is_some() && rule.counts() { ruling.limit() } else { ruling };
            }
            let Some(counter) = &rule.counter else { continue };
            let amount = match &counter.increment_from {
                None => Some(counter.increment),
                Some(path) => walk(call.arguments, path).and_then(as_f64).map(truncated),
            };
            let Some(amount) = amount else {
                return Ruling::deny(Some(number), &rule.name, "Internal policy error").limit();
            };
            let Counter { key, window, max, .. } = counter;
            let reservation =
                Reservation { key: key.clone(), group: String::new(), window: *window, max: *max, amount };
            wanted.push((number, rule, reservation));
        }
        let reservations: Vec<Reservation> = wanted.iter().map(|(_, _, reservation)| reservation.clone()).collect();
        match counters.reserve(call.at, &reservations) {
            Ok(()) => Ruling::ALLOW,
            Err(index) => match wanted.get(index) {
                Some((number, rule, _)) => denial(*number, rule).limit(),
                None => Ruling::deny(None, "", ""),
            },
        }
    }
}

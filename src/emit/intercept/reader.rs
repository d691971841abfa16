//! Decides calls as Intercept does.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Document, Rule, State};
use crate::emit::cases::Cases;
use crate::emit::operators::counters::{Counters, Reservation};
use crate::emit::operators::literal::as_f64;
use crate::emit::operators::{Condition, Operator, Test, walk};
use crate::emit::{Gateway, GatewayCall, Ruling};
use crate::json::Json;

/// A document that decides calls.
#[derive(Debug, Clone)]
pub(super) struct Enforced {
    document: Arc<Document>,
    /// The rules of each tool; those of `*` stand under that name.
    tools: Arc<BTreeMap<String, Vec<Prepared>>>,
    counters: Counters,
}

#[derive(Debug)]
struct Prepared {
    name: String,
    /// `None` denies every call.
    tests: Option<Vec<(Place, Test)>>,
    message: String,
    counter: Option<Counter>,
}

/// Where a condition looks.
#[derive(Debug)]
enum Place {
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
    /// Prepares a document.
    ///
    /// # Errors
    /// An operand does not fit its operator.
    pub(super) fn new(document: Document) -> Result<Self, String> {
        let mut tools = BTreeMap::new();
        for (name, rules) in &document.tools {
            let states: Vec<&State> = rules.iter().filter_map(|rule| rule.state.as_ref()).collect();
            let owner = if name == "*" { "_global" } else { name };
            let prepared: Result<Vec<_>, String> = rules.iter().map(|rule| prepare(owner, &states, rule)).collect();
            tools.insert(name.clone(), prepared?);
        }
        Ok(Self { document: Arc::new(document), tools: Arc::new(tools), counters: Counters::default() })
    }

    fn refuses(&self, rule: &Prepared, call: &GatewayCall<'_>) -> bool {
        let Some(tests) = &rule.tests else { return true };
        !tests.iter().all(|(place, test)| match place {
            Place::Argument(path) => test.holds(walk(call.arguments, path)),
            Place::Count(key, window) => holds_for(test, self.counters.spent(call.at, key, "", *window)),
            Place::Nowhere => holds_for(test, 0),
        })
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

fn prepare(owner: &str, states: &[&State], rule: &Rule) -> Result<Prepared, String> {
    let place = |path: &str| match path.strip_prefix("args.") {
        Some(path) => Place::Argument(path.to_owned()),
        None => {
            let state = states.iter().find(|state| path == format!("state.{owner}.{}", state.counter));
            state.map_or(Place::Nowhere, |state| Place::Count(key(owner, state), state.window.seconds()))
        }
    };
    let conditions = rule.conditions.as_deref();
    let tests = conditions.map(|conditions| {
        let tests = conditions
            .iter()
            .map(|condition| Ok((place(&condition.path), Test::new(condition.operator, &condition.value)?)));
        tests.collect::<Result<Vec<_>, String>>()
    });
    let counter = bound(owner, rule).map(|Bound { state, max, .. }| Counter {
        key: key(owner, state),
        window: state.window.seconds(),
        max,
        increment: state.increment,
        increment_from: state.increment_from.as_ref().map(|path| path.strip_prefix("args.").unwrap_or(path).to_owned()),
    });
    let message = rule.on_deny.clone().unwrap_or_else(|| format!("Denied by rule \"{}\"", rule.name));
    Ok(Prepared { name: rule.name.clone(), tests: tests.transpose()?, message, counter })
}

fn key(owner: &str, state: &State) -> String {
    format!("{owner}.{}", state.counter)
}

/// A double as Go converts it to an integer on amd64: toward zero, and to the lowest integer when it does not fit.
fn truncated(value: f64) -> i64 {
    const FIRST_TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;
    if value.abs() < FIRST_TOO_LARGE {
        #[expect(clippy::cast_possible_truncation, reason = "within the bounds, and cut on purpose")]
        return value as i64;
    }
    i64::MIN
}

impl Gateway for Enforced {
    fn decide(&mut self, call: &GatewayCall<'_>) -> Ruling {
        let name = call.name;
        if self.document.hide.contains("*") || self.document.hide.contains(name) {
            return Ruling::deny("(hidden)", format!("Tool \"{name}\" is hidden by policy"));
        }
        // The key `*` holds rules for all tools and lists none, not even one of that name.
        let listed = name != "*" && self.document.tools.contains_key(name);
        if !self.document.default_allow && !listed {
            return Ruling::deny("(default deny)", format!("Tool \"{name}\" is not permitted by policy"));
        }
        let tools = Arc::clone(&self.tools);
        let own = tools.get(name).map(Vec::as_slice).unwrap_or_default();
        let shared = tools.get("*").filter(|_| name != "*").map(Vec::as_slice).unwrap_or_default();
        let mut wanted = Vec::new();
        for rule in own.iter().chain(shared) {
            if self.refuses(rule, call) {
                return Ruling::deny(&rule.name, &rule.message);
            }
            let Some(counter) = &rule.counter else { continue };
            let amount = match &counter.increment_from {
                None => Some(counter.increment),
                Some(path) => walk(call.arguments, path).and_then(as_f64).map(truncated),
            };
            let Some(amount) = amount else { return Ruling::deny(&rule.name, "Internal policy error") };
            wanted.push((
                rule,
                Reservation {
                    key: counter.key.clone(),
                    group: String::new(),
                    window: counter.window,
                    max: counter.max,
                    amount,
                },
            ));
        }
        let reservations: Vec<Reservation> = wanted.iter().map(|(_, reservation)| reservation.clone()).collect();
        match self.counters.reserve(call.at, &reservations) {
            Ok(()) => Ruling::ALLOW,
            Err(index) => wanted
                .get(index)
                .map_or_else(|| Ruling::deny("", ""), |(rule, _)| Ruling::deny(&rule.name, &rule.message)),
        }
    }

    fn tools(&self) -> Vec<String> {
        let mut names: Vec<String> = self.document.tools.keys().chain(&self.document.hide).cloned().collect();
        names.sort();
        names.dedup();
        names.retain(|name| name != "*");
        names
    }

    fn cases(&self) -> Cases {
        self.document.cases()
    }

    fn fresh(&self) -> Box<dyn Gateway> {
        Box::new(Self { counters: Counters::default(), ..self.clone() })
    }
}

//! Decides calls as the hosted gateway does: section 4 of what is known of it, with the operators of Intercept.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Document, Limit, Predicate};
use crate::emit::cases::Cases;
use crate::emit::operators::counters::{Counters, Reservation};
use crate::emit::operators::{Test, walk};
use crate::emit::{Gateway, GatewayCall, Ruling};

/// A document that decides calls.
#[derive(Debug, Clone)]
pub(super) struct Enforced {
    document: Arc<Document>,
    tools: Arc<BTreeMap<String, Rules>>,
    counters: Counters,
}

#[derive(Debug)]
struct Rules {
    require: Vec<Prepared>,
    deny_if: Vec<Prepared>,
}

#[derive(Debug)]
struct Prepared {
    /// The path without `args.`, and the test.
    tests: Vec<(String, Test)>,
    /// The last part of the rule's name in the log.
    name: String,
    on_deny: String,
}

impl Prepared {
    fn new(index: usize, predicate: &Predicate) -> Result<Self, String> {
        let tests = predicate.conditions.iter().map(|condition| {
            let path = condition.path.strip_prefix("args.").unwrap_or(&condition.path);
            Ok((path.to_owned(), Test::new(condition.operator, &condition.value)?))
        });
        Ok(Self {
            tests: tests.collect::<Result<_, String>>()?,
            name: predicate.log_name(index),
            on_deny: predicate.on_deny.clone(),
        })
    }

    fn holds(&self, call: &GatewayCall<'_>) -> bool {
        self.tests.iter().all(|(path, test)| test.holds(walk(call.arguments, path)))
    }
}

impl Enforced {
    /// Prepares a document.
    ///
    /// # Errors
    /// An operand does not fit its operator.
    pub(super) fn new(document: Document) -> Result<Self, String> {
        let prepare = |predicates: &[Predicate]| -> Result<Vec<Prepared>, String> {
            predicates.iter().enumerate().map(|(index, predicate)| Prepared::new(index, predicate)).collect()
        };
        let mut tools = BTreeMap::new();
        for (name, tool) in &document.tools {
            let rules = Rules { require: prepare(&tool.require)?, deny_if: prepare(&tool.deny_if)? };
            tools.insert(name.clone(), rules);
        }
        Ok(Self { document: Arc::new(document), tools: Arc::new(tools), counters: Counters::default() })
    }

    fn reserve(&mut self, call: &GatewayCall<'_>) -> Ruling {
        let own = self.document.tools.get(call.name).map(|tool| tool.limits.as_slice()).unwrap_or_default();
        let of_tool = own.iter().map(|limit| (format!("/tools/{}/limits/{}", call.name, limit.counter), limit));
        let of_all =
            self.document.all_limits.iter().map(|limit| (format!("/all_tools/limits/{}", limit.counter), limit));
        let limits: Vec<(String, &Limit)> = of_tool.chain(of_all).collect();
        let wanted: Vec<Reservation> = limits
            .iter()
            .map(|(rule, limit)| Reservation {
                key: rule.clone(),
                group: call.grant.to_owned(),
                window: limit.window.seconds(),
                max: i64::try_from(limit.max).unwrap_or(i64::MAX),
                amount: 1,
            })
            .collect();
        match self.counters.reserve(call.at, &wanted) {
            Ok(()) => Ruling::ALLOW,
            Err(index) => {
                let rule = limits.get(index).map(|(rule, _)| rule.clone()).unwrap_or_default();
                Ruling::deny(rule.clone(), format!("Rate limit exceeded for {rule}"))
            }
        }
    }
}

impl Gateway for Enforced {
    fn decide(&mut self, call: &GatewayCall<'_>) -> Ruling {
        let name = call.name;
        if self.document.hide.contains("*") || self.document.hide.contains(name) {
            return Ruling::deny("(hidden)", format!("Tool \"{name}\" is hidden by policy"));
        }
        match self.tools.get(name) {
            None if !self.document.default_allow => {
                return Ruling::deny("(default deny)", format!("Tool \"{name}\" is not permitted by policy"));
            }
            None => {}
            Some(rules) => {
                if let Some(failed) = rules.require.iter().find(|predicate| !predicate.holds(call)) {
                    return Ruling::deny(format!("/tools/{name}/require/{}", failed.name), &failed.on_deny);
                }
                if let Some(hit) = rules.deny_if.iter().find(|predicate| predicate.holds(call)) {
                    return Ruling::deny(format!("/tools/{name}/deny_if/{}", hit.name), &hit.on_deny);
                }
            }
        }
        self.reserve(call)
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

//! Decides calls on a thread of its own, counts them, and writes them down.

use policyc_core::diagnostics::quote;
use policyc_core::eval::{Call, Verdict};
use policyc_core::json::{Json, compact};
use policyc_core::report;

use super::ask::{Ask, Ruling, Until, Wanted, What};
use super::version::{Governing, Names, Setting};
use crate::counters::Counting;
use crate::gate::{Gate, Outcome};
use crate::hook::{Decided, MALFORMED};
use crate::proxy::{NO_LOG, answer::cut};

/// The rule, in outcomes, of calls whose arguments are not known and matter.
pub const NO_ARGUMENTS: &str = "(no arguments)";

/// The longest answer about what would pass instead, in bytes; it has all arguments.
const LONGEST_REMEDY: usize = 16_384;

/// What one thread decides with.
pub(super) struct Judge<'p> {
    gate: Gate<'p>,
    policies: &'p [Governing],
    setting: &'p Setting,
    names: Names,
    nothing: Json,
}

impl<'p> Judge<'p> {
    pub(super) fn new(policies: &'p [Governing], setting: &'p Setting) -> Result<Self, String> {
        let nothing = Json::parse("{}").map_err(|error| error.message)?;
        Ok(Self { gate: (setting.gate)(policies)?, policies, setting, names: Names::of(policies), nothing })
    }

    /// Decides calls in order. What could not be read is denied with its reason.
    pub(super) fn answer(
        &mut self,
        asks: &[Result<Ask, String>],
        until: Until,
        wanted: Wanted,
        ids: Vec<String>,
        caller: Option<&str>,
    ) -> Vec<Ruling> {
        let at = (self.setting.clock)();
        let mut rulings = Vec::new();
        for (ask, id) in asks.iter().zip(ids) {
            let ruling = match ask {
                Ok(ask) => self.rule(ask, wanted, id, caller, at),
                Err(reason) => Ruling {
                    id,
                    outcome: Outcome::failed(MALFORMED, reason.clone()),
                    policy: String::new(),
                    server: "other".to_owned(),
                    tool: "other".to_owned(),
                    trace: None,
                    remedy: None,
                    observed: false,
                    at,
                },
            };
            let ends = until.ends(ruling.passes());
            rulings.push(ruling);
            if ends {
                break;
            }
        }
        rulings
    }

    fn rule(&mut self, ask: &Ask, wanted: Wanted, id: String, caller: Option<&str>, at: i64) -> Ruling {
        let setting = self.setting;
        let servers = self.servers(ask);
        let calls: Vec<(usize, Call<'_>)> =
            servers.iter().map(|(policy, server)| (*policy, ask.call(*server, self.nothing.root(), at))).collect();
        let mut outcome = match self.refuses(ask, &calls) {
            Some(outcome) => outcome,
            None if ask.what == What::List => Outcome {
                verdict: Verdict::Allow,
                rule: String::new(),
                reason: String::new(),
                policy: None,
                store_failure: None,
                full_until: None,
            },
            None => {
                let counting = if ask.what == What::Dry { Counting::Never } else { Counting::Once };
                self.gate.decide_in_each_reading(&calls, counting)
            }
        };
        let first = || ask.call(ask.server.as_deref(), self.nothing.root(), at);
        let decided = calls.first().map_or_else(first, |(_, call)| *call);
        let session = caller.map_or_else(|| id.clone(), |caller| format!("{caller} {id}"));
        if let (Some(log), What::Call) = (&setting.log, ask.what)
            && let Err(why) = log.append(&Decided { call: decided, session: &session, outcome: &outcome })
        {
            outcome = Outcome::failed(NO_LOG, format!("The decision cannot be logged: {why}."));
        }
        let trace = wanted.trace.then(|| self.trace(&calls));
        let remedy = if wanted.remedy { self.gate.remedy(&outcome, &calls) } else { None };
        let remedy = remedy.map(|remedy| compact(&report::remedy::json(&remedy)));
        let index = outcome.policy.or(calls.first().map(|(index, _)| *index));
        let policy = index.and_then(|index| self.policies.get(index));
        let server = decided.server.or(ask.server.as_deref()).unwrap_or_default();
        let or_other = |is_known: bool, name: &str| if is_known { name.to_owned() } else { "other".to_owned() };
        Ruling {
            id,
            policy: policy.map(|policy| policy.policy.name.clone()).unwrap_or_default(),
            server: or_other(server.is_empty() || self.names.has_server(server), server),
            tool: or_other(self.names.has_tool(&ask.tool), &ask.tool),
            trace,
            remedy: remedy.filter(|json| json.len() <= LONGEST_REMEDY),
            observed: setting.observe,
            at,
            outcome,
        }
    }

    /// The policies that govern a call, each with its name for the server.
    fn servers<'a>(&self, ask: &'a Ask) -> Vec<(usize, Option<&'a str>)>
    where
        'p: 'a,
    {
        let policies = self.policies;
        let governs = |one: &'p Governing| -> Option<Option<&'a str>> {
            let servers = &one.policy.servers;
            // A policy without servers speaks of all of them.
            let unnamed = servers.iter().all(|server| server.name.is_empty());
            match ask.server.as_deref() {
                _ if unnamed => Some(None),
                Some(wanted) => servers.iter().any(|server| server.name == wanted).then_some(Some(wanted)),
                None if servers.len() == 1 => Some(servers.first().map(|server| server.name.as_str())),
                None => Some(None),
            }
        };
        policies.iter().enumerate().filter_map(|(index, one)| Some((index, governs(one)?))).collect()
    }

    /// What is denied without asking the policies, or only because it would be hidden.
    fn refuses(&self, ask: &Ask, calls: &[(usize, Call<'_>)]) -> Option<Outcome> {
        let malformed = |reason: String| Some(Outcome::failed(MALFORMED, reason));
        if calls.is_empty() {
            let server = quote(ask.server.as_deref().unwrap_or_default());
            return malformed(format!("No policy has the server {server}."));
        }
        if ask.tool.chars().any(char::is_control) {
            return malformed(format!("The name {} has a control character.", quote(&ask.tool)));
        }
        if let Some(names) = self.names.like(&ask.tool).filter(|names| !names.contains(&ask.tool)) {
            let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
            return malformed(format!("There is no tool {}; the policy knows {}.", quote(&ask.tool), names.join(", ")));
        }
        if ask.what == What::List {
            let hidden = calls.iter().find(|(policy, call)| self.gate.hides(*policy, call));
            return hidden.map(|(policy, _)| Outcome {
                policy: Some(*policy),
                ..Outcome::failed(policyc_core::eval::HIDDEN, "The tool is hidden.".to_owned())
            });
        }
        if ask.arguments.is_none() && calls.iter().any(|(policy, call)| self.gate.asks_arguments(*policy, call)) {
            let reason = format!(
                "The rules for {} ask about arguments, which the request does not have; `{{}}` stands for none.",
                quote(&ask.tool)
            );
            return Some(Outcome::failed(NO_ARGUMENTS, cut(&reason)));
        }
        None
    }

    /// How each policy decided, as JSON: without what is left of limits, which these evaluators do not know.
    fn trace(&self, calls: &[(usize, Call<'_>)]) -> String {
        let parts: Vec<String> = calls
            .iter()
            .filter_map(|(index, call)| {
                let one = self.policies.get(*index)?;
                let trace = self.gate.trace(*index, call)?;
                let mut json = report::trace::json(&trace, &one.policy, &one.sources);
                let tools = json.get_mut("tools").and_then(|tools| tools.as_array_mut()).into_iter().flatten();
                for tool in tools {
                    for rule in tool.get_mut("rules").and_then(|rules| rules.as_array_mut()).into_iter().flatten() {
                        if let Some(limit) = rule.get_mut("limit").and_then(|limit| limit.as_object_mut()) {
                            limit.remove("used");
                            limit.remove("left");
                        }
                    }
                }
                if let Some(object) = json.as_object_mut() {
                    object.insert("policy".to_owned(), one.policy.name.clone().into());
                }
                Some(json.to_string())
            })
            .collect();
        format!("[{}]", parts.join(","))
    }
}

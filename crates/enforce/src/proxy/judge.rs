//! Decides the calls of one server, and writes down what was decided.

use std::sync::{Arc, Mutex};

use policyc_core::eval::Call;
use policyc_core::json::{Json, Value};
use policyc_core::remedy::Remedy;

use super::{NO_LOG, Write, locked};
use crate::counters::Counting;
use crate::gate::{Gate, Outcome};
use crate::hook::Decided;

/// The policies that govern the server, and on whose behalf calls are made.
#[derive(Clone)]
pub(super) struct Whose {
    /// Each policy as an index of the gate, with its name for the server.
    pub(super) governing: Vec<(usize, Option<String>)>,
    pub(super) grant: Option<String>,
    pub(super) claims: Option<Json>,
}

/// A call of a tool of the server.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) tool: &'a str,
    pub(super) arguments: Value<'a>,
    /// Whether a person has approved it.
    pub(super) approved: bool,
    /// In seconds since 1970-01-01T00:00:00Z.
    pub(super) now: i64,
}

/// Several judges may ask the same gate and write the same log.
pub(super) struct Judge<'p> {
    pub(super) gate: Arc<Mutex<Gate<'p>>>,
    pub(super) whose: Whose,
    pub(super) log: Option<Arc<Mutex<Write>>>,
    /// Names this run of the proxy.
    pub(super) session: String,
}

impl Whose {
    /// The name of the server, if it has one.
    pub(super) fn server(&self) -> Option<&str> {
        self.governing.first().and_then(|(_, server)| server.as_deref())
    }

    /// The call as each policy is asked.
    fn calls<'a>(&'a self, asked: Asked<'a>) -> Vec<(usize, Call<'a>)> {
        let call = |(policy, server): &'a (usize, Option<String>)| {
            let call = Call {
                server: server.as_deref(),
                name: asked.tool,
                arguments: asked.arguments,
                caller: self.claims.as_ref().map(Json::root),
                grant: self.grant.as_deref(),
                at: asked.now,
                approved: asked.approved,
            };
            (*policy, call)
        };
        self.governing.iter().map(call).collect()
    }
}

impl Judge<'_> {
    /// Whether a tool is hidden.
    pub(super) fn hides(&self, tool: &str, arguments: Value<'_>) -> bool {
        let calls = self.whose.calls(Asked { tool, arguments, approved: false, now: 0 });
        let gate = locked(&self.gate);
        calls.iter().any(|(policy, call)| gate.hides(*policy, call))
    }

    /// Decides a call, and counts it if it passes. `before` is what was decided without the policies.
    pub(super) fn decide(&self, asked: Asked<'_>, before: Option<Outcome>) -> Outcome {
        let outcome = before.unwrap_or_else(|| self.ask(asked));
        match self.write(asked, &outcome) {
            Ok(()) => outcome,
            Err(why) => Outcome::failed(NO_LOG, format!("The decision cannot be logged: {why}.")),
        }
    }

    /// Writes a decision down. An error is a clause.
    pub(super) fn write(&self, asked: Asked<'_>, outcome: &Outcome) -> Result<(), String> {
        let calls = self.whose.calls(asked);
        match (&self.log, calls.first()) {
            (Some(log), Some((_, call))) => locked(log)(&Decided { call: *call, session: &self.session, outcome }),
            _ => Ok(()),
        }
    }

    /// What would pass instead of a call.
    pub(super) fn remedy(&self, asked: Asked<'_>, outcome: &Outcome) -> Option<Remedy> {
        locked(&self.gate).remedy(outcome, &self.whose.calls(asked))
    }

    fn ask(&self, asked: Asked<'_>) -> Outcome {
        locked(&self.gate).decide_in_each_reading(&self.whose.calls(asked), Counting::Once)
    }
}

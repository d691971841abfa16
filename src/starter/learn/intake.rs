//! Sorts the calls of a log: those that are learnt from, and those that are not, with the reason.

use std::collections::{BTreeSet, HashMap};

use super::peaks::WINDOWS;
use crate::diagnostics::quote;
use crate::eval::Call;
use crate::ir::{Policy, ServerId, ToolId};
use crate::replay::{Intake, Line, MOST_DESCRIBED};
use crate::source::offset;

/// What was read from a log.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// Calls, messages and malformed lines.
    pub intake: Intake,
    /// How many calls are learnt from.
    pub learnt: u64,
    /// How many are not, malformed lines left out.
    pub refused: u64,
    /// The first of these: the number of the line, and why it is not learnt from.
    pub described: Vec<(u64, String)>,
    /// For each window of limits the newest that had calls, and how many had some.
    pub(super) windows: [(i64, u64); 3],
    /// The times of the first and last call, in seconds since 1970-01-01T00:00:00Z.
    pub(super) span: Option<(i64, i64)>,
    /// Tools from whose calls nothing is learnt, because of their descriptions.
    suspicious: BTreeSet<ToolId>,
    /// The names of the arguments that the schemas of a tool declare.
    declared: HashMap<ToolId, BTreeSet<String>>,
}

impl Log {
    /// A log of which nothing was read yet.
    pub(super) fn new(suspicious: BTreeSet<ToolId>) -> Self {
        Self { suspicious, ..Self::default() }
    }

    /// The same log, from its beginning.
    pub(super) fn again(&self) -> Self {
        Self::new(self.suspicious.clone())
    }

    /// The calls of a line from which a policy is learnt, each with its tool and its number from 1.
    pub(super) fn line(&mut self, policy: &Policy, line: &Line<'_>, take: &mut dyn FnMut(&Call<'_>, ToolId, u64)) {
        let mut without = false;
        let calls = self.intake.take(line, |_| without = true);
        if without {
            self.refuse(line, "Its arguments were not written down: log them with `--log-arguments`.".to_owned());
        }
        for (owned, _) in calls {
            let call = self.intake.timed(&owned);
            match self.sort(policy, &call) {
                Ok(tool) => {
                    self.learnt += 1;
                    take(&call, tool, self.learnt);
                }
                Err(reason) => self.refuse(line, reason),
            }
        }
    }

    fn refuse(&mut self, line: &Line<'_>, reason: String) {
        self.refused += 1;
        if self.described.len() < MOST_DESCRIBED {
            self.described.push((line.number, reason));
        }
    }

    fn sort(&mut self, policy: &Policy, call: &Call<'_>) -> Result<ToolId, String> {
        let id = find(policy, call)?;
        if self.suspicious.contains(&id) {
            let tool = quote(call.name);
            return Err(format!("The description of {tool} seems to give orders to the model, so read it first."));
        }
        self.fits(policy, id, call)?;
        let minute = call.at.div_euclid(60);
        if self.span.is_some_and(|(_, newest)| minute < newest.div_euclid(60)) {
            return Err("It was made before a call above it, and limits count calls in the order of the log: \
                        sort the log by time."
                .to_owned());
        }
        let (first, newest) = self.span.unwrap_or((call.at, call.at));
        for ((length, _), (last, count)) in WINDOWS.into_iter().zip(&mut self.windows) {
            let window = call.at.div_euclid(length);
            if *count == 0 || window != *last {
                (*last, *count) = (window, *count + 1);
            }
        }
        self.span = Some((first, newest.max(call.at)));
        Ok(id)
    }

    /// Refuses arguments that the schema rules out, or does not declare: a policy cannot bound what it cannot name.
    fn fits(&mut self, policy: &Policy, id: ToolId, call: &Call<'_>) -> Result<(), String> {
        let tool = policy.tool(id);
        let catalogue = tool.and_then(|tool| policy.server(tool.server)?.catalogue.as_ref());
        let Some((tool, catalogue)) = tool.zip(catalogue) else {
            return Err("Its server has no catalogue.".to_owned());
        };
        let schemas = || tool.entries.iter().map(|entry| catalogue.schema(*entry));
        let declared = self
            .declared
            .entry(id)
            .or_insert_with(|| schemas().flat_map(|schema| schema.names()).map(str::to_owned).collect());
        let undeclared =
            call.arguments.entries().find_map(|(key, _)| key.as_str().filter(|key| !declared.contains(*key)));
        if let Some(key) = undeclared {
            let (tool, key) = (quote(call.name), quote(key));
            return Err(format!("The inputSchema of {tool} does not declare the argument {key}."));
        }
        if schemas().all(|schema| schema.admits(call.arguments) == Some(false)) {
            return Err(format!("Its arguments do not fit the inputSchema of {}.", quote(call.name)));
        }
        Ok(())
    }
}

/// The tool that is called.
fn find(policy: &Policy, call: &Call<'_>) -> Result<ToolId, String> {
    let unknown = || format!("No catalogue lists the tool {}.", quote(call.name));
    match call.server {
        Some(name) => {
            let server = policy.find_server(name).ok_or_else(|| format!("No server is called {}.", quote(name)))?;
            policy.find_tool(server, call.name).ok_or_else(unknown)
        }
        None => {
            let servers = (0..policy.servers.len()).map(|index| ServerId(offset(index)));
            let mut found = servers.filter_map(|server| policy.find_tool(server, call.name));
            match (found.next(), found.next()) {
                (Some(id), None) => Ok(id),
                (None, _) => Err(unknown()),
                (Some(_), Some(_)) => {
                    Err(format!("Several servers have the tool {}, and the call does not say which.", quote(call.name)))
                }
            }
        }
    }
}

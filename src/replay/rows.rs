//! The rows of a replay report: counts for each tool.

use std::collections::BTreeMap;

use crate::decider::Ruling;
use crate::eval::Verdict;

/// How many tools have a row of their own, and how long a name may be for that. A log may name any number of tools
/// that do not exist; those that come later are summed up together.
const MOST_TOOLS: usize = 10_000;
const LONGEST_NAME: usize = 256;

/// How many rules a row tells apart: a limit of all tools has a counter for each name.
const MOST_RULES: usize = 1_000;

/// The longest call that is kept as an example, in bytes.
const LONGEST_CALL: usize = 16 << 10;

/// A tool as a log names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tool {
    /// The server, where a policy has several and the call names one.
    pub server: Option<String>,
    /// The name.
    pub name: String,
}

/// A row for each tool, sorted by server and name, and one for those that have none of their own.
#[derive(Debug, Clone, Default)]
pub struct Rows<V> {
    tools: BTreeMap<Tool, V>,
    others: Option<V>,
}

impl<V: Default> Rows<V> {
    /// The row of the tool that is called.
    pub(super) fn row(&mut self, server: Option<&str>, name: &str, with_server: bool) -> &mut V {
        let server = server.filter(|_| with_server);
        let length = name.len() + server.map_or(0, str::len);
        let tool = Tool { server: server.map(str::to_owned), name: name.to_owned() };
        if length > LONGEST_NAME || self.tools.len() >= MOST_TOOLS && !self.tools.contains_key(&tool) {
            return self.others.get_or_insert_default();
        }
        self.tools.entry(tool).or_default()
    }

    /// The rows in order; `None` for the tools without a row of their own, which come last.
    pub fn iter(&self) -> impl Iterator<Item = (Option<&Tool>, &V)> {
        let others = self.others.iter().map(|row| (None, row));
        self.tools.iter().map(|(tool, row)| (Some(tool), row)).chain(others)
    }
}

/// What came of the calls of a tool.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    allowed: u64,
    refused: BTreeMap<(Verdict, String), Cause>,
}

/// Refusals by one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// How many.
    pub count: u64,
    /// The reason of the first.
    pub reason: String,
    /// The line of the first.
    pub first_line: u64,
}

impl Tally {
    pub(super) fn add(&mut self, ruling: &Ruling<'_>, line: u64) {
        if ruling.verdict == Verdict::Allow {
            self.allowed += 1;
            return;
        }
        let mut key = (ruling.verdict, ruling.rule().into_owned());
        if self.refused.len() >= MOST_RULES && !self.refused.contains_key(&key) {
            key.1 = "(other rules)".to_owned();
        }
        let first = || Cause { count: 0, reason: ruling.reason().into_owned(), first_line: line };
        self.refused.entry(key).or_insert_with(first).count += 1;
    }

    /// How many calls got a verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> u64 {
        match verdict {
            Verdict::Allow => self.allowed,
            refused => {
                self.causes().filter(|(verdict, _, _)| *verdict == refused).map(|(_, _, cause)| cause.count).sum()
            }
        }
    }

    /// What refused calls: verdict, rule, and how often; those held for approval first, then by rule.
    pub fn causes(&self) -> impl Iterator<Item = (Verdict, &str, &Cause)> {
        self.refused.iter().map(|((verdict, rule), cause)| (*verdict, rule.as_str(), cause))
    }
}

/// Calls of a tool that got another verdict, by the two verdicts.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    changes: BTreeMap<(Verdict, Verdict), Change>,
}

/// Calls with one verdict by the first policy and another by the second, and the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// How many.
    pub count: u64,
    /// The line of the first.
    pub first_line: u64,
    /// The first as `policyc eval` reads it; `None` for a very long one.
    pub call: Option<String>,
    /// What the first policy decided about it.
    pub from: ExplainedRuling,
    /// What the second policy decided about it.
    pub to: ExplainedRuling,
}

/// What a policy decided about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedRuling {
    /// What comes of it.
    pub verdict: Verdict,
    /// What decided; empty when allowed.
    pub rule: String,
    /// Why; empty when allowed.
    pub reason: String,
}

impl ExplainedRuling {
    fn new(ruling: &Ruling<'_>) -> Self {
        let (rule, reason) = (ruling.rule().into_owned(), ruling.reason().into_owned());
        Self { verdict: ruling.verdict, rule, reason }
    }
}

impl Changes {
    pub(super) fn add(&mut self, from: &Ruling<'_>, to: &Ruling<'_>, line: u64, call: &str) {
        let key = (from.verdict, to.verdict);
        let first = || {
            let call = (call.len() <= LONGEST_CALL).then(|| call.trim_start_matches('\u{feff}').trim().to_owned());
            Change { count: 0, first_line: line, call, from: ExplainedRuling::new(from), to: ExplainedRuling::new(to) }
        };
        self.changes.entry(key).or_insert_with(first).count += 1;
    }

    /// The changes, sorted by the verdict of the first policy, then of the second.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.changes.values()
    }
}

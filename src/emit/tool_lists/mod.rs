//! Settings of programs that list the tools an agent may call: allowed, asked about or denied, by
//! name and nothing else.
//!
//! Such programs look at no argument and count nothing, so conditions and limits are refused.
//! `fates` says what becomes of each tool; there is a file for the format of each program, with its
//! reader. What they have in common beside: the name that a server has in the settings of the
//! program, which need not be that of the policy.

mod arguments;
pub(super) mod claude_code;
pub(super) mod codex;
pub(in crate::emit) mod fates;
pub(super) mod litellm;
pub(in crate::emit) mod names;
pub(super) mod opencode;
mod top_level;

use super::decision_list::{Entry, ListDecider, Lists, Outcome};
use super::options::TargetOption;
use crate::analysis::condition::NumberDomain;
use crate::eval;
use crate::json::json_quote;

pub(super) use top_level::has_key;

/// What `policyc.toml` says of each of these targets.
pub(in crate::emit) const OPTIONS: &[TargetOption] = &[TargetOption::SERVER, TargetOption::ALIAS];

/// How many characters a name may have, and how many it has by the names of server and tool.
pub(in crate::emit) type Longest = (usize, fn(&str, &str) -> usize);

/// A program whose settings list tools.
pub(in crate::emit) struct Program {
    /// What its settings are called in messages.
    pub(in crate::emit) document: &'static str,
    /// Whether it can ask a person about the calls of one tool and deny those of tools that the
    /// policy does not name.
    pub(in crate::emit) asks: bool,
    /// Whether it leaves tools that the settings do not name out of what the model sees.
    pub(in crate::emit) hides_unnamed: bool,
    /// Whether it has lists of the arguments that a tool takes.
    pub(in crate::emit) lists_arguments: bool,
    /// Whether it counts calls.
    pub(in crate::emit) counts: bool,
    /// What it allows in the name of a server.
    pub(in crate::emit) server: names::Allowed,
    /// What it allows in the name of a tool.
    pub(in crate::emit) tool: names::Allowed,
    /// How many characters a tool may have before the model, and how many it has by its server and
    /// itself.
    pub(in crate::emit) longest: Option<Longest>,
}

/// What becomes of all calls of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::emit) enum Fate {
    /// They pass.
    Allow,
    /// A person is asked.
    Ask,
    /// They are denied.
    Deny,
    /// They are denied, and the tool is not listed.
    Hide,
}

impl Fate {
    /// The rule of a list that says so. `rule` is what decides in the settings.
    fn entry(self, rule: &str) -> Entry {
        let (outcome, reason) = match self {
            Self::Allow => return Entry::ALLOW,
            Self::Ask => (Outcome::Ask { by: None }, "A person is asked."),
            Self::Deny => (Outcome::Deny, "The settings do not allow this tool."),
            Self::Hide => (Outcome::Hide, "The settings hide this tool."),
        };
        Entry { when: None, outcome, rule: rule.to_owned(), reason: reason.to_owned() }
    }
}

/// Settings that have been read: what becomes of the tools that they name, and of all others.
#[derive(Debug, Default)]
struct Read {
    tools: std::collections::BTreeMap<String, (Fate, &'static str)>,
    others: Option<(Fate, &'static str)>,
}

impl Read {
    fn decider(self) -> ListDecider {
        let list = |(fate, rule): (Fate, &str)| vec![fate.entry(rule)];
        let tools = self.tools.into_iter().map(|(name, fate)| (name, list(fate))).collect();
        let others = list(self.others.unwrap_or((Fate::Deny, eval::DEFAULT_DENY)));
        let default_reason = "The settings do not name this tool.".to_owned();
        // No condition looks at a number.
        ListDecider::new(Lists { tools, others, default_reason }, NumberDomain::Exact)
    }
}

/// A list of strings in JSON, one a line, in a text that is indented by so much.
fn json_list(indent: usize, names: &[String]) -> String {
    if names.is_empty() {
        return "[]".to_owned();
    }
    let space = " ".repeat(indent);
    let items: Vec<String> = names.iter().map(|name| format!("{space}  {}", json_quote(name))).collect();
    format!("[\n{}\n{space}]", items.join(",\n"))
}

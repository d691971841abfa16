//! Whether some call can pass, be held or be denied.

use serde_json::{Value, json};

use super::About;
use super::words::{list, tool};
use crate::analysis::ask::Answer;
use crate::decider::{Decider, GroupAnswer, SelectedTool};
use crate::diagnostics::quote;
use crate::eval::Verdict;

/// The answer for all tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    /// There is such a call.
    Yes,
    /// There is none.
    No,
    /// It was too much work to find out.
    Undecided,
    /// The question is about no tool at all, so that nothing was asked.
    NoTool,
}

impl Summary {
    /// What the answers for some tools come to.
    #[must_use]
    pub fn of(found: &[GroupAnswer<'_>]) -> Self {
        if found.is_empty() {
            Self::NoTool
        } else if found.iter().any(|found| matches!(found.answer, Answer::Yes(_))) {
            Self::Yes
        } else if found.iter().any(|found| found.answer == Answer::Undecided) {
            Self::Undecided
        } else {
            Self::No
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Undecided => "undecided",
            Self::NoTool => "no tool",
        }
    }
}

/// The names of tools, those that are not known last.
fn names(decider: &dyn Decider, found: &GroupAnswer<'_>) -> Vec<String> {
    let several = decider.servers().len() > 1;
    let name = |SelectedTool { asked, is_known }: &SelectedTool<'_>| {
        tool(asked.server.filter(|_| several), is_known.then_some(&*asked.name), quote)
    };
    found.tools.iter().map(name).collect()
}

/// Why the call of an answer comes out as it does.
fn because(decider: &dyn Decider, found: &GroupAnswer<'_>) -> Option<String> {
    let Answer::Yes(witness) = &found.answer else { return None };
    let conclusion = witness.with(|call| decider.explain(call).conclusion)?;
    Some(conclusion).filter(|conclusion| !conclusion.is_empty())
}

/// The answer in words. `wanted` was asked about, of all calls or of those that satisfy the inputSchema.
#[must_use]
pub fn text(decider: &dyn Decider, found: &[GroupAnswer<'_>], wanted: Verdict, valid: bool) -> String {
    let said = Summary::of(found);
    let becomes = match wanted {
        Verdict::Allow => "allowed",
        Verdict::Approval => "held for approval",
        Verdict::Deny => "denied",
    };
    let such = if valid { "call that satisfies the inputSchema" } else { "call" };
    let tools: usize = found.iter().map(|found| found.tools.len()).sum();
    let mut text = match said {
        Summary::Yes => format!("yes: such a {such} is {}\n", becomes),
        Summary::No if tools == 1 => format!("no: no such {such} is {}\n", becomes),
        Summary::No => format!("no: no such {such} of any of the {tools} tools is {}\n", becomes),
        Summary::NoTool => "no tool: the question selects none, so there is nothing to answer\n".to_owned(),
        Summary::Undecided => "undecided: to find out is too much work, which proves nothing\n".to_owned(),
    };
    for found in found {
        match &found.answer {
            Answer::Yes(witness) => {
                text.push_str(&format!("\n{}\n  {}\n", list(names(decider, found)), witness.json()));
                if let Some(because) = because(decider, found) {
                    text.push_str(&format!("  {because}\n"));
                }
                if witness.valid == Some(false) {
                    text.push_str("  No call that satisfies the inputSchema does.\n");
                }
            }
            Answer::Undecided if said != Summary::Undecided => {
                text.push_str(&format!("\n{}\n  undecided: too much work\n", list(names(decider, found))));
            }
            Answer::Undecided | Answer::No => {}
        }
    }
    let without: Vec<String> =
        found.iter().filter(|found| found.answer == Answer::No).flat_map(|found| names(decider, found)).collect();
    if said == Summary::Yes && !without.is_empty() {
        text.push_str(&format!("\nno such call: {}\n", list(without)));
    }
    text
}

/// The answer as JSON.
#[must_use]
pub fn json(about: About<'_>, decider: &dyn Decider, found: &[GroupAnswer<'_>]) -> Value {
    let groups: Vec<Value> = found
        .iter()
        .map(|found| {
            let tools: Vec<Value> = found
                .tools
                .iter()
                .map(|SelectedTool { asked, is_known }| {
                    json!({ "server": asked.server, "name": is_known.then_some(&asked.name) })
                })
                .collect();
            let (answer, call, valid) = match &found.answer {
                // As text, since a number in it may be one that no double holds.
                Answer::Yes(witness) => ("yes", Some(json!({ "text": witness.json() })), witness.valid),
                Answer::No => ("no", None::<Value>, None),
                Answer::Undecided => ("undecided", None, None),
            };
            json!({ "tools": tools, "answer": answer, "call": call, "valid": valid, "because": because(decider, found) })
        })
        .collect();
    json!({ about.key(): about.name(), "answer": Summary::of(found).name(), "groups": groups })
}

//! `policyc can`

use serde_json::{Value, json};

use super::args::{CanArgs, Expected, SummaryFormat, Wanted};
use super::{CommandResult, Exit, Streams, policy, print_json, written};
use policyc_core::analysis::ask::{Answer, Universe};
use policyc_core::decider::{Found, PolicyDecider, SelectedTool, Wanted as Question};
use policyc_core::diagnostics::{quote, visible};
use policyc_core::eval::{Evaluator, Verdict, words};
use policyc_core::ir::{Claim, Policy};

/// How many tools are named one by one.
const MOST_NAMED: usize = 12;

pub(super) fn run(arguments: &CanArgs, streams: &mut Streams<'_>) -> CommandResult {
    let loaded = policy::load_with(&arguments.file, Some(&arguments.question), &arguments.source, streams)?;
    let wanted = arguments.source.policy.as_deref();
    let Some(policies) = policy::usable(&loaded, wanted, streams)? else { return Ok(Exit::Findings) };
    let mut exit = Exit::Fine;
    let mut documents = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        let asked =
            policy.assertions.iter().find(|assertion| Some(assertion.origin.span.file) == loaded.analysis.question);
        let Some(asked) = asked.filter(|asked| asked.claim == Claim::Deny) else { continue };
        let valid = arguments.valid || asked.valid_only;
        let universe = if valid { Universe::Valid } else { Universe::Any };
        let decider = PolicyDecider::new(policy);
        let found = decider.can(&Question {
            selection: &asked.selection,
            guard: asked.guard.as_ref(),
            verdict: arguments.outcome.verdict(),
            universe,
        });
        let answer = Said::of(&found);
        if arguments.expect.is_some_and(|expected| !answer.is(expected)) {
            exit = Exit::Findings;
        }
        if arguments.format == SummaryFormat::Json {
            documents.push(document(policy, &found, answer));
            continue;
        }
        if index > 0 {
            written(writeln!(streams.output))?;
        }
        if policies.len() > 1 {
            written(writeln!(streams.output, "policy {}", visible(&policy.name)))?;
        }
        let text = in_words(policy, &found, answer, arguments.outcome, valid);
        written(streams.output.write_all(text.as_bytes()))?;
    }
    if arguments.format == SummaryFormat::Json {
        print_json(streams.output, &json!({ "version": 1, "policies": documents }))?;
    }
    Ok(exit)
}

impl Wanted {
    const fn verdict(self) -> Verdict {
        match self {
            Self::Allowed => Verdict::Allow,
            Self::Approval => Verdict::Approval,
            Self::Denied => Verdict::Deny,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Approval => "held for approval",
            Self::Denied => "denied",
        }
    }
}

/// The answer for all tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Yes,
    No,
    Undecided,
    /// The question is about no tool at all, so that nothing was asked.
    NoTool,
}

impl Said {
    fn of(found: &[Found<'_>]) -> Self {
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

    /// An answer that was not found is not the one that was expected.
    const fn is(self, expected: Expected) -> bool {
        matches!((self, expected), (Self::Yes, Expected::Yes) | (Self::No, Expected::No))
    }
}

/// The names of tools, those that the policy does not know last.
fn names(policy: &Policy, found: &Found<'_>) -> Vec<String> {
    let several = policy.servers.len() > 1;
    let name = |SelectedTool { asked, is_known }: &SelectedTool<'_>| {
        let server = asked.server.filter(|_| several);
        let of = server.map_or_else(String::new, |server| format!("{server}::"));
        match is_known {
            true => quote(&format!("{of}{}", asked.name)),
            false if several => format!("any other tool of {}", quote(server.unwrap_or_default())),
            false => "any other tool".to_owned(),
        }
    };
    found.tools.iter().map(name).collect()
}

fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        names.truncate(MOST_NAMED);
        names.push(format!("{more} more"));
    }
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
        None => String::new(),
    }
}

/// Why the call of an answer comes out as it does.
fn because(policy: &Policy, found: &Found<'_>) -> Option<String> {
    let Answer::Yes(witness) = &found.answer else { return None };
    witness.with(|call| {
        let trace = Evaluator::new(policy).trace(call);
        trace.decides.and_then(|index| trace.tools.get(index)).map(|tool| words::conclusion(tool, policy))
    })?
}

fn in_words(policy: &Policy, found: &[Found<'_>], said: Said, wanted: Wanted, valid: bool) -> String {
    let such = if valid { "call that satisfies the inputSchema" } else { "call" };
    let tools: usize = found.iter().map(|found| found.tools.len()).sum();
    let mut text = match said {
        Said::Yes => format!("yes: such a {such} is {}\n", wanted.words()),
        Said::No if tools == 1 => format!("no: no such {such} is {}\n", wanted.words()),
        Said::No => format!("no: no such {such} of any of the {tools} tools is {}\n", wanted.words()),
        Said::NoTool => "no tool: the question selects none, so there is nothing to answer\n".to_owned(),
        Said::Undecided => "undecided: to find out is too much work, which proves nothing\n".to_owned(),
    };
    for found in found {
        match &found.answer {
            Answer::Yes(witness) => {
                text.push_str(&format!("\n{}\n  {}\n", listed(names(policy, found)), witness.json()));
                if let Some(because) = because(policy, found) {
                    text.push_str(&format!("  {because}\n"));
                }
                if witness.valid == Some(false) {
                    text.push_str("  No call that satisfies the inputSchema does.\n");
                }
            }
            Answer::Undecided if said != Said::Undecided => {
                text.push_str(&format!("\n{}\n  undecided: too much work\n", listed(names(policy, found))));
            }
            Answer::Undecided | Answer::No => {}
        }
    }
    let without: Vec<String> =
        found.iter().filter(|found| found.answer == Answer::No).flat_map(|found| names(policy, found)).collect();
    if said == Said::Yes && !without.is_empty() {
        text.push_str(&format!("\nno such call: {}\n", listed(without)));
    }
    text
}

fn document(policy: &Policy, found: &[Found<'_>], said: Said) -> Value {
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
            json!({ "tools": tools, "answer": answer, "call": call, "valid": valid, "because": because(policy, found) })
        })
        .collect();
    json!({ "policy": policy.name, "answer": said.name(), "groups": groups })
}

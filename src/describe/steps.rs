//! Describes what happens to the calls of one tool, in the order of the steps that decide them.

use crate::ir::{Effect, Opened, Parts, Rule, Selecting, ServerId, Steps, Subject, ToolId};
use crate::source::offset;

use super::condition::condition;
use super::limit::limit_at;
use super::words::{because, code};
use super::{Tools, approver, gap, selected};

/// What becomes of calls of a known tool: sentences in the order in which they decide, none of which names the
/// tool, so that tools with the same rules have the same sentences. Empty for an index of another policy.
#[must_use]
pub fn tool(policy: &Parts, tool: ToolId) -> Vec<String> {
    policy.subject(tool).map(|subject| sentences(policy, subject)).unwrap_or_default()
}

/// What becomes of calls of tools of a server that the policy does not know: those that its catalogue lacks or,
/// without a catalogue, that no rule names.
#[must_use]
pub fn other_tools(policy: &Parts, server: ServerId) -> Vec<String> {
    sentences(policy, Subject::others(server))
}

/// The steps of the language. Each gives its sentences, and whether it leaves any call to the next.
fn sentences(policy: &Parts, subject: Subject) -> Vec<String> {
    // All rules are looked at, because this is asked of one tool at a time.
    let rules = policy.rules.iter().enumerate();
    let selecting = rules.filter_map(|(index, rule)| {
        let how = rule.selection.selects(subject)?;
        Some(Selecting { rule: offset(index), how })
    });
    let rules = Steps::new(policy, &selecting.collect::<Vec<_>>());
    let mut said = Vec::new();
    let steps = [hidden, denied, opened, required, limited, held];
    for step in steps {
        if !step(policy, &rules, &mut said) {
            return said;
        }
    }
    said.push(if said.is_empty() { "Every call is allowed." } else { "Every other call is allowed." }.to_owned());
    said
}

/// Whether calls are left for the next step.
type Left = bool;

fn place(rule: &Rule) -> String {
    let line = &rule.origin.line;
    if line.bytes().all(|byte| byte.is_ascii_digit()) { format!("(line {line})") } else { format!("({})", code(line)) }
}

/// "Every" or, where something was said before, "Every other".
fn every(said: &[String]) -> &'static str {
    if said.is_empty() { "Every" } else { "Every other" }
}

fn with_gap(text: String, rule: &Rule) -> String {
    let gap = gap(rule).map_or_else(String::new, |gap| format!(" {gap}"));
    text + &gap + &because(rule.reason.as_ref())
}

fn words(rule: &Rule) -> Option<String> {
    rule.guard.as_ref().map(|guard| condition(&guard.condition))
}

fn hidden(_: &Parts, rules: &Steps<'_>, said: &mut Vec<String>) -> Left {
    if let Some(hidden) = rules.hidden {
        said.push(format!(
            "The list of tools that clients see leaves it out, and every call is denied {}.",
            place(hidden.rule)
        ));
    }
    rules.hidden.is_none()
}

fn denied(_: &Parts, rules: &Steps<'_>, said: &mut Vec<String>) -> Left {
    for rule in rules.denied.iter().map(|deciding| deciding.rule) {
        match words(rule) {
            Some(when) => said.push(with_gap(format!("A call is denied when {when} {}.", place(rule)), rule)),
            None => {
                let every = every(said);
                said.push(format!("{every} call is denied {}.{}", place(rule), because(rule.reason.as_ref())));
                return false;
            }
        }
    }
    true
}

fn opened(policy: &Parts, rules: &Steps<'_>, said: &mut Vec<String>) -> Left {
    let reason = match &rules.opened {
        Opened::ByName(_) => because(policy.default.reason.as_ref()),
        Opened::ByAllows(_) | Opened::ByDefault => String::new(),
    };
    if let Opened::ByName(openers) = &rules.opened
        && openers.is_empty()
    {
        let every = every(said);
        said.push(format!("{every} call is denied, because no rule opens the tool.{reason}"));
        return false;
    }
    if !rules.opened.is_always() {
        only(rules.opened.rules().iter().map(|opener| opener.rule), &reason, said);
    }
    true
}

/// That at least one of several conditions must hold.
fn only<'p>(rules: impl Iterator<Item = &'p Rule>, reason: &str, said: &mut Vec<String>) {
    let mut conditions: Vec<String> = Vec::new();
    for rule in rules {
        let Some(when) = words(rule) else { continue };
        conditions.push(format!("{when} {}", place(rule)));
    }
    match conditions.as_slice() {
        [one] => said.push(format!("A call is denied unless {one}.{reason}")),
        several => {
            said.push(format!("A call is denied unless at least one of these holds: {}.{reason}", several.join("; ")));
        }
    }
}

fn required(_: &Parts, rules: &Steps<'_>, said: &mut Vec<String>) -> Left {
    for rule in rules.required.iter().map(|deciding| deciding.rule) {
        if let Some(wanted) = words(rule) {
            said.push(with_gap(format!("A call is denied unless {wanted} {}.", place(rule)), rule));
        }
    }
    true
}

fn limited(_: &Parts, rules: &Steps<'_>, said: &mut Vec<String>) -> Left {
    for (rule, bound) in rules.limits.iter().map(|(deciding, bound)| (deciding.rule, *bound)) {
        let shared = match (bound.total, selected(&rule.selection)) {
            (true, Tools::Several) if rule.selection.star.is_some() => " of this and other tools together",
            (true, Tools::Several) => " of all tools of this limit together",
            _ => "",
        };
        let when = words(rule).map_or_else(String::new, |when| format!(" in which {when}"));
        let text = limit_at(bound, &format!("calls{shared}{when}"), &format!(" {}", place(rule)));
        said.push(with_gap(text, rule));
    }
    true
}

fn held(_: &Parts, rules: &Steps<'_>, said: &mut Vec<String>) -> Left {
    for rule in rules.approvals.iter().map(|deciding| deciding.rule) {
        let other = if said.is_empty() { "" } else { "other " };
        let who = match &rule.effect {
            Effect::Approval { by } => approver(by.as_ref()),
            _ => continue,
        };
        match words(rule) {
            Some(when) => {
                let text = format!(
                    "Of the {other}calls, those in which {when} wait until {who} approves them {}.",
                    place(rule)
                );
                said.push(with_gap(text, rule));
            }
            None => {
                let every = every(said);
                let reason = because(rule.reason.as_ref());
                said.push(format!("{every} call waits until {who} approves it {}.{reason}", place(rule)));
                return false;
            }
        }
    }
    true
}

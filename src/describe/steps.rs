//! What becomes of the calls of one tool, in the order in which it is decided.

use crate::ir::{Effect, Parts, Rule, Selected, ServerId, ToolId};

use super::condition::condition;
use super::limit::limit_at;
use super::words::{because, code};
use super::{Tools, approver, gap, selected};

/// What becomes of calls of a known tool: sentences in the order in which they decide, none of which names the
/// tool, so that tools with the same rules have the same sentences. Empty for an index of another policy.
#[must_use]
pub fn tool(policy: &Parts, tool: ToolId) -> Vec<String> {
    let Some(entry) = policy.tool(tool) else { return Vec::new() };
    let rules = policy.rules.iter().filter_map(|rule| Some((rule, rule.selection.selects(tool, entry.server)?)));
    sentences(policy, &rules.collect::<Vec<_>>())
}

/// What becomes of calls of tools of a server that the policy does not know: those that its catalogue lacks or,
/// without a catalogue, that no rule names.
#[must_use]
pub fn other_tools(policy: &Parts, server: ServerId) -> Vec<String> {
    let rules = policy.rules.iter().filter(|rule| rule.selection.selects_other(server));
    sentences(policy, &rules.map(|rule| (rule, Selected::BySet)).collect::<Vec<_>>())
}

/// The steps of the language. Each gives its sentences, and whether it leaves any call to the next.
fn sentences(policy: &Parts, rules: &[(&Rule, Selected)]) -> Vec<String> {
    let mut said = Vec::new();
    let steps = [hidden, denied, opened, required, limited, held];
    for step in steps {
        if !step(policy, rules, &mut said) {
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

fn hidden(_: &Parts, rules: &[(&Rule, Selected)], said: &mut Vec<String>) -> Left {
    let found = rules.iter().find(|(rule, _)| matches!(rule.effect, Effect::Hide));
    if let Some((rule, _)) = found {
        said.push(format!(
            "The list of tools that clients see leaves it out, and every call is denied {}.",
            place(rule)
        ));
    }
    found.is_none()
}

fn denied(_: &Parts, rules: &[(&Rule, Selected)], said: &mut Vec<String>) -> Left {
    for (rule, _) in rules.iter().filter(|(rule, _)| matches!(rule.effect, Effect::Deny)) {
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

fn opened(policy: &Parts, rules: &[(&Rule, Selected)], said: &mut Vec<String>) -> Left {
    let allows: Vec<&Rule> =
        rules.iter().map(|(rule, _)| *rule).filter(|rule| matches!(rule.effect, Effect::Allow)).collect();
    if !allows.is_empty() {
        if allows.iter().all(|rule| rule.guard.is_some()) {
            only(&allows, "", said);
        }
        return true;
    }
    if policy.default.allow {
        return true;
    }
    let openers: Vec<&Rule> = rules
        .iter()
        .filter(|(rule, selected)| {
            *selected == Selected::ByName
                && matches!(rule.effect, Effect::Limit(_) | Effect::Require | Effect::Approval { .. })
        })
        .map(|(rule, _)| *rule)
        .collect();
    let reason = because(policy.default.reason.as_ref());
    if openers.is_empty() {
        let every = every(said);
        said.push(format!("{every} call is denied, because no rule opens the tool.{reason}"));
        return false;
    }
    if openers.iter().all(|rule| rule.guard.is_some() && !matches!(rule.effect, Effect::Require)) {
        only(&openers, &reason, said);
    }
    true
}

/// That at least one of several conditions must hold.
fn only(rules: &[&Rule], reason: &str, said: &mut Vec<String>) {
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

fn required(_: &Parts, rules: &[(&Rule, Selected)], said: &mut Vec<String>) -> Left {
    for (rule, _) in rules.iter().filter(|(rule, _)| matches!(rule.effect, Effect::Require)) {
        if let Some(wanted) = words(rule) {
            said.push(with_gap(format!("A call is denied unless {wanted} {}.", place(rule)), rule));
        }
    }
    true
}

fn limited(_: &Parts, rules: &[(&Rule, Selected)], said: &mut Vec<String>) -> Left {
    for (rule, _) in rules {
        let Effect::Limit(bound) = &rule.effect else { continue };
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

fn held(_: &Parts, rules: &[(&Rule, Selected)], said: &mut Vec<String>) -> Left {
    for (rule, _) in rules {
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

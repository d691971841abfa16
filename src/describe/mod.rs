//! Policies in plain sentences, for readers who do not know the language.
//!
//! Sentences are made from the model alone, so that they are the same wherever they are shown: by
//! `policyc describe`, on hover, in reports. They are text in which texts of the policy stand between backticks, as
//! Markdown writes code, with what does not show escaped; [`markdown`] escapes the rest for Markdown. A reason
//! that the policy gives stands at the end, in double quotes.
//!
//! What is said is true of every call: words name the types of values, because a test is false for a value of
//! another type, and say what becomes of a call whose value is missing.

mod condition;
mod gaps;
mod limit;
mod steps;
mod words;

use crate::ir::{Effect, Guard, Parts, Rule, Selection, ServerId, ToolId};

pub use condition::condition;
pub use limit::limit;
pub use steps::{other_tools, tool};
use words::{because, list};
pub use words::{code, markdown, number};

/// How a policy decides, whatever its rules: the frame of all other sentences.
pub const ORDER: &str = "A call is decided in this order: hidden tools, denials, whether anything opens the tool, \
requirements, limits, approvals. The first of these that refuses or holds a call decides it; the order of the rules does not \
matter.";

/// What a rule does, in one or a few sentences.
#[must_use]
pub fn rule(rule: &Rule, policy: &Parts) -> String {
    if rule.selection.named.is_empty() && rule.selection.star.is_none() {
        return "The rule speaks of no tool.".to_owned();
    }
    let any = tools(&rule.selection, policy, "or", "any tool");
    let when = rule.guard.as_ref().map(|guard| condition(&guard.condition));
    let mut text = match (&rule.effect, &when) {
        (Effect::Hide, _) => {
            format!("Every call of {any} is denied, and the list of tools that clients see leaves out what is hidden.")
        }
        (Effect::Deny, None) => format!("Every call of {any} is denied."),
        (Effect::Deny, Some(when)) => format!("A call of {any} is denied when {when}."),
        (Effect::Allow, None) => {
            format!("Calls of {any} are let in: they pass unless another rule denies, limits or holds them.")
        }
        (Effect::Allow, Some(when)) => format!(
            "Calls of {any} in which {when} are let in: they pass unless another rule denies, limits or holds them. \
             Other calls of {any} are denied, unless another rule lets them in with `allow`."
        ),
        (Effect::Require, when) => {
            format!("A call of {any} is denied unless {}.", when.as_deref().unwrap_or_default())
        }
        (Effect::Limit(bound), when) => {
            let of = match selected(&rule.selection) {
                Tools::One => any.clone(),
                Tools::Several if bound.max.is_zero() => any.clone(),
                Tools::Several if bound.total => {
                    format!("{} together", tools(&rule.selection, policy, "and", "all tools"))
                }
                Tools::Several => match rule.selection.named.is_empty() {
                    true => tools(&rule.selection, policy, "and", "each tool"),
                    false => format!("each of {}", tools(&rule.selection, policy, "and", "each tool")),
                },
            };
            let when = when.as_ref().map_or_else(String::new, |when| format!(" in which {when}"));
            limit(bound, &format!("calls of {of}{when}"))
        }
        (Effect::Approval { by }, when) => {
            let who = approver(by.as_ref());
            let when = when.as_ref().map_or_else(String::new, |when| format!(" in which {when}"));
            format!("Calls of {any}{when} wait until {who} approves them, unless another rule denies them.")
        }
    };
    for sentence in [gap(rule), opening(rule, policy)].into_iter().flatten() {
        text.push(' ');
        text.push_str(&sentence);
    }
    text + &because(rule.reason.as_ref())
}

/// What becomes of tools that no rule opens.
#[must_use]
pub fn default(policy: &Parts) -> String {
    let text = match (&policy.default.origin, policy.default.allow) {
        (_, true) => "Calls that no rule refuses or holds are allowed.",
        (Some(_), false) => "Calls that no rule opens are denied.",
        (None, false) => "The policy does not say what happens to calls that no rule opens, so they are denied.",
    };
    text.to_owned() + &because(policy.default.reason.as_ref())
}

/// What becomes of calls that a condition speaks of only seemingly.
fn gap(rule: &Rule) -> Option<String> {
    let Guard { condition, .. } = rule.guard.as_ref()?;
    let ending = match rule.effect {
        Effect::Deny => "is not caught by this rule",
        Effect::Allow => "is not let in by this rule",
        Effect::Require => "is denied",
        Effect::Limit(_) => "is neither counted nor refused by this limit",
        Effect::Approval { .. } => "is not held by this rule",
        Effect::Hide => return None,
    };
    gaps::sentence(condition, ending)
}

/// That a rule opens tools beside what else it does: where the default denies, and no `allow` speaks of them.
fn opening(rule: &Rule, policy: &Parts) -> Option<String> {
    let opens = matches!(rule.effect, Effect::Limit(_) | Effect::Require | Effect::Approval { .. });
    if !opens || policy.default.allow {
        return None;
    }
    let opened = rule.selection.opens.iter().filter(|tool| {
        policy.subject(**tool).is_some_and(|subject| {
            !policy.rules.iter().any(|other| {
                let decides = matches!(other.effect, Effect::Allow | Effect::Hide)
                    || matches!(other.effect, Effect::Deny) && other.guard.is_none();
                decides && other.selection.selects(subject).is_some()
            })
        })
    });
    let opened: Vec<String> = opened.map(|tool| name(*tool, policy)).collect();
    if opened.is_empty() {
        return None;
    }
    let such = match (&rule.effect, &rule.guard) {
        (Effect::Require, _) | (_, None) => "",
        _ => " for such calls",
    };
    Some(format!("The rule also opens {}{such}.", list(&opened, "and", "tools")))
}

/// Who must approve, to stand before "approves".
fn approver(by: Option<&String>) -> String {
    by.map_or_else(|| "someone".to_owned(), |who| code(who))
}

enum Tools {
    One,
    Several,
}

fn selected(selection: &Selection) -> Tools {
    if selection.star.is_none() && selection.named.len() == 1 { Tools::One } else { Tools::Several }
}

/// A tool by its name, with the server where there are several.
fn name(tool: ToolId, policy: &Parts) -> String {
    let Some(entry) = policy.tool(tool) else { return String::new() };
    match policy.server(entry.server) {
        Some(server) if policy.servers.len() > 1 => code(&format!("{}::{}", server.name, entry.name)),
        _ => code(&entry.name),
    }
}

fn servers(ids: &[ServerId], policy: &Parts) -> String {
    let names: Vec<String> = ids.iter().filter_map(|id| policy.server(*id)).map(|server| code(&server.name)).collect();
    format!("{} {}", if names.len() == 1 { "the server" } else { "the servers" }, list(&names, "and", "servers"))
}

/// The selected tools: "`a` or `b`", "any tool except `c`"; `word` and `all` are for lists and for `*`.
fn tools(selection: &Selection, policy: &Parts, word: &str, all: &str) -> String {
    let named: Vec<String> = selection.named.iter().map(|tool| name(*tool, policy)).collect();
    let Some(star) = &selection.star else { return list(&named, word, "tools") };
    let mut text = all.to_owned();
    if let Some(ids) = &star.servers {
        text.push_str(&format!(" of {}", servers(ids, policy)));
    }
    let mut except: Vec<String> = star.except.iter().map(|tool| name(*tool, policy)).collect();
    if !star.except_servers.is_empty() {
        except.push(format!("those of {}", servers(&star.except_servers, policy)));
    }
    if !except.is_empty() {
        text.push_str(&format!(" except {}", list(&except, "and", "tools")));
    }
    if named.is_empty() { text } else { format!("{}, {word} {text}", list(&named, word, "tools")) }
}

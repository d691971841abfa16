//! Reads a file of rules, and decides as the program does.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::write::{FIRST, LAST};
use super::{GEMINI, LONGEST_NAME, decode, full_name};
use crate::analysis::condition::NumberDomain;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::decision_list::{Entry, ListDecider, Lists, Outcome};
use crate::emit::target::ReadDocument;
use crate::located::{self, Content, Format, Mistakes, Node};
use crate::predicate::Condition;
use crate::source::FileId;

const KNOWN: [&str; 6] = ["mcpName", "toolName", "argsPattern", "decision", "priority", "denyMessage"];
/// Keys that narrow a rule to calls or programs of which nothing is known here.
const NARROWING: [&str; 8] = [
    "modes",
    "interactive",
    "toolAnnotations",
    "subagent",
    "commandPrefix",
    "commandRegex",
    "allowRedirection",
    "deny_message",
];

/// A rule of a file.
struct Rule {
    tool: String,
    priority: i64,
    entry: Entry,
}

pub(super) fn document(text: &str) -> ReadDocument {
    let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Toml).ignored_by("Gemini CLI");
    let read = located::toml(text, &mut mistakes).and_then(|root| read(&root, &mut mistakes));
    let lists: Result<Lists<Entry>, Vec<Diagnostic>> = mistakes.into_result(read);
    Ok(Box::new(ListDecider::new(lists?, NumberDomain::Double)))
}

fn read(root: &Node, mistakes: &mut Mistakes) -> Option<Lists<Entry>> {
    let object = root.as_object("the document", &["rule"], mistakes)?;
    let nodes = object.required("rule", mistakes)?.as_list("`rule`", mistakes)?;
    let mut server = None;
    let mut conditions: BTreeMap<&str, Arc<Condition>> = BTreeMap::new();
    let mut rules: Vec<Rule> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        rules.extend(rule(index, node, &mut server, &mut conditions, mistakes));
    }
    // Rules of one priority are asked in their order.
    rules.sort_by_key(|rule| -rule.priority);
    if !mistakes.is_empty() {
        return None;
    }
    let is_last = |rule: &Rule| rule.tool == "*" && rule.entry.when.is_none();
    if !rules.iter().any(is_last) {
        let help = "add a rule with `toolName = \"*\"` and `decision = \"deny\"`, without `argsPattern`";
        root.is_wrong("calls that no rule matches pass in the mode `yolo`", help, mistakes);
        return None;
    }
    let mut tools: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for name in rules.iter().map(|rule| &rule.tool).filter(|tool| *tool != "*") {
        if !tools.contains_key(name) {
            tools.insert(name.clone(), Vec::new());
        }
    }
    // Rules for all tools are few, or else the file is not one that is written here.
    let wide = rules.iter().filter(|rule| rule.tool == "*").count();
    if wide.saturating_mul(tools.len()) > MOST_COPIES {
        root.is_wrong(
            "there are too many rules for all tools",
            "write such rules for the tools that need them",
            mistakes,
        );
        return None;
    }
    let mut others = Vec::new();
    for Rule { tool, entry, .. } in rules {
        if tool == "*" {
            tools.values_mut().for_each(|list| push(list, entry.clone()));
            push(&mut others, entry);
        } else if let Some(list) = tools.get_mut(&tool) {
            push(list, entry);
        }
    }
    Some(Lists { tools, others, default_reason: String::new() })
}

/// Rules for all tools that are copied into the lists of tools.
const MOST_COPIES: usize = 1_000_000;

/// Adds a rule to those of a tool. What is denied whatever the arguments are is not shown to the
/// model.
fn push(list: &mut Vec<Entry>, entry: Entry) {
    // Nothing reaches a rule behind one for all calls.
    if list.last().is_some_and(|last| last.when.is_none()) {
        return;
    }
    let is_hidden = entry.outcome == Outcome::Deny && entry.when.is_none() && list.is_empty();
    list.push(if is_hidden { Entry { outcome: Outcome::Hide, ..entry } } else { entry });
}

fn rule<'a>(
    index: usize,
    node: &'a Node<'_>,
    server: &mut Option<&'a str>,
    conditions: &mut BTreeMap<&'a str, Arc<Condition>>,
    mistakes: &mut Mistakes,
) -> Option<Rule> {
    let before = mistakes.is_empty();
    let entries = node.as_entries("a rule", mistakes)?;
    for entry in entries.iter().filter(|entry| NARROWING.contains(&&*entry.key.name)) {
        let message = format!("{} is not read here, so when the rule applies is not known", quote(&entry.key.name));
        mistakes.report(entry.key.span, message, "leave it out");
    }
    let known: Vec<&str> = KNOWN.into_iter().chain(NARROWING).collect();
    let object = node.as_object("a rule", &known, mistakes)?;
    let name = object.required("mcpName", mistakes).and_then(|name| of_server(name, server, mistakes));
    let tool = object.required("toolName", mistakes).and_then(|tool| of_tool(tool, name, mistakes));
    let words = [("allow", Outcome::Allow), ("deny", Outcome::Deny), ("ask_user", Outcome::Ask { by: None })];
    let outcome = object.required("decision", mistakes).and_then(|decision| {
        let words = [0, 1, 2].map(|index: usize| (words.get(index).map_or("", |(word, _)| *word), index));
        decision.as_word("`decision`", &words, mistakes)
    });
    let outcome = outcome.and_then(|index| words.into_iter().nth(index)).map(|(_, outcome)| outcome);
    let priority = object.required("priority", mistakes).and_then(|priority| of_priority(priority, mistakes));
    let message = object.optional("denyMessage").and_then(|message| message.as_text("`denyMessage`", mistakes));
    let when = object.optional("argsPattern").and_then(|pattern| {
        let text = pattern.as_text("`argsPattern`", mistakes)?;
        if let Some(known) = conditions.get(text) {
            return Some(known.clone());
        }
        let Some(condition) = decode::condition(text) else {
            let message = "the pattern is not of the form that policyc writes, so what it matches is not known";
            pattern.is_wrong(message, "compile the policy again, and give the file as it was written", mistakes);
            return None;
        };
        let condition = Arc::new(condition);
        conditions.insert(text, condition.clone());
        Some(condition)
    });
    if !mistakes.is_empty() && before {
        return None;
    }
    let outcome = outcome?;
    let rule = if outcome == Outcome::Allow { String::new() } else { format!("rule {}", index + 1) };
    let reason = match outcome {
        Outcome::Allow => String::new(),
        Outcome::Ask { .. } => "A person is asked.".to_owned(),
        _ => message.unwrap_or("Tool execution denied by policy.").to_owned(),
    };
    Some(Rule { tool: tool?.to_owned(), priority: priority?, entry: Entry { when, outcome, rule, reason } })
}

/// The server of a rule, which is that of all others.
fn of_server<'a>(node: &'a Node<'_>, server: &mut Option<&'a str>, mistakes: &mut Mistakes) -> Option<&'a str> {
    let name = node.as_text("`mcpName`", mistakes)?;
    if !(GEMINI.server.is)(name) {
        let help = "give the server another name; `*` in front of a tool matches nothing";
        node.is_wrong(format!("{} is not read as the name of a server", quote(name)), help, mistakes);
        return None;
    }
    if *server.get_or_insert(name) != name {
        node.is_wrong("the rules are about several servers", "give the rules of one server", mistakes);
        return None;
    }
    Some(name)
}

/// The tool of a rule, or `*` for all.
fn of_tool<'a>(node: &'a Node<'_>, server: Option<&str>, mistakes: &mut Mistakes) -> Option<&'a str> {
    if matches!(node.content, Content::List(_)) {
        node.is_wrong("a rule is read for one tool", "write a rule for each tool", mistakes);
        return None;
    }
    let name = node.as_text("`toolName`", mistakes)?;
    let is_whole = full_name(server.unwrap_or_default(), name).len() <= LONGEST_NAME;
    if name != "*" && (!(GEMINI.tool.is)(name) || !is_whole) {
        let help = "write the name as the client calls the tool, or `*` for all: a glob within a name matches nothing";
        node.is_wrong(format!("{} is no tool that the client calls so", quote(name)), help, mistakes);
        return None;
    }
    Some(name)
}

fn of_priority(node: &Node<'_>, mistakes: &mut Mistakes) -> Option<i64> {
    let Content::Number(number) = &node.content else {
        node.must_be("`priority`", "a number", &format!("write a number from {LAST} to {FIRST}"), mistakes);
        return None;
    };
    let priority = number.to_i64().filter(|priority| (LAST..=FIRST).contains(priority));
    if priority.is_none() {
        let message =
            "a click of a person or a setting of a server beats a rule with this priority, or the file is not loaded";
        node.is_wrong(message, format!("write a number from {LAST} to {FIRST}"), mistakes);
    }
    priority
}

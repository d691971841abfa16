//! Reads a document as Intercept's loader does and checks what it checks.
//!
//! Unlike the loader this one refuses unknown keys: the loader ignores them, so they are rules that
//! do nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Document, Rule, State};
use super::scalars;
use crate::diagnostics::{Diagnostic, codes, quote};
use crate::emit::operators::literal::DocumentValue;
use crate::emit::operators::window::Window;
use crate::emit::operators::{Condition, Operator, read_path};
use crate::located::{self, Content, Entry, Format, Mistakes, Node, Object};
use crate::source::{FileId, Span};

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Intercept refuses the text, or ignores some of it: all that is wrong with it.
    pub fn read(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Yaml).ignored_by("Intercept");
        let root = located::yaml(text, scalars::plain, &mut mistakes);
        let document = root.and_then(|root| read_document(&root, &mut mistakes));
        mistakes.into_result(document)
    }
}

fn read_document(root: &Node<'_>, mistakes: &mut Mistakes) -> Option<Document> {
    let root = root.as_object("the document", &["version", "description", "default", "hide", "tools"], mistakes)?;
    if let Some(version) = root.required("version", mistakes) {
        let is_one = match &version.content {
            Content::Text(text) => text == "1",
            Content::Number(number) => number.to_i64() == Some(1),
            _ => false,
        };
        if !is_one {
            version.is_wrong("`version` must be \"1\"", "write `version: \"1\"`", mistakes);
        }
    }
    let default = root.unless_null("default");
    let default_allow = default.map(|word| word.as_word("`default`", &[("allow", true), ("deny", false)], mistakes));
    let hide = read_names(&root, mistakes);
    let mut tools = BTreeMap::new();
    let listed = root.unless_null("tools").and_then(|tools| tools.as_entries("`tools`", mistakes));
    for Entry { key, value } in listed.unwrap_or_default() {
        tools.insert(key.name.to_string(), read_tool(&key.name, value, mistakes).unwrap_or_default());
    }
    Some(Document { default_allow: default_allow.unwrap_or(Some(true))?, hide, tools })
}

fn read_names(root: &Object<'_>, mistakes: &mut Mistakes) -> BTreeSet<String> {
    let mut names: BTreeMap<String, Span> = BTreeMap::new();
    for entry in list(root, "hide", mistakes).iter().filter(|entry| !entry.is_null()) {
        let Some(name) = entry.as_text("a name in `hide`", mistakes) else { continue };
        if name.is_empty() {
            mistakes.report(entry.span, "`hide` has an empty name", "remove it, or write the name of a tool");
        }
        match names.get(name) {
            Some(first) => {
                let message = format!("`hide` has {} twice", quote(name));
                mistakes.report_because(entry.span, message, (*first, "first here"), "take one of them out");
            }
            None => drop(names.insert(name.to_owned(), entry.span)),
        }
    }
    names.into_keys().collect()
}

/// The elements of a list that may be left out or null.
fn list<'a>(object: &Object<'a>, key: &str, mistakes: &mut Mistakes) -> &'a [Node<'a>] {
    object.unless_null(key).and_then(|list| list.as_list(&quote(key), mistakes)).unwrap_or_default()
}

/// A text that may be left out or null.
fn text<'a>(object: &Object<'a>, key: &str, mistakes: &mut Mistakes) -> Option<&'a str> {
    object.unless_null(key).and_then(|text| text.as_text(&quote(key), mistakes))
}

/// A name that must be there.
fn name(object: &Object<'_>, what: &str, key: &str, mistakes: &mut Mistakes) -> Option<String> {
    let found = match object.unless_null(key) {
        None => None,
        Some(name) => Some(name.as_text(&quote(key), mistakes)?),
    };
    if found.is_none_or(str::is_empty) {
        let place = object.optional(key).unwrap_or(object.node()).head();
        mistakes.report(place, format!("{what} must have a name"), format!("write one under the key {}", quote(key)));
        return None;
    }
    found.map(str::to_owned)
}

/// A rule with what is needed to check it.
struct Read<'a> {
    rule: Rule,
    /// Where the counter's name is written, if the rule keeps one.
    counter: Option<Span>,
    /// Where the path of each condition is written.
    paths: Vec<&'a Node<'a>>,
}

fn read_tool(tool: &str, value: &Node<'_>, mistakes: &mut Mistakes) -> Option<Vec<Rule>> {
    if value.is_null() {
        return Some(Vec::new());
    }
    let object = value.as_object("a tool", &["rules"], mistakes)?;
    let written = list(&object, "rules", mistakes);
    let rules: Vec<Read<'_>> = written.iter().filter_map(|rule| read_rule(tool, rule, mistakes)).collect();
    // A counter that is missed may be one of a rule with a mistake.
    if rules.len() == written.len() {
        check_counters(tool, &rules, mistakes);
    }
    Some(rules.into_iter().map(|read| read.rule).collect())
}

/// The checks across the rules of a tool.
fn check_counters(tool: &str, rules: &[Read<'_>], mistakes: &mut Mistakes) {
    let mut counters: BTreeMap<&str, Span> = BTreeMap::new();
    for Read { rule, counter, .. } in rules {
        let (Some(state), Some(place)) = (&rule.state, counter) else { continue };
        match counters.get(state.counter.as_str()) {
            Some(first) => {
                let message = format!("the counter {} stands twice at one tool", quote(&state.counter));
                mistakes.report_because(*place, message, (*first, "first here"), "give each counter a name of its own");
            }
            None => drop(counters.insert(&state.counter, *place)),
        }
    }
    // Paths of two parts and those of another tool pass the loader's checks and always read 0.
    let own = if tool == "*" { "_global" } else { tool };
    for Read { rule, paths, counter } in rules {
        let own_paths = rule.conditions.iter().flatten().map(|condition| condition.path.as_str());
        // The condition of a rate is made from it.
        let places = paths.iter().map(|path| path.span).chain(counter.iter().copied());
        for (path, place) in own_paths.zip(places) {
            let Some(rest) = path.strip_prefix("state.") else { continue };
            let named = rest.strip_prefix(own).and_then(|rest| rest.strip_prefix('.'));
            if !named.is_some_and(|name| !own.contains('.') && !name.contains('.') && counters.contains_key(name)) {
                let help = if own.contains('.') || counters.keys().any(|name| name.contains('.')) {
                    "neither the name of the tool nor that of the counter may have a `.`".to_owned()
                } else {
                    format!("write `state.{own}.NAME`, with the name of a counter of this tool")
                };
                mistakes.report(place, format!("the path {} names no counter of its tool", quote(path)), help);
            }
        }
    }
}

fn read_rule<'a>(tool: &str, value: &'a Node<'a>, mistakes: &mut Mistakes) -> Option<Read<'a>> {
    let known = ["name", "action", "conditions", "on_deny", "state", "rate_limit"];
    let rule = value.as_object("a rule", &known, mistakes)?;
    let name = name(&rule, "a rule", "name", mistakes);
    let conditions = list(&rule, "conditions", mistakes);
    let read = conditions.iter().map(|condition| read_condition(condition, mistakes));
    let read: Option<Vec<(Condition, &Node<'_>)>> = read.collect::<Vec<_>>().into_iter().collect();
    let action = text(&rule, "action", mistakes);
    let on_deny = text(&rule, "on_deny", mistakes).map(str::to_owned);
    // A rule with `state: null` has no counter that could have a name.
    let state = rule.optional("state").map(|state| read_state(state, mistakes));
    let shown = || quote(name.as_deref().unwrap_or_default());
    if let Some(rate) = text(&rule, "rate_limit", mistakes) {
        let place = rule.optional("rate_limit").unwrap_or(value).head();
        // Any action but `deny` is overwritten without a word.
        if !conditions.is_empty() || state.is_some() || action == Some("deny") {
            let help = "write two rules, one of them with the `rate_limit` alone";
            mistakes.report(place, format!("the rule {} has more than its `rate_limit`", shown()), help);
            return None;
        }
        let rate = read_rate(rate, place, mistakes);
        let (count, window) = rate?;
        return Some(Read {
            rule: rate_rule(tool, name?, on_deny, count, window),
            counter: Some(place),
            paths: Vec::new(),
        });
    }
    let denies = match action {
        None | Some("evaluate") => false,
        Some("deny") => true,
        Some(other) => {
            let place = rule.optional("action").unwrap_or(value).head();
            mistakes.report(place, format!("{} is no known action", quote(other)), "write `evaluate` or `deny`");
            return None;
        }
    };
    let action = rule.optional("action").unwrap_or(value).head();
    if denies && !conditions.is_empty() {
        let help = "take the conditions out; what shall be denied under conditions is written as a rule that evaluates their opposite";
        mistakes.report(action, format!("the rule {} denies and has conditions", shown()), help);
        return None;
    }
    if !denies && conditions.is_empty() {
        let help = "add `conditions`, or write `action: deny`";
        mistakes.report(value.head(), format!("the rule {} evaluates no condition", shown()), help);
        return None;
    }
    let (conditions, paths) = read?.into_iter().unzip();
    let (state, counter) =
        state.map_or(Some((None, None)), |state| state.map(|(state, place)| (Some(state), Some(place))))?;
    let conditions = (!denies).then_some(conditions);
    Some(Read { rule: Rule { name: name?, conditions, on_deny, state }, counter, paths })
}

/// The shorthand `N/WINDOW`.
fn read_rate(rate: &str, place: Span, mistakes: &mut Mistakes) -> Option<(i64, Window)> {
    let parts = rate.split_once('/').and_then(|(count, window)| {
        let count = count.parse::<i64>().ok().filter(|count| *count > 0)?;
        Some((count, Window::ALL.into_iter().find(|known| known.name() == window)?))
    });
    if parts.is_none() {
        let names = Window::ALL.map(|window| quote(window.name())).join(", ");
        let help = format!("write a number above 0, `/` and a window, as in `30/hour`; the windows are {names}");
        mistakes.report(place, format!("{} is no rate", quote(rate)), help);
    }
    parts
}

/// Writes out the shorthand.
fn rate_rule(tool: &str, name: String, on_deny: Option<String>, count: i64, window: Window) -> Rule {
    let counter = format!("_rate_{}", window.name());
    let owner = if tool == "*" { "_global" } else { tool };
    let path = format!("state.{owner}.{counter}");
    let told = || format!("Rate limit of {count} per {} reached. Try again later.", window.name());
    Rule {
        name,
        conditions: Some(vec![Condition { path, operator: Operator::Lte, value: DocumentValue::Int(count) }]),
        on_deny: Some(on_deny.unwrap_or_else(told)),
        state: Some(State { counter, window, increment: 1, increment_from: None }),
    }
}

/// A condition, and where its path is written.
fn read_condition<'a>(value: &'a Node<'a>, mistakes: &mut Mistakes) -> Option<(Condition, &'a Node<'a>)> {
    let condition = value.as_object("a condition", &["path", "op", "value"], mistakes)?;
    let place = condition.required_unless_null("path", mistakes);
    let path = place.and_then(|path| read_path(path, "`path`", &["args.", "state."], mistakes));
    let operator = condition.required_unless_null("op", mistakes);
    let operator = operator.and_then(|operator| Operator::read(operator, mistakes));
    let operand = condition.optional("value");
    let literal = match operand {
        Some(operand) => DocumentValue::of_node(operand, true, mistakes),
        None => Some(DocumentValue::Null),
    };
    let (path, operator, literal) = (path?, operator?, literal?);
    operator.check_operand(&literal, operand.unwrap_or(value), mistakes);
    Some((Condition { path, operator, value: literal }, place?))
}

/// What a rule counts, and where the counter's name is written.
fn read_state(value: &Node<'_>, mistakes: &mut Mistakes) -> Option<(State, Span)> {
    let state = value.as_object("`state`", &["counter", "window", "increment", "increment_from"], mistakes)?;
    let counter = name(&state, "a counter", "counter", mistakes);
    let place = state.optional("counter").map(|counter| counter.span);
    let window = state.required_unless_null("window", mistakes);
    let window = window.and_then(|window| Window::read(window, mistakes));
    let increment = match state.unless_null("increment").map(|increment| (increment, &increment.content)) {
        None => Some(1),
        Some((increment, content)) => {
            let amount = match content {
                Content::Number(number) => number.to_i64(),
                _ => None,
            };
            if amount.is_none() {
                increment.is_wrong("`increment` must be a whole number", "write a number like `1`", mistakes);
            }
            // 0 means 1.
            amount.map(|amount| if amount == 0 { 1 } else { amount })
        }
    };
    let increment_from = match state.unless_null("increment_from") {
        None => None,
        Some(path) => Some(read_path(path, "`increment_from`", &["args."], mistakes)?),
    };
    let state = State { counter: counter?, window: window?, increment: increment?, increment_from };
    Some((state, place?))
}

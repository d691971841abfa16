//! Reads a document as Intercept's loader does and checks what it checks.
//!
//! Unlike the loader this one refuses unknown keys: the loader ignores them, so they are rules that do nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use saphyr::{Scalar, ScalarStyle, Tag, Yaml, YamlLoader};
use saphyr_parser::Parser;

use super::document::{Document, Rule, State};
use super::scalars;
use crate::diagnostics::quote;
use crate::emit::operators::literal::{DEEPEST, Literal};
use crate::emit::operators::window::Window;
use crate::emit::operators::{Condition, Operator, Test, check_path};

/// Columns that a line may be indented by. It bounds the depth of nodes, which the YAML library recurses into.
const MOST_INDENT: usize = 200;

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Intercept refuses the text, or ignores some of it. One line in lower case.
    pub fn read(text: &str) -> Result<Self, String> {
        let deep = |line: &str| line.len() - line.trim_start_matches([' ', '-', '?', ':', '\t']).len() > MOST_INDENT;
        if text.lines().any(deep) {
            return Err("the document is nested too deep".to_owned());
        }
        let documents = load(text)?;
        // Only the first document of a file is read.
        let [root, rest @ ..] = documents.as_slice() else {
            return Err("`version` must be \"1\"".to_owned());
        };
        if !rest.is_empty() {
            return Err("only the first YAML document of a file is read, and there are more".to_owned());
        }
        let root = literal(root, 0)?;
        let root = map(&root, "the document", &["version", "description", "default", "hide", "tools"])?;
        if !matches!(root.get("version"), Some(Literal::Str(version)) if version == "1")
            && root.get("version") != Some(&Literal::Int(1))
        {
            return Err("`version` must be \"1\"".to_owned());
        }
        let default_allow = match root.get("default") {
            None | Some(Literal::Null) => true,
            Some(Literal::Str(word)) if word == "allow" => true,
            Some(Literal::Str(word)) if word == "deny" => false,
            Some(_) => return Err("`default` must be \"allow\" or \"deny\"".to_owned()),
        };
        let mut hide = BTreeSet::new();
        for entry in list(root.get("hide"), "hide")? {
            match entry {
                Literal::Null => {}
                Literal::Str(name) if name.is_empty() => return Err("`hide` has an empty name".to_owned()),
                Literal::Str(name) => {
                    if !hide.insert(name.clone()) {
                        return Err(format!("`hide` has {} twice", quote(name)));
                    }
                }
                _ => return Err("`hide` must be a list of names".to_owned()),
            }
        }
        let mut tools = BTreeMap::new();
        match root.get("tools") {
            None | Some(Literal::Null) => {}
            Some(Literal::Map(entries)) => {
                for (name, tool) in entries {
                    tools.insert(name.clone(), read_tool(name, tool)?);
                }
            }
            Some(_) => return Err("`tools` must be a mapping".to_owned()),
        }
        let document = Self { default_allow, hide, tools };
        document.validate()?;
        Ok(document)
    }

    /// The checks across rules.
    fn validate(&self) -> Result<(), String> {
        for (tool, rules) in &self.tools {
            let mut counters = BTreeSet::new();
            for state in rules.iter().filter_map(|rule| rule.state.as_ref()) {
                if !counters.insert(&state.counter) {
                    return Err(format!("the counter {} stands twice at one tool", quote(&state.counter)));
                }
            }
            for condition in rules.iter().filter_map(|rule| rule.conditions.as_ref()).flatten() {
                self.validate_condition(tool, condition)?;
            }
        }
        Ok(())
    }

    fn validate_condition(&self, tool: &str, condition: &Condition) -> Result<(), String> {
        Test::new(condition.operator, &condition.value)?;
        let Some(rest) = condition.path.strip_prefix("state.") else {
            return Ok(());
        };
        // Paths of two parts and those of another tool pass the loader's checks and always read 0.
        let own = if tool == "*" { "_global" } else { tool };
        let counter = rest.strip_prefix(own).and_then(|rest| rest.strip_prefix('.'));
        let known = counter.is_some_and(|counter| {
            !own.contains('.')
                && !counter.contains('.')
                && self.tools.get(tool).is_some_and(|rules| {
                    rules.iter().filter_map(|rule| rule.state.as_ref()).any(|state| state.counter == counter)
                })
        });
        if known { Ok(()) } else { Err(format!("the path {} names no counter of its tool", quote(&condition.path))) }
    }
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// The documents of a text, with scalars as they are written.
fn load(text: &str) -> Result<Vec<Yaml<'_>>, String> {
    let refused = |error: &dyn std::fmt::Display| one_line(&format!("not YAML: {error}"));
    let mut loader = YamlLoader::default();
    loader.early_parse(false);
    Parser::new_from_str(text).load(&mut loader, true).map_err(|error| refused(&error))?;
    if let Some(error) = loader.error() {
        return Err(refused(error));
    }
    Ok(loader.into_documents())
}

/// A scalar as a literal: text in quotes is text, and what else it is without them says the gateway's library.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>) -> Result<Literal, String> {
    let number = tag.is_none_or(|tag| tag.is_yaml_core_schema() && matches!(&*tag.suffix, "int" | "float"));
    if style == ScalarStyle::Plain && number {
        let value = scalars::plain(text)?;
        return match (tag, &value) {
            (Some(_), Literal::Null | Literal::Bool(_) | Literal::Str(_)) => {
                Err(format!("{} does not fit its tag", quote(text)))
            }
            _ => Ok(value),
        };
    }
    if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
        return Err("tags and aliases are not supported".to_owned());
    }
    Ok(match Scalar::parse_from_cow_and_metadata(Cow::Borrowed(text), style, tag) {
        Some(Scalar::Null) => Literal::Null,
        Some(Scalar::Boolean(value)) => Literal::Bool(value),
        Some(Scalar::Integer(value)) => Literal::Int(value),
        Some(Scalar::FloatingPoint(value)) => Literal::Float(value.into_inner()),
        Some(Scalar::String(text)) => Literal::Str(text.into_owned()),
        None => return Err(format!("{} does not fit its tag", quote(text))),
    })
}

/// A node as a literal. Keys of mappings must be strings; the loader would take others by their text.
fn literal(node: &Yaml<'_>, level: u32) -> Result<Literal, String> {
    if level > DEEPEST {
        return Err("the document is nested too deep".to_owned());
    }
    Ok(match node {
        Yaml::Representation(text, style, tag) => scalar(text, *style, tag.as_ref())?,
        Yaml::Sequence(items) => {
            Literal::List(items.iter().map(|item| literal(item, level + 1)).collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(entries) => {
            let mut map = BTreeMap::new();
            for (key, value) in entries {
                if matches!(key, Yaml::Representation(text, ScalarStyle::Plain, _) if text == "<<") {
                    return Err("the key `<<`, which merges another mapping, is not supported".to_owned());
                }
                let Literal::Str(key) = literal(key, level + 1)? else {
                    return Err("a key is not a string".to_owned());
                };
                if map.insert(key.clone(), literal(value, level + 1)?).is_some() {
                    return Err(format!("the key {} stands twice", quote(&key)));
                }
            }
            Literal::Map(map)
        }
        Yaml::Tagged(..) | Yaml::Alias(_) | Yaml::Value(_) | Yaml::BadValue => {
            return Err("tags and aliases are not supported".to_owned());
        }
    })
}

fn map<'a>(value: &'a Literal, what: &str, known: &[&str]) -> Result<&'a BTreeMap<String, Literal>, String> {
    let Literal::Map(entries) = value else { return Err(format!("{what} must be a mapping")) };
    match entries.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{what} has the key {}, which Intercept ignores", quote(key))),
        None => Ok(entries),
    }
}

fn list<'a>(value: Option<&'a Literal>, what: &str) -> Result<&'a [Literal], String> {
    match value {
        None | Some(Literal::Null) => Ok(&[]),
        Some(Literal::List(items)) => Ok(items),
        Some(_) => Err(format!("`{what}` must be a list")),
    }
}

fn text(entries: &BTreeMap<String, Literal>, key: &str) -> Result<Option<String>, String> {
    match entries.get(key) {
        None | Some(Literal::Null) => Ok(None),
        Some(Literal::Str(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` must be a string")),
    }
}

fn read_tool(name: &str, value: &Literal) -> Result<Vec<Rule>, String> {
    if *value == Literal::Null {
        return Ok(Vec::new());
    }
    let tool = map(value, "a tool", &["rules"])?;
    list(tool.get("rules"), "rules")?.iter().map(|rule| read_rule(name, rule)).collect()
}

fn read_rule(tool: &str, value: &Literal) -> Result<Rule, String> {
    let known = ["name", "action", "conditions", "on_deny", "state", "rate_limit"];
    let rule = map(value, "a rule", &known)?;
    let name = text(rule, "name")?.filter(|name| !name.is_empty()).ok_or("a rule must have a name")?;
    let conditions = list(rule.get("conditions"), "conditions")?;
    let conditions = conditions.iter().map(read_condition).collect::<Result<Vec<_>, _>>()?;
    let action = text(rule, "action")?;
    let on_deny = text(rule, "on_deny")?;
    let state = rule.get("state").map(read_state).transpose()?;
    if let Some(rate) = text(rule, "rate_limit")? {
        // Any action but `deny` is overwritten without a word.
        if !conditions.is_empty() || state.is_some() || action.as_deref() == Some("deny") {
            return Err(format!("the rule {} has more than its `rate_limit`", quote(&name)));
        }
        return read_rate(tool, name, on_deny, &rate);
    }
    let conditions = match action.as_deref() {
        None | Some("evaluate") if conditions.is_empty() => {
            return Err(format!("the rule {} evaluates no condition", quote(&name)));
        }
        None | Some("evaluate") => Some(conditions),
        Some("deny") if conditions.is_empty() => None,
        Some("deny") => return Err(format!("the rule {} denies and has conditions", quote(&name))),
        Some(other) => return Err(format!("{} is no known action", quote(other))),
    };
    Ok(Rule { name, conditions, on_deny, state })
}

/// Writes out the shorthand `N/WINDOW`.
fn read_rate(tool: &str, name: String, on_deny: Option<String>, rate: &str) -> Result<Rule, String> {
    let parts = rate.split_once('/').and_then(|(count, window)| {
        let count = count.parse::<i64>().ok().filter(|count| *count > 0)?;
        Some((count, Window::ALL.into_iter().find(|known| known.name() == window)?))
    });
    let (count, window) = parts.ok_or_else(|| format!("{} is no rate", quote(rate)))?;
    let counter = format!("_rate_{}", window.name());
    let owner = if tool == "*" { "_global" } else { tool };
    let path = format!("state.{owner}.{counter}");
    let told = || format!("Rate limit of {count} per {} reached. Try again later.", window.name());
    Ok(Rule {
        name,
        conditions: Some(vec![Condition { path, operator: Operator::Lte, value: Literal::Int(count) }]),
        on_deny: Some(on_deny.unwrap_or_else(told)),
        state: Some(State { counter, window, increment: 1, increment_from: None }),
    })
}

fn read_condition(value: &Literal) -> Result<Condition, String> {
    let condition = map(value, "a condition", &["path", "op", "value"])?;
    let path = text(condition, "path")?.unwrap_or_default();
    if !["args.", "state."].iter().any(|root| path.strip_prefix(root).is_some_and(|rest| !rest.is_empty())) {
        return Err(format!("the path {} starts with neither `args.` nor `state.`", quote(&path)));
    }
    check_path(&path)?;
    let name = text(condition, "op")?.unwrap_or_default();
    let operator = Operator::find(&name).ok_or_else(|| format!("{} is no operator", quote(&name)))?;
    Ok(Condition { path, operator, value: condition.get("value").cloned().unwrap_or(Literal::Null) })
}

fn read_state(value: &Literal) -> Result<State, String> {
    let state = map(value, "`state`", &["counter", "window", "increment", "increment_from"])?;
    let counter = text(state, "counter")?.filter(|counter| !counter.is_empty()).ok_or("a counter must have a name")?;
    let window = text(state, "window")?.unwrap_or_default();
    let known = Window::ALL.into_iter().find(|known| known.name() == window);
    let increment = match state.get("increment") {
        // 0 means 1.
        None | Some(Literal::Null | Literal::Int(0)) => 1,
        Some(Literal::Int(amount)) => *amount,
        Some(_) => return Err("`increment` must be a whole number".to_owned()),
    };
    let increment_from = text(state, "increment_from")?;
    if increment_from.as_ref().is_some_and(|path| path.strip_prefix("args.").is_none_or(str::is_empty)) {
        return Err("`increment_from` must start with `args.`".to_owned());
    }
    increment_from.as_deref().map_or(Ok(()), check_path)?;
    Ok(State {
        counter,
        window: known.ok_or_else(|| format!("{} is no window", quote(&window)))?,
        increment,
        increment_from,
    })
}

//! The policy document of the hosted PolicyLayer gateway, as its public documentation describes it.
//!
//! Reading is strict: a key or value that the documentation does not confirm is refused, because it is unknown
//! what the gateway makes of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::quote;
use crate::emit::operators::literal::{DEEPEST, Literal, as_f64};
use crate::emit::operators::window::Window;
use crate::emit::operators::{Condition, Operator, check_path};
use crate::json::{Json, Kind, Value};

/// A whole document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Whether tools absent from `tools` are allowed.
    pub default_allow: bool,
    /// Hidden tools; `*` hides all.
    pub hide: BTreeSet<String>,
    /// Quotas over all calls.
    pub all_limits: Vec<Limit>,
    /// Rules by exact name of the tool.
    pub tools: BTreeMap<String, Tool>,
}

/// The rules of one tool.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tool {
    /// Each must hold.
    pub require: Vec<Predicate>,
    /// None may hold.
    pub deny_if: Vec<Predicate>,
    /// Quotas.
    pub limits: Vec<Limit>,
}

/// Conditions that hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// All must hold; without any the predicate holds.
    pub conditions: Vec<Condition>,
    /// What the caller reads.
    pub on_deny: String,
}

/// A quota for each grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The counter's name.
    pub counter: String,
    /// The window.
    pub window: Window,
    /// The most calls in a window.
    pub max: u64,
}

impl Predicate {
    /// The last part of the name in the log, by its place in its list.
    pub(super) fn log_name(&self, index: usize) -> String {
        let first = self.conditions.first();
        first.map_or_else(|| index.to_string(), |first| format!("{}-{}", first.path, first.operator.name()))
    }
}

impl Predicate {
    /// What it is sorted by in a document.
    pub(super) fn canonical(&self) -> Vec<u8> {
        serde_jcs::to_vec(self).unwrap_or_default()
    }
}

impl Limit {
    /// What it is sorted by in a document.
    pub(super) fn order(&self) -> (Window, String, u64) {
        (self.window, self.counter.clone(), self.max)
    }
}

/// As JSON, with the keys of every object in the order that the language reference gives.
mod json {
    use serde::ser::{Serialize, SerializeMap, Serializer};

    use super::{Document, Limit, Predicate, Tool};
    use crate::emit::operators::Condition;

    impl Serialize for Document {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("version", "1")?;
            map.serialize_entry("default", if self.default_allow { "allow" } else { "deny" })?;
            if !self.hide.is_empty() {
                map.serialize_entry("hide", &self.hide)?;
            }
            if !self.all_limits.is_empty() {
                map.serialize_entry("all_tools", &std::collections::BTreeMap::from([("limits", &self.all_limits)]))?;
            }
            if !self.tools.is_empty() {
                map.serialize_entry("tools", &self.tools)?;
            }
            map.end()
        }
    }

    impl Serialize for Tool {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for (key, predicates) in [("require", &self.require), ("deny_if", &self.deny_if)] {
                if !predicates.is_empty() {
                    map.serialize_entry(key, predicates)?;
                }
            }
            if !self.limits.is_empty() {
                map.serialize_entry("limits", &self.limits)?;
            }
            map.end()
        }
    }

    impl Serialize for Predicate {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("conditions", &self.conditions)?;
            map.serialize_entry("on_deny", &self.on_deny)?;
            map.end()
        }
    }

    impl Serialize for Condition {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("path", &self.path)?;
            map.serialize_entry("op", self.operator.name())?;
            map.serialize_entry("value", &self.value)?;
            map.end()
        }
    }

    impl Serialize for Limit {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("counter", &self.counter)?;
            map.serialize_entry("window", self.window.name())?;
            map.serialize_entry("max", &self.max)?;
            map.serialize_entry("scope", "grant")?;
            map.end()
        }
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// The text is not such a document. One line in lower case.
    pub fn read(text: &str) -> Result<Self, String> {
        let json = Json::parse(text).map_err(|error| format!("not JSON: {}", error.message))?;
        if json.duplicate_key().is_some() {
            return Err("an object has a key twice".to_owned());
        }
        let root = json.root();
        keys(root, "the document", &["version", "default", "hide", "all_tools", "tools"])?;
        if root.get("version").and_then(Value::as_str) != Some("1") {
            return Err("`version` must be \"1\"".to_owned());
        }
        let default_allow = match root.get("default").and_then(Value::as_str) {
            Some("allow") => true,
            Some("deny") => false,
            _ => return Err("`default` must be \"allow\" or \"deny\"".to_owned()),
        };
        let hide = match root.get("hide") {
            None => BTreeSet::new(),
            Some(list) => elements(list, "hide")?
                .map(|name| name.as_str().map(str::to_owned).ok_or("`hide` must be a list of names".to_owned()))
                .collect::<Result<_, _>>()?,
        };
        let all_limits = match root.get("all_tools") {
            None => Vec::new(),
            Some(all) => {
                keys(all, "`all_tools`", &["limits"])?;
                all.get("limits").map_or(Ok(Vec::new()), read_limits)?
            }
        };
        let mut tools = BTreeMap::new();
        if let Some(object) = root.get("tools") {
            object_only(object, "`tools`")?;
            for (name, tool) in object.entries() {
                tools.insert(name.as_str().unwrap_or_default().to_owned(), read_tool(tool)?);
            }
        }
        Ok(Self { default_allow, hide, all_limits, tools })
    }
}

fn object_only(value: Value<'_>, what: &str) -> Result<(), String> {
    if value.kind() == Kind::Object { Ok(()) } else { Err(format!("{what} must be an object")) }
}

fn keys(value: Value<'_>, what: &str, known: &[&str]) -> Result<(), String> {
    object_only(value, what)?;
    let unknown = value.entries().filter_map(|(key, _)| key.as_str()).find(|key| !known.contains(key));
    unknown.map_or(Ok(()), |key| Err(format!("{what} has the unknown key {}", quote(key))))
}

fn elements<'a>(value: Value<'a>, what: &str) -> Result<impl Iterator<Item = Value<'a>>, String> {
    if value.kind() == Kind::Array { Ok(value.items()) } else { Err(format!("`{what}` must be a list")) }
}

fn text(value: Value<'_>, key: &str) -> Result<String, String> {
    let found = value.get(key).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| format!("`{key}` must be a string"))
}

fn read_tool(value: Value<'_>) -> Result<Tool, String> {
    keys(value, "a tool", &["require", "deny_if", "limits"])?;
    let predicates = |key: &str| match value.get(key) {
        None => Ok(Vec::new()),
        Some(list) => elements(list, key)?.map(read_predicate).collect(),
    };
    Ok(Tool {
        require: predicates("require")?,
        deny_if: predicates("deny_if")?,
        limits: value.get("limits").map_or(Ok(Vec::new()), read_limits)?,
    })
}

fn read_predicate(value: Value<'_>) -> Result<Predicate, String> {
    keys(value, "a predicate", &["conditions", "on_deny"])?;
    let list = value.get("conditions").ok_or("a predicate must have `conditions`")?;
    Ok(Predicate {
        conditions: elements(list, "conditions")?.map(read_condition).collect::<Result<_, _>>()?,
        on_deny: text(value, "on_deny")?,
    })
}

fn read_condition(value: Value<'_>) -> Result<Condition, String> {
    keys(value, "a condition", &["path", "op", "value"])?;
    let path = text(value, "path")?;
    if path.strip_prefix("args.").is_none_or(str::is_empty) {
        return Err(format!("the path {} does not start with `args.`", quote(&path)));
    }
    check_path(&path)?;
    let name = text(value, "op")?;
    let operator = Operator::find(&name).ok_or_else(|| format!("{} is no operator", quote(&name)))?;
    let value = value.get("value").ok_or("a condition must have a `value`")?;
    Ok(Condition { path, operator, value: read_literal(value, 0)? })
}

fn read_limits(value: Value<'_>) -> Result<Vec<Limit>, String> {
    elements(value, "limits")?.map(read_limit).collect()
}

fn read_limit(value: Value<'_>) -> Result<Limit, String> {
    keys(value, "a limit", &["counter", "window", "max", "scope"])?;
    let window = text(value, "window")?;
    let known = Window::ALL.into_iter().find(|known| known.name() == window);
    if text(value, "scope")? != "grant" {
        return Err("the only known `scope` is \"grant\"".to_owned());
    }
    Ok(Limit {
        counter: text(value, "counter")?,
        window: known.ok_or_else(|| format!("{} is no known window", quote(&window)))?,
        max: value
            .get("max")
            .and_then(Value::as_number)
            .and_then(|max| max.to_u64())
            .ok_or("`max` must be a whole number, not below 0")?,
    })
}

fn read_literal(value: Value<'_>, level: u32) -> Result<Literal, String> {
    if level > DEEPEST {
        return Err("a value is nested too deep".to_owned());
    }
    Ok(match value.kind() {
        Kind::Null => Literal::Null,
        Kind::Bool => Literal::Bool(value.as_bool() == Some(true)),
        Kind::Number => {
            let number = as_f64(value).filter(|number| number.is_finite());
            Literal::Float(number.ok_or("a number is out of range")?)
        }
        Kind::String => Literal::Str(value.as_str().unwrap_or_default().to_owned()),
        Kind::Array => {
            Literal::List(value.items().map(|item| read_literal(item, level + 1)).collect::<Result<_, _>>()?)
        }
        Kind::Object => Literal::Map(
            value
                .entries()
                .map(|(key, item)| Ok((key.as_str().unwrap_or_default().to_owned(), read_literal(item, level + 1)?)))
                .collect::<Result<_, String>>()?,
        ),
    })
}

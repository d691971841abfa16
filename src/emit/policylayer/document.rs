//! The policy document of the hosted PolicyLayer gateway, as its public documentation describes it.
//!
//! Reading is strict: a key or value that the documentation does not confirm is refused, because it
//! is unknown what the gateway makes of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostics::{Diagnostic, codes};
use crate::emit::operators::literal::DocumentValue;
use crate::emit::operators::window::Window;
use crate::emit::operators::{Condition, Operator, read_path};
use crate::located::{self, Content, Entry, Format, Mistakes, Node, Object};
use crate::source::FileId;

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
    /// The text is not such a document: all that is wrong with it.
    pub fn read(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mut mistakes = Mistakes::new(FileId::default(), codes::BAD_DOCUMENT, Format::Json);
        let document = located::json(text, &mut mistakes).and_then(|root| read_document(&root, &mut mistakes));
        mistakes.into_result(document)
    }
}

fn read_document(root: &Node<'_>, mistakes: &mut Mistakes) -> Option<Document> {
    let root = root.as_object("the document", &["version", "default", "hide", "all_tools", "tools"], mistakes)?;
    if let Some(version) = root.required("version", mistakes) {
        version.as_word("`version`", &[("1", ())], mistakes);
    }
    let default = root.required("default", mistakes);
    let default_allow =
        default.and_then(|word| word.as_word("`default`", &[("allow", true), ("deny", false)], mistakes));
    let mut hide = BTreeSet::new();
    for name in elements(root.optional("hide"), "`hide`", mistakes) {
        hide.extend(name.as_text("a name in `hide`", mistakes).map(str::to_owned));
    }
    let all_tools = root.optional("all_tools").and_then(|all| all.as_object("`all_tools`", &["limits"], mistakes));
    let all_limits = read_limits(all_tools.and_then(|all| all.optional("limits")), mistakes);
    let tools = root.optional("tools").and_then(|tools| tools.as_entries("`tools`", mistakes)).unwrap_or_default();
    let read =
        |Entry { key, value }: &Entry<'_>| (key.name.to_string(), read_tool(value, mistakes).unwrap_or_default());
    let tools = tools.iter().map(read).collect();
    Some(Document { default_allow: default_allow?, hide, all_limits, tools })
}

fn elements<'a>(list: Option<&'a Node<'a>>, what: &str, mistakes: &mut Mistakes) -> &'a [Node<'a>] {
    list.and_then(|list| list.as_list(what, mistakes)).unwrap_or_default()
}

/// The text under a key; `what` is the key in backticks.
fn text(object: &Object<'_>, key: &str, what: &str, mistakes: &mut Mistakes) -> Option<String> {
    object.required(key, mistakes)?.as_text(what, mistakes).map(str::to_owned)
}

fn read_tool(value: &Node<'_>, mistakes: &mut Mistakes) -> Option<Tool> {
    let tool = value.as_object("a tool", &["require", "deny_if", "limits"], mistakes)?;
    let mut predicates = |key: &str, what: &str| {
        let list = elements(tool.optional(key), what, mistakes);
        list.iter().filter_map(|predicate| read_predicate(predicate, mistakes)).collect()
    };
    let (require, deny_if) = (predicates("require", "`require`"), predicates("deny_if", "`deny_if`"));
    Some(Tool { require, deny_if, limits: read_limits(tool.optional("limits"), mistakes) })
}

fn read_predicate(value: &Node<'_>, mistakes: &mut Mistakes) -> Option<Predicate> {
    let predicate = value.as_object("a predicate", &["conditions", "on_deny"], mistakes)?;
    let list = elements(predicate.required("conditions", mistakes), "`conditions`", mistakes);
    let conditions = list.iter().filter_map(|condition| read_condition(condition, mistakes)).collect();
    Some(Predicate { conditions, on_deny: text(&predicate, "on_deny", "`on_deny`", mistakes)? })
}

fn read_condition(value: &Node<'_>, mistakes: &mut Mistakes) -> Option<Condition> {
    let condition = value.as_object("a condition", &["path", "op", "value"], mistakes)?;
    let path = condition.required("path", mistakes).and_then(|path| read_path(path, "`path`", &["args."], mistakes));
    let operator = condition.required("op", mistakes).and_then(|op| Operator::read(op, mistakes));
    let operand = condition.required("value", mistakes);
    let value = operand.and_then(|operand| DocumentValue::of_node(operand, false, mistakes));
    let (path, operator, value) = (path?, operator?, value?);
    operator.check_operand(&value, operand?, mistakes);
    Some(Condition { path, operator, value })
}

fn read_limits(list: Option<&Node<'_>>, mistakes: &mut Mistakes) -> Vec<Limit> {
    elements(list, "`limits`", mistakes).iter().filter_map(|limit| read_limit(limit, mistakes)).collect()
}

fn read_limit(value: &Node<'_>, mistakes: &mut Mistakes) -> Option<Limit> {
    let limit = value.as_object("a limit", &["counter", "window", "max", "scope"], mistakes)?;
    let counter = text(&limit, "counter", "`counter`", mistakes);
    let window = limit.required("window", mistakes).and_then(|window| Window::read(window, mistakes));
    if let Some(scope) = limit.required("scope", mistakes) {
        scope.as_word("`scope`", &[("grant", ())], mistakes);
    }
    let max = limit.required("max", mistakes).and_then(|max| {
        let found = match &max.content {
            Content::Number(number) => number.decimal().and_then(|number| number.to_u64()),
            _ => None,
        };
        if found.is_none() {
            max.is_wrong("`max` must be a whole number, not below 0", "write a number like `30`", mistakes);
        }
        found
    });
    Some(Limit { counter: counter?, window: window?, max: max? })
}

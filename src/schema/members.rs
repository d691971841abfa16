//! Facts about the value at a path, for completion and hover.

use std::collections::BTreeSet;

use super::expand::{Branch, Expander, Unknown};
use super::kinds::Kinds;
use super::walk::{self, Stepped};
use super::{ArgumentInfo, Schema, arguments, constraint, describe, place};
use crate::json::Value;
use crate::predicate::Step;
use crate::source::Span;

/// What a schema says of the value at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueInfo {
    /// Its type as people read it: `integer`, `"EUR" | "USD"`, `array of string`.
    pub type_text: String,
    /// The kinds of value it can be.
    pub kinds: Kinds,
    /// The kinds of value that its elements can be, if it can be an array.
    pub element_kinds: Kinds,
    /// Whether every valid call has it, as far as the last step says.
    pub required: bool,
    /// What the server says about it.
    pub description: Option<String>,
    /// The listed values as JSON texts, if there is a list and nothing else is admitted.
    pub values: Vec<String>,
    /// The listed values of its elements as JSON texts.
    pub element_values: Vec<String>,
    /// The `default` as a JSON text.
    pub default: Option<String>,
    /// What narrows it, as words: `minimum 0`, `maxLength 64`.
    pub bounds: Vec<String>,
    /// The place of its name in the catalogue, or of its schema.
    pub span: Option<Span>,
}

/// Keywords that narrow a value, as they are listed for people.
const BOUNDS: [&str; 12] = [
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
];

impl<'a> Schema<'a> {
    /// The members that are declared below a path: the arguments themselves below the empty one. Each name once, in the order of the
    /// file; none where nothing is known.
    #[must_use]
    pub fn members(&self, steps: &[Step]) -> Vec<ArgumentInfo> {
        let Some(root) = self.root() else { return Vec::new() };
        let mut expander = Expander::new(root);
        let branches = branches(&mut expander, steps).unwrap_or_default();
        let mut names = BTreeSet::new();
        let mut found = Vec::new();
        for (key, schema) in branches.iter().flat_map(walk::declared) {
            let name = key.as_str().unwrap_or_default();
            if !names.insert(name) {
                continue;
            }
            let step = Step::Key(name.to_owned());
            // Each member gets its own allowance of work, so that a big one does not hide the next.
            let values = Expander::new(root).expand(vec![schema]);
            let type_text = values.map_or_else(
                |Unknown| "unknown".to_owned(),
                |values| describe::type_text(&mut Expander::new(root), &values),
            );
            found.push(ArgumentInfo {
                name: name.to_owned(),
                type_text,
                required: branches.iter().all(|branch| walk::requires(branch, &step)),
                description: schema.get("description").and_then(Value::as_str).map(str::to_owned),
                span: place(self.file, key),
            });
        }
        found
    }

    /// What is known of the value at a path; `None` if it is ruled out, or if nothing is known.
    #[must_use]
    pub fn info(&self, steps: &[Step]) -> Option<ValueInfo> {
        let root = self.root()?;
        let mut expander = Expander::new(root);
        let (last, above) = steps.split_last()?;
        let parents = branches(&mut expander, above).ok()?;
        let required = parents.iter().all(|branch| walk::requires(branch, last));
        let values = branches(&mut expander, steps).ok()?;
        if values.is_empty() {
            return None;
        }
        let mut elements = Vec::new();
        for branch in values.iter().filter(|branch| branch.kinds.intersects(Kinds::ARRAY)) {
            elements.extend(walk::elements(&mut expander, branch).ok()?);
        }
        let kinds = |branches: &[Branch<'_>]| branches.iter().fold(Kinds::NONE, |kinds, one| kinds.union(one.kinds));
        let parts: Vec<Value<'a>> = values.iter().flat_map(|branch| branch.parts.iter().copied()).collect();
        let text = |keyword: &str| parts.iter().find_map(|part| part.get(keyword));
        let name = match last {
            Step::Key(key) => parents.iter().flat_map(walk::declared).find(|(name, _)| name.as_str() == Some(key)),
            Step::Index(_) => None,
        };
        let schema = name.map(|(_, schema)| schema);
        let description = schema.and_then(|schema| schema.get("description")).or_else(|| text("description"));
        let mut bounds: Vec<String> = Vec::new();
        for keyword in BOUNDS {
            let said =
                parts.iter().find_map(|part| part.get(keyword)).map(|value| format!("{keyword} {}", value.source()));
            bounds.extend(said);
        }
        Some(ValueInfo {
            type_text: describe::type_text(&mut expander, &values),
            kinds: kinds(&values),
            element_kinds: kinds(&elements),
            required,
            description: description.and_then(Value::as_str).map(str::to_owned),
            values: listed(&values),
            element_values: listed(&elements),
            default: text("default").map(|value| value.source().to_owned()),
            bounds,
            span: name
                .map(|(name, _)| place(self.file, name))
                .or_else(|| parts.first().map(|part| place(self.file, *part))),
        })
    }
}

/// The branches of the value at a path.
fn branches<'a>(expander: &mut Expander<'a>, steps: &[Step]) -> Result<Vec<Branch<'a>>, Unknown> {
    let mut branches = arguments(expander)?;
    for step in steps {
        let mut into = Vec::new();
        for branch in &branches {
            if let Stepped::Into(schemas) = walk::step(branch, step) {
                into.extend(expander.expand(schemas)?);
                expander.spend(into.len())?;
            }
        }
        branches = into;
    }
    Ok(branches)
}

/// The values that are listed, if every branch lists some.
fn listed(branches: &[Branch<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for branch in branches {
        let Some(values) = constraint::candidates(branch, &constraint::listings(branch)) else { return Vec::new() };
        for value in values {
            if !found.iter().any(|other| other == value.source()) {
                found.push(value.source().to_owned());
            }
        }
    }
    found
}

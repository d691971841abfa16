//! The members and elements that the formulas of a schema mention.
//!
//! Whether an object may have further members concerns all members that some formula names, and so
//! does an `enum` with objects. So the names are gathered from all parts of a schema before the
//! first formula is built.

use std::collections::{BTreeMap, BTreeSet};

use super::Hop;
use super::{MOST_DEPTH, Reach, items};
use crate::json::{Kind, Value};
use crate::schema::admits::{is_declared, length};
use crate::schema::dialect::Draft;
use crate::schema::patterns;
use crate::schema::refs::{self, ReferenceTarget};

/// The deepest nesting of required objects and arrays that is followed below what conditions
/// mention.
const MOST_UNTOUCHED: usize = 6;
/// The most schemas looked at for the names.
const MOST_SCHEMAS: usize = 20_000;
/// The most members and elements that are named.
const MOST_NAMES: usize = 2_000;

/// What is named below one value.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The members, by their keys.
    pub keys: BTreeMap<String, Names>,
    /// What is named below each element, if anything is said about elements.
    pub elements: Option<Box<Names>>,
    /// The indices of the elements that are named one by one.
    pub indices: BTreeSet<u32>,
    /// Whether a condition mentions this value or one inside it.
    touched: bool,
}

impl Names {
    /// The names that conditions mention, and whether all of them are included.
    pub(super) fn of(places: &[Reach]) -> (Self, bool) {
        let mut root = Self { touched: true, ..Self::default() };
        let mut complete = true;
        for place in places {
            let mut at = &mut root;
            for step in place.iter().take(MOST_DEPTH) {
                at = match step {
                    Hop::Key(key) => at.keys.entry(key.clone()).or_default(),
                    Hop::Index(index) => {
                        at.indices.insert(*index);
                        at.elements.get_or_insert_default()
                    }
                    Hop::Element => at.elements.get_or_insert_default(),
                };
                at.touched = true;
            }
            complete &= place.len() <= MOST_DEPTH;
        }
        (root, complete)
    }
}

/// How deep a value lies, and how far below what conditions mention.
#[derive(Clone, Copy)]
struct Distance {
    /// The number of steps from the arguments.
    depth: usize,
    /// The number of steps since the last value that a condition mentions.
    untouched: usize,
    /// Whether all steps since then led to elements.
    elements: bool,
}

/// Adds the members and elements that a valid value must have.
pub(super) struct Gatherer<'a> {
    root: Value<'a>,
    draft: Draft,
    schemas: usize,
    names: usize,
    /// Whether required values lie deeper than was followed.
    cut: bool,
}

impl<'a> Gatherer<'a> {
    pub(super) fn new(root: Value<'a>, draft: Draft) -> Self {
        Self { root, draft, schemas: MOST_SCHEMAS, names: MOST_NAMES, cut: false }
    }

    /// Adds them to the names of the arguments. Returns false if some could not be added.
    pub(super) fn gather(mut self, names: &mut Names) -> bool {
        self.below(names, vec![self.root], Distance { depth: 0, untouched: 0, elements: true });
        self.schemas > 0 && self.names > 0 && !self.cut
    }

    fn below(&mut self, names: &mut Names, schemas: Vec<Value<'a>>, at: Distance) {
        let at = if names.touched { Distance { untouched: 0, elements: true, ..at } } else { at };
        if at.depth >= MOST_DEPTH || at.untouched > MOST_UNTOUCHED {
            self.cut |= !schemas.is_empty();
            return;
        }
        let parts = self.parts(schemas);
        for part in &parts {
            self.required(names, part, at);
        }
        // What a member requires beside it is known only now, and may require more.
        for part in parts.iter().chain(&parts) {
            self.dependent(names, part.schema);
        }
        let next = Distance { depth: at.depth + 1, untouched: at.untouched + 1, elements: false };
        for (key, inner) in &mut names.keys {
            let schemas = parts.iter().flat_map(|part| member(part.schema, key)).collect();
            self.below(inner, schemas, next);
        }
        if let Some(inner) = &mut names.elements {
            let schemas = parts.iter().flat_map(|part| elements(part.schema)).collect();
            self.below(inner, schemas, Distance { elements: at.elements, ..next });
        }
    }

    /// The schema objects that may say something about a value for which the schemas hold.
    fn parts(&mut self, schemas: Vec<Value<'a>>) -> Vec<Part<'a>> {
        let mut open: Vec<_> = schemas.into_iter().map(|schema| Part { schema, condition: false }).collect();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        while let Some(part) = open.pop() {
            if part.schema.kind() != Kind::Object || !seen.insert((part.schema.id(), part.condition)) {
                continue;
            }
            if self.schemas == 0 {
                break;
            }
            self.schemas -= 1;
            let mut add = |schema, condition| open.push(Part { schema, condition: condition || part.condition });
            if let Some(reference) = part.schema.get("$ref") {
                if let ReferenceTarget::Found(target) = refs::resolve(self.root, reference.as_str().unwrap_or_default())
                {
                    add(target, false);
                }
                if self.draft.ref_stands_alone() {
                    continue;
                }
            }
            for (key, value) in part.schema.entries() {
                match key.as_str().unwrap_or_default() {
                    "allOf" | "anyOf" | "oneOf" => value.items().for_each(|schema| add(schema, false)),
                    "then" | "else" => add(value, false),
                    "if" | "not" => add(value, true),
                    "dependentSchemas" | "dependencies" => value.entries().for_each(|(_, schema)| add(schema, false)),
                    _ => {}
                }
            }
            found.push(part);
        }
        found
    }

    fn required(&mut self, names: &mut Names, part: &Part<'a>, at: Distance) {
        let schema = part.schema;
        for name in schema.get("required").into_iter().flat_map(Value::items) {
            self.name(names, name);
        }
        if part.condition {
            // What an `if` or `not` depends on must be named, even if it is not required.
            for (name, _) in schema.get("properties").into_iter().flat_map(Value::entries) {
                self.name(names, name);
            }
        }
        let least = schema.get("minItems").and_then(length).unwrap_or(0);
        let spoken_of = at.elements && at.untouched <= 1;
        if least > 0 || schema.get("contains").is_some() || (spoken_of && items(schema).next().is_some()) {
            names.elements.get_or_insert_default();
        }
        if let Some(value) = schema.get("const") {
            self.literal(names, value, 0);
        }
        for value in schema.get("enum").into_iter().flat_map(Value::items) {
            self.literal(names, value, 0);
        }
    }

    fn name(&mut self, names: &mut Names, name: Value<'a>) {
        if let Some(key) = name.as_str()
            && !names.keys.contains_key(key)
            && self.names > 0
        {
            self.names -= 1;
            names.keys.insert(key.to_owned(), Names::default());
        }
    }

    fn dependent(&mut self, names: &mut Names, schema: Value<'a>) {
        let maps = ["dependentRequired", "dependencies"].into_iter().filter_map(|name| schema.get(name));
        for (key, list) in maps.flat_map(Value::entries) {
            if key.as_str().is_some_and(|key| names.keys.contains_key(key)) {
                list.items().for_each(|name| self.name(names, name));
            }
        }
    }

    /// Names the members and elements of a literal object or array.
    fn literal(&mut self, names: &mut Names, value: Value<'a>, depth: usize) {
        if depth >= MOST_DEPTH {
            return;
        }
        for (key, inner) in value.entries() {
            self.name(names, key);
            if let Some(names) = key.as_str().and_then(|key| names.keys.get_mut(key)) {
                self.literal(names, inner, depth + 1);
            }
        }
        for inner in value.items() {
            self.literal(names.elements.get_or_insert_default(), inner, depth + 1);
        }
    }
}

/// A schema object.
struct Part<'a> {
    schema: Value<'a>,
    /// Whether it stands inside an `if` or `not`.
    condition: bool,
}

/// The schemas that may hold for the member with the key.
fn member<'a>(schema: Value<'a>, key: &str) -> Vec<Value<'a>> {
    let declared = schema.get("properties").and_then(|properties| properties.get(key));
    let patterns = schema.get("patternProperties").into_iter().flat_map(Value::entries);
    let matching =
        patterns.filter(|(pattern, _)| patterns::occurs(pattern.as_str().unwrap_or_default(), key) != Some(false));
    let additional = schema.get("additionalProperties").filter(|_| is_declared(schema, key) != Some(true));
    declared.into_iter().chain(matching.map(|(_, schema)| schema)).chain(additional).collect()
}

/// The schemas that may hold for an element.
fn elements(schema: Value<'_>) -> Vec<Value<'_>> {
    items(schema).chain(schema.get("contains")).collect()
}

//! Where two schemas differ, so that a search looks there and a proof rests on nothing else.
//!
//! A schema is a conjunction of keywords. A keyword, or a subschema at the same place, that is the
//! same in both schemas does not affect which values only one of them admits. So it is left out of
//! both, and if every value that one rest admits is admitted by the other, the same is true of the
//! whole schemas.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::{Hop, Reach};
use crate::json::{Json, Kind, Value, compact, json_quote};
use crate::schema::dialect::Draft;
use crate::schema::refs::{self, ReferenceTarget};

/// The deepest nesting of schemas that is compared, and the most steps of a place.
const MOST_DEPTH: usize = 12;
/// The most places that are looked at apart from those of conditions.
const MOST_PLACES: usize = 250;

/// Keywords that say nothing about which values are valid.
const ANNOTATIONS: &[&str] =
    &["title", "description", "$comment", "default", "examples", "deprecated", "readOnly", "writeOnly"];
/// Keywords that other parts refer to or depend on, so they are never left out.
const KEPT: &[&str] = &[
    "$schema",
    "$id",
    "id",
    "$anchor",
    "$defs",
    "definitions",
    "$ref",
    "$dynamicRef",
    "$dynamicAnchor",
    "$recursiveRef",
    "$recursiveAnchor",
    "$vocabulary",
];
/// Keywords that mean something only together.
const GROUPS: &[&[&str]] = &[
    &["type", "nullable", "enum", "const"],
    &["properties", "patternProperties", "additionalProperties"],
    &["items", "prefixItems", "additionalItems"],
    &["contains", "minContains", "maxContains"],
    &["if", "then", "else"],
    &["minimum", "exclusiveMinimum"],
    &["maximum", "exclusiveMaximum"],
];
/// Keywords about members that nothing names. Formulas say too little about these for a proof.
const UNNAMED: &[&str] = &[
    "\"patternProperties\"",
    "\"propertyNames\"",
    "\"minProperties\"",
    "\"maxProperties\"",
    "\"unevaluated",
    "\"dependentSchemas\"",
    "\"dependencies\"",
];

/// What is left of two schemas, the old one first, without what is the same in both.
pub(super) struct Differing {
    rests: [Json; 2],
}

impl Differing {
    /// `None` if the schemas are nested too deeply.
    pub(super) fn of(old: Value<'_>, new: Value<'_>) -> Option<Self> {
        let whole = |schema: Value<'_>| compact(schema.source());
        let parts = |name: &str| [old, new].map(|schema| schema.get(name).map(|part| compact(part.source())));
        let same = |name: &str| {
            let [old, new] = parts(name);
            old == new
        };
        let [before, after] = [old, new].map(whole);
        let depends = |text: &str| text.contains("\"unevaluated") || text.contains("\"$recursive");
        let reducible = !depends(&before) && !depends(&after) && same("$schema") && same("$id") && same("id");
        let rests = if reducible {
            Reducer { shared: same("$defs") && same("definitions") }.reduce(old, new, 0)?
        } else {
            [before, after]
        };
        let [old, new] = rests.map(|text| Json::parse(&text).ok());
        Some(Self { rests: [old?, new?] })
    }

    /// What is left of the old schema, and of the new one.
    pub(super) fn rests(&self) -> [Value<'_>; 2] {
        let [old, new] = &self.rests;
        [old.root(), new.root()]
    }

    /// Whether no difference is left that could affect which values are valid.
    pub(super) fn is_nothing(&self) -> bool {
        let [old, new] = &self.rests;
        old.text() == new.text()
    }

    /// The members and elements that the rests mention, and one member that neither declares
    /// wherever such members matter; and whether these are all.
    pub(super) fn places(&self) -> (BTreeSet<Reach>, bool) {
        let mut found = BTreeSet::new();
        let mut complete = true;
        for root in self.rests() {
            let mut walker = Walker { root, draft: Draft::of(root), found: &mut found, complete: true };
            walker.below(vec![root], &Reach::new(), 0);
            complete &= walker.complete;
        }
        (found, complete)
    }

    /// Whether formulas express all that the rest of a side says about members that nothing names.
    pub(super) fn says_all(&self, side: usize) -> bool {
        let text = self.rests.get(side).map(Json::text).unwrap_or_default();
        !UNNAMED.iter().any(|keyword| text.contains(keyword))
    }
}

fn to(place: &Reach, hop: Hop) -> Reach {
    place.iter().cloned().chain([hop]).collect()
}

/// Leaves out what two schemas have in common.
struct Reducer {
    /// Whether the definitions are the same in both schemas, so that references into them lead to
    /// the same.
    shared: bool,
}

impl Reducer {
    /// The two schemas without what they have in common; `None` if they are nested too deeply.
    fn reduce(&self, old: Value<'_>, new: Value<'_>, depth: usize) -> Option<[String; 2]> {
        let plain = || [old, new].map(|schema| compact(schema.source()));
        if depth > MOST_DEPTH {
            return None;
        }
        let objects = old.kind() == Kind::Object && new.kind() == Kind::Object;
        // It depends on the draft whether other keywords beside a reference count.
        if !objects || old.get("$ref").is_some() || new.get("$ref").is_some() {
            return Some(plain());
        }
        let keys: BTreeSet<&str> = old.entries().chain(new.entries()).filter_map(|(key, _)| key.as_str()).collect();
        let mut rests: [Vec<String>; 2] = Default::default();
        for key in keys.into_iter().filter(|key| !ANNOTATIONS.contains(key)) {
            let found = [old.get(key), new.get(key)];
            let group = GROUPS.iter().find(|group| group.contains(&key));
            let alike = group.copied().unwrap_or(&[key]).iter().all(|key| self.alike([old.get(key), new.get(key)]));
            if alike && !KEPT.contains(&key) {
                continue;
            }
            let texts = match (key, found) {
                ("properties", [Some(before), Some(after)]) => self.members(before, after, depth)?.map(Some),
                ("items", [Some(before), Some(after)]) => self.reduce(before, after, depth + 1)?.map(Some),
                _ => found.map(|found| found.map(|found| compact(found.source()))),
            };
            for (rest, text) in rests.iter_mut().zip(texts) {
                rest.extend(text.map(|text| format!("{}:{text}", json_quote(key))));
            }
        }
        Some(rests.map(|rest| format!("{{{}}}", rest.join(","))))
    }

    /// Like [`Reducer::reduce`], for the maps of `properties`.
    fn members(&self, old: Value<'_>, new: Value<'_>, depth: usize) -> Option<[String; 2]> {
        let keys: BTreeSet<&str> = old.entries().chain(new.entries()).filter_map(|(key, _)| key.as_str()).collect();
        let mut rests: [Vec<String>; 2] = Default::default();
        for key in keys {
            let found = [old.get(key), new.get(key)];
            let texts = match found {
                // The member stays declared.
                _ if self.alike(found) => [Some("true".to_owned()), Some("true".to_owned())],
                [Some(before), Some(after)] => self.reduce(before, after, depth + 1)?.map(Some),
                _ => found.map(|found| found.map(|found| compact(found.source()))),
            };
            for (rest, text) in rests.iter_mut().zip(texts) {
                rest.extend(text.map(|text| format!("{}:{text}", json_quote(key))));
            }
        }
        Some(rests.map(|rest| format!("{{{}}}", rest.join(","))))
    }

    /// Whether two parts are the same, including what references in them lead to.
    fn alike(&self, parts: [Option<Value<'_>>; 2]) -> bool {
        let [old, new] = parts.map(|part| part.map(|part| compact(part.source())));
        let leads = |text: &String| {
            let all = text.matches("Ref\"").count() + text.matches("\"$ref\"").count();
            let known =
                ["#/$defs/", "#/definitions/"].map(|start| text.matches(&format!("\"$ref\":\"{start}")).count());
            all == known.iter().sum::<usize>() && (all == 0 || self.shared)
        };
        old == new && old.iter().all(leads)
    }
}

/// Finds the places that a schema mentions.
struct Walker<'w, 'a> {
    root: Value<'a>,
    draft: Option<Draft>,
    found: &'w mut BTreeSet<Reach>,
    complete: bool,
}

impl<'a> Walker<'_, 'a> {
    fn below(&mut self, schemas: Vec<Value<'a>>, place: &Reach, depth: usize) {
        if schemas.is_empty() {
            return;
        }
        if depth >= MOST_DEPTH || self.found.len() >= MOST_PLACES {
            self.complete = false;
            return;
        }
        let parts = self.parts(schemas);
        let mut members: BTreeMap<&str, Vec<Value<'a>>> = BTreeMap::new();
        let mut others = Vec::new();
        let mut elements = Vec::new();
        for part in &parts {
            for (key, schema) in part.get("properties").into_iter().flat_map(Value::entries) {
                members.entry(key.as_str().unwrap_or_default()).or_default().push(schema);
            }
            let lists = ["dependentRequired", "dependencies"].into_iter().filter_map(|name| part.get(name));
            for (key, names) in lists.flat_map(Value::entries) {
                let names = names.items().filter_map(Value::as_str).chain(key.as_str());
                for name in names {
                    members.entry(name).or_default();
                }
            }
            let required = part.get("required").into_iter().flat_map(Value::items);
            for name in required.filter_map(Value::as_str) {
                members.entry(name).or_default();
            }
            others.extend(part.get("additionalProperties"));
            for schema in
                ["items", "prefixItems", "additionalItems", "contains"].into_iter().filter_map(|name| part.get(name))
            {
                match schema.kind() {
                    Kind::Array => elements.extend(schema.items()),
                    _ => elements.push(schema),
                }
            }
            if part.get("uniqueItems").is_some() {
                elements.extend(part.get("uniqueItems"));
            }
        }
        let mut probe = "other".to_owned();
        while members.contains_key(probe.as_str()) {
            probe.push('_');
        }
        if !others.is_empty() {
            self.step(others, to(place, Hop::Key(probe)), depth);
        }
        for (key, schemas) in members {
            self.step(schemas, to(place, Hop::Key(key.to_owned())), depth);
        }
        if !elements.is_empty() {
            self.step(elements, to(place, Hop::Element), depth);
        }
    }

    fn step(&mut self, schemas: Vec<Value<'a>>, place: Reach, depth: usize) {
        self.found.insert(place.clone());
        self.below(schemas, &place, depth + 1);
    }

    /// The schema objects that are about the same value as these.
    fn parts(&mut self, mut open: Vec<Value<'a>>) -> Vec<Value<'a>> {
        let mut seen = BTreeSet::new();
        let mut parts = Vec::new();
        while let Some(schema) = open.pop() {
            if schema.kind() != Kind::Object || !seen.insert(schema.id()) {
                continue;
            }
            if let Some(ReferenceTarget::Found(target)) =
                schema.get("$ref").and_then(Value::as_str).map(|text| refs::resolve(self.root, text))
            {
                open.push(target);
                if self.draft.is_some_and(Draft::ref_stands_alone) {
                    continue;
                }
            }
            for name in ["allOf", "anyOf", "oneOf"] {
                open.extend(schema.get(name).into_iter().flat_map(Value::items));
            }
            open.extend(["not", "if", "then", "else"].into_iter().filter_map(|name| schema.get(name)));
            let dependent = ["dependentSchemas", "dependencies"].into_iter().filter_map(|name| schema.get(name));
            open.extend(dependent.flat_map(Value::entries).map(|(_, schema)| schema));
            parts.push(schema);
        }
        parts
    }
}

//! Two catalogues of a server, without a policy: what else differs than [`catalogue`] sees, which values
//! arguments take more or less, and text that may be meant for a model behind the back of its reader.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{self, CatalogueChange, ToolChange};
use super::schema_pair::SchemaPair;
use super::{ToolName, Verdict};
use crate::catalogue::flags::{self, Flag};
use crate::catalogue::{Catalogue, canonical_value};
use crate::ir::Server;
use crate::json::{Json, Value, json_quote};
use crate::schema::Schema;
use crate::source::FileId;

/// The most tools whose schemas are compared value by value; of further ones this is left undecided.
const MOST_TOOLS: usize = 300;
/// The most arguments of one tool that are compared so.
const MOST_ARGUMENTS: usize = 100;

/// The most sentences of one tool that are compared.
const MOST_TEXTS: usize = 100;

/// What differs between two catalogues.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CatalogueDiff {
    /// Tools, texts, annotations, arguments and classes.
    pub change: CatalogueChange,
    /// By the names of tools, new ones for those that were renamed, which values their schemas admit.
    pub schemas: BTreeMap<String, SchemaChange>,
    /// By the names of tools of the new catalogue, what is odd in their texts, if it was not so before or if all was asked for.
    pub flags: BTreeMap<String, Vec<Flag>>,
    /// By the names of tools, the sentences within schemas and other members that differ: where, old and new. Descriptions of
    /// tools and their arguments are in [`change`](Self::change).
    pub texts: BTreeMap<String, Vec<(String, [String; 2])>>,
    /// The members that differ besides those of [`change`](Self::change): `outputSchema`, `execution`.
    pub members: BTreeMap<String, BTreeSet<String>>,
}

/// What another schema admits.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaChange {
    /// The calls. Examples are arguments.
    pub calls: Admitted,
    /// By name, the values of each argument that both schemas declare at their root, if its schema differs. Examples are values.
    pub arguments: BTreeMap<String, Admitted>,
}

/// What is admitted more, and what less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// What only the new schema admits.
    pub more: Answer,
    /// What only the old schema admitted.
    pub less: Answer,
}

/// Whether there is something that only one schema admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is nothing, which is proved.
    None,
    /// For example this: JSON.
    Example(String),
    /// That was too much work, or schemas say what cannot be decided.
    Undecided,
}

impl Admitted {
    /// The verdict on the schema.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (&self.more, &self.less) {
            (Answer::None, Answer::None) => Verdict::Same,
            (Answer::None, Answer::Example(_)) => Verdict::Tighter,
            (Answer::Example(_), Answer::None) => Verdict::Looser,
            (Answer::Example(_), _) => Verdict::Both,
            (Answer::Undecided, _) | (_, Answer::Undecided) => Verdict::Undecided,
        }
    }
}

impl CatalogueDiff {
    /// The verdict on all changes. More tools, more calls and a milder class are looser, the opposites tighter. Of other texts
    /// nobody knows what they make a model do, so they are undecided.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let change = &self.change;
        let when = |is: bool, verdict: Verdict| if is { verdict } else { Verdict::Same };
        let mut verdict = when(!change.added.is_empty(), Verdict::Looser)
            .and(when(!change.removed.is_empty(), Verdict::Tighter))
            .and(when(!change.renamed.is_empty(), Verdict::Both))
            .and(when(!self.members.is_empty() || !self.texts.is_empty(), Verdict::Undecided));
        for tool in &change.changed {
            verdict = verdict.and(of_tool(tool));
        }
        self.schemas.values().map(|schema| schema.calls.verdict()).fold(verdict, Verdict::and)
    }
}

fn of_tool(tool: &ToolChange) -> Verdict {
    let texts =
        tool.title.is_some() || tool.description.is_some() || !tool.annotations.is_empty() || tool.listed.is_some();
    let words = tool.arguments.iter().any(|argument| {
        let description = |side: usize| argument.said.get(side)?.as_ref()?.description.as_deref();
        description(0) != description(1)
    });
    let texts = if texts || words { Verdict::Undecided } else { Verdict::Same };
    let class = match &tool.class {
        Some(([old, new], _)) if old.with(*new) == *new => Verdict::Tighter,
        Some(([old, new], _)) if old.with(*new) == *old => Verdict::Looser,
        Some(_) => Verdict::Both,
        None => Verdict::Same,
    };
    texts.and(class)
}

/// Compares two catalogues of a server. `all_flags` asks for everything odd in the new one, not only for what is new.
#[must_use]
pub fn compare(old: &Server, new: &Server, all_flags: bool) -> CatalogueDiff {
    let change = catalogue::changes(&new.name, Some(old), Some(new));
    let mut diff = CatalogueDiff { change, ..CatalogueDiff::default() };
    let (Some(before), Some(after)) = (&old.catalogue, &new.catalogue) else { return diff };
    // The old name of each tool of the new catalogue that was there before.
    let renamed = diff.change.renamed.iter().map(|renamed| (renamed.new.as_str(), renamed.old.as_str()));
    let renamed: BTreeMap<&str, &str> = renamed.collect();
    let mut compared = 0;
    for name in after.names() {
        let was = renamed.get(name.as_ref()).copied().unwrap_or(name);
        let is_known = !before.entries(was).is_empty();
        let known = if is_known { flags_of(before, was) } else { Vec::new() };
        let mut odd = flags_of(after, name);
        odd.retain(|flag| all_flags || !known.contains(flag));
        if !odd.is_empty() {
            diff.flags.insert(name.to_string(), odd);
        }
        if !is_known || before.digests(was) == after.digests(name) {
            continue;
        }
        let pair = SchemaPair {
            name: ToolName { server: None, tool: Some(name.to_string()) },
            schemas: [schemas(before, was), schemas(after, name)],
        };
        if sources(&pair.schemas[0]) != sources(&pair.schemas[1]) {
            compared += 1;
            diff.schemas.insert(name.to_string(), schema_change(&pair, compared <= MOST_TOOLS));
        }
        let texts = texts_within(before, was, after, name);
        if !texts.is_empty() {
            diff.texts.insert(name.to_string(), texts);
        }
        let told = diff.change.changed.iter().any(|change| change.name == **name);
        let members = members(before, was, after, name, told || was != name.as_ref());
        if !members.is_empty() {
            diff.members.insert(name.to_string(), members);
        }
    }
    diff
}

fn flags_of(catalogue: &Catalogue, name: &str) -> Vec<Flag> {
    let listings = catalogue.entries(name).iter().filter_map(|entry| catalogue.value(*entry));
    let mut all = Vec::new();
    for flag in listings.flat_map(flags::of_listing) {
        if !all.contains(&flag) {
            all.push(flag);
        }
    }
    all
}

fn schemas<'c>(catalogue: &'c Catalogue, name: &str) -> Vec<Schema<'c>> {
    catalogue.entries(name).iter().map(|entry| catalogue.schema(*entry)).collect()
}

fn sources(schemas: &[Schema<'_>]) -> Vec<String> {
    schemas.iter().map(|schema| schema.root().map(canonical_value).unwrap_or_default()).collect()
}

/// The sentences below the members of a tool that differ.
fn texts_within(before: &Catalogue, was: &str, after: &Catalogue, is: &str) -> Vec<(String, [String; 2])> {
    let all = |catalogue: &Catalogue, name: &str| -> BTreeMap<String, String> {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for tool in catalogue.entries(name).iter().filter_map(|entry| catalogue.value(*entry)) {
            flags::sentences(tool, &mut |text, way| {
                let names: Vec<&str> = way.iter().map(String::as_str).collect();
                if !matches!(names.as_slice(), [_] | ["inputSchema", "properties", _, "description"]) {
                    let place = found.entry(flags::place(way)).or_default();
                    if !place.is_empty() {
                        place.push('\n');
                    }
                    place.push_str(text);
                }
            });
        }
        found
    };
    let [old, new] = [all(before, was), all(after, is)];
    let places: BTreeSet<&String> =
        old.keys().chain(new.keys()).filter(|place| old.get(*place) != new.get(*place)).collect();
    let text = |of: &BTreeMap<String, String>, place: &String| of.get(place).cloned().unwrap_or_default();
    places.into_iter().take(MOST_TEXTS).map(|place| (place.clone(), [text(&old, place), text(&new, place)])).collect()
}

/// Members that a comparison of catalogues names already.
const NAMED: [&str; 6] = ["name", "title", "description", "inputSchema", "annotations", "x-policyc"];
/// Annotations that it names.
const HINTS: [&str; 4] = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"];

/// Other members that differ. A tool that differs and of which nothing is `told` has another listing that does.
fn members(before: &Catalogue, was: &str, after: &Catalogue, is: &str, told: bool) -> BTreeSet<String> {
    let first = |catalogue: &'_ Catalogue, name: &str| -> BTreeMap<String, String> {
        let Some(tool) = catalogue.entries(name).first().and_then(|entry| catalogue.value(*entry)) else {
            return BTreeMap::new();
        };
        let text = |key: Value<'_>| key.as_str().unwrap_or_default().to_owned();
        let mut all: BTreeMap<String, String> = tool
            .entries()
            .map(|(key, value)| (text(key), canonical_value(value)))
            .filter(|(key, _)| !NAMED.contains(&key.as_str()))
            .collect();
        let hints = tool.get("annotations").into_iter().flat_map(|value| value.entries().collect::<Vec<_>>());
        all.extend(
            hints
                .map(|(key, value)| (text(key), value))
                .filter(|(key, _)| !HINTS.contains(&key.as_str()))
                .map(|(key, value)| (format!("annotations.{key}"), canonical_value(value))),
        );
        all
    };
    let [old, new] = [first(before, was), first(after, is)];
    let keys = old.keys().chain(new.keys()).filter(|key| old.get(*key) != new.get(*key));
    let mut differing: BTreeSet<String> = keys.cloned().collect();
    if differing.is_empty() && !told {
        differing.insert("another listing".to_owned());
    }
    differing
}

fn schema_change(pair: &SchemaPair<'_>, within: bool) -> SchemaChange {
    let undecided = Admitted { more: Answer::Undecided, less: Answer::Undecided };
    if !within {
        return SchemaChange { calls: undecided, arguments: BTreeMap::new() };
    }
    let calls = admitted(pair, &|arguments| Some(arguments.root().source().to_owned()));
    let mut arguments = BTreeMap::new();
    if let ([old], [new]) = (pair.schemas[0].as_slice(), pair.schemas[1].as_slice())
        && let (Some(old), Some(new)) = (old.root(), new.root())
    {
        for (name, before) in declared(old) {
            let Some(after) = declared(new).find(|(key, _)| *key == name).map(|(_, value)| value) else { continue };
            // What is the same text can lead to definitions that differ.
            let same = canonical_value(before) == canonical_value(after);
            if same && !after.source().contains("\"$ref\"") || arguments.len() >= MOST_ARGUMENTS {
                continue;
            }
            let found = argument(name, [old, new], [before, after]).unwrap_or_else(|| undecided.clone());
            if !same || found.verdict() != Verdict::Same {
                arguments.insert(name.to_owned(), found);
            }
        }
    }
    SchemaChange { calls, arguments }
}

/// The arguments that a schema declares at its root.
fn declared(root: Value<'_>) -> impl Iterator<Item = (&str, Value<'_>)> {
    let properties = root.get("properties").into_iter().flat_map(|properties| properties.entries().collect::<Vec<_>>());
    properties.filter_map(|(key, value)| Some((key.as_str()?, value)))
}

/// What each side admits as one argument, asked of schemas that have nothing but this argument; `None` if such schemas cannot be made.
fn argument(name: &str, roots: [Value<'_>; 2], parts: [Value<'_>; 2]) -> Option<Admitted> {
    let alone = |side: usize| -> Option<Json> {
        let (root, part) = (roots.get(side)?, parts.get(side)?);
        let mut text = format!("{{\"type\": \"object\", \"properties\": {{{}: {}}}", json_quote(name), part.source());
        for key in ["$schema", "$defs", "definitions"] {
            if let Some(value) = root.get(key) {
                text.push_str(&format!(", {}: {}", json_quote(key), value.source()));
            }
        }
        text.push('}');
        let json = Json::parse(&text).ok()?;
        let is_here = |reference: &Value<'_>| {
            reference.as_str().is_some_and(|text| text.starts_with("#/$defs/") || text.starts_with("#/definitions/"))
        };
        let closed = crate::schema::refs::references(json.root()).into_iter().all(|reference| is_here(&reference));
        closed.then_some(json)
    };
    let [old, new] = [alone(0)?, alone(1)?];
    let schemas = [&old, &new].map(|json| vec![Schema::new(Some(json.root()), FileId::default())]);
    let pair = SchemaPair { name: ToolName { server: None, tool: Some(String::new()) }, schemas };
    Some(admitted(&pair, &|arguments| arguments.root().get(name).map(|value| value.source().to_owned())))
}

/// What only one side admits; `shown` takes the example from the arguments of a call.
fn admitted(pair: &SchemaPair<'_>, shown: &dyn Fn(&Json) -> Option<String>) -> Admitted {
    let ask = |side: usize| match pair.newly_valid(side, &[], &|_| Vec::new(), &|_| true) {
        Ok(None) => Answer::None,
        Ok(Some(call)) => {
            let example = Json::parse(&call.arguments).ok().and_then(|arguments| shown(&arguments));
            example.map_or(Answer::Undecided, Answer::Example)
        }
        Err(_) => Answer::Undecided,
    };
    Admitted { more: ask(1), less: ask(0) }
}

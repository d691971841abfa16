//! What changes between two catalogues of a server, whatever the policy says.

use std::collections::BTreeSet;

use crate::catalogue::{Annotations, Catalogue, Classes, ToolEntry};
use crate::ir::Server;
use crate::json::compact;
use crate::schema::{ArgumentInfo, Schema};

/// What changes between two catalogues of a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CatalogueChange {
    /// The server; empty where only one is compared.
    pub server: String,
    /// How many tools the old catalogue has, each name once.
    pub before: usize,
    /// How many tools the new catalogue has.
    pub after: usize,
    /// Tools that only the new catalogue has, without those that were probably renamed.
    pub added: Vec<ToolInfo>,
    /// Tools that only the old catalogue has, without those that were probably renamed.
    pub removed: Vec<ToolInfo>,
    /// Tools that are probably the same under another name.
    pub renamed: Vec<Renamed>,
    /// Tools that both have and that differ.
    pub changed: Vec<ToolChange>,
}

/// A tool and its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolInfo {
    /// Its name.
    pub name: String,
    /// Its risk class.
    pub class: Classes,
}

/// A tool that is probably the same under another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    /// What it was called.
    pub old: String,
    /// What it is called.
    pub new: String,
    /// The evidence for that, as a phrase.
    pub why: &'static str,
}

/// How a tool differs between two catalogues.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolChange {
    /// Its name.
    pub name: String,
    /// The title before and now, if it differs.
    pub title: Option<[String; 2]>,
    /// The description before and now, if it differs.
    pub description: Option<[String; 2]>,
    /// The annotations that differ: the name, the value before and now.
    pub annotations: Vec<(&'static str, [Option<bool>; 2])>,
    /// The class before and now with the reason for it, if it differs.
    pub class: Option<([Classes; 2], String)>,
    /// The arguments that differ.
    pub arguments: Vec<ArgumentChange>,
    /// Whether the inputSchema differs in any way.
    pub schema: bool,
    /// How often the tool is listed before and now, if that differs.
    pub listed: Option<[usize; 2]>,
}

/// How an argument differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentChange {
    /// Its name.
    pub name: String,
    /// What the schema says about it, before and now; `None` if there is no such argument.
    pub said: [Option<ArgumentFacts>; 2],
}

impl ArgumentChange {
    /// Whether more differs than the description of the argument.
    #[must_use]
    pub fn matters(&self) -> bool {
        let said = |said: &Option<ArgumentFacts>| said.as_ref().map(|said| (said.type_text.clone(), said.required));
        let [old, new] = &self.said;
        said(old) != said(new)
    }
}

/// What a schema says about an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentFacts {
    /// Its type, as a text for readers.
    pub type_text: String,
    /// Whether every valid call has it.
    pub required: bool,
    /// What the server says about it, which models read.
    pub description: Option<String>,
}

impl CatalogueChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.renamed.is_empty() && self.changed.is_empty()
    }
}

/// What changes from one catalogue of a server to another, with the classes of its tools. A server
/// without a catalogue has no tools.
#[must_use]
pub fn changes(server: &str, old: Option<&Server>, new: Option<&Server>) -> CatalogueChange {
    let [(old_server, old), (new_server, new)] =
        [old, new].map(|server| (server, server.and_then(|server| server.catalogue.as_deref())));
    let names = |catalogue: Option<&Catalogue>| -> BTreeSet<String> {
        catalogue.map(|catalogue| catalogue.names().iter().map(ToString::to_string).collect()).unwrap_or_default()
    };
    let (before, after) = (names(old), names(new));
    let mut change =
        CatalogueChange { server: server.to_owned(), before: before.len(), after: after.len(), ..Default::default() };
    let mut removed: Vec<&String> = before.difference(&after).collect();
    let mut added: Vec<&String> = after.difference(&before).collect();
    if let (Some(old), Some(new)) = (old, new) {
        change.renamed = renamed(old, new, &mut removed, &mut added);
        let classes =
            |name: &str| [old_server, new_server].map(|server| server.and_then(|server| server.classes_of(name)));
        change.changed =
            before.intersection(&after).filter_map(|name| changed(name, old, new, classes(name))).collect();
    }
    let infos = |names: Vec<&String>, server: Option<&Server>| -> Vec<ToolInfo> {
        let info = |name: &String| Some(ToolInfo { name: name.clone(), class: server?.classes_of(name)?.0 });
        names.into_iter().filter_map(info).collect()
    };
    change.removed = infos(removed, old_server);
    change.added = infos(added, new_server);
    change
}

fn first<'c>(catalogue: &'c Catalogue, name: &str) -> Option<&'c ToolEntry> {
    catalogue.entries(name).first().and_then(|entry| catalogue.tool(*entry))
}

pub(super) fn schema<'c>(catalogue: &'c Catalogue, name: &str) -> Option<Schema<'c>> {
    catalogue.entries(name).first().map(|entry| catalogue.schema(*entry))
}

/// A schema without the white space between its parts, so that another layout is no change.
pub(super) fn schema_text(schema: &Schema<'_>) -> String {
    compact(schema.root().map(|root| root.source()).unwrap_or_default())
}

/// The least similarity of names that count as similar: 1 is equal, 0 has nothing in common.
const SIMILAR: f64 = 0.6;
/// Longer names are not compared.
const LONGEST: usize = 128;
/// With more pairs of removed and added tools, no renaming is guessed: such catalogues have too
/// little in common.
const MOST_PAIRS: usize = 250_000;

/// Takes the tools that were probably renamed out of both lists, the most probable first.
fn renamed(old: &Catalogue, new: &Catalogue, removed: &mut Vec<&String>, added: &mut Vec<&String>) -> Vec<Renamed> {
    if removed.len().saturating_mul(added.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let mut likely = Vec::new();
    for before in removed.iter() {
        for after in added.iter() {
            let (Some(left), Some(right)) = (first(old, before), first(new, after)) else { continue };
            let schemas = [schema(old, before), schema(new, after)].map(|schema| schema.as_ref().map(schema_text));
            let same_schema = schemas.first() == schemas.get(1);
            let same_words = left.description.is_some() && left.description == right.description;
            let near = before.len() <= LONGEST && after.len() <= LONGEST;
            let similarity = if near { strsim::normalized_levenshtein(before, after) } else { 0.0 };
            let why = match (same_schema, similarity >= SIMILAR, same_words) {
                (true, _, true) => "the same inputSchema and description",
                (true, true, false) => "the same inputSchema and a similar name",
                (false, true, true) => "the same description and a similar name",
                _ => continue,
            };
            // Similarity is between 0 and 1, and finite.
            likely.push(((similarity * 1_000.0) as u32, same_words, *before, *after, why));
        }
    }
    likely.sort_by(|left, right| (right.1, right.0, left.2, left.3).cmp(&(left.1, left.0, right.2, right.3)));
    let mut renamed: Vec<Renamed> = Vec::new();
    for (_, _, before, after, why) in likely {
        if removed.contains(&before) && added.contains(&after) {
            removed.retain(|name| *name != before);
            added.retain(|name| *name != after);
            renamed.push(Renamed { old: before.clone(), new: after.clone(), why });
        }
    }
    renamed.sort_by(|left, right| left.old.cmp(&right.old));
    renamed
}

/// How a tool that both catalogues have differs; `None` if it does not.
fn changed(name: &str, old: &Catalogue, new: &Catalogue, classes: [Option<(Classes, &str)>; 2]) -> Option<ToolChange> {
    let (left, right) = (first(old, name)?, first(new, name)?);
    let texts = |left: &Option<String>, right: &Option<String>| {
        (left != right).then(|| [left.clone().unwrap_or_default(), right.clone().unwrap_or_default()])
    };
    let listings = |catalogue: &Catalogue| -> Vec<String> {
        catalogue.entries(name).iter().map(|entry| schema_text(&catalogue.schema(*entry))).collect()
    };
    let (before, after) = (listings(old), listings(new));
    let schema_changes = before != after;
    let change = ToolChange {
        name: name.to_owned(),
        title: texts(&left.title, &right.title),
        description: texts(&left.description, &right.description),
        annotations: annotations(left.annotations, right.annotations),
        class: match classes {
            [Some((old, _)), Some((new, why))] if old != new => Some(([old, new], why.to_owned())),
            _ => None,
        },
        arguments: match (schema(old, name), schema(new, name)) {
            (Some(old), Some(new)) if schema_changes => arguments(&old, &new),
            _ => Vec::new(),
        },
        schema: schema_changes,
        listed: (before.len() != after.len()).then_some([before.len(), after.len()]),
    };
    let same = ToolChange { name: name.to_owned(), ..ToolChange::default() };
    (change != same).then_some(change)
}

fn annotations(old: Annotations, new: Annotations) -> Vec<(&'static str, [Option<bool>; 2])> {
    let all = [
        ("readOnlyHint", [old.read_only, new.read_only]),
        ("destructiveHint", [old.destructive, new.destructive]),
        ("idempotentHint", [old.idempotent, new.idempotent]),
        ("openWorldHint", [old.open_world, new.open_world]),
    ];
    all.into_iter().filter(|(_, [old, new])| old != new).collect()
}

/// The arguments that differ between two schemas, by name.
pub(super) fn arguments(old: &Schema<'_>, new: &Schema<'_>) -> Vec<ArgumentChange> {
    let (before, after) = (old.arguments(), new.arguments());
    let names: BTreeSet<&str> = before.iter().chain(&after).map(|argument| argument.name.as_str()).collect();
    let said = |arguments: &[ArgumentInfo], name: &str| {
        let argument = arguments.iter().find(|argument| argument.name == name)?;
        let description = argument.description.clone();
        Some(ArgumentFacts { type_text: argument.type_text.clone(), required: argument.required, description })
    };
    let all = names
        .into_iter()
        .map(|name| ArgumentChange { name: name.to_owned(), said: [said(&before, name), said(&after, name)] });
    all.filter(|change| {
        let [old, new] = &change.said;
        old != new
    })
    .collect()
}

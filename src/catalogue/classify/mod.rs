//! What a tool does, inferred from what its catalogue says of it.
//!
//! Each part of the entry (name, description, arguments, annotations) gives pieces of [`Evidence`], each for one class or tag,
//! with a weight and with what was seen. A class or tag holds if its evidence together weighs enough. Nothing is learned, looked
//! up or remembered: the same entry always gives the same answer, whatever other tools there are.
//!
//! A tool is a read only when its name or description says so and nothing says more; `readOnlyHint` alone is not enough.

mod arguments;
mod description;
mod evidence;
mod lists;
mod name;
mod nouns;
mod sentence;
mod tags;
#[cfg(test)]
mod tests;
mod verbs;

pub use evidence::{Evidence, Sign, Source, Weight};

use super::{Annotations, Class, Classes, Tag, Tags};
use crate::diagnostics::{Confidence, quote};
use crate::json::Value;
use arguments::Argument;
use evidence::Found;
use name::Name;
use tags::Seen;

/// What a catalogue says of a tool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) name: &'a str,
    pub(super) description: Option<&'a str>,
    pub(super) annotations: Annotations,
    pub(super) schema: Option<Value<'a>>,
}

/// What was inferred for a tool, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classification {
    /// Its classes.
    pub classes: Classes,
    /// How sure the classes are: high with strong evidence and nothing against it, low if only weak or contradictory evidence
    /// was found, or none.
    pub confidence: Confidence,
    /// Its tags.
    pub tags: Tags,
    /// All evidence: that for classes first, in the order in which it was found, also what did not count in the end.
    pub evidence: Vec<Evidence>,
    /// Why it has these classes, as a clause without capital or period.
    pub reason: String,
}

/// Infers the classes and tags of a tool.
pub(super) fn classify(facts: &Facts<'_>) -> Classification {
    let Read { name, lower, arguments, found: mut evidence } = Read::of(facts, true);
    let classes = holding(&evidence).unwrap_or(Classes::of(Class::Write));
    let (confidence, reason) = explain(&evidence, holding(&evidence));
    let lead = facts.description.map(sentence::lead).unwrap_or_default();
    let seen = Seen {
        name: &name,
        lower: &lower,
        lead: &lead,
        arguments: &arguments,
        annotations: facts.annotations,
        classes,
    };
    tags::tags(&seen, &mut evidence);
    let tags = Tag::ALL.into_iter().filter(|tag| evidence.speaks_for(Sign::Tag(*tag)));
    let tags = tags.fold(Tags::NONE, |tags, tag| tags.with(Tags::of(tag)));
    Classification { classes, confidence, tags, evidence: evidence.all, reason }
}

/// The classes that [`classify`] infers, and nothing else, for about half the work.
pub(super) fn classes(facts: &Facts<'_>) -> Classes {
    holding(&Read::of(facts, false).found).unwrap_or(Classes::of(Class::Write))
}

/// Whether a tool brings a change of code to where others use it: `merge_pull_request`, `complete_merge_request`.
#[must_use]
pub fn merges_code(name: &str) -> bool {
    let name = Name::read(name);
    name.clauses.iter().any(|clause| {
        let (verb, object) = (clause.verb_text(), clause.object());
        let has = |words: &[&str]| object.iter().any(|word| words.contains(&word.as_str()));
        let request = has(&["pull", "pr", "mr", "merge"])
            && !has(&["comment", "note", "thread", "review", "reviewer", "reviewers"]);
        match verb {
            "merge" => {
                object.is_empty()
                    || has(&["pull", "pr", "mr", "request", "branch", "branches", "fork", "change", "changes"])
            }
            "complete" | "accept" | "approve" => request,
            _ => false,
        }
    })
}

/// An entry that was read for its classes.
struct Read<'a> {
    name: Name,
    /// The description in lower case.
    lower: String,
    arguments: Vec<Argument<'a>>,
    /// The evidence for classes.
    found: Found,
}

impl<'a> Read<'a> {
    fn of(facts: &Facts<'a>, explains: bool) -> Self {
        let name = Name::read(facts.name);
        let arguments = arguments::of_schema(facts.schema);
        let mut found = Found::new(explains);
        let lower = facts.description.map(description::lower).unwrap_or_default();
        let only_reads = description::only_reads(&lower);
        name::classes(&name, only_reads, &mut found);
        let said = facts.description.and_then(|text| description::classes(text, &lower, only_reads, &name, &mut found));
        arguments::classes(&arguments, &name, only_reads, &mut found);
        hints(facts.annotations, &name, said, &mut found);
        settle_ambiguity(&name, said, &mut found);
        Self { name, lower, arguments, found }
    }
}

/// The hints of the server. They can only raise its class.
///
/// `destructiveHint` is `true` by default in the protocol, and many servers set it on all that is no read: of the tools with a
/// known class and this hint that we have seen, fewer than half take anything away. So it does not count alone where the name
/// has a verb that only adds or changes something, and not where name and description both say that the tool reads, or that it
/// acts on nothing but the window or connection of the caller.
fn hints(hints: Annotations, name: &Name, said: Option<Class>, found: &mut Found) {
    if hints.read_only == Some(false) {
        found.class(Source::Annotations, Class::Write, Weight::Fair, || {
            "its server says that it is not read-only".to_owned()
        });
    }
    if hints.read_only == Some(true) {
        // What `export` and `generate` make may be nothing but the answer, and then the hint decides.
        let weight = if name.produces() { Weight::Fair } else { Weight::Weak };
        found.class(Source::Annotations, Class::Read, weight, || "its server says that it only reads".to_owned());
    } else if hints.destructive == Some(true) && !name.is_local() {
        let known = match name.verb_class() {
            Some(Class::Read) => said == Some(Class::Read) && !name.is_ambiguous(),
            Some(_) => true,
            None => false,
        };
        let weight = if known { Weight::Weak } else { Weight::Fair };
        found.class(Source::Annotations, Class::Destructive, weight, || {
            "its server says that it is destructive".to_owned()
        });
    }
}

/// `run_list` runs a list or lists runs: a description that begins with reading decides.
fn settle_ambiguity(name: &Name, said: Option<Class>, found: &mut Found) {
    if said != Some(Class::Read) || name.has_no_verb() || !name.is_ambiguous() {
        return;
    }
    for evidence in &mut found.all {
        let of_name = evidence.source == Source::Name && evidence.sign != Sign::Class(Class::Read);
        if of_name {
            evidence.weight = Weight::Weak;
        }
    }
}

/// The classes with enough evidence.
fn holding(found: &Found) -> Option<Classes> {
    let holding = Class::ALL.into_iter().filter(|class| found.speaks_for(Sign::Class(*class)));
    holding.map(Classes::of).reduce(Classes::with)
}

/// How sure the classes are, and why they are these.
fn explain(found: &Found, classes: Option<Classes>) -> (Confidence, String) {
    let Some(classes) = classes else {
        let write = found.all.iter().find(|found| found.sign == Sign::Class(Class::Write));
        let reason = write.map_or("nothing says for sure that it only reads", |found| found.saw.as_str()).to_owned();
        return (Confidence::Low, reason);
    };
    let evidence_of = |class: Class| found.all.iter().filter(move |found| found.sign == Sign::Class(class));
    // One reason for each class, the most severe first: its weightiest evidence. "`cancel` and `order`" says `cancel` too.
    let mut reasons: Vec<&str> = Vec::new();
    for class in Class::ALL.into_iter().rev().filter(|class| classes.has(*class)) {
        let best = evidence_of(class).rev().max_by_key(|found| found.weight).map(|found| found.saw.as_str());
        reasons.extend(best.filter(|saw| reasons.iter().all(|known| !known.starts_with(saw))));
    }
    let reason = reasons.join(", and ");
    let most = classes.most_severe();
    let strongest = evidence_of(most).map(|found| found.weight).max();
    let against = Class::ALL.into_iter().any(|class| {
        let differs = !classes.has(class);
        differs
            && evidence_of(class)
                .any(|found| found.source != Source::Annotations && (found.weight > Weight::Weak || class > most))
    });
    let confidence = match (strongest, against) {
        (Some(Weight::Strong), false) => Confidence::High,
        (Some(Weight::Strong), true) | (Some(Weight::Fair), false) => Confidence::Medium,
        _ => Confidence::Low,
    };
    (confidence, reason)
}

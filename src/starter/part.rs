//! The tools of a policy, in the parts of a first policy.

use std::collections::BTreeSet;

use super::bounds;
use crate::catalogue::flags::Oddity;
use crate::catalogue::{BuiltIn, Class, Classes, Evidence, Sign, Tag, Tags, merges_code};
use crate::diagnostics::Confidence;
use crate::ir::{Policy, ToolId};
use crate::syntax::print;

/// A part of the policy: tools that are held back in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// They change nothing.
    Reads,
    /// They add or change something.
    Changes,
    /// They run what the caller writes, or start what works by itself.
    Executions,
    /// They bring changes of code to where others use it.
    Merges,
    /// They reach people.
    Messages,
    /// They handle passwords, keys and tokens.
    Secrets,
    /// They change who may do what.
    Permissions,
    /// What they take away may not come back.
    Removals,
    /// They move money.
    Payments,
    /// Their descriptions seem to address the model, whatever else they do.
    Suspicious,
}

impl Part {
    pub(super) const ALL: [Self; 10] = [
        Self::Reads,
        Self::Changes,
        Self::Executions,
        Self::Merges,
        Self::Messages,
        Self::Secrets,
        Self::Permissions,
        Self::Removals,
        Self::Payments,
        Self::Suspicious,
    ];

    /// The part of a tool: that in which most is asked for.
    fn of(name: &str, class: Class, tags: Tags) -> Self {
        match class {
            Class::Financial => Self::Payments,
            Class::Destructive => Self::Removals,
            _ if tags.has(Tag::Permissions) => Self::Permissions,
            _ if tags.has(Tag::Secrets) => Self::Secrets,
            _ if tags.has(Tag::Sends) => Self::Messages,
            Class::Write if merges_code(name) => Self::Merges,
            Class::Execute => Self::Executions,
            Class::Write => Self::Changes,
            Class::Read => Self::Reads,
        }
    }

    /// The name of its group.
    pub(super) const fn group(self) -> &'static str {
        match self {
            Self::Reads => "reading",
            Self::Changes => "changing",
            Self::Executions => "executing",
            Self::Merges => "merging",
            Self::Messages => "messaging",
            Self::Secrets => "credentials",
            Self::Permissions => "permitting",
            Self::Removals => "removing",
            Self::Payments => "paying",
            Self::Suspicious => "suspicious",
        }
    }
}

/// A tool, as a first policy names it.
pub(super) struct Named {
    pub(super) id: ToolId,
    pub(super) part: Part,
    classes: Classes,
    tags: Tags,
    /// Whether little speaks for the classes, so that a person should look.
    pub(super) doubtful: bool,
    /// As a selection names it.
    pub(super) name: String,
    /// What its schema says of values that can be compared: conditions that each valid call meets.
    pub(super) bounds: Vec<String>,
}

/// The tools of all servers.
pub(super) struct Tools {
    tools: Vec<Named>,
    classes: BTreeSet<Class>,
    tags: Tags,
}

impl Tools {
    /// The tools of a policy, in the order of their names; each once.
    pub(super) fn of(policy: &Policy) -> Self {
        let several = policy.servers.len() > 1;
        let mut classes = BTreeSet::new();
        let mut tags = Tags::default();
        let mut tools: Vec<Named> = policy
            .known_tools()
            .filter_map(|(id, tool)| {
                let (found, why) = policy.classes(id)?;
                classes.extend(found.iter());
                let server = policy.server(tool.server)?;
                let mut entries = tool.entries.iter().filter_map(|entry| server.catalogue.as_ref()?.tool(*entry));
                let suspicious = entries.any(|entry| {
                    let description = entry.description.as_deref();
                    description.is_some_and(|text| Oddity::Instruction.find(text).is_some())
                });
                let tagged = server.tags(tool).unwrap_or_default();
                tags = tags.with(tagged);
                // What its owner says of it needs no evidence.
                let inferred = tool.entries.iter().filter_map(|entry| server.catalogue.as_ref()?.inferred(*entry));
                let mut inferred = inferred.filter(|inferred| inferred.reason == why).peekable();
                let doubtful = inferred.peek().is_some_and(|inferred| inferred.confidence == Confidence::Low);
                // A coupon is no payment, and yet nothing to give away unseen.
                let about_money = found.most_severe() == Class::Write
                    && inferred.any(|inferred| inferred.evidence.iter().any(speaks_of_money));
                let class = if about_money { Class::Financial } else { found.most_severe() };
                let part = if suspicious { Part::Suspicious } else { Part::of(&tool.name, class, tagged) };
                let bare = print::tool(&tool.name);
                let name = if several { format!("{}::{bare}", server.name) } else { bare };
                let bounds = if part == Part::Executions { bounds::of(policy, tool) } else { Vec::new() };
                Some(Named { id, part, classes: found, tags: tagged, doubtful, name, bounds })
            })
            .collect();
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        Self { tools, classes, tags }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.tools.len()
    }

    /// The tools of a part.
    pub(super) fn in_part(&self, part: Part) -> impl Iterator<Item = &Named> {
        self.tools.iter().filter(move |tool| tool.part == part)
    }

    /// All tools.
    pub(super) fn all(&self) -> impl Iterator<Item = &Named> {
        self.tools.iter()
    }

    /// Whether some tool has a class or tag.
    pub(super) fn have(&self, set: BuiltIn) -> bool {
        match set {
            BuiltIn::Class(class) => self.classes.contains(&class),
            BuiltIn::Tag(tag) => self.tags.has(tag),
            BuiltIn::Changes => self.classes.iter().any(|class| *class != Class::Read),
        }
    }
}

impl Named {
    /// Whether it has a class or tag.
    pub(super) const fn is_in(&self, set: BuiltIn) -> bool {
        match set {
            BuiltIn::Class(class) => self.classes.has(class),
            BuiltIn::Tag(tag) => self.tags.has(tag),
            BuiltIn::Changes => !self.classes.has(Class::Read),
        }
    }
}

/// Whether a piece of evidence speaks for money, however little it weighs.
fn speaks_of_money(evidence: &Evidence) -> bool {
    evidence.sign == Sign::Class(Class::Financial)
}

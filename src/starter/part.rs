//! The tools of a policy, in the parts of a first policy.

use std::collections::BTreeSet;

use crate::catalogue::flags::Oddity;
use crate::catalogue::{BuiltIn, Class, Classes, Tag, Tags};
use crate::ir::{Policy, Tool, ToolId};
use crate::schema::Schema;
use crate::syntax::print;

/// A part of the policy: tools that are held back in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// They change nothing.
    Reads,
    /// They add or change something.
    Changes,
    /// They run what the caller writes.
    Executions,
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
    pub(super) const ALL: [Self; 9] = [
        Self::Reads,
        Self::Changes,
        Self::Executions,
        Self::Messages,
        Self::Secrets,
        Self::Permissions,
        Self::Removals,
        Self::Payments,
        Self::Suspicious,
    ];

    /// The part of a tool: that in which most is asked for.
    fn of(class: Class, tags: Tags) -> Self {
        match class {
            Class::Financial => Self::Payments,
            Class::Destructive => Self::Removals,
            _ if tags.has(Tag::Permissions) => Self::Permissions,
            _ if tags.has(Tag::Secrets) => Self::Secrets,
            _ if tags.has(Tag::Sends) => Self::Messages,
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
                let found = policy.classes(id)?.0;
                classes.extend(found.iter());
                let server = policy.server(tool.server)?;
                let mut entries = tool.entries.iter().filter_map(|entry| server.catalogue.as_ref()?.tool(*entry));
                let suspicious = entries.any(|entry| {
                    let description = entry.description.as_deref();
                    description.is_some_and(|text| Oddity::Instruction.find(text).is_some())
                });
                let tagged = server.tags(tool).unwrap_or_default();
                tags = tags.with(tagged);
                let part = if suspicious { Part::Suspicious } else { Part::of(found.most_severe(), tagged) };
                let bare = print::tool(&tool.name);
                let name = if several { format!("{}::{bare}", server.name) } else { bare };
                let bounds = if part == Part::Executions { bounds(policy, tool) } else { Vec::new() };
                Some(Named { id, part, classes: found, tags: tagged, name, bounds })
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

/// What the schemas of a tool say of its arguments, as conditions of the language: the largest number, the listed values. A gateway need not
/// check schemas, so that these are worth a rule.
fn bounds(policy: &Policy, tool: &Tool) -> Vec<String> {
    /// More values than this are no list that a person checks.
    const VALUES: usize = 12;
    let Some(catalogue) = policy.server(tool.server).and_then(|server| server.catalogue.as_ref()) else {
        return Vec::new();
    };
    let [entry] = tool.entries.as_slice() else { return Vec::new() };
    let schema: Schema<'_> = catalogue.schema(*entry);
    let mut found = Vec::new();
    for argument in schema.arguments() {
        let step = crate::predicate::Step::Key(argument.name.clone());
        let Some(info) = schema.info(std::slice::from_ref(&step)) else { continue };
        let path = format!("args.{}", print::tool(&argument.name));
        let most = info.bounds.iter().find_map(|bound| bound.strip_prefix("maximum "));
        let condition = if let Some(most) = most {
            format!("{path} <= {most}")
        } else if (2..=VALUES).contains(&info.values.len()) {
            format!("{path} in [{}]", info.values.join(", "))
        } else {
            continue;
        };
        found.push(if argument.required { condition } else { format!("not has {path} or {condition}") });
    }
    found
}

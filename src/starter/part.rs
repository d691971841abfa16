//! The tools of a policy, in the parts of a first policy.

use std::collections::BTreeSet;

use crate::catalogue::Class;
use crate::ir::{Policy, Tool};
use crate::lint;
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
    /// What they take away may not come back.
    Removals,
    /// They move money.
    Payments,
    /// Their descriptions seem to address the model, whatever else they do.
    Suspicious,
}

impl Part {
    pub(super) const ALL: [Self; 6] =
        [Self::Reads, Self::Changes, Self::Executions, Self::Removals, Self::Payments, Self::Suspicious];

    const fn of(class: Class) -> Self {
        match class {
            Class::Read => Self::Reads,
            Class::Write => Self::Changes,
            Class::Execute => Self::Executions,
            Class::Destructive => Self::Removals,
            Class::Financial => Self::Payments,
        }
    }

    /// The name of its group.
    pub(super) const fn group(self) -> &'static str {
        match self {
            Self::Reads => "reading",
            Self::Changes => "changing",
            Self::Executions => "executing",
            Self::Removals => "removing",
            Self::Payments => "paying",
            Self::Suspicious => "suspicious",
        }
    }
}

/// A tool, as a first policy names it.
pub(super) struct Named {
    pub(super) part: Part,
    /// As a selection names it.
    pub(super) name: String,
    /// What its schema says of values that can be compared: conditions that each valid call meets.
    pub(super) bounds: Vec<String>,
}

/// The tools of all servers.
pub(super) struct Tools {
    tools: Vec<Named>,
    classes: BTreeSet<Class>,
}

impl Tools {
    /// The tools of a policy, in the order of their names; each once.
    pub(super) fn of(policy: &Policy) -> Self {
        let several = policy.servers.len() > 1;
        let mut classes = BTreeSet::new();
        let mut tools: Vec<Named> = policy
            .known_tools()
            .filter_map(|(id, tool)| {
                let found = policy.classes(id)?.0;
                classes.extend(found.iter());
                let server = policy.server(tool.server)?;
                let mut entries = tool.entries.iter().filter_map(|entry| server.catalogue.as_ref()?.tool(*entry));
                let suspicious = entries.any(|entry| lint::addressing(entry).is_some());
                let part = if suspicious { Part::Suspicious } else { Part::of(found.most_severe()) };
                let bare = print::tool(&tool.name);
                let name = if several { format!("{}::{bare}", server.name) } else { bare };
                let bounds = if part == Part::Executions { bounds(policy, tool) } else { Vec::new() };
                Some(Named { part, name, bounds })
            })
            .collect();
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        Self { tools, classes }
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

    /// Whether some tool has a class.
    pub(super) fn have(&self, class: Class) -> bool {
        self.classes.contains(&class)
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

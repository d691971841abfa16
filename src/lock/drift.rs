//! How the catalogue of today differs from what is locked.

use super::{LockedServer, LockedTool, of_today};
use crate::catalogue::{Catalogue, Part, ToolSets};
use crate::diagnostics::{join, quote};

/// A tool that is not as it is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Its name.
    pub tool: String,
    /// How it differs.
    pub change: Change,
}

/// How a tool differs from what is locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is not in the lock.
    Added,
    /// It is in the lock only.
    Removed,
    /// It is in both.
    Changed {
        /// What its server says otherwise.
        parts: Vec<Part>,
        /// The classes and tags that are locked, and those that it would have without the lock, if these differ.
        sets: Option<[ToolSets; 2]>,
    },
}

/// What nobody has read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// The tool.
    Tool,
    /// What has changed of it since somebody read it.
    Change,
}

impl Drift {
    /// What differs, as a message.
    #[must_use]
    pub fn message(&self) -> String {
        let tool = quote(&self.tool);
        let (parts, sets) = match &self.change {
            Change::Added => return format!("the tool {tool} is not in the lock"),
            Change::Removed => return format!("the tool {tool} is in the lock, and no longer in the catalogue"),
            Change::Changed { parts, sets } => (parts, sets),
        };
        let names: Vec<String> = parts.iter().map(|part| part_words(*part).to_owned()).collect();
        let differ =
            if matches!(parts.as_slice(), [part] if *part != Part::Annotations) { "differs" } else { "differ" };
        let sets = sets.map(|[locked, now]| {
            format!("locked as {}, which without the lock would be {}", quote(&locked.names()), quote(&now.names()))
        });
        match (names.is_empty(), sets) {
            (true, Some(sets)) => format!("the tool {tool} is {sets}"),
            (true, None) => format!("the tool {tool} is as it is locked"),
            (false, Some(sets)) => {
                format!("{} of {tool} {differ} from the lock; it is {sets}", join(&names, "and"))
            }
            (false, None) => format!("{} of {tool} {differ} from the lock", join(&names, "and")),
        }
    }
}

/// A part in the middle of a sentence.
const fn part_words(part: Part) -> &'static str {
    match part {
        Part::Name => "the title",
        Part::Description => "the description",
        Part::Schema => "the schema",
        Part::Annotations => "the annotations",
        Part::Other => "another member",
    }
}

impl LockedServer {
    /// The tools that are not as they are locked, in order of their names.
    #[must_use]
    pub fn drift(&self, catalogue: &Catalogue) -> Vec<Drift> {
        let mut found = Vec::new();
        for name in catalogue.names() {
            let change = match self.tools.get(name.as_ref()) {
                None => Change::Added,
                Some(locked) => match changed(locked, catalogue, name) {
                    Some(change) => change,
                    None => continue,
                },
            };
            found.push(Drift { tool: name.to_string(), change });
        }
        let gone = self.tools.keys().filter(|tool| catalogue.entries(tool).is_empty());
        found.extend(gone.map(|tool| Drift { tool: tool.clone(), change: Change::Removed }));
        found.sort_by(|left, right| left.tool.cmp(&right.tool));
        found
    }

    /// What of a tool in the catalogue nobody has read; `None` if somebody has read it as it is.
    #[must_use]
    pub fn unseen(&self, catalogue: &Catalogue, tool: &str) -> Option<Unseen> {
        let Some(review) = self.tools.get(tool).and_then(|tool| tool.reviewed.as_ref()) else {
            return Some(Unseen::Tool);
        };
        (Some(review.digest) != catalogue.digests(tool).map(|digests| digests.whole())).then_some(Unseen::Change)
    }
}

/// How a tool that is in both differs.
fn changed(locked: &LockedTool, catalogue: &Catalogue, name: &str) -> Option<Change> {
    let (sets, digests) = of_today(catalogue, name)?;
    let parts = locked.digests.differing(&digests);
    let sets = (sets != locked.sets).then_some([locked.sets, sets]);
    (!parts.is_empty() || sets.is_some()).then_some(Change::Changed { parts, sets })
}

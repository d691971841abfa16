//! The lock: what the catalogues of servers said when a person last agreed to it.
//!
//! `policyc.lock` has for each tool the digests of its parts, the classes and tags that it had, and whether somebody has read it. Against it
//! the catalogues of today are compared: what differs is [drift](Drift). Those of the lock are used where nobody else
//! gives some, so that neither a server nor a new version of this program takes a tool out of `@destructive`.
//!
//! The file is TOML with a table for each tool, in order of the names, so that version control merges changes of different
//! tools. It is written whole, and the same bytes as long as nothing changes.

mod drift;
mod read;
#[cfg(test)]
mod tests;
mod whence;
mod write;

use std::collections::BTreeMap;

pub use drift::{Change, Drift, Unseen};
pub use whence::whence;

use crate::catalogue::{Catalogue, Digest, ToolDigests, ToolSets};
use crate::source::Span;

/// The name of the file.
pub const FILE_NAME: &str = "policyc.lock";
/// The version of the format that is read and written.
pub const VERSION: i64 = 1;
/// The largest lock that is read: 64 MiB.
pub const MAX_LOCK: usize = 64 << 20;

/// What is locked.
#[derive(Debug, Clone, Default)]
pub struct Lock {
    /// By the names of servers.
    pub servers: BTreeMap<String, LockedServer>,
}

/// A server in the lock.
#[derive(Debug, Clone, Default)]
pub struct LockedServer {
    /// Its catalogue: a path relative to the lock, with `/`.
    pub catalogue: String,
    /// Where the catalogue came from: an address or the name of a program, as [`whence`] leaves it.
    pub from: Option<String>,
    /// How long the server lets its list be kept, in milliseconds.
    pub ttl_ms: Option<u64>,
    /// By the names of tools.
    pub tools: BTreeMap<String, LockedTool>,
    /// The head of its table.
    pub span: Span,
}

/// A tool in the lock.
#[derive(Debug, Clone)]
pub struct LockedTool {
    /// What its catalogue said.
    pub digests: ToolDigests,
    /// The classes and tags that it had without `policyc.toml`.
    pub sets: ToolSets,
    /// When this was locked: RFC 3339.
    pub locked: String,
    /// That somebody has read it.
    pub reviewed: Option<Review>,
    /// The head of its table.
    pub span: Span,
}

/// That somebody has read what the catalogue says of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What they have seen: [`ToolDigests::whole`].
    pub digest: Digest,
    /// When: RFC 3339.
    pub at: String,
    /// Who, if they said so.
    pub by: Option<String>,
}

impl Lock {
    /// The lock with the catalogue of a server as it is now; the other servers stay. What has not changed keeps its time, and
    /// marks of a review stay: they say themselves what was seen.
    pub fn update(&mut self, name: &str, path: String, from: Option<String>, catalogue: &Catalogue, now: &str) {
        let mut old = self.servers.remove(name).unwrap_or_default();
        let tools = catalogue.names().iter().filter_map(|tool| {
            let (sets, digests) = of_today(catalogue, tool)?;
            let known = old.tools.remove(tool.as_ref());
            let (reviewed, locked, span) = match known {
                Some(known) if known.digests == digests && known.sets == sets => {
                    (known.reviewed, known.locked, known.span)
                }
                known => (known.and_then(|known| known.reviewed), now.to_owned(), Span::default()),
            };
            Some((tool.to_string(), LockedTool { digests, sets, locked, reviewed, span }))
        });
        let tools = tools.collect();
        let from = from.or(old.from);
        let new = LockedServer { catalogue: path, from, ttl_ms: catalogue.ttl_ms(), tools, span: old.span };
        self.servers.insert(name.to_owned(), new);
    }
}

/// The classes and tags that a tool has without lock and settings, and its digests.
fn of_today(catalogue: &Catalogue, tool: &str) -> Option<(ToolSets, ToolDigests)> {
    let entries = catalogue.entries(tool);
    let sets = ToolSets { classes: catalogue.classes_of(entries, None)?.0, tags: catalogue.tags_of(entries, None)? };
    Some((sets, *catalogue.digests(tool)?))
}

impl LockedServer {
    /// The classes and tags of all tools.
    #[must_use]
    pub fn sets(&self) -> BTreeMap<String, ToolSets> {
        self.tools.iter().map(|(name, tool)| (name.clone(), tool.sets)).collect()
    }

    /// Marks a tool as read by somebody, as it is in the catalogue. Gives whether it was not marked so before.
    pub fn mark(&mut self, catalogue: &Catalogue, tool: &str, at: &str, by: Option<&str>) -> bool {
        let (Some(locked), Some(digests)) = (self.tools.get_mut(tool), catalogue.digests(tool)) else { return false };
        let digest = digests.whole();
        if locked.reviewed.as_ref().is_some_and(|review| review.digest == digest) {
            return false;
        }
        locked.reviewed = Some(Review { digest, at: at.to_owned(), by: by.map(str::to_owned) });
        true
    }
}

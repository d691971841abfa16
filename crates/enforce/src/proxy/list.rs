//! Answers to `tools/list`: what is left out of them, and whether the tools are those that were reviewed.

use std::collections::{BTreeMap, BTreeSet};

use policyc_core::catalogue::{Catalogue, Part};
use policyc_core::diagnostics::quote;
use policyc_core::ir::Server;
use policyc_core::json::{Kind, Value};
use policyc_core::source::FileId;

/// The rule, in outcomes, of a tool that is not as it was reviewed.
pub const CHANGED: &str = "(changed)";
/// The rule, in outcomes, of a tool of which nobody knows whether it is as it was reviewed.
pub const NOT_LISTED: &str = "(not listed)";

/// How many names a note has.
const NAMED: usize = 8;

/// Cuts elements out of an array in a text. `None` if all of them stay.
pub(super) fn without(text: &str, list: Value<'_>, stays: impl Fn(Value<'_>) -> bool) -> Option<String> {
    let place = |value: Value<'_>| text.get(value.span().0 as usize..value.span().1 as usize);
    let kept: Vec<&str> = list.items().filter(|item| stays(*item)).filter_map(place).collect();
    if kept.len() == list.items().count() {
        return None;
    }
    let (start, end) = list.span();
    let (before, after) = (text.get(..start as usize)?, text.get(end as usize..)?);
    Some(format!("{before}[{}]{after}", kept.join(",")))
}

/// Compares the tools that a server lists with those of its catalogues.
#[derive(Debug)]
pub(super) struct Watch {
    /// The server in each policy that has a catalogue for it.
    known: Vec<Server>,
    /// Whether a tool that differs is refused.
    pub(super) locked: bool,
    /// Tools that were listed since the server last said that its list has changed.
    listed: BTreeSet<String>,
    /// Tools whose results have to satisfy a schema, as they were listed last.
    with_output: BTreeSet<String>,
    /// What differs about a tool. It stays until the proxy ends: a server that changes a tool back has still changed it.
    changed: BTreeMap<String, String>,
}

impl Watch {
    pub(super) fn new(known: Vec<Server>, locked: bool) -> Self {
        Self { known, locked, listed: BTreeSet::new(), with_output: BTreeSet::new(), changed: BTreeMap::new() }
    }

    /// Whether a server has listed the tool.
    pub(super) fn has_listed(&self, tool: &str) -> bool {
        self.listed.contains(tool)
    }

    /// Whether a result of the tool may have any structured part. Clients that have seen a schema in the list compare it, also in
    /// denials.
    pub(super) fn takes_any_structure(&self, tool: &str) -> bool {
        !self.with_output.contains(tool)
    }

    /// Whether it depends on a list that the server has not given yet if the tool is refused.
    pub(super) fn is_wanting(&self, tool: &str) -> bool {
        self.locked && !self.has_listed(tool) && !self.changed.contains_key(tool)
    }

    /// Whether the server has listed any tools.
    pub(super) fn is_listed(&self) -> bool {
        !self.listed.is_empty()
    }

    /// The server says that its tools are others now.
    pub(super) fn outdated(&mut self) {
        self.listed.clear();
    }

    /// Takes note of the tools in a list. Gives a sentence about what has not been seen before.
    pub(super) fn see(&mut self, list: Value<'_>) -> Option<String> {
        let live = Catalogue::load(&format!("{{\"tools\":{}}}", list.source()), FileId(0)).0;
        let mut news = BTreeSet::new();
        for (tool, entry) in list.items().filter_map(|tool| Some((tool.get("name")?.as_str()?, tool))) {
            self.listed.insert(tool.to_owned());
            if entry.get("outputSchema").is_some() {
                self.with_output.insert(tool.to_owned());
            } else {
                self.with_output.remove(tool);
            }
            if let Some(what) = self.differs(live.as_ref(), tool)
                && self.changed.insert(tool.to_owned(), what).is_none()
            {
                news.insert(tool.to_owned());
            }
        }
        if news.is_empty() {
            return None;
        }
        let mut named: Vec<String> = news.iter().take(NAMED).map(|tool| quote(tool)).collect();
        if news.len() > NAMED {
            named.push(format!("{} others", news.len() - NAMED));
        }
        let (are, they) = if news.len() == 1 { ("is", "it is") } else { ("are", "they are") };
        let then = if self.locked { format!("; {they} refused until reviewed") } else { String::new() };
        Some(format!(
            "{} {are} not as the catalogue has {}{then}",
            named.join(", "),
            if news.len() == 1 { "it" } else { "them" }
        ))
    }

    /// How a tool of the server differs from the catalogues.
    fn differs(&self, live: Option<&Catalogue>, tool: &str) -> Option<String> {
        let now = live.and_then(|live| live.digests(tool));
        self.known.iter().filter_map(|server| server.catalogue.as_ref()).find_map(|known| {
            match (known.digests(tool), now) {
                (None, _) => Some("it is new".to_owned()),
                (Some(_), None) => Some("what the server says of it cannot be read".to_owned()),
                (Some(known), Some(now)) => {
                    let parts = known.differing(now);
                    let names: Vec<String> = parts.iter().map(|part| words(*part).to_owned()).collect();
                    (!names.is_empty()).then(|| format!("the server has changed its {}", names.join(", ")))
                }
            }
        })
    }

    /// Why a tool is refused, as the name of the rule and a reason.
    pub(super) fn refuses(&self, tool: &str) -> Option<(&'static str, String)> {
        if !self.locked {
            return None;
        }
        match self.changed.get(tool) {
            Some(what) => Some((CHANGED, format!("The tool {} is not as it was reviewed: {what}.", quote(tool)))),
            None if self.has_listed(tool) => None,
            None => Some((NOT_LISTED, format!("The server does not list {}, so it may have changed.", quote(tool)))),
        }
    }
}

/// A part of a tool in the middle of a sentence.
const fn words(part: Part) -> &'static str {
    match part {
        Part::Name => "title",
        Part::Other => "other members",
        part => part.name(),
    }
}

/// The list in the result of `tools/list`.
pub(super) fn tools(result: Option<Value<'_>>) -> Option<Value<'_>> {
    result?.get("tools").filter(|tools| tools.kind() == Kind::Array)
}

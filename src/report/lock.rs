//! What a new lock changes.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::words::count;
use crate::catalogue::{Catalogue, Class, Part, Tag, ToolSets};
use crate::diagnostics::{quote, visible};
use crate::lock::{Change, Drift, LockedServer};

/// What the lock of one server changes.
#[derive(Debug)]
pub struct ServerChange {
    name: String,
    /// The catalogue, as the lock calls it.
    catalogue: String,
    tools: usize,
    /// What is not as it is locked; `None` for a server that is not in the lock.
    drift: Option<Vec<Drift>>,
}

impl ServerChange {
    /// Compares the catalogue of a server with what is locked.
    #[must_use]
    pub fn of(name: &str, path: &str, locked: Option<&LockedServer>, catalogue: &Catalogue) -> Self {
        let drift = locked.map(|locked| locked.drift(catalogue));
        Self { name: name.to_owned(), catalogue: path.to_owned(), tools: catalogue.names().len(), drift }
    }
}

/// What changes, for people. `is_current` says that the file stays as it is, `check` that it is not written.
#[must_use]
pub fn changes(path: &str, servers: &[ServerChange], is_current: bool, check: bool) -> String {
    let mut out = String::new();
    for server in servers {
        let new = if server.drift.is_none() { "new, " } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{} ({}): {new}{}",
            visible(&server.name),
            visible(&server.catalogue),
            count(server.tools, "tool")
        );
        for drift in server.drift.iter().flatten() {
            let _ = writeln!(out, "  {}", drift.message());
        }
    }
    let state = match (is_current, check) {
        (true, _) => "is up to date",
        (false, true) => "is not up to date",
        (false, false) => "is written",
    };
    let _ = writeln!(out, "{} {state}", quote(path));
    out
}

/// What changes, as JSON.
#[must_use]
pub fn changes_json(path: &str, servers: &[ServerChange], is_current: bool) -> Value {
    let servers = servers.iter().map(|server| {
        json!({
            "name": server.name,
            "catalogue": server.catalogue,
            "tools": server.tools,
            "new": server.drift.is_none(),
            "drift": server.drift.iter().flatten().map(drift_json).collect::<Vec<_>>(),
        })
    });
    json!({ "version": 1, "lock": path, "current": is_current, "servers": servers.collect::<Vec<_>>() })
}

fn drift_json(drift: &Drift) -> Value {
    let sets = |sets: &ToolSets| {
        let classes = sets.classes.iter().map(Class::name);
        json!({ "classes": classes.collect::<Vec<_>>(), "tags": sets.tags.iter().map(Tag::name).collect::<Vec<_>>() })
    };
    let (change, parts, differing) = match &drift.change {
        Change::Added => ("added", &[][..], None),
        Change::Removed => ("removed", &[][..], None),
        Change::Changed { parts, sets } => ("changed", parts.as_slice(), sets.as_ref()),
    };
    json!({
        "tool": drift.tool,
        "change": change,
        "parts": parts.iter().map(|part| Part::name(*part)).collect::<Vec<_>>(),
        "sets": differing.map(|[locked, now]| json!({ "locked": sets(locked), "inferred": sets(now) })),
    })
}
